"""Feeds whose lines arrive by themselves (datagrams, posts): a thread takes them in at once.

Nobody waits for us at the other end of a datagram, so the thread that receives must never wait for
the one that iterates: between them stands an `Inbox` with a ceiling. What finds no room in it is
counted as lost.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Final

from feeds.listener import Listener, told
from feeds.patience import POLL_S, BackOff, Patience
from mda.clock import Clock
from mda.model import RowKind, Sentence

INBOX_ROWS: Final = 100_000
"""Lines that may wait: 20 s of a flood of 5,000 a second (beside the node's own queue)."""


class Arrival:
    """Lines that came together, or (without lines) that the feed opened or broke."""

    __slots__ = ("at_us", "handed_over", "kind", "lines", "reason")

    def __init__(
        self,
        at_us: int,
        lines: list[bytes],
        kind: RowKind = RowKind.LINE,
        reason: str = "",
        handed_over: threading.Event | None = None,
    ) -> None:
        """`handed_over` is set when whoever iterates took the last line and came for more."""
        self.at_us = at_us
        self.lines = lines
        self.kind = kind
        self.reason = reason
        self.handed_over = handed_over


class Inbox:
    """Arrivals in order, at most so many lines of them. Thread-safe."""

    def __init__(self, most_rows: int = INBOX_ROWS) -> None:
        self._most = most_rows
        self._rows = 0
        self._waiting: deque[Arrival] = deque()
        self._changed = threading.Condition()

    def put(self, arrival: Arrival) -> bool:
        """Add it unless there is no room; one that stands alone is always let in."""
        with self._changed:
            if self._waiting and self._rows + len(arrival.lines) > self._most:
                return False
            self._waiting.append(arrival)
            self._rows += len(arrival.lines)
            self._changed.notify()
            return True

    def take(self, timeout_s: float) -> Arrival | None:
        """The oldest; None where nothing has come in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, timeout_s):
                return None
            arrival = self._waiting.popleft()
            self._rows -= len(arrival.lines)
            return arrival

    def withdraw(self, arrival: Arrival) -> bool:
        """Take one back, all of it; False where it is being handed over already."""
        with self._changed:
            if arrival not in self._waiting:
                return False
            self._waiting.remove(arrival)
            self._rows -= len(arrival.lines)
            return True


class ArrivalsFeed(Listener):
    """Implements `mda.model.Feed`: rows are stored at the time when they were received.

    CONNECT when it begins to listen, DISCONNECT when that fails or when nothing has come for
    `silence_s` (a sender that died cannot be told from a quiet sea, so it is no listening time
    either), CONNECT when something is heard again.
    """

    def __init__(
        self,
        name: str,
        code: int,
        clock: Clock,
        *,
        patience: Patience | None = None,
        jitter: random.Random | None = None,
        most_rows: int = INBOX_ROWS,
    ) -> None:
        super().__init__(name, code, clock)
        self._patience = patience or Patience()
        self._back_off = BackOff(self._patience, jitter)
        self._inbox = Inbox(most_rows)

    def _receive(self) -> None:
        """Open, say so (`_say_open`), and take in what comes until stopped. OSError: it broke."""
        raise NotImplementedError

    def _close(self) -> None:
        """Let go of what `_receive` opened; asked any number of times."""
        raise NotImplementedError

    def _say_open(self, reason: str) -> None:
        self._well_opened()
        self._back_off.reset()
        self._say(RowKind.CONNECT, reason)

    def _say(self, kind: RowKind, reason: str) -> None:
        self._inbox.put(Arrival(self._clock.now_us(), [], kind, reason))

    def _work(self) -> None:
        """The receiving thread: open, receive, and open again when it broke."""
        while not self._stopped.is_set():
            self.attempts += 1
            try:
                self._receive()
            except OSError as error:
                self.last_error = told(error)
                self._say(RowKind.DISCONNECT, self.last_error)
                self._stopped.wait(self._back_off.next_s())
            finally:
                self._close()

    def __iter__(self) -> Iterator[Sentence]:
        worker = threading.Thread(target=self._work, name=f"receive {self.name}", daemon=True)
        worker.start()
        try:
            yield from self._told_rows()
        finally:
            self._stopped.set()
            worker.join()

    def _told_rows(self) -> Iterator[Sentence]:
        connected, heard_s = False, time.monotonic()
        while not self._stopped.is_set():
            arrival = self._inbox.take(POLL_S)
            if arrival is None:
                if connected and time.monotonic() - heard_s > self._patience.silence_s:
                    yield self._control(RowKind.DISCONNECT, "silence")
                    connected = False
                continue
            heard_s = time.monotonic()
            # Lines while not connected end a silence.
            if (arrival.kind != RowKind.DISCONNECT) != connected:
                kind = RowKind.DISCONNECT if connected else RowKind.CONNECT
                connected = not connected
                yield self._control(kind, arrival.reason or "heard again")
            yield from self._rows(arrival.lines, arrival.at_us)
            if arrival.handed_over is not None:
                arrival.handed_over.set()
        if connected:
            yield self._control(RowKind.DISCONNECT, "stopped")
