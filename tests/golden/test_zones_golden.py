"""Whose water it is, told by geography, awards and the parties themselves, not by our polygons.

The points are rows of `tests/golden/zones/*.csv`, each with its source; treaty lines are in
`test_treaty_lines.py`.
"""

import numpy as np
import pytest
from golden_zones import position_deg, table, water_claimants, zones_at

from zones import PlaceLibrary, ZoneLibrary, describe
from zones.check import check
from zones.check_yardsticks import Row


@pytest.fixture(scope="module")
def library() -> ZoneLibrary:
    return ZoneLibrary.load()


@pytest.fixture(scope="module")
def places() -> PlaceLibrary:
    return PlaceLibrary.load()


@pytest.fixture(scope="module")
def checked(library: ZoneLibrary) -> list[Row]:
    return check(library)


@pytest.mark.parametrize("row", table("roadsteads"), ids=lambda row: row["roadstead"])
def test_each_capitals_roadstead_is_its_states_territorial_sea(
    library: ZoneLibrary, row: dict[str, str]
) -> None:
    others = set(filter(None, row["others"].split(";")))
    zones = zones_at(library, *position_deg(row))
    assert {row["state"]} <= water_claimants(library, *position_deg(row)) <= {row["state"], *others}
    belts = [zone for zone in zones if zone.kind == "territorial"]
    assert [zone.claimants[0] for zone in belts] == [row["state"]]
    assert not [
        zone for zone in zones if zone.kind == "contiguous" and row["state"] not in zone.claimants
    ]


@pytest.mark.parametrize("row", table("contested"), ids=lambda row: row["water"])
def test_contested_and_joint_waters_list_every_claim(
    library: ZoneLibrary, places: PlaceLibrary, row: dict[str, str]
) -> None:
    claimants = row["claimants"].split(";")
    assert set(claimants) <= water_claimants(library, *position_deg(row))
    first = zones_at(library, *position_deg(row))[0]
    assert first.status in ("disputed", "joint")
    assert len(first.claimants) > 1, "the list begins with one side of a dispute"
    text = describe(library, places, *position_deg(row))["text"]
    assert all(name in text for name in claimants)


@pytest.mark.parametrize("row", table("banks"), ids=lambda row: row["bank"])
def test_the_banks_west_of_jamaica_name_holder_and_claims(
    library: ZoneLibrary, row: dict[str, str]
) -> None:
    zones = [z for z in zones_at(library, *position_deg(row)) if z.family == "waters"]
    assert any(row["bank"] in f"{zone.name} {zone.claimants} {zone.note}" for zone in zones)
    claimants = water_claimants(library, *position_deg(row))
    assert {row["holder"], *filter(None, row["others"].split(";"))} <= claimants


def test_the_coast_of_venezuela_is_not_aves_water(library: ZoneLibrary) -> None:
    assert water_claimants(library, -66.9, 10.7) == {"Venezuela"}
    assert water_claimants(library, -64.6, 12.3) == {"Venezuela"}


def test_the_water_off_the_demerara_is_not_disputed(library: ZoneLibrary) -> None:
    assert water_claimants(library, -58.05, 6.95) == {"Guyana"}
    assert water_claimants(library, -57.3, 6.4) == {"Guyana"}


def test_the_fpsos_lie_deeper_in_disputed_water_than_its_line_is_uncertain(
    library: ZoneLibrary,
) -> None:
    fpsos = [row for row in table("contested") if row["source"].startswith("maritime-executive")]
    assert len(fpsos) == 4
    for row in fpsos:
        lon_deg, lat_deg = position_deg(row)
        found = library.locate(np.array([lon_deg]), np.array([lat_deg]))
        assert library.zones[found.zone[0]].kind == "disputed"
        assert found.margin_m[0] > library.zones[found.zone[0]].accuracy_m


@pytest.mark.parametrize("row", table("nobody"), ids=lambda row: row["place"])
def test_far_out_on_land_and_outside_the_box(
    library: ZoneLibrary, places: PlaceLibrary, row: dict[str, str]
) -> None:
    lon_deg, lat_deg = position_deg(row)
    assert water_claimants(library, lon_deg, lat_deg) == set()
    assert library.covers(lon_deg, lat_deg) is (row["why"] != "outside")
    if row["why"] == "outside":
        assert "not covered" in describe(library, places, lon_deg, lat_deg)["text"]
    else:
        dry = library.on_land(np.array([lon_deg]), np.array([lat_deg]))
        assert bool(dry[0]) is (row["why"] == "land")


def test_every_exception_of_the_check_is_explained(checked: list[Row]) -> None:
    left = [
        f"{row.test} {row.subject}: {row.words}"
        for row in checked
        if row.verdict == "not explained"
    ]
    assert left == []


def test_most_areas_agree_with_what_was_published(checked: list[Row]) -> None:
    compared = [row for row in checked if row.test == "area" and row.verdict != "not measured"]
    assert len(compared) >= 55
    assert sum(row.verdict == "ok" for row in compared) >= 49


@pytest.mark.parametrize(
    ("kind", "p95_nmi"), [("territorial", 0.5), ("contiguous", 0.8), ("eez", 0.7)]
)
def test_our_lines_keep_to_the_official_ones_around_puerto_rico(
    checked: list[Row], kind: str, p95_nmi: float
) -> None:
    subject = f"Puerto Rico and US Virgin Islands, {kind}"
    (row,) = [row for row in checked if (row.test, row.subject) == ("line", subject)]
    assert row.figures["to_ours_p95_nmi"] <= p95_nmi
    assert row.figures["to_official_p95_nmi"] <= p95_nmi
