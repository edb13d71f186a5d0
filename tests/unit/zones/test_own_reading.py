"""What GDAL makes of a file, in WGS 84 degrees; and what is refused rather than guessed."""

import json
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from mda.errors import ZoneError
from zones import own_reading
from zones.own_files import opened
from zones.own_reading import Shape, read_shapes

AREA = box(-61.6, 15.2, -61.2, 15.7)
BOX = (-100.0, 0.0, -45.0, 35.0)


def read(file: Path, *layers: str, crs: str = "") -> tuple[list[Shape], list[str]]:
    with opened(file, layers) as source:
        return read_shapes(source, BOX, layers, crs, file.name), source.notes


def refused(file: Path, *layers: str, crs: str = "") -> str:
    with pytest.raises(ZoneError) as caught:
        read(file, *layers, crs=crs)
    return str(caught.value)


def frame(geometry=AREA, crs="EPSG:4326", **columns) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"name": ["Roseau"], **columns}, geometry=[geometry], crs=crs)


def geojson(file: Path, geometry, **properties) -> Path:
    row = {"type": "Feature", "properties": properties, "geometry": geometry}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [row]}))
    return file


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>Closed</name><Placemark><name>Scotts Head</name>
<description>no nets</description>
<TimeSpan><begin>2026-06-01</begin><end>2026-07-31</end></TimeSpan>
<ExtendedData><Data name="claimants"><value>Dominica</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>
-61.4,15.2,0 -61.3,15.2,0 -61.3,15.3,0 -61.4,15.2,0
</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder>
<Folder><name>Beaches</name><Placemark><name>Batalie</name>
<TimeStamp><when>2026-06-01T12:30:00Z</when></TimeStamp>
<Point><coordinates>-61.45,15.45</coordinates></Point></Placemark></Folder>
</Document></kml>"""


@pytest.mark.parametrize("suffix", [".geojson", ".shp", ".gpkg", ".kml"])
def test_each_format_gives_the_same_shape(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"area{suffix}"
    frame().to_file(file, driver="LIBKML" if suffix == ".kml" else None)
    shapes, notes = read(file)
    assert len(shapes) == 1
    assert shapes[0].geometry.equals(AREA)
    assert shapes[0].attributes["name"] == "Roseau"
    assert notes == []


@pytest.mark.parametrize("epsg", [32620, 3857, 4269, 2002])
def test_any_coordinate_system_is_reprojected(tmp_path: Path, epsg: int) -> None:
    file = tmp_path / "area.gpkg"
    frame().to_crs(epsg).to_file(file)
    shapes, notes = read(file)
    assert shapely.hausdorff_distance(shapes[0].geometry, AREA) < 1e-7
    assert notes == [f"reprojected from {pyproj.CRS(epsg).name} to WGS 84"]


def test_an_old_datum_is_shifted_as_proj_does_it(tmp_path: Path) -> None:
    file = tmp_path / "point.shp"
    frame(Point(-61.4, 15.3), "EPSG:4267").to_file(file)  # NAD27
    shapes, _ = read(file)
    move = pyproj.Transformer.from_crs(4267, 4326, always_xy=True)
    assert shapes[0].geometry.coords[0] == pytest.approx(move.transform(-61.4, 15.3), abs=1e-9)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_file_without_coordinate_system_is_refused(tmp_path: Path) -> None:
    for name in ("bare.gpkg", "bare.shp"):
        frame(crs=None).to_file(tmp_path / name)
        said = refused(tmp_path / name)
        assert "does not say its coordinate system" in said
        assert "--crs EPSG:4326" in said
        shapes, notes = read(tmp_path / name, crs="EPSG:4326")
        assert shapes[0].geometry.equals(AREA)
        assert notes == []
    assert "is no coordinate system" in refused(tmp_path / "bare.shp", crs="EPSG:nonsense")


def test_metres_called_degrees_and_degrees_called_metres(tmp_path: Path) -> None:
    metres = frame().to_crs(32620).geometry.iloc[0]
    file = tmp_path / "wrong.shp"
    frame(metres, "EPSG:4326").to_file(file)
    said = refused(file)
    assert "says degrees (WGS 84), but holds x = " in said
    assert "--crs EPSG:32620" in said
    shapes, notes = read(file, crs="EPSG:32620")
    assert shapely.hausdorff_distance(shapes[0].geometry, AREA) < 1e-8
    assert notes[0].startswith("read as WGS 84 / UTM zone 20N, as asked; the file itself says")
    frame(AREA, "EPSG:32620").to_file(tmp_path / "degrees.gpkg")
    assert "but its numbers are degrees" in refused(tmp_path / "degrees.gpkg")
    geojson(tmp_path / "wrong.geojson", metres.__geo_interface__)
    assert "says degrees" in refused(tmp_path / "wrong.geojson")


def test_systems_that_lead_nowhere(tmp_path: Path) -> None:
    frame(crs='LOCAL_CS["works",UNIT["metre",1]]').to_file(tmp_path / "a.gpkg")
    assert "no way is known from 'works' to WGS 84" in refused(tmp_path / "a.gpkg")
    frame(box(1e9, 1e9, 2e9, 2e9), "EPSG:32620").to_file(tmp_path / "b.gpkg")
    assert "lies outside of where WGS 84 / UTM zone 20N holds" in refused(tmp_path / "b.gpkg")


def test_coordinates_that_are_no_numbers(tmp_path: Path) -> None:
    file = tmp_path / "a.geojson"
    ring = [[-61, 15], [-60, float("nan")], [-60, 16], [-61, 15]]
    geojson(file, {"type": "Polygon", "coordinates": [ring]})
    assert "feature 1 has a coordinate that is no number" in refused(file)
    nan = frame(Polygon([(-61, 15), (-60, np.inf), (-60, 16), (-61, 15)]))
    nan.to_file(tmp_path / "a.gpkg")
    assert "no number" in refused(tmp_path / "a.gpkg")


def test_a_ring_that_does_not_close_is_closed_and_told(tmp_path: Path) -> None:
    ring = [[-61, 15], [-60, 15], [-60, 16]]
    file = geojson(tmp_path / "a.geojson", {"type": "Polygon", "coordinates": [ring]})
    shapes, notes = read(file)
    assert shapes[0].geometry.equals(Polygon(ring))
    assert notes == ["repaired: feature 1 has a ring that does not close; closed"]


@pytest.mark.parametrize(
    "text",
    ['{"a": 1}', "{", '{"type": "FeatureCollection"', '{"type": "FeatureCollection","features":7}'],
)
def test_json_that_is_no_geojson(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert "a.json: cannot be read as GeoJSON" in refused(tmp_path / "a.json")


def test_json_that_would_run_a_pipeline_is_not_run(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "secret.gpkg")
    line = f"gdal vector pipeline ! read {tmp_path}/secret.gpkg"
    body = {"type": "gdal_streamed_alg", "command_line": line}
    (tmp_path / "a.json").write_text(json.dumps(body))
    assert "cannot be read as GeoJSON" in refused(tmp_path / "a.json")


def test_files_without_features_or_shapes(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    assert "holds no features" in refused(tmp_path / "a.geojson")
    pyogrio.write_dataframe(frame().drop(columns="geometry"), tmp_path / "a.gpkg")
    assert "holds no shapes" in refused(tmp_path / "a.gpkg")
    shapes, _ = read(geojson(tmp_path / "b.geojson", None, name="x"))
    assert shapes[0].geometry is None


def test_layers_of_a_geopackage(tmp_path: Path) -> None:
    file = tmp_path / "a.gpkg"
    frame().to_file(file, layer="limits")
    frame(LineString([(-61, 15), (-60, 15)])).to_file(file, layer="tracks")
    pyogrio.write_dataframe(frame().drop(columns="geometry"), file, layer="table")
    shapes, notes = read(file)
    assert [s.label for s in shapes] == ["feature 1"]
    assert notes == ["layers without polygons were left: tracks (--layer)"]
    shapes, notes = read(file, "tracks", "limits")
    assert [s.label for s in shapes] == ["feature 1 of tracks", "feature 1 of limits"]
    assert "has no layer 'none'. It has: " in refused(file, "none")


def test_folders_dates_and_data_of_kml(tmp_path: Path) -> None:
    file = tmp_path / "a.kml"
    file.write_text(KML, encoding="utf-8")
    shapes, notes = read(file)
    assert notes == []
    assert [s.label for s in shapes] == ["feature 1 of Closed", "feature 1 of Beaches"]
    closed, beach = (s.attributes for s in shapes)
    assert closed["begin"] == "2026-06-01"
    assert closed["end"] == "2026-07-31"
    assert closed["description"] == "no nets"
    assert closed["claimants"] == "Dominica"
    assert beach["name"] == "Batalie"
    assert not shapes[0].geometry.has_z


def test_values_come_as_plain_python(tmp_path: Path) -> None:
    said = {"claimants": ["A", "B"], "n": 5, "x": 1.5, "yes": True, "nothing": None, "e": "",
            "day": "2026-06-01", "at": "2026-06-01T12:00:00Z", "t": "a\n\t b\x7f"}  # fmt: skip
    file = geojson(tmp_path / "a.geojson", shapely.geometry.mapping(AREA), **said)
    got = read(file)[0][0].attributes
    assert got == {"claimants": ["A", "B"], "n": 5, "x": 1.5, "yes": True, "day": "2026-06-01",
                   "at": "2026-06-01T12:00:00Z", "t": "a b"}  # fmt: skip
    many = geopandas.GeoDataFrame({"n": [5.0, np.nan]}, geometry=[AREA, AREA], crs=4326)
    many.to_file(tmp_path / "a.gpkg")
    assert [s.attributes for s in read(tmp_path / "a.gpkg")[0]] == [{"n": 5.0}, {}]


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-8"])
def test_texts_of_a_shapefile_that_does_not_say_its_encoding(tmp_path, encoding: str) -> None:
    file = tmp_path / "a.shp"
    frame(state=["Curaçao"]).to_file(file, encoding=encoding)
    (tmp_path / "a.cpg").unlink()
    shapes, notes = read(file)
    assert shapes[0].attributes["state"] == "Curaçao"
    assert notes == (
        ["its texts are UTF-8, though it does not say so (.cpg)"] if encoding == "UTF-8" else []
    )


def test_a_geojson_in_latin_1(tmp_path: Path) -> None:
    file = tmp_path / "a.geojson"
    file.write_bytes(frame(state=["Curaçao"]).to_json(ensure_ascii=False).encode("latin-1"))
    shapes, notes = read(file)
    assert shapes[0].attributes["state"] == "Curaçao"
    assert "Windows-1252" in notes[0]


def test_of_a_large_file_only_the_region_is_read(tmp_path: Path, monkeypatch) -> None:
    world = geopandas.GeoDataFrame(
        {"name": ["here", "far"]}, geometry=[AREA, box(10, 50, 11, 51)], crs=4326
    )
    world.to_file(tmp_path / "a.gpkg")
    assert len(read(tmp_path / "a.gpkg")[0]) == 2
    monkeypatch.setattr(own_reading, "LARGE_BYTES", 0)
    shapes, notes = read(tmp_path / "a.gpkg")
    assert [s.attributes["name"] for s in shapes] == ["here"]
    assert notes == ["1 features do not touch the library's box and were left"]


def test_what_the_reader_warns_of_is_told(tmp_path: Path) -> None:
    shape = shapely.geometry.mapping(AREA)
    rows = [{"type": "Feature", "id": 1, "properties": {}, "geometry": shape}] * 2
    (tmp_path / "a.json").write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
    _, notes = read(tmp_path / "a.json")
    assert len(notes) == 1
    assert notes[0].startswith("the reader says: Several features with id = 1 have been found")
