from __future__ import annotations

import json
from math import cos, sin

import numpy as np
import pytest
from plain_kernels import plainly
from small_traffic import EPOCH_US, Traffic, cut
from small_waters import M_PER_DEG_LAT, M_PER_DEG_LON, waters

from mda.config import Config
from mda.detect import LoiteringDetector, loitering, loitering_fold
from mda.model import Finding, Flag, Settled
from mda.track import Claims
from mda.units import KN_TO_MPS, US_PER_S

CONFIG = Config.load()
A = 329000001
TRADE_S, OTHER_S = 2700, 7200


@pytest.fixture(autouse=True, params=["compiled", "plain"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        plainly(monkeypatch, loitering, loitering_fold)


def detector(settled: Settled) -> LoiteringDetector:
    claims = Claims()
    claims.update(settled.statics)
    return LoiteringDetector(CONFIG, claims, *waters())


def fold(sea: Traffic, until_s: float = 1e6) -> list[Finding]:
    settled = sea.settled(until_s, ticks=False)
    return detector(settled).fold(settled)


def at_s(us: int | None) -> float:
    assert us is not None
    return (us - EPOCH_US) / US_PER_S


def spot(east_m: float = 0.0, north_m: float = 0.0) -> tuple[float, float]:
    return -61.8 + east_m / M_PER_DEG_LON, 15.6 + north_m / M_PER_DEG_LAT


def anchored(t: float) -> tuple[float, float]:
    """15 m of jitter, the same for the same second."""
    return spot(15 * sin(t * 1.7), 15 * cos(t * 2.3))


def line(sog_kn: float):
    return lambda t: spot(sog_kn * KN_TO_MPS * t)


@pytest.mark.parametrize(("ship_type", "span_s"), [(70, TRADE_S), (80, TRADE_S), (30, OTHER_S)])
def test_it_opens_when_the_class_span_is_reached(ship_type: int, span_s: int) -> None:
    sea = Traffic()
    sea.static(0, A, ship_type=ship_type, name=b"WAITS")
    sea.every(10, 0, 10_000, A, anchored, sog_kn=0.0, status=1)
    found = fold(sea)
    assert len(found) == 1
    first = found[0]
    assert at_s(first.onset_at_us) < 300
    assert first.opened_at_us - first.onset_at_us == span_s * US_PER_S
    assert 0 <= at_s(first.revised_at_us) - at_s(first.opened_at_us) <= 60
    assert first.closed_at_us is None
    assert first.evidence["declared"] == "at anchor"
    assert first.evidence["radius_m"] < 30
    assert "WAITS has stayed within" in first.summary
    assert "it declares to be at anchor" in first.summary
    assert "claimed by Dominica" in first.summary
    json.dumps(first.to_json())


def test_sparse_class_b_reports_are_enough() -> None:
    sea = Traffic()
    sea.every(180, 0, 9000, A, anchored, sog_kn=0.0, msg_type=18)
    assert len(fold(sea)) == 1


def test_half_the_messages_change_little() -> None:
    sea = Traffic()
    draw = np.random.default_rng(1)
    for t in range(0, 9000, 30):
        if draw.random() < 0.5:
            sea.report(t, A, *anchored(t), sog_kn=0.0)
    assert len(fold(sea)) == 1


def test_a_circling_vessel_is_confined() -> None:
    sea = Traffic()
    sea.every(60, 0, 9000, A, lambda t: spot(1500 * cos(t / 1600), 1500 * sin(t / 1600)))
    first = fold(sea)[0]
    assert 1200 < first.evidence["radius_m"] < 1800
    assert first.evidence["mean_speed_kn"] == pytest.approx(1.82, abs=0.1)


@pytest.mark.parametrize("sog_kn", [1.5, 2.5, 10.0])
def test_a_straight_run_is_not_a_stay(sog_kn: float) -> None:
    sea = Traffic()
    sea.every(60, 0, 20_000, A, line(sog_kn), sog_kn=sog_kn)
    assert fold(sea) == []


def test_a_slow_run_that_stops_is_found_once_confined() -> None:
    sea = Traffic()
    sea.every(60, 0, 7200, A, line(1.5))
    sea.every(60, 7200, 20_000, A, lambda t: line(1.5)(7200))
    first = fold(sea)[0]
    assert 7200 < at_s(first.opened_at_us) <= 7200 + OTHER_S + 600


def test_it_closes_with_the_last_fix_inside_when_it_gets_under_way() -> None:
    sea = Traffic()
    sea.every(60, 0, 10_000, A, anchored, sog_kn=0.0)
    sea.every(60, 10_000, 12_000, A, lambda t: spot(8 * KN_TO_MPS * (t - 9960)), sog_kn=8.0)
    opened, closed = fold(sea)
    assert opened.id == closed.id
    assert at_s(closed.closed_at_us) == 9960
    assert at_s(closed.revised_at_us) == 10_120
    assert closed.evidence["ended_because"] == "it got under way"
    assert "WAITS" not in closed.summary
    assert "until" in closed.summary


def test_one_wild_step_does_not_end_it() -> None:
    sea = Traffic()
    sea.every(60, 0, 4000, A, anchored, sog_kn=0.0)
    sea.report(4030, A, *spot(400.0))
    sea.every(60, 4080, 10_000, A, anchored, sog_kn=0.0)
    assert len(fold(sea)) == 1


def test_it_closes_when_it_drifts_out_of_the_circle() -> None:
    sea = Traffic()
    sea.every(60, 0, 8000, A, anchored, sog_kn=0.0)
    sea.every(60, 8000, 20_000, A, lambda t: spot(2.0 * KN_TO_MPS * (t - 8000)), sog_kn=2.0)
    closed = next(f for f in fold(sea) if f.closed_at_us)
    assert closed.evidence["ended_because"] == "it left the circle"
    assert 5000 < closed.evidence["radius_m"] <= 5556


def test_a_long_gap_ends_it_and_a_short_one_does_not() -> None:
    for gap_s, expected in ((7000, 1), (7300, 3)):
        sea = Traffic()
        sea.every(60, 0, 8000, A, anchored, sog_kn=0.0)
        sea.every(60, 8000 + gap_s, 24_000, A, anchored, sog_kn=0.0)
        assert len(fold(sea)) == expected


def test_waiting_in_a_place_is_normal() -> None:
    sea = Traffic()
    sea.every(60, 0, 10_000, A, lambda t: (-61.39, 15.30), sog_kn=0.0)
    assert fold(sea) == []


def test_entering_a_place_ends_it() -> None:
    sea = Traffic()
    sea.every(60, 0, 8000, A, lambda t: (-61.42, 15.30), sog_kn=0.0)
    sea.every(60, 8000, 9000, A, lambda t: (-61.40, 15.30), sog_kn=0.0)
    closed = next(f for f in fold(sea) if f.closed_at_us)
    assert "place where waiting is normal" in closed.evidence["ended_because"]


def test_what_is_not_a_ship_or_not_usable_is_passed_over() -> None:
    sea = Traffic()
    sea.every(60, 0, 10_000, 992351000, anchored, msg_type=21)
    sea.every(60, 0, 10_000, A, anchored, flags=Flag.JUMP)
    assert fold(sea) == []


def test_hulls_are_judged_apart() -> None:
    sea = Traffic()
    sea.every(60, 0, 9000, A, anchored, sog_kn=0.0)
    sea.every(60, 30, 9000, A, lambda t: (-60.5, 16.5), sog_kn=0.0, hull=1)
    found = fold(sea)
    assert {f.keys[0] >> 32 for f in found} == {0, 1}
    assert any("(hull 2)" in f.summary for f in found)


def test_saved_and_resumed_anywhere() -> None:
    sea = Traffic()
    sea.every(60, 0, 10_000, A, anchored, sog_kn=0.0)
    sea.every(60, 10_000, 12_000, A, lambda t: spot(8 * KN_TO_MPS * (t - 9960)), sog_kn=8.0)
    settled = sea.settled(20_000, ticks=False)
    expected = [f.to_json() for f in detector(settled).fold(settled)]
    found, mine = [], detector(settled)
    for piece in cut(settled, [EPOCH_US + s * US_PER_S for s in range(0, 20_000, 777)]):
        resumed = detector(settled)
        resumed.load(mine.save())
        mine = resumed
        found += [f.to_json() for f in mine.fold(piece)]
    assert found == expected
    assert len(found) == 2
