"""Claims against events: which claim is which event, and what is left over on either side.

*Definition.* A claim is an event when both are of one detector, it names the same vessels (a dark
rendezvous: one of them; a receiver's trouble: one of its stations; a crossing: the same zone, in or
out), the two spans overlap with a temporal IoU of at least 0.5, and their onsets lie within 5 min.
Crossings and distress are instants, matched by onset alone. One claim to one event, best IoU first.
A claim left over is false: near a hard negative or a missed event where their spans touch, else out
of nothing.
*Source.* detection.md, Proof 4 (IoU and onset).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from mda.evaluate.claims import Claim
from mda.evaluate.detectors import AT_ONCE, FINDS
from mda.evaluate.truth import NOT_STATED, Event, Truth
from mda.units import US_PER_S

LEAST_IOU: Final = 0.5
ONSET_WITHIN_US: Final = 300 * US_PER_S
GOOD_RECEPTION: Final = 0.5
"""From which share of messages received on a dark vessel must be found (detection.md D1)."""

Outcome = Literal["hit", "missed", "false", "quiet", "unlabelled"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One event or claim, judged."""

    scenario: str
    detector: str
    outcome: Outcome
    """hit, missed: a positive event. false: a claim that is none. quiet: a hard negative that
    nobody fell for. unlabelled: a claim of a kind of which the truth does not list everything."""
    claim: Claim | None
    event: Event | None
    """The event; of a false claim the one that it touches."""
    group: tuple[str, str, str, str, str]
    """Kind, difficulty, mechanism, split and reception of what it counts under."""
    labelled: bool
    """Whether the scenario's truth lists every event that could answer this detector."""


GROUPS: Final = ("kind", "difficulty", "mechanism", "split", "reception")
"""What the parts of `Verdict.group` are."""


