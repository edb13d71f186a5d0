"""`mda zones add`, `remove`, `history`, `lists`: as a watchkeeper types them, and as docs/zones.md
says."""

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas
import pyproj
import pytest
from click.testing import CliRunner, Result
from shapely.geometry import LineString, Point, Polygon, box

from mda.cli import zones_own
from mda.cli.admin import backup, restore
from mda.cli.main import mda
from mda.cli.zones_own import add, history, lists, remove
from mda.clock import WallClock
from mda.config import Config
from mda.errors import ZoneError
from mda.store.nodedir import NodeStore
from zones.own_versions import own_directories

ROOT = Path(__file__).parents[3]
AREA = box(-61.6, 15.2, -61.5, 15.4)


def run(command, *arguments: object) -> Result:
    result = CliRunner().invoke(command, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def area_file(file: Path, *shapes, driver: str | None = None, crs=4326, **columns) -> Path:
    frame = geopandas.GeoDataFrame(columns, geometry=list(shapes or [AREA]), crs=crs)
    frame.to_file(file, driver=driver)
    return file


def zipped(file: Path, folder: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)


def geodesic_km2(shape: Polygon) -> float:
    area_m2, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(shape)
    return abs(area_m2) / 1e6


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    file = area_file(tmp_path / "a.geojson", name=["Bay"])
    said = run(add, file, "--data", tmp_path / "node", "--dry-run", "--as-user", "duty").output
    assert "own-a.bay  Bay" in said
    assert "area, none, ± 100 m, 237.7 km², nobody claims it" in said
    assert "accuracy is not stated" in said
    assert "dry run: 1 zone of 'a' would be added; nothing was written" in said
    assert not (tmp_path / "node").exists()
    body = json.loads(run(add, file, "--data", tmp_path / "node", "--dry-run", "--json").output)
    assert (body["version"], body["directory"]) == (None, None)


def test_added_listed_told_and_removed(tmp_path: Path) -> None:
    node = tmp_path / "node"
    file = area_file(tmp_path / "a.gpkg")
    kind = ("--kind", "season", "--valid-from", "2026-06-01", "--valid-until", "2026-07-31")
    said = run(add, file, "--data", node, "--name", "Nets", *kind, "--as-user", " duty  man ")
    assert "from 2026-06-01, until 2026-07-31" in said.output
    assert "added 'nets' version 1, 1 zone: " in said.output
    assert "started again" in said.output
    rows = run(lists, "--data", node).output.splitlines()
    assert any(re.fullmatch(r"season +Nets \(own-nets.nets\), from 2026-06-01, until 2026-07-31; "
               r"list nets version 1, [0-9-]{10}, duty man", row) for row in rows)  # fmt: skip
    assert "security     no list loaded" in rows
    assert "territorial  no list loaded: our lines" in rows
    body = json.loads(run(lists, "--data", node, "--json").output)
    assert body["cone"] == []
    assert body["season"][0]["list"] == "nets"
    assert "older versions are kept" in run(remove, "Nets", "--data", node, "--why", "over").output
    said = run(history, "nets", "--data", node).output
    assert "nets version 1: 1 zones from a.gpkg, by duty man" in said
    assert re.search(r"a.gpkg sha256 [0-9a-f]{64}", said)
    assert "nets version 2: removed, by" in said
    assert "* over" in said
    rows = json.loads(run(history, "--data", node, "--json").output)
    assert [row["act"] for row in rows] == ["add", "remove"]
    assert "season       no list loaded" in run(lists, "--data", node).output.splitlines()


def test_as_json_everything_of_a_zone(tmp_path: Path) -> None:
    file = area_file(tmp_path / "a.kml", driver="LIBKML", name=["Bay"])
    said = run(add, file, "--data", tmp_path / "node", "--claimant", "DMA", "--json").output
    body = json.loads(said)
    assert body["version"] == 1
    assert Path(body["directory"]) in own_directories(tmp_path / "node")
    zone = body["zones"][0]
    assert (zone["claimants"], zone["iso3"], zone["codes"]) == (["Dominica"], ["DMA"], ["DM"])
    assert zone["area_km2"] == pytest.approx(geodesic_km2(AREA), rel=1e-4)


def test_nothing_was_ever_loaded(tmp_path: Path) -> None:
    assert run(history, "--data", tmp_path).output == "no list was ever loaded\n"
    rows = run(lists, "--data", tmp_path).output.splitlines()
    assert all("no list loaded" in row for row in rows)
    assert not list(tmp_path.iterdir())


def test_an_error_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text("not json")
    command = [sys.executable, "-m", "mda.cli.main", "zones", "add", "a.geojson", "--data", "node"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "mda: a.geojson: is no GeoJSON\n"
    assert not (tmp_path / "node").exists()


def test_who_does_it_is_the_login_or_must_be_said(tmp_path: Path, monkeypatch) -> None:
    file = area_file(tmp_path / "a.geojson")
    monkeypatch.setenv("LOGNAME", "watch")
    run(add, file, "--data", tmp_path / "node")
    assert "by watch" in run(history, "--data", tmp_path / "node").output

    def nobody() -> str:
        raise OSError("no username set in the environment")

    monkeypatch.setattr(zones_own.getpass, "getuser", nobody)
    result = run(add, file, "--data", tmp_path / "node")
    assert result.exit_code == 2
    assert "add --as-user" in result.output


def test_the_directory_is_that_of_the_settings(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(add, area_file(tmp_path / "a.geojson"))
    assert len(own_directories(tmp_path / Config.load().text("node.data"))) == 1


def test_starting_the_command_loads_no_heavy_library() -> None:
    names = "{'geopandas', 'pandas', 'pyogrio'}"
    code = f"import sys, mda.cli.zones_own, zones.own; print({names} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_backup_takes_own_zones_along(tmp_path: Path) -> None:
    node = tmp_path / "node"
    NodeStore.open(node, Config.load(), WallClock()).close()
    for name in ("a", "b"):
        run(add, area_file(tmp_path / "a.gpkg"), "--data", node, "--name", name)
    run(remove, "b", "--data", node)
    (node / "zones" / ".adding-c").mkdir()
    (node / "zones" / ".adding-c" / "zones.toml").write_text("half")
    run(backup, node, "-o", tmp_path / "n.tar.zst")
    run(restore, tmp_path / "n.tar.zst", "-o", tmp_path / "again")
    kept = {k: v for k, v in content(node / "zones").items() if not k.startswith(".")}
    assert content(tmp_path / "again" / "zones") == kept
    assert {name.split("/")[0] for name in kept} == {"a", "b"}
    assert [p.parent.name for p in own_directories(tmp_path / "again")] == ["a"]
    run(add, area_file(tmp_path / "a.gpkg"), "--data", tmp_path / "again", "--name", "b")
    assert len(own_directories(tmp_path / "again")) == 2


def marine_regions(folder: Path) -> None:
    """The files as Marine Regions gives them: their fields, and the boundaries beside the areas."""
    inner = folder / "v12"
    inner.mkdir()
    none = [None] * 4
    fields = {
        "MRGID": [8435, 8441, 64485, 5677],
        "GEONAME": ["Dominican EEZ", "Guadeloupean EEZ", "Joint regime area", "French EEZ"],
        "MRGID_TER1": [8650, 8652, 1, 2],
        "POL_TYPE": ["200NM", "200NM", "Joint regime", "200NM"],
        "TERRITORY1": ["Dominica", "Guadeloupe", "Barbados", "France"],
        "ISO_TER1": ["DMA", "GLP", "BRB", "FRA"],
        "SOVEREIGN1": ["Dominica", "France", "Barbados", "France"],
        "TERRITORY2": [None, None, "Guyana", None],
        "ISO_TER2": [None, None, "GUY", None],
        "SOVEREIGN2": [None, None, "Guyana", None],
        "TERRITORY3": none,
        "ISO_SOV1": ["DMA", "FRA", "BRB", "FRA"],
        "ISO_SOV2": [None, None, "GUY", None],
    }
    shapes = [box(-62.8, 15.0, -57.9, 15.7), box(-62.8, 15.7, -57.9, 16.9),
              box(-57.5, 11.0, -56.9, 11.6), box(-6, 45, -2, 48)]  # fmt: skip
    area_file(inner / "eez_v12.shp", *shapes, **fields)
    area_file(inner / "eez_boundaries_v12.shp", LineString([(-62.8, 15.7), (-57.9, 15.7)]))
    zipped(folder / "World_EEZ_v12_20231025.zip", inner)
    belt = {**{k: v[:1] for k, v in fields.items()}, "POL_TYPE": ["12NM"],
            "GEONAME": ["Dominican 12 NM"]}  # fmt: skip
    ring = Polygon(
        Point(-61.37, 15.42).buffer(0.45).exterior, [box(-61.5, 15.2, -61.2, 15.65).exterior]
    )
    area_file(folder / "eez_12nm_v4.gpkg", ring, **belt)


def operators_files(folder: Path) -> None:
    """Every file that docs/zones.md names."""
    marine_regions(folder)
    area_file(folder / "dominica_eez.shp", box(-62.8, 15.0, -57.9, 15.7))
    (folder / "survey_1978.shp").parent.mkdir(exist_ok=True)
    area_file(folder / "survey_1978.shp", box(-62.0, 11.8, -61.4, 12.4), crs=4267)
    (folder / "survey_1978.prj").unlink()
    area_file(folder / "lobster.geojson")
    area_file(folder / "regatta.kml", driver="LIBKML")
    (folder / "cone").mkdir()
    area_file(folder / "cone" / "al022026-012_5day_pgn.shp", box(-65, 14, -58, 19),
              STORMNAME=["TEST"])  # fmt: skip
    area_file(folder / "cone" / "al022026-012_5day_lin.shp", LineString([(-58, 14), (-65, 19)]))
    zipped(folder / "al022026_5day.zip", folder / "cone")
    area_file(folder / "beaches.kml", Point(-61.45, 15.45), Point(-61.4, 15.3), driver="LIBKML",
              name=["Batalie", "Mero"])  # fmt: skip
    area_file(folder / "corridor.gpkg", LineString([(-61.6, 15.9), (-61.2, 15.9)]))


def doc_commands() -> list[str]:
    text = (ROOT / "docs" / "zones.md").read_text(encoding="utf-8")
    return re.findall(r"^    (mda .*)$", text, re.MULTILINE)


def test_marine_regions_without_options(tmp_path: Path) -> None:
    marine_regions(tmp_path)
    said = run(add, tmp_path / "World_EEZ_v12_20231025.zip", "--data", tmp_path / "node", "--json")
    body = json.loads(said.output)
    rows = {row["name"]: row for row in body["zones"]}
    assert set(rows) == {"Dominican EEZ", "Guadeloupean EEZ", "Joint regime area"}
    assert rows["Dominican EEZ"]["kind"] == "eez"
    assert rows["Guadeloupean EEZ"]["codes"] == ["GP", "FR"]
    assert rows["Joint regime area"]["claimants"] == ["Barbados", "Guyana"]
    assert rows["Joint regime area"]["status"] == "joint"
    assert "eez_v12.shp was read; eez_boundaries_v12.shp was left" in body["notes"]
    limits = json.loads((Path(body["directory"]) / "limits.geojson").read_text())["features"]
    beyond = {(f["properties"]["zone"], f["properties"]["beyond"]) for f in limits}
    first = "own-world-eez-v12-20231025"
    assert (f"{first}.dominican-eez", f"{first}.guadeloupean-eez") in beyond
    belt = run(add, tmp_path / "eez_12nm_v4.gpkg", "--data", tmp_path / "node", "--json")
    assert json.loads(belt.output)["zones"][0]["kind"] == "territorial"


def test_every_command_of_the_docs_runs(tmp_path: Path, monkeypatch) -> None:
    operators_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    commands = doc_commands()
    assert len(commands) >= 15
    assert {word for c in commands for word in c.split()[2:3]} >= {
        "add", "remove", "history", "lists", "at"}  # fmt: skip
    outputs = {command: run(mda, *shlex.split(command)[1:]) for command in commands}
    for command, result in outputs.items():
        assert result.exit_code == 0, f"{command}\n{result.output}"
    kept = {p.parent.name for p in own_directories(tmp_path / Config.load().text("node.data"))}
    assert kept == {
        "dominica-official-eez", "grenada-territorial-sea", "marine-regions-eez",
        "marine-regions-12-nmi", "lobster-closed-season", "regatta", "landing-beaches",
        "northern-corridor"}  # fmt: skip
    cone = outputs['mda zones history "Hurricane cone"'].output
    assert "hurricane-cone version 2" in cone
    assert "NHC" not in cone
    survey = next(o.output for c, o in outputs.items() if "survey_1978" in c)
    assert "reprojected from NAD27 to WGS 84" in survey


def test_an_own_zone_is_answered_before_ours(tmp_path: Path, monkeypatch) -> None:
    operators_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    run(mda, *shlex.split(doc_commands()[0])[1:])
    said = json.loads(run(mda, "zones", "at", "-61.6", "15.3", "--json").output)
    ids = [zone["id"] for zone in said["zones"]]
    own_id = "own-dominica-official-eez.dominica-official-eez"
    assert ids.index(own_id) < ids.index("eez-dominica")


def test_a_damaged_version_does_not_pass_in_silence(tmp_path: Path) -> None:
    run(add, area_file(tmp_path / "a.gpkg"), "--data", tmp_path / "node")
    folder = own_directories(tmp_path / "node")[0]
    os.truncate(folder / "version.json", 10)
    with pytest.raises(ZoneError, match="the version is damaged"):
        run(lists, "--data", tmp_path / "node")
