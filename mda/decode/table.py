"""Decoded batches as one table for people: the columns of `mda decode`, one row a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mda.model.protocols import Decoded
from mda.model.reports import Reports, Statics, Valid

Table = dict[str, NDArray[Any]]
BOTH = (19, 21)
"""Types that give a report and a static row each: the i-th of one is the i-th of the other."""


def decoded_table(decoded: Decoded, stations: Sequence[str]) -> Table:
    """Columns by name in output order.

    What is not available is masked (integers and texts are masked arrays), NaN (floats) or NaT
    (instants: `datetime64[us]`, UTC).
    """
    reports, statics = _rows(decoded)
    valid = reports.valid | statics.valid
    here = reports.msg_type > 0

    def either(name: str) -> NDArray[Any]:
        values: NDArray[Any] = np.where(here, getattr(reports, name), getattr(statics, name))
        return values

    def code(values: NDArray[Any], bit: int) -> NDArray[Any]:
        return np.ma.masked_array(values, mask=(valid & bit) == 0)

    names = np.array([*stations, ""])
    return {
        "at": either("at_us").astype("datetime64[us]"),
        "received_at": either("received_at_us").astype("datetime64[us]"),
        "station": names[either("station")],
        "msg_type": either("msg_type"),
        "mmsi": either("mmsi"),
        "lon_deg": reports.lon_deg,
        "lat_deg": reports.lat_deg,
        "sog_kn": reports.sog_kn,
        "cog_deg": reports.cog_deg,
        "heading_deg": reports.heading_deg,
        "rot_deg_per_min": reports.rot_deg_per_min,
        "nav_status": code(reports.nav_status, Valid.NAV_STATUS),
        "imo": code(statics.imo, Valid.IMO),
        "callsign": _text(statics.callsign),
        "name": _text(statics.name),
        "ship_type": code(statics.ship_type, Valid.SHIP_TYPE),
        "length_m": statics.length_m(),
        "beam_m": statics.beam_m(),
        "draught_m": statics.draught_m,
        "destination": _text(statics.destination),
        "second": code(reports.second, Valid.SECOND),
        "accuracy": code(reports.accuracy, Valid.ACCURACY),
        "raim": code(reports.raim, Valid.RAIM),
        "position_mode": code(reports.position_mode, Valid.POSITION_MODE),
        "altitude_m": reports.altitude_m,
        "off_position": code(reports.off_position, Valid.AID),
        "virtual_aid": code(reports.virtual_aid, Valid.AID),
        "utc": _instant(reports.utc_us, (valid & Valid.UTC) != 0),
        "radio": code(reports.radio, Valid.RADIO),
        "level_db": reports.level_db,
        "offset_ppm": reports.offset_ppm,
        "eta_month": code(statics.eta_month, Valid.ETA_DATE),
        "eta_day": code(statics.eta_day, Valid.ETA_DATE),
        "eta_hour": code(statics.eta_hour, Valid.ETA_TIME),
        "eta_minute": code(statics.eta_minute, Valid.ETA_TIME),
        "fix_type": code(statics.fix_type, Valid.FIX_TYPE),
        "mothership_mmsi": code(statics.mothership_mmsi, Valid.MOTHERSHIP),
        "to_bow_m": code(statics.to_bow_m, Valid.DIMENSIONS),
        "to_stern_m": code(statics.to_stern_m, Valid.DIMENSIONS),
        "to_port_m": code(statics.to_port_m, Valid.DIMENSIONS),
        "to_starboard_m": code(statics.to_starboard_m, Valid.DIMENSIONS),
        "flags": np.ma.masked_array(reports.flags, mask=~here),
        "seq": either("seq"),
        "feed": either("feed"),
        "report_id": either("report_id"),
    }


def _rows(decoded: Decoded) -> tuple[Reports, Statics]:
    """Both batches on the rows of the table: row i is one message, blank where it gave none."""
    reports, statics = decoded.reports, decoded.statics
    lone = np.flatnonzero(~np.isin(statics.msg_type, BOTH))
    n = len(reports)
    report_row = np.concatenate((np.arange(n), np.full(lone.size, -1)))
    static_row = np.concatenate((np.full(n, -1), lone))
    static_row[np.flatnonzero(np.isin(reports.msg_type, BOTH))] = np.flatnonzero(
        np.isin(statics.msg_type, BOTH)
    )
    order = np.argsort(np.concatenate((reports.seq, statics.seq[lone])), kind="stable")
    # Row -1 is the last one, and the last one is blank.
    padded = (
        Reports.concat([reports, Reports.blank(1)]),
        Statics.concat([statics, Statics.blank(1)]),
    )
    return padded[0].take(report_row[order]), padded[1].take(static_row[order])


def _instant(at_us: NDArray[np.int64], known: NDArray[np.bool_]) -> NDArray[Any]:
    at = at_us.astype("datetime64[us]")
    at[~known] = np.datetime64("NaT")
    return at


def _text(raw: NDArray[np.bytes_]) -> NDArray[Any]:
    return np.ma.masked_array(raw.astype(f"U{raw.dtype.itemsize}"), mask=raw == b"")
