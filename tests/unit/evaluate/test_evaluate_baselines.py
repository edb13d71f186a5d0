"""Others' rules at their edges, and meetings against all pairs compared one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from small_scenario import BEGIN_US, open_sea

from mda.evaluate.baselines import RULES, baselines
from mda.evaluate.meetings import MOST_APART_US, meetings
from mda.evaluate.tracks import Tracks
from mda.geo.distance import distance_m
from mda.model import Flag, Reports
from mda.units import US_PER_H, US_PER_S

A, B, C = 329_000_001, 329_000_002, 329_000_003
MIN_US = 60 * US_PER_S
HOUR0_US = BEGIN_US // US_PER_H * US_PER_H


def tracks(*rows: tuple[int, float, float, float, float], until_h: float = 24.0) -> Tracks:
    """Of (mmsi, hours, lon, lat, sog) in any order."""
    mmsi, hours, lon, lat, sog = zip(*rows, strict=True) if rows else ((),) * 5
    reports = Reports.from_columns(
        {
            "mmsi": np.array(mmsi, np.uint32),
            "at_us": HOUR0_US + np.rint(np.array(hours) * US_PER_H).astype(np.int64),
            "lon_deg": np.array(lon, np.float64),
            "lat_deg": np.array(lat, np.float64),
            "sog_kn": np.array(sog, np.float32),
        }
    )
    return Tracks.of(reports, HOUR0_US + round(until_h * US_PER_H))


def claimed(
    rule: str, of: Tracks, around=None
) -> list[tuple[tuple[int, ...], float, float | None]]:
    """(vessels, onset h, end h) that a rule claims."""

    def hours(at_us: int | None) -> float | None:
        return None if at_us is None else round((at_us - HOUR0_US) / US_PER_H, 3)

    detector, run = RULES[rule]
    found = run(of, around or open_sea())
    assert all(c.detector == detector and c.kind == rule for c in found)
    return [(c.mmsis, hours(c.onset_us), hours(c.end_us)) for c in found]


def steady(mmsi: int, hours: list[float], sog_kn: float = 10.0, lon: float = -60.0):
    return [(mmsi, h, lon + h * sog_kn / 58, 14.0, sog_kn) for h in hours]


def test_only_believed_positions_of_ships_are_tracks() -> None:
    reports = Reports.from_columns(
        {
            "mmsi": np.array([A, A, 992_351_000, B], np.uint32),
            "at_us": np.array([5, 4, 3, 2], np.int64),
            "flags": np.array([0, Flag.JUMP, 0, Flag.LATE], np.uint32),
        }
    )
    found = Tracks.of(reports, 9)
    assert (found.mmsi.tolist(), found.at_us.tolist()) == ([A, B], [5, 2])
    assert found.last().tolist() == [True, True]


def test_a_gap_of_12_h_far_out_with_14_positions_before() -> None:
    before = [i * 0.5 for i in range(14)]
    gap = tracks(*steady(A, [*before, 6.5 + 12.0]))
    assert claimed("GFW gap", gap) == [((A,), 6.5, 18.5)]
    assert claimed("GFW gap", gap, open_sea(shore_m=92_600.0)) == []
    assert claimed("GFW gap", gap, open_sea(shore_m=float("nan"))) == []
    assert claimed("GFW gap", tracks(*steady(A, [*before, 6.5 + 11.99]), until_h=20)) == []
    assert claimed("GFW gap", tracks(*steady(A, [*before[1:], 18.6]))) == []
    # of the 14 positions one is more than 12 h old
    spread = [0.0, *(12.0 + i * 0.1 for i in range(13))]
    assert claimed("GFW gap", tracks(*steady(A, spread), until_h=40)) == []


def test_a_vessel_that_never_comes_back_is_silent_to_the_end() -> None:
    of = tracks(*steady(A, [0, 1, 2]), *steady(B, [23.0]), until_h=24)
    assert claimed("Skylight silence", of) == [((A,), 2.0, None)]
    assert claimed("Skylight silence", tracks(*steady(A, [0, 6.0, 11.99]), until_h=12)) == [
        ((A,), 0.0, 6.0)
    ]


def test_slow_for_four_hours() -> None:
    slow = [i * 0.5 for i in range(9)]
    assert claimed("Starboard-like loitering", tracks(*steady(A, slow, 1.9))) == [((A,), 0.0, 4.0)]
    assert claimed("Starboard-like loitering", tracks(*steady(A, slow, 2.0))) == []
    assert claimed("Starboard-like loitering", tracks(*steady(A, slow[:-1], 1.9))) == []
    torn = tracks(*steady(A, [0, 0.5, 1, 2.1, 3, 4], 1.0))
    assert claimed("Starboard-like loitering", torn) == []
    two = tracks(*steady(A, slow, 1.0), *steady(B, slow, 1.0, -58.0))
    assert claimed("Starboard-like loitering", two) == [((A,), 0.0, 4.0), ((B,), 0.0, 4.0)]
    in_port = replace(open_sea(), in_place=lambda lon, lat: np.ones(len(lon), np.bool_))
    assert claimed("Starboard-like loitering", two, in_port) == []


def test_clock_hours_of_loitering_are_joined() -> None:
    quarters = [i * 0.25 for i in range(16)]
    of = tracks(*steady(A, [*quarters[:8], *(q for q in quarters if q >= 3)], 1.5))
    assert claimed("GFW loitering", of) == [((A,), 0.0, 1.75), ((A,), 3.0, 3.75)]
    assert claimed("GFW loitering", of, open_sea(shore_m=37_000.0)) == []
    assert claimed("GFW loitering", tracks(*steady(A, quarters, 2.2))) == []
    assert claimed("GFW loitering", tracks(*steady(A, [0.5, 1.5], 1.0))) == []
    known_h = [
        (c.known_us - HOUR0_US) / US_PER_H for c in RULES["GFW loitering"][1](of, open_sea())
    ]
    assert known_h == [1.0, 4.0]


def beside(apart_m: float, minutes: int, sog_kn: float = 1.0) -> Tracks:
    """Two vessels side by side so far apart for so long, reports every 2 min; far apart else."""
    rows = []
    for minute in range(-10, minutes + 12, 2):
        close = 0 <= minute <= minutes
        rows.append((A, 1 + minute / 60, -60.0, 14.0, sog_kn))
        lat = 14.0 + (apart_m / 110_600 if close else 0.1)
        rows.append((B, 1 + minute / 60, -60.0, lat, sog_kn))
    return tracks(*rows)


def test_encounters_at_their_edges() -> None:
    assert claimed("Skylight encounter", beside(240, 32)) == [((A, B), 1.0, 1.533)]
    assert claimed("Skylight encounter", beside(260, 32)) == []
    assert claimed("Skylight encounter", beside(240, 30)) == []
    assert claimed("GFW encounter", beside(480, 120)) == [((A, B), 1.0, 3.0)]
    assert claimed("GFW encounter", beside(480, 110)) == []
    assert claimed("GFW encounter", beside(520, 120)) == []
    assert claimed("GFW encounter", beside(480, 120, sog_kn=2.0)) == []
    assert claimed("GFW encounter", beside(480, 120), open_sea(port_m=9_999.0)) == []
    assert claimed("GFW encounter", beside(480, 120, sog_kn=float("nan"))) == []


@pytest.mark.parametrize("seed", range(3))
def test_meetings_are_those_of_all_pairs(seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = []
    for mmsi in range(A, A + 7):
        lon, lat = -60 + draw.normal(0, 0.002), 14 + draw.normal(0, 0.002)
        for minute in np.cumsum(draw.choice([1, 2, 3, 12], 40)):
            lon, lat = lon + draw.normal(0, 0.0005), lat + draw.normal(0, 0.0005)
            rows.append((mmsi, float(minute) / 60 + 0.004, lon, lat, draw.random() * 5))
    of = tracks(*rows)
    found = {(m.mmsis, m.onset_us, m.end_us) for m in meetings(of, 250.0, MIN_US)}
    assert found == _all_pairs(of, 250.0)
    assert len(found) > 5


def _all_pairs(of: Tracks, most_m: float) -> set[tuple[tuple[int, int], int, int]]:
    def place(mmsi: int, at_us: int) -> tuple[float, float] | None:
        rows = np.flatnonzero(of.mmsi == mmsi)
        i = int(np.searchsorted(of.at_us[rows], at_us, "left"))
        if i == 0 or i == len(rows):
            return None
        a, b = rows[i - 1], rows[i]
        if of.at_us[b] - of.at_us[a] > MOST_APART_US:
            return None
        part = (at_us - of.at_us[a]) / (of.at_us[b] - of.at_us[a])
        return (
            of.lon_deg[a] + part * (of.lon_deg[b] - of.lon_deg[a]),
            of.lat_deg[a] + part * (of.lat_deg[b] - of.lat_deg[a]),
        )

    found = set()
    first, last = of.at_us.min() // MIN_US, of.at_us.max() // MIN_US
    for one, other in combinations(sorted(set(of.mmsi.tolist())), 2):
        run: list[int] = []
        for step in range(int(first), int(last) + 2):
            a, b = place(one, step * MIN_US), place(other, step * MIN_US)
            if a is not None and b is not None and distance_m(*a, *b) <= most_m:
                run.append(step)
            elif run:
                found.add(((one, other), run[0] * MIN_US, run[-1] * MIN_US))
                run = []
    return found


def test_a_meeting_tells_where_and_how_fast() -> None:
    (met,) = meetings(beside(100, 40, sog_kn=1.5), 250.0, MIN_US)
    assert met.median_kn == pytest.approx(1.5)
    assert (met.lon_deg, met.lat_deg) == pytest.approx((-60.0, 14.0), abs=0.002)


def test_an_empty_sea() -> None:
    nothing = tracks()
    assert baselines(Reports.blank(0), HOUR0_US, open_sea()) == {name: [] for name in RULES}
    assert meetings(nothing, 250.0, MIN_US) == []
