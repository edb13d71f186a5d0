"""Which claim is which event: the edges of IoU and onset, one to one, and what is left over."""

from __future__ import annotations

import pytest
from small_scenario import at_us, claim, event

from mda.evaluate.detectors import FINDS
from mda.evaluate.matching import holds, iou, match
from mda.evaluate.score import by_group, score, where_received
from mda.evaluate.truth import Truth

END_US = at_us(10)


def judged(events, claims, listed=frozenset(FINDS), **more):
    return match(Truth("s", tuple(events), exhaustive=listed, **more), claims, END_US)


def outcomes(verdicts):
    return sorted(
        (v.outcome, v.event.id if v.event else "", v.claim.id if v.claim else "") for v in verdicts
    )


@pytest.mark.parametrize(
    ("onset_h", "end_h", "outcome"),
    [
        (2.0, 3.0, "hit"),  # half of 2 h: IoU exactly 0.5
        (2.0, 2.99, "missed"),
        (2.0, 6.0, "hit"),  # 2 h of 4 h
        (2.0, 6.02, "missed"),
        (2 + 5 / 60, 4.0, "hit"),  # 5 min late
        (2 + 5.1 / 60, 4.0, "missed"),
        (2 - 5 / 60, 4.0, "hit"),
        (2.0, None, "missed"),  # to the end: 2 h of 8 h
    ],
)
def test_edges(onset_h, end_h, outcome) -> None:
    verdicts = judged([event("e", 2, 4, 1)], [claim("c", onset_h, end_h, 1)])
    assert outcome in [v.outcome for v in verdicts]
    assert ("false" in [v.outcome for v in verdicts]) == (outcome == "missed")


def test_iou_by_hand() -> None:
    assert iou((0, 4), (2, 6)) == pytest.approx(2 / 6)
    assert iou((0, 4), (5, 6)) == 0.0


def test_one_claim_one_event_and_the_best_first() -> None:
    events = [event("e", 2, 4, 1)]
    claims = [claim("worse", 2, 3.2, 1), claim("best", 2, 4, 1)]
    assert outcomes(judged(events, claims)) == [("false", "e", "worse"), ("hit", "e", "best")]


def test_other_vessels_match_nothing() -> None:
    verdicts = judged([event("e", 2, 4, 1)], [claim("c", 2, 4, 2)])
    assert outcomes(verdicts) == [("false", "", "c"), ("missed", "e", "")]


def test_hard_negatives() -> None:
    events = [event("calm", 1, 2, 1, positive=False), event("trap", 3, 4, 2, positive=False)]
    verdicts = judged(events, [claim("c", 3.5, 5, 2)])
    assert outcomes(verdicts) == [("false", "trap", "c"), ("quiet", "calm", "")]
    raised = score(verdicts).negatives_raised
    assert (raised.k, raised.n) == (1, 2)


def test_two_claims_in_one_trap_are_two_false_and_one_negative_raised() -> None:
    claims = [claim("a", 3, 3.2, 2), claim("b", 3.5, 4, 2)]
    one = score(judged([event("trap", 3, 4, 2, positive=False)], claims))
    assert (one.false, one.negatives_raised.k, one.negatives_raised.n) == (2, 1, 1)


def test_an_event_that_reaches_beyond_the_recording_is_cut_there() -> None:
    assert outcomes(judged([event("e", 9, 14, 1)], [claim("c", 9, None, 1)]))[0][0] == "hit"
    assert judged([event("later", 11, 14, 1)], []) == []


def test_who_and_where() -> None:
    pair = {"kind": "quick transfer", "detector": "encounter"}
    met = {"kind": "encounter", "detector": "encounter"}
    assert outcomes(judged([event("e", 1, 2, 1, 2, **pair)], [claim("c", 1, 2, 2, 1, **met)])) == [
        ("hit", "e", "c")
    ]
    alone = judged([event("e", 1, 2, 1, 2, **pair)], [claim("c", 1, 2, 1, **met)])
    assert score(alone).hits == 0
    dark = {"kind": "dark_rendezvous", "detector": "dark_rendezvous"}
    seen = judged([event("e", 1, 2, 1, 2, **dark)], [claim("c", 1, 2, 1, **dark)])
    assert score(seen).hits == 1
    out = {"kind": "receiver", "detector": "receiver"}
    fault = event("e", 1, 2, detector="receiver", kind="outage", stations=("north", "east"))
    assert score(judged([fault], [claim("c", 1, 2, station="north", **out)])).hits == 1
    assert score(judged([fault], [claim("c", 1, 2, station="south", **out)])).hits == 0
    assert score(judged([fault], [claim("c", 1, 2, 5)])).hits == 0


