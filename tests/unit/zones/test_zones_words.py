"""The answer in words, and the outlines for the page."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from mda.clock import parse_at
from zones import PlaceLibrary, ZoneLibrary, describe, drawing_geojson
from zones.drawing import DRAWING, simplified
from zones.words import accuracy_words, sources


def text(library: ZoneLibrary, places: PlaceLibrary, lon: float, lat: float) -> str:
    answer = describe(library, places, lon, lat)
    json.dumps(answer, allow_nan=False)
    return str(answer["text"])


def test_dominica(library: ZoneLibrary, places: PlaceLibrary) -> None:
    answer = describe(library, places, -61.66, 15.30)
    assert answer["text"].startswith(
        "Dominica's EEZ (boundary with Guadeloupe agreed, France–Dominica 1987; "
        "our line is simplified, ± 3 km), "
    )
    assert " nmi from shore, " in answer["text"]
    assert " nmi W of Roseau; Caribbean Sea" in answer["text"]
    assert answer["nearest_port"]["name"] == "Roseau"
    assert answer["nearest_port"]["text"] == "15.1 nmi W of Roseau"
    assert 13.0 < answer["shore_nmi"] < 15.0
    assert ", in the contiguous zone of Dominica (line ± " in answer["text"]
    assert answer["sea"] == "Caribbean Sea"
    assert (answer["on_land"], answer["covered"], answer["waiting"]) == (False, True, None)
    zone = answer["zones"][0]
    assert (zone["id"], zone["claimants"]) == ("eez-dominica", ["Dominica"])
    assert (zone["margin_m"], zone["p_inside"], zone["own"]) == (None, 1.0, False)
    (paragraph,) = [p for p in sources(answer) if p.startswith("eez-dominica: ")]
    assert "claimed by Dominica (claimed); P(inside) 1.00, line ± 3 km. Basis: " in paragraph
    assert "Source: Flanders Marine Institute" in paragraph


def test_near_a_line_both_sides_are_named_with_their_chance(
    library: ZoneLibrary, places: PlaceLibrary
) -> None:
    code = next(i for i, c in enumerate(library.claims) if c.id == "eez-dominica")
    limit = library.limit(code, -61.45, 15.72)
    assert limit is not None
    lat = 15.72 + (limit.distance_m - 1000.0) / 110_650.0
    answer = describe(library, places, -61.45, lat)
    assert "nmi from the line, P(inside) 0.8" in answer["text"]
    assert "or Guadeloupe's EEZ (P 0.1" in answer["text"]
    (other,) = [row for row in answer["near"] if row["family"] == "waters"]
    assert other["id"] == "eez-guadeloupe"
    assert 0.1 < other["p_inside"] < 0.5
    assert other["margin_m"] < 0
    assert other["id"] not in {row["id"] for row in answer["zones"]}
    assert any("our line says outside, " in paragraph for paragraph in sources(answer))


def test_aves_lists_every_claim(library: ZoneLibrary, places: PlaceLibrary) -> None:
    answer = describe(library, places, -63.7, 15.4)
    assert answer["text"].startswith("disputed: claimed by Venezuela, Dominica, Antigua")
    assert "drawn by our source as Venezuela's EEZ" in answer["text"]
    assert "approximate" in answer["text"]
    assert answer["zones"][0]["status"] == "disputed"


def test_other_waters(library: ZoneLibrary, places: PlaceLibrary) -> None:
    assert text(library, places, -30.0, 20.0) == "not covered by the zone library"
    assert text(library, places, float("nan"), 20.0) == "no position"
    dry = text(library, places, -61.35, 15.4)
    assert dry.startswith("on land (by our coast, ± 0.5 km), ")
    assert "from shore" not in dry
    assert text(library, places, -50.0, 25.0).startswith("in no EEZ of the library")
    assert "same state" in text(library, places, -66.1, 18.8)
    assert "nearest limit is its outer one" in text(library, places, -64.9, 31.9)
    assert "no agreement known to us" in text(library, places, -80.0, 18.6)
    assert "next to overlapping claims of Haiti" in text(library, places, -76.9, 17.85)
    assert "joint zone of Jamaica and Colombia" in text(library, places, -79.11, 15.23)
    assert text(library, places, -61.387, 15.30).count("at Roseau") == 1
    assert describe(library, places, -30.0, 20.0)["zones"] == []


def test_where_waiting_is_normal_it_says_so(library: ZoneLibrary, places: PlaceLibrary) -> None:
    answer = describe(library, places, -61.57, 10.62)
    assert "waiting is normal here: " in answer["text"]
    assert answer["waiting"]["name"] in places.names
    assert answer["waiting"]["source"]


def test_a_library_without_coast_knows_no_shore(
    make_squares: Callable[..., Path], make_zone: Callable[..., str], places: PlaceLibrary
) -> None:
    zones = make_zone("west") + make_zone("east") + make_zone("both")
    library = ZoneLibrary.load(make_squares(head="box = [-62.0, 9.5, -59.5, 11.5]", zones=zones))
    answer = describe(library, places, -61.9, 10.5)
    assert answer["shore_nmi"] is None
    assert answer["on_land"] is False
    assert "from shore" not in answer["text"]


def test_a_zone_without_limits_says_nothing_of_a_line(
    make_squares: Callable[..., Path], places: PlaceLibrary
) -> None:
    folder = make_squares()
    (folder / "limits.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    answer = describe(ZoneLibrary.load(folder), places, -61.9, 10.05)
    assert answer["text"].startswith("west's EEZ (our line is simplified, ± 0.5 km)")


CONTESTED = {"kind": "disputed", "claimants": '["west", "east"]', "status": "disputed"}


@pytest.fixture
def zoned(make_squares: Callable[..., Path], make_zone: Callable[..., str]) -> Callable[..., Path]:
    """The squares with one of them as another kind of zone: `zoned(both={...})`."""

    def write(**changed: dict[str, str]) -> Path:
        zones = "".join(make_zone(name, **changed.get(name, {})) for name in SQUARES)
        return make_squares(zones=zones)

    return write


SQUARES = ("west", "east", "both")


def test_the_innermost_belt_and_the_claims_to_it(
    zoned: Callable[..., Path], places: PlaceLibrary
) -> None:
    belt = {"kind": "territorial", "name": "west's territorial sea", "claimants": '["west"]'}
    calm = ZoneLibrary.load(zoned(both=belt))
    assert text(calm, places, -61.1, 10.5).startswith(
        "in the territorial sea of west (line ± 0.5 km), within the limits of west's EEZ ("
    )
    outer = {**belt, "kind": "contiguous"}
    assert ", in the contiguous zone of west (line ± 0.5 km)" in text(
        ZoneLibrary.load(zoned(both=outer)), places, -61.1, 10.5
    )
    stormy = ZoneLibrary.load(zoned(both=belt, west=CONTESTED))
    told = text(stormy, places, -61.1, 10.5)
    assert "claimed by west and east" in told
    assert ", in the territorial sea claimed by west (line" in told


def test_joint_water_names_who_shares_it(zoned: Callable[..., Path], places: PlaceLibrary) -> None:
    joint = {"kind": "joint", "status": "joint", "claimants": '["west", "east"]'}
    unnamed = ZoneLibrary.load(zoned(both={**joint, "name": "the middle"}))
    assert "the middle, claimed by west and east (made up" in text(unnamed, places, -61.1, 10.5)
    named = ZoneLibrary.load(zoned(both={**joint, "name": "joint zone of west and east"}))
    assert "joint zone of west and east (made up" in text(named, places, -61.1, 10.5)


@pytest.fixture
def own(tmp_path: Path, zoned: Callable[..., Path]) -> Callable[..., ZoneLibrary]:
    """The squares as a node's own zones over the shipped library: `own(both={...})`."""

    def load(**changed: dict[str, str]) -> ZoneLibrary:
        return ZoneLibrary.load(own=[zoned(**changed)])

    return load


