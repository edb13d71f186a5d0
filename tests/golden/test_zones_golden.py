"""Whose water it is, told by treaties and official lines, not by our polygons.

Sources of the coordinates: France–United Kingdom (Montserrat) 1996, French decree 97-937; France–
Venezuela 1980, French decree 83-197; France–Saint Lucia 1981, French decree 81-609; Barbados–Saint
Lucia 2017, as an encyclopedia gives its points; NOAA US maritime limits (in the shared data).
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mda.geo.distance import bearing_deg, offset_m, project_deg
from mda.geo.kernel import plain
from mda.units import M_PER_NMI
from zones import PlaceLibrary, ZoneLibrary, describe
from zones.grid import nearest_edge


@pytest.fixture(scope="module")
def library() -> ZoneLibrary:
    return ZoneLibrary.load()


@pytest.fixture(scope="module")
def places() -> PlaceLibrary:
    return PlaceLibrary.load()


def ids(library: ZoneLibrary, lon: float, lat: float) -> list[str]:
    return [library.claims[z].id for z in library.locate(np.array([lon]), np.array([lat])).zone]


def claimants(library: ZoneLibrary, lon: float, lat: float) -> set[str]:
    found = library.locate(np.array([lon]), np.array([lat])).zone
    return {name for z in found for name in library.claims[z].claimants}


@pytest.mark.parametrize(
    ("roadstead", "lon", "lat", "zone"),
    [
        ("Saint John's", -61.92, 17.13, "eez-antigua-and-barbuda"),
        ("Nassau", -77.38, 25.10, "eez-the-bahamas"),
        ("Bridgetown", -59.64, 13.09, "eez-barbados"),
        ("Belize City", -88.10, 17.47, "eez-belize"),
        ("Roseau", -61.41, 15.29, "eez-dominica"),
        ("Saint George's", -61.78, 12.05, "eez-grenada"),
        ("Georgetown", -58.12, 6.95, "eez-guyana"),
        ("Port-au-Prince", -72.42, 18.58, "eez-haiti"),
        ("Kingston", -76.83, 17.88, "eez-jamaica"),
        ("Plymouth", -62.25, 16.70, "eez-montserrat"),
        ("Basseterre", -62.72, 17.27, "eez-saint-kitts-and-nevis"),
        ("Castries", -61.02, 14.02, "eez-saint-lucia"),
        ("Kingstown", -61.25, 13.14, "eez-saint-vincent-and-the-grenadines"),
        ("Suriname River", -55.20, 6.08, "eez-suriname"),
        ("Port of Spain", -61.57, 10.62, "eez-trinidad-and-tobago"),
        ("The Valley", -63.12, 18.20, "eez-anguilla"),
        ("Hamilton", -64.90, 32.22, "eez-bermuda"),
        ("Road Town", -64.60, 18.39, "eez-british-virgin-islands"),
        ("George Town", -81.41, 19.29, "eez-cayman-islands"),
        ("Willemstad", -68.95, 12.08, "eez-curacao"),
        ("Grand Turk", -71.16, 21.46, "eez-turks-and-caicos-islands"),
        ("Pointe-à-Pitre", -61.53, 16.18, "eez-guadeloupe"),
        ("San Juan", -66.12, 18.50, "eez-puerto-rico"),
    ],
)
def test_each_capitals_roadstead(
    library: ZoneLibrary, roadstead: str, lon: float, lat: float, zone: str
) -> None:
    found = ids(library, lon, lat)
    assert zone in found, roadstead
    if zone not in ("eez-belize", "eez-guyana"):
        assert found == [zone]


def dms(degrees: float, minutes: float, seconds: float) -> float:
    return degrees + minutes / 60.0 + seconds / 3600.0


FR_GB = [
    (-dms(62, 48, 50), dms(15, 50, 31)),
    (-dms(62, 38, 58), dms(15, 56, 54)),
    (-dms(62, 24, 19), dms(16, 7, 41)),
    (-dms(62, 3, 10), dms(16, 25, 52)),
    (-dms(61, 51, 4), dms(16, 39, 28)),
]
FR_LC = [
    (-dms(62, 46, 38), dms(14, 5, 11)),
    (-dms(62, 13, 40), dms(14, 9, 16)),
    (-dms(61, 46, 27), dms(14, 10, 15)),
    (-dms(61, 43, 1), dms(14, 10, 30)),
    (-dms(61, 23, 58), dms(14, 11, 16)),
]
BB_LC = [
    (-dms(59, 59, 45.6), dms(14, 6, 56.8)),
    (-dms(60, 3, 32.84), dms(14, 0, 23.78)),
    (-dms(60, 7, 14.01), dms(13, 53, 27.5)),
    (-dms(60, 11, 45.57), dms(13, 43, 44.8)),
    (-dms(60, 16, 18.44), dms(13, 32, 52.71)),
]
FR_VE = [(-dms(62, 48, 50), lat) for lat in (14.12, 14.28, 14.44)]

TREATIES = [
    (FR_GB, "Montserrat", "Guadeloupe"),
    (FR_LC, "Martinique", "Saint Lucia"),
    (BB_LC, "Barbados", "Saint Lucia"),
    (FR_VE, "Venezuela", "Martinique"),
]


@pytest.mark.parametrize(("line", "left", "right"), TREATIES)
def test_three_miles_either_side_of_a_treaty_line(
    library: ZoneLibrary, line: list[tuple[float, float]], left: str, right: str
) -> None:
    for (lon1, lat1), (lon2, lat2) in pairwise(line):
        course = bearing_deg(lon1, lat1, lon2, lat2)
        middle = (lon1 + lon2) / 2.0, (lat1 + lat2) / 2.0
        port = project_deg(*middle, course - 90.0, 3.0 * M_PER_NMI)
        starboard = project_deg(*middle, course + 90.0, 3.0 * M_PER_NMI)
        assert left in claimants(library, *port)
        assert right not in claimants(library, *port)
        assert right in claimants(library, *starboard)
        assert left not in claimants(library, *starboard)


@pytest.mark.parametrize(("line", "left", "right"), TREATIES)
def test_treaty_points_lie_within_the_accuracy_we_claim(
    library: ZoneLibrary, line: list[tuple[float, float]], left: str, right: str
) -> None:
    code = next(i for i, z in enumerate(library.zones) if z.claimants == (right,))
    for lon, lat in line:
        limit = library.limit(code, lon, lat)
        assert limit is not None
        assert limit.distance_m <= library.zones[code].accuracy_m
        assert limit.beyond is not None


@pytest.mark.parametrize(
    ("lon", "lat"), [(-63.616, 15.60), (-63.0, 15.2), (-64.0, 16.0), (-63.616, 15.75)]
)
def test_water_around_aves_is_never_venezuelas_alone(
    library: ZoneLibrary, places: PlaceLibrary, lon: float, lat: float
) -> None:
    found = library.locate(np.array([lon]), np.array([lat])).zone
    first = library.claims[found[0]]
    assert (first.id, first.status) == ("disputed-aves", "disputed")
    assert set(first.claimants) >= {
        "Venezuela",
        "Dominica",
        "Antigua and Barbuda",
        "Saint Kitts and Nevis",
        "Saint Lucia",
        "Saint Vincent and the Grenadines",
        "Grenada",
        "Montserrat",
    }
    text = describe(library, places, lon, lat)["text"]
    assert text.index("disputed") < text.index("Venezuela's EEZ")
    assert all(name in text for name in first.claimants)


def test_the_coast_of_venezuela_is_not_aves_water(library: ZoneLibrary) -> None:
    assert ids(library, -66.9, 10.7) == ["eez-venezuela"]
    assert ids(library, -64.6, 12.3) == ["eez-venezuela"]


@pytest.mark.parametrize(
    ("fpso", "lon", "lat"),
    [
        ("Liza Destiny", -56.98, 8.05),
        ("Liza Unity", -56.85, 8.02),
        ("Prosperity", -57.15, 8.10),
        ("One Guyana", -56.62, 7.93),
    ],
)
def test_the_stabroek_fpsos_lie_in_disputed_water(
    library: ZoneLibrary, fpso: str, lon: float, lat: float
) -> None:
    assert ids(library, lon, lat) == ["disputed-essequibo", "eez-guyana"], fpso
    assert claimants(library, lon, lat) == {"Guyana", "Venezuela"}
    found = library.locate(np.array([lon]), np.array([lat]))
    assert found.margin_m[0] > library.claims[found.zone[0]].accuracy_m


def test_the_water_off_the_demerara_is_not_disputed(library: ZoneLibrary) -> None:
    assert ids(library, -58.05, 6.95) == ["eez-guyana"]
    assert ids(library, -57.3, 6.4) == ["eez-guyana"]


def test_barbados_guyana_joint_zone_lists_both(library: ZoneLibrary) -> None:
    assert {"joint-barbados-guyana"} <= set(ids(library, -57.1452, 10.6489))
    assert {"Barbados", "Guyana"} <= claimants(library, -57.1452, 10.6489)


@pytest.mark.parametrize(
    ("lon", "lat", "claims"),
    [
        (-75.0, 18.4, {"Haiti", "United States", "Jamaica"}),
        (-57.92, 10.55, {"Guyana", "Trinidad and Tobago", "Venezuela"}),
        (-88.2, 16.6, {"Belize", "Guatemala"}),
        (-88.3, 16.2, {"Belize", "Guatemala", "Honduras"}),
        (-79.11, 15.23, {"Jamaica", "Colombia"}),
        (-67.1, 20.4, {"Puerto Rico", "Dominican Republic"}),
    ],
)
def test_contested_and_joint_waters_list_every_claim(
    library: ZoneLibrary, lon: float, lat: float, claims: set[str]
) -> None:
    assert claims <= claimants(library, lon, lat)
    found = library.locate(np.array([lon]), np.array([lat])).zone
    assert library.claims[found[0]].status in ("disputed", "joint")


def test_far_out_on_land_and_outside_the_box(library: ZoneLibrary, places: PlaceLibrary) -> None:
    for lon, lat in [(-50.0, 25.0), (-61.35, 15.42), (-60.0, 5.0)]:
        assert ids(library, lon, lat) == []
        assert library.covers(lon, lat)
    for lon, lat in [(-30.0, 20.0), (-61.0, 40.0), (100.0, 15.0), (-61.0, -5.0)]:
        assert ids(library, lon, lat) == []
        assert not library.covers(lon, lat)
        assert "not covered" in describe(library, places, lon, lat)["text"]


def test_the_us_line_around_puerto_rico(library: ZoneLibrary, shared_data: Path) -> None:
    path = shared_data / "zones" / "noaa_us_maritime_limits.geojson"
    official: list[np.ndarray] = []
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        row, shape = feature["properties"], feature["geometry"]
        if row["EEZ"] == 1.0 and row["REGION"].startswith("Puerto"):
            lines = shape["coordinates"]
            official += map(np.array, [lines] if shape["type"] == "LineString" else lines)
    ours = [i for i, z in enumerate(library.zones) if {"PR", "VI"} & set(z.codes)]
    edges = np.concatenate([library._limits[code][0] for code in ours])
    points = np.concatenate(official)[::7]
    off_m = np.array([nearest_edge(edges, lon, lat)[0] for lon, lat in points])
    assert np.median(off_m) < 0.15 * M_PER_NMI
    assert np.quantile(off_m, 0.95) < 0.7 * M_PER_NMI


def test_kernel_and_twin_agree_on_a_treaty_point(library: ZoneLibrary) -> None:
    edges = library._limits[next(i for i, z in enumerate(library.zones) if z.codes == ("LC",))][0]
    lon, lat = FR_LC[2]
    metres, _, at_lon, at_lat = nearest_edge(edges, lon, lat)
    assert plain(nearest_edge)(edges, lon, lat)[0] == pytest.approx(metres)
    assert np.hypot(*offset_m(lon, lat, at_lon, at_lat)) == pytest.approx(metres, rel=1e-4)
