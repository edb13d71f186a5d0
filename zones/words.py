"""Whose water is this, in words with sources: the answer of `mda zones at LON LAT`."""

from __future__ import annotations

from math import inf, isinf
from typing import Any

import numpy as np

from mda.units import M_PER_NMI
from zones.index import Limit, Shore, ZoneLibrary
from zones.places import PlaceLibrary
from zones.records import Zone

COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
NOT_COVERED = "not covered by the zone library"
NO_POSITION = "no position"
NO_ZONE = "in no zone of the library (beyond every EEZ, as far as our lines go)"
COAST_ACCURACY_M = 500.0
"""GSHHG: positions off by up to some 100 m in places (shared data, SOURCES.md)."""


def describe(
    index: ZoneLibrary, places: PlaceLibrary, lon_deg: float, lat_deg: float
) -> dict[str, Any]:
    """`text`, `covered`, `on_land`, `zones` (id, name, kind, claimants, status, basis, accuracy_m,
    source, margin_m), `shore_nmi`, `nearest_place` (name, nmi, bearing_deg, text), `place`.

    What is not known is None.
    """
    if not (np.isfinite(lon_deg) and np.isfinite(lat_deg)):
        return _answer(NO_POSITION, covered=False)
    nearest = _nearest(places, lon_deg, lat_deg)
    if not index.covers(lon_deg, lat_deg):
        return _answer(NOT_COVERED, covered=False)
    found = index.locate(np.array([lon_deg]), np.array([lat_deg]))
    zones = [index.zones[code] for code in found.zone]
    shore = index.shore(lon_deg, lat_deg)
    limits = [index.limit(int(code), lon_deg, lat_deg) for code in found.zone]
    place = int(places.at(np.array([lon_deg]), np.array([lat_deg]))[0])
    if zones:
        water = _waters(zones, limits)
    elif shore is not None and shore.on_land:
        water = f"on land (by our coast, ± {COAST_ACCURACY_M:.0f} m)"
    else:
        water = NO_ZONE
    return _answer(
        f"{water}; {nearest['text']}",
        covered=True,
        on_land=bool(shore and shore.on_land),
        zones=[_row(z, float(m)) for z, m in zip(zones, found.margin_m, strict=True)],
        shore_nmi=_shore_nmi(shore),
        nearest_place=nearest,
        place=places.names[place] if place >= 0 else None,
    )


def _answer(text: str, *, covered: bool, **more: Any) -> dict[str, Any]:
    blank: dict[str, Any] = {
        "on_land": None,
        "zones": [],
        "shore_nmi": None,
        "nearest_place": None,
        "place": None,
    }
    return {"text": text, "covered": covered, **blank, **more}


def _row(zone: Zone, margin_m: float) -> dict[str, Any]:
    return {
        "id": zone.id,
        "name": zone.name,
        "kind": zone.kind,
        "claimants": list(zone.claimants),
        "status": zone.status,
        "basis": zone.basis,
        "accuracy_m": zone.accuracy_m,
        "source": zone.source,
        "margin_m": None if isinf(margin_m) else round(margin_m),
    }


def _shore_nmi(shore: Shore | None) -> float | None:
    return None if shore is None else round(shore.distance_m / M_PER_NMI, 2)


def _nearest(places: PlaceLibrary, lon_deg: float, lat_deg: float) -> dict[str, Any]:
    name, metres, bearing = places.nearest(lon_deg, lat_deg)
    nmi = metres / M_PER_NMI
    side = COMPASS[round(bearing / 45.0) % 8]
    text = f"at {name}" if nmi < 0.5 else f"{nmi:.1f} nmi {side} of {name}"
    return {"name": name, "nmi": round(nmi, 2), "bearing_deg": round(bearing), "text": text}


def joined(names: tuple[str, ...]) -> str:
    """A, B and C."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sure(zone: Zone) -> str:
    km = zone.accuracy_m / 1000.0
    far = f"{km:.0f}" if km >= 2 else f"{km:.1f}"
    line = "outline is approximate" if zone.outline == "approximate" else "line is simplified"
    return f"our {line}, ± {far} km"


def _waters(zones: list[Zone], limits: list[Limit | None]) -> str:
    """All zones of a point in one phrase; a dispute or joint zone comes first, with every claim."""
    contested = [z for z in zones if z.status in ("disputed", "joint")]
    if not contested:
        return "; ".join(_single(z, limit) for z, limit in zip(zones, limits, strict=True))
    parts = [_contested(z) for z in contested]
    plain = [z for z in zones if z not in contested]
    if plain:
        drawn = joined(tuple(z.name for z in plain))
        parts.append(f"drawn by our source as {drawn}")
    return "; ".join(parts)


def _contested(zone: Zone) -> str:
    names = joined(zone.claimants)
    lead = f"disputed: claimed by {names}" if zone.status == "disputed" else zone.name
    return f"{lead} ({zone.name if zone.status == 'disputed' else zone.basis}; {_sure(zone)})"


def _single(zone: Zone, limit: Limit | None) -> str:
    line = _line(zone, limit)
    return f"{zone.name} ({line + '; ' if line else ''}{_sure(zone)})"


def _line(zone: Zone, limit: Limit | None) -> str:
    """The nearest line of the zone: towards whom, on what basis, how near where that matters."""
    metres = limit.distance_m if limit else inf
    if limit is None:
        return ""
    near = f"{metres / M_PER_NMI:.1f} nmi from the line, could be either side; "
    lead = near if metres < zone.accuracy_m else ""
    if limit.beyond is None:
        return f"{lead}nearest limit is its outer one"
    other = joined(limit.beyond.claimants)
    if limit.beyond.kind != "eez":
        return f"{lead}next to {limit.beyond.name}, {limit.beyond.status}"
    if set(zone.codes) & set(limit.beyond.codes):
        return f"{lead}next to {limit.beyond.name}, same state"
    if limit.boundary is None:
        return f"{lead}boundary with {other}: no agreement known to us"
    return f"{lead}boundary with {other} {limit.boundary.phrase()}"
