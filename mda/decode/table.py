"""Decoded batches as one table for people: the columns of `mda decode`, one row a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.model.protocols import Decoded
from mda.model.reports import I64, Reports, Statics, Valid

Table = dict[str, NDArray[Any]]
BOTH = (19, 21)
"""Types that give a report and a static row each: the i-th of one is the i-th of the other."""


def decoded_table(decoded: Decoded, stations: Sequence[str]) -> Table:
    """Columns by name in output order. What is not available is masked (integers, texts), NaN
    (floats) or NaT (instants: `datetime64[us]`, UTC)."""
    reports, statics = decoded.reports, decoded.statics
    lone = np.flatnonzero(~np.isin(statics.msg_type, BOTH))
    paired = np.flatnonzero(np.isin(reports.msg_type, BOTH))
    rows = len(reports) + lone.size
    order = np.argsort(np.concatenate((reports.seq, statics.seq[lone])), kind="stable")
    of_report = np.full(rows, -1, np.int64)
    of_static = np.full(rows, -1, np.int64)
    of_report[: len(reports)] = np.arange(len(reports))
    of_static[paired] = np.flatnonzero(np.isin(statics.msg_type, BOTH))
    of_static[len(reports) :] = lone
    picked = _Picked(reports, statics, of_report[order], of_static[order])
    return _columns(picked, stations)


class _Picked:
    """Columns of both batches on the table's rows; a row's report or static may be missing (-1)."""

    def __init__(self, reports: Reports, statics: Statics, report: I64, static: I64) -> None:
        self._sides = ((reports, report), (statics, static))

    def column(self, name: str) -> NDArray[Any]:
        """A column that either batch may give, the report's first; zero or NaN where neither does."""
        found: NDArray[Any] | None = None
        for batch, row in self._sides:
            if name in batch.DTYPES:
                source = getattr(batch.blank(1) if len(batch) == 0 else batch, name)
                blank = getattr(batch.blank(1), name)[0]
                here = np.where(row >= 0, source[np.maximum(row, 0)], blank)
                found = here if found is None else np.where(self._sides[0][1] >= 0, found, here)
        if found is None:
            raise KeyError(name)
        return found

    def has(self, bit: int) -> NDArray[np.bool_]:
        """Where a `valid` bit is set in the report or the static row."""
        known = np.zeros(self._sides[0][1].shape, np.bool_)
        for batch, row in self._sides:
            if len(batch):
                known |= (row >= 0) & ((batch.valid[np.maximum(row, 0)] & bit) != 0)
        return known

    def static(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """A float of the static rows, NaN elsewhere."""
        row = self._sides[1][1]
        if values.size == 0:
            return np.full(row.shape, np.nan, np.float32)
        return np.where(row >= 0, values[np.maximum(row, 0)], np.float32(np.nan))

    def lengths(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Length and beam in metres."""
        statics = self._sides[1][0]
        assert_static = statics if isinstance(statics, Statics) else Statics.blank(0)
        return self.static(assert_static.length_m()), self.static(assert_static.beam_m())


def _instant(at_us: NDArray[np.int64]) -> NDArray[Any]:
    return np.where(at_us == NO_TIME_US, np.iinfo(np.int64).min, at_us).astype("datetime64[us]")


def _text(raw: NDArray[np.bytes_]) -> NDArray[Any]:
    return np.ma.masked_array(raw.astype(f"U{raw.dtype.itemsize}"), mask=raw == b"")
