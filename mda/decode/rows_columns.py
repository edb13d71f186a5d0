"""Rows of a table into columns of `Reports` and `Statics`, a column at a time.

What is not available is masked as the message's own sentinels are: longitude 181, latitude 91,
speed 102.3 and more, course 360, heading 511, rate of turn of +-127 and -128, ETA and type 0; so is
whatever lies outside a field's range (the negative courses of some Marine Cadastre years too: what
they meant is not documented).
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.decode.fields import rate_of_turn
from mda.decode.rows_cells import Cells
from mda.decode.rows_layouts import TableLayout
from mda.decode.rows_words import class_type, imo, ship_type, status, truth, whole, words
from mda.model.reports import F64, I64, Valid
from mda.units import MPS_TO_KN

Columns = dict[str, NDArray[Any]]

REPORT_TYPES: Final = (0, 1, 2, 3, 4, 9, 11, 17, 18, 19, 21, 27)
"""Message types that are reports; 0: the table does not tell types, so every row is one."""
STATIC_TYPES: Final = (5, 19, 21, 24)
STATIC_OF: Final = {1: 5, 2: 5, 3: 5, 18: 24, 19: 19, 21: 21}
"""The message type in which a station of a class tells its static data; else 0, not told."""
PRIVATE_IDS: Final = (790_000_000, 10_000_000)
"""Numbers for vessels that a table names by numbers below 10 million which are no MMSIs: first, and
how many. No country has the identification digits 78x and 79x (ITU-R M.585-9, Annex 1; ITU table of
maritime identification digits), so they can be no ship's and claim no flag."""
PRIVATE_NAMES: Final = (780_000_000, 10_000_000)
"""The same for vessels named otherwise: by a hash, so that two of n names share one number with a
probability of about n squared in 20 million."""
_MMSI_MOST: Final = 999_999_999
_SOG_MOST_KN: Final = 102.25
_SOG_FACTOR: Final = {"kn": 1.0, "m/s": MPS_TO_KN, "km/h": 1.0 / 1.852}
_TURN_SENTINELS: Final = (10.0, 127.0, 128.0)
"""Degrees a minute that no indicated value gives: 10 stands for +-127 (as decoders write "more
than 5 degrees in 30 s"), the others are raw sentinels."""
_TURN_MOST: Final = 709.0
"""708.7 is the value of 126; above it stand the squares of the sentinels."""


def times(cells: Cells, layout: TableLayout) -> I64:
    """Microseconds of each row's time, `NO_TIME_US` where it cannot be read."""
    at_us = np.array(cells.each("at", layout.read_time), np.int64)
    if "millisecond" in cells:
        parts = np.array(cells.each("millisecond", whole), np.int64)
        inside = (parts >= 0) & (parts < 1000) & (at_us != NO_TIME_US)
        at_us += np.where(inside, parts * 1000, 0)
    return at_us


def mmsis(cells: Cells) -> I64:
    """MMSI of each row, or the number that stands for its vessel's name; -1 where there is none."""
    if "mmsi" in cells:
        return np.array(cells.each("mmsi", _mmsi), np.int64)
    return np.array(cells.each("vessel_id", private_mmsi), np.int64)


def _mmsi(text: str) -> int:
    number = whole(text)
    return number if number < 1 << 30 else -1


def private_mmsi(name: str) -> int:
    """The number that stands for a vessel whose table gives it another name than an MMSI.

    >>> private_mmsi("132"), private_mmsi("") , 780_000_000 <= private_mmsi("EV-7") < 790_000_000
    (790000132, -1, True)
    """
    if not name:
        return -1
    number = whole(name)
    if 0 <= number < PRIVATE_IDS[1]:
        return PRIVATE_IDS[0] + number
    digest = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
    return PRIVATE_NAMES[0] + digest % PRIVATE_NAMES[1]


def message_types(cells: Cells, rows: int) -> I64:
    """Message type of each row, 0 where the table does not tell it."""
    if "msg_type" in cells:
        told = np.array(cells.each("msg_type", whole), np.int64)
        return np.where((told >= 1) & (told <= 28), told, 0)
    if "vessel_class" in cells:
        return np.array(cells.each("vessel_class", class_type), np.int64)
    return np.zeros(rows, np.int64)


