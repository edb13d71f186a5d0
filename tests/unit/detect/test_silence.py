from __future__ import annotations

import json

import numpy as np
import pytest
from plain_kernels import plainly
from small_traffic import EPOCH_US, Traffic, cut
from small_waters import waters

from mda.config import Config
from mda.detect import SilenceDetector, listening, silence, silence_fold
from mda.model import Finding, Flag, RowKind, Settled
from mda.track import Claims
from mda.units import US_PER_S

CONFIG = Config.load()
A, B, AID = 329000001, 329000002, 992351000


@pytest.fixture(autouse=True, params=["compiled", "plain"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        plainly(monkeypatch, listening, silence, silence_fold)


def detector(settled: Settled) -> SilenceDetector:
    claims = Claims()
    claims.update(settled.statics)
    zones, places = waters()
    return SilenceDetector(CONFIG, claims, zones, places, lambda code: f"hill {code}")


def fold(sea: Traffic, until_s: float, ticks: bool = True) -> list[Finding]:
    settled = sea.settled(until_s, ticks)
    return detector(settled).fold(settled)


def lively(to_s: float = 10_000) -> Traffic:
    """A sea with a vessel B that is always heard."""
    sea = Traffic()
    sea.every(5, 1, to_s, B, lambda t: (-61.5, 15.3), sog_kn=5.0, cog_deg=0.0)
    return sea


def at_s(us: int | None) -> float:
    assert us is not None
    return (us - EPOCH_US) / US_PER_S


def test_it_opens_while_still_silent_dated_by_the_threshold() -> None:
    sea = lively(3000)
    sea.every(10, 0, 1207, A, lambda t: (-61.6, 15.7))
    found = fold(sea, 2000)
    assert [f.mmsis for f in found] == [(A,)]
    first = found[0]
    assert (at_s(first.onset_at_us), at_s(first.opened_at_us)) == (1200, 1800)
    assert (at_s(first.revised_at_us), first.closed_at_us) == (1800, None)
    assert (first.status, first.probability, first.revision) == ("provisional", None, 1)
    assert first.zones[0].claimants == ("Dominica",)
    assert first.evidence["station"] == "hill 0"
    assert first.evidence["others_heard"] == 1
    assert first.evidence["thresholds"]["nominal_interval_s"] == 10.0
    assert "had not been heard for 10 min of listening since" in first.summary
    assert "claimed by Dominica" in first.summary
    json.dumps(first.to_json())


def test_the_tick_reveals_what_the_threshold_dated() -> None:
    sea = lively(3000)
    sea.every(10, 0, 1207, A, lambda t: (-61.6, 15.7))
    sea.report(1203.5, A, -61.6, 15.7)
    first = fold(sea, 2000)[0]
    assert (at_s(first.opened_at_us), at_s(first.revised_at_us)) == (1803.5, 1810)


@pytest.mark.parametrize("ticks", [True, False])
def test_it_closes_on_return_with_or_without_ticks(ticks: bool) -> None:
    sea = lively()
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    sea.every(10, 4000, 4100, A, lambda t: (-61.6, 15.8))
    closed = [f for f in fold(sea, 5000, ticks) if f.closed_at_us]
    assert len(closed) == 1
    last = closed[0]
    assert at_s(last.closed_at_us) == 4000
    assert (at_s(last.onset_at_us), at_s(last.opened_at_us)) == (1190, 1790)
    assert last.evidence["gap_s"] == 2810
    assert last.evidence["distance_m"] == pytest.approx(11_070, abs=30)
    assert last.evidence["implied_speed_kn"] == pytest.approx(7.7, abs=0.1)
    assert last.path == ((-61.6, 15.7), (-61.6, 15.8))
    assert "was heard again" in last.summary
    assert last.id == fold(sea, 5000)[0].id


def test_a_return_without_a_position_closes_too() -> None:
    sea = lively()
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    sea.static(4000, A, name=b"HERE I AM")
    last = next(f for f in fold(sea, 5000) if f.closed_at_us)
    assert last.evidence["distance_m"] is None
    assert last.evidence["implied_speed_kn"] is None
    assert last.path == ()
    assert last.summary.startswith("HERE I AM was heard again")


def test_statics_count_as_hearing() -> None:
    sea = lively()
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    for second in range(1200, 5000, 300):
        sea.static(second, A)
    assert fold(sea, 5000) == []


def test_nonsense_counts_as_hearing() -> None:
    sea = lively()
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    sea.every(60, 1200, 5000, A, lambda t: (np.nan, np.nan), flags=Flag.NO_POSITION)
    assert fold(sea, 5000) == []


def test_too_little_history_is_counted_not_found() -> None:
    sea = lively()
    sea.every(10, 0, 300, A, lambda t: (-61.6, 15.7))
    sea.every(100, 0, 800, B + 1, lambda t: (-61.6, 15.7))
    settled = sea.settled(5000)
    mine = detector(settled)
    assert mine.fold(settled) == []
    assert mine.not_enough_history == 2


def test_a_station_that_hears_nothing_cannot_tell() -> None:
    sea = lively(1200)
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    assert fold(sea, 9000) == []


def test_a_disconnected_feed_cannot_tell() -> None:
    sea = lively(9000)
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    sea.control(1300, RowKind.DISCONNECT)
    assert fold(sea, 9000) == []
    sea.control(4000, RowKind.CONNECT)
    first = fold(sea, 9000)[0]
    # 110 s of listening before the line went down, the rest after it came back.
    assert at_s(first.opened_at_us) == 4000 + 600 - 110


def test_controls_of_other_feeds_do_not_matter() -> None:
    sea = lively(9000)
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    sea.control(1300, RowKind.DISCONNECT, 7)
    assert at_s(fold(sea, 9000)[0].opened_at_us) == 1790


def test_an_open_silence_survives_a_restart() -> None:
    sea = lively(9000)
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    sea.control(3000, RowKind.START, -1)
    sea.control(3010, RowKind.CONNECT)
    found = fold(sea, 9000)
    assert len(found) == 1
    assert found[0].closed_at_us is None


def test_a_start_between_threshold_and_tick_hides_nothing() -> None:
    sea = lively(9000)
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    sea.report(1203.5, A, -61.6, 15.7)
    sea.control(1807, RowKind.START, -1)
    first = fold(sea, 9000)[0]
    assert at_s(first.opened_at_us) == 1803.5
    assert first.revised_at_us == EPOCH_US + 1807 * US_PER_S - 1


@pytest.mark.parametrize(
    ("columns", "threshold_s"),
    [
        ({"sog_kn": 10.0}, 600),
        ({"sog_kn": 0.1, "status": 5}, 3600),
        ({"sog_kn": np.nan, "status": 1}, 3600),
        ({"sog_kn": 4.0, "status": 1}, 600),
        ({"sog_kn": 18.0}, 600),
        ({"sog_kn": 28.0}, 600),
        ({"sog_kn": 1.0, "msg_type": 18}, 3600),
        ({"sog_kn": 8.0, "msg_type": 18}, 600),
    ],
)
def test_the_last_state_sets_the_threshold(columns: dict[str, float], threshold_s: float) -> None:
    sea = lively(9000)
    sea.every(30, 0, 1201, A, lambda t: (-61.6, 15.7), **columns)
    first = fold(sea, 9000)[0]
    assert at_s(first.opened_at_us) == 1200 + threshold_s
    assert first.evidence["threshold_s"] == threshold_s


def test_habit_raises_the_threshold_and_fades() -> None:
    sea = Traffic()
    sea.every(30, 1, 45_000, B, lambda t: (-61.5, 15.3), sog_kn=5.0, cog_deg=0.0)
    sea.every(10, 0, 600, A, lambda t: (-61.6, 15.7))
    sea.every(10, 1000, 1601, A, lambda t: (-61.6, 15.7))
    soon = fold(sea, 45_000)[0]
    assert soon.evidence["thresholds"]["own_longest_interval_s"] == pytest.approx(410, abs=12)
    assert soon.evidence["threshold_s"] == pytest.approx(1200, abs=40)
    sea.every(60, 1600, 40_001, A, lambda t: (-61.6, 15.7))
    assert fold(sea, 45_000)[0].evidence["threshold_s"] == 600


def test_fixed_stations_and_beacons_are_never_silent() -> None:
    sea = lively(9000)
    for mmsi in (AID, 2320001, 970012345, 111232512):
        sea.every(10, 0, 1200, mmsi, lambda t: (-61.6, 15.7))
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    sea.every(60, 0, 9000, AID + 1, lambda t: (-61.6, 15.7))
    found = fold(sea, 9000)
    assert [f.mmsis for f in found] == [(A,)]
    assert found[0].evidence["fixed_stations_heard"] == 1


def test_neighbours_are_counted() -> None:
    sea = lively(9000)
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    sea.every(30, 0, 9000, B + 1, lambda t: (-61.62, 15.71))
    first = fold(sea, 9000)[0]
    assert (first.evidence["others_heard"], first.evidence["others_heard_near"]) == (2, 1)
    assert "heard 2 other vessels (1 within 10 nmi of there)" in first.summary


def test_places_are_named() -> None:
    sea = lively(9000)
    sea.every(10, 0, 1200, A, lambda t: (-61.39, 15.30), sog_kn=0.0, status=5)
    sea.every(10, 0, 1200, B + 1, lambda t: (-61.45, 15.30), sog_kn=8.0, cog_deg=90.0)
    by_mmsi = {f.mmsis[0]: f for f in fold(sea, 9000)}
    assert by_mmsi[A].evidence["in_place"] == "Roseau"
    assert "declared moored" in by_mmsi[A].summary
    assert by_mmsi[B + 1].evidence["heading_to_place"] == "Roseau"
    assert "berthed at Roseau" in by_mmsi[B + 1].summary


def test_a_vessel_that_never_told_its_position() -> None:
    sea = lively(9000)
    sea.every(10, 0, 1200, A, lambda t: (np.nan, np.nan), flags=Flag.NO_POSITION)
    first = fold(sea, 9000)[0]
    assert np.isnan(first.lon_deg)
    assert first.zones == ()
    assert "position never known" in first.summary
    assert first.evidence["last_lon_deg"] is None


def test_two_stations_and_the_better_one_is_lost() -> None:
    """Station 1 hears it rarely: after station 0 fails, its own slow habit must judge."""
    sea = Traffic()
    sea.every(5, 1, 3000, B, lambda t: (-61.5, 15.3), station=0)
    sea.every(5, 2, 12_000, B, lambda t: (-61.5, 15.3), station=1, feed=1)
    sea.every(10, 0, 3000, A, lambda t: (-61.6, 15.7), station=0)
    sea.every(550, 3, 8000, A, lambda t: (-61.6, 15.7), station=1, feed=1)
    found = fold(sea, 12_000)
    assert len(found) == 1
    assert found[0].evidence["station"] == "hill 1"
    assert found[0].evidence["threshold_s"] == pytest.approx(1650, abs=1)
    assert at_s(found[0].onset_at_us) == 7703


def test_more_ears_than_are_kept() -> None:
    sea = lively(9000)
    for station in range(5):
        sea.every(50, station, 1000 + station * 50, A, lambda t: (-61.6, 15.7), station=station)
        sea.every(20, station, 9000, B, lambda t: (-61.5, 15.3), station=station)
    assert [f.mmsis for f in fold(sea, 9000)] == [(A,)]


def test_a_long_lost_ear_has_no_say() -> None:
    """Station 0 lost it an hour before station 1 did, and station 1 then goes deaf."""
    sea = Traffic()
    sea.every(5, 1, 20_000, B, lambda t: (-61.5, 15.3), station=0)
    sea.every(5, 2, 6000, B, lambda t: (-61.5, 15.3), station=1, feed=1)
    sea.every(10, 0, 2000, A, lambda t: (-61.6, 15.7), station=0)
    sea.every(10, 3, 6000, A, lambda t: (-61.6, 15.7), station=1, feed=1)
    assert fold(sea, 20_000) == []


def test_saved_and_resumed_anywhere() -> None:
    sea = lively()
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    sea.every(10, 4000, 5000, A, lambda t: (-61.6, 15.8))
    settled = sea.settled(9000)
    expected = [f.to_json() for f in detector(settled).fold(settled)]
    found = []
    mine = detector(settled)
    for piece in cut(settled, [EPOCH_US + s * US_PER_S for s in range(0, 9000, 333)]):
        resumed = detector(settled)
        resumed.load(mine.save())
        mine = resumed
        found += [f.to_json() for f in mine.fold(piece)]
    assert found == expected
    assert len(found) == 3


def test_without_names_a_station_is_its_code() -> None:
    zones, places = waters()
    sea = lively(3000)
    sea.every(10, 0, 1200, A, lambda t: (-61.6, 15.7))
    found = SilenceDetector(CONFIG, Claims(), zones, places).fold(sea.settled(3000))
    assert found[0].evidence["station"] == "station 0"
