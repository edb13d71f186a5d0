from __future__ import annotations

import json

import pytest
from plain_kernels import plainly
from small_traffic import EPOCH_US, Traffic, cut
from small_waters import M_PER_DEG_LAT, Boxes, Circles, claim, waters

from mda.config import Config
from mda.detect import ZoneVisitDetector, zone_fold, zone_visits
from mda.detect.words import instant
from mda.model import Finding, Flag
from mda.track import Claims
from mda.units import US_PER_S

CONFIG = Config.load()
A = 329000001
LATER = "2100-01-01T00:00:00Z"


@pytest.fixture(autouse=True, params=["compiled", "plain"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        plainly(monkeypatch, zone_visits, zone_fold)


def detector(boxes: Boxes | None = None) -> ZoneVisitDetector:
    zones, places = waters()
    return ZoneVisitDetector(CONFIG, Claims(), boxes or zones, places)


def fold(sea: Traffic, boxes: Boxes | None = None) -> list[Finding]:
    return detector(boxes).fold(sea.settled(1e6, ticks=False))


def at_s(us: int | None) -> float:
    assert us is not None
    return (us - EPOCH_US) / US_PER_S


def north_of_line(metres: float) -> tuple[float, float]:
    return -61.0, 15.85 + metres / M_PER_DEG_LAT


def sail(*steps: tuple[float, float]) -> Traffic:
    """Fixes at (time, metres north of the line)."""
    sea = Traffic()
    for t, metres in steps:
        sea.report(t, A, *north_of_line(metres))
    return sea


def visits(found: list[Finding]) -> list[tuple[str, float, float | None]]:
    return [
        (
            f.evidence["zone_id"],
            at_s(f.onset_at_us),
            at_s(f.closed_at_us) if f.closed_at_us else None,
        )
        for f in found
    ]


def test_a_crossing_is_an_exit_and_an_entry() -> None:
    found = fold(sail(*((t * 20, -2050 + t * 100) for t in range(41))))
    # Fix 21 is 50 m over the line, fix 22 is the first clear of it by more than 100 m.
    entry, *rest = found
    exit_, other = sorted(rest, key=lambda f: f.onset_at_us)
    assert visits([entry, exit_, other]) == [
        ("south", 0, None),
        ("south", 0, 420),
        ("north", 440, None),
    ]
    assert entry.id == exit_.id != other.id
    assert entry.evidence["how"] == "first heard inside"
    assert other.evidence["how"] == "seen to enter"
    assert at_s(other.opened_at_us) == 460
    assert at_s(exit_.revised_at_us) == 460
    assert "first seen outside" in exit_.summary
    assert exit_.evidence["lasted_s"] == 420
    assert other.zones[0].id == "north"
    json.dumps([f.to_json() for f in found])


def test_riding_the_line_flaps_not() -> None:
    steps = [(t * 10, 90 * (-1) ** t) for t in range(200)]
    assert fold(sail(*steps)) == []


def test_wobbling_across_the_line_once_inside_flaps_not() -> None:
    steps = [(0, -500), (10, -500), *((20 + t * 10, 90 * (-1) ** t) for t in range(200))]
    assert visits(fold(sail(*steps))) == [("south", 0, None)]


def test_one_fix_is_no_entry_and_two_are() -> None:
    assert fold(sail((0, 500))) == []
    assert visits(fold(sail((0, 500), (2, 500)))) == [("north", 0, None)]


def test_three_minutes_make_up_for_a_second_deep_fix() -> None:
    assert fold(sail((0, 500), (100, 50))) == []
    assert visits(fold(sail((0, 500), (180, 50)))) == [("north", 0, None)]


def test_three_minutes_outside_make_an_exit_near_the_line() -> None:
    found = fold(sail((0, -500), (10, -500), (100, 50), (200, 50), (280, 50)))
    assert visits(found)[-1] == ("south", 0, 100)


def test_coming_back_cancels_an_exit() -> None:
    found = fold(sail((0, -500), (10, -500), (100, 500), (110, -500), (200, 500), (210, -500)))
    assert visits(found) == [("south", 0, None)]


def test_a_coarse_boundary_asks_for_more_depth() -> None:
    coarse = Boxes((claim("coarse", "Dominica", accuracy_m=3000.0), -63.0, 15.85, -60.0, 17.0))
    assert fold(sail((0, 2900), (10, 2900), (20, 2900)), coarse) == []
    assert len(fold(sail((0, 3100), (10, 3100)), coarse)) == 1


def test_beyond_the_last_zone_any_fix_is_clear() -> None:
    sea = Traffic()
    for t, lon in enumerate((-60.1, -60.1, -59.9, -59.9)):
        sea.report(t * 10, A, lon, 15.5)
    assert visits(fold(sea)) == [("south", 0, None), ("south", 0, 20)]


def test_disputed_water_gives_a_visit_for_each_claim_and_names_all() -> None:
    sea = Traffic()
    sea.every(10, 0, 30, A, lambda t: (-62.8, 15.2))
    found = fold(sea)
    assert {f.evidence["zone_id"] for f in found} == {"south", "bank"}
    for finding in found:
        assert {zone.id for zone in finding.zones} == {"south", "bank"}
        assert finding.zones[0].id == finding.evidence["zone_id"]
        assert "Venezuela" in finding.summary
        assert "the same water is in" in finding.summary


def test_an_entry_in_a_gap_says_so() -> None:
    found = fold(sail((0, -5000), (10, -5000), (4000, 5000), (4010, 5000)))
    entry = found[-1]
    assert entry.evidence["how"] == "entered in a gap"
    assert "in a gap of 1 h 06 min" in entry.summary


def test_a_slow_crossing_of_the_band_is_no_gap() -> None:
    found = fold(sail((0, -50), (10, -50), *((60 + t * 60, 20 + 5 * t) for t in range(30))))
    assert found[-1].evidence["how"] == "seen to enter"
    assert found[-1].evidence["last_outside_at"] < found[-1].evidence["first_inside_at"]


def test_more_zones_than_are_kept() -> None:
    many = [(claim(f"z{i}", "X"), -63.0, 15.0, -60.0, 17.0) for i in range(8)]
    sea = Traffic()
    sea.every(10, 0, 30, A, lambda t: (-61.0, 16.0))
    assert len(fold(sea, Boxes(*many))) == zone_fold.VISITS


def test_what_is_not_a_ship_or_not_usable_is_passed_over() -> None:
    sea = Traffic()
    sea.every(10, 0, 60, 992351000, lambda t: (-61.0, 16.0), msg_type=21)
    sea.every(10, 0, 60, A, lambda t: (-61.0, 16.0), flags=Flag.DUPLICATE)
    assert fold(sea) == []


def test_saved_and_resumed_anywhere() -> None:
    settled = sail(*((t * 20, 1500 * ((t // 20) % 2) - 700) for t in range(200))).settled(
        1e5, ticks=False
    )
    expected = [f.to_json() for f in detector().fold(settled)]
    found, mine = [], detector()
    for piece in cut(settled, [EPOCH_US + s * US_PER_S for s in range(0, 5000, 130)]):
        resumed = detector()
        resumed.load(mine.save())
        mine = resumed
        found += [f.to_json() for f in mine.fold(piece)]
    assert found == expected
    assert len(found) > 10


def test_another_library_keeps_the_zones_it_knows() -> None:
    settled = sail((0, 500), (10, 500), (1000, 500), (2000, -500), (2010, -500))
    pieces = cut(settled.settled(1e5, ticks=False), [EPOCH_US + 500 * US_PER_S])
    first = detector()
    opened = first.fold(pieces[0])
    renumbered = Boxes(
        (claim("new", "X"), -63.0, 12.0, -60.0, 13.0),
        (claim("north", "France"), -63.0, 15.85, -60.0, 17.0),
    )
    second = detector(renumbered)
    second.load(first.save())
    closed = second.fold(pieces[1])
    assert [f.id for f in closed] == [f.id for f in opened]
    third = ZoneVisitDetector(CONFIG, Claims(), Boxes(), Circles(("Here", -61.0, 15.0, 10.0)))
    third.load(first.save())
    assert third.fold(pieces[1]) == []


class Coast(Boxes):
    """Water north of the line, land south of it down to 5 km, then open sea of no zone."""

    def __init__(self) -> None:
        super().__init__((claim("water", "Dominica"), -63.0, 15.85, -60.0, 17.0))

    def on_land(self, lon_deg, lat_deg):
        return (lat_deg < 15.85) & (lat_deg > 15.85 - 5000 / M_PER_DEG_LAT)


def test_a_berth_on_a_coarse_coast_is_not_outside() -> None:
    trip = [(0, 500), (100, 500), *((200 + t * 60, -1500) for t in range(60)), (5000, 500)]
    assert visits(fold(sail(*trip), Coast())) == [("water", 0, None)]


def test_the_sea_beyond_is_outside() -> None:
    found = fold(sail((0, 500), (100, 500), (200, -9000), (300, -9000)), Coast())
    assert visits(found)[-1] == ("water", 0, 200)


def timed(**window: str) -> Boxes:
    """An area of an operator's own over the water of `waters`, with a window."""
    season = claim("season", kind="season", status="none", own=True, **window)
    return Boxes(
        (claim("water", "Dominica"), -63.0, 15.0, -60.0, 17.0), (season, -63.0, 15.0, -60.0, 17.0)
    )


def test_a_zone_is_visited_only_in_its_time() -> None:
    boxes = timed(valid_from=instant(EPOCH_US + 100 * US_PER_S), valid_until=LATER)
    sea = sail(*((t * 30, 500) for t in range(20)))
    found = {f.evidence["zone_id"]: f for f in fold(sea, boxes)}
    season = found["season"]
    assert at_s(season.onset_at_us) == 120
    assert season.evidence["how"] == "first seen inside after the zone's time began"
    assert "was, after its time began, first seen in the zone 'season'" in season.summary
    assert f"that zone holds until {LATER}" in season.summary
    assert at_s(found["water"].onset_at_us) == 0
    assert found["water"].evidence["zone_valid_until"] is None


def test_a_visit_ends_with_the_zones_time() -> None:
    boxes = timed(valid_until=instant(EPOCH_US + 300 * US_PER_S), valid_from="2000-01-01")
    found = fold(sail(*((t * 30, 500) for t in range(20))), boxes)
    (over,) = [f for f in found if f.closed_at_us]
    assert over.evidence["zone_id"] == "season"
    assert over.evidence["zone_time_over"] is True
    assert "that zone's time was over at" in over.summary
    assert at_s(over.closed_at_us) == 300


def test_belts_and_seas_are_not_visited_but_told() -> None:
    box = (-63.0, 15.0, -60.0, 17.0)
    boxes = Boxes(
        (claim("water", "Dominica"), *box),
        (claim("belt", "Dominica", kind="territorial"), *box),
        (claim("sea", kind="sea", status="none"), *box),
    )
    (entry,) = fold(sail((0, 500), (10, 500)), boxes)
    assert [zone.id for zone in entry.zones] == ["water", "belt"]
    assert ", inside Dominica's territorial sea" in entry.summary
    assert "the same water" not in entry.summary


def test_of_two_lines_for_one_claim_the_own_one_is_visited() -> None:
    box = (-63.0, 15.0, -60.0, 17.0)
    ours, own = claim("ours", "Dominica"), claim("own", "Dominica", own=True)
    (entry,) = fold(sail((0, 500), (10, 500)), Boxes((ours, *box), (own, *box)))
    assert entry.evidence["zone_id"] == "own"
    parts = Boxes((ours, *box), (claim("far", "Dominica"), -50.0, 0.0, -49.0, 1.0), (own, *box))
    assert {f.evidence["zone_id"] for f in fold(sail((0, 500), (10, 500)), parts)} == {
        "ours",
        "own",
    }


def test_an_own_line_that_holds_for_a_time_does_not_stand_for_ours() -> None:
    box = (-63.0, 15.0, -60.0, 17.0)
    coming = claim("own", "Dominica", own=True, valid_from="2090-01-01")
    (entry,) = fold(
        sail((0, 500), (10, 500)), Boxes((claim("ours", "Dominica"), *box), (coming, *box))
    )
    assert entry.evidence["zone_id"] == "ours"


@pytest.mark.parametrize("begin", ["2010-06-01", "2010-06-01T12:00", "2010-06-01 12:00:00+00:00"])
def test_a_zones_time_may_be_written_in_any_iso_form(begin: str) -> None:
    class Timeless(Boxes):
        def locate(self, lon_deg, lat_deg, at_us=None):
            return super().locate(lon_deg, lat_deg)

    season = claim("season", kind="season", status="none", valid_from=begin)
    sea = sail((0, -500), (20, 500), (40, 500))
    (entry,) = fold(sea, Timeless((season, -63.0, 15.85, -60.0, 17.0)))
    assert entry.evidence["how"] == "seen to enter"


def test_saved_and_resumed_while_zones_begin_and_end() -> None:
    own = claim("own", "Dominica", own=True, valid_from=instant(EPOCH_US + 900 * US_PER_S))
    begin, end = (instant(EPOCH_US + s * US_PER_S) for s in (500, 1300))
    season = claim("season", kind="season", status="none", valid_from=begin, valid_until=end)
    box = (-63.0, 15.85, -60.0, 17.0)
    boxes = Boxes((own, *box), (claim("ours", "Dominica"), *box), (season, *box))
    steps = ((t * 20, 1500 * ((t // 20) % 2) - 700) for t in range(200))
    settled = sail(*steps).settled(1e5, ticks=False)
    expected = [f.to_json() for f in detector(boxes).fold(settled)]
    for step_s in (20, 130, 610):
        found, mine = [], detector(boxes)
        for piece in cut(settled, [EPOCH_US + s * US_PER_S for s in range(0, 5000, step_s)]):
            resumed = detector(boxes)
            resumed.load(mine.save())
            mine = resumed
            found += [f.to_json() for f in mine.fold(piece)]
        assert found == expected
    assert {f["evidence"]["zone_id"] for f in expected} == {"own", "ours", "season"}
    assert any(f["evidence"].get("zone_time_over") for f in expected)


def test_who_was_only_heard_at_a_berth_was_first_heard_inside() -> None:
    found = fold(sail((0, -1500), (60, -1500), (4000, 500), (4060, 500)), Coast())
    assert found[0].evidence["how"] == "first heard inside"
    assert found[0].evidence["last_outside_at"] is None
