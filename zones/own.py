"""Own zones: a nation's official limits, its closed seasons, and what else an operator draws.

`add` a file, `remove` a list, look at the `history` and at `loaded`: each is a version under the
node's data directory (`zones.own_versions`), in the same two files as the library's own, so that
the index takes both. Formats, repairs and attributes have modules of their own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mda.clock import format_at, parse_at
from mda.errors import ZoneError
from zones.index import ZoneLibrary
from zones.own_versions import (
    LIMITS,
    SHAPES,
    TABLE,
    Version,
    names,
    newest,
    own_directories,
    put,
    version_directory,
    versions,
)
from zones.records import KINDS, Zone, read_collection, zone_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from zones.own_attributes import Given
    from zones.own_reading import Box4, Shape

__all__ = ["Added", "Draft", "add", "history", "loaded", "own_directories", "read", "remove"]

TOP = "Written by `mda zones add`: a version, never edited. Add the file again instead."

BLOCK_M = 13_900.0
"""Side of a block of the index: 1/8 degree."""
MOST_NEAR = 20_000_000
"""Pairs of a point and a block near it: own choice; building the index took 120 bytes for each."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file's zones as they would be added."""

    name: str
    file: str
    sha256: dict[str, str]
    zones: tuple[Zone, ...]
    areas_km2: tuple[float, ...]
    notes: tuple[str, ...]
    """What was repaired, reprojected, left out or assumed."""
    rows: tuple[dict[str, Any], ...]
    shapes: tuple[BaseGeometry, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """A version that is on disk."""

    version: Version
    directory: Path
    draft: Draft


def read(
    file: Path,
    name: str,
    given: Given,
    by: str,
    at_us: int,
    layers: tuple[str, ...] = (),
    crs: str = "",
    everywhere: bool = False,
) -> Draft:
    """The zones of an operator's file, repaired, mapped and checked; nothing is written.

    `name` is the list's (empty: the file's); `at_us` the present instant; `everywhere` keeps what
    lies outside of the library's box. ZoneError: the file cannot be used, why, and what to do.
    """
    from zones.own_attributes import library_box, slug
    from zones.own_files import opened
    from zones.own_reading import read_shapes
    from zones.own_shapes import area_km2

    title = " ".join(name.split()) or file.stem
    listed = slug(title)
    if not listed:
        raise ZoneError(f"{title!r} is no name", where=file.name, do="Use --name")
    with opened(file, layers) as source:
        box = None if everywhere else library_box()
        shapes = read_shapes(source, box, layers, crs, file.name)
        notes = dict.fromkeys(source.notes)

    def tell(note: str) -> None:
        notes[note] = None

    kept = _sound(shapes, given, box, file.name, tell)
    rows = _rows([s for s, _ in kept], given, title, bool(name), file, by, at_us, tell)
    areas = tuple(area_km2(geometry) for _, geometry in kept)
    zones = tuple(zone_of(row, file.name) for row in rows)
    _check_near(zones, [geometry for _, geometry in kept], file.name)
    return Draft(listed, file.name, source.sha256, zones, areas, tuple(notes), tuple(rows),
                 tuple(geometry for _, geometry in kept))  # fmt: skip


def _sound(
    shapes: list[Shape],
    given: Given,
    box: Box4 | None,
    where: str,
    tell: Callable[[str], None],
) -> list[tuple[Shape, BaseGeometry]]:
    """The features that have a shape in the box, and that shape made sound."""
    from zones.own_attributes import radius_nmi
    from zones.own_shapes import MOST_POINTS, count_points, sound, touches

    kept, outside = [], []
    for shape in shapes:
        if shape.geometry is None or shape.geometry.is_empty:
            tell(f"{shape.label} has no shape and was left")
            continue
        geometry, notes = sound(shape, radius_nmi(shape, given, where), where)
        if box and not touches(geometry, box):
            outside.append(shape)
            continue
        kept.append((shape, geometry))
        for note in notes:
            tell(note)
    if box and outside and not kept:
        raise _elsewhere(outside[0], box, where)
    if outside:
        tell(f"{len(outside)} features outside of the library's box were left (--everywhere)")
    if not kept:
        raise ZoneError("none of its features has a shape", where=where)
    points = count_points(geometry for _, geometry in kept)
    if points > MOST_POINTS:
        raise ZoneError(
            f"has {points:,} points, more than {MOST_POINTS:,}", where=where, do="Simplify it"
        )
    return kept


def _check_near(zones: Sequence[Zone], shapes: Sequence[BaseGeometry], where: str) -> None:
    """Refuse what the index has no room for: every block of the sea keeps the lines near it, and
    near is twice a line's accuracy."""
    from zones.own_shapes import count_points

    for zone, shape in zip(zones, shapes, strict=True):
        blocks = (1.0 + 4.0 * zone.accuracy_m / BLOCK_M) ** 2
        if blocks * count_points([shape]) > MOST_NEAR:
            raise ZoneError(
                f"{zone.name!r} has too many points for lines known to {zone.accuracy_m:g} m only",
                where=where,
                do="Simplify it, or add a smaller --accuracy-m",
            )


def _elsewhere(shape: Shape, box: Box4, where: str) -> ZoneError:
    """Nothing lies where the library looks: perhaps longitude and latitude are exchanged."""
    from zones.own_shapes import centre

    west, south, east, north = box
    x, y = centre(shape)
    turned = west <= y <= east and south <= x <= north
    return ZoneError(
        f"lies at longitude {x:.3f}, latitude {y:.3f}, outside of the library's box "
        f"({-west:g}° to {-east:g}° W, {south:g}° to {north:g}° N)",
        where=where,
        do="Longitude comes first: exchange the two"
        if turned
        else "Check its coordinates, or keep it with --everywhere",
    )


def _rows(
    shapes: list[Shape],
    given: Given,
    title: str,
    named: bool,
    file: Path,
    by: str,
    at_us: int,
    tell: Callable[[str], None],
) -> list[dict[str, Any]]:
    """The `[[zone]]` tables, each with an id that stays the same from version to version."""
    from zones.own_attributes import row_of, slug

    rows: list[dict[str, Any]] = []
    used: set[str] = set()
    for number, shape in enumerate(shapes, 1):
        plain = title if len(shapes) == 1 else f"{title} {number}"
        row = row_of(shape, given, plain, file.name, by, format_at(at_us)[:10], tell)
        if named and len(shapes) == 1:
            row["name"] = title
        # a dot is in no slug, so that no two lists can make the same id
        zone_id = first = f"own-{slug(title)}.{slug(row['name']) or number}"
        count = 1
        while zone_id in used:
            zone_id = f"{first}-{(count := count + 1)}"
        used.add(zone_id)
        rows.append({"id": zone_id, **row})
    return rows


@functools.cache
def _shipped() -> ZoneLibrary:
    """The library that ships, for its coast."""
    return ZoneLibrary.load()


def add(data: Path, draft: Draft, by: str, at_us: int) -> Added:
    """Store a draft as the newest version of its list; durable on return."""
    from zones.build_files import write_toml
    from zones.own_limits import needs_limits, write_limits
    from zones.own_shapes import extent, write_shapes

    head: dict[str, Any] = {"geometry": SHAPES, "box": extent(draft.shapes)}
    library = _shipped() if needs_limits(draft.zones) else None

    def fill(folder: Path) -> None:
        ids = [zone.id for zone in draft.zones]
        write_shapes(folder / SHAPES, zip(ids, draft.shapes, strict=True))
        if library:
            write_limits(folder / LIMITS, draft.zones, draft.shapes, library.shores)
            head.update(limits=LIMITS, rest="borrowed")
        rows = [{k: v for k, v in row.items() if v != ""} for row in draft.rows]
        write_toml(folder / TABLE, head, rows, TOP)
        if read_collection(folder / TABLE).zones != draft.zones:
            raise ZoneError("what was written reads differently", where=draft.file)
        ZoneLibrary.load(folder)  # what the index cannot take would stop the node's next start

    def make(number: int) -> Version:
        return Version(draft.name, number, "add", format_at(at_us), by, draft.file, draft.sha256,
                       tuple(zone.id for zone in draft.zones), draft.notes)  # fmt: skip

    version = put(data, make, fill)
    return Added(version, version_directory(data, version), draft)


def remove(data: Path, name: str, by: str, at_us: int, why: str = "") -> Version:
    """Take a list out of use by a version that says so. ZoneError: there is no such list."""
    from zones.own_attributes import slug

    listed = slug(name)

    def make(number: int) -> Version:
        rows = versions(data, listed)
        if not rows or rows[-1].act == "remove":
            known = ", ".join(version.name for version in newest(data)) or "none is loaded"
            raise ZoneError(f"no own zones {name!r}", where=str(data), do=f"Loaded: {known}")
        notes = (why,) if why else ()
        return Version(listed, number, "remove", format_at(at_us), by, zones=rows[-1].zones,
                       notes=notes)  # fmt: skip

    make(0)  # refuse before a directory or a lock is made
    return put(data, make, lambda folder: None)


def history(data: Path, name: str = "") -> list[Version]:
    """Every version, oldest first: of one list, or of all. ZoneError: there is no such list."""
    from zones.own_attributes import slug

    listed = [slug(name)] if name else names(data)
    found = [version for each in listed for version in versions(data, each)]
    if name and not found:
        known = ", ".join(names(data)) or "none"
        raise ZoneError(f"no own zones {name!r}", where=str(data), do=f"There are: {known}")
    return sorted(found, key=lambda version: parse_at(version.at))


def loaded(data: Path) -> dict[str, list[tuple[Version, Zone]]]:
    """Own zones in use, by kind; every kind that one may load is a key, perhaps with none."""
    found: dict[str, list[tuple[Version, Zone]]] = {kind: [] for kind in KINDS if kind != "sea"}
    for version in newest(data):
        for zone in read_collection(version_directory(data, version) / TABLE).zones:
            found.setdefault(zone.kind, []).append((version, zone))
    return found
