"""What is true of a simulated sea: its events, and where every ship was, heard or not.

An event's onset and end are read from the true tracks, not from the plan: of something one ship
does, the steps that carry its mark; of several ships together, when they were nearer than the event
says; of water, when a ship was over the line. A receiver's troubles are events too: whoever calls
them a ship's doing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import nan
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from feeds.synthetic.helm import STEP_S
from feeds.synthetic.orders import Radio
from feeds.synthetic.sea import M_PER_DEG
from feeds.synthetic.simulation import Simulation
from feeds.synthetic.stage import Case
from feeds.synthetic.transmit import DISTRESS, POSITION, SLOTS_PER_S
from mda.model.protocols import ZoneIndex
from mda.model.reports import F64, I64
from mda.model.zones import ZONE_FAMILIES, family_of

Columns = dict[str, NDArray[Any]]
RECEPTION_S: Final = 1800.0
"""Reception is the share heard in so many seconds before the onset; of a device that only speaks in
the event, during it."""
ZONE_STEP: Final = 6
"""Zones are looked at each minute."""
_FAMILIES: Final = ("waters", "belts", "rules", "own")


def iso(at_s: float) -> str:
    """An instant as text, UTC."""
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def truth(played: Simulation, zones: ZoneIndex | None = None) -> dict[str, Any]:
    """Everything that is true, as JSON values; crossings of lines only where zones are given."""
    scenario = played.scenario
    events = [*_cases(played), *_receivers(played)]
    if zones is not None:
        events += _crossings(played, zones)
    for number, event in enumerate(events):
        event["id"] = f"{scenario.name}-{scenario.seed}-{number}"
        event["split"], event["difficulty"] = scenario.split, scenario.difficulty
    heard = np.unique(played.heard.message).size
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "simulated": True,
        "split": scenario.split,
        "difficulty": scenario.difficulty,
        "seed": scenario.seed,
        "start_at": iso(scenario.start_s),
        "end_at": iso(scenario.start_s + scenario.hours * 3600.0),
        "manners": dict(scenario.manners),
        "stations": {n: list(at) for n, at in scenario.region.stations.items()},
        "counts": {
            "ships": len(played.stage.plans),
            "transmissions": int(played.sent.slot.size),
            "transmissions_heard": int(heard),
            "hearings": int(played.heard.message.size),
        },
        "vessels": [_vessel(plan.ship) for plan in played.stage.plans],
        "events": events,
    }


def _vessel(ship: Any) -> dict[str, Any]:
    return {
        "mmsi": ship.mmsi if ship.kind.ais != "none" else None,
        "name": ship.name,
        "kind": ship.kind.name,
        "ais": ship.kind.ais,
        "length_m": ship.length_m,
    }


# -- events ---------------------------------------------------------------------------------------
def _marked(played: Simulation, case: Case, ship: int) -> I64:
    """The steps at which a ship carries the mark of a case."""
    mark = played.orders.mark[played.tracks.order[ship]]
    return np.flatnonzero(mark == case.mark)


def _together(played: Simulation, case: Case) -> I64:
    """The steps of the longest time in which the actors were as near as the case says."""
    tracks = played.tracks
    first, second = case.actors[:2]
    steps = np.intersect1d(_marked(played, case, first), _marked(played, case, second))
    apart = apart_m(tracks.lon, tracks.lat, first, second, steps)
    steps = steps[apart <= case.apart_m]
    if steps.size == 0:
        return steps
    runs = np.split(steps, np.flatnonzero(np.diff(steps) > 12) + 1)
    return max(runs, key=len)


def apart_m(lon: F64, lat: F64, first: int, second: int, steps: I64) -> F64:
    """Metres between two ships at each of some steps."""
    east = (lon[first, steps] - lon[second, steps]) * np.cos(np.radians(lat[first, steps]))
    return np.asarray(np.hypot(east, lat[first, steps] - lat[second, steps]) * M_PER_DEG)


def _cases(played: Simulation) -> Iterator[dict[str, Any]]:
    """The cases of the stage; one that its ships had no time for is left out."""
    for case in played.stage.cases:
        alone = case.apart_m == 0.0 or len(case.actors) < 2
        steps = _marked(played, case, case.actors[0]) if alone else _together(played, case)
        if steps.size < 2:
            continue
        yield _event(played, case, steps)


def _event(played: Simulation, case: Case, steps: I64) -> dict[str, Any]:
    tracks, scenario = played.tracks, played.scenario
    ship, first, last = case.actors[0], int(steps[0]), int(steps[-1])
    over = last == tracks.lon.shape[1] - 1
    ships = [played.stage.plans[n].ship for n in case.actors]
    begin_s, end_s = float(first * STEP_S), float((last + 1) * STEP_S)
    beacon = ships[0].kind.ais == "beacon"
    span = (begin_s, end_s) if beacon else (begin_s - RECEPTION_S, begin_s)
    apart = nan
    if case.apart_m > 0.0 and len(case.actors) > 1:
        apart = float(apart_m(tracks.lon, tracks.lat, case.actors[0], case.actors[1], steps).min())
    return {
        "detector": case.detector,
        "kind": case.kind,
        "mechanism": case.mechanism,
        "positive": case.positive,
        "mmsis": [one.mmsi for one in ships],
        "unseen": [played.stage.plans[n].ship.kind.name for n in case.unseen],
        "onset_at": iso(scenario.start_s + first * STEP_S),
        "end_at": None if over else iso(scenario.start_s + (last + 1) * STEP_S),
        "lon_deg": round(float(tracks.lon[ship, first]), 5),
        "lat_deg": round(float(tracks.lat[ship, first]), 5),
        "shore_nmi": round(
            played.sea.shore_at(tracks.lon[ship, first], tracks.lat[ship, first]) / 1852.0, 2
        ),
        "closest_m": None if np.isnan(apart) else round(apart, 1),
        "reception": reception(played, ship, *span),
        "last_heard_at": _heard(played, ship, 0.0, begin_s)[1],
        "first_heard_at": _heard(played, ship, begin_s, end_s)[0],
    }


def reception(played: Simulation, ship: int, since_s: float, until_s: float) -> float | None:
    """Share of a ship's reports in a span that somebody heard; None: she sent none."""
    sent = played.sent
    since, until = since_s * SLOTS_PER_S, until_s * SLOTS_PER_S
    rows = np.flatnonzero((sent.ship == ship) & (sent.slot >= since) & (sent.slot < until))
    rows = rows[np.isin(sent.what[rows], (POSITION, DISTRESS))]
    if rows.size == 0:
        return None
    return round(float(np.isin(rows, played.heard.message).mean()), 3)


