"""How findings speak: spans, instants, bearings and speeds in plain English, UTC always.

Never more than is known: a flag is claimed, and nobody is called anything but a vessel. Whose water
it is stands in `water_words`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from mda.clock import format_at, to_datetime
from mda.units import M_PER_NMI

_POINTS = (
    "north",
    "north-northeast",
    "northeast",
    "east-northeast",
    "east",
    "east-southeast",
    "southeast",
    "south-southeast",
    "south",
    "south-southwest",
    "southwest",
    "west-southwest",
    "west",
    "west-northwest",
    "northwest",
    "north-northwest",
)
NAV_STATUS = {
    0: "under way using engine",
    1: "at anchor",
    2: "not under command",
    3: "restricted in her ability to manoeuvre",
    4: "constrained by her draught",
    5: "moored",
    6: "aground",
    7: "engaged in fishing",
    8: "under way sailing",
    14: "an active distress beacon",
}
"""Navigational status as a sentence has it (ITU-R M.1371-5, message 1)."""


def span_words(span_s: float) -> str:
    """A span in the two units that matter.

    >>> span_words(40), span_words(2820), span_words(7500), span_words(183600)
    ('40 s', '47 min', '2 h 05 min', '2 d 3 h')
    """
    if span_s < 100:
        return f"{span_s:.0f} s"
    minutes = round(span_s / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def at_words(at_us: int) -> str:
    """An instant for a sentence that may be read on another day.

    >>> at_words(1490075479000000)
    '05:51 UTC on 21 March 2017'
    """
    at = to_datetime(at_us)
    return f"{at:%H:%M} UTC on {at.day} {at:%B %Y}"


def point_words(bearing_deg: float) -> str:
    """The nearest of the sixteen compass points.

    >>> point_words(0), point_words(292), point_words(355)
    ('north', 'west-northwest', 'north')
    """
    return _POINTS[round(bearing_deg / 22.5) % 16]


def distance_words(distance_m: float) -> str:
    """Metres as a watchkeeper says them.

    >>> distance_words(320), distance_words(4000), distance_words(38000)
    ('320 m', '2.2 nmi', '21 nmi')
    """
    if distance_m < 1000:
        return f"{round(distance_m, -1):.0f} m"
    nmi = distance_m / M_PER_NMI
    return f"{nmi:.1f} nmi" if nmi < 10 else f"{nmi:.0f} nmi"


def position_words(lon_deg: float, lat_deg: float) -> str:
    """Degrees and decimal minutes, latitude first as on a chart.

    >>> position_words(-61.405, 15.2501)
    "15°15.01'N 061°24.30'W"
    """

    def half(value_deg: float, digits: int, letters: str) -> str:
        minutes = round(abs(value_deg) * 60, 2)
        degrees, rest = divmod(minutes, 60)
        return f"{int(degrees):0{digits}d}°{rest:05.2f}'{letters[value_deg < 0]}"

    return f"{half(lat_deg, 2, 'NS')} {half(lon_deg, 3, 'EW')}"


def near_words(name: str, distance_m: float, bearing_deg: float) -> str:
    """Where, seen from the nearest named place.

    >>> near_words("Roseau", 38000.0, 292.0), near_words("Roseau", 300.0, 0.0)
    ('21 nmi west-northwest of Roseau', 'at Roseau')
    """
    if distance_m < M_PER_NMI:
        return f"at {name}"
    return f"{distance_words(distance_m)} {point_words(bearing_deg)} of {name}"


def and_words(words: Sequence[str]) -> str:
    """A list as speech has it.

    >>> and_words(["Guyana"]), and_words(["A", "B"]), and_words(["A", "B", "C"])
    ('Guyana', 'A and B', 'A, B and C')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def speed_words(sog_kn: float) -> str:
    """A reported speed, or that there is none.

    >>> speed_words(12.34), speed_words(float("nan"))
    ('12.3 kn', 'an unknown speed')
    """
    return f"{sog_kn:.1f} kn" if isfinite(sog_kn) else "an unknown speed"


def count_words(count: int, one: str, many: str) -> str:
    """A number with its noun.

    >>> count_words(0, "other vessel", "other vessels"), count_words(1, "vessel", "vessels")
    ('no other vessels', '1 vessel')
    """
    return f"{count or 'no'} {one if count == 1 else many}"


def known(value: float, digits: int) -> float | None:
    """A figure for evidence: rounded, and null where it is not known.

    >>> known(1.23456, 2), known(float("nan"), 2)
    (1.23, None)
    """
    return round(float(value), digits) if isfinite(value) else None


def report_hex(report_id: int) -> str:
    """A report id as evidence quotes it: 16 hex digits (64 bits do not fit a JSON number)."""
    return f"{report_id:016x}"


def instant(at_us: int) -> str:
    """An instant as evidence quotes it: ISO 8601, UTC."""
    return format_at(at_us)
