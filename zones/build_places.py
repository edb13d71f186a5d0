"""Makes `places.csv`: where waiting is normal, and the names that positions are told by.

Radii. Waiting areas: the region table's own suggestion. World Port Index: by harbour size. The
small ports table has positions to a minute of arc or worse: 1.5 nmi. Anchorage points of Global
Fishing Watch mark S2 cells of level 14 (about 0.5 km across) in which vessels were seen to stay:
0.75 nmi. Towns only give names.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import shapely

from mda.units import M_PER_NMI
from zones.build_shapes import BOX, read_land, segment_tree

WPI_RADIUS_NMI = {"Large": 3.0, "Medium": 2.0, "Small": 1.5, "Very Small": 1.0}
PORT_RADIUS_NMI = 1.5
ANCHORAGE_RADIUS_NMI = 0.75
COASTAL_TOWN_DEG = 0.1
"""Towns further than this (11 km) from the sea name no position at sea."""
PORT_WHY = "port: ships wait for a berth"
ANCHORAGE_WHY = "anchorage: vessels were seen to stay here"
WPI_REASONS = {
    "Entrance Restriction - Tide": "the tide",
    "Entrance Restriction - Heavy Swell": "the swell to fall",
    "Pilotage - Compulsory": "a pilot",
}
"""Columns of the World Port Index that, where they say Yes, are a reason to wait outside."""
WIDER_CARIBBEAN = (-92.0, 4.0, -50.0, 33.0)


class Row(NamedTuple):
    """One line of places.csv."""

    name: str
    kind: str
    lon_deg: float
    lat_deg: float
    radius_m: float
    names: int
    """1: near positions are told by this name."""
    country: str
    ship_types: str
    why: str
    source: str
    licence: str


def _reader(path: Path) -> Iterator[dict[str, str]]:
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    yield from csv.DictReader(io.StringIO(text.decode("utf-8-sig")))


def _in_box(lon_deg: float, lat_deg: float, box: tuple[float, float, float, float] = BOX) -> bool:
    return box[0] <= lon_deg <= box[2] and box[1] <= lat_deg <= box[3]


def _title(label: str) -> str:
    """A label in capitals as a name.

    >>> _title("POINTE-A-PITRE"), _title("ST. JOHN'S")
    ('Pointe-A-Pitre', "St. John's")
    """
    return re.sub(r"[^\W\d_]+('[^\W\d_]+)?", lambda m: m.group(0).capitalize(), label.lower())


def _waiting(shared: Path) -> Iterator[Row]:
    """Listed waiting areas; one where waiting is restricted today gets no radius."""
    for row in _reader(shared / "region" / "loitering_legit.csv"):
        radius = 0.0 if "restricted" in row["kind"] else float(row["radius_nm"])
        yield Row(
            row["name"], row["kind"], float(row["lon"]), float(row["lat"]), radius * M_PER_NMI, 0,
            row["iso2"], row["ship_types"], row["why"], f"region table: {row['basis']}", "facts",
        )  # fmt: skip


def _ports(shared: Path) -> Iterator[Row]:
    for row in _reader(shared / "region" / "ports.csv"):
        yield Row(
            row["name"], "port", float(row["lon"]), float(row["lat"]),
            PORT_RADIUS_NMI * M_PER_NMI, 1, row["iso2"], "all", PORT_WHY, "searoute 1.6.0 ports",
            "Apache-2.0",
        )  # fmt: skip


def _wpi_why(row: dict[str, str]) -> str:
    """Why ships wait there, as far as the World Port Index tells."""
    reasons = ["a berth", *(why for name, why in WPI_REASONS.items() if row.get(name) == "Yes")]
    anchored = ", at anchor" if row.get("Facilities - Anchorage") == "Yes" else ""
    return f"port: ships wait for {' or '.join(reasons)}{anchored}"


def _world_port_index(shared: Path) -> Iterator[Row]:
    for row in _reader(shared / "ports" / "wpi_UpdatedPub150.csv.gz"):
        lon, lat = float(row["Longitude"]), float(row["Latitude"])
        if _in_box(lon, lat):
            radius = WPI_RADIUS_NMI.get(row["Harbor Size"], 1.0)
            yield Row(
                row["Main Port Name"].strip(), "port", lon, lat, radius * M_PER_NMI, 1,
                row["Country Code"], "all", _wpi_why(row), "World Port Index (NGA Pub 150)",
                "public domain",
            )  # fmt: skip


def _anchorages(shared: Path) -> Iterator[Row]:
    for row in _reader(shared / "ports" / "gfw_anchorage_overrides.csv.gz"):
        lon, lat = float(row["longitude"]), float(row["latitude"])
        if _in_box(lon, lat, WIDER_CARIBBEAN):
            label = row["label"] or row["sublabel"]
            if re.fullmatch(r"[A-Z]{3}-\d+", label):
                label = row["sublabel"] or label
            yield Row(
                _title(label), "anchorage", round(lon, 5), round(lat, 5),
                ANCHORAGE_RADIUS_NMI * M_PER_NMI, 0, row["iso3"], "all", ANCHORAGE_WHY,
                "Global Fishing Watch anchorages", "Apache-2.0",
            )  # fmt: skip


def _by_hand(path: Path) -> Iterator[Row]:
    """What none of the lists has, each row with its source: `places_by_hand.csv` in the library."""
    for row in _reader(path):
        yield Row(
            row["name"], row["kind"], float(row["lon_deg"]), float(row["lat_deg"]),
            float(row["radius_nmi"]) * M_PER_NMI, 1, row["country"], "all", row["why"],
            row["source"], "facts",
        )  # fmt: skip


def _towns(shared: Path) -> Iterator[Row]:
    coast = segment_tree(read_land(shared))
    path = shared / "coast" / "ne_10m_populated_places_simple.geojson"
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        lon, lat = feature["geometry"]["coordinates"]
        near = coast.query(shapely.Point(lon, lat), predicate="dwithin", distance=COASTAL_TOWN_DEG)
        if _in_box(lon, lat) and near.size:
            row = feature["properties"]
            yield Row(
                row["name"], "town", round(lon, 5), round(lat, 5), 0.0, 1, row["iso_a2"], "", "",
                "Natural Earth", "public domain",
            )  # fmt: skip


def write_places(shared: Path, by_hand: Path, path: Path) -> None:
    """All places to one CSV file, waiting areas first."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(Row._fields)
        for rows in (
            _waiting(shared),
            _by_hand(by_hand),
            _ports(shared),
            _world_port_index(shared),
            _anchorages(shared),
            _towns(shared),
        ):
            out.writerows(row._replace(radius_m=round(row.radius_m)) for row in rows)
