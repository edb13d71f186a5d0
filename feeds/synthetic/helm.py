"""How ships move: each carries out her orders, step by step, and leaves a true track.

A ship turns no faster than her kind can, gathers and loses way, slows down for a stop, swings at
anchor, drifts with current and wind. Steps are 10 s; between them she moves evenly. She never
drifts up the land: at its edge she stays.
"""

from __future__ import annotations

from math import atan2, cos, degrees, hypot, pi, radians, sin
from typing import Final, NamedTuple

import numpy as np

from feeds.synthetic.draws import key_of, wander
from feeds.synthetic.orders import Do, Orders, Plan
from feeds.synthetic.sea import M_PER_DEG, Sea
from mda.geo.kernel import kernel
from mda.model.reports import F32, F64, I32, U8
from mda.units import KN_TO_MPS, MPS_TO_KN

STEP_S: Final = 10
_GO, _STAY, _ANCHOR, _DRIFT, _FOLLOW = (int(do) for do in Do)
_GAIN_KN_PER_STEP: Final = 1.2
"""Speed gained or lost in a step: own choice, a ship of some size."""
_STOP_M: Final = 25.0
_BESIDE_M: Final = 400.0
"""Nearer than this a follower takes her leader's way, and heads as she does."""
_LEEWAY: Final = 0.025
"""Share of the wind's speed that a drifting ship makes (Search and rescue manuals: 2 to 5 %)."""


class Weather(NamedTuple):
    """Wind and current, the same everywhere, slowly varying."""

    wind_kn: float = 16.0
    wind_from_deg: float = 80.0
    current_kn: float = 0.7
    current_to_deg: float = 290.0


class Tracks(NamedTuple):
    """What is true of each ship at each step; shape (ships, steps)."""

    lon: F64
    lat: F64
    sog_kn: F32
    cog_deg: F32
    heading_deg: F32
    status: U8
    radio: U8
    order: I32

    @classmethod
    def blank(cls, ships: int, steps: int) -> Tracks:
        """Nothing filled in."""
        shape = (ships, steps)
        return cls(
            np.zeros(shape),
            np.zeros(shape),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.uint8),
            np.zeros(shape, np.uint8),
            np.zeros(shape, np.int32),
        )


@kernel
def _turned(course_deg: float, wanted: float, most: float) -> float:
    """A course brought nearer to another by at most so many degrees."""
    off = (wanted - course_deg + 180.0) % 360.0 - 180.0
    return (course_deg + min(max(off, -most), most)) % 360.0


@kernel
def _afloat(shore_m: F64, frame: F64, lon_deg: float, lat_deg: float) -> bool:
    """Whether a point is at sea by the raster (outside it: yes)."""
    row = int((lat_deg - frame[1]) / frame[2] + 0.5)
    column = int((lon_deg - frame[0]) / frame[2] + 0.5)
    if row < 0 or column < 0 or row >= shore_m.shape[0] or column >= shore_m.shape[1]:
        return True
    return bool(shore_m[row, column] > 0.0)


@kernel
def _way_made(order: int, orders: Orders, east: float, north: float, now: F64, turn: float) -> bool:
    """Steers one step for the point that lies (east, north) metres off; whether it is reached.

    `now`: speed (kn) and course (deg), changed. `turn`: degrees that she turns in a step.
    """
    away = hypot(east, north)
    last = orders.radius_m[order] == 0.0
    wanted = degrees(atan2(east, north)) % 360.0
    off = abs((wanted - now[1] + 180.0) % 360.0 - 180.0)
    speed = orders.speed_kn[order]
    if last:
        speed = min(speed, max(1.5, away / STEP_S * MPS_TO_KN * 0.12))
    if off > 50.0:
        speed = min(speed, max(3.0, 0.4 * speed))
    gain = min(max(speed - now[0], -_GAIN_KN_PER_STEP), _GAIN_KN_PER_STEP)
    now[0] += gain
    most = turn if now[0] > 5.0 else 3.0 * turn
    now[1] = _turned(now[1], wanted, most)
    near = max(orders.radius_m[order], _STOP_M, 0.6 * now[0] * KN_TO_MPS * STEP_S)
    return bool(away <= near)


