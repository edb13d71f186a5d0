"""`PlaceLibrary`: where waiting is normal, and the names positions are told by (a `PlaceIndex`).

A place is a circle. A point in several is in the smallest; large fishing grounds are places too, so
a detector that cares asks `place(code)` which ships wait there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from mda.errors import ZoneError
from mda.geo.distance import bearing_deg, distance_m, distances_m, wrap_deg
from mda.geo.kernel import kernel
from mda.model.reports import F64, I32, I64
from zones.grid import CELL_DEG, Box, cells_of, group_offsets

PLACES = Path(__file__).parent / "library" / "places.csv"
_M_PER_DEG = 110_000.0
_KEPT_CANDIDATES = 16


@dataclass(frozen=True, slots=True)
class Place:
    """One place; `radius_m` 0 is a name only."""

    name: str
    kind: str
    lon_deg: float
    lat_deg: float
    radius_m: float
    told_by: bool
    """Whether positions are told by this name (ports and towns)."""
    country: str
    ship_types: str
    why: str
    source: str
    licence: str


class _Circles(NamedTuple):
    """Places by cell: those of cell i are member[start[i]:start[i + 1]], smallest first."""

    box: F64
    columns: int
    start: I64
    member: I32
    lon: F64
    lat: F64
    radius_m: F64


@kernel
def _place_at(circles: _Circles, lon: F64, lat: F64, out: I32) -> None:
    for i in range(lon.size):
        out[i] = -1
        x = wrap_deg(lon[i])
        y = lat[i]
        inside = circles.box[0] <= x < circles.box[2] and circles.box[1] <= y < circles.box[3]
        if not inside:
            continue
        column = int((x - circles.box[0]) / circles.box[4])
        row = int((y - circles.box[1]) / circles.box[4])
        cell = row * circles.columns + min(column, circles.columns - 1)
        for k in range(circles.start[cell], circles.start[cell + 1]):
            place = circles.member[k]
            metres = distance_m(circles.lon[place], circles.lat[place], x, y)
            if metres <= circles.radius_m[place]:
                out[i] = place
                break


def _circles(lon: F64, lat: F64, radius_m: F64) -> _Circles:
    """The places sorted into cells, each as far as its radius reaches."""
    real = np.nonzero(radius_m > 0.0)[0]
    reach_lat = radius_m[real] / _M_PER_DEG
    reach = np.stack(
        (reach_lat / np.cos(np.radians(np.minimum(80.0, np.abs(lat[real]) + 1.0))), reach_lat), 1
    )
    edge = float(reach.max(initial=0.0)) + CELL_DEG
    box = Box(
        float(np.floor(lon.min() - edge)),
        float(np.floor(lat.min() - edge)),
        float(np.ceil(lon.max() + edge)),
        float(np.ceil(lat.max() + edge)),
    )
    columns = round((box.east - box.west) / CELL_DEG)
    rows = round((box.north - box.south) / CELL_DEG)
    points = np.stack((lon[real], lat[real], lon[real], lat[real]), axis=1)
    cell, owner = cells_of(points, box, columns, rows, reach)
    place = real[owner]
    order = np.lexsort((place, radius_m[place], cell))
    return _Circles(
        box=np.array([*box, CELL_DEG]),
        columns=columns,
        start=group_offsets(cell, columns * rows),
        member=place[order].astype(np.int32),
        lon=lon,
        lat=lat,
        radius_m=radius_m,
    )


class PlaceLibrary:
    """The places of a CSV file, ready to answer. Never changes; safe to share between threads."""

    def __init__(self, places: tuple[Place, ...]) -> None:
        if not any(place.told_by for place in places):
            raise ZoneError("there is no port and no town among the places")
        self.places = places
        self._names = tuple(place.name for place in places)
        lon = np.array([place.lon_deg for place in places])
        lat = np.array([place.lat_deg for place in places])
        self._circles = _circles(lon, lat, np.array([place.radius_m for place in places]))
        self._told = np.nonzero([place.told_by for place in places])[0]

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """The places in a CSV file (the one that ships, if none is named)."""
        source = PLACES if path is None else path
        try:
            text = source.read_text(encoding="utf-8")
        except OSError as error:
            raise ZoneError(f"cannot be read ({error})", where=source.name) from error
        reader = csv.DictReader(io.StringIO(text))
        try:
            return cls(tuple(_place(row) for row in reader))
        except (KeyError, TypeError, ValueError) as error:
            raise ZoneError(
                f"line {reader.line_num} is not a place ({error})", where=source.name
            ) from error

    @property
    def names(self) -> Sequence[str]:
        """Place names by code."""
        return self._names

    def place(self, code: int) -> Place:
        """The place with this code."""
        return self.places[code]

    def at(self, lon_deg: F64, lat_deg: F64) -> I32:
        """Code of the (smallest) place each point lies in, -1 for none; shape (n,)."""
        lon = np.ascontiguousarray(lon_deg, dtype=np.float64)
        lat = np.ascontiguousarray(lat_deg, dtype=np.float64)
        out = np.empty(lon.size, dtype=np.int32)
        _place_at(self._circles, lon, lat, out)
        return out

    def nearest(self, lon_deg: float, lat_deg: float) -> tuple[str, float, float]:
        """Name of the nearest port or town, metres to it, bearing from it (degrees true).

        A position that is not known is near nothing: ("", NaN, NaN).
        """
        if not (np.isfinite(lon_deg) and np.isfinite(lat_deg)):
            return "", float("nan"), float("nan")
        lon, lat = self._circles.lon[self._told], self._circles.lat[self._told]
        shrink = np.cos(np.radians((lat + lat_deg) / 2.0))
        east = ((lon - lon_deg + 180.0) % 360.0 - 180.0) * shrink
        few = np.argsort(east**2 + (lat - lat_deg) ** 2, kind="stable")[:_KEPT_CANDIDATES]
        here = np.full(few.size, lon_deg), np.full(few.size, lat_deg)
        metres = distances_m(lon[few], lat[few], *here)
        best = int(np.argmin(metres))
        place = self.places[int(self._told[few[best]])]
        bearing = bearing_deg(place.lon_deg, place.lat_deg, lon_deg, lat_deg)
        return place.name, float(metres[best]), float(bearing)


def _place(row: dict[str, str]) -> Place:
    return Place(
        name=row["name"],
        kind=row["kind"],
        lon_deg=float(row["lon_deg"]),
        lat_deg=float(row["lat_deg"]),
        radius_m=float(row["radius_m"]),
        told_by=row["names"] == "1",
        country=row["country"],
        ship_types=row["ship_types"],
        why=row["why"],
        source=row["source"],
        licence=row["licence"],
    )
