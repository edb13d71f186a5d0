"""The silence detector's kernels: one event in, openings and closings out.

All times are whole microseconds, of event time or of listening time. `silence` says what it means.
"""

from __future__ import annotations

from math import nan

import numpy as np
from numpy.typing import NDArray

from mda.detect.listening import START, control, hear, listened_us, reached_us
from mda.detect.silence_state import (
    CLOSED,
    EARS_KEPT,
    LOST_US,
    NEVER_US,
    NO_STATUS,
    OPENED,
    Rules,
    Sea,
)
from mda.geo.distance import distance_m
from mda.geo.kernel import kernel
from mda.model.reports import I64
from mda.units import US_PER_S


@kernel
def nominal_s(class_b: int, status: int, sog_kn: float) -> float:
    """Reporting interval that the last state asks for (ITU-R M.1371-5, annex 1, tables 1 and 2).

    Class B is taken for the carrier-sense kind; an unknown speed for the shorter interval.
    """
    if class_b:
        return 180.0 if sog_kn <= 2.0 else 30.0
    if status in (1, 5) and not sog_kn > 3.0:
        return 180.0
    if sog_kn > 23.0:
        return 2.0
    return 6.0 if sog_kn > 14.0 else 10.0


@kernel
def threshold_us(sea: Sea, rules: Rules, slot: int, row: int) -> int:
    """Listening time without a word that makes a silence, for one of the vessel's ears."""
    vessel = sea.vessels[slot]
    nominal = nominal_s(vessel["class_b"], vessel["status"], vessel["sog_kn"])
    span_s = max(rules.floor_s, rules.nominal_intervals * nominal)
    span_s = max(span_s, rules.habit_factor * sea.links[row]["longest_s"])
    return int(span_s * US_PER_S)


@kernel
def _qualifies(sea: Sea, rules: Rules, row: int) -> bool:
    """Whether this ear has heard the vessel often and long enough to judge."""
    link = sea.links[row]
    spanned_us = link["at_us"] - link["first_us"]
    return bool(link["fixes"] >= rules.least_fixes and spanned_us >= rules.least_history_us)


@kernel
def _judge(sea: Sea, rules: Rules, slot: int, at_us: int) -> tuple[int, int, int]:
    """Row of the ear that first found it silent (-1: none), when, and the next time to look.

    An ear that had itself long lost the vessel when another last heard it has no say.
    """
    found, found_us, wait_us = -1, NEVER_US, NEVER_US
    for row in range(slot * EARS_KEPT, (slot + 1) * EARS_KEPT):
        link = sea.links[row]
        if link["ear"] == 0:
            continue
        ear = link["ear"] - 1
        asked_us = threshold_us(sea, rules, slot, row)
        if link["mark_us"] - link["heard_us"] > asked_us:
            continue
        base_us = max(link["mark_us"], sea.ears[ear]["restart_us"])
        silent_us = listened_us(sea.ears, sea.runs, ear, at_us) - base_us
        if silent_us < asked_us:
            wait_us = min(wait_us, asked_us - silent_us)
        elif _qualifies(sea, rules, row):
            crossed_us = reached_us(sea.ears, sea.runs, ear, base_us + asked_us)
            if crossed_us < found_us:
                found, found_us = row, crossed_us
    next_us = NEVER_US if wait_us == NEVER_US else at_us + wait_us
    return found, found_us, next_us


@kernel
def _count_others(sea: Sea, rules: Rules, slot: int, ear: int, out: np.void) -> None:
    """Who else this ear has heard since: vessels, those near the last position, fixed stations."""
    vessel = sea.vessels[slot]
    for other in range(sea.vessels.shape[0]):
        if other == slot or sea.vessels[other]["known"] == 0:
            continue
        heard = False
        for row in range(other * EARS_KEPT, (other + 1) * EARS_KEPT):
            link = sea.links[row]
            if link["ear"] == ear + 1 and link["at_us"] > vessel["last_us"]:
                heard = True
        if not heard:
            continue
        if sea.watched[other] == 0:
            out["fixed"] += 1
            continue
        out["others"] += 1
        there = sea.vessels[other]
        if there["located"] and vessel["located"] and there["pos_us"] > vessel["last_us"]:
            away_m = distance_m(
                vessel["lon_deg"], vessel["lat_deg"], there["lon_deg"], there["lat_deg"]
            )
            out["near"] += away_m <= rules.near_m


