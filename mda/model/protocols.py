"""The seams of the house: what one verb may be handed of another, and nothing more.

`mda.watch` and `mda.cli` wire implementations to these; no verb imports another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mda.model.findings import Finding, ZoneClaim
from mda.model.lines import Lines, Other, Rejected, Sentence
from mda.model.reports import F64, I32, I64, Reports, Statics
from mda.model.spool import SpoolMark
from mda.model.state import State, Stateful


# -- feeds ------------------------------------------------------------------------------------
class LineClock(Protocol):
    """Reads a line's own receive time (TAG `c:`, prefix, suffix), for pacing a replay."""

    def __call__(self, line: bytes) -> int | None:
        """Microseconds since the epoch, or None where the line carries no time."""
        ...


@runtime_checkable
class BulkLineClock(LineClock, Protocol):
    """A line clock that reads many lines at once."""

    def many(self, data: bytes, start: I64, stop: I64) -> I64:
        """The times of the lines `data[start:stop]`, `NO_TIME_US` without one, shape (n,)."""
        ...


class Feed(Protocol):
    """A stream of sentences; `stop()` from another thread ends the iteration soon."""

    name: str

    def __iter__(self) -> Iterator[Sentence]: ...
    def stop(self) -> None: ...


@runtime_checkable
class Acknowledged(Protocol):
    """What a feed also has when its peer keeps every row until the node has it durably."""

    note: str
    """What the watch should know of the peer; empty when all is well."""

    def had(self, marks: Mapping[str, int]) -> None:
        """At the start: the last row of each spool that stands in the node's log."""
        ...

    def stored(self, mark: SpoolMark) -> None:
        """Everything up to this mark is durable; told after every batch, from another thread."""
        ...


# -- decode -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Decoded:
    """What a batch of lines became. Every LINE row is in exactly one of the books' columns."""

    reports: Reports
    statics: Statics
    others: Sequence[Other]
    rejected: list[Rejected]
    messages_by_type: Mapping[int, int]


@dataclass(slots=True)
class Books:
    """lines = decoded_lines + sum(rejected) + pending, always; per feed and in sum."""

    lines: int = 0
    decoded_lines: int = 0
    messages: int = 0
    pending: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    messages_by_type: dict[int, int] = field(default_factory=dict)
    spoilt: dict[str, int] = field(default_factory=dict)
    """Sentences refused on lines that held another one and count as decoded, by reason: beside the
    balance, so that nothing is lost silently."""

    def balanced(self) -> bool:
        """Whether nothing was lost unaccounted."""
        return self.lines == self.decoded_lines + sum(self.rejected.values()) + self.pending


class Decoder(Stateful, Protocol):
    """Bytes in, column batches and rejects out; reassembly state carried across batches."""

    @property
    def stations(self) -> Sequence[str]:
        """Names by station code; append-only. Code i was the i-th station heard."""
        ...

    @property
    def books(self) -> Mapping[int, Books]:
        """The balance by feed code, since the beginning."""
        ...

    def decode(self, lines: Lines) -> Decoded:
        """Decode the LINE rows (control rows are passed over)."""
        ...

    def flush(self) -> Decoded:
        """Give up waiting: pending parts become rejected as `incomplete` (end of a recording)."""
        ...


# -- zones ------------------------------------------------------------------------------------
class Located(NamedTuple):
    """Zones of n points in compressed rows: point i has `zone[offset[i]:offset[i + 1]]`."""

    offset: I64
    """Shape (n + 1,)."""
    zone: I32
    """Zone codes (position in `ZoneIndex.claims`)."""
    margin_m: F64
    """How deep inside, in metres to that zone's nearest legal limit (never to the coast or to the
    library's frame: a moored ship is deep inside its host's water). Exact below the zone's cap
    (max(100 m, accuracy) x 2); deeper points read infinity."""


