from datetime import UTC, datetime, timedelta, timezone

import pytest

from mda.clock import ReplayClock, WallClock, format_at, from_datetime, parse_at, to_datetime
from mda.errors import DecodeError, MdaError, StoreError
from mda.units import KN_TO_MPS, M_PER_NMI, MPS_TO_KN, microseconds, seconds


def test_instants_come_back() -> None:
    at = datetime(2017, 3, 21, 5, 51, 19, 123456, tzinfo=UTC)
    assert to_datetime(from_datetime(at)) == at
    assert parse_at(format_at(from_datetime(at))) == from_datetime(at)


def test_an_offset_is_honoured() -> None:
    local = datetime(2017, 3, 21, 1, 51, tzinfo=timezone(timedelta(hours=-4)))
    assert format_at(from_datetime(local)) == "2017-03-21T05:51:00Z"
    assert format_at(from_datetime(local), seconds=False) == "2017-03-21T05:51Z"


@pytest.mark.parametrize("text", ["yesterday", "2017-03-21T05:51:19"])
def test_an_instant_without_meaning_is_refused(text: str) -> None:
    with pytest.raises(MdaError):
        parse_at(text)


def test_wall_clock_does_not_go_back() -> None:
    clock = WallClock()
    first = clock.now_us()
    clock.sleep_until(first + 2_000)
    assert clock.now_us() >= first + 2_000
    clock.sleep_until(first)


def test_replay_clock_runs_at_its_own_speed() -> None:
    clock = ReplayClock(1_000_000, 1000.0)
    clock.sleep_until(6_000_000)
    assert clock.now_us() >= 6_000_000
    clock.freeze()
    stands = clock.now_us()
    assert clock.now_us() == stands


def test_replay_clock_as_fast_as_possible_stands_where_it_was_pushed() -> None:
    clock = ReplayClock(1_000_000, 0.0)
    assert clock.now_us() == 1_000_000
    clock.sleep_until(5_000_000)
    clock.sleep_until(4_000_000)
    assert clock.now_us() == 5_000_000


def test_units() -> None:
    assert pytest.approx(M_PER_NMI) == KN_TO_MPS * 3600
    assert pytest.approx(1.0) == KN_TO_MPS * MPS_TO_KN
    assert seconds(microseconds(12.345678)) == 12.345678


def test_an_error_says_what_where_and_what_to_do() -> None:
    error = StoreError("torn", where="log/1", do="Open it again")
    assert str(error) == "log/1: torn. Open it again"
    assert (error.what, error.where, error.do) == ("torn", "log/1", "Open it again")
    assert str(MdaError("alone")) == "alone"
    assert issubclass(DecodeError, ValueError)