@kernel
def _write(sea: Sea, rules: Rules, slot: int, at_us: int, out: np.void) -> None:
    """The facts of a silence as they stand at `at_us`; `what` it is, is the caller's to say."""
    vessel = sea.vessels[slot]
    row = slot * EARS_KEPT + vessel["link"]
    link = sea.links[row]
    ear = link["ear"] - 1
    out["slot"] = slot
    out["ear"] = ear
    out["onset_us"] = vessel["last_us"]
    out["opened_us"] = vessel["opened_us"]
    out["revised_us"] = at_us
    out["last_id"] = vessel["last_id"]
    out["before_id"] = vessel["before_id"]
    out["pos_us"] = vessel["pos_us"]
    out["lon_deg"] = vessel["lon_deg"] if vessel["located"] else nan
    out["lat_deg"] = vessel["lat_deg"] if vessel["located"] else nan
    out["sog_kn"] = vessel["sog_kn"]
    out["cog_deg"] = vessel["cog_deg"]
    out["hull"] = vessel["hull"]
    out["status"] = vessel["status"]
    out["class_b"] = vessel["class_b"]
    silent_us = listened_us(sea.ears, sea.runs, ear, at_us) - link["mark_us"]
    out["listening_s"] = silent_us / US_PER_S
    out["threshold_s"] = threshold_us(sea, rules, slot, row) / US_PER_S
    out["nominal_s"] = nominal_s(vessel["class_b"], vessel["status"], vessel["sog_kn"])
    out["longest_s"] = link["longest_s"]
    out["habit_s"] = sea.ears[ear]["habit_s"]
    out["fixes"] = link["fixes"]
    out["since_us"] = link["first_us"]
    out["others"] = 0
    out["near"] = 0
    out["fixed"] = 0
    out["return_id"] = 0
    out["return_lon_deg"] = nan
    out["return_lat_deg"] = nan
    _count_others(sea, rules, slot, ear, out)


@kernel
def _look(sea: Sea, rules: Rules, slot: int, at_us: int) -> bool:
    """Judge a vessel that may be silent; True where it is found so just now."""
    row, crossed_us, next_us = _judge(sea, rules, slot, at_us)
    if row >= 0:
        vessel = sea.vessels[slot]
        vessel["open"] = 1
        vessel["link"] = row - slot * EARS_KEPT
        vessel["opened_us"] = crossed_us
        sea.due_us[slot] = NEVER_US
        return True
    if next_us == NEVER_US:
        sea.vessels[slot]["told"] = 1
        sea.counts[0] += 1
    sea.due_us[slot] = next_us
    return False


@kernel
def _link_of(sea: Sea, slot: int, ear: int, at_us: int) -> int:
    """The vessel's row for an ear; a new ear takes a free one, or one that has lost the vessel.

    -1 where all rows are of ears that still hear it: were they to give way in turn, no ear would
    ever have a history.
    """
    begin = slot * EARS_KEPT
    best = begin
    for row in range(begin, begin + EARS_KEPT):
        if sea.links[row]["ear"] == ear + 1:
            return row
        if sea.links[row]["ear"] == 0:
            if sea.links[best]["ear"] != 0:
                best = row
        elif sea.links[best]["ear"] != 0 and sea.links[row]["at_us"] < sea.links[best]["at_us"]:
            best = row
    link = sea.links[best]
    if link["ear"] and at_us - link["at_us"] <= LOST_US:
        return -1
    link["ear"] = ear + 1
    link["fixes"] = 0
    link["first_us"] = at_us
    link["longest_s"] = 0.0
    link["heard_us"] = listened_us(sea.ears, sea.runs, ear, at_us)
    return best


@kernel
def _learn_habit(sea: Sea, rules: Rules, slot: int, row: int, heard: np.void) -> None:
    """How long this ear goes without a word from this vessel."""
    link = sea.links[row]
    now_us = listened_us(sea.ears, sea.runs, heard["ear"], heard["at_us"])
    # A silence that was a finding teaches no more than its threshold.
    interval_us = min(now_us - link["heard_us"], threshold_us(sea, rules, slot, row))
    interval_s = interval_us / US_PER_S
    faded_s = link["longest_s"] * (rules.half_life_s / (rules.half_life_s + interval_s))
    link["longest_s"] = max(faded_s, interval_s)
    link["heard_us"] = now_us
    link["at_us"] = heard["at_us"]
    link["fixes"] += heard["is_report"]


