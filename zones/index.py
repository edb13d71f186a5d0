"""`ZoneLibrary`: whose water is this, for one point or millions. It implements `ZoneIndex`.

Numbers of zones (codes) put the contested first: disputed and joint waters, then single claims; so
the list of a point never begins with one side of a dispute. Within each, an operator's own zones
come before ours: nothing of ours is deleted by them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import erf, sqrt
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from mda.errors import ZoneError
from mda.geo.kernel import lean
from mda.model import Located, ZoneClaim
from mda.model.reports import F64, I32, I64
from zones import grid_store
from zones.boundaries import Boundaries
from zones.grid import ANY_TIME, Grid, holds, holds_at, located, near_lines, wrapped_deg
from zones.grid_build import build_grid
from zones.grid_edges import WORLD, Box, Rings, Shapes, box_of, read_rings
from zones.near_lines import Limit, Lines, Shore, columns
from zones.records import STATUSES, Collection, Zone, read_collection

__all__ = ["LIBRARY", "Inside", "Limit", "Shore", "ZoneLibrary"]

LIBRARY = Path(__file__).parent / "library"
LEAST_CAP_M = 100.0
LEAST_P = 0.01
"""Zones less likely to hold a point are not named: own choice."""
LEAST_M = 1e-6
"""How far outside a point on a line is said to lie: a ten-thousandth of what a grid of 1e-9 degrees
tells apart."""
SIGMAS = 1.96
"""A line's accuracy is the 95 % figure: so many standard deviations of a normal error."""
FAMILY_ORDER = ("waters", "belts", "rules", "own", "seas")


class Inside(NamedTuple):
    """A zone that holds a point, or may hold it."""

    zone: Zone
    p_inside: float
    """How likely the point is inside, given the accuracy of our line; below 0.5 it lies outside."""
    margin_m: float
    """Metres to the zone's limit, negative outside; infinite where that is not near."""


@lean
def _chances_into(zone: I32, margin_m: F64, accuracy_m: F64, out: F64) -> None:
    for i in range(zone.size):
        sigma_m = accuracy_m[zone[i]] / SIGMAS
        out[i] = 0.5 * (1.0 + erf(margin_m[i] / sigma_m / sqrt(2.0)))


def _order(zone: Zone) -> tuple[bool, bool, int, int, str]:
    """What zones are numbered by."""
    uncontested = zone.status not in ("disputed", "joint")
    family = FAMILY_ORDER.index(zone.family)
    return uncontested, not zone.own, STATUSES.index(zone.status), family, zone.id


