"""Instants and the only clocks of the house (beside `feeds`).

Inside the engine an instant is `*_us`: whole microseconds since 1970-01-01T00:00Z in a 64-bit
integer. At the edges it is an aware UTC datetime, `*_at`. Nothing below `mda.cli` may ask what
time it is now; whoever needs it is handed a `Clock`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from mda.errors import MdaError
from mda.units import US_PER_S

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_TIME_US = -(2**63)
"""The instant that is not known, as NumPy's NaT."""


def to_datetime(at_us: int) -> datetime:
    """Aware UTC datetime of an instant in microseconds.

    >>> to_datetime(1490075479000000).isoformat()
    '2017-03-21T05:51:19+00:00'
    """
    return EPOCH + timedelta(microseconds=int(at_us))


def from_datetime(at: datetime) -> int:
    """Microseconds of an aware datetime; a naive one is refused.

    >>> from_datetime(datetime(2017, 3, 21, 5, 51, 19, tzinfo=UTC))
    1490075479000000
    """
    if at.tzinfo is None:
        raise MdaError("an instant without a time zone", do="Write it with an offset or a Z")
    return (at - EPOCH) // timedelta(microseconds=1)


def format_at(at_us: int, *, seconds: bool = True) -> str:
    """ISO 8601 in UTC with a Z; fractions only where there are any.

    >>> format_at(1490075479000000), format_at(1490075479250000), format_at(0, seconds=False)
    ('2017-03-21T05:51:19Z', '2017-03-21T05:51:19.250000Z', '1970-01-01T00:00Z')
    """
    at = to_datetime(at_us)
    if not seconds:
        return at.strftime("%Y-%m-%dT%H:%MZ")
    return at.isoformat().replace("+00:00", "Z")


def parse_at(text: str) -> int:
    """Microseconds of an ISO 8601 instant; without an offset it is refused.

    >>> parse_at('2017-03-21T05:51:19Z')
    1490075479000000
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise MdaError(f"not an instant: {text!r}", do="Write 2017-03-21T05:51:19Z") from error
    return from_datetime(at)


class Clock(Protocol):
    """What time it is, for whoever has a right to know."""

    def now_us(self) -> int:
        """The present instant in microseconds since the epoch, UTC."""
        ...

    def sleep_until(self, at_us: int) -> None:
        """Return once `now_us()` has reached `at_us`; at once if it has."""
        ...


class WallClock:
    """The machine's own clock, UTC."""

    def now_us(self) -> int:
        return time.time_ns() // 1000

    def sleep_until(self, at_us: int) -> None:
        wait_s = (at_us - self.now_us()) / US_PER_S
        if wait_s > 0:
            time.sleep(wait_s)


def monotonic_us() -> int:
    """Microseconds of a clock that nobody sets and that only goes on; its zero means nothing."""
    return time.monotonic_ns() // 1000


class ReplayClock:
    """A clock of its own for a replay: starts at `start_us` and runs `speed` times real time.

    `speed` 0 means as fast as possible: the clock stands wherever it was last pushed to.
    """

    def __init__(self, start_us: int, speed: float) -> None:
        self.speed = speed
        self._start_us = start_us
        self._origin_s = time.monotonic()
        self._pushed_us = start_us

    def freeze(self) -> None:
        """Stand still from now on: the recording is over and nothing is known beyond it."""
        self._pushed_us = self.now_us()
        self.speed = 0.0

    def now_us(self) -> int:
        if self.speed <= 0:
            return self._pushed_us
        elapsed_s = time.monotonic() - self._origin_s
        return self._start_us + round(elapsed_s * self.speed * US_PER_S)

    def sleep_until(self, at_us: int) -> None:
        if self.speed <= 0:
            self._pushed_us = max(self._pushed_us, at_us)
            return
        while (left_us := at_us - self.now_us()) > 0:
            time.sleep(min(left_us / US_PER_S / self.speed, 0.25))
