from __future__ import annotations

import gzip
import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from plain_kernels import plainly
from small_traffic import Traffic, usable

from mda.clock import from_datetime
from mda.config import Config
from mda.model import Flag, Reports, Statics
from mda.track import Tracker, hulls
from mda.units import KN_TO_MPS
from mda.vet import row_flags

CONFIG = Config.load()
DEG_PER_M = 1 / 110_600.0


@pytest.fixture(autouse=True, params=["compiled", "plain"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        plainly(monkeypatch, hulls)


def north(start_deg: float, sog_kn: float):
    """Straight north on 61 W."""
    return lambda t: (-61.0, start_deg + sog_kn * KN_TO_MPS * t * DEG_PER_M)


def track(sea: Traffic, until_s: float = 1e6) -> Reports:
    settled = sea.settled(until_s, ticks=False)
    return Tracker(CONFIG).track(settled).reports


def jumps(reports: Reports) -> list[bool]:
    return ((reports.flags & Flag.JUMP) != 0).tolist()


def test_a_ferry_at_31_kn_is_one_hull() -> None:
    sea = Traffic()
    sea.static(0, 329003100, ship_type=60)
    sea.every(6, 0, 3000, 329003100, north(15.0, 31.0), sog_kn=31.0, cog_deg=0.0)
    found = track(sea)
    assert not any(jumps(found))
    assert not found.hull.any()


def test_one_outlier_is_a_jump_and_no_hull() -> None:
    sea = Traffic()
    sea.every(60, 0, 1800, 329000001, north(15.0, 10.0), cog_deg=0.0)
    sea.report(905, 329000001, -60.0, 15.0)
    found = track(sea)
    assert sum(jumps(found)) == 1
    assert not found.hull[~np.array(jumps(found))].any()


def test_two_hulls_are_split_after_a_second_fix() -> None:
    sea = Traffic()
    sea.every(60, 0, 3600, 416000000, north(15.0, 10.0), cog_deg=0.0)
    sea.every(60, 1800, 3600, 416000000, lambda t: (-60.0, 15.0), sog_kn=0.1)
    found = track(sea)
    there = found.lon_deg == -60.0
    assert jumps(found) == [bool(x) for x in (there & (np.cumsum(there) == 1))]
    assert set(found.hull[there & usable(found)]) == {1}
    assert set(found.hull[~there]) == {0}


def test_a_cargo_ship_is_held_to_its_class() -> None:
    fast = north(15.0, 45.0)
    for ship_type, expected in ((70, True), (40, False)):
        sea = Traffic()
        sea.static(0, 329000001, ship_type=ship_type)
        sea.report(1, 329000001, *fast(0), sog_kn=12.0, cog_deg=0.0)
        sea.report(601, 329000001, *fast(600), sog_kn=12.0, cog_deg=0.0)
        assert jumps(track(sea)) == [False, expected]


def test_reported_speed_raises_the_limit_but_noise_does_not() -> None:
    for sog_kn, expected in ((80.0, False), (102.2, True)):
        sea = Traffic()
        place = north(15.0, 100.0)
        for at_s in (0, 600):
            flags = Flag.BAD_SPEED if sog_kn == 102.2 else 0
            sea.report(at_s, 329000001, *place(at_s), sog_kn=sog_kn, cog_deg=0.0, flags=flags)
        assert jumps(track(sea)) == [False, expected]


def test_a_wrong_first_fix_gives_its_number_away() -> None:
    sea = Traffic()
    sea.report(0, 329000001, 10.0, 50.0)
    sea.every(60, 60, 600, 329000001, north(15.0, 10.0), cog_deg=0.0)
    found = track(sea)
    assert jumps(found) == [False, True] + [False] * 8
    assert not found.hull.any()


def test_after_the_look_back_a_hull_keeps_its_number_wherever_it_is() -> None:
    sea = Traffic()
    sea.every(60, 0, 600, 329000001, north(15.0, 10.0), cog_deg=0.0)
    sea.every(60, 40_000, 40_600, 329000001, lambda t: (20.0, 40.0), sog_kn=0.0)
    found = track(sea)
    assert sum(jumps(found)) == 1
    assert not found.hull.any()


def test_at_most_four_hulls_at_once() -> None:
    sea = Traffic()
    for hull in range(6):
        sea.every(60, hull, 900, 416000000, lambda t, h=hull: (-61.0 + h, 15.0), sog_kn=0.0)
    found = track(sea)
    assert set(found.hull.tolist()) == {0, 1, 2, 3}
    assert set(found.lon_deg[np.array(jumps(found))].tolist()) >= {-57.0, -56.0}


def test_a_message_heard_twice_confirms_nothing() -> None:
    sea = Traffic()
    sea.every(60, 0, 600, 329000001, north(15.0, 10.0), cog_deg=0.0)
    for at_s in (605, 606):
        sea.report(at_s, 329000001, -60.0, 15.0)
    assert sum(jumps(track(sea))) == 2


def test_aids_and_base_stations_are_not_split() -> None:
    for mmsi in (992351000, 2320001):
        sea = Traffic()
        sea.report(0, mmsi, -61.0, 15.0)
        sea.report(1, mmsi, 5.0, 51.0)
        assert jumps(track(sea)) == [False, False]


def test_sar_aircraft_fly() -> None:
    sea = Traffic()
    sea.every(60, 0, 600, 111232512, north(15.0, 200.0), sog_kn=np.nan, msg_type=9)
    assert not any(jumps(track(sea)))


def test_unusable_rows_are_passed_over() -> None:
    sea = Traffic()
    sea.report(0, 329000001, 0.0, 0.0, flags=Flag.ZERO_ISLAND)
    sea.report(10, 329000001, -61.0, 15.0)
    assert jumps(track(sea)) == [False, False]


def test_older_reports_are_judged_and_change_nothing() -> None:
    sea = Traffic()
    sea.every(60, 0, 1200, 329000001, north(15.0, 10.0), cog_deg=0.0)
    reports = sea.settled(1e6, ticks=False).reports
    tracker = Tracker(CONFIG)
    nothing = Statics.blank(0)
    tracker.assess(reports, nothing)
    before = tracker.save()["fixes"].tobytes()
    old = reports.take(np.array([3, 4]))
    wrong = old.replace(lon_deg=old.lon_deg + 3.0)
    assert jumps(tracker.assess(old, nothing)) == [False, False]
    assert jumps(tracker.assess(wrong, nothing)) == [True, True]
    assert tracker.save()["fixes"].tobytes() == before


def test_hulls_are_counted() -> None:
    sea = Traffic()
    for lon in (-61.0, -60.0):
        sea.every(60, 0, 600, 416000000, lambda t, x=lon: (x, 15.0), sog_kn=0.0)
    tracker = Tracker(CONFIG)
    tracker.track(sea.settled(1e6, ticks=False))
    assert (tracker.hulls(416000000), tracker.hulls(1)) == (2, 0)


def labelled(path: Path, name: str) -> tuple[Reports, list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    rows = [row for row in rows if row.get("lon") is not None]
    at = [datetime.fromisoformat(row["timestamp"].replace("Z", "") + "+00:00") for row in rows]
    columns = {
        "at_us": [from_datetime(a) for a in at],
        "report_id": range(1, len(rows) + 1),
        "mmsi": [row["ssvid"] for row in rows],
        "lon_deg": [row["lon"] for row in rows],
        "lat_deg": [row["lat"] for row in rows],
        "sog_kn": [np.nan if row["speed"] is None else row["speed"] for row in rows],
        "cog_deg": [np.nan if row["course"] is None else row["course"] for row in rows],
    }
    reports = Reports.from_columns({k: np.array(list(v)) for k, v in columns.items()})
    order = np.argsort(reports.at_us, kind="stable")
    labels = [str(row[name]) for row in rows]
    return reports.take(order), [labels[i] for i in order]


@pytest.mark.parametrize(
    ("file", "name", "least"),
    [
        ("338013000.json.gz", "expected", 0.98),
        ("segmented-416000000.json.gz", "segment", 0.99),
    ],
)
def test_agreement_with_segments_made_by_others(
    shared_data: Path, file: str, name: str, least: float
) -> None:
    """Of two reports next to each other on one hull, how often the golden agrees (8 h apart)."""
    reports, labels = labelled(shared_data / "labelled" / "mmsi_shared" / file, name)
    reports = reports.replace(flags=row_flags(reports))
    found = Tracker(CONFIG).assess(reports, Statics.blank(0))
    same = []
    for hull in range(4):
        rows = np.flatnonzero(usable(found) & (found.hull == hull))
        for a, b in pairwise(rows.tolist()):
            if found.at_us[b] - found.at_us[a] < 8 * 3_600_000_000:
                same.append(labels[a] == labels[b])
    assert len(same) > 1000
    assert np.mean(same) >= least
