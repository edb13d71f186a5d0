"""`ZoneLibrary`: whose water is this, for one point or millions. It implements `ZoneIndex`.

Numbers of zones (codes) put the contested first: disputed, joint, then single claims; so the list
of a point never begins with one side of a dispute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from mda.errors import ZoneError
from mda.geo.distance import distance_m, wrap_deg
from mda.model import Located, ZoneClaim
from mda.model.reports import F64, I32, I64, U64
from zones.boundaries import Boundaries, Boundary
from zones.geojson import Feature, parse_features, read_bytes
from zones.grid import Box, Edges, build_grid, contains, count_entries, locate_into, nearest_edge
from zones.records import STATUSES, Collection, Zone, read_collection

LIBRARY = Path(__file__).parent / "library"
NEITHER, COAST, OPEN = -3, -2, -1
"""What may lie beyond an edge other than a zone: the box's frame (or the like), land, no zone."""
LEAST_CAP_M = 100.0


WIDE_DEG = 0.05
WIDE_REACH_M = 4_000.0
"""No point of a wide cell is further from its centre than this."""
FINE_DEG = 0.0005
MOST_CELLS = 200_000
Bools = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


class Limit(NamedTuple):
    """The nearest stretch of a zone's limit."""

    distance_m: float
    beyond: Zone | None
    """The zone on the other side; None where there is none (the 200 nmi line)."""
    boundary: Boundary | None
    """What is known about the line between the two."""


class Shore(NamedTuple):
    """The nearest coast."""

    distance_m: float
    on_land: bool
    zone: Zone
    """Whose coast it is, as the zone whose polygon ends there."""


def _segments(rings: Sequence[F64]) -> F64:
    """Edges (n, 4) of consecutive points."""
    return np.concatenate([np.hstack((r[:-1], r[1:])) for r in rings])


def _marks(xy: F64, zone: I64) -> U64:
    """One number an edge of a zone, the same for the same coordinates and zone."""
    bits = np.ascontiguousarray(xy + 0.0).view(np.uint64)
    mark = zone.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for column in range(4):
        mark = (mark ^ bits[:, column]) * np.uint64(0xBF58476D1CE4E5B9)
        mark ^= mark >> np.uint64(29)
    return mark


def _on_frame(xy: F64, box: Box) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Edges that run along the frame of the box."""
    across = (xy[:, 0] == xy[:, 2]) & ((xy[:, 0] == box.west) | (xy[:, 0] == box.east))
    along = (xy[:, 1] == xy[:, 3]) & ((xy[:, 1] == box.south) | (xy[:, 1] == box.north))
    return np.asarray(across | along, dtype=np.bool_)


def _sides(xy: F64, zone: I64, limits: list[Feature], code: dict[str, int], blank: I32) -> I32:
    """What lies beyond each edge of a file's zones: as the limits file says, else `blank`."""
    side = blank.copy()
    rows = [f for f in limits if f.properties.get("zone") in code]
    if not rows:
        return side
    lines = [_segments(f.rings) for f in rows]
    sizes = [len(line) for line in lines]
    owner = np.repeat([code[f.properties["zone"]] for f in rows], sizes)
    beyond = np.repeat([code.get(f.properties.get("beyond", ""), OPEN) for f in rows], sizes)
    marks = _marks(np.concatenate(lines), owner)
    order = np.argsort(marks)
    own = _marks(xy, zone)
    at = np.minimum(np.searchsorted(marks[order], own), marks.size - 1)
    found = marks[order][at] == own
    side[found] = beyond[order][at][found]
    return side


