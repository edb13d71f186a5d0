"""Treaty lines: the points of the texts lie on our line, and each side is the side's own.

`treaty_points.csv` quotes coordinates of the texts; port and starboard are the parties left and
right of somebody who sails the points in their order. `treaty_sides.csv` has treaties whose
coordinates are not at hand: the place is then on the common line of our polygons, but which side is
whose is told by the geography of the coasts.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from golden_zones import position_deg, table, water_claimants

from mda.geo.distance import bearing_deg, distance_m, project_deg
from mda.units import M_PER_NMI
from zones import ZoneLibrary
from zones.check import Folder, read_folder

OFF_M = 3.0 * M_PER_NMI
LONG_M = 8_000.0
"""Edges of the common line shorter than this are corners, where 3 nmi across is another edge."""
CLEAR_M = 4.0 * M_PER_NMI
"""No nearer to the coast than this: 3 nmi across would be on the beach."""
ABEAM_DEG = 50.0
"""An edge counts if one of its sides points to the party's coast within this."""

POINTS = table("treaty_points")
TREATIES = sorted({row["treaty"] for row in POINTS})


@pytest.fixture(scope="module")
def library() -> ZoneLibrary:
    return ZoneLibrary.load()


@pytest.fixture(scope="module")
def folder(library: ZoneLibrary) -> Folder:
    return read_folder(library.folder)


def sides_deg(
    a: tuple[float, float], b: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Points 3 nmi to port and starboard of an edge's middle, and the course to port."""
    middle = (a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0
    to_port_deg = bearing_deg(*a, *b) - 90.0
    port = project_deg(*middle, to_port_deg, OFF_M)
    return port, project_deg(*middle, to_port_deg + 180.0, OFF_M), to_port_deg


def turned_deg(a_deg: float, b_deg: float) -> float:
    """The angle between two bearings, 0 to 180."""
    return abs((a_deg - b_deg + 180.0) % 360.0 - 180.0)


@pytest.mark.parametrize("treaty", TREATIES)
def test_three_miles_either_side_of_a_treaty_line(library: ZoneLibrary, treaty: str) -> None:
    rows = [row for row in POINTS if row["treaty"] == treaty]
    for a, b in pairwise(rows):
        to_port, to_starboard, _ = sides_deg(position_deg(a), position_deg(b))
        port, starboard = (
            water_claimants(library, *to_port),
            water_claimants(library, *to_starboard),
        )
        parties = {a["port"], a["starboard"]}
        assert port & parties == {a["port"]}, a["order"]
        assert starboard & parties == {a["starboard"]}, a["order"]


@pytest.mark.parametrize("treaty", TREATIES)
def test_treaty_points_lie_on_our_line_within_the_accuracy_we_claim(
    library: ZoneLibrary, treaty: str
) -> None:
    rows = [row for row in POINTS if row["treaty"] == treaty]
    codes = [
        number
        for number, zone in enumerate(library.zones)
        if zone.kind == "eez" and zone.claimants[0] == rows[0]["starboard"]
    ]
    assert codes
    for row in rows:
        limits = [library.limit(code, *position_deg(row)) for code in codes]
        off_m, code = min(
            (limit.distance_m, code) for limit, code in zip(limits, codes, strict=True) if limit
        )
        assert off_m <= library.zones[code].accuracy_m, row["order"]
        assert off_m <= 500.0, "the source holds these points nearly exactly"


@pytest.mark.parametrize("row", table("treaty_sides"), ids=lambda row: row["treaty"])
def test_three_miles_either_side_of_a_common_line_each_coast_has_its_own(
    library: ZoneLibrary, folder: Folder, row: dict[str, str]
) -> None:
    owner = {zone.id: zone.claimants[0] for zone in library.zones if zone.kind == "eez"}
    lines = [
        stretch.line.tolist()
        for stretch in folder.stretches
        if owner.get(stretch.zone) == row["party_a"] and owner.get(stretch.beyond) == row["party_b"]
    ]
    tried = 0
    for a, b in (edge for line in lines for edge in pairwise(line)):
        shore = library.shore((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0)
        if distance_m(*a, *b) < LONG_M or (shore and shore.distance_m < CLEAR_M):
            continue
        *sides, to_port_deg = sides_deg(a, b)
        off_deg = turned_deg(to_port_deg, float(row["a_bears_deg"]))
        if ABEAM_DEG < off_deg < 180.0 - ABEAM_DEG:
            continue
        ours, theirs = sides if off_deg < 90.0 else reversed(sides)
        first, second = water_claimants(library, *ours), water_claimants(library, *theirs)
        parties = {row["party_a"], row["party_b"]}
        assert first & parties == {row["party_a"]}, ours
        assert second & parties == {row["party_b"]}, theirs
        tried += 1
    assert tried > 0, "no edge of the common line could be tried"
