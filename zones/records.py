"""Zones as records: who claims a water, on what basis, how good our line is.

A file of the library is a TOML that names its GeoJSON: `[library]` says where the shapes come from,
one `[[zone]]` a zone says the rest. Whatever a zone does not say itself it takes from `[library]`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from mda.clock import from_datetime
from mda.errors import ZoneError
from mda.model import ZONE_FAMILIES, ZoneClaim

STATUSES = ("disputed", "joint", "median", "claimed", "agreed", "none")
"""Most contested first: zones are numbered so, and no answer begins with one side of a dispute.
`none` is for what nobody claims: a named sea, a user's own search area."""
FAMILY_OF = {kind: family for family, kinds in ZONE_FAMILIES.items() for kind in kinds}
KINDS = tuple(FAMILY_OF)
OPEN_US = (int(np.iinfo(np.int64).min), int(np.iinfo(np.int64).max))
"""From and until of a zone that always holds."""


SHARED = ("source", "licence", "date", "accuracy_m", "outline")
"""What a zone takes from `[library]` if it does not say it itself."""


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone of the library without its shape."""

    id: str
    name: str
    kind: str
    """One of KINDS. overlap: claims overlap in the source; disputed: our approximate overlay."""
    claimants: tuple[str, ...]
    """Every territory or state that claims it; of a rule, who made it; of a sea, nobody."""
    iso3: tuple[str, ...]
    """ISO 3166 codes of the claimants, as far as the source gives them."""
    codes: tuple[str, ...]
    """ISO 3166 two-letter codes of the claimants and of the states behind them."""
    status: str
    basis: str
    source: str
    licence: str
    date: str
    """Date of the shape, as far as it is known."""
    accuracy_m: float
    """How far off our line may be."""
    outline: str
    """simplified or approximate."""
    note: str
    valid_from: str = ""
    """First day (ISO date) or instant (ISO, UTC) it holds; empty: since ever."""
    valid_until: str = ""
    """Last day or the instant it ends; empty: until further notice."""
    own: bool = False
    """Added by the users of this node, not shipped with it."""

    @property
    def family(self) -> str:
        """waters, belts, seas, rules or own."""
        return FAMILY_OF[self.kind]

    @property
    def window_us(self) -> tuple[int, int]:
        """From (inclusive) and until (exclusive, of a day its end), microseconds since 1970."""
        return (
            _instant_us(self.valid_from, 0) if self.valid_from else OPEN_US[0],
            _instant_us(self.valid_until, 1) if self.valid_until else OPEN_US[1],
        )

    def claim(self) -> ZoneClaim:
        """The zone as findings quote it."""
        return ZoneClaim(
            id=self.id,
            name=self.name,
            kind=self.kind,
            claimants=self.claimants,
            status=self.status,
            accuracy_m=self.accuracy_m,
            basis=self.basis,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            own=self.own,
        )


@dataclass(frozen=True, slots=True)
class Collection:
    """One file of the library: its zones and where their shapes are."""

    path: Path
    zones: tuple[Zone, ...]
    geometry: str
    limits: str
    """GeoJSON of those lines that are legal limits; empty: all edges are."""
    rest_is_coast: bool
    """What edges that are no limits are: coast, or (overlays) borrowed from another zone."""
    box: tuple[float, float, float, float] | None
    """West, south, east, north of what this file covers."""


def _text(row: dict[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise ZoneError(f"zone {row.get('id')!r} has no {name!r}", where=where)
    return value


def _names(row: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = row.get(name, [])
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ZoneError(f"zone {row.get('id')!r}: {name!r} must be a list of texts", where=where)
    return tuple(value)


def _instant_us(text: str, days: int) -> int:
    """An ISO instant, or the start of an ISO date plus `days`, as microseconds since 1970."""
    if len(text) == len("2026-01-01"):
        day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        return from_datetime(day + timedelta(days=days))
    at = datetime.fromisoformat(text)
    return from_datetime(at if at.tzinfo else at.replace(tzinfo=UTC))


def _when(row: dict[str, Any], name: str, where: str) -> str:
    """A date or instant as ISO text; TOML's own dates are taken as well."""
    value = row.get(name, "")
    text = value.isoformat() if isinstance(value, date) else value
    try:
        if text:
            _instant_us(text, 1)
        return str(text)
    except (TypeError, ValueError, OverflowError) as error:
        raise ZoneError(
            f"zone {row.get('id')!r}: {name} {value!r} is neither a date nor an instant",
            where=where,
            do="Write 2026-06-01 or 2026-06-01T12:00:00Z",
        ) from error


