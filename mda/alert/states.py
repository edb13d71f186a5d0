"""The state of a case: what the machine sees, and what people did, in one table.

*Definition.* The machine's *condition* (active, rectified, withdrawn) and the people's *stance*
(none, silenced, acknowledged, transferred, suspended, false) give one of the states of
IEC 62923-1 (alert states, 6.3), and three of our own: suspended, false, withdrawn. A caution needs
no acknowledgement: active it stands as `active_acknowledged` (IEC 61162-1, ALF sentence: state A is
"active-acknowledged or active"), rectified it is `normal`.
A stance was taken at a priority; when the case rises above it, the stance no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from mda.alert.rules import RANK
from mda.model import Act, CaseState, Priority
from mda.units import US_PER_S

Condition = Literal["active", "rectified", "withdrawn"]
StanceKind = Literal["none", "silenced", "acknowledged", "transferred", "suspended", "false"]

NEEDS_ACKNOWLEDGEMENT: Final = frozenset({"E", "A", "W"})

_UNHANDLED: Final[dict[tuple[Condition, bool], CaseState]] = {
    ("active", True): "active_unacknowledged",
    ("active", False): "active_acknowledged",
    ("rectified", True): "rectified_unacknowledged",
    ("rectified", False): "normal",
    ("withdrawn", True): "withdrawn",
    ("withdrawn", False): "withdrawn",
}

TABLE: Final[dict[tuple[Condition, StanceKind, bool], CaseState]] = {
    **{(c, "none", n): state for (c, n), state in _UNHANDLED.items()},
    **{(c, "silenced", n): state for (c, n), state in _UNHANDLED.items()},
    ("active", "silenced", True): "active_silenced",
    **{("active", "acknowledged", n): "active_acknowledged" for n in (True, False)},
    **{("active", "transferred", n): "responsibility_transferred" for n in (True, False)},
    **{("active", "suspended", n): "suspended" for n in (True, False)},
    **{
        ("rectified", s, n): "normal"
        for s in ("acknowledged", "transferred", "suspended")
        for n in (True, False)
    },
    **{(c, "false", n): "false" for c in ("active", "rectified") for n in (True, False)},
    **{
        ("withdrawn", s, n): "withdrawn"
        for s in ("acknowledged", "transferred", "suspended", "false")
        for n in (True, False)
    },
}
"""(condition, stance, needs acknowledgement) -> state; complete."""


@dataclass(frozen=True, slots=True)
class Stance:
    """How people stand to a case at one instant."""

    kind: StanceKind = "none"
    until_us: int | None = None
    """End of a silence or a suspension, on the data's time."""
    to: str = ""
    """To which system responsibility went."""
    lapses: int = 0
    """How many silences and suspensions have run out by themselves so far."""


def state_of(condition: Condition, stance: StanceKind, priority: Priority) -> CaseState:
    """The state by the table. A log-only case (L) asks for nothing, like a caution."""
    return TABLE[condition, stance, priority in NEEDS_ACKNOWLEDGEMENT]


def stance_of(
    acts: Iterable[Act], priority: Priority, data_now_us: int, silence_s: float
) -> Stance:
    """The stance that the acts, in the order done, leave at `data_now_us`.

    An act made at a lower priority than the case has now counts no more. A silence lasts
    `silence_s`; a suspension ends at its `until_us`, both judged on the data's time. What ends by
    itself leaves no stance: whoever put a case off is asked again.
    """
    silence_us = round(silence_s * US_PER_S)
    stance, lapses = Stance(), 0
    for act in acts:
        if act.act == "note" or RANK[act.on_priority or priority] < RANK[priority]:
            continue
        stance, lapsed = _lapsed(stance, act.at_us)
        lapses += lapsed
        stance = _taken(act, stance, silence_us)
    stance, lapsed = _lapsed(stance, data_now_us)
    return replace(stance, lapses=lapses + lapsed)


def _lapsed(stance: Stance, at_us: int) -> tuple[Stance, int]:
    """The stance at `at_us`, and 1 if it has run out by then."""
    if stance.until_us is not None and at_us >= stance.until_us:
        return Stance(), 1
    return stance, 0


def _taken(act: Act, before: Stance, silence_us: int) -> Stance:
    if act.act == "silence":
        if before.kind in ("none", "silenced"):
            return Stance("silenced", act.at_us + silence_us)
        return before
    if act.act == "suspend":
        return Stance("suspended", act.until_us)
    if act.act == "transfer":
        return Stance("transferred", to=act.to)
    if act.act == "false":
        return Stance("false")
    return Stance("acknowledged")
