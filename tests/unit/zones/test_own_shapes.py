"""Shapes made sound: areas, repairs, the 180° meridian, a radius around points and lines."""

import json
import math

import numpy as np
import pytest
import shapely
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from mda.errors import ZoneError
from mda.geo.distance import distance_m
from mda.units import M_PER_NMI
from zones.own_reading import Shape
from zones.own_shapes import area_km2, centre, count_points, sound, touches, write_shapes


def made(geometry, radius_nmi: float = 0.0):
    return sound(Shape(geometry, {}, "feature 1"), radius_nmi, "file")


def test_a_sound_polygon_stays_as_it_is() -> None:
    hole = Polygon(box(-62, 15, -61, 16).exterior, [box(-61.6, 15.4, -61.4, 15.6).exterior])
    geometry, notes = made(hole)
    assert shapely.equals_identical(geometry, hole)
    assert notes == []


def test_a_bow_tie_is_taken_apart_and_told() -> None:
    geometry, notes = made(Polygon([(-62, 15), (-60, 17), (-60, 15), (-62, 17)]))
    assert shapely.is_valid(geometry)
    assert geometry.area == pytest.approx(2)
    assert notes[0].startswith("repaired: feature 1: self-intersection at -61 16; now 2 part(s)")


def test_overlapping_parts_are_joined() -> None:
    geometry, notes = made(MultiPolygon([box(-62, 15, -61, 16), box(-61.5, 15, -60.5, 16)]))
    assert geometry.area == pytest.approx(1.5)
    assert "now 1 part(s)" in notes[0]


def test_a_shape_without_area_is_refused() -> None:
    for flat in (Polygon([(-62, 15), (-61, 16), (-62, 15)]), GeometryCollection()):
        with pytest.raises(ZoneError, match="encloses no area"):
            made(flat)


def test_a_collection_keeps_its_areas() -> None:
    mixed = GeometryCollection(
        [Point(-61, 15), GeometryCollection([box(-62, 15, -61, 16)]), LineString([(0, 0), (1, 1)])]
    )
    geometry, notes = made(mixed)
    assert geometry.equals(box(-62, 15, -61, 16))
    assert notes == ["feature 1: 2 points or lines beside its areas were left"]
    with pytest.raises(ZoneError, match=r"is a linestring.*--radius-nmi"):
        made(LineString([(-61, 15), (-61, 16)]))


def test_a_point_gets_a_true_circle() -> None:
    geometry, notes = made(MultiPoint([(-61.4, 15.3), (-61.4, 14.3)]), 2.0)
    assert notes == []
    assert area_km2(geometry) == pytest.approx(2 * math.pi * (2 * 1.852) ** 2, rel=2e-3)
    for part, lat_deg in zip(geometry.geoms, sorted((14.3, 15.3)), strict=True):
        rim = shapely.get_coordinates(part)
        metres = [distance_m(-61.4, lat_deg, *xy) for xy in rim]
        assert np.allclose(metres, 2 * M_PER_NMI, rtol=1e-4)


def test_a_corridor_is_as_wide_as_said_all_along() -> None:
    course = [(-64.0, 12.0), (-61.0, 14.0), (-61.0, 14.2)]
    geometry, notes = made(LineString(course), 5.0)
    assert notes == []
    assert geometry.geom_type == "Polygon"
    inside = shapely.line_interpolate_point(
        LineString(course), np.linspace(0, 1, 40), normalized=True
    )
    assert shapely.contains(geometry, inside).all()
    rim = shapely.get_coordinates(geometry)
    line = shapely.get_coordinates(shapely.segmentize(LineString(course), 0.001))
    for lon_deg, lat_deg in rim[::7]:
        near = np.abs(line - (lon_deg, lat_deg)).max(axis=1) < 0.2
        least = min(distance_m(lon_deg, lat_deg, *xy) for xy in line[near])
        assert least == pytest.approx(5 * M_PER_NMI, rel=3e-3)


def test_a_polygon_across_180_degrees_is_cut_there() -> None:
    ring = [(179, -17), (-179, -17), (-179, -16), (179, -16)]
    hole = [(179.5, -16.8), (-179.5, -16.8), (-179.5, -16.2), (179.5, -16.2)]
    small = [(-179.4, -16.6), (-179.3, -16.6), (-179.3, -16.5)]
    geometry, notes = made(Polygon(ring, [hole]))
    assert geometry.area == pytest.approx(2 - 0.6)
    assert geometry.bounds == (-180, -17, 180, -16)
    assert max(p.bounds[2] - p.bounds[0] for p in geometry.geoms) <= 1
    assert notes == ["feature 1 crosses 180°: it was cut there"]
    geometry, _ = made(Polygon(ring, [small]))
    assert geometry.area == pytest.approx(2 - 0.005)
    circle, _ = made(Point(179.99, -17), 10.0)
    assert area_km2(circle) == pytest.approx(math.pi * 18.52**2, rel=2e-3)
    assert circle.bounds[0] == -180
    assert circle.bounds[2] == 180
    track, _ = made(LineString([(179, -17), (-179, -17)]), 1.0)
    assert area_km2(track) < 3000


def test_longitudes_from_0_to_360_are_brought_back() -> None:
    geometry, notes = made(box(298, 15, 299, 16))
    assert geometry.bounds == (-62, 15, -61, 16)
    assert "brought back" in notes[0]


def test_a_ring_round_the_pole_is_refused() -> None:
    with pytest.raises(ZoneError, match="goes round the earth"):
        made(Polygon([(0, 80), (120, 80), (240, 80), (-1, 80)]))


def test_extent_count_and_box() -> None:
    shape = box(-62, 15, -61, 16)
    assert count_points([shape, shape]) == 10
    assert centre(Shape(shape, {}, "")) == (-61.5, 15.5)
    assert touches(shape, (-100, 0, -45, 35))
    assert not touches(shape, (0, 0, 10, 10))


def test_coordinates_are_written_to_the_last_bit(tmp_path) -> None:
    from zones.geojson import read_features

    draw = np.random.default_rng(4)
    xy = np.column_stack((draw.uniform(-62, -61, 500), draw.uniform(1e-9, 20, 500)))
    ring = Polygon(xy[np.argsort(np.arctan2(xy[:, 1] - 10, xy[:, 0] + 61.5))])
    write_shapes(tmp_path / "a.geojson", [("a", ring), ("b", box(0, 0, 1, 1))])
    body = json.loads((tmp_path / "a.geojson").read_text())
    assert shapely.geometry.shape(body["features"][0]["geometry"]).equals_exact(ring, 0)
    found = read_features(tmp_path / "a.geojson")
    assert [f.id for f in found] == ["a", "b"]
    assert np.allclose(found[0].rings[0], shapely.get_coordinates(ring), rtol=0, atol=1e-13)
