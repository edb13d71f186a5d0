"""What is remembered of one station over one feed, and the kernel that takes hearings in.

Rings: the last 60 minutes and the last 8 days' hours of event time, and the last 64 levels,
frequency offsets and clock offsets. A minute (an hour) is (begin, end], so that a count at a grid
instant holds what was heard up to it. Ranges stand in blocks of `BLOCK_US`, this and the one
before. All of it is a function of the rows in settled order (law 1).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mda.geo.distance import bearing_deg, distance_m
from mda.geo.kernel import kernel
from mda.model.health import SECTORS
from mda.model.reports import F32, F64, I32, I64, U8, U32
from mda.units import US_PER_H, US_PER_S

MINUTE_US: Final = 60 * US_PER_S
MINUTES: Final = 60
HOURS: Final = 192
"""A week, and a day so that the hour of a week ago is not yet overwritten."""
KEPT: Final = 64
"""Samples of a median: enough that chance moves it by a sixth of the spread (own choice)."""
BLOCK_US: Final = 12 * US_PER_H
"""Ranges are the furthest of this and the last block: 12 to 24 h (own choice: a day's weather)."""
_HOUR_US: Final = US_PER_H
_SECTOR_DEG: Final = 360.0 / SECTORS

STATION: Final = np.dtype(
    [
        ("first_us", "i8"),
        ("last_us", "i8"),
        ("messages", "i8"),
        ("minute", "i8"),
        ("heard", "u4", (MINUTES,)),
        ("again", "u4", (MINUTES,)),
        ("shared", "u4", (MINUTES,)),
        ("hour", "i8"),
        ("hours", "u4", (HOURS,)),
        ("levels", "i8"),
        ("level_db", "f4", (KEPT,)),
        ("offsets", "i8"),
        ("offset_ppm", "f4", (KEPT,)),
        ("clocks", "i8"),
        ("clock_at_us", "i8", (KEPT,)),
        ("clock_off_us", "i8", (KEPT,)),
        ("clock_mmsi", "u4", (KEPT,)),
        ("clock_base", "u1", (KEPT,)),
        ("trusted", "u1"),
        ("trusted_s", "f8"),
        ("block", "i8"),
        ("furthest_m", "f4", (2, SECTORS)),
    ]
)
States = NDArray[np.void]


@kernel
def _to_minute(state: States, s: int, minute: int) -> None:
    """Bring a station's ring of minutes forward; never back."""
    last = state[s]["minute"]
    if minute <= last:
        return
    for m in range(max(last + 1, minute - MINUTES + 1), minute + 1):
        state[s]["heard"][m % MINUTES] = 0
        state[s]["again"][m % MINUTES] = 0
        state[s]["shared"][m % MINUTES] = 0
    state[s]["minute"] = minute


@kernel
def _to_hour(state: States, s: int, hour: int) -> None:
    """Bring a station's ring of hours forward."""
    last = state[s]["hour"]
    if hour <= last:
        return
    for h in range(max(last + 1, hour - HOURS + 1), hour + 1):
        state[s]["hours"][h % HOURS] = 0
    state[s]["hour"] = hour


@kernel
def _reach(state: States, s: int, at_us: int, way_deg: float, range_m: float) -> None:
    """Take one target's range into its sector."""
    block = at_us // BLOCK_US
    last = state[s]["block"]
    if block > last:
        for sector in range(SECTORS):
            state[s]["furthest_m"][block % 2][sector] = 0.0
            if block > last + 1:
                state[s]["furthest_m"][(block + 1) % 2][sector] = 0.0
        state[s]["block"] = block
    sector = int(way_deg / _SECTOR_DEG) % SECTORS
    if range_m > state[s]["furthest_m"][block % 2][sector]:
        state[s]["furthest_m"][block % 2][sector] = range_m


@kernel
def hear(
    state: States,
    slot: I32,
    at_us: I64,
    again: U8,
    first_slot: I32,
    level_db: F32,
    offset_ppm: F32,
    clock_off_us: I64,
    clock_kind: U8,
    mmsi: U32,
    site_deg: F64,
    lon_deg: F64,
    lat_deg: F64,
    most_m: float,
) -> None:
    """Fold rows in settled order into the states of their stations, in place.

    `first_slot`: whose transmission a duplicate turns out to be shared, -1 for none.
    `clock_kind`: 0 states no UTC, 1 a ship, 2 a base station. `site_deg`: (lon, lat) by slot; it
    and `lon_deg` are NaN where no range can be had.
    """
    messages, last_us, heard = state["messages"], state["last_us"], state["heard"]
    at_minute, at_hour, hours = state["minute"], state["hour"], state["hours"]
    minute, hour, m, h, until_us = 0, 0, 0, 0, 0
    for i in range(slot.shape[0]):
        s, at = slot[i], at_us[i]
        if i == 0 or at > until_us:  # rows are sorted: a minute is told once, not row by row
            minute, hour = (at - 1) // MINUTE_US, (at - 1) // _HOUR_US
            m, h, until_us = minute % MINUTES, hour % HOURS, (minute + 1) * MINUTE_US
        if messages[s] == 0:
            state[s]["first_us"] = at
            state[s]["minute"] = minute
            state[s]["hour"] = hour
            state[s]["block"] = at // BLOCK_US
        if minute > at_minute[s]:
            _to_minute(state, s, minute)
        if hour > at_hour[s]:
            _to_hour(state, s, hour)
        messages[s] += 1
        last_us[s] = at
        heard[s, m] += 1
        hours[s, h] += 1
        if again[i] != 0:
            state[s]["again"][m] += 1
            state[s]["shared"][m] += 1
            f = first_slot[i]
            if f >= 0:
                _to_minute(state, f, minute)
                state[f]["shared"][m] += 1
        if level_db[i] == level_db[i]:
            state[s]["level_db"][state[s]["levels"] % KEPT] = level_db[i]
            state[s]["levels"] += 1
        if offset_ppm[i] == offset_ppm[i]:
            state[s]["offset_ppm"][state[s]["offsets"] % KEPT] = offset_ppm[i]
            state[s]["offsets"] += 1
        if clock_kind[i] != 0:
            k = state[s]["clocks"] % KEPT
            state[s]["clock_at_us"][k] = at
            state[s]["clock_off_us"][k] = clock_off_us[i]
            state[s]["clock_mmsi"][k] = mmsi[i]
            state[s]["clock_base"][k] = clock_kind[i] - 1
            state[s]["clocks"] += 1
        lon, lat = site_deg[s, 0], site_deg[s, 1]
        if lon == lon and lon_deg[i] == lon_deg[i]:
            range_m = distance_m(lon, lat, lon_deg[i], lat_deg[i])
            if range_m <= most_m:
                way_deg = bearing_deg(lon, lat, lon_deg[i], lat_deg[i])
                _reach(state, s, at, way_deg, range_m)


def recent(row: np.void, ring: str, at_us: int, minutes: int) -> int:
    """Sum of a ring of minutes over the last `minutes` up to an instant."""
    last = int(row["minute"])
    now = (at_us - 1) // MINUTE_US
    first = max(now - minutes, last - MINUTES) + 1
    held: Any = row[ring]
    return int(held[np.arange(first, min(now, last) + 1) % MINUTES].sum())


def in_hour(row: np.void, hour: int) -> int | None:
    """Messages in an hour of event time; None where the station was not yet known throughout it,
    or the ring has let it go."""
    last = int(row["hour"])
    if hour <= last - HOURS or int(row["first_us"]) > hour * _HOUR_US + 1:
        return None
    return int(row["hours"][hour % HOURS]) if hour <= last else 0


def median(row: np.void, ring: str, count: str) -> float | None:
    """Median of what a ring of samples holds; None where it is empty."""
    held = min(int(row[count]), KEPT)
    return round(float(np.median(row[ring][:held])), 2) if held else None


def furthest(row: np.void, at_us: int) -> tuple[float | None, ...]:
    """Furthest range by sector in this block and the last, metres; None where nothing was heard."""
    block = at_us // BLOCK_US
    alive: list[NDArray[np.float32]] = [
        row["furthest_m"][b % 2]
        for b in {int(row["block"]), int(row["block"]) - 1}
        if b >= block - 1
    ]
    if not alive:
        return (None,) * SECTORS
    most = np.max(alive, axis=0)
    return tuple(round(float(m)) if m > 0 else None for m in most)
