"""What the compiled pass has noted of a batch, and what is made of it when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mda.decode.assembly import Key, Part, unpacked_key
from mda.decode.kernel_scan import AT, FILL, KEY, ROW, SIZE, START
from mda.model.lines import Lines, Other
from mda.model.reports import I32, I64, U64

Bools = NDArray[np.bool_]
_TYPE_SHIFT, _MMSI_SHIFT, _MMSI_MASK = np.uint64(58), np.uint64(26), np.uint64((1 << 30) - 1)


@dataclass(frozen=True, slots=True)
class Noted:
    """The rows of a batch that the pass has noted, and what stands around their sentences."""

    lines: Lines
    found: I32
    """Shape (len(COLUMNS), n)."""
    bits: I32
    """Of the payload; of a pair's second sentence, those of the message."""
    words: U64
    taken: int
    """Words that are taken."""
    counts: I64
    """Messages of one sentence, shape (feeds, types)."""
    stamp_us: I64
    """Each sentence's own time."""
    name: I32
    """Number of the station's name in `names`."""
    grouped: Bools
    """A TAG block may tie it to others."""
    names: list[str]

    def after(self, rows: I64, column: int) -> I64:
        """A column at these positions, as int64."""
        found: I64 = self.found[column].take(rows).astype(np.int64)
        return found

    def alike(self, one: int, other: int) -> bool:
        """Whether the sentences at two positions have the same payload."""
        return self._payload(one) == self._payload(other)

    def _payload(self, at: int) -> bytes:
        start = int(self.found[START, at])
        return self.lines.data[start : start + int(self.found[SIZE, at])]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Messages of two sentences that were taken in bulk, in the order of their second rows."""

    noted: Noted
    first: I64
    """Positions of the first sentences."""
    second: I64

    def __len__(self) -> int:
        return int(self.first.size)

    @property
    def lines(self) -> Lines:
        """The batch in which they stand."""
        return self.noted.lines

    def rows(self) -> tuple[I64, I64]:
        """The rows of the first sentences and of the second ones."""
        return self.noted.after(self.first, ROW), self.noted.after(self.second, ROW)

    def parts(self, which: I64, number: I64) -> Iterator[tuple[Key, Part]]:
        """Parts (1 or 2) of these pairs as the assembly would have seen them, and their keys."""
        noted, lines = self.noted, self.lines
        at = np.where(number == 1, self.first[which], self.second[which])
        row, start, size, fill, key = (noted.after(at, c) for c in (ROW, START, SIZE, FILL, KEY))
        own = lines.seq[row], number, lines.stored_at_us[row], noted.stamp_us[at], noted.name[at]
        places = start, start + size, fill, lines.start[row], lines.stop[row], key & 0xFFFFFFFF
        data, names = lines.data, noted.names
        for seq, k, stored_us, stamp_us, name, first, last, filled, begin, end, packed in zip(
            *(column.tolist() for column in (*own, *places)), strict=True
        ):
            raw = data[begin:end]
            part = Part(
                seq, k, stored_us, stamp_us, names[name], True, data[first:last], filled, raw
            )
            yield unpacked_key(packed), part


@dataclass(frozen=True, slots=True)
class Others:
    """Messages without columns, of which nothing but the type is looked at until they are asked
    for."""

    noted: Noted
    at: I64
    """Positions of the (last) sentences."""
    before: I32
    """Positions of the sentences before them, -1 where there is none."""
    stamp_us: I64

    def __len__(self) -> int:
        return int(self.at.size)

    def stored_at_us(self) -> I64:
        """When each was stored."""
        at_us: I64 = self.noted.lines.stored_at_us[self.noted.found[ROW, self.at]]
        return at_us

    def made(self, at_us: I64) -> list[Other]:
        """All of them, given their event times."""
        noted, lines = self.noted, self.noted.lines
        row = noted.after(self.at, ROW)
        head = noted.words[noted.found[AT, self.at]]
        msg_type, mmsi = head >> _TYPE_SHIFT, head >> _MMSI_SHIFT & _MMSI_MASK
        columns = (lines.seq[row], lines.feed[row], msg_type, mmsi, at_us)
        values = zip(*(column.tolist() for column in columns), strict=True)
        first = np.where(self.before < 0, row, noted.found[ROW, self.before])
        rows = zip(first.tolist(), row.tolist(), noted.name[self.at].tolist(), strict=True)
        return [
            Other(seq, feed, kind, own, at, _raw(lines, one, two), noted.names[name])
            for (seq, feed, kind, own, at), (one, two, name) in zip(values, rows, strict=True)
        ]


def _raw(lines: Lines, first: int, last: int) -> tuple[bytes, ...]:
    return (lines.line(last),) if first == last else (lines.line(first), lines.line(last))
