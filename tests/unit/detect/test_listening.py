"""Listening time, worked by hand in seconds. The deaf span is 60 s throughout (habit 0-3 s)."""

from __future__ import annotations

import numpy as np
import pytest
from plain_kernels import plainly

from mda.detect import listening
from mda.detect.listening import EAR, OFF, PAUSED, RUN, RUNS, DeafRules
from mda.model import RowKind
from mda.units import US_PER_S

RULES = DeafRules(60.0, 20.0, 1800.0)


@pytest.fixture(autouse=True, params=["compiled", "plain"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        plainly(monkeypatch, listening)


class Ear:
    """One ear, in seconds."""

    def __init__(self) -> None:
        self.ears = np.zeros(1, EAR)
        self.runs = np.zeros(RUNS, RUN)

    def hear(self, *at_s: float) -> None:
        for at in at_s:
            listening.hear(self.ears, self.runs, 0, round(at * US_PER_S), RULES)

    def control(self, at_s: float, kind: RowKind) -> None:
        listening.control(self.ears, self.runs, 0, int(kind), round(at_s * US_PER_S), RULES)

    def listened_s(self, at_s: float) -> float:
        return listening.listened_us(self.ears, self.runs, 0, round(at_s * US_PER_S)) / US_PER_S

    def reached_s(self, listening_s: float) -> float:
        us = round(listening_s * US_PER_S)
        return listening.reached_us(self.ears, self.runs, 0, us) / US_PER_S


def test_it_begins_with_the_first_hearing_and_goes_deaf() -> None:
    ear = Ear()
    assert ear.listened_s(100) == 0
    ear.hear(100)
    assert (ear.listened_s(130), ear.listened_s(160), ear.listened_s(500)) == (30, 60, 60)


def test_deaf_time_does_not_count() -> None:
    ear = Ear()
    ear.hear(*range(100, 201, 2))
    assert ear.listened_s(200) == 100
    ear.hear(1000)
    assert ear.listened_s(1000) == 160
    assert ear.listened_s(1010) == 170
    assert (ear.reached_s(50), ear.reached_s(160), ear.reached_s(165)) == (150, 260, 1005)


def test_a_rarely_heard_sea_makes_a_patient_ear() -> None:
    ear = Ear()
    ear.hear(0, 50, 100, 150)
    assert ear.listened_s(1000) == 1000
    assert ear.listened_s(5000) == 150 + 20 * 50


def test_patience_has_a_ceiling() -> None:
    assert listening.deaf_after_us(1e6, RULES) == 1800 * US_PER_S
    assert listening.deaf_after_us(0.0, RULES) == 60 * US_PER_S


@pytest.mark.parametrize("kind", [RowKind.DISCONNECT, RowKind.STOP])
def test_off_until_connect(kind: RowKind) -> None:
    ear = Ear()
    ear.hear(0, 1, 2)
    ear.control(10, kind)
    ear.hear(20)
    assert ear.listened_s(30) == 10
    assert ear.ears[0]["state"] == OFF
    ear.control(100, RowKind.SPOOL_GAP)
    assert ear.ears[0]["state"] == OFF
    ear.control(200, RowKind.CONNECT)
    ear.control(210, RowKind.CONNECT)
    assert (ear.listened_s(230), ear.listened_s(500)) == (40, 70)


@pytest.mark.parametrize("kind", [RowKind.START, RowKind.SPOOL_GAP])
def test_paused_until_heard(kind: RowKind) -> None:
    ear = Ear()
    ear.hear(0, 1, 2)
    ear.control(10, kind)
    assert ear.ears[0]["state"] == PAUSED
    assert ear.listened_s(300) == 10
    ear.hear(400)
    assert ear.listened_s(420) == 30
    assert ear.ears[0]["restart_us"] == (10 * US_PER_S if kind == RowKind.START else 0)


def test_controls_do_not_wake_an_ear_that_never_heard() -> None:
    ear = Ear()
    ear.control(5, RowKind.CONNECT)
    ear.control(6, RowKind.START)
    assert ear.listened_s(100) == 0


def test_more_outages_than_are_remembered() -> None:
    ear = Ear()
    for outage in range(RUNS + 10):
        ear.control(outage * 1000, RowKind.CONNECT)
        ear.hear(outage * 1000, outage * 1000 + 1)
        ear.control(outage * 1000 + 50, RowKind.DISCONNECT)
    assert ear.listened_s(1e6) == (RUNS + 10) * 50
    assert ear.reached_s((RUNS + 9) * 50) == (RUNS + 8) * 1000 + 50
    assert ear.reached_s((RUNS + 9) * 50 + 1) == (RUNS + 9) * 1000 + 1
    # Beyond what is remembered: the start of the oldest stretch.
    assert ear.reached_s(0) == 10 * 1000