def _heard(
    played: Simulation, ship: int, since_s: float, until_s: float
) -> tuple[str | None, str | None]:
    """When the first and the last transmission of a ship in a span were heard."""
    heard = played.heard.message[played.sent.ship[played.heard.message] == ship]
    at = played.sent.slot[heard] / SLOTS_PER_S
    at = at[(at >= since_s) & (at <= until_s)]
    if at.size == 0:
        return None, None
    start_s = played.scenario.start_s
    return iso(start_s + float(at.min())), iso(start_s + float(at.max()))


def _receivers(played: Simulation) -> Iterator[dict[str, Any]]:
    """Outages, and ducts that end: what silences many ships at once and is no ship's doing."""
    scenario = played.scenario
    spans = [(o.kind, [o.station], o.from_h, o.to_h) for o in scenario.outages]
    everybody = list(scenario.region.stations)
    spans += [("duct collapse", everybody, d.to_h, d.to_h + 1.0) for d in scenario.ducts]
    for kind, stations, from_h, to_h in spans:
        yield {
            "detector": "receiver",
            "kind": kind,
            "mechanism": f"receiver {kind}",
            "positive": False,
            "mmsis": [],
            "stations": stations,
            "onset_at": iso(scenario.start_s + 3600.0 * from_h),
            "end_at": iso(scenario.start_s + 3600.0 * min(to_h, scenario.hours)),
        }


