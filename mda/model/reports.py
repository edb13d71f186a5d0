"""The columns that flow from `decode` to `detect`: `Reports` (where it is), `Statics` (who it says
it is); structs of NumPy arrays with one row when a line arrives live and a million in replay.

Not available is NaN in a float, an empty string in a text, and a clear bit in `valid` for an
integer; never a sentinel number. On disk (Arrow, Parquet) all three are nulls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
U32 = NDArray[np.uint32]
U16 = NDArray[np.uint16]
U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
Bytes = NDArray[np.bytes_]


@dataclass(frozen=True, slots=True)
class Batch:
    """A struct of equally long columns. Subclasses declare one NumPy dtype a field in `DTYPES`."""

    DTYPES: ClassVar[dict[str, str]] = {}

    def __len__(self) -> int:
        return int(getattr(self, next(iter(self.DTYPES))).shape[0])

    @classmethod
    def blank(cls, rows: int) -> Self:
        """`rows` rows in which nothing is available (floats NaN, all else zero or empty)."""
        columns = {
            name: np.full(rows, np.nan, dtype) if dtype[0] == "f" else np.zeros(rows, dtype)
            for name, dtype in cls.DTYPES.items()
        }
        return cls(**columns)

    @classmethod
    def from_columns(cls, columns: dict[str, NDArray[np.generic]]) -> Self:
        """A batch of the named columns, cast to their dtypes; missing columns are blank."""
        rows = len(next(iter(columns.values()))) if columns else 0
        batch = cls.blank(rows)
        given = {name: np.asarray(columns[name], cls.DTYPES[name]) for name in columns}
        return cls(**{name: given.get(name, getattr(batch, name)) for name in cls.DTYPES})

    @classmethod
    def concat(cls, batches: Sequence[Self]) -> Self:
        """All rows of the batches, in the order given."""
        if len(batches) == 1:
            return batches[0]
        if not batches:
            return cls.blank(0)
        return cls(**{n: np.concatenate([getattr(b, n) for b in batches]) for n in cls.DTYPES})

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """The columns by name, not copied."""
        return {name: getattr(self, name) for name in self.DTYPES}

    def take(self, rows: NDArray[np.generic] | slice) -> Self:
        """The rows picked by an index array, a mask or a slice."""
        return type(self)(**{name: getattr(self, name)[rows] for name in self.DTYPES})

    def replace(self, **columns: NDArray[np.generic]) -> Self:
        """The same rows with some columns exchanged."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return type(self)(**{**own, **columns})


class Valid:
    """Bits of `valid`: which integer columns hold a value. Same bits in Reports and Statics."""

    NAV_STATUS = 1 << 0
    SECOND = 1 << 1
    ACCURACY = 1 << 2
    RAIM = 1 << 3
    IMO = 1 << 4
    SHIP_TYPE = 1 << 5
    DIMENSIONS = 1 << 6
    POSITION_MODE = 1 << 7
    RADIO = 1 << 8
    UTC = 1 << 9
    OFF_POSITION = 1 << 10
    ETA_MONTH = 1 << 11
    ETA_DAY = 1 << 12
    ETA_HOUR = 1 << 13
    ETA_MINUTE = 1 << 14
    FIX_TYPE = 1 << 15
    MOTHERSHIP = 1 << 16
    VIRTUAL_AID = 1 << 17


class Flag:
    """Bits of `flags`: why a report may not be believed. Set by `vet` and `track`, never removed.

    The first group depends on the row alone; the second on what came before it in event time.
    """

    NO_POSITION = 1 << 0
    """No usable position in the message (not available or out of range)."""
    BAD_SPEED = 1 << 1
    """Speed of 51.2 or 63 kn and over from a plain vessel: known noise values."""
    TIME_SUSPECT = 1 << 2
    """Its own time was over 5 min ahead of the node's clock; the node's time was used."""
    BAD_MMSI = 1 << 3
    """The MMSI is not one that any station may have (wrong form or reserved)."""
    CHECKSUM = 1 << 4
    """The TAG block's checksum was wrong; the sentence's own was right."""
    ZERO_ISLAND = 1 << 5
    """Exactly 0 N 0 E: a receiver without a fix."""
    TRUNCATED = 1 << 6
    """The payload was shorter than its type's length; fields beyond its end are not available."""
    DUPLICATE = 1 << 8
    """Another hearing of a report already heard by a different station (`report_id` is its)."""
    JUMP = 1 << 9
    """The speed implied from the last believed position is impossible for this vessel."""
    LATE = 1 << 10
    """Arrived after the watermark had passed its time."""
    OUT_OF_HORIZON = 1 << 11
    """Later than the reconciling horizon: stored and counted, findings not refolded."""

    HEARD = 0xFF | LATE | OUT_OF_HORIZON
    """What a refold keeps: the row's own bits and how it arrived."""
    UNUSABLE = NO_POSITION | ZERO_ISLAND | DUPLICATE | JUMP | BAD_MMSI
    """Any of these keeps a position out of tracks and detectors."""


