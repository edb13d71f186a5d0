"""The nearest of many edges, or points: distances to shore, port and line, for millions of points.

*Definition.* The distance from a point to an edge is the least distance on the ellipsoid
(`mda.geo.distance`) to a point of the edge, which is straight in longitude and latitude.
*How.* Edges are cut into pieces of at most 2 km, and eight pieces that follow one another make a
run. Runs are sorted along a curve that fills the plane, and boxes around them, in metres from the
centre of the earth, make a tree: eight boxes in a box. The search goes into nearer boxes first and
leaves out those that begin further away than the nearest piece found. In metres from the centre of
the earth there is no antimeridian and no pole.
*What it costs.* A piece that sags 0.1 m between its ends, and chords instead of lines along the
earth, only matter for which of two equally near pieces is taken: at 300 km they must be within half
a metre of each other. The distance to the point found is the ellipsoid's.
"""

from __future__ import annotations

from math import cos, inf, isnan, nan, radians, sin, sqrt
from typing import NamedTuple

import numpy as np

from mda.geo.distance import WGS84_A_M, WGS84_F, distance_m
from mda.geo.kernel import kernel, lean, whole
from mda.model.reports import F64, I32, I64, U64

PIECE_M = 2_000.0
RUN = 8
"""Pieces in a run, boxes in a box."""
_M_PER_DEG = 111_700.0
"""More than a degree of latitude, or of longitude at the equator, anywhere."""
_E2 = WGS84_F * (2.0 - WGS84_F)
_DEPTH = 256
"""Boxes that can wait at once: seven of each level and more, for any number of pieces."""


class Tree(NamedTuple):
    """Edges ready to be searched."""

    box: F64
    """Shape (boxes, 6): lowest and highest x, y, z, metres; level by level, runs first."""
    level: I64
    """Shape (levels + 1,): where each level begins in `box`."""
    run: I64
    """Shape (runs, 2): first and last vertex of each run."""
    vertex: F64
    """Shape (n, 5): x, y, z in metres from the earth's centre; longitude, latitude in degrees."""
    edge: I32
    """Shape (n,): the edge that the piece from this vertex to the next is of."""


class Nearest(NamedTuple):
    """For each point: metres, which edge, and where on it. NaN, -1, NaN where there is none."""

    metres: F64
    which: I32
    lon_deg: F64
    lat_deg: F64


@lean
def from_centre_m(lon_deg: float, lat_deg: float) -> tuple[float, float, float]:
    """A point of the ellipsoid in metres from the centre of the earth."""
    phi, lam = radians(lat_deg), radians(lon_deg)
    normal_m = WGS84_A_M / sqrt(1.0 - _E2 * sin(phi) ** 2)
    flat_m = normal_m * cos(phi)
    return flat_m * cos(lam), flat_m * sin(lam), normal_m * (1.0 - _E2) * sin(phi)


def _pieces(xy: F64) -> tuple[F64, I32]:
    """Edges cut into pieces, and the edge each piece is of."""
    lat = np.radians(np.minimum(np.abs(xy[:, 1]), np.abs(xy[:, 3])))
    east = np.abs(xy[:, 2] - xy[:, 0]) * np.cos(lat)
    span_m = np.hypot(east, xy[:, 3] - xy[:, 1]) * _M_PER_DEG
    count = np.maximum(1, np.ceil(span_m / PIECE_M)).astype(np.int64)
    owner = np.repeat(np.arange(len(xy), dtype=np.int32), count)
    rank = np.arange(owner.size) - np.repeat(np.cumsum(count) - count, count)
    many = count[owner]
    start, end = (rank / many)[:, None], ((rank + 1) / many)[:, None]
    a, b = xy[owner, :2], xy[owner, 2:]
    # (1 - t) a + t b: the pieces of an edge begin and end exactly where it does.
    return np.concatenate(((1 - start) * a + start * b, (1 - end) * a + end * b), axis=1), owner


