"""Raster, routes and draws: land is never crossed, chance is repeatable."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from island_sea import BOX, CENTRE, RADIUS_M, Island
from plain_kernels import plainly

from feeds.synthetic import draws, routes, sea
from feeds.synthetic.draws import Draws, key_of, normal, uniform, wander
from feeds.synthetic.routes import Routes, cut, length_m
from feeds.synthetic.sea import Box, Sea
from feeds.synthetic.stage import metres
from mda.errors import PlanError, ZoneError


@pytest.fixture(scope="module")
def island() -> Sea:
    return Sea.of(Island(), BOX)


def test_draws_are_even_and_normal() -> None:
    key = key_of(3, "test")
    even = np.array([uniform(key, i, 0) for i in range(20_000)])
    assert 0.0 < even.min() < even.max() < 1.0
    assert even.mean() == pytest.approx(0.5, abs=0.01)
    assert np.histogram(even, 20, (0, 1))[0].min() > 800
    assert abs(np.corrcoef(even[1:], even[:-1])[0, 1]) < 0.03
    bell = np.array([normal(key, i, 7) for i in range(20_000)])
    assert bell.mean() == pytest.approx(0.0, abs=0.03)
    assert bell.std() == pytest.approx(1.0, abs=0.03)


def test_a_wander_keeps_its_variance_and_is_slow() -> None:
    key = key_of(3, "slow")
    level = np.array([wander(key, i, 37.0 * i, 100.0) for i in range(5_000)])
    assert level.std() == pytest.approx(1.0, abs=0.05)
    one = np.array([wander(key, 1, t, 600.0) for t in range(0, 6000, 10)])
    assert np.abs(np.diff(one)).max() < 0.2


def test_plain_and_compiled_draws_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_of("twins")
    compiled = [(uniform(key, i, 2), normal(key, -i, 3), wander(key, i, i * 7.7, 90.0))
                for i in range(50)]  # fmt: skip
    plainly(monkeypatch, draws)
    again = [(draws.uniform(key, i, 2), draws.normal(key, -i, 3),
              draws.wander(key, i, i * 7.7, 90.0)) for i in range(50)]  # fmt: skip
    assert np.allclose(compiled, again, rtol=0, atol=1e-12)


def test_children_do_not_depend_on_their_parents_draws() -> None:
    one, other = Draws(1, "x"), Draws(1, "x")
    one.between(0, 1)
    assert one.child("a").normal() == other.child("a").normal()
    assert one.child("a").normal() != other.child("b").normal()
    picked = {one.whole(1, 3) for _ in range(60)}
    assert picked == {1, 2, 3}


def test_the_raster_knows_land_sea_and_height(island: Sea) -> None:
    assert island.shore_at(*CENTRE) == pytest.approx(-RADIUS_M, rel=0.2)
    assert island.shore_at(-61.3, 14.0) == pytest.approx(0.3 * 107_900 - RADIUS_M, rel=0.05)
    ground = island.ground_m(0.1, 500.0)
    assert ground.max() == 500.0
    assert ground[island.shore_m > 0].max() == 0.0
    assert island.holds(-61.0, 14.0)
    assert not island.holds(-65.0, 14.0)
    assert island.place(*island.cell(-61.0, 14.0)) == pytest.approx((-61.0, 14.0))


def test_a_region_without_sea_is_refused() -> None:
    with pytest.raises(ZoneError, match="no sea"):
        Sea.of(Island(), Box(-61.01, 13.99, -60.99, 14.01))


def test_routes_go_round_the_island(island: Sea) -> None:
    ways = Routes(island)
    west, east = ways.afloat(-61.083, 14.0), ways.afloat(-60.917, 14.0)
    route = ways.between(west, east)
    assert tuple(route[0]) == west
    assert tuple(route[-1]) == east
    fine = np.concatenate(
        [a + np.linspace(0, 1, 200)[:, None] * (b - a) for a, b in pairwise(route)]
    )
    away = [metres((float(x), float(y)), CENTRE) for x, y in fine]
    assert min(away) > RADIUS_M - 800.0
    assert length_m(route) < 2.0 * np.pi * RADIUS_M
    assert len(route) < 40


def test_open_water_is_crossed_straight(island: Sea) -> None:
    route = Routes(island).between((-61.38, 13.62), (-60.62, 13.62))
    assert len(route) == 2
    assert len(Routes(island).between((-61.38, 13.62), (-61.381, 13.621))) == 2


def test_a_route_is_cut_where_asked(island: Sea) -> None:
    route = Routes(island).between((-61.3, 14.2), (-60.7, 13.8))
    first, rest = cut(route, 20_000.0)
    assert length_m(first) == pytest.approx(20_000.0, rel=1e-3)
    assert length_m(first) + length_m(rest) == pytest.approx(length_m(route), rel=1e-3)
    whole, nothing = cut(route, 1e9)
    assert length_m(whole) == pytest.approx(length_m(route))
    assert length_m(nothing) == 0.0
    assert cut(route[:1], 5.0)[0].shape == (1, 2)


def test_what_cannot_be_reached_is_refused(island: Sea) -> None:
    ways = Routes(island)
    with pytest.raises(PlanError, match="no water"):
        ways.afloat(*CENTRE, reach=2)
    with pytest.raises(PlanError, match="no water joins"):
        ways.between(CENTRE, (-61.3, 14.0))


def test_the_plain_kernels_find_the_same_way(monkeypatch: pytest.MonkeyPatch, island: Sea) -> None:
    box = Box(-61.12, 13.88, -60.88, 14.12)
    start, end = (-61.1, 14.0), (-60.9, 14.02)
    compiled = Routes(Sea.of(Island(), box)).between(start, end)
    plainly(monkeypatch, draws, sea, routes)
    assert np.array_equal(Routes(Sea.of(Island(), box)).between(start, end), compiled)
