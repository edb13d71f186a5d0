"""`PlaceLibrary`: where waiting is normal, and the names positions are told by (a `PlaceIndex`).

A place is a circle. A point in several is in the smallest; large fishing grounds are places too, so
a detector that cares asks `place(code)` which ships wait there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isnan
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from mda.errors import ZoneError
from mda.geo.distance import bearing_deg, distance_m, wrap_deg
from mda.geo.kernel import lean
from mda.model.reports import F64, I32, I64
from zones.grid import BLOCKS_PER_DEG
from zones.grid_build import blocks_over, frame_around, reaches_deg
from zones.grid_rows import group_offsets
from zones.near import nearest_many, tree_of
from zones.near_lines import columns

PLACES = Path(__file__).parent / "library" / "places.csv"


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
    """Places by block: those of block i are member[start[i]:start[i + 1]], smallest first."""

    frame: I64
    """First column and row, columns and rows of the blocks, as in the zones' grid."""
    start: I64
    member: I32
    lon: F64
    lat: F64
    radius_m: F64


@lean
def _place_at(circles: _Circles, lon: F64, lat: F64, out: I32) -> None:
    frame = circles.frame
    for i in range(lon.size):
        out[i] = -1
        if isnan(lon[i]) or isnan(lat[i]):
            continue
        x, y = wrap_deg(lon[i]), lat[i]
        column = floor((x + 180.0) * BLOCKS_PER_DEG) - frame[0]
        row = floor((y + 90.0) * BLOCKS_PER_DEG) - frame[1]
        if column < 0 or row < 0 or column >= frame[2] or row >= frame[3]:
            continue
        block = row * frame[2] + column
        for k in range(circles.start[block], circles.start[block + 1]):
            place = circles.member[k]
            metres = distance_m(circles.lon[place], circles.lat[place], x, y)
            if metres <= circles.radius_m[place]:
                out[i] = place
                break


def _circles(lon: F64, lat: F64, radius_m: F64) -> _Circles:
    """The places sorted into blocks, each as far as its radius reaches."""
    real = np.nonzero(radius_m > 0.0)[0]
    frame = frame_around(np.stack((lon, lat), axis=1), float(radius_m.max(initial=0.0)))
    east, north = reaches_deg(lat[real], radius_m[real])
    x, y = lon[real], lat[real]
    block, owner = blocks_over(x - east, y - north, x + east, y + north, frame)
    place = real[owner]
    order = np.lexsort((place, radius_m[place], block))
    counts = np.bincount(block, minlength=int(frame[2] * frame[3]))
    return _Circles(
        frame=frame,
        start=group_offsets(counts),
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
        self._told = np.flatnonzero([place.told_by for place in places])
        told = np.stack((lon[self._told], lat[self._told]), axis=1)
        self._tree = tree_of(np.concatenate((told, told), axis=1))

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
        lon, lat = columns(lon_deg, lat_deg)
        out = np.empty(lon.size, dtype=np.int32)
        _place_at(self._circles, lon, lat, out)
        return out

    def nearest_many(self, lon_deg: F64, lat_deg: F64) -> tuple[I32, F64]:
        """Code of the port or town nearest to each point, and metres to it; shape (n,) each.

        A position that is not known is near nothing: -1, NaN.
        """
        lon, lat = columns(lon_deg, lat_deg)
        near = nearest_many(self._tree, lon, lat)
        codes = np.where(near.which < 0, -1, self._told[near.which]).astype(np.int32)
        return codes, near.metres

    def nearest(self, lon_deg: float, lat_deg: float) -> tuple[str, float, float]:
        """Name of the nearest port or town, metres to it, bearing from it (degrees true).

        A position that is not known is near nothing: ("", NaN, NaN).
        """
        codes, metres = self.nearest_many(np.array([lon_deg]), np.array([lat_deg]))
        if codes[0] < 0:
            return "", float("nan"), float("nan")
        place = self.places[codes[0]]
        bearing = bearing_deg(place.lon_deg, place.lat_deg, lon_deg, lat_deg)
        return place.name, float(metres[0]), float(bearing)


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
