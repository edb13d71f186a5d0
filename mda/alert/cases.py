"""Findings fused into cases: the machine's part, a fold that can be saved and resumed anywhere.

*Definition.* A case is one vessel (or pair) at one place. Findings of the same vessel keys within
`alert.place_radius_nmi` of an open case join it; else a finding opens a case of its own, whose id
is the hash of that finding's id. A case is rectified when all its findings have closed, withdrawn
when all were withdrawn. What late data replaces (the same kind, begun within `alert.same_event_s`
of a withdrawn one) joins the withdrawn case, so that nobody is asked twice about one event.
*Inputs.* Findings in the order of `Finding.order`. Cases are the same for any chunking of them;
only `filed` looks at the node's clock, once, when a finding first comes.
*What it cannot see.* Whether two cases of one vessel far apart are one voyage.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mda.alert.rules import MOST_TERMS, RANK, Judgement, Rules
from mda.config import Config
from mda.geo.distance import distance_m
from mda.model import Case, CaseState, Finding, Identity, State
from mda.units import M_PER_NMI, US_PER_H, US_PER_S, microseconds

ALSO_POINTS: Final = 1.0
"""What each further finding of a case adds to its scorecard: own choice, one point."""
FORGET_MARGIN_S: Final = 3600.0
"""Closed cases are kept this much longer than late data can still change them."""


def case_id(leading_finding_id: str) -> str:
    """16 hex digits: the case that this finding opened."""
    return hashlib.blake2b(f"case|{leading_finding_id}".encode(), digest_size=8).hexdigest()


@dataclass(slots=True)
class _File:
    """A case in the making: its findings in their newest revisions."""

    id: str
    label: str
    revision: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)
    live: dict[str, bool] = field(default_factory=dict)
    """Finding id -> whether it came in time to sound."""

    def standing(self) -> list[Finding]:
        return [f for f in self.findings.values() if f.status != "withdrawn"]

    def first(self) -> Finding:
        return next(iter(self.findings.values()))

    def closed_at_us(self) -> int | None:
        """When the last standing finding ended; None while one is open."""
        ends = [f.closed_at_us for f in self.standing()]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None

    def state(self) -> CaseState:
        """The machine's condition, told as the state it has before anybody acts."""
        if not self.standing():
            return "withdrawn"
        closed = self.closed_at_us() is not None
        return "rectified_unacknowledged" if closed else "active_unacknowledged"