def _accuracy_m(row: dict[str, Any], where: str) -> float:
    value = row.get("accuracy_m")
    if not isinstance(value, int | float) or value is True or not 0.0 < value < float("inf"):
        raise ZoneError(f"zone {row.get('id')!r} has no positive accuracy_m", where=where)
    return float(value)


def _check(zone: Zone, where: str) -> Zone:
    """The zone, unless it contradicts itself."""
    if zone.kind not in KINDS:
        raise ZoneError(f"kind {zone.kind!r} is none of {', '.join(KINDS)}", where=where)
    if zone.status not in STATUSES:
        raise ZoneError(f"status {zone.status!r} is none of {', '.join(STATUSES)}", where=where)
    if zone.status == "none" and zone.family in ("waters", "belts"):
        raise ZoneError(f"zone {zone.id!r}: {zone.kind} water has a status", where=where)
    if zone.status != "none" and not zone.claimants:
        raise ZoneError(f"zone {zone.id!r} has no claimants", where=where)
    if zone.status == "disputed" and len(zone.claimants) < 2:
        raise ZoneError(f"zone {zone.id!r} is disputed by one claimant", where=where)
    since_us, until_us = zone.window_us
    if since_us >= until_us:
        raise ZoneError(
            f"zone {zone.id!r} ends ({zone.valid_until}) before it begins ({zone.valid_from})",
            where=where,
        )
    return zone


def zone_of(row: dict[str, Any], where: str) -> Zone:
    """A `[[zone]]` table as a zone; ZoneError, naming the file `where`, if it does not say enough.

    Asked of every zone: id, name, kind, status, basis, source, licence, date, accuracy_m, and
    claimants unless its status is none.
    """
    zone = Zone(
        id=_text(row, "id", where),
        name=_text(row, "name", where),
        kind=_text(row, "kind", where),
        claimants=_names(row, "claimants", where),
        iso3=_names(row, "iso3", where),
        codes=_names(row, "codes", where),
        status=_text(row, "status", where),
        basis=_text(row, "basis", where),
        source=_text(row, "source", where),
        licence=_text(row, "licence", where),
        date=_text(row, "date", where),
        accuracy_m=_accuracy_m(row, where),
        outline=str(row.get("outline", "simplified")),
        note=str(row.get("note", "")),
        valid_from=_when(row, "valid_from", where),
        valid_until=_when(row, "valid_until", where),
    )
    return _check(zone, where)


def read_collection(path: Path) -> Collection:
    """One TOML file of the library."""
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ZoneError(f"cannot be read ({error})", where=path.name) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ZoneError(f"is not TOML ({error})", where=path.name) from error
    head = body.get("library", {})
    rows = body.get("zone", [])
    if not isinstance(head, dict) or not isinstance(rows, list) or not rows:
        raise ZoneError("has no [library] table or no [[zone]]", where=path.name)
    shared = {k: head[k] for k in SHARED if k in head}
    box = head.get("box")
    return Collection(
        path=path,
        zones=tuple(zone_of({**shared, **row}, path.name) for row in rows),
        geometry=_text({"id": "library", **head}, "geometry", path.name),
        limits=str(head.get("limits", "")),
        rest_is_coast=head.get("rest", "coast") == "coast",
        box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])) if box else None,
    )
