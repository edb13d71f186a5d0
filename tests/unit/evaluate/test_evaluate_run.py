"""The scorer end to end on a small sea whose truth is known by construction."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_scenario import (
    DARK,
    HONEST,
    LOITERER,
    SART,
    SHADOWED,
    SHORT,
    SmallSea,
    at_us,
    event,
    eventful_sea,
    eventful_truth,
    going_east,
    open_sea,
    small_build,
)

from mda.alert.cases import Cases
from mda.cli.evaluate import recording_of
from mda.config import Config
from mda.evaluate.claims import Claim, Telling
from mda.evaluate.degrade import DEGRADATIONS
from mda.evaluate.detectors import FINDS
from mda.evaluate.evaluation import Evaluation
from mda.evaluate.hold_out import hold_out
from mda.evaluate.recording import Recording
from mda.evaluate.run import Desk, Outcome, judged, run
from mda.evaluate.score import CaseSeen, Exposure, Judged, Pair, score
from mda.evaluate.tails import choose_tails, cut_tails
from mda.evaluate.tracks import Tracks
from mda.evaluate.truth import Truth, find_scenarios
from mda.evaluate.words import report


@pytest.fixture(scope="module")
def recording() -> Recording:
    return eventful_sea().recording()


@pytest.fixture(scope="module")
def outcome(recording: Recording) -> Outcome:
    return run(recording, small_build(), "eventful")


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    folder = eventful_sea().write(tmp_path_factory.mktemp("sea") / "eventful", eventful_truth())
    (scenario,) = find_scenarios([folder])
    return scenario.truth


def of(outcome: Outcome, detector: str) -> list[Claim]:
    return [claim for claim in outcome.claims if claim.detector == detector]


def test_everything_that_was_heard_was_judged(recording: Recording, outcome: Outcome) -> None:
    assert outcome.lines == outcome.messages == len(recording)
    assert outcome.stations == ("north", "south")
    assert set(outcome.reports.mmsi.tolist()) == {DARK, HONEST, LOITERER, SHADOWED, SHORT, SART}
    exposure = outcome.exposure()
    assert exposure.hours == pytest.approx(6.0, abs=0.05)
    # five ships (the SART is none) in three quarters of one watch
    assert exposure.watch_vessels == pytest.approx(5 * 6.0 / 8, rel=0.01)


def test_the_verdicts_are_those_of_the_construction(truth: Truth, outcome: Outcome) -> None:
    found = judged(truth, outcome)
    dark = score(found.of("dark"))
    assert (dark.hits, dark.missed, dark.false) == (1, 1, 1)
    assert (dark.negatives_raised.k, dark.negatives_raised.n) == (1, 1)
    # silence.floor_s is 600 s, a tick and the watermark's hold come on top
    assert dark.opened_after_s[0].value == pytest.approx(600, abs=60)
    assert dark.known_after_s[0].value == pytest.approx(640, abs=100)
    waits = score(found.of("loitering"))
    assert (waits.hits, waits.false, waits.recall.value) == (1, 0, 1.0)
    sart = score(found.of("distress"))
    assert (sart.hits, sart.false) == (1, 0)
    assert sart.known_after_s[0].value is not None
    assert sart.known_after_s[0].value < 60
    cases = [case for case in found.cases if case.kind in ("safety", "silence")]
    assert len(cases) >= 1
    assert found.cases_per_watch().k == len(found.cases)


def test_a_run_is_the_same_again_and_by_files(
    truth: Truth, outcome: Outcome, tmp_path: Path
) -> None:
    folder = eventful_sea().write(tmp_path / "again", eventful_truth())
    again = run(recording_of(sorted(folder.glob("*.nmea"))), small_build(), "eventful")
    told = [[(c.kind, c.mmsis, c.onset_us) for c in one.claims] for one in (outcome, again)]
    assert sorted(told[0]) == sorted(told[1])
    assert again.stations == outcome.stations


def test_a_withdrawn_and_a_logged_case_do_not_count(outcome: Outcome) -> None:
    desk = Desk(Cases(Config.load()))
    sounding = next(t.newest for t in outcome.telling.told.values() if t.newest.kind == "safety")
    logged = replace(sounding, id="visit", kind="zone_visit", evidence={"zone_id": "eez-x"})
    desk.take([(sounding, 50), (logged, 60)])
    (case,) = desk.standing("s")
    assert (case.kind, case.known_us, case.priority) == ("safety", 50, "E")
    assert desk.cased_us == {sounding.id: 50}
    desk.take([(sounding.withdrawn(70, "late data"), 80)])
    assert desk.standing("s") == ()


def test_without_a_station_the_other_s_hearing_contradicts(
    recording: Recording, outcome: Outcome
) -> None:
    # from 4.8 h on only the south hears HONEST: without it that is a silence, and no true one
    lines = recording.lines
    north = recording.stations()[0] == 0
    gone = north & (recording.mmsis() == HONEST) & (lines.stored_at_us > at_us(4.8))
    deaf = recording.take(~gone)
    found = {one.station: one for one in hold_out(deaf, run(deaf, small_build()), small_build())}
    without_south = found["south"]
    assert (without_south.claims.k, without_south.claims.n) == (1, 2)
    assert (without_south.silences.k, without_south.silences.n) == (1, 2)
    assert found["north"].claims.k == 0
    assert without_south.to_json()["claims_contradicted"]["k"] == 1


def test_one_station_cannot_be_hidden(recording: Recording, outcome: Outcome) -> None:
    one = recording.take(recording.stations()[0] == 0)
    assert hold_out(one, outcome, small_build()) == []


def test_tails_are_cut_where_a_vessel_was_under_way_and_heard_on() -> None:
    sea = SmallSea()
    for mmsi, lat in ((DARK, 15.2), (HONEST, 15.3), (SHORT, 15.6)):
        sea.sail(mmsi, [(0, 6)], going_east(lat))
    sea.sail(LOITERER, [(0, 6)], lambda _: (-62.0, 15.1), speed=0.0)
    sea.sail(SHADOWED, [(0, 0.2)], going_east(15.4))
    recording = sea.recording()
    whole = run(recording, small_build())
    tracks = Tracks.of(whole.reports, whole.until_us)
    tails = choose_tails(tracks, 10, open_sea().in_place)
    assert sorted(tail.mmsi for tail in tails) == [DARK, HONEST, SHORT]
    assert tails == choose_tails(tracks, 10, open_sea().in_place)
    assert len(choose_tails(tracks, 2, open_sea().in_place)) == 2
    assert choose_tails(tracks, 3, lambda lon, lat: np.ones(len(lon), np.bool_)) == []
    cut, events = cut_tails(recording, tails)
    mmsis = cut.mmsis()
    for tail, made in zip(tails, events, strict=True):
        left_us = cut.lines.stored_at_us[mmsis == tail.mmsi]
        heard_us = recording.lines.stored_at_us[recording.mmsis() == tail.mmsi]
        assert left_us.tolist() == heard_us[heard_us < tail.at_us].tolist()
        assert (made.onset_us, made.end_us, made.mmsis) == (tail.at_us, None, (tail.mmsi,))
        assert at_us(0.3) < tail.at_us < at_us(6)
    assert (mmsis == LOITERER).sum() == (recording.mmsis() == LOITERER).sum()


def test_tails_are_found() -> None:
    sea = SmallSea()
    sea.sail(DARK, [(0, 3)], going_east(15.2))
    sea.sail(HONEST, [(0, 3)], going_east(15.3))
    sea.sail(LOITERER, [(0, 6)], going_east(15.6))
    evaluation = Evaluation(small_build(), open_sea())
    evaluation.take_tails(sea.recording(), "real", 3)
    (ran,) = evaluation.runs
    assert (ran["tails"], ran["events"]) == (3, 3)
    dark = score(evaluation.node.of("dark"))
    assert dark.precision.n == 0
    assert dark.hits >= 2


def test_an_evaluation_adds_up_and_is_told(recording: Recording, truth: Truth) -> None:
    sea = SmallSea()
    sea.sail(HONEST, [(0, 3)], going_east(15.3))
    calm = Truth("calm", (), split="tuning", difficulty="easy", exhaustive=frozenset(FINDS))
    evaluation = Evaluation(small_build(), open_sea())
    evaluation.take(recording, truth)
    evaluation.take(sea.recording(), calm, hide=True)
    assert evaluation.alone == ["calm"]
    body = evaluation.to_json()
    assert json.loads(json.dumps(body)) == body
    dark = body["node"]["detectors"]["dark"]
    assert (dark["hits"], dark["missed"], dark["false"]) == (1, 1, 1)
    assert dark["precision"] == score(evaluation.node.of("dark")).precision.to_json()
    assert dark["by"]["difficulty"]["easy"]["recall"]["value"] == 1.0
    assert dark["by"]["difficulty"]["hard"]["recall"]["value"] == 0.0
    assert dark["by"]["reception"]["0.5 and over"]["recall"]["n"] == 1
    assert dark["calibration"]["n"] == 0
    assert [one["scenario"] for one in body["scenarios"]] == ["eventful", "calm"]
    gap = body["baselines"]["GFW gap"]
    assert (gap["beside"], gap["recall"]["k"], gap["recall"]["n"]) == ("dark", 0, 2)
    text = report(evaluation)
    assert "precision  0.500 [0.095, 0.905] (1 of 2)" in text
    assert "no claim with a probability: n = 0" in text
    assert "calm: one station only" in text
    assert "difficulty hard: precision 0.000 [0.000, 0.793] (0 of 1), recall 0.000" in text
    assert "where reception is good (>= 0.5): precision 0.500" in text


def test_a_split_leaves_the_other_events_out(recording: Recording) -> None:
    truth = Truth(
        "mixed",
        (event("off", 2, 4, DARK, split="tuning"), event("s", 2, 2.1, SHORT, split="held-out")),
        split="held-out",
    )
    evaluation = Evaluation(small_build(), open_sea(), "tuning")
    assert evaluation.wants(truth)
    assert not evaluation.wants(Truth("other", (), split="held-out"))
    evaluation.take(recording, truth)
    dark = score(evaluation.node.of("dark"))
    assert (dark.hits, dark.missed) == (1, 0)
    assert evaluation.to_json()["baselines"]["GFW gap"]["recall"]["n"] == 1


def test_degraded_and_hidden_runs_are_told(truth: Truth, recording: Recording) -> None:
    # Two hours of it are enough to see every road taken
    rows = (recording.lines.stored_at_us > at_us(1.5)) & (recording.lines.stored_at_us < at_us(3.5))
    evaluation = Evaluation(small_build(), open_sea())
    evaluation.take(recording.take(rows), truth, degrade=True, hide=True)
    assert list(evaluation.degraded) == list(DEGRADATIONS)
    text = report(evaluation)
    for name in DEGRADATIONS:
        assert f"Degraded: {name}" in text
    assert "eventful without north: silences contradicted" in text
    body = evaluation.to_json()
    assert {one["station"] for one in body["hold_out"]} == {"north", "south"}
    recall = {n: b["detectors"]["dark"]["recall"]["n"] for n, b in body["degraded"].items()}
    assert set(recall.values()) == {2}


def test_a_late_run_ends_with_the_findings_of_one_in_time(
    recording: Recording, outcome: Outcome
) -> None:
    late = run(DEGRADATIONS["late 0-6 h"](recording, []), small_build())
    told = [
        sorted((c.mmsis, c.onset_us, c.end_us) for c in of(one, "dark")) for one in (outcome, late)
    ]
    assert told[0] == told[1]
    in_time, behind = (min(c.known_us for c in of(one, "dark")) for one in (outcome, late))
    assert behind >= in_time


def test_precision_at_the_top() -> None:
    def seen(id_: str, points: float, *ids: str, labelled: bool = True) -> CaseSeen:
        return CaseSeen("s", id_, "A", "silence", points, frozenset(ids), 0, labelled)

    truth = Truth("s", (event("e", 1, 2, 1),))
    claim = Claim("dark", "f", "silence", (1,), at_us(1), at_us(1), at_us(2), at_us(1))
    from mda.evaluate.matching import match

    verdicts = tuple(match(truth, [claim], at_us(5)))
    cases = (
        seen("a", 5, "x"),
        seen("b", 9, "f"),
        seen("c", 1, "y"),
        seen("d", 99, "z", labelled=False),
    )
    both = Judged(verdicts, (), cases) + Judged()
    assert (both.precision_at(1).k, both.precision_at(2).value) == (1, 0.5)
    assert both.precision_at().n == 3
    assert Judged().precision_at().words() == "no events: n = 0"


def test_vessels_blamed_for_a_receiver_s_trouble_are_counted(recording: Recording) -> None:
    fault = {"detector": "receiver", "kind": "outage", "stations": ("south",)}
    events = (event("out", 3, 3.5, **fault), event("calm", 5.2, None, **fault))
    truth = Truth("s", events, exhaustive=frozenset(FINDS))
    evaluation = Evaluation(small_build(), open_sea())
    evaluation.take(recording, truth)
    out, calm = evaluation.node.troubles
    assert (out.claims, out.cases, calm.claims) == (1, 1, 0)
    claimed, cased = evaluation.node.blamed()
    assert (claimed.k, claimed.n, cased.k) == (1, 2, 1)
    troubles = evaluation.to_json()["node"]["receiver_troubles"]
    assert (troubles["vessel_claims"], troubles["with_a_vessel_case"]["n"]) == (1, 2)
    assert "Receivers' troubles with a vessel blamed: claimed 0.500" in report(evaluation)


def test_only_crossings_of_watched_zones_count(recording: Recording) -> None:
    told = {"detector": "zone_visit", "kind": "entry"}
    events = tuple(event(z, 0.3, 0.3, DARK, zone_id=z, **told) for z in ("north", "belt"))
    evaluation = Evaluation(small_build(), open_sea(), watched=frozenset({"north"}))
    rows = recording.lines.stored_at_us < at_us(0.5)
    evaluation.take(recording.take(rows), Truth("s", events))
    assert [v.event.id for v in evaluation.node.of("zone_visit") if v.event] == ["north"]


def test_a_modelled_finding_is_a_pair_with_what_was_true(outcome: Outcome) -> None:
    telling = Telling()
    for told in outcome.telling.told.values():
        sure = replace(told.newest, probability=0.3 if told.newest.mmsis == (DARK,) else 0.8)
        telling.take([(sure, told.newest.revised_at_us)])
    truth = Truth("s", (event("off", 2, 4, DARK),), difficulty="hard")
    found = judged(truth, replace(outcome, telling=telling))
    dark = sorted((p.probability, p.so, p.difficulty) for p in found.pairs if p.detector == "dark")
    assert (0.3, True, "hard") in dark
    assert (0.8, False, "hard") in dark
    assert {so for _, so, _ in dark} == {True, False}
    told_json = found.to_json()["detectors"]["dark"]
    assert told_json["calibration_by_difficulty"]["hard"] == told_json["calibration"]


def test_nothing_heard_is_told_as_nothing() -> None:
    evaluation = Evaluation(small_build(), open_sea())
    text = report(evaluation)
    assert "nobody heard: n = 0" in text
    assert evaluation.to_json()["node"]["detectors"] == {}


def test_calibration_is_by_detector() -> None:
    pairs = (
        Pair("dark", 0.9, True),
        Pair("dark", 0.7, True, "hard"),
        Pair("loitering", 0.1, True),
    )
    found = Judged((), pairs, (), Exposure(1, 1))
    assert found.calibration("dark").n == 2
    assert found.calibration("dark", "hard").ece == pytest.approx(0.3)
    assert found.calibration("loitering").ece == pytest.approx(0.9)
