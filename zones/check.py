"""Is the zone library right? `check` holds it against what others published, and says all it finds.

*What is compared.* Areas with those published of the full-resolution polygons; waters with their
neighbours (overlaps, gaps, slivers, crossed rings); records with what every record must say; limits
with the official lines of the United States, the only ones of the region that are free to ship.
*What it cannot see.* Whether a line that no official one measures is right; a coast that moved.
*Verdicts.* `ok`, `explained` (off, and why is on file), `not measured`, `not explained`: the last
makes the check fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from zones.check_lines import Stretch, check_lines
from zones.check_shapes import (
    Shaped,
    check_areas,
    check_gaps,
    check_overlaps,
    check_validity,
    read_geometries,
)
from zones.check_yardsticks import VERDICTS, Row, Yardsticks
from zones.geojson import read_features
from zones.index import ZoneLibrary
from zones.records import Zone, read_collection

CLOSED = ("odbl", "noncommercial", "non-commercial", "-nc")
"""Words of licences under which nothing may ship."""


class Folder(NamedTuple):
    """What the files of one directory hold."""

    shapes: tuple[Shaped, ...]
    stretches: tuple[Stretch, ...]


def read_folder(folder: Path) -> Folder:
    """Zones with their shapes, and all limits, of a directory of zone files."""
    shapes: list[Shaped] = []
    stretches: list[Stretch] = []
    for path in sorted(folder.glob("*.toml")):
        collection = read_collection(path)
        geometry = read_geometries(folder / collection.geometry)
        shapes += [Shaped(z, geometry[z.id]) for z in collection.zones if z.id in geometry]
        if collection.limits:
            for feature in read_features(folder / collection.limits):
                own, beyond = (str(feature.properties.get(k, "")) for k in ("zone", "beyond"))
                stretches += [Stretch(own, beyond, line) for line in feature.rings]
    return Folder(tuple(shapes), tuple(stretches))


def _faults(zone: Zone, ships: bool) -> list[str]:
    """What a record does not say as it should."""
    faults = [f"no {n}" for n in ("source", "licence", "basis") if not getattr(zone, n).strip()]
    if ships and any(word in zone.licence.lower() for word in CLOSED):
        faults.append(f"licence {zone.licence!r} is not free to ship")
    try:
        date.fromisoformat(f"{zone.date}-01-01"[:10])
    except ValueError:
        faults.append(f"date {zone.date!r} is no year, month or day")
    return faults


def check_records(zones: Sequence[Zone], ships: bool) -> list[Row]:
    """A row for each record without source, licence, basis or date; one row if all have them.

    `ships`: these zones go out with the program, so their licence must allow it.
    """
    rows = [
        Row("record", zone.id, "not explained", "; ".join(faults), {})
        for zone in zones
        if (faults := _faults(zone, ships))
    ]
    words = f"{len(zones)} zones say their source, licence, basis and date"
    return rows or [Row("record", "all", "ok", words, {"zones": float(len(zones))})]


def check(library: ZoneLibrary, yardsticks: Yardsticks | None = None) -> list[Row]:
    """Every row of the check, worst first. ZoneError where a file cannot be read."""
    known = Yardsticks.load() if yardsticks is None else yardsticks
    ours = read_folder(library.folder)
    shapes = {shaped.zone.id: shaped for shaped in ours.shapes}
    rows = check_areas(shapes, ours.stretches, known)
    faults, sound = check_validity(ours.shapes)
    rows += faults + check_overlaps(sound)
    rows += check_gaps(sound, ours.stretches, lambda lon, lat: _shore_m(library, lon, lat))
    rows += check_records([shaped.zone for shaped in ours.shapes], ships=True)
    for folder in sorted({c.path.parent for c in library.collections} - {library.folder}):
        added = read_folder(folder).shapes
        rows += check_validity(added)[0] + check_records([s.zone for s in added], ships=False)
    rows += check_lines([s.zone for s in ours.shapes], ours.stretches, known)
    return sorted(rows, key=lambda row: VERDICTS.index(row.verdict))


def _shore_m(library: ZoneLibrary, lon_deg: float, lat_deg: float) -> float:
    shore = library.shore(lon_deg, lat_deg)
    return shore.distance_m if shore else float("inf")


def passed(rows: Sequence[Row]) -> bool:
    """Whether nothing is left without an explanation."""
    return all(row.verdict != "not explained" for row in rows)


def as_text(rows: Sequence[Row]) -> str:
    """The rows for a reader: what is off in full, what is right counted; lines are always shown."""
    shown = [row for row in rows if row.verdict != "ok" or row.test != "area"]
    lines = [f"{row.verdict:<14} {row.test:<8} {row.subject}: {row.words}" for row in shown]
    counts = [(v, sum(row.verdict == v for row in rows)) for v in VERDICTS]
    lines.append(", ".join(f"{count} {verdict}" for verdict, count in counts))
    return "\n".join(lines)


def as_json(rows: Sequence[Row]) -> dict[str, Any]:
    """All rows as plain JSON values, with the verdict on the whole."""
    return {
        "passed": passed(rows),
        "counts": {v: sum(row.verdict == v for row in rows) for v in VERDICTS},
        "rows": [row.to_json() for row in rows],
    }
