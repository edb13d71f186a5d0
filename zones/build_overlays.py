"""The overlays of disputed water that the source's polygons do not show, approximate and marked so.

The rule: where it is doubtful whether a claim reaches a place, the place lists the claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from mda.geo.distance import offset_m, project_deg
from mda.model.reports import F64
from mda.units import M_PER_NMI
from zones.build_shapes import DECIMALS, limit_edges, segment_tree

AVES = (-63.616, 15.672)
"""Longitude, latitude of Aves Island (design page region)."""
ESSEQUIBO_MOUTH = (-58.5, 7.0)
ESSEQUIBO_BEARING_DEG = 70.0
"""The side line of the overlay. A line square to the coast would run at about 38 degrees; Venezuela
names no line (decree 1859 of 2015 has no coordinates) but has acted against work in the Stabroek
block, so the overlay is drawn wide enough to hold the block's FPSOs with a margin of 25 km."""
SIBUN_MOUTH_LAT = 17.44
SAPODILLA = (-88.27, 16.12)
PARENT_TOLERANCE_DEG = 1e-4
"""An edge this near the outline of the polygon it was cut from is borrowed, not our own."""
APPROXIMATE = "Outline approximate, made by this project from the facts named."


@dataclass(frozen=True, slots=True)
class Overlay:
    """A zone row, its polygon, and the lines of it that are its own (not borrowed from an EEZ)."""

    row: dict[str, Any]
    geometry: BaseGeometry
    limit: list[F64]


def _ring_deg(centre: tuple[float, float], radius_m: float) -> F64:
    """A circle as 72 points, shape (73, 2)."""
    points = [project_deg(*centre, bearing, radius_m) for bearing in np.arange(0.0, 361.0, 5.0)]
    return np.array(points)


def _square_deg(start: tuple[float, float], bearing_deg: float, reach_m: float) -> BaseGeometry:
    """Everything left of a line through `start` along a bearing: `reach_m` ahead, half behind."""
    ahead = project_deg(*start, bearing_deg, reach_m)
    behind = project_deg(*start, bearing_deg + 180.0, reach_m / 2.0)
    left = bearing_deg - 90.0
    return shapely.Polygon(
        [behind, ahead, project_deg(*ahead, left, reach_m), project_deg(*behind, left, reach_m)]
    )


def _cell_of_aves(venezuela: BaseGeometry, land: BaseGeometry) -> BaseGeometry:
    """Where Aves is nearer than any other Venezuelan land: half-planes in a plane about Aves.

    The plane is equidistant from Aves and keeps the distances between the others to 1 %.
    """
    coast = shapely.get_coordinates(land)
    near = np.abs(coast - np.array(AVES)).max(axis=1) < 6.0
    plane = np.array([offset_m(*AVES, lon, lat) for lon, lat in coast[near]])
    far = np.hypot(plane[:, 0], plane[:, 1])
    plane, far = plane[far > 20_000.0], far[far > 20_000.0]
    reach = 1.5e6
    cell: BaseGeometry = shapely.box(-reach, -reach, reach, reach)
    for k in np.argsort(far)[:20_000:20]:
        half, toward = plane[k] / 2.0, plane[k] / far[k]
        across = np.array([-toward[1], toward[0]])
        corners = [half + across * 2 * reach, half - across * 2 * reach]
        corners += [corners[1] - toward * 4 * reach, corners[0] - toward * 4 * reach]
        cell = cell.intersection(shapely.Polygon(corners))
    outline = shapely.get_coordinates(shapely.segmentize(cell, 20_000.0))
    _, north_m = offset_m(AVES[0], AVES[1] - 0.5, AVES[0], AVES[1] + 0.5)
    lat = AVES[1] + outline[:, 1] / north_m
    lon = []
    for east, y in zip(outline[:, 0], lat, strict=True):
        per_deg, _ = offset_m(AVES[0], (AVES[1] + y) / 2.0, AVES[0] + 1.0, (AVES[1] + y) / 2.0)
        lon.append(AVES[0] + east / per_deg)
    return shapely.Polygon(np.column_stack((lon, lat))).intersection(venezuela)


