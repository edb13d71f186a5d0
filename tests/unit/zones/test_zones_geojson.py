"""The fast reader reads what GeoJSON is, and refuses the rest in clear words."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mda.errors import ZoneError
from mda.geo.kernel import plain
from zones import geojson
from zones.geojson import parse_features, read_features

degrees = st.floats(-180, 180, allow_nan=False)
rings = st.lists(st.tuples(degrees, degrees), min_size=1, max_size=6)


def collection(coordinates: object, kind: str = "Polygon") -> bytes:
    feature = {
        "type": "Feature",
        "id": "a",
        "properties": {"p": 1},
        "geometry": {"type": kind, "coordinates": coordinates},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


@given(st.lists(st.lists(rings, min_size=1, max_size=3), min_size=1, max_size=3))
def test_reads_the_numbers_that_json_reads(polygons: list[list[list[tuple[float, float]]]]) -> None:
    (feature,) = parse_features(collection(polygons, "MultiPolygon"), "x")
    want = [np.array(ring) for polygon in polygons for ring in polygon]
    assert len(feature.rings) == len(want)
    for got, ring in zip(feature.rings, want, strict=True):
        np.testing.assert_allclose(got, ring, rtol=1e-15, atol=1e-15)


@given(st.decimals(-180, 180, places=5))
def test_five_decimals_are_read_to_the_last_bit(number: float) -> None:
    text = collection([[[0.0, 0.0], [1.0, 1.0]]]).replace(b"1.0, 1.0", f"{number}, -7e-05".encode())
    (feature,) = parse_features(text, "x")
    assert feature.rings[0][1].tolist() == [float(number), -7e-05]


def test_lines_properties_and_white_space() -> None:
    text = collection([[1, 2], [3, 4]], "LineString").replace(b", ", b" ,\n\t ")
    (feature,) = parse_features(text, "x")
    assert feature.rings[0].tolist() == [[1, 2], [3, 4]]
    assert (feature.id, feature.properties) == ("a", {"p": 1})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"nothing at all", "not GeoJSON"),
        (b"[]", "FeatureCollection"),
        (b'{"features": 3}', "FeatureCollection"),
        (b'{"features": [{"id": "a", "geometry": null}]}', "no readable geometry"),
        (b'{"features": [{"id": "a", "geometry": {"coordinates": 5}}]}', "no readable geometry"),
        (collection([[[1, 2, 3], [4, 5, 6]]]), "not a list"),
        (collection([[[1], [2]]]), "not a list"),
        (collection([]), "not a list"),
        (collection([1, 2]), "not a list"),
    ],
)
def test_what_is_no_zone_file_is_refused(text: bytes, says: str) -> None:
    with pytest.raises(ZoneError, match=says):
        parse_features(text, "x")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match="no such zone file"):
        read_features(tmp_path / "absent.geojson")
    (tmp_path / "broken.geojson.gz").write_bytes(gzip.compress(b"x" * 999)[:20])
    with pytest.raises(ZoneError, match="cannot be read"):
        read_features(tmp_path / "broken.geojson.gz")
    with pytest.raises(ZoneError, match="cannot be read"):
        read_features(tmp_path)


@pytest.mark.parametrize(
    "number",
    [
        "-61.5",
        "+7",
        "0.00001",
        "1e3",
        "-2.5E-2",
        "123456789012345678901",
        "0.12345678901234567890123",
    ],
)
def test_plain_twins(number: str) -> None:
    text = np.frombuffer(f"{number}]".encode(), dtype=np.uint8)
    value, end = plain(geojson._number)(text, 0)
    assert value == pytest.approx(float(number), rel=1e-15)
    assert end == len(number)


def test_plain_scan_counts_positions_and_rings() -> None:
    for text, want in [
        (b"[[[1,2],[3,4]],[[5,6],[7,8]]]", (4, 2, True)),
        (b"[[1,2],[3,4]]", (2, 1, True)),
        (b"[[1,2,3]]", (0, 0, False)),
        (b"[[1],[2]]", (0, 0, False)),
        (b"[1,2]", (1, 0, False)),
    ]:
        out, ends = np.empty(20), np.empty(9, dtype=np.int64)
        array = np.frombuffer(text, dtype=np.uint8)
        assert plain(geojson._scan)(array, out, ends) == want
        assert geojson._scan(array, out, ends) == want
