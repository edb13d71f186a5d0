"""Small real indices for tests: boxes for zones, circles for places. Flat-earth margins."""

from __future__ import annotations

import numpy as np

from mda.clock import parse_at
from mda.geo.distance import bearing_deg, distance_m
from mda.model import Located, ZoneClaim

M_PER_DEG_LAT = 110_600.0
M_PER_DEG_LON = 107_300.0
"""At 15 degrees north, near enough for margins of hundreds of metres."""


def claim(
    zone_id: str, *claimants: str, accuracy_m: float = 100.0, status="agreed", kind="eez", **more
):
    """An EEZ (or another kind of zone) claimed by somebody."""
    return ZoneClaim(zone_id, zone_id, kind, claimants, status, accuracy_m, **more)


def holds(zone: ZoneClaim, at_us: int) -> bool:
    """Whether a zone's window (days or instants, the end excluded) has an instant in it."""
    days = [
        f"{t}T00:00:00Z" if t and "T" not in t else t for t in (zone.valid_from, zone.valid_until)
    ]
    since, until = days
    return not (since and at_us < parse_at(since)) and not (until and at_us >= parse_at(until))


class Boxes:
    """A `ZoneIndex` of boxes (claim, west, south, east, north)."""

    version = "boxes"

    def __init__(self, *boxes: tuple[ZoneClaim, float, float, float, float]) -> None:
        self._boxes = boxes

    @property
    def claims(self):
        return [box[0] for box in self._boxes]

    def on_land(self, lon_deg, lat_deg):
        return np.zeros(len(lon_deg), np.bool_)

    def covers(self, lon_deg, lat_deg):
        return -70.0 < lon_deg < -50.0

    def locate(self, lon_deg, lat_deg, at_us=None):
        rows, zones, margins = [], [], []
        for i, (lon, lat) in enumerate(zip(lon_deg, lat_deg, strict=True)):
            for code, (zone, west, south, east, north) in enumerate(self._boxes):
                if at_us is not None and not holds(zone, at_us[i]):
                    continue
                sides_m = (
                    (lon - west) * M_PER_DEG_LON,
                    (east - lon) * M_PER_DEG_LON,
                    (lat - south) * M_PER_DEG_LAT,
                    (north - lat) * M_PER_DEG_LAT,
                )
                if min(sides_m) >= 0:
                    deep = min(sides_m) >= 2 * max(100.0, zone.accuracy_m)
                    rows.append(i)
                    zones.append(code)
                    margins.append(np.inf if deep else min(sides_m))
        offset = np.searchsorted(np.array(rows, np.int64), np.arange(len(lon_deg) + 1))
        return Located(
            offset.astype(np.int64), np.array(zones, np.int32), np.array(margins, np.float64)
        )


class Circles:
    """A `PlaceIndex` of circles (name, lon, lat, radius in metres)."""

    def __init__(self, *places: tuple[str, float, float, float]) -> None:
        self._places = places

    @property
    def names(self):
        return [place[0] for place in self._places]

    def at(self, lon_deg, lat_deg):
        out = np.full(len(lon_deg), -1, np.int32)
        for i, (lon, lat) in enumerate(zip(lon_deg, lat_deg, strict=True)):
            for code, (_, x, y, radius_m) in enumerate(self._places):
                if distance_m(x, y, lon, lat) <= radius_m:
                    out[i] = code
        return out

    def nearest(self, lon_deg, lat_deg):
        name, x, y, _ = min(self._places, key=lambda p: distance_m(p[1], p[2], lon_deg, lat_deg))
        return name, distance_m(x, y, lon_deg, lat_deg), bearing_deg(x, y, lon_deg, lat_deg)


def waters() -> tuple[Boxes, Circles]:
    """Two neighbouring EEZs, a disputed overlay, a port and a far town."""
    boxes = Boxes(
        (claim("north", "France"), -63.0, 15.85, -60.0, 17.0),
        (claim("south", "Dominica"), -63.0, 15.0, -60.0, 15.85),
        (claim("bank", "Dominica", "Venezuela", status="disputed"), -63.0, 15.0, -62.5, 15.5),
    )
    return boxes, Circles(("Roseau", -61.39, 15.30, 2000.0), ("Basseterre", -62.7, 17.3, 1000.0))
