"""What must hold of the shapes: areas, overlaps, gaps, validity."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from mda.errors import ZoneError
from mda.geo.area import ring_area_m2
from mda.model.reports import F64
from mda.units import M_PER_NMI
from zones.check_lines import Stretch, length_m, place, samples
from zones.check_yardsticks import Explained, Row, Yardsticks
from zones.geojson import read_bytes
from zones.records import Zone

TOLERANCE_PERCENT = 1.0
OVERLAP_KM2 = 0.1
"""Less is rounding: 1e-5 degree along a few hundred miles of common line."""
SPECK_KM2 = 1e-4
"""A part of a zone of less than 100 square metres is dust of the cutting."""
HAIRLINE_M = 1.5
"""A gap narrower than this on average is rounding: 1e-5 degree is 1.1 m."""
NARROW_M = 2_000.0
"""A gap between two waters narrower than this on average is a sliver."""
AROUND_M = 20_000.0
"""Spacing of the points around a gap that are tried for the nearest coast."""
HIGH_SEAS_NMI = 195.0
"""Water further than this from every coast may be nobody's: 200 nmi less the 3 km (1.6 nmi) of a
simplified limit, and less the rocks and low-tide lines that states measure from and our coast does
not have."""
PLAIN = ("eez", "overlap")
"""Waters that share out the sea: no two of them may overlap. Joint zones lie over both parties'
waters in some treaties, overlays (disputed) lie over what they contest."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """A zone with its shape."""

    zone: Zone
    shape: BaseGeometry


def read_geometries(path: Path) -> dict[str, BaseGeometry]:
    """The shapes of a GeoJSON file by their id, with holes as the file nests them."""
    body = json.loads(read_bytes(path))
    try:
        return {f["id"]: shapely.geometry.shape(f["geometry"]) for f in body["features"]}
    except (KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise ZoneError(f"is not a file of polygons ({error})", where=path.name) from error


def area_km2(shape: BaseGeometry) -> float:
    """Geodesic area of (multi)polygons in square kilometres; lines and points have none."""
    total_m2 = 0.0
    for part in _polygons(shape):
        total_m2 += ring_area_m2(shapely.get_coordinates(part.exterior))
        total_m2 -= sum(ring_area_m2(shapely.get_coordinates(r)) for r in part.interiors)
    return total_m2 / 1e6


def _polygons(shape: BaseGeometry) -> list[shapely.Polygon]:
    parts = shapely.get_parts(shapely.get_parts(shape))
    return [part for part in parts if isinstance(part, shapely.Polygon) and not part.is_empty]


def _limit_m(zone: str, stretches: Sequence[Stretch]) -> float:
    """Length of a zone's limit in metres."""
    return sum(length_m(s.line) for s in stretches if s.zone == zone)


def check_areas(
    shapes: Mapping[str, Shaped], stretches: Sequence[Stretch], yardsticks: Yardsticks
) -> list[Row]:
    """One row a published area: within the tolerance, explained, or neither."""
    found = {a.zone: area_km2(shapes[a.zone].shape) for a in yardsticks.areas if a.zone in shapes}
    published = {a.zone: a.published_km2 for a in yardsticks.areas}
    rows: list[Row] = []
    for area in yardsticks.areas:
        if area.zone not in found:
            words = "published, but not in the library"
            rows.append(Row("area", area.zone, "not explained", words, {}))
            continue
        off_percent = _off_percent(found[area.zone], area.published_km2)
        figures = {
            "area_km2": round(found[area.zone], 1),
            "published_km2": area.published_km2,
            "off_percent": round(off_percent, 3),
        }
        words = f"{off_percent:+.2f} % of the published {area.published_km2:.1f} km²"
        verdict = "ok"
        if area.cut_by_frame:
            verdict, words = "not measured", f"{words}: cut by the library's frame"
        elif abs(off_percent) > TOLERANCE_PERCENT:
            limit_m = _limit_m(area.zone, stretches)
            if limit_m:
                shift_m = (found[area.zone] - area.published_km2) * 1e6 / limit_m
                figures["mean_shift_m"] = round(shift_m)
                words += f", a line {shift_m:+.0f} m off on average"
            known = yardsticks.reason_for("area", area.zone)
            verdict, more = _explanation(known, off_percent, found, published)
            words += more
        rows.append(Row("area", area.zone, verdict, words, figures))
    return rows


