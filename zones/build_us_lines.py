"""Two lines of the United States that the source draws otherwise than they are published.

*Cuba.* The treaty of 1977 has 27 turning points; the source's line keeps 14 corners, up to 2.6 nmi
off. The two EEZs are cut again along the line as NOAA publishes it.
*The Bahamas.* No treaty. The line the United States applies (Federal Register 1995) and that of the
source lie up to 8.6 nmi apart: the water between them becomes an overlay that lists both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from mda.model.reports import F64
from zones.build_overlays import Overlay
from zones.build_shapes import DECIMALS, Shape

CUBA, BAHAMAS = "B0040", "B0035"
"""NOAA's numbers of the two lines; both run with the United States on their left."""
CUBA_STRIP_DEG, BAHAMAS_STRIP_DEG = 0.06, 0.2
"""The source's lines lie within this much of NOAA's."""
LEAST_DEG2, LEAST_WIDTH_DEG = 1e-4, 0.002
"""Smaller or narrower (200 m) parts come from the same line drawn with other points."""
GRID_DEG = 10.0**-DECIMALS


def official_lines(shared: Path) -> dict[str, BaseGeometry]:
    """NOAA's lines by their number."""
    path = shared / "zones" / "noaa_us_maritime_limits.geojson"
    body = json.loads(path.read_text(encoding="utf-8"))
    return {
        f["properties"]["BOUND_ID"]: shapely.geometry.shape(f["geometry"]) for f in body["features"]
    }


def _sides(line: BaseGeometry, width_deg: float) -> tuple[BaseGeometry, BaseGeometry]:
    """The strips left and right of a line."""
    left, right = (
        shapely.make_valid(
            line.buffer(side, single_sided=True, join_style="mitre", mitre_limit=2.0)
        )
        for side in (width_deg, -width_deg)
    )
    return left, shapely.difference(right, left)


def _polygons(geometry: BaseGeometry, least_deg2: float = 0.0) -> BaseGeometry:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.MultiPolygon(
        [p for p in parts if p.geom_type == "Polygon" and p.area > least_deg2]
    )


def recut(shapes: Sequence[Shape], lines: Mapping[str, BaseGeometry]) -> list[Shape]:
    """The shapes with the EEZs of the United States and Cuba cut along the treaty's line."""
    of = {shape.id: shape.geometry for shape in shapes}
    if CUBA not in lines or not {"eez-cuba", "eez-united-states"} <= set(of):
        return list(shapes)
    left, right = _sides(lines[CUBA], CUBA_STRIP_DEG)
    north, south = of["eez-united-states"], of["eez-cuba"]
    gained = shapely.intersection(south, left, grid_size=GRID_DEG)
    lost = shapely.intersection(north, right, grid_size=GRID_DEG)
    new = {
        "eez-united-states": (north, gained, right),
        "eez-cuba": (south, lost, left),
    }
    out: list[Shape] = []
    for shape in shapes:
        if shape.id in new:
            water, more, less = new[shape.id]
            whole = shapely.union(water, more, grid_size=GRID_DEG)
            cut = shapely.difference(whole, less, grid_size=GRID_DEG)
            out.append(replace(shape, geometry=_polygons(cut, 1e-8)))
        else:
            out.append(shape)
    return out


def between_us_and_bahamas(
    shapes: Mapping[str, BaseGeometry], lines: Mapping[str, BaseGeometry]
) -> list[Overlay]:
    """The water between the line the United States applies and the one the source draws."""
    if BAHAMAS not in lines or not {"eez-the-bahamas", "eez-united-states"} <= set(shapes):
        return []
    left, right = _sides(lines[BAHAMAS], BAHAMAS_STRIP_DEG)
    both = shapely.union_all(
        [
            shapely.intersection(shapes["eez-the-bahamas"], left),
            shapely.intersection(shapes["eez-united-states"], right),
        ],
        grid_size=GRID_DEG,
    )
    parts = shapely.get_parts(_polygons(both, LEAST_DEG2))
    width_deg = 2.0 * shapely.area(parts) / shapely.length(parts)
    water = shapely.MultiPolygon(list(parts[width_deg > LEAST_WIDTH_DEG]))
    row: dict[str, Any] = {
        "id": "disputed-united-states-bahamas",
        "name": "undelimited water between the United States and The Bahamas",
        "kind": "disputed",
        "claimants": ["The Bahamas", "United States"],
        "codes": ["BS", "US"],
        "iso3": ["BHS", "USA"],
        "status": "disputed",
        "outline": "approximate",
        "basis": "No treaty; each side is taken to claim up to the line that is better for it: the "
        "one the United States applies (Federal Register, Vol. 60, No. 163, 1995) and the one "
        "Marine Regions draws. What The Bahamas claims is not known to us.",
        "source": "NOAA US Maritime Limits, B0035 (public domain); polygons of Marine Regions",
        "accuracy_m": 3000.0,
    }
    limit: list[F64] = [
        np.round(shapely.get_coordinates(ring), DECIMALS)
        for part in shapely.get_parts(water)
        for ring in shapely.get_rings(part)
    ]
    return [Overlay(row, water, limit)]
