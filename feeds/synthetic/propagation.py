"""How much of a transmission is lost on its way: distance, the earth's bulge, ducts, islands.

*Definition.* Loss is the largest of free space, a flat reflecting sea, and diffraction around a
smooth sea earth, plus the shadow of one knife edge.
*Sources.* Free space: ITU-R P.525. Plane earth: the two-ray model, 120 + 40 log d - 20 log(h1 h2).
Smooth earth: ITU-R P.526-15, 3.1.1.2 (beta taken as 1: vertical polarisation over sea at VHF),
effective radius 8,500 km. Knife edge: P.526-15, 4.1. Ducts: three simple pictures of what
is measured (Rautiainen et al. 2026): a surface duct carries along the sea, bending enlarges the
earth, an elevated layer lets only far paths down.
*What it cannot see.* True terrain, multipath in harbours, antennas that do not look all ways.
"""

from __future__ import annotations

from math import cos, hypot, log10, radians, sqrt
from typing import Final

import numpy as np

from feeds.synthetic.sea import M_PER_DEG, Sea
from mda.geo.kernel import kernel
from mda.model.reports import F64

FREQUENCY_MHZ: Final = 162.0
_WAVE_M: Final = 299.792458 / FREQUENCY_MHZ
_FREQUENCY_13: Final = float(FREQUENCY_MHZ ** (1.0 / 3.0))
_FREQUENCY_23: Final = float(FREQUENCY_MHZ ** (2.0 / 3.0))
EARTH_KM: Final = 8_500.0
_EARTH_M: Final = 8_500_000.0
NO_DUCT, SURFACE, BENDING, ELEVATED = range(4)
DUCTS: Final = {"none": NO_DUCT, "surface": SURFACE, "bending": BENDING, "elevated": ELEVATED}
_LAYER_KM: Final = 90.0
"""Nearer than this an elevated layer lets nothing down: own choice."""


@kernel
def _height_db(antenna_m: float, earth_km: float) -> float:
    """G(Y) of P.526: what an antenna's height gives."""
    y = 9.575e-3 * _FREQUENCY_23 * float(earth_km ** (-1.0 / 3.0)) * max(antenna_m, 0.3)
    if y > 2.0:
        return 17.6 * sqrt(y - 1.1) - 5.0 * log10(y - 1.1) - 8.0
    return 20.0 * log10(y + 0.1 * y * y * y)


@kernel
def _bulge_db(distance_km: float, one_m: float, other_m: float, earth_km: float) -> float:
    """Loss beyond free space of diffraction around a smooth earth (P.526), not below 0."""
    x = 2.188 * _FREQUENCY_13 * float(earth_km ** (-2.0 / 3.0)) * distance_km
    near = -20.0 * log10(x) - 5.6488 * float(x**1.425)
    far = 11.0 + 10.0 * log10(x) - 17.6 * x if x >= 1.6 else near
    return max(0.0, -(far + _height_db(one_m, earth_km) + _height_db(other_m, earth_km)))


@kernel
def path_loss_db(
    distance_m: float, one_m: float, other_m: float, duct_kind: int, duct: float
) -> float:
    """Loss over open sea. `one_m`, `other_m`: antenna heights; `duct`: its strength, 0 to 1."""
    distance_km = max(distance_m, 200.0) / 1000.0
    free = 32.44 + 20.0 * log10(FREQUENCY_MHZ) + 20.0 * log10(distance_km)
    plane = 120.0 + 40.0 * log10(distance_km) - 20.0 * log10(max(one_m * other_m, 0.5))
    earth_km = EARTH_KM * (1.0 + 3.0 * duct) if duct_kind == BENDING else EARTH_KM
    bulge = _bulge_db(distance_km, one_m, other_m, earth_km)
    if duct_kind == SURFACE:
        bulge *= 1.0 - 0.85 * duct
    elif duct_kind == ELEVATED and distance_km > _LAYER_KM:
        bulge *= 1.0 - 0.8 * duct
    return max(free, plane if distance_km < 30.0 else free, free + bulge)


@kernel
def _edge_db(above_m: float, near_m: float, far_m: float) -> float:
    """Loss of one knife edge that stands so far above the line of sight (below it: negative)."""
    v = above_m * sqrt(2.0 / _WAVE_M * (1.0 / near_m + 1.0 / far_m))
    if v <= -0.78:
        return 0.0
    return 6.9 + 20.0 * log10(sqrt((v - 0.1) ** 2 + 1.0) + v - 0.1)


@kernel
def shadow_into(ground_m: F64, frame: F64, site: F64, stride: int, ship_m: float, out: F64) -> None:
    """Loss (dB) by the worst edge of land between a site and each `stride`-th cell.

    `frame`: west, south, step (deg) of the ground; `site`: longitude, latitude, antenna height.
    """
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            lat = frame[1] + i * stride * frame[2]
            lon = frame[0] + j * stride * frame[2]
            east = (lon - site[0]) * M_PER_DEG * cos(radians(lat))
            length = hypot(east, (lat - site[1]) * M_PER_DEG)
            parts = int(length / (frame[2] * M_PER_DEG))
            worst = 0.0
            for k in range(2, parts - 1):
                share = k / parts
                row = int((site[1] + share * (lat - site[1]) - frame[1]) / frame[2] + 0.5)
                column = int((site[0] + share * (lon - site[0]) - frame[0]) / frame[2] + 0.5)
                if row < 0 or column < 0 or row >= ground_m.shape[0]:
                    continue
                if column >= ground_m.shape[1] or ground_m[row, column] <= 0.0:
                    continue
                near, far = share * length, (1.0 - share) * length
                line = site[2] + share * (ship_m - site[2])
                above = ground_m[row, column] + near * far / (2.0 * _EARTH_M) - line
                worst = max(worst, _edge_db(above, near, far))
            out[i, j] = worst


def shadows(sea: Sea, ground_m: F64, sites: F64, stride: int = 2, ship_m: float = 10.0) -> F64:
    """Shadow losses (dB) of each site (n, 3) over the sea: shape (n, rows, columns).

    The site's own hill, within two cells, throws none.
    """
    rows, columns = (-(-size // stride) for size in sea.shore_m.shape)
    out = np.zeros((len(sites), rows, columns))
    frame = np.array([sea.west_deg, sea.south_deg, sea.step_deg])
    for number, site in enumerate(sites):
        shadow_into(ground_m, frame, site, stride, ship_m, out[number])
    return out
