"""The peers of the zone bench are asked the same question, and its yardstick measures."""

from __future__ import annotations

import numpy as np
import pytest

from bench import zoning
from mda.geo.distance import geodesic_m
from zones import ZoneLibrary


@pytest.fixture(scope="module")
def library() -> ZoneLibrary:
    return ZoneLibrary.load()


def test_the_positions_lie_in_the_box_and_near_lines(library: ZoneLibrary) -> None:
    lon, lat = zoning.near_lines(library, 2_000)
    assert 1_000 < lon.size <= 2_000
    assert all(library.covers(x, y) for x, y in zip(lon[::50], lat[::50], strict=True))
    code = int(library.locate(lon, lat).zone[0])
    assert np.abs(library.boundary_m(code, lon, lat)).min() < 1_000.0


def test_brute_force_finds_the_nearest_point_of_an_edge() -> None:
    edges = np.array([[-61.0, 15.0, -61.0, 16.0], [-60.0, 15.0, -60.0, 16.0]])
    straight = geodesic_m(-60.8, 15.5, -61.0, 15.5)
    assert zoning.brute_m(edges, -60.8, 15.5) == pytest.approx(straight, abs=3.0)


def test_a_wrong_answer_would_be_counted(library: ZoneLibrary) -> None:
    lon, lat = zoning.scattered(library, 500)
    shapes = zoning.polygons(library)
    assert zoning.mismatches(shapes, library, lon, lat) == 0
    held = int((np.diff(library.locate(lon, lat).offset) > 0).sum())
    none = [type(shape)() for shape in shapes]
    assert zoning.mismatches(none, library, lon, lat) == held > 100
