"""What lies around a finding: whose water, which place, how far from where, heading for what."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

import numpy as np

from mda.detect.words import near_words, water_words
from mda.geo.distance import project_deg
from mda.model import PlaceIndex, ZoneClaim, ZoneIndex
from mda.units import M_PER_NMI

_AHEAD_NMI = 10.0
_STEP_NMI = 0.5


class Around(NamedTuple):
    """One position's surroundings."""

    zones: tuple[ZoneClaim, ...]
    water: str
    """'in the EEZ claimed by ...'"""
    near: str
    """'21 nmi west-northwest of Roseau'"""
    place: str | None
    """Name of the place (port, anchorage, fishing ground) it lies in."""


class Surroundings:
    """Asks the two indices on behalf of a finding."""

    def __init__(self, zones: ZoneIndex, places: PlaceIndex) -> None:
        self._zones = zones
        self._places = places

    def at(self, lon_deg: float, lat_deg: float) -> Around:
        """The surroundings of one position; an unknown one (NaN) has none."""
        if not (isfinite(lon_deg) and isfinite(lat_deg)):
            return Around((), "at an unknown position", "at an unknown position", None)
        lon, lat = np.array([lon_deg]), np.array([lat_deg])
        found = self._zones.locate(lon, lat)
        claims = self._zones.claims
        codes = found.zone[int(found.offset[0]) : int(found.offset[1])]
        zones = tuple(sorted((claims[int(code)] for code in codes), key=lambda z: z.id))
        water = water_words(zones, self._zones.covers(lon_deg, lat_deg))
        near = near_words(*self._places.nearest(lon_deg, lat_deg))
        return Around(zones, water, near, self._name(int(self._places.at(lon, lat)[0])))

    def heading_for(
        self, lon_deg: float, lat_deg: float, sog_kn: float, cog_deg: float
    ) -> str | None:
        """The first place on the course ahead within 10 nmi, for a vessel that makes way."""
        if not (isfinite(lon_deg) and isfinite(cog_deg) and sog_kn >= 0.5):
            return None
        runs_nmi = np.arange(_STEP_NMI, _AHEAD_NMI + _STEP_NMI / 2, _STEP_NMI)
        ahead = [project_deg(lon_deg, lat_deg, cog_deg, r * M_PER_NMI) for r in runs_nmi]
        codes = self._places.at(np.array([p[0] for p in ahead]), np.array([p[1] for p in ahead]))
        hits = np.flatnonzero(codes >= 0)
        return self._name(int(codes[hits[0]])) if len(hits) else None

    @property
    def zone_version(self) -> str:
        """Hash of the zone library, quoted in evidence."""
        return self._zones.version

    def _name(self, code: int) -> str | None:
        return self._places.names[code] if code >= 0 else None
