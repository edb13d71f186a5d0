from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_kernels import plainly
from small_traffic import EPOCH_US, Traffic, cut

from mda.clock import NO_TIME_US
from mda.config import Config
from mda.errors import ConfigError
from mda.model import Flag, RowKind, Settled, Valid, pack, unpack
from mda.model.health import SECTORS, StationHealth
from mda.units import M_PER_NMI, US_PER_S
from mda.vet import Vetter, health_state
from mda.vet import health as health_module
from mda.vet.health import HealthFold, base_stations
from mda.vet.health_problems import HealthLimits

CONFIG = Config.load()
SITE = (-61.40, 15.30)
HOUR_S, WEEK_S = 3600, 7 * 24 * 3600


def names(code: int) -> str:
    return ("Scotts Head", "Roseau", "Portsmouth")[code]


def fold(*stretches: Settled, config: Config = CONFIG, vet: bool = True) -> HealthFold:
    health, vetter = HealthFold(config, names, {"Scotts Head": SITE}), Vetter(config)
    for settled in stretches:
        health.fold(vetter.vet(settled) if vet else settled)
    return health


def base(sea: Traffic, at_s: float, off_s: float = 0.0, **more: object) -> None:
    """A base station states the time; its receiver's clock is `off_s` ahead."""
    stated = EPOCH_US + int(at_s) * US_PER_S
    received = stated + round(off_s * US_PER_S)
    columns = {"msg_type": 4, "utc_us": stated, "valid": Valid.UTC, "mmsi": 2275200, **more}
    mmsi = int(columns.pop("mmsi"))  # type: ignore[call-overload]
    sea.report(at_s, mmsi, -61.6, 15.6, **columns)
    sea.rows[-1]["received_at_us"] = received


