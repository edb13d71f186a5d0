"""Claims: what the node (or a baseline) says happened, in the form that truth is compared with.

*Definition.* A finding is a claim unless it was withdrawn, its probability is below one half, or
it says itself that nothing is claimed (`assessment` cannot_tell, lost_contact, receiver; a beacon's
test). `dark` with the same vessel and onset stands for the `silence` that it assesses. A zone
visit is two claims, its entry (none where the vessel was inside when first heard) and its exit.
*Known when.* When the node's clock stood there that the finding first came out as a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mda.clock import parse_at
from mda.evaluate.detectors import detector_of
from mda.model import Finding

LEAST_PROBABILITY: Final = 0.5
"""From which on a modelled finding is a claim (detection.md D1: alert at 0.5)."""
NO_CLAIM: Final = frozenset({"cannot_tell", "lost_contact", "receiver"})
"""Values of evidence["assessment"] with which a finding claims nothing of the vessel."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One event as somebody tells it. Times are event times but `known_us`."""

    detector: str
    id: str
    kind: str
    mmsis: tuple[int, ...]
    onset_us: int
    opened_us: int
    end_us: int | None
    """None: it was still going on at the end of the recording."""
    known_us: int
    """The node's clock when it came out."""
    zone_id: str = ""
    station: str = ""
    cased_us: int | None = None
    """The node's clock when a case with it first came out; None: no case."""

    @property
    def finding_id(self) -> str:
        """The finding that it is of (a visit's ends are two claims of one)."""
        return self.id.partition(" ")[0]


@dataclass(slots=True)
class Told:
    """A finding over its revisions."""

    newest: Finding
    known_us: int | None = None
    """The node's clock at the first revision that was a claim."""
    closed_us: int | None = None
    """The node's clock at the first revision that had an end."""
    probability: float | None = None
    """Of the first revision that had one."""


def claims_something(finding: Finding) -> bool:
    """Whether a revision says that the thing happened."""
    modelled = finding.probability
    said = finding.evidence.get("assessment")
    return (
        finding.status != "withdrawn"
        and (modelled is None or modelled >= LEAST_PROBABILITY)
        and said not in NO_CLAIM
        and not finding.evidence.get("test")
    )


class Telling:
    """The fold over emitted revisions: what was told of each finding, and when."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}

    def take(self, found: Iterable[tuple[Finding, int]]) -> None:
        """Revisions in order of emission, each with the node's clock."""
        for finding, clock_us in found:
            told = self.told.setdefault(finding.id, Told(finding))
            told.newest = finding
            if told.known_us is None and claims_something(finding):
                told.known_us = clock_us
            if told.closed_us is None and finding.closed_at_us is not None:
                told.closed_us = clock_us
            if told.probability is None:
                told.probability = finding.probability

    def claims(self, cased_us: Mapping[str, int]) -> list[Claim]:
        """What stands as a claim at the end; `cased_us` by finding id. By time of knowing, id."""
        standing = [t for t in self.told.values() if claims_something(t.newest)]
        assessed = {(t.newest.mmsis, t.newest.onset_at_us) for t in standing if _dark(t)}
        made: list[Claim] = []
        for told in standing:
            newest = told.newest
            detector = detector_of(newest.kind)
            superseded = newest.kind == "silence" and (newest.mmsis, newest.onset_at_us) in assessed
            if detector is None or told.known_us is None or superseded:
                continue
            claim = _claim(newest, detector, told.known_us, cased_us.get(newest.id))
            made += _ends(claim, told) if detector == "zone_visit" else [claim]
        return sorted(made, key=lambda claim: (claim.known_us, claim.id))

    def modelled(self) -> list[tuple[str, Finding, float]]:
        """(detector, finding, first probability) of every finding that has one, claim or not."""
        return [
            (detector, told.newest, told.probability)
            for told in self.told.values()
            if told.probability is not None
            and told.newest.status != "withdrawn"
            and (detector := detector_of(told.newest.kind)) is not None
        ]


def _dark(told: Told) -> bool:
    return told.newest.kind == "dark"


def _claim(newest: Finding, detector: str, known_us: int, cased_us: int | None) -> Claim:
    return Claim(
        detector=detector,
        id=newest.id,
        kind=newest.kind,
        mmsis=newest.mmsis,
        onset_us=newest.onset_at_us,
        opened_us=newest.opened_at_us,
        end_us=newest.closed_at_us,
        known_us=known_us,
        zone_id=str(newest.evidence.get("zone_id") or ""),
        station=str(newest.evidence.get("station") or ""),
        cased_us=cased_us,
    )


def _ends(visit: Claim, told: Told) -> Iterator[Claim]:
    """A visit as its entry and its exit, each an instant."""
    evidence, out_us = told.newest.evidence, told.newest.closed_at_us
    inside = evidence.get("first_inside_at")
    in_us = parse_at(str(inside)) if inside else visit.onset_us
    if evidence.get("last_outside_at", "not told") is not None:
        yield replace(visit, id=f"{visit.id} entry", kind="entry", onset_us=in_us, end_us=in_us)
    if out_us is not None and told.closed_us is not None:
        yield replace(
            visit,
            id=f"{visit.id} exit",
            kind="exit",
            onset_us=out_us,
            opened_us=out_us,
            end_us=out_us,
            known_us=told.closed_us,
            cased_us=None,
        )
