"""Whose water is this, in words with sources: the answer of `mda zones at LON LAT`."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, isinf
from typing import Any

import numpy as np

from mda.clock import format_at
from mda.units import M_PER_NMI
from zones.index import Inside, Limit, Shore, ZoneLibrary
from zones.places import PlaceLibrary
from zones.records import Zone

COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
NOT_COVERED = "not covered by the zone library"
NO_POSITION = "no position"
NO_ZONE = "in no EEZ of the library (beyond every one, as far as our lines go)"
COAST_ACCURACY_M = 500.0
"""GSHHG: positions off by up to some 100 m in places (shared data, SOURCES.md)."""
BELTS = {"territorial": "territorial sea", "contiguous": "contiguous zone"}
"""Kinds of belts from the coast outward: only the innermost is told."""
_AT_NMI = 0.5
_WHOLE_NMI = 20.0
"""From here on tenths of a mile say nothing: own choice."""


def describe(
    index: ZoneLibrary,
    places: PlaceLibrary,
    lon_deg: float,
    lat_deg: float,
    at_us: int | None = None,
) -> dict[str, Any]:
    """Everything known of a point at an instant (None: whatever the time), in words and parts.

    `text`; `at`; `covered`; `on_land`; `zones` that hold it and `near` ones whose line is within
    its accuracy (id, name, kind, family, claimants, status, basis, source, licence, date,
    accuracy_m, p_inside, margin_m, valid_from, valid_until, own); `sea`; `shore_nmi`;
    `nearest_port` (name, nmi, bearing_deg, text); `waiting`: the place where waiting is normal
    (name, kind, ship_types, why, source); `library_version`. What is not known is None.
    """
    when = None if at_us is None else format_at(at_us)
    head = {"at": when, "library_version": index.version}
    if not (isfinite(lon_deg) and isfinite(lat_deg)):
        return _answer(NO_POSITION, covered=False, **head)
    found = index.at(lon_deg, lat_deg, at_us)
    inside = [one for one in found if one.margin_m >= 0.0]
    near = [one for one in found if one.margin_m < 0.0]
    covered = index.covers(lon_deg, lat_deg)
    if not covered and not inside:
        return _answer(NOT_COVERED, covered=False, **head)
    shore = index.shore(lon_deg, lat_deg)
    port = _nearest(places, lon_deg, lat_deg)
    waiting = _waiting(places, lon_deg, lat_deg)
    code = {zone.id: number for number, zone in enumerate(index.zones)}
    limits = {
        one.zone.id: index.limit(code[one.zone.id], lon_deg, lat_deg)
        for one in inside
        if one.zone.family == "waters"
    }
    names = [one.zone.name for one in inside if one.zone.family == "seas"]
    text = _text(inside, near, limits, shore, covered, _outside_own(index, inside, at_us))
    tail = [names[0].removeprefix("the ")] if names else []
    tail += [_area(one.zone) for one in inside if one.zone.family in ("rules", "own")]
    tail += [f"waiting is normal here: {waiting['name']} ({waiting['kind']})"] if waiting else []
    return _answer(
        "; ".join([f"{text}, {port['text']}", *tail]),
        **head,
        covered=covered,
        on_land=bool(shore and shore.on_land),
        zones=[_row(one) for one in inside],
        near=[_row(one) for one in near],
        sea=names[0] if names else None,
        shore_nmi=None if shore is None else round(shore.distance_m / M_PER_NMI, 2),
        nearest_port=port,
        waiting=waiting,
    )


def sources(answer: dict[str, Any]) -> list[str]:
    """A paragraph for each zone of an answer: what it is, who says so, how sure the line is."""
    return [_source(row, "") for row in answer["zones"]] + [
        _source(row, "our line says outside, ") for row in answer["near"]
    ]


def joined(names: Sequence[str]) -> str:
    """A, B and C."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def accuracy_words(accuracy_m: float) -> str:
    """How far off a line may be.

    >>> accuracy_words(3000), accuracy_words(500), accuracy_words(40)
    ('± 3 km', '± 0.5 km', '± 40 m')
    """
    if accuracy_m < 100.0:
        return f"± {accuracy_m:.0f} m"
    km = accuracy_m / 1000.0
    return f"± {km:.0f} km" if km >= 2 else f"± {km:.1f} km"


def _answer(text: str, *, covered: bool, **more: Any) -> dict[str, Any]:
    blank: dict[str, Any] = {
        "on_land": None,
        "zones": [],
        "near": [],
        "sea": None,
        "shore_nmi": None,
        "nearest_port": None,
        "waiting": None,
    }
    return {"text": text, "covered": covered, **blank, **more}


def _row(one: Inside) -> dict[str, Any]:
    zone = one.zone
    return {
        "id": zone.id,
        "name": zone.name,
        "kind": zone.kind,
        "family": zone.family,
        "claimants": list(zone.claimants),
        "status": zone.status,
        "basis": zone.basis,
        "source": zone.source,
        "licence": zone.licence,
        "date": zone.date,
        "accuracy_m": zone.accuracy_m,
        "p_inside": round(one.p_inside, 3),
        "margin_m": None if isinf(one.margin_m) else round(one.margin_m),
        "valid_from": zone.valid_from or None,
        "valid_until": zone.valid_until or None,
        "own": zone.own,
    }


