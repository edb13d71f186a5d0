"""Where each field lies, by message type: tables after ITU-R M.1371-5, Annex 8 ("Message N").

A row is (column, first bit, width in bits, how its number becomes the column's value). Units and
not-available values are the standard's: longitude 181 degrees, latitude 91, speed 1023, course
3600, heading 511, rate of turn -128, second 60, draught 0, IMO 0, type 0, status 15.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mda.model.reports import F64, I64, Valid

Mask = NDArray[np.bool_]


class Measure(NamedTuple):
    """A float column: `convert` gives its value, NaN where not available."""

    column: str
    start: int
    width: int
    convert: Callable[[I64], F64]
    signed: bool = False


class Code(NamedTuple):
    """An integer column: `read` gives its value and where it is available (`valid` bit)."""

    column: str
    start: int
    width: int
    bit: int
    read: Callable[[I64], tuple[I64, Mask]]


class Text(NamedTuple):
    """A text column of six-bit characters, in spans of (first bit, characters)."""

    column: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of message types that share one form."""

    types: tuple[int, ...]
    bits: int
    """Bits of a whole message; a shorter one is truncated."""
    measures: tuple[Measure, ...] = ()
    codes: tuple[Code, ...] = ()
    """Of the position report."""
    texts: tuple[Text, ...] = ()
    claims: tuple[Code, ...] = ()
    """Integer columns of the static data."""
    draught: Measure | None = None
    dimensions: int | None = None
    """First bit of the four dimensions (9, 9, 6 and 6 bits)."""
    part: int | None = None
    """Type 24: which part this is."""
    reports: bool = True
    statics: bool = False


# -- conversions ------------------------------------------------------------------------------
def _degrees(per_degree: int, limit_deg: int) -> Callable[[I64], F64]:
    def convert(raw: I64) -> F64:
        value = raw / per_degree
        return np.where(np.abs(raw) <= limit_deg * per_degree, value, np.nan)

    return convert


def _upto(last: int, scale: float = 1.0) -> Callable[[I64], F64]:
    def convert(raw: I64) -> F64:
        return np.where(raw <= last, raw / scale, np.nan)

    return convert


def rate_of_turn(raw: I64) -> F64:
    """Degrees a minute, starboard positive: (raw / 4.733) squared, with its sign.

    +-127 says only which way (more than 5 degrees in 30 s, no turn indicator), -128 nothing.
    """
    turn = np.sign(raw) * (raw / 4.733) ** 2
    return np.where(np.abs(raw) < 127, turn, np.nan)


def _draught(raw: I64) -> F64:
    return np.where(raw > 0, raw / 10.0, np.nan)


def _any(raw: I64) -> tuple[I64, Mask]:
    return raw, np.ones(raw.shape, np.bool_)


def _positive(raw: I64) -> tuple[I64, Mask]:
    return raw, raw > 0


def _below(first_unknown: int) -> Callable[[I64], tuple[I64, Mask]]:
    def read(raw: I64) -> tuple[I64, Mask]:
        return raw, raw < first_unknown

    return read


def _mode(raw: I64) -> tuple[I64, Mask]:
    """From the second field: 0 a fix, 61 manual, 62 dead reckoning, 63 inoperative."""
    return np.where(raw > 60, raw, 0), raw != 60


_SPEED = _upto(1022, 10.0)
_COURSE = _upto(3599, 10.0)
_HEADING = _upto(359)
_STATUS = _below(15)


def _place(lon: int, lat: int, per_degree: int = 600_000, narrow: int = 0) -> tuple[Measure, ...]:
    """Longitude (28 bits) and latitude (27), 1/10 000 minute; `narrow` takes bits off both."""
    return (
        Measure("lon_deg", lon, 28 - narrow, _degrees(per_degree, 180), signed=True),
        Measure("lat_deg", lat, 27 - narrow, _degrees(per_degree, 90), signed=True),
    )


def _second(start: int) -> tuple[Code, ...]:
    return (
        Code("second", start, 6, Valid.SECOND, _below(60)),
        Code("position_mode", start, 6, Valid.POSITION_MODE, _mode),
    )


def _bit(column: str, start: int, bit: int) -> Code:
    return Code(column, start, 1, bit, _any)


def _ship_type(start: int, width: int = 8) -> tuple[Code, ...]:
    return (Code("ship_type", start, width, Valid.SHIP_TYPE, _positive),)


