"""What people do to cases: durable in meaning, the same for every order of restoring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from alert_parts import make_finding

from mda.alert import Cases, Desk
from mda.config import Config
from mda.model import Act, Case, Finding

S = 1_000_000
H = 3600 * S
Make = Callable[..., Finding]


@pytest.fixture
def config() -> Config:
    return Config.load()


@pytest.fixture
def finding() -> Make:
    return make_finding


def act(case: Case, kind: Any, at_us: int, **more: Any) -> Act:
    return Act(f"{kind}-{at_us}", case.id, kind, "desk A", at_us, "because", **more)


@pytest.fixture
def machine(config: Config, finding: Make) -> Case:
    return Cases(config).fold([finding()], finding().opened_at_us)[0]


@pytest.fixture
def desk(config: Config, machine: Case) -> Desk:
    desk = Desk(config)
    assert desk.merge([machine]) == [machine]
    return desk


def test_acknowledging(desk: Desk, machine: Case) -> None:
    done = desk.apply(act(machine, "acknowledge", 7))
    assert done.state == "active_acknowledged"
    assert done.revision == machine.revision + 1
    assert done.acts == (
        {
            "id": "acknowledge-7", "act": "acknowledge", "desk": "desk A", "at_us": 7,
            "reason": "because", "until_us": None, "to": "", "on_priority": "W",
        },
    )  # fmt: skip
    assert desk.apply(act(machine, "acknowledge", 7)) == done
    assert desk.case(machine.id) == done
    assert desk.case("none") is None


def test_no_such_case(desk: Desk, machine: Case) -> None:
    stray = replace(act(machine, "acknowledge", 1), case_id="none")
    with pytest.raises(KeyError):
        desk.apply(stray)
    with pytest.raises(KeyError):
        desk.stamp(stray)


def test_a_case_from_a_desk_is_refused(desk: Desk, machine: Case) -> None:
    done = desk.apply(act(machine, "acknowledge", 1))
    with pytest.raises(ValueError, match="not from the machine"):
        desk.merge([done])


def test_acknowledged_stays_so_until_the_priority_rises(desk: Desk, machine: Case) -> None:
    desk.apply(act(machine, "acknowledge", 1))
    (revised,) = desk.merge([replace(machine, revision=2, sentence="More.")])
    assert revised.state == "active_acknowledged"
    assert revised.revision == 3
    (lower,) = desk.merge([replace(machine, revision=3, priority="C")])
    assert lower.state == "active_acknowledged"
    (risen,) = desk.merge([replace(machine, revision=4, priority="A")])
    assert risen.state == "active_unacknowledged"
    assert desk.apply(act(machine, "acknowledge", 2)).state == "active_acknowledged"


def test_rectified_after_acknowledging_is_normal(desk: Desk, machine: Case) -> None:
    closed = replace(machine, revision=2, state="rectified_unacknowledged", closed_at_us=5)
    (waiting,) = desk.merge([closed])
    assert waiting.state == "rectified_unacknowledged"
    assert desk.apply(act(machine, "acknowledge", 1)).state == "normal"


def test_silencing_and_suspending_run_out_on_the_datas_time(desk: Desk, machine: Case) -> None:
    desk.advance(100 * S)
    silenced = desk.apply(act(machine, "silence", 100 * S))
    assert silenced.state == "active_silenced"
    assert desk.advance(129 * S) == []
    (loud,) = desk.advance(130 * S)
    assert loud.state == "active_unacknowledged"
    assert loud.revision == silenced.revision + 1
    put_off = desk.apply(act(machine, "suspend", 131 * S, until_us=200 * S))
    assert put_off.state == "suspended"
    assert put_off.suspended_until_us == 200 * S
    (back,) = desk.advance(200 * S)
    assert back.state == "active_unacknowledged"
    assert back.suspended_until_us is None
    assert back.revision == put_off.revision + 1
    assert desk.advance(10 * S) == []  # time does not go back


def test_transfer_and_false(desk: Desk, machine: Case) -> None:
    gone = desk.apply(act(machine, "transfer", 1, to="MRCC"))
    assert (gone.state, gone.transferred_to) == ("responsibility_transferred", "MRCC")
    judged = desk.apply(act(machine, "false", 2))
    assert (judged.state, judged.transferred_to) == ("false", "")


def test_restored_acts_wait_for_their_case(config: Config, machine: Case) -> None:
    acts = [act(machine, "acknowledge", 1, on_priority="W"), act(machine, "note", 2)]
    before = Desk(config)
    assert before.restore(acts) == []
    (found_again,) = before.merge([machine])
    after = Desk(config)
    after.merge([machine])
    (restored,) = after.restore(acts)
    assert found_again == restored
    assert restored.state == "active_acknowledged"
    assert restored.revision == machine.revision + 2
    assert after.restore(acts) == []


def test_an_unacknowledged_rise_survives_a_restart(config: Config, machine: Case) -> None:
    desk = Desk(config)
    desk.merge([machine])
    stored = desk.stamp(act(machine, "acknowledge", 1))
    again = Desk(config)
    again.restore([stored])
    (case,) = again.merge([replace(machine, revision=2, priority="A")])
    assert case.state == "active_unacknowledged"


def test_order_of_the_list(config: Config, finding: Make) -> None:
    def one(id_: str, **changes: Any) -> Finding:
        mmsi = 300_000_000 + len(id_) + sum(id_.encode())
        return finding(id_, mmsis=(mmsi,), keys=(mmsi,), **changes)

    begin_us = finding().onset_at_us
    findings = [
        one("caution", kind="loitering"),
        one("old"),
        one("new", onset_at_us=begin_us + H),
        one("sos", kind="safety"),
        one("done"),
        one("put off"),
        one("no"),
    ]
    desk = Desk(config)
    made = Cases(config).fold(findings, begin_us)
    named = {f.id: case for f, case in zip(findings, made, strict=True)}
    desk.merge(made)
    desk.apply(act(named["done"], "acknowledge", 1))
    desk.apply(act(named["put off"], "suspend", 1, until_us=9 * H + begin_us))
    desk.apply(act(named["no"], "false", 1))
    names = {case.id: name for name, case in named.items()}
    assert [names[c.id] for c in desk.cases()] == [
        "sos", "new", "old", "done", "caution", "put off", "no",
    ]  # fmt: skip


def test_settled_cases_leave_the_list_in_time(desk: Desk, machine: Case) -> None:
    desk.apply(act(machine, "false", 1))
    desk.advance(machine.updated_at_us + 48 * H)
    assert len(desk.cases()) == 1
    desk.advance(machine.updated_at_us + 48 * H + 1)
    assert desk.cases() == []
