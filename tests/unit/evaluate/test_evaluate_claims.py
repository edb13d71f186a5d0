"""Which findings claim something, when it was known, and which probability counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mda.clock import format_at
from mda.evaluate.claims import Telling, claims_something
from mda.evaluate.detectors import DESIGN, FINDS, PLAIN_KINDS, detector_of
from mda.model import Finding


def finding(id_: str = "a", kind: str = "silence", **more: object) -> Finding:
    body = {
        "mmsis": (329_000_001,), "keys": (329_000_001,), "onset_at_us": 10, "opened_at_us": 20,
        "closed_at_us": None, "revised_at_us": 25, "status": "provisional", "probability": None,
        "lon_deg": -61.0, "lat_deg": 15.0, "summary": "", "evidence": {}, "detector": kind,
        "detector_version": "1", "config_hash": "",
    }  # fmt: skip
    return Finding(id=id_, kind=kind, **{**body, **more})


@pytest.mark.parametrize(
    ("more", "claims"),
    [
        ({}, True),
        ({"probability": 0.5}, True),
        ({"probability": 0.49}, False),
        ({"status": "withdrawn"}, False),
        ({"evidence": {"assessment": "cannot_tell"}}, False),
        ({"evidence": {"assessment": "switched_off"}, "probability": 0.9}, True),
        ({"evidence": {"test": True}}, False),
        ({"evidence": {"test": False}}, True),
    ],
)
def test_what_is_a_claim(more: dict[str, object], claims: bool) -> None:
    assert claims_something(finding(**more)) == claims


def test_a_claim_is_known_when_it_first_was_one() -> None:
    telling = Telling()
    first = finding(probability=0.3)
    telling.take([(first, 100)])
    assert telling.claims({}) == []
    telling.take([(replace(first, probability=0.8, revision=2), 200)])
    telling.take([(replace(first, probability=0.9, revision=3, closed_at_us=50), 300)])
    (claim,) = telling.claims({"a": 210})
    assert (claim.known_us, claim.cased_us, claim.opened_us, claim.end_us) == (200, 210, 20, 50)
    assert telling.modelled() == [("dark", telling.told["a"].newest, 0.3)]


def test_what_is_withdrawn_is_no_claim_and_no_pair() -> None:
    telling = Telling()
    told = finding(probability=0.9)
    telling.take([(told, 100), (told.withdrawn(60, "late data"), 200)])
    assert telling.claims({}) == []
    assert telling.modelled() == []


def test_a_dark_finding_stands_for_its_silence() -> None:
    telling = Telling()
    other = finding("c", onset_at_us=11)
    telling.take([(finding("a"), 5), (finding("b", "dark", probability=0.9), 5), (other, 4)])
    assert [claim.id for claim in telling.claims({})] == ["c", "b"]


def test_a_station_is_taken_from_the_evidence() -> None:
    telling = Telling()
    out = finding("r", "receiver", mmsis=(), keys=(), evidence={"station": "north"})
    telling.take([(out, 2), (finding("w", "weather", probability=0.4), 3)])
    assert [claim.station for claim in telling.claims({})] == ["north"]
    assert telling.modelled() == []


def test_a_visit_is_its_entry_and_its_exit() -> None:
    telling = Telling()
    facts = {"zone_id": "eez-x", "first_inside_at": format_at(7), "last_outside_at": format_at(6)}
    visit = finding("v", "zone_visit", evidence=facts)
    telling.take([(visit, 30)])
    (entry,) = telling.claims({"v": 31})
    assert (entry.kind, entry.onset_us, entry.end_us, entry.zone_id) == ("entry", 7, 7, "eez-x")
    assert (entry.known_us, entry.cased_us, entry.finding_id) == (30, 31, "v")
    telling.take([(replace(visit, closed_at_us=90, revision=2), 95)])
    assert [(c.id, c.kind, c.onset_us, c.known_us) for c in telling.claims({})] == [
        ("v entry", "entry", 7, 30),
        ("v exit", "exit", 90, 95),
    ]


def test_a_vessel_that_was_inside_when_first_heard_entered_nothing() -> None:
    telling = Telling()
    facts = {"zone_id": "eez-x", "first_inside_at": format_at(7), "last_outside_at": None}
    telling.take([(finding("v", "zone_visit", evidence=facts, closed_at_us=90), 95)])
    assert [claim.kind for claim in telling.claims({})] == ["exit"]
    telling.take([(finding("u", "zone_visit", evidence={"zone_id": "eez-y"}), 96)])
    entry = next(claim for claim in telling.claims({}) if claim.zone_id == "eez-y")
    assert (entry.kind, entry.onset_us) == ("entry", 10)


def test_every_kind_of_finding_has_at_most_one_detector() -> None:
    assert detector_of("drifting") == "loitering"
    assert detector_of("safety") == "distress"
    assert detector_of("weather") is None
    assert set(DESIGN.values()) | set(PLAIN_KINDS.values()) == set(FINDS)
    assert sum(map(len, FINDS.values())) == len(set().union(*FINDS.values()))