def _source(row: dict[str, Any], lead: str) -> str:
    who = f", claimed by {joined(row['claimants'])}" if row["claimants"] else ""
    status = "" if row["status"] == "none" else f" ({row['status']})"
    sure = f"{lead}P(inside) {row['p_inside']:.2f}, line {accuracy_words(row['accuracy_m'])}"
    window = f", holds from {row['valid_from']}" if row["valid_from"] else ""
    window += f", holds until {row['valid_until']}" if row["valid_until"] else ""
    mine = ", loaded here" if row["own"] else ""
    return (
        f"{row['id']}: {row['name']}{who}{status}; {sure}{window}{mine}. "
        f"Basis: {row['basis'].rstrip('.')}. "
        f"Source: {row['source']} ({row['date']}, {row['licence']})"
    )


def _nearest(places: PlaceLibrary, lon_deg: float, lat_deg: float) -> dict[str, Any]:
    name, metres, bearing = places.nearest(lon_deg, lat_deg)
    nmi = metres / M_PER_NMI
    side = COMPASS[round(bearing / 45.0) % 8]
    text = f"at {name}" if nmi < _AT_NMI else f"{_nmi(nmi)} nmi {side} of {name}"
    return {"name": name, "nmi": round(nmi, 2), "bearing_deg": round(bearing), "text": text}


def _nmi(nmi: float) -> str:
    return f"{nmi:.1f}" if nmi < _WHOLE_NMI else f"{nmi:.0f}"


def _waiting(places: PlaceLibrary, lon_deg: float, lat_deg: float) -> dict[str, Any] | None:
    code = int(places.at(np.array([lon_deg]), np.array([lat_deg]))[0])
    if code < 0:
        return None
    place = places.place(code)
    return {
        "name": place.name,
        "kind": place.kind,
        "ship_types": place.ship_types,
        "why": place.why,
        "source": place.source,
    }


def _text(
    inside: Sequence[Inside],
    near: Sequence[Inside],
    limits: dict[str, Limit | None],
    shore: Shore | None,
    covered: bool,
    outside_own: frozenset[str],
) -> str:
    """Whose water, the belt and how far the shore is."""
    waters = [one for one in inside if one.zone.family == "waters"]
    if shore is not None and shore.on_land:
        dry = f"on land (by our coast, {accuracy_words(COAST_ACCURACY_M)})"
        text = f"{dry}{_shore_belt([one.zone for one in inside])}"
        # An outline drawn over the coast, as own ones often are, makes no sea of it.
        return f"{text}; {_waters(waters, limits, outside_own)}" if waters else text
    nowhere = NO_ZONE if covered else NOT_COVERED
    text = _waters(waters, limits, outside_own) if waters else nowhere
    text += "".join(
        f", or {_named(one.zone)} (P {one.p_inside:.2f}: "
        f"{-one.margin_m / M_PER_NMI:.1f} nmi beyond its line)"
        for one in near
        if one.zone.family == "waters"
    )
    text = _with_belt(text, [one.zone for one in inside])
    if shore is not None:
        text += f", {_nmi(shore.distance_m / M_PER_NMI)} nmi from shore"
    return text


def _with_belt(text: str, zones: Sequence[Zone]) -> str:
    """The waters' text with the innermost belt.

    An EEZ is what lies beyond the territorial sea (UNCLOS article 55) though its polygon holds
    both, so where the territorial sea is nobody else's it leads, unless an own limit does.
    """
    belts = _innermost(zones)
    if not belts:
        return text
    waters = [zone for zone in zones if zone.family == "waters"]
    claims = {frozenset(zone.claimants) for zone in waters}
    plain = len(belts) == 1 and len(claims) <= 1
    plain = plain and not any(_is_contested(zone) for zone in (*belts, *waters))
    verb = "of" if plain else "claimed by"
    named = [f"the {BELTS[belt.kind]} {verb} {joined(belt.claimants)}" for belt in belts]
    lead = f"in {joined(named)} (line {accuracy_words(belts[0].accuracy_m)})"
    if not waters or not plain or belts[0].kind != "territorial":
        return f"{text}, {lead}"
    own_first = not belts[0].own and any(zone.own for zone in waters)
    within = f"within the limits of {text}"
    return f"{within}, {lead}" if own_first else f"{lead}, {within}"


def _shore_belt(zones: Sequence[Zone]) -> str:
    """Which belt begins at this shore: a ship at her berth is often on land by our coast."""
    belts = _innermost(zones)
    named = [f"the {BELTS[belt.kind]} claimed by {joined(belt.claimants)}" for belt in belts]
    return f", at the edge of {joined(named)}" if named else ""


