"""Zone records, the boundary table and the membership table."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mda.clock import format_at
from mda.errors import ZoneError
from zones import Membership, ZoneLibrary
from zones.boundaries import Boundaries
from zones.membership import zones_of
from zones.records import FAMILY_OF, KINDS, OPEN_US, read_collection, zone_of


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"status": "ours"}, "status"),
        ({"claimants": "[]"}, "no claimants"),
        ({"claimants": "[3]"}, "list of texts"),
        ({"codes": '"XX"'}, "list of texts"),
        ({"status": "disputed"}, "disputed by one"),
        ({"name": ""}, "no 'name'"),
        ({"kind": 'eez"\naccuracy_m = 0.0\nx = "'}, "accuracy_m"),
        ({"kind": 'eez"\naccuracy_m = true\nx = "'}, "accuracy_m"),
        ({"kind": 'eez"\naccuracy_m = inf\nx = "'}, "accuracy_m"),
        ({"kind": "puddle"}, "kind 'puddle' is none of eez"),
        ({"status": "none"}, "has a status"),
        ({"kind": 'eez"\nvalid_from = "soon'}, "valid_from 'soon' is neither"),
        ({"kind": 'eez"\nvalid_until = 3\nx = "'}, "Write 2026-06-01"),
        (
            {"kind": 'eez"\nvalid_from = "2026-02-01"\nvalid_until = "2026-01-31'},
            "before it begins",
        ),
        ({"kind": 'eez"\nvalid_until = "9999-12-31'}, "neither a date"),
    ],
)
def test_a_zone_that_does_not_say_enough_is_refused(
    make_squares: Callable[..., Path],
    make_zone: Callable[..., str],
    more: dict[str, str],
    says: str,
) -> None:
    folder = make_squares(zones=make_zone("west", **more))
    with pytest.raises(ZoneError, match=says):
        read_collection(folder / "squares.toml")


def test_files_that_are_no_zone_file(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match="cannot be read"):
        read_collection(tmp_path / "absent.toml")
    (tmp_path / "a.toml").write_text("= 3")
    with pytest.raises(ZoneError, match="not TOML"):
        read_collection(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_text("zone = 3")
    with pytest.raises(ZoneError, match=r"no \[library\]"):
        read_collection(tmp_path / "b.toml")


def test_phrases_say_what_is_agreed_and_what_is_remembered(library: ZoneLibrary) -> None:
    table = Boundaries.load(library.folder / "boundaries.csv")
    phrase = {(r.party_a, r.party_b): r.phrase() for r in table.rows}
    assert phrase["DM", "FR"] == "agreed, France–Dominica 1987"
    assert phrase["HT", "CO"] == "agreed, Colombia–Haiti 1978, from memory"
    assert phrase["BB", "VC"].startswith("signed, force not known to us")
    assert phrase["GD", "VC"] == "not delimited (no known delimitation, from memory)"
    assert phrase["VE", "DM"] == "disputed, Aves Island"


def test_between_knows_only_lines_of_plain_eezs(library: ZoneLibrary) -> None:
    table = Boundaries.load(library.folder / "boundaries.csv")
    zone = {z.id: z for z in library.zones}
    known = table.between(zone["eez-guadeloupe"], zone["eez-dominica"])
    assert known is not None
    assert known.signed == "1987-09-07"
    assert table.between(zone["eez-dominica"], zone["eez-barbados"]) is None
    assert table.between(zone["disputed-essequibo"], zone["eez-suriname"]) is None


def test_a_broken_boundary_table_is_refused(tmp_path: Path) -> None:
    head = "party_a,party_b,kind,words,signed,state,scope,basis,source\n"
    (tmp_path / "a.csv").write_text(f"{head}A,B,treaty,w,,perhaps,,source,\n")
    with pytest.raises(ZoneError, match="perhaps"):
        Boundaries.load(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text(f"{head}A,B,treaty,w,,in force,,source,x,too much\n")
    with pytest.raises(ZoneError, match="other columns"):
        Boundaries.load(tmp_path / "b.csv")


def test_members_on_a_day() -> None:
    members = Membership.load()
    assert len(members.caricom(date(2026, 11, 1))) == 15
    assert "HTI" not in members.caricom(date(2001, 12, 31))
    assert "HTI" in members.caricom(date(2002, 1, 1))
    assert len(members.caricom(date(2026, 11, 1), "associate")) == 6
    assert "CUW" not in members.caricom(date(2023, 6, 1), "associate")
    assert len(members.rss(date(2026, 11, 1))) == 8
    assert "GUY" not in members.rss(date(2022, 8, 31))
    assert members.rss(date(1982, 10, 28)) == frozenset()


def test_a_members_waters_include_what_it_disputes(library: ZoneLibrary) -> None:
    ids = {library.claims[c].id for c in zones_of(library.zones, frozenset({"GUY"}))}
    assert {"eez-guyana", "disputed-essequibo", "joint-barbados-guyana"} <= ids
    assert "eez-suriname" not in ids
    members = Membership.load().caricom(date(2026, 11, 1))
    assert all(any(m in zone.iso3 for zone in library.zones if zone.kind == "eez") for m in members)


def test_a_broken_membership_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match="cannot be read"):
        Membership.load(tmp_path / "absent.csv")
    head = "name,iso2,iso3,status,caricom_since,rss_since,basis\n"
    (tmp_path / "a.csv").write_text(f"{head}A,AA,AAA,member,soon,,x\n")
    with pytest.raises(ZoneError, match="not a date"):
        Membership.load(tmp_path / "a.csv")


def row(**more: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "id": "a", "name": "A", "kind": "season", "status": "claimed", "claimants": ["WW"],
        "basis": "b", "source": "s", "licence": "l", "date": "2026", "accuracy_m": 10,
    }  # fmt: skip
    return plain | more


def test_a_window_ends_with_its_last_day() -> None:
    zone = zone_of(row(valid_from="2026-06-01", valid_until="2026-06-01"), "here")
    since_us, until_us = zone.window_us
    assert format_at(since_us) == "2026-06-01T00:00:00Z"
    assert until_us - since_us == 86_400_000_000
    assert zone.family == "own"
    claim = zone.claim()
    assert (claim.valid_from, claim.valid_until, claim.own) == ("2026-06-01", "2026-06-01", False)


def test_a_window_of_instants_and_of_tomls_own_dates() -> None:
    zone = zone_of(row(valid_from="2026-06-01T12:00:00", valid_until="2026-06-01T14:30:00Z"), "x")
    since_us, until_us = zone.window_us
    assert until_us - since_us == 9_000_000_000
    assert format_at(since_us) == "2026-06-01T12:00:00Z"
    assert zone_of(row(valid_from=date(2026, 6, 1)), "x").valid_from == "2026-06-01"
    at = datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert format_at(zone_of(row(valid_from=at), "x").window_us[0]) == "2026-06-01T08:00:00Z"


def test_an_open_window_holds_for_ever() -> None:
    zone = zone_of(row(), "here")
    assert zone.window_us == OPEN_US
    assert OPEN_US[0] < -(2**62)
    assert OPEN_US[1] > 2**62


def test_a_sea_needs_no_claimant() -> None:
    sea = zone_of(row(kind="sea", status="none", claimants=[]), "here")
    assert sea.family == "seas"
    assert {FAMILY_OF[kind] for kind in KINDS} == {"waters", "belts", "seas", "rules", "own"}
