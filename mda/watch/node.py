"""A running node: feeds on their threads, one pipeline thread, and what the page may ask of it.

Feeds put rows into one bounded queue; the pipeline thread writes them to the log, folds them and
publishes an immutable picture. Server threads read pictures and the desk; they never wait for a
fold longer than the desk's lock is held.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mda.clock import NO_TIME_US, Clock, ReplayClock, format_at
from mda.errors import MdaError
from mda.model import (
    Act,
    Books,
    Case,
    Event,
    Feed,
    Finding,
    Picture,
    RowKind,
    Sentence,
    Targets,
)
from mda.picture.card import vessel_card, vessel_info
from mda.units import US_PER_S, microseconds
from mda.watch.flow import start_row
from mda.watch.pipeline import Pipeline

_QUEUE_ROWS = 20_000
_BATCH_ROWS = 5_000
_WAIT_S = 0.1
_PICTURE_EVERY_S = 0.5
_MMSI_BITS = 0xFFFFFFFF


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
    """live, quiet, down or ended."""
    last_row_us: int = NO_TIME_US
    """Node's clock at its last line."""
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
    locate: Callable[[float, float], dict[str, Any]]
    """(lon, lat) -> zones in words."""
    zones_geojson: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a node: a recording from its beginning, or live until the node is taken down."""

    pipeline: Pipeline
    sources: Sequence[Source]
    clock: Clock
    about: About
    words: Words


class Node:
    """Implements `mda.model.NodeView` over one run after another."""

    def __init__(self, run: Run, quiet_s: float) -> None:
        self._quiet_us = microseconds(quiet_s)
        self._news = threading.Condition()
        self._set(run, version=0)

    def _set(self, run: Run, version: int) -> None:
        self._run = run
        self._pipeline, self._clock, self._about = run.pipeline, run.clock, run.about
        self._words = run.words
        self._sources = {source.code: source for source in run.sources}
        self._queue: queue.Queue[Sentence | Source] = queue.Queue(_QUEUE_ROWS)
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self.ended = threading.Event()
        """Set when every feed has come to its end and all they brought is settled."""
        self.failed: BaseException | None = None
        self._last_seq = self._pipeline.parts.store.desk.last_seq()
        now_us = self._clock.now_us()
        self._picture = Picture(version, self._last_seq, now_us, NO_TIME_US, Targets.blank(0))
        self._pipeline.on_events = self._told

    # -- life ---------------------------------------------------------------------------------
    def start(self) -> None:
        """Say START in the log, open every feed, and go."""
        now_us = self._clock.now_us()
        self._pipeline.take([start_row(now_us, now_us)])
        body = {"run": self._pipeline.run, "at": format_at(now_us)}
        self._pipeline.say([Event(0, now_us, "run", body)])
        self._publish()
        for source in self._sources.values():
            self._spawn(f"feed {source.name}", self._listen, source)
        self._spawn("pipeline", self._go)

    def stop(self) -> None:
        """Stop the feeds, settle what is in hand, seal, and let go of the store."""
        self._stop.set()
        for source in self._sources.values():
            source.feed.stop()
        for thread in self._threads:
            thread.join(timeout=10.0)
        with self._news:
            self._news.notify_all()
        if self.failed is None:
            self._pipeline.take([Sentence(RowKind.STOP, -1, self._clock.now_us(), b"")])
            self._pipeline.close()

    def begin(self, run: Run) -> None:
        """Stop the run that is on and start another; whoever watches is told."""
        self.stop()
        self._set(run, self._picture.version)
        self.start()

    def _spawn(self, name: str, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self, source: Source) -> None:
        """A feed's thread: its rows into the queue until it ends or the node stops."""
        try:
            for sentence in source.feed:
                while not self._stop.is_set():
                    try:
                        self._queue.put(sentence, timeout=0.5)
                        break
                    except queue.Full:
                        continue
                if self._stop.is_set():
                    return
        except MdaError as error:
            source.error = str(error)
        self._queue.put(source)

    def _go(self) -> None:
        """The pipeline's thread."""
        try:
            alive = set(self._sources)
            drawn_us = 0
            while not self._stop.is_set():
                rows = self._collect(alive)
                rows += self._clock_rows()
                if rows:
                    self._pipeline.take(rows)
                    self._note(rows)
                now_us = self._clock.now_us()
                if self._due(drawn_us, now_us):
                    self._publish()
                    drawn_us = now_us
                if not alive and self._queue.empty() and not self.ended.is_set():
                    self._pipeline.finish()
                    if isinstance(self._clock, ReplayClock):
                        self._clock.freeze()
                    self._publish()
                    self.ended.set()
        except Exception as error:
            self.failed = error
            self.ended.set()
            raise

    def _due(self, drawn_us: int, now_us: int) -> bool:
        speed = max(self._about.speed, 1.0)
        return now_us - drawn_us >= _PICTURE_EVERY_S * US_PER_S * speed

    def _collect(self, alive: set[int]) -> list[Sentence]:
        """What has come in; waits a little when nothing has."""
        rows: list[Sentence] = []
        try:
            item = self._queue.get(timeout=_WAIT_S)
            while True:
                if isinstance(item, Source):
                    item.state = "down" if item.error else "ended"
                    alive.discard(item.code)
                else:
                    rows.append(item)
                if len(rows) >= _BATCH_ROWS:
                    break
                item = self._queue.get_nowait()
        except queue.Empty:
            pass
        return rows

    def _clock_rows(self) -> list[Sentence]:
        """CLOCK rows for live feeds that are connected and silent."""
        now_us = self._clock.now_us()
        rows = []
        for source in self._sources.values():
            silent = now_us - source.last_row_us >= self._quiet_us
            if source.follow_clock and source.state in ("live", "quiet") and silent:
                source.state = "quiet"
                source.last_row_us = now_us
                rows.append(Sentence(RowKind.CLOCK, source.code, now_us, b""))
        return rows

    def _note(self, rows: Sequence[Sentence]) -> None:
        """Keep each feed's light: connected, quiet, down."""
        now_us = self._clock.now_us()
        for row in rows:
            source = self._sources.get(row.feed)
            if source is None:
                continue
            if row.kind == RowKind.LINE:
                source.state, source.last_row_us = "live", now_us
            elif row.kind == RowKind.CONNECT:
                source.state, source.last_row_us = "quiet", now_us
            elif row.kind == RowKind.DISCONNECT:
                source.state = "down"

    def _publish(self) -> None:
        now_us = self._clock.now_us()
        flow = self._pipeline.parts.flow
        targets = self._pipeline.targets(now_us)
        version = self._picture.version + 1
        self._picture = Picture(version, self._last_seq, now_us, flow.settled_us, targets)

    def _told(self, events: Sequence[Event]) -> None:
        with self._news:
            self._last_seq = max(self._last_seq, max(e.seq for e in events))
            self._news.notify_all()

    # -- what the page asks -------------------------------------------------------------------
    def info(self) -> dict[str, Any]:
        picture = self._picture
        settled = picture.watermark_us
        return {
            "name": self._about.name,
            "version": self._about.version,
            "run": self._pipeline.run,
            "mode": self._about.mode,
            "banner": self._about.banner,
            "speed": self._about.speed,
            "now": format_at(self._clock.now_us()),
            "watermark": None if settled == NO_TIME_US else format_at(settled),
            "picture_version": picture.version,
            "time_zone": self._about.time_zone,
            "zone_version": self._about.zone_version,
            "cannot_see": [*self._pipeline.problems(), *self._about.cannot_see],
        }

    def picture(self) -> Picture:
        return self._picture

    def cases(self) -> list[Case]:
        return self._pipeline.list_cases()

    def case(self, case_id: str) -> tuple[Case, list[Finding]] | None:
        found = next((c for c in self.cases() if c.id == case_id), None)
        if found is None:
            return None
        store = self._pipeline.parts.store.desk
        return found, store.findings(self._pipeline.run, found.finding_ids)

    def feeds(self) -> list[dict[str, Any]]:
        return [self._feed(source) for source in self._sources.values()]

    def events_after(self, seq: int, limit: int) -> list[Event]:
        return self._pipeline.parts.store.desk.events_after(self._pipeline.run, seq, limit)

    def last_event_seq(self) -> int:
        return self._last_seq

    def wait_events(self, seq: int, timeout_s: float) -> bool:
        with self._news:
            return self._news.wait_for(
                lambda: self._last_seq > seq or self._stop.is_set(), timeout_s
            ) and (self._last_seq > seq)

    def act(self, act: Act) -> Case:
        return self._pipeline.act(act)

    def vessel(self, key: int) -> dict[str, Any] | None:
        targets = self._picture.targets
        row = int(np.searchsorted(targets.key, np.uint64(key)))
        if row >= len(targets) or int(targets.key[row]) != key:
            return None
        mmsi = key & _MMSI_BITS
        claims = self._words.vessel(mmsi)
        place = (float(targets.now_lon_deg[row]), float(targets.now_lat_deg[row]))
        return vessel_card(
            targets,
            row,
            self._info(mmsi, claims),
            claims,
            self._words.locate(*place),
            self.cases(),
            self._pipeline.station_of(key),
        )

    def vessels(self) -> dict[int, dict[str, Any]]:
        mmsis = {int(key): int(key) & _MMSI_BITS for key in self._picture.targets.key}
        infos = {m: self._info(m, self._words.vessel(m)) for m in set(mmsis.values())}
        return {key: infos[mmsi] for key, mmsi in mmsis.items()}

    def _info(self, mmsi: int, claims: dict[str, Any]) -> dict[str, Any]:
        return vessel_info(mmsi, claims, self._pipeline.parts.now_tracker.hulls(mmsi))

    def trails(self, since_us: int) -> dict[int, list[tuple[int, float, float]]]:
        return self._pipeline.trails(since_us)

    def locate(self, lon_deg: float, lat_deg: float) -> dict[str, Any]:
        return self._words.locate(lon_deg, lat_deg)

    def zones_geojson(self) -> bytes:
        return self._words.zones_geojson()

    def _feed(self, source: Source) -> dict[str, Any]:
        now_us = self._clock.now_us()
        books = self._pipeline.parts.flow.decoder.books.get(source.code, Books())
        heard = source.last_row_us != NO_TIME_US
        return {
            "name": source.name,
            "station": source.station,
            "state": source.state,
            "error": source.error,
            "last_heard": format_at(source.last_row_us) if heard else None,
            "age_s": (now_us - source.last_row_us) / US_PER_S if heard else None,
            "lines_per_min": self._rate(source, now_us, books.lines),
            "hold_s": self._pipeline.parts.flow.watermark.hold_s(source.code),
            "lines": books.lines,
            "decoded": books.decoded_lines,
            "rejected": sum(books.rejected.values()),
            "pending": books.pending,
        }

    def _rate(self, source: Source, now_us: int, lines: int) -> float:
        """Lines a minute of the node's own time, over the last minute or what there is of it."""
        marks: Iterator[tuple[int, int]] = (
            m for m in [*source.recent, (now_us, lines)] if now_us - m[0] <= 60 * US_PER_S
        )
        source.recent = list(marks)
        first_us, first_lines = source.recent[0]
        span_min = (now_us - first_us) / US_PER_S / 60.0
        return (lines - first_lines) / span_min if span_min > 0.0 else 0.0
