"""Building the cell grid from the zones' edges: see `zones.grid` for what it is.

1. *Crossings*: where each zone's edges cross the southern borders of rows of cells (`grid_rows`).
2. *Blocks* and *cells*: what zones hold them, what edges touch them (`grid_cells`).
3. *Near*: the limits within each zone's cap of a block.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mda.model.reports import F64, I32, I64
from zones.grid import BLOCKS_PER_DEG, Grid
from zones.grid_cells import blocks_of, cells_of, listed
from zones.grid_edges import OPEN, Shapes
from zones.grid_rows import crossings, group_offsets, spread

M_PER_DEG = 110_000.0
"""Less than a degree of latitude anywhere (110,574 m at the equator): reaches err widely."""
MOST_LAT_DEG = 85.0


class Near(NamedTuple):
    """Limits near blocks: see `Grid`."""

    near: I32
    near_start: I64
    near_zone: I32
    near_edge_start: I64
    near_edge: I32


def blocks_over(west: F64, south: F64, east: F64, north: F64, frame: I64) -> tuple[I64, I64]:
    """Blocks of a frame that each box (degrees) touches; the block and the number of the box."""
    c1, c2 = ((np.floor((v + 180.0) * BLOCKS_PER_DEG) - frame[0]) for v in (west, east))
    r1, r2 = ((np.floor((v + 90.0) * BLOCKS_PER_DEG) - frame[1]) for v in (south, north))
    seen = (c2 >= 0) & (c1 < frame[2]) & (r2 >= 0) & (r1 < frame[3])
    c1, c2 = (np.clip(c, 0, frame[2] - 1).astype(np.int64) for c in (c1, c2))
    r1, r2 = (np.clip(r, 0, frame[3] - 1).astype(np.int64) for r in (r1, r2))
    wide = c2 - c1 + 1
    owner, rank = spread(np.where(seen, wide * (r2 - r1 + 1), 0))
    return (r1[owner] + rank // wide[owner]) * frame[2] + c1[owner] + rank % wide[owner], owner


def frame_around(point: F64, reach_m: float) -> I64:
    """First column and row, columns and rows of the blocks within reach of points."""
    low, high = point.min(axis=0), point.max(axis=0)
    lat_deg = reach_m / M_PER_DEG
    lon_deg = lat_deg / np.cos(np.radians(min(MOST_LAT_DEG, float(np.abs(point[:, 1]).max()))))
    reach = np.array([lon_deg, lat_deg])
    origin, most = np.array([180.0, 90.0]), np.array([360, 180]) * BLOCKS_PER_DEG
    first = np.clip(np.floor((low - reach + origin) * BLOCKS_PER_DEG), 0, most - 1)
    last = np.clip(np.floor((high + reach + origin) * BLOCKS_PER_DEG), 0, most - 1)
    return np.concatenate((first, last - first + 1)).astype(np.int64)


def _pieces(xy: F64) -> tuple[F64, I64]:
    """Edges cut into pieces no longer than a block, and the edge each piece is of."""
    span = np.maximum(np.abs(xy[:, 2] - xy[:, 0]), np.abs(xy[:, 3] - xy[:, 1]))
    owner, rank = spread(np.maximum(1, np.ceil(span * BLOCKS_PER_DEG)).astype(np.int64))
    count = np.bincount(owner, minlength=len(xy))[owner]
    start, end = (rank / count)[:, None], ((rank + 1) / count)[:, None]
    a, b = xy[owner, :2], xy[owner, 2:]
    return np.concatenate((a + (b - a) * start, a + (b - a) * end), axis=1), owner


def reaches_deg(lat_deg: F64, reach_m: F64) -> tuple[F64, F64]:
    """Degrees of longitude and of latitude that a reach is at most, at these latitudes."""
    north = reach_m / M_PER_DEG
    highest = np.minimum(MOST_LAT_DEG, np.abs(lat_deg) + north)
    return north / np.cos(np.radians(highest)), north


def near_blocks(shapes: Shapes, cap_m: F64, frame: I64) -> Near:
    """For each block, the limits within their zone's cap of it."""
    zones, blocks = cap_m.size, int(frame[2] * frame[3])
    limit = np.flatnonzero(shapes.side >= OPEN)
    pieces, owner = _pieces(shapes.edges(limit))
    zone = shapes.zone()[limit[owner]].astype(np.int64)
    east, north = reaches_deg(np.abs(pieces[:, [1, 3]]).max(axis=1, initial=0.0), cap_m[zone])
    block, piece = blocks_over(
        np.minimum(pieces[:, 0], pieces[:, 2]) - east,
        np.minimum(pieces[:, 1], pieces[:, 3]) - north,
        np.maximum(pieces[:, 0], pieces[:, 2]) + east,
        np.maximum(pieces[:, 1], pieces[:, 3]) + north,
        frame,
    )
    most = max(1, limit.size)
    pair = np.unique((block * zones + zone[piece]) * most + owner[piece])
    key, edge = pair // most, limit[pair % most]
    kept, count = np.unique(key, return_counts=True)
    held, of_block = np.unique(kept // zones, return_counts=True)
    near = np.full(blocks, -1, dtype=np.int32)
    near[held] = np.arange(held.size)
    return Near(
        near,
        group_offsets(of_block),
        (kept % zones).astype(np.int32),
        group_offsets(count),
        edge.astype(np.int32),
    )


def build_grid(shapes: Shapes, cap_m: F64, valid_us: I64) -> Grid:
    """The grid over all zones; `cap_m` and `valid_us` (from, until) have one row a zone."""
    frame = frame_around(shapes.point, float(cap_m.max()))
    lines = crossings(shapes)
    cells, sets = cells_of(shapes, lines, blocks_of(shapes, lines, frame))
    near = near_blocks(shapes, cap_m, frame)
    set_start, set_zone = listed(sets)
    return Grid(
        frame=frame,
        set_start=set_start,
        set_zone=set_zone,
        point=shapes.point,
        cap_m=np.ascontiguousarray(cap_m, dtype=np.float64),
        valid_us=np.ascontiguousarray(valid_us, dtype=np.int64),
        **cells._asdict(),
        **near._asdict(),
    )
