"""The bulk AIVDM encoder: columns of raw field values in, armoured payloads out.

*Source.* ITU-R M.1371-5 annex 8 (messages 1, 3, 4, 5, 14, 18, 21, 24, 27: order and width of the
fields), IEC 61162-1 (armouring six bits as a character, fill bits). Written from the standard, not
from the house's decoder: each is a check on the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mda.geo.kernel import kernel
from mda.model.reports import I64, U8


class Part(NamedTuple):
    """A field in its place: so many bits, or (a text) so many characters."""

    name: str
    bits: int
    default: int = 0
    text: int = 0


def _text(name: str, characters: int) -> Part:
    return Part(name, 6, 0, characters)


def _head(msg_type: int) -> tuple[Part, ...]:
    return Part("msg_type", 6, msg_type), Part("repeat", 2), Part("mmsi", 30)


_LON, _LAT = Part("lon", 28, 181 * 600_000), Part("lat", 27, 91 * 600_000)
_SIDES: Final = (
    Part("to_bow", 9),
    Part("to_stern", 9),
    Part("to_port", 6),
    Part("to_starboard", 6),
)
_MOTION: Final = (Part("cog", 12, 3600), Part("heading", 9, 511), Part("second", 6, 60))

FORMS: Final[Mapping[str, tuple[Part, ...]]] = {
    "position_a": (
        *_head(1), Part("status", 4, 15), Part("rot", 8, -128), Part("sog", 10, 1023),
        Part("accuracy", 1), _LON, _LAT, *_MOTION, Part("manoeuvre", 2), Part("spare", 3),
        Part("raim", 1), Part("radio", 19),
    ),
    "position_b": (
        *_head(18), Part("reserved", 8), Part("sog", 10, 1023), Part("accuracy", 1), _LON, _LAT,
        *_MOTION, Part("regional", 2), Part("carrier_sense", 1, 1), Part("display", 1),
        Part("dsc", 1, 1), Part("band", 1, 1), Part("msg22", 1, 1), Part("assigned", 1),
        Part("raim", 1), Part("selector", 1, 1), Part("radio", 19, 393_222),
    ),
    "base": (
        *_head(4), Part("year", 14), Part("month", 4), Part("day", 5), Part("hour", 5, 24),
        Part("minute", 6, 60), Part("second", 6, 60), Part("accuracy", 1), _LON, _LAT,
        Part("fix_type", 4, 1), Part("long_range", 1), Part("spare", 9), Part("raim", 1),
        Part("radio", 19),
    ),
    "voyage": (
        *_head(5), Part("version", 2, 1), Part("imo", 30), _text("callsign", 7), _text("name", 20),
        Part("ship_type", 8), *_SIDES, Part("fix_type", 4, 1), Part("eta_month", 4),
        Part("eta_day", 5), Part("eta_hour", 5, 24), Part("eta_minute", 6, 60), Part("draught", 8),
        _text("destination", 20), Part("dte", 1), Part("spare", 1),
    ),
    "static_a": (*_head(24), Part("part", 2, 0), _text("name", 20), Part("spare", 8)),
    "static_b": (
        *_head(24), Part("part", 2, 1), Part("ship_type", 8), _text("vendor", 7),
        _text("callsign", 7), *_SIDES, Part("fix_type", 4, 1), Part("spare", 2),
    ),
    "aid": (
        *_head(21), Part("aid_type", 5, 1), _text("name", 20), Part("accuracy", 1), _LON, _LAT,
        *_SIDES, Part("fix_type", 4, 1), Part("second", 6, 60), Part("off_position", 1),
        Part("regional", 8), Part("raim", 1), Part("virtual_aid", 1), Part("assigned", 1),
        Part("spare", 1),
    ),
    "safety_text": (*_head(14), Part("spare", 2), _text("text", 12)),
    "long_range": (
        *_head(27), Part("accuracy", 1), Part("raim", 1), Part("status", 4, 15),
        Part("lon", 18, 181 * 600), Part("lat", 17, 91 * 600), Part("sog", 6, 63),
        Part("cog", 9, 511), Part("gnss", 1), Part("spare", 1),
    ),
}  # fmt: skip
"""Fields by form. Message 3 is `position_a` with msg_type 3."""


class Payloads(NamedTuple):
    """Armoured payloads of one form."""

    characters: U8
    """Shape (n, characters)."""
    fill_bits: int


def six_bits(texts: list[str], characters: int) -> I64:
    """Six-bit codes (n, characters), padded with @; a character that AIS has not becomes a space.

    >>> six_bits(["AB 1"], 5).tolist()
    [[1, 2, 32, 49, 0]]
    """
    padded = "".join(text.upper()[:characters].ljust(characters, "@") for text in texts)
    code = np.frombuffer(padded.encode("ascii", "replace"), np.uint8).astype(np.int64)
    code = np.where((code < 32) | (code > 95), 32, code)
    return np.where(code >= 64, code - 64, code).reshape(len(texts), characters)


def encoded(form: str, columns: Mapping[str, NDArray[np.integer] | list[str]]) -> Payloads:
    """Messages of one form from columns of raw values (texts: lists of str), shape (n,) each.

    What is not given takes the form's default, "not available" where there is such a value. A
    number is cut to its width. KeyError: no such form, or a column that it has not.
    """
    parts = FORMS[form]
    if unknown := set(columns) - {part.name for part in parts}:
        raise KeyError(f"{form} has no field {', '.join(sorted(unknown))}")
    rows = len(next(iter(columns.values())))
    width = [bits for part in parts for bits in [part.bits] * max(1, part.text)]
    values = np.zeros((rows, len(width)), np.int64)
    at = 0
    for part in parts:
        given = columns.get(part.name)
        if part.text:
            if given is not None:
                values[:, at : at + part.text] = six_bits(list(map(str, given)), part.text)
            at += part.text
            continue
        values[:, at] = part.default if given is None else np.asarray(given, np.int64)
        at += 1
    total = sum(width)
    characters = np.empty((rows, -(-total // 6)), np.uint8)
    pack(values, np.array(width, np.int64), characters)
    return Payloads(characters, -total % 6)


@kernel
def pack(values: I64, width: I64, out: U8) -> None:
    """Puts the fields of each message one after another into armoured characters."""
    for row in range(values.shape[0]):
        held, bits, at = 0, 0, 0
        for field in range(width.size):
            held = (held << width[field]) | (values[row, field] & ((1 << width[field]) - 1))
            bits += width[field]
            while bits >= 6:
                bits -= 6
                out[row, at] = _armoured((held >> bits) & 63)
                at += 1
            held &= (1 << bits) - 1
        if bits:
            out[row, at] = _armoured((held << (6 - bits)) & 63)


@kernel
def _armoured(six: int) -> int:
    """The character of six bits."""
    return six + 48 if six < 40 else six + 56