def test_own_zones_hold_in_their_time_and_say_whose_they_are(
    own: Callable[..., ZoneLibrary], places: PlaceLibrary
) -> None:
    area = {"kind": "area", "status": "none", "claimants": "[]"}
    season = {
        "kind": "season", "status": "none", "claimants": "[]",
        "name": 'lobster season"\nvalid_from = "2026-03-01"\nvalid_until = "2026-06-30',
    }  # fmt: skip
    library = own(both=season, west=area, east=area)
    here = (library, places, -61.1, 10.7)
    during = describe(*here, parse_at("2026-06-30T23:00:00Z"))
    assert "in lobster season (season, until 2026-06-30, loaded here)" in during["text"]
    assert during["at"] == "2026-06-30T23:00:00Z"
    (row,) = [row for row in during["zones"] if row["kind"] == "season"]
    assert (row["own"], row["valid_from"]) == (True, "2026-03-01")
    (paragraph,) = [p for p in sources(during) if "lobster" in p]
    assert "holds from 2026-03-01, holds until 2026-06-30, loaded here" in paragraph
    after = describe(*here, parse_at("2026-07-01T00:00:00Z"))
    assert "lobster" not in after["text"]


def test_an_own_limit_is_told_before_ours(
    own: Callable[..., ZoneLibrary], places: PlaceLibrary
) -> None:
    area = {"kind": "area", "status": "none", "claimants": "[]"}
    official = {
        "kind": "eez", "status": "agreed", "name": "the official EEZ",
        "claimants": '["Trinidad and Tobago"]', "codes": '["TT"]',
    }  # fmt: skip
    library = own(both=official, west=area, east=area)
    answer = describe(library, places, -60.95, 10.5)
    assert answer["text"].startswith(
        "within the limits of the official EEZ (the limit loaded here, ± 0.5 km), "
        "in the territorial sea of Trinidad and Tobago (line "
    )
    assert "Trinidad and Tobago's EEZ" not in answer["text"]
    outside = text(library, places, -60.5, 10.5)
    assert outside.startswith("Trinidad and Tobago's EEZ (")
    assert "our line is simplified, ± 3 km; outside the limit loaded here)" in outside
    kept = [row for row in answer["zones"] if row["kind"] == "eez"]
    assert [row["own"] for row in kept] == [True, False]


