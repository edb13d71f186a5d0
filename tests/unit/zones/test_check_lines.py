"""Lines against lines whose distance is plain to see."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mda.geo.distance import distance_m, geodesic_m
from mda.units import M_PER_NMI
from zones.check_lines import Course, Stretch, check_lines, length_m, measure, samples
from zones.check_yardsticks import Explained, Group, Official, Yardsticks
from zones.records import Zone, zone_of

BOX = (-70.0, 10.0, -60.0, 20.0)
NMI_DEG = 1.0 / 60.0
CENTRE = np.array([-65.0, 18.0])


def along(lat_deg: float, west_deg: float = -66.0, east_deg: float = -64.0) -> np.ndarray:
    return np.array([[west_deg, lat_deg], [(west_deg + east_deg) / 2.0, lat_deg],
                     [east_deg, lat_deg]])  # fmt: skip


def official(
    name: str, line: np.ndarray, *, kind: str = "eez", unilateral: bool = False
) -> Official:
    return Official(name, (kind,), False, unilateral, "Proclamation 1", (line,))


GROUP = Group("the island", "eez", frozenset({"PR"}), BOX, 0.7)
SUBJECT = "the island, eez"


def zone(name: str, kind: str, *codes: str) -> Zone:
    row = {
        "id": name,
        "name": name,
        "kind": kind,
        "claimants": [name],
        "codes": list(codes),
        "status": "claimed",
        "basis": "made up",
        "source": "made up",
        "licence": "Apache-2.0",
        "date": "2026",
        "accuracy_m": 100.0,
    }
    return zone_of(row, "made up")


ZONES = [zone("ours", "eez", "PR", "US"), zone("theirs", "eez", "DO")]


def test_samples_are_evenly_spaced_and_keep_both_ends() -> None:
    line = np.array([[-66.0, 18.0], [-65.99, 18.0], [-65.0, 18.0], [-65.0, 18.3]])
    points = samples(line, 500.0)
    assert points[0].tolist() == [-66.0, 18.0]
    assert points[-1].tolist() == [-65.0, 18.3]
    legs = [geodesic_m(*a, *b) for a, b in pairwise(points)]
    assert max(legs) <= 500.5
    assert np.quantile(legs, 0.05) == pytest.approx(np.quantile(legs, 0.95), rel=1e-2)
    assert length_m(line) == pytest.approx(sum(legs), rel=2e-3)


def test_nearest_is_measured_on_the_ellipsoid_whatever_the_direction() -> None:
    lines = [along(18.0), np.array([[-64.0, 18.0], [-64.0, 19.0]])]
    course = Course(lines, [7, 9])
    points = np.array([[-65.0, 18.1], [-63.9, 18.5], [-66.1, 18.0], [-64.7, 17.9]])
    off_m, owner, straight_m = course.nearest(points)
    assert owner.tolist() == [7, 9, 7, 7]
    expected = [
        geodesic_m(-65.0, 18.1, -65.0, 18.0),
        geodesic_m(-63.9, 18.5, -64.0, 18.5),
        geodesic_m(-66.1, 18.0, -66.0, 18.0),
        geodesic_m(-64.7, 17.9, -64.7, 18.0),
    ]
    assert off_m.tolist() == pytest.approx(expected, rel=2e-3)
    assert straight_m[0] == pytest.approx(geodesic_m(-66.0, 18.0, -65.0, 18.0), rel=1e-3)


def test_nearest_agrees_with_a_search_over_many_points_of_the_line() -> None:
    draw = np.random.default_rng(4)
    line = np.cumsum(draw.normal(0.0, 0.05, (40, 2)), axis=0) + CENTRE
    course = Course([line], [0])
    dense = samples(line, 20.0)
    for point in draw.normal(0.0, 0.2, (20, 2)) + CENTRE:
        slow_m = min(distance_m(*point, *other) for other in dense.tolist())
        assert course.nearest(point[None])[0][0] == pytest.approx(slow_m, abs=12.0)


def test_both_directions_count_and_only_inside_the_box() -> None:
    lines = [official("long", along(18.0, -66.0, -58.0))]
    there, back = measure([along(18.0 + NMI_DEG)], lines, GROUP)
    assert there.point[:, 0].max() <= -60.0
    assert there.off_m.max() > 100.0 * M_PER_NMI
    assert back.off_m.max() == pytest.approx(M_PER_NMI, rel=0.01)


def run(
    lines: tuple[Official, ...],
    stretches: list[Stretch],
    explained: tuple[Explained, ...] = (),
    groups: tuple[Group, ...] = (GROUP,),
) -> dict[str, tuple[str, str, dict[str, float]]]:
    rows = check_lines(ZONES, stretches, Yardsticks((), lines, groups, explained))
    return {row.subject: (row.verdict, row.words, row.figures) for row in rows}


def test_a_line_half_a_mile_off_passes_and_one_a_mile_off_is_named() -> None:
    lines = (official("B1", along(18.0), unilateral=True),)
    verdict, words, figures = run(lines, [Stretch("ours", "", along(18.0 + 0.5 * NMI_DEG))])[
        SUBJECT
    ]
    assert verdict == "ok"
    assert figures["to_ours_p50_nmi"] == pytest.approx(0.5, rel=0.02)
    verdict, words, _ = run(lines, [Stretch("ours", "", along(18.0 + NMI_DEG))])[SUBJECT]
    assert verdict == "not explained"
    assert "against B1 (Proclamation 1)" in words
    assert "beyond 0.7 nmi for 114 nmi there" in words
    assert "no treaty" in words
    assert "straight for 57" in words


def test_lines_between_two_zones_of_the_same_state_do_not_count() -> None:
    lines = (official("B1", along(18.0)),)
    inner = Stretch("ours", "ours", along(15.0))
    assert run(lines, [Stretch("ours", "", along(18.0)), inner])[SUBJECT][0] == "ok"
    assert run(lines, [inner])[SUBJECT][0] == "not measured"
    assert run(lines, [Stretch("theirs", "", along(18.0))])[SUBJECT][0] == "not measured"


def test_an_explained_line_is_measured_apart_and_its_reason_has_an_end() -> None:
    lines = (official("B1", along(18.0)), official("B2", along(14.0)))
    ours = [Stretch("ours", "", along(18.0)), Stretch("ours", "", along(14.0 + NMI_DEG))]
    assert run(lines, ours)[SUBJECT][0] == "not explained"
    for most, verdict in ((1.2, "explained"), (0.9, "not explained")):
        known = Explained("line", "B2, eez", most, (), "another line", "the text")
        rows = run(lines, ours, (known,))
        assert rows[SUBJECT][0] == "ok"
        assert rows["B2, eez"][0] == verdict
        assert "another line (the text)" in rows["B2, eez"][1]
    elsewhere = Group("other", "territorial", frozenset({"PR"}), BOX, 0.7)
    belts = [zone("ours", "territorial", "PR", "US")]
    known = Explained("line", "B2, territorial", 9.0, (), "another line", "the text")
    belt = official("B1", along(18.0), kind="territorial")
    ruler = Yardsticks((), (belt, lines[1]), (elsewhere,), (known,))
    assert [r.subject for r in check_lines(belts, ours[:1], ruler)] == ["other, territorial"]


@pytest.mark.parametrize(
    ("beyond", "counts"),
    [
        (zone("own", "eez", "PR", "US"), True),
        (zone("near", "territorial", "PR", "US"), False),
        (zone("near", "contiguous", "VI", "US"), False),
        (zone("near", "eez", "VI", "US"), False),
        (zone("near", "overlap", "PR", "US", "DO"), False),
        (zone("near", "eez", "DO"), True),
    ],
)
def test_which_lines_of_a_belt_are_its_outer_limit(beyond: Zone, counts: bool) -> None:
    group = Group("the island", "contiguous", frozenset({"PR", "VI"}), BOX, 0.8)
    ring = zone("ring", "contiguous", "PR", "US")
    same = replace(beyond, id="near", claimants=ring.claimants)
    zones = [ring, same if beyond.id == "own" else beyond]
    ruler = Yardsticks((), (official("B1", along(18.0), kind="contiguous"),), (group,), ())
    far = Stretch("ring", "near", along(17.8))
    (row,) = check_lines(zones, [Stretch("ring", "", along(18.0)), far], ruler)
    assert (row.verdict == "not explained") is counts
