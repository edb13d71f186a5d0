"""Station health of a run: what is kept, what is logged, what the page is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mda.alert.cases import Cases
from mda.alert.desk import Desk
from mda.alert.rules import Rules
from mda.clock import NO_TIME_US, parse_at
from mda.config import Config
from mda.decode import NmeaDecoder
from mda.model import Lines, Reports, RowKind, Sentence, Settled, Valid
from mda.store.desk import DeskStore
from mda.store.stations import table
from mda.units import US_PER_S
from mda.vet.health import HealthFold
from mda.watch.casedesk import CaseDesk
from mda.watch.nodeclock import NodeClock
from mda.watch.stationdesk import StationDesk

CONFIG = Config.load()
NOON_US = parse_at("2026-03-01T12:00:00Z")


def bases(
    off_s: float, count: int = 30, feed: int = 0, first_us: int = NOON_US
) -> tuple[Lines, Reports]:
    """Base stations state the time; they arrive when our clock is `off_s` ahead of it."""
    stated = first_us + np.arange(count) * 10 * US_PER_S
    stored = stated + round((off_s + 0.5) * US_PER_S) + 1
    rows = [Sentence(RowKind.LINE, feed, int(at), b"line") for at in stored]
    columns = {
        "seq": np.arange(1, count + 1),
        "msg_type": np.full(count, 4),
        "mmsi": 2275200 + np.arange(count) % 3,
        "feed": np.full(count, feed),
        "at_us": stored,
        "received_at_us": stored,
        "utc_us": stated,
        "valid": np.full(count, Valid.UTC),
    }
    return Lines.of(rows), Reports.from_columns(columns)


@pytest.fixture
def desk(tmp_path: Path) -> CaseDesk:
    rules = Rules(CONFIG)
    store = DeskStore.open(tmp_path / "desk.sqlite")
    return CaseDesk("live", rules, Cases(CONFIG, rules), Desk(CONFIG), store)


@pytest.fixture
def decoder() -> NmeaDecoder:
    found = NmeaDecoder({0: "Scotts Head"})
    line = b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
    found.decode(Lines.of([Sentence(RowKind.LINE, 0, NOON_US, line)]))
    return found


def made(desk: CaseDesk, decoder: NmeaDecoder) -> tuple[StationDesk, HealthFold]:
    health = HealthFold(CONFIG, lambda code: decoder.stations[code])
    return StationDesk(health, CONFIG, desk, decoder, ["tcp"]), health


def settle(health: HealthFold, reports: Reports, until_us: int) -> None:
    empty = Settled.empty(NOON_US - 1, until_us)
    health.fold(Settled(NOON_US - 1, until_us, reports, empty.statics, (), np.zeros(0, np.int64)))


def texts(desk: CaseDesk) -> list[str]:
    return [str(e.body["text"]) for e in desk.store.events_after("live", 0, 100)]


def test_a_node_clock_that_is_7_s_ahead_is_wrong_and_one_that_is_right_is_not() -> None:
    clock = NodeClock(CONFIG)
    clock.live_feeds = frozenset({0})
    lines, reports = bases(7.0)
    clock.hear(lines, reports)
    now_us = int(lines.stored_at_us[-1])
    body = clock.body(now_us)
    assert body is not None
    assert body["offset_s"] == pytest.approx(7.0, abs=0.01)
    assert (body["wrong"], body["bases"], body["ships"]) == (True, 3, 0)
    right = NodeClock(CONFIG)
    right.live_feeds = frozenset({0})
    right.hear(*bases(0.5))
    body = right.body(now_us)
    assert body is not None
    assert body["wrong"] is False


def test_a_recording_says_nothing_of_the_nodes_clock() -> None:
    clock = NodeClock(CONFIG)
    clock.hear(*bases(7.0))
    assert clock.body(NOON_US) is None
    clock.live_feeds = frozenset({1})
    clock.hear(*bases(7.0, feed=0))
    assert clock.offset(NOON_US) is None


def test_what_was_heard_long_ago_says_nothing_of_now() -> None:
    clock = NodeClock(CONFIG)
    clock.live_feeds = frozenset({0})
    clock.hear(*bases(7.0))
    assert clock.body(NOON_US + 7200 * US_PER_S) is None


def test_the_feed_that_is_least_late_counts() -> None:
    clock = NodeClock(CONFIG)
    clock.live_feeds = frozenset({0, 1})
    clock.hear(*bases(25.0, feed=0))
    clock.hear(*bases(0.3, feed=1))
    found = clock.offset(NOON_US + 300 * US_PER_S)
    assert found is not None
    assert found.offset_s == pytest.approx(0.3, abs=0.01)


def test_the_log_says_when_the_nodes_clock_goes_wrong_and_when_it_is_right(
    desk: CaseDesk, decoder: NmeaDecoder
) -> None:
    stations, _ = made(desk, decoder)
    stations.clock.live_feeds = frozenset({0})
    for off_s, first_us in ((7.0, NOON_US), (7.0, NOON_US), (0.2, NOON_US + 3600 * US_PER_S)):
        lines, reports = bases(off_s, 64, first_us=first_us)
        stations.take(lines, reports, int(lines.stored_at_us[-1]))
    assert texts(desk) == [
        "This machine's clock is 7 s ahead of what 0 ships and 3 base stations say",
        "This machine's clock agrees with the ships' again",
    ]
    desk.store.close()


def test_rows_are_kept_once_and_a_jump_is_logged_once(
    desk: CaseDesk, decoder: NmeaDecoder, tmp_path: Path
) -> None:
    _, early = bases(0.0, 60)
    _, late = bases(3600.0, 120, first_us=NOON_US + 600 * US_PER_S)
    late = late.replace(at_us=late.utc_us, report_id=late.seq.astype(np.uint64))
    until_us = NOON_US + 1800 * US_PER_S
    for _ in range(2):  # as after a crash: the same rows are folded and told again
        stations, health = made(desk, decoder)
        settle(health, Reports.concat([early.replace(at_us=early.utc_us), late]), until_us)
        stations.take(Lines.of([]), Reports.blank(0), until_us)
    rows = table(tmp_path / "desk.sqlite").to_pylist()
    assert [r["at"].minute for r in rows] == [0, 10, 20, 30]
    assert {r["station"] for r in rows} == {"Scotts Head"}
    assert texts(desk) == ["The clock of station Scotts Head jumped by +3600.0 s"]
    stations.finish(until_us + US_PER_S)
    assert table(tmp_path / "desk.sqlite").num_rows == 5
    stations.finish(NO_TIME_US)
    assert table(tmp_path / "desk.sqlite").num_rows == 5
    desk.store.close()


def test_the_page_is_told_now_and_then(desk: CaseDesk, decoder: NmeaDecoder) -> None:
    stations, health = made(desk, decoder)
    stations.publish(NO_TIME_US, NOON_US, 1.0)
    assert stations.body["stations"] == []
    _, reports = bases(0.0)
    settle(health, reports, NOON_US + 400 * US_PER_S)
    stations.publish(NOON_US + 400 * US_PER_S, NOON_US, 1.0)
    (row,) = stations.body["stations"]
    assert (row["station"], row["feed"], row["problems"]) == ("Scotts Head", "tcp", [])
    assert row["reject_share"] == 0.0
    before = stations.body
    stations.publish(NOON_US + 401 * US_PER_S, NOON_US + US_PER_S, 1.0)
    assert stations.body is before, "not so soon again"
    stations.publish(NOON_US + 1200 * US_PER_S, NOON_US + 1200 * US_PER_S, 1.0)
    assert stations.body["stations"][0]["problems"] == ["silent"]
    desk.store.close()
