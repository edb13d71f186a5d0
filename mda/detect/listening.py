"""How long each station has listened, exactly, in event time.

*Definition.* An *ear* is a station as heard through one feed. Its listening time L(t) advances
while the feed is connected and the ear is not deaf. It is deaf once it has heard nothing at all for
longer than max(`silence.deaf_floor_s`, `silence.deaf_intervals` x its habitual interval); it hears
again with its next message. L is piecewise linear, in whole microseconds.
*Inputs.* Every hearing with a station and feed; control rows: START and SPOOL_GAP pause until the
next hearing or CONNECT, STOP and DISCONNECT until the next CONNECT.
*What it cannot see.* A receiver that still hears its neighbour but has lost its range; messages
that have no columns (they are not in `Settled`). A lone ship's ear goes deaf with the ship: then
nobody can tell silence from deafness, and no listening time passes.
*Thresholds and why.* 60 s and 20 intervals are starting values; habit is a running mean over about
50 intervals.
*Source.* house.md, "Silence counts listening time"; scale.md for the control rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mda.geo.kernel import kernel
from mda.model import RowKind
from mda.units import US_PER_S

RUNS = 64
"""Stretches of unbroken listening remembered for an ear, to date a threshold exactly."""

EAR = np.dtype(
    [
        ("state", "u1"),
        ("end_us", "i8"),
        ("last_us", "i8"),
        ("habit_s", "f8"),
        ("hearings", "i8"),
        ("runs", "i8"),
        ("restart_us", "i8"),
    ]
)
"""`end_us`: until when it listens if nothing more is heard; `runs`: how many stretches so far;
`restart_us`: listening time at the node's last start."""

RUN = np.dtype([("listened_us", "i8"), ("start_us", "i8")])
"""A stretch: listening time at its start, and its start in event time."""

UNBORN, ON, PAUSED, OFF = 0, 1, 2, 3
_HABIT_OVER = 50

Ears = NDArray[np.void]
Runs = NDArray[np.void]

START = int(RowKind.START)
STOP = int(RowKind.STOP)
CONNECT = int(RowKind.CONNECT)
DISCONNECT = int(RowKind.DISCONNECT)
SPOOL_GAP = int(RowKind.SPOOL_GAP)


class DeafRules(NamedTuple):
    """Numbers of `silence.deaf_*` as kernels take them, seconds."""

    floor_s: float
    intervals: float
    ceiling_s: float


@kernel
def deaf_after_us(habit_s: float, rules: DeafRules) -> int:
    """How long an ear of this habit may hear nothing and still count as listening."""
    span_s = max(rules.floor_s, min(rules.ceiling_s, rules.intervals * habit_s))
    return int(span_s * US_PER_S)


@kernel
def listened_us(ears: Ears, runs: Runs, ear: int, at_us: int) -> int:
    """L(t): listening time of an ear up to `at_us`, which no hearing has passed yet."""
    count = ears[ear]["runs"]
    if count == 0:
        return 0
    run = runs[ear * RUNS + (count - 1) % RUNS]
    until_us = min(at_us, ears[ear]["end_us"])
    return int(run["listened_us"] + max(0, until_us - run["start_us"]))


@kernel
def reached_us(ears: Ears, runs: Runs, ear: int, listening_us: int) -> int:
    """The event time at which L reached `listening_us` (it must have been reached)."""
    count = ears[ear]["runs"]
    oldest = max(0, count - RUNS)
    number = count - 1
    while number > oldest and runs[ear * RUNS + number % RUNS]["listened_us"] >= listening_us:
        number -= 1
    run = runs[ear * RUNS + number % RUNS]
    return int(run["start_us"] + max(0, listening_us - run["listened_us"]))


@kernel
def _begin(ears: Ears, runs: Runs, ear: int, at_us: int) -> None:
    """A new stretch of listening begins."""
    so_far_us = listened_us(ears, runs, ear, at_us)
    number = ears[ear]["runs"]
    runs[ear * RUNS + number % RUNS]["listened_us"] = so_far_us
    runs[ear * RUNS + number % RUNS]["start_us"] = at_us
    ears[ear]["runs"] = number + 1
    ears[ear]["state"] = ON


@kernel
def hear(ears: Ears, runs: Runs, ear: int, at_us: int, rules: DeafRules) -> None:
    """The ear hears something, of anyone."""
    state = ears[ear]["state"]
    ears[ear]["hearings"] += 1
    if state == OFF:
        return
    if state == ON:
        interval_us = min(at_us, ears[ear]["end_us"]) - ears[ear]["last_us"]
        share = 1.0 / min(ears[ear]["hearings"] - 1, _HABIT_OVER)
        habit_s = ears[ear]["habit_s"]
        ears[ear]["habit_s"] = habit_s + (interval_us / US_PER_S - habit_s) * share
    if state != ON or at_us > ears[ear]["end_us"]:
        _begin(ears, runs, ear, at_us)
    ears[ear]["last_us"] = at_us
    ears[ear]["end_us"] = at_us + deaf_after_us(ears[ear]["habit_s"], rules)


@kernel
def control(
    ears: Ears,
    runs: Runs,
    ear: int,
    kind: int,
    at_us: int,
    rules: DeafRules,
) -> None:
    """A control row that concerns this ear's feed."""
    state = ears[ear]["state"]
    if state == UNBORN:
        return
    if kind == CONNECT:
        if state != ON:
            _begin(ears, runs, ear, at_us)
            ears[ear]["last_us"] = at_us
            ears[ear]["end_us"] = at_us + deaf_after_us(ears[ear]["habit_s"], rules)
        return
    ears[ear]["end_us"] = min(ears[ear]["end_us"], at_us)
    if kind in (STOP, DISCONNECT):
        ears[ear]["state"] = OFF
    elif state != OFF or kind == START:
        ears[ear]["state"] = PAUSED
    if kind == START:
        ears[ear]["restart_us"] = listened_us(ears, runs, ear, at_us)
