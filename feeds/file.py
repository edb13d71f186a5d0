"""A recording as a feed: at recorded time x N or as fast as possible, as its clock runs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Final

from feeds.cutting import spans
from feeds.recording import POLL_S, chunks, recorded_times, stamps_of
from mda.clock import NO_TIME_US, Clock
from mda.model import LineClock, RowKind, Sentence
from mda.units import US_PER_S

FIRST_LOOK: Final = 1 << 16
"""Bytes of a recording that are looked at for its first time."""


def first_time_us(paths: Sequence[str | Path], stamp: LineClock) -> int | None:
    """When a recording begins, for the clock that is to replay it; None where it does not say."""
    for data in chunks([str(path) for path in paths], Event(), FIRST_LOOK):
        pairs = zip(*(span.tolist() for span in spans(data)), strict=True)
        times = recorded_times(stamps_of((data[a:b] for a, b in pairs), stamp), NO_TIME_US)
        known = times[times != NO_TIME_US]
        if known.size:
            return int(known[0])
    return None


class FileFeed:
    """Implements `mda.model.Feed` over one or many recordings, which are one stretch of listening.

    Rows: CONNECT, the lines, DISCONNECT. A row's `stored_at_us` is the line's own recorded time,
    never the wall clock's. Raises FeedError where a file cannot be read.
    """

    def __init__(
        self,
        name: str,
        code: int,
        paths: Sequence[str | Path],
        stamp: LineClock,
        clock: Clock,
        *,
        resume_after: int = 0,
    ) -> None:
        """`clock`: a `ReplayClock` sets the pace; `resume_after`: lines already had, left out."""
        self.name = name
        self._code = code
        self._paths = [str(path) for path in paths]
        self._stamp = stamp
        self._clock = clock
        self._skip = resume_after
        self._stopped = Event()

    def stop(self) -> None:
        """End the iteration soon; DISCONNECT is still told."""
        self._stopped.set()

    def __iter__(self) -> Iterator[Sentence]:
        at_us, connected, count = NO_TIME_US, False, 0
        for at_us, line in self._timed():
            count += 1
            if count <= self._skip:
                continue
            if not connected:
                yield self._control(RowKind.CONNECT, at_us, "open")
                connected = True
            self._pace(at_us)
            if self._stopped.is_set():
                break
            yield Sentence(RowKind.LINE, self._code, at_us, line)
        if not connected:
            yield self._control(RowKind.CONNECT, at_us, "open")
        reason = "stopped" if self._stopped.is_set() else "end"
        yield self._control(RowKind.DISCONNECT, at_us, reason)

    def _control(self, kind: RowKind, at_us: int, reason: str) -> Sentence:
        body = json.dumps({"feed": self.name, "reason": reason}).encode()
        return Sentence(kind, self._code, at_us, body)

    def _timed(self) -> Iterator[tuple[int, bytes]]:
        last_us = NO_TIME_US
        for data in chunks(self._paths, self._stopped):
            pairs = list(zip(*(span.tolist() for span in spans(data)), strict=True))
            if not pairs:
                continue
            stamps = stamps_of((data[a:b] for a, b in pairs), self._stamp)
            times = recorded_times(stamps, last_us).tolist()
            last_us = times[-1]
            for at_us, (start, stop) in zip(times, pairs, strict=True):
                yield at_us, data[start:stop]

    def _pace(self, at_us: int) -> None:
        """Wait until the clock has come to the line's time, in steps short enough to be stopped.

        The clock may run at any speed, so the step is found: it doubles while it is quickly over.
        """
        step_us = US_PER_S // 8
        while not self._stopped.is_set() and (now_us := self._clock.now_us()) < at_us:
            began_s = time.monotonic()
            self._clock.sleep_until(min(at_us, now_us + step_us))
            if time.monotonic() - began_s < POLL_S / 4:
                step_us *= 2
