"""The vessel card: what a target claims to be, where it is now, whose water that is.

Ship types and navigational statuses after ITU-R M.1371-5 (tables 53 and 45, message 1 status), in
our words. A flag is read from the MMSI's first digits and is always called a claim.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from mda.clock import format_at
from mda.model import Case, MmsiKind, Targets, Valid, VesselClass, mmsi_kind

MIDS = Path(__file__).with_name("mids.csv")

NAV_STATUS: Final = (
    "under way using engine",
    "at anchor",
    "not under command",
    "restricted in her ability to manoeuvre",
    "constrained by her draught",
    "moored",
    "aground",
    "engaged in fishing",
    "under way sailing",
    "reserved (9)",
    "reserved (10)",
    "power-driven vessel towing astern",
    "power-driven vessel pushing ahead or towing alongside",
    "reserved (13)",
    "AIS-SART, MOB or EPIRB active",
    "not defined",
)
_TENS: Final = {2: "wing-in-ground craft", 4: "high-speed craft", 6: "passenger ship",
                7: "cargo ship", 8: "tanker", 9: "other type of ship"}  # fmt: skip
_SINGLE: Final = {
    30: "fishing",
    31: "towing",
    32: "towing, large tow",
    33: "dredging or underwater work",
    34: "diving",
    35: "military",
    36: "sailing",
    37: "pleasure craft",
    50: "pilot vessel",
    51: "search and rescue vessel",
    52: "tug",
    53: "port tender",
    54: "anti-pollution vessel",
    55: "law enforcement",
    58: "medical transport",
    59: "ship of a State not party to an armed conflict",
}
_CARGO_CLASS: Final = {1: "A", 2: "B", 3: "C", 4: "D"}


def ship_type_text(ship_type: int | None) -> str | None:
    """An AIS ship type in words; None where nothing is claimed.

    >>> ship_type_text(70), ship_type_text(82), ship_type_text(30), ship_type_text(None)
    ('cargo ship', 'tanker, hazard category B', 'fishing', None)
    """
    if ship_type is None or ship_type == 0:
        return None
    if ship_type in _SINGLE:
        return _SINGLE[ship_type]
    words = _TENS.get(ship_type // 10)
    if words is None:
        return f"type {ship_type}"
    hazard = _CARGO_CLASS.get(ship_type % 10)
    return f"{words}, hazard category {hazard}" if hazard else words


@functools.cache
def _countries() -> dict[int, str]:
    """Country by MID."""
    lines = MIDS.read_text(encoding="utf-8").splitlines()[1:]
    return {int(row["mid"]): row["country"] for row in csv.DictReader(lines)}


_KIND_WORDS: Final = {
    MmsiKind.SART: "AIS-SART (no flag)",
    MmsiKind.MOB: "man-overboard device (no flag)",
    MmsiKind.EPIRB: "EPIRB-AIS (no flag)",
    MmsiKind.INVALID: "an MMSI that no station may have",
}
_MID_AT: Final = {
    MmsiKind.SHIP: 1_000_000,
    MmsiKind.COAST: 10_000,
    MmsiKind.GROUP: 100_000,
    MmsiKind.AID: 10_000,
    MmsiKind.CRAFT: 10_000,
    MmsiKind.SAR_AIRCRAFT: 1_000,
    MmsiKind.HANDHELD: 100_000,
}
"""What to divide an MMSI by so that its MID comes last (ITU-R M.585-9)."""


def flag_claim(mmsi: int) -> str:
    """What flag an MMSI claims.

    >>> flag_claim(325002300), flag_claim(992271116)
    ('claims Dominica', 'claims France')
    """
    kind = mmsi_kind(mmsi)
    if kind in _KIND_WORDS:
        return _KIND_WORDS[kind]
    mid = mmsi // _MID_AT[kind] % 1000
    country = _countries().get(mid)
    return f"claims {country}" if country else f"claims MID {mid}, which no country has"


def vessel_info(mmsi: int, claims: Mapping[str, Any], hulls: int) -> dict[str, Any]:
    """The card's first part: what is claimed, by name; None where nothing is."""
    kind = mmsi_kind(mmsi)
    is_aid = kind in (MmsiKind.AID, MmsiKind.COAST)
    return {
        "name": claims["name"] or None,
        "callsign": claims["callsign"] or None,
        "imo": claims["imo"],
        "ship_type": claims["ship_type"],
        "ship_type_text": None if is_aid else ship_type_text(claims["ship_type"]),
        "class": claims["class"].lower().replace("_", " "),
        "flag_claim": flag_claim(mmsi),
        "length_m": claims["length_m"],
        "beam_m": claims["beam_m"],
        "draught_m": claims["draught_m"],
        "destination": claims["destination"] or None,
        "hulls": hulls,
    }


def vessel_card(
    targets: Targets,
    row: int,
    info: Mapping[str, Any],
    claims: Mapping[str, Any],
    located: Mapping[str, Any],
    cases: Sequence[Case],
    station: str | None,
) -> dict[str, Any]:
    """Everything the page shows of one target (a row of the picture's targets)."""
    one = targets.take(slice(row, row + 1))
    key = int(one.key[0])
    status_known = bool(one.valid[0] & Valid.NAV_STATUS)
    nearest = located.get("nearest_port")
    hulls = int(info.get("hulls") or 1)
    several = [f"{hulls} transmitters use this MMSI at places too far apart"] if hulls > 1 else []
    return {
        **info,
        "key": str(key),
        "mmsi": int(one.mmsi[0]),
        "class": VesselClass(int(one.vessel_class[0])).name.lower().replace("_", " "),
        "last_report": {
            "at": format_at(int(one.at_us[0])),
            "lon_deg": _number(one.lon_deg[0], 6),
            "lat_deg": _number(one.lat_deg[0], 6),
            "sog_kn": _number(one.sog_kn[0], 1),
            "cog_deg": _number(one.cog_deg[0], 1),
            "heading_deg": _number(one.heading_deg[0], 0),
            "nav_status_text": NAV_STATUS[int(one.nav_status[0]) & 15] if status_known else None,
            "station": station,
        },
        "now": {
            "lon_deg": _number(one.now_lon_deg[0], 6),
            "lat_deg": _number(one.now_lat_deg[0], 6),
            "radius_m": _number(one.radius_m[0], 0),
        },
        "zones": located["zones"],
        "zones_text": located["text"],
        "nearest_port": nearest["text"] if nearest else None,
        "claims": claims["claims"],
        "conflicts": several + list(claims["conflicts"]),
        "cases": [case.id for case in cases if key in case.keys],
    }


def _number(value: np.generic, digits: int) -> float | None:
    plain = float(value)
    return round(plain, digits) if np.isfinite(plain) else None
