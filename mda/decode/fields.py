"""Where each field lies, by message type: tables after ITU-R M.1371-5, Annex 8 ("Message N").

A row says which bits become which column, and which of their values mean something (`first` to
`last`): every other value is the standard's "not available" or reserved. Units are the standard's:
longitude and latitude in 1/10 000 minute, speed in 1/10 knot, course in 1/10 degree. The compiled
reader (`kernel_fields`) interprets these tables; nothing else knows where a field lies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from mda.model.reports import F64, I64, Valid


class Rule(IntEnum):
    """What is done with a field's number beside scaling it."""

    PLAIN = 0
    TURN = 1
    """Rate of turn: the square of the indicated value, with its sign."""
    MODE = 2
    """Position mode out of the second field: 0 a fix, 61 manual, 62 dead reckoning, 63 no fix."""
    ITDMA = 3
    """A communication state whose message has no selector flag and is always ITDMA (type 3)."""
    UTC = 4
    """Year, month, day, hour, minute and second in a row, as one instant."""
    SIDE = 5
    """One of four dimensions, which are known when any of them is over 0; `first` is their bit."""
    OWN_SIDE = 6
    """The same unless the station is a daughter craft (98MIDxxxx), which states its mother ship."""
    MOTHER = 7
    """The mother ship's MMSI in those same bits, if the station is a daughter craft."""


class Field(NamedTuple):
    """Some bits of a message and the column that they become."""

    column: str
    start: int
    """First bit, from 0."""
    width: int
    first: int = 0
    """Lowest number that means something."""
    last: int = 1 << 40
    """Highest number that means something."""
    scale: float = 1.0
    """The column's value is the number divided by this (float columns)."""
    signed: bool = False
    bit: int = 0
    """The column's bit in `valid` (integer columns)."""
    rule: Rule = Rule.PLAIN


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
    report: tuple[Field, ...] = ()
    """Fields of the position report; none, and the message is no report."""
    static: tuple[Field, ...] = ()
    """Integer and float fields of the static data."""
    texts: tuple[Text, ...] = ()
    part: int | None = None
    """Type 24: which part this is."""

    @property
    def reports(self) -> bool:
        """Whether it gives a row of `Reports`."""
        return bool(self.report)

    @property
    def statics(self) -> bool:
        """Whether it gives a row of `Statics`."""
        return bool(self.static or self.texts)


TURN_SCALE: Final = 4.733
"""The indicated turn is this times the root of degrees a minute (Message 1, rate of turn)."""


def rate_of_turn(raw: I64) -> F64:
    """Degrees a minute, starboard positive: (raw / 4.733) squared, with its sign.

    +-127 says only which way (more than 5 degrees in 30 s, no turn indicator), -128 nothing.
    """
    turn = np.sign(raw) * (raw / TURN_SCALE) ** 2
    return np.where(np.abs(raw) < 127, turn, np.nan)


def _place(lon: int, lat: int, per_degree: int = 600_000, narrow: int = 0) -> tuple[Field, ...]:
    """Longitude (28 bits) and latitude (27), 1/10 000 minute; `narrow` takes bits off both."""
    east, north = 180 * per_degree, 90 * per_degree
    return (
        Field("lon_deg", lon, 28 - narrow, -east, east, per_degree, signed=True),
        Field("lat_deg", lat, 27 - narrow, -north, north, per_degree, signed=True),
    )


def _speed(start: int) -> Field:
    return Field("sog_kn", start, 10, last=1022, scale=10.0)


def _course(start: int) -> Field:
    return Field("cog_deg", start, 12, last=3599, scale=10.0)


def _heading(start: int) -> Field:
    return Field("heading_deg", start, 9, last=359)


def _status(start: int) -> Field:
    return Field("nav_status", start, 4, last=14, bit=Valid.NAV_STATUS)


def _second(start: int) -> tuple[Field, ...]:
    return (
        Field("second", start, 6, last=59, bit=Valid.SECOND),
        Field("position_mode", start, 6, bit=Valid.POSITION_MODE, rule=Rule.MODE),
    )


def _trust(accuracy: int, raim: int) -> tuple[Field, ...]:
    return (
        Field("accuracy", accuracy, 1, bit=Valid.ACCURACY),
        Field("raim", raim, 1, bit=Valid.RAIM),
    )


def _radio(start: int, width: int = 19, rule: Rule = Rule.PLAIN) -> Field:
    """Communication state; of 20 bits the first is the selector flag (set: ITDMA)."""
    return Field("radio", start, width, bit=Valid.RADIO, rule=rule)


def _ship_type(start: int, width: int = 8) -> Field:
    return Field("ship_type", start, width, first=1, bit=Valid.SHIP_TYPE)


def _sides(start: int, rule: Rule = Rule.SIDE) -> tuple[Field, ...]:
    """Metres from the antenna to bow, stern, port and starboard (9, 9, 6 and 6 bits)."""
    sides = (("to_bow_m", 0, 9), ("to_stern_m", 9, 9), ("to_port_m", 18, 6))
    return tuple(
        Field(column, start + offset, width, start, bit=Valid.DIMENSIONS, rule=rule)
        for column, offset, width in (*sides, ("to_starboard_m", 24, 6))
    )


def _fix_type(start: int) -> Field:
    return Field("fix_type", start, 4, first=1, bit=Valid.FIX_TYPE)


