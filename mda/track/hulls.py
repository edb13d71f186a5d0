"""Which hull: splits one MMSI used by several transmitters, and flags impossible jumps.

*Definition.* A report belongs to the hull of its MMSI that could have got there: the distance from
that hull's last fix is within slack + elapsed time x max(1.5 x reported speed, the class's limit).
Of several, the likeliest under dead reckoning. What fits none is a JUMP and is remembered; a second
fix that fits the remembered one confirms another hull. A hull with a single fix, or one not heard
for longer than the look-back, gives its number to the confirmed one; four hulls are kept at most.
*Inputs.* Usable positions in settled order, ship types from statics. Aids to navigation and base
stations stay where they are and are not split. Reports older than the newest (the now road) are
judged and change nothing.
*What it cannot see.* Two transmitters that stay within reach of each other; which of two hulls is
the rightful owner; a first fix that is wrong (the second hull then takes number 0 over).
*Thresholds.* `track.*` in the settings, each with its source.
"""

from __future__ import annotations

from math import isnan, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mda.config import Config
from mda.geo.distance import distance_m, project_deg
from mda.geo.kernel import kernel
from mda.model import Flag, MmsiKind, Reports, Settled, State, Statics, VesselClass, mmsi_kinds
from mda.model.reports import F64, I32, U8
from mda.model.slots import Classes, Slots, grown
from mda.units import KN_TO_MPS, S_PER_H, US_PER_S

HULLS = 4
_WAITING = 2
_PLACES = HULLS + _WAITING
"""Rows of the fix table a vessel has: four hulls, and two fixes that wait to be confirmed."""

FIX = np.dtype(
    [
        ("at_us", "i8"),
        ("lon_deg", "f8"),
        ("lat_deg", "f8"),
        ("sog_kn", "f8"),
        ("cog_deg", "f8"),
        ("fixes", "i4"),
    ]
)
"""Last believed fix of a hull; `fixes` 0 is a free row. 44 bytes, six of them a vessel."""

_DEAD_RECKONED_S = 1800.0
_COURSE_ERROR_KN = 3.0
_PATIENCE_US = 600 * US_PER_S
"""So long a fix keeps its place while it waits: three intervals of the slowest reporting rate."""
_APART_US = 2 * US_PER_S
"""Two fixes this close in time may be one message heard twice: they confirm nothing."""


class Rules(NamedTuple):
    """Numbers of `track.*` as the kernel takes them."""

    slack_m: float
    sog_factor: float
    look_back_us: int


Fixes = NDArray[np.void]


@kernel
def _reach_m(fix: np.void, at_us: int, sog_kn: float, limit_kn: float, rules: Rules) -> float:
    """How far the hull can have got from its last fix by `at_us` (or come from, if older)."""
    fastest_kn = limit_kn
    if not isnan(sog_kn):
        fastest_kn = max(fastest_kn, rules.sog_factor * sog_kn)
    if not isnan(fix["sog_kn"]):
        fastest_kn = max(fastest_kn, rules.sog_factor * fix["sog_kn"])
    elapsed_s = float(abs(at_us - fix["at_us"])) / US_PER_S
    return rules.slack_m + fastest_kn * KN_TO_MPS * elapsed_s


@kernel
def _miss(
    fix: np.void, at_us: int, lon_deg: float, lat_deg: float, rules: Rules
) -> tuple[float, float]:
    """How far the position lies from the dead-reckoned one, and the error that allows, metres."""
    elapsed_s = (at_us - fix["at_us"]) / US_PER_S
    lon, lat = fix["lon_deg"], fix["lat_deg"]
    sog_kn, cog_deg = fix["sog_kn"], fix["cog_deg"]
    if 0.0 < elapsed_s <= _DEAD_RECKONED_S and sog_kn >= 0.5 and not isnan(cog_deg):
        lon, lat = project_deg(lon, lat, cog_deg, sog_kn * KN_TO_MPS * elapsed_s)
    miss_m = distance_m(lon, lat, lon_deg, lat_deg)
    error_m = rules.slack_m + _COURSE_ERROR_KN * KN_TO_MPS * abs(elapsed_s)
    return miss_m, error_m


@kernel
def _best(
    fixes: Fixes,
    begin: int,
    end: int,
    at_us: int,
    lon_deg: float,
    lat_deg: float,
    sog_kn: float,
    limit_kn: float,
    rules: Rules,
) -> int:
    """Row in [begin, end) that could have got there and fits best; -1 for none."""
    best = -1
    least = np.inf
    for row in range(begin, end):
        fix = fixes[row]
        if fix["fixes"] == 0:
            continue
        run_m = distance_m(fix["lon_deg"], fix["lat_deg"], lon_deg, lat_deg)
        if run_m <= _reach_m(fix, at_us, sog_kn, limit_kn, rules):
            miss_m, error_m = _miss(fix, at_us, lon_deg, lat_deg, rules)
            # -2 log likelihood of a round normal error of that size.
            misfit = (miss_m / error_m) ** 2 + 4.0 * log(error_m)
            if misfit < least:
                best = row
                least = misfit
    return best