def _innermost(zones: Sequence[Zone]) -> list[Zone]:
    for kind in BELTS:
        belts = _once([zone for zone in zones if zone.kind == kind])
        if belts:
            return belts
    return []


def _outside_own(index: ZoneLibrary, inside: Sequence[Inside], at_us: int | None) -> frozenset[str]:
    """Our zones that hold a point for a claim whose own limit, loaded here, leaves it out."""
    held = {_claim_of(one.zone) for one in inside if one.zone.own}
    drawn = {_claim_of(z) for z in index.zones if z.own and _holds(z, at_us)} - held
    return frozenset(one.zone.id for one in inside if _claim_of(one.zone) in drawn)


def _holds(zone: Zone, at_us: int | None) -> bool:
    from_us, until_us = zone.window_us
    return at_us is None or from_us <= at_us < until_us


def _claim_of(zone: Zone) -> tuple[str, frozenset[str]]:
    return zone.kind, frozenset(zone.claimants)


def _area(zone: Zone) -> str:
    """A rule's zone or an own one: its name, and until when."""
    until = f", until {zone.valid_until}" if zone.valid_until else ""
    mine = ", loaded here" if zone.own else ""
    return f"in {zone.name} ({zone.kind}{until}{mine})"


def _is_contested(zone: Zone) -> bool:
    return zone.status in ("disputed", "joint")


def _once(zones: Sequence[Zone]) -> list[Zone]:
    """The zones without our line for a claim whose own limit the operator loaded."""
    official = {_claim_of(zone) for zone in zones if zone.own}
    return [zone for zone in zones if zone.own or _claim_of(zone) not in official]


def _named(zone: Zone) -> str:
    if zone.status == "disputed":
        return f"water disputed by {joined(zone.claimants)}"
    return zone.name


def _sure(zone: Zone) -> str:
    far = accuracy_words(zone.accuracy_m)
    if zone.own:
        return f"the limit loaded here, {far}"
    line = "outline is approximate" if zone.outline == "approximate" else "line is simplified"
    return f"our {line}, {far}"


def _waters(
    waters: Sequence[Inside], limits: dict[str, Limit | None], outside_own: frozenset[str]
) -> str:
    """All waters of a point in one phrase: own limits, then disputes and joint zones with every
    claim, then what our source draws."""
    zones = _once([one.zone for one in waters])
    chance = {one.zone.id: one.p_inside for one in waters}
    contested = [zone for zone in zones if _is_contested(zone)]
    own = [zone for zone in zones if zone.own and zone not in contested]
    ours = [zone for zone in zones if not zone.own and zone not in contested]
    if contested:
        parts = [
            f"{zone.name}, claimed by {joined(zone.claimants)} ({_sure(zone)})" for zone in own
        ]
        parts += [_contested(zone) for zone in contested]
        if ours:
            parts.append(f"drawn by our source as {joined([zone.name for zone in ours])}")
        return "; ".join(parts)
    parts = [_single(zone, limits[zone.id], chance[zone.id], "") for zone in own]
    lead = "by our line " if own else ""
    for zone in ours:
        mark = "; outside the limit loaded here" if zone.id in outside_own else ""
        parts.append(lead + _single(zone, limits[zone.id], chance[zone.id], mark))
    return "; ".join(parts)


def _contested(zone: Zone) -> str:
    names = joined(zone.claimants)
    lead = f"disputed: claimed by {names}" if zone.status == "disputed" else zone.name
    if zone.status == "joint" and not all(name in zone.name for name in zone.claimants):
        lead += f", claimed by {names}"
    return f"{lead} ({zone.name if zone.status == 'disputed' else zone.basis}; {_sure(zone)})"


def _single(zone: Zone, limit: Limit | None, p_inside: float, mark: str) -> str:
    line = _line(zone, limit, p_inside)
    return f"{zone.name} ({line + '; ' if line else ''}{_sure(zone)}{mark})"


def _line(zone: Zone, limit: Limit | None, p_inside: float) -> str:
    """The nearest line of the zone: towards whom, on what basis, how near where that matters."""
    metres = limit.distance_m if limit else inf
    if limit is None:
        return ""
    near = f"{metres / M_PER_NMI:.1f} nmi from the line, P(inside) {p_inside:.2f}"
    lead = f"{near}; " if metres < zone.accuracy_m else ""
    if limit.beyond is None:
        # Of a limit loaded here nobody told us what lies beyond it.
        return lead.removesuffix("; ") if zone.own else f"{lead}nearest limit is its outer one"
    if limit.beyond.kind != "eez":
        status = "" if limit.beyond.status == "none" else f", {limit.beyond.status}"
        return f"{lead}next to {limit.beyond.name}{status}"
    other = joined(limit.beyond.claimants)
    if set(zone.codes) & set(limit.beyond.codes):
        return f"{lead}next to {limit.beyond.name}, same state"
    if limit.boundary is None:
        return f"{lead}boundary with {other}: no agreement known to us"
    return f"{lead}boundary with {other} {limit.boundary.phrase()}"
