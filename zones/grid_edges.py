"""The edges of a library's zones, as the index and the distances read them.

*Points, not edges.* A zone is its rings' points one after another; edge k runs from point k to
point k + 1, so that each point is kept once. The last point of a ring begins no edge.
*Straight.* Edges are straight in longitude and latitude, as in the GeoJSON they come from
(RFC 7946).
*Antimeridian.* A shape that runs past 180 degrees, or comes near, is kept a second time, a turn
further, so that every longitude from -180 to 180 meets all of it and all that is near. Where a
shape was cut at the antimeridian, the cut is a seam and no boundary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mda.errors import ZoneError
from mda.model.reports import F64, I32, I64, U64
from zones.geojson import Feature, parse_features, read_bytes
from zones.records import Collection

NO_EDGE, FRAME, NEITHER, COAST, OPEN = -9, -4, -3, -2, -1
"""What may lie beyond an edge other than a zone: nothing (no edge), the frame of the library's box
or a seam, a line borrowed from another zone, land, no zone."""
FARTHEST_LON_DEG = 360.0
"""Shapes that cross the antimeridian run on past 180 degrees, but hardly a whole turn."""
TURNED_DEG = 179.0
"""A shape that reaches further is kept a turn further too: margins reach less than a degree."""
Bools = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


class Box(NamedTuple):
    """What the library covers, degrees, edges included."""

    west: float
    south: float
    east: float
    north: float


class Shapes(NamedTuple):
    """Every zone's outline."""

    point: F64
    """Shape (n, 2): longitude, latitude in degrees, ring after ring, zone after zone."""
    side: I32
    """Shape (n,): what lies beyond the edge that begins at each point."""
    start: I64
    """Shape (zones + 1,): the points of zone z are [start[z], start[z + 1])."""

    def zone(self) -> I32:
        """The zone each point is of, shape (n,)."""
        return np.repeat(np.arange(self.start.size - 1, dtype=np.int32), np.diff(self.start))

    def zone_of(self, rows: I64) -> I64:
        """The zone that each of these points is of."""
        return np.searchsorted(self.start, rows, side="right").astype(np.int64) - 1

    def rows(self, code: int) -> I64:
        """Points of a zone that begin an edge."""
        first, last = int(self.start[code]), int(self.start[code + 1])
        return first + np.flatnonzero(self.side[first:last] > NO_EDGE)

    def edges(self, rows: I64) -> F64:
        """The edges (m, 4) that begin at these points."""
        return np.concatenate((self.point[rows], self.point[rows + 1]), axis=1)


@dataclass
class Rings:
    """What was read of the zones' rings so far."""

    point: list[F64] = field(default_factory=list)
    side: list[I32] = field(default_factory=list)
    zone: list[I64] = field(default_factory=list)

    def shapes(self, zones: int) -> Shapes:
        """All of it, zone by zone."""
        zone = np.concatenate(self.zone)
        order = np.argsort(zone, kind="stable")
        start = np.concatenate(([0], np.cumsum(np.bincount(zone, minlength=zones))))
        return Shapes(
            np.ascontiguousarray(np.concatenate(self.point)[order]),
            np.concatenate(self.side)[order].astype(np.int32),
            start.astype(np.int64),
        )


def _closed(ring: F64) -> F64:
    return ring if np.array_equal(ring[0], ring[-1]) else np.concatenate((ring, ring[:1]))


def _marks(xy: F64, zone: I64) -> U64:
    """One number an edge of a zone, the same for the same coordinates and zone."""
    bits = np.ascontiguousarray(xy + 0.0).view(np.uint64)
    mark = zone.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for column in range(4):
        mark = (mark ^ bits[:, column]) * np.uint64(0xBF58476D1CE4E5B9)
        mark ^= mark >> np.uint64(29)
    return mark


def _on_frame(xy: F64, box: Box) -> Bools:
    """Edges that run along the frame of the box."""
    across = (xy[:, 0] == xy[:, 2]) & ((xy[:, 0] == box.west) | (xy[:, 0] == box.east))
    along = (xy[:, 1] == xy[:, 3]) & ((xy[:, 1] == box.south) | (xy[:, 1] == box.north))
    return np.asarray(across | along, dtype=np.bool_)


