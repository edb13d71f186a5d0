"""How far it is to a shore, and to the lines of zones; what is land.

*Shore.* The coast is where the waters of the library end on land: belts, seas, rules and own zones
have none. *Land.* A point in no water is on land if the nearest edge of all waters is coast:
between it and the nearest water there is nothing but land. Outside the box nothing is said.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mda.errors import ZoneError
from mda.model.reports import F64, I32, I64
from zones import grid_store
from zones.boundaries import Boundaries, Boundary
from zones.grid import ANY_TIME, Grid, inside_into, located
from zones.grid_edges import COAST, FRAME, OPEN, Bools, Box, Shapes
from zones.near import Nearest, Tree, nearest_many, tree_of
from zones.records import Zone

MOST_TREES = 48
"""Zones whose lines are kept ready; a zone of a long coast takes some MB."""
SAME_M = 0.001
"""Where a limit meets the coast both are the nearest: then it is the coast."""


class Limit(NamedTuple):
    """The nearest stretch of a zone's limit."""

    distance_m: float
    beyond: Zone | None
    """The zone on the other side; None where there is none (the outer limit), or none is known."""
    boundary: Boundary | None
    """What is known about the line between the two."""


class Shore(NamedTuple):
    """The nearest coast."""

    distance_m: float
    on_land: bool
    zone: Zone
    """Whose coast it is, as the zone whose polygon ends there."""


def columns(lon_deg: F64 | float, lat_deg: F64 | float) -> tuple[F64, F64]:
    """Two columns of one length, ready for a kernel; ZoneError if they are not."""
    lon = np.ascontiguousarray(lon_deg, dtype=np.float64)
    lat = np.ascontiguousarray(lat_deg, dtype=np.float64)
    if lon.shape != lat.shape or lon.ndim != 1:
        raise ZoneError(f"longitudes {lon.shape} and latitudes {lat.shape} are not two columns")
    return lon, lat


