"""The shipped library, loaded once; and a small one of squares whose answers are plain to see."""

from collections.abc import Callable
from pathlib import Path

import pytest

from zones import PlaceLibrary, ZoneLibrary

HEAD = """
[library]
geometry = "squares.geojson"
{more}
source = "made up"
licence = "Apache-2.0"
date = "2026"
accuracy_m = 500.0
"""

ZONE = """
[[zone]]
id = "{id}"
name = "{name}"
kind = "{kind}"
claimants = {claimants}
iso3 = {iso3}
codes = {codes}
status = "{status}"
basis = "made up"
"""

SQUARES = """{"type": "FeatureCollection", "features": [
{"type": "Feature", "id": "west", "properties": {}, "geometry": {"type": "Polygon",
 "coordinates": [[[-62, 10], [-61, 10], [-61, 11], [-62, 11], [-62, 10]],
                 [[-61.6, 10.4], [-61.6, 10.6], [-61.4, 10.6], [-61.4, 10.4], [-61.6, 10.4]]]}},
{"type": "Feature", "id": "east", "properties": {}, "geometry": {"type": "MultiPolygon",
 "coordinates": [[[[-61, 10], [-60, 10], [-60, 11], [-61, 11], [-61, 10]]]]}},
{"type": "Feature", "id": "both", "properties": {}, "geometry": {"type": "Polygon",
 "coordinates": [[[-61.2, 10.2], [-60.8, 10.2], [-60.8, 10.8], [-61.2, 10.8], [-61.2, 10.2]]]}}
]}
"""

LIMITS = """{"type": "FeatureCollection", "features": [
{"type": "Feature", "id": "1", "properties": {"zone": "west", "beyond": "east"},
 "geometry": {"type": "LineString", "coordinates": [[-61, 10], [-61, 11]]}},
{"type": "Feature", "id": "2", "properties": {"zone": "west", "beyond": ""},
 "geometry": {"type": "LineString", "coordinates": [[-62, 10], [-61, 10]]}},
{"type": "Feature", "id": "3", "properties": {"zone": "east", "beyond": "west"},
 "geometry": {"type": "LineString", "coordinates": [[-61, 11], [-61, 10]]}},
{"type": "Feature", "id": "4", "properties": {"zone": "both", "beyond": ""},
 "geometry": {"type": "LineString", "coordinates": [[-61.2, 10.2], [-60.8, 10.2]]}}
]}
"""

BOUNDARIES = """party_a,party_b,kind,words,signed,state,scope,basis,source
WW,EE,treaty,West–East 1999,1999-01-01,in force,,source,made up
"""


def zone_text(zone_id: str, **more: str) -> str:
    """A `[[zone]]` table with sound values wherever none is given."""
    plain = {
        "id": zone_id,
        "name": f"{zone_id}'s EEZ",
        "kind": "eez",
        "claimants": f'["{zone_id}"]',
        "iso3": '["WWW"]',
        "codes": f'["{zone_id[0].upper() * 2}"]',
        "status": "claimed",
    }
    return ZONE.format(**{**plain, **more})


def write_squares(folder: Path, head: str = "", zones: str | None = None) -> Path:
    """Two squares with a common side, a hole in the western one, a third over both."""
    more = head or 'limits = "limits.geojson"\nbox = [-62.0, 9.5, -59.5, 11.5]'
    contested = zone_text(
        "both", kind="disputed", claimants='["west", "east"]', status="disputed", name="the middle"
    )
    body = zones if zones is not None else zone_text("west") + zone_text("east") + contested
    (folder / "squares.toml").write_text(HEAD.format(more=more) + body, encoding="utf-8")
    (folder / "squares.geojson").write_text(SQUARES, encoding="utf-8")
    (folder / "limits.geojson").write_text(LIMITS, encoding="utf-8")
    (folder / "boundaries.csv").write_text(BOUNDARIES, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def library() -> ZoneLibrary:
    return ZoneLibrary.load()


@pytest.fixture(scope="session")
def places() -> PlaceLibrary:
    return PlaceLibrary.load()


@pytest.fixture
def squares(tmp_path: Path) -> ZoneLibrary:
    return ZoneLibrary.load(write_squares(tmp_path))


@pytest.fixture
def make_squares(tmp_path: Path) -> Callable[..., Path]:
    """Writes the small library to a directory of its own: `make_squares(head=..., zones=...)`."""
    return lambda **more: write_squares(tmp_path, **more)


@pytest.fixture
def make_zone() -> Callable[..., str]:
    """Writes one `[[zone]]` table: `make_zone("west", status="joint")`."""
    return zone_text
