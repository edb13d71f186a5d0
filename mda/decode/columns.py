"""Messages in, `Reports` and `Statics` out: one compiled pass a field of the tables in `fields`."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.decode.fields import LAYOUTS, Field, Layout, Rule, Text
from mda.decode.kernel_bits import (
    identities,
    pack,
    read_codes,
    read_instants,
    read_measures,
    read_modes,
    read_numbers,
    read_text,
    strip_blanks,
)
from mda.decode.messages import Messages
from mda.model.reports import I32, I64, U64, Flag, Reports, Statics

B = TypeVar("B", Reports, Statics)

DAUGHTER: Final = 98
"""First digits of a daughter craft's MMSI (ITU-R M.585, Annex 1)."""
ITDMA_BIT: Final = 1 << 19
_WORD: Final = 64
_HAS_REPORT = np.array([layout.reports for layout in LAYOUTS], np.bool_)
_HAS_STATIC = np.array([layout.statics for layout in LAYOUTS], np.bool_)


def build(messages: Messages, at_us: I64, flags: I64, station: I32) -> tuple[Reports, Statics]:
    """Columns of all messages, in their order, given what the decoder knows of each."""
    form, stamp_us = messages.columns["form"], messages.columns["stamp_us"]
    own: dict[str, NDArray[Any]] = {
        "seq": messages.columns["seq"],
        "feed": messages.columns["feed"],
        "station": station,
        "at_us": at_us,
        "received_at_us": np.where(
            stamp_us == NO_TIME_US, messages.columns["stored_at_us"], stamp_us
        ),
        "flags": flags.astype(np.uint32),
    }
    reports, report_row = _begun(Reports, own, _HAS_REPORT[form])
    statics, static_row = _begun(Statics, own, _HAS_STATIC[form])
    for k in np.flatnonzero(np.bincount(form)).tolist():
        layout, rows = LAYOUTS[k], np.flatnonzero(form == k)
        packed = _Packed(messages, rows, layout, at_us[rows])
        if layout.reports:
            packed.into(reports, report_row[rows], layout.report, ())
            short = np.where(packed.bits < layout.bits, Flag.TRUNCATED, 0).astype(np.uint32)
            reports.flags[report_row[rows]] |= short
            reports.heard_id[report_row[rows]] = packed.ids
        if layout.statics:
            packed.into(statics, static_row[rows], layout.static, layout.texts)
    return reports, statics


def _begun(noun: type[B], own: dict[str, NDArray[Any]], has: NDArray[np.bool_]) -> tuple[B, I64]:
    """Blank columns but for the envelope, and each message's row in them."""
    at = np.flatnonzero(has)
    batch = noun.blank(at.size)
    for name, column in own.items():
        if name in noun.DTYPES:
            into = getattr(batch, name)
            if column.dtype == into.dtype:
                np.take(column, at, out=into, mode="clip")  # clip: no buffer between
            else:
                into[:] = column[at]
    return batch, np.cumsum(has) - 1


class _Packed:
    """The payloads of messages of one form, side by side."""

    def __init__(self, messages: Messages, rows: I64, layout: Layout, at_us: I64) -> None:
        start, size, fill = (messages.columns[name][rows] for name in ("start", "size", "fill"))
        self.bits: I64 = size * 6 - fill
        wide = max(int(self.bits.max()), layout.bits) // _WORD + 2
        self.words: U64 = np.empty((rows.size, wide), np.uint64)
        pack(messages.octets, start, size, fill, self.words)
        self.ids: U64 = np.empty(rows.size, np.uint64)
        identities(self.words, self.bits, at_us, self.ids)
        self.mmsi = self._number(8, 30)
        self._part_b = layout.part == 1
        self._shortest = int(self.bits.min())
        self._all = np.ones(rows.size, np.bool_)

    def _number(self, start: int, width: int) -> I64:
        out = np.empty(self.bits.size, np.int64)
        read_numbers(self.words, start, width, out)
        return out

    def into(
        self,
        batch: Reports | Statics,
        rows: I64,
        fields: tuple[Field, ...],
        texts: tuple[Text, ...],
    ) -> None:
        """Write all fields into the rows of a batch."""
        batch.msg_type[rows] = self._number(0, 6)
        batch.mmsi[rows] = self.mmsi
        batch.report_id[rows] = self.ids
        for field in fields:
            self._field(field, rows, batch.valid, getattr(batch, field.column))
        for text in texts:
            self._text(text, rows, getattr(batch, text.column))

    def _known(self, field: Field) -> NDArray[np.bool_]:
        """Whether each message reaches to the field's end, and may be asked for it."""
        end = field.start + field.width
        known = self._all if self._shortest >= end else self.bits >= end
        if field.rule is Rule.MOTHER:
            known = known & (self.mmsi // 10_000_000 == DAUGHTER)
        if field.rule in (Rule.SIDE, Rule.OWN_SIDE):
            known = (self.bits >= field.first + 30) & (self._number(field.first, 30) > 0)
            if field.rule is Rule.OWN_SIDE:
                known &= self.mmsi // 10_000_000 != DAUGHTER
        return known

    def _field(self, f: Field, rows: I64, valid: NDArray[Any], out: NDArray[Any]) -> None:
        known = self._known(f)
        if out.dtype.kind == "f":
            squared = f.rule is Rule.TURN
            read_measures(
                self.words,
                known,
                rows,
                *(f.start, f.width, f.signed, f.first, f.last, f.scale, squared),
                out,
            )
        elif f.rule is Rule.MODE:
            read_modes(self.words, known, rows, f.start, f.bit, valid, out)
        elif f.rule is Rule.UTC:
            read_instants(self.words, known, rows, f.start, f.bit, valid, out)
        else:
            first = 0 if f.rule in (Rule.SIDE, Rule.OWN_SIDE) else f.first
            plus = ITDMA_BIT if f.rule is Rule.ITDMA else 0
            limits = (f.start, f.width, first, f.last, plus, f.bit)
            read_codes(self.words, known, rows, *limits, valid, out)

    def _text(self, text: Text, rows: I64, out: NDArray[np.bytes_]) -> None:
        wide = out.dtype.itemsize
        found = np.zeros((rows.size, wide), np.uint8)
        at = 0
        for start, chars in text.spans:
            read_text(self.words, self.bits, start, chars, at, found)
            at += chars
        strip_blanks(found)
        out[rows] = found.view(f"S{wide}").reshape(-1)
