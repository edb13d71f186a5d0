"""The evaluation as a whole: scenarios judged one after another, added up, told as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from mda.evaluate.baselines import RULES, Around, baselines
from mda.evaluate.claims import LEAST_PROBABILITY, Claim
from mda.evaluate.degrade import DEGRADATIONS
from mda.evaluate.hold_out import HeldOut, hold_out
from mda.evaluate.matching import LEAST_IOU, ONSET_WITHIN_US, Verdict, match
from mda.evaluate.recording import Recording
from mda.evaluate.run import Build, Outcome, judged, run
from mda.evaluate.score import PER_VESSELS, WATCH_H, Judged, of_split, score
from mda.evaluate.tails import choose_tails, cut_tails
from mda.evaluate.tracks import Tracks
from mda.evaluate.truth import Truth
from mda.units import seconds

DEFINITIONS: Final[dict[str, Any]] = {
    "least_temporal_iou": LEAST_IOU,
    "onset_within_s": seconds(ONSET_WITHIN_US),
    "least_probability": LEAST_PROBABILITY,
    "watch_h": WATCH_H,
    "per_vessels": PER_VESSELS,
    "bounds": "95 %: Wilson; F1 by Wilson of TP/(TP+FP+FN); exact Poisson for cases; order "
    "statistics for latencies; bootstrap for ECE and Brier",
}
"""What the numbers mean, told with them."""


@dataclass(slots=True)
class Evaluation:
    """Everything judged so far."""

    build: Build
    around: Around
    split: str | None = None
    watched: frozenset[str] | None = None
    """Zones whose crossings count; None: all."""
    node: Judged = field(default_factory=Judged)
    rules: dict[str, list[Verdict]] = field(default_factory=dict)
    degraded: dict[str, Judged] = field(default_factory=dict)
    held_out: list[tuple[str, HeldOut]] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    """Scenarios of one station, where there is nothing to hide."""
    runs: list[dict[str, Any]] = field(default_factory=list)

    def wants(self, truth: Truth) -> bool:
        """Whether a scenario has anything of the split asked for."""
        splits = {truth.split, *(event.split for event in truth.events)}
        return self.split is None or self.split in splits

    def take(
        self, recording: Recording, truth: Truth, *, degrade: bool = False, hide: bool = False
    ) -> Outcome:
        """Run and judge a scenario; `degrade` and `hide` add the runs that these need."""
        truth = truth if self.watched is None else truth.of_zones(self.watched)
        outcome = run(recording, self.build, truth.name)
        self.node += self._part(judged(truth, outcome))
        self._baselines(truth, outcome)
        if degrade:
            self._degrade(recording, truth)
        if hide:
            found = hold_out(recording, outcome, self.build)
            self.held_out += [(truth.name, one) for one in found]
            self.alone += [] if found else [truth.name]
        self.runs.append(_ran(truth, outcome))
        return outcome

    def take_tails(self, recording: Recording, name: str, count: int) -> Outcome:
        """Cut tails off a real recording, run it, and judge whether they are found."""
        whole = run(recording, self.build, name)
        tails = choose_tails(Tracks.of(whole.reports, whole.until_us), count, self.around.in_place)
        cut, events = cut_tails(recording, tails)
        truth = Truth(name, tuple(events), split="semi-real", exhaustive=frozenset())
        outcome = self.take(cut, truth)
        natural = sum(claim.detector == "dark" for claim in whole.claims)
        self.runs[-1] |= {"tails": len(tails), "dark_claims_without_tails": natural}
        return outcome

    def to_json(self) -> dict[str, Any]:
        """Everything, plain values."""
        return {
            "definitions": DEFINITIONS,
            "split": self.split or "all",
            "scenarios": self.runs,
            "node": self.node.to_json(),
            "baselines": {
                name: {"beside": RULES[name][0], **score(verdicts).to_json()}
                for name, verdicts in self.rules.items()
            },
            "degraded": {name: part.to_json() for name, part in self.degraded.items()},
            "hold_out": [{"scenario": name, **one.to_json()} for name, one in self.held_out],
            "hold_out_impossible": self.alone,
        }

    def _part(self, whole: Judged) -> Judged:
        return whole if self.split is None else of_split(whole, self.split)

    def _baselines(self, truth: Truth, outcome: Outcome) -> None:
        found = baselines(outcome.reports, outcome.until_us, self.around)
        for name, claims in found.items():
            verdicts = self._beside(truth, claims, RULES[name][0], outcome.until_us)
            self.rules.setdefault(name, []).extend(verdicts)

    def _beside(
        self, truth: Truth, claims: list[Claim], detector: str, until_us: int
    ) -> tuple[Verdict, ...]:
        verdicts = tuple(match(truth, claims, until_us))
        return self._part(Judged(verdicts)).of(detector)

    def _degrade(self, recording: Recording, truth: Truth) -> None:
        eventful = sorted({mmsi for event in truth.events for mmsi in event.mmsis})
        for name, spoil in DEGRADATIONS.items():
            outcome = run(spoil(recording, eventful), self.build, truth.name)
            part = self._part(judged(truth, outcome))
            self.degraded[name] = self.degraded.get(name, Judged()) + part


def _ran(truth: Truth, outcome: Outcome) -> dict[str, Any]:
    exposure = outcome.exposure()
    return {
        "scenario": truth.name,
        "split": truth.split,
        "difficulty": truth.difficulty,
        "mechanism": truth.mechanism,
        "lines": outcome.lines,
        "messages": outcome.messages,
        "stations": len(outcome.stations),
        "hours": round(exposure.hours, 4),
        "events": sum(event.positive for event in truth.events),
        "hard_negatives": sum(not event.positive for event in truth.events),
        "claims": len(outcome.claims),
        "cases": len(outcome.cases),
    }
