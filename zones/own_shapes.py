"""An operator's shape made sound: areas only, valid, between 180° west and 180° east.

Whatever is changed is said, in words for a person.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import geopandas
import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from mda.errors import ZoneError
from mda.model.reports import F64
from mda.units import M_PER_NMI
from zones.own_reading import WGS84, Box4, Shape

PIECE_DEG = 0.5
"""Longest piece of a line that gets its radius in one plane: there the plane errs by < 1e-5."""
ARC_STEPS = 24
"""Edges in a quarter of a circle: 24 keep it within 0.06 % of the radius."""
MOST_POINTS = 5_000_000
"""Points of one list: some 100 MB in the index."""


def sound(shape: Shape, radius_nmi: float, where: str) -> tuple[BaseGeometry, list[str]]:
    """The shape as valid polygons, and what was changed.

    Points and lines become all that lies within `radius_nmi` of them; 0 leaves them out.
    ZoneError: nothing of it is an area, or it goes round the earth.
    """
    notes: list[str] = []
    parts = [_unrolled(p, shape.label, where) for p in _parts(shape.geometry)]
    areas = [p for p in parts if isinstance(p, Polygon)]
    thin = [p for p in parts if not isinstance(p, Polygon)]
    if thin and radius_nmi:
        grown = [_unrolled(p, shape.label, where) for p in _within(thin, radius_nmi)]
        areas += [p for p in grown if isinstance(p, Polygon)]
    elif thin and not areas:
        raise ZoneError(
            f"{shape.label} is a {thin[0].geom_type.lower()}, not an area",
            where=where,
            do="Add --radius-nmi: the zone is what lies that near to it",
        )
    elif thin:
        notes.append(f"{shape.label}: {len(thin)} points or lines beside its areas were left")
    whole = _repaired(areas, shape.label, notes, bool(thin and radius_nmi))
    if shapely.area(whole) == 0:
        raise ZoneError(f"{shape.label} encloses no area", where=where)
    return _rolled(whole, shape.label, notes), notes


def _parts(geometry: BaseGeometry | None) -> list[BaseGeometry]:
    """Polygons, lines and points of a geometry, out of whatever collections they are in."""
    if geometry is None or geometry.is_empty:
        return []
    if not hasattr(geometry, "geoms"):
        return [geometry]
    return [part for member in geometry.geoms for part in _parts(member)]


def _unrolled(part: BaseGeometry, label: str, where: str) -> BaseGeometry:
    """A part whose longitudes run on over 180°: a step of more than 180° is one across it."""
    if isinstance(part, Point):
        return part
    if not isinstance(part, Polygon):
        return LineString(_run_on(shapely.get_coordinates(part)))
    rings = [shapely.get_coordinates(ring) for ring in (part.exterior, *part.interiors)]
    if all(np.abs(np.diff(ring[:, 0])).max() <= 180 for ring in rings):
        return part
    rings = [_run_on(ring) for ring in rings]
    if any(abs(ring[0, 0] - ring[-1, 0]) > 180 for ring in rings):
        raise ZoneError(f"{label} goes round the earth", where=where, do="Split it at 180°")
    middle_deg = rings[0][:, 0].mean()
    for ring in rings[1:]:
        ring[:, 0] += 360 * np.round((middle_deg - ring[:, 0].mean()) / 360)
    return Polygon(rings[0], rings[1:])


def _run_on(xy: F64) -> F64:
    return np.column_stack((np.unwrap(xy[:, 0], period=360), xy[:, 1]))


def _within(parts: Iterable[BaseGeometry], radius_nmi: float) -> list[BaseGeometry]:
    """All that lies within the radius of points and lines, in the plane at each short piece."""
    pieces = []
    for part in parts:
        xy = shapely.get_coordinates(shapely.segmentize(part, PIECE_DEG))
        step_deg = np.hypot(*np.diff(xy, axis=0).T)
        run = np.concatenate(([0], np.floor(np.cumsum(step_deg) / PIECE_DEG + 1e-9)))
        for number in np.unique(run):
            rows = np.flatnonzero(run == number)
            piece = xy[max(rows[0] - 1, 0) : rows[-1] + 1]
            pieces.append(_round(piece, radius_nmi * M_PER_NMI))
    joined = shapely.union_all(pieces)
    return _parts(joined)


def _round(xy: F64, radius_m: float) -> BaseGeometry:
    """The area within `radius_m` of a short line (or point) in degrees, in degrees."""
    line = LineString(xy) if len(xy) > 1 else Point(xy[0])
    lon_deg, lat_deg = xy.mean(axis=0)
    # azimuthal equidistant: distances from its centre are true
    plane = f"+proj=aeqd +lat_0={lat_deg} +lon_0={lon_deg} +ellps=WGS84 +units=m"
    flat = geopandas.GeoSeries([line], crs=WGS84).to_crs(plane)
    grown: BaseGeometry = flat.buffer(radius_m, quad_segs=ARC_STEPS).to_crs(WGS84).iloc[0]
    # round the longitudes of this piece, not from 180° west to east
    turned = 360 * np.round((lon_deg - shapely.get_coordinates(grown)[:, 0]) / 360)
    shifted = shapely.get_coordinates(grown) + np.column_stack((turned, np.zeros(len(turned))))
    return shapely.set_coordinates(grown, shifted)


def _repaired(areas: list[Polygon], label: str, notes: list[str], join: bool) -> BaseGeometry:
    """One valid (multi)polygon: rings that cross are taken apart, areas that overlap are joined."""
    whole = _one(areas)
    if shapely.is_valid(whole):
        return whole
    reason = shapely.is_valid_reason(whole)
    mended = shapely.make_valid(whole, method="structure", keep_collapsed=False)
    found = [p for p in _parts(mended) if isinstance(p, Polygon)]
    whole = _one(found)
    if not join:
        name, _, at = reason.partition("[")
        near = f" at {at.rstrip(']')}" if at else ""
        notes.append(
            f"repaired: {label}: {name.lower()}{near}; now {len(found)} part(s), "
            f"{area_km2(whole):,.1f} km²"
        )
    return whole


def _rolled(whole: BaseGeometry, label: str, notes: list[str]) -> BaseGeometry:
    """The shape between 180° west and 180° east, cut where it crosses."""
    west, _, east, _ = whole.bounds
    if west >= -180 and east <= 180:
        return whole
    pieces = []
    for turn in range(math.floor((west + 180) / 360), math.floor((east + 180) / 360) + 1):
        window = shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90)
        piece = shapely.intersection(whole, window)
        moved = shapely.set_coordinates(piece, shapely.get_coordinates(piece) - (360 * turn, 0))
        pieces += [p for p in _parts(moved) if isinstance(p, Polygon)]
    if len({round(p.bounds[0] < 0) for p in pieces}) > 1:
        notes.append(f"{label} crosses 180°: it was cut there")
    else:
        notes.append(f"{label}: longitudes beyond 180° were brought back by 360°")
    return _one(pieces)


def _one(areas: list[Polygon]) -> BaseGeometry:
    """A polygon, or several as one."""
    return areas[0] if len(areas) == 1 else MultiPolygon(areas)


def touches(geometry: BaseGeometry, box: Box4) -> bool:
    """Whether any of a shape lies in the box (west, south, east, north in degrees)."""
    return bool(shapely.intersects(geometry, shapely.box(*box)))


def area_km2(geometry: BaseGeometry) -> float:
    """Area on the ellipsoid, by an equal-area projection."""
    flat = geopandas.GeoSeries([geometry], crs=WGS84).to_crs("+proj=cea +ellps=WGS84")
    return float(flat.area.iloc[0]) / 1e6


def count_points(geometries: Iterable[BaseGeometry]) -> int:
    """How many points geometries have."""
    return sum(int(shapely.get_num_coordinates(geometry)) for geometry in geometries)


def extent(geometries: Sequence[BaseGeometry]) -> Box4:
    """West, south, east, north of a box with 0.1° to spare around geometries, within the earth."""
    west, south, east, north = shapely.total_bounds(geometries).tolist()
    return max(west - 0.1, -180), max(south - 0.1, -90), min(east + 0.1, 180), min(north + 0.1, 90)


def centre(shape: Shape) -> tuple[float, float]:
    """Longitude and latitude in degrees of the middle of a feature's extent."""
    west, south, east, north = shapely.bounds(shape.geometry)
    return float(west + east) / 2, float(south + north) / 2


def write_shapes(path: Path, shapes: Iterable[tuple[str, BaseGeometry]]) -> None:
    """GeoJSON of shapes by the ids of their zones, every coordinate as it is to the last bit."""
    head = '{"type": "FeatureCollection", "features": [\n'
    with path.open("w", encoding="ascii") as file:
        for number, (zone_id, geometry) in enumerate(shapes):
            begin = head if number == 0 else ",\n"
            body = shapely.to_geojson(geometry)
            file.write(f'{begin}{{"type":"Feature","id":"{zone_id}","properties":{{}},')
            file.write(f'"geometry":{body}}}')
        file.write("\n]}\n")
