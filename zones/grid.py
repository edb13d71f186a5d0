"""The cell grid: why most positions are answered without looking at a single boundary.

*Definition.* Blocks of 1/8 degree cover every zone; a block that an edge of a zone touches is cut
into 16 x 16 cells of 1/128 degree. Where no edge touches, block or cell, the set of zones is the
same for all its points and is looked up. In a cell that edges touch the point is tested exactly.
*Exactly.* Even-odd rule: a zone holds a point if an odd number of its edges lie to the east of it
at its latitude. Edges that touch the cell are tested one by one. Of all others, those to the west
never count and those to the east count wherever they span the latitude: their sum is odd or even
at the cell's southern border (one bit), and turns at the latitudes where a chain of them ends,
which is where an edge that touches the cell leaves it eastward: those points are kept. So the
cell's own edges give, bit for bit, what all edges of the zone would.
*Sizes.* Powers of two of a degree, so that borders of cells are exact numbers.
*Near.* Per block: the edges of limits within reach of it, for distances to the line.
"""

from __future__ import annotations

from math import floor, inf, isnan
from typing import NamedTuple

import numpy as np

from mda.geo.distance import distance_m, offset_m, wrap_deg
from mda.geo.kernel import kernel, lean, whole
from mda.model.reports import F64, I32, I64

BLOCKS_PER_DEG = 8
"""Blocks of 7.5 nmi. Own choice: the empty ones of the whole earth would be 16 MB."""
CELLS_PER_DEG = 128
"""Cells of 0.5 nmi (0.0078 degrees): a full-resolution coast has some ten edges in one."""
SIDE = CELLS_PER_DEG // BLOCKS_PER_DEG
"""Cells along a side of a block."""
NO_ZONES = 0
"""Number of the empty set of zones."""


class Grid(NamedTuple):
    """Everything the kernels read; built once, never changed."""

    frame: I64
    """First column and row, columns and rows of the blocks kept (column 0 begins at 180 W)."""
    block: I32
    """Shape (columns * rows,): number of a set of zones, or ~number of a block of cells."""
    cell: I32
    """Shape (256 * cut blocks,): number of a set of zones, or ~number of a touched cell."""
    set_start: I64
    """Shape (sets + 1,): set i is set_zone[set_start[i]:set_start[i + 1]], ascending."""
    set_zone: I32
    entry_start: I64
    """Shape (touched cells + 1,): the entries of each, zones ascending."""
    entry: I32
    """Twice the zone's code, and 1 where edges wholly to the east are odd at the south border."""
    entry_edge: I64
    """Shape (entries + 1,): the edges of each."""
    edge: I32
    """Points that begin an edge; ~point: east of it all, the count turns from its latitude on."""
    near: I32
    """Shape (columns * rows,): number of a near block, -1 for none."""
    near_start: I64
    """Shape (near blocks + 1,): the zones of each with limits near, ascending."""
    near_zone: I32
    near_edge_start: I64
    near_edge: I32
    """Points that begin an edge of a limit."""
    point: F64
    """As in `Shapes`."""
    cap_m: F64
    """Per zone: beyond this distance from a limit the margin reads infinity."""
    valid_us: I64
    """Shape (zones, 2): from, and until (exclusive)."""


@lean
def crossing_deg(point: F64, k: int, lat_deg: float) -> float:
    """Longitude of edge k at a latitude that it spans, the same whichever way it was drawn."""
    low = k if point[k, 1] < point[k + 1, 1] else k + 1
    high = 2 * k + 1 - low
    x, y = point[low, 0], point[low, 1]
    lon_deg: float = x + (point[high, 0] - x) * (lat_deg - y) / (point[high, 1] - y)
    return lon_deg


@lean
def is_east(point: F64, k: int, lon_deg: float, lat_deg: float) -> bool:
    """Whether edge k lies east of a point at its latitude."""
    spans = (point[k, 1] > lat_deg) != (point[k + 1, 1] > lat_deg)
    return bool(spans and lon_deg < crossing_deg(point, whole(k), lat_deg))


@lean
def is_odd(point: F64, edge: I32, first: int, last: int, lon_deg: float, lat_deg: float) -> bool:
    """Whether an odd number of the edges listed lie east of a point at its latitude."""
    odd = False
    for i in range(first, last):
        k = edge[i]
        if k < 0:
            if point[~k, 1] <= lat_deg:
                odd = not odd
        elif is_east(point, k, lon_deg, lat_deg):
            odd = not odd
    return odd