def _off_percent(found_km2: float, published_km2: float) -> float:
    return 100.0 * (found_km2 / published_km2 - 1.0)


def _explanation(
    known: Explained | None,
    off_percent: float,
    found: Mapping[str, float],
    published: Mapping[str, float],
) -> tuple[str, str]:
    """Verdict and words on an area that is off: an explanation must hold what it promises."""
    if known is None:
        return "not explained", ""
    words = f". {known.reason} ({known.source})"
    if abs(off_percent) > known.most:
        return "not explained", f"{words}, but that explains {known.most} % at most"
    if not known.together:
        return "explained", words
    both = (known.subject, *known.together)
    if not all(zone in found and zone in published for zone in both):
        return "not explained", f"{words}, but not all of {', '.join(both)} are here to add up"
    sum_percent = _off_percent(sum(found[z] for z in both), sum(published[z] for z in both))
    holds = abs(sum_percent) <= TOLERANCE_PERCENT
    words = f"; with {', '.join(known.together)} {sum_percent:+.2f} %{words}"
    return ("explained" if holds else "not explained"), words


def _may_overlap(a: Zone, b: Zone) -> bool:
    """Whether two zones may share water."""
    if a.kind in PLAIN and b.kind in PLAIN:
        return False
    if "joint" in (a.kind, b.kind) and {a.kind, b.kind} <= {*PLAIN, "joint"}:
        return bool(set(a.claimants) & set(b.claimants))
    if "belts" in (a.family, b.family):
        contested = any(z.family == "waters" and z.kind != "eez" for z in (a, b))
        return contested or a.codes[:1] == b.codes[:1] or bool({*a.claimants} & {*b.claimants})
    return True


def check_overlaps(shapes: Sequence[Shaped]) -> list[Row]:
    """A row for each pair that shares water and should not; else one row on how many were tried.

    Belts reach a little over the coast on purpose: where two meet at a land border they share
    land, which does not count.
    """
    laid = [s for s in shapes if s.zone.family in ("waters", "belts")]
    waters = [s.shape for s in laid if s.zone.kind in PLAIN]
    tree, sea = shapely.STRtree([s.shape for s in laid]), shapely.STRtree(waters)
    first, second = tree.query([s.shape for s in laid], predicate="intersects")
    rows: list[Row] = []
    tried = 0
    most_km2 = 0.0
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        if i >= j or _may_overlap(laid[i].zone, laid[j].zone):
            continue
        tried += 1
        shared = shapely.intersection(laid[i].shape, laid[j].shape)
        shared_km2 = area_km2(shared)
        if shared_km2 > OVERLAP_KM2 and laid[i].zone.family == laid[j].zone.family == "belts":
            wet = [waters[n] for n in sea.query(shared).tolist()]
            shared_km2 = sum(area_km2(shapely.intersection(shared, water)) for water in wet)
        most_km2 = max(most_km2, shared_km2)
        if shared_km2 > OVERLAP_KM2:
            words = f"share {shared_km2:.1f} km² of water that is one's only"
            subject = f"{laid[i].zone.id} and {laid[j].zone.id}"
            figures = {"shared_km2": round(shared_km2, 2)}
            rows.append(Row("overlap", subject, "not explained", words, figures))
    if not rows:
        words = f"{tried} pairs of neighbours, at most {most_km2:.3f} km² shared"
        rows.append(Row("overlap", "all", "ok", words, {"most_km2": round(most_km2, 4)}))
    return rows


