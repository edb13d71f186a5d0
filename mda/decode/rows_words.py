"""Words and codes in tables of decoded AIS, as the numbers that the message itself would hold.

*Sources.* Navigational status: ITU-R M.1371-5, Annex 8, table 45. Ship types: table 53; the Danish
Maritime Authority writes them as words. Codes 1001-1025 are NOAA's own (Vessel Type Codes 2018,
Marine Cadastre): each becomes the AIS type of NOAA's group for it, and none where there is no such.
"""

from __future__ import annotations

import re
from typing import Final

_LETTERS: Final = re.compile(r"[^a-z]+")
UNKNOWN: Final = -1
NOTHING: Final = frozenset(
    ("", "none", "null", "nan", "na", "n/a", "unknown", "undefined", "unknown value", "-")
)
"""How tables write that something is not available, in small letters."""

_STATUS: Final = {
    "underwayusingengine": 0, "underwayusingengines": 0, "underway": 0, "atanchor": 1,
    "anchored": 1, "notundercommand": 2, "restrictedmaneuverability": 3,
    "restrictedmanoeuvrability": 3, "restrictedmanoeuverability": 3,
    "constrainedbyherdraught": 4, "constrainedbydraught": 4, "moored": 5, "aground": 6,
    "engagedinfishing": 7, "fishing": 7, "underwaysailing": 8, "sailing": 8,
    "reservedforfutureamendmenthsc": 9, "reservedforfutureamendmentwig": 10,
    "powerdrivenvesseltowingastern": 11, "powerdrivenvesselpushingahead": 12,
    "powerdrivenvesselpushingaheadortowingalongside": 12, "aissartisactive": 14, "aissart": 14,
}  # fmt: skip
_SHIP_TYPE: Final = {
    "wig": 20, "fishing": 30, "towing": 31, "towinglongwide": 32, "dredging": 33, "diving": 34,
    "military": 35, "sailing": 36, "pleasure": 37, "pleasurecraft": 37, "hsc": 40, "pilot": 50,
    "sar": 51, "tug": 52, "porttender": 53, "antipollution": 54, "lawenforcement": 55,
    "medical": 58, "nottpartytoconflict": 59, "notpartytoconflict": 59, "passenger": 60,
    "cargo": 70, "tanker": 80, "other": 90,
}  # fmt: skip
_NOAA_TYPE: Final = {
    1001: 30, 1002: 30, 1003: 70, 1004: 70, 1005: 90, 1006: 90, 1007: 90, 1010: 90, 1011: 90,
    1012: 60, 1013: 60, 1014: 60, 1015: 60, 1016: 70, 1017: 80, 1018: 90, 1019: 37, 1020: 90,
    1022: 90, 1023: 31, 1024: 80, 1025: 31,
}  # fmt: skip
"""Non-vessels (1008, 1009) and SAR aircraft (1021) are no ship types."""
_CLASS: Final = {
    "a": 1, "classa": 1, "b": 18, "classb": 18, "basestation": 4, "aton": 21, "sarairborne": 9,
    "searchandrescuetransponder": 1, "manoverboarddevice": 1,
}  # fmt: skip


def _letters(text: str) -> str:
    return _LETTERS.sub("", text.lower())


def whole(text: str) -> int:
    """A whole number, also as 31.0; -1 where it is none.

    >>> whole("31"), whole("31.0"), whole("31.5"), whole("")
    (31, 31, -1, -1)
    """
    digits, _, fraction = text.partition(".")
    if digits.isascii() and digits.isdigit() and not fraction.strip("0"):
        return int(digits) if len(digits) < 16 else UNKNOWN
    return UNKNOWN


def status(text: str) -> int:
    """Navigational status 0-14, from a number or words; -1 where it is not defined."""
    number = whole(text)
    if number == UNKNOWN:
        return _STATUS.get(_letters(text), UNKNOWN)
    return number if number <= 14 else UNKNOWN


def ship_type(text: str) -> int:
    """AIS ship type 1-255, from a number, one of NOAA's codes or words; -1 where not available."""
    number = whole(text)
    if number == UNKNOWN:
        return _SHIP_TYPE.get(_letters(text), UNKNOWN)
    if number > 255:
        return _NOAA_TYPE.get(number, UNKNOWN)
    return number or UNKNOWN


def class_type(text: str) -> int:
    """The message type that a class stands for (A: 1, B: 18, aid: 21 …); 0 where not told."""
    return _CLASS.get(_letters(text), 0)


def imo(text: str) -> int:
    """IMO number, also as IMO9307839; -1 where not available."""
    return whole(text.upper().removeprefix("IMO").strip()) or UNKNOWN


def truth(text: str) -> int:
    """0 or 1, from a number or a word; -1 for anything else."""
    number = {"true": 1, "false": 0}.get(text.lower(), whole(text))
    return number if number in (0, 1) else UNKNOWN


def words(text: str) -> str:
    """A text field: up to the first `@`, without blanks around it, in ASCII; placeholders empty."""
    found = text.partition("@")[0].strip()
    if found.lower() in NOTHING:
        return ""
    return found.encode("ascii", "replace").decode()
