"""One recording through the node's own road, in memory, and everything that came out of it.

The road is the one that ingest, replay and a live node run (`Flow`): the caller builds it fresh,
with its detectors, and hands it over. The node's clock stands where the rows' receive times are, so
that "known at" is when a live node would have said it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import numpy as np

from mda.alert.cases import Cases
from mda.evaluate.claims import Claim, Telling
from mda.evaluate.detectors import FINDS, detector_of
from mda.evaluate.matching import ONSET_WITHIN_US, Verdict, holds, match
from mda.evaluate.recording import Recording
from mda.evaluate.score import WATCH_H, CaseSeen, Exposure, Judged, Pair, TroubleSeen
from mda.evaluate.truth import Event, Truth
from mda.model import (
    Case,
    Decoded,
    Finding,
    History,
    Lines,
    MmsiKind,
    Reports,
    RowKind,
    Sentence,
    mmsi_kinds,
)
from mda.units import US_PER_H
from mda.watch.flow import Flow, Step, start_row

Safety = Callable[[Reports], list[Finding]]
NEVER_US: Final = 2**63 - 1
_WATCH_US = round(WATCH_H * US_PER_H)


@dataclass(frozen=True, slots=True)
class Node:
    """A fresh node without disk, page and feeds."""

    flow: Flow
    history: History
    cases: Cases
    safety: Safety
    """Distress findings of reports as they arrive (the now road)."""


Build = Callable[[Sequence[str]], Node]
"""A fresh node for feeds, given the own station of each by code."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run brought."""

    telling: Telling
    claims: tuple[Claim, ...]
    cases: tuple[CaseSeen, ...]
    reports: Reports
    """Everything settled, in settled order, with the flags that vet and track gave."""
    stations: tuple[str, ...]
    """Names by station code."""
    since_us: int
    until_us: int
    lines: int
    messages: int

    def exposure(self) -> Exposure:
        """What a watch had to look at: hours, and vessels heard in each watch of 8 h."""
        ship = mmsi_kinds(self.reports.mmsi) == MmsiKind.SHIP
        mmsi, at_us = self.reports.mmsi[ship].astype(np.int64), self.reports.at_us[ship]
        watch = (at_us - self.since_us) // _WATCH_US
        heard = np.unique(np.stack([watch, mmsi]), axis=1)[0]
        begins_us = self.since_us + heard * _WATCH_US
        parts = np.clip(self.until_us - begins_us, 0, _WATCH_US) / _WATCH_US
        return Exposure((self.until_us - self.since_us) / US_PER_H, float(parts.sum()))


class Desk:
    """Cases over a run: the newest of each, and when it and each of its findings first came."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self.newest: dict[str, Case] = {}
        self.known_us: dict[str, int] = {}
        self.cased_us: dict[str, int] = {}

    def take(self, found: Sequence[tuple[Finding, int]]) -> None:
        """Finding revisions in order of emission, each with the node's clock."""
        for clock_us, group in groupby(found, key=lambda pair: pair[1]):
            for case in self._cases.fold([finding for finding, _ in group], clock_us):
                self.newest[case.id] = case
                self.known_us.setdefault(case.id, clock_us)
                for finding_id in case.finding_ids:
                    self.cased_us.setdefault(finding_id, clock_us)

    def standing(self, scenario: str) -> tuple[CaseSeen, ...]:
        """Cases that were not withdrawn and are more than a line in the log."""
        return tuple(
            CaseSeen(
                scenario,
                case.id,
                case.priority,
                case.kind,
                sum(points for _, points in case.terms),
                frozenset(case.finding_ids),
                self.known_us[case.id],
            )
            for case in self.newest.values()
            if case.state != "withdrawn" and case.priority != "L"
        )


def run(recording: Recording, build: Build, name: str = "") -> Outcome:
    """Run a recording through a fresh node; `name` is the scenario's, for its cases."""
    node = build(recording.feeds)
    telling, desk = Telling(), Desk(node.cases)
    since_us = int(recording.lines.stored_at_us[0])
    opening = _opening(since_us, len(recording.feeds))
    node.flow.push(opening)
    for lines in recording.batches(len(opening) + 1):
        _take(node, telling, desk, lines, node.flow.push(lines))
    _take(node, telling, desk, Lines.of([]), node.flow.finish())
    until_us = max(node.flow.settled_us, since_us)
    reports, _ = node.history.read(since_us - 24 * US_PER_H, until_us)
    books = node.flow.decoder.books.values()
    return Outcome(
        telling,
        tuple(telling.claims(desk.cased_us)),
        desk.standing(name),
        reports,
        tuple(node.flow.decoder.stations),
        since_us,
        until_us,
        sum(b.lines for b in books),
        sum(b.messages for b in books),
    )


def _opening(since_us: int, feeds: int) -> Lines:
    """The rows before a recording: the node starts, and each feed connects."""
    connects = [Sentence(RowKind.CONNECT, code, since_us, b"") for code in range(feeds)]
    return Lines.of([start_row(since_us, since_us), *connects])


def _take(node: Node, telling: Telling, desk: Desk, lines: Lines, step: Step) -> None:
    distress = [
        (finding, _arrived_us(finding, lines, step.decoded, node.flow.clock_us))
        for finding in node.safety(step.decoded.reports)
    ]
    telling.take(distress + step.found)
    desk.take(distress + step.found)


def _arrived_us(finding: Finding, lines: Lines, decoded: Decoded, clock_us: int) -> int:
    """When the report that made a distress finding arrived: the now road does not wait for the
    rest of a batch."""
    said = np.array([int(one, 16) for one in finding.evidence["report_ids"]], np.uint64)
    rows = np.flatnonzero(np.isin(decoded.reports.report_id, said))
    if not len(rows) or not len(lines):
        return clock_us
    row = int(decoded.reports.seq[rows[0]] - lines.seq[0])
    return int(lines.stored_at_us[row])


def judged(truth: Truth, outcome: Outcome) -> Judged:
    """What a run showed against the truth of its scenario."""
    answers = {name: [e for e in truth.events if e.detector == name] for name in FINDS}
    pairs = tuple(
        Pair(
            detector,
            probability,
            holds(finding.mmsis, finding.opened_at_us, answers[detector]),
            truth.difficulty,
        )
        for detector, finding, probability in outcome.telling.modelled()
    )
    verdicts = tuple(match(truth, outcome.claims, outcome.until_us))
    cases = tuple(replace(case, labelled=_labelled(truth, case.kind)) for case in outcome.cases)
    false = [v for v in verdicts if v.detector == "dark" and v.outcome == "false"]
    troubles = tuple(_trouble(truth.name, event, false) for event in answers["receiver"])
    return Judged(verdicts, pairs, cases, outcome.exposure(), troubles)


def _labelled(truth: Truth, kind: str) -> bool:
    return detector_of(kind) in truth.exhaustive


def _trouble(scenario: str, event: Event, false: Sequence[Verdict]) -> TroubleSeen:
    """A receiver's trouble with the false dark claims whose onset lies in it (5 min before too)."""
    end_us = event.end_us if event.end_us is not None else NEVER_US
    since_us = event.onset_us - ONSET_WITHIN_US
    claims = [v.claim for v in false if v.claim and since_us <= v.claim.onset_us <= end_us]
    cases = sum(claim.cased_us is not None for claim in claims)
    return TroubleSeen(scenario, event.id, event.kind, len(claims), cases)
