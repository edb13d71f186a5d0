from __future__ import annotations

import numpy as np
import pytest
from plain_kernels import plainly

from mda.geo.distance import geodesic_m
from mda.track import predict
from mda.units import KN_TO_MPS

F32 = np.float32


@pytest.fixture(autouse=True, params=["compiled", "plain"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        import sys

        plainly(monkeypatch, sys.modules["mda.track.predict"])


def one(sog_kn: float, cog_deg: float, age_s: float, lost_kn: float | None = None):
    found = predict(
        np.array([-61.0]),
        np.array([15.0]),
        np.array([sog_kn], F32),
        np.array([cog_deg], F32),
        np.array([age_s], float),
        None if lost_kn is None else np.array([lost_kn], F32),
    )
    return float(found.lon_deg[0]), float(found.lat_deg[0]), float(found.radius_m[0])


def test_it_keeps_course_and_speed() -> None:
    lon, lat, _ = one(12.0, 0.0, 600.0)
    assert lon == pytest.approx(-61.0)
    assert geodesic_m(-61.0, 15.0, lon, lat) == pytest.approx(12 * KN_TO_MPS * 600, rel=1e-4)


def test_the_run_stops_after_half_an_hour_and_the_radius_does_not() -> None:
    half, hour = one(12.0, 90.0, 1800.0), one(12.0, 90.0, 3600.0)
    assert hour[:2] == half[:2]
    assert hour[2] - half[2] == pytest.approx(15 * KN_TO_MPS * 1800, rel=1e-4)
    assert one(12.0, 90.0, 3600.0, 30.0)[2] > hour[2]


def test_a_still_vessel_stays_put() -> None:
    assert one(0.2, 90.0, 600.0) == pytest.approx((-61.0, 15.0, 90.0))


@pytest.mark.parametrize(("sog_kn", "cog_deg"), [(np.nan, 10.0), (8.0, np.nan)])
def test_unknown_motion_may_have_gone_anywhere(sog_kn: float, cog_deg: float) -> None:
    lon, lat, radius_m = one(sog_kn, cog_deg, 600.0)
    assert (lon, lat) == (-61.0, 15.0)
    assert radius_m == pytest.approx(30 + 15 * KN_TO_MPS * 600, rel=1e-4)


def test_the_radius_grows_from_a_fix() -> None:
    radii = [one(10.0, 45.0, age)[2] for age in (-5.0, 0.0, 10.0, 60.0, 600.0, 1799.0)]
    assert radii[0] == radii[1] == 30.0
    assert radii == sorted(radii)


def test_an_unknown_position_stays_unknown() -> None:
    nan = np.array([np.nan])
    found = predict(nan, nan, np.array([9.0], F32), np.array([9.0], F32), np.array([60.0]))
    assert np.isnan(found.lon_deg[0])
