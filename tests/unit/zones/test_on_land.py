"""Berths that the coast draws on land, and open sea that belongs to nobody."""

import numpy as np
import pytest

from zones.index import ZoneLibrary


@pytest.fixture(scope="module")
def whole() -> ZoneLibrary:
    return ZoneLibrary.load()


@pytest.mark.parametrize(
    ("what", "lon", "lat", "land"),
    [
        ("the middle of Basse-Terre", -61.67, 16.15, True),
        ("the middle of Dominica", -61.36, 15.42, True),
        ("Roseau roads", -61.42, 15.30, False),
        ("the high seas", -50.0, 25.0, False),
        ("outside the box", 10.0, 50.0, False),
        ("nowhere", np.nan, np.nan, False),
    ],
)
def test_on_land(whole: ZoneLibrary, what: str, lon: float, lat: float, land: bool) -> None:
    assert bool(whole.on_land(np.array([lon]), np.array([lat]))[0]) is land, what


def test_it_agrees_with_the_exact_answer_along_a_coast(whole: ZoneLibrary) -> None:
    lon, lat = np.full(60, -61.38), np.linspace(15.2, 15.6, 60)
    fast = whole.on_land(lon, lat)
    exact = []
    for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
        shore = whole.shore(x, y)
        assert shore is not None
        exact.append((shore.on_land, shore.distance_m))
    off = [f != e for f, (e, m) in zip(fast.tolist(), exact, strict=True) if m > 60.0]
    assert not any(off)