def _runs(pieces: F64) -> I64:
    """First piece of each run: up to eight that follow one another."""
    fresh = np.ones(len(pieces), dtype=np.bool_)
    fresh[1:] = (pieces[1:, :2] != pieces[:-1, 2:]).any(axis=1)
    chain = np.maximum.accumulate(np.where(fresh, np.arange(len(pieces)), 0))
    return np.flatnonzero((np.arange(len(pieces)) - chain) % RUN == 0)


def _spread_bits(number: U64) -> U64:
    """Bits of 16-bit numbers with a free place after each."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        number = (number | (number << np.uint64(shift))) & np.uint64(mask)
    return number


def _curve(lon_deg: F64, lat_deg: F64) -> I64:
    """Order of points along a curve through all cells of 1/182 degree."""
    column = ((lon_deg % 360.0) * 182.0).astype(np.uint64)
    row = ((lat_deg + 90.0) * 182.0).astype(np.uint64)
    along = _spread_bits(column) | (_spread_bits(row) << np.uint64(1))
    return np.argsort(along, kind="stable").astype(np.int64)


def _boxes(low: F64, high: F64) -> tuple[F64, I64]:
    """The boxes of every level over those of the runs."""
    levels = [np.concatenate((low, high), axis=1)]
    while len(levels[-1]) > 1:
        first = np.arange(0, len(levels[-1]), RUN)
        levels.append(
            np.concatenate(
                (
                    np.minimum.reduceat(levels[-1][:, :3], first),
                    np.maximum.reduceat(levels[-1][:, 3:], first),
                ),
                axis=1,
            )
        )
    sizes = np.cumsum([0, *(len(level) for level in levels)])
    return np.concatenate(levels), sizes.astype(np.int64)


def tree_of(xy: F64) -> Tree:
    """The tree over edges (n, 4), n > 0: longitude and latitude of both ends, degrees."""
    pieces, owner = _pieces(np.ascontiguousarray(xy, dtype=np.float64))
    first = _runs(pieces)
    last = np.append(first[1:], len(pieces)) - 1
    run_of = np.repeat(np.arange(first.size), last - first + 1)
    place = np.empty((len(pieces) + first.size, 2))
    place[np.arange(len(pieces)) + run_of] = pieces[:, :2]
    ends = last + np.arange(first.size) + 1
    place[ends] = pieces[last, 2:]
    edge = np.zeros(len(place), dtype=np.int32)
    edge[np.arange(len(pieces)) + run_of] = owner
    begins = first + np.arange(first.size)
    middle = (begins + ends) // 2
    order = _curve(place[middle, 0], place[middle, 1])
    vertex = np.empty((len(place), 5))
    _place(place, vertex)
    low = np.minimum.reduceat(vertex[:, :3], begins)
    high = np.maximum.reduceat(vertex[:, :3], begins)
    box, level = _boxes(low[order], high[order])
    return Tree(box, level, np.stack((begins, ends), axis=1)[order], vertex, edge)


@lean
def _place(place: F64, vertex: F64) -> None:
    for i in range(place.shape[0]):
        x, y, z = from_centre_m(place[i, 0], place[i, 1])
        vertex[i, 0], vertex[i, 1], vertex[i, 2] = x, y, z
        vertex[i, 3], vertex[i, 4] = place[i, 0], place[i, 1]


@lean
def _to_box(box: F64, i: int, x: float, y: float, z: float) -> float:
    """Squared metres from a point to a box."""
    dx = max(box[i, 0] - x, 0.0, x - box[i, 3])
    dy = max(box[i, 1] - y, 0.0, y - box[i, 4])
    dz = max(box[i, 2] - z, 0.0, z - box[i, 5])
    return float(dx * dx + dy * dy + dz * dz)


@lean
def _to_piece(vertex: F64, k: int, x: float, y: float, z: float) -> tuple[float, float]:
    """Squared metres from a point to the piece from vertex k, and how far along it (0 to 1)."""
    ax, ay, az = vertex[k, 0] - x, vertex[k, 1] - y, vertex[k, 2] - z
    dx, dy, dz = vertex[k + 1, 0] - x - ax, vertex[k + 1, 1] - y - ay, vertex[k + 1, 2] - z - az
    length2 = dx * dx + dy * dy + dz * dz
    t = 0.0
    if length2 > 0.0:
        t = min(1.0, max(0.0, -(ax * dx + ay * dy + az * dz) / length2))
    px, py, pz = ax + t * dx, ay + t * dy, az + t * dz
    return px * px + py * py + pz * pz, t


@lean
def _search(
    tree: Tree, x: float, y: float, z: float, within2: float, wait: I64, wait2: F64
) -> tuple[int, float]:
    """The vertex that begins the nearest piece nearer than sqrt(within2) m (-1: none), and how far
    along. `wait` and `wait2` hold the boxes still to be opened, nearest last."""
    best2, which, along = within2, -1, 0.0
    top = tree.level.size - 2
    wait[0], wait2[0], count = tree.level[top], 0.0, 1
    while count > 0:
        count -= 1
        if wait2[count] >= best2:
            continue
        box = wait[count]
        if box < tree.level[1]:
            for k in range(tree.run[box, 0], tree.run[box, 1]):
                d2, t = _to_piece(tree.vertex, k, x, y, z)
                if d2 < best2:
                    best2, which, along = d2, k, t
            continue
        level = 1
        while tree.level[level + 1] <= box:
            level += 1
        first = tree.level[level - 1] + (box - tree.level[level]) * RUN
        bottom = count
        for child in range(first, min(first + RUN, tree.level[level])):
            d2 = _to_box(tree.box, child, x, y, z)
            if d2 < best2:
                at = count
                while at > bottom and wait2[at - 1] < d2:
                    wait[at], wait2[at] = wait[at - 1], wait2[at - 1]
                    at -= 1
                wait[at], wait2[at] = child, d2
                count += 1
    return which, along


@kernel
def _nearest_into(tree: Tree, lon_deg: F64, lat_deg: F64, within_m: F64, out: Nearest) -> None:
    """Fill the nearest for each point; nearer than `within_m` (one for all, or one each)."""
    wait, wait2 = np.empty(_DEPTH, dtype=np.int64), np.empty(_DEPTH, dtype=np.float64)
    previous = whole(-1)
    for i in range(lon_deg.size):
        out.metres[i], out.which[i], out.lon_deg[i], out.lat_deg[i] = nan, -1, nan, nan
        if isnan(lon_deg[i]) or isnan(lat_deg[i]) or abs(lat_deg[i]) > 90.0:
            continue
        x, y, z = from_centre_m(lon_deg[i], lat_deg[i])
        most_m = within_m[i] if within_m.size > 1 else within_m[0]
        most2 = most_m * most_m
        if previous >= 0:  # what was nearest to the last point is a fair bound for this one
            d2, _ = _to_piece(tree.vertex, previous, x, y, z)
            most2 = min(most2, d2 * (1.0 + 1e-9) + 1e-6)
        k, t = _search(tree, x, y, z, most2, wait, wait2)
        if k >= 0:
            a, b = tree.vertex[k], tree.vertex[k + 1]
            out.lon_deg[i], out.lat_deg[i] = (1 - t) * a[3] + t * b[3], (1 - t) * a[4] + t * b[4]
            out.metres[i] = distance_m(lon_deg[i], lat_deg[i], out.lon_deg[i], out.lat_deg[i])
            out.which[i] = tree.edge[k]
            previous = k


def nearest_many(tree: Tree, lon_deg: F64, lat_deg: F64, within_m: F64 | float = inf) -> Nearest:
    """The nearest edge to each point, shape (n,) each; NaN and -1 for points not known.

    Edges further than `within_m` (all points' or each one's) may be left out.
    """
    n = lon_deg.size
    out = Nearest(np.empty(n), np.empty(n, dtype=np.int32), np.empty(n), np.empty(n))
    _nearest_into(tree, lon_deg, lat_deg, np.atleast_1d(np.asarray(within_m, np.float64)), out)
    return out
