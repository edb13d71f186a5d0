"""The evaluation as text for people: every rate with its n and bounds."""

from __future__ import annotations

from collections.abc import Iterator

from mda.evaluate.baselines import RULES
from mda.evaluate.detectors import FINDS
from mda.evaluate.evaluation import DEFINITIONS, Evaluation
from mda.evaluate.matching import GOOD_RECEPTION, GROUPS
from mda.evaluate.rates import Quantile
from mda.evaluate.score import TOP, Judged, Score, by_group, score, where_received


def report(evaluation: Evaluation) -> str:
    """The whole report, lines of text."""
    return "\n".join(_lines(evaluation)) + "\n"


def _lines(evaluation: Evaluation) -> Iterator[str]:
    runs = evaluation.runs
    yield (
        f"{len(runs)} scenario{'' if len(runs) == 1 else 's'}, split {evaluation.split or 'all'}: "
        f"{sum(one['lines'] for one in runs):,} lines, {evaluation.node.exposure.hours:.1f} h, "
        f"{sum(one['events'] for one in runs)} events, "
        f"{sum(one['hard_negatives'] for one in runs)} hard negatives"
    )
    yield (
        f"A claim is an event: same vessels, temporal IoU >= {DEFINITIONS['least_temporal_iou']}, "
        f"onset within {DEFINITIONS['onset_within_s']:.0f} s. Value [95 % bounds] (k of n)."
    )
    yield from _node(evaluation.node)
    yield from _beside(evaluation)
    for name, part in evaluation.degraded.items():
        yield f"\nDegraded: {name}"
        for detector in _heard_of(part):
            whole = score(part.of(detector))
            known = f"; known after {_both(whole.known_after_s)}" if whole.hits else ""
            yield f"  {detector}: {_short(whole)}{known}"
        yield f"  cases per 8 h watch per 100 vessels: {_count(part)}"
    if evaluation.held_out or evaluation.alone:
        yield "\nReceiver hold-out (contradicted: the hidden station heard it meanwhile)"
    for scenario, one in evaluation.held_out:
        yield (
            f"  {scenario} without {one.station}: silences contradicted {one.silences.words()}; "
            f"claims contradicted {one.claims.words()}"
        )
    for scenario in evaluation.alone:
        yield f"  {scenario}: one station only, nothing to hide"


def _heard_of(judged: Judged) -> list[str]:
    return [name for name in FINDS if judged.of(name)]


def _node(judged: Judged) -> Iterator[str]:
    yield f"\nCases per 8 h watch per 100 vessels: {_count(judged)}"
    yield f"Precision of the {TOP} highest cases: {judged.precision_at().words()}"
    claimed, cased = judged.blamed()
    if judged.troubles:
        yield f"Receivers' troubles with a vessel blamed: claimed {claimed.words()}"
        yield f"                                          as a case {cased.words()}"
    for detector in _heard_of(judged):
        verdicts = judged.of(detector)
        whole = score(verdicts)
        yield f"\n{detector}"
        yield f"  precision  {_precision(whole)}"
        yield f"  recall     {whole.recall.words()}"
        yield f"  F1         {_f1(whole)}"
        received = where_received(verdicts)
        if received.hits + received.missed < whole.hits + whole.missed:
            yield f"  where reception is good (>= {GOOD_RECEPTION}): {_short(received)}"
        yield f"  hard negatives raised  {whole.negatives_raised.words()}"
        yield f"  opened after true onset  {_both(whole.opened_after_s)}"
        yield f"  known after true onset   {_both(whole.known_after_s)}"
        yield f"  case after true onset    {_both(whole.case_after_s)}"
        yield f"  calibration  {judged.calibration(detector).words()}"
        for group in GROUPS:
            parts = by_group(verdicts, group)
            if len(parts) > 1:
                yield from (f"  {group} {name}: {_part(part)}" for name, part in parts.items())


def _beside(evaluation: Evaluation) -> Iterator[str]:
    yield "\nOthers' rules on the same reports, told without their delays"
    for name, verdicts in evaluation.rules.items():
        yield f"  {name} ({RULES[name][0]}): {_short(score(verdicts))}"


def _short(one: Score) -> str:
    return f"precision {_precision(one)}, recall {one.recall.words()}, F1 {_f1(one)}"


def _part(one: Score) -> str:
    """A group's score: only what there is anything to say of."""
    said = [f"recall {one.recall.words()}"] if one.recall.n else []
    if one.precision.n and one.recall.n:
        said = [_short(one)]
    elif one.precision.n:
        said.append(f"{one.false} false claims")
    if one.negatives_raised.n:
        said.append(f"hard negatives raised {one.negatives_raised.words()}")
    if one.unlabelled:
        said.append(f"{one.unlabelled} claims where truth does not list all")
    return "; ".join(said)


def _precision(one: Score) -> str:
    beside = f" ({one.unlabelled} claims where truth does not list all)" if one.unlabelled else ""
    if one.precision.value is None:
        return f"no claims to judge: n = 0{beside}"
    return one.precision.words() + beside


def _f1(one: Score) -> str:
    rate = one.f1
    if rate.value is None or rate.low is None or rate.high is None:
        return "n = 0"
    return f"{rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}] (n = {rate.n:g})"


def _count(judged: Judged) -> str:
    rate = judged.cases_per_watch()
    if rate.value is None or rate.low is None or rate.high is None:
        return "nobody heard: n = 0"
    return f"{rate.value:.2f} [{rate.low:.2f}, {rate.high:.2f}] ({rate.k} cases in {rate.n:.2f})"


def _both(pair: tuple[Quantile, Quantile]) -> str:
    p50, p95 = pair
    if p50.n == 0:
        return "no hits: n = 0"
    return f"p50 {_minutes(p50)}, p95 {_minutes(p95)} (n = {p50.n})"


def _minutes(one: Quantile) -> str:
    def told(value: float | None) -> str:
        return "?" if value is None else f"{value / 60:.1f}"

    return f"{told(one.value)} min [{told(one.low)}, {told(one.high)}]"