def _land_of_venezuela(land: BaseGeometry) -> BaseGeometry:
    """GSHHG coast that is Venezuelan: the mainland's and that of the islands off it.

    Chosen by place: 60 to 72 W, south of 12.2 N, without Trinidad, Tobago, Grenada and the
    ABC islands.
    """
    window = shapely.box(-72.0, 9.0, -60.0, 12.2)
    foreign = [
        shapely.box(-61.95, 9.9, -60.4, 11.5),
        shapely.box(-61.9, 11.9, -61.3, 12.3),
        shapely.box(-70.2, 12.0, -68.15, 12.7),
    ]
    own = [g for g in shapely.get_parts(land) if g.intersects(window)]
    lines = shapely.intersection(shapely.boundary(own), window)
    return shapely.difference(shapely.union_all(lines), shapely.union_all(foreign))


def _cut(row: dict[str, Any], water: BaseGeometry, parent: BaseGeometry) -> Overlay:
    """The overlay at the library's precision, with the edges that are not its parent's."""
    exact = shapely.set_precision(water, 10.0**-DECIMALS)
    return Overlay(row, exact, limit_edges(exact, segment_tree(parent), PARENT_TOLERANCE_DEG))


def _row(
    zone_id: str, name: str, claims: dict[str, tuple[str, str]], **more: Any
) -> dict[str, Any]:
    """A `[[zone]]`: claims are name -> (two-letter, three-letter code)."""
    return {
        "id": zone_id,
        "name": name,
        "kind": "disputed",
        "claimants": list(claims),
        "codes": [code for code, _ in claims.values()],
        "iso3": [iso3 for _, iso3 in claims.values()],
        "status": "disputed",
        "outline": "approximate",
        **more,
    }


def _aves(venezuela: BaseGeometry, land: BaseGeometry) -> Overlay:
    water = _cell_of_aves(venezuela, _land_of_venezuela(land))
    row = _row(
        "disputed-aves",
        "disputed water around Aves Island",
        {
            "Venezuela": ("VE", "VEN"),
            "Dominica": ("DM", "DMA"),
            "Antigua and Barbuda": ("AG", "ATG"),
            "Saint Kitts and Nevis": ("KN", "KNA"),
            "Saint Lucia": ("LC", "LCA"),
            "Saint Vincent and the Grenadines": ("VC", "VCT"),
            "Grenada": ("GD", "GRD"),
            "Montserrat": ("MS", "MSR"),
        },
        basis="Venezuela claims a full EEZ from Aves Island (15.672 N 63.616 W); eastern Caribbean "
        "states say it is a rock with 12 nmi only. Lines with the United States, France, the "
        "Netherlands and the Dominican Republic give it effect. Which of these claims reaches a "
        f"given point is not known to us. {APPROXIMATE}",
        source="enn.com; mexlist.com boundarypoint; Isla Aves article. Shape: that part of the "
        "Venezuelan polygon of Marine Regions that is nearer Aves than any other Venezuelan land",
        accuracy_m=20000.0,
    )
    return _cut(row, water, venezuela)


def _essequibo(guyana: BaseGeometry) -> Overlay:
    water = _square_deg(ESSEQUIBO_MOUTH, ESSEQUIBO_BEARING_DEG, 600_000.0).intersection(guyana)
    row = _row(
        "disputed-essequibo",
        "disputed water off the Essequibo",
        {"Guyana": ("GY", "GUY"), "Venezuela": ("VE", "VEN")},
        basis="Venezuela claims the land west of the Essequibo and the sea off it (decrees 1787 "
        "and 1859 of 2015; the second, in force, names no coordinates); ICJ case opened 2018; a "
        "Venezuelan patrol ship approached the FPSO Prosperity on 2025-03-01. "
        f"{APPROXIMATE} Drawn wide: from the river's mouth on 70 degrees.",
        source="maritime-executive.com 2025-03-02; oilnow.gy; demerarawaves.com 2015-07-07; "
        "elespectador.com 2015-07-07. Shape: cut from the Guyanese polygon of Marine Regions",
        accuracy_m=25000.0,
    )
    return _cut(row, water, guyana)