# -- where it is --------------------------------------------------------------------------------
def position(cells: Cells) -> tuple[Columns, NDArray[np.bool_]]:
    """Longitude and latitude in degrees, and which rows hold something else in their place."""
    lon_deg, bad_lon = cells.numbers("lon_deg")
    lat_deg, bad_lat = cells.numbers("lat_deg")
    found: Columns = {
        "lon_deg": np.where(np.abs(lon_deg) <= 180.0, lon_deg, np.nan),
        "lat_deg": np.where(np.abs(lat_deg) <= 90.0, lat_deg, np.nan),
    }
    return found, bad_lon | bad_lat


def movement(cells: Cells, layout: TableLayout) -> Columns:
    """Speed, course, heading, rate of turn, altitude."""
    found: Columns = {}
    if "sog_kn" in cells:
        sog_kn = cells.numbers("sog_kn")[0] * _SOG_FACTOR[layout.map.sog_unit]
        found["sog_kn"] = np.where((sog_kn >= 0.0) & (sog_kn < _SOG_MOST_KN), sog_kn, np.nan)
    for name in ("cog_deg", "heading_deg"):
        if name in cells:
            angle_deg = cells.numbers(name)[0]
            inside = (angle_deg >= 0.0) & (angle_deg < 360.0)
            found[name] = np.where(inside, angle_deg, np.nan)
    if "rot_deg_per_min" in cells:
        found["rot_deg_per_min"] = _turn(cells.numbers("rot_deg_per_min")[0], layout.map.rot_unit)
    if "altitude_m" in cells:
        altitude_m = cells.numbers("altitude_m")[0]
        found["altitude_m"] = np.where(altitude_m < 4095.0, altitude_m, np.nan)
    return found


def _turn(told: F64, unit: str) -> F64:
    if unit == "ais":
        raw = np.where(told > 127.0, told - 256.0, told)
        return rate_of_turn(np.where(np.abs(raw) < 127.0, np.nan_to_num(raw), -128.0).astype("i8"))
    odd = np.isin(np.abs(told), _TURN_SENTINELS) | (np.abs(told) > _TURN_MOST)
    return np.where(odd, np.nan, told)


def _coded(
    cells: Cells, field: str, read: Callable[[str], int], bit: int, found: Columns, most: int
) -> None:
    """A column of whole numbers from 0 to `most`, and its bit where there is one."""
    if field in cells:
        value = np.array(cells.each(field, read), np.int64)
        known = (value >= 0) & (value <= most)
        found[field] = np.where(known, value, 0)
        found["valid"] = found["valid"] | np.where(known, bit, 0).astype(np.uint32)


def conditions(cells: Cells, rows: int) -> Columns:
    """Integer columns of a report, and their bits in `valid`."""
    found: Columns = {"valid": np.zeros(rows, np.uint32)}
    _coded(cells, "nav_status", status, Valid.NAV_STATUS, found, 14)
    if "second" in cells:
        mode = np.array(cells.each("second", whole), np.int64)
        _coded(cells, "second", whole, Valid.SECOND, found, 59)
        fixed, odd = (mode >= 0) & (mode < 60), (mode > 60) & (mode < 64)
        found["position_mode"] = np.where(odd, mode, 0)
        bit = np.where(fixed | odd, Valid.POSITION_MODE, 0).astype(np.uint32)
        found["valid"] = found["valid"] | bit
    _coded(cells, "accuracy", truth, Valid.ACCURACY, found, 1)
    _coded(cells, "raim", truth, Valid.RAIM, found, 1)
    _coded(cells, "radio", whole, Valid.RADIO, found, (1 << 20) - 1)
    _coded(cells, "off_position", truth, Valid.OFF_POSITION, found, 1)
    _coded(cells, "virtual_aid", truth, Valid.VIRTUAL_AID, found, 1)
    return found


