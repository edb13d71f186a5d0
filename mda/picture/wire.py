"""The picture as binary frames for the page: the layout of web/WIRE.md, byte by byte.

A frame is a 32-byte header and one 24-byte record a target, little-endian. A whole frame holds
every target; a delta holds those that changed since another picture: newly heard, newly marked,
or new. Between frames the page dead-reckons, so being later is not a change.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mda.model import Picture, Targets
from mda.model.reports import F32, U16
from mda.units import US_PER_S

MAGIC: Final = b"CSP1"
HEADER: Final = struct.Struct("<4sB3xIIdd")
RECORD = np.dtype(
    [
        ("mmsi", "<u4"), ("lon", "<i4"), ("lat", "<i4"), ("cog", "<u2"), ("heading", "<u2"),
        ("sog", "<u2"), ("age_s", "<u2"), ("radius", "<u2"), ("kind", "u1"), ("marks", "u1"),
    ]
)  # fmt: skip
"""One target, 24 bytes."""
WHOLE: Final = 1
UNKNOWN: Final = 0xFFFF
SOG_MOST: Final = 0xFFFE
DEGREE: Final = 1e7
HUNDREDTH: Final = 100.0
RADIUS_STEP_M: Final = 10.0
KIND_BITS: Final = 4

_WHAT_CHANGES: Final = ("at_us", "marks", "kind", "sog_kn", "cog_deg", "heading_deg")


def records(picture: Picture, targets: Targets | None = None) -> NDArray[np.void]:
    """The packed records of the picture's targets, or of some of them, in key order."""
    t = picture.targets if targets is None else targets
    out = np.zeros(len(t), RECORD)
    out["mmsi"] = t.mmsi
    out["lon"] = np.round(t.now_lon_deg * DEGREE)
    out["lat"] = np.round(t.now_lat_deg * DEGREE)
    out["cog"] = _angle(t.cog_deg)
    out["heading"] = _angle(t.heading_deg)
    out["sog"] = _scaled(t.sog_kn, HUNDREDTH, SOG_MOST)
    age_s = np.maximum(picture.at_us - t.at_us, 0) // US_PER_S
    out["age_s"] = np.minimum(age_s, UNKNOWN)
    out["radius"] = _scaled(t.radius_m, 1.0 / RADIUS_STEP_M, UNKNOWN)
    hull = (t.key >> np.uint64(32)).astype(np.uint8)
    out["kind"] = t.kind | (np.minimum(hull, 15) << KIND_BITS)
    out["marks"] = t.marks
    return out


def whole_frame(picture: Picture) -> bytes:
    """The whole picture as one frame."""
    return _frame(picture, WHOLE, records(picture))


def delta_frame(previous: Picture, picture: Picture) -> bytes:
    """What changed from `previous` to `picture` as one frame (perhaps of no records)."""
    old, new = previous.targets, picture.targets
    if not len(old):
        return _frame(picture, 0, records(picture))
    at = np.minimum(np.searchsorted(old.key, new.key), len(old) - 1)
    changed = old.key[at] != new.key
    for name in _WHAT_CHANGES:
        before, after = getattr(old, name)[at], getattr(new, name)
        changed |= (before != after) & ((before == before) | (after == after))
    return _frame(picture, 0, records(picture, new.take(changed)))


def _frame(picture: Picture, flags: int, rows: NDArray[np.void]) -> bytes:
    head = HEADER.pack(
        MAGIC,
        flags,
        len(rows),
        picture.version & 0xFFFFFFFF,
        picture.at_us / 1000.0,
        picture.watermark_us / 1000.0,
    )
    return head + rows.tobytes()


def _angle(angle_deg: F32) -> U16:
    """Hundredths of a degree from 0 to 35,999; not available is 0xFFFF."""
    known = ~np.isnan(angle_deg)
    hundredths = np.round(np.where(known, angle_deg, 0.0).astype(np.float64) * HUNDREDTH) % 36_000
    return np.where(known, hundredths, UNKNOWN).astype(np.uint16)


def _scaled(value: F32, factor: float, most: int) -> U16:
    """The value times a factor, rounded and held below `most`; not available is 0xFFFF."""
    known = ~np.isnan(value)
    steps = np.clip(np.round(np.where(known, value, 0.0).astype(np.float64) * factor), 0, most)
    return np.where(known, steps, UNKNOWN).astype(np.uint16)
