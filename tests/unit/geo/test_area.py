"""Geodesic area against what is known of the ellipsoid and against plain geometry."""

import numpy as np
import pytest

from mda.geo.area import ring_area_m2


def test_a_quarter_of_the_northern_half_of_the_earth() -> None:
    octant = np.array([[0.0, 0.0], [90.0, 0.0], [0.0, 90.0]])
    assert ring_area_m2(octant) == pytest.approx(510_065_621.7e6 / 8.0, rel=1e-6)


def test_a_small_square_is_its_sides_multiplied_either_way_round() -> None:
    side_deg = 0.01
    square = np.array([[0.0, 0.0], [side_deg, 0.0], [side_deg, side_deg], [0.0, side_deg]])
    east_m, north_m = 1113.1949, 1105.7428
    assert ring_area_m2(square) == pytest.approx(east_m * north_m, rel=1e-5)
    assert ring_area_m2(square[::-1]) == pytest.approx(ring_area_m2(square), rel=1e-12)
    closed = np.vstack((square, square[:1]))
    assert ring_area_m2(closed) == pytest.approx(ring_area_m2(square), rel=1e-12)


def test_a_line_has_none() -> None:
    assert ring_area_m2(np.array([[-61.0, 15.0], [-60.0, 15.0], [-61.0, 15.0]])) == 0.0
