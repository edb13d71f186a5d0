"""`Picture`: what we believe at one instant; and the seams of the page: events, acts, the node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

from mda.model.findings import Case, Finding
from mda.model.reports import F32, F64, I64, U8, U32, U64, Batch, Bytes


class TargetKind(IntEnum):
    """What a target is drawn as (IMO SN.1/Circ.243 has a shape each)."""

    CLASS_A = 0
    CLASS_B = 1
    AID = 2
    AID_VIRTUAL = 3
    BASE = 4
    SAR_AIRCRAFT = 5
    SART = 6
    MOB = 7
    EPIRB = 8
    HANDHELD = 9


class Mark:
    """Bits of `Targets.marks`: how a target is drawn beside its kind."""

    OLD = 1 << 0
    """Not heard for longer than three of its nominal intervals."""
    LOST = 1 << 1
    """Not heard for so long that the drawn place is a guess (silent, or over the lost age)."""
    ALERT = 1 << 2
    """An open case on it is not acknowledged."""
    CASE = 1 << 3
    """An open case on it, acknowledged or not."""
    UNCERTAIN = 1 << 4
    """Its last positions were not believed, or two hulls use its MMSI."""


@dataclass(frozen=True, slots=True)
class Targets(Batch):
    """One row a target, sorted by key."""

    DTYPES: ClassVar[dict[str, str]] = {
        "key": "u8",
        "mmsi": "u4",
        "kind": "u1",
        "marks": "u1",
        "vessel_class": "u1",
        "nav_status": "u1",
        "valid": "u4",
        "at_us": "i8",
        "lon_deg": "f8",
        "lat_deg": "f8",
        "now_lon_deg": "f8",
        "now_lat_deg": "f8",
        "radius_m": "f4",
        "sog_kn": "f4",
        "cog_deg": "f4",
        "heading_deg": "f4",
        "length_m": "f4",
        "name": "S34",
    }

    key: U64
    mmsi: U32
    kind: U8
    marks: U8
    vessel_class: U8
    nav_status: U8
    valid: U32
    at_us: I64
    """Time of the last believed report."""
    lon_deg: F64
    lat_deg: F64
    """The last believed report's place."""
    now_lon_deg: F64
    now_lat_deg: F64
    """Dead-reckoned to the picture's instant."""
    radius_m: F32
    """95 % radius of the dead-reckoned place; grows with age."""
    sog_kn: F32
    cog_deg: F32
    heading_deg: F32
    length_m: F32
    name: Bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """What we believe at one instant. Every view is drawn from one of these."""

    version: int
    """Rises with every picture of the run."""
    event_seq: int
    """The desk store's newest event that this picture reflects."""
    at_us: int
    """The node's clock: the instant that positions are predicted to."""
    watermark_us: int
    """Event time up to which detectors have judged."""
    targets: Targets


class Prediction(NamedTuple):
    """Dead-reckoned places with their uncertainty, shape (n,) each."""

    lon_deg: F64
    lat_deg: F64
    radius_m: F32


class Predictor(Protocol):
    """Where vessels are now, from `mda.track`."""

    def __call__(
        self, lon_deg: F64, lat_deg: F64, sog_kn: F32, cog_deg: F32, age_s: F64
    ) -> Prediction: ...


# -- the desk ---------------------------------------------------------------------------------
ActKind = Literal["acknowledge", "silence", "transfer", "suspend", "false", "note"]


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did to a case. The desk makes `id`, so that a retry is not a second act."""

    id: str
    case_id: str
    act: ActKind
    desk: str
    at_us: int
    reason: str = ""
    until_us: int | None = None
    to: str = ""
    on_priority: str = ""
    """Priority that the case had when the desk acted: an act does not cover a later rise. Empty:
    whatever it has."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of what must never be lost on the page, numbered by the desk store."""

    seq: int
    at_us: int
    kind: Literal["case", "finding", "act", "feed", "log", "run"]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeskBatch:
    """What one grouped, durable commit of the desk store writes, all or nothing."""

    covers_seq: int
    """The raw-line log's number up to which this is the consequence."""
    findings: Sequence[Finding] = ()
    cases: Sequence[Case] = ()
    acts: Sequence[Act] = ()
    log: Sequence[Event] = field(default=())
    """Further events (feed, log, run); their `seq` is given by the store."""


class EventSource(Protocol):
    """The desk store's events, in order and without a gap. Thread-safe."""

    def events_after(self, seq: int, limit: int) -> list[Event]: ...
    def last_event_seq(self) -> int: ...
    def wait_events(self, seq: int, timeout_s: float) -> bool:
        """Block until an event newer than `seq` is durable, or the time is out."""
        ...


class NodeView(EventSource, Protocol):
    """What the page and its API may ask of a running node. Thread-safe.

    More than 12 methods, because each is one question of the page.
    """

    def info(self) -> dict[str, Any]:
        """Name, run, mode (live, replay, simulated), banner, clocks, what it cannot see."""
        ...

    def picture(self) -> Picture: ...
    def cases(self) -> list[Case]: ...
    def case(self, case_id: str) -> tuple[Case, list[Finding]] | None: ...
    def first_look(self, case: Case) -> list[str]:
        """A sentence an aircraft: could it look at an open case, how soon, for how long."""
        ...

    def feeds(self) -> list[dict[str, Any]]: ...
    def stations(self) -> dict[str, Any]:
        """How well each station hears, and the node's clock against the ships': web/WIRE.md."""
        ...

    def act(self, act: Act) -> Case:
        """Apply a person's act; returns once it is durable. KeyError: no such case."""
        ...

    def vessel(self, key: int) -> dict[str, Any] | None: ...
    def vessels(self) -> dict[int, dict[str, Any]]:
        """What is claimed of every target of the picture by key: the card's first part."""
        ...

    def trails(self, since_us: int) -> dict[int, list[tuple[int, float, float]]]:
        """(at_us, lon, lat) of each target's recent track, oldest first."""
        ...

    def locate(self, lon_deg: float, lat_deg: float, at_us: int | None = None) -> dict[str, Any]:
        """Whose water a point is, at an instant (None: now), in words and as a list of zones."""
        ...

    def zones_geojson(self) -> bytes:
        """The library's outlines simplified for drawing, GeoJSON."""
        ...
