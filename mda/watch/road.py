"""The settled road: vet, track, claims and detectors over released stretches, as one fold.

Everything in here is a function of event time alone. It can be saved at a keyframe, loaded again
and run over a stretch a second time, which is how late data is reconciled (law 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from mda.clock import NO_TIME_US
from mda.model import Control, Detector, Finding, Reports, Settled, State, Stateful, Statics
from mda.model.health import StationHealth
from mda.model.reports import I64


class SettledStep(Stateful, Protocol):
    """Vet or track: a fold that annotates a stretch."""

    def __call__(self, settled: Settled) -> Settled: ...


class StationFold(Stateful, Protocol):
    """How well each station hears: folds annotated stretches, tells rows at grid instants."""

    def fold(self, settled: Settled) -> None: ...
    def drain(self) -> list[StationHealth]: ...
    def now(self, at_us: int) -> list[StationHealth]: ...


class ClaimsFold(Stateful, Protocol):
    """Who says what of itself: folds statics in event time."""

    def update(self, statics: Statics) -> None: ...


@dataclass(frozen=True, slots=True)
class Ledger:
    """The newest revision of every finding that late data may still change, by id.

    A withdrawn finding stays, so that its revisions go on counting should it come back.
    """

    findings: dict[str, Finding]

    def post(self, found: Sequence[Finding]) -> list[Finding]:
        """Take new revisions in; numbers each after the one before it."""
        posted: list[Finding] = []
        for finding in found:
            before = self.findings.get(finding.id)
            number = before.revision + 1 if before else 1
            numbered = replace(finding, revision=number)
            self.findings[finding.id] = numbered
            posted.append(numbered)
        return posted

    def prune(self, before_us: int) -> None:
        """Forget findings that were over before an instant of event time.

        By event time alone: when a revision was made differs between a ledger and its refold.
        """
        for finding in list(self.findings.values()):
            over = finding.closed_at_us is not None or finding.status == "withdrawn"
            if over and (finding.closed_at_us or finding.opened_at_us) < before_us:
                del self.findings[finding.id]

    def to_json(self) -> list[dict[str, Any]]:
        """All findings, sorted by id."""
        return [self.findings[i].to_json() for i in sorted(self.findings)]


def by_order(found: Sequence[Finding]) -> list[Finding]:
    """Findings in the order of emission."""
    return sorted(found, key=Finding.order)


class Road:
    """Vet, track, claims, detectors and the ledger of what they found."""

    def __init__(
        self,
        vetter: SettledStep,
        tracker: SettledStep,
        claims: ClaimsFold,
        detectors: Sequence[Detector],
        tick_us: int,
        horizon_us: int,
        health: StationFold | None = None,
    ) -> None:
        self.health = health
        """Of the stations; None where nobody asks."""
        self._tick_us = tick_us
        self._horizon_us = horizon_us
        self._heard_us = NO_TIME_US
        self._steps = {"vet": vetter, "track": tracker}
        self._claims = claims
        self._detectors = detectors
        self.ledger = Ledger({})

    def fold(self, settled: Settled) -> tuple[Settled, list[Finding]]:
        """The stretch annotated, and the revisions it brought, in order."""
        settled = replace(settled, tick_at_us=self._ticks(settled))
        self._claims.update(settled.statics)
        for step in self._steps.values():
            settled = step(settled)
        if self.health is not None:
            self.health.fold(settled)
        found = [finding for detector in self._detectors for finding in detector.fold(settled)]
        return settled, self.ledger.post(by_order(found))

    def _ticks(self, settled: Settled) -> I64:
        """The stretch's ticks; remembers the last hearing."""
        heard_us = settled.reports.at_us
        if self._heard_us != NO_TIME_US:
            heard_us = np.concatenate([[np.int64(self._heard_us)], heard_us])
        if len(heard_us):
            self._heard_us = int(heard_us[-1])
        since_us, until_us = settled.since_us, settled.until_us
        return ticks(since_us, until_us, self._tick_us, heard_us, self._horizon_us)

    def save(self) -> State:
        parts: State = {name: step.save() for name, step in self._steps.items()}
        parts["claims"] = self._claims.save()
        for detector in self._detectors:
            parts[detector.name] = detector.save()
        parts["ledger"] = self.ledger.to_json()
        parts["heard_us"] = self._heard_us
        if self.health is not None:
            parts["health"] = self.health.save()
        return parts

    def load(self, state: State) -> None:
        for name, step in self._steps.items():
            step.load(state[name])
        self._claims.load(state["claims"])
        for detector in self._detectors:
            detector.load(state[detector.name])
        self._heard_us = int(state["heard_us"])
        if self.health is not None:
            self.health.load(state["health"])
        self.ledger = Ledger({f["id"]: Finding.from_json(f) for f in state["ledger"]})