@kernel
def _ended(order: int, orders: Orders, since_s: float, at_s: float) -> bool:
    return bool(since_s >= orders.lasts_s[order] or at_s >= orders.until_s[order])


@kernel
def _kept_by(
    ship: int,
    order: int,
    lon_deg: float,
    lat_deg: float,
    step: int,
    now: F64,
    orders: Orders,
    out: Tracks,
) -> tuple[float, float]:
    """Metres east and north that a follower makes in a step; her heading in `now[2]`."""
    leader = orders.leader[order]
    east = (out.lon[leader, step] - lon_deg) * M_PER_DEG * cos(radians(lat_deg)) + orders.east_m[
        order
    ]
    north = (out.lat[leader, step] - lat_deg) * M_PER_DEG + orders.north_m[order]
    away = hypot(east, north)
    speed = orders.speed_kn[order]
    if away <= _BESIDE_M:
        speed = 3.0 + out.sog_kn[leader, step]
        now[2] = out.heading_deg[leader, step] * 1.0
    else:
        now[2] = degrees(atan2(east, north))
    much = min(1.0, speed * KN_TO_MPS * STEP_S / max(away, 1e-9))
    return east * much, north * much


@kernel
def _swung(
    ship: int, order: int, lon_deg: float, lat_deg: float, at_s: float, now: F64, orders: Orders,
    drift: F64, key: int,
) -> tuple[float, float]:  # fmt: skip
    """Metres east and north that a ship at anchor makes in a step; her heading in `now[2]`."""
    swing = atan2(drift[2], drift[3]) + 0.5 * wander(key, ship, at_s, 1500.0)
    radius = orders.radius_m[order]
    east = (orders.lon[order] - lon_deg) * M_PER_DEG * cos(radians(lat_deg)) + radius * sin(swing)
    north = (orders.lat[order] - lat_deg) * M_PER_DEG + radius * cos(swing)
    now[2] = degrees(swing + pi)
    much = min(1.0, 4.0 / max(hypot(east, north), 1e-9))
    return east * much, north * much


@kernel
def _steered(
    ship: int, order: int, lon_deg: float, lat_deg: float, at_s: float, now: F64, orders: Orders,
    turn_deg: float, key: int,
) -> tuple[float, float, bool]:  # fmt: skip
    """Metres east and north of a step towards the order's point, and whether it is reached."""
    east = (orders.lon[order] - lon_deg) * M_PER_DEG * cos(radians(lat_deg))
    north = (orders.lat[order] - lat_deg) * M_PER_DEG
    reached = _way_made(order, orders, east, north, now, turn_deg)
    run = min(now[0] * KN_TO_MPS * STEP_S, hypot(east, north) + 1.0)
    now[2] = now[1] + 2.0 * wander(key, ship, at_s, 900.0)
    return run * sin(radians(now[1])), run * cos(radians(now[1])), reached


@kernel
def _moved(
    ship: int, order: int, lon_deg: float, lat_deg: float, step: int, now: F64, orders: Orders,
    turn_deg: float, drift: F64, key: int, out: Tracks,
) -> tuple[float, float, bool]:  # fmt: skip
    """Metres east and north of a step, whatever the order; whether its point is reached."""
    at_s = float(step * STEP_S)
    do = orders.do[order]
    if do == _GO:
        return _steered(ship, order, lon_deg, lat_deg, at_s, now, orders, turn_deg, key)
    east, north = 0.0, 0.0
    if do == _ANCHOR:
        east, north = _swung(ship, order, lon_deg, lat_deg, at_s, now, orders, drift, key)
    elif do == _DRIFT:
        gust = 1.0 + 0.3 * wander(key, ship, at_s, 1800.0)
        east, north = (drift[0] + drift[2] * gust) * STEP_S, (drift[1] + drift[3]) * STEP_S
        now[2] += 1.5 * wander(key, ship + 7_000_003, at_s, 300.0)
    elif do == _FOLLOW:
        east, north = _kept_by(ship, order, lon_deg, lat_deg, step, now, orders, out)
    now[0] = hypot(east, north) / STEP_S * MPS_TO_KN
    if now[0] > 0.3 and do != _ANCHOR:
        now[1] = degrees(atan2(east, north)) % 360.0
    return east, north, False


