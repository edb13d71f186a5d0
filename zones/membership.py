"""Who belongs to CARICOM and to the Regional Security System, and since when."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mda.clock import from_datetime
from mda.errors import ZoneError
from mda.model.reports import F64
from zones.index import ZoneLibrary
from zones.records import Zone

MEMBERS = Path(__file__).parent / "library" / "caricom.csv"
CLUBS = ("caricom", "associates", "rss")
"""Of whom one may ask: CARICOM's members, its associates, the Regional Security System."""
Bools = NDArray[np.bool_]


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

    def states(self, on: date, club: str = "caricom") -> frozenset[str]:
        """ISO codes of the members of a club on a day: caricom, associates or rss."""
        if club not in CLUBS:
            raise ZoneError(f"{club!r} is none of {', '.join(CLUBS)}", where=MEMBERS.name)
        if club == "rss":
            return self.rss(on)
        return self.caricom(on, "member" if club == "caricom" else "associate")

    def members_eez(
        self, library: ZoneLibrary, on: date, club: str = "caricom", *, alone: bool = False
    ) -> tuple[int, ...]:
        """Codes of the waters that a member claims on a day.

        Waters are EEZs, joint zones and contested water; `alone`: only those that nobody but
        members claims. Belts are left out: they lie inside these waters.
        """
        states = self.states(on, club)
        return tuple(
            code
            for code in zones_of(library.zones, states)
            if _is_water(library.zones[code], on)
            and not (alone and _outsiders(library.zones[code], states))
        )

    def inside_any(
        self,
        library: ZoneLibrary,
        lon_deg: F64,
        lat_deg: F64,
        on: date,
        club: str = "caricom",
        *,
        alone: bool = False,
    ) -> Bools:
        """Whether each point lies in water that a member claims on a day; shape (n,).

        `alone`: and that no other state claims as well, so contested water does not count. Points
        that the library does not cover, and NaN positions, are in nobody's water.
        """
        located = library.locate(lon_deg, lat_deg)
        point = np.repeat(np.arange(located.offset.size - 1), np.diff(located.offset))
        inside = np.zeros(located.offset.size - 1, dtype=np.bool_)
        claimed = np.isin(located.zone, self.members_eez(library, on, club))
        inside[point[claimed]] = True
        if alone:
            states = self.states(on, club)
            others = [
                code
                for code, zone in enumerate(library.zones)
                if _is_water(zone, on) and _outsiders(zone, states)
            ]
            inside[point[np.isin(located.zone, others)]] = False
        return inside


def _is_water(zone: Zone, on: date) -> bool:
    """Whether a zone is water that a state claims, and stands on that day."""
    start = datetime.combine(on, datetime.min.time(), UTC)
    first_us, until_us = zone.window_us
    return zone.family == "waters" and first_us <= from_datetime(start) < until_us


def _outsiders(zone: Zone, states: frozenset[str]) -> bool:
    """Whether somebody else claims the zone as well."""
    return not states.issuperset(zone.iso3) or len(zone.claimants) > len(zone.iso3)


def zones_of(zones: Iterable[Zone], iso3: frozenset[str]) -> tuple[int, ...]:
    """Codes of the zones that one of these states claims, alone or with others."""
    return tuple(code for code, zone in enumerate(zones) if iso3.intersection(zone.iso3))