def _belize(belize: BaseGeometry) -> Overlay:
    south = shapely.box(-90.0, 15.0, -85.0, SIBUN_MOUTH_LAT)
    water = south.intersection(belize)
    row = _row(
        "disputed-belize-guatemala",
        "disputed water off southern Belize",
        {"Belize": ("BZ", "BLZ"), "Guatemala": ("GT", "GTM")},
        basis="Guatemala's territorial, insular and maritime claim is before the ICJ (special "
        "agreement 2008). Its most explicit form (letter of 1999-10-18) is the land between the "
        "Sibun and the Sarstoon with its islands; the pleadings are not public. Honduras claims "
        f"the Sapodilla Cayes (from memory). {APPROXIMATE} Drawn south of the Sibun's latitude.",
        source="belizeicjeducation.com; pressoffice.gov.bz 2020-12-08. Shape: cut from the "
        "Belizean polygon of Marine Regions",
        accuracy_m=20000.0,
    )
    return _cut(row, water, belize)


def _sapodilla(belize: BaseGeometry) -> Overlay:
    water = shapely.Polygon(_ring_deg(SAPODILLA, 12.0 * M_PER_NMI)).intersection(belize)
    row = _row(
        "disputed-sapodilla",
        "disputed water around the Sapodilla Cayes",
        {"Belize": ("BZ", "BLZ"), "Guatemala": ("GT", "GTM"), "Honduras": ("HN", "HND")},
        basis="Honduras claims the Sapodilla Cayes (from memory); Guatemala's claim before the ICJ "
        f"includes the islands. {APPROXIMATE} 12 nmi about 16.12 N 88.27 W.",
        source="region table of maritime boundaries (from memory). Shape: a circle, cut from the "
        "Belizean polygon of Marine Regions",
        accuracy_m=5000.0,
    )
    return _cut(row, water, belize)


BANKS: dict[str, tuple[str, dict[str, tuple[str, str]], str]] = {
    "eez-serranilla-bank": (
        "Serranilla Bank",
        {"Colombia": ("CO", "COL"), "Honduras": ("HN", "HND"), "United States": ("US", "USA")},
        "Honduras names it in its constitution of 1982; the United States has claimed it under the "
        "Guano Islands Act",
    ),
    "eez-bajo-nuevo-bank": (
        "Bajo Nuevo Bank",
        {"Colombia": ("CO", "COL"), "Jamaica": ("JM", "JAM"), "United States": ("US", "USA")},
        "the United States has claimed it under the Guano Islands Act; Jamaica claimed it before "
        "its treaty of 1993 with Colombia",
    ),
}


def _banks(shapes: Mapping[str, BaseGeometry]) -> list[Overlay]:
    """The water of the Colombian banks that other states claim or claimed."""
    out: list[Overlay] = []
    for parent, (name, claims, basis) in BANKS.items():
        row = _row(
            f"disputed-{parent.removeprefix('eez-')}",
            f"disputed water around {name}",
            claims,
            basis=f"Colombia holds the bank; {basis} (from memory; whether each claim still stands "
            "is not known to us).",
            source="from memory. Shape: the polygon of Marine Regions",
            accuracy_m=3000.0,
        )
        whole = shapely.set_precision(shapes[parent], 10.0**-DECIMALS)
        rings = shapely.get_exterior_ring(shapely.get_parts(whole))
        outer = [np.round(shapely.get_coordinates(ring), DECIMALS) for ring in rings]
        out.append(Overlay(row, whole, outer))
    return out


def overlays(shapes: Mapping[str, BaseGeometry], land: BaseGeometry) -> list[Overlay]:
    """All overlays, cut from the source's polygons (by zone id)."""
    return [
        _aves(shapes["eez-venezuela"], land),
        _essequibo(shapes["eez-guyana"]),
        _belize(shapes["eez-belize"]),
        _sapodilla(shapes["eez-belize"]),
        *_banks(shapes),
    ]