# -- who it says it is --------------------------------------------------------------------------
def claims(cells: Cells, layout: TableLayout, msg_type: I64) -> tuple[Columns, NDArray[np.bool_]]:
    """Columns of static data, and which rows say anything of it."""
    rows = msg_type.size
    found: Columns = {"valid": np.zeros(rows, np.uint32)}
    said = np.zeros(rows, np.bool_)
    for field in ("callsign", "name", "destination"):
        texts = cells.each(field, words) if field in cells else [""] * rows
        if field == "name" and "aid_name" in cells:
            pairs = zip(texts, cells.each("aid_name", words), strict=True)
            texts = [name or aid for name, aid in pairs]
        found[field] = np.array(texts, np.bytes_)
        said |= found[field] != b""
    _coded(cells, "imo", imo, Valid.IMO, found, (1 << 30) - 1)
    _type(cells, msg_type, found)
    for field, bit, least, most in _ETA:
        if field in cells:
            value = np.array(cells.each(field, whole), np.int64)
            known = (value >= least) & (value <= most)
            found[field] = np.where(known, value, 0)
            found["valid"] = found["valid"] | np.where(known, bit, 0).astype(np.uint32)
    _dimensions(cells, found)
    if "draught_m" in cells:
        draught_m = cells.numbers("draught_m")[0]
        draught_m = draught_m / 10.0 if layout.map.draught_unit == "dm" else draught_m
        inside = (draught_m > 0.0) & (draught_m <= 25.55)
        found["draught_m"] = np.where(inside, draught_m, np.nan)
        said |= inside
    return found, said | (found["valid"] != 0)


_ETA: Final = (
    ("eta_month", Valid.ETA_MONTH, 1, 12),
    ("eta_day", Valid.ETA_DAY, 1, 31),
    ("eta_hour", Valid.ETA_HOUR, 0, 23),
    ("eta_minute", Valid.ETA_MINUTE, 0, 59),
    ("fix_type", Valid.FIX_TYPE, 1, 15),
    ("mothership_mmsi", Valid.MOTHERSHIP, 1, _MMSI_MOST),
)


def _type(cells: Cells, msg_type: I64, found: Columns) -> None:
    """Ship type; an aid has its own kind of type, and a table may have a column for that."""
    _coded(cells, "ship_type", ship_type, Valid.SHIP_TYPE, found, 255)
    if "aid_type" in cells:
        kind = np.array(cells.each("aid_type", whole), np.int64)
        known = (msg_type == 21) & (kind >= 1) & (kind <= 31)
        found["ship_type"] = np.where(known, kind, found.get("ship_type", 0))
        found["valid"] = found["valid"] | np.where(known, Valid.SHIP_TYPE, 0).astype(np.uint32)


def _metres(cells: Cells, field: str, rows: int, most: float) -> I64:
    if field not in cells:
        return np.zeros(rows, np.int64)
    told = cells.numbers(field)[0]
    return np.where((told > 0.0) & (told <= most), np.rint(np.nan_to_num(told)), 0).astype(np.int64)


def _dimensions(cells: Cells, found: Columns) -> None:
    """Bow, stern, port and starboard; where only length and beam are told, all of them is astern
    and to starboard, as M.1371-5 (figure 41) has it for an antenna whose place is not known."""
    rows = found["valid"].size
    bow, stern = (_metres(cells, f"to_{side}_m", rows, 511.0) for side in ("bow", "stern"))
    port, right = (_metres(cells, f"to_{side}_m", rows, 63.0) for side in ("port", "starboard"))
    length, beam = _metres(cells, "length_m", rows, 1022.0), _metres(cells, "beam_m", rows, 126.0)
    stern = np.where((bow == 0) & (stern == 0), length, stern)
    right = np.where((port == 0) & (right == 0), beam, right)
    found.update(to_bow_m=bow, to_stern_m=stern, to_port_m=port, to_starboard_m=right)
    known = np.where(bow + stern + port + right > 0, Valid.DIMENSIONS, 0)
    found["valid"] = found["valid"] | known.astype(np.uint32)
