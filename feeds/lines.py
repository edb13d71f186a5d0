"""Recordings in bulk: `Lines` batches as fast as the disk and the stamps allow, memory bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import numpy as np

from feeds.cutting import I64, spans
from feeds.recording import CHUNK, chunks, recorded_times, stamps_of
from mda.clock import NO_TIME_US
from mda.model import BulkLineClock, LineClock, Lines, RowKind


def read_lines(
    paths: Sequence[str | Path],
    stamp: LineClock,
    *,
    feed: int = 0,
    first_seq: int = 0,
    chunk: int = CHUNK,
) -> Iterator[Lines]:
    """Batches of about `chunk` bytes, cut at line ends; rows are numbered from `first_seq`.

    `stored_at_us` is the line's own time (see `recorded_times`), `NO_TIME_US` where none is known.
    Raises FeedError as `chunks` does.
    """
    last_us = NO_TIME_US
    for data in chunks([str(path) for path in paths], Event(), chunk):
        start, stop = spans(data)
        if start.size == 0:
            continue
        times = recorded_times(_stamps(data, start, stop, stamp), last_us)
        last_us = int(times[-1])
        n = start.size
        yield Lines(
            np.arange(first_seq, first_seq + n, dtype=np.int64),
            np.full(n, int(RowKind.LINE), np.uint8),
            np.full(n, feed, np.int32),
            times,
            start,
            stop,
            data,
        )
        first_seq += n


def _stamps(data: bytes, start: I64, stop: I64, stamp: LineClock) -> I64:
    if isinstance(stamp, BulkLineClock):
        return stamp.many(data, start, stop)
    spans_of = zip(start.tolist(), stop.tolist(), strict=True)
    return stamps_of((data[a:b] for a, b in spans_of), stamp)
