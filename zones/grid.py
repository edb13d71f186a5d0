"""The cell grid: why most positions are answered without looking at a single boundary.

*Definition.* The library's box is cut into cells. A cell that no edge of a zone touches lies wholly
inside or wholly outside it, and its centre decides for all its points. In a cell that an edge
touches the point is tested exactly: even-odd rule over those edges of the zone that share the
point's strip of latitude, which decides the same as the whole polygon would. Near a limit (closer
than the zone's cap) the distance to the limit's edges is measured; elsewhere it is infinity.
*Straight.* Edges are straight in longitude and latitude, as in the GeoJSON they come from
(RFC 7946).
*What is not a limit.* The coast and the frame of the box: a ship alongside is not near the limit of
its host's waters.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf, isnan, sqrt
from typing import NamedTuple

import numpy as np

from mda.geo.distance import offset_m, wrap_deg
from mda.geo.kernel import kernel
from mda.model.reports import F64, I32, I64, U8

CELL_DEG = 0.05
"""Side of a cell: 3 nmi. Own choice: smaller cells cost memory, larger ones more exact tests."""
STRIP_DEG = 0.01
"""Height of a strip of latitude. Own choice: a full-resolution coast has tens of edges in one."""
_ROUNDING_DEG = 1e-9
_M_PER_DEG = 110_000.0
"""Less than a degree of latitude anywhere (110,574 m at the equator): reaches err widely."""


class Box(NamedTuple):
    """What the library covers, degrees, edges included."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Edges:
    """Every edge of every zone, shape (n,) each."""

    x1: F64
    y1: F64
    x2: F64
    y2: F64
    zone: I32
    """Code of the zone the edge bounds."""
    side: I32
    """What lies beyond: -3 the box's frame or the like, -2 coast, -1 no zone, else a zone code."""


class Grid(NamedTuple):
    """Everything the kernel reads; built once, never changed."""

    box: F64
    """West, south, east, north, cell side, strip height (degrees)."""
    size: I64
    """Columns, rows, strips, zones."""
    cell: I64
    """Shape (cells + 1,): the entries of cell i are [cell[i], cell[i + 1])."""
    entry_zone: I32
    entry_exact: U8
    """1: an edge touches the cell, test the point exactly."""
    entry_near: I64
    """Shape (entries + 1,): limit edges within the zone's cap of the cell."""
    near: F64
    """Shape (n, 4): x1, y1, x2, y2 of those edges."""
    strip: I64
    """Shape (zones * strips + 1,): the edges of zone z in strip s are those of z * strips + s."""
    strip_edge: F64
    """Shape (n, 4)."""
    cap_m: F64
    """Per zone: beyond this distance from a limit the margin reads infinity."""


def spread(counts: I64) -> tuple[I64, I64]:
    """For counts (3, 1): owners (0, 0, 0, 1) and ranks within the owner (0, 1, 2, 0)."""
    owner = np.repeat(np.arange(counts.size, dtype=np.int64), counts)
    start = np.cumsum(counts) - counts
    return owner, np.arange(owner.size, dtype=np.int64) - start[owner]


def group_offsets(keys: I64, groups: int) -> I64:
    """Where each group starts in sorted keys, shape (groups + 1,)."""
    return np.concatenate(([0], np.cumsum(np.bincount(keys, minlength=groups)))).astype(np.int64)


def _coordinates(edges: Edges) -> F64:
    return np.stack((edges.x1, edges.y1, edges.x2, edges.y2), axis=1)


def _pieces(xy: F64) -> tuple[F64, I64]:
    """Edges cut into pieces no longer than a cell, and the edge each piece is of."""
    span = np.maximum(np.abs(xy[:, 2] - xy[:, 0]), np.abs(xy[:, 3] - xy[:, 1]))
    count = np.maximum(1, np.ceil(span / CELL_DEG)).astype(np.int64)
    owner, rank = spread(count)
    start = (rank / count[owner])[:, None]
    end = ((rank + 1) / count[owner])[:, None]
    a, b = xy[owner, :2], xy[owner, 2:]
    return np.concatenate((a + (b - a) * start, a + (b - a) * end), axis=1), owner


