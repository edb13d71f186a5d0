"""The library's makers, run whole on a small made-up sea."""

import csv
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mda.errors import ZoneError
from zones import Membership, PlaceLibrary, ZoneLibrary, describe, drawing_geojson
from zones.build_library import build, main
from zones.build_rules import exclusions
from zones.index import LIBRARY

Ring = list[list[float]]


def square(west: float, south: float, east: float, north: float) -> Ring:
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[x, y] for x, y in corners]


LAND = [
    square(-70.0, 5.0, -58.7, 8.5),
    square(-61.5, 15.2, -61.3, 15.6),
    square(-63.62, 15.67, -63.61, 15.68),
    square(-89.5, 16.0, -88.5, 18.5),
    square(-64.6, 11.8, -64.5, 11.9),
    square(-63.64, 15.695, -63.635, 15.70),
    square(-79.86, 15.79, -79.84, 15.8),
]


def zone(name: str, iso3: str, *rings: Ring, kind: str = "200NM", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {f"TERRITORY{i}": None for i in (1, 2, 3)} | {
        "TERRITORY1": name,
        "ISO_TER1": iso3,
    }
    row["SOVEREIGN1"] = "Colombia" if iso3 == "COL" else name
    row |= {
        "GEONAME": "misleading",
        "AREA_KM2_V10": 1000.0,
        "area_km2": 1000.0,
        "POL_TYPE": kind,
        "clipped": name == "Guyana",
        "MRGID": 1,
    }
    shape = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": row | more, "geometry": shape}


VENEZUELA = [
    [-66.0, 8.5], [-60.0, 8.5], [-60.0, 12.0], [-62.5, 12.0], [-62.5, 16.5], [-66.0, 16.5],
    [-66.0, 8.5],
]  # fmt: skip
ZONES = [
    zone("Venezuela", "VEN", VENEZUELA, LAND[2], LAND[4], LAND[5]),
    zone(
        "Guyana",
        "GUY",
        [
            [-58.7, 6.0],
            [-55.0, 6.0],
            [-55.0, 12.0],
            [-60.0, 12.0],
            [-60.0, 8.5],
            [-58.7, 8.5],
            [-58.7, 6.0],
        ],
    ),
    zone("Belize", "BLZ", square(-88.5, 16.0, -87.0, 18.5)),
    zone("Dominica", "DMA", square(-62.5, 15.0, -60.0, 16.0), LAND[1]),
    zone("Guadeloupe", "GLP", square(-62.5, 16.0, -60.0, 17.0)),
    zone("Haiti", "HTI", square(-60.0, 12.0, -59.0, 15.0)),
    zone("Puerto Rico", "PRI", square(-62.5, 17.0, -60.0, 17.5)),
    zone("United States Virgin Islands", "VIR", square(-62.5, 17.5, -60.0, 18.0)),
    zone(
        "Dominica",
        "DMA",
        square(-62.0, 15.7, -61.8, 15.9),
        kind="Joint regime",
        TERRITORY2="Guadeloupe",
    ),
    zone(
        "Dominica",
        "DMA",
        square(-60.0, 15.0, -59.5, 16.0),
        kind="Overlapping claim",
        TERRITORY2="Guadeloupe",
        TERRITORY3="Venezuela",
    ),
    zone(
        "Guyana",
        "GUY",
        square(-55.0, 6.0, -54.0, 12.0),
        kind="Joint regime",
        TERRITORY2="Venezuela",
    ),
    zone("Serranilla Bank", "COL", square(-80.2, 15.6, -79.6, 16.0), LAND[6]),
    zone("Bajo Nuevo Bank", "COL", square(-79.0, 15.6, -78.4, 16.0)),
    zone("Serrana Bank", "COL", square(-81.4, 14.0, -80.9, 14.6)),
    zone("United States", "USA", square(-86.0, 24.0, -82.0, 26.0)),
    zone("Cuba", "CUB", square(-86.0, 22.0, -82.0, 24.0)),
    zone("Bahamas", "BHS", square(-82.0, 23.0, -78.0, 26.0)),
]
OFFICIAL = {
    "B0040": [[-86.0, 24.01], [-84.0, 23.97], [-82.0, 24.01]],
    "B0035": [[-82.05, 23.0], [-82.05, 25.0], [-81.95, 25.0], [-81.95, 26.0]],
}  # fmt: skip


def write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(rows[0])]
    lines += [",".join(f'"{v}"' for v in row.values()) for row in rows]
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_shapes(path: Path, features: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small library built from small sources."""
    shared, folder = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("library")
    write_shapes(shared / "zones" / "eez_caribbean.geojson.gz", ZONES)
    land = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [r]}}
        for r in LAND
    ]
    write_shapes(shared / "coast" / "gshhg_f_land_L1.geojson.gz", land)
    towns = [
        ("Roseau", -61.39, 15.30),
        ("Inland", -65.0, 6.5),
        ("Elsewhere", 2.0, 48.0),
    ]
    write_shapes(
        shared / "coast" / "ne_10m_populated_places_simple.geojson",
        [
            {
                "type": "Feature",
                "properties": {"name": name, "iso_a2": "DM"},
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
            }
            for name, lon, lat in towns
        ],
    )
    region = shared / "region"
    waiting = {"iso2": "DM", "ship_types": "all", "why": "made up", "basis": "memory"}
    write_table(
        region / "loitering_legit.csv",
        [
            {"name": "Bay", "lat": 15.57, "lon": -61.5, "radius_nm": 2, "kind": "yacht"} | waiting,
            {"name": "Bank", "lat": 15.1, "lon": -62.0, "radius_nm": 20, "kind": "restricted"}
            | waiting,
            {"name": "Liza Destiny FPSO", "lat": 8.05, "lon": -56.98, "radius_nm": 3, "kind": "rig"}
            | waiting
            | {"ship_types": "FPSO;tanker", "basis": "memory (position +/- 10 km)"},
        ],
    )
    write_shapes(
        shared / "coast" / "ne_10m_geography_marine_polys.geojson",
        [
            {
                "type": "Feature",
                "properties": {"name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
            for name, ring in (
                ("CARIBBEAN  SEA", square(-90.0, 9.0, -61.0, 20.0)),
                ("Gulf of Honduras", square(-89.5, 15.0, -90.0, 18.0)),
                (None, square(-50.0, 9.0, -49.0, 20.0)),
            )
        ],
    )
    write_shapes(
        shared / "zones" / "noaa_us_maritime_limits.geojson",
        [
            {
                "type": "Feature",
                "properties": {
                    "BOUND_ID": name, "REGION": "Made up", "FEAT_TYPE": "Maritime Boundary",
                    "LEGAL_AUTH": "made up", "TS": 0.0, "CZ": 0.0, "EEZ": 1.0, "UNILATERAL": 0.0,
                    "PUB_DATE": "2006-01-01",
                },
                "geometry": {"type": "LineString", "coordinates": line},
            }
            for name, line in OFFICIAL.items()
        ],
    )  # fmt: skip
    write_table(region / "ports.csv", [{"iso2": "DM", "name": "Port", "lat": 15.4, "lon": -61.5}])
    member = {"name": "Dominica", "iso2": "DM", "iso3": "DMA", "caricom_status": "member"}
    dates = {"caricom_since": "1974", "rss_member_since": "1982-10-29"}
    write_table(region / "caricom_members.csv", [member | dates])
    wpi = {"Main Port Name": "Roadstead ", "Country Code": "Dominica", "Harbor Size": " "}
    wpi |= {"Entrance Restriction - Tide": "Yes", "Entrance Restriction - Heavy Swell": "No"}
    wpi |= {"Pilotage - Compulsory": "Yes", "Facilities - Anchorage": "Yes"}
    write_table(
        shared / "ports" / "wpi_UpdatedPub150.csv.gz",
        [
            wpi | {"Longitude": -61.5, "Latitude": 15.25},
            wpi | {"Longitude": 5.0, "Latitude": 50.0},
        ],
    )
    anchorages = [
        {"latitude": 15.45, "longitude": -61.52, "label": "DMA-4", "sublabel": "SALISBURY"},
        {"latitude": 15.35, "longitude": -61.52, "label": "POINTE MICHEL", "sublabel": ""},
        {"latitude": 35.0, "longitude": 128.0, "label": "FAR", "sublabel": ""},
    ]
    write_table(
        shared / "ports" / "gfw_anchorage_overrides.csv.gz",
        [a | {"iso3": "DMA"} for a in anchorages],
    )
    for name in ("boundaries.csv", "breadths.csv", "islets.csv", "places_by_hand.csv"):
        (folder / name).write_bytes((LIBRARY / name).read_bytes())
    said: list[str] = []
    build(shared, folder, said.append)
    assert any(line.startswith("belt 1: ") for line in said)
    again = tmp_path_factory.mktemp("again")
    for path in folder.glob("*.csv"):
        (again / path.name).write_bytes(path.read_bytes())
    build(shared, again)
    for path in (p for p in folder.rglob("*") if p.is_file()):
        assert (again / path.relative_to(folder)).read_bytes() == path.read_bytes(), path.name
    return folder


def test_names_claims_and_status(made: Path) -> None:
    zones = {z.id: z for z in ZoneLibrary.load(made).zones}
    assert {i for i, z in zones.items() if z.family == "waters"} == {
        "eez-venezuela", "eez-guyana", "eez-belize", "eez-dominica", "eez-guadeloupe", "eez-haiti",
        "eez-puerto-rico", "eez-united-states-virgin-islands",
        "joint-dominica-guadeloupe", "joint-guyana-venezuela",
        "overlap-dominica-guadeloupe-venezuela",
        "disputed-aves", "disputed-essequibo", "disputed-belize-guatemala", "disputed-sapodilla",
        "disputed-serranilla-bank", "disputed-bajo-nuevo-bank", "disputed-united-states-bahamas",
        "eez-serranilla-bank", "eez-bajo-nuevo-bank", "eez-quitasueno-bank",
        "eez-united-states", "eez-cuba", "eez-the-bahamas",
    }  # fmt: skip
    assert zones["eez-dominica"].name == "Dominica's EEZ"
    assert zones["eez-dominica"].codes == ("DM",)
    assert zones["eez-guadeloupe"].codes == ("GP", "FR")
    assert "Guadeloupe: agreed, France–Dominica 1987" in zones["eez-dominica"].basis
    assert "overlapping claims" in zones["eez-dominica"].basis
    assert "a joint zone" in zones["eez-guyana"].basis
    assert zones["eez-guyana"].note == "cut by the frame of the library"
    assert zones["overlap-dominica-guadeloupe-venezuela"].claimants == (
        "Dominica",
        "Guadeloupe",
        "Venezuela",
    )
    assert zones["eez-puerto-rico"].accuracy_m == 1100.0
    assert "Virgin" not in zones["eez-puerto-rico"].basis
    assert zones["eez-belize"].status == "claimed"


def test_limits_know_coast_frame_and_neighbours(made: Path) -> None:
    library = ZoneLibrary.load(made)
    code = {z.id: i for i, z in enumerate(library.zones)}
    north = library.limit(code["eez-dominica"], -61.9, 15.95)
    assert north is not None
    assert north.beyond is not None
    assert north.beyond.id == "eez-guadeloupe"
    assert north.boundary is not None
    east = library.limit(code["eez-belize"], -87.1, 17.0)
    assert east is not None
    assert east.beyond is None
    joint = library.limit(code["eez-guyana"], -55.05, 10.0)
    assert joint is not None
    assert joint.beyond is not None
    assert joint.beyond.id == "joint-guyana-venezuela"
    found = library.locate(np.array([-61.51]), np.array([15.4]))
    assert np.isinf(found.margin_m).all()


def test_overlays_hold_what_they_must(made: Path) -> None:
    library = ZoneLibrary.load(made)

    def ids(lon: float, lat: float) -> list[str]:
        found = library.locate(np.array([lon]), np.array([lat])).zone
        return [library.zones[z].id for z in found if library.zones[z].family == "waters"]

    assert ids(-63.5, 15.5) == ["disputed-aves", "eez-venezuela"]
    assert ids(-64.5, 12.2) == ["eez-venezuela"]
    assert ids(-57.0, 8.05) == ["disputed-essequibo", "eez-guyana"]
    assert ids(-57.5, 6.5) == ["eez-guyana"]
    assert ids(-87.5, 17.0) == ["disputed-belize-guatemala", "eez-belize"]
    assert ids(-87.5, 17.6) == ["eez-belize"]
    assert "disputed-sapodilla" in ids(-88.25, 16.12)


def test_places_and_words(made: Path) -> None:
    places = PlaceLibrary.load(made / "places.csv")
    names = set(places.names)
    assert {"Bay", "Bank", "Port", "Roadstead", "Salisbury", "Pointe Michel", "Roseau"} <= names
    assert not {"Inland", "Elsewhere", "Far"} & names
    assert "Grand-Bourg, Marie-Galante" in names
    text = describe(ZoneLibrary.load(made), places, -61.7, 15.95)["text"]
    assert text.startswith("Dominica's EEZ (")
    assert "nmi NW of " in text


def test_drawing_membership_and_rerun(made: Path) -> None:
    library = ZoneLibrary.load(made)
    assert json.loads(drawing_geojson(library))["version"] == library.version
    assert len(Membership.load(made / "caricom.csv").rows) == 1
    with (made / "places.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file))[0] == "name"


def test_without_the_shared_data_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ZoneError, match="not here"):
        build(tmp_path)
    monkeypatch.setattr(sys, "argv", ["build_library", str(tmp_path)])
    assert main() == 1
    assert "give the shared data directory" in capsys.readouterr().err


def test_banks_are_waters_of_their_state(made: Path) -> None:
    zones = {z.id: z for z in ZoneLibrary.load(made).zones}
    assert zones["eez-quitasueno-bank"].name == "Colombia's water about Quitasueño Bank"
    assert zones["eez-serranilla-bank"].claimants == ("Colombia",)
    assert zones["disputed-serranilla-bank"].claimants == ("Colombia", "Honduras", "United States")
    assert zones["territorial-quitasueno-bank"].claimants == ("Colombia",)


def ids_at(library: ZoneLibrary, lon: float, lat: float) -> set[str]:
    found = library.locate(np.array([lon]), np.array([lat])).zone
    return {library.claims[code].id for code in found}


def test_belts_seas_and_rules(made: Path) -> None:
    library = ZoneLibrary.load(made)
    assert "territorial-dominica" in ids_at(library, -61.55, 15.4)
    assert "contiguous-dominica" in ids_at(library, -61.75, 15.4)
    assert {"territorial-venezuela", "sea-caribbean-sea"} <= ids_at(library, -63.7, 15.67)
    assert "exclusion-liza-destiny" in ids_at(library, -56.98, 8.05)
    assert "sea-gulf-of-honduras" in {z.id for z in library.zones}
    rule = next(z for z in library.zones if z.kind == "exclusion")
    assert (rule.accuracy_m, rule.valid_from) == (10_000.0, "2019-12-20")


def test_an_islet_that_stands_elsewhere_is_water(made: Path) -> None:
    assert "eez-venezuela" in ids_at(ZoneLibrary.load(made), -63.637, 15.697)


def test_us_lines_are_noaas(made: Path) -> None:
    library = ZoneLibrary.load(made)
    assert "eez-cuba" in ids_at(library, -85.9, 24.003)
    assert "eez-united-states" in ids_at(library, -84.0, 23.99)
    both = {"disputed-united-states-bahamas"}
    assert ids_at(library, -82.02, 24.5) & both
    assert ids_at(library, -81.97, 25.5) & both
    assert not ids_at(library, -81.8, 24.5) & both


def test_an_fpso_whose_place_is_not_rated_is_refused(tmp_path: Path) -> None:
    write_table(
        tmp_path / "region" / "loitering_legit.csv",
        [
            {
                "name": "A FPSO",
                "lat": 8,
                "lon": -57,
                "ship_types": "FPSO",
                "why": "",
                "basis": "sure",
            }
        ],
    )
    with pytest.raises(ZoneError, match="how well it is placed"):
        list(exclusions(tmp_path))


def test_waiting_places_say_why(made: Path) -> None:
    with (made / "places.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all(row["why"] for row in rows if row["kind"] != "town")
    why = {row["name"]: row["why"] for row in rows}
    assert why["Roadstead"] == "port: ships wait for a berth or the tide or a pilot, at anchor"
