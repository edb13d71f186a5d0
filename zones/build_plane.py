"""A flat map about one meridian, good enough to draw a belt of sea on: transverse Mercator.

*What it costs.* On its meridian lengths are true; x metres east or west of it they are too long by
x**2 / 2R**2: 44 km from the meridian 2.4e-5, 90 km from it 1e-4 (4 m in 24 nmi).
*Source.* Krueger's series to the third order on the WGS84 ellipsoid (Karney 2011, Transverse
Mercator with an accuracy of a few nanometers, equations 35 and 36; conformal latitude closed form).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mda.geo.distance import WGS84_A_M, WGS84_F
from mda.model.reports import F64

_N = WGS84_F / (2.0 - WGS84_F)
_RADIUS_M = WGS84_A_M / (1.0 + _N) * (1.0 + _N**2 / 4.0 + _N**4 / 64.0)
_ECCENTRICITY = 2.0 * np.sqrt(_N) / (1.0 + _N)
_ALPHA = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16,
    13 * _N**2 / 48 - 3 * _N**3 / 5,
    61 * _N**3 / 240,
)
_BETA = (_N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96, _N**2 / 48 + _N**3 / 15, 17 * _N**3 / 480)
_DELTA = (2 * _N - 2 * _N**2 / 3 - 2 * _N**3, 7 * _N**2 / 3 - 8 * _N**3 / 5, 56 * _N**3 / 15)


@dataclass(frozen=True, slots=True)
class Plane:
    """The map about the meridian `lon_deg`."""

    lon_deg: float

    def to_m(self, lonlat_deg: F64) -> F64:
        """Longitudes and latitudes (n, 2) in degrees as metres east and north (of the equator)."""
        east = np.radians(lonlat_deg[:, 0] - self.lon_deg)
        sine = np.sin(np.radians(lonlat_deg[:, 1]))
        t = np.sinh(np.arctanh(sine) - _ECCENTRICITY * np.arctanh(_ECCENTRICITY * sine))
        xi = np.arctan2(t, np.cos(east))
        eta = np.arctanh(np.sin(east) / np.hypot(1.0, t))
        x, y = eta.copy(), xi.copy()
        for j, a in enumerate(_ALPHA, 1):
            x += a * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
            y += a * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
        return np.column_stack((x, y)) * _RADIUS_M

    def to_deg(self, xy_m: F64) -> F64:
        """The way back: metres (n, 2) as longitudes and latitudes in degrees."""
        eta, xi = (xy_m / _RADIUS_M).T
        x, y = eta.copy(), xi.copy()
        for j, b in enumerate(_BETA, 1):
            x -= b * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
            y -= b * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
        chi = np.arcsin(np.sin(y) / np.cosh(x))
        lat = chi + sum(d * np.sin(2 * j * chi) for j, d in enumerate(_DELTA, 1))
        lon = np.arctan2(np.sinh(x), np.cos(y))
        return np.column_stack((self.lon_deg + np.degrees(lon), np.degrees(lat)))
