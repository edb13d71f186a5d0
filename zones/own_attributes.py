"""What an operator's file and its command say of a zone, as a `[[zone]]` table of the library.

What the command says goes before what the feature says; that goes before what a Marine Regions
feature means (their attributes are those of marineregions.org/eezattribute.php); what nobody says
gets a default that is noted. Nothing is invented: an unknown basis is "not stated".
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from mda.clock import format_at, from_datetime
from mda.errors import ZoneError
from zones.own_reading import Box4, Shape
from zones.records import FAMILY_OF, KINDS, STATUSES, Collection, read_collection

LIBRARY: Final = Path(__file__).parent / "library"
DEFAULT_ACCURACY_M: Final = 100.0
"""Of a line given by coordinates, where nobody says better: own choice, a chart's line at 1:200,000
(0.5 mm on paper)."""
MARINE_REGIONS_ACCURACY_M: Final = 1000.0
"""Marine Regions states none: own choice, between a chart's line and our simplified one (3 km)."""
_POL_TYPES: Final = {
    "200nm": "eez",
    "12nm": "territorial",
    "24nm": "contiguous",
    "joint regime": "joint",
    "overlapping claim": "overlap",
}
_STATUS_OF: Final = {"joint": "joint", "overlap": "disputed", "disputed": "disputed"}
_NAMES: Final = {
    "name": ("name", "geoname", "title", "zone"),
    "kind": ("kind", "zone_kind"),
    "status": ("status",),
    "basis": ("basis", "legal_basis", "act"),
    "source": ("source",),
    "licence": ("licence", "license"),
    "date": ("date",),
    "note": ("note", "description", "remarks"),
    "valid_from": ("valid_from", "validfrom", "begin"),
    "valid_until": ("valid_until", "valid_unti", "validuntil", "end"),
}
"""Ours, and what attributes of other files are called (shapefiles keep ten letters)."""
_DAY: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Given:
    """What the operator says of every zone of the file; empty or None: nothing."""

    kind: str = ""
    claimants: tuple[str, ...] = ()
    status: str = ""
    basis: str = ""
    source: str = ""
    licence: str = ""
    accuracy_m: float | None = None
    valid_from: str = ""
    valid_until: str = ""
    radius_nmi: float | None = None


def slug(text: str) -> str:
    """A name for ids and directories: small letters, digits and hyphens.

    >>> slug("São Tomé’s Bank, No. 2")
    'sao-tomes-bank-no-2'
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:60].strip("-")


@functools.cache
def _shipped() -> tuple[Collection, ...]:
    return tuple(read_collection(path) for path in sorted(LIBRARY.glob("*.toml")))


@functools.cache
def library_box() -> Box4:
    """West, south, east, north of what the shipped library covers, degrees."""
    west, south, east, north = zip(*(c.box for c in _shipped() if c.box), strict=True)
    return min(west), min(south), max(east), max(north)


@functools.cache
def _known() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Name, ISO 3166 code and two-letter codes of claimants that the library knows, by name and
    code."""
    found: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for collection in _shipped():
        for zone in collection.zones:
            if zone.kind == "eez" and len(zone.claimants) == 1 and zone.iso3:
                row = (zone.claimants[0], zone.iso3[0], zone.codes)
                found.setdefault(_key(zone.claimants[0]), row)
                found.setdefault(zone.iso3[0].casefold(), row)
    return found


def _key(name: str) -> str:
    return name.casefold().removeprefix("the ").strip()


