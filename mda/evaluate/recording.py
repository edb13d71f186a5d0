"""A recording in memory as rows of the log, so that it can be run again and spoilt on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.errors import MdaError
from mda.evaluate.sentences import mmsi_in, part_of, station_in
from mda.model import Lines
from mda.model.reports import I32, I64

BATCH_ROWS = 20_000
"""Rows of a push, as `mda ingest` takes them."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Lines of any number of feeds, merged by the time they were received."""

    lines: Lines
    feeds: tuple[str, ...]
    """The own station of each feed, by its code."""

    def __len__(self) -> int:
        return len(self.lines)

    @classmethod
    def merged(cls, feeds: dict[str, Sequence[Lines]]) -> Self:
        """Batches of each feed (by its station) as one recording in the order of receive times.

        Lines before a feed's first known time take that time. MdaError: no line has a time.
        """
        parts: list[Lines] = []
        for code, batches in enumerate(feeds.values()):
            parts += [replace(b, feed=np.full(len(b), code, np.int32)) for b in batches]
        whole = concatenated(parts)
        if not len(whole) or (whole.stored_at_us == NO_TIME_US).all():
            raise MdaError(
                "no line of it carries a receive time",
                where=", ".join(feeds),
                do="Give sentences with TAG blocks or time stamps",
            )
        known_us = _filled(whole.stored_at_us, whole.feed)
        order = np.argsort(known_us, kind="stable")
        return cls(chosen(replace(whole, stored_at_us=known_us), order), tuple(feeds))

    def take(self, rows: NDArray[np.generic]) -> Self:
        """The rows picked by an index array or a mask, in that order."""
        return replace(self, lines=chosen(self.lines, rows))

    def stored_again(self, stored_at_us: I64) -> Self:
        """The same lines received at other times, in the order of these."""
        again = replace(self, lines=replace(self.lines, stored_at_us=stored_at_us))
        return again.take(np.argsort(stored_at_us, kind="stable"))

    def with_lines(self, changed: dict[int, bytes]) -> Self:
        """The same rows, some with another line."""
        lines, rows = self.lines, sorted(changed)
        start, stop = lines.start.copy(), lines.stop.copy()
        ends = len(lines.data) + np.cumsum([len(changed[row]) for row in rows], dtype=np.int64)
        stop[rows] = ends
        start[rows] = ends - np.array([len(changed[row]) for row in rows], np.int64)
        data = b"".join([lines.data, *(changed[row] for row in rows)])
        return replace(self, lines=replace(lines, start=start, stop=stop, data=data))

    def batches(self, first_seq: int, rows: int = BATCH_ROWS) -> Iterator[Lines]:
        """The lines packed anew, so many at a time, numbered from `first_seq`."""
        for first in range(0, len(self), rows):
            part = self.lines.take(first, min(first + rows, len(self)))
            spans = zip(part.start.tolist(), part.stop.tolist(), strict=True)
            data = b"".join([part.data[a:b] for a, b in spans])
            stop = np.cumsum(part.stop - part.start)
            seq = np.arange(first_seq + first, first_seq + first + len(part), dtype=np.int64)
            start = stop - (part.stop - part.start)
            yield replace(part, seq=seq, start=start, stop=stop, data=data)

    def mmsis(self) -> I64:
        """The vessel of each row (all parts of a message), 0 where none can be told; shape (n,)."""
        found = np.zeros(len(self), np.int64)
        begun: dict[tuple[int, str, bytes], int] = {}
        for row in range(len(self)):
            line = self.lines.line(row)
            part = part_of(line)
            if part is None:
                continue
            parts, number, name, payload = part
            if number == 1:
                found[row] = mmsi_in(payload)
            if parts > 1:
                key = int(self.lines.feed[row]), station_in(line), name
                if number == 1:
                    begun[key] = int(found[row])
                found[row] = begun.get(key, 0)
        return found

    def stations(self) -> tuple[I32, list[str]]:
        """Each row's station as an index into names, and the names; shape (n,).

        A line that names none is of its feed's own station.
        """
        names: dict[str, int] = {}
        found = np.zeros(len(self), np.int32)
        for row in range(len(self)):
            said = station_in(self.lines.line(row)) or self.feeds[int(self.lines.feed[row])]
            found[row] = names.setdefault(said, len(names))
        return found, list(names)


def chosen(lines: Lines, rows: NDArray[np.generic]) -> Lines:
    """Rows picked by an index array or a mask, sharing the bytes."""
    names = ("seq", "kind", "feed", "stored_at_us", "start", "stop")
    return replace(lines, **{name: getattr(lines, name)[rows] for name in names})


def concatenated(parts: Sequence[Lines]) -> Lines:
    """Batches one after another."""
    if not parts:
        return Lines.of([])
    before = np.cumsum([0, *(len(p.data) for p in parts[:-1])], dtype=np.int64)
    return Lines(
        np.arange(sum(len(p) for p in parts), dtype=np.int64),
        np.concatenate([p.kind for p in parts]),
        np.concatenate([p.feed for p in parts]),
        np.concatenate([p.stored_at_us for p in parts]),
        np.concatenate([p.start + b for p, b in zip(parts, before, strict=True)]),
        np.concatenate([p.stop + b for p, b in zip(parts, before, strict=True)]),
        b"".join(p.data for p in parts),
    )


def _filled(stored_at_us: I64, feed: I32) -> I64:
    """Unknown times at a feed's beginning as its first known one; of a feed without any, the first
    of all."""
    filled = stored_at_us.copy()
    unknown = stored_at_us == NO_TIME_US
    for code in np.unique(feed[unknown]).tolist():
        own = stored_at_us[(feed == code) & ~unknown]
        first_us = own[0] if len(own) else stored_at_us[~unknown].min()
        filled[unknown & (feed == code)] = first_us
    return filled