class Cases:
    """The fold from findings to cases. Not thread-safe; belongs to the settled road."""

    def __init__(
        self, config: Config, rules: Rules | None = None, identity: Identity | None = None
    ) -> None:
        self._rules = rules or Rules(config)
        self._identity = identity
        self._filed_after_us = microseconds(config.number("flow.filed_after_s"))
        self._place_m = config.number("alert.place_radius_nmi") * M_PER_NMI
        self._same_event_us = microseconds(config.number("alert.same_event_s"))
        keep_s = config.number("flow.horizon_h") * 3600.0 + FORGET_MARGIN_S
        self._keep_us = round(keep_s * US_PER_S)
        self._files: dict[str, _File] = {}
        self._file_of: dict[str, str] = {}
        self._of_keys: dict[tuple[int, ...], list[str]] = {}
        self._hour = 0

    def fold(self, findings: Sequence[Finding], node_now_us: int) -> list[Case]:
        """The cases that these findings open, change, rectify or withdraw; each once.

        `state` is the machine's condition only (`active_unacknowledged`,
        `rectified_unacknowledged`, `withdrawn`); `Desk` adds what people did.
        """
        touched: dict[str, _File] = {}
        for finding in findings:
            # On a grid of event time, so that any chunking forgets at the same finding.
            if (hour := finding.revised_at_us // US_PER_H) > self._hour:
                self._hour = hour
                self._forget(hour * US_PER_H - self._keep_us)
            file = self._take(finding, node_now_us)
            if file is not None:
                touched[file.id] = file
        return [self._case(file) for file in touched.values()]

    def all(self) -> list[Case]:
        """Every case that is remembered, as the machine sees it: for a desk that begins anew."""
        return [self._case(file) for file in self._files.values()]

    def save(self) -> State:
        """All cases that late data can still change."""
        files = [
            {
                "id": f.id,
                "label": f.label,
                "revision": f.revision,
                "findings": [finding.to_json() for finding in f.findings.values()],
                "live": f.live,
            }
            for f in self._files.values()
        ]
        return {"files": files, "hour": self._hour}

    def load(self, state: State) -> None:
        """Take over what `save` gave."""
        self._files, self._file_of, self._of_keys = {}, {}, {}
        self._hour = int(state["hour"])
        for body in state["files"]:
            findings = [Finding.from_json(f) for f in body["findings"]]
            file = _File(body["id"], body["label"], body["revision"])
            file.findings = {f.id: f for f in findings}
            file.live = dict(body["live"])
            self._keep(file, file.first().keys)
            self._file_of.update(dict.fromkeys(file.findings, file.id))

    def _take(self, finding: Finding, node_now_us: int) -> _File | None:
        """Put a finding into its case; None where it is none or brings nothing new."""
        file_id = self._file_of.get(finding.id)
        if file_id is None:
            if finding.status == "withdrawn" or self._rules.judge(finding).priority == "L":
                return None
            file = self._join(finding) or self._open(finding)
            file.live[finding.id] = finding.opened_at_us >= node_now_us - self._filed_after_us
            self._file_of[finding.id] = file.id
        else:
            file = self._files[file_id]
            if _text(file.findings[finding.id]) == _text(finding):
                return None
        file.findings[finding.id] = finding
        file.revision += 1
        return file

    def _open(self, finding: Finding) -> _File:
        file = _File(case_id(finding.id), self._label(finding))
        self._keep(file, finding.keys)
        return file

    def _keep(self, file: _File, keys: tuple[int, ...]) -> None:
        self._files[file.id] = file
        self._of_keys.setdefault(keys, []).append(file.id)

    def _join(self, finding: Finding) -> _File | None:
        """The case of the same vessel and place that this finding belongs to, if there is one."""
        for file_id in self._of_keys.get(finding.keys, ()):
            file = self._files[file_id]
            if not self._near(file.first(), finding):
                continue
            if file.standing():
                if file.closed_at_us() is None:
                    return file
            elif any(
                f.kind == finding.kind
                and abs(f.onset_at_us - finding.onset_at_us) <= self._same_event_us
                for f in file.findings.values()
            ):
                return file
        return None

    def _near(self, a: Finding, b: Finding) -> bool:
        """Whether two findings are at one place; an unknown place is everywhere."""
        apart_m = distance_m(a.lon_deg, a.lat_deg, b.lon_deg, b.lat_deg)
        return not apart_m > self._place_m

    def _label(self, finding: Finding) -> str:
        if self._identity is not None:
            at_us = finding.opened_at_us
            return " and ".join(self._identity.label(key, at_us) for key in finding.keys)
        return " and ".join(f"MMSI {mmsi:09d}" for mmsi in finding.mmsis)

    def _case(self, file: _File) -> Case:
        standing = file.standing()
        shown = standing or list(file.findings.values())
        judged = {f.id: self._rules.judge(f) for f in shown}
        shown = sorted(shown, key=lambda f: (-RANK[judged[f.id].priority], f.opened_at_us, f.id))
        lead = shown[0]
        judgement = judged[lead.id]
        return Case(
            id=file.id,
            priority=judgement.priority,
            state=file.state(),
            filed=not any(file.live[f.id] for f in shown),
            mmsis=lead.mmsis,
            keys=lead.keys,
            kind=lead.kind,
            title=f"{file.label}: {judgement.title}",
            sentence=_sentence(shown, judgement, withdrawn=not standing),
            opened_at_us=min(f.opened_at_us for f in shown),
            updated_at_us=max(f.revised_at_us for f in file.findings.values()),
            closed_at_us=file.closed_at_us(),
            lon_deg=lead.lon_deg,
            lat_deg=lead.lat_deg,
            finding_ids=tuple(file.findings),
            terms=_terms(shown, judgement),
            revision=file.revision,
        )

    def _forget(self, before_us: int) -> None:
        """Let go of closed and withdrawn cases that no late data can reach."""
        for file in list(self._files.values()):
            open_ = file.state() == "active_unacknowledged"
            last_us = max(f.revised_at_us for f in file.findings.values())
            if open_ or last_us >= before_us:
                continue
            keys = file.first().keys
            del self._files[file.id]
            self._of_keys[keys].remove(file.id)
            if not self._of_keys[keys]:
                del self._of_keys[keys]
            for finding_id in file.findings:
                del self._file_of[finding_id]


def _text(finding: Finding) -> str:
    """All of a finding, comparable: an unknown place (NaN) equals itself here."""
    return json.dumps(finding.to_json(), sort_keys=True)


def _sentence(shown: list[Finding], judgement: Judgement, *, withdrawn: bool) -> str:
    """Why, so that it stands alone: the leading finding's claim, what is not known, the others."""
    lead = shown[0]
    parts = [_stop(lead.summary)]
    if judgement.adds and "probability" not in lead.summary.lower():
        parts.append(judgement.adds)
    if withdrawn:
        parts.insert(0, _stop(f"Withdrawn: {lead.reason}" if lead.reason else "Withdrawn"))
    parts += [_stop(f"Also: {other.summary}") for other in shown[1:3]]
    if len(shown) > 3:
        parts.append(f"And {len(shown) - 3} more.")
    return " ".join(parts)


def _stop(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."


def _terms(shown: list[Finding], judgement: Judgement) -> tuple[tuple[str, float], ...]:
    others = [(f"also {f.kind.replace('_', ' ')}", ALSO_POINTS) for f in shown[1:]]
    return (*judgement.terms, *others)[:MOST_TERMS]
