"""The yardstick files that ship, how they are made, and what happens to damaged ones."""

import gzip
import json
from pathlib import Path

import pytest

from mda.errors import ZoneError
from zones import ZoneLibrary
from zones.build_yardsticks import main, write_yardsticks
from zones.check_yardsticks import AREAS, EXPLAINED, GROUPS, LINES, YARDSTICKS, Yardsticks


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in (AREAS, LINES, GROUPS, EXPLAINED):
        (tmp_path / name).write_bytes((YARDSTICKS / name).read_bytes())
    return tmp_path


def test_the_yardsticks_that_ship_fit_the_library_that_ships(library: ZoneLibrary) -> None:
    known = Yardsticks.load()
    ids = {zone.id for zone in library.zones}
    assert len(known.areas) == 63
    assert {area.zone for area in known.areas} <= ids
    lines = {line.id for line in known.official}
    for row in known.explained:
        assert row.test in ("area", "line")
        name = row.subject.rpartition(", ")[0] or row.subject
        assert name in ids | lines | {group.name for group in known.groups}, row.subject
        assert set(row.together) <= ids
    for group in known.groups:
        assert any(group.kind in line.kinds for line in known.official), group


def test_which_zones_a_group_measures(library: ZoneLibrary) -> None:
    known = Yardsticks.load()
    island, main_land = (g for g in known.groups if g.kind == "eez")
    assert {z.id for z in library.zones if island.holds(z)} == {
        "eez-puerto-rico",
        "eez-united-states-virgin-islands",
        "overlap-puerto-rico-dominican-republic",
    }
    assert {z.id for z in library.zones if main_land.holds(z)} == {"eez-united-states"}


def test_reasons_are_found_by_test_and_subject() -> None:
    known = Yardsticks.load()
    found = known.reason_for("area", "eez-nicaragua")
    assert found is not None
    assert found.together == ("eez-costa-rica",)
    assert known.reason_for("line", "eez-nicaragua") is None


@pytest.mark.parametrize(
    ("name", "old", "new", "match"),
    [
        (AREAS, "eez-anguilla,8414", "", "absent"),
        (AREAS, ",90154.4,", ",much,", "areas.csv: line 2 is not a row"),
        (GROUPS, "p95_nmi", "p99_nmi", "groups.csv: line 2 is not a row"),
        (EXPLAINED, ",2.6,", ",lots,", "explained.csv: line 2 is not a row"),
    ],
)
def test_a_damaged_table_is_named(copy: Path, name: str, old: str, new: str, match: str) -> None:
    if match == "absent":
        (copy / name).unlink()
        match = "cannot be read"
    else:
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ZoneError, match=match):
        Yardsticks.load(copy)


def test_an_explanation_without_reason_or_source_is_none(copy: Path) -> None:
    head = "test,subject,most,together,reason,source\n"
    (copy / EXPLAINED).write_text(f"{head}area,eez-x,2,,because,\n", encoding="utf-8")
    with pytest.raises(ZoneError, match="needs a reason and a source"):
        Yardsticks.load(copy)


def test_the_files_that_ship_are_those_the_script_writes(shared_data: Path, tmp_path: Path) -> None:
    write_yardsticks(shared_data, tmp_path / "made")
    for name in (AREAS, LINES):
        assert (tmp_path / "made" / name).read_bytes() == (YARDSTICKS / name).read_bytes(), name


def test_the_official_lines_say_whose_they_are() -> None:
    body = json.loads(gzip.decompress((YARDSTICKS / LINES).read_bytes()))
    assert "NOAA" in body["source"]
    assert "public domain" in body["licence"]
    assert all(f["properties"]["authority"] for f in body["features"])


def test_the_script_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ZoneError, match="official US lines are not here"):
        write_yardsticks(tmp_path)
    monkeypatch.setattr("sys.argv", ["build_yardsticks", str(tmp_path)])
    assert main() == 1
    assert "give the shared data directory" in capsys.readouterr().err