def test_an_own_limit_in_water_of_others_is_no_line_of_our_source(
    own: Callable[..., ZoneLibrary], places: PlaceLibrary
) -> None:
    area = {"kind": "area", "status": "none", "claimants": "[]"}
    claim = {"kind": "eez", "status": "claimed", "name": "the claim", "claimants": '["Grenada"]'}
    calm = text(own(both=claim, west=area, east=area), places, -60.95, 10.5)
    assert "the claim (the limit loaded here, ± 0.5 km); by our line Trinidad and Tobago's" in calm
    water = {"kind": "disputed", "status": "disputed", "claimants": '["Grenada", "Venezuela"]'}
    told = text(own(both=claim, west=water, east=area), places, -61.1, 10.5)
    assert (
        "the claim, claimed by Grenada (the limit loaded here, ± 0.5 km); "
        "disputed: claimed by Grenada and Venezuela ("
    ) in told
    assert "drawn by our source as the claim" not in told
    assert ", in the territorial sea claimed by Trinidad and Tobago (line " in calm
    dry = text(own(both=area, west=claim, east=area), places, -61.3, 10.4)
    assert dry.startswith("on land (by our coast, ± 0.5 km); the claim (")
    assert "the limit loaded here, ± 0.5 km)" in dry


def test_a_berth_on_our_land_is_at_the_edge_of_its_belt(
    library: ZoneLibrary, places: PlaceLibrary
) -> None:
    berth = text(library, places, -61.40, 15.30)
    assert berth.startswith("on land (by our coast, ± 0.5 km), at the edge of the territorial sea ")


def test_beyond_the_library_an_own_zone_is_told(
    make_squares: Callable[..., Path], make_zone: Callable[..., str], places: PlaceLibrary
) -> None:
    area = {"kind": "area", "status": "none", "claimants": "[]"}
    folder = make_squares(zones="".join(make_zone(name, **area) for name in SQUARES))
    moved = (folder / "squares.geojson").read_text()
    for lat in ("10.2", "10.4", "10.6", "10.8", "10", "11"):
        moved = moved.replace(f", {lat}]", f", {float(lat) + 40:g}]")
    (folder / "squares.geojson").write_text(moved)
    (folder / "limits.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    (folder / "squares.toml").write_text(
        (folder / "squares.toml").read_text().replace("box = [-62.0, 9.5, -59.5, 11.5]", "")
    )
    answer = describe(ZoneLibrary.load(own=[folder]), places, -61.9, 50.1)
    assert answer["covered"] is False
    assert answer["text"].startswith("not covered by the zone library, ")
    assert "in west's EEZ (area, loaded here)" in answer["text"]


def test_accuracies() -> None:
    assert [accuracy_words(m) for m in (25_000.0, 1500.0, 20.0)] == [
        "± 25 km",
        "± 1.5 km",
        "± 20 m",
    ]


