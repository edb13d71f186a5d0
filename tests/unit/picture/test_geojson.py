"""GeoJSON faces: every number with its name, unknown is null, JSON that any parser reads."""

from __future__ import annotations

import json
import math

import numpy as np
from picture_parts import a_finding

from mda.model import Mark, Picture, Targets, Valid
from mda.picture.geojson import findings_geojson, picture_geojson

NOW_US = 1_490_075_479_000_000


def test_a_finding_has_exactly_its_properties() -> None:
    (feature,) = findings_geojson([a_finding()])["features"]
    assert set(feature["properties"]) == {
        "id", "kind", "mmsi", "onset_at", "opened_at", "closed_at", "revision", "status",
        "probability", "zones", "summary", "evidence",
    }  # fmt: skip
    p = feature["properties"]
    assert p["onset_at"] == "2017-03-21T05:51:19Z"
    assert p["opened_at"] == "2017-03-21T05:51:19.000001Z"
    assert p["closed_at"] is p["probability"] is None
    assert p["zones"][0]["claimants"] == ["DM", "VE"]
    assert p["evidence"] == {"run_m": None, "listening_s": 900.0}
    assert feature["geometry"] == {"type": "Point", "coordinates": [-61.5, 15.2]}
    json.dumps(feature, allow_nan=False)


def test_pairs_paths_ends_and_places_unknown() -> None:
    pair = a_finding(mmsis=(1, 2), closed_at_us=NOW_US, path=((-61.0, 15.0), (-61.1, 15.1)))
    nowhere = a_finding(lon_deg=math.nan)
    first, second = findings_geojson([pair, nowhere])["features"]
    assert first["properties"]["mmsis"] == [1, 2]
    assert "mmsi" not in first["properties"]
    assert first["properties"]["closed_at"] == "2017-03-21T05:51:19Z"
    assert first["geometry"]["type"] == "LineString"
    assert second["geometry"] is None


def test_the_picture() -> None:
    columns = {
        "key": [5, 6], "mmsi": [5, 6], "kind": [0, 7], "marks": [0, Mark.LOST | Mark.CASE],
        "vessel_class": [1, 0], "nav_status": [3, 0], "valid": [Valid.NAV_STATUS, 0],
        "at_us": [NOW_US, NOW_US], "now_lon_deg": [-61.5, -61.0], "now_lat_deg": [15.0, 15.5],
        "sog_kn": [10.25, np.nan], "name": [b"FREE WIND", b""],
    }  # fmt: skip
    t = Targets.from_columns({name: np.array(values) for name, values in columns.items()})
    body = picture_geojson(Picture(9, 1, NOW_US, NOW_US, t))
    assert body["picture_version"] == 9
    first, second = (f["properties"] for f in body["features"])
    assert (first["name"], first["kind"], first["vessel_class"]) == (
        "FREE WIND",
        "class_a",
        "cargo",
    )
    assert (first["sog_kn"], first["nav_status"], first["marks"]) == (10.25, 3, [])
    assert (second["name"], second["sog_kn"], second["nav_status"]) == (None, None, None)
    assert (second["kind"], second["marks"]) == ("mob", ["lost", "case"])
    json.dumps(body, allow_nan=False)
