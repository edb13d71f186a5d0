"""The index answers as the exact test does, and says what a library may not be."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from mda.errors import ZoneError
from mda.geo.distance import offset_m
from mda.geo.kernel import plain
from mda.model import Located, ZoneIndex
from zones import ZoneLibrary, grid
from zones.geojson import read_bytes, read_features
from zones.index import COAST, NEITHER

Points = tuple[np.ndarray, np.ndarray]


def sets(found: Located) -> list[set[int]]:
    bounds = zip(found.offset[:-1], found.offset[1:], strict=True)
    return [set(found.zone[a:b].tolist()) for a, b in bounds]


def ids(library: ZoneLibrary, lon: float, lat: float) -> list[str]:
    return [library.claims[z].id for z in library.locate(np.array([lon]), np.array([lat])).zone]


def polygons(library: ZoneLibrary) -> dict[str, shapely.Geometry]:
    found = {}
    for path in library.shape_files:
        for feature in json.loads(read_bytes(path))["features"]:
            found[feature["id"]] = shapely.geometry.shape(feature["geometry"])
    return found


def near_edges(library: ZoneLibrary, count: int) -> Points:
    """Points within some hundred metres of an edge of any zone, coast or limit alike."""
    rng = np.random.default_rng(4)
    edges = np.concatenate([library._coast[0], *(xy for xy, _ in library._limits)])
    limits = np.concatenate([xy for xy, _ in library._limits])
    pick = np.concatenate((edges[rng.integers(0, len(edges), count // 2)],
                           limits[rng.integers(0, len(limits), count - count // 2)]))  # fmt: skip
    along = rng.random(count)
    lon = pick[:, 0] + (pick[:, 2] - pick[:, 0]) * along + rng.normal(0, 3e-3, count)
    lat = pick[:, 1] + (pick[:, 3] - pick[:, 1]) * along + rng.normal(0, 3e-3, count)
    return lon, lat


def test_index_equals_exact_test_on_the_shipped_library(library: ZoneLibrary) -> None:
    rng = np.random.default_rng(3)
    near = near_edges(library, 2000)
    lon = np.concatenate((rng.uniform(-100, -45, 20_000), near[0]))
    lat = np.concatenate((rng.uniform(0, 35, 20_000), near[1]))
    inside = (lon > -100) & (lon < -45) & (lat > 0) & (lat < 35)
    lon, lat = lon[inside], lat[inside]
    shapes = polygons(library)
    want: list[set[int]] = [set() for _ in lon]
    for code, claim in enumerate(library.claims):
        shape = shapes[claim.id]
        shapely.prepare(shape)
        for i in np.nonzero(shapely.contains_xy(shape, lon, lat))[0]:
            want[i].add(code)
    got = sets(library.locate(lon, lat))
    wrong = [(lon[i], lat[i]) for i in range(lon.size) if got[i] != want[i]]
    assert wrong == []
    assert sum(map(bool, got)) > 5000


def test_margin_is_the_distance_to_the_limit_lines(library: ZoneLibrary) -> None:
    lines: dict[str, list[np.ndarray]] = {}
    for name in ("eez_limits.geojson.gz", "disputed_limits.geojson"):
        for feature in read_features(library.folder / name):
            lines.setdefault(feature.properties["zone"], []).extend(feature.rings)
    lon, lat = near_edges(library, 400)
    found = library.locate(lon, lat)
    measured = 0
    for i in range(lon.size):
        east_m, _ = offset_m(lon[i], lat[i], lon[i] + 1.0, lat[i])
        _, north_m = offset_m(lon[i], lat[i] - 0.5, lon[i], lat[i] + 0.5)
        scale = np.array([east_m, north_m])
        for k in range(found.offset[i], found.offset[i + 1]):
            claim = library.claims[found.zone[k]]
            own = shapely.MultiLineString([line * scale for line in lines[claim.id]])
            metres = shapely.distance(own, shapely.Point(lon[i] * east_m, lat[i] * north_m))
            cap_m = 2.0 * max(100.0, claim.accuracy_m)
            if metres > cap_m:
                assert np.isinf(found.margin_m[k])
            else:
                assert found.margin_m[k] == pytest.approx(metres, abs=0.01)
                measured += 1
    assert measured > 100


def test_shifting_by_a_full_turn_changes_nothing(library: ZoneLibrary) -> None:
    lon, lat = np.array([-61.4, -63.7, -50.0]), np.array([15.3, 15.5, 25.0])
    here, there = library.locate(lon, lat), library.locate(lon + 360.0, lat)
    assert here.zone.tolist() == there.zone.tolist()
    assert here.offset.tolist() == there.offset.tolist()
    assert library.covers(298.6, 15.3)


def test_unknown_positions_have_no_zones(library: ZoneLibrary) -> None:
    lon = np.array([np.nan, -61.5, np.nan, -61.5, 200.0])
    lat = np.array([15.3, np.nan, np.nan, 15.3, 91.0])
    assert np.diff(library.locate(lon, lat).offset).tolist() == [0, 0, 0, 1, 0]
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
    index: ZoneIndex = library
    assert len(index.claims) == 67
    assert len(index.version) == 16
    assert len({c.id for c in index.claims}) == 67


def test_every_zone_says_who_claims_it_and_how_sure_the_line_is(library: ZoneLibrary) -> None:
    for zone in library.zones:
        assert zone.claimants
        assert zone.accuracy_m >= 1000.0
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
    assert COAST not in library._edges.side
    assert NEITHER in library._edges.side


def test_a_zone_of_coast_alone_has_no_limit(make_squares: Callable[..., Path]) -> None:
    folder = make_squares()
    (folder / "limits.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    library = ZoneLibrary.load(folder)
    assert library.limit(0, -61.0, 10.5) is None


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


# -- the kernels' plain twins ------------------------------------------------------------------
def test_plain_twins_answer_as_the_kernels_do(squares: ZoneLibrary) -> None:
    rng = np.random.default_rng(5)
    lon = np.concatenate((rng.uniform(-62.3, -59.2, 150), [np.nan, -60.0, -62.0]))
    lat = np.concatenate((rng.uniform(9.3, 11.7, 150), [10.0, 11.0, 10.0]))
    want = squares.locate(lon, lat)
    most = plain(grid.count_entries)(squares._grid, lon, lat)
    offset = np.empty(lon.size + 1, dtype=np.int64)
    zone, margin_m = np.empty(most, dtype=np.int32), np.empty(most)
    found = plain(grid.locate_into)(squares._grid, lon, lat, offset, zone, margin_m)
    assert offset.tolist() == want.offset.tolist()
    assert zone[:found].tolist() == want.zone.tolist()
    assert margin_m[:found].tolist() == want.margin_m.tolist()
    for x, y in zip(lon, lat, strict=True):
        assert plain(grid.cell_of)(squares._grid, x, y) == grid.cell_of(squares._grid, x, y)
    for x, y in [(-61.9, 10.1), (-61.5, 10.5), (-60.5, 10.5)]:
        for code in range(3):
            inside = grid.contains(squares._grid, code, x, y)
            assert plain(grid.contains)(squares._grid, code, x, y) == inside
        assert plain(grid.nearest_edge)(squares._xy, x, y) == pytest.approx(
            grid.nearest_edge(squares._xy, x, y)
        )


def test_nearest_edge_of_none_and_of_a_point() -> None:
    assert plain(grid.nearest_edge)(np.empty((0, 4)), 0.0, 0.0)[1] == -1
    metres, which, lon, lat = plain(grid.nearest_edge)(np.array([[1.0, 0.0, 1.0, 0.0]]), 0.0, 0.0)
    assert metres == pytest.approx(111_319.5, rel=1e-4)
    assert (which, lon, lat) == (0, pytest.approx(1.0), pytest.approx(0.0))
