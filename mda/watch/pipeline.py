"""One run of a node without threads: log, flow, picture, cases and desk, durable in this order.

A batch is first in the raw-line log (fsync), then folded, then its consequences are committed to
the desk store with the log number they cover; only then is it shown. A restart loads the newest
sealed snapshot and folds the log from there: what was already committed is recognised by its
content identity, so nothing is lost and nothing doubled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from mda.alert.cases import Cases
from mda.alert.desk import Desk
from mda.alert.rules import Rules, log_events
from mda.alert.safety import SafetyWatch
from mda.clock import NO_TIME_US
from mda.model import (
    Act,
    Case,
    DeskBatch,
    Event,
    Finding,
    Lines,
    Predictor,
    Sentence,
    State,
    Targets,
    pack,
    unpack,
)
from mda.picture.live import LivePicture
from mda.store.nodedir import NodeStore
from mda.track.hulls import Tracker
from mda.watch.flow import Flow, Step


@dataclass(slots=True)
class Parts:
    """What a pipeline is made of; `mda.cli` wires them."""

    store: NodeStore
    flow: Flow
    now_tracker: Tracker
    live: LivePicture
    rules: Rules
    safety: SafetyWatch
    cases: Cases
    desk: Desk
    predict: Predictor


class Pipeline:
    """Folds batches of log rows and keeps every consequence durable. One writer thread."""

    def __init__(self, parts: Parts, run: str, feeds: Sequence[str], seal_rows: int) -> None:
        self.parts = parts
        self.run = run
        self._feeds = tuple(feeds)
        self._seal_rows = seal_rows
        self._unsealed_rows = 0
        self._desk_lock = threading.RLock()
        self._live_lock = threading.Lock()
        self._heard_by: dict[int, int] = {}
        self.on_events: Callable[[Sequence[Event]], None] = lambda events: None
        """Called with newly durable events; must be quick."""

    # -- in and on ----------------------------------------------------------------------------
    def take(self, rows: Sequence[Sentence]) -> Lines:
        """Write rows to the log, then fold them."""
        lines = self.parts.store.log.append(rows)
        self.fold(lines)
        return lines

    def fold(self, lines: Lines) -> Step:
        """Fold rows that are in the log."""
        step = self.parts.flow.push(lines)
        covers = int(lines.seq[-1]) if len(lines) else self.parts.store.log.last_seq
        self._consequences(step, covers)
        self._unsealed_rows += len(step.decoded.reports)
        if step.crossed_us != NO_TIME_US or self._unsealed_rows >= self._seal_rows:
            self.seal(covers)
        return step

    def finish(self) -> Step:
        """End of a recording: settle everything heard, then seal."""
        step = self.parts.flow.finish()
        covers = self.parts.store.log.last_seq
        self._consequences(step, covers)
        self.seal(covers)
        return step

    def recover(self) -> int:
        """Load the newest snapshot and fold what the log holds beyond it; rows folded again."""
        store = self.parts.store
        sealed = store.history.recover()
        after_seq = 0
        with self._desk_lock:
            if sealed is not None:
                after_seq = sealed.log_seq
                self.load(unpack(sealed.snapshot))
            self.parts.desk.restore(store.desk.acts(self.run))
            self.parts.desk.merge(self.parts.cases.all())
        folded = 0
        for lines in store.log.read(after_seq):
            self.fold(lines)
            folded += len(lines)
        return folded

    def seal(self, log_seq: int) -> None:
        """Publish what has been settled, with a snapshot of the whole flow, as one commit.

        It goes on beside the fold; what fails waits for the next seal and stands in `problems`.
        """
        flow, store = self.parts.flow, self.parts.store
        if flow.settled_us == NO_TIME_US:
            return
        self._unsealed_rows = 0
        with self._live_lock:
            self.parts.live.forget(flow.clock_us)
        store.retire(flow.clock_us, store.desk.covered_seq(self.run))
        store.history.seal_async(
            flow.settled_us,
            pack(self.save()),
            log_seq,
            stations=flow.decoder.stations,
            feeds=self._feeds,
        )

    def problems(self) -> list[str]:
        """What the watch must know of the store, a sentence each."""
        failed = self.parts.store.history.failed
        return [f"The archive could not be sealed: {failed}"] if failed else []

    def close(self) -> None:
        """Seal and let go of the store."""
        self.seal(self.parts.store.log.last_seq)
        self.parts.store.close()

    # -- the desk -----------------------------------------------------------------------------
    def act(self, act: Act) -> Case:
        """Apply a person's act; durable on return. KeyError: no such case."""
        desk, store = self.parts.desk, self.parts.store
        with self._desk_lock:
            stamped = desk.stamp(act)
            case = desk.apply(stamped)
            covers = store.desk.covered_seq(self.run)
            batch = DeskBatch(covers, cases=[case], acts=[stamped])
            events = store.desk.commit(self.run, batch)
        self.on_events(events)
        return case

    def list_cases(self) -> list[Case]:
        """All cases as they stand."""
        with self._desk_lock:
            return self.parts.desk.cases()

    def targets(self, now_us: int) -> Targets:
        """Every target predicted to an instant."""
        cases = self.list_cases()
        with self._live_lock:
            return self.parts.live.targets(now_us, self.parts.predict, cases)

    def trails(self, since_us: int) -> dict[int, list[tuple[int, float, float]]]:
        """(at_us, lon, lat) of each target's recent track."""
        with self._live_lock:
            return self.parts.live.trails(since_us)

    def station_of(self, key: int) -> str | None:
        """The station that heard a target last, by name."""
        code = self._heard_by.get(key)
        return None if code is None else self.parts.flow.decoder.stations[code]

    def say(self, events: Sequence[Event]) -> None:
        """Make further events (feeds, log lines) durable."""
        store = self.parts.store
        with self._desk_lock:
            batch = DeskBatch(store.desk.covered_seq(self.run), log=events)
            made = store.desk.commit(self.run, batch)
        self.on_events(made)

    # -- saved and resumed --------------------------------------------------------------------
    def _stateful(self) -> Iterator[tuple[str, Flow | Tracker | LivePicture | SafetyWatch | Cases]]:
        parts = self.parts
        yield "flow", parts.flow
        yield "now_tracker", parts.now_tracker
        yield "live", parts.live
        yield "safety", parts.safety
        yield "cases", parts.cases

    def save(self) -> State:
        return {name: part.save() for name, part in self._stateful()}

    def load(self, state: State) -> None:
        for name, part in self._stateful():
            part.load(state[name])

    def _consequences(self, step: Step, covers_seq: int) -> None:
        """Commit what a step brought, and only then tell of it."""
        parts = self.parts
        statics = step.decoded.statics
        now = parts.now_tracker.assess(
            step.decoded.reports, statics.take(np.argsort(statics.at_us))
        )
        self._heard_by.update(zip(now.key().tolist(), now.station.tolist(), strict=True))
        with self._live_lock:
            parts.live.update(now, statics)
        clock_us = parts.flow.clock_us
        found = [(f, clock_us) for f in parts.safety.update(now)] + step.found
        with self._desk_lock:
            changed: list[Case] = []
            for clock, group in groupby(found, key=lambda pair: pair[1]):
                changed += parts.cases.fold([f for f, _ in group], clock)
            shown = parts.desk.merge(changed) + parts.desk.advance(parts.flow.settled_us)
            findings: list[Finding] = [f for f, _ in found]
            log = log_events(findings, parts.rules)
            batch = DeskBatch(covers_seq, findings, shown, (), log)
            events = parts.store.desk.commit(self.run, batch)
        if events:
            self.on_events(events)
