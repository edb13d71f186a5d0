"""What lies around a finding: whose water, which place, how far from where, heading for what."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

import numpy as np

from mda.detect.water_words import water_words
from mda.detect.words import near_words
from mda.geo.distance import project_deg
from mda.model import PlaceIndex, ZoneClaim, ZoneIndex
from mda.model.reports import F64, I64
from mda.units import M_PER_NMI

_AHEAD_NMI = 10.0
_STEP_NMI = 0.5
_MAKES_WAY_KN = 0.5


class Around(NamedTuple):
    """One position's surroundings."""

    zones: tuple[ZoneClaim, ...]
    """Every zone that holds there and then but the named seas, which claim nothing."""
    water: str
    """'in the EEZ claimed by ..., inside ...'"""
    near: str
    """'21 nmi west-northwest of Roseau'"""
    place: str | None
    """Name of the place (port, anchorage, fishing ground) it lies in."""


class Surroundings:
    """Asks the two indices on behalf of a finding."""

    def __init__(self, zones: ZoneIndex, places: PlaceIndex) -> None:
        self._zones = zones
        self._places = places

    def at(self, lon_deg: F64, lat_deg: F64, at_us: I64) -> list[Around]:
        """The surroundings of each position at its instant; an unknown one (NaN) has none."""
        if len(lon_deg) == 0:
            return []
        found = self._zones.locate(lon_deg, lat_deg, at_us)
        places = self._places.at(lon_deg, lat_deg)
        claims = self._zones.claims
        around = []
        for i, (lon, lat) in enumerate(zip(lon_deg.tolist(), lat_deg.tolist(), strict=True)):
            if not (isfinite(lon) and isfinite(lat)):
                around.append(Around((), "at an unknown position", "at an unknown position", None))
                continue
            rows = range(int(found.offset[i]), int(found.offset[i + 1]))
            here = sorted(
                ((claims[int(found.zone[row])], float(found.margin_m[row])) for row in rows),
                key=lambda pair: pair[0].id,
            )
            zones = tuple(zone for zone, _ in here if zone.family != "seas")
            covered = self._zones.covers(lon, lat)
            water = water_words([z for z, _ in here], covered, [depth_m for _, depth_m in here])
            near = near_words(*self._places.nearest(lon, lat))
            around.append(Around(zones, water, near, self._name(int(places[i]))))
        return around

    def heading_for(
        self, lon_deg: F64, lat_deg: F64, sog_kn: F64, cog_deg: F64
    ) -> list[str | None]:
        """The first place on each course ahead within 10 nmi, for vessels that make way."""
        rows = len(lon_deg)
        if rows == 0:
            return []
        runs_m = np.arange(_STEP_NMI, _AHEAD_NMI + _STEP_NMI / 2, _STEP_NMI) * M_PER_NMI
        known = np.isfinite(lon_deg) & np.isfinite(cog_deg) & (sog_kn >= _MAKES_WAY_KN)
        ahead = np.full((rows, len(runs_m), 2), np.nan)
        for i in np.flatnonzero(known):
            for k, run_m in enumerate(runs_m):
                ahead[i, k] = project_deg(lon_deg[i], lat_deg[i], cog_deg[i], run_m)
        flat = ahead.reshape(-1, 2)
        codes = np.full(len(flat), -1, np.int32)
        asked = np.repeat(known, len(runs_m))
        codes[asked] = self._places.at(flat[asked, 0].copy(), flat[asked, 1].copy())
        hits = codes.reshape(rows, -1)
        first = np.argmax(hits >= 0, axis=1)
        return [self._name(int(hits[i, first[i]])) for i in range(rows)]

    @property
    def zone_version(self) -> str:
        """Hash of the zone library, quoted in evidence."""
        return self._zones.version

    def _name(self, code: int) -> str | None:
        return self._places.names[code] if code >= 0 else None
