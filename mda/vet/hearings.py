"""One transmission heard by several stations: the later hearings are marked DUPLICATE.

*Definition.* A hearing is a duplicate of an earlier one if a *different* station heard the same
content no more than `vet.duplicate_window_s` before, and this station has not itself heard that
transmission already. Of several, the nearest in time is meant. The same station hearing the same
content again is a new transmission: in the CaribeWave recording one aid repeats identical bits
every 2 s, and a blind window would delete 16,951 of 27,554 messages.
*Inputs.* Reports in settled order. Equality is over every decoded column of the message.
*What it cannot see.* The bits that have no column (radio status, spare): two transmissions that
differ in these alone and reach two stations within the window are taken for one.
*Source.* feeds.md, "A robust adapter", 3.
"""

from __future__ import annotations

import numpy as np

from mda.clock import NO_TIME_US
from mda.config import Config
from mda.geo.kernel import kernel
from mda.model import Flag, Reports, Settled, State
from mda.model.reports import I32, I64, U8, U64
from mda.units import microseconds
from mda.vet.rows import row_flags

_CONTENT = (
    "mmsi",
    "msg_type",
    "lon_deg",
    "lat_deg",
    "sog_kn",
    "cog_deg",
    "heading_deg",
    "rot_deg_per_min",
    "nav_status",
    "second",
    "accuracy",
    "valid",
)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(32)


def _fingerprint(reports: Reports) -> U64:
    """64-bit hash of each row's content; array products wrap silently, which is meant."""
    mixed = np.zeros(len(reports), np.uint64)
    for name in _CONTENT:
        column = np.ascontiguousarray(getattr(reports, name))
        if column.dtype.kind == "f":
            # One bit pattern for NaN, and one for zero.
            column = np.where(np.isnan(column), np.nan, column + 0.0).astype(column.dtype)
            column = column.view(np.uint64 if column.dtype.itemsize == 8 else np.uint32)
        mixed = (mixed ^ column.astype(np.uint64)) * _ODD
        mixed ^= mixed >> _SHIFT
    return mixed


@kernel
def _pair(
    order: I64,
    content: U64,
    at_us: I64,
    station: I32,
    first_id: U64,
    again: U8,
    decided: int,
    window_us: int,
) -> None:
    """Set `first_id` and `again` of the rows from `decided` on; `order` sorts by (content, row)."""
    for p in range(order.shape[0]):
        i = order[p]
        if i < decided:
            continue
        q = p - 1
        while q >= 0:
            j = order[q]
            if content[j] != content[i] or at_us[i] - at_us[j] > window_us:
                break
            if again[j] == 0 and station[j] != station[i]:
                claimed = False
                for r in range(q + 1, p):
                    k = order[r]
                    if station[k] == station[i] and again[k] and first_id[k] == first_id[j]:
                        claimed = True
                if not claimed:
                    first_id[i] = first_id[j]
                    again[i] = 1
                    break
            q -= 1


class Vetter:
    """The settled road's first fold: row flags, and duplicates across stations."""

    name = "vet"

    def __init__(self, config: Config) -> None:
        self._window_us = microseconds(config.number("vet.duplicate_window_s"))
        self._content: U64 = np.zeros(0, np.uint64)
        self._at_us: I64 = np.zeros(0, np.int64)
        self._station: I32 = np.zeros(0, np.int32)
        self._first_id: U64 = np.zeros(0, np.uint64)
        self._again: U8 = np.zeros(0, np.uint8)

    def vet(self, settled: Settled) -> Settled:
        """The stretch with flags set; a duplicate takes the report id of the first hearing."""
        reports = settled.reports
        flags = row_flags(reports) & ~np.uint32(Flag.DUPLICATE)
        stations = np.concatenate([self._station, reports.station])
        if len(stations) and int(stations.min()) != int(stations.max()):
            first_id, again = self._paired(reports, stations)
        else:
            first_id, again = reports.report_id, np.zeros(len(reports), np.uint8)
        flags |= np.where(again != 0, np.uint32(Flag.DUPLICATE), np.uint32(0))
        self._remember(reports, first_id, again, settled.until_us)
        reports = reports.replace(flags=flags, report_id=first_id)
        return Settled(
            settled.since_us,
            settled.until_us,
            reports,
            settled.statics,
            settled.controls,
            settled.tick_at_us,
        )

    __call__ = vet

    def _paired(self, reports: Reports, stations: I32) -> tuple[U64, U8]:
        """First hearing's id and whether it is a duplicate, for each new row."""
        decided = len(self._at_us)
        content = np.concatenate([self._content, _fingerprint(reports)])
        at_us = np.concatenate([self._at_us, reports.at_us])
        first_id = np.concatenate([self._first_id, reports.report_id])
        again = np.concatenate([self._again, np.zeros(len(reports), np.uint8)])
        order = np.argsort(content, kind="stable").astype(np.int64)
        _pair(order, content, at_us, stations, first_id, again, decided, self._window_us)
        return first_id[decided:], again[decided:]

    def _remember(self, reports: Reports, first_id: U64, again: U8, until_us: int) -> None:
        """Keep what a later hearing may still match: the window before the stretch's end."""
        since_us = until_us - self._window_us if until_us != NO_TIME_US else NO_TIME_US
        old = self._at_us >= since_us
        new = reports.at_us >= since_us
        tail = reports.take(new)
        self._content = np.concatenate([self._content[old], _fingerprint(tail)])
        self._at_us = np.concatenate([self._at_us[old], tail.at_us])
        self._station = np.concatenate([self._station[old], tail.station])
        self._first_id = np.concatenate([self._first_id[old], first_id[new]])
        self._again = np.concatenate([self._again[old], again[new]])

    def save(self) -> State:
        return {
            "content": self._content.copy(),
            "at_us": self._at_us.copy(),
            "station": self._station.copy(),
            "first_id": self._first_id.copy(),
            "again": self._again.copy(),
        }

    def load(self, state: State) -> None:
        self._content = np.array(state["content"], np.uint64)
        self._at_us = np.array(state["at_us"], np.int64)
        self._station = np.array(state["station"], np.int32)
        self._first_id = np.array(state["first_id"], np.uint64)
        self._again = np.array(state["again"], np.uint8)
