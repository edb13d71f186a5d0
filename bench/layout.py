"""The columns that a peer's messages are put into: those of our table, by message type.

No product code here: this runs in the peers' own processes too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_FIX = {"mmsi": "mmsi", "lon_deg": "lon", "lat_deg": "lat", "accuracy": "accuracy", "raim": "raim"}
_MOVES = {**_FIX, "sog_kn": "speed", "cog_deg": "course", "second": "second"}
_HEADS = {**_MOVES, "heading_deg": "heading"}
_CLASS_A = {**_HEADS, "rot_deg_per_min": "turn", "nav_status": "status", "radio": "radio"}
_HULL = {name + "_m": name for name in ("to_bow", "to_stern", "to_port", "to_starboard")}
_UTC = {f"utc_{name}": name for name in ("year", "month", "day", "hour", "minute", "second")}
_ETA = {f"eta_{name}": name for name in ("month", "day", "hour", "minute")}
_NAMED = {"mmsi": "mmsi", "name": "shipname"}
_VOYAGE = {"imo": "imo", "draught_m": "draught", "destination": "destination", "fix_type": "epfd"}
_CALLED = {"callsign": "callsign", "ship_type": "ship_type"}

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "1": _CLASS_A,
    "2": _CLASS_A,
    "3": _CLASS_A,
    "4": {**_FIX, **_UTC, "radio": "radio"},
    "5": {**_NAMED, **_CALLED, **_HULL, **_VOYAGE, **_ETA},
    "9": {**_MOVES, "altitude_m": "alt", "radio": "radio"},
    "11": {**_FIX, **_UTC, "radio": "radio"},
    "18": {**_HEADS, "radio": "radio"},
    "19": {**_HEADS, **_HULL, "name": "shipname", "ship_type": "ship_type", "fix_type": "epfd"},
    "21": {
        **_FIX,
        **_HULL,
        "second": "second",
        "name": "name",
        "ship_type": "aid_type",
        "fix_type": "epfd",
        "off_position": "off_position",
        "virtual_aid": "virtual_aid",
    },
    "24A": _NAMED,
    "24B": {"mmsi": "mmsi", **_CALLED, **_HULL},
    "27": {**_FIX, "sog_kn": "speed", "cog_deg": "course", "nav_status": "status"},
}
"""By message type (24 by part): our column and the field's name in pyais."""

_NOT_AVAILABLE: Final = {
    "lon_deg": 181.0,
    "lat_deg": 91.0,
    "sog_kn": 102.3,
    "cog_deg": 360.0,
    "heading_deg": 511.0,
    "rot_deg_per_min": -128.0,
    "nav_status": 15.0,
    "draught_m": 0.0,
    "imo": 0.0,
}
_TEXTS: Final = {"name": "S34", "callsign": "S7", "destination": "S20"}
_FLOATS: Final = {
    "lon_deg": "f8",
    "lat_deg": "f8",
    "sog_kn": "f4",
    "cog_deg": "f4",
    "heading_deg": "f4",
    "rot_deg_per_min": "f4",
    "draught_m": "f4",
    "altitude_m": "f4",
}
_WIDE: Final = {"mmsi": "u4", "imo": "u4", "radio": "u4", "utc_year": "u2"}

Rows = Mapping[str, Sequence[tuple[Any, ...]]]


def columns_of(rows: Rows) -> dict[str, NDArray[Any]]:
    """NumPy columns of all rows (by message type, values in the order of `FIELDS`).

    Not available is NaN or, for an integer, a clear place in the column `known_NAME`.
    """
    found: dict[str, list[NDArray[Any]]] = {}
    kinds = [kind for kind in rows if rows[kind]]
    names = list(dict.fromkeys(name for kind in kinds for name in FIELDS[kind]))
    for kind in kinds:
        size = len(rows[kind])
        own = dict(zip(FIELDS[kind], zip(*rows[kind], strict=True), strict=True))
        found.setdefault("msg_type", []).append(np.full(size, int(kind.rstrip("AB")), np.uint8))
        for name in names:
            for column, values in _column(name, own.get(name), size).items():
                found.setdefault(column, []).append(values)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _column(name: str, values: Sequence[Any] | None, size: int) -> dict[str, NDArray[Any]]:
    if name in _TEXTS:
        texts = np.zeros(size, _TEXTS[name])
        return {name: texts if values is None else np.array([v or "" for v in values], texts.dtype)}
    if values is None:
        numbers, known = np.zeros(size), np.zeros(size, np.bool_)
    else:
        numbers = np.array(values, np.float64)
        known = ~np.isnan(numbers)
        if name in _NOT_AVAILABLE:
            known &= numbers != _NOT_AVAILABLE[name]
    if name in _FLOATS:
        return {name: np.where(known, numbers, np.nan).astype(_FLOATS[name])}
    whole = np.where(known, numbers, 0).astype(_WIDE.get(name, "u2"))
    return {name: whole, f"known_{name}": known}