# -- the drawing ------------------------------------------------------------------------------
def test_the_drawing_shows_every_zone_and_is_small(library: ZoneLibrary) -> None:
    data = drawing_geojson(library)
    assert len(data) <= 600_000
    body = json.loads(data)
    assert body["version"] == library.version
    areas = [f for f in body["features"] if f["geometry"]["type"] == "MultiPolygon"]
    told = [z.id for z in library.zones if z.family not in ("seas", "belts")]
    assert [f["id"] for f in areas] == told
    wanted = {
        "id", "name", "kind", "family", "claimants", "status", "basis", "source", "accuracy_m",
        "own", "valid_from", "valid_until",
    }  # fmt: skip
    assert all(set(f["properties"]) == wanted for f in areas)
    dominica = next(f for f in areas if f["id"] == "eez-dominica")
    shape = shapely.geometry.shape(dominica["geometry"])
    assert shapely.contains_xy(shape, -61.62, 15.30)
    assert not shapely.contains_xy(shape, -61.35, 15.45)


def test_a_line_has_the_status_of_what_is_known_of_it(library: ZoneLibrary) -> None:
    body = json.loads(drawing_geojson(library))
    lines = [f["properties"] for f in body["features"] if "between" in f["properties"]]
    assert {line["family"] for line in lines} == {"waters", "belts"}

    def status(*ids: str) -> str:
        (line,) = [line for line in lines if sorted(line["between"]) == sorted(ids)]
        return str(line["status"])

    assert status("eez-dominica", "eez-guadeloupe") == "agreed"
    assert status("eez-grenada", "eez-saint-vincent-and-the-grenadines") == "claimed"
    assert status("eez-puerto-rico", "eez-united-states-virgin-islands") == "none"
    (line,) = [one for one in lines if one["id"].startswith("line-eez-dominica-eez-guadeloupe")]
    assert line["basis"] == "agreed, France–Dominica 1987"
    assert line["claimants"] == ["Dominica", "Guadeloupe"]


def test_a_drawing_of_another_version_or_tolerance_is_not_used(
    make_squares: Callable[..., Path],
) -> None:
    folder = make_squares()
    library = ZoneLibrary.load(folder)
    made = drawing_geojson(library)
    assert made == simplified(library, 0.005)
    features = {f["id"]: f for f in json.loads(made)["features"]}
    assert len(features["west"]["geometry"]["coordinates"][0]) == 2
    assert features["line-east-west"]["properties"]["basis"] == "agreed, West–East 1999"
    assert "line-west-east" not in features  # one line for the two of them
    (folder / DRAWING).write_bytes(gzip.compress(made.replace(b"made up", b"kept it")))
    assert b"kept it" in drawing_geojson(library)
    assert b"kept it" not in drawing_geojson(library, 0.01)
    (folder / "squares.toml").write_text((folder / "squares.toml").read_text() + "\n# new\n")
    assert b"kept it" not in drawing_geojson(ZoneLibrary.load(folder))


def test_own_zones_are_added_to_the_shipped_drawing(own: Callable[..., ZoneLibrary]) -> None:
    area = {"kind": "area", "status": "none", "claimants": "[]"}
    library = own(both=area, west=area, east=area)
    body = json.loads(drawing_geojson(library))
    mine = [f for f in body["features"] if f["properties"]["own"]]
    assert sorted(f["id"] for f in mine) == ["both", "east", "west"]
    assert {f["geometry"]["type"] for f in mine} == {"MultiPolygon"}
    assert len(body["features"]) > 100


def test_a_library_of_overlays_alone_can_be_drawn(
    make_squares: Callable[..., Path], make_zone: Callable[..., str]
) -> None:
    zones = "".join(make_zone(z, kind="joint", status="joint") for z in SQUARES)
    body = json.loads(drawing_geojson(ZoneLibrary.load(make_squares(zones=zones)), 0.3))
    areas = [f for f in body["features"] if f["geometry"]["type"] == "MultiPolygon"]
    assert [f["id"] for f in areas] == ["both", "east", "west"]
    assert all(f["geometry"]["coordinates"] for f in areas)


@pytest.mark.parametrize("name", ["NOTICE.md", "licences/LGPL-3.0.txt", "licences/CC-BY-4.0.txt"])
def test_licences_lie_beside_the_data(library: ZoneLibrary, name: str) -> None:
    assert (library.folder / name).stat().st_size > 1000