# -- the layouts ------------------------------------------------------------------------------
CLASS_A: Final = Layout(  # Messages 1, 2, 3: position reports
    (1, 2, 3),
    168,
    (
        Measure("rot_deg_per_min", 42, 8, rate_of_turn, signed=True),
        Measure("sog_kn", 50, 10, _SPEED),
        *_place(61, 89),
        Measure("cog_deg", 116, 12, _COURSE),
        Measure("heading_deg", 128, 9, _HEADING),
    ),
    (
        Code("nav_status", 38, 4, Valid.NAV_STATUS, _STATUS),
        _bit("accuracy", 60, Valid.ACCURACY),
        *_second(137),
        _bit("raim", 148, Valid.RAIM),
    ),
)
BASE: Final = Layout(  # Messages 4, 11: base station report, UTC and date response
    (4, 11),
    168,
    _place(79, 107),
    (
        Code("second", 72, 6, Valid.SECOND, _below(60)),
        _bit("accuracy", 78, Valid.ACCURACY),
        _bit("raim", 148, Valid.RAIM),
    ),
)
VOYAGE: Final = Layout(  # Message 5: ship static and voyage related data
    (5,),
    424,
    texts=(
        Text("callsign", ((70, 7),)),
        Text("name", ((112, 20),)),
        Text("destination", ((302, 20),)),
    ),
    claims=(Code("imo", 40, 30, Valid.IMO, _positive), *_ship_type(232)),
    draught=Measure("draught_m", 294, 8, _draught),
    dimensions=240,
    reports=False,
    statics=True,
)
SAR: Final = Layout(  # Message 9: standard SAR aircraft position report; speed in whole knots
    (9,),
    168,
    (Measure("sog_kn", 50, 10, _upto(1022)), *_place(61, 89), Measure("cog_deg", 116, 12, _COURSE)),
    (
        _bit("accuracy", 60, Valid.ACCURACY),
        *_second(128),
        _bit("raim", 147, Valid.RAIM),
    ),
)
_CLASS_B_MEASURES = (
    Measure("sog_kn", 46, 10, _SPEED),
    *_place(57, 85),
    Measure("cog_deg", 112, 12, _COURSE),
    Measure("heading_deg", 124, 9, _HEADING),
)
CLASS_B: Final = Layout(  # Message 18: standard class B position report
    (18,),
    168,
    _CLASS_B_MEASURES,
    (
        _bit("accuracy", 56, Valid.ACCURACY),
        *_second(133),
        _bit("raim", 147, Valid.RAIM),
    ),
)
CLASS_B_EXTENDED: Final = Layout(  # Message 19: extended class B position report
    (19,),
    312,
    _CLASS_B_MEASURES,
    (
        _bit("accuracy", 56, Valid.ACCURACY),
        *_second(133),
        _bit("raim", 305, Valid.RAIM),
    ),
    texts=(Text("name", ((143, 20),)),),
    claims=_ship_type(263),
    dimensions=271,
    statics=True,
)
AID: Final = Layout(  # Message 21: aid-to-navigation report; its name goes on after bit 272
    (21,),
    272,
    _place(164, 192),
    (
        _bit("accuracy", 163, Valid.ACCURACY),
        *_second(253),
        _bit("raim", 268, Valid.RAIM),
    ),
    texts=(Text("name", ((43, 20), (272, 14))),),
    claims=_ship_type(38, 5),
    dimensions=219,
    statics=True,
)
STATIC_A: Final = Layout(  # Message 24 part A: 160 bits, often padded to 168
    (24,), 160, texts=(Text("name", ((40, 20),)),), part=0, reports=False, statics=True
)
STATIC_B: Final = Layout(  # Message 24 part B
    (24,),
    162,
    texts=(Text("callsign", ((90, 7),)),),
    claims=_ship_type(40),
    dimensions=132,
    part=1,
    reports=False,
    statics=True,
)
LONG_RANGE: Final = Layout(  # Message 27: 1/10 minute, whole knots and degrees; 96 bits
    (27,),
    96,
    (
        *_place(44, 62, 600, narrow=10),
        Measure("sog_kn", 79, 6, _upto(62)),
        Measure("cog_deg", 85, 9, _upto(359)),
    ),
    (
        _bit("accuracy", 38, Valid.ACCURACY),
        _bit("raim", 39, Valid.RAIM),
        Code("nav_status", 40, 4, Valid.NAV_STATUS, _STATUS),
    ),
)

LAYOUTS: Final = (
    CLASS_A,
    BASE,
    VOYAGE,
    SAR,
    CLASS_B,
    CLASS_B_EXTENDED,
    AID,
    STATIC_A,
    STATIC_B,
    LONG_RANGE,
)
COLUMN_TYPES: Final = frozenset(t for layout in LAYOUTS for t in layout.types)
"""Message types that become columns."""
LAST_TYPE: Final = 28
"""Highest message type there is (28: M.1371-6); above it a payload is noise."""
HEADER_BITS: Final = 38
"""Type, repeat indicator and MMSI: without them there is no message."""
MAX_BITS: Final = 1192
"""A message of five slots holds no more (M.1371-5 Annex 2, 3.3.7); the rest is glued-on noise."""
