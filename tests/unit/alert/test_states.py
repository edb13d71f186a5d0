"""The state of a case, over every condition, stance and priority."""

from __future__ import annotations

import itertools
from typing import Any, get_args

import pytest

from mda.alert.states import TABLE, Condition, StanceKind, stance_of, state_of
from mda.model import Act, CaseState, Priority

S = 1_000_000
CONDITIONS = get_args(Condition)
STANCES = get_args(StanceKind)


def act(kind: Any, at_s: int, *, until_s: int | None = None, on: str = "", to: str = "") -> Act:
    until_us = None if until_s is None else until_s * S
    return Act(f"{kind}{at_s}", "c", kind, "desk", at_s * S, "why", until_us, to, on)


def test_the_table_is_complete_and_says_nothing_else() -> None:
    wanted = set(itertools.product(CONDITIONS, STANCES, (True, False)))
    assert set(TABLE) == wanted
    assert set(TABLE.values()) == set(get_args(CaseState))


@pytest.mark.parametrize("priority", ["E", "A", "W"])
@pytest.mark.parametrize(
    ("stance", "active", "rectified"),
    [
        ("none", "active_unacknowledged", "rectified_unacknowledged"),
        ("silenced", "active_silenced", "rectified_unacknowledged"),
        ("acknowledged", "active_acknowledged", "normal"),
        ("transferred", "responsibility_transferred", "normal"),
        ("suspended", "suspended", "normal"),
        ("false", "false", "false"),
    ],
)
def test_what_asks_for_acknowledgement(
    priority: Priority, stance: StanceKind, active: str, rectified: str
) -> None:
    assert state_of("active", stance, priority) == active
    assert state_of("rectified", stance, priority) == rectified


@pytest.mark.parametrize("priority", ["C", "L"])
@pytest.mark.parametrize("stance", ["none", "silenced", "acknowledged"])
def test_a_caution_asks_nobody(priority: Priority, stance: StanceKind) -> None:
    assert state_of("active", stance, priority) == "active_acknowledged"
    assert state_of("rectified", stance, priority) == "normal"


@pytest.mark.parametrize("stance", STANCES)
@pytest.mark.parametrize("priority", get_args(Priority))
def test_what_was_disproved_is_seen_as_withdrawn(stance: StanceKind, priority: Priority) -> None:
    assert state_of("withdrawn", stance, priority) == "withdrawn"


@pytest.mark.parametrize(
    ("acts", "now_s", "kind", "lapses"),
    [
        ([], 100, "none", 0),
        ([act("note", 1)], 100, "none", 0),
        ([act("acknowledge", 1)], 100, "acknowledged", 0),
        ([act("acknowledge", 1), act("note", 2)], 100, "acknowledged", 0),
        ([act("silence", 1)], 30, "silenced", 0),
        ([act("silence", 1)], 31, "none", 1),
        ([act("silence", 1), act("silence", 20)], 49, "silenced", 0),
        ([act("silence", 1), act("silence", 40)], 50, "silenced", 1),
        ([act("silence", 1), act("acknowledge", 5)], 500, "acknowledged", 0),
        ([act("acknowledge", 1), act("silence", 5)], 6, "acknowledged", 0),
        ([act("suspend", 1, until_s=60)], 59, "suspended", 0),
        ([act("suspend", 1, until_s=60)], 60, "none", 1),
        ([act("acknowledge", 1), act("suspend", 2, until_s=60)], 60, "none", 1),
        ([act("suspend", 1, until_s=60), act("acknowledge", 5)], 90, "acknowledged", 0),
        ([act("suspend", 1, until_s=60), act("acknowledge", 70)], 90, "acknowledged", 1),
        ([act("suspend", 1)], 10_000, "suspended", 0),
        ([act("false", 1)], 100, "false", 0),
        ([act("false", 1), act("acknowledge", 2)], 100, "acknowledged", 0),
        ([act("transfer", 1, to="MRCC")], 100, "transferred", 0),
    ],
)
def test_the_stance_that_acts_leave(acts: list[Act], now_s: int, kind: str, lapses: int) -> None:
    stance = stance_of(acts, "W", now_s * S, 30.0)
    assert (stance.kind, stance.lapses) == (kind, lapses)


def test_a_transfer_names_the_system() -> None:
    assert stance_of([act("transfer", 1, to="MRCC Fort-de-France")], "W", S, 30.0).to == (
        "MRCC Fort-de-France"
    )


@pytest.mark.parametrize("kind", ["acknowledge", "silence", "transfer", "suspend", "false"])
@pytest.mark.parametrize(
    ("on", "now", "counts"),
    [("W", "W", True), ("W", "A", False), ("C", "W", False), ("A", "W", True), ("", "E", True)],
)
def test_an_act_does_not_cover_a_later_rise(
    kind: str, on: str, now: Priority, counts: bool
) -> None:
    stance = stance_of([act(kind, 1, on=on)], now, 2 * S, 30.0)
    assert (stance.kind != "none") is counts