@pytest.fixture(params=["compiled", "plain"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        plainly(monkeypatch, health_state, health_module)


@pytest.mark.usefixtures("twin")
def test_counts_reach_back_from_the_instant() -> None:
    sea = Traffic()
    last_s = 2 * HOUR_S + 40  # a whole minute of UTC
    sea.every(30, 1, last_s, 329000001, lambda t: (-61.5, 15.3 + t / 1e6))
    health = fold(sea.settled(last_s))
    (now,) = health.now(EPOCH_US + last_s * US_PER_S)
    assert (now.messages, now.messages_60min, now.messages_10min) == (242, 120, 20)
    assert now.first_heard_us == EPOCH_US + US_PER_S
    rows = health.drain()
    assert [r.at_us % (600 * US_PER_S) for r in rows] == [0] * 12
    assert health.drain() == []
    assert rows[-1].messages_10min == 20
    assert (now.week_ago_messages, now.duplicate_share, now.unique_share) == (None, 0.0, 1.0)


def test_a_silent_station_is_told_for_an_hour_and_then_no_more() -> None:
    sea = Traffic()
    sea.report(10, 329000001, -61.5, 15.3)
    health = fold(sea.settled(3 * HOUR_S))
    rows = health.drain()
    assert [r.messages_10min for r in rows] == [1, 0, 0, 0, 0, 0]
    (now,) = health.now(EPOCH_US + 3 * HOUR_S * US_PER_S)
    assert (now.messages, now.messages_60min, now.unique_share) == (1, 0, None)
    assert "silent" in HealthLimits(CONFIG).problems(now, None)


@pytest.mark.usefixtures("twin")
def test_duplicate_and_unique_shares() -> None:
    sea = Traffic()
    for k in range(100):
        sea.report(60.0 * k % 3000 + 1, 329000100 + k, -61.5, 15.3, station=0)
        if k % 4 == 0:  # Roseau hears a quarter of them, a second later
            sea.report(60.0 * k % 3000 + 2, 329000100 + k, -61.5, 15.3, station=1)
        if k % 20 == 0:  # and Portsmouth some of these
            sea.report(60.0 * k % 3000 + 3, 329000100 + k, -61.5, 15.3, station=2)
    first, second, third = fold(sea.settled(3100)).now(EPOCH_US + 3100 * US_PER_S)
    assert (first.duplicate_share, first.unique_share) == (0.0, 0.75)
    assert (second.duplicate_share, second.unique_share) == (1.0, 0.0)
    assert (third.messages, third.duplicate_share, third.unique_share) == (5, 1.0, 0.0)


@pytest.mark.usefixtures("twin")
def test_the_rose_has_the_furthest_believed_target_of_each_sector() -> None:
    sea = Traffic()
    lon, lat = SITE
    sea.report(1, 329000001, lon, lat + 0.5)
    sea.report(2, 329000002, lon, lat + 0.2)
    sea.report(3, 329000003, lon - 0.3, lat)
    sea.report(4, 329000004, lon + 60.0, lat)  # beyond any VHF
    sea.report(5, 329000005, lon + 1.0, lat, flags=Flag.JUMP)
    sea.report(6, 329000006, np.nan, np.nan)
    health = fold(sea.settled(600))
    (now,) = health.now(EPOCH_US + 600 * US_PER_S)
    assert (now.lon_deg, now.lat_deg) == SITE
    known = {i: m for i, m in enumerate(now.furthest_m) if m is not None}
    assert set(known) == {0, 27}
    assert known[0] == pytest.approx(0.5 * 60 * M_PER_NMI, rel=0.01)
    (later,) = health.now(EPOCH_US + 40 * HOUR_S * US_PER_S)
    assert later.furthest_m == (None,) * SECTORS


@pytest.mark.usefixtures("twin")
def test_ranges_age_by_blocks_of_half_a_day() -> None:
    sea = Traffic()
    lon, lat = SITE
    sea.report(1, 329000001, lon + 0.001, lat + 0.5)
    sea.report(13 * HOUR_S, 329000001, lon + 0.001, lat + 0.2)
    sea.report(60 * HOUR_S, 329000001, lon + 0.001, lat + 0.1)
    whole = sea.settled(61 * HOUR_S)
    at = [EPOCH_US + h * HOUR_S * US_PER_S for h in (13, 61)]
    first, last = cut(whole, at)
    health = HealthFold(CONFIG, names, {"Scotts Head": SITE})
    health.fold(first)
    far = health.now(at[0])[0].furthest_m[0]
    health.fold(last)
    near = health.now(at[1])[0].furthest_m[0]
    assert far is not None
    assert near is not None
    assert near < far / 3


def test_no_position_is_loaded_unless_someone_says_so() -> None:
    sea = Traffic()
    base(sea, 5, station=1)
    sea.report(6, 329000001, -61.5, 15.3, station=1)
    (now,) = fold(sea.settled(600)).now(EPOCH_US + 600 * US_PER_S)
    assert (now.lon_deg, now.lat_deg, now.furthest_m) == (None, None, ())


def test_a_configured_base_station_gives_the_place_from_its_first_report_on() -> None:
    config = Config.load(overrides={"health.base_stations": ("Roseau = 2275200",)})
    sea = Traffic()
    sea.report(1, 329000001, -61.6, 16.6, station=1)  # north of it, before it is placed
    base(sea, 5, station=1)
    sea.report(6, 329000001, -61.3, 15.6, station=1)  # east
    sea.report(7, 329000001, -61.3, 15.6, station=0)
    for edges in ([], [EPOCH_US + 3 * US_PER_S], [EPOCH_US + 5 * US_PER_S]):
        health = fold(*cut(sea.settled(600), edges), config=config)
        now = health.now(EPOCH_US + 600 * US_PER_S)[0]
        assert (now.lon_deg, now.lat_deg) == (-61.6, 15.6)
        assert [i for i, m in enumerate(now.furthest_m) if m] == [9]
    again = HealthFold(config, names)
    again.load(unpack(pack(health.save())))
    assert again.now(EPOCH_US + 600 * US_PER_S)[0].lon_deg == -61.6


@pytest.mark.parametrize("text", ["Roseau", "= 5", "Roseau = abc"])
def test_a_base_station_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="base_stations"):
        base_stations(Config.load(overrides={"health.base_stations": (text,)}))


@pytest.mark.usefixtures("twin")
def test_levels_and_offsets_are_medians_of_the_newest() -> None:
    sea = Traffic()
    for k in range(200):
        more = {"level_db": -90.0 if k < 136 else -70.0, "offset_ppm": 2.0} if k % 2 else {}
        sea.report(k + 1, 329000001, -61.5, 15.3 + k / 1e4, **more)
    (now,) = fold(sea.settled(300)).now(EPOCH_US + 300 * US_PER_S)
    assert (now.level_db, now.offset_ppm) == (-80.0, 2.0)


def test_the_same_hour_last_week_is_compared_where_it_is_known() -> None:
    sea = Traffic()
    begin = -(EPOCH_US // US_PER_S) % HOUR_S  # the first full hour
    place = (-61.5, 15.3)
    sea.every(30, begin + 1, begin + 2 * HOUR_S, 329000001, lambda t: place)
    sea.every(120, begin + WEEK_S + 1, begin + WEEK_S + 2 * HOUR_S, 329000001, lambda t: place)
    until_s = begin + WEEK_S + 2 * HOUR_S
    health = fold(sea.settled(until_s, ticks=False))
    (now,) = health.now(EPOCH_US + until_s * US_PER_S)
    assert (now.last_hour_messages, now.week_ago_messages) == (30, 120)
    assert HealthLimits(CONFIG).problems(now, 0.0) == ["rate"]
    early = health.now(EPOCH_US + (begin + WEEK_S) * US_PER_S)[0]
    assert early.week_ago_messages is None, "that hour is before it was first heard"


def test_reconnects_are_counted_for_the_feed() -> None:
    sea = Traffic()
    for at_s in (0, 100, 900):
        sea.control(at_s, RowKind.CONNECT, feed=0)
    sea.control(50, RowKind.DISCONNECT, feed=0)
    sea.report(10, 329000001, -61.5, 15.3)
    health = fold(sea.settled(1300))
    assert [row.reconnects for row in health.drain()] == [1, 2]


@pytest.mark.usefixtures("twin")
def test_a_clock_that_is_two_hours_off_shows_and_a_jump_is_told_once() -> None:
    sea = Traffic()
    for second in range(5, 3600, 10):
        base(sea, second, 7200.0 if second < 1800 else 3600.0)
    rows = fold(sea.settled(3600)).drain()
    told = [r.clock for r in rows]
    assert told[0] is not None
    assert told[0].offset_s == pytest.approx(7200.0)
    assert (told[0].confidence, told[0].bases, told[0].ships) == ("high", 1, 0)
    jumps = [r.clock_jump_s for r in rows if r.clock_jump_s is not None]
    assert jumps == [pytest.approx(-3600.0)]
    assert "clock" in HealthLimits(CONFIG).problems(rows[0], 0.0)
    jumped = next(r for r in rows if r.clock_jump_s is not None)
    assert HealthLimits(CONFIG).problems(jumped, 0.5)[:3] == ["clock", "jump", "rejects"]


def test_nobody_who_states_the_time_makes_no_clock() -> None:
    sea = Traffic()
    sea.report(10, 329000001, -61.5, 15.3)
    base(sea, 15)
    sea.rows[-1]["received_at_us"] = NO_TIME_US
    (now,) = fold(sea.settled(20)).now(EPOCH_US + 20 * US_PER_S)
    assert now.clock is None
    assert now.to_json()["clock"] is None


def _busy(seed: int) -> Traffic:
    draw = np.random.default_rng(seed)
    sea = Traffic()
    for k in range(150):
        at_s = float(draw.integers(1, 5000))
        where = (-61.5 + draw.random(), 15.0 + draw.random())
        flags = int(Flag.JUMP) if k % 17 == 0 else 0
        sea.report(at_s, 329000001 + k % 9, *where, station=k % 3, feed=k % 2, flags=flags)
        if k % 3 == 0:
            sea.report(at_s + 1, 329000001 + k % 9, *where, station=(k + 1) % 3, level_db=-k / 2)
        if k % 5 == 0:
            base(sea, at_s, k / 40, station=k % 3)
    sea.control(700, RowKind.CONNECT, 1)
    return sea


@given(seed=st.integers(0, 3), cuts=st.lists(st.integers(1, 5200), max_size=6))
def test_law_1_cuts_and_resuming_change_nothing(seed: int, cuts: Sequence[int]) -> None:
    whole = _busy(seed).settled(5200)
    vetted = Vetter(CONFIG).vet(whole)
    once = fold(vetted, vet=False)
    health = HealthFold(CONFIG, names, {"Scotts Head": SITE})
    rows: list[StationHealth] = []
    for part in cut(vetted, [EPOCH_US + c * US_PER_S for c in cuts]):
        health.fold(part)
        rows += health.drain()
        saved = pack(health.save())
        health = HealthFold(CONFIG, names, {"Scotts Head": SITE})
        health.load(unpack(saved))
    assert rows == once.drain()
    assert pack(health.save()) == pack(once.save())
