"""The grid decides bit for bit as the whole polygon does, and its kernels as their plain twins."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mda.geo.kernel import plain
from mda.model.reports import F64
from zones import grid, grid_build, grid_cells, grid_rows
from zones.grid import ANY_TIME, Grid, located
from zones.grid_edges import NO_EDGE, OPEN, Rings, Shapes, _add, _seams

ANY = np.array([[np.iinfo(np.int64).min, np.iinfo(np.int64).max]])


def shapes_of(*zones: list[list[tuple[float, float]]]) -> Shapes:
    """Closed rings of points as zones without coast."""
    rings = Rings()
    for code, zone in enumerate(zones):
        for ring in zone:
            point = np.array([*ring, ring[0]], dtype=np.float64)
            side = np.full(len(point), OPEN, dtype=np.int32)
            side[-1] = NO_EDGE
            _add(rings, point, side, np.full(len(point), code))
    return rings.shapes(len(zones))


def grid_of(shapes: Shapes, cap_m: float = 1_000.0) -> Grid:
    count = shapes.start.size - 1
    return grid_build.build_grid(shapes, np.full(count, cap_m), np.repeat(ANY, count, axis=0))


def star(
    rng: np.random.Generator, lon: float, lat: float, reach: float
) -> list[tuple[float, float]]:
    """A ring that goes in and out, some of its corners on borders of cells, some level."""
    corners = int(rng.integers(3, 40))
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
    far = rng.uniform(0.05, 1.0, corners) * reach
    point = np.stack((lon + far * np.cos(turn), lat + far * np.sin(turn)), axis=1)
    snapped = rng.random(corners) < 0.3
    point[snapped] = np.round(point[snapped] * 128.0) / 128.0
    level = np.flatnonzero(rng.random(corners) < 0.2)
    point[level, 1] = point[level - 1, 1]
    return [(float(x), float(y)) for x, y in point]


def hard_points(rng: np.random.Generator, shapes: Shapes, count: int) -> tuple[F64, F64]:
    """Anywhere, near edges, at the latitude of corners, on corners, and on borders of cells."""
    corner = shapes.point[rng.integers(0, len(shapes.point), count)]
    low, high = shapes.point.min(axis=0) - 0.02, shapes.point.max(axis=0) + 0.02
    anywhere = rng.uniform(low, high, (count, 2))
    beside = corner + rng.normal(0, 3e-3, (count, 2))
    level = np.stack((anywhere[:, 0], corner[:, 1]), axis=1)
    bordering = np.round(beside * 128.0) / 128.0
    almost = np.nextafter(bordering, bordering + rng.choice([-1.0, 1.0], (count, 2)))
    point = np.concatenate((anywhere, beside, level, corner, bordering, almost))
    return np.ascontiguousarray(point[:, 0]), np.ascontiguousarray(point[:, 1])


def exact(shapes: Shapes, lon: F64, lat: F64) -> list[list[int]]:
    """Zones of each point by all edges of every zone."""
    start = shapes.start.tolist()
    found = []
    for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
        x = grid.wrapped_deg(x)
        spans = itertools.pairwise(start)
        held = [grid.holds(shapes.point, shapes.side, a, b, x, y) for a, b in spans]
        found.append([code for code, inside in enumerate(held) if inside])
    return found


def lists(offset: F64, zone: F64) -> list[list[int]]:
    return [zone[a:b].tolist() for a, b in itertools.pairwise(offset)]


@pytest.mark.parametrize("seed", range(12))
def test_it_decides_as_all_edges_do_on_the_hardest_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reach = float(rng.choice([0.004, 0.05, 0.5, 3.0]))
    around = float(rng.choice([-61.0, 0.0, 179.9]))
    zones = [
        [star(rng, around + rng.normal(0, reach), 10.0 + rng.normal(0, reach), reach)
         for _ in range(int(rng.integers(1, 4)))]
        for _ in range(5)
    ]  # fmt: skip
    shapes = shapes_of(*zones)
    lon, lat = hard_points(rng, shapes, 300)
    offset, zone, _ = located(grid_of(shapes), lon, lat, ANY_TIME)
    want = exact(shapes, lon, lat)
    assert lists(offset, zone) == want
    assert any(want)
    assert not all(want)


def test_neighbours_never_both_hold_a_point_nor_neither() -> None:
    shared = [(0.1, 0.05), (0.137, 0.31), (0.093, 0.77), (0.11, 1.2)]
    west = [(-1.0, 0.05), *shared, (-1.0, 1.2)]
    east = [(1.0, 1.2), *reversed(shared), (1.0, 0.05)]
    shapes = shapes_of([west], [east])
    rng = np.random.default_rng(1)
    along, part = rng.random(4000), rng.integers(0, 3, 4000)
    a, b = np.array(shared)[part], np.array(shared)[part + 1]
    point = a + (b - a) * along[:, None]
    offset, zone, _ = located(grid_of(shapes), *map(np.ascontiguousarray, point.T), ANY_TIME)
    assert np.diff(offset).tolist() == [1] * 4000
    assert 0 < zone.sum() < 4000


def test_a_shape_over_the_antimeridian_is_met_from_both_sides() -> None:
    shapes = shapes_of([[(179.0, -1.0), (181.0, -1.0), (181.0, 1.0), (179.0, 1.0)]])
    lon = np.array([179.5, -179.5, 180.0, -180.0, 180.5, 178.9, -178.9, 539.5])
    offset, _zone, margin_m = located(grid_of(shapes, 200_000.0), lon, np.zeros(8), ANY_TIME)
    assert np.diff(offset).tolist() == [1, 1, 1, 1, 1, 0, 0, 1]
    assert margin_m[:2] == pytest.approx([55_660.0, 55_660.0], rel=1e-3)
    codes, metres = grid.near_lines(grid_of(shapes, 20_000.0), -178.9, 0.0)
    assert codes.tolist() == [0]
    assert metres[0] == pytest.approx(11_132.0, rel=1e-3)


def test_where_a_shape_was_cut_at_the_antimeridian_is_no_boundary() -> None:
    xy = np.array([[180.0, 0.0, 180.0, 1.0], [-180.0, 1.0, -180.0, 0.0], [170.0, 0, 180.0, 0]])
    assert _seams(xy, np.array([0, 0, 0])).tolist() == [True, True, False]
    assert _seams(xy, np.array([0, 1, 0])).tolist() == [False, False, False]


def test_poles_and_the_frame_of_the_grid() -> None:
    shapes = shapes_of([[(-180.0, 80.0), (180.0, 80.0), (180.0, 90.0), (-180.0, 90.0)]])
    lon, lat = np.array([0.0, 0.0, 90.0, np.inf, 0.0]), np.array([89.9, 79.9, 85.0, 85.0, 91.0])
    offset, _, _ = located(grid_of(shapes), lon, lat, ANY_TIME)
    assert np.diff(offset).tolist() == [1, 0, 1, 0, 0]


def test_plain_twins_answer_as_the_kernels_do() -> None:
    rng = np.random.default_rng(3)
    zones = [[star(rng, -61.0, 10.0, 0.2)], [star(rng, -61.1, 10.1, 0.1)], [star(rng, 1, 1, 0.01)]]
    shapes = shapes_of(*zones)
    made = grid_of(shapes)
    lon, lat = hard_points(rng, shapes_of(*zones[:2]), 40)
    lon, lat = np.append(lon, [np.nan, 0.0]), np.append(lat, [10.0, 95.0])
    want = located(made, lon, lat, ANY_TIME)
    found = np.empty((lon.size, 2), dtype=np.int32)
    most = plain(grid.find_all)(made, lon, lat, found)
    offset = np.empty(lon.size + 1, dtype=np.int64)
    zone, margin_m = np.empty(most, dtype=np.int32), np.empty(most)
    args = (made, lon, lat, ANY_TIME, found, offset, zone, margin_m)
    total = plain(grid.locate_into)(*args)
    assert offset.tolist() == want[0].tolist()
    assert zone[:total].tolist() == want[1].tolist()
    assert margin_m[:total].tolist() == want[2].tolist()
    assert plain(located)(made, lon, lat, ANY_TIME)[1].tolist() == want[1].tolist()
    inside, again = np.empty((2, lon.size), dtype=np.int32)
    plain(grid.inside_into)(made, 1, lon, lat, inside)
    grid.inside_into(made, 1, lon, lat, again)
    assert inside.tolist() == again.tolist()
    assert inside.sum() > 0
    for x, y in zip(lon[::17].tolist(), lat[::17].tolist(), strict=True):
        assert plain(grid.find)(made, x, y) == grid.find(made, x, y)
        ours, theirs = plain(grid.near_lines)(made, x, y), grid.near_lines(made, x, y)
        assert [row.tolist() for row in ours] == [row.tolist() for row in theirs]
        for a, b in zip(shapes.start[:-1], shapes.start[1:], strict=True):
            span = int(a), int(b), x, y
            held = grid.holds(shapes.point, shapes.side, *span)
            assert plain(grid.holds)(shapes.point, shapes.side, *span) == held
    for name in ("is_odd", "line_m", "nearest_m", "cell_at", "crossing_deg", "is_east", "holds_at"):
        assert callable(plain(getattr(grid, name)))


def test_the_twins_of_one_edge_and_one_cell() -> None:
    shapes = shapes_of([[(0.001, 0.001), (0.021, 0.004), (0.003, 0.011)]])
    made = grid_of(shapes)
    edge = np.array([0, 1, 2, ~1], dtype=np.int32)
    for x, y in ((0.0, 0.002), (0.004, 0.004), (0.1, 0.005), (0.002, 0.02)):
        args = shapes.point, edge, 0, 4, x, y
        assert plain(grid.is_odd)(*args) == grid.is_odd(*args)
        assert plain(grid.nearest_m)(shapes.point, edge, 0, 3, x, y) == grid.nearest_m(
            shapes.point, edge, 0, 3, x, y
        )
        block, _ = grid.find(made, x, y)
        near = int(made.near[block])
        assert plain(grid.line_m)(made, near, 0, x, y) == grid.line_m(made, near, 0, x, y)
    assert plain(grid.line_m)(made, -1, 0, 0.0, 0.0) == np.inf
    assert plain(grid.line_m)(made, int(made.near.max()), 7, 0.0, 0.0) == np.inf
    for k in range(3):
        assert plain(grid.crossing_deg)(shapes.point, k, 0.0045) == pytest.approx(
            grid.crossing_deg(shapes.point, k, 0.0045)
        )
        assert plain(grid.is_east)(shapes.point, k, 0.0, 0.0045) == grid.is_east(
            shapes.point, k, 0.0, 0.0045
        )
    assert plain(grid.cell_at)(-90.0, np.nextafter(10.0, 0.0)) == 100 * 128 - 1
    assert plain(grid.wrapped_deg)(190.0) == -170.0
    assert plain(grid.wrapped_deg)(np.nextafter(-180.0, -181.0)) == -180.0
    for at in (ANY_TIME, np.array([5]), np.array([5, 2**62])):
        assert plain(grid.holds_at)(made, 0, at, 0)


def test_the_plain_twins_of_the_building_build_the_same() -> None:
    rng = np.random.default_rng(8)
    shapes = shapes_of([star(rng, 0.1, 0.1, 0.15)], [star(rng, 0.2, 0.1, 0.1)], [
        [(-0.3, -0.3), (0.5, -0.3), (0.5, 0.5), (-0.3, 0.5)]])  # fmt: skip
    made = grid_of(shapes)
    lines = grid_rows.crossings(shapes)
    twice = np.zeros(int(lines.slot[-1]), dtype=np.int64)
    again = lines._replace(lon_deg=np.empty(lines.lon_deg.size))
    plain(grid_rows.cross)(shapes, again, twice, True)
    plain(grid_rows.sort_rows)(again)
    assert again.lon_deg.tolist() == lines.lon_deg.tolist()
    twice[:] = 0
    plain(grid_rows.cross)(shapes, again, twice, False)
    assert twice.tolist() == np.diff(lines.start).tolist()
    for row in (lines.first_row[0] - 1, lines.first_row[0] + 3):
        args = lines, 0, 0.1, int(row)
        assert plain(grid_rows.is_odd_at)(*args) == grid_rows.is_odd_at(*args)
    blocks = grid_cells.blocks_of(shapes, lines, made.frame)
    cells = np.empty(grid_cells.most_cells(made.frame), dtype=np.int64)
    zone, stamp = np.zeros_like(blocks.zone), np.empty(blocks.cut.size, dtype=np.int32)
    begin = blocks.start[:-1].copy()
    plain(grid_cells.zones_of_blocks)(shapes, lines, made.frame, begin, zone, cells, stamp)
    assert zone.tolist() == blocks.zone.tolist()
    count, nothing = np.zeros(blocks.cut.size, dtype=np.int64), np.empty(0, dtype=np.int32)
    plain(grid_cells.zones_of_blocks)(shapes, lines, made.frame, count, nothing, cells, stamp)
    assert count.tolist() == np.diff(blocks.start).tolist()
    edge, begin = np.zeros_like(blocks.edge), blocks.edge_start[:-1].copy()
    plain(grid_cells.edges_of_cells)(shapes, made.frame, blocks.cut, begin, edge, cells)
    assert edge[:-1].tolist() == blocks.edge[:-1].tolist()


def test_the_plain_twin_fills_the_same_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = shapes_of(
        [[(0.001, 0.001), (0.151, 0.004), (0.003, 0.011)]],
        [[(-0.2, -0.2), (0.2, -0.2), (0.2, 0.2), (-0.2, 0.2)]],
    )
    lines, frame = grid_rows.crossings(shapes), grid_of(shapes).frame
    blocks = grid_cells.blocks_of(shapes, lines, frame)
    want, sets = grid_cells.cells_of(shapes, lines, blocks)
    for name in ("fill_cells", "entries_of_cell", "set_of_cell", "add_edges", "with_zone"):
        monkeypatch.setattr(grid_cells, name, plain(getattr(grid_cells, name)))
    got, plain_sets = grid_cells.cells_of(shapes, lines, blocks, room=2)
    for ours, theirs in zip(got, want, strict=True):
        assert ours.tolist() == theirs.tolist()
    assert grid_cells.listed(plain_sets)[1].tolist() == grid_cells.listed(sets)[1].tolist()


def test_sets_grow_until_there_is_room() -> None:
    rng = np.random.default_rng(6)
    many = [[star(rng, *rng.uniform(0, 0.3, 2), 0.1)] for _ in range(20)]
    shapes = shapes_of(*many)
    lines, frame = grid_rows.crossings(shapes), grid_of(shapes).frame
    blocks = grid_cells.blocks_of(shapes, lines, frame)
    small, sets = grid_cells.cells_of(shapes, lines, blocks, room=2)
    large, _ = grid_cells.cells_of(shapes, lines, blocks)
    assert sets.zone.size > 4
    assert small.cell.tolist() == large.cell.tolist()
    assert small.edge.tolist() == large.edge.tolist()


def test_the_plain_twin_walks_the_same_cells() -> None:
    shapes = shapes_of([[(-0.004, 0.001), (0.151, 0.02), (0.1, 0.02), (0.003, -0.011)]])
    frame = grid_of(shapes).frame
    ours, theirs = np.zeros((2, grid_cells.most_cells(frame)), dtype=np.int64)
    for k in range(4):
        count = plain(grid_cells.touched_cells)(shapes.point, k, frame, ours)
        assert count == grid_cells.touched_cells(shapes.point, k, frame, theirs)
        assert ours[:count].tolist() == theirs[:count].tolist()
    column, row = plain(grid_cells.corner_of)(frame, int(ours[0]) >> 8, int(ours[0]) & 255)
    assert (column, row) == grid_cells.corner_of(frame, int(ours[0]) >> 8, int(ours[0]) & 255)
    assert column / 128.0 - 180.0 <= 0.1
    for lat_deg in (10.0, 10.001):
        row = plain(grid_rows.first_row_from)(lat_deg)
        assert (row - 1) / 128.0 - 90.0 < lat_deg <= row / 128.0 - 90.0
