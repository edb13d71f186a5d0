"""Belts on a small sea: cut to each state's water, disputed parts apart, limits named."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from mda.errors import ZoneError
from mda.geo.distance import geodesic_m, project_deg
from mda.units import M_PER_NMI
from zones.build_belts import Belt, belts, coasts, dry, false_islets, read_breadths
from zones.build_overlays import Overlay
from zones.build_shapes import Shape, segment_tree, without_false_islets
from zones.index import LIBRARY

PUERTO_RICO = shapely.box(-67.2, 18.0, -66.8, 18.4)
HISPANIOLA = shapely.box(-68.6, 18.0, -68.2, 18.4)
HAITI = shapely.box(-74.5, 18.2, -74.0, 18.6)
NAVASSA = shapely.box(-75.03, 18.39, -75.0, 18.42)
BELIZE = shapely.box(-88.6, 16.0, -88.4, 17.0)
LAND = shapely.MultiPolygon([PUERTO_RICO, HISPANIOLA, HAITI, NAVASSA, BELIZE])


def shape(
    kind: str, names: tuple[str, ...], iso3: tuple[str, ...], codes: tuple[str, ...],
    water: BaseGeometry,
) -> Shape:  # fmt: skip
    words = "-".join(n.lower().replace(" ", "-") for n in names)
    sea = shapely.difference(water, LAND)
    return Shape(f"{kind}-{words}", kind, names, codes, iso3, {}, sea, names)


SHAPES = [
    shape("eez", ("Puerto Rico",), ("PRI",), ("PR", "US"), shapely.box(-67.6, 17, -66, 19)),
    shape("eez", ("Dominican Republic",), ("DOM",), ("DO",), shapely.box(-69.5, 17, -67.8, 19)),
    shape("overlap", ("Puerto Rico", "Dominican Republic"), ("PRI", "DOM"), ("PR", "US", "DO"),
          shapely.box(-67.8, 17, -67.6, 19)),
    shape("eez", ("Haiti",), ("HTI",), ("HT",), shapely.box(-74.8, 17.8, -73.5, 19)),
    shape("overlap", ("Haiti", "United States", "Jamaica"), ("HTI", "USA", "JAM"),
          ("HT", "US", "JM"), shapely.box(-75.6, 17.8, -74.8, 19)),
    shape("eez", ("Belize",), ("BLZ",), ("BZ",), shapely.box(-88.6, 15.8, -87, 17.5)),
]  # fmt: skip
CLAIM = shapely.box(-74.1, 17.8, -73.5, 19)
OVERLAY = Overlay(
    {"id": "disputed-made-up", "claimants": ["Haiti", "Else"], "iso3": ["HTI"], "codes": ["HT"]},
    shapely.intersection(CLAIM, SHAPES[3].geometry),
    [],
)


@pytest.fixture(scope="module")
def drawn() -> dict[str, Belt]:
    found = belts(SHAPES, LAND, segment_tree(LAND), [OVERLAY], LIBRARY)
    return {belt.row["id"]: belt for belt in found}


def at(belt: Belt, lon_deg: float, lat_deg: float) -> bool:
    return bool(belt.geometry.contains(shapely.Point(lon_deg, lat_deg)))


def off_coast(coast_lat_deg: float, lon_deg: float, distance_nmi: float) -> tuple[float, float]:
    lon, lat = project_deg(lon_deg, coast_lat_deg, 180.0, distance_nmi * M_PER_NMI)
    return float(lon), float(lat)


def test_which_belts_there_are(drawn: dict[str, Belt]) -> None:
    assert set(drawn) == {
        "territorial-puerto-rico", "contiguous-puerto-rico",
        "contiguous-puerto-rico-in-overlap-puerto-rico-dominican-republic",
        "territorial-dominican-republic", "contiguous-dominican-republic",
        "contiguous-dominican-republic-in-overlap-puerto-rico-dominican-republic",
        "territorial-haiti", "territorial-haiti-in-made-up",
        "contiguous-haiti", "contiguous-haiti-in-made-up",
        "contiguous-haiti-in-overlap-haiti-united-states-jamaica",
        "territorial-navassa-island", "territorial-belize",
    }  # fmt: skip


def test_breadths_hold_to_50_m(drawn: dict[str, Belt]) -> None:
    inner, outer = drawn["territorial-puerto-rico"], drawn["contiguous-puerto-rico"]
    assert at(inner, *off_coast(18.0, -67.0, 11.97))
    assert not at(inner, *off_coast(18.0, -67.0, 12.03))
    assert at(outer, *off_coast(18.0, -67.0, 12.03))
    assert not at(outer, *off_coast(18.0, -67.0, 11.97))
    assert at(outer, *off_coast(18.0, -67.0, 23.97))
    assert not at(outer, *off_coast(18.0, -67.0, 24.03))


def test_a_belt_reaches_into_its_own_land_a_little(drawn: dict[str, Belt]) -> None:
    belt = drawn["territorial-puerto-rico"]
    assert at(belt, -67.0, 18.001)
    assert not at(belt, -67.0, 18.01)
    assert shapely.difference(dry(LAND), LAND).is_empty


def test_southern_belize_has_3_nmi(drawn: dict[str, Belt]) -> None:
    belt = drawn["territorial-belize"]
    for distance_nmi, north, south in ((2.9, True, True), (3.1, True, False), (12.1, False, False)):
        for lat_deg, inside in ((16.8, north), (16.15, south)):
            lon, lat = project_deg(-88.4, lat_deg, 90.0, distance_nmi * M_PER_NMI)
            assert at(belt, float(lon), float(lat)) is inside
    assert "Maritime Areas Act 1992" in belt.row["basis"]
    assert "3 nmi" in belt.row["basis"] or ", 3" in belt.row["basis"]


def test_disputed_water_lists_every_claimant(drawn: dict[str, Belt]) -> None:
    part = drawn["territorial-haiti-in-made-up"]
    assert part.row["status"] == "disputed"
    assert part.row["claimants"] == ["Haiti", "Else"]
    assert at(part, -74.05, 18.1)
    assert not at(drawn["territorial-haiti"], -74.05, 18.1)
    shared = drawn["contiguous-haiti-in-overlap-haiti-united-states-jamaica"]
    assert shared.row["claimants"] == ["Haiti", "United States", "Jamaica"]
    navassa = drawn["territorial-navassa-island"]
    assert navassa.row["claimants"] == ["Haiti", "United States"]
    assert at(navassa, -75.1, 18.4)


def test_limits_say_what_lies_beyond(drawn: dict[str, Belt]) -> None:
    beyond = {k: {name for name, _ in drawn[k].limits} for k in drawn}
    disputed = "contiguous-puerto-rico-in-overlap-puerto-rico-dominican-republic"
    assert beyond["territorial-puerto-rico"] == {""}
    assert beyond["contiguous-puerto-rico"] == {"", "territorial-puerto-rico", disputed}
    assert beyond[disputed] == {"", "contiguous-puerto-rico"}
    assert beyond["territorial-haiti"] == {"", "territorial-haiti-in-made-up"}
    for name, line in drawn["territorial-puerto-rico"].limits:
        assert name == ""
        for lon, lat in line[:: max(1, len(line) // 20)]:
            line_m = shapely.shortest_line(PUERTO_RICO, shapely.Point(lon, lat))
            edge = shapely.get_coordinates(line_m)[0]
            off_m = geodesic_m(lon, lat, *edge) - 12.0 * M_PER_NMI
            assert abs(off_m) < 250.0


def test_every_limit_is_an_edge_of_its_belt(drawn: dict[str, Belt]) -> None:
    for belt in drawn.values():
        rings = [
            shapely.get_coordinates(r)
            for p in shapely.get_parts(belt.geometry)
            for r in shapely.get_rings(p)
        ]
        edges = {tuple(np.round(e, 5)) for r in rings for e in np.hstack((r[:-1], r[1:])).tolist()}
        for _, line in belt.limits:
            assert all(tuple(np.round(e, 5)) in edges for e in np.hstack((line[:-1], line[1:])))


def test_records_say_where_the_breadth_was_read(drawn: dict[str, Belt]) -> None:
    us = drawn["territorial-puerto-rico"].row
    assert us["accuracy_m"] == 800.0
    assert "LEGAL_AUTH" in us["note"]
    haiti = drawn["territorial-haiti"].row
    assert "from memory" in haiti["basis"]
    assert "straight baselines" in haiti["basis"]
    assert haiti["accuracy_m"] == 3000.0


def test_islets_are_put_right(tmp_path: Path) -> None:
    table = tmp_path / "islets.csv"
    table.write_text(
        "name,zone,lon_deg,lat_deg,radius_m,replaces,read,source\n"
        "Rock,eez-haiti,-73.8,18.0,100,-73.7 18.0 -73.6 18.1,memory,\n"
    )
    wrong = shapely.box(-73.66, 18.04, -73.64, 18.06)
    holed = Shape(**{
        **{f: getattr(SHAPES[3], f) for f in Shape.__slots__},
        "geometry": shapely.difference(SHAPES[3].geometry, wrong),
    })  # fmt: skip
    land = shapely.MultiPolygon([*LAND.geoms, wrong])
    put_right = without_false_islets([holed, SHAPES[0]], false_islets(table))
    assert put_right[0].geometry.contains(wrong)
    assert put_right[0].geometry.area == pytest.approx(SHAPES[3].geometry.area)
    lines = coasts(put_right, segment_tree(land), table)["HT"]
    near = [
        line for line in lines if shapely.LineString(line).distance(shapely.Point(-73.8, 18)) < 0.01
    ]
    assert len(near) == 1


@pytest.mark.parametrize("wrong", ["AAA,moat,12,normal", "AAA,territorial,12,bent"])
def test_a_breadth_that_cannot_be_used_is_refused(tmp_path: Path, wrong: str) -> None:
    table = tmp_path / "breadths.csv"
    head = (LIBRARY / "breadths.csv").read_text(encoding="utf-8").splitlines()[0]
    table.write_text(f"{head}\n{wrong},,,,,act,memory,\n")
    with pytest.raises(ZoneError, match="AAA: unknown"):
        read_breadths(table)


def test_the_shipped_table_has_a_breadth_for_every_territory() -> None:
    rows = read_breadths(LIBRARY / "breadths.csv")
    assert {r.breadth_nmi for r in rows if r.belt == "contiguous"} == {24.0}
    assert {r.breadth_nmi for r in rows if r.belt == "territorial"} == {3.0, 12.0}
    assert all(r.source for r in rows if r.read == "source")
    assert all(r.act for r in rows)
