"""`Finding`: a fact about the sea with its evidence; and `Case`: what a person must handle.

A finding's identity is its content: the id hashes the kind, the vessel keys and the report that
opened it. Whatever may change (end, figures, words, detector version) belongs to a revision;
nothing vanishes silently: a finding that late data disproves is *withdrawn*, with the reason.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

from mda.model.zones import family_of

Status = Literal["provisional", "confirmed", "revised", "withdrawn"]
Priority = Literal["E", "A", "W", "C", "L"]
"""E emergency (distress), A alarm, W warning, C caution (after IEC 62923), L log only."""


@dataclass(frozen=True, slots=True)
class ZoneClaim:
    """A zone a finding lies in, and who claims it: in disputed water several do."""

    id: str
    name: str
    kind: str
    claimants: tuple[str, ...]
    status: str
    """agreed, claimed, disputed, median, joint, or none where nothing is claimed."""
    accuracy_m: float
    basis: str = ""
    valid_from: str = ""
    """ISO date or instant from which it holds; empty: always."""
    valid_until: str = ""
    """The day to the end of which, or the instant until which it holds; empty: open."""
    own: bool = False
    """True for a zone that the operator loaded himself: it goes before ours."""

    @property
    def family(self) -> str:
        """waters, belts, seas, rules or own."""
        return family_of(self.kind)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, all fields."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact, in one revision. Times are event times in microseconds."""

    id: str
    kind: str
    """silence, loitering, zone_visit; later encounter, dark_rendezvous, safety."""
    mmsis: tuple[int, ...]
    keys: tuple[int, ...]
    """Vessel keys, mmsi + (hull << 32), sorted."""
    onset_at_us: int
    """When it began: for a silence the last report heard."""
    opened_at_us: int
    """When it became a finding: onset plus the span asked for."""
    closed_at_us: int | None
    revised_at_us: int
    """Event time at which this revision became known (the row or tick that revealed it)."""
    status: Status
    probability: float | None
    """Null where nothing is modelled, never an invented number."""
    lon_deg: float
    lat_deg: float
    summary: str
    evidence: dict[str, Any]
    """Figures, thresholds, report ids, what is not known: JSON, units in the keys."""
    detector: str
    detector_version: str
    config_hash: str
    zones: tuple[ZoneClaim, ...] = ()
    path: tuple[tuple[float, float], ...] = ()
    """(lon, lat) vertices where the finding has more shape than a point."""
    revision: int = 1
    reason: str = ""
    """Why it was withdrawn or revised."""

    def order(self) -> tuple[int, str]:
        """Sort key of emission: (known at, id)."""
        return self.revised_at_us, self.id

    def content(self) -> str:
        """Canonical JSON of everything but the revision's own marks: equal content, equal claim."""
        body = self.to_json()
        for name in ("revision", "status", "reason", "revised_at_us"):
            del body[name]
        return json.dumps(body, sort_keys=True)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, all fields. `evidence` is the finding's own dict, not a copy.

        Written out, for keyframes ask for it of every finding: `asdict` took half of an ingest.
        """
        body: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        body["zones"] = [zone.to_json() for zone in self.zones]
        return body

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """The finding that `to_json` gave."""
        zones = tuple(ZoneClaim(**{**z, "claimants": tuple(z["claimants"])}) for z in body["zones"])
        return cls(
            **{
                **body,
                "mmsis": tuple(body["mmsis"]),
                "keys": tuple(body["keys"]),
                "zones": zones,
                "path": tuple((float(p[0]), float(p[1])) for p in body["path"]),
            }
        )

    def withdrawn(self, at_us: int, reason: str) -> Finding:
        """This finding as its own withdrawal."""
        return replace(
            self,
            status="withdrawn",
            reason=reason,
            revised_at_us=at_us,
            revision=self.revision + 1,
        )


def finding_id(kind: str, keys: tuple[int, ...], opening_report_id: int, extra: str = "") -> str:
    """16 hex digits of hash(kind, sorted vessel keys, opening report id).

    `extra` tells findings apart that one report opens for one vessel (the zone of a visit).
    """
    text = f"{kind}|{','.join(str(k) for k in sorted(keys))}|{opening_report_id}|{extra}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


CaseState = Literal[
    "active_unacknowledged",
    "active_silenced",
    "active_acknowledged",
    "responsibility_transferred",
    "rectified_unacknowledged",
    "normal",
    "suspended",
    "false",
    "withdrawn",
]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing a person handles: a vessel's findings fused, a sentence, a priority, a state."""

    id: str
    priority: Priority
    state: CaseState
    filed: bool
    """True: opened over 30 min behind the node's clock; it is listed and does not sound."""
    mmsis: tuple[int, ...]
    keys: tuple[int, ...]
    kind: str
    """Kind of the finding that leads the case."""
    title: str
    """Vessel and what happened, a few words."""
    sentence: str
    """Why, in one plain sentence that stands alone."""
    opened_at_us: int
    updated_at_us: int
    closed_at_us: int | None
    lon_deg: float
    lat_deg: float
    finding_ids: tuple[str, ...]
    terms: tuple[tuple[str, float], ...]
    """The scorecard: words and points, printed as they are."""
    revision: int = 1
    suspended_until_us: int | None = None
    transferred_to: str = ""
    acts: tuple[dict[str, Any], ...] = field(default=())
    """What people did, in order: act, desk, at_us, reason."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, all fields."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """The case that `to_json` gave."""
        tuples = ("mmsis", "keys", "finding_ids", "acts")
        return cls(
            **{
                **body,
                **{name: tuple(body[name]) for name in tuples},
                "terms": tuple((str(t[0]), float(t[1])) for t in body["terms"]),
            }
        )
