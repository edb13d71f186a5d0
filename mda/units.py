"""Units and their conversions. Every bare number in the house wears its unit in its name.

Sources: the international nautical mile is exactly 1852 m (First International Extraordinary
Hydrographic Conference, Monaco 1929); the knot is one of them an hour.
"""

from typing import Final

M_PER_NMI: Final = 1852.0
KN_TO_MPS: Final = M_PER_NMI / 3600.0
MPS_TO_KN: Final = 3600.0 / M_PER_NMI
US_PER_S: Final = 1_000_000
S_PER_H: Final = 3600.0
US_PER_H: Final = 3_600 * US_PER_S


def seconds(span_us: int) -> float:
    """Seconds in a span of microseconds.

    >>> seconds(1_500_000)
    1.5
    """
    return span_us / US_PER_S


def microseconds(span_s: float) -> int:
    """Whole microseconds in a span of seconds, rounded to the nearest.

    >>> microseconds(0.25)
    250000
    """
    return round(span_s * US_PER_S)