# -- water ----------------------------------------------------------------------------------------
def _crossings(played: Simulation, zones: ZoneIndex) -> Iterator[dict[str, Any]]:
    """Every entry into and exit out of a zone, by the true tracks, to the minute."""
    tracks, scenario = played.tracks, played.scenario
    kinds = [kind for family in _FAMILIES for kind in ZONE_FAMILIES[family]]
    watched = [c.kind in kinds or family_of(c.kind) == "own" for c in zones.claims]
    for ship, plan in enumerate(played.stage.plans):
        if plan.ship.kind.ais not in ("A", "B", "SO"):
            continue
        lon, lat = tracks.lon[ship, ::ZONE_STEP], tracks.lat[ship, ::ZONE_STEP]
        found = zones.locate(lon, lat, scenario.start_s * 1_000_000)
        point = np.repeat(np.arange(lon.size), np.diff(found.offset))
        for zone in np.unique(found.zone):
            if watched[zone]:
                inside = np.zeros(lon.size, np.bool_)
                inside[point[found.zone == zone]] = True
                yield from _visits(played, plan.ship.mmsi, zones, int(zone), inside, ship)


def _visits(
    played: Simulation, mmsi: int, zones: ZoneIndex, zone: int, inside: NDArray[np.bool_], ship: int
) -> Iterator[dict[str, Any]]:
    claim = zones.claims[zone]
    for step in np.flatnonzero(np.diff(inside.astype(np.int8))) + 1:
        entry = bool(inside[step])
        full = int(step) * ZONE_STEP
        yield {
            "detector": "D8",
            "kind": "entry" if entry else "exit",
            "mechanism": "crossing",
            "positive": True,
            "mmsis": [mmsi],
            "zone": claim.id,
            "onset_at": iso(played.scenario.start_s + full * STEP_S),
            "end_at": None,
            "lon_deg": round(float(played.tracks.lon[ship, full]), 5),
            "lat_deg": round(float(played.tracks.lat[ship, full]), 5),
        }


# -- positions ------------------------------------------------------------------------------------
def positions(played: Simulation, every_s: int = 60) -> Columns:
    """True positions of all ships (not of stations), in order of ship and time.

    `transmitting`: whether her transmitter was on; `event`: number of the case that she was doing,
    -1 for none.
    """
    tracks = played.tracks
    stride = max(1, every_s // STEP_S)
    plans = played.stage.plans
    moving = np.flatnonzero([plan.ship.kind.ais not in ("base", "aid") for plan in plans])
    steps = np.arange(0, tracks.lon.shape[1], stride)
    where = np.ix_(moving, steps)
    start = np.datetime64(played.scenario.start_s * 1_000_000, "us")
    ships = [plans[n].ship for n in moving]
    each = steps.size
    silent = np.array([ship.kind.ais == "none" for ship in ships])
    on = (tracks.radio[where] != int(Radio.OFF)) & ~silent[:, None]
    return {
        "at": np.tile(start + steps * np.timedelta64(STEP_S * 1_000_000, "us"), len(moving)),
        "ship": np.repeat(moving.astype(np.int32), each),
        "mmsi": np.repeat(np.array([ship.mmsi for ship in ships], np.int64), each),
        "lon_deg": tracks.lon[where].ravel(),
        "lat_deg": tracks.lat[where].ravel(),
        "sog_kn": tracks.sog_kn[where].ravel(),
        "cog_deg": tracks.cog_deg[where].ravel(),
        "heading_deg": tracks.heading_deg[where].ravel(),
        "nav_status": tracks.status[where].ravel(),
        "transmitting": on.ravel(),
        "event": played.orders.mark[tracks.order[where]].ravel().astype(np.int32),
    }


def kinds_of(events: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many events of each kind, found and only alike."""
    counts: dict[str, int] = {}
    for event in events:
        like = "" if event["positive"] else "no "
        name = f"{event['detector']} {like}{event['kind']}"
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))
