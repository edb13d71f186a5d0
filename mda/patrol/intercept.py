"""Where a unit meets a moving target: course to steer, time, place, or that it cannot.

*Definition.* The target holds course and speed (a rhumb line by dead reckoning), the unit goes
straight. The first meeting solves distance(unit, target at t) = speed x t. On a plane it is a
quadratic; its smallest positive root starts a secant search on the ellipsoid's distances.
*What it cannot see.* Land, weather, danger areas, and what the target does when it notices.
*Source.* Kinematics; distances from `mda.geo.distance`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, hypot, isnan, radians, sin, sqrt
from typing import Final, NamedTuple

from mda.errors import PlanError
from mda.geo.distance import bearing_deg, distance_m, offset_m, project_deg
from mda.units import KN_TO_MPS, S_PER_H

CLOSE_M: Final = 1.0
"""The meeting is found when unit and target are this close."""
MOST_STEPS: Final = 50
MOST_H: Final = 72.0
"""A course held for longer than this says nothing about where a target will be."""


class Intercept(NamedTuple):
    """The first meeting."""

    course_deg: float
    """Initial true course of the unit."""
    after_s: float
    lon_deg: float
    lat_deg: float
    distance_m: float
    """Run of the unit."""


def intercept(
    unit_lon_deg: float,
    unit_lat_deg: float,
    unit_speed_kn: float,
    target_lon_deg: float,
    target_lat_deg: float,
    target_sog_kn: float,
    target_cog_deg: float,
    most_h: float = MOST_H,
) -> Intercept | None:
    """The first meeting within `most_h`, or None: it cannot.

    A target whose course or speed is not known (NaN) is taken to stay where it is. PlanError: the
    unit's speed is not positive, or a place is not known.
    """
    if not unit_speed_kn > 0:
        raise PlanError("a unit without speed meets nobody", do="Give a speed above 0 kn")
    places = (unit_lon_deg, unit_lat_deg, target_lon_deg, target_lat_deg)
    if any(isnan(x) for x in places):
        raise PlanError("a place is not known", do="Give longitude and latitude of both")
    still = isnan(target_sog_kn) or isnan(target_cog_deg)
    v_mps = unit_speed_kn * KN_TO_MPS
    w_mps = 0.0 if still else target_sog_kn * KN_TO_MPS
    course_deg = 0.0 if still else target_cog_deg

    def target_at(t_s: float) -> tuple[float, float]:
        return project_deg(target_lon_deg, target_lat_deg, course_deg, w_mps * t_s)

    def ahead_m(t_s: float) -> float:
        lon_deg, lat_deg = target_at(t_s)
        return distance_m(unit_lon_deg, unit_lat_deg, lon_deg, lat_deg) - v_mps * t_s

    east_m, north_m = offset_m(*places)
    t_s = _planar_s(east_m, north_m, v_mps, w_mps, course_deg)
    if t_s is None:
        return None
    t_s = _secant_s(ahead_m, t_s)
    if t_s is None or t_s > most_h * S_PER_H:
        return None
    lon_deg, lat_deg = target_at(t_s)
    return Intercept(
        bearing_deg(unit_lon_deg, unit_lat_deg, lon_deg, lat_deg),
        t_s,
        lon_deg,
        lat_deg,
        v_mps * t_s,
    )


def _planar_s(
    east_m: float, north_m: float, v_mps: float, w_mps: float, course_deg: float
) -> float | None:
    """Smallest time >= 0 at which |offset + w t| = v t on a plane."""
    range_m = hypot(east_m, north_m)
    if range_m == 0.0:
        return 0.0
    away = east_m * sin(radians(course_deg)) + north_m * cos(radians(course_deg))
    a, b, c = v_mps**2 - w_mps**2, away * w_mps, range_m**2
    if abs(a) < 1e-12 * v_mps**2:
        return c / (-2.0 * b) if b < 0 else None
    under = b * b + a * c
    if under < 0:
        return None
    roots = ((b + sqrt(under)) / a, (b - sqrt(under)) / a)
    meetings = [t for t in roots if t >= 0]
    return min(meetings) if meetings else None


def _secant_s(ahead_m: Callable[[float], float], start_s: float) -> float | None:
    """The root of `ahead_m` near `start_s`; None where the curved earth leaves none."""
    t0, t1 = start_s, start_s * 1.001 + 1.0
    f0, f1 = ahead_m(t0), ahead_m(t1)
    for _ in range(MOST_STEPS):
        if abs(f0) < CLOSE_M:
            return t0
        if f1 == f0:
            return None
        t2 = max(0.0, t1 - f1 * (t1 - t0) / (f1 - f0))
        t0, f0, t1, f1 = t2, ahead_m(t2), t0, f0
    return None
