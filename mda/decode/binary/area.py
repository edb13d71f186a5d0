"""Area notice, IMO SN.1/Circ.289: DAC 1, FI 22 (broadcast) and FI 23 (addressed).

A notice has a place made of one to ten sub-areas of 87 bits. A polyline or polygon goes on from the
circle (its point) before it by bearings, in steps of half a degree, and distances. Lengths are
multiplied by ten to the power of the sub-area's scale.
"""

from __future__ import annotations

from typing import Final

from mda.decode.binary.notices import NOTICES
from mda.decode.binary.rows import (
    DAY,
    DURATION,
    HOUR,
    LINKAGE,
    MINUTE,
    MONTH,
    PADDING_BITS,
    Bits,
    Fields,
    Number,
    lat,
    lon,
    read,
    width,
)

HEAD: Final = (LINKAGE, Number("notice", 7, 0, 126), MONTH, DAY, HOUR, MINUTE, DURATION)
SUB_AREA_BITS: Final = 87
MOST_SUB_AREAS: Final = 10
MOST_BITS: Final = width(HEAD) + MOST_SUB_AREAS * SUB_AREA_BITS
TEXT_CHARS: Final = 14

_PLACE: Final = (lon(), lat(), Number("precision_decimals", 3, 0, 7))
_RADIUS: Final = Number("radius_m", 12, 0, 4095)
CIRCLE: Final = (*_PLACE, _RADIUS)
"""Radius 0: a point."""
RECTANGLE: Final = (
    *_PLACE,
    Number("east_m", 8, 0, 255),
    Number("north_m", 8, 0, 255),
    Number("orientation_deg", 9, 0, 359),
)
"""From its south-west corner, turned clockwise about it."""
SECTOR: Final = (
    *_PLACE,
    _RADIUS,
    Number("left_deg", 9, 0, 359),
    Number("right_deg", 9, 0, 359),
)
STEP: Final = (
    Number("bearing_deg", 10, 0, 719, divide=2),
    Number("distance_m", 10, 1, 1023),
)
STEPS: Final = 4
SHAPES: Final = ("circle", "rectangle", "sector", "polyline", "polygon", "text")
_PLACED: Final = (CIRCLE, RECTANGLE, SECTOR)
_LENGTHS: Final = ("radius_m", "east_m", "north_m", "distance_m")


def area_notice(bits: Bits) -> Fields:
    """What, from when, for how long, and where; `text` is that of all text sub-areas."""
    found = read(bits, HEAD)
    found["notice_words"] = NOTICES.get(found["notice"])
    begins = range(width(HEAD), len(bits) - PADDING_BITS, SUB_AREA_BITS)
    found["sub_areas"] = areas = [_sub_area(bits, at) for at in begins]
    found["text"] = "".join(area["text"] or "" for area in areas if "text" in area) or None
    return found


def _sub_area(bits: Bits, start: int) -> Fields:
    shape = bits.unsigned(start, 3) or 0
    if shape >= len(SHAPES):
        return {"shape": f"reserved {shape}"}
    found: Fields = {"shape": SHAPES[shape]}
    if found["shape"] == "text":
        return {**found, "text": bits.words(start + 3, TEXT_CHARS)}
    scale = 10 ** (bits.unsigned(start + 3, 2) or 0)
    if shape < len(_PLACED):
        return {**found, **_scaled(read(bits, _PLACED[shape], start + 5), scale)}
    steps = [
        _scaled(read(bits, STEP, at), scale)
        for at in range(start + 5, start + 5 + STEPS * width(STEP), width(STEP))
    ]
    found["steps"] = [step for step in steps if step["distance_m"] is not None]
    return found


def _scaled(found: Fields, scale: int) -> Fields:
    for name in _LENGTHS:
        if found.get(name) is not None:
            found[name] *= scale
    return found
