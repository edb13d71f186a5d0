"""Zones as records: who claims a water, on what basis, how good our line is.

A file of the library is a TOML that names its GeoJSON: `[library]` says where the shapes come from,
one `[[zone]]` a zone says the rest. Whatever a zone does not say itself it takes from `[library]`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mda.errors import ZoneError
from mda.model import ZoneClaim

STATUSES = ("disputed", "joint", "median", "claimed", "agreed")
"""Most contested first: zones are numbered so, and no answer begins with one side of a dispute."""


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone of the library without its shape."""

    id: str
    name: str
    kind: str
    """eez, joint, overlap (claims overlap in the source), disputed (our approximate overlay)."""
    claimants: tuple[str, ...]
    """Every territory or state that claims it."""
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


def _zone(row: dict[str, Any], where: str) -> Zone:
    status = _text(row, "status", where)
    claimants = _names(row, "claimants", where)
    accuracy_m = row.get("accuracy_m")
    if status not in STATUSES:
        raise ZoneError(f"status {status!r} is none of {', '.join(STATUSES)}", where=where)
    if not claimants:
        raise ZoneError(f"zone {row.get('id')!r} has no claimants", where=where)
    if status == "disputed" and len(claimants) < 2:
        raise ZoneError(f"zone {row.get('id')!r} is disputed by one claimant", where=where)
    if not isinstance(accuracy_m, int | float) or not accuracy_m > 0:
        raise ZoneError(f"zone {row.get('id')!r} has no positive accuracy_m", where=where)
    return Zone(
        id=_text(row, "id", where),
        name=_text(row, "name", where),
        kind=_text(row, "kind", where),
        claimants=claimants,
        iso3=_names(row, "iso3", where),
        codes=_names(row, "codes", where),
        status=status,
        basis=_text(row, "basis", where),
        source=_text(row, "source", where),
        licence=_text(row, "licence", where),
        date=_text(row, "date", where),
        accuracy_m=float(accuracy_m),
        outline=str(row.get("outline", "simplified")),
        note=str(row.get("note", "")),
    )


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
    shared = {k: head[k] for k in ("source", "licence", "date", "accuracy_m") if k in head}
    box = head.get("box")
    return Collection(
        path=path,
        zones=tuple(_zone({**shared, **row}, path.name) for row in rows),
        geometry=_text({"id": "library", **head}, "geometry", path.name),
        limits=str(head.get("limits", "")),
        rest_is_coast=head.get("rest", "coast") == "coast",
        box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])) if box else None,
    )