class ZoneLibrary(Lines):
    """The zones of a directory, ready to answer. Never changes; safe to share between threads."""

    def __init__(
        self,
        zones: tuple[Zone, ...],
        shapes: Shapes,
        grid: Grid,
        box: Box,
        boundaries: Boundaries,
        cache: Path | None = None,
    ) -> None:
        super().__init__(zones, shapes, grid, box, boundaries, cache)
        self.folder = LIBRARY
        """The directory the library was read from."""
        self.collections: tuple[Collection, ...] = ()
        """The files of the library and of own zones, in the order they were read."""
        self.shipped_version = ""
        """Hash of the library's own content, without own zones."""
        self._version = ""
        self._claims = tuple(zone.claim() for zone in zones)
        self._accuracy_m = np.array([zone.accuracy_m for zone in zones], dtype=np.float64)

    @classmethod
    def load(
        cls, path: Path | None = None, *, own: Sequence[Path] = (), cache: Path | None = None
    ) -> Self:
        """The library in a directory (the one that ships, if none is named).

        `own`: directories of an operator's own zones, files of the same kind. `cache`: where the
        built index is kept. ZoneError where a file is missing, damaged, or contradicts itself.
        """
        folder = LIBRARY if path is None else path
        shipped = _collections(folder)
        box = box_of(shipped, folder.name)
        mine = [_as_own(c) for directory in own for c in _collections(directory)]
        zones = tuple(sorted((z for c in (*shipped, *mine) for z in c.zones), key=_order))
        twice = [name for name, n in Counter(zone.id for zone in zones).items() if n > 1]
        if twice:
            raise ZoneError(f"two zones have the same id: {', '.join(twice)}", where=folder.name)
        table = folder / "boundaries.csv"
        boundaries = Boundaries.load(table) if table.exists() else Boundaries(())
        shipped_version = _digest(shipped, "")
        version = _digest(mine, shipped_version) if mine else shipped_version
        file = grid_store.file_of(cache, "index", version) if cache else None
        shapes, grid = _index(zones, shipped, mine, box, file)
        coast = grid_store.file_of(cache, "coast", version) if cache else None
        made = cls(zones, shapes, grid, box, boundaries, coast)
        made.folder, made.collections = folder, (*shipped, *mine)
        made.shipped_version, made._version = shipped_version, version
        return made

    @property
    def shape_files(self) -> tuple[Path, ...]:
        """The GeoJSON of every file, own ones last."""
        return tuple(c.path.parent / c.geometry for c in self.collections)

    @property
    def size_mb(self) -> float:
        """Megabytes of shapes and grid in memory."""
        kept = (*self._grid, self._shapes.side, self._shapes.start)
        return sum(array.nbytes for array in kept) / 1e6

    @property
    def claims(self) -> Sequence[ZoneClaim]:
        """Every zone by its code, as findings quote it."""
        return self._claims

    @property
    def version(self) -> str:
        """Hash of all content, own zones as well (16 hex digits), quoted in evidence."""
        return self._version

    def locate(self, lon_deg: F64, lat_deg: F64, at_us: I64 | int | None = None) -> Located:
        """Zones of each point, contested ones first (NaN positions have none).

        Shapes (n,) each. `at_us`: one instant or one a point; only zones that hold then. A margin
        is the distance to the zone's limit: not to its coast.
        """
        lon, lat = columns(lon_deg, lat_deg)
        if at_us is None:
            return Located(*located(self._grid, lon, lat, ANY_TIME))
        at = np.atleast_1d(np.asarray(at_us))
        if at.ndim != 1 or at.size not in (1, lon.size) or at.dtype.kind not in "iu":
            raise ZoneError(f"{at.shape} instants ({at.dtype}, not integers) for {lon.size} points")
        at = np.ascontiguousarray(at, dtype=np.int64)
        return Located(*located(self._grid, lon, lat, at))

    def chances(self, found: Located) -> F64:
        """How likely each point is inside each zone found, given the accuracy of our lines.

        The line's error across is taken as normal, `accuracy_m` as its 95 % figure. Shape as
        `found.zone`.
        """
        out = np.empty(found.zone.size, dtype=np.float64)
        _chances_into(found.zone, found.margin_m, self._accuracy_m, out)
        return out

    def at(self, lon_deg: float, lat_deg: float, at_us: int | None = None) -> tuple[Inside, ...]:
        """The zones that hold a point, and behind them those that may, as our lines are not exact.

        Each in the order of codes. A point on land (by our coast) may be in no other water.
        """
        found = self.locate(*columns(lon_deg, lat_deg), at_us)
        held = found.zone.tolist()
        sure = self.chances(found).tolist()
        rows = list(zip(held, sure, found.margin_m.tolist(), strict=True))
        zone, metres = near_lines(self._grid, wrapped_deg(float(lon_deg)), float(lat_deg))
        at = ANY_TIME if at_us is None else np.array([at_us], dtype=np.int64)
        beside = [k for k, z in enumerate(zone) if z not in held and holds_at(self._grid, z, at, 0)]
        if beside and (held or not self.on_land(*columns(lon_deg, lat_deg))[0]):
            # On the very line a point lies in one of the two zones only: less than no distance.
            margin_m = -np.maximum(metres[beside], LEAST_M)
            outside = Located(found.offset, zone[beside], margin_m)
            chances = self.chances(outside).tolist()
            more = zip(outside.zone.tolist(), chances, outside.margin_m.tolist(), strict=True)
            rows += [row for row in more if row[1] >= LEAST_P]
        return tuple(Inside(self.zones[z], p, margin_m) for z, p, margin_m in rows)

    def contains(self, code: int, lon_deg: float, lat_deg: float) -> bool:
        """The exact test of one point and one zone over all its edges, without the grid."""
        first, last = int(self._shapes.start[code]), int(self._shapes.start[code + 1])
        lon = wrapped_deg(float(lon_deg))
        return holds(self._shapes.point, self._shapes.side, first, last, lon, float(lat_deg))


def _collections(folder: Path) -> list[Collection]:
    found = [read_collection(path) for path in sorted(folder.glob("*.toml"))]
    if not found:
        raise ZoneError("no zones (*.toml) in this directory", where=folder.name)
    return found


def _as_own(collection: Collection) -> Collection:
    zones = tuple(replace(zone, own=True) for zone in collection.zones)
    return replace(collection, zones=zones)


def _digest(collections: Sequence[Collection], before: str) -> str:
    """Hash of the files' content, as they are on disk, and of what was before them."""
    digest = hashlib.blake2b(before.encode(), digest_size=8)
    for one in collections:
        for name in (one.path.name, one.geometry, one.limits):
            if name:
                try:
                    content = (one.path.parent / name).read_bytes()
                except OSError as error:
                    raise ZoneError(f"cannot be read ({error})", where=name) from error
                digest.update(hashlib.blake2b(content).digest())
    return digest.hexdigest()


def _index(
    zones: tuple[Zone, ...],
    shipped: Sequence[Collection],
    own: Sequence[Collection],
    box: Box,
    file: Path | None,
) -> tuple[Shapes, Grid]:
    """Shapes and grid: from the cache's file, or built and kept there."""
    kept = grid_store.load(file) if file else None
    if kept is not None:
        side, start = kept.pop("side"), kept.pop("start")
        grid = Grid(**kept)
        return Shapes(grid.point, side, start), grid
    code = {zone.id: number for number, zone in enumerate(zones)}
    rings = Rings()
    for collections, inside in ((shipped, box), (own, WORLD)):
        for one in collections:
            read_rings(rings, one, code, inside)
    shapes = rings.shapes(len(zones))
    for one in (*shipped, *own):
        missing = [z.id for z in one.zones if shapes.rows(code[z.id]).size == 0]
        if missing:
            raise ZoneError(f"no shape for {', '.join(sorted(missing))}", where=one.path.name)
    accuracy_m = np.array([zone.accuracy_m for zone in zones], dtype=np.float64)
    valid_us = np.array([zone.window_us for zone in zones], dtype=np.int64)
    grid = build_grid(shapes, 2.0 * np.maximum(LEAST_CAP_M, accuracy_m), valid_us)
    if file is not None:
        grid_store.save(file, {**grid._asdict(), "side": shapes.side, "start": shapes.start})
    return shapes, grid
