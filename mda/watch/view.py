"""What the page and its API may ask of a running node: implements `mda.model.NodeView`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from mda.clock import NO_TIME_US, Clock, format_at
from mda.model import Acknowledged, Act, Books, Case, Event, Feed, Finding, Picture, Targets
from mda.picture.card import vessel_card, vessel_info
from mda.units import US_PER_S
from mda.watch.pipeline import Pipeline

_MMSI_BITS = 0xFFFFFFFF
_RATE_S = 60
_QUIET_S = 10
"""A feed that brought nothing for so long is quiet, not live (picture.md: shown within 15 s)."""


@dataclass(slots=True)
class Source:
    """A feed of the node and how it is doing."""

    code: int
    name: str
    station: str
    feed: Feed
    follow_clock: bool
    """True for a live feed: when silent, its watermark follows the clock (CLOCK rows)."""
    state: str = "down"
    """live, quiet or down; as long as it has not ended."""
    ended: bool = False
    """It came to its end by itself: a recording that is over."""
    last_row_us: int = NO_TIME_US
    """Node's clock at its last line."""
    said_us: int = NO_TIME_US
    """Node's clock when it last connected, spoke, or was said to be silent."""
    pressing: bool = False
    """Its lines cannot wait (datagrams): under pressure some are dropped, by rule."""
    shed_rows: int = 0
    """Position reports dropped under pressure."""
    error: str = ""
    recent: list[tuple[int, int]] = field(default_factory=list)
    """(node's clock, lines so far) of the last minutes, for the rate."""


@dataclass(frozen=True, slots=True)
class About:
    """What a node says of itself."""

    name: str
    version: str
    mode: str
    """live, replay or simulated."""
    banner: str
    speed: float
    time_zone: str
    cannot_see: tuple[str, ...]
    zone_version: str


