"""Who hears what: a link budget for each transmission and station, then the crowd in each slot.

Power at the antenna = transmitter - path - shadow - slow fading - fast fading - the station's own
noise; what stays above the station's sensitivity is heard, unless another ship that does not hear
the first speaks in the same slot and is not 10 dB weaker. Nothing here is a formula of a detector.
*Sources.* Sensitivity -107 dBm for 20 % packet errors: M.1371-5 annex 2. Capture 10 dB: its
co-channel rejection. Ships within some 25 nmi hear each other and take other slots (annex 2, 3.3).
Fading: Rayleigh (all by reflection) or Rice with factor 6 (one strong path); *burst* has good and
bad spells that last minutes, and is the family where losses come in runs.
"""

from __future__ import annotations

from math import cos, hypot, log10, radians, sqrt
from typing import Final, NamedTuple

import numpy as np

from feeds.synthetic.draws import key_of, normal, uniform, wander
from feeds.synthetic.propagation import path_loss_db
from feeds.synthetic.sea import M_PER_DEG, Sea
from feeds.synthetic.transmit import SLOTS_PER_S, Sent
from mda.geo.kernel import kernel
from mda.model.reports import F32, F64, I64

RAYLEIGH, RICIAN, BURST = range(3)
FADINGS: Final = {"rayleigh": RAYLEIGH, "rician": RICIAN, "burst": BURST}
GAIN_DB: Final = 3.0
"""Antenna gains of ship and station less their cables: own choice."""
CAPTURE_DB: Final = 10.0
HEARS_M: Final = 46_300.0
REACH_M: Final = 450_000.0
UNHEARD: Final = -999.0
GRID_S: Final = 60


class Ether(NamedTuple):
    """What stands between ships and stations."""

    site: F64
    """Stations: longitude, latitude, antenna height (m), sensitivity (dBm); shape (n, 4)."""
    gain_db: F64
    """What each station gains or loses by its state, by minute: shape (n, minutes); `UNHEARD` or
    below: it hears nothing."""
    duct: F64
    """Strength of the duct at each station, by minute."""
    duct_kind: int
    fading: int
    slow_db: float
    slow_s: float
    lost_share: float
    """Share of messages that a receiver misses however loud they are."""
    shadow_db: F64
    """By station over the sea, shape (n, rows, columns)."""
    frame: F64
    """West, south, step (deg) of the shadows."""


class Voices(NamedTuple):
    """How loud stations speak and from how high, by ship; shape (n,)."""

    power_dbm: F64
    antenna_m: F64


@kernel
def _fast_db(fading: int, key: int, ship: int, station: int, i: int, at_s: float) -> float:
    """Fading of one message: power relative to the mean."""
    a, b = normal(key, i, 2 * station), normal(key, i, 2 * station + 1)
    if fading == RAYLEIGH:
        return 10.0 * log10(max(0.5 * (a * a + b * b), 1e-6))
    strong, weak = sqrt(6.0 / 7.0), sqrt(0.5 / 7.0)
    level = (strong + weak * a) ** 2 + (weak * b) ** 2
    rice = 10.0 * log10(max(level, 1e-6))
    if fading == BURST and wander(key, ship * 64 + station, at_s, 420.0) > 0.9:
        return rice - 18.0
    return rice


@kernel
def _shadow_at(ether: Ether, station: int, lon_deg: float, lat_deg: float) -> float:
    row = int((lat_deg - ether.frame[1]) / ether.frame[2] + 0.5)
    column = int((lon_deg - ether.frame[0]) / ether.frame[2] + 0.5)
    if row < 0 or column < 0:
        return 0.0
    if row >= ether.shadow_db.shape[1] or column >= ether.shadow_db.shape[2]:
        return 0.0
    return float(ether.shadow_db[station, row, column])


