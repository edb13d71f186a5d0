"""Everything within so many metres of a coast, measured on the ellipsoid.

*Definition.* The coast is cut into tiles of half a degree; each is laid on a plane about its own
meridian (`Plane`), widened there, and laid back. The pieces are then united.
*What it costs.* The plane is true to 4 m in 24 nmi over a tile and its margin; arcs are drawn with
128 points a circle (13 m inside the arc at 24 nmi); the coast is taken to 5 m, the outline to 11 m.
GEOS itself may be off by 1 % of the distance where a coast recedes (it drops such points), so every
point of an outline is moved onto the true distance afterwards (`_settled`). The tests measure the
whole with geodesics: below 50 m.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from mda.model.reports import F64
from zones.build_plane import Plane

TILE_DEG = 0.5
COAST_TOLERANCE_M = 5.0
OUTLINE_TOLERANCE_DEG = 1e-4
NEAR_M = 2_000.0
"""A first, rough widening: it melts the islets of a tile into few outlines, which is quick."""
ROUGH_TOLERANCE_M = 50.0
POINTS_A_QUARTER = 32
STEP_M = 1_000.0
GRID_DEG = 1e-5


def tiles(lines: Sequence[F64], tile_deg: float = TILE_DEG) -> dict[tuple[int, int], list[F64]]:
    """Lines (n, 2) in degrees cut where they leave a tile, by tile (column, row)."""
    cut: dict[tuple[int, int], list[F64]] = {}
    for line in lines:
        long = shapely.get_coordinates(shapely.segmentize(shapely.LineString(line), tile_deg / 20))
        cell = np.floor((long[:-1] + long[1:]) / 2.0 / tile_deg).astype(int)
        ends = np.nonzero((np.diff(cell, axis=0) != 0).any(axis=1))[0] + 1
        for start, end in pairwise([0, *ends.tolist(), len(cell)]):
            column, row = cell[start].tolist()
            cut.setdefault((column, row), []).append(long[start : end + 1])
    return cut


def _settled(outline: BaseGeometry, coast: NDArray[np.object_], distance_m: float) -> BaseGeometry:
    """The outline with every point moved onto the distance from its nearest point of the coast."""

    tree = shapely.STRtree(coast)

    def settle(xy: F64) -> F64:
        points = shapely.points(xy)
        line = coast[tree.nearest(points)]
        foot = shapely.line_interpolate_point(line, shapely.line_locate_point(line, points))
        at = shapely.get_coordinates(foot)
        away = xy - at
        return at + away * (distance_m / np.hypot(away[:, 0], away[:, 1]))[:, None]

    moved = shapely.transform(shapely.segmentize(outline, STEP_M), settle)
    return shapely.buffer(moved, 0.0) if not moved.is_valid else moved


def _without_holes(geometry: BaseGeometry) -> BaseGeometry:
    return shapely.union_all(
        shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(geometry)))
    )


def reaches(lines: Sequence[F64], distances_m: Sequence[float]) -> list[BaseGeometry]:
    """What lies within each distance of the lines, without holes, in degrees.

    Holes are left out: who is within 12 nmi of the coast on all sides is on land or in a bay.
    """
    found: list[list[BaseGeometry]] = [[] for _ in distances_m]
    for (column, _), pieces in sorted(tiles(lines).items()):
        plane = Plane((column + 0.5) * TILE_DEG)
        flat = shapely.simplify(
            [shapely.LineString(plane.to_m(p)) for p in pieces], COAST_TOLERANCE_M
        )
        coarse = shapely.simplify(flat, ROUGH_TOLERANCE_M)
        rough = _without_holes(shapely.union_all(shapely.buffer(coarse, NEAR_M, quad_segs=4)))
        for distance_m, out in zip(distances_m, found, strict=True):
            wide = shapely.buffer(
                shapely.simplify(rough, ROUGH_TOLERANCE_M),
                distance_m - NEAR_M,
                quad_segs=POINTS_A_QUARTER,
            )
            out.append(shapely.transform(_settled(wide, flat, distance_m), plane.to_deg))
    return [_outline(parts) for parts in found]


def _outline(parts: Sequence[BaseGeometry]) -> BaseGeometry:
    if not parts:
        return shapely.Polygon()
    whole = shapely.union_all([shapely.set_precision(p, GRID_DEG) for p in parts])
    return shapely.set_precision(shapely.simplify(whole, OUTLINE_TOLERANCE_DEG), GRID_DEG)
