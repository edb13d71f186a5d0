"""Outlines for drawing: simplified, for the eye only; never for the question whose water it is.

Two sorts of features. *Areas* (polygons) say where a zone is: neighbours are simplified together
(GEOS coverage simplification), so that no slivers open between them; what lies over other zones is
simplified by itself. *Lines* say where limits are and carry their own status: the line between two
agreed neighbours is agreed though both zones are only claimed. An area's edge is mostly coast,
which is no limit, so limits are drawn from the lines. Belts are lines only; seas are left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zones.boundaries import Boundaries, Boundary
from zones.geojson import read_bytes
from zones.index import ZoneLibrary
from zones.records import Zone

DRAWING = "drawing.geojson.gz"
TOLERANCE_DEG = 0.005
DECIMALS = 3
"""1e-3 degree is 110 m: a fifth of the tolerance."""
FINE = 5
"""Digits of small zones and of own ones: 1 m."""
AREA_FACTOR = 4.0
"""Areas may be coarser than lines, for they are filled and not stroked: own choice."""
TILING = ("eez", "overlap")
"""Kinds that tile the sea: they do not lie over each other."""
LINED = ("waters", "belts")
"""Families whose limits are drawn as lines; the edge of a rule's or an own zone is its limit."""
OPEN = -1
"""Side of an edge beyond which no zone lies."""
_STATUS = {"in force": "agreed", "signed": "claimed", "disputed": "disputed"}
"""State of a boundary in the table -> status of the line; any other is a claim of one side."""


def drawing_geojson(library: ZoneLibrary, tolerance_deg: float = TOLERANCE_DEG) -> bytes:
    """GeoJSON of areas and lines: id, name, kind, family, claimants, status, basis, source,
    accuracy_m, own, valid_from, valid_until, of a line `between` (ids of the zones).

    What ships is taken from the library's own drawing where that is of its present version; own
    zones are added.
    """
    stored = library.folder / DRAWING
    if stored.exists():
        data = read_bytes(stored)
        head = json.loads(data[: data.index(b"\n")].rsplit(b",", 1)[0] + b"}")
        same = head.get("version") == library.shipped_version
        if same and head.get("tolerance_deg") == tolerance_deg:
            return _with_own(data, library, tolerance_deg)
    return _with_own(simplified(library, tolerance_deg), library, tolerance_deg)


def simplified(library: ZoneLibrary, tolerance_deg: float) -> bytes:
    """The outlines of what ships, made anew from the library's shapes: some seconds."""
    version = {"version": library.shipped_version, "tolerance_deg": tolerance_deg}
    body = ",\n".join(_text(feature) for feature in _features(library, tolerance_deg, own=False))
    head = json.dumps({"type": "FeatureCollection", **version})
    return f'{head[:-1]}, "features": [\n{body}\n]}}\n'.encode()


def _with_own(shipped: bytes, library: ZoneLibrary, tolerance_deg: float) -> bytes:
    """The shipped drawing and behind it the own zones, as fine as they are."""
    own = [_text(feature) for feature in _features(library, tolerance_deg, own=True)]
    if not own:
        return shipped
    return shipped.removesuffix(b"\n]}\n") + ",\n".join(["", *own]).encode() + b"\n]}\n"


def _text(feature: dict[str, Any]) -> str:
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))


def _features(library: ZoneLibrary, tolerance_deg: float, *, own: bool) -> list[dict[str, Any]]:
    """Areas and lines of the shipped or of the own zones, in the library's order."""
    zones = [zone for zone in library.zones if zone.own == own and zone.family != "seas"]
    filled = [zone for zone in zones if own or zone.family != "belts"]
    shapes = _shapes(library, {zone.id for zone in filled})
    drawn = _areas(filled, shapes, tolerance_deg)
    least_deg = 0.0 if own else 4.0 * tolerance_deg
    areas = [
        _feature(
            zone,
            zone.id,
            "MultiPolygon",
            _polygons(drawn[zone.id], least_deg, FINE if _is_fine(zone) else DECIMALS),
            zone.status,
        )
        for zone in filled
    ]
    return areas + _lines(library, zones, tolerance_deg)


def _is_fine(zone: Zone) -> bool:
    """Whether a zone is drawn as fine as it is: rules are small, and own zones are the user's."""
    return zone.own or zone.family == "rules"


def _areas(
    zones: Sequence[Zone], shapes: dict[str, BaseGeometry], tolerance_deg: float
) -> dict[str, BaseGeometry]:
    tiles = [zone for zone in zones if zone.kind in TILING and not zone.own]
    ids = {zone.id for zone in tiles}
    found: dict[str, BaseGeometry] = {}
    if tiles:
        wide_deg = AREA_FACTOR * tolerance_deg
        together = shapely.coverage_simplify([shapes[zone.id] for zone in tiles], wide_deg)
        found = dict(zip([zone.id for zone in tiles], together, strict=True))
    for zone in zones:
        if zone.id not in ids:
            fine_deg = tolerance_deg / 100.0 if _is_fine(zone) else tolerance_deg
            found[zone.id] = shapely.simplify(shapes[zone.id], fine_deg)
    return found


