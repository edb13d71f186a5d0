"""No dispute of the region's table is missing from the shipped library, and none takes a side."""

import csv
from pathlib import Path

import pytest

from zones import ZoneLibrary
from zones.boundaries import Boundaries

TABLE = Path(__file__).parents[4] / "shared" / "data" / "region" / "maritime_boundaries.csv"
needs_table = pytest.mark.skipif(not TABLE.exists(), reason="the shared region table is not here")


def pairs(kind: str) -> list[tuple[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == kind]
    return [(row["party_a"], b) for row in rows for b in row["party_b"].split(";")]


@needs_table
def test_every_dispute_has_water_that_lists_both_sides(library: ZoneLibrary) -> None:
    contested = [set(z.codes) for z in library.zones if z.kind in ("disputed", "overlap")]
    missing = [p for p in pairs("dispute") if not any(set(p) <= codes for codes in contested)]
    assert missing == []


@needs_table
@pytest.mark.parametrize("kind", ["treaty", "award", "dispute", "none"])
def test_every_row_of_the_region_is_in_our_table(library: ZoneLibrary, kind: str) -> None:
    table = Boundaries.load(library.folder / "boundaries.csv")
    known = {frozenset((row.party_a, row.party_b)) for row in table.rows}
    assert [p for p in pairs(kind) if frozenset(p) not in known] == []


def test_the_joint_zone_of_barbados_and_guyana_is_joint(library: ZoneLibrary) -> None:
    zone = next(z for z in library.zones if z.id == "joint-barbados-guyana")
    assert zone.status == "joint"
    assert zone.codes == ("BB", "GY")
    assert "2003" in zone.basis


def test_every_zone_says_who_on_what_basis_and_how_well(library: ZoneLibrary) -> None:
    for zone in library.zones:
        assert zone.basis
        assert zone.source
        assert zone.licence
        assert zone.date
        assert zone.accuracy_m > 0.0
        if zone.status == "disputed":
            assert len(zone.claimants) > 1


def test_nothing_ships_that_may_not(library: ZoneLibrary) -> None:
    licences = {zone.licence for zone in library.zones}
    assert not [text for text in licences if "odbl" in text.lower() or "-nc" in text.lower()]