def row_of(
    shape: Shape,
    given: Given,
    title: str,
    file: str,
    by: str,
    at_day: str,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """The `[[zone]]` table of a feature, without its id.

    `title` is its name where it has none, `file` its file's name, `by` who adds it on `at_day`;
    `tell` is told what was assumed. ZoneError: it claims water and names no claimant.
    """
    said = {key: _first(shape.attributes, names) for key, names in _NAMES.items()}
    theirs = _marine_regions(shape.attributes, file) if _is_marine_regions(shape) else {}
    kind = (given.kind or str(said["kind"]) or theirs.get("kind", "") or "area").casefold()
    if kind not in KINDS:
        raise ZoneError(
            f"{shape.label}: kind {kind!r} is none of {', '.join(KINDS)}",
            where=file,
            do="Use --kind",
        )
    claims = FAMILY_OF[kind] in ("waters", "belts")
    row: dict[str, Any] = {
        "name": str(said["name"]) or title,
        "kind": kind,
        **_claimants(shape, given, theirs, tell),
        "status": (given.status or str(said["status"]) or _STATUS_OF.get(kind, "")
                   or ("claimed" if claims else "none")).casefold(),
        "basis": given.basis or str(said["basis"]) or theirs.get("basis", "not stated"),
        "source": given.source or str(said["source"]) or theirs.get("source", f"{file}, from {by}"),
        "licence": given.licence or str(said["licence"]) or theirs.get("licence", "not stated"),
        "date": str(said["date"]) or theirs.get("date") or at_day,
        "accuracy_m": _accuracy_m(shape, given, theirs, file, tell),
        "outline": "own",
        "note": str(said["note"])[:1000],
        "valid_from": _when(given.valid_from or str(said["valid_from"])),
        "valid_until": _when(given.valid_until or str(said["valid_until"])),
    }  # fmt: skip
    if row["status"] not in STATUSES:
        raise ZoneError(
            f"{shape.label}: status {row['status']!r} is none of {', '.join(STATUSES)}",
            where=file,
            do="Use --status",
        )
    if claims and not row["claimants"]:
        raise ZoneError(
            f"{row['name']!r} ({kind}) names no claimant", where=file, do="Use --claimant Dominica"
        )
    if "mrgid" in theirs:
        row["mrgid"] = theirs["mrgid"]
    return {key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}


def radius_nmi(shape: Shape, given: Given, where: str) -> float:
    """The radius that points and lines get: the command's, or the feature's own; 0: none."""
    value = given.radius_nmi
    if value is None:
        value = _number(shape, "radius_nmi", where) or 0.0
    if not 0 <= value <= 600:
        raise ZoneError(f"{shape.label}: a radius of {value:g} nmi", where=where, do="Use 0 to 600")
    return value


def _when(text: str) -> str:
    """A day as 2026-06-01, an instant in UTC; what is neither is left for `zone_of` to refuse.

    >>> _when("20260601"), _when("2026-06-01 12:00"), _when("2026-06-01T12:00-04:00")
    ('2026-06-01', '2026-06-01T12:00:00Z', '2026-06-01T16:00:00Z')
    """
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
        return format_at(from_datetime(at if at.tzinfo else at.replace(tzinfo=UTC)))
    except (ValueError, OverflowError):
        return text


def _first(attributes: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((attributes[n] for n in names if attributes.get(n) not in (None, "", [])), "")


def _number(shape: Shape, name: str, where: str) -> float | None:
    value = shape.attributes.get(name)
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError) as error:
        raise ZoneError(f"{shape.label}: {name} {value!r} is no number", where=where) from error


def _accuracy_m(
    shape: Shape, given: Given, theirs: dict[str, Any], where: str, tell: Callable[[str], None]
) -> float:
    said = given.accuracy_m if given.accuracy_m is not None else _number(shape, "accuracy_m", where)
    if said is not None:
        return said
    assumed = float(theirs.get("accuracy_m", DEFAULT_ACCURACY_M))
    tell(f"accuracy is not stated: ± {assumed:g} m is assumed (--accuracy-m)")
    return assumed


def _claimants(
    shape: Shape, given: Given, theirs: dict[str, Any], tell: Callable[[str], None]
) -> dict[str, tuple[str, ...]]:
    """Claimants with their codes: from the library's own table where it knows the name."""
    value = _first(shape.attributes, ("claimants", "claimant"))
    own = value if isinstance(value, list) else str(value).split(";")
    names = given.claimants or tuple(str(n).strip() for n in own if str(n).strip())
    if not names:
        return {key: theirs.get(key, ()) for key in ("claimants", "iso3", "codes")}
    known = [_known().get(_key(name)) for name in names]
    for name, row in zip(names, known, strict=True):
        if row is None:
            tell(f"the library knows no {name!r}: it is a claimant without ISO code")
    rows = [row for row in known if row]
    return {
        "claimants": tuple(
            row[0] if row and name.casefold() == row[1].casefold() else name
            for name, row in zip(names, known, strict=True)
        ),
        "iso3": tuple(dict.fromkeys(row[1] for row in rows)),
        "codes": tuple(dict.fromkeys(code for row in rows for code in row[2])),
    }


def _is_marine_regions(shape: Shape) -> bool:
    return {"pol_type", "geoname", "territory1"} <= shape.attributes.keys()


def _marine_regions(told: dict[str, Any], file: str) -> dict[str, Any]:
    """What a feature of Marine Regions' EEZ v12, 12 nmi v4 or 24 nmi v4 means in our words.

    Claimants are the territories; where several states claim one and the same island, the states.
    """
    columns = [
        [str(told[f"{word}{n}"]) for n in (1, 2, 3) if told.get(f"{word}{n}")]
        for word in ("territory", "sovereign", "iso_ter", "iso_sov")
    ]
    territories, states, iso_land, iso_state = (list(dict.fromkeys(c)) for c in columns)
    contested = len(columns[0]) > 1 and len(territories) == 1
    claimants = [f"{s} ({territories[0]})" for s in states] if contested else territories
    kind = _POL_TYPES.get(str(told["pol_type"]).casefold(), "area")
    parts = [_known().get(code.casefold()) for code in (*iso_land, *iso_state)]
    day = _DAY.search(file)
    mrgid = told.get("mrgid") or told.get("mrgid_eez")
    return {
        "kind": kind,
        "claimants": tuple(claimants),
        "iso3": tuple(iso_state if contested else iso_land or iso_state),
        "codes": tuple(dict.fromkeys(code for row in parts if row for code in row[2])),
        "basis": f"{told['pol_type']} as Marine Regions draws it",
        "source": f"Flanders Marine Institute, Marine Regions (marineregions.org), {file}",
        "licence": "CC-BY-4.0",
        "accuracy_m": MARINE_REGIONS_ACCURACY_M,
        **({"date": "-".join(day.groups())} if day else {}),
        **({"mrgid": int(mrgid)} if mrgid else {}),
    }
