"""Who belongs to CARICOM and to the Regional Security System, and since when."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mda.errors import ZoneError
from zones.records import Zone

MEMBERS = Path(__file__).parent / "library" / "caricom.csv"


def _first_day(text: str, where: str) -> date | None:
    """The first day of a date known to the day, month or year; None for an empty text."""
    if not text:
        return None
    parts = (text + "-01-01")[:10] if len(text) == 4 else (text + "-01")[:10]
    try:
        return date.fromisoformat(parts)
    except ValueError as error:
        raise ZoneError(f"{text!r} is not a date", where=where) from error


@dataclass(frozen=True, slots=True)
class Member:
    """One member or associate. A date known to the year or month only counts from its first day."""

    name: str
    iso2: str
    iso3: str
    status: str
    """member or associate of CARICOM."""
    caricom_since: date | None
    rss_since: date | None
    basis: str


class Membership:
    """The table of members and associates."""

    def __init__(self, rows: tuple[Member, ...]) -> None:
        self.rows = rows

    @classmethod
    def load(cls, path: Path = MEMBERS) -> Membership:
        """The table in a CSV file; ZoneError where it is missing or a date is none."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ZoneError(f"cannot be read ({error})", where=path.name) from error
        return cls(
            tuple(
                Member(
                    name=row["name"],
                    iso2=row["iso2"],
                    iso3=row["iso3"],
                    status=row["status"],
                    caricom_since=_first_day(row["caricom_since"], path.name),
                    rss_since=_first_day(row["rss_since"], path.name),
                    basis=row["basis"],
                )
                for row in csv.DictReader(text.splitlines())
            )
        )

    def caricom(self, on: date, status: str = "member") -> frozenset[str]:
        """ISO codes (three letters) of the members, or the associates, on a day."""
        return frozenset(
            row.iso3
            for row in self.rows
            if row.status == status and row.caricom_since and row.caricom_since <= on
        )

    def rss(self, on: date) -> frozenset[str]:
        """ISO codes (three letters) of the members of the Regional Security System on a day."""
        return frozenset(row.iso3 for row in self.rows if row.rss_since and row.rss_since <= on)


def zones_of(zones: Iterable[Zone], iso3: frozenset[str]) -> tuple[int, ...]:
    """Codes of the zones that one of these states claims, alone or with others."""
    return tuple(code for code, zone in enumerate(zones) if iso3.intersection(zone.iso3))
