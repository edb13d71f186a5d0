"""The loitering detector's memory and kernels. See `loitering` for what it means."""

from __future__ import annotations

from math import hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mda.geo.distance import distance_m, offset_m
from mda.geo.kernel import kernel
from mda.model.reports import I32, I64
from mda.units import MPS_TO_KN, US_PER_S

RING = 14
"""Points kept of a stay: 12 to a span, so that the oldest is always a full span old."""
_PER_SPAN = 12
_FAST_STEPS = 2

OPENED, CLOSED = 1, 2
SPED_UP, LEFT, GAP, IN_PLACE = 1, 2, 3, 4

FIX = np.dtype(
    [
        ("at_us", "i8"),
        ("id", "u8"),
        ("slot", "i4"),
        ("span_us", "i8"),
        ("status", "u1"),
        ("in_place", "u1"),
        ("lon_deg", "f8"),
        ("lat_deg", "f8"),
    ]
)
"""One step: a fix at least `step_s` after the vessel's last one."""

STAY = np.dtype(
    [
        ("last_us", "i8"),
        ("last_lon_deg", "f8"),
        ("last_lat_deg", "f8"),
        ("origin_lon_deg", "f8"),
        ("origin_lat_deg", "f8"),
        ("path_m", "f8"),
        ("slow_us", "i8"),
        ("slow_lon_deg", "f8"),
        ("slow_lat_deg", "f8"),
        ("slow_id", "u8"),
        ("onset_us", "i8"),
        ("opened_us", "i8"),
        ("opening_id", "u8"),
        ("centre_lon_deg", "f8"),
        ("centre_lat_deg", "f8"),
        ("onset_path_m", "f8"),
        ("radius_m", "f8"),
        ("net_m", "f8"),
        ("span_us", "i8"),
        ("steps", "i4"),
        ("resting", "i4"),
        ("points", "i4"),
        ("known", "u1"),
        ("slow", "u1"),
        ("fast", "u1"),
        ("open", "u1"),
        ("status", "u1"),
    ]
)
"""A vessel's present stay, 173 bytes. `slow_us`: its last slow step; `resting`: steps since the
opening at which it declared to be at anchor or moored."""

POINT = np.dtype([("at_us", "i8"), ("east_m", "f8"), ("north_m", "f8"), ("path_m", "f8")])
"""32 bytes, `RING` of them a vessel; metres from the stay's origin."""

FOUND = np.dtype(
    [
        ("what", "u1"),
        ("why", "u1"),
        ("slot", "i4"),
        ("onset_us", "i8"),
        ("opened_us", "i8"),
        ("closed_us", "i8"),
        ("revised_us", "i8"),
        ("opening_id", "u8"),
        ("last_id", "u8"),
        ("lon_deg", "f8"),
        ("lat_deg", "f8"),
        ("radius_m", "f8"),
        ("path_m", "f8"),
        ("net_m", "f8"),
        ("span_us", "i8"),
        ("steps", "i4"),
        ("resting", "i4"),
        ("status", "u1"),
    ]
)


class Rules(NamedTuple):
    """Numbers of `loitering.*` as kernels take them."""

    mean_kn: float
    enter_kn: float
    leave_kn: float
    net_to_path: float
    radius_m: float
    still_m: float
    gap_us: int


@kernel
def thin(slot: I32, at_us: I64, last_us: I64, step_us: int, out: I64) -> int:
    """Rows at least `step_us` after their vessel's last chosen one; how many. Slot -1: passed."""
    count = 0
    for i in range(slot.shape[0]):
        if slot[i] >= 0 and at_us[i] - last_us[slot[i]] >= step_us:
            last_us[slot[i]] = at_us[i]
            out[count] = i
            count += 1
    return count


@kernel
def _push(
    stay: np.void, ring: NDArray[np.void], begin: int, at_us: int, e: float, n: float
) -> None:
    """Keep a point of the stay; the oldest goes when the ring is full."""
    row = begin + stay["points"] % RING
    ring[row]["at_us"] = at_us
    ring[row]["east_m"] = e
    ring[row]["north_m"] = n
    ring[row]["path_m"] = stay["path_m"]
    stay["points"] += 1


@kernel
def _begin(stay: np.void, ring: NDArray[np.void], begin: int) -> None:
    """A stay begins at the step before this one."""
    stay["slow"] = 1
    stay["fast"] = 0
    stay["points"] = 0
    stay["path_m"] = 0.0
    stay["origin_lon_deg"] = stay["last_lon_deg"]
    stay["origin_lat_deg"] = stay["last_lat_deg"]
    _push(stay, ring, begin, stay["last_us"], 0.0, 0.0)


