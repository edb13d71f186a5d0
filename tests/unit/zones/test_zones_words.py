"""The answer in words, and the outlines for the page."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from zones import PlaceLibrary, ZoneLibrary, describe, drawing_geojson
from zones.drawing import DRAWING, simplified


def text(library: ZoneLibrary, places: PlaceLibrary, lon: float, lat: float) -> str:
    answer = describe(library, places, lon, lat)
    json.dumps(answer, allow_nan=False)
    return str(answer["text"])


def test_dominica(library: ZoneLibrary, places: PlaceLibrary) -> None:
    answer = describe(library, places, -61.62, 15.30)
    assert answer["text"].startswith(
        "Dominica's EEZ (boundary with Guadeloupe agreed, France–Dominica 1987; "
        "our line is simplified, ± 3 km); 12."
    )
    assert answer["text"].endswith(" nmi W of Roseau")
    assert answer["nearest_place"]["name"] == "Roseau"
    assert 8.0 < answer["shore_nmi"] < 14.0
    (zone,) = answer["zones"]
    assert zone["claimants"] == ["Dominica"]
    assert zone["margin_m"] is None
    assert answer["on_land"] is False


def test_near_a_line_it_says_so(library: ZoneLibrary, places: PlaceLibrary) -> None:
    code = next(i for i, c in enumerate(library.claims) if c.id == "eez-dominica")
    limit = library.limit(code, -61.45, 15.72)
    assert limit is not None
    lat = 15.72 + (limit.distance_m - 1000.0) / 110_650.0
    assert "from the line, could be either side" in text(library, places, -61.45, lat)


def test_aves_lists_every_claim(library: ZoneLibrary, places: PlaceLibrary) -> None:
    answer = describe(library, places, -63.7, 15.5)
    assert answer["text"].startswith("disputed: claimed by Venezuela, Dominica, Antigua")
    assert "drawn by our source as Venezuela's EEZ" in answer["text"]
    assert "approximate" in answer["text"]
    assert answer["zones"][0]["status"] == "disputed"


def test_other_waters(library: ZoneLibrary, places: PlaceLibrary) -> None:
    assert text(library, places, -30.0, 20.0) == "not covered by the zone library"
    assert text(library, places, float("nan"), 20.0) == "no position"
    assert text(library, places, -61.35, 15.4).startswith("on land")
    assert text(library, places, -50.0, 25.0).startswith("in no zone of the library")
    assert "same state" in text(library, places, -66.1, 18.6)
    assert "nearest limit is its outer one" in text(library, places, -64.9, 32.2)
    assert "no agreement known to us" in text(library, places, -80.0, 18.6)
    assert "joint zone of Jamaica and Colombia" in text(library, places, -79.11, 15.23)
    assert "next to" in text(library, places, -76.85, 17.85)
    assert text(library, places, -61.387, 15.30).endswith("at Roseau")
    assert describe(library, places, -30.0, 20.0)["zones"] == []


def test_a_library_without_coast_knows_no_shore(
    make_squares: Callable[..., Path], make_zone: Callable[..., str], places: PlaceLibrary
) -> None:
    zones = make_zone("west") + make_zone("east") + make_zone("both")
    library = ZoneLibrary.load(make_squares(head="box = [-62.0, 9.5, -59.5, 11.5]", zones=zones))
    answer = describe(library, places, -61.9, 10.5)
    assert answer["shore_nmi"] is None
    assert answer["on_land"] is False
    assert answer["place"] is None


def test_a_zone_without_limits_says_nothing_of_a_line(
    make_squares: Callable[..., Path], places: PlaceLibrary
) -> None:
    folder = make_squares()
    (folder / "limits.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    answer = describe(ZoneLibrary.load(folder), places, -61.9, 10.05)
    assert answer["text"].startswith("west's EEZ (our line is simplified, ± 0.5 km)")


def test_the_drawing_shows_every_zone_and_is_small(library: ZoneLibrary) -> None:
    data = drawing_geojson(library)
    assert len(data) <= 600_000
    body = json.loads(data)
    assert body["version"] == library.version
    shown = [f["properties"] for f in body["features"]]
    assert [p["id"] for p in shown] == [z.id for z in library.zones]
    wanted = {"id", "name", "kind", "claimants", "status", "basis", "source", "accuracy_m"}
    assert all(set(p) == wanted for p in shown)
    dominica = next(f for f in body["features"] if f["id"] == "eez-dominica")
    shape = shapely.geometry.shape(dominica["geometry"])
    assert shapely.contains_xy(shape, -61.62, 15.30)
    assert not shapely.contains_xy(shape, -61.35, 15.45)


def test_a_drawing_of_another_version_or_tolerance_is_not_used(
    make_squares: Callable[..., Path],
) -> None:
    folder = make_squares()
    library = ZoneLibrary.load(folder)
    made = drawing_geojson(library)
    assert made == simplified(library, 0.005)
    features = {f["id"]: f for f in json.loads(made)["features"]}
    assert len(features["west"]["geometry"]["coordinates"][0]) == 2
    (folder / DRAWING).write_bytes(gzip.compress(made.replace(b"made up", b"kept it")))
    assert b"kept it" in drawing_geojson(library)
    assert b"kept it" not in drawing_geojson(library, 0.01)
    (folder / "squares.toml").write_text((folder / "squares.toml").read_text() + "\n# new\n")
    assert b"kept it" not in drawing_geojson(ZoneLibrary.load(folder))


def test_a_library_of_overlays_alone_can_be_drawn(
    make_squares: Callable[..., Path], make_zone: Callable[..., str]
) -> None:
    zones = "".join(make_zone(z, kind="joint", status="joint") for z in ("west", "east", "both"))
    body = json.loads(drawing_geojson(ZoneLibrary.load(make_squares(zones=zones)), 0.3))
    assert [f["id"] for f in body["features"]] == ["both", "east", "west"]
    assert all(f["geometry"]["coordinates"] for f in body["features"])


@pytest.mark.parametrize("name", ["NOTICE.md", "licences/LGPL-3.0.txt", "licences/CC-BY-4.0.txt"])
def test_licences_lie_beside_the_data(library: ZoneLibrary, name: str) -> None:
    assert (library.folder / name).stat().st_size > 1000
