"""Edges along a coast are no limits; edges that two zones share know both."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from zones.geojson import read_features
from zones.own_limits import needs_limits, write_limits
from zones.own_shapes import write_shapes
from zones.records import zone_of


def zone(zone_id: str, kind: str = "eez"):
    row = {
        "id": zone_id,
        "name": zone_id,
        "kind": kind,
        "claimants": ["A"],
        "status": "claimed",
        "basis": "b",
        "source": "s",
        "licence": "l",
        "date": "2026",
        "accuracy_m": 100.0,
    }
    return zone_of(row, "test")  # fmt: skip


def coast_at_10_north(lon_deg, lat_deg):
    """Land south of 10° N, sea north of it; nothing known east of 62° W."""
    metres = np.maximum(0, (lat_deg - 10) * 111_000)
    return np.where(lon_deg > -60, np.nan, metres)


def written(folder: Path, zones, shapes) -> tuple[int, list]:
    count = write_limits(folder / "l.geojson", zones, shapes, coast_at_10_north)
    return count, json.loads((folder / "l.geojson").read_text())["features"]


def length_deg(lines) -> float:
    return sum(shapely.length(shapely.geometry.shape(line["geometry"])) for line in lines)


def test_only_waters_have_a_coast() -> None:
    assert needs_limits([zone("a", "area"), zone("b", "territorial")])
    assert not needs_limits([zone("a", "area"), zone("b", "security")])


def test_the_edge_along_the_coast_is_no_limit(tmp_path: Path) -> None:
    square = box(-62, 10.001, -61, 11)
    count, lines = written(tmp_path, [zone("a")], [square])
    assert count == 1
    assert length_deg(lines) == pytest.approx(1 + 2 * 0.999)
    assert {line["properties"]["beyond"] for line in lines} == {""}
    ring = shapely.get_coordinates(square).tolist()
    edges = [ring[i : i + 2] for i in range(4)]
    for line in lines:
        at = line["geometry"]["coordinates"]
        assert all(at[i : i + 2] in edges for i in range(len(at) - 1))
    assert written(tmp_path, [zone("a", "security")], [square])[0] == 0
    assert written(tmp_path, [zone("a")], [box(-59, 10, -58, 11)])[0] == 0


def test_a_bay_between_two_ends_ashore_is_a_limit(tmp_path: Path) -> None:
    """Both ends of the line across lie at the coast, its middle far off it."""

    def bay(lon_deg, lat_deg):
        return np.abs(np.abs(lon_deg + 61.5) - 0.5) * 111_000

    count = write_limits(tmp_path / "l", [zone("a")], [box(-62, 10, -61, 11)], bay)
    assert count == 2


def test_a_shared_edge_names_the_other_zone(tmp_path: Path) -> None:
    west = Polygon([(-62, 11), (-61, 11), (-61, 11.4), (-61, 12), (-62, 12)])
    hole = box(-60.8, 11.2, -60.6, 11.3)
    east = Polygon(
        [(-61, 11), (-60, 11), (-60, 12), (-61, 12), (-61, 11.4)], [hole.exterior.coords]
    )
    shapes = [west, MultiPolygon([east, box(-64, 11, -63, 12)])]
    count, lines = written(tmp_path, [zone("west"), zone("east")], shapes)
    assert count == 0
    said = {(line["properties"]["zone"], line["properties"]["beyond"]) for line in lines}
    assert said == {("west", "east"), ("west", ""), ("east", "west"), ("east", "")}
    shared = [line for line in lines if line["properties"]["beyond"]]
    assert length_deg(shared) == pytest.approx(2)
    assert length_deg(lines) == pytest.approx(west.length + shapely.length(shapes[1]))
    assert len({line["id"] for line in lines}) == len(lines)


def test_every_edge_of_long_numbers_is_found_again(tmp_path: Path) -> None:
    """Coordinates as a projection leaves them: the index finds a limit by the digits of its ends.

    These are such that two writers of shortest decimals choose others for them.
    """
    angle = np.linspace(0, 2 * np.pi, 20_001)[:-1]
    ring = Polygon(np.column_stack((-61 + np.cos(angle) / 3, 12 + np.sin(angle) / 3)))
    write_shapes(tmp_path / "s.geojson", [("a", ring)])
    write_limits(tmp_path / "l.geojson", [zone("a")], [ring], coast_at_10_north)
    (shape,) = read_features(tmp_path / "s.geojson")
    (limit,) = read_features(tmp_path / "l.geojson")
    assert np.array_equal(shape.rings[0], limit.rings[0])