@kernel
def _window(stay: np.void, ring: NDArray[np.void], begin: int, at_us: int, span_us: int) -> int:
    """Number of the latest point that is at least a span old, -1 for none."""
    count = stay["points"]
    for number in range(count - 1, max(0, count - RING) - 1, -1):
        if at_us - ring[begin + number % RING]["at_us"] >= span_us:
            return number
    return -1


@kernel
def _measure(
    stay: np.void, ring: NDArray[np.void], begin: int, first: int, e: float, n: float
) -> tuple[float, float, float]:
    """Centre (east, north) of the window and the largest distance from it, metres."""
    count = stay["points"]
    east, north = e, n
    for number in range(first, count):
        east += ring[begin + number % RING]["east_m"]
        north += ring[begin + number % RING]["north_m"]
    east /= count - first + 1
    north /= count - first + 1
    radius_m = hypot(e - east, n - north)
    for number in range(first, count):
        point = ring[begin + number % RING]
        radius_m = max(radius_m, hypot(point["east_m"] - east, point["north_m"] - north))
    return east, north, radius_m


@kernel
def _open(
    stay: np.void,
    ring: NDArray[np.void],
    begin: int,
    fix: np.void,
    e: float,
    n: float,
    rules: Rules,
) -> bool:
    """Whether the stay has lasted its span in a small area; if so it is open from now on."""
    first = _window(stay, ring, begin, fix["at_us"], fix["span_us"])
    if first < 0:
        return False
    start = ring[begin + first % RING]
    path_m = stay["path_m"] - start["path_m"]
    lasted_s = float(fix["at_us"] - start["at_us"]) / US_PER_S
    if path_m / lasted_s * MPS_TO_KN >= rules.mean_kn:
        return False
    east, north, radius_m = _measure(stay, ring, begin, first, e, n)
    net_m = hypot(e - start["east_m"], n - start["north_m"])
    confined = radius_m <= rules.still_m or net_m < rules.net_to_path * path_m
    if radius_m > rules.radius_m or not confined:
        return False
    stay["open"] = 1
    stay["onset_us"] = start["at_us"]
    stay["opened_us"] = start["at_us"] + fix["span_us"]
    stay["opening_id"] = fix["id"]
    stay["onset_path_m"] = start["path_m"]
    stay["radius_m"] = radius_m
    stay["net_m"] = net_m
    stay["span_us"] = fix["span_us"]
    stay["steps"] = stay["points"] - first
    stay["resting"] = 0
    stay["status"] = fix["status"]
    # The centre in degrees: a point so many metres from the origin, by a small linear step.
    east_m, north_m = offset_m(
        stay["origin_lon_deg"],
        stay["origin_lat_deg"],
        stay["origin_lon_deg"] + 0.01,
        stay["origin_lat_deg"] + 0.01,
    )
    stay["centre_lon_deg"] = stay["origin_lon_deg"] + 0.01 * east / east_m
    stay["centre_lat_deg"] = stay["origin_lat_deg"] + 0.01 * north / north_m
    return True


@kernel
def _write(stay: np.void, slot: int, at_us: int, out: np.void) -> None:
    """The facts of a stay; what happened to it, and why, is the caller's to say."""
    out["why"] = 0
    out["slot"] = slot
    out["onset_us"] = stay["onset_us"]
    out["opened_us"] = stay["opened_us"]
    out["closed_us"] = stay["slow_us"]
    out["revised_us"] = at_us
    out["opening_id"] = stay["opening_id"]
    out["last_id"] = stay["slow_id"]
    out["lon_deg"] = stay["centre_lon_deg"]
    out["lat_deg"] = stay["centre_lat_deg"]
    out["radius_m"] = stay["radius_m"]
    out["path_m"] = stay["path_m"] - stay["onset_path_m"]
    out["net_m"] = stay["net_m"]
    out["span_us"] = stay["span_us"]
    out["steps"] = stay["steps"]
    out["resting"] = stay["resting"]
    out["status"] = stay["status"]


