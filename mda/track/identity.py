"""Who a vessel says it is: claims over time, folded from statics.

*Definition.* For each MMSI and field the distinct values claimed, each with the event time at which
it was first claimed. What counts at an instant is the value that was new last: so the answer as of
an instant never depends on what came later, nor on how the stretch was cut (law 1). Destination and
draught change by trade and are kept as the newest only.
*What it cannot see.* A return to an older name is not a new claim: the newer one stays. A vessel
with more than 16 values in one field keeps the first 16.
*Source.* IMO number check digit: IMO resolution A.1117(30). Names are claims, a flag is a claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mda.clock import format_at
from mda.model import CLASS_OF_TYPE, State, Statics, Valid, VesselClass
from mda.model.reports import I64

_MOST_VALUES = 16
_CLAIMED = ("name", "callsign", "imo", "ship_type", "dimensions")
_NEWEST = ("destination", "draught_m")
_WORDS = {
    "name": "name",
    "callsign": "call sign",
    "imo": "IMO number",
    "ship_type": "ship type",
    "dimensions": "dimensions",
}
_AID_REPORT = 21
Value = Any
"""Text, whole number, or [bow, stern, port, starboard] in metres: JSON."""


def imo_is_valid(imo: int) -> bool:
    """Whether the seventh digit is the check digit of the first six.

    >>> imo_is_valid(9074729), imo_is_valid(9074728)
    (True, False)
    """
    if not 1_000_000 <= imo <= 9_999_999:
        return False
    digits = [int(d) for d in str(imo)]
    return sum(d * w for d, w in zip(digits[:6], range(7, 1, -1), strict=True)) % 10 == digits[6]


class Claims:
    """All claims of all MMSIs (a fold; implements `Identity`)."""

    def __init__(self) -> None:
        self._claims: dict[int, dict[str, list[list[Value]]]] = {}
        self._newest: dict[int, dict[str, list[Value]]] = {}
        self._repeated: dict[tuple[int, str], tuple[int, Any]] = {}

    def update(self, statics: Statics) -> None:
        """Take claims in. Rows in any order: the earliest time of a value is what counts."""
        for field in _CLAIMED:
            for at_us, mmsi, raw in _said_anew(statics, field, last=False):
                # Most claims repeat the one before: then only an earlier time could matter.
                known = self._repeated.get((mmsi, field))
                if known is None or known[1] != raw or at_us < known[0]:
                    self._repeated[mmsi, field] = at_us, raw
                    self._claim(mmsi, field, at_us, _value_of(field, raw))
        for field in _NEWEST:
            for at_us, mmsi, raw in _said_anew(statics, field, last=True):
                value = _value_of(field, raw)
                kept = self._newest.setdefault(mmsi, {})
                if field not in kept or kept[field][0] <= at_us:
                    kept[field] = [at_us, value]

    def label(self, key: int, at_us: int) -> str:
        """The ship name claimed by `at_us`, else 'MMSI 329002300'; a second hull is numbered."""
        mmsi, hull = key & 0xFFFFFFFF, key >> 32
        name = self._value(mmsi, "name", at_us)
        text = str(name) if name else f"MMSI {mmsi:09d}"
        return f"{text} (hull {hull + 1})" if hull else text

    def vessel_class(self, mmsi: int, at_us: int) -> int:
        """`VesselClass` as claimed by `at_us`."""
        ship_type = self._value(mmsi, "ship_type", at_us)
        return int(VesselClass.UNKNOWN if ship_type is None else CLASS_OF_TYPE[int(ship_type)])

    def card(self, mmsi: int) -> dict[str, Any]:
        """Everything claimed so far, and what contradicts itself: JSON, units in the keys."""
        now = {field: self._value(mmsi, field, None) for field in _CLAIMED}
        dimensions = now["dimensions"] or [0, 0, 0, 0]
        newest = self._newest.get(mmsi, {})
        ship_type = now["ship_type"]
        return {
            "name": now["name"] or "",
            "callsign": now["callsign"] or "",
            "imo": now["imo"],
            "ship_type": ship_type,
            "class": VesselClass(0 if ship_type is None else int(CLASS_OF_TYPE[ship_type])).name,
            "length_m": dimensions[0] + dimensions[1] or None,
            "beam_m": dimensions[2] + dimensions[3] or None,
            "draught_m": newest["draught_m"][1] if "draught_m" in newest else None,
            "destination": newest["destination"][1] if "destination" in newest else "",
            "claims": [
                {"what": _WORDS[field], "value": value, "since": format_at(since_us)}
                for field in _CLAIMED
                for since_us, value in self._claims.get(mmsi, {}).get(field, ())
            ],
            "conflicts": self.conflicts(mmsi),
        }

    def conflicts(self, mmsi: int) -> list[str]:
        """What does not fit together in the claims, a sentence each."""
        found = []
        fields = self._claims.get(mmsi, {})
        for since_us, imo in fields.get("imo", ()):
            if not imo_is_valid(int(imo)):
                found.append(
                    f"claims IMO {imo} since {format_at(since_us)}, whose check digit is wrong"
                )
        for field in ("name", "callsign", "imo"):
            values = fields.get(field, [])
            for (_, old), (since_us, new) in pairwise(values):
                found.append(
                    f"changed its {_WORDS[field]} from {old} to {new} at {format_at(since_us)}"
                )
        return found

    def save(self) -> State:
        """Sorted, so that equal claims are equal bytes."""
        return {
            "claims": [[m, _sorted(self._claims[m])] for m in sorted(self._claims)],
            "newest": [[m, _sorted(self._newest[m])] for m in sorted(self._newest)],
        }

    def load(self, state: State) -> None:
        self._claims = {
            int(m): {f: [list(v) for v in values] for f, values in fields.items()}
            for m, fields in state["claims"]
        }
        self._repeated = {}
        self._newest = {
            int(m): {f: list(v) for f, v in fields.items()} for m, fields in state["newest"]
        }

    def _claim(self, mmsi: int, field: str, at_us: int, value: Value) -> None:
        fields = self._claims.setdefault(mmsi, {})
        known = {str(v): [since_us, v] for since_us, v in fields.get(field, ())}
        since_us = known[str(value)][0] if str(value) in known else at_us
        known[str(value)] = [min(since_us, at_us), value]
        # A new list each time: another thread may be reading the old one.
        values = sorted(known.values(), key=lambda claim: (claim[0], str(claim[1])))
        fields[field] = values[:_MOST_VALUES]

    def _value(self, mmsi: int, field: str, at_us: int | None) -> Value | None:
        fields = self._claims.get(mmsi)
        if fields is None:
            return None
        found = None
        for since_us, value in fields.get(field, ()):
            if at_us is not None and since_us > at_us:
                break
            found = value
        return found


def _sorted(fields: dict[str, Any]) -> dict[str, Any]:
    return {field: fields[field] for field in sorted(fields)}


def _said(statics: Statics, field: str) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Which rows say something of the field, and what, as one comparable column."""
    valid = statics.valid
    if field == "dimensions":
        sides = (statics.to_bow_m, statics.to_stern_m, statics.to_port_m, statics.to_starboard_m)
        packed = np.zeros(len(statics), np.uint64)
        for side in sides:
            packed = (packed << np.uint64(16)) | side.astype(np.uint64)
        return (valid & Valid.DIMENSIONS) != 0, packed
    if field == "imo":
        return (valid & Valid.IMO) != 0, statics.imo
    if field == "ship_type":
        is_ship = statics.msg_type != _AID_REPORT
        return ((valid & Valid.SHIP_TYPE) != 0) & is_ship, statics.ship_type
    if field == "draught_m":
        return ~np.isnan(statics.draught_m), statics.draught_m
    column: NDArray[Any] = getattr(statics, field)
    return column != b"", column


