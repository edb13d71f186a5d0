"""The named seas, from Natural Earth's marine polygons: names, not claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from zones.build_shapes import BOX, slug

SOURCE = "Natural Earth v4 (2017), 1:10m geography marine polygons"
ACCURACY_M = 10_000.0
"""Drawn for maps of 1:10 million; where one sea ends and the next begins is custom."""
LANDWARD_DEG = 0.05
"""The source's coast runs up to some km off ours: each sea is widened over the land so far."""
TOLERANCE_DEG = 0.002
GRID_DEG = 1e-4


def sea_name(text: str) -> str:
    """A name as it is written, not as a map prints it.

    >>> sea_name("NORTH ATLANTIC OCEAN"), sea_name("Caribbean  Sea")
    ('North Atlantic Ocean', 'Caribbean Sea')
    """
    words = " ".join(text.split())
    return words.title() if words.isupper() else words


def _by_name(path: Path) -> dict[str, BaseGeometry]:
    """Polygons by name; those without a name are left out."""
    parts: dict[str, list[BaseGeometry]] = {}
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        if feature["properties"]["name"]:
            shape = shapely.geometry.shape(feature["geometry"])
            parts.setdefault(sea_name(feature["properties"]["name"]), []).append(shape)
    return {name: shapely.union_all(shapes) for name, shapes in sorted(parts.items())}


def seas(shared: Path) -> list[tuple[dict[str, Any], BaseGeometry]]:
    """A `[[zone]]` row and a shape for every named sea in the box."""
    named = _by_name(shared / "coast" / "ne_10m_geography_marine_polys.geojson")
    out: list[tuple[dict[str, Any], BaseGeometry]] = []
    for name, shape in named.items():
        others = shapely.union_all([s for n, s in named.items() if n != name])
        wide = shapely.buffer(shape, LANDWARD_DEG, quad_segs=2).intersection(shapely.box(*BOX))
        own = shapely.union(shapely.difference(wide, others), shape)
        drawn = shapely.set_precision(shapely.simplify(own, TOLERANCE_DEG), GRID_DEG)
        row = {
            "id": f"sea-{slug(name)}",
            "name": name,
            "kind": "sea",
            "claimants": [],
            "status": "none",
            "basis": "A name, not a claim.",
        }
        out.append((row, drawn))
    return out