def test_a_crossing_is_of_its_zone_and_way() -> None:
    told = {"detector": "zone_visit", "zone_id": "eez-x"}
    entered = event("e", 1, None, 1, kind="entry", **told)
    claims = [
        claim("in", 1.05, 1.05, 1, kind="entry", **told),
        claim("out", 1.05, 1.05, 1, kind="exit", **told),
        claim("other", 1, 1, 1, kind="entry", detector="zone_visit", zone_id="eez-y"),
    ]
    verdicts = judged([entered], claims)
    assert outcomes(verdicts) == [("false", "", "other"), ("false", "", "out"), ("hit", "e", "in")]
    assert by_group(verdicts, "kind")["exit"].false == 1


def test_where_not_everything_is_listed_a_claim_is_not_judged() -> None:
    events = [event("e", 1, 2, 1), event("trap", 5, 6, 3, positive=False)]
    claims = [claim("c", 1, 2, 1), claim("x", 1, 2, 9), claim("t", 5, 6, 3)]
    verdicts = judged(events, claims, listed=frozenset())
    assert outcomes(verdicts) == [
        ("false", "trap", "t"),
        ("hit", "e", "c"),
        ("unlabelled", "", "x"),
    ]
    one = score(verdicts)
    assert (one.precision.n, one.f1.n, one.recall.value) == (0, 0, 1.0)
    assert (one.negatives_raised.k, one.negatives_raised.n) == (1, 1)
    both = score([*verdicts, *judged(events, claims)])
    assert (both.precision.k, both.precision.n, both.recall.n) == (1, 3, 2)


def test_distress_is_matched_by_its_onset_alone() -> None:
    told = {"kind": "safety", "detector": "distress"}
    sart = event("e", 1, 1.1, 970_000_001, kind="distress", detector="distress")
    assert score(judged([sart], [claim("c", 1.01, None, 970_000_001, **told)])).hits == 1


def test_groups_add_up() -> None:
    events = [
        event("a", 1, 2, 1, difficulty="easy", reception=0.5),
        event("b", 1, 2, 2, difficulty="hard", reception=0.49),
        event("trap", 5, 6, 3, difficulty="hard", positive=False),
    ]
    claims = [claim("a", 1, 2, 1), claim("t", 5, 6, 3), claim("x", 7, 8, 4)]
    verdicts = judged(events, claims, difficulty="mixed")
    parts = by_group(verdicts, "difficulty")
    assert {name: (p.hits, p.missed, p.false) for name, p in parts.items()} == {
        "easy": (1, 0, 0),
        "hard": (0, 1, 1),
        "mixed": (0, 0, 1),
    }
    reception = by_group(verdicts, "reception")
    assert (reception["0.5 and over"].hits, reception["below 0.5"].missed) == (1, 1)
    assert by_group(verdicts, "kind")["dark"].false == 2
    good = where_received(verdicts)
    assert (good.hits, good.missed, good.false, good.negatives_raised.n) == (1, 0, 2, 1)
    loiter = claim("l", 1, 2, 1, kind="drifting", detector="loitering")
    assert set(by_group(judged([], [loiter]), "kind")) == {"drifting"}
    assert set(by_group(judged([], [claim("s", 1, 2, 1)]), "kind")) == {"dark"}


def test_latencies_are_from_the_true_onset() -> None:
    told = claim("c", 2 + 1 / 60, 4, 1, opened_us=at_us(2.2), known_us=at_us(2.25), cased_us=None)
    one = score(judged([event("e", 2, 4, 1)], [told]))
    assert one.opened_after_s[0].value == pytest.approx(720.0)
    assert one.known_after_s[1].value == pytest.approx(900.0)
    assert one.case_after_s[0].n == 0
    assert one.to_json()["case_after_s"]["p95"]["value"] is None


def test_what_was_on_at_an_instant() -> None:
    events = [event("e", 2, 4, 1), event("trap", 6, 7, 1, positive=False), event("o", 8, None, 2)]
    assert [holds((1,), at_us(h), events) for h in (1.9, 1.92, 3, 4, 4.01, 6.5)] == [
        False, True, True, True, False, False,
    ]  # fmt: skip
    assert holds((2, 5), at_us(9.9), events)
    assert not holds((3,), at_us(3), events)