@kernel
def _confirms(fix: np.void, at_us: int, lon_deg: float, lat_deg: float, rules: Rules) -> bool:
    """Whether a second fix lies where the one that waits said it was going.

    A stale position sent again, which satellite feeds bring, does not: the ship has moved on.
    """
    elapsed_us = at_us - fix["at_us"]
    miss_m, error_m = _miss(fix, at_us, lon_deg, lat_deg, rules)
    return miss_m <= error_m and _APART_US <= elapsed_us <= rules.look_back_us


@kernel
def _place_for(fixes: Fixes, begin: int, at_us: int, rules: Rules) -> int:
    """The row that a newly confirmed hull takes: one never confirmed, free, or long not heard."""
    for row in range(begin, begin + HULLS):
        if fixes[row]["fixes"] <= 1:
            return row
    oldest = begin
    for row in range(begin, begin + HULLS):
        if fixes[row]["at_us"] < fixes[oldest]["at_us"]:
            oldest = row
    return oldest if at_us - fixes[oldest]["at_us"] > rules.look_back_us else -1


@kernel
def _aged_place(fixes: Fixes, begin: int, at_us: int, rules: Rules) -> int:
    """The hull that a confirmed jump belongs to if no hull was heard within the look-back."""
    newest = -1
    for row in range(begin, begin + HULLS):
        heard = fixes[row]["fixes"] > 0
        if heard and (newest < 0 or fixes[row]["at_us"] > fixes[newest]["at_us"]):
            newest = row
    return newest if at_us - fixes[newest]["at_us"] > rules.look_back_us else -1


@kernel
def _advance(
    fix: np.void, at_us: int, lon_deg: float, lat_deg: float, sog_kn: float, cog_deg: float
) -> None:
    """Take a fix as the newest of its row; an older one changes nothing."""
    if fix["fixes"] > 0 and at_us < fix["at_us"]:
        return
    fix["at_us"] = at_us
    fix["lon_deg"] = lon_deg
    fix["lat_deg"] = lat_deg
    fix["sog_kn"] = sog_kn
    fix["cog_deg"] = cog_deg
    fix["fixes"] = min(fix["fixes"] + 1, 1_000_000)


@kernel
def _wait(
    fixes: Fixes,
    begin: int,
    at_us: int,
    lon_deg: float,
    lat_deg: float,
    sog_kn: float,
    cog_deg: float,
) -> None:
    """Remember a fix that fits no hull, unless all places wait for a second fix still.

    Were the oldest always to go, many transmitters in turn would never let one be confirmed.
    """
    row = begin + HULLS
    for other in range(begin + HULLS, begin + _PLACES):
        if fixes[other]["fixes"] == 0:
            row = other
            break
        if fixes[other]["at_us"] < fixes[row]["at_us"]:
            row = other
    if fixes[row]["fixes"] == 0 or at_us - fixes[row]["at_us"] > _PATIENCE_US:
        fixes[row]["fixes"] = 0
        _advance(fixes[row], at_us, lon_deg, lat_deg, sog_kn, cog_deg)


@kernel
def _hull_of(
    fixes: Fixes,
    begin: int,
    at_us: int,
    lon_deg: float,
    lat_deg: float,
    sog_kn: float,
    cog_deg: float,
    limit_kn: float,
    rules: Rules,
) -> int:
    """Hull number of one report, -1 for a jump; advances the vessel's fix table."""
    row = _best(fixes, begin, begin + HULLS, at_us, lon_deg, lat_deg, sog_kn, limit_kn, rules)
    known = False
    newest_us = at_us
    for other in range(begin, begin + HULLS):
        if fixes[other]["fixes"] > 0:
            known = True
            newest_us = max(newest_us, fixes[other]["at_us"])
    if row < 0 and not known:
        row = begin
    if row < 0:
        if at_us < newest_us:
            return -1
        end = begin + _PLACES
        seen = _best(fixes, begin + HULLS, end, at_us, lon_deg, lat_deg, sog_kn, limit_kn, rules)
        if seen >= 0 and _confirms(fixes[seen], at_us, lon_deg, lat_deg, rules):
            row = _aged_place(fixes, begin, at_us, rules)
            if row < 0:
                row = _place_for(fixes, begin, at_us, rules)
            if row >= 0:
                fixes[row]["fixes"] = 1
                fixes[row]["at_us"] = fixes[seen]["at_us"]
                fixes[seen]["fixes"] = 0
        if row < 0:
            _wait(fixes, begin, at_us, lon_deg, lat_deg, sog_kn, cog_deg)
            return -1
    _advance(fixes[row], at_us, lon_deg, lat_deg, sog_kn, cog_deg)
    return row - begin