class ZoneIndex(Protocol):
    """Whose water is this."""

    @property
    def claims(self) -> Sequence[ZoneClaim]:
        """Every zone by its code, as findings quote it."""
        ...

    @property
    def version(self) -> str:
        """Hash of the library's content, quoted in evidence."""
        ...

    def locate(self, lon_deg: F64, lat_deg: F64, at_us: I64 | int | None = None) -> Located:
        """Zones of each point (NaN positions have none) that hold at its instant; None: at any."""
        ...

    def covers(self, lon_deg: float, lat_deg: float) -> bool:
        """Whether the library says anything about this point at all."""
        ...

    def on_land(self, lon_deg: F64, lat_deg: F64) -> NDArray[np.bool_]:
        """Whether each point lies on land by the library's coast (a berth often does)."""
        ...


class PlaceIndex(Protocol):
    """Where waiting is normal: ports, anchorages, terminals, fishing grounds."""

    @property
    def names(self) -> Sequence[str]:
        """Place names by code."""
        ...

    def at(self, lon_deg: F64, lat_deg: F64) -> I32:
        """Code of the (smallest) place each point lies in, -1 for none."""
        ...

    def nearest(self, lon_deg: float, lat_deg: float) -> tuple[str, float, float]:
        """Name of the nearest named place (port or town), metres to it, bearing from it."""
        ...


# -- settled road -----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Control:
    """A control row in event time, as the settled road sees it."""

    at_us: int
    kind: int
    feed: int
    """-1: all feeds (START, STOP)."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A released stretch of event time (since_us, until_us]: sorted reports, controls, ticks.

    Order inside: at equal times controls first, then reports, then the tick.
    """

    since_us: int
    until_us: int
    reports: Reports
    """Sorted by `Reports.order`; flags and hull set by vet and track when detectors get it."""
    statics: Statics
    """Sorted by event time."""
    controls: tuple[Control, ...]
    tick_at_us: I64
    """The fixed grid's ticks in the stretch."""

    @classmethod
    def empty(cls, since_us: int, until_us: int) -> Settled:
        """A stretch in which nothing was heard and no tick fell."""
        return cls(
            since_us, until_us, Reports.blank(0), Statics.blank(0), (), np.zeros(0, np.int64)
        )


class Detector(Stateful, Protocol):
    """A fold over settled stretches. Law 1: any chunking of the same stretch, the same findings."""

    name: str
    version: str

    def fold(self, settled: Settled) -> list[Finding]:
        """Findings opened, revised and closed in this stretch, sorted by `Finding.order`."""
        ...


class Identity(Protocol):
    """What is known of a vessel for a sentence: claims over time.

    Always asked *as of* an instant: a fold that knew a name before it was heard would answer
    differently under another chunking (law 1).
    """

    def label(self, key: int, at_us: int) -> str:
        """A short name: the ship name claimed by `at_us`, else 'MMSI 329002300'."""
        ...

    def vessel_class(self, mmsi: int, at_us: int) -> int:
        """`VesselClass` as claimed by `at_us`."""
        ...


# -- store ------------------------------------------------------------------------------------
class Keyframes(Protocol):
    """Saved settled states by event time, for reconciling, restarts and seeking."""

    def put(self, at_us: int, state: bytes) -> None: ...
    def before(self, at_us: int) -> tuple[int, bytes] | None:
        """The newest keyframe taken strictly before `at_us`."""
        ...


class History(Protocol):
    """What has been settled: the archive and its unsealed tail as one."""

    def add(self, settled: Settled) -> None:
        """Append a released stretch."""
        ...

    def read(self, since_us: int, until_us: int) -> tuple[Reports, Statics]:
        """Rows with since < at <= until, hull and stateful flags as stored, settled order."""
        ...

    def replace(self, since_us: int, until_us: int, reports: Reports, statics: Statics) -> None:
        """Exchange the stretch (since, until] for rows that late data corrected."""
        ...


# -- picture ----------------------------------------------------------------------------------
class Printer(Protocol):
    """Turns a document into bytes of some format (PDF later); verbs hand it over."""

    def render(self, document: Mapping[str, Any]) -> bytes: ...


__all__ = [
    "Acknowledged",
    "Books",
    "BulkLineClock",
    "Control",
    "Decoded",
    "Decoder",
    "Detector",
    "Feed",
    "History",
    "Identity",
    "Keyframes",
    "LineClock",
    "Located",
    "PlaceIndex",
    "Printer",
    "Settled",
    "State",
    "Stateful",
    "ZoneIndex",
]
