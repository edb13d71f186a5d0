"""The check on a small library with known faults, and on the pieces one by one."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mda.errors import ZoneError
from zones import ZoneLibrary
from zones.check import as_json, as_text, check, check_records, passed, read_folder
from zones.check_yardsticks import VERDICTS, Area, Explained, Group, Official, Row, Yardsticks
from zones.records import read_collection


def yardsticks(
    areas: tuple[Area, ...] = (),
    official: tuple[Official, ...] = (),
    groups: tuple[Group, ...] = (),
    explained: tuple[Explained, ...] = (),
) -> Yardsticks:
    return Yardsticks(areas, official, groups, explained)


def by_subject(rows: list[Row], test: str) -> dict[str, Row]:
    return {row.subject: row for row in rows if row.test == test}


def reason(test: str, subject: str, most: float, *together: str) -> Explained:
    return Explained(test, subject, most, together, "it was drawn so", "the drawing")


def test_areas_are_right_explained_cut_or_neither(squares: ZoneLibrary) -> None:
    known = yardsticks(
        areas=(
            Area("east", 12_099.0, False),
            Area("west", 13_000.0, False),
            Area("both", 1.0, True),
            Area("gone", 5.0, False),
        )
    )
    rows = by_subject(check(squares, known), "area")
    assert rows["east"].verdict == "ok"
    assert abs(rows["east"].figures["off_percent"]) < 0.1
    assert rows["west"].verdict == "not explained"
    assert rows["west"].figures["mean_shift_m"] < 0
    assert rows["both"].verdict == "not measured"
    assert rows["gone"].verdict == "not explained"
    explained = replace(known, explained=(reason("area", "west", 12.0),))
    row = by_subject(check(squares, explained), "area")["west"]
    assert row.verdict == "explained"
    assert "it was drawn so (the drawing)" in row.words


def test_an_explanation_must_hold_what_it_promises(squares: ZoneLibrary) -> None:
    areas = (Area("east", 12_099.0, False), Area("west", 13_000.0, False))

    def verdict(known: Explained) -> Row:
        made = yardsticks(areas=areas, explained=(known,))
        return by_subject(check(squares, made), "area")["west"]

    assert "explains 2.0 % at most" in verdict(reason("area", "west", 2.0)).words
    assert verdict(reason("area", "west", 2.0)).verdict == "not explained"
    assert verdict(reason("area", "west", 20.0, "east")).verdict == "not explained"
    assert "to add up" in verdict(reason("area", "west", 20.0, "nowhere")).words
    moved = (Area("east", 10_710.0, False), Area("west", 13_000.0, False))
    made = yardsticks(areas=moved, explained=(reason("area", "west", 20.0, "east"),))
    row = by_subject(check(squares, made), "area")["west"]
    assert row.verdict == "explained"
    assert "with east" in row.words


def test_waters_that_overlap_are_named(
    make_squares: Callable[..., Path], make_zone: Callable[..., str]
) -> None:
    text = make_zone("west") + make_zone("east") + make_zone("both")
    library = ZoneLibrary.load(make_squares(zones=text))
    rows = by_subject(check(library, yardsticks()), "overlap")
    assert len(rows) == 2
    assert all(row.verdict == "not explained" for row in rows.values())
    assert {frozenset(subject.split(" and ")) for subject in rows} == {
        frozenset({"both", "west"}),
        frozenset({"both", "east"}),
    }
    assert all(1_400.0 < row.figures["shared_km2"] < 1_500.0 for row in rows.values())


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ({"kind": "joint", "claimants": '["west", "east"]', "status": "joint"}, 0),
        ({"kind": "joint", "claimants": '["west", "north"]', "status": "joint"}, 1),
        ({"kind": "territorial", "claimants": '["west"]', "codes": '["WW", "EE"]'}, 1),
        ({"kind": "territorial", "claimants": '["north"]', "codes": '["NN"]'}, 2),
        ({"kind": "sea", "claimants": "[]", "status": "none", "iso3": "[]", "codes": "[]"}, 0),
    ],
)
def test_what_may_lie_over_other_water(
    make_squares: Callable[..., Path],
    make_zone: Callable[..., str],
    more: dict[str, str],
    faults: int,
) -> None:
    text = make_zone("west") + make_zone("east") + make_zone("both", **more)
    library = ZoneLibrary.load(make_squares(zones=text))
    rows = by_subject(check(library, yardsticks()), "overlap")
    assert sum(row.verdict == "not explained" for row in rows.values()) == faults


def write_ring(folder: Path, gap_deg: float, *, coast: bool) -> None:
    """Two zones with a square gap on their common line; outer sides are coast, or limits too."""
    low, high, left = 10.5 - gap_deg / 2.0, 10.5 + gap_deg / 2.0, -61.0 - gap_deg
    notch: list[list[float]] = [[-61, low], [left, low], [left, high], [-61, high]]
    door: list[list[float]] = [[-61, high], [-61, low]]
    rings: dict[str, list[list[float]]] = {
        "west": [[-62, 10], [-61, 10], *notch, [-61, 11], [-62, 11], [-62, 10]],
        "east": [[-60, 10], [-60, 11], [-61, 11], *door, [-61, 10], [-60, 10]],
    }
    lines = {"west": notch, "east": door} if coast else rings

    def write(name: str, kind: str, shapes: dict[str, list[list[float]]], depth: int) -> None:
        body = [
            {
                "type": "Feature",
                "id": zone,
                "properties": {"zone": zone, "beyond": ""},
                "geometry": {"type": kind, "coordinates": [shape] if depth else shape},
            }
            for zone, shape in shapes.items()
        ]
        text = json.dumps({"type": "FeatureCollection", "features": body})
        (folder / f"{name}.geojson").write_text(text, encoding="utf-8")

    write("squares", "Polygon", rings, 1)
    write("limits", "LineString", lines, 0)


@pytest.mark.parametrize(
    ("gap_deg", "coast", "verdict", "words"),
    [
        (0.01, True, "not explained", "a sliver of"),
        (0.2, True, "not explained", "a hole of"),
        (0.2, False, "ok", "high seas"),
    ],
)
def test_gaps_between_waters_are_named(
    make_squares: Callable[..., Path],
    make_zone: Callable[..., str],
    gap_deg: float,
    coast: bool,
    verdict: str,
    words: str,
) -> None:
    folder = make_squares(zones=make_zone("west") + make_zone("east"))
    write_ring(folder, gap_deg, coast=coast)
    rows = by_subject(check(ZoneLibrary.load(folder), yardsticks()), "gap")
    assert rows.pop("all").figures == {"islands": 0, "hairlines": 0}
    (row,) = rows.values()
    assert row.verdict == verdict
    assert words in row.words
    assert row.figures["area_km2"] == pytest.approx(12_100.0 * gap_deg**2, rel=0.05)
    assert row.figures["width_m"] == pytest.approx(55_000.0 * gap_deg, rel=0.05)


def test_islands_and_rounding_are_no_gaps(
    squares: ZoneLibrary, make_squares: Callable[..., Path], make_zone: Callable[..., str]
) -> None:
    (row,) = by_subject(check(squares, yardsticks()), "gap").values()
    assert row.verdict == "ok"
    assert row.figures == {"islands": 1, "hairlines": 0}
    folder = make_squares(zones=make_zone("west") + make_zone("east"))
    write_ring(folder, 0.00002, coast=True)
    (row,) = by_subject(check(ZoneLibrary.load(folder), yardsticks()), "gap").values()
    assert row.figures == {"islands": 0, "hairlines": 1}


def test_crossed_rings_and_slivers_are_named(
    make_squares: Callable[..., Path], make_zone: Callable[..., str]
) -> None:
    folder = make_squares(zones=make_zone("west") + make_zone("east") + make_zone("both"))
    text = (folder / "squares.geojson").read_text(encoding="utf-8")
    crossed = text.replace("[-61, 10], [-60, 10], [-60, 11]", "[-61, 10], [-60, 11], [-60, 10]")
    speck = "[[[-59.9, 10], [-59.89999, 10], [-59.89999, 10.00001], [-59.9, 10]]]"
    crossed = crossed.replace(
        '"Polygon",\n "coordinates": [[[-61.2',
        f'"MultiPolygon",\n "coordinates": [{speck}, [[[-61.2',
    )
    crossed = crossed.replace("[-61.2, 10.2]]]}}", "[-61.2, 10.2]]]]}}")
    (folder / "squares.geojson").write_text(crossed, encoding="utf-8")
    rows = by_subject(check(ZoneLibrary.load(folder), yardsticks()), "shape")
    assert rows["east"].verdict == "not explained"
    assert "Self-intersection" in rows["east"].words
    assert "1 of 2 parts are slivers" in rows["both"].words
    assert "west" not in rows


def test_records_must_say_source_licence_and_date(
    make_squares: Callable[..., Path], make_zone: Callable[..., str]
) -> None:
    text = (
        make_zone("west") + 'licence = "CC BY-NC 4.0"\n'
        + make_zone("east") + 'licence = "ODbL 1.0"\ndate = "lately"\n'
        + make_zone("both", kind="disputed", claimants='["west", "east"]', status="disputed")
    )  # fmt: skip
    folder = make_squares(zones=text)
    rows = by_subject(check(ZoneLibrary.load(folder), yardsticks()), "record")
    assert "not free to ship" in rows["east"].words
    assert "'lately' is no year" in rows["east"].words
    zones = read_collection(folder / "squares.toml").zones
    own = by_subject(check_records(zones, ships=False), "record")
    assert "west" not in own
    assert "free to ship" not in own["east"].words
    bare = [replace(zones[0], source=" ", licence="MIT", basis="")]
    assert "no source; no basis" in check_records(bare, ships=True)[0].words


def test_the_faces_of_the_check(squares: ZoneLibrary) -> None:
    rows = check(
        squares, yardsticks(areas=(Area("east", 12_099.0, False), Area("gone", 5.0, False)))
    )
    assert [VERDICTS.index(row.verdict) for row in rows] == sorted(
        VERDICTS.index(row.verdict) for row in rows
    )
    assert not passed(rows)
    body = as_json(rows)
    assert body["passed"] is False
    assert body["counts"]["not explained"] == 1
    assert len(body["rows"]) == len(rows)
    assert set(body["rows"][0]) == {"test", "subject", "verdict", "words", "figures"}
    text = as_text(rows)
    assert "gone: published, but not in the library" in text
    assert "east:" not in text, "areas that are right are only counted"
    assert text.endswith(f"1 not explained, 0 explained, 0 not measured, {len(rows) - 1} ok")
    assert passed(check(squares, yardsticks()))


def test_zones_of_other_directories_are_tried_for_shape_and_record_only(
    squares: ZoneLibrary, tmp_path: Path, make_zone: Callable[..., str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("squares.geojson", "limits.geojson", "squares.toml"):
        (own / name).write_bytes((tmp_path / name).read_bytes())
    text = (own / "squares.toml").read_text(encoding="utf-8")
    (own / "squares.toml").write_text(
        text.replace('licence = "Apache-2.0"', 'licence = "ODbL"').replace("2026", "one day"),
        encoding="utf-8",
    )
    for name in ("squares.toml", "squares.geojson", "limits.geojson"):
        text = (own / name).read_text(encoding="utf-8")
        for zone in ("west", "east", "both"):
            text = text.replace(f'"{zone}"', f'"own-{zone}"')
        (own / name).write_text(text, encoding="utf-8")
    library = ZoneLibrary.load(tmp_path, own=(own,))
    rows = check(library, yardsticks())
    records = [row for row in rows if row.test == "record" and row.verdict == "not explained"]
    assert {row.subject for row in records} == {"own-west", "own-east", "own-both"}
    assert not any("ship" in row.words for row in records)
    assert len([row for row in rows if row.test == "overlap"]) == 1


def test_a_folder_is_read_whole(squares: ZoneLibrary) -> None:
    folder = read_folder(squares.folder)
    assert sorted(shaped.zone.id for shaped in folder.shapes) == ["both", "east", "west"]
    sides = sorted((s.zone, s.beyond) for s in folder.stretches)
    assert sides == [("both", ""), ("east", "west"), ("west", ""), ("west", "east")]
    assert all(np.isfinite(s.line).all() for s in folder.stretches)


def test_a_shape_file_that_is_none_is_refused(squares: ZoneLibrary) -> None:
    path = squares.folder / "squares.geojson"
    path.write_text('{"features": [{"id": "west", "geometry": {"type": "Blob"}}]}')
    with pytest.raises(ZoneError, match="not a file of polygons"):
        read_folder(squares.folder)


def test_belts_that_meet_on_land_share_no_water(
    make_squares: Callable[..., Path], make_zone: Callable[..., str]
) -> None:
    belts = (
        make_zone("west", kind="territorial", claimants='["west"]', codes='["WW"]')
        + make_zone("both", kind="territorial", claimants='["both"]', codes='["BB"]')
    )  # fmt: skip
    library = ZoneLibrary.load(make_squares(zones=belts + make_zone("east", codes='["EE"]')))
    rows = by_subject(check(library, yardsticks()), "overlap")
    # In the west the two belts meet where there is no water; in the east one lies in another's
    assert list(rows) == ["both and east"] or list(rows) == ["east and both"]
    belts = belts.replace('"BB"', '"WW"')
    library = ZoneLibrary.load(make_squares(zones=belts + make_zone("east", codes='["WW"]')))
    assert by_subject(check(library, yardsticks()), "overlap")["all"].verdict == "ok"