@kernel
def _learn(sea: Sea, rules: Rules, slot: int, heard: np.void) -> None:
    """Take a hearing into the vessel's memory: habit, last state, marks, when to look again."""
    at_us = heard["at_us"]
    row = _link_of(sea, slot, heard["ear"], at_us)
    if row >= 0:
        _learn_habit(sea, rules, slot, row, heard)
    vessel = sea.vessels[slot]
    vessel["before_id"] = vessel["last_id"]
    vessel["last_id"] = heard["id"]
    vessel["last_us"] = at_us
    if heard["usable"]:
        vessel["located"] = 1
        vessel["pos_us"] = at_us
        vessel["lon_deg"] = heard["lon_deg"]
        vessel["lat_deg"] = heard["lat_deg"]
        vessel["sog_kn"] = heard["sog_kn"]
        vessel["cog_deg"] = heard["cog_deg"]
        vessel["hull"] = heard["hull"]
        vessel["status"] = heard["status"]
        vessel["class_b"] = heard["class_b"]
    elif vessel["located"] == 0:
        vessel["sog_kn"] = nan
        vessel["cog_deg"] = nan
        vessel["status"] = NO_STATUS
    soonest_us = NEVER_US
    for other in range(slot * EARS_KEPT, (slot + 1) * EARS_KEPT):
        if sea.links[other]["ear"]:
            ear = sea.links[other]["ear"] - 1
            sea.links[other]["mark_us"] = listened_us(sea.ears, sea.runs, ear, at_us)
            soonest_us = min(soonest_us, threshold_us(sea, rules, slot, other))
    sea.due_us[slot] = at_us + soonest_us if sea.watched[slot] else NEVER_US


@kernel
def _hear(sea: Sea, rules: Rules, heard: np.void, found: NDArray[np.void]) -> None:
    """One hearing: ends a silence if there was one, then teaches."""
    slot = heard["slot"]
    at_us = heard["at_us"]
    vessel = sea.vessels[slot]
    hear(sea.ears, sea.runs, heard["ear"], at_us, rules.deaf)
    if vessel["known"]:
        if at_us >= sea.due_us[slot] and vessel["open"] == 0:
            _look(sea, rules, slot, at_us)
        was_silent = vessel["open"] or vessel["told"]
        if vessel["open"]:
            out = found[sea.counts[1]]
            _write(sea, rules, slot, at_us, out)
            out["what"] = CLOSED
            out["return_id"] = heard["id"]
            if heard["usable"]:
                out["return_lon_deg"] = heard["lon_deg"]
                out["return_lat_deg"] = heard["lat_deg"]
            sea.counts[1] += 1
        vessel["open"] = 0
        vessel["told"] = 0
        if was_silent:
            for row in range(slot * EARS_KEPT, (slot + 1) * EARS_KEPT):
                sea.links[row]["fixes"] = 0
                sea.links[row]["first_us"] = at_us
    vessel["known"] = 1
    _learn(sea, rules, slot, heard)


@kernel
def _tick(sea: Sea, rules: Rules, at_us: int, found: NDArray[np.void]) -> None:
    """A tick reveals who has fallen silent."""
    for slot in range(sea.due_us.shape[0]):
        if sea.due_us[slot] <= at_us and _look(sea, rules, slot, at_us):
            out = found[sea.counts[1]]
            _write(sea, rules, slot, at_us, out)
            out["what"] = OPENED
            sea.counts[1] += 1


@kernel
def _control(sea: Sea, rules: Rules, kind: int, feed: int, at_us: int) -> None:
    for ear in range(sea.ear_feed.shape[0]):
        if feed < 0 or sea.ear_feed[ear] == feed:
            control(sea.ears, sea.runs, ear, kind, at_us, rules.deaf)


@kernel
def fold(
    sea: Sea,
    rules: Rules,
    heard: NDArray[np.void],
    controls: I64,
    tick_us: I64,
    found: NDArray[np.void],
) -> int:
    """Walk hearings, controls (rows of time, kind, feed) and ticks together in event time.

    At equal times controls come first, then hearings, then the tick. Number of findings written.
    """
    sea.counts[1] = 0
    i, c, t = 0, 0, 0
    while i < heard.shape[0] or c < controls.shape[0] or t < tick_us.shape[0]:
        heard_us = heard[i]["at_us"] if i < heard.shape[0] else NEVER_US
        control_us = controls[c, 0] if c < controls.shape[0] else NEVER_US
        ticks_us = tick_us[t] if t < tick_us.shape[0] else NEVER_US
        if control_us <= heard_us and control_us <= ticks_us:
            if controls[c, 1] == START:
                # Who had fallen silent before the clocks begin anew was silent, tick or no tick.
                _tick(sea, rules, control_us - 1, found)
            _control(sea, rules, controls[c, 1], controls[c, 2], control_us)
            c += 1
        elif heard_us <= ticks_us:
            _hear(sea, rules, heard[i], found)
            i += 1
        else:
            _tick(sea, rules, ticks_us, found)
            t += 1
    return int(sea.counts[1])
