"""Bit tables of application messages as rows in order, and how a row is read.

A row is (name, width in bits, what its number means); positions follow from the widths, as in the
circulars' own tables. What does not reach to its end, or stands outside the range that its source
gives, is not available: None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mda.decode.payload import ASCII_OF

Fields = dict[str, Any]

PADDING_BITS: Final = 16
"""Bits that may follow a whole message: transponders fill up to a whole byte, and one more."""


class Number(NamedTuple):
    """(raw + add) / divide, where first <= raw <= last; an int where nothing is divided."""

    name: str
    width: int
    first: int
    last: int
    add: int = 0
    divide: int = 1
    signed: bool = False


class Words(NamedTuple):
    """A code with its meaning in words; codes without one are not available."""

    name: str
    width: int
    words: Mapping[int, Any]


class Text(NamedTuple):
    """Six-bit characters; ends at the first `@`, blanks at its end are not part of it."""

    name: str
    chars: int

    @property
    def width(self) -> int:
        return 6 * self.chars


class Spare(NamedTuple):
    """Bits that mean nothing (yet)."""

    width: int


Row = Number | Words | Text | Spare
Rows = Sequence[Row]
FLAG: Final = {0: False, 1: True}


@dataclass(frozen=True, slots=True)
class Bits:
    """The bits of an application message behind its identifier, as text of 0 and 1."""

    text: str

    def __len__(self) -> int:
        return len(self.text)

    def unsigned(self, start: int, width: int) -> int | None:
        """The number in `width` bits; None where they do not all exist."""
        part = self.text[start : start + width]
        return int(part, 2) if len(part) == width else None

    def signed(self, start: int, width: int) -> int | None:
        """The same in two's complement."""
        value = self.unsigned(start, width)
        return value if value is None or value < 1 << (width - 1) else value - (1 << width)

    def words(self, start: int, chars: int) -> str | None:
        """A text of at most so many characters, as far as it goes; None where there is none."""
        found = ""
        for at in range(start, min(start + 6 * chars, len(self.text) - 5), 6):
            code = int(self.text[at : at + 6], 2)
            if code == 0:
                break
            found += chr(ASCII_OF[code])
        return found.rstrip() or None

    def hex(self) -> str:
        """All of them, padded with zeros to whole bytes."""
        padded = self.text + "0" * (-len(self.text) % 8)
        return f"{int(padded, 2):0{len(padded) // 4}x}" if padded else ""


def width(rows: Rows) -> int:
    """Bits of all rows together."""
    return sum(row.width for row in rows)


def read(bits: Bits, rows: Rows, start: int = 0) -> Fields:
    """The fields of the rows, the first of which begins at bit `start`."""
    found: Fields = {}
    for row in rows:
        if isinstance(row, Number):
            found[row.name] = _number(bits, row, start)
        elif isinstance(row, Words):
            code = bits.unsigned(start, row.width)
            found[row.name] = None if code is None else row.words.get(code)
        elif isinstance(row, Text):
            found[row.name] = bits.words(start, row.chars)
        start += row.width
    return found


def _number(bits: Bits, row: Number, start: int) -> float | int | None:
    ask = bits.signed if row.signed else bits.unsigned
    raw = ask(start, row.width)
    if raw is None or not row.first <= raw <= row.last:
        return None
    return (raw + row.add) / row.divide if row.divide > 1 else raw + row.add


def lon(width: int = 25, per_degree: int = 60_000) -> Number:
    """Longitude, by default in 1/1000 minute; 181 degrees is not available."""
    most = 180 * per_degree
    return Number("lon_deg", width, -most, most, divide=per_degree, signed=True)


def lat(width: int = 24, per_degree: int = 60_000) -> Number:
    """Latitude, by default in 1/1000 minute; 91 degrees is not available."""
    most = 90 * per_degree
    return Number("lat_deg", width, -most, most, divide=per_degree, signed=True)


LINKAGE: Final = Number("linkage", 10, 1, 1023)
"""Ties messages of one sender together (a notice and its text)."""
MONTH: Final = Number("month", 4, 1, 12)
DAY: Final = Number("day", 5, 1, 31)
HOUR: Final = Number("hour", 5, 0, 23)
MINUTE: Final = Number("minute", 6, 0, 59)
DURATION: Final = Number("duration_min", 18, 0, 262_142)
"""0: the notice or route is cancelled."""
