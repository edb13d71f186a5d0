"""Files that an operator may name: what is read, and what is refused before anything opens it."""

import os
import shutil
import zipfile
from pathlib import Path

import geopandas
import pytest
from shapely.geometry import LineString, box

from mda.errors import ZoneError
from zones import own_files
from zones.own_files import opened


def shapefile(folder: Path, name: str = "area", geometry=None, **columns) -> Path:
    folder.mkdir(exist_ok=True)
    shape = box(-62, 15, -61, 16) if geometry is None else geometry
    frame = geopandas.GeoDataFrame({"name": ["A"], **columns}, geometry=[shape], crs=4326)
    frame.to_file(folder / f"{name}.shp")
    return folder / f"{name}.shp"


def zipped(file: Path, *parts: Path) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.write(part, f"deep/{part.name}")
    return file


def refused(file: Path, *layers: str) -> str:
    with pytest.raises(ZoneError) as caught, opened(file, layers):
        pass
    return str(caught.value)


def test_a_shapefile_and_its_hashes(tmp_path: Path) -> None:
    shp = shapefile(tmp_path)
    with opened(shp) as source:
        assert source.format == "shapefile"
        assert set(source.sha256) == {f"area{s}" for s in (".shp", ".shx", ".dbf", ".prj", ".cpg")}
        assert source.notes == []
    (tmp_path / "area.dbf").unlink()
    with opened(shp) as source:
        assert "without names" in source.notes[0]


def test_a_shapefile_that_is_damaged(tmp_path: Path) -> None:
    shp = shapefile(tmp_path)
    for suffix in (".shp", ".shx", ".dbf"):
        part = tmp_path / f"area{suffix}"
        whole = part.read_bytes()
        part.write_bytes(whole[:-10])
        assert f"its {suffix} is cut short" in refused(shp)
        part.write_bytes(whole)
    (tmp_path / "area.shx").unlink()
    assert "has no .shx" in refused(shp)
    shp.write_bytes(b"hello " * 100)
    assert "is no shapefile" in refused(shp)
    shp.write_bytes(b"\0\0\x27\x0a")
    assert "is no shapefile" in refused(shp)


def test_neighbours_in_capitals_and_names_with_brackets(tmp_path: Path) -> None:
    shp = shapefile(tmp_path, "area [1]")
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_suffix(path.suffix.upper()))
    with opened(shp.with_suffix(".SHP")) as source:
        assert len(source.sha256) == 5
        assert not source.notes


