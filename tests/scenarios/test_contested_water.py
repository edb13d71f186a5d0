"""Water that several claim: the list of claims, never one owner, wherever somebody asks.

Barbados–Guyana joint zone, Guyana–Venezuela dispute, Aves Island: in the command, in the API, in
the text of a case and on the map (design page region, "Zones have law, not just shape").
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import shapely
from click.testing import CliRunner

from mda.cli.bundled import page_dir
from mda.cli.main import mda
from mda.cli.runs import replay_run
from mda.clock import format_at, parse_at
from mda.config import Config
from mda.server.app import create_app
from mda.server.run import serve
from mda.units import US_PER_S
from mda.watch.node import Node

BEGAN_US = parse_at("2026-03-21T06:00:00Z")
REPORTS, EVERY_S = 40, 60
LIMIT_S = 180.0
REST = ",,70,0,100,20,5.0,70,A"
"""No IMO number and no call sign; a cargo ship under way, 100 m long."""


@dataclass(frozen=True)
class Water:
    """A place deep inside a contested water, a ship that lies there, and who claims it."""

    zone: str
    mmsi: int
    lon_deg: float
    lat_deg: float
    claimants: tuple[str, ...]


WATERS = (
    Water("joint-barbados-guyana", 377000101, -57.1249, 10.6909, ("Barbados", "Guyana")),
    Water("disputed-essequibo", 377000102, -58.1, 9.4, ("Guyana", "Venezuela")),
    Water(
        "disputed-aves",
        377000103,
        -63.4,
        15.3,
        (
            "Venezuela",
            "Dominica",
            "Antigua and Barbuda",
            "Saint Kitts and Nevis",
            "Saint Lucia",
            "Saint Vincent and the Grenadines",
            "Grenada",
            "Montserrat",
        ),
    ),
)
each = pytest.mark.parametrize("water", WATERS, ids=lambda water: water.zone)


@dataclass(frozen=True)
class Served:
    """A node that has taken in the ships, and where it answers."""

    node: Node
    url: str


def recording(path: Path) -> Path:
    """Three ships that lie still, one in each water, as a table of decoded AIS."""
    head = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*head.split(","), "Length", "Width", "Draft", "Cargo", "TransceiverClass"])
        for step in range(REPORTS):
            at = format_at(BEGAN_US + step * EVERY_S * US_PER_S).removesuffix("Z")
            for water in WATERS:
                place = [f"{water.lat_deg:.5f}", f"{water.lon_deg:.5f}"]
                name = f"SHIP {water.mmsi % 1000}"
                writer.writerow(
                    [water.mmsi, at, *place, *["0.1", "90.0", "511"], name, *REST.split(",")]
                )
    return path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("contested")
    config = Config.load(overrides={"alert.watched_zones": ("disputed", "joint")})
    file = recording(folder / "ships.csv")
    node = Node(replay_run(config, [str(file)], 0.0, folder / "sea"), 10.0)
    node.start()
    until = time.monotonic() + LIMIT_S
    while not node.ended.is_set() and time.monotonic() < until:
        time.sleep(0.05)
    assert node.ended.is_set(), node.failed
    serving = serve(create_app(node.view, page_dir(), config), "127.0.0.1", 0)
    yield Served(node, serving.url)
    serving.stop()
    node.stop()


def claimants_of(zones: list[dict[str, object]]) -> set[str]:
    return {str(one) for zone in zones for one in zone["claimants"]}  # type: ignore[attr-defined]


@each
def test_the_command_lists_every_claim(water: Water) -> None:
    place = [str(water.lon_deg), str(water.lat_deg)]
    told = CliRunner().invoke(mda, ["zones", "at", *place], catch_exceptions=False).stdout
    first = told.splitlines()[0]
    assert all(name in first for name in water.claimants)
    plain = CliRunner().invoke(mda, ["zones", "at", *place, "--json"], catch_exceptions=False)
    assert claimants_of(json.loads(plain.stdout)["zones"]) >= set(water.claimants)


@each
def test_the_api_lists_every_claim(served: Served, water: Water) -> None:
    place = {"lon": water.lon_deg, "lat": water.lat_deg}
    answer = httpx.get(f"{served.url}api/zones/at", params=place).json()
    zone = next(one for one in answer["zones"] if one["id"] == water.zone)
    assert zone["claimants"] == list(water.claimants)
    assert all(name in answer["text"] for name in water.claimants)
    card = httpx.get(f"{served.url}api/vessels/{water.mmsi}").json()
    assert claimants_of(card["zones"]) >= set(water.claimants)


@each
def test_the_case_lists_every_claim_and_the_version(served: Served, water: Water) -> None:
    cases = httpx.get(f"{served.url}api/cases").json()["cases"]
    (case,) = [one for one in cases if water.mmsi in one["mmsis"]]
    assert all(name in case["sentence"] for name in water.claimants)
    status = "joint zone of" if water.zone.startswith("joint") else "disputed water"
    assert status in case["sentence"]
    found = httpx.get(f"{served.url}api/cases/{case['id']}").json()["findings"]
    version = httpx.get(f"{served.url}api/node").json()["zone_version"]
    assert {finding["evidence"]["zone_version"] for finding in found} == {version}


@each
def test_the_map_shows_every_claim(served: Served, water: Water, tmp_path: Path) -> None:
    outlines = httpx.get(f"{served.url}api/zones.geojson", timeout=120.0).json()["features"]
    here = [
        one["properties"]
        for one in outlines
        if one["geometry"]["type"] == "MultiPolygon"
        and shapely.contains_xy(
            shapely.geometry.shape(one["geometry"]), water.lon_deg, water.lat_deg
        )
    ]
    assert claimants_of(here) >= set(water.claimants)
    assert {"disputed", "joint"} & {str(one["status"]) for one in here}
    out = tmp_path / "zones.html"
    words = ["zones", "map", "-o", str(out)]
    assert CliRunner().invoke(mda, words, catch_exceptions=False).exit_code == 0
    assert ", ".join(water.claimants) in out.read_text(encoding="utf-8")
