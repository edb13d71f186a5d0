"""A first look: can this asset reach that contact, how soon, and for how long?

*Definition.* Transit to the intercept at transit speed, back from there at transit speed; what is
left of endurance less reserve is time on task. Straight lines, no wind, take-off at once.
*What it cannot see.* Wind, weather, danger areas, crew day, serviceability, where the contact goes
while the aircraft is on task.
"""

from __future__ import annotations

from math import nan

from mda.geo.distance import bearing_deg, distance_m
from mda.model.patrol import Asset, Leg, Sortie
from mda.patrol.intercept import intercept
from mda.units import KN_TO_MPS, M_PER_NMI, S_PER_H


def first_look(
    lon_deg: float, lat_deg: float, sog_kn: float, cog_deg: float, asset: Asset
) -> Sortie:
    """What `asset` could do about a contact at a place, with its speed and course (NaN: unknown).

    PlanError: the contact's place is not known.
    """
    endurance_s = asset.endurance_h.value * S_PER_H
    flyable_s = endurance_s - asset.reserve_h.value * S_PER_H
    speed_kn = asset.transit_kn.value
    meeting = intercept(
        asset.base_lon_deg, asset.base_lat_deg, speed_kn, lon_deg, lat_deg, sog_kn, cog_deg
    )
    if meeting is None:
        words = f"{asset.name} cannot catch it: it is as fast as the aircraft and goes away"
        return _out_of_reach(asset, nan, words)
    back_m = distance_m(meeting.lon_deg, meeting.lat_deg, asset.base_lon_deg, asset.base_lat_deg)
    back_s = back_m / (speed_kn * KN_TO_MPS)
    on_task_s = flyable_s - meeting.after_s - back_s
    run_nmi = meeting.distance_m / M_PER_NMI
    if on_task_s < 0:
        words = f"{asset.name} cannot reach it and return with its reserve: {run_nmi:.0f} nmi out"
        return _out_of_reach(asset, meeting.after_s, words)
    back_deg = bearing_deg(meeting.lon_deg, meeting.lat_deg, asset.base_lon_deg, asset.base_lat_deg)
    legs = (
        Leg(meeting.lon_deg, meeting.lat_deg, meeting.course_deg, run_nmi, speed_kn,
            meeting.after_s),
        Leg(asset.base_lon_deg, asset.base_lat_deg, back_deg, back_m / M_PER_NMI, speed_kn, back_s),
    )  # fmt: skip
    words = (
        f"{asset.name} from {asset.base}: {run_nmi:.0f} nmi on {meeting.course_deg:03.0f}°, there "
        f"in {_span(meeting.after_s)}, {_span(on_task_s)} on task"
    )
    sentence = _with_caveat(words, asset)
    return Sortie(asset.id, True, legs, meeting.after_s, on_task_s, asset.confirmed, sentence)


def _out_of_reach(asset: Asset, transit_s: float, words: str) -> Sortie:
    return Sortie(asset.id, False, (), transit_s, 0.0, asset.confirmed, _with_caveat(words, asset))


def _with_caveat(words: str, asset: Asset) -> str:
    if asset.confirmed:
        return f"{words}."
    return f"{words}. Planning values, not confirmed by the operator."


def _span(span_s: float) -> str:
    minutes = round(span_s / 60.0)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
