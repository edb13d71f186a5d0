"""`Sentence` and `Lines`: what was heard, and what the node did while it listened.

The raw-line log is the truth of the house. A row of it is either a line as heard or a control row:
the node started, a feed connected, a silent feed's watermark followed the clock. Because silence
counts listening time, those rows are as much evidence as the lines are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Self

import numpy as np

from mda.model.reports import I32, I64, U8


class RowKind(IntEnum):
    """What a row of the log is. Control rows carry JSON or nothing in their bytes."""

    LINE = 0
    START = 1
    """The node began to listen (all feeds; each feed then says CONNECT)."""
    STOP = 2
    """The node stopped in good order."""
    CONNECT = 3
    DISCONNECT = 4
    CLOCK = 5
    """The feed is connected and silent; its watermark follows the clock to `stored_at_us`."""
    SPOOL_GAP = 6
    """A spool lost lines here (ceiling reached): not listening from this row to the next."""


class Sentence(NamedTuple):
    """One row as a feed hands it over: a line as heard, or a control row."""

    kind: RowKind
    feed: int
    stored_at_us: int
    """The node's clock when it arrived; in a replay the replay's own."""
    data: bytes
    """The line without its end (CR, LF), exactly as heard; at most 4 kB."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A columnar batch of log rows in log order. Row i's bytes are `data[start[i]:stop[i]]`."""

    seq: I64
    """The log's own number, rising by one from 1; 0-based line numbers where there is no log."""
    kind: U8
    feed: I32
    stored_at_us: I64
    start: I64
    stop: I64
    data: bytes

    def __len__(self) -> int:
        return int(self.seq.shape[0])

    def line(self, row: int) -> bytes:
        """The bytes of one row."""
        return self.data[int(self.start[row]) : int(self.stop[row])]

    def __iter__(self) -> Iterator[Sentence]:
        for i in range(len(self)):
            kind = RowKind(int(self.kind[i]))
            yield Sentence(kind, int(self.feed[i]), int(self.stored_at_us[i]), self.line(i))

    def take(self, first: int, last: int) -> Self:
        """Rows `first` to `last` (excluded), sharing the bytes."""
        part = slice(first, last)
        return type(self)(
            self.seq[part],
            self.kind[part],
            self.feed[part],
            self.stored_at_us[part],
            self.start[part],
            self.stop[part],
            self.data,
        )

    @classmethod
    def of(cls, rows: Sequence[Sentence], first_seq: int = 1) -> Self:
        """Lines made of rows, numbered from `first_seq`."""
        stops = np.cumsum([len(row.data) for row in rows], dtype=np.int64)
        starts = stops - np.array([len(row.data) for row in rows], dtype=np.int64)
        return cls(
            np.arange(first_seq, first_seq + len(rows), dtype=np.int64),
            np.array([row.kind for row in rows], dtype=np.uint8),
            np.array([row.feed for row in rows], dtype=np.int32),
            np.array([row.stored_at_us for row in rows], dtype=np.int64),
            starts,
            stops,
            b"".join(row.data for row in rows),
        )


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is data but not a report: kept and counted, with its reason."""

    seq: int
    feed: int
    reason: str
    line: bytes


class Other(NamedTuple):
    """A message that decoded in form but has no columns (yet): counted by type, kept as raw."""

    seq: int
    feed: int
    msg_type: int
    mmsi: int
    at_us: int
    lines: tuple[bytes, ...]
    station: str = ""
    """Station that the message names; empty: the feed's own."""