def _shapes(library: ZoneLibrary, wanted: set[str]) -> dict[str, BaseGeometry]:
    found: dict[str, BaseGeometry] = {}
    for path in library.shape_files:
        for feature in json.loads(read_bytes(path))["features"]:
            if feature["id"] in wanted:
                found[feature["id"]] = shapely.geometry.shape(feature["geometry"])
    return found


def _lines(
    library: ZoneLibrary, zones: Sequence[Zone], tolerance_deg: float
) -> list[dict[str, Any]]:
    """The limits of waters and belts, each stretch between two zones once."""
    table = library.folder / "boundaries.csv"
    between = (Boundaries.load(table) if table.exists() else Boundaries(())).between
    codes = {zone.id: code for code, zone in enumerate(library.zones)}
    drawn: set[tuple[float, ...]] = set()
    lines = []
    for zone in zones:
        if zone.family not in LINED:
            continue
        xy, sides = library.edges(codes[zone.id])
        for side in np.unique(sides[sides >= OPEN]).tolist():
            if zone.family == "belts" and side >= 0 and library.zones[side].family == "waters":
                continue  # it ends at the boundary, which is a line of its own
            stretch = [e for e in xy[sides == side].tolist() if _mark(e) not in drawn]
            drawn.update(_mark(edge) for edge in stretch)
            beyond = library.zones[side] if side >= 0 else None
            feature = _line(zone, beyond, stretch, tolerance_deg, between)
            lines += [feature] if feature else []
    return lines


def _mark(edge: list[float]) -> tuple[float, ...]:
    """The same for an edge in either direction."""
    a, b = (edge[0], edge[1]), (edge[2], edge[3])
    return (*a, *b) if a < b else (*b, *a)


def _line(
    zone: Zone,
    beyond: Zone | None,
    edges: list[list[float]],
    tolerance_deg: float,
    between: Callable[[Zone, Zone], Boundary | None],
) -> dict[str, Any] | None:
    """One limit as a feature; None where nothing of it is left to draw."""
    if not edges:
        return None
    pieces = shapely.linestrings([[e[:2], e[2:]] for e in edges])
    whole = shapely.line_merge(shapely.multilinestrings(pieces))
    parts = [_thin(p.coords) for p in shapely.get_parts(shapely.simplify(whole, tolerance_deg))]
    parts = [part for part in parts if len(part) >= 2]
    if not parts:
        return None
    known = between(zone, beyond) if beyond else None
    status, basis = _standing(zone, beyond, known)
    name = f"line-{zone.id}" + (f"-{beyond.id}" if beyond else "")
    feature = _feature(zone, name, "MultiLineString", parts, status)
    feature["properties"] |= {"between": [zone.id, *([beyond.id] if beyond else [])]}
    if basis:
        feature["properties"] |= {"basis": basis}
    if beyond:
        feature["properties"] |= {"name": f"{zone.name} and {beyond.name}"}
        feature["properties"] |= {
            "claimants": list(dict.fromkeys((*zone.claimants, *beyond.claimants)))
        }
    return feature


def _standing(zone: Zone, beyond: Zone | None, known: Boundary | None) -> tuple[str, str]:
    """Status and basis of a line: no surer than the more doubtful of the two zones."""
    for one in (zone, beyond):
        if one is not None and one.status in ("disputed", "joint"):
            return one.status, ""
    if beyond is None:
        return zone.status, ""
    if known is not None:
        return _STATUS.get(known.state, "claimed"), known.phrase()
    if set(zone.codes) & set(beyond.codes):
        return "none", "two parts of one state"
    return "claimed", "no agreement known to us"


def _feature(zone: Zone, name: str, shape: str, coordinates: Any, status: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": name,
        "properties": {
            "id": name,
            "name": zone.name,
            "kind": zone.kind,
            "family": zone.family,
            "claimants": list(zone.claimants),
            "status": status,
            "basis": zone.basis if shape == "MultiPolygon" else "",
            "source": zone.source if shape == "MultiPolygon" else "",
            "accuracy_m": zone.accuracy_m,
            "own": zone.own,
            "valid_from": zone.valid_from,
            "valid_until": zone.valid_until,
        },
        "geometry": {"type": shape, "coordinates": coordinates},
    }


def _polygons(
    shape: BaseGeometry, least_deg: float, decimals: int
) -> list[list[list[list[float]]]]:
    """The parts and their holes, without specks of land or water under `least_deg` across."""
    least = least_deg**2
    parts = list(shapely.get_parts(shape))
    kept = [p for p in parts if p.area >= least] or sorted(parts, key=shapely.area)[-1:]
    return [
        [
            _ring(part.exterior, decimals),
            *(_ring(h, decimals) for h in part.interiors if shapely.Polygon(h).area >= least),
        ]
        for part in kept
    ]


def _ring(line: BaseGeometry, decimals: int) -> list[list[float]]:
    """A ring at drawing precision, doubled points left out; a tiny one keeps finer digits."""
    kept = _thin(line.coords, decimals)
    return kept if len(kept) >= 4 else [[round(x, FINE), round(y, FINE)] for x, y in line.coords]


def _thin(coordinates: Any, decimals: int = DECIMALS) -> list[list[float]]:
    """Points at drawing precision, those that fall together once."""
    points = [[round(x, decimals), round(y, decimals)] for x, y in coordinates]
    return [p for n, p in enumerate(points) if n == 0 or p != points[n - 1]]
