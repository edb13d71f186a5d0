"""The zone detector's memory and kernels. See `zone_visits` for what it means."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mda.geo.kernel import kernel
from mda.model.reports import F64, I32, I64

VISITS = 6
"""Zones that a vessel can be in at once (EEZ, territorial sea, disputed overlays, an area ...)."""

FREE, COMING, INSIDE = 0, 1, 2
OPENED, CLOSED = 1, 2

FIX = np.dtype(
    [("at_us", "i8"), ("id", "u8"), ("slot", "i4"), ("lon_deg", "f8"), ("lat_deg", "f8")]
)

VISIT = np.dtype(
    [
        ("phase", "u1"),
        ("first_heard", "u1"),
        ("fixes", "i2"),
        ("zone", "i4"),
        ("since_us", "i8"),
        ("opened_us", "i8"),
        ("id", "u8"),
        ("lon_deg", "f8"),
        ("lat_deg", "f8"),
        ("outside_us", "i8"),
        ("inside_us", "i8"),
        ("out_us", "i8"),
    ]
)
"""One vessel in one zone, 72 bytes. `fixes`: in a row, deep inside (coming) or clearly outside
(inside); `since_us`, `id`, place: the first deep fix; `outside_us`: the last fix before the zone, 0
where there was none; `inside_us`: the first in it, at any depth; `out_us`: the first fix outside
since, 0 while inside."""

FOUND = np.dtype(
    [
        ("what", "u1"),
        ("slot", "i4"),
        ("zone", "i4"),
        ("first_heard", "u1"),
        ("since_us", "i8"),
        ("opened_us", "i8"),
        ("out_us", "i8"),
        ("revised_us", "i8"),
        ("outside_us", "i8"),
        ("inside_us", "i8"),
        ("id", "u8"),
        ("last_id", "u8"),
        ("lon_deg", "f8"),
        ("lat_deg", "f8"),
        ("now_lon_deg", "f8"),
        ("now_lat_deg", "f8"),
    ]
)


class Rules(NamedTuple):
    """Numbers of `zone_visit.*` as kernels take them."""

    fixes: int
    stay_us: int


@kernel
def _write(visit: np.void, fix: np.void, out: np.void) -> None:
    """The facts of a visit; what happened to it is the caller's to say."""
    out["slot"] = fix["slot"]
    out["zone"] = visit["zone"]
    out["first_heard"] = visit["first_heard"]
    out["since_us"] = visit["since_us"]
    out["opened_us"] = visit["opened_us"]
    out["out_us"] = visit["out_us"]
    out["revised_us"] = fix["at_us"]
    out["outside_us"] = visit["outside_us"]
    out["inside_us"] = visit["inside_us"]
    out["id"] = visit["id"]
    out["last_id"] = fix["id"]
    out["lon_deg"] = visit["lon_deg"]
    out["lat_deg"] = visit["lat_deg"]
    out["now_lon_deg"] = fix["lon_deg"]
    out["now_lat_deg"] = fix["lat_deg"]


@kernel
def _inside(visit: np.void, fix: np.void, deep: bool, rules: Rules, out: np.void) -> bool:
    """A fix in the zone; True where the visit opens with it."""
    if visit["phase"] == INSIDE:
        visit["fixes"] = 0
        visit["out_us"] = 0
        return False
    if deep:
        if visit["fixes"] == 0:
            visit["since_us"] = fix["at_us"]
            visit["id"] = fix["id"]
            visit["lon_deg"] = fix["lon_deg"]
            visit["lat_deg"] = fix["lat_deg"]
        visit["fixes"] += 1
    stayed = visit["fixes"] > 0 and fix["at_us"] - visit["since_us"] >= rules.stay_us
    if visit["fixes"] < rules.fixes and not stayed:
        return False
    visit["phase"] = INSIDE
    visit["opened_us"] = fix["at_us"]
    visit["fixes"] = 0
    visit["out_us"] = 0
    _write(visit, fix, out)
    out["what"] = OPENED
    return True


@kernel
def _outside(visit: np.void, fix: np.void, clearly: bool, rules: Rules, out: np.void) -> bool:
    """A fix not in the zone; True where the visit closes with it."""
    if visit["phase"] == COMING:
        visit["phase"] = FREE
        return False
    if visit["out_us"] == 0:
        visit["out_us"] = fix["at_us"]
    if clearly:
        visit["fixes"] += 1
    if visit["fixes"] < rules.fixes and fix["at_us"] - visit["out_us"] < rules.stay_us:
        return False
    _write(visit, fix, out)
    out["what"] = CLOSED
    visit["phase"] = FREE
    return True


@kernel
def _row_of(visits: NDArray[np.void], begin: int, zone: int) -> int:
    """The vessel's row for a zone, -1 for none."""
    for row in range(begin, begin + VISITS):
        if visits[row]["phase"] != FREE and visits[row]["zone"] == zone:
            return row
    return -1


@kernel
def _come(visits: NDArray[np.void], begin: int, zone: int, at_us: int, last_us: int) -> int:
    """Begin a visit in a free row, -1 where all are taken."""
    for row in range(begin, begin + VISITS):
        if visits[row]["phase"] == FREE:
            visits[row]["phase"] = COMING
            visits[row]["zone"] = zone
            visits[row]["fixes"] = 0
            visits[row]["out_us"] = 0
            visits[row]["outside_us"] = last_us
            visits[row]["inside_us"] = at_us
            visits[row]["first_heard"] = last_us == 0
            return row
    return -1


@kernel
def _step(
    fix: np.void,
    first: int,
    last: int,
    zone: I32,
    margin_m: F64,
    depth_m: F64,
    visits: NDArray[np.void],
    last_us: I64,
    rules: Rules,
    found: NDArray[np.void],
    written: I64,
) -> None:
    """One fix against its zones [first, last) and the vessel's visits; counts what it writes."""
    begin = fix["slot"] * VISITS
    shallow = 0
    for k in range(first, last):
        deep = margin_m[k] > depth_m[zone[k]]
        shallow += not deep
        row = _row_of(visits, begin, zone[k])
        if row < 0:
            row = _come(visits, begin, zone[k], fix["at_us"], last_us[fix["slot"]])
        if row >= 0 and _inside(visits[row], fix, deep, rules, found[written[0]]):
            written[0] += 1
    for row in range(begin, begin + VISITS):
        if visits[row]["phase"] == FREE:
            continue
        here = False
        for k in range(first, last):
            here = here or zone[k] == visits[row]["zone"]
        if not here and _outside(visits[row], fix, shallow == 0, rules, found[written[0]]):
            written[0] += 1
    last_us[fix["slot"]] = fix["at_us"]


@kernel
def fold(
    fixes: NDArray[np.void],
    offset: I64,
    zone: I32,
    margin_m: F64,
    depth_m: F64,
    visits: NDArray[np.void],
    last_us: I64,
    rules: Rules,
    found: NDArray[np.void],
) -> int:
    """Walk fixes in event time; number of findings written."""
    written = np.zeros(1, np.int64)
    for i in range(fixes.shape[0]):
        _step(
            fixes[i],
            offset[i],
            offset[i + 1],
            zone,
            margin_m,
            depth_m,
            visits,
            last_us,
            rules,
            found,
            written,
        )
    return int(written[0])