@kernel
def powers_into(
    sent: Sent, lon: F64, lat: F64, loss_db: F64, voices: Voices, ether: Ether, key: int, out: F32
) -> None:
    """Margin (dB) of each transmission over each station's sensitivity, shape (n, stations).

    `loss_db`: what a transmission lacks of its ship's full power.
    """
    minutes = ether.gain_db.shape[1]
    for i in range(sent.slot.size):
        ship, at_s = sent.ship[i], sent.slot[i] / SLOTS_PER_S
        minute = min(int(at_s / GRID_S), minutes - 1)
        for r in range(ether.site.shape[0]):
            out[i, r] = UNHEARD
            gain = ether.gain_db[r, minute]
            east = (lon[i] - ether.site[r, 0]) * M_PER_DEG * cos(radians(lat[i]))
            metres = hypot(east, (lat[i] - ether.site[r, 1]) * M_PER_DEG)
            missed = uniform(key + 2, i, r) < ether.lost_share
            if metres > REACH_M or gain <= UNHEARD or missed:
                continue
            budget = voices.power_dbm[ship] - loss_db[i] + GAIN_DB + gain - ether.site[r, 3]
            budget -= path_loss_db(
                metres, ether.site[r, 2], voices.antenna_m[ship], ether.duct_kind,
                ether.duct[r, minute],
            )  # fmt: skip
            budget -= _shadow_at(ether, r, lon[i], lat[i])
            if budget < -25.0:
                continue
            budget += ether.slow_db * wander(key, ship * 64 + r, at_s, ether.slow_s)
            out[i, r] = budget + _fast_db(ether.fading, key + 1, ship, r, i, at_s)


@kernel
def crowded_into(sent: Sent, lon: F64, lat: F64, margin: F32) -> int:
    """Silences what another speaker in the same slot drowns; how many hearings that cost."""
    lost, first = 0, 0
    for last in range(1, sent.slot.size + 1):
        if last < sent.slot.size and (
            sent.slot[last] == sent.slot[first] and sent.channel[last] == sent.channel[first]
        ):
            continue
        for i in range(first, last):
            for j in range(first, last):
                east = (lon[i] - lon[j]) * M_PER_DEG * cos(radians(lat[i]))
                apart = hypot(east, (lat[i] - lat[j]) * M_PER_DEG)
                if i == j or apart < HEARS_M:
                    continue
                for r in range(margin.shape[1]):
                    near = margin[j, r] > -CAPTURE_DB and margin[i, r] > 0.0
                    if near and margin[i, r] < margin[j, r] + CAPTURE_DB:
                        margin[i, r] = min(margin[i, r], -0.5)
                        lost += 1
        first = last
    return lost


def margins(
    sent: Sent, lon: F64, lat: F64, loss_db: F64, voices: Voices, ether: Ether, seed: int
) -> F32:
    """Margin (dB) of each transmission at each station, shape (n, stations); above 0: heard."""
    out = np.empty((sent.slot.size, len(ether.site)), np.float32)
    powers_into(sent, lon, lat, loss_db, voices, ether, key_of(seed, "fading"), out)
    crowded_into(sent, lon, lat, out)
    return out


def shadow_frame(sea: Sea, stride: int) -> F64:
    """The frame of shadows over a sea (`propagation.shadows`)."""
    return np.array([sea.west_deg, sea.south_deg, sea.step_deg * stride])


def spells(hours: float, windows: list[tuple[float, float, float]], rest: float) -> F64:
    """A value by minute: `rest`, and within (from_h, to_h) the value of the window."""
    minutes = np.arange(max(1, round(hours * 60)))
    out = np.full(minutes.size, rest)
    for from_h, to_h, value in windows:
        out[(minutes >= from_h * 60) & (minutes < to_h * 60)] = value
    return out


def heard_of(margin: F32) -> tuple[I64, I64]:
    """Transmission and station of each hearing, in the order of transmissions."""
    message, station = np.nonzero(margin > 0.0)
    return message.astype(np.int64), station.astype(np.int64)