def test_no_file_none_of_ours_empty(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.shp")
    for name, text in {"a.txt": "x", "b.csv": "lon,lat"}.items():
        (tmp_path / name).write_text(text)
        assert "none of our formats" in refused(tmp_path / name)
    for name in ("a.geojson", "a.shp", "a.gpkg", "a.kml"):
        (tmp_path / name).touch()
        assert "is empty" in refused(tmp_path / name)


def test_two_hundred_megabytes_of_text_are_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "world.geojson"
    with file.open("wb") as out:
        out.write(b'{"type": "FeatureCollection", "features": [')
        out.truncate(200 * own_files.MIB)
    assert "200 MiB of GeoJSON is more than the 100 MiB" in (said := refused(file))
    assert "GeoPackage" in said
    with (tmp_path / "world.gpkg").open("wb") as out:
        out.truncate(own_files.MOST_BYTES + 1)
    assert "Cut it to the region" in refused(tmp_path / "world.gpkg")


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    shp = shapefile(tmp_path)
    (tmp_path / "area.dbf").unlink()
    (tmp_path / "area.dbf").symlink_to(tmp_path / "area.dbf")  # a loop
    with opened(shp) as source:
        assert source.notes
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    shp.chmod(0)
    assert "cannot be read (Permission denied)" in refused(shp)


def test_a_geopackage_that_is_none_or_cut_short(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame({"name": ["A"]}, geometry=[box(-62, 15, -61, 16)], crs=4326)
    file = tmp_path / "a.gpkg"
    frame.to_file(file)
    with opened(file) as source:
        assert source.format == "GeoPackage"
    file.write_bytes(file.read_bytes()[:-5000])
    assert "is cut short" in refused(file)
    file.write_bytes(b"PK not a package at all" * 10)
    assert "is no GeoPackage" in refused(file)
    file.write_bytes(b"SQLite format 3\0\0\1" + bytes(10) + b"\0\0\0\1")
    assert "is cut short" in refused(file)


def test_text_that_is_none_or_not_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "a.geojson"
    file.write_text("lon,lat\n1,2\n")
    assert "is no GeoJSON" in refused(file)
    kml = tmp_path / "a.kml"
    kml.write_text("<html>no</html>")
    assert "is no KML" in refused(kml)
    kml.write_text('<!DOCTYPE kml [<!ENTITY a "aaaa">]><kml>&a;</kml>')
    assert "declares entities" in refused(kml)
    file.write_bytes('{"name": "Curaçao"}'.encode("latin-1"))
    with opened(file) as source:
        assert source.path != file.resolve()
        assert source.path.read_text("utf-8") == '{"name": "Curaçao"}'
        assert "not UTF-8" in source.notes[0]
    assert not source.path.exists()
    kml.write_bytes('<?xml version="1.0" encoding="ISO-8859-1"?><kml>é</kml>'.encode("latin-1"))
    with opened(kml) as source:
        assert source.notes == []


def test_an_archive_with_a_shapefile_a_package_or_kml(tmp_path: Path) -> None:
    shp = shapefile(tmp_path / "s")
    with opened(zipped(tmp_path / "s.zip", *shp.parent.iterdir())) as source:
        assert source.format == "shapefile"
        assert [*source.sha256] == ["s.zip"]
        assert {p.name for p in source.path.parent.iterdir()} >= {"area.shp", "area.shx"}
        folder = source.path.parent
    assert not folder.exists()
    kml = tmp_path / "doc.kml"
    kml.write_text("<kml/>")
    other = tmp_path / "z.kml"
    other.write_text("<kml/>")
    with opened(zipped(tmp_path / "a.kmz", kml, other)) as source:
        assert source.format == "KML"
        assert source.path.name == "doc.kml"


def test_of_several_shapefiles_the_one_with_polygons(tmp_path: Path) -> None:
    line = LineString([(-62, 15), (-61, 16)])
    lines = shapefile(tmp_path / "s", "eez_boundaries_v12", line)
    shapefile(tmp_path / "s", "eez_v12")
    both = zipped(tmp_path / "both.zip", *lines.parent.iterdir())
    with opened(both) as source:
        assert source.path.name == "eez_v12.shp"
        assert source.notes == ["eez_v12.shp was read; eez_boundaries_v12.shp was left"]
    with opened(both, ("eez_boundaries_v12",)) as source:
        assert source.path.name == "eez_boundaries_v12.shp"
    shapefile(tmp_path / "s", "eez_v11")
    both = zipped(tmp_path / "three.zip", *lines.parent.iterdir())
    assert "holds 3 files" in (said := refused(both))
    assert "--layer" in said


def test_archives_that_are_none_or_bombs(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(b"not a zip")
    assert "is no sound archive" in refused(file)
    (tmp_path / "readme.txt").write_text("hello")
    assert "holds none of our formats" in refused(zipped(file, tmp_path / "readme.txt"))
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("bomb.geojson", "w") as out,
    ):
        for _ in range(own_files.MOST_TEXT_BYTES // own_files.MIB + 1):
            out.write(bytes(own_files.MIB))
    assert file.stat().st_size < own_files.MIB
    assert "unpacks to 101 MiB" in refused(file)
    with zipfile.ZipFile(file, "w") as archive:
        for n in range(own_files.MOST_MEMBERS + 1):
            archive.writestr(f"{n}.txt", "")
    assert "more than 1000 files" in refused(file)
    shp = shapefile(tmp_path / "s")
    whole = zipped(file, *shp.parent.iterdir()).read_bytes()
    file.write_bytes(whole[:60] + bytes(20) + whole[80:])
    assert "is no sound archive" in refused(file)
    monkeypatch.setattr(own_files, "MOST_BYTES", 1)
    file.write_bytes(whole)
    assert "unpacks to" in refused(file)


def test_a_name_in_an_archive_cannot_leave_the_directory(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../evil.geojson", '{"type": "FeatureCollection", "features": []}')
    with opened(file) as source:
        assert source.path.name == "evil.geojson"
        folder = source.path.parent
    assert not (folder.parent.parent / "evil.geojson").exists()
    assert shutil.which("unzip") is None or not (tmp_path.parent / "evil.geojson").exists()