@lean
def holds(point: F64, side: I32, first: int, last: int, lon_deg: float, lat_deg: float) -> bool:
    """The exact test of a whole zone, without the grid: points [first, last) of `Shapes`."""
    odd = False
    for k in range(first, last):
        if side[k] > -9 and is_east(point, k, lon_deg, lat_deg):
            odd = not odd
    return odd


@lean
def wrapped_deg(lon_deg: float) -> float:
    """A longitude in -180 to 180 (excluded); one that is there already keeps all its digits."""
    if -180.0 <= lon_deg < 180.0:
        return lon_deg
    turned = wrap_deg(lon_deg)
    return -180.0 if turned >= 180.0 else turned  # a hair west of 180 W is rounded to 180 E


@lean
def cell_at(origin_deg: float, deg: float) -> int:
    """Column (row) of cells from the origin (180 W, 90 S) that a longitude (latitude) is in."""
    number = floor((deg - origin_deg) * 128.0)
    if number / 128.0 + origin_deg > deg:  # what was lost in the subtraction
        number -= 1
    return number


@lean
def find(grid: Grid, lon_deg: float, lat_deg: float) -> tuple[int, int]:
    """The block a point lies in (-1: none that is kept) and its set of zones, or ~touched cell.

    The longitude is in -180 to 180.
    """
    if isnan(lon_deg) or isnan(lat_deg) or abs(lat_deg) > 90.0 or abs(lon_deg) > 180.0:
        return -1, NO_ZONES
    column = cell_at(-180.0, lon_deg)
    row = min(cell_at(-90.0, lat_deg), 180 * 128 - 1)
    across = (column >> 4) - grid.frame[0]
    up = (row >> 4) - grid.frame[1]
    if across < 0 or up < 0 or across >= grid.frame[2] or up >= grid.frame[3]:
        return -1, NO_ZONES
    block = up * grid.frame[2] + across
    found = grid.block[block]
    if found < 0:
        found = grid.cell[(~found << 8) + ((row & 15) << 4) + (column & 15)]
    return block, found


@lean
def find_all(grid: Grid, lon_deg: F64, lat_deg: F64, found: I32) -> int:
    """Fill the block and what was found, shape (n, 2); returns the most zones they can have."""
    most = 0
    for i in range(lon_deg.size):
        block, what = find(grid, wrapped_deg(lon_deg[i]), lat_deg[i])
        found[i, 0], found[i, 1] = block, what
        if what < 0:
            most += grid.entry_start[~what + 1] - grid.entry_start[~what]
        else:
            most += grid.set_start[what + 1] - grid.set_start[what]
    return most


@lean
def line_m(grid: Grid, near: int, zone: int, lon_deg: float, lat_deg: float) -> float:
    """Metres to the nearest limit of a zone among those near a block; infinity beyond its cap."""
    if near < 0:
        return inf
    for n in range(grid.near_start[near], grid.near_start[near + 1]):
        if grid.near_zone[n] == zone:
            first, last = grid.near_edge_start[n], grid.near_edge_start[n + 1]
            metres = nearest_m(grid.point, grid.near_edge, first, last, lon_deg, lat_deg)
            return metres if metres <= grid.cap_m[zone] else inf
    return inf


@lean
def nearest_m(
    point: F64, edge: I32, first: int, last: int, lon_deg: float, lat_deg: float
) -> float:
    """Metres to the nearest of the edges listed, none of them far away.

    Which point of them is nearest is found on the plane of the point's own latitude.
    """
    east_m, _ = offset_m(lon_deg, lat_deg, lon_deg + 1.0, lat_deg)
    _, north_m = offset_m(lon_deg, lat_deg - 0.5, lon_deg, lat_deg + 0.5)
    best = inf
    at_lon, at_lat = lon_deg, lat_deg
    for i in range(first, last):
        k = edge[i]
        ax = (point[k, 0] - lon_deg) * east_m
        ay = (point[k, 1] - lat_deg) * north_m
        dx = (point[k + 1, 0] - point[k, 0]) * east_m
        dy = (point[k + 1, 1] - point[k, 1]) * north_m
        length2 = dx * dx + dy * dy
        t = 0.0 if length2 == 0.0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / length2))
        px, py = ax + t * dx, ay + t * dy
        if px * px + py * py < best:
            best = px * px + py * py
            at_lon, at_lat = lon_deg + px / east_m, lat_deg + py / north_m
    return distance_m(lon_deg, lat_deg, at_lon, at_lat)


