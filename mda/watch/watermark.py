"""The watermark: up to which event time everything has probably been heard.

*Definition.* The minimum over active feeds of (newest event time - hold), never going back. A
feed's hold is its measured lateness: the decayed maximum of how far behind its own newest event
time its reports arrive, between the source's configured floor and the house's ceiling.
*Who is active.* A connected feed that has brought a time. One that is further behind the leader
than `flow.catching_up_s` leaves the minimum: what it brings is late data. So it is with what a feed
brings between DISCONNECT and CONNECT: a backlog holds nobody up. A silent connected feed follows
the clock by CLOCK rows in the log. With no feed active the node's own CLOCK rows move it.
*Why row by row.* Whether a report is late depends on the watermark before its own row, so that any
chunking of the same log gives the same answer (law 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.config import Config
from mda.geo.kernel import kernel
from mda.model import RowKind, State
from mda.model.reports import I32, I64, U8
from mda.units import microseconds

FEED_STATE = np.dtype(
    [
        ("newest_us", "i8"),
        ("late_us", "f8"),
        ("floor_us", "i8"),
        ("connected", "u1"),
    ]
)

_UNKNOWN, _UP, _DOWN = 0, 1, 2
"""`connected`: nothing said since the node's start (a line then says it); connected; not."""

_CONNECT, _DISCONNECT = int(RowKind.CONNECT), int(RowKind.DISCONNECT)
_CLOCK, _START, _LINE = int(RowKind.CLOCK), int(RowKind.START), int(RowKind.LINE)


@dataclass(frozen=True, slots=True)
class WatermarkRules:
    """The watermark's settings, in microseconds."""

    hold_min_us: int
    hold_max_us: int
    half_life_us: int
    catching_up_us: int

    @classmethod
    def of(cls, config: Config) -> WatermarkRules:
        """From the `flow.*` settings."""
        return cls(
            microseconds(config.number("flow.lateness_min_s")),
            microseconds(config.number("flow.lateness_max_s")),
            microseconds(config.number("flow.lateness_half_life_s")),
            microseconds(config.number("flow.catching_up_s")),
        )


@kernel
def _hold_us(late_us: float, floor_us: int, hold_min_us: int, hold_max_us: int) -> int:
    """A feed's hold: its measured lateness between its floor and the ceiling."""
    return min(max(int(late_us), floor_us, hold_min_us), hold_max_us)


@kernel
def _hear(feeds: NDArray[np.void], f: int, at_us: int, hold_max_us: int, half_life_us: int) -> None:
    """Take one event time into a feed's newest time and lateness."""
    newest = feeds[f]["newest_us"]
    if newest == NO_TIME_US:
        feeds[f]["newest_us"] = at_us
    elif at_us > newest:
        feeds[f]["late_us"] = feeds[f]["late_us"] * 0.5 ** ((at_us - newest) / half_life_us)
        feeds[f]["newest_us"] = at_us
    elif newest - at_us <= hold_max_us:
        feeds[f]["late_us"] = max(feeds[f]["late_us"], float(newest - at_us))


@kernel
def _lowest(
    feeds: NDArray[np.void], hold_min_us: int, hold_max_us: int, catching_up_us: int
) -> int:
    """Minimum of newest - hold over the active feeds; NO_TIME_US with none."""
    leader = NO_TIME_US
    for f in range(feeds.shape[0]):
        if feeds[f]["connected"] == _UP:
            leader = max(leader, feeds[f]["newest_us"])
    lowest = NO_TIME_US
    for f in range(feeds.shape[0]):
        newest = feeds[f]["newest_us"]
        if feeds[f]["connected"] != _UP or newest == NO_TIME_US:
            continue
        if leader - newest > catching_up_us:
            continue
        mark = newest - _hold_us(
            feeds[f]["late_us"], feeds[f]["floor_us"], hold_min_us, hold_max_us
        )
        if lowest == NO_TIME_US or mark < lowest:
            lowest = mark
    return lowest


