"""The index answers as the exact test does, and says what a library may not be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.zoning import brute_m, mismatches, near_lines, polygons, scattered
from mda.errors import ZoneError
from mda.geo.distance import offset_m
from mda.geo.kernel import plain
from mda.model import Located, ZoneIndex
from zones import ZoneLibrary, index
from zones.grid_edges import COAST, FRAME, NEITHER, OPEN

Points = tuple[np.ndarray, np.ndarray]


def sets(found: Located) -> list[set[int]]:
    bounds = zip(found.offset[:-1], found.offset[1:], strict=True)
    return [set(found.zone[a:b].tolist()) for a, b in bounds]


def ids(library: ZoneLibrary, lon: float, lat: float) -> list[str]:
    return [library.claims[z].id for z in library.locate(np.array([lon]), np.array([lat])).zone]


def code_of(library: ZoneLibrary, name: str) -> int:
    return [zone.id for zone in library.zones].index(name)


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.soak)])
def test_it_is_shapelys_answer_on_the_shipped_library(library: ZoneLibrary, count: int) -> None:
    shapes = polygons(library)
    assert mismatches(shapes, library, *scattered(library, count)) == 0
    assert mismatches(shapes, library, *near_lines(library, count // 10)) == 0


@pytest.mark.parametrize("count", [300, pytest.param(100_000, marks=pytest.mark.soak)])
def test_it_is_the_exact_test_of_all_edges_bit_for_bit(library: ZoneLibrary, count: int) -> None:
    lon, lat = near_lines(library, count)
    got = sets(library.locate(lon, lat))
    codes = range(len(library.zones))
    for i in range(lon.size):
        x, y = float(lon[i]), float(lat[i])
        assert got[i] == {code for code in codes if library.contains(code, x, y)}


def test_margin_is_the_distance_to_the_limit_lines(library: ZoneLibrary) -> None:
    lon, lat = near_lines(library, 4_000)
    found = library.locate(lon, lat)
    near = np.flatnonzero(np.isfinite(found.margin_m))[::150]
    point = np.repeat(np.arange(lon.size), np.diff(found.offset))
    assert near.size > 15
    for k in near:
        xy, side = library.edges(int(found.zone[k]))
        truth_m = brute_m(xy[side >= OPEN], float(lon[point[k]]), float(lat[point[k]]))
        assert found.margin_m[k] == pytest.approx(truth_m, rel=1e-4, abs=0.05)


def test_deeper_than_its_cap_a_margin_is_infinite(library: ZoneLibrary) -> None:
    lon, lat = scattered(library, 3_000)
    found = library.locate(lon, lat)
    point = np.repeat(np.arange(lon.size), np.diff(found.offset))
    for k in range(0, found.zone.size, 40):
        limit = library.limit(int(found.zone[k]), float(lon[point[k]]), float(lat[point[k]]))
        cap_m = 2.0 * max(100.0, library.zones[found.zone[k]].accuracy_m)
        deep = limit is None or limit.distance_m > cap_m
        assert np.isinf(found.margin_m[k]) == deep


def test_shifting_by_a_full_turn_changes_nothing(library: ZoneLibrary) -> None:
    lon, lat = np.array([-61.4, -63.7, -50.0]), np.array([15.3, 15.5, 25.0])
    here, there = library.locate(lon, lat), library.locate(lon + 360.0, lat)
    assert here.zone.tolist() == there.zone.tolist()
    assert here.offset.tolist() == there.offset.tolist()
    assert library.covers(298.6, 15.3)


def test_unknown_positions_have_no_zones(library: ZoneLibrary) -> None:
    lon = np.array([np.nan, -61.5, np.nan, -61.5, 200.0])
    lat = np.array([15.3, np.nan, np.nan, 15.3, 91.0])
    found = np.diff(library.locate(lon, lat).offset)
    assert (found > 0).tolist() == [False, False, False, True, False]
    assert not library.covers(np.nan, 15.0)
    assert not library.covers(-61.0, np.nan)


def test_no_points_give_an_empty_answer(library: ZoneLibrary) -> None:
    found = library.locate(np.empty(0), np.empty(0))
    assert found.offset.tolist() == [0]
    assert found.zone.size == 0


def test_columns_of_different_length_are_refused(library: ZoneLibrary) -> None:
    with pytest.raises(ZoneError, match="two columns"):
        library.locate(np.zeros(2), np.zeros(3))


def test_it_is_a_zone_index(library: ZoneLibrary) -> None:
    seam: ZoneIndex = library
    assert len(seam.claims) >= 67
    assert len(seam.version) == 16
    assert len({c.id for c in seam.claims}) == len(seam.claims)


def test_every_zone_says_who_claims_it_and_how_sure_the_line_is(library: ZoneLibrary) -> None:
    for zone in library.zones:
        assert zone.claimants or zone.status == "none"
        assert zone.accuracy_m >= 100.0
        assert zone.licence
        assert zone.source
        assert zone.status != "disputed" or len(zone.claimants) > 1
        assert "Dominican Republic" in zone.claimants or "Dominican" not in zone.name
    assert {z.accuracy_m for z in library.zones if z.id == "eez-puerto-rico"} == {1100.0}


def test_contested_zones_have_the_lowest_codes(library: ZoneLibrary) -> None:
    contested = [z.status in ("disputed", "joint") for z in library.zones]
    assert contested == sorted(contested, reverse=True)


# -- the small library -------------------------------------------------------------------------
def test_squares(squares: ZoneLibrary) -> None:
    assert ids(squares, -61.9, 10.1) == ["west"]
    assert ids(squares, -60.1, 10.1) == ["east"]
    assert ids(squares, -61.1, 10.5) == ["both", "west"]
    assert ids(squares, -61.5, 10.5) == []
    assert ids(squares, -59.7, 10.1) == []
    assert ids(squares, -59.0, 10.1) == []
    assert squares.covers(-59.7, 10.1)
    assert not squares.covers(-59.0, 10.1)


def test_margin_counts_limits_and_not_coast_nor_frame(squares: ZoneLibrary) -> None:
    found = squares.locate(np.array([-61.005, -61.995, -60.003, -61.5]),
                           np.array([10.1, 10.9, 10.9, 10.002]))  # fmt: skip
    east_m, _ = offset_m(-61.005, 10.1, -61.0, 10.1)
    assert found.margin_m[0] == pytest.approx(east_m, rel=1e-6)
    assert np.isinf(found.margin_m[1])
    assert np.isinf(found.margin_m[2])
    assert found.margin_m[3] == pytest.approx(221.2, abs=0.2)


def test_exact_test_of_one_zone(squares: ZoneLibrary) -> None:
    code = [c.id for c in squares.claims].index("west")
    assert squares.contains(code, -61.9, 10.1)
    assert not squares.contains(code, -61.5, 10.5)
    assert not squares.contains(code, -70.0, 10.5)


def test_limit_names_the_neighbour_and_what_is_known(squares: ZoneLibrary) -> None:
    code = [c.id for c in squares.claims].index("west")
    near = squares.limit(code, -61.01, 10.5)
    assert near is not None
    assert near.beyond is not None
    assert near.beyond.id == "east"
    assert near.boundary is not None
    assert near.boundary.words == "West–East 1999"
    outer = squares.limit(code, -61.5, 10.01)
    assert outer is not None
    assert outer.beyond is None
    assert outer.boundary is None


def test_shore_tells_land_from_the_sea_beyond_all_zones(squares: ZoneLibrary) -> None:
    hole = squares.shore(-61.5, 10.45)
    assert hole is not None
    assert hole.on_land
    assert hole.zone.id == "west"
    water = squares.shore(-61.9, 10.1)
    assert water is not None
    assert not water.on_land
    assert water.distance_m == pytest.approx(46_600, rel=0.02)
    beyond = squares.shore(-61.5, 9.9)
    assert beyond is not None
    assert not beyond.on_land


def test_a_library_without_limits_file_has_no_coast(
    make_squares: Callable[..., Path], make_zone: Callable[..., str]
) -> None:
    zones = make_zone("west") + make_zone("east") + make_zone("both")
    folder = make_squares(head="box = [-62.0, 9.5, -59.5, 11.5]", zones=zones)
    (folder / "boundaries.csv").unlink()
    library = ZoneLibrary.load(folder)
    assert library.shore(-61.9, 10.1) is None
    sides = np.concatenate([library.edges(code)[1] for code in range(3)])
    assert np.isnan(library.shores(np.array([-61.9]), np.array([10.1]))).all()
    assert set(sides.tolist()) == {OPEN, FRAME}
    assert not library.on_land(np.array([-61.5]), np.array([10.45])).any()


def test_a_zone_of_coast_alone_has_no_limit(make_squares: Callable[..., Path]) -> None:
    folder = make_squares()
    (folder / "limits.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    library = ZoneLibrary.load(folder)
    assert library.limit(0, -61.0, 10.5) is None
    assert set(library.edges(0)[1].tolist()) == {COAST}


def test_a_borrowed_line_is_neither_coast_nor_limit(make_squares: Callable[..., Path]) -> None:
    more = 'limits = "limits.geojson"\nbox = [-62.0, 9.5, -59.5, 11.5]\nrest = "borrowed"'
    library = ZoneLibrary.load(make_squares(head=more))
    assert set(library.edges(code_of(library, "west"))[1].tolist()) <= {NEITHER, OPEN, FRAME, 2, 1}
    assert library.shore(-61.9, 10.1) is None


def test_content_makes_the_version(make_squares: Callable[..., Path]) -> None:
    folder = make_squares()
    before = ZoneLibrary.load(folder).version
    assert ZoneLibrary.load(folder).version == before
    text = (folder / "squares.toml").read_text().replace("made up", "made otherwise")
    (folder / "squares.toml").write_text(text)
    assert ZoneLibrary.load(folder).version != before


@pytest.mark.parametrize(
    ("head", "zones", "says"),
    [
        ("box = [-62.0, 9.5, -59.5, 11.5]", ("west", "east"), "unknown zones"),
        (
            "box = [-62.0, 9.5, -59.5, 11.5]",
            ("west", "east", "both", "north"),
            "no shape for north",
        ),
        ("box = [-62.0, 9.5, -59.5, 11.5]", ("west", "west", "east", "both"), "the same id"),
        ("box = [-62.0, 9.5, -60.5, 11.5]", ("west", "east", "both"), "leaves the box"),
        ("note = 'no box'", ("west", "east", "both"), "what box"),
    ],
)
def test_a_library_that_contradicts_itself_is_refused(
    make_squares: Callable[..., Path],
    make_zone: Callable[..., str],
    head: str,
    zones: tuple[str, ...],
    says: str,
) -> None:
    folder = make_squares(head=head, zones="".join(make_zone(z) for z in zones))
    with pytest.raises(ZoneError, match=says):
        ZoneLibrary.load(folder)


def test_an_empty_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match="no zones"):
        ZoneLibrary.load(tmp_path)


# -- whether a point is inside, if our lines are not exact ----------------------------------------
def test_chances_are_the_normal_error_of_the_line(squares: ZoneLibrary) -> None:
    margin_m = np.array([0.0, 250.0, 500.0, -500.0, np.inf])
    found = Located(np.array([0, 5]), np.zeros(5, dtype=np.int32), margin_m)
    want = [0.5, 0.8365, 0.975, 0.025, 1.0]
    assert squares.chances(found) == pytest.approx(want, abs=1e-4)
    out = np.empty(5)
    plain(index._chances_into)(found.zone, margin_m, np.array([500.0]), out)
    assert out == pytest.approx(want, abs=1e-4)


def test_beside_a_line_the_other_side_is_named_too(squares: ZoneLibrary) -> None:
    west, east = squares.at(-61.002, 10.9)
    assert (west.zone.id, east.zone.id) == ("west", "east")
    assert west.margin_m == pytest.approx(218.7, abs=0.5)
    assert east.margin_m == pytest.approx(-west.margin_m)
    assert west.p_inside + east.p_inside == pytest.approx(1.0)
    assert 0.7 < west.p_inside < 0.9
    (deep,) = squares.at(-61.9, 10.9)
    assert (deep.p_inside, deep.margin_m) == (1.0, np.inf)


def test_further_out_than_a_line_may_be_off_a_zone_is_not_named(squares: ZoneLibrary) -> None:
    assert [row.zone.id for row in squares.at(-61.0064, 10.9)] == ["west"]
    assert squares.at(np.nan, 10.9) == ()
    assert squares.at(-59.7, 10.1) == ()


def test_a_point_on_a_line_lies_in_one_of_the_two(squares: ZoneLibrary) -> None:
    held, beside = squares.at(-61.0, 10.9)
    assert {held.zone.id, beside.zone.id} == {"west", "east"}
    assert held.margin_m >= 0.0 > beside.margin_m > -1e-3
    assert held.p_inside == pytest.approx(0.5)
    assert beside.p_inside == pytest.approx(0.5)


def test_instants_are_whole_microseconds(squares: ZoneLibrary) -> None:
    point = np.array([-61.9]), np.array([10.1])
    for wrong in (np.array([np.nan]), np.array([1.5]), np.zeros(2, np.int64)):
        with pytest.raises(ZoneError, match="instants"):
            squares.locate(*point, wrong)
    assert squares.locate(*point, 0).zone.size == squares.locate(*point).zone.size == 1


LAND_SIDE = "[-61.4, 10.6], [-61.4, 10.4]"


def test_on_land_no_water_is_near(make_squares: Callable[..., Path]) -> None:
    folder = make_squares()
    text = (folder / "limits.geojson").read_text()
    extra = text[text.index('{"type": "Feature", "id": "4"') : text.rindex("]}")]
    extra = extra.replace('"both"', '"west"').replace("[-61.2, 10.2], [-60.8, 10.2]", LAND_SIDE)
    (folder / "limits.geojson").write_text(f"{text[: text.rindex(']}')]},{extra}]}}")
    library = ZoneLibrary.load(folder)
    assert library.on_land(np.array([-61.599]), np.array([10.5])).tolist() == [True]
    assert library.at(-61.599, 10.5) == ()
    assert [row.zone.id for row in library.at(-61.4005, 10.5)] == ["west"]


# -- distances ------------------------------------------------------------------------------------
def test_distance_to_a_zones_boundary_has_a_sign(squares: ZoneLibrary) -> None:
    code = code_of(squares, "west")
    lon = np.array([-61.995, -61.001, -60.999, -61.5, np.nan])
    lat = np.array([10.5, 10.9, 10.9, 10.5, 10.5])
    metres = squares.boundary_m(code, lon, lat)
    east_m, _ = offset_m(0.0, 10.9, 0.001, 10.9)
    # the western side is the frame of the box, not a line of the zone
    assert metres[0] == pytest.approx(offset_m(-61.995, 10.5, -61.6, 10.5)[0], rel=1e-3)
    assert metres[1:3] == pytest.approx([east_m, -east_m], rel=1e-3)
    assert metres[3] == pytest.approx(-offset_m(-61.5, 10.5, -61.4, 10.5)[0], rel=1e-3)
    assert np.isnan(metres[4])


def test_a_zone_of_frame_alone_has_no_boundary(make_squares: Callable[..., Path]) -> None:
    folder = make_squares(head='limits = "limits.geojson"\nbox = [-62.0, 10.0, -60.0, 11.0]')
    shapes = (folder / "squares.geojson").read_text()
    box = "[[[-62, 10], [-60, 10], [-60, 11], [-62, 11], [-62, 10]]]"
    middle = "[[[-61.2, 10.2], [-60.8, 10.2], [-60.8, 10.8], [-61.2, 10.8], [-61.2, 10.2]]]"
    (folder / "squares.geojson").write_text(shapes.replace(middle, box))
    library = ZoneLibrary.load(folder)
    both = code_of(library, "both")
    assert np.isnan(library.boundary_m(both, np.array([-61.0]), np.array([10.5]))).all()
    assert library.limit(both, np.nan, 10.5) is None


def test_shores_are_zero_on_land_and_unknown_outside(squares: ZoneLibrary) -> None:
    lon = np.array([-61.5, -61.65, -61.9, -59.0, np.nan])
    lat = np.array([10.5, 10.5, 10.1, 10.1, 10.0])
    metres = squares.shores(lon, lat)
    assert metres[0] == 0.0
    assert metres[1] == pytest.approx(offset_m(-61.65, 10.5, -61.6, 10.5)[0], rel=1e-4)
    near = squares.shore(-61.9, 10.1)
    assert near is not None
    assert metres[2] == near.distance_m
    assert np.isnan(metres[3:]).all()
    assert squares.shore(-59.0, 10.1) is None


def test_lines_of_many_zones_are_kept_and_let_go(
    squares: ZoneLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zones.near_lines.MOST_TREES", 2)
    here = np.array([-61.1]), np.array([10.5])
    before = [squares.boundary_m(code, *here)[0] for code in range(3)]
    assert len(squares._trees) <= 2
    assert [squares.boundary_m(code, *here)[0] for code in range(3)] == before


def test_a_latitude_beyond_the_poles_is_no_position(squares: ZoneLibrary) -> None:
    assert squares.limit(code_of(squares, "west"), -61.5, 95.0) is None


def test_threads_that_share_a_library_empty_no_lines_under_each_other(
    squares: ZoneLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one thread looks for another may let go between two looks."""

    class Forgetful(dict):
        def __contains__(self, key: object) -> bool:
            held = super().__contains__(key)
            self.clear()
            return held

    here = np.array([-61.1]), np.array([10.5])
    before = squares.boundary_m(0, *here)[0]
    monkeypatch.setattr(squares, "_trees", Forgetful(squares._trees))
    assert squares.boundary_m(0, *here)[0] == before
