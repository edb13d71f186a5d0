"""Decoded batches as one table for people: the columns of `mda decode`, one row a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.model.protocols import Decoded
from mda.model.reports import F32, I64, Bytes, Reports, Statics, Valid
from mda.model.texts import Marked, Named, Texts

Table = dict[str, NDArray[Any] | Marked | Texts | Named]


def decoded_table(decoded: Decoded, stations: Sequence[str], *, as_heard: bool = True) -> Table:
    """Columns by name in output order; rows in the order heard, or (not `as_heard`) those with a
    position before those with static data only, which is quicker to make, and to write: a sparse
    column's gaps are then one. `seq` is the order heard.

    What is not available is unknown (integers are `Marked`; `Texts`), NaN (floats) or NaT
    (instants: `datetime64[us]`, UTC).
    """
    rows = _Rows.of(decoded, as_heard=as_heard)
    report, claim, either = rows.report, rows.claim, rows.either
    nav, hull = rows.report_code, rows.claim_code
    return {
        "at": _instant(either("at_us")),
        "received_at": _instant(either("received_at_us")),
        "station": Named(either("station").astype(np.int32, copy=False), list(stations)),
        "msg_type": either("msg_type"),
        "mmsi": either("mmsi"),
        "lon_deg": report("lon_deg"),
        "lat_deg": report("lat_deg"),
        "sog_kn": report("sog_kn"),
        "cog_deg": report("cog_deg"),
        "heading_deg": report("heading_deg"),
        "rot_deg_per_min": report("rot_deg_per_min"),
        "nav_status": nav("nav_status", Valid.NAV_STATUS),
        "imo": hull("imo", Valid.IMO),
        "callsign": rows.text(rows.statics.callsign),
        "name": rows.text(rows.statics.name),
        "ship_type": hull("ship_type", Valid.SHIP_TYPE),
        "length_m": claim(rows.statics.length_m()),
        "beam_m": claim(rows.statics.beam_m()),
        "draught_m": claim(rows.statics.draught_m),
        "destination": rows.text(rows.statics.destination),
        "second": nav("second", Valid.SECOND),
        "accuracy": nav("accuracy", Valid.ACCURACY),
        "raim": nav("raim", Valid.RAIM),
        "position_mode": nav("position_mode", Valid.POSITION_MODE),
        "altitude_m": report("altitude_m"),
        "off_position": nav("off_position", Valid.OFF_POSITION),
        "virtual_aid": nav("virtual_aid", Valid.VIRTUAL_AID),
        "utc": _instant(rows.report_utc()),
        "radio": nav("radio", Valid.RADIO),
        "level_db": report("level_db"),
        "offset_ppm": report("offset_ppm"),
        "eta_month": hull("eta_month", Valid.ETA_MONTH),
        "eta_day": hull("eta_day", Valid.ETA_DAY),
        "eta_hour": hull("eta_hour", Valid.ETA_HOUR),
        "eta_minute": hull("eta_minute", Valid.ETA_MINUTE),
        "fix_type": hull("fix_type", Valid.FIX_TYPE),
        "mothership_mmsi": hull("mothership_mmsi", Valid.MOTHERSHIP),
        "to_bow_m": hull("to_bow_m", Valid.DIMENSIONS),
        "to_stern_m": hull("to_stern_m", Valid.DIMENSIONS),
        "to_port_m": hull("to_port_m", Valid.DIMENSIONS),
        "to_starboard_m": hull("to_starboard_m", Valid.DIMENSIONS),
        "flags": nav("flags", None),
        "seq": either("seq"),
        "feed": either("feed"),
        "report_id": either("report_id"),
    }


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where the rows of both batches stand in the table: a row a message, in the order of `seq`."""

    reports: Reports
    statics: Statics
    order: I64 | None
    """By table row, which of the reports and then the lone static rows it is; None: they stand in
    this order."""
    static_at: I64
    """Table row of each static row."""
    lone: I64
    """Static rows of messages that gave no report."""

    @classmethod
    def of(cls, decoded: Decoded, *, as_heard: bool) -> _Rows:
        """The rows of a batch."""
        reports, statics = decoded.reports, decoded.statics
        pair = _paired(reports, statics)
        lone = np.flatnonzero(pair < 0)
        n = len(reports)
        if lone.size == 0 or not as_heard:
            pair[lone] = n + np.arange(lone.size)
            return cls(reports, statics, None, pair, lone)
        order = np.argsort(np.concatenate((reports.seq, statics.seq[lone])), kind="stable")
        row = np.empty(order.size, np.int64)
        row[order] = np.arange(order.size)
        static_at = row.take(pair)
        static_at[lone] = row[n:]
        return cls(reports, statics, order, static_at, lone)

    @property
    def size(self) -> int:
        """Rows of the table."""
        return len(self.reports) + int(self.lone.size)

    def either(self, name: str) -> NDArray[Any]:
        """A column that both batches have."""
        both = getattr(self.reports, name), getattr(self.statics, name)[self.lone]
        return self._ordered(np.concatenate(both) if self.lone.size else both[0])

    def report(self, name: str) -> NDArray[Any]:
        """A column of floats that reports have, NaN in the other rows."""
        return self._placed(getattr(self.reports, name), np.nan)

    def report_code(self, name: str, bit: int | None) -> Marked:
        """A column of integers that reports have, known where its bit is set."""
        own, valid = getattr(self.reports, name), self.reports.valid
        known = np.ones(own.shape, np.bool_) if bit is None else (valid & np.uint32(bit)) != 0
        return Marked(self._placed(own, 0), self._placed(known, False))

    def report_utc(self) -> I64:
        """`utc_us` of the reports that state one, `NO_TIME_US` elsewhere."""
        known = (self.reports.valid & np.uint32(Valid.UTC)) != 0
        return self._placed(np.where(known, self.reports.utc_us, NO_TIME_US), NO_TIME_US)

    def _placed(self, own: NDArray[Any], blank: float | bool) -> NDArray[Any]:
        """A column of the reports on the rows of the table, `blank` in the other rows."""
        if self.lone.size == 0:
            return own
        column = np.full(self.size, blank, own.dtype)
        column[: len(own)] = own
        return self._ordered(column)

    def _ordered(self, column: NDArray[Any]) -> NDArray[Any]:
        return column if self.order is None else column.take(self.order)

    def claim(self, own: F32) -> F32:
        """A column of floats that static rows have, NaN in the other rows."""
        column = np.full(self.size, np.nan, np.float32)
        column[self.static_at] = own
        return column

    def text(self, own: Bytes) -> Texts:
        """A column of texts that static rows have."""
        return Texts(own, self.static_at, self.size)

    def claim_code(self, name: str, bit: int) -> Marked:
        """A column of integers that static rows have, known where its bit is set."""
        own = getattr(self.statics, name)
        values, known = np.zeros(self.size, own.dtype), np.zeros(self.size, np.bool_)
        values[self.static_at] = own
        known[self.static_at] = (self.statics.valid & np.uint32(bit)) != 0
        return Marked(values, known)


def _paired(reports: Reports, statics: Statics) -> I64:
    """The report that came of the same message as each static row, -1 where none did.

    Types 19 and 21 give both, and so do rows of tables: same line, same identity.
    """
    pair = np.full(len(statics), -1, np.int64)
    if len(reports) == 0:
        return pair
    at = np.searchsorted(reports.seq, statics.seq)
    left = np.flatnonzero(at < len(reports))
    while left.size:
        here = at[left]
        near = reports.seq[here] == statics.seq[left]
        left, here = left[near], here[near]
        same = reports.report_id[here] == statics.report_id[left]
        pair[left[same]] = here[same]
        left = left[~same]
        at[left] += 1
        left = left[at[left] < len(reports)]
    return pair


def _instant(at_us: I64) -> NDArray[Any]:
    """Instants; what NumPy calls NaT is our `NO_TIME_US`."""
    return at_us.view("datetime64[us]")
