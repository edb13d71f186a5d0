"""Outlines for drawing: simplified, for the eye only; never for the question whose water it is.

Neighbours are simplified together (GEOS coverage simplification), so that no slivers open between
them; what lies over other zones (joint zones, disputed overlays) is simplified by itself.
"""

from __future__ import annotations

import json
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from zones.geojson import read_bytes
from zones.index import ZoneLibrary
from zones.records import Zone

DRAWING = "drawing.geojson.gz"
TOLERANCE_DEG = 0.005
DECIMALS = 3
"""1e-3 degree is 110 m: a fifth of the tolerance."""
TILE_FACTOR = 1.5
"""The coverage method goes by area and keeps more points for the same number: own choice."""
TILING = ("eez", "overlap")
"""Kinds that tile the sea: they do not lie over each other."""


def drawing_geojson(library: ZoneLibrary, tolerance_deg: float = TOLERANCE_DEG) -> bytes:
    """GeoJSON of all zones: id, name, kind, claimants, status, basis, source, accuracy_m.

    Taken from the library's own drawing where that is of its present version.
    """
    stored = library.folder / DRAWING
    if stored.exists():
        data = read_bytes(stored)
        head = json.loads(data[: data.index(b"\n")].rsplit(b",", 1)[0] + b"}")
        if head.get("version") == library.version and head.get("tolerance_deg") == tolerance_deg:
            return data
    return simplified(library, tolerance_deg)


def simplified(library: ZoneLibrary, tolerance_deg: float) -> bytes:
    """The outlines made anew from the library's shapes: some seconds."""
    shapes = _shapes(library)
    tiles = [zone for zone in library.zones if zone.kind in TILING]
    others = [zone for zone in library.zones if zone.kind not in TILING]
    drawn: list[tuple[Zone, BaseGeometry]] = []
    if tiles:
        together = shapely.coverage_simplify(
            [shapes[z.id] for z in tiles], TILE_FACTOR * tolerance_deg
        )
        drawn += list(zip(tiles, together, strict=True))
    drawn += [(z, shapely.simplify(shapes[z.id], tolerance_deg)) for z in others]
    order = {zone.id: n for n, zone in enumerate(library.zones)}
    drawn.sort(key=lambda pair: order[pair[0].id])
    lines = ",\n".join(
        json.dumps(_feature(zone, shape, tolerance_deg), ensure_ascii=False, separators=(",", ":"))
        for zone, shape in drawn
    )
    head = {"type": "FeatureCollection", "version": library.version, "tolerance_deg": tolerance_deg}
    return f'{json.dumps(head)[:-1]}, "features": [\n{lines}\n]}}\n'.encode()


def _shapes(library: ZoneLibrary) -> dict[str, BaseGeometry]:
    found: dict[str, BaseGeometry] = {}
    for path in library.shape_files:
        for feature in json.loads(read_bytes(path))["features"]:
            found[feature["id"]] = shapely.geometry.shape(feature["geometry"])
    return found


def _feature(zone: Zone, shape: BaseGeometry, tolerance_deg: float) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": zone.id,
        "properties": {
            "id": zone.id,
            "name": zone.name,
            "kind": zone.kind,
            "claimants": list(zone.claimants),
            "status": zone.status,
            "basis": zone.basis,
            "source": zone.source,
            "accuracy_m": zone.accuracy_m,
        },
        "geometry": {
            "type": "MultiPolygon",
            "coordinates": _coordinates(shape, tolerance_deg),
        },
    }


def _coordinates(shape: BaseGeometry, tolerance_deg: float) -> list[list[list[list[float]]]]:
    """The parts and their holes, without specks of land or water under four tolerances across."""
    least = (4.0 * tolerance_deg) ** 2
    parts = list(shapely.get_parts(shape))
    kept = [p for p in parts if p.area >= least] or sorted(parts, key=shapely.area)[-1:]
    return [
        [
            _ring(part.exterior),
            *(_ring(h) for h in part.interiors if shapely.Polygon(h).area >= least),
        ]
        for part in kept
    ]


def _ring(line: BaseGeometry) -> list[list[float]]:
    """A ring at drawing precision, doubled points left out."""
    points = [[round(x, DECIMALS), round(y, DECIMALS)] for x, y in line.coords]
    kept = [p for n, p in enumerate(points) if n == 0 or p != points[n - 1]]
    return kept if len(kept) >= 4 else points
