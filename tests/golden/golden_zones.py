"""The golden tables of `tests/golden/zones/` and what the library says of their points."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from zones import ZoneLibrary
from zones.records import Zone

TABLES = Path(__file__).parent / "zones"


def table(name: str) -> list[dict[str, str]]:
    """The rows of a golden table; every one names its source."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def position_deg(row: dict[str, str]) -> tuple[float, float]:
    """Longitude and latitude of a row: decimal degrees, or degrees, minutes, seconds, letter."""
    if "lon_deg" in row:
        return float(row["lon_deg"]), float(row["lat_deg"])
    return from_dms(row["lon_dms"]), from_dms(row["lat_dms"])


def from_dms(text: str) -> float:
    """Degrees of "62 48 50 W"."""
    degrees, minutes, seconds, letter = text.split()
    value = float(degrees) + float(minutes) / 60.0 + float(seconds) / 3600.0
    return -value if letter in "WS" else value


def zones_at(library: ZoneLibrary, lon_deg: float, lat_deg: float) -> list[Zone]:
    """Every zone that holds a point, in the library's order."""
    found = library.locate(np.array([lon_deg]), np.array([lat_deg])).zone
    return [library.zones[code] for code in found]


def water_claimants(library: ZoneLibrary, lon_deg: float, lat_deg: float) -> set[str]:
    """Everybody who claims the water at a point, belts and seas left aside."""
    zones = zones_at(library, lon_deg, lat_deg)
    return {name for zone in zones if zone.family == "waters" for name in zone.claimants}