@kernel
def _is_fast(stay: np.void, fix: np.void, speed_kn: float, rules: Rules) -> bool:
    """Whether a step is too fast for a stay.

    A wrong fix makes two fast steps, out and back; the second ends where the stay was.
    """
    if speed_kn <= rules.leave_kn or stay["fast"] == 0:
        return bool(speed_kn > rules.leave_kn)
    run_m = distance_m(stay["slow_lon_deg"], stay["slow_lat_deg"], fix["lon_deg"], fix["lat_deg"])
    lasted_s = float(fix["at_us"] - stay["slow_us"]) / US_PER_S
    return bool(run_m / lasted_s * MPS_TO_KN > rules.leave_kn)


@kernel
def _ends(stay: np.void, fix: np.void, speed_kn: float, away_m: float, rules: Rules) -> int:
    """Why the stay ends at this step, 0 if it goes on."""
    if fix["at_us"] - stay["last_us"] > rules.gap_us:
        return GAP
    if fix["in_place"]:
        return IN_PLACE
    stay["fast"] = stay["fast"] + 1 if _is_fast(stay, fix, speed_kn, rules) else 0
    if stay["fast"] >= _FAST_STEPS:
        return SPED_UP
    if stay["open"] and away_m > rules.radius_m:
        return LEFT
    return 0


@kernel
def _stay_on(
    stay: np.void, ring: NDArray[np.void], fix: np.void, run_m: float, away_m: float, rules: Rules
) -> bool:
    """Take a step of a stay that goes on; True where it has just become a finding."""
    begin = fix["slot"] * RING
    stay["path_m"] += run_m
    e, n = offset_m(stay["origin_lon_deg"], stay["origin_lat_deg"], fix["lon_deg"], fix["lat_deg"])
    opened = False
    if stay["open"]:
        stay["steps"] += 1
        stay["radius_m"] = max(stay["radius_m"], away_m)
    elif stay["fast"] == 0:
        opened = _open(stay, ring, begin, fix, e, n, rules)
    stay["resting"] += fix["status"] in (1, 5)
    newest = ring[begin + (stay["points"] - 1) % RING]
    if fix["at_us"] - newest["at_us"] >= fix["span_us"] // _PER_SPAN:
        _push(stay, ring, begin, fix["at_us"], e, n)
    if stay["fast"] == 0:
        stay["slow_us"] = fix["at_us"]
        stay["slow_lon_deg"] = fix["lon_deg"]
        stay["slow_lat_deg"] = fix["lat_deg"]
        stay["slow_id"] = fix["id"]
    return opened


@kernel
def _step(stay: np.void, ring: NDArray[np.void], fix: np.void, rules: Rules, out: np.void) -> bool:
    """One step of one vessel; True where `out` holds an opening or a closing."""
    at_us = fix["at_us"]
    wrote = False
    if stay["known"]:
        run_m = distance_m(
            stay["last_lon_deg"], stay["last_lat_deg"], fix["lon_deg"], fix["lat_deg"]
        )
        speed_kn = run_m / (float(at_us - stay["last_us"]) / US_PER_S) * MPS_TO_KN
        away_m = 0.0
        if stay["open"]:
            away_m = distance_m(
                stay["centre_lon_deg"], stay["centre_lat_deg"], fix["lon_deg"], fix["lat_deg"]
            )
        if stay["slow"]:
            why = _ends(stay, fix, speed_kn, away_m, rules)
            if why:
                if stay["open"]:
                    _write(stay, fix["slot"], at_us, out)
                    out["what"] = CLOSED
                    out["why"] = why
                    wrote = True
                stay["slow"] = 0
                stay["open"] = 0
                stay["fast"] = 0
        elif (
            speed_kn < rules.enter_kn
            and fix["in_place"] == 0
            and at_us - stay["last_us"] <= rules.gap_us
        ):
            _begin(stay, ring, fix["slot"] * RING)
        if stay["slow"] and _stay_on(stay, ring, fix, run_m, away_m, rules):
            _write(stay, fix["slot"], at_us, out)
            out["what"] = OPENED
            wrote = True
    stay["known"] = 1
    stay["last_us"] = at_us
    stay["last_lon_deg"] = fix["lon_deg"]
    stay["last_lat_deg"] = fix["lat_deg"]
    return wrote


@kernel
def fold(
    fixes: NDArray[np.void],
    stays: NDArray[np.void],
    ring: NDArray[np.void],
    rules: Rules,
    found: NDArray[np.void],
) -> int:
    """Walk steps in event time; number of findings written (at most one a step)."""
    count = 0
    for i in range(fixes.shape[0]):
        count += _step(stays[fixes[i]["slot"]], ring, fixes[i], rules, found[count])
    return count