@dataclass(frozen=True, slots=True)
class Reports(Batch):
    """Position reports (AIS types 1, 2, 3, 4, 9, 11, 18, 19, 21, 27), time-ordered when settled."""

    DTYPES: ClassVar[dict[str, str]] = {
        "seq": "i8",
        "report_id": "u8",
        "heard_id": "u8",
        "at_us": "i8",
        "received_at_us": "i8",
        "station": "i4",
        "feed": "i4",
        "msg_type": "u1",
        "mmsi": "u4",
        "hull": "u1",
        "lon_deg": "f8",
        "lat_deg": "f8",
        "sog_kn": "f4",
        "cog_deg": "f4",
        "heading_deg": "f4",
        "rot_deg_per_min": "f4",
        "nav_status": "u1",
        "second": "u1",
        "accuracy": "u1",
        "raim": "u1",
        "position_mode": "u1",
        "altitude_m": "f4",
        "off_position": "u1",
        "virtual_aid": "u1",
        "utc_us": "i8",
        "radio": "u4",
        "level_db": "f4",
        "offset_ppm": "f4",
        "valid": "u4",
        "flags": "u4",
    }

    seq: I64
    """The log's number of the line that completed the message (the node's order of arrival)."""
    report_id: U64
    """Content identity: hash(payload bits, event time of the first hearing)."""
    heard_id: U64
    """Identity of this hearing: hash(payload bits, its own event time); set from `report_id` when
    it enters the flow, so that a refold can begin again from what was heard."""
    at_us: I64
    """Event time: origin time if plausible, else receive time."""
    received_at_us: I64
    """The station's receive time."""
    station: I32
    """Code of the station in the decoder's registry (`Names`)."""
    feed: I32
    """Code of the feed in the node's registry."""
    msg_type: U8
    mmsi: U32
    hull: U8
    """Which of several hulls on this MMSI, from `track`; 0 is the first or only one."""
    lon_deg: F64
    lat_deg: F64
    sog_kn: F32
    cog_deg: F32
    heading_deg: F32
    rot_deg_per_min: F32
    """Rate of turn, to starboard positive; NaN for +-127 too, which gives a direction only."""
    nav_status: U8
    second: U8
    accuracy: U8
    raim: U8
    position_mode: U8
    """0 = GNSS fix; 61 manual, 62 dead reckoning, 63 inoperative (ITU-R M.1371-5, time stamp)."""
    altitude_m: F32
    """Of a SAR aircraft (type 9), GNSS altitude."""
    off_position: U8
    """An aid to navigation says that it has left its place (type 21)."""
    virtual_aid: U8
    """1: no aid is really there (type 21)."""
    utc_us: I64
    """UTC that the message itself states (types 4 and 11, whole seconds), microseconds."""
    radio: U32
    """Communication state: the 19 bits of M.1371-5 Annex 2, 3.3.7.2.1; bit 19 set: ITDMA."""
    level_db: F32
    """Signal level as the receiver states it (dBm, or dB below full scale): compare only within
    one station."""
    offset_ppm: F32
    """Frequency offset as the receiver states it."""
    valid: U32
    flags: U32

    def order(self) -> I64:
        """Row order by (event time, mmsi, report id, received time): the settled order."""
        keys = (self.received_at_us, self.report_id, self.mmsi, self.at_us)
        return np.lexsort(keys).astype(np.int64)

    def key(self) -> U64:
        """Vessel key of each row: mmsi + (hull << 32)."""
        return self.mmsi.astype(np.uint64) | (self.hull.astype(np.uint64) << np.uint64(32))


@dataclass(frozen=True, slots=True)
class Statics(Batch):
    """Who a station says it is (AIS types 5, 19, 21, 24): claims, each with its time."""

    DTYPES: ClassVar[dict[str, str]] = {
        "seq": "i8",
        "report_id": "u8",
        "at_us": "i8",
        "received_at_us": "i8",
        "station": "i4",
        "feed": "i4",
        "msg_type": "u1",
        "mmsi": "u4",
        "imo": "u4",
        "callsign": "S7",
        "name": "S34",
        "ship_type": "u1",
        "to_bow_m": "u2",
        "to_stern_m": "u2",
        "to_port_m": "u2",
        "to_starboard_m": "u2",
        "draught_m": "f4",
        "destination": "S20",
        "eta_month": "u1",
        "eta_day": "u1",
        "eta_hour": "u1",
        "eta_minute": "u1",
        "fix_type": "u1",
        "mothership_mmsi": "u4",
        "valid": "u4",
    }

    seq: I64
    report_id: U64
    at_us: I64
    received_at_us: I64
    station: I32
    feed: I32
    msg_type: U8
    mmsi: U32
    imo: U32
    callsign: Bytes
    name: Bytes
    ship_type: U8
    """AIS ship type 0-99; for type 21 the aid's type (Rec. M.1371-5 tables 53 and 74)."""
    to_bow_m: U16
    to_stern_m: U16
    to_port_m: U16
    to_starboard_m: U16
    draught_m: F32
    destination: Bytes
    eta_month: U8
    """Estimated time of arrival, UTC, without a year (type 5)."""
    eta_day: U8
    eta_hour: U8
    eta_minute: U8
    fix_type: U8
    """Kind of position fixing device, 1-15 (M.1371-5 Annex 8, table 53)."""
    mothership_mmsi: U32
    """Of a daughter craft, 98MIDxxxx (type 24 part B)."""
    valid: U32

    def length_m(self) -> F32:
        """Bow to stern in metres, NaN where the dimensions are not available."""
        return self._sum(self.to_bow_m, self.to_stern_m)

    def beam_m(self) -> F32:
        """Port to starboard in metres, NaN where the dimensions are not available."""
        return self._sum(self.to_port_m, self.to_starboard_m)

    def _sum(self, a: U16, b: U16) -> F32:
        total = a.astype(np.float32) + b.astype(np.float32)
        known = ((self.valid & Valid.DIMENSIONS) != 0) & (total > 0)
        return np.where(known, total, np.float32(np.nan)).astype(np.float32)
