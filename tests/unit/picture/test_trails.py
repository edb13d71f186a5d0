"""Trails: thinned as they come, bounded, oldest first."""

from __future__ import annotations

import numpy as np
import pytest
from picture_parts import BEGIN_US, SHIP, S, make_reports

from mda.clock import NO_TIME_US
from mda.config import Config
from mda.geo.kernel import plain
from mda.model import Statics, pack, unpack
from mda.picture.live import LivePicture
from mda.picture.trails import thin

NOTHING = Statics.blank(0)


@pytest.fixture
def config() -> Config:
    return Config.load()


def run(live: LivePicture, seconds: range, *, mmsi: int = SHIP, deg_per_s: float = 1e-4) -> None:
    rows = [
        {
            "mmsi": mmsi,
            "at_us": BEGIN_US + s * S,
            "report_id": s + 1,
            "lon_deg": -61 + s * deg_per_s,
        }
        for s in seconds
    ]
    live.update(make_reports(*rows), NOTHING)


def test_a_ship_under_way_leaves_a_point_each_step(config: Config) -> None:
    live = LivePicture(config)
    run(live, range(0, 61, 2))
    trail = live.trails(0)[SHIP]
    assert [(at - BEGIN_US) // S for at, _, _ in trail] == [0, 10, 20, 30, 40, 50, 60]
    assert trail[1][1] == pytest.approx(-60.999)
    assert live.trails(BEGIN_US + 50 * S) == {SHIP: trail[-1:]}
    assert live.trails(BEGIN_US + 60 * S) == {}


def test_the_same_points_in_one_batch_or_many(config: Config) -> None:
    one, many = LivePicture(config), LivePicture(config)
    run(one, range(0, 600, 3))
    for s in range(0, 600, 3):
        run(many, range(s, s + 1))
    assert one.trails(0) == many.trails(0)


def test_a_ship_at_anchor_leaves_few_and_no_gap(config: Config) -> None:
    live = LivePicture(config)
    run(live, range(0, 1200, 10), deg_per_s=1e-8)
    times = [at for at, _, _ in live.trails(0)[SHIP]]
    assert len(times) == 10
    assert max(np.diff(times)) == 120 * S


def test_late_points_find_their_place(config: Config) -> None:
    live = LivePicture(config)
    run(live, range(100, 101))
    run(live, range(50, 51))
    run(live, range(95, 96))
    assert [(at - BEGIN_US) // S for at, _, _ in live.trails(0)[SHIP]] == [50, 100]


def test_memory_is_bounded_and_the_newest_stay() -> None:
    config = Config.load(overrides={"picture.trail_rows": 2000})
    live = LivePicture(config)
    run(live, range(0, 15_000, 10))
    run(live, range(15_000, 30_000, 10))
    saved = live.save()["trails"]["points"]
    assert len(saved) == 2000
    assert saved["at_us"][0] == BEGIN_US + 10_000 * S
    assert saved["at_us"][-1] == BEGIN_US + 29_990 * S
    assert len(live.trails(0)[SHIP]) == 512
    assert live.trails(0)[SHIP][-1][0] == BEGIN_US + 29_990 * S


def test_what_is_sent_is_bounded_for_all_alike() -> None:
    config = Config.load(overrides={"picture.trail_points_sent": 1000, "picture.trail_points": 800})
    live = LivePicture(config)
    for ship in range(4):
        run(live, range(0, 8000, 10), mmsi=SHIP + ship)
    found = live.trails(0)
    assert [len(trail) for trail in found.values()] == [250] * 4
    assert found[SHIP][-1][0] == BEGIN_US + 7990 * S


def test_saved_and_resumed(config: Config) -> None:
    live, other = LivePicture(config), LivePicture(config)
    run(live, range(0, 100, 5))
    other.load(unpack(pack(live.save())))
    for picture in (live, other):
        run(picture, range(100, 200, 5))
    assert live.trails(0) == other.trails(0)
    assert pack(live.save()) == pack(other.save())


def test_the_compiled_kernel_equals_the_plain_one() -> None:
    draw = np.random.default_rng(7)
    n, slots = 500, 5
    columns = (
        draw.integers(0, slots, n),
        np.sort(draw.integers(0, 4000, n)) * S + draw.integers(-50, 50, n) * S,
        -61 + draw.random(n) * 1e-3,
        15 + draw.random(n) * 1e-3,
    )

    def state() -> tuple[np.ndarray, ...]:
        return np.full(slots, NO_TIME_US), np.full(slots, np.nan), np.full(slots, np.nan)

    fast, slow = state(), state()
    kept = thin(*columns, *fast, 10 * S, 50.0, 120 * S)
    wanted = plain(thin)(*columns, *slow, 10 * S, 50.0, 120 * S)
    assert 0 < kept.sum() < n
    np.testing.assert_array_equal(kept, wanted)
    for a, b in zip(fast, slow, strict=True):
        np.testing.assert_array_equal(a, b)
