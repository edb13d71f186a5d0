"""The desk: the machine's cases together with what people did to them.

*Definition.* A case's state is a pure function of the machine's case, the acts on it in order, and
the data's time (`states`). Its revision is the machine's, plus one for each act, plus one for each
silence or suspension that has run out: the same history always gives the same number.
Nothing here writes to disk: the node stores an act durably, then applies it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Final

from mda.alert.rules import RANK
from mda.alert.states import Condition, stance_of, state_of
from mda.config import Config
from mda.model import Act, Case
from mda.units import US_PER_H

_CONDITION: Final[dict[str, Condition]] = {
    "active_unacknowledged": "active",
    "rectified_unacknowledged": "rectified",
    "withdrawn": "withdrawn",
}
SETTLED: Final = frozenset({"normal", "false", "withdrawn"})
"""States in which nothing is left to do."""
_OPEN_FIRST: Final = {
    "active_unacknowledged": 0,
    "active_silenced": 0,
    "rectified_unacknowledged": 0,
    "active_acknowledged": 1,
    "responsibility_transferred": 1,
    "suspended": 2,
}


class Desk:
    """All cases of a run, shared by every desk. Not thread-safe: the node guards it."""

    def __init__(self, config: Config) -> None:
        self._silence_s = config.number("alert.silence_s")
        self._keep_us = round(config.number("alert.keep_h") * US_PER_H)
        self._machine: dict[str, Case] = {}
        self._acts: dict[str, dict[str, Act]] = {}
        self._shown: dict[str, Case] = {}
        self._now_us = 0

    def merge(self, cases: Iterable[Case]) -> list[Case]:
        """Take the machine's new revisions; the cases as they now stand, where they changed."""
        changed = []
        for case in cases:
            if case.state not in _CONDITION:
                raise ValueError(f"case {case.id} comes from a desk, not from the machine")
            self._machine[case.id] = case
            if (shown := self._refresh(case.id)) is not None:
                changed.append(shown)
        return changed

    def stamp(self, act: Act) -> Act:
        """The act with the priority it is done at, ready to be stored. KeyError: no such case."""
        case = self._machine[act.case_id]
        return act if act.on_priority else replace(act, on_priority=case.priority)

    def apply(self, act: Act) -> Case:
        """The case after a person's act. The same act id again changes nothing.

        KeyError: no such case.
        """
        stamped = self.stamp(act)
        self._acts.setdefault(act.case_id, {}).setdefault(act.id, stamped)
        self._refresh(act.case_id)
        return self._shown[act.case_id]

    def undo(self, act: Act) -> None:
        """Take an act back that could not be stored."""
        self._acts.get(act.case_id, {}).pop(act.id, None)
        self._refresh(act.case_id)

    def remember(self, case: Case) -> None:
        """Take a stored case back that the machine has let go of: it waits for somebody still."""
        acts = list(self._acts.get(case.id, {}).values())
        stance = stance_of(acts, case.priority, self._now_us, self._silence_s)
        ended = case.closed_at_us is not None
        self._machine[case.id] = replace(
            case,
            state="rectified_unacknowledged" if ended else "active_unacknowledged",
            revision=max(1, case.revision - len(acts) - stance.lapses),
            acts=(),
            suspended_until_us=None,
            transferred_to="",
        )
        self._refresh(case.id)

    def restore(self, acts: Iterable[Act]) -> list[Case]:
        """Take stored acts, in the order done, also on cases that are yet to be found again.

        Returns the cases that changed.
        """
        touched: dict[str, None] = {}
        for act in acts:
            self._acts.setdefault(act.case_id, {}).setdefault(act.id, act)
            touched[act.case_id] = None
        known = (self._refresh(id_) for id_ in touched if id_ in self._machine)
        return [case for case in known if case is not None]

    def advance(self, data_now_us: int) -> list[Case]:
        """Let the data's time pass; the cases whose silence or suspension has run out.

        Drops what has been closed and settled for `alert.keep_h`: it stays in the store.
        """
        self._now_us = max(self._now_us, data_now_us)
        put_off = [
            c.id for c in self._shown.values() if c.state in ("active_silenced", "suspended")
        ]
        changed = [case for id_ in put_off if (case := self._refresh(id_)) is not None]
        for case in list(self._shown.values()):
            settled = case.state in SETTLED
            last_us = max(case.updated_at_us, case.closed_at_us or 0)
            if settled and last_us < self._now_us - self._keep_us:
                for kept in (self._machine, self._shown, self._acts):
                    kept.pop(case.id, None)
        return changed

    def cases(self) -> list[Case]:
        """All cases: to be handled first, then by priority, newest first."""

        def order(case: Case) -> tuple[int, int, int, str]:
            rank = -RANK[case.priority]
            return _OPEN_FIRST.get(case.state, 3), rank, -case.opened_at_us, case.id

        return sorted(self._shown.values(), key=order)

    def case(self, case_id: str) -> Case | None:
        """One case as it now stands."""
        return self._shown.get(case_id)

    def _refresh(self, case_id: str) -> Case | None:
        """Combine machine and people again; the case if that changed it."""
        machine = self._machine[case_id]
        acts = list(self._acts.get(case_id, {}).values())
        stance = stance_of(acts, machine.priority, self._now_us, self._silence_s)
        state = state_of(_CONDITION[machine.state], stance.kind, machine.priority)
        shown = replace(
            machine,
            state=state,
            revision=machine.revision + len(acts) + stance.lapses,
            suspended_until_us=stance.until_us if state == "suspended" else None,
            transferred_to=stance.to if state == "responsibility_transferred" else "",
            acts=tuple(_told(act) for act in acts),
        )
        if self._shown.get(case_id) == shown:
            return None
        self._shown[case_id] = shown
        return shown


def _told(act: Act) -> dict[str, object]:
    """An act as a case carries it."""
    body = asdict(act)
    del body["case_id"]
    return body