@kernel
def _advance(
    feeds: NDArray[np.void],
    kinds: U8,
    feed: I32,
    at_us: I64,
    stored_at_us: I64,
    mark_us: int,
    hold_min_us: int,
    hold_max_us: int,
    half_life_us: int,
    catching_up_us: int,
) -> I64:
    """The watermark after each row; `feeds` is changed in place."""
    out = np.empty(kinds.shape[0], dtype=np.int64)
    for i in range(kinds.shape[0]):
        f = feed[i]
        kind = kinds[i]
        if kind == _LINE and at_us[i] != NO_TIME_US:
            if feeds[f]["connected"] == _UNKNOWN:
                feeds[f]["connected"] = _UP
            _hear(feeds, f, at_us[i], hold_max_us, half_life_us)
        elif kind == _CONNECT:
            feeds[f]["connected"] = _UP
        elif kind == _DISCONNECT:
            feeds[f]["connected"] = _DOWN
        elif kind == _START:
            for g in range(feeds.shape[0]):
                feeds[g]["connected"] = _UNKNOWN
        elif kind == _CLOCK and f >= 0:
            feeds[f]["newest_us"] = max(feeds[f]["newest_us"], stored_at_us[i])
        lowest = _lowest(feeds, hold_min_us, hold_max_us, catching_up_us)
        if lowest == NO_TIME_US and kind == _CLOCK and f < 0:
            lowest = stored_at_us[i] - hold_max_us
        mark_us = max(mark_us, lowest)
        out[i] = mark_us
    return out


class Watermark:
    """Folds log rows into the running watermark."""

    def __init__(self, rules: WatermarkRules, floors_s: Mapping[int, float]) -> None:
        self._rules = rules
        self._floors_us = {feed: microseconds(floor) for feed, floor in floors_s.items()}
        self._feeds = np.zeros(0, dtype=FEED_STATE)
        self.at_us = NO_TIME_US

    def advance(self, kinds: U8, feed: I32, at_us: I64, stored_at_us: I64) -> I64:
        """The watermark after each row, shape (n,).

        `at_us` is each row's newest event time, NO_TIME_US where the row completed no message.
        """
        if len(kinds) == 0:
            return np.zeros(0, np.int64)
        self._make_room(int(feed.max()) + 1)
        rules = self._rules
        marks = _advance(
            self._feeds,
            kinds,
            feed,
            at_us,
            stored_at_us,
            self.at_us,
            rules.hold_min_us,
            rules.hold_max_us,
            rules.half_life_us,
            rules.catching_up_us,
        )
        self.at_us = int(marks[-1])
        return marks

    def newest_us(self) -> int:
        """The newest event time heard by any feed."""
        return int(self._feeds["newest_us"].max()) if len(self._feeds) else NO_TIME_US

    def hold_s(self, feed: int) -> float:
        """How long a feed's reports are held before they are settled, seconds."""
        rules = self._rules
        if feed >= len(self._feeds):
            return rules.hold_min_us / 1e6
        row = self._feeds[feed]
        held = _hold_us(
            float(row["late_us"]), int(row["floor_us"]), rules.hold_min_us, rules.hold_max_us
        )
        return held / 1e6

    def save(self) -> State:
        return {"feeds": self._feeds.copy(), "at_us": self.at_us}

    def load(self, state: State) -> None:
        self._feeds = state["feeds"].copy()
        self.at_us = int(state["at_us"])

    def _make_room(self, count: int) -> None:
        first = len(self._feeds)
        if count <= first:
            return
        grown = np.zeros(count, dtype=FEED_STATE)
        grown["newest_us"] = NO_TIME_US
        grown[:first] = self._feeds
        for feed in range(first, count):
            grown[feed]["floor_us"] = self._floors_us.get(feed, 0)
        self._feeds = grown