def _value_of(field: str, raw: Any) -> Value:
    if field == "dimensions":
        packed = int(raw)
        return [packed >> 48, (packed >> 32) & 0xFFFF, (packed >> 16) & 0xFFFF, packed & 0xFFFF]
    if field == "draught_m":
        return round(float(raw), 1)
    if isinstance(raw, bytes):
        return raw.decode("ascii", "replace").strip()
    return int(raw)


def _said_anew(statics: Statics, field: str, last: bool) -> Iterator[tuple[int, int, Any]]:
    """(at, mmsi, raw value) where a vessel's value changes, or only the last of each vessel."""
    told, column = _said(statics, field)
    rows: I64 = np.flatnonzero(told).astype(np.int64)
    if len(rows) == 0:
        return
    order = np.lexsort((statics.report_id[rows], statics.at_us[rows], statics.mmsi[rows]))
    rows = rows[order]
    mmsi, said = statics.mmsi[rows], column[rows]
    other = mmsi[1:] != mmsi[:-1]
    # What repeats the claim before it says nothing new.
    changed = other | (said[1:] != said[:-1])
    kept = np.append(other, True) if last else np.append(True, changed)
    rows = rows[kept]
    said_by = statics.at_us[rows].tolist(), statics.mmsi[rows].tolist(), column[rows].tolist()
    yield from zip(*said_by, strict=True)
