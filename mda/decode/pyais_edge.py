"""The one door to pyais, with its known errors corrected: every message type, field by field.

The columns do not come from here (see `columns`): pyais is the road for types without columns,
asked one message at a time, and the oracle and encoder of the tests. What it gets wrong (3.3.1):

- sentinels are handed on as numbers (longitude 181, speed 102.3, heading 511 …): here None;
- type 17: position in tenths of a minute, unsigned and unscaled: here degrees;
- types 22 and 23: corners sixty times too large (tenths of a minute as tenths of a degree);
- types 25 and 26: no two spare bits behind the destination, an identifier where none is sent, no
  communication state; types 6 and 8: sentinels in the data of applications. All four are read here
  (`binary`), and what their data says stands in `application`;
- a field that the payload only begins is read as a smaller number: here None; and a character of
  which only some bits are there is no part of a text;
- codes that it has no name for become another code (station type 8 becomes 6): here as sent;
- rate of turn rounded to whole degrees, +-127 as a number: here exact, None;
- a second of 60 to 63 is a state, not a time: here None, and `position_mode`;
- a text goes on behind `@` where padding follows, and loses blanks at its beginning: here it is as
  sent, up to the first `@`; the two parts of an aid's name (type 21) are one;
- a TAG block, prefix or suffix around a sentence breaks its checksum: stripped before.

Source: ITU-R M.1371-5 Annex 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

import numpy as np
import pyais
from pyais.exceptions import AISBaseException
from pyais.messages import Payload

from mda.decode.binary import application
from mda.decode.binary.envelope import TYPES as ENVELOPES
from mda.decode.binary.envelope import envelope
from mda.decode.binary.rows import Bits
from mda.decode.fields import HEADER_BITS, rate_of_turn
from mda.decode.framing import SENTENCE
from mda.decode.payload import SIX_OF, joined
from mda.errors import DecodeError

_ABSENT: Final[dict[str, tuple[float, ...]]] = {
    "heading": tuple(range(360, 512)),
    "draught": (0.0,),
    "imo": (0,),
    "ship_type": (0,),
    "aid_type": (0,),
    "status": (15,),
    "epfd": (0,),
    "alt": (4095,),
    "year": (0,),
    "month": (0,),
    "day": (0,),
    "hour": tuple(range(24, 32)),
    "minute": tuple(range(60, 64)),
}
"""Values that mean not available, by pyais' own field names."""
_DIMENSIONS: Final = ("to_bow", "to_stern", "to_port", "to_starboard")
_POSITIONED: Final = frozenset({1, 2, 3, 9, 18, 19, 21})
"""Types whose second says how the position was found where it is no time."""
_NAME: Final = (43, 163, 272)
"""First and last bit of an aid's name, and where it goes on."""
_NAME_CHARS: Final = 34
_CORNERS: Final = {22: (69, 87, 104, 122), 23: (40, 58, 75, 93)}
"""First bits of the two corners: longitude (18 bits) and latitude (17), tenths of a minute."""


def detail(lines: Sequence[bytes]) -> dict[str, Any]:
    """All fields of one message, given its lines as heard; None where not available.

    Field names are pyais' own; binary data is hex, and `application` holds what it says (see
    `binary.application`). Raises DecodeError where the message cannot be read.
    """
    found_all = [match for line in lines if (match := SENTENCE.search(line))]
    sentences = sorted(found_all, key=lambda match: match[3])
    if not sentences:
        raise DecodeError("no AIS sentence in these lines")
    bits = _bits([(m[6], int(m[7] or b"0")) for m in sentences])
    if len(bits) < HEADER_BITS:
        raise DecodeError(f"a message of {len(bits)} bits ends before its sender")
    if int(bits[:6], 2) in ENVELOPES:
        held = application(bits)
        return envelope(bits) | ({} if held is None else {"application": held})
    try:
        message = pyais.decode(*(match[0] for match in sentences))
        found = message.asdict()
    except (AISBaseException, ValueError, TypeError, IndexError) as error:
        raise DecodeError(f"pyais cannot read it: {type(error).__name__}: {error}") from error
    plain = {name: _plain(value) for name, value in found.items()}
    plain.update(_raw(message, bits))
    return _corrected(plain, bits)


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _bits(parts: list[tuple[bytes, int]]) -> str:
    payload, fill = joined(parts)
    text = "".join(f"{SIX_OF[char]:06b}" for char in payload)
    return text[: len(text) - fill]


def _signed(bits: str) -> int:
    return int(bits, 2) - (1 << len(bits) if bits[:1] == "1" else 0)


def _raw(message: Payload, bits: str) -> dict[str, Any]:
    """Texts and codes as sent, and None for numbers whose last bit lies beyond the end."""
    found: dict[str, Any] = {}
    end = 0
    for field in message.fields():
        start, end = end, end + int(field.metadata["width"])
        if field.metadata["d_type"] is str:
            chars = int(field.metadata["width"]) // 6
            found[str(field.name)] = Bits(bits).words(start, chars) or ""
        elif field.metadata["d_type"] not in (int, float, bool):
            continue
        elif end > len(bits):
            found[str(field.name)] = None
        elif isinstance(getattr(message, field.name), Enum):
            found[str(field.name)] = int(bits[start:end], 2)
    return found


def _corrected(found: dict[str, Any], bits: str) -> dict[str, Any]:
    msg_type = found["msg_type"]
    for name, absent in _ABSENT.items():
        if found.get(name) in absent:
            found[name] = None
    if msg_type == 17 and len(bits) >= 75:
        found["lon"], found["lat"] = _signed(bits[40:58]) / 600, _signed(bits[58:75]) / 600
    if msg_type == 21:
        first, last, rest = _NAME
        found["name"] = Bits(bits[first:last] + bits[rest:]).words(0, _NAME_CHARS) or ""
    _corners(found, bits)
    for name, limit in (("lon", 180.0), ("lat", 90.0)):
        for full in (name, f"ne_{name}", f"sw_{name}"):
            if isinstance(found.get(full), (int, float)) and abs(found[full]) > limit:
                found[full] = None
    if msg_type in (1, 2, 3) and len(bits) >= 50:
        turn = float(rate_of_turn(np.array([_signed(bits[42:50])], np.int64))[0])
        found["turn"] = None if np.isnan(turn) else turn
    _limit(found, "speed", {9: 1022.0, 27: 62.0}.get(msg_type, 102.2))
    _limit(found, "course", 359.95)
    _dimensions(found)
    second = found.get("second")
    if isinstance(second, int):
        found["second"] = None if second >= 60 else second
        if msg_type in _POSITIONED:
            found["position_mode"] = 0 if second < 60 else second if second > 60 else None
    return found


def _corners(found: dict[str, Any], bits: str) -> None:
    if "ne_lon" not in found:
        return
    names = ("ne_lon", "ne_lat", "sw_lon", "sw_lat")
    for name, start in zip(names, _CORNERS[found["msg_type"]], strict=True):
        end = start + (18 if name.endswith("lon") else 17)
        found[name] = _signed(bits[start:end]) / 600 if end <= len(bits) else None


def _dimensions(found: dict[str, Any]) -> None:
    if "to_bow" not in found:
        return  # nor has type 24 B of a daughter craft any: it names its mother ship there
    if not any(found[name] for name in _DIMENSIONS):
        found.update(dict.fromkeys(_DIMENSIONS))


def _limit(found: dict[str, Any], name: str, most: float) -> None:
    value = found.get(name)
    if isinstance(value, (int, float)) and value > most:
        found[name] = None
