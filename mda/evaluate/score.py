"""Scores: verdicts of any number of scenarios as rates, latencies and calibration, by group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mda.evaluate.calibration import Calibration, calibration
from mda.evaluate.detectors import FINDS
from mda.evaluate.matching import GOOD_RECEPTION, GROUPS, Verdict
from mda.evaluate.rates import Quantile, Rate, f1, per_exposure, quantile, wilson
from mda.evaluate.truth import NOT_STATED
from mda.units import US_PER_S

WATCH_H: Final = 8.0
PER_VESSELS: Final = 100.0
TOP: Final = 10
"""Precision at so many (detection.md, Proof 4)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A probability that a detector gave, and whether it was so."""

    detector: str
    probability: float
    so: bool
    difficulty: str = NOT_STATED
    """Of its scenario."""


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """A case that stands at the end."""

    scenario: str
    id: str
    priority: str
    kind: str
    points: float
    finding_ids: frozenset[str]
    known_us: int
    labelled: bool = False
    """Whether the truth lists every event that could answer its kind."""


@dataclass(frozen=True, slots=True)
class TroubleSeen:
    """A receiver's outage or the end of a duct, and the vessels that were blamed for it."""

    scenario: str
    id: str
    kind: str
    claims: int
    """False dark claims that began in it."""
    cases: int
    """Those of them that became cases."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How much a watch had to look at."""

    hours: float = 0.0
    watch_vessels: float = 0.0
    """Sum over watches of 8 h (or parts of one) of vessels heard in it times its part of 8 h."""

    def __add__(self, other: Exposure) -> Exposure:
        return Exposure(self.hours + other.hours, self.watch_vessels + other.watch_vessels)