@dataclass(frozen=True, slots=True)
class Words:
    """Answers that other verbs give: who a vessel claims to be, whose water a point is."""

    vessel: Callable[[int], dict[str, Any]]
    """MMSI -> what it claims, with times and contradictions."""
    first_look: Callable[[float, float, float, float], list[str]]
    """(lon, lat, sog_kn, cog_deg) -> a sentence an asset."""
    locate: Callable[[float, float, int], dict[str, Any]]
    """(lon, lat, at_us) -> zones in words, of those that hold at that instant."""
    zones_geojson: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a node: a recording from its beginning, or live until the node is taken down."""

    pipeline: Pipeline
    sources: Sequence[Source]
    clock: Clock
    about: About
    words: Words


class News:
    """The desk store's events, and waiting for the next."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._last_seq = 0
        self._over = False

    def attend(self, last_seq: int) -> None:
        """Begin to follow a run whose newest event has this number."""
        with self._changed:
            self._last_seq = max(self._last_seq, last_seq)
            self._over = False

    def told(self, events: Sequence[Event]) -> None:
        """Events became durable: wake whoever waits."""
        with self._changed:
            self._last_seq = max(self._last_seq, max(e.seq for e in events))
            self._changed.notify_all()

    def end(self) -> None:
        """Wake everybody: the node stops."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def last_event_seq(self) -> int:
        """Number of the newest durable event."""
        return self._last_seq

    def wait_events(self, seq: int, timeout_s: float) -> bool:
        """Block until an event newer than `seq` is durable, or the time is out."""
        with self._changed:
            self._changed.wait_for(lambda: self._last_seq > seq or self._over, timeout_s)
            return self._last_seq > seq


class View(News):
    """Answers from the run that is on. Thread-safe: pictures are immutable, the desk is locked.

    More than 12 methods, because each is one question of `NodeView`.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._version = 0
        self.warning = ""
        """What the watch must know of the node itself; empty when all is well."""
        self.attach(run)

    def attach(self, run: Run) -> None:
        """Answer from this run from now on."""
        self.run = run
        now_us = run.clock.now_us()
        self.attend(run.pipeline.store.desk.last_seq())
        self._picture = Picture(
            self._version, self.last_event_seq(), now_us, NO_TIME_US, Targets.blank(0)
        )
        run.pipeline.desk.on_events = self.told

    def publish(self) -> None:
        """Draw a new picture, as of now."""
        pipeline = self.run.pipeline
        seq, now_us = self.last_event_seq(), self.run.clock.now_us()
        targets = pipeline.now.targets(now_us, pipeline.desk.listed())
        pipeline.stations.publish(pipeline.flow.settled_us, now_us, self.run.about.speed)
        self._version += 1
        self._picture = Picture(self._version, seq, now_us, pipeline.flow.settled_us, targets)

    def info(self) -> dict[str, Any]:
        about, pipeline = self.run.about, self.run.pipeline
        picture = self._picture
        settled = picture.watermark_us
        return {
            "name": about.name,
            "version": about.version,
            "run": pipeline.run,
            "mode": about.mode,
            "banner": about.banner,
            "speed": about.speed,
            "now": format_at(self.run.clock.now_us()),
            "watermark": None if settled == NO_TIME_US else format_at(settled),
            "picture_version": picture.version,
            "time_zone": about.time_zone,
            "zone_version": about.zone_version,
            "cannot_see": [*filter(None, [self.warning]), *pipeline.problems(), *about.cannot_see],
        }

    def picture(self) -> Picture:
        return self._picture

    def cases(self) -> list[Case]:
        return self.run.pipeline.desk.listed()

    def case(self, case_id: str) -> tuple[Case, list[Finding]] | None:
        found = next((c for c in self.cases() if c.id == case_id), None)
        if found is None:
            return None
        desk = self.run.pipeline.desk
        return found, desk.store.findings(desk.run, found.finding_ids)

    def first_look(self, case: Case) -> list[str]:
        if case.closed_at_us is not None or case.state == "withdrawn":
            return []
        targets = self._picture.targets
        rows = np.flatnonzero(np.isin(targets.key, np.array(case.keys, np.uint64)))
        if len(rows) == 0:
            return self.run.words.first_look(case.lon_deg, case.lat_deg, nan, nan)
        row = int(rows[0])
        return self.run.words.first_look(
            float(targets.now_lon_deg[row]),
            float(targets.now_lat_deg[row]),
            float(targets.sog_kn[row]),
            float(targets.cog_deg[row]),
        )

    def feeds(self) -> list[dict[str, Any]]:
        return [self._feed(source) for source in self.run.sources]

    def stations(self) -> dict[str, Any]:
        body = self.run.pipeline.stations.body
        heard = {row["feed"] for row in body["stations"]}
        # Heard a moment ago, but not settled yet, is no problem.
        deaf = [
            {
                "station": s.station,
                "feed": s.name,
                "problems": ["unheard"] if s.last_row_us == NO_TIME_US else [],
            }
            for s in self.run.sources
            if s.name not in heard and not s.ended
        ]
        return {**body, "stations": [*body["stations"], *deaf]}

    def events_after(self, seq: int, limit: int) -> list[Event]:
        desk = self.run.pipeline.desk
        return desk.store.events_after(desk.run, seq, limit)

    def act(self, act: Act) -> Case:
        return self.run.pipeline.desk.act(act)

    def vessel(self, key: int) -> dict[str, Any] | None:
        targets = self._picture.targets
        row = int(np.searchsorted(targets.key, np.uint64(key)))
        if row >= len(targets) or int(targets.key[row]) != key:
            return None
        mmsi = key & _MMSI_BITS
        claims = self.run.words.vessel(mmsi)
        place = (float(targets.now_lon_deg[row]), float(targets.now_lat_deg[row]))
        return vessel_card(
            targets,
            row,
            self._info(mmsi, claims),
            claims,
            self.run.words.locate(*place, self._picture.at_us),
            self.cases(),
            self._station(key),
        )

    def vessels(self) -> dict[int, dict[str, Any]]:
        mmsis = {int(key): int(key) & _MMSI_BITS for key in self._picture.targets.key}
        infos = {m: self._info(m, self.run.words.vessel(m)) for m in set(mmsis.values())}
        return {key: infos[mmsi] for key, mmsi in mmsis.items()}

    def _info(self, mmsi: int, claims: dict[str, Any]) -> dict[str, Any]:
        return vessel_info(mmsi, claims, self.run.pipeline.now.hulls(mmsi))

    def trails(self, since_us: int) -> dict[int, list[tuple[int, float, float]]]:
        return self.run.pipeline.now.trails(since_us)

    def locate(self, lon_deg: float, lat_deg: float, at_us: int | None = None) -> dict[str, Any]:
        when_us = self._picture.at_us if at_us is None else at_us
        return self.run.words.locate(lon_deg, lat_deg, when_us)

    def zones_geojson(self) -> bytes:
        return self.run.words.zones_geojson()

    def _station(self, key: int) -> str | None:
        code = self.run.pipeline.now.station_code(key)
        return None if code is None else self.run.pipeline.flow.decoder.stations[code]

    def _feed(self, source: Source) -> dict[str, Any]:
        now_us = self.run.clock.now_us()
        books = self.run.pipeline.flow.decoder.books.get(source.code, Books())
        heard = source.last_row_us != NO_TIME_US
        return {
            "name": source.name,
            "station": source.station,
            "state": self._state(source, now_us),
            "error": source.error,
            "last_heard": format_at(source.last_row_us) if heard else None,
            "age_s": (now_us - source.last_row_us) / US_PER_S if heard else None,
            "lines_per_min": self._rate(source, now_us, books.lines),
            "hold_s": self.run.pipeline.flow.watermark.hold_s(source.code),
            "lines": books.lines,
            "decoded": books.decoded_lines,
            "rejected": sum(books.rejected.values()),
            "pending": books.pending,
            "shed": source.shed_rows,
            "note": source.feed.note if isinstance(source.feed, Acknowledged) else "",
        }

    def _state(self, source: Source, now_us: int) -> str:
        """A feed's light; in a replay the same span of the watcher's own time makes it quiet."""
        if source.ended:
            return "ended"
        quiet_us = _QUIET_S * US_PER_S * max(self.run.about.speed, 1.0)
        silent = now_us - source.last_row_us > quiet_us
        return "quiet" if source.state == "live" and silent else source.state

    def _rate(self, source: Source, now_us: int, lines: int) -> float:
        """Lines a minute of the node's own time, over the last minute or what there is of it."""
        since_us = now_us - _RATE_S * US_PER_S
        source.recent = [m for m in [*source.recent, (now_us, lines)] if m[0] >= since_us]
        first_us, first_lines = source.recent[0]
        span_min = (now_us - first_us) / US_PER_S / 60.0
        return (lines - first_lines) / span_min if span_min > 0.0 else 0.0
