"""What is known about the line between two waters: treaty, award, dispute, or nothing."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from mda.errors import ZoneError
from zones.records import Zone

STATES = ("in force", "signed", "disputed", "undelimited")


@dataclass(frozen=True, slots=True)
class Boundary:
    """One row of `boundaries.csv`; `basis`: a page was read (source) or not (memory)."""

    party_a: str
    party_b: str
    kind: str
    """treaty, award, dispute or none."""
    words: str
    """Short name, for instance France–Dominica 1987."""
    signed: str
    state: str
    scope: str
    basis: str
    source: str

    def phrase(self) -> str:
        """State and name in a few words; what was not read in a source says so."""
        doubt = ", from memory" if self.basis == "memory" else ""
        named = {"in force": "agreed", "signed": "signed, force not known to us"}
        if self.state in named:
            return f"{named[self.state]}, {self.words}{doubt}"
        if self.state == "disputed":
            return f"disputed, {self.words}{doubt}"
        return f"not delimited ({self.scope}{doubt})"


class Boundaries:
    """The table, searched by pairs of zones."""

    def __init__(self, rows: tuple[Boundary, ...]) -> None:
        self.rows = rows

    @classmethod
    def load(cls, path: Path) -> Boundaries:
        """The table in a CSV file; ZoneError where a row is not complete."""
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            try:
                rows = tuple(Boundary(**row) for row in reader)
            except TypeError as error:
                raise ZoneError(
                    f"line {reader.line_num} has other columns than the head ({error})",
                    where=path.name,
                ) from error
        wrong = [row for row in rows if row.state not in STATES]
        if wrong:
            raise ZoneError(f"state {wrong[0].state!r} is not known", where=path.name)
        return cls(rows)

    def between(self, a: Zone, b: Zone) -> Boundary | None:
        """The row for two single-claim zones, None where the table has none."""
        if a.kind != "eez" or b.kind != "eez":
            return None
        for row in self.rows:
            straight = row.party_a in a.codes and row.party_b in b.codes
            if straight or (row.party_a in b.codes and row.party_b in a.codes):
                return row
        return None
