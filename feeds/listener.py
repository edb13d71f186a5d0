"""What every live feed has: its name, how it is doing, how it is stopped, and its rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from threading import Event

from mda.clock import Clock
from mda.model import RowKind, Sentence


def control_row(kind: RowKind, code: int, at_us: int, feed: str, reason: str) -> Sentence:
    """A CONNECT or DISCONNECT row, its bytes the feed's name and the reason in JSON."""
    body = json.dumps({"feed": feed, "reason": reason}).encode()
    return Sentence(kind, code, at_us, body)


class Listener:
    """The part of `mda.model.Feed` that all live feeds share; they add the iteration."""

    def __init__(self, name: str, code: int, clock: Clock) -> None:
        self.name = name
        self.attempts = 0
        """Times it tried to connect, open or bind."""
        self.reconnects = 0
        """Times it succeeded after the first."""
        self.refused = 0
        """Datagrams, peers or requests that were not let in."""
        self.lost = 0
        """Datagrams that the system dropped, and lines for which there was no room here."""
        self.last_error = ""
        self._code = code
        self._clock = clock
        self._stopped = Event()
        self._opened = False

    def stop(self) -> None:
        """End the iteration soon."""
        self._stopped.set()

    def _well_opened(self) -> None:
        """Count a success: the first is no reconnection."""
        self.reconnects += self._opened
        self._opened = True

    def _control(self, kind: RowKind, reason: str) -> Sentence:
        return control_row(kind, self._code, self._clock.now_us(), self.name, reason)

    def _rows(self, lines: Iterable[bytes], at_us: int) -> Iterator[Sentence]:
        return (Sentence(RowKind.LINE, self._code, at_us, line) for line in lines)


def told(error: OSError) -> str:
    """An error of the system in its own words."""
    return error.strerror or str(error) or type(error).__name__