class Lines:
    """The lines of a library's zones. Never changes; safe to share between threads."""

    def __init__(
        self,
        zones: tuple[Zone, ...],
        shapes: Shapes,
        grid: Grid,
        box: Box,
        boundaries: Boundaries,
        cache: Path | None,
    ) -> None:
        self.zones = zones
        self.box = box
        self._shapes = shapes
        self._grid = grid
        self._boundaries = boundaries
        self._cache = cache
        """File that the tree of the coast is kept in."""
        self._trees: dict[tuple[int, bool], tuple[I64, Tree] | None] = {}
        waters = [zone.family == "waters" and not zone.own for zone in zones]
        self._waters = np.array(waters, dtype=np.bool_)

    def covers(self, lon_deg: float, lat_deg: float) -> bool:
        """Whether the library says anything about this point at all (own zones lie anywhere)."""
        return bool(self._covered(*columns(lon_deg, lat_deg))[0])

    def edges(self, code: int) -> tuple[F64, I32]:
        """Edges of a zone (n, 4), longitude and latitude of both ends, and what is beyond each.

        That is a zone's code, or -1 no zone, -2 coast, -3 a line borrowed from another zone,
        -4 the frame of the library's box or a cut along the antimeridian.
        """
        rows = self._shapes.rows(code)
        return self._shapes.edges(rows), self._shapes.side[rows]

    def limit(self, code: int, lon_deg: float, lat_deg: float) -> Limit | None:
        """The nearest stretch of a zone's limit.

        None for a zone that has only coast and frame, and for a position that is none.
        """
        found = self._tree(code, limits=True)
        if found is None or not np.isfinite([lon_deg, lat_deg]).all():
            return None
        rows, tree = found
        near = nearest_many(tree, *columns(lon_deg, lat_deg))
        if near.which[0] < 0:  # a latitude beyond the poles
            return None
        side = int(self._shapes.side[rows[near.which[0]]])
        beyond = self.zones[side] if side >= 0 else None
        known = self._boundaries.between(self.zones[code], beyond) if beyond else None
        return Limit(float(near.metres[0]), beyond, known)

    def boundary_m(self, code: int, lon_deg: F64, lat_deg: F64) -> F64:
        """Metres from each point to the nearest edge of a zone, coast or limit; shape (n,).

        Positive inside, negative outside, NaN for points that are not known.
        """
        lon, lat = columns(lon_deg, lat_deg)
        found = self._tree(code, limits=False)
        if found is None:
            return np.full(lon.size, np.nan)
        inside = np.empty(lon.size, dtype=np.int32)
        inside_into(self._grid, code, lon, lat, inside)
        metres: F64 = nearest_many(found[1], lon, lat).metres
        return np.where(inside == 1, metres, -metres)

    def shore(self, lon_deg: float, lat_deg: float) -> Shore | None:
        """The nearest coast, and whether the point is on land.

        None where the library does not cover the point, and in a library without coast.
        """
        if not self.covers(lon_deg, lat_deg) or self._coast is None:
            return None
        lon, lat = columns(lon_deg, lat_deg)
        near = nearest_many(self._coast, lon, lat)
        zone = int(self._shapes.zone_of(self._coast_rows[near.which])[0])
        dry = bool(self.on_land(lon, lat)[0])
        return Shore(float(near.metres[0]), dry, self.zones[zone])

    def shores(self, lon_deg: F64, lat_deg: F64) -> F64:
        """Metres from each point to the nearest coast, 0 on land; shape (n,).

        NaN for points that the library does not cover. Near the edge of the box a coast beyond it
        may be nearer.
        """
        lon, lat = columns(lon_deg, lat_deg)
        metres = np.full(lon.size, np.nan)
        rows = np.flatnonzero(self._covered(lon, lat))
        if self._coast is not None and rows.size:
            near = nearest_many(self._coast, lon[rows], lat[rows])
            dry = self._dry(lon[rows], lat[rows], near)
            metres[rows] = np.where(dry, 0.0, near.metres)
        return metres

    def on_land(self, lon_deg: F64, lat_deg: F64) -> Bools:
        """Whether each point lies on land by the library's coast; shape (n,).

        A berth often does: our coast is off by up to some 100 m. Points in a water are not on land,
        and outside the box nothing is said (False).
        """
        lon, lat = columns(lon_deg, lat_deg)
        dry = np.zeros(lon.size, dtype=np.bool_)
        rows = np.flatnonzero(self._covered(lon, lat))
        if self._coast is not None and rows.size:
            dry[rows] = self._dry(lon[rows], lat[rows], None)
        return dry

    def _dry(self, lon: F64, lat: F64, coast: Nearest | None) -> Bools:
        """Land or not, for points in the box; `coast` if the nearest is known already."""
        offset, zone, _ = located(self._grid, lon, lat, ANY_TIME)
        point = np.repeat(np.arange(lon.size), np.diff(offset))
        bare = np.ones(lon.size, dtype=np.bool_)
        bare[point[self._waters[zone]]] = False
        rows = np.flatnonzero(bare)
        if rows.size and self._coast is not None:
            x, y = lon[rows], lat[rows]
            away_m = nearest_many(self._coast, x, y).metres if coast is None else coast.metres[rows]
            if self._open is not None:
                line_m = nearest_many(self._open, x, y, away_m + 1.0).metres
                bare[rows] = ~(line_m < away_m - SAME_M)  # NaN: no line is that near
        return bare

    def _covered(self, lon_deg: F64, lat_deg: F64) -> Bools:
        lon = (lon_deg + 180.0) % 360.0 - 180.0
        box = self.box
        inside = (lon >= box.west) & (lon <= box.east) & (lat_deg >= box.south)
        return np.asarray(inside & (lat_deg <= box.north), dtype=np.bool_)

    def _tree(self, code: int, *, limits: bool) -> tuple[I64, Tree] | None:
        """A zone's limits, or all its edges but the frame: where they begin, and their tree."""
        key = code, limits
        try:
            return self._trees[key]  # one look: another thread may empty it at any time
        except KeyError:
            pass
        rows = self._shapes.rows(code)
        rows = rows[self._shapes.side[rows] > (COAST if limits else FRAME)]
        made = (rows, tree_of(self._shapes.edges(rows))) if rows.size else None
        if len(self._trees) >= MOST_TREES:
            self._trees.clear()
        self._trees[key] = made
        return made

    @cached_property
    def _of_waters(self) -> Bools:
        """Points of `Shapes` that begin an edge of a water."""
        zone = self._shapes.zone()
        return self._waters[zone]

    @cached_property
    def _coast_rows(self) -> I64:
        return np.flatnonzero(self._of_waters & (self._shapes.side == COAST))

    @cached_property
    def _coast(self) -> Tree | None:
        """All coast; read from the cache where it is there."""
        if self._coast_rows.size == 0:
            return None
        kept = grid_store.load(self._cache) if self._cache else None
        if kept is not None:
            return Tree(**kept)
        made = tree_of(self._shapes.edges(self._coast_rows))
        if self._cache:
            grid_store.save(self._cache, made._asdict())
        return made

    @cached_property
    def _open(self) -> Tree | None:
        """What bounds waters and is no coast."""
        side = self._shapes.side
        rows = np.flatnonzero(self._of_waters & ((side >= OPEN) | (side == FRAME)))
        return tree_of(self._shapes.edges(rows)) if rows.size else None
