"""What the silence detector keeps of a vessel, of it as one ear hears it, and of a find."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mda.detect.listening import DeafRules, Ears, Runs
from mda.model.reports import I32, I64
from mda.units import US_PER_S

EARS_KEPT = 3
"""Ears remembered for a vessel: the first three that hear it, until one of them loses it."""

LOST_US = 1800 * US_PER_S
"""An ear that has not heard the vessel for so long gives way to one that does."""

NEVER_US = 2**62
NO_STATUS = 255
OPENED, CLOSED = 1, 2

HEARD = np.dtype(
    [
        ("at_us", "i8"),
        ("id", "u8"),
        ("slot", "i8"),
        ("ear", "i8"),
        ("is_report", "u1"),
        ("usable", "u1"),
        ("hull", "u1"),
        ("status", "u1"),
        ("class_b", "u1"),
        ("lon_deg", "f8"),
        ("lat_deg", "f8"),
        ("sog_kn", "f8"),
        ("cog_deg", "f8"),
    ]
)
"""One hearing: a report or statics."""

VESSEL = np.dtype(
    [
        ("last_us", "i8"),
        ("last_id", "u8"),
        ("before_id", "u8"),
        ("pos_us", "i8"),
        ("lon_deg", "f8"),
        ("lat_deg", "f8"),
        ("sog_kn", "f8"),
        ("cog_deg", "f8"),
        ("opened_us", "i8"),
        ("known", "u1"),
        ("located", "u1"),
        ("hull", "u1"),
        ("status", "u1"),
        ("class_b", "u1"),
        ("open", "u1"),
        ("link", "u1"),
        ("told", "u1"),
    ]
)
"""What is remembered of an MMSI, 80 bytes. `told`: silent, but with too little history."""

LINK = np.dtype(
    [
        ("ear", "i4"),
        ("fixes", "i4"),
        ("first_us", "i8"),
        ("at_us", "i8"),
        ("mark_us", "i8"),
        ("heard_us", "i8"),
        ("longest_s", "f8"),
    ]
)
"""A vessel as one ear hears it, 48 bytes. `ear` counts from 1, 0 is free. Listening times of the
ear: `mark_us` when anyone last heard the vessel, `heard_us` when this ear did."""

FOUND = np.dtype(
    [
        ("what", "u1"),
        ("slot", "i4"),
        ("ear", "i4"),
        ("onset_us", "i8"),
        ("opened_us", "i8"),
        ("revised_us", "i8"),
        ("last_id", "u8"),
        ("before_id", "u8"),
        ("pos_us", "i8"),
        ("lon_deg", "f8"),
        ("lat_deg", "f8"),
        ("sog_kn", "f8"),
        ("cog_deg", "f8"),
        ("hull", "u1"),
        ("status", "u1"),
        ("class_b", "u1"),
        ("listening_s", "f8"),
        ("threshold_s", "f8"),
        ("nominal_s", "f8"),
        ("longest_s", "f8"),
        ("habit_s", "f8"),
        ("fixes", "i8"),
        ("since_us", "i8"),
        ("others", "i8"),
        ("near", "i8"),
        ("fixed", "i8"),
        ("return_id", "u8"),
        ("return_lon_deg", "f8"),
        ("return_lat_deg", "f8"),
    ]
)


class Rules(NamedTuple):
    """Numbers of `silence.*` as kernels take them."""

    floor_s: float
    nominal_intervals: float
    habit_factor: float
    half_life_s: float
    least_fixes: int
    least_history_us: int
    near_m: float
    deaf: DeafRules


class Sea(NamedTuple):
    """The detector's memory, by reference."""

    ears: Ears
    runs: Runs
    ear_feed: I32
    vessels: NDArray[np.void]
    links: NDArray[np.void]
    watched: NDArray[np.uint8]
    """1: ship-like, silence matters; 0: anything else, which is only counted."""
    due_us: I64
    """Earliest event time at which the vessel could be silent; NEVER_US where it cannot."""
    counts: I64
    """[0]: silences without enough history; [1]: findings written in this fold."""
