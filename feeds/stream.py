"""A stream of bytes that breaks and is opened again, for ever: TCP client, gpsd, serial."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Protocol

from feeds.cutting import Cutter
from feeds.listener import Listener, told
from feeds.patience import BackOff, Patience
from mda.clock import Clock
from mda.model import RowKind, Sentence


class Stream(Protocol):
    """An open stream."""

    def read(self) -> bytes | None:
        """What has come; None if nothing did for a moment; empty at the end. OSError: it broke."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class StreamFeed(Listener):
    """Implements `mda.model.Feed`: rows are stored at the clock's time as they arrive.

    An open stream gives CONNECT, its lines, DISCONNECT with the reason. Failed attempts give
    nothing but a longer wait; `attempts` and `last_error` tell of them.
    """

    opened_reason = "connected"

    def __init__(
        self,
        name: str,
        code: int,
        clock: Clock,
        *,
        patience: Patience | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        super().__init__(name, code, clock)
        self._patience = patience or Patience()
        self._back_off = BackOff(self._patience, jitter)

    def __iter__(self) -> Iterator[Sentence]:
        while not self._stopped.is_set():
            self.attempts += 1
            try:
                stream = self._open()
            except OSError as error:
                self.last_error = told(error)
            else:
                self._well_opened()
                try:
                    yield from self._listen(stream)
                finally:
                    stream.close()
            self._stopped.wait(self._back_off.next_s())

    def _open(self) -> Stream:
        """Open the stream, within `connect_s`. OSError: not now."""
        raise NotImplementedError

    def _heard(self, lines: list[bytes]) -> list[bytes]:
        """Which of the lines are for the log: all, unless the transport has talk of its own."""
        return lines

    def _listen(self, stream: Stream) -> Iterator[Sentence]:
        yield self._control(RowKind.CONNECT, self.opened_reason)
        cutter = Cutter()
        reason = "stopped"
        heard_s = time.monotonic()
        while not self._stopped.is_set():
            try:
                data = stream.read()
            except OSError as error:
                reason = self.last_error = told(error)
                break
            if data is None:
                if time.monotonic() - heard_s > self._patience.silence_s:
                    reason = "silence"
                    break
                continue
            if not data:
                reason = "closed by peer"
                break
            heard_s = time.monotonic()
            yield from self._lines(cutter.push(data))
        yield from self._lines(cutter.rest())
        yield self._control(RowKind.DISCONNECT, reason)

    def _lines(self, lines: list[bytes]) -> Iterator[Sentence]:
        heard = self._heard(lines)
        if heard:
            self._back_off.reset()
        return self._rows(heard, self._clock.now_us())