@kernel
def _fold(
    slot: I32,
    at_us: NDArray[np.int64],
    lon_deg: F64,
    lat_deg: F64,
    sog_kn: F64,
    cog_deg: F64,
    limit_kn: F64,
    fixes: Fixes,
    rules: Rules,
    hull: U8,
    jump: U8,
) -> None:
    """Hull and jump of each row; a slot of -1 is passed over."""
    for i in range(slot.shape[0]):
        if slot[i] < 0:
            continue
        found = _hull_of(
            fixes,
            slot[i] * _PLACES,
            at_us[i],
            lon_deg[i],
            lat_deg[i],
            sog_kn[i],
            cog_deg[i],
            limit_kn[i],
            rules,
        )
        hull[i] = max(found, 0)
        jump[i] = found < 0


class Tracker:
    """The settled road's second fold, and the now road's judge: sets `hull` and JUMP."""

    name = "track"

    def __init__(self, config: Config) -> None:
        self._rules = Rules(
            config.number("track.slack_m"),
            config.number("track.sog_factor"),
            round(config.number("track.look_back_h") * S_PER_H * US_PER_S),
        )
        self._limit_kn = np.full(len(VesselClass), config.number("track.limit_fast_kn"))
        slow = (VesselClass.CARGO, VesselClass.TANKER, VesselClass.FISHING, VesselClass.TUG_PILOT)
        self._limit_kn[list(slow)] = config.number("track.limit_slow_kn")
        self._aircraft_kn = config.number("track.limit_aircraft_kn")
        self._slots = Slots()
        self._classes = Classes()
        self._fixes: Fixes = np.zeros(0, FIX)

    def track(self, settled: Settled) -> Settled:
        """The stretch with hull and JUMP set."""
        reports = self.assess(settled.reports, settled.statics)
        return Settled(
            settled.since_us,
            settled.until_us,
            reports,
            settled.statics,
            settled.controls,
            settled.tick_at_us,
        )

    __call__ = track

    def assess(self, reports: Reports, statics: Statics) -> Reports:
        """The same for bare columns. Statics must be sorted by time; reports may be out of order
        by as much as they like: what is older than the newest is checked and never advances.
        """
        kind = mmsi_kinds(reports.mmsi)
        limit_kn = self._limit_kn[self._classes.of(reports, statics)]
        limit_kn[kind == MmsiKind.SAR_AIRCRAFT] = self._aircraft_kn
        flags = reports.flags & ~np.uint32(Flag.JUMP)
        fixed = (kind == MmsiKind.AID) | (kind == MmsiKind.COAST)
        judged = ((flags & Flag.UNUSABLE) == 0) & ~fixed
        slot = np.full(len(reports), -1, np.int32)
        slot[judged] = self._slots.of(reports.mmsi[judged])
        self._fixes = grown(self._fixes, len(self._slots) * _PLACES)
        hull = np.zeros(len(reports), np.uint8)
        jump = np.zeros(len(reports), np.uint8)
        noisy = (flags & Flag.BAD_SPEED) != 0
        sog_kn = np.where(noisy, np.nan, reports.sog_kn)
        _fold(
            slot,
            reports.at_us,
            reports.lon_deg,
            reports.lat_deg,
            sog_kn.astype(np.float64),
            reports.cog_deg.astype(np.float64),
            limit_kn,
            self._fixes,
            self._rules,
            hull,
            jump,
        )
        flags |= np.where(jump != 0, np.uint32(Flag.JUMP), np.uint32(0))
        return reports.replace(hull=hull, flags=flags)

    def hulls(self, mmsi: int) -> int:
        """How many hulls this MMSI has shown so far, 0 if it was never located."""
        slot = self._slots.find(mmsi)
        if slot < 0:
            return 0
        begin = slot * _PLACES
        return int((self._fixes["fixes"][begin : begin + HULLS] > 0).sum())

    def save(self) -> State:
        return {
            "slots": self._slots.save(),
            "classes": self._classes.save(),
            "fixes": self._fixes[: len(self._slots) * _PLACES].copy(),
        }

    def load(self, state: State) -> None:
        self._slots.load(state["slots"])
        self._classes.load(state["classes"])
        self._fixes = np.array(state["fixes"], FIX)