def cells_of(pieces: F64, box: Box, columns: int, rows: int, reach: F64) -> tuple[I64, I64]:
    """Cells that each piece, widened by its reach (lon, lat degrees), may touch; and the piece."""
    west = np.minimum(pieces[:, 0], pieces[:, 2]) - reach[:, 0] - box.west
    east = np.maximum(pieces[:, 0], pieces[:, 2]) + reach[:, 0] - box.west
    south = np.minimum(pieces[:, 1], pieces[:, 3]) - reach[:, 1] - box.south
    north = np.maximum(pieces[:, 1], pieces[:, 3]) + reach[:, 1] - box.south
    c1 = np.clip(np.floor(west / CELL_DEG), 0, columns - 1).astype(np.int64)
    c2 = np.clip(np.floor(east / CELL_DEG), 0, columns - 1).astype(np.int64)
    r1 = np.clip(np.floor(south / CELL_DEG), 0, rows - 1).astype(np.int64)
    r2 = np.clip(np.floor(north / CELL_DEG), 0, rows - 1).astype(np.int64)
    wide = c2 - c1 + 1
    owner, rank = spread(wide * (r2 - r1 + 1))
    cell = (r1[owner] + rank // wide[owner]) * columns + c1[owner] + rank % wide[owner]
    return cell, owner


def _centres_inside(xy: F64, box: Box, columns: int, rows: int) -> I64:
    """Cells whose centre lies inside by the even-odd rule over these edges."""
    low = np.minimum(xy[:, 1], xy[:, 3]) - box.south
    high = np.maximum(xy[:, 1], xy[:, 3]) - box.south
    first = np.ceil(low / CELL_DEG - 0.5).astype(np.int64)
    last = np.ceil(high / CELL_DEG - 0.5).astype(np.int64) - 1
    owner, rank = spread(np.maximum(0, last - first + 1))
    if owner.size == 0:
        return np.empty(0, dtype=np.int64)
    row = first[owner] + rank
    lat = box.south + (row + 0.5) * CELL_DEG
    x1, y1, x2, y2 = xy[owner].T
    crossing = (x1 + (x2 - x1) * (lat - y1) / (y2 - y1) - box.west) / CELL_DEG - 0.5
    column = np.clip(np.ceil(crossing), 0, columns).astype(np.int64)
    base, top = int(row.min()), int(row.max())
    turns = np.bincount(
        (row - base) * (columns + 1) + column, minlength=(top - base + 1) * (columns + 1)
    ).reshape(-1, columns + 1)
    inside = np.nonzero(np.cumsum(turns, axis=1)[:, :columns] % 2)
    return ((inside[0] + base) * columns + inside[1]).astype(np.int64)


def _entries(edges: Edges, zones: int, box: Box, columns: int, rows: int) -> tuple[I64, U8]:
    """Sorted keys cell * zones + zone of every (cell, zone) that share water, and which need the
    exact test."""
    order = np.argsort(edges.zone, kind="stable")
    first = group_offsets(edges.zone[order].astype(np.int64), zones)
    xy = _coordinates(edges)[order]
    last = np.empty(columns * rows, dtype=np.int64)
    keys: list[I64] = []
    flags: list[U8] = []
    for zone in range(zones):
        own = xy[first[zone] : first[zone + 1]]
        pieces, _ = _pieces(own)
        reach = np.full((len(pieces), 2), _ROUNDING_DEG)
        inside = _centres_inside(own, box, columns, rows)
        touched, _ = cells_of(pieces, box, columns, rows, reach)
        cell = np.concatenate((inside, touched))
        turn = np.arange(cell.size)
        last[cell] = turn
        once = last[cell] == turn
        keys.append(cell[once] * zones + zone)
        flags.append((turn[once] >= inside.size).astype(np.uint8))
    key, flag = np.concatenate(keys), np.concatenate(flags)
    order = np.argsort(key, kind="stable")
    return key[order], flag[order]


def _near(
    edges: Edges, entry_key: I64, cap_m: F64, box: Box, columns: int, rows: int
) -> tuple[I64, F64]:
    """For each entry, the limit edges within the zone's cap of its cell."""
    zones = cap_m.size
    limit = np.nonzero(edges.side > -2)[0]
    xy = _coordinates(edges)[limit]
    pieces, owner = _pieces(xy)
    zone = edges.zone[limit][owner].astype(np.int64)
    reach_lat = cap_m[zone] / _M_PER_DEG
    highest = np.minimum(85.0, np.abs(pieces[:, [1, 3]]).max(axis=1, initial=0.0) + reach_lat)
    reach = np.stack((reach_lat / np.cos(np.radians(highest)), reach_lat), axis=1)
    cell, piece = cells_of(pieces, box, columns, rows, reach)
    key = cell * zones + zone[piece]
    entry = np.searchsorted(entry_key, key)
    known = np.minimum(entry, entry_key.size - 1)
    kept = entry_key[known] == key
    pair = np.unique(known[kept] * max(1, limit.size) + owner[piece[kept]])
    entry, edge = pair // max(1, limit.size), pair % max(1, limit.size)
    return group_offsets(entry, entry_key.size), np.ascontiguousarray(xy[edge])


def _strips(edges: Edges, zones: int, box: Box, strips: int) -> tuple[I64, F64]:
    """The edges of each zone by strip of latitude, an edge in every strip it reaches."""
    low = np.minimum(edges.y1, edges.y2) - box.south - _ROUNDING_DEG
    high = np.maximum(edges.y1, edges.y2) - box.south + _ROUNDING_DEG
    first = np.clip(np.floor(low / STRIP_DEG), 0, strips - 1).astype(np.int64)
    last = np.clip(np.floor(high / STRIP_DEG), 0, strips - 1).astype(np.int64)
    owner, rank = spread(last - first + 1)
    key = edges.zone[owner].astype(np.int64) * strips + first[owner] + rank
    order = np.argsort(key, kind="stable")
    return group_offsets(key, zones * strips), _coordinates(edges)[owner[order]]


def build_grid(edges: Edges, cap_m: F64, box: Box) -> Grid:
    """The grid over all zones; `cap_m` has one value a zone."""
    zones = int(cap_m.size)
    columns = max(1, int(np.ceil((box.east - box.west) / CELL_DEG - _ROUNDING_DEG)))
    rows = max(1, int(np.ceil((box.north - box.south) / CELL_DEG - _ROUNDING_DEG)))
    strips = max(1, int(np.ceil((box.north - box.south) / STRIP_DEG - _ROUNDING_DEG)))
    key, exact = _entries(edges, zones, box, columns, rows)
    entry_near, near = _near(edges, key, cap_m, box, columns, rows)
    strip, strip_edge = _strips(edges, zones, box, strips)
    return Grid(
        box=np.array([*box, CELL_DEG, STRIP_DEG], dtype=np.float64),
        size=np.array([columns, rows, strips, zones], dtype=np.int64),
        cell=group_offsets(key // zones, columns * rows),
        entry_zone=(key % zones).astype(np.int32),
        entry_exact=exact,
        entry_near=entry_near,
        near=near,
        strip=strip,
        strip_edge=strip_edge,
        cap_m=np.ascontiguousarray(cap_m, dtype=np.float64),
    )


@kernel
def cell_of(grid: Grid, lon: float, lat: float) -> int:
    """Number of the cell a point lies in, -1 outside the box or where it is not known."""
    if isnan(lon) or isnan(lat):
        return -1
    if lon < grid.box[0] or lon > grid.box[2] or lat < grid.box[1] or lat > grid.box[3]:
        return -1
    column = min(floor((lon - grid.box[0]) / grid.box[4]), grid.size[0] - 1)
    row = min(floor((lat - grid.box[1]) / grid.box[4]), grid.size[1] - 1)
    cell: int = row * grid.size[0] + column
    return cell


@kernel
def contains(grid: Grid, zone: int, lon: float, lat: float) -> bool:
    """Even-odd rule over the zone's edges in the point's strip: the exact test."""
    row = min(floor((lat - grid.box[1]) / grid.box[5]), grid.size[2] - 1)
    slot = zone * grid.size[2] + row
    inside = False
    for k in range(grid.strip[slot], grid.strip[slot + 1]):
        y1 = grid.strip_edge[k, 1]
        y2 = grid.strip_edge[k, 3]
        if (y1 > lat) != (y2 > lat):
            x1 = grid.strip_edge[k, 0]
            if lon < x1 + (grid.strip_edge[k, 2] - x1) * (lat - y1) / (y2 - y1):
                inside = not inside
    return inside


@kernel
def nearest_edge(xy: F64, lon: float, lat: float) -> tuple[float, int, float, float]:
    """Metres to the nearest of edges (n, 4), which it is, and the nearest point on it.

    The plane is scaled at the point's own latitude: within 0.1 % up to 10 km, 2 % up to 300 km.
    """
    east_m, _ = offset_m(lon, lat, lon + 1.0, lat)
    _, north_m = offset_m(lon, lat - 0.5, lon, lat + 0.5)
    best = inf
    reach = inf
    which = -1
    at_lon = lon
    at_lat = lat
    for k in range(xy.shape[0]):
        ax = (xy[k, 0] - lon) * east_m
        ay = (xy[k, 1] - lat) * north_m
        dx = (xy[k, 2] - xy[k, 0]) * east_m
        dy = (xy[k, 3] - xy[k, 1]) * north_m
        if min(ay, ay + dy) > reach or max(ay, ay + dy) < -reach:
            continue
        length2 = dx * dx + dy * dy
        t = 0.0 if length2 == 0.0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / length2))
        px = ax + t * dx
        py = ay + t * dy
        if px * px + py * py < best:
            best = px * px + py * py
            reach = sqrt(best)
            which = k
            at_lon = lon + px / east_m
            at_lat = lat + py / north_m
    return reach, which, at_lon, at_lat