class ZoneLibrary:
    """The zones of a directory, ready to answer. Never changes; safe to share between threads."""

    def __init__(
        self,
        zones: tuple[Zone, ...],
        edges: Edges,
        box: Box,
        version: str,
        shape_files: tuple[Path, ...],
        boundaries: Boundaries,
    ) -> None:
        self.zones = zones
        self.box = box
        self.shape_files = shape_files
        self._version = version
        self._claims = tuple(zone.claim() for zone in zones)
        self._edges = edges
        self._xy = np.stack((edges.x1, edges.y1, edges.x2, edges.y2), axis=1)
        accuracy = np.array([zone.accuracy_m for zone in zones], dtype=np.float64)
        self._grid = build_grid(edges, 2.0 * np.maximum(LEAST_CAP_M, accuracy), box)
        self._boundaries = boundaries

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """The library in a directory (the one that ships, if none is named).

        ZoneError where a file is missing, damaged, or contradicts itself.
        """
        folder = LIBRARY if path is None else path
        collections = [read_collection(p) for p in sorted(folder.glob("*.toml"))]
        if not collections:
            raise ZoneError("no zones (*.toml) in this directory", where=folder.name)
        zones = tuple(
            sorted(
                (zone for collection in collections for zone in collection.zones),
                key=lambda zone: (STATUSES.index(zone.status), zone.id),
            )
        )
        code = {zone.id: number for number, zone in enumerate(zones)}
        if len(code) < len(zones):
            raise ZoneError("two zones have the same id", where=folder.name)
        digest = hashlib.blake2b(digest_size=8)
        box = _box(collections, folder.name)
        parts = [_edges(c, code, box, digest) for c in collections]
        edges = Edges(*(np.concatenate([getattr(p, f) for p in parts]) for f in Edges.__slots__))
        missing = set(range(len(zones))) - set(np.unique(edges.zone).tolist())
        if missing:
            names = ", ".join(zones[m].id for m in sorted(missing))
            raise ZoneError(f"no shape for {names}", where=folder.name)
        table = folder / "boundaries.csv"
        boundaries = Boundaries.load(table) if table.exists() else Boundaries(())
        files = tuple(folder / c.geometry for c in collections)
        return cls(zones, edges, box, digest.hexdigest(), files, boundaries)

    @property
    def folder(self) -> Path:
        """The directory the library was read from."""
        return self.shape_files[0].parent

    @property
    def claims(self) -> Sequence[ZoneClaim]:
        """Every zone by its code, as findings quote it."""
        return self._claims

    @property
    def version(self) -> str:
        """Hash of the library's content (16 hex digits), quoted in evidence."""
        return self._version

    def locate(self, lon_deg: F64, lat_deg: F64) -> Located:
        """Zones of each point, contested ones first (NaN positions have none).

        Shapes (n,) each. A margin is the distance to the zone's limit: not to its coast.
        """
        lon = np.ascontiguousarray(lon_deg, dtype=np.float64)
        lat = np.ascontiguousarray(lat_deg, dtype=np.float64)
        if lon.shape != lat.shape or lon.ndim != 1:
            raise ZoneError(f"longitudes {lon.shape} and latitudes {lat.shape} are not two columns")
        most = count_entries(self._grid, lon, lat)
        offset = np.empty(lon.size + 1, dtype=np.int64)
        zone = np.empty(most, dtype=np.int32)
        margin_m = np.empty(most, dtype=np.float64)
        found = locate_into(self._grid, lon, lat, offset, zone, margin_m)
        return Located(offset, zone[:found], margin_m[:found])

    def covers(self, lon_deg: float, lat_deg: float) -> bool:
        """Whether the library says anything about this point at all."""
        lon = wrap_deg(lon_deg)
        return self.box.west <= lon <= self.box.east and self.box.south <= lat_deg <= self.box.north

    def contains(self, code: int, lon_deg: float, lat_deg: float) -> bool:
        """The exact test of one point and one zone, without the grid."""
        return self.covers(lon_deg, lat_deg) and contains(
            self._grid, code, wrap_deg(lon_deg), lat_deg
        )

    def limit(self, code: int, lon_deg: float, lat_deg: float) -> Limit | None:
        """The nearest stretch of a zone's limit; None for a zone that has only coast and frame."""
        edges, sides = self._limits[code]
        if len(edges) == 0:
            return None
        lon = wrap_deg(lon_deg)
        _, which, at_lon, at_lat = nearest_edge(edges, lon, lat_deg)
        side = int(sides[which])
        beyond = self.zones[side] if side >= 0 else None
        known = self._boundaries.between(self.zones[code], beyond) if beyond else None
        return Limit(distance_m(lon, lat_deg, at_lon, at_lat), beyond, known)

    def shore(self, lon_deg: float, lat_deg: float) -> Shore | None:
        """The nearest coast, and whether the point is on land; None in a library without coast.

        A point in no zone is on land if the nearest edge of all is coast: between it and the
        nearest zone there is nothing but land.
        """
        edges, owners = self._coast
        if len(edges) == 0:
            return None
        lon = wrap_deg(lon_deg)
        _, which, at_lon, at_lat = nearest_edge(edges, lon, lat_deg)
        on_land = False
        point = np.array([lon]), np.array([lat_deg])
        if self.locate(*point).zone.size == 0:
            _, nearest, _, _ = nearest_edge(self._xy, lon, lat_deg)
            on_land = bool(self._edges.side[nearest] == COAST)
        metres = distance_m(lon, lat_deg, at_lon, at_lat)
        return Shore(metres, on_land, self.zones[int(owners[which])])

    def on_land(self, lon_deg: F64, lat_deg: F64) -> Bools:
        """Whether each point lies on land by the library's coast, to its nearest 50 m; shape (n,).

        A berth often does: our coast is off by up to some 100 m. Points in a zone are not on land,
        and outside the box nothing is said (False).
        """
        bare = np.diff(self.locate(lon_deg, lat_deg).offset) == 0
        dry = np.zeros(bare.shape, dtype=np.bool_)
        for row in np.flatnonzero(bare & np.isfinite(lon_deg) & np.isfinite(lat_deg)):
            lon, lat = float(lon_deg[row]), float(lat_deg[row])
            dry[row] = self.covers(lon, lat) and self._dry(wrap_deg(lon), lat)
        return dry

    def _dry(self, lon_deg: float, lat_deg: float) -> bool:
        """Land or not for a point in no zone: whole wide cells far from any edge, else by 50 m."""
        wide = WIDE_DEG, round(lon_deg / WIDE_DEG), round(lat_deg / WIDE_DEG)
        if wide not in self._cells:
            self._cells[wide] = self._land_cell(*wide)
        answer = self._cells[wide]
        if answer is None:
            fine = FINE_DEG, round(lon_deg / FINE_DEG), round(lat_deg / FINE_DEG)
            if fine not in self._cells:
                if len(self._cells) >= MOST_CELLS:
                    self._cells.clear()
                self._cells[fine] = self._land_cell(*fine)
            answer = self._cells[fine]
        return bool(answer)

    def _land_cell(self, size_deg: float, column: int, row: int) -> bool | None:
        """What lies at a cell's centre; None for a wide cell that an edge may cut."""
        lon, lat = column * size_deg, row * size_deg
        _, nearest, at_lon, at_lat = nearest_edge(self._xy, lon, lat)
        if size_deg == WIDE_DEG and distance_m(lon, lat, at_lon, at_lat) < WIDE_REACH_M:
            return None
        return bool(self._edges.side[nearest] == COAST)

    @cached_property
    def _cells(self) -> dict[tuple[float, int, int], bool | None]:
        """Answers of `_dry` so far."""
        return {}

    @cached_property
    def _limits(self) -> list[tuple[F64, I32]]:
        """Per zone: its limit edges (n, 4) and what lies beyond each."""
        rows = [
            np.nonzero((self._edges.side >= OPEN) & (self._edges.zone == code))[0]
            for code in range(len(self.zones))
        ]
        return [(self._xy[r], self._edges.side[r]) for r in rows]

    @cached_property
    def _coast(self) -> tuple[F64, I32]:
        """All coast edges (n, 4) and the zone each bounds."""
        rows = np.nonzero(self._edges.side == COAST)[0]
        return self._xy[rows], self._edges.zone[rows]


