"""Station health of one run: rows into the store, jumps into the log, and what the page is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mda.clock import NO_TIME_US, format_at
from mda.config import Config
from mda.model import Decoder, Event, Lines, Reports
from mda.model.health import StationHealth
from mda.store.stations import station_body
from mda.units import US_PER_S
from mda.vet.health_problems import HealthLimits
from mda.watch.casedesk import CaseDesk
from mda.watch.nodeclock import NodeClock
from mda.watch.road import StationFold

_PUBLISH_EVERY_S: Final = 5
"""Of the node's own time: a picture is drawn oftener, and no light changes that fast."""


class StationDesk:
    """Belongs to the pipeline's thread, but for `body`, which any thread may read."""

    def __init__(
        self,
        health: StationFold,
        config: Config,
        desk: CaseDesk,
        decoder: Decoder,
        feeds: Sequence[str],
    ) -> None:
        """`feeds`: names by code."""
        self.clock = NodeClock(config)
        self._health, self._desk, self._decoder = health, desk, decoder
        self._limits = HealthLimits(config)
        self._feeds = tuple(feeds)
        self._published_us = NO_TIME_US
        self._clock_wrong = False
        self.body: dict[str, Any] = {"at_us": None, "node_clock": None, "stations": []}
        """What `GET /api/stations` answers; replaced whole, never changed."""

    def take(self, lines: Lines, reports: Reports, now_us: int) -> None:
        """After a fold: keep the rows that it told, log what jumped, watch the node's clock."""
        self.clock.hear(lines, reports)
        self._keep(self._health.drain())
        self._watch_clock(now_us)

    def finish(self, settled_us: int) -> None:
        """The end of a recording: its last rows, off the grid."""
        self._keep(self._health.drain())
        if settled_us != NO_TIME_US:
            self._keep(self._health.now(settled_us))

    def publish(self, settled_us: int, now_us: int, speed: float) -> None:
        """Say how the stations stand, now and then."""
        every_us = round(_PUBLISH_EVERY_S * US_PER_S * max(speed, 1.0))
        if settled_us == NO_TIME_US or 0 <= now_us - self._published_us < every_us:
            return
        self._published_us = now_us
        rows = self._health.now(settled_us)
        self.body = {
            "at_us": settled_us,
            "node_clock": self.clock.body(now_us),
            "stations": sorted(
                (self._told(row) for row in rows), key=lambda b: (b["station"], b["feed"])
            ),
        }

    def _told(self, row: StationHealth) -> dict[str, Any]:
        body = station_body(row, self._decoder.stations, self._feeds, self._decoder.books)
        lines = body["feed_lines"]
        share = body["feed_rejected"] / lines if lines else None
        return {**body, "reject_share": share, "problems": self._limits.problems(row, share)}

    def _keep(self, rows: Sequence[StationHealth]) -> None:
        stations, books = self._decoder.stations, self._decoder.books
        bodies = [station_body(row, stations, self._feeds, books) for row in rows]
        self._desk.store.put_stations(self._desk.run, bodies)
        jumps = [_jump(row, stations[row.station]) for row in rows if row.clock_jump_s is not None]
        if jumps:
            self._desk.say(jumps)

    def _watch_clock(self, now_us: int) -> None:
        """Log when the node's clock begins to differ from the air's, and when it agrees again."""
        found = self.clock.body(now_us)
        if found is None or found["wrong"] == self._clock_wrong:
            return
        self._clock_wrong = found["wrong"]
        off_s = found["offset_s"]
        text = (
            f"This machine's clock is {abs(off_s):.0f} s {'ahead of' if off_s > 0 else 'behind'} "
            f"what {found['ships']} ships and {found['bases']} base stations say"
            if self._clock_wrong
            else "This machine's clock agrees with the ships' again"
        )
        self._desk.say([Event(0, now_us, "log", {"at": format_at(now_us), "text": text})])


def _jump(row: StationHealth, station: str) -> Event:
    """The same row again is the same event, so a refold says it once."""
    jump_s = row.clock_jump_s or 0.0
    text = f"The clock of station {station} jumped by {jump_s:+.1f} s"
    body = {"at": format_at(row.at_us), "text": text, "station": station, "jump_s": jump_s}
    return Event(0, row.at_us, "log", body)
