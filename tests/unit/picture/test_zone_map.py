"""The folium map of the zone library: a layer a sort, lines by status, every claimant named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mda.errors import MdaError
from mda.picture.zone_map import LAYERS, write_zone_map

SQUARE = [[[-62.0, 15.0], [-61.0, 15.0], [-61.0, 16.0], [-62.0, 15.0]]]
LAND: dict[str, Any] = {"type": "FeatureCollection", "features": []}


def zone(name: str, shape: str = "Polygon", **more: Any) -> dict[str, Any]:
    coordinates = SQUARE if shape == "Polygon" else SQUARE[0]
    properties = {"name": name, "claimants": ["Dominica"], "status": "claimed", "basis": "law"}
    return {
        "type": "Feature",
        "properties": {**properties, **more},
        "geometry": {"type": shape, "coordinates": coordinates},
    }


def write(folder: Path, *zones: dict[str, Any]) -> str:
    (folder / "leaflet.js").write_text("L")
    (folder / "leaflet.css").write_text("b{}")
    write_zone_map(
        folder / "zones.html",
        json.dumps({"type": "FeatureCollection", "features": zones}).encode(),
        land_geojson=LAND,
        leaflet_dir=folder,
        title="Zones <v>",
    )
    return (folder / "zones.html").read_text(encoding="utf-8")


def test_each_sort_of_zone_is_a_layer(tmp_path: Path) -> None:
    page = write(
        tmp_path,
        zone("EEZ", family="waters", kind="eez"),
        zone("line", "LineString", family="waters", kind="eez", status="agreed"),
        zone("belt", "LineString", family="belts", kind="territorial"),
        zone("Aves", family="waters", kind="disputed", status="disputed",
             claimants=["Dominica", "Venezuela"]),
        zone("joint", family="waters", kind="joint", status="joint"),
        zone("fpso", family="rules", kind="exclusion", accuracy_m=500.0),
        zone("season <b>", family="own", own=True, valid_until="2026-06-30"),
    )  # fmt: skip
    assert all(f'"{name}"' in page for name in LAYERS)
    assert "Dominica, Venezuela" in page
    assert "until 2026-06-30" in page
    assert "<b>" not in page
    assert "\\u00b1 0.5 km" in page
    assert "Zones &lt;v&gt;" in page
    assert "no legal limits" in page


@pytest.mark.parametrize(
    ("status", "dashes"),
    [("agreed", '"dashArray": ""'), ("claimed", '"8 5"'), ("none", '"1 5"'), ("?", '"8 5"')],
)
def test_a_line_is_drawn_by_its_status(tmp_path: Path, status: str, dashes: str) -> None:
    assert dashes in write(tmp_path, zone("line", "LineString", status=status))


def test_a_map_of_nothing_and_a_map_that_cannot_be_written(tmp_path: Path) -> None:
    assert '"Waters"' not in write(tmp_path)
    assert "Dominica" in write(tmp_path, zone("x", claimants="Dominica"))
    with pytest.raises(MdaError, match="cannot write the map"):
        write_zone_map(
            tmp_path / "none" / "zones.html", LAND, land_geojson=LAND, leaflet_dir=tmp_path
        )
