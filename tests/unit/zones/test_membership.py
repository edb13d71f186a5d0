"""Who was a member on which day, and what water that makes members' water."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from mda.errors import ZoneError
from zones import Membership, ZoneLibrary

ROSEAU = -61.41, 15.29
GEORGETOWN = -57.3, 6.4
GRENADA = -61.78, 12.05
WILLEMSTAD = -68.95, 12.08
PORT_AU_PRINCE = -72.42, 18.58
LIZA = -56.98, 8.05
JOINT = -57.13, 10.72
CARACAS = -66.9, 10.7
SARGASSO = -50.0, 25.0
OUTSIDE = -30.0, 20.0
TODAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def members() -> Membership:
    return Membership.load()


def inside(
    members: Membership,
    library: ZoneLibrary,
    point: tuple[float, float],
    on: date,
    club: str = "caricom",
    *,
    alone: bool = False,
) -> bool:
    lon, lat = (np.array([value]) for value in point)
    return bool(members.inside_any(library, lon, lat, on, club, alone=alone)[0])


@pytest.mark.parametrize(
    ("club", "point", "before", "since"),
    [
        ("rss", ROSEAU, date(1982, 10, 28), date(1982, 10, 29)),
        ("rss", GRENADA, date(1984, 12, 31), date(1985, 1, 1)),
        ("rss", GEORGETOWN, date(2022, 8, 31), date(2022, 9, 1)),
        ("caricom", PORT_AU_PRINCE, date(2001, 12, 31), date(2002, 1, 1)),
        ("caricom", ROSEAU, date(1973, 12, 31), date(1974, 1, 1)),
        ("associates", WILLEMSTAD, date(2023, 12, 31), date(2024, 1, 1)),
    ],
)
def test_water_becomes_members_water_on_the_day_they_join(
    members: Membership,
    library: ZoneLibrary,
    club: str,
    point: tuple[float, float],
    before: date,
    since: date,
) -> None:
    assert not inside(members, library, point, before, club)
    assert inside(members, library, point, since, club)


def test_members_of_one_club_are_not_those_of_another(
    members: Membership, library: ZoneLibrary
) -> None:
    assert not inside(members, library, WILLEMSTAD, TODAY)
    assert not inside(members, library, PORT_AU_PRINCE, TODAY, "rss")
    assert inside(members, library, PORT_AU_PRINCE, TODAY)


def test_contested_and_joint_water_is_members_water_but_not_theirs_alone(
    members: Membership, library: ZoneLibrary
) -> None:
    assert inside(members, library, LIZA, TODAY)
    assert not inside(members, library, LIZA, TODAY, alone=True)
    assert inside(members, library, JOINT, TODAY, alone=True)
    assert inside(members, library, JOINT, TODAY, "rss", alone=True)
    assert not inside(members, library, JOINT, date(2020, 1, 1), "rss", alone=True)
    assert inside(members, library, JOINT, date(2020, 1, 1), "rss")


def test_nobodys_water_others_water_and_no_position(
    members: Membership, library: ZoneLibrary
) -> None:
    lon, lat = np.array([CARACAS, SARGASSO, OUTSIDE, (np.nan, np.nan), ROSEAU]).T
    found = members.inside_any(library, lon, lat, TODAY)
    assert found.tolist() == [False, False, False, False, True]
    assert members.inside_any(library, lon[:0], lat[:0], TODAY).shape == (0,)


def test_members_waters_are_waters_each_of_a_member(
    members: Membership, library: ZoneLibrary
) -> None:
    codes = members.members_eez(library, TODAY)
    zones = [library.zones[code] for code in codes]
    assert {zone.family for zone in zones} == {"waters"}
    ids = {zone.id for zone in zones}
    assert {"eez-guyana", "disputed-essequibo", "joint-barbados-guyana", "eez-montserrat"} <= ids
    assert not {"eez-venezuela", "eez-anguilla", "eez-martinique"} & ids
    alone = {library.zones[code].id for code in members.members_eez(library, TODAY, alone=True)}
    assert alone < ids
    assert not {"disputed-essequibo", "disputed-aves"} & alone
    states = members.states(TODAY)
    assert all(any(s in zone.iso3 for zone in zones if zone.kind == "eez") for s in states)
    assert members.members_eez(library, date(1950, 1, 1)) == ()


def test_a_club_that_does_not_exist_is_refused(members: Membership, library: ZoneLibrary) -> None:
    with pytest.raises(ZoneError, match="caricom, associates, rss"):
        members.members_eez(library, TODAY, "commonwealth")


def test_a_zone_that_has_ended_is_no_water_of_today(
    make_squares: Callable[..., Path], make_zone: Callable[..., str]
) -> None:
    west = make_zone("west", iso3='["GUY"]') + 'valid_until = "2020-12-31"\n'
    text = west + make_zone("east", iso3='["VEN"]') + make_zone("both", iso3='["GUY", "VEN"]')
    small = ZoneLibrary.load(make_squares(zones=text))
    table = Membership.load()
    codes = table.members_eez(small, date(2020, 12, 31), alone=True)
    assert [small.zones[c].id for c in codes] == ["west"]
    assert table.members_eez(small, date(2021, 1, 1), alone=True) == ()
    assert inside(table, small, (-61.8, 10.5), date(2020, 12, 31))
    assert not inside(table, small, (-61.8, 10.5), date(2021, 1, 1))


def test_counts_of_members_on_a_day(members: Membership) -> None:
    assert len(members.states(TODAY)) == 15
    assert len(members.states(TODAY, "associates")) == 6
    assert len(members.states(TODAY, "rss")) == 8
    assert members.states(date(1982, 10, 28), "rss") == frozenset()


def test_a_table_that_is_broken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match="cannot be read"):
        Membership.load(tmp_path / "absent.csv")