def iou(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Intersection over union of two spans (begin, end); two equal instants are 1.

    >>> iou((0, 10), (5, 15)), iou((3, 3), (3, 3)), iou((0, 1), (2, 3))
    (0.3333333333333333, 1.0, 0.0)
    """
    union = max(a[1], b[1]) - min(a[0], b[0])
    if union == 0:
        return 1.0
    return max(0, min(a[1], b[1]) - max(a[0], b[0])) / union


def match(truth: Truth, claims: Sequence[Claim], until_us: int) -> list[Verdict]:
    """The verdict on every event and claim; `until_us` is the recording's end."""
    verdicts: list[Verdict] = []
    for detector in FINDS:
        events = [e for e in truth.events if e.detector == detector and e.onset_us <= until_us]
        own = [c for c in claims if c.detector == detector]
        listed = detector in truth.exhaustive
        verdicts += _of_detector(detector, truth, events, own, listed, until_us)
    return verdicts


def _of_detector(
    detector: str,
    truth: Truth,
    events: Sequence[Event],
    claims: Sequence[Claim],
    listed: bool,
    until_us: int,
) -> list[Verdict]:
    pairs = _pairs(events, claims, until_us)
    found = {id(event): claim for event, claim in pairs}
    taken = {id(claim) for _, claim in pairs}
    raised: set[int] = set()
    by_mmsi = _by_mmsi(events)
    verdicts = []
    for claim in claims:
        if id(claim) in taken:
            continue
        near = _nearest(claim, [events[i] for i in _rows(claim, by_mmsi)], until_us)
        if near is not None and not near.positive:
            raised.add(id(near))
        known = listed or (near is not None and not near.positive)
        outcome: Outcome = "false" if known else "unlabelled"
        group = _group(truth, near, _kind(claim))
        verdicts.append(Verdict(truth.name, detector, outcome, claim, near, group, listed))
    for event in events:
        hit = found.get(id(event))
        if event.positive:
            outcome = "missed" if hit is None else "hit"
        elif id(event) in raised:
            continue
        else:
            outcome = "quiet"
        group = _group(truth, event, event.kind)
        verdicts.append(Verdict(truth.name, detector, outcome, hit, event, group, listed))
    return verdicts


def _pairs(
    events: Sequence[Event], claims: Sequence[Claim], until_us: int
) -> list[tuple[Event, Claim]]:
    """One claim to one positive event, the best first; ties by onset, then as they came."""
    options = []
    by_mmsi = _by_mmsi(claims)
    for i, event in enumerate(events):
        if not event.positive:
            continue
        for k in _rows(event, by_mmsi):
            claim = claims[k]
            apart_us = abs(claim.onset_us - event.onset_us)
            if apart_us > ONSET_WITHIN_US or not same_subject(claim, event):
                continue
            overlap = iou(_span(claim, until_us), _span(event, until_us))
            if overlap >= LEAST_IOU or event.detector in AT_ONCE:
                options.append((-overlap, apart_us, i, k))
    found, used_events, used_claims = [], set(), set()
    for _, _, i, k in sorted(options):
        if i not in used_events and k not in used_claims:
            used_events.add(i)
            used_claims.add(k)
            found.append((events[i], claims[k]))
    return found


def _by_mmsi(rows: Sequence[Claim | Event]) -> dict[int, list[int]]:
    """Row numbers by each vessel named; 0 where none is."""
    found: dict[int, list[int]] = {}
    for i, row in enumerate(rows):
        for mmsi in row.mmsis or (0,):
            found.setdefault(mmsi, []).append(i)
    return found


def _rows(of: Claim | Event, by_mmsi: Mapping[int, Sequence[int]]) -> list[int]:
    return sorted({i for mmsi in of.mmsis or (0,) for i in by_mmsi.get(mmsi, ())})


def same_subject(claim: Claim, event: Event) -> bool:
    """Whether a claim and an event are of the same vessels, station, and zone and way."""
    if event.detector == "receiver":
        return claim.station in event.stations
    if event.detector == "dark_rendezvous":
        return not set(event.mmsis).isdisjoint(claim.mmsis)
    if event.detector == "zone_visit" and (event.zone_id, event.kind) != (
        claim.zone_id,
        claim.kind,
    ):
        return False
    return set(event.mmsis) == set(claim.mmsis)


def _nearest(claim: Claim, events: Iterable[Event], until_us: int) -> Event | None:
    """The event of the same vessels that a claim's span touches most; hard negatives first."""
    span = _span(claim, until_us)
    touching = [
        (not event.positive, iou(span, _span(event, until_us)), event.id, event)
        for event in events
        if same_subject(claim, event) and _touch(span, _span(event, until_us))
    ]
    return max(touching, key=lambda one: one[:3])[3] if touching else None


def _touch(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] <= b[1] and b[0] <= a[1]


def _span(of: Claim | Event, until_us: int) -> tuple[int, int]:
    end_us = until_us if of.end_us is None else min(of.end_us, until_us)
    return of.onset_us, max(of.onset_us, end_us)


def _group(truth: Truth, event: Event | None, kind: str) -> tuple[str, str, str, str, str]:
    if event is None:
        return kind, truth.difficulty, truth.mechanism, truth.split, NOT_STATED
    reception = NOT_STATED
    if event.reception is not None:
        reception = "0.5 and over" if event.reception >= GOOD_RECEPTION else "below 0.5"
    return event.kind, event.difficulty, event.mechanism, event.split, reception


def _kind(claim: Claim) -> str:
    """What a claim that is no event counts under: its own kind, but for a bare silence or the name
    of a rule the detector's."""
    known = claim.detector == "zone_visit" or claim.kind == "drifting"
    return claim.kind if known else claim.detector


def holds(claim_mmsis: tuple[int, ...], opened_us: int, events: Iterable[Event]) -> bool:
    """Whether a positive event of these vessels was on at an instant (5 min before onset count)."""
    return any(
        event.positive
        and not set(claim_mmsis).isdisjoint(event.mmsis)
        and event.onset_us - ONSET_WITHIN_US <= opened_us
        and (event.end_us is None or opened_us <= event.end_us)
        for event in events
    )
