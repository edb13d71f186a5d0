"""The node's own clock against the UTC that live traffic states.

*Definition.* As `mda.vet.health_clock`, with the node's clock at each line's arrival in the place
of the station's. Delay on the way only ever makes the node look ahead, so of several feeds the one
with the lowest confident offset counts.
*Inputs.* Lines of live feeds; in a replay the node's clock is the recording's, so there are none.
*What it cannot see.* With nothing but relays that are late: their delay from a clock that is ahead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Set
from typing import Any, Final

import numpy as np

from mda.config import Config
from mda.model import Lines, Reports
from mda.model.health import ClockOffset
from mda.units import US_PER_S
from mda.vet.health_clock import BASE_REPORT, ClockRules, estimate, offsets_us, stating

_KEPT: Final = 64
"""Messages a feed that are remembered: as many as of a station."""


class NodeClock:
    """Folds live rows; forgets what is older than `health.clock_age_s`."""

    def __init__(self, config: Config) -> None:
        self._rules = ClockRules.of(config)
        self._age_us = round(config.number("health.clock_age_s") * US_PER_S)
        self._limit_s = config.number("health.node_clock_s")
        self._heard: dict[int, deque[tuple[int, int, int, bool]]] = {}
        self.live_feeds: Set[int] = frozenset()
        """Codes of feeds whose lines are stamped as they arrive."""

    def hear(self, lines: Lines, reports: Reports) -> None:
        """Take in a batch of the log and what was decoded of it."""
        if not self.live_feeds or len(lines) == 0:
            return
        told = stating(reports)
        told = told[np.isin(reports.feed[told], np.array(sorted(self.live_feeds), np.int32))]
        row = reports.seq[told] - int(lines.seq[0])
        within = (row >= 0) & (row < len(lines))
        told, row = told[within], row[within]
        stored_us = lines.stored_at_us[row]
        off_us = offsets_us(reports, told, stored_us, self._rules)
        base = reports.msg_type[told] == BASE_REPORT
        columns = (reports.feed[told], stored_us, off_us, reports.mmsi[told], base)
        for feed, *sample in zip(*(c.tolist() for c in columns), strict=True):
            at_us, off, mmsi, is_base = sample
            kept = self._heard.setdefault(feed, deque(maxlen=_KEPT))
            kept.append((at_us, off, mmsi, is_base))

    def offset(self, now_us: int) -> ClockOffset | None:
        """How far the node's clock is ahead; None where no feed says so with confidence."""
        found = [self._of(feed, now_us) for feed in sorted(self._heard)]
        sure = [one for one in found if one is not None and one.confidence == "high"]
        return min(sure, key=lambda one: one.offset_s, default=None)

    def body(self, now_us: int) -> dict[str, Any] | None:
        """The offset for the page, with `wrong` where it is beyond `health.node_clock_s`."""
        found = self.offset(now_us)
        if found is None:
            return None
        return {**found.to_json(), "wrong": abs(found.offset_s) > self._limit_s}

    def _of(self, feed: int, now_us: int) -> ClockOffset | None:
        new = [one for one in self._heard[feed] if one[0] > now_us - self._age_us]
        if not new:
            return None
        _, off_us, mmsi, base = zip(*new, strict=True)
        return estimate(
            np.array(off_us, np.int64), np.array(mmsi, np.uint32), np.array(base), self._rules
        )