def check_gaps(
    shapes: Sequence[Shaped],
    stretches: Iterable[Stretch],
    shore_m: Callable[[float, float], float],
) -> list[Row]:
    """Holes between waters: islands do not count, the high seas are named, slivers are faults.

    `shore_m` gives the metres from a longitude and latitude to the nearest coast.
    """
    names = {s.zone.id for s in shapes if s.zone.family == "waters"}
    limit = {mark for s in stretches if s.zone in names for mark in _marks(s.line)}
    joint = shapely.union_all([s.shape for s in shapes if s.zone.kind == "joint"])
    plain = [part for s in shapes if s.zone.kind in PLAIN for part in _polygons(s.shape)]
    drained = [_drained(part, limit) for part in plain]
    rows: list[Row] = []
    hairlines = 0
    for part in _polygons(shapely.union_all(drained)):
        for hole in part.interiors:
            if not limit.isdisjoint(_marks(shapely.get_coordinates(hole))):
                left = _polygons(shapely.Polygon(hole).difference(joint))
                rings = [shapely.get_coordinates(p.exterior) for p in left]
                gaps = [ring for ring in rings if _width_m(ring) > HAIRLINE_M]
                rows += [_gap(ring, shore_m) for ring in gaps]
                hairlines += len(rings) - len(gaps)
    islands = sum(len(p.interiors) for p in plain) - sum(len(p.interiors) for p in drained)
    words = f"{islands} islands; {hairlines} hairlines below {HAIRLINE_M} m are rounding"
    rows.append(Row("gap", "all", "ok", words, {"islands": islands, "hairlines": hairlines}))
    return rows


def _width_m(ring: F64) -> float:
    """Mean width of a long thin shape."""
    return 2.0 * ring_area_m2(ring) / length_m(ring)


def _drained(part: shapely.Polygon, limit: set[tuple[float, float]]) -> shapely.Polygon:
    """A water without its islands: holes that no limit touches."""
    coordinates = [shapely.get_coordinates(ring) for ring in part.interiors]
    return shapely.Polygon(
        part.exterior, [r for r in coordinates if not limit.isdisjoint(_marks(r))]
    )


def _marks(line: F64) -> set[tuple[float, float]]:
    """The middles of a line's edges: the same whichever way it runs."""
    middles = np.round((line[:-1] + line[1:]) / 2.0, 6)
    return {(lon, lat) for lon, lat in middles.tolist()}


def _gap(ring: F64, shore_m: Callable[[float, float], float]) -> Row:
    """One hole between waters."""
    m2 = ring_area_m2(ring)
    width_m = _width_m(ring)
    lon, lat = shapely.get_coordinates(shapely.Polygon(ring).representative_point())[0]
    offshore_nmi = min(shore_m(*point) for point in samples(ring, AROUND_M).tolist()) / M_PER_NMI
    figures = {
        "area_km2": round(m2 / 1e6, 2),
        "width_m": round(width_m),
        "lon_deg": round(float(lon), 3),
        "lat_deg": round(float(lat), 3),
        "nearest_coast_nmi": round(offshore_nmi, 1),
    }
    subject = f"around {place(lon, lat)}"
    if offshore_nmi >= HIGH_SEAS_NMI:
        words = f"high seas: every side is {offshore_nmi:.0f} nmi or more from any coast"
        return Row("gap", subject, "ok", words, figures)
    kind = "a sliver" if width_m < NARROW_M else "a hole"
    words = f"{kind} of {m2 / 1e6:.2f} km² between waters, {offshore_nmi:.0f} nmi off the coast"
    return Row("gap", subject, "not explained", words, figures)


def check_validity(shapes: Sequence[Shaped]) -> tuple[list[Row], list[Shaped]]:
    """A row for each shape that crosses itself, is empty, or carries specks of the cutting.

    Also the shapes that are sound: the others cannot be laid over their neighbours.
    """
    rows: list[Row] = []
    sound = [shaped for shaped in shapes if shapely.is_valid(shaped.shape)]
    valid = {id(shaped) for shaped in sound}
    for shaped in shapes:
        parts = _polygons(shaped.shape)
        specks = sum(area_km2(part) < SPECK_KM2 for part in parts)
        if id(shaped) not in valid:
            words = f"invalid: {shapely.is_valid_reason(shaped.shape)}"
        elif not parts:
            words = "has no area"
        elif specks:
            words = f"{specks} of {len(parts)} parts are slivers below {SPECK_KM2 * 1e6:.0f} m²"
        else:
            continue
        figures: dict[str, float] = {"parts": len(parts), "specks": specks}
        rows.append(Row("shape", shaped.zone.id, "not explained", words, figures))
    if not rows:
        words = f"{len(shapes)} shapes are valid and without slivers"
        rows.append(Row("shape", "all", "ok", words, {"shapes": len(shapes)}))
    return rows, sound