@kernel
def count_entries(grid: Grid, lon: F64, lat: F64) -> int:
    """Most zones these points can have together."""
    total = 0
    for i in range(lon.size):
        cell = cell_of(grid, wrap_deg(lon[i]), lat[i])
        if cell >= 0:
            total += grid.cell[cell + 1] - grid.cell[cell]
    return total


@kernel
def locate_into(grid: Grid, lon: F64, lat: F64, offset: I64, zone: I32, margin_m: F64) -> int:
    """Fill the three columns of `Located`; returns how many zones were found in all."""
    found = 0
    offset[0] = 0
    for i in range(lon.size):
        x = wrap_deg(lon[i])
        y = lat[i]
        cell = cell_of(grid, x, y)
        if cell >= 0:
            for k in range(grid.cell[cell], grid.cell[cell + 1]):
                z = grid.entry_zone[k]
                if grid.entry_exact[k] == 1 and not contains(grid, z, x, y):
                    continue
                zone[found] = z
                margin_m[found] = inf
                if grid.entry_near[k + 1] > grid.entry_near[k]:
                    edges = grid.near[grid.entry_near[k] : grid.entry_near[k + 1]]
                    metres, _, _, _ = nearest_edge(edges, x, y)
                    if metres <= grid.cap_m[z]:
                        margin_m[found] = metres
                found += 1
        offset[i + 1] = found
    return found