def compare(before: Ledger, after: Ledger, at_us: int) -> list[Finding]:
    """What reconciling changed: revisions that lead from one ledger to the other, in order.

    `after` is renumbered in place so that its revisions follow `before`'s.
    """
    changed: list[Finding] = []
    for key in sorted(set(before.findings) | set(after.findings)):
        old, new = before.findings.get(key), after.findings.get(key)
        if new is None and old is not None:
            if old.status == "withdrawn":
                after.findings[key] = old
            else:
                changed.append(old.withdrawn(at_us, "late data disproved it"))
        elif new is not None and old is None:
            changed.append(replace(new, revision=1, revised_at_us=at_us, reason="late data"))
        elif new is not None and old is not None and new.content() != old.content():
            changed.append(
                replace(
                    new,
                    revision=old.revision + 1,
                    revised_at_us=at_us,
                    status="revised",
                    reason="late data",
                )
            )
        elif old is not None:
            after.findings[key] = old
    after.findings.update({finding.id: finding for finding in changed})
    return by_order(changed)


@dataclass(slots=True)
class Waiting:
    """Reports, statics and controls that the watermark has not passed yet."""

    reports: Reports
    statics: Statics
    controls: list[Control]

    @classmethod
    def empty(cls) -> Waiting:
        return cls(Reports.blank(0), Statics.blank(0), [])

    def add(self, reports: Reports, statics: Statics, controls: Sequence[Control]) -> None:
        """Take more in, in any order of time."""
        if len(reports):
            self.reports = Reports.concat([self.reports, reports])
        if len(statics):
            self.statics = Statics.concat([self.statics, statics])
        self.controls.extend(controls)

    def __bool__(self) -> bool:
        return len(self.reports) > 0 or len(self.statics) > 0

    def _times(self) -> I64:
        return np.concatenate([self.reports.at_us, self.statics.at_us])

    def earliest_us(self) -> int:
        """The oldest event time that waits; there must be one."""
        return int(self._times().min())

    def latest_us(self) -> int:
        """The newest event time that waits; there must be one."""
        return int(self._times().max())

    def split(self, at_us: int) -> tuple[Waiting, Waiting]:
        """What is at or before an instant, and what is after it."""
        old, said = self.reports.at_us <= at_us, self.statics.at_us <= at_us
        return (
            Waiting(self.reports.take(old), self.statics.take(said), []),
            Waiting(self.reports.take(~old), self.statics.take(~said), self.controls),
        )

    def release(self, since_us: int, until_us: int) -> Settled:
        """Everything at or before `until_us`, in settled order; the rest goes on waiting.

        Reports by (at, mmsi, id), statics alike, controls by time; ticks are the road's to set.
        """
        due = self.reports.at_us <= until_us
        reports = self.reports.take(due)
        self.reports = self.reports.take(~due)
        ripe = self.statics.at_us <= until_us
        statics = self.statics.take(ripe)
        self.statics = self.statics.take(~ripe)
        controls = tuple(c for c in self.controls if c.at_us <= until_us)
        self.controls = [c for c in self.controls if c.at_us > until_us]
        by_time = np.lexsort((statics.report_id, statics.mmsi, statics.at_us))
        return Settled(
            since_us,
            until_us,
            reports.take(reports.order()),
            statics.take(by_time),
            tuple(sorted(controls, key=lambda c: c.at_us)),
            np.zeros(0, np.int64),
        )

    def save(self) -> State:
        return {
            "reports": self.reports.columns(),
            "statics": self.statics.columns(),
            "controls": [[c.at_us, c.kind, c.feed] for c in self.controls],
        }

    def load(self, state: State) -> None:
        self.reports = Reports.from_columns(state["reports"])
        self.statics = Statics.from_columns(state["statics"])
        self.controls = [Control(*row) for row in state["controls"]]


def ticks(since_us: int, until_us: int, tick_us: int, heard_us: I64, most_us: int) -> I64:
    """Grid instants in (since, until] that lie within `most_us` after something was heard.

    `heard_us` is sorted: the last hearing before the stretch, if any, then those in it. Listening
    stalls within minutes of the last line, so a tick further on could reveal nothing; leaving it
    out bounds the cost of a bogus leap of time and depends on the settled reports alone.
    """
    if len(heard_us) == 0:
        return np.zeros(0, np.int64)
    leaps = np.flatnonzero(np.diff(heard_us) > most_us)
    begins = np.concatenate([[max(since_us, int(heard_us[0]) - 1)], heard_us[leaps + 1] - 1])
    ends = np.concatenate([heard_us[leaps] + most_us, [min(until_us, int(heard_us[-1]) + most_us)]])
    grids = [
        np.arange(begin // tick_us + 1, end // tick_us + 1, dtype=np.int64) * tick_us
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
    return np.concatenate(grids)