@dataclass(frozen=True, slots=True)
class Score:
    """What a detector did in a set of verdicts."""

    hits: int
    missed: int
    false: int
    unlabelled: int
    precision: Rate
    recall: Rate
    f1: Rate
    negatives_raised: Rate
    """Hard negatives that somebody fell for."""
    opened_after_s: tuple[Quantile, Quantile]
    """Of hits: event time of opening minus true onset; p50, p95."""
    known_after_s: tuple[Quantile, Quantile]
    """Of hits: the node's clock when it came out minus true onset; p50, p95."""
    case_after_s: tuple[Quantile, Quantile]
    """Of hits that became a case: the node's clock when that came out; p50, p95."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "hits": self.hits,
            "missed": self.missed,
            "false": self.false,
            "unlabelled": self.unlabelled,
            "precision": self.precision.to_json(),
            "recall": self.recall.to_json(),
            "f1": self.f1.to_json(),
            "hard_negatives_raised": self.negatives_raised.to_json(),
            "opened_after_s": _quantiles(self.opened_after_s),
            "known_after_s": _quantiles(self.known_after_s),
            "case_after_s": _quantiles(self.case_after_s),
        }


def _quantiles(pair: tuple[Quantile, Quantile]) -> dict[str, Any]:
    return {"p50": pair[0].to_json(), "p95": pair[1].to_json()}


def score(verdicts: Sequence[Verdict]) -> Score:
    """The score of verdicts (of one detector).

    Precision and F1 are those of scenarios that list every event of the kind: elsewhere a claim
    that is no listed event is neither right nor wrong.
    """
    count = {name: sum(v.outcome == name for v in verdicts) for name in _OUTCOMES}
    hits, missed, false = count["hit"], count["missed"], count["false"]
    fallen = {id(v.event) for v in verdicts if v.outcome == "false" and _negative(v)}
    full = [v.outcome for v in verdicts if v.labelled]
    right, wrong, lost = (full.count(name) for name in _OUTCOMES[:3])
    return Score(
        hits=hits,
        missed=missed,
        false=false,
        unlabelled=count["unlabelled"],
        precision=wilson(right, right + wrong),
        recall=wilson(hits, hits + missed),
        f1=f1(right, wrong, lost),
        negatives_raised=wilson(len(fallen), len(fallen) + count["quiet"]),
        opened_after_s=_after(verdicts, lambda v: v.claim.opened_us if v.claim else None),
        known_after_s=_after(verdicts, lambda v: v.claim.known_us if v.claim else None),
        case_after_s=_after(verdicts, lambda v: v.claim.cased_us if v.claim else None),
    )


_OUTCOMES: Final = ("hit", "false", "missed", "quiet", "unlabelled")


def _negative(verdict: Verdict) -> bool:
    return verdict.event is not None and not verdict.event.positive


def _after(
    verdicts: Sequence[Verdict], instant: Callable[[Verdict], int | None]
) -> tuple[Quantile, Quantile]:
    """p50 and p95 of seconds from true onset, over hits that have the instant."""
    spans_s = [
        (at_us - v.event.onset_us) / US_PER_S
        for v in verdicts
        if v.outcome == "hit" and v.event is not None and (at_us := instant(v)) is not None
    ]
    return quantile(spans_s, 0.5), quantile(spans_s, 0.95)


def where_received(verdicts: Sequence[Verdict]) -> Score:
    """The score without events known to have been received badly (below 0.5); false claims all
    count."""
    return score([v for v in verdicts if v.outcome not in ("hit", "missed") or not _faint(v)])


def _faint(verdict: Verdict) -> bool:
    heard = verdict.event.reception if verdict.event else None
    return heard is not None and heard < GOOD_RECEPTION


def by_group(verdicts: Sequence[Verdict], group: str) -> dict[str, Score]:
    """Scores by one of GROUPS, names sorted."""
    part = GROUPS.index(group)
    names = sorted({v.group[part] for v in verdicts})
    return {name: score([v for v in verdicts if v.group[part] == name]) for name in names}


@dataclass(frozen=True, slots=True)
class Judged:
    """All that a set of runs showed; adds up over scenarios."""

    verdicts: tuple[Verdict, ...] = ()
    pairs: tuple[Pair, ...] = ()
    cases: tuple[CaseSeen, ...] = ()
    exposure: Exposure = Exposure()
    troubles: tuple[TroubleSeen, ...] = ()

    def __add__(self, other: Judged) -> Judged:
        return Judged(
            self.verdicts + other.verdicts,
            self.pairs + other.pairs,
            self.cases + other.cases,
            self.exposure + other.exposure,
            self.troubles + other.troubles,
        )

    def of(self, detector: str) -> tuple[Verdict, ...]:
        """The verdicts on one detector."""
        return tuple(v for v in self.verdicts if v.detector == detector)

    def calibration(self, detector: str, difficulty: str | None = None) -> Calibration:
        """How true its probabilities are (in scenarios of one difficulty)."""
        own = (p for p in self.pairs if p.detector == detector)
        return calibration(
            [(p.probability, p.so) for p in own if difficulty in (None, p.difficulty)]
        )

    def cases_per_watch(self) -> Rate:
        """Cases per 8 h watch per 100 vessels; n is the exposure in such watches."""
        return per_exposure(len(self.cases), self.exposure.watch_vessels / PER_VESSELS)

    def precision_at(self, most: int = TOP) -> Rate:
        """Of the `most` highest labelled cases (points, then id), how many hold a hit."""
        hits = {
            (v.scenario, v.claim.finding_id)
            for v in self.verdicts
            if v.outcome == "hit" and v.claim
        }
        known = [case for case in self.cases if case.labelled]
        ranked = sorted(known, key=lambda case: (-case.points, case.scenario, case.id))[:most]
        right = sum(any((c.scenario, i) in hits for i in c.finding_ids) for c in ranked)
        return wilson(right, len(ranked))

    def blamed(self) -> tuple[Rate, Rate]:
        """Receivers' troubles for which a vessel was blamed: with a claim, and with a case."""
        n = len(self.troubles)
        claimed, cased = (sum(one > 0 for one in part) for part in self._blame())
        return wilson(claimed, n), wilson(cased, n)

    def _blame(self) -> tuple[list[int], list[int]]:
        return [one.claims for one in self.troubles], [one.cases for one in self.troubles]

    def to_json(self) -> dict[str, Any]:
        """Everything, by detector and group; detectors of which nothing was claimed, nor happened,
        are left out."""
        return {
            "hours": round(self.exposure.hours, 4),
            "cases": len(self.cases),
            "cases_per_watch_per_100_vessels": self.cases_per_watch().to_json(),
            f"precision_at_{TOP}": self.precision_at().to_json(),
            "receiver_troubles": {
                "with_a_vessel_claim": self.blamed()[0].to_json(),
                "with_a_vessel_case": self.blamed()[1].to_json(),
                "vessel_claims": sum(self._blame()[0]),
                "vessel_cases": sum(self._blame()[1]),
            },
            "detectors": {name: self._detector(name) for name in FINDS if self.of(name)},
        }

    def _difficulties(self, detector: str) -> list[str]:
        return sorted({p.difficulty for p in self.pairs if p.detector == detector})

    def _detector(self, name: str) -> dict[str, Any]:
        verdicts = self.of(name)
        groups = {
            group: {of: part.to_json() for of, part in by_group(verdicts, group).items()}
            for group in GROUPS
        }
        return {
            **score(verdicts).to_json(),
            "where_reception_is_good": where_received(verdicts).to_json(),
            "calibration": self.calibration(name).to_json(),
            "calibration_by_difficulty": {
                one: self.calibration(name, one).to_json() for one in self._difficulties(name)
            },
            "by": groups,
        }


def of_split(judged: Judged, split: str) -> Judged:
    """Only verdicts of one split (all else is of whole scenarios)."""
    kept = tuple(v for v in judged.verdicts if v.group[GROUPS.index("split")] == split)
    return replace(judged, verdicts=kept)