def _seams(xy: F64, zone: I64) -> Bools:
    """Edges along the antimeridian of zones that have such edges on both sides of it."""
    seam = np.zeros(zone.size, dtype=np.bool_)
    sides = [(xy[:, 0] == lon) & (xy[:, 2] == lon) for lon in (-180.0, 180.0)]
    for code in np.intersect1d(zone[sides[0]], zone[sides[1]]):
        seam |= (zone == code) & (sides[0] | sides[1])
    return seam


def _along_limits(
    side: I32, xy: F64, zone: I64, limits: list[Feature], code: Mapping[str, int]
) -> None:
    """Write what lies beyond those edges that the limits file names."""
    rows = [f for f in limits if f.properties.get("zone") in code]
    if not rows:
        return
    lines = [np.concatenate([np.hstack((r[:-1], r[1:])) for r in f.rings]) for f in rows]
    sizes = [len(line) for line in lines]
    owner = np.repeat([code[f.properties["zone"]] for f in rows], sizes)
    beyond = np.repeat([code.get(f.properties.get("beyond", ""), OPEN) for f in rows], sizes)
    marks = _marks(np.concatenate(lines), owner)
    order = np.argsort(marks)
    own = _marks(xy, zone)
    at = np.minimum(np.searchsorted(marks[order], own), marks.size - 1)
    found = marks[order][at] == own
    side[found] = beyond[order][at][found]


def read_rings(rings: Rings, collection: Collection, code: Mapping[str, int], box: Box) -> None:
    """Add the shapes of one file's zones.

    ZoneError where a shape is of no zone, or leaves the box of a library, or the earth.
    """
    folder, name = collection.path.parent, collection.geometry
    features = parse_features(read_bytes(folder / name), name)
    strangers = [f.id for f in features if f.id not in code]
    if strangers:
        raise ZoneError(f"shapes of unknown zones {strangers}", where=name)
    closed = [(code[f.id], _closed(ring)) for f in features for ring in f.rings]
    if not closed:
        raise ZoneError("holds no shape", where=name)
    point = np.concatenate([ring for _, ring in closed])
    if not _inside(point, box):
        raise ZoneError("a shape leaves the box of the library", where=name)
    sizes = np.array([len(ring) for _, ring in closed])
    zone = np.repeat([number for number, _ in closed], sizes).astype(np.int64)
    begins = np.ones(len(point), dtype=np.bool_)
    begins[np.cumsum(sizes) - 1] = False
    rows = np.flatnonzero(begins)
    xy = np.concatenate((point[rows], point[rows + 1]), axis=1)
    frame = _on_frame(xy, box) | _seams(xy, zone[rows])
    rest = COAST if collection.rest_is_coast else NEITHER
    blank = np.where(frame, FRAME, rest if collection.limits else OPEN).astype(np.int32)
    if collection.limits:
        limits = parse_features(read_bytes(folder / collection.limits), collection.limits)
        _along_limits(blank, xy, zone[rows], limits, code)
    side = np.full(len(point), NO_EDGE, dtype=np.int32)
    side[rows] = blank
    _add(rings, point, side, zone)


def _inside(point: F64, box: Box) -> bool:
    west, south = point.min(axis=0)
    east, north = point.max(axis=0)
    return bool(west >= box.west and south >= box.south and east <= box.east and north <= box.north)


def _add(rings: Rings, point: F64, side: I32, zone: I64) -> None:
    """Add points, and once more a turn further those of shapes that come near the antimeridian."""
    rings.point.append(point)
    rings.side.append(side)
    rings.zone.append(zone)
    for turn_deg, beyond in (
        (360.0, point[:, 0] < -TURNED_DEG),
        (-360.0, point[:, 0] > TURNED_DEG),
    ):
        across = np.isin(zone, np.unique(zone[beyond]))
        if across.any():
            rings.point.append(point[across] + np.array([turn_deg, 0.0]))
            rings.side.append(side[across])
            rings.zone.append(zone[across])


WORLD = Box(-FARTHEST_LON_DEG, -90.0, FARTHEST_LON_DEG, 90.0)
"""Where own zones may lie."""


def box_of(collections: Sequence[Collection], where: str) -> Box:
    """The box around what the files say they cover."""
    boxes = [collection.box for collection in collections if collection.box]
    if not boxes:
        raise ZoneError("no file of the library says what box it covers", where=where)
    west, south, east, north = (np.array(side) for side in zip(*boxes, strict=True))
    return Box(float(west.min()), float(south.min()), float(east.max()), float(north.max()))
