"""The watermark row by row: who is active, how long each is held, and that it never goes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mda.clock import NO_TIME_US
from mda.config import Config
from mda.geo.kernel import plain
from mda.model import RowKind, pack, unpack
from mda.watch import watermark as w
from mda.watch.watermark import Watermark, WatermarkRules

RULES = WatermarkRules.of(Config.load())
S = 1_000_000
LINE, CONNECT, DISCONNECT, CLOCK, START = (
    RowKind.LINE,
    RowKind.CONNECT,
    RowKind.DISCONNECT,
    RowKind.CLOCK,
    RowKind.START,
)
Row = tuple[RowKind, int, int | None, int]
"""(kind, feed, event time in s or None, stored at in s)"""


def advance(mark: Watermark, rows: list[Row]) -> list[int]:
    kinds = np.array([r[0] for r in rows], np.uint8)
    feeds = np.array([r[1] for r in rows], np.int32)
    at = np.array([NO_TIME_US if r[2] is None else r[2] * S for r in rows], np.int64)
    stored = np.array([r[3] * S for r in rows], np.int64)
    return [m if m == NO_TIME_US else m // S for m in mark.advance(kinds, feeds, at, stored)]


def fresh(floors: dict[int, float] | None = None) -> Watermark:
    return Watermark(RULES, floors or {})


def test_nothing_is_known_before_the_first_time() -> None:
    assert advance(fresh(), [(CONNECT, 0, None, 100), (LINE, 0, None, 100)]) == [NO_TIME_US] * 2


def test_a_direct_receiver_is_held_two_seconds() -> None:
    assert advance(fresh(), [(LINE, 0, 100, 100), (LINE, 0, 110, 110)]) == [98, 108]


def test_the_slowest_active_feed_decides() -> None:
    rows: list[Row] = [(LINE, 0, 100, 100), (LINE, 1, 60, 100), (LINE, 0, 120, 120)]
    mark = fresh()
    assert advance(mark, rows) == [98, 98, 98]
    assert advance(mark, [(LINE, 1, 119, 121)]) == [117]


def test_a_feed_that_disconnects_leaves() -> None:
    rows: list[Row] = [(LINE, 0, 100, 100), (LINE, 1, 99, 100), (LINE, 0, 150, 150)]
    mark = fresh()
    advance(mark, rows)
    assert advance(mark, [(DISCONNECT, 1, None, 151)]) == [148]


def test_a_feed_that_catches_up_leaves_and_comes_back() -> None:
    mark = fresh()
    assert advance(mark, [(LINE, 0, 1000, 1000), (LINE, 1, 100, 1000)]) == [998, 998]
    assert advance(mark, [(LINE, 0, 1010, 1010)]) == [1008]
    assert advance(mark, [(LINE, 1, 1009, 1011), (LINE, 0, 1020, 1020)]) == [1008, 1008]


def test_lateness_is_measured_and_fades() -> None:
    mark = fresh()
    advance(mark, [(LINE, 0, 100, 100), (LINE, 0, 70, 100)])
    assert mark.hold_s(0) == 30.0
    advance(mark, [(LINE, 0, 700, 700)])
    assert mark.hold_s(0) == pytest.approx(15.0)
    advance(mark, [(LINE, 0, 300, 700)])
    assert mark.hold_s(0) == pytest.approx(15.0), "a catching-up line is no lateness"


def test_a_floor_is_a_floor() -> None:
    mark = fresh({0: 20.0})
    assert advance(mark, [(LINE, 0, 100, 100)]) == [80]
    assert mark.hold_s(0) == 20.0
    assert mark.hold_s(7) == 2.0


def test_a_silent_live_feed_follows_the_clock() -> None:
    mark = fresh()
    advance(mark, [(LINE, 0, 100, 100)])
    assert advance(mark, [(CLOCK, 0, None, 130)]) == [128]


def test_with_no_feed_the_nodes_own_clock_moves_it() -> None:
    mark = fresh()
    advance(mark, [(LINE, 0, 100, 100), (START, -1, None, 400)])
    assert advance(mark, [(CLOCK, -1, None, 500)]) == [380]
    assert mark.newest_us() == 100 * S


def test_an_empty_mark_knows_nothing() -> None:
    assert fresh().newest_us() == NO_TIME_US
    assert advance(fresh(), []) == []


rows_of = st.lists(
    st.tuples(
        st.sampled_from([LINE, LINE, LINE, CONNECT, DISCONNECT, CLOCK, START]),
        st.integers(0, 2),
        st.one_of(st.none(), st.integers(0, 2000)),
        st.integers(0, 2000),
    ),
    max_size=60,
)


@given(rows=rows_of, cut=st.integers(0, 60))
def test_any_cut_gives_the_same_marks_and_none_goes_back(rows: list[Row], cut: int) -> None:
    whole, parts, resumed = fresh(), fresh(), fresh()
    marks = advance(whole, rows)
    split = advance(parts, rows[:cut])
    resumed.load(unpack(pack(parts.save())))
    assert split + advance(resumed, rows[cut:]) == marks
    assert marks == sorted(marks)


@given(rows=rows_of)
def test_compiled_equals_plain(rows: list[Row]) -> None:
    feeds = np.zeros(3, w.FEED_STATE)
    feeds["newest_us"] = NO_TIME_US
    columns = (
        np.array([r[0] for r in rows], np.uint8),
        np.array([r[1] for r in rows], np.int32),
        np.array([NO_TIME_US if r[2] is None else r[2] * S for r in rows], np.int64),
        np.array([r[3] * S for r in rows], np.int64),
        NO_TIME_US,
        RULES.hold_min_us,
        RULES.hold_max_us,
        RULES.half_life_us,
        RULES.catching_up_us,
    )
    twin = feeds.copy()
    assert np.array_equal(w._advance(feeds, *columns), plain(w._advance)(twin, *columns))
    assert np.array_equal(feeds, twin)


def test_the_parts_of_the_kernel_in_plain_python() -> None:
    feeds = np.zeros(2, w.FEED_STATE)
    feeds["newest_us"] = NO_TIME_US
    hear, lowest, hold = plain(w._hear), plain(w._lowest), plain(w._hold_us)
    assert lowest(feeds, 2, 120, 300) == NO_TIME_US
    feeds["connected"] = 1
    hear(feeds, 0, 1000, 120, 600)
    hear(feeds, 0, 900, 120, 600)
    hear(feeds, 0, 100, 120, 600)
    assert feeds[0]["late_us"] == 100.0
    hear(feeds, 0, 1600, 120, 600)
    assert feeds[0]["late_us"] == 50.0
    hear(feeds, 1, 1590, 120, 600)
    assert lowest(feeds, 2, 120, 300) == 1550
    feeds[1]["newest_us"] = 10
    assert lowest(feeds, 2, 120, 300) == 1550, "one that catches up is passed over"
    feeds[0]["connected"] = 0
    assert lowest(feeds, 2, 120, 300) == 8
    assert [hold(v, 5, 2, 120) for v in (0.0, 50.0, 900.0)] == [5, 50, 120]
