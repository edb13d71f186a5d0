"""The yardsticks of `mda zones check`: published areas, official lines, explained exceptions."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from mda.errors import ZoneError
from mda.model.reports import F64
from zones.geojson import read_features
from zones.records import Zone

YARDSTICKS = Path(__file__).parent / "library" / "yardsticks"
AREAS = "areas.csv"
LINES = "us_limits.geojson.gz"
GROUPS = "groups.csv"
EXPLAINED = "explained.csv"
VERDICTS = ("not explained", "explained", "not measured", "ok")
"""Worst first. Only the first makes the check fail."""

WIDTHS = ("territorial", "contiguous", "eez")
"""From the coast outwards: the outer limit of one lies in the next of the same state."""
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was held against a yardstick."""

    test: str
    """area, overlap, gap, shape, record, line."""
    subject: str
    verdict: str
    """One of VERDICTS."""
    words: str
    figures: dict[str, float]
    """What was measured; every name wears its unit."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, all fields."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Area:
    """The published area of one zone."""

    zone: str
    published_km2: float
    cut_by_frame: bool
    """The library holds only a part of it: not to be compared."""


@dataclass(frozen=True, slots=True)
class Official:
    """One official line."""

    id: str
    kinds: tuple[str, ...]
    """Of which zones it is a limit: territorial, contiguous, eez."""
    boundary: bool
    """A line between two states, not an outer limit."""
    unilateral: bool
    authority: str
    lines: tuple[F64, ...]
    """Each (n, 2), longitude and latitude in degrees."""


@dataclass(frozen=True, slots=True)
class Group:
    """Official lines that measure the zones of one kind of one claimant."""

    name: str
    kind: str
    codes: frozenset[str]
    box: tuple[float, float, float, float]
    """West, south, east, north: where the official lines are complete; no comparison outside."""
    p95_nmi: float
    """95 of 100 points of the line must lie within this."""

    def holds(self, zone: Zone) -> bool:
        """Whether the official lines measure this zone: of the group's kind, its state's first."""
        kinds = ("eez", "overlap") if self.kind == "eez" else (self.kind,)
        return zone.kind in kinds and bool(self.codes.intersection(zone.codes[:1]))

    def encloses(self, zone: Zone, beyond: Zone) -> bool:
        """Whether a zone's line towards another is inside the group's waters: no outer limit."""
        if not self.codes.intersection(beyond.codes[:1]):
            return False
        wider = WIDTHS.index(beyond.kind) > WIDTHS.index(self.kind) if beyond.kind in WIDTHS else 0
        return not (wider and beyond.claimants == zone.claimants)


@dataclass(frozen=True, slots=True)
class Explained:
    """Why something is off, and how far off the reason still explains."""

    test: str
    subject: str
    most: float
    """The greatest deviation it stands for: percent of an area, nmi of a line (95 %)."""
    together: tuple[str, ...]
    """Zones whose areas, with this one's, must add up to the published sum within the tolerance."""
    reason: str
    source: str


def _table(path: Path, make: Callable[[dict[str, str]], Made]) -> tuple[Made, ...]:
    """The rows of a CSV file; ZoneError that names file and line where one is not right."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ZoneError(f"cannot be read ({error})", where=path.name) from error
    reader = csv.DictReader(text.splitlines())
    made: list[Made] = []
    for row in reader:
        try:
            made.append(make(row))
        except (KeyError, ValueError, AttributeError, TypeError) as error:
            raise ZoneError(
                f"line {reader.line_num} is not a row of this table ({error})", where=path.name
            ) from error
    return tuple(made)


def _group(row: dict[str, str]) -> Group:
    return Group(
        name=row["name"],
        kind=row["kind"],
        codes=frozenset(row["codes"].split()),
        box=(float(row["west"]), float(row["south"]), float(row["east"]), float(row["north"])),
        p95_nmi=float(row["p95_nmi"]),
    )


def _explained(row: dict[str, str]) -> Explained:
    if not row["reason"] or not row["source"]:
        raise ValueError("an explanation needs a reason and a source")
    return Explained(
        test=row["test"],
        subject=row["subject"],
        most=float(row["most"]),
        together=tuple(row["together"].split()),
        reason=row["reason"],
        source=row["source"],
    )


def _official(path: Path) -> tuple[Official, ...]:
    return tuple(
        Official(
            id=feature.id,
            kinds=tuple(feature.properties["kinds"]),
            boundary=bool(feature.properties["boundary"]),
            unilateral=bool(feature.properties["unilateral"]),
            authority=str(feature.properties["authority"]),
            lines=feature.rings,
        )
        for feature in read_features(path)
    )


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """Everything the check compares with."""

    areas: tuple[Area, ...]
    official: tuple[Official, ...]
    groups: tuple[Group, ...]
    explained: tuple[Explained, ...]

    @classmethod
    def load(cls, folder: Path = YARDSTICKS) -> Self:
        """The yardsticks of a directory (those that ship). ZoneError where one is damaged."""
        return cls(
            areas=_table(
                folder / AREAS,
                lambda row: Area(
                    row["zone"], float(row["published_km2"]), bool(int(row["cut_by_frame"]))
                ),
            ),
            official=_official(folder / LINES),
            groups=_table(folder / GROUPS, _group),
            explained=_table(folder / EXPLAINED, _explained),
        )

    def reason_for(self, test: str, subject: str) -> Explained | None:
        """The explanation on file, None where there is none."""
        for row in self.explained:
            if (row.test, row.subject) == (test, subject):
                return row
        return None
