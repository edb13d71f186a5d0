from __future__ import annotations

import numpy as np
import pytest
from plain_kernels import plainly

from mda.clock import parse_at
from mda.config import Config
from mda.model import Reports, Valid
from mda.units import US_PER_S
from mda.vet import health_clock
from mda.vet.health_clock import ClockRules, estimate, offsets_us, stating

RULES = ClockRules.of(Config.load())
NOON_US = parse_at("2026-03-01T12:00:00Z")
FIRST = np.array([0])
TOLD = Valid.RADIO | Valid.SECOND


@pytest.fixture(autouse=True, params=["compiled", "plain"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        plainly(monkeypatch, health_clock)


def state(hour: int, minute: int, sync: int = 0, time_out: int = 1, itdma: int = 0) -> int:
    """A SOTDMA communication state with the hour and minute in its sub message."""
    return itdma << 19 | sync << 17 | time_out << 14 | hour << 9 | minute << 2


def report(**columns: object) -> Reports:
    row = {"msg_type": 1, "valid": TOLD, "received_at_us": NOON_US, **columns}
    return Reports.from_columns({name: np.array([value]) for name, value in row.items()})


@pytest.mark.parametrize(
    ("columns", "states"),
    [
        ({"radio": state(12, 0)}, True),
        ({"radio": state(12, 0), "msg_type": 2}, True),
        ({"radio": state(12, 0), "msg_type": 3}, False),
        ({"radio": state(12, 0, itdma=1)}, False),
        ({"radio": state(12, 0, sync=1)}, False),
        ({"radio": state(12, 0, time_out=2)}, False),
        ({"radio": state(24, 0)}, False),
        ({"radio": state(12, 60)}, False),
        ({"radio": state(12, 0), "second": 60}, False),
        ({"radio": state(12, 0), "valid": Valid.RADIO}, False),
        ({"radio": state(12, 0), "valid": Valid.SECOND}, False),
        ({"msg_type": 4, "utc_us": NOON_US, "valid": Valid.UTC}, True),
        ({"msg_type": 11, "utc_us": NOON_US, "valid": Valid.UTC}, True),
        ({"msg_type": 4}, False),
        ({"msg_type": 18, "radio": state(12, 0)}, False),
    ],
)
def test_who_states_the_time(columns: dict[str, object], states: bool) -> None:
    assert stating(report(**columns)).tolist() == ([0] if states else [])


@pytest.mark.parametrize(
    ("received", "hour", "minute", "second", "off_s"),
    [
        ("2026-03-01T12:00:07Z", 12, 0, 7, 0.0),
        ("2026-03-01T12:00:07.5Z", 12, 0, 7, 0.0),
        ("2026-03-01T14:00:07Z", 12, 0, 7, 7200.0),
        ("2026-03-01T23:59:58Z", 0, 0, 3, -5.0),
        ("2026-03-02T00:00:04Z", 23, 59, 59, 5.0),
    ],
)
def test_a_ships_offset_is_to_the_nearest_day(
    received: str, hour: int, minute: int, second: int, off_s: float
) -> None:
    one = report(radio=state(hour, minute), second=second)
    off_us = offsets_us(one, FIRST, np.array([parse_at(received)]), RULES)
    assert off_us[0] / US_PER_S == pytest.approx(off_s - RULES.ship_delay_us / US_PER_S)


def test_a_base_stations_offset_may_be_years() -> None:
    one = report(msg_type=4, utc_us=parse_at("2016-03-01T12:00:00Z"), valid=Valid.UTC)
    assert offsets_us(one, FIRST, np.array([NOON_US]), RULES)[0] > 3e8 * US_PER_S


def told(*off_s: float, mmsi: list[int] | None = None, bases: int = 0) -> object:
    off_us = np.array([round(s * US_PER_S) for s in off_s], np.int64)
    who = np.array(mmsi or range(len(off_s)), np.uint32)
    return estimate(off_us, who, np.arange(len(off_s)) < bases, RULES)


def test_nothing_told_is_no_estimate() -> None:
    assert told() is None


def test_twenty_that_agree_are_enough() -> None:
    found = told(*[5.0] * 20, bases=2)
    assert (found.offset_s, found.confidence) == (5.0, "high")  # type: ignore[attr-defined]
    assert (found.ships, found.bases, found.agreeing) == (18, 2, 20)  # type: ignore[attr-defined]
    assert told(*[5.0] * 19).confidence == "low"  # type: ignore[attr-defined]


def test_one_liar_with_many_messages_has_one_vote() -> None:
    found = told(*[3600.0] * 40, *[0.0] * 20, mmsi=[1] * 40 + list(range(2, 22)))
    assert found.offset_s == 0.0  # type: ignore[attr-defined]
    assert (found.messages, found.agreeing, found.ships) == (60, 20, 20)  # type: ignore[attr-defined]


def test_no_majority_is_no_confidence() -> None:
    found = told(*[0.0] * 30, *[30.0] * 30)
    assert found.confidence == "low"  # type: ignore[attr-defined]
    assert found.agreeing == 0, "the middle of two camps is nobody's"  # type: ignore[attr-defined]


def test_whole_seconds_are_sharpened_by_their_mean() -> None:
    found = told(*[0.0, 1.0] * 20, *[1.0] * 10)
    assert found.offset_s == pytest.approx(0.6)  # type: ignore[attr-defined]
    assert found.error_s < 0.2  # type: ignore[attr-defined]
