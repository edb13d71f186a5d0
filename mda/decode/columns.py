"""Messages in, `Reports` and `Statics` out: every payload of one form is read at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.decode.fields import LAYOUTS, Code, Layout
from mda.decode.identity import report_ids
from mda.decode.messages import Messages
from mda.decode.payload import Payloads
from mda.model.reports import I32, I64, U32, Flag, Reports, Statics, Valid

Columns = dict[str, NDArray[Any]]


FORM_OF = {(t, layout.part or 0): i for i, layout in enumerate(LAYOUTS) for t in layout.types}
"""Position in `LAYOUTS` by (message type, part of type 24)."""
_HAS_REPORT = np.array([layout.reports for layout in LAYOUTS], np.bool_)
_HAS_STATIC = np.array([layout.statics for layout in LAYOUTS], np.bool_)


def build(messages: Messages, at_us: I64, flags: I64, station: I32) -> tuple[Reports, Statics]:
    """Columns of all messages, in their order, given what the decoder knows of each."""
    columns = messages.columns
    form, stamp_us = columns["form"], columns["stamp_us"]
    envelope: Columns = {
        "seq": columns["seq"],
        "feed": columns["feed"],
        "station": station,
        "at_us": at_us,
        "received_at_us": np.where(stamp_us == NO_TIME_US, columns["stored_at_us"], stamp_us),
        "flags": flags.astype(np.uint32),
    }
    has_report, has_static = _HAS_REPORT[form], _HAS_STATIC[form]
    reports = Reports.blank(int(has_report.sum()))
    statics = Statics.blank(int(has_static.sum()))
    report_row, static_row = np.cumsum(has_report) - 1, np.cumsum(has_static) - 1
    for i in np.unique(form).tolist():
        layout, rows = LAYOUTS[i], np.flatnonzero(form == i)
        start, size, fill = (columns[name][rows] for name in ("start", "size", "fill"))
        payloads = Payloads(messages.octets, start, size, fill, layout.bits)
        own = _own(payloads, rows, envelope)
        if layout.reports:
            _scatter(reports, report_row[rows], {**own, **_report_columns(layout, payloads, own)})
        if layout.statics:
            _scatter(statics, static_row[rows], {**own, **_static_columns(layout, payloads, own)})
    return reports, statics


def _own(payloads: Payloads, rows: I64, envelope: Columns) -> Columns:
    """What every message has: its envelope, type, MMSI and identity."""
    own: Columns = {name: column[rows] for name, column in envelope.items()}
    own["msg_type"] = payloads.unsigned(0, 6)
    own["mmsi"] = payloads.unsigned(8, 30)
    own["report_id"] = report_ids(*payloads.octets(), own["at_us"])
    own["heard_id"] = own["report_id"]
    return own


def _scatter(batch: Reports | Statics, rows: I64, columns: Columns) -> None:
    for name, column in columns.items():
        if name in batch.DTYPES:
            getattr(batch, name)[rows] = column


def _codes(codes: tuple[Code, ...], payloads: Payloads, into: Columns) -> U32:
    """Read integer columns into `into`; returns their `valid` bits."""
    valid = np.zeros(payloads.bits.shape, np.uint32)
    for code in codes:
        value, known = code.read(payloads.unsigned(code.start, code.width))
        known = known & payloads.has(code.start, code.width)
        into[code.column] = np.where(known, value, 0)
        valid |= np.where(known, code.bit, 0).astype(np.uint32)
    return valid


def _report_columns(layout: Layout, payloads: Payloads, own: Columns) -> Columns:
    found: Columns = {}
    for m in layout.measures:
        raw = (payloads.signed if m.signed else payloads.unsigned)(m.start, m.width)
        found[m.column] = np.where(payloads.has(m.start, m.width), m.convert(raw), np.nan)
    found["valid"] = _codes(layout.codes, payloads, found)
    short = np.where(payloads.has(0, layout.bits), 0, Flag.TRUNCATED).astype(np.uint32)
    found["flags"] = own["flags"] | short
    return found


def _static_columns(layout: Layout, payloads: Payloads, own: Columns) -> Columns:
    found: Columns = {text.column: payloads.text(*text.spans) for text in layout.texts}
    valid = _codes(layout.claims, payloads, found)
    if layout.draught is not None:
        m = layout.draught
        raw = payloads.unsigned(m.start, m.width)
        found[m.column] = np.where(payloads.has(m.start, m.width), m.convert(raw), np.nan)
    if layout.dimensions is not None:
        valid |= _dimensions(layout, payloads, own, found)
    found["valid"] = valid
    return found


def _dimensions(layout: Layout, payloads: Payloads, own: Columns, into: Columns) -> U32:
    """Bow, stern, port, starboard; all zero is not available, and in part B of a daughter craft
    (98MIDxxxx) the bits hold its mother ship's MMSI."""
    start = layout.dimensions or 0
    known = payloads.has(start, 30) & (payloads.unsigned(start, 30) > 0)
    if layout.part == 1:
        known &= own["mmsi"] // 10_000_000 != 98
    sides = (
        ("to_bow_m", 0, 9),
        ("to_stern_m", 9, 9),
        ("to_port_m", 18, 6),
        ("to_starboard_m", 24, 6),
    )
    for column, offset, width in sides:
        into[column] = np.where(known, payloads.unsigned(start + offset, width), 0)
    return np.where(known, Valid.DIMENSIONS, 0).astype(np.uint32)
