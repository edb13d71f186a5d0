"""Route information, IMO SN.1/Circ.289: DAC 1, FI 27 (broadcast) and FI 28 (addressed)."""

from __future__ import annotations

from typing import Final

from mda.decode.binary.rows import (
    DAY,
    DURATION,
    HOUR,
    LINKAGE,
    MINUTE,
    MONTH,
    Bits,
    Fields,
    Number,
    Words,
    lat,
    lon,
    read,
    width,
)

ROUTES: Final = {
    1: "mandatory",
    2: "recommended",
    3: "alternative",
    4: "recommended through ice",
    5: "ship's plan",
    31: "cancelled",
}
HEAD: Final = (
    LINKAGE,
    Words("sender", 3, {0: "ship", 1: "authority"}),
    Words("route", 5, ROUTES),
    MONTH,
    DAY,
    HOUR,
    MINUTE,
    DURATION,
    Number("waypoints", 5, 0, 16),
)
WAYPOINT: Final = (lon(28, 600_000), lat(27, 600_000))
MOST_WAYPOINTS: Final = 16
MOST_BITS: Final = width(HEAD) + MOST_WAYPOINTS * width(WAYPOINT)


def route(bits: Bits) -> Fields:
    """Start, length and up to 16 waypoints; fewer where the message ends before."""
    found = read(bits, HEAD)
    count, step = found["waypoints"] or 0, width(WAYPOINT)
    begins = range(width(HEAD), width(HEAD) + count * step, step)
    found["waypoints"] = [read(bits, WAYPOINT, at) for at in begins if at < len(bits)]
    return found
