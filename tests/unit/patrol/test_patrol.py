"""Intercepts against their definition, assets with sources, and a first look that is honest."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mda.errors import PlanError
from mda.geo.distance import bearing_deg, distance_m, geodesic_m, project_deg
from mda.patrol import first_look, intercept, load_assets
from mda.patrol.assets import ASSETS
from mda.units import KN_TO_MPS, M_PER_NMI

KN = KN_TO_MPS


def test_a_target_at_rest_is_met_on_the_straight_line() -> None:
    met = intercept(-59.5, 13.0, 220.0, -61.5, 15.2, 0.0, math.nan)
    assert met is not None
    assert met.course_deg == pytest.approx(bearing_deg(-59.5, 13.0, -61.5, 15.2))
    assert met.distance_m == pytest.approx(geodesic_m(-59.5, 13.0, -61.5, 15.2), rel=1e-4)
    assert met.after_s == pytest.approx(met.distance_m / (220.0 * KN))


def test_a_target_across_the_equator_of_right_angles() -> None:
    # 3-4-5: the target crosses 40 nmi ahead at 15 kn, the unit makes 25 kn: 20 kn of it are north.
    north = project_deg(-60.0, 13.0, 0.0, 40 * M_PER_NMI)
    met = intercept(-60.0, 13.0, 25.0, *north, 15.0, 90.0)
    assert met is not None
    assert met.after_s == pytest.approx(2 * 3600, rel=2e-3)
    assert met.course_deg == pytest.approx(math.degrees(math.asin(15 / 25)), abs=0.2)


@settings(max_examples=200, deadline=None)
@given(
    lon=st.floats(-75, -55),
    lat=st.floats(2, 25),
    unit_kn=st.floats(20, 300),
    sog_kn=st.floats(0, 19),
    cog=st.floats(0, 359.9),
    off=st.tuples(st.floats(-4, 4), st.floats(-4, 4)),
)
def test_unit_and_target_are_there_at_the_same_time(
    lon: float, lat: float, unit_kn: float, sog_kn: float, cog: float, off: tuple[float, float]
) -> None:
    target = (lon + off[0], lat + off[1])
    met = intercept(lon, lat, unit_kn, *target, sog_kn, cog, most_h=1000.0)
    assert met is not None  # a faster unit always meets
    there = project_deg(*target, cog, sog_kn * KN * met.after_s)
    assert distance_m(*there, met.lon_deg, met.lat_deg) < 1.0
    run_m = distance_m(lon, lat, met.lon_deg, met.lat_deg)
    assert run_m == pytest.approx(unit_kn * KN * met.after_s, abs=2.0)


@pytest.mark.parametrize(
    ("sog_kn", "cog_deg"),
    [(30.0, 0.0), (20.0, 0.0), (25.0, 80.0)],
)
def test_a_faster_target_that_leaves_cannot_be_met(sog_kn: float, cog_deg: float) -> None:
    assert intercept(-60.0, 13.0, 20.0, -60.0, 13.5, sog_kn, cog_deg) is None


@pytest.mark.parametrize(("sog_kn", "cog_deg"), [(30.0, 180.0), (20.0, 180.0), (30.0, 170.0)])
def test_a_faster_target_that_comes_is_met(sog_kn: float, cog_deg: float) -> None:
    met = intercept(-60.0, 13.0, 20.0, -60.0, 13.5, sog_kn, cog_deg)
    assert met is not None
    assert met.after_s < 1.6 * 3600


def test_already_there_and_too_long() -> None:
    met = intercept(-60.0, 13.0, 20.0, -60.0, 13.0, 10.0, 90.0)
    assert met is not None
    assert met.after_s == pytest.approx(0.0, abs=0.1)
    assert intercept(-60.0, 13.0, 10.1, -60.0, 14.0, 10.0, 0.0) is None
    assert intercept(-60.0, 13.0, 10.0, -60.0, 14.0, 0.0, 0.0, most_h=5.0) is None


def test_what_cannot_be_asked() -> None:
    with pytest.raises(PlanError, match="without speed"):
        intercept(0.0, 0.0, 0.0, 1.0, 1.0, 5.0, 0.0)
    with pytest.raises(PlanError, match="without speed"):
        intercept(0.0, 0.0, math.nan, 1.0, 1.0, 5.0, 0.0)
    with pytest.raises(PlanError, match="place is not known"):
        intercept(0.0, 0.0, 10.0, math.nan, 1.0, 5.0, 0.0)


# -- assets ---------------------------------------------------------------------------------
def test_every_figure_has_a_source_and_none_is_confirmed() -> None:
    assets = load_assets()
    assert [asset.id for asset in assets] == ["RSS-A1", "RSS-A2"]
    for asset in assets:
        assert (asset.base_lon_deg, asset.base_lat_deg) == (-59.4925, 13.0746)
        assert (asset.transit_kn.value, asset.search_kn.value) == (220.0, 180.0)
        assert (asset.endurance_h.value, asset.reserve_h.value) == (5.0, 0.75)
        assert asset.transit_kn.source
        assert not asset.confirmed


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[[asset]]", "[[asset", "not TOML"),
        ("base_lon_deg = -59.4925\n", "", "no base_lon_deg"),
        ("base_lon_deg = -59.4925", "base_lon_deg = 259", "not on the earth"),
        ("kind =", "colour = 1\nkind =", "unknown entry 'colour'"),
        ('source = "planning value", ', "", "lacks value, source or confirmed"),
        ("value = 180.0", 'value = "fast"', "lacks value, source or confirmed"),
        ("value = 180.0", "value = -1", "not a sourced positive number"),
        ("value = 0.75", "value = 6", "reserve is as long"),
    ],
)
def test_damaged_assets_are_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    file = tmp_path / "assets.toml"
    file.write_text(ASSETS.read_text(encoding="utf-8").replace(old, new, 1))
    with pytest.raises(PlanError, match=words):
        load_assets(file)
    with pytest.raises(PlanError, match="no such assets file"):
        load_assets(tmp_path / "none.toml")


# -- first look -----------------------------------------------------------------------------
def test_in_reach() -> None:
    asset = load_assets()[0]
    sortie = first_look(-61.5, 15.2, math.nan, math.nan, asset)
    out_s = geodesic_m(-59.4925, 13.0746, -61.5, 15.2) / (220.0 * KN)
    assert sortie.in_reach
    assert sortie.transit_s == pytest.approx(out_s, rel=1e-3)
    assert sortie.on_task_s == pytest.approx(4.25 * 3600 - 2 * out_s, rel=1e-3)
    assert len(sortie.legs) == 2
    assert sortie.legs[1][:2] == (-59.4925, 13.0746)
    assert not sortie.confirmed
    assert sortie.sentence.endswith("Planning values, not confirmed by the operator.")
    assert "2 h 41 min on task" in sortie.sentence
    near = first_look(-59.5, 13.2, math.nan, math.nan, asset)
    assert " in 2 min," in near.sentence


def test_out_of_reach() -> None:
    asset = load_assets()[0]
    far = first_look(-77.0, 18.0, 10.0, 270.0, asset)
    assert not far.in_reach
    assert far.legs == ()
    assert far.on_task_s == 0.0
    assert "cannot reach it and return with its reserve" in far.sentence
    fast = first_look(-62.0, 13.0, 500.0, 270.0, asset)
    assert not fast.in_reach
    assert math.isnan(fast.transit_s)
    assert "cannot catch it" in fast.sentence


def test_confirmed_figures_need_no_caveat(tmp_path: Path) -> None:
    file = tmp_path / "assets.toml"
    text = ASSETS.read_text(encoding="utf-8").replace("confirmed = false", "confirmed = true")
    file.write_text(text)
    sortie = first_look(-61.5, 15.2, 10.0, 90.0, load_assets(file)[0])
    assert sortie.confirmed
    assert "not confirmed" not in sortie.sentence