@kernel
def steer(
    ship: int, begin: F64, orders: Orders, turn_deg: float, shore_m: F64, frame: F64, drift: F64,
    key: int, out: Tracks,
) -> None:  # fmt: skip
    """The track of one ship. `begin`: longitude, latitude, course, speed (kn) at the first step.

    `drift`: east and north of the current (m/s), and of the wind's push. Ships that she follows
    have their tracks in `out` already.
    """
    lon, lat = begin[0], begin[1]
    now = np.array([begin[3], begin[2], begin[2]])  # speed, course, heading
    order, since = orders.first[ship], 0.0
    last = orders.first[ship + 1] - 1
    for step in range(out.lon.shape[1]):
        while order < last and _ended(order, orders, since, float(step * STEP_S)):
            order, since = order + 1, 0.0
        east, north, reached = _moved(
            ship, order, lon, lat, step, now, orders, turn_deg, drift, key, out
        )
        x = lon + east / (M_PER_DEG * cos(radians(lat)))
        y = lat + north / M_PER_DEG
        if orders.do[order] == _DRIFT and not _afloat(shore_m, frame, x, y):
            east, north, x, y = 0.0, 0.0, lon, lat
        out.lon[ship, step], out.lat[ship, step] = lon, lat
        out.sog_kn[ship, step] = hypot(east, north) / STEP_S * MPS_TO_KN
        out.cog_deg[ship, step] = now[1]
        out.heading_deg[ship, step] = now[2] % 360.0
        out.status[ship, step] = orders.status[order]
        out.radio[ship, step] = orders.radio[order]
        out.order[ship, step] = order
        lon, lat = x, y
        since += STEP_S
        if reached and order < last:
            order, since = order + 1, 0.0
        elif reached:
            now[0] = 0.0


def tracks_of(
    plans: list[Plan], orders: Orders, sea: Sea, weather: Weather, steps: int, seed: int
) -> Tracks:
    """The true tracks of all ships, one after another: a leader comes before who follows her."""
    out = Tracks.blank(len(plans), steps)
    frame = np.array([sea.west_deg, sea.south_deg, sea.step_deg])
    key = key_of(seed, "helm")
    wind_to = radians(weather.wind_from_deg + 180.0)
    push = _LEEWAY * weather.wind_kn * KN_TO_MPS
    flow, flow_to = weather.current_kn * KN_TO_MPS, radians(weather.current_to_deg)
    drift = np.array(
        [flow * sin(flow_to), flow * cos(flow_to), push * sin(wind_to), push * cos(wind_to)]
    )
    for ship, plan in enumerate(plans):
        first = plan.orders[0]
        under_way = plan.ship.speed_kn if first.do == Do.GO else 0.0
        course = plan.course_deg
        if first.do == Do.GO:
            east = (first.lon_deg - plan.lon_deg) * cos(radians(plan.lat_deg))
            course = degrees(atan2(east, first.lat_deg - plan.lat_deg)) % 360.0
        begin = np.array([plan.lon_deg, plan.lat_deg, course, under_way])
        turn_deg = plan.ship.kind.turn_deg_per_min * STEP_S / 60.0
        steer(ship, begin, orders, turn_deg, sea.shore_m, frame, drift, key, out)
    return out
