"""Meteorological and hydrological data: IMO SN.1/Circ.289 (DAC 1, FI 31), SN/Circ.236 (FI 11).

The older FI 11 was to end in 2013 and is still on the air. It states "not available" by the highest
number of a field, its latitude comes first, and temperatures count from the lowest one; FI 31 has
signed temperatures and a value for "more than". Such a value (126 kn and over, 25.1 kn, 25.1 m) is
handed on as it is: the least it can be. Air pressure: FI 31 sends 0 for 799 hPa or less.
"""

from __future__ import annotations

from typing import Final

from mda.decode.binary.rows import (
    DAY,
    FLAG,
    HOUR,
    MINUTE,
    Bits,
    Fields,
    Number,
    Row,
    Spare,
    Words,
    lat,
    lon,
    read,
)

TREND: Final = {0: "steady", 1: "decreasing", 2: "increasing"}
PRECIPITATION: Final = {
    1: "rain",
    2: "thunderstorm",
    3: "freezing rain",
    4: "mixed or ice",
    5: "snow",
}
"""WMO 306, code table 4.201."""


def _bearing(name: str) -> Number:
    return Number(name, 9, 0, 359)


def _current(name: str, last: int) -> tuple[Row, ...]:
    return (
        Number(f"{name}_kn", 8, 0, last, divide=10),
        _bearing(f"{name}_dir_deg"),
        Number(f"{name}_depth_m", 5, 0, 30),
    )


def _sea(last: int) -> tuple[Row, ...]:
    """Currents at the surface and two depths, waves, swell, sea state; `last`: largest speed or
    height in tenths."""
    return (
        *_current("current", last)[:2],
        *_current("current2", last),
        *_current("current3", last),
        Number("wave_height_m", 8, 0, last, divide=10),
        Number("wave_period_s", 6, 0, 60),
        _bearing("wave_dir_deg"),
        Number("swell_height_m", 8, 0, last, divide=10),
        Number("swell_period_s", 6, 0, 60),
        _bearing("swell_dir_deg"),
        Number("sea_state_beaufort", 4, 0, 12),
    )


_WIND: Final = (
    Number("wind_kn", 7, 0, 126),
    Number("gust_kn", 7, 0, 126),
    _bearing("wind_dir_deg"),
    _bearing("gust_dir_deg"),
)
_PRECIPITATION: Final = Words("precipitation", 3, PRECIPITATION)
_ICE: Final = Words("ice", 2, FLAG)

CIRC_236: Final = (
    lat(),
    lon(),
    DAY,
    HOUR,
    MINUTE,
    *_WIND,
    Number("air_temp_c", 11, 0, 1200, add=-600, divide=10),
    Number("humidity_pct", 7, 0, 100),
    Number("dew_point_c", 10, 0, 700, add=-200, divide=10),
    Number("pressure_hpa", 9, 0, 400, add=800),
    Words("pressure_trend", 2, TREND),
    Number("visibility_nmi", 8, 0, 250, divide=10),
    Number("water_level_m", 9, 0, 400, add=-100, divide=10),
    Words("water_level_trend", 2, TREND),
    *_sea(250),
    Number("water_temp_c", 10, 0, 600, add=-100, divide=10),
    _PRECIPITATION,
    Number("salinity_permil", 9, 0, 500, divide=10),
    _ICE,
    Spare(6),
)
CIRC_289: Final = (
    lon(),
    lat(),
    Words("accuracy", 1, FLAG),
    DAY,
    HOUR,
    MINUTE,
    *_WIND,
    Number("air_temp_c", 11, -600, 600, divide=10, signed=True),
    Number("humidity_pct", 7, 0, 100),
    Number("dew_point_c", 10, -200, 500, divide=10, signed=True),
    Number("pressure_hpa", 9, 0, 402, add=799),
    Words("pressure_trend", 2, TREND),
    Words("visibility_greater", 1, FLAG),
    Number("visibility_nmi", 7, 0, 126, divide=10),
    Number("water_level_m", 12, 0, 4000, add=-1000, divide=100),
    Words("water_level_trend", 2, TREND),
    *_sea(251),
    Number("water_temp_c", 10, -100, 500, divide=10, signed=True),
    _PRECIPITATION,
    Number("salinity_permil", 9, 0, 501, divide=10),
    _ICE,
    Spare(10),
)


def old_weather(bits: Bits) -> Fields:
    """FI 11. Its day 31 means not available where hour and minute are not either."""
    found = read(bits, CIRC_236)
    if found["day"] == 31 and found["hour"] is None and found["minute"] is None:
        found["day"] = None
    return found


def weather(bits: Bits) -> Fields:
    """FI 31. "Greater than" is said of a visibility that is there."""
    found = read(bits, CIRC_289)
    if found["visibility_nmi"] is None:
        found["visibility_greater"] = None
    return found