@lean
def holds_at(grid: Grid, zone: int, at_us: I64, i: int) -> bool:
    """Whether a zone holds at the instant of point i: no instants, one for all, or one each."""
    if at_us.size == 0:
        return True
    instant = at_us[i] if at_us.size > 1 else at_us[0]
    return bool(grid.valid_us[zone, 0] <= instant < grid.valid_us[zone, 1])


@lean
def locate_into(
    grid: Grid,
    lon_deg: F64,
    lat_deg: F64,
    at_us: I64,
    found: I32,
    offset: I64,
    zone: I32,
    margin_m: F64,
) -> int:
    """Fill the three columns of `Located`; returns how many zones were found in all."""
    total = 0
    offset[0] = 0
    for i in range(lon_deg.size):
        block, what = found[i, 0], found[i, 1]
        x, y = wrapped_deg(lon_deg[i]), lat_deg[i]
        near = grid.near[block] if block >= 0 else -1
        if what >= 0:
            first, last = grid.set_start[what], grid.set_start[what + 1]
        else:
            first, last = grid.entry_start[~what], grid.entry_start[~what + 1]
        for k in range(first, last):
            if what >= 0:
                z = grid.set_zone[k]
            else:
                z = grid.entry[k] >> 1
                start, end = grid.entry_edge[k], grid.entry_edge[k + 1]
                if is_odd(grid.point, grid.edge, start, end, x, y) == (grid.entry[k] & 1 == 1):
                    continue
            if holds_at(grid, z, at_us, i):
                zone[total] = z
                margin_m[total] = line_m(grid, near, z, x, y)
                total += 1
        offset[i + 1] = total
    return total


@lean
def inside_into(grid: Grid, code: int, lon_deg: F64, lat_deg: F64, inside: I32) -> None:
    """Fill 1 for every point that one zone holds, else 0."""
    for i in range(lon_deg.size):
        x, y = wrapped_deg(lon_deg[i]), lat_deg[i]
        _, what = find(grid, x, y)
        inside[i] = 0
        if what >= 0:
            for k in range(grid.set_start[what], grid.set_start[what + 1]):
                if grid.set_zone[k] == code:
                    inside[i] = 1
        else:
            for k in range(grid.entry_start[~what], grid.entry_start[~what + 1]):
                if grid.entry[k] >> 1 == code:
                    start, end = grid.entry_edge[k], grid.entry_edge[k + 1]
                    odd = is_odd(grid.point, grid.edge, start, end, x, y)
                    inside[i] = 1 if odd != (grid.entry[k] & 1 == 1) else 0


@kernel
def near_lines(grid: Grid, lon_deg: float, lat_deg: float) -> tuple[I32, F64]:
    """Zones with a limit within their cap of a point, inside or not, and the metres to it."""
    block, _ = find(grid, lon_deg, lat_deg)
    near = grid.near[block] if block >= 0 else -1
    most = grid.near_start[near + 1] - grid.near_start[near] if near >= 0 else 0
    zone = np.empty(most, dtype=np.int32)
    metres = np.empty(most, dtype=np.float64)
    count = 0
    for n in range(most):
        z = grid.near_zone[grid.near_start[near] + n]
        away_m = line_m(grid, near, whole(z), lon_deg, lat_deg)
        if away_m < inf:
            zone[count] = z
            metres[count] = away_m
            count += 1
    return zone[:count], metres[:count]


ANY_TIME = np.empty(0, dtype=np.int64)


@kernel
def located(grid: Grid, lon_deg: F64, lat_deg: F64, at_us: I64) -> tuple[I64, I32, F64]:
    """The columns of `Located` for columns of one length; `at_us` empty (ANY_TIME), one, or n."""
    n = lon_deg.size
    found = np.empty((n, 2), dtype=np.int32)
    most = find_all(grid, lon_deg, lat_deg, found)
    offset = np.empty(n + 1, dtype=np.int64)
    zone = np.empty(most, dtype=np.int32)
    margin_m = np.empty(most, dtype=np.float64)
    total = locate_into(grid, lon_deg, lat_deg, at_us, found, offset, zone, margin_m)
    return offset, zone[:total], margin_m[:total]