def _box(collections: list[Collection], where: str) -> Box:
    boxes = [collection.box for collection in collections if collection.box]
    if not boxes:
        raise ZoneError("no file of the library says what box it covers", where=where)
    west, south, east, north = (np.array(side) for side in zip(*boxes, strict=True))
    return Box(float(west.min()), float(south.min()), float(east.max()), float(north.max()))


def _edges(
    collection: Collection, code: dict[str, int], box: Box, digest: hashlib.blake2b
) -> Edges:
    """The edges of one file's zones; feeds the digest with the file's content."""
    folder = collection.path.parent
    shape = read_bytes(folder / collection.geometry)
    limits = read_bytes(folder / collection.limits) if collection.limits else b""
    for content in (collection.path.read_bytes(), shape, limits):
        digest.update(content)
    features = parse_features(shape, collection.geometry)
    strangers = [f.id for f in features if f.id not in code]
    if strangers:
        raise ZoneError(f"shapes of unknown zones {strangers}", where=collection.geometry)
    lines = [_segments(f.rings) for f in features]
    xy = np.concatenate(lines)
    zone = np.repeat([code[f.id] for f in features], [len(line) for line in lines])
    if np.isnan(xy).any() or not _inside(xy, box):
        raise ZoneError("a shape leaves the box of the library", where=collection.geometry)
    rest = COAST if collection.rest_is_coast else NEITHER
    side = np.where(_on_frame(xy, box), NEITHER, rest if limits else OPEN).astype(np.int32)
    if limits:
        side = _sides(xy, zone, parse_features(limits, collection.limits), code, side)
    x1, y1, x2, y2 = (np.ascontiguousarray(column) for column in xy.T)
    return Edges(x1, y1, x2, y2, zone.astype(np.int32), side)


def _inside(xy: F64, box: Box) -> bool:
    west, south = xy[:, [0, 2]].min(), xy[:, [1, 3]].min()
    east, north = xy[:, [0, 2]].max(), xy[:, [1, 3]].max()
    return bool(west >= box.west and south >= box.south and east <= box.east and north <= box.north)
