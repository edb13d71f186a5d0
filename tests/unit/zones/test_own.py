"""An operator's file from end to end: read, stored as a version, taken by the index, removed."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from shapely.geometry import GeometryCollection, LineString, Point, Polygon, box

from mda.clock import parse_at
from mda.errors import ZoneError
from zones import ZoneLibrary, own, own_shapes
from zones.own import add, history, loaded, own_directories, read, remove
from zones.own_attributes import Given
from zones.records import read_collection

AT_US = parse_at("2026-11-21T08:00:00Z")
AREA = box(-61.6, 15.2, -61.5, 15.4)
SEASON = Given(kind="season", valid_from="2026-06-01", valid_until="2026-07-31", accuracy_m=50.0)


def file_of(folder: Path, *shapes, suffix: str = ".gpkg", stem: str = "file", **columns) -> Path:
    frame = geopandas.GeoDataFrame(columns, geometry=list(shapes), crs=4326)
    frame.to_file(folder / f"{stem}{suffix}")
    return folder / f"{stem}{suffix}"


def draft_of(file: Path, name: str = "", given: Given = SEASON, **more) -> own.Draft:
    return read(file, name, given, "duty", AT_US, **more)


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_season_is_added_and_the_index_takes_it(tmp_path: Path, library: ZoneLibrary) -> None:
    draft = draft_of(file_of(tmp_path, AREA), "Lobster closed season")
    assert draft.name == "lobster-closed-season"
    assert not (tmp_path / "node").exists()
    added = add(tmp_path / "node", draft, "duty", AT_US)
    assert added.directory == tmp_path / "node" / "zones" / "lobster-closed-season" / "0001"
    assert added.version.sha256 == draft.sha256
    zone = read_collection(added.directory / "zones.toml").zones[0]
    assert zone == draft.zones[0]
    assert (zone.id, zone.name) == ("own-lobster-closed-season.lobster-closed-season",
                                    "Lobster closed season")  # fmt: skip
    both = ZoneLibrary.load(own=own_directories(tmp_path / "node"))
    assert len(both.zones) == len(library.zones) + 1
    july, august = parse_at("2026-07-31T23:00:00Z"), parse_at("2026-08-01T01:00:00Z")
    ids = [inside.zone.id for inside in both.at(-61.55, 15.3, july)]
    assert zone.id in ids
    assert {z.zone.id for z in library.at(-61.55, 15.3)} <= set(ids)
    assert zone.id not in [inside.zone.id for inside in both.at(-61.55, 15.3, august)]
    assert zone.id not in [inside.zone.id for inside in both.at(-61.45, 15.3, july)]


def test_an_official_eez_has_limits_that_are_not_its_coast(tmp_path: Path, library) -> None:
    """Ours, loaded as if it were official, knows which of its edges are coast, as ours does."""
    folder = library.collections[0].path.parent
    body = own_shapes_of(folder / "eez.geojson.gz")
    given = Given(kind="eez", claimants=("Dominica",), accuracy_m=200.0)
    draft = draft_of(file_of(tmp_path, body["eez-dominica"]), "official", given)
    added = add(tmp_path / "node", draft, "duty", AT_US)
    assert {p.name for p in added.directory.iterdir()} == {
        "limits.geojson", "version.json", "zones.geojson", "zones.toml"}  # fmt: skip
    both = ZoneLibrary.load(own=[added.directory])
    roseau = {inside.zone.id: inside for inside in both.at(-61.41, 15.30)}  # half a mile off
    official = roseau["own-official.official"]
    assert official.zone.iso3 == ("DMA",)
    assert official.p_inside > 0.999
    code = {claim.id: number for number, claim in enumerate(both.claims)}
    for at in ((-61.3, 15.6), (-61.41, 15.30), (-61.5, 15.1), (-58.2, 15.4)):
        theirs = both.limit(code["own-official.official"], *at)
        ours = both.limit(code["eez-dominica"], *at)
        assert theirs is not None
        assert ours is not None
        assert theirs.distance_m == pytest.approx(ours.distance_m, rel=0.02)
    assert both.shore(-61.41, 15.30) == library.shore(-61.41, 15.30)


def own_shapes_of(path: Path) -> dict[str, shapely.Geometry]:
    from zones.geojson import read_bytes

    rows = json.loads(read_bytes(path))["features"]
    return {row["id"]: shapely.geometry.shape(row["geometry"]) for row in rows}


def test_versions_removal_and_history(tmp_path: Path) -> None:
    node = tmp_path / "node"
    file = file_of(tmp_path, AREA)
    add(node, draft_of(file, "Soufriere"), "duty", AT_US)
    before = content(node)
    add(node, draft_of(file, "SOUFRIÈRE"), "relief", AT_US + 1)
    assert [v.number for v in history(node, "Soufriere")] == [1, 2]
    remove(node, "soufriere", "relief", AT_US + 2, "the season is over")
    rows = history(node)
    assert [(v.act, v.by) for v in rows] == [
        ("add", "duty"), ("add", "relief"), ("remove", "relief")]  # fmt: skip
    assert rows[-1].notes == ("the season is over",)
    assert rows[-1].zones == ("own-soufriere.soufriere",)
    assert own_directories(node) == []
    assert before.items() <= content(node).items()
    for again in ("soufriere", "other"):
        with pytest.raises(ZoneError, match="Loaded: none is loaded"):
            remove(node, again, "duty", AT_US)
    add(node, draft_of(file, "Soufriere"), "duty", AT_US + 3)
    assert history(node, "soufriere")[-1].number == 4
    with pytest.raises(ZoneError, match=r"no own zones 'x'.*There are: soufriere"):
        history(node, "x")
    with pytest.raises(ZoneError, match="There are: none"):
        history(tmp_path / "empty", "x")
    assert not (tmp_path / "empty").exists()


def test_what_is_loaded_by_kind(tmp_path: Path) -> None:
    assert {kind for kind, rows in loaded(tmp_path).items() if not rows} >= {
        "eez", "territorial", "season", "security", "cone", "landing", "corridor", "area"
    }  # fmt: skip
    assert "sea" not in loaded(tmp_path)
    for name, kind in {"a": "cone", "b": "cone", "c": "security"}.items():
        draft = draft_of(file_of(tmp_path, AREA, stem=name), "", Given(kind=kind))
        add(tmp_path / "node", draft, "duty", AT_US)
    rows = loaded(tmp_path / "node")
    assert [(v.name, z.kind) for v, z in rows["cone"]] == [("a", "cone"), ("b", "cone")]
    assert len(rows["security"]) == 1
    assert rows["season"] == []


def test_beaches_and_corridors_get_their_radius(tmp_path: Path) -> None:
    beaches = file_of(tmp_path, Point(-61.4, 15.3), Point(-61.4, 15.2),
                      name=["Mero", "Soufriere"], radius_nmi=[0.5, 1.0])  # fmt: skip
    draft = draft_of(beaches, "beaches", Given(kind="landing"))
    assert [z.id for z in draft.zones] == ["own-beaches.mero", "own-beaches.soufriere"]
    assert draft.areas_km2 == pytest.approx([np.pi * (r * 1.852) ** 2 for r in (0.5, 1)], rel=2e-3)
    lane = file_of(tmp_path, LineString([(-61.6, 15.2), (-61.6, 15.6)]), stem="lane")
    with pytest.raises(ZoneError, match="--radius-nmi"):
        draft_of(lane, "", Given(kind="corridor"))
    draft = draft_of(lane, "", Given(kind="corridor", radius_nmi=2.0))
    length_km = 0.4 * 110.65
    expected = length_km * 2 * 3.704 + np.pi * 3.704**2
    assert draft.areas_km2[0] == pytest.approx(expected, rel=5e-3)


def test_names_and_ids_of_several_zones(tmp_path: Path) -> None:
    file = file_of(tmp_path, AREA, AREA, AREA, AREA, name=["A", "A", None, "???"])
    draft = draft_of(file, "Two words", SEASON)
    assert [z.name for z in draft.zones] == ["A", "A", "Two words 3", "???"]
    assert [z.id for z in draft.zones] == [
        "own-two-words.a", "own-two-words.a-2", "own-two-words.two-words-3", "own-two-words.4"
    ]  # fmt: skip
    one = file_of(tmp_path, AREA, stem="Point Michel", name=["A"])
    assert [(z.id, z.name) for z in draft_of(one).zones] == [("own-point-michel.a", "A")]
    named = draft_of(one, "Ours")
    assert [(z.id, z.name) for z in named.zones] == [("own-ours.ours", "Ours")]
    with pytest.raises(ZoneError, match="is no name"):
        draft_of(one, "???")


def test_what_lies_elsewhere_is_left_or_refused(tmp_path: Path) -> None:
    far = box(10, 50, 11, 51)
    draft = draft_of(file_of(tmp_path, AREA, far, name=["here", "far"]))
    assert [z.name for z in draft.zones] == ["here"]
    assert "1 features outside of the library's box were left (--everywhere)" in draft.notes
    only = file_of(tmp_path, far, stem="far")
    with pytest.raises(ZoneError, match=r"lies at longitude 10.500.*--everywhere"):
        draft_of(only)
    turned = file_of(tmp_path, box(15.2, -61.6, 15.4, -61.5), stem="turned")
    with pytest.raises(ZoneError, match="Longitude comes first: exchange the two"):
        draft_of(turned)
    across = Polygon([(179, -17), (-179, -17), (-179, -16), (179, -16)])
    fiji = draft_of(file_of(tmp_path, across, stem="fiji"), "fiji", everywhere=True)
    assert "crosses 180°" in fiji.notes[0]
    added = add(tmp_path / "node", fiji, "duty", AT_US)
    both = ZoneLibrary.load(own=[added.directory])
    for lon_deg, inside in {179.5: True, -179.5: True, 178.5: False, -178.5: False}.items():
        ids = [found.zone.id for found in both.at(lon_deg, -16.5)]
        assert ("own-fiji.fiji" in ids) == inside


def test_repairs_are_reported_and_kept(tmp_path: Path) -> None:
    tie = Polygon([(-62, 15), (-61, 16), (-61, 15), (-62, 16)])
    mixed = GeometryCollection([AREA, Point(-61, 15)])
    frame = geopandas.GeoDataFrame(geometry=[tie, mixed, None, Polygon()], crs=4326)
    frame.to_file(tmp_path / "a.geojson")
    draft = draft_of(tmp_path / "a.geojson")
    assert len(draft.zones) == 2
    said = "\n".join(draft.notes)
    assert "repaired: feature 1: self-intersection at -61.5 15.5" in said
    assert "feature 2: 1 points or lines beside its areas were left" in said
    assert "feature 3 has no shape and was left" in said
    assert "feature 4 has no shape and was left" in said
    added = add(tmp_path / "node", draft, "duty", AT_US)
    assert history(tmp_path / "node")[0].notes == added.version.notes == draft.notes
    shapes = own_shapes_of(added.directory / "zones.geojson")
    assert all(shapely.is_valid(shape) for shape in shapes.values())


def test_after_a_failed_add_nothing_has_changed(tmp_path: Path, monkeypatch) -> None:
    node = tmp_path / "node"
    add(node, draft_of(file_of(tmp_path, AREA), "a"), "duty", AT_US)
    before = content(node)
    (tmp_path / "junk.geojson").write_text("{")
    bad = {
        "junk": tmp_path / "junk.geojson",
        "none": tmp_path / "none.shp",
        "empty": file_of(tmp_path, None, stem="empty"),
        "flat": file_of(tmp_path, Polygon([(-61, 15), (-60, 15), (-61, 15)]), stem="flat"),
    }
    for name, file in bad.items():
        with pytest.raises(ZoneError, match=file.name):
            draft_of(file, "a")
        assert content(node) == before, name
    monkeypatch.setattr(own_shapes, "MOST_POINTS", 4)
    with pytest.raises(ZoneError, match=r"has 5 points, more than 4.*Simplify"):
        draft_of(file_of(tmp_path, AREA), "a")
    assert content(node) == before


def test_a_version_that_reads_differently_is_not_stored(tmp_path: Path) -> None:
    draft = draft_of(file_of(tmp_path, AREA), "a")
    wrong = replace(draft, rows=({**draft.rows[0], "accuracy_m": 51.0},))
    with pytest.raises(ZoneError, match="reads differently"):
        add(tmp_path / "node", wrong, "duty", AT_US)
    assert own_directories(tmp_path / "node") == []
    assert history(tmp_path / "node") == []


def test_a_line_known_so_badly_that_it_is_near_everything_is_refused(tmp_path: Path) -> None:
    file = file_of(tmp_path, Point(-61, 15).buffer(1.0, quad_segs=500))
    told = Given(kind="cone", accuracy_m=1e6)
    with pytest.raises(ZoneError, match="too many points for lines"):
        draft_of(file, given=told)
    assert draft_of(file, given=replace(told, accuracy_m=1e4)).zones[0].accuracy_m == 1e4


def test_what_the_index_cannot_take_is_not_stored(tmp_path: Path) -> None:
    draft = draft_of(file_of(tmp_path, AREA, AREA, name=["A", "B"]), "a")
    rows = tuple({**row, "id": draft.zones[0].id} for row in draft.rows)
    zones = (draft.zones[0], replace(draft.zones[1], id=draft.zones[0].id))
    with pytest.raises(ZoneError, match="the same id"):
        add(tmp_path / "node", replace(draft, rows=rows, zones=zones), "duty", AT_US)
    assert history(tmp_path / "node") == []


def test_odd_texts_survive_the_way_through_toml(tmp_path: Path) -> None:
    odd = 'Île "à" \\ Vache \U0001f980 \u2028 \x85'
    draft = draft_of(file_of(tmp_path, AREA, name=[odd], suffix=".gpkg"))
    added = add(tmp_path / "node", draft, 'o\'duty "x"', AT_US)
    zone = read_collection(added.directory / "zones.toml").zones[0]
    assert zone.name == 'Île "à" \\ Vache \U0001f980'
    assert history(tmp_path / "node")[0].by == 'o\'duty "x"'


def damaged(data: bytes, draw: np.random.Generator) -> bytes:
    """Some bytes changed, dropped, or put in."""
    raw = bytearray(data)
    for _ in range(draw.choice([1, 2, 10])):
        at = int(draw.integers(len(raw)))
        if (what := draw.integers(4)) == 0:
            raw[at] = draw.integers(256)
        elif what == 1:
            del raw[at : at + draw.integers(1, 40)]
        elif what == 2:
            raw[at:at] = draw.bytes(5)
        else:
            raw[at : at + 4] = draw.choice([b"NaN,", b"1e99", b"\xff\xff\xff\x7f", b"-181"])
    return bytes(raw)


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".kml", ".kmz", ".zip", ".shp", ".dbf"])
def test_a_file_damaged_anywhere_is_an_error_or_zones(tmp_path: Path, suffix: str) -> None:
    part = tmp_path / "part.kml" if suffix in (".kml", ".kmz") else tmp_path / f"part{suffix}"
    shapes = (AREA, Point(-61, 15).buffer(0.5))
    stem = part.with_suffix(".shp") if suffix in (".zip", ".dbf") else part
    driver = "LIBKML" if part.suffix == ".kml" else None
    frame = geopandas.GeoDataFrame({"name": ["São", "b"]}, geometry=list(shapes), crs=4326)
    frame.to_file(stem, driver=driver)
    if suffix in (".kmz", ".zip"):
        with zipfile.ZipFile(tmp_path / f"part{suffix}", "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(tmp_path.glob("part.*")):
                if path.suffix not in (".zip", ".kmz"):
                    archive.write(path, path.name)
    file = tmp_path / f"part{suffix}"
    whole, draw = file.read_bytes(), np.random.default_rng(7)
    said = []
    for _ in range(60):
        file.write_bytes(damaged(whole, draw))
        try:
            draft = draft_of(stem if suffix == ".dbf" else file)
            assert 1 <= len(draft.zones) <= 2
            assert min(draft.areas_km2) > 0
        except ZoneError as error:
            said.append(str(error))
    assert said
    assert all(text.startswith("part.") for text in said)


SHARED = Path(__file__).parents[4] / "shared" / "data" / "zones" / "eez_caribbean.geojson.gz"


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data/zones")
def test_every_zone_of_marine_regions_in_the_region(tmp_path: Path) -> None:
    """63 real polygons, by way of a shapefile, with the areas that were measured of them."""
    frame = geopandas.read_file(f"/vsigzip/{SHARED}")
    kept = ["MRGID", "GEONAME", "POL_TYPE", "ISO_TER1", "geometry"]
    named = [f"{word}{n}" for word in ("TERRITORY", "SOVEREIGN") for n in (1, 2, 3)]
    frame[kept + named].to_file(tmp_path / "eez_v12.shp")
    draft = draft_of(tmp_path / "eez_v12.shp", "", Given())
    assert [z.name for z in draft.zones] == frame["GEONAME"].tolist()
    assert draft.areas_km2 == pytest.approx(frame["area_km2"].tolist(), rel=1e-3, abs=0.6)
    count = {kind: sum(z.kind == kind for z in draft.zones) for kind in ("eez", "joint", "overlap")}
    kinds = frame["POL_TYPE"].value_counts()
    assert count == {
        "eez": kinds["200NM"],
        "joint": kinds["Joint regime"],
        "overlap": kinds["Overlapping claim"],
    }
    single = [z for z in draft.zones if z.kind == "eez"]
    assert all(len(z.claimants) == 1 and z.iso3 and z.codes for z in single)
    contested = [z for z in draft.zones if z.kind != "eez"]
    assert all(len(z.claimants) > 1 for z in contested)
