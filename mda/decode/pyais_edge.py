"""The one door to pyais, with its known errors corrected: every message type, field by field.

The columns do not come from here (see `columns`): pyais is the road for types without columns,
asked one message at a time, and the oracle and encoder of the tests. What it gets wrong (3.3.1):

- sentinels are handed on as numbers (longitude 181, speed 102.3, heading 511 …): here None;
- type 17: position in tenths of a minute, unsigned and unscaled: here degrees;
- rate of turn rounded to whole degrees, +-127 as a number: here exact, None;
- a second of 60 to 63 is a state, not a time: here None, and `position_mode`;
- a text goes on behind `@` where padding follows: here it ends at the first one;
- a TAG block, prefix or suffix around a sentence breaks its checksum: stripped before.

Source: ITU-R M.1371-5 Annex 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np
import pyais
from pyais.exceptions import AISBaseException

from mda.decode.fields import rate_of_turn
from mda.decode.framing import SENTENCE
from mda.decode.payload import SIX_OF, joined
from mda.errors import DecodeError

_ABSENT: dict[str, tuple[float, ...]] = {
    "heading": (511,),
    "draught": (0.0,),
    "imo": (0,),
    "ship_type": (0,),
    "aid_type": (0,),
    "status": (15,),
}
"""Values that mean not available, by pyais' own field names."""


def detail(lines: Sequence[bytes]) -> dict[str, Any]:
    """All fields of one message, given its lines as heard; None where not available.

    Field names are pyais' own. Raises DecodeError where pyais cannot read the message.
    """
    found_all = [match for line in lines if (match := SENTENCE.search(line))]
    sentences = sorted(found_all, key=lambda match: match[3])
    if not sentences:
        raise DecodeError("no AIS sentence in these lines")
    try:
        found = pyais.decode(*(match[0] for match in sentences)).asdict()
    except (AISBaseException, ValueError, TypeError, IndexError) as error:
        raise DecodeError(f"pyais cannot read it: {type(error).__name__}: {error}") from error
    plain = {name: _plain(value) for name, value in found.items()}
    bits = _bits([(m[6], int(m[7] or b"0")) for m in sentences])
    return _corrected(plain, bits)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value.partition("@")[0].rstrip()
    return value


def _bits(parts: list[tuple[bytes, int]]) -> str:
    payload, fill = joined(parts)
    text = "".join(f"{SIX_OF[char]:06b}" for char in payload)
    return text[: len(text) - fill]


def _signed(bits: str) -> int:
    return int(bits, 2) - (1 << len(bits) if bits[:1] == "1" else 0)


def _corrected(found: dict[str, Any], bits: str) -> dict[str, Any]:
    msg_type = found["msg_type"]
    for name, absent in _ABSENT.items():
        if found.get(name) in absent:
            found[name] = None
    if msg_type == 17 and len(bits) >= 75:
        found["lon"], found["lat"] = _signed(bits[40:58]) / 600, _signed(bits[58:75]) / 600
    for name, limit in (("lon", 180.0), ("lat", 90.0)):
        if isinstance(found.get(name), (int, float)) and abs(found[name]) > limit:
            found[name] = None
    if msg_type in (1, 2, 3) and len(bits) >= 50:
        turn = float(rate_of_turn(np.array([_signed(bits[42:50])], np.int64))[0])
        found["turn"] = None if np.isnan(turn) else turn
    _limit(found, "speed", {9: 1022.0, 27: 62.0}.get(msg_type, 102.2))
    _limit(found, "course", 359.95)
    second = found.get("second")
    if isinstance(second, int) and second >= 60:
        found["second"] = None
        found["position_mode"] = second if second > 60 else None
    elif isinstance(second, int):
        found["position_mode"] = 0
    return found


def _limit(found: dict[str, Any], name: str, most: float) -> None:
    value = found.get(name)
    if isinstance(value, (int, float)) and value > most:
        found[name] = None