# -- the layouts ------------------------------------------------------------------------------
CLASS_A: Final = Layout(  # Messages 1, 2: position reports
    (1, 2),
    168,
    (
        _status(38),
        Field("rot_deg_per_min", 42, 8, -126, 126, scale=TURN_SCALE, signed=True, rule=Rule.TURN),
        _speed(50),
        *_place(61, 89),
        _course(116),
        _heading(128),
        *_second(137),
        *_trust(60, 148),
        _radio(149),
    ),
)
CLASS_A_ITDMA: Final = replace(  # Message 3: the same, its communication state is ITDMA
    CLASS_A, types=(3,), report=(*CLASS_A.report[:-1], _radio(149, rule=Rule.ITDMA))
)
BASE: Final = Layout(  # Messages 4, 11: base station report, UTC and date response
    (4, 11),
    168,
    (
        Field("utc_us", 38, 40, bit=Valid.UTC, rule=Rule.UTC),
        Field("second", 72, 6, last=59, bit=Valid.SECOND),
        *_trust(78, 148),
        *_place(79, 107),
        _radio(149),
    ),
)
VOYAGE: Final = Layout(  # Message 5: ship static and voyage related data
    (5,),
    424,
    static=(
        Field("imo", 40, 30, first=1, bit=Valid.IMO),
        _ship_type(232),
        *_sides(240),
        _fix_type(270),
        Field("eta_month", 274, 4, 1, 12, bit=Valid.ETA_MONTH),
        Field("eta_day", 278, 5, 1, bit=Valid.ETA_DAY),
        Field("eta_hour", 283, 5, last=23, bit=Valid.ETA_HOUR),
        Field("eta_minute", 288, 6, last=59, bit=Valid.ETA_MINUTE),
        Field("draught_m", 294, 8, first=1, scale=10.0),
    ),
    texts=(
        Text("callsign", ((70, 7),)),
        Text("name", ((112, 20),)),
        Text("destination", ((302, 20),)),
    ),
)
SAR: Final = Layout(  # Message 9: standard SAR aircraft position report; speed in whole knots
    (9,),
    168,
    (
        Field("altitude_m", 38, 12, last=4094),
        Field("sog_kn", 50, 10, last=1022),
        *_place(61, 89),
        _course(116),
        *_second(128),
        *_trust(60, 147),
        _radio(148, 20),
    ),
)
DGNSS: Final = Layout(  # Message 17: header of a DGNSS broadcast: place of the reference station
    (17,), 80, _place(40, 58, 600, narrow=10)
)
_CLASS_B = (
    _speed(46),
    *_place(57, 85),
    _course(112),
    _heading(124),
    *_second(133),
)
CLASS_B: Final = Layout(  # Message 18: standard class B position report
    (18,), 168, (*_CLASS_B, *_trust(56, 147), _radio(148, 20))
)
CLASS_B_EXTENDED: Final = Layout(  # Message 19: extended class B position report
    (19,),
    312,
    (*_CLASS_B, *_trust(56, 305)),
    (_ship_type(263), *_sides(271), _fix_type(301)),
    (Text("name", ((143, 20),)),),
)
AID: Final = Layout(  # Message 21: aid-to-navigation report; its name goes on after bit 272
    (21,),
    272,
    (
        *_place(164, 192),
        *_second(253),
        Field("off_position", 259, 1, bit=Valid.OFF_POSITION),
        *_trust(163, 268),
        Field("virtual_aid", 269, 1, bit=Valid.VIRTUAL_AID),
    ),
    (_ship_type(38, 5), *_sides(219), _fix_type(249)),
    (Text("name", ((43, 20), (272, 14))),),
)
STATIC_A: Final = Layout(  # Message 24 part A: 160 bits, often padded to 168
    (24,), 160, texts=(Text("name", ((40, 20),)),), part=0
)
STATIC_B: Final = Layout(  # Message 24 part B; the device type came with edition 4
    (24,),
    162,
    static=(
        _ship_type(40),
        *_sides(132, Rule.OWN_SIDE),
        Field("mothership_mmsi", 132, 30, first=1, bit=Valid.MOTHERSHIP, rule=Rule.MOTHER),
        _fix_type(162),
    ),
    texts=(Text("callsign", ((90, 7),)),),
    part=1,
)
LONG_RANGE: Final = Layout(  # Message 27: 1/10 minute, whole knots and degrees; 96 bits
    (27,),
    96,
    (
        *_trust(38, 39),
        _status(40),
        *_place(44, 62, 600, narrow=10),
        Field("sog_kn", 79, 6, last=62),
        Field("cog_deg", 85, 9, last=359),
    ),
)

LAYOUTS: Final = (
    CLASS_A,
    CLASS_A_ITDMA,
    BASE,
    VOYAGE,
    SAR,
    DGNSS,
    CLASS_B,
    CLASS_B_EXTENDED,
    AID,
    STATIC_A,
    STATIC_B,
    LONG_RANGE,
)
COLUMN_TYPES: Final = frozenset(t for layout in LAYOUTS for t in layout.types)
"""Message types that become columns."""
FORM_OF: Final = {(t, x.part or 0): i for i, x in enumerate(LAYOUTS) for t in x.types}
"""Position in `LAYOUTS` by (message type, part of type 24)."""
LAST_TYPE: Final = 28
"""Highest message type there is (28: M.1371-6); above it a payload is noise."""
HEADER_BITS: Final = 38
"""Type, repeat indicator and MMSI: without them there is no message."""
MAX_BITS: Final = 1192
"""A message of five slots holds no more (M.1371-5 Annex 2, 3.3.7); the rest is glued-on noise."""


def unreadable(msg_type: int, bits: int) -> str | None:
    """Why a whole message cannot be read, None if it can."""
    if not 1 <= msg_type <= LAST_TYPE:
        return "unknown_type"
    if bits > MAX_BITS:
        return "too_long"
    if bits < HEADER_BITS + (2 if msg_type == 24 else 0):
        return "undecodable"
    return None
