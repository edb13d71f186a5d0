"""The nearest edge is the one that trying all of them finds, measured on the ellipsoid."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from mda.geo.kernel import plain
from mda.model.reports import F64
from zones import near
from zones.near import Nearest, nearest_many, tree_of

GEOD = pyproj.Geod(ellps="WGS84")


def wandering(rng: np.random.Generator, count: int, lon: float, lat: float) -> F64:
    """Edges of a line that wanders, some long, and some islands apart from it."""
    step = rng.normal(0, 0.02, (count, 2)) * rng.choice([1.0, 20.0], (count, 1), p=[0.95, 0.05])
    point = np.array([lon, lat]) + np.cumsum(step, axis=0)
    apart = point[::7] + rng.normal(0, 0.5, (len(point[::7]), 2))
    return np.concatenate(
        (np.hstack((point[:-1], point[1:])), np.hstack((apart, apart + np.array([0.001, 0.002]))))
    )


def brute_m(edges: F64, lon: float, lat: float) -> float:
    """Metres by pyproj's geodesics to points along every edge, ever closer."""
    low, high = np.zeros(len(edges)), np.ones(len(edges))
    best = np.inf
    for _ in range(5):
        t = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, 17)
        at = edges[:, None, :2] + (edges[:, None, 2:] - edges[:, None, :2]) * t[:, :, None]
        x, y = at[:, :, 0].ravel(), at[:, :, 1].ravel()
        away = GEOD.inv(np.full(x.size, lon), np.full(x.size, lat), x, y)[2].reshape(t.shape)
        best = min(best, float(away.min()))
        nearest, step = t[np.arange(len(edges)), away.argmin(axis=1)], (high - low) / 16
        low, high = np.maximum(0.0, nearest - step), np.minimum(1.0, nearest + step)
    return best


@pytest.mark.parametrize(("lon", "lat"), [(-61.0, 15.0), (179.9, -17.0), (20.0, 68.0)])
def test_it_is_what_trying_all_edges_finds(lon: float, lat: float) -> None:
    rng = np.random.default_rng(4)
    edges = wandering(rng, 60, lon, lat)
    reach = rng.choice([0.01, 0.3, 5.0], (60, 1))
    point = edges[rng.integers(0, len(edges), 60), :2] + rng.normal(0, 1, (60, 2)) * reach
    x, y = np.ascontiguousarray(point[:, 0]), np.clip(point[:, 1], -80, 80)
    found = nearest_many(tree_of(edges), x, y)
    for i in range(40):
        truth_m = brute_m(edges, float(x[i]), float(y[i]))
        assert found.metres[i] == pytest.approx(truth_m, rel=3e-6, abs=0.35)
        edge = edges[found.which[i]]
        run, offset = edge[2:] - edge[:2], np.array([found.lon_deg[i], found.lat_deg[i]]) - edge[:2]
        assert np.cross(np.append(run, 0), np.append(offset, 0))[2] == pytest.approx(0, abs=1e-9)


def test_a_long_edge_is_straight_in_longitude_and_latitude() -> None:
    edge = np.array([[-60.0, 10.0, -50.0, 20.0]])
    found = nearest_many(tree_of(edge), np.array([-55.0]), np.array([15.0]))
    assert found.metres[0] == pytest.approx(0.0, abs=0.01)


def test_order_and_company_change_nothing() -> None:
    rng = np.random.default_rng(5)
    tree = tree_of(wandering(rng, 3000, -61.0, 15.0))
    x, y = rng.uniform(-64, -58, 2000), rng.uniform(12, 18, 2000)
    whole = nearest_many(tree, x, y)
    order = rng.permutation(2000)
    mixed = nearest_many(tree, x[order], y[order])
    for ours, theirs in zip(mixed, whole, strict=True):
        assert np.array_equal(ours, theirs[order])
    turned = nearest_many(tree, x + 360.0, y)
    assert turned.metres == pytest.approx(whole.metres, abs=1e-5)


def test_unknown_positions_are_near_nothing() -> None:
    tree = tree_of(np.array([[0.0, 0.0, 1.0, 0.0]]))
    found = nearest_many(tree, np.array([np.nan, 0.0, 0.0]), np.array([0.0, np.nan, 91.0]))
    assert np.isnan(found.metres).all()
    assert found.which.tolist() == [-1, -1, -1]
    assert nearest_many(tree, np.empty(0), np.empty(0)).metres.size == 0


def test_nearer_than_asked_only() -> None:
    tree = tree_of(np.array([[0.0, 0.0, 1.0, 0.0]]))
    x, y = np.array([0.5, 0.5, 0.5]), np.array([0.1, 0.2, 0.1])
    assert nearest_many(tree, x, y, 15_000.0).which.tolist() == [0, -1, 0]
    assert nearest_many(tree, x, y, np.array([1.0, 30_000.0, 12_000.0])).which.tolist() == [
        -1,
        0,
        0,
    ]


def test_a_point_is_an_edge_too() -> None:
    tree = tree_of(np.array([[1.0, 0.0, 1.0, 0.0], [3.0, 0.0, 3.0, 0.0]]))
    found = nearest_many(tree, np.array([0.0, 2.9]), np.array([0.0, 0.0]))
    assert found.which.tolist() == [0, 1]
    assert found.metres[0] == pytest.approx(111_319.5, rel=1e-5)


def test_plain_twins_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    edges = wandering(rng, 200, -61.0, 15.0)
    tree = tree_of(edges)
    x, y = np.append(rng.uniform(-64, -58, 25), np.nan), np.append(rng.uniform(12, 18, 25), 0.0)
    want = nearest_many(tree, x, y)
    for name in ("_search", "_to_box", "_to_piece", "from_centre_m", "_place"):
        monkeypatch.setattr(near, name, plain(getattr(near, name)))
    got = Nearest(np.empty(26), np.empty(26, dtype=np.int32), np.empty(26), np.empty(26))
    plain(near._nearest_into)(tree, x, y, np.array([np.inf]), got)
    assert got.which.tolist() == want.which.tolist()
    assert got.metres == pytest.approx(want.metres, nan_ok=True)
    assert np.allclose(tree_of(edges).vertex, tree.vertex)
