"""Findings into durable cases, and people's acts on them: the desk of one run. Thread-safe."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import groupby

from mda.alert.cases import Cases
from mda.alert.desk import SETTLED, Desk
from mda.alert.rules import Rules, log_events
from mda.errors import MdaError, StoreError
from mda.model import Act, Case, DeskBatch, Event, Finding
from mda.store.desk import DeskStore


class CaseDesk:
    """The machine's cases, what people did to them, and the store that keeps both.

    Whatever it commits is durable before `on_events` tells of it.
    """

    def __init__(self, run: str, rules: Rules, cases: Cases, desk: Desk, store: DeskStore) -> None:
        self.run = run
        self.store = store
        self.cases = cases
        self.on_events: Callable[[Sequence[Event]], None] = lambda events: None
        """Called with newly durable events; must be quick."""
        self._rules = rules
        self._desk = desk
        self._lock = threading.RLock()
        self._told_seq = 0
        self._case_of_act: dict[str, str] = {}

    def take(
        self,
        found: Sequence[tuple[Finding, int]],
        settled_us: int,
        covers_seq: int,
        log: Sequence[Event] = (),
    ) -> None:
        """Make finding revisions, each with the node's clock when it came out, into cases.

        `log`: what else the watch log must say of this step.

        What the store covers since before a restart is only remembered again, not told again.
        """
        with self._lock:
            changed: list[Case] = []
            for clock_us, group in groupby(found, key=lambda pair: pair[1]):
                changed += self.cases.fold([f for f, _ in group], clock_us)
            shown = self._desk.merge(changed) + self._desk.advance(settled_us)
            if covers_seq <= self._told_seq:
                return
            findings = [f for f, _ in found]
            lines = [*log_events(findings, self._rules), *log]
            events = self.store.commit(self.run, DeskBatch(covers_seq, findings, shown, (), lines))
        self._tell(events)

    def act(self, act: Act) -> Case:
        """Apply a person's act; durable on return. KeyError: no such case.

        MdaError: its id was used on another case. StoreError: the disk refused, nothing changed.
        """
        with self._lock:
            if self._case_of_act.get(act.id, act.case_id) != act.case_id:
                raise MdaError(
                    "this act's id belongs to another case", where=act.id, do="Use a new id"
                )
            stamped = self._desk.stamp(act)
            case = self._desk.apply(stamped)
            covers = self.store.covered_seq(self.run)
            try:
                events = self.store.commit(
                    self.run, DeskBatch(covers, cases=[case], acts=[stamped])
                )
            except StoreError:
                if act.id not in self._case_of_act:
                    self._desk.undo(stamped)
                raise
            self._case_of_act[act.id] = act.case_id
        self._tell(events)
        return case

    def say(self, events: Sequence[Event]) -> None:
        """Make further events (feeds, runs, log lines) durable."""
        with self._lock:
            covers = self.store.covered_seq(self.run)
            made = self.store.commit(self.run, DeskBatch(covers, log=events))
        self._tell(made)

    def recover(self) -> int:
        """After the cases were loaded: what people did stands again, and so do cases that the fold
        has let go of and nobody has settled. The log number that the store covers."""
        with self._lock:
            acts = self.store.acts(self.run)
            self._case_of_act = {act.id: act.case_id for act in acts}
            self._desk.restore(acts)
            known = self.cases.all()
            self._desk.merge(known)
            held = {case.id for case in known}
            for case in self.store.cases(self.run):
                if case.id not in held and case.state not in SETTLED:
                    self._desk.remember(case)
            self._told_seq = self.store.covered_seq(self.run)
        return self._told_seq

    def listed(self) -> list[Case]:
        """All cases as they stand."""
        with self._lock:
            return self._desk.cases()

    def _tell(self, events: Sequence[Event]) -> None:
        if events:
            self.on_events(events)
