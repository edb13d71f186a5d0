"""Kernels against pyproj's geodesic, and compiled against plain."""

import math

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mda.geo import distance as d
from mda.geo.kernel import plain

GEOD = pyproj.Geod(ellps="WGS84")
lons = st.floats(-180, 180)
bearings = st.floats(0, 360)


@given(lon=lons, lat=st.floats(-35, 35), bearing=bearings, run=st.floats(1, 49_000))
def test_below_50_km_within_6_cm(lon: float, lat: float, bearing: float, run: float) -> None:
    lon2, lat2, _ = GEOD.fwd(lon, lat, bearing, run)
    assert abs(d.distance_m(lon, lat, lon2, lat2) - run) < 0.06


@given(lon=lons, lat=st.floats(-60, 60), bearing=bearings, run=st.floats(60_000, 1e7))
def test_above_50_km_within_two_millionths(
    lon: float, lat: float, bearing: float, run: float
) -> None:
    lon2, lat2, _ = GEOD.fwd(lon, lat, bearing, run)
    assert abs(d.distance_m(lon, lat, lon2, lat2) - run) / run < 2e-6


@given(lon=lons, lat=st.floats(-35, 35), lon2=lons, lat2=st.floats(-35, 35))
def test_shifting_by_a_turn_changes_nothing(
    lon: float, lat: float, lon2: float, lat2: float
) -> None:
    there = d.distance_m(lon, lat, lon2, lat2)
    assert d.distance_m(lon + 360, lat, lon2, lat2) == pytest.approx(there, abs=1e-3)
    assert d.distance_m(lon2, lat2, lon, lat) == pytest.approx(there, abs=1e-3)


@given(lon=lons, lat=st.floats(-60, 60), course=bearings, run=st.floats(0, 20_000))
def test_dead_reckoning_goes_as_far_as_it_says(
    lon: float, lat: float, course: float, run: float
) -> None:
    lon2, lat2 = d.project_deg(lon, lat, course, run)
    assert d.distance_m(lon, lat, lon2, lat2) == pytest.approx(run, rel=1e-3, abs=0.1)
    if run > 100:
        off = d.wrap_deg(d.bearing_deg(lon, lat, lon2, lat2) - course)
        assert abs(off) < 0.2


def test_unknown_stays_unknown() -> None:
    assert math.isnan(d.distance_m(math.nan, 0, 0, 0))
    assert math.isnan(d.bearing_deg(0, math.nan, 0, 0))


def test_the_same_place() -> None:
    assert d.distance_m(-61.0, 15.0, -61.0, 15.0) == 0.0
    assert plain(d._andoyer_m)(10.0, 20.0, 10.0, 20.0) == 0.0


def test_long_bearings_follow_the_great_circle() -> None:
    expected, _, _ = GEOD.inv(-61.4, 15.3, -4.5, 48.4)
    assert d.bearing_deg(-61.4, 15.3, -4.5, 48.4) == pytest.approx(expected % 360, abs=0.2)


@pytest.mark.parametrize("step", [0.01, 3.0])
def test_compiled_equals_plain(step: float) -> None:
    lon1, lat1 = np.linspace(-62, -60, 40), np.linspace(12, 18, 40)
    lon2, lat2 = lon1 + step, lat1 - step
    compiled = d.distances_m(lon1, lat1, lon2, lat2)
    assert np.array_equal(compiled, plain(d.distances_m)(lon1, lat1, lon2, lat2))
    twin = plain(d.distance_m)
    assert [twin(*row) for row in zip(lon1, lat1, lon2, lat2, strict=True)] == pytest.approx(
        compiled.tolist(), rel=1e-12
    )
    assert plain(d.bearing_deg)(-61, 15, -61 + step, 15) == d.bearing_deg(-61, 15, -61 + step, 15)
    assert plain(d.project_deg)(-61, 15, 45, 900) == d.project_deg(-61, 15, 45, 900)
    assert plain(d.offset_m)(-61, 15, -60.9, 15.1) == d.offset_m(-61, 15, -60.9, 15.1)
    assert plain(d._andoyer_m)(-61, 15, -60, 16) == d._andoyer_m(-61, 15, -60, 16)
    assert plain(d.wrap_deg)(190.0) == d.wrap_deg(190.0) == -170.0
    assert plain(d._radii_m)(0.3) == d._radii_m(0.3)
    assert math.isnan(plain(d.bearing_deg)(math.nan, 0, 0, 0))
    assert plain(d.bearing_deg)(-61, 15, -4, 48) == d.bearing_deg(-61, 15, -4, 48)
    assert math.isnan(plain(d.distance_m)(math.nan, 0, 0, 0))


def test_stored_distances_come_from_the_geodesic() -> None:
    assert d.geodesic_m(-61.4, 15.3, -61.4, 15.4) == pytest.approx(11065.2, abs=0.1)
