"""Reading the source's polygons for the build, and telling their limits from their coast."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from mda.geo.distance import geodesic_m
from mda.model.reports import F64

BOX = (-100.0, 0.0, -45.0, 35.0)
DECIMALS = 5
"""1e-5 degree is about a metre, far below any accuracy_m."""
COAST_TOLERANCE_DEG = 3e-5
"""An edge whose middle lies this near the GSHHG coast is coast: three units of the last decimal."""
NAMES = {
    "Bahamas": "The Bahamas",
    "Collectivity of Saint Martin": "Saint-Martin",
    "Galapagos": "Galápagos",
}
SWAPPED = {"Quitasueño Bank": "Serrana Bank", "Serrana Bank": "Quitasueño Bank"}
"""The source names these two the wrong way round: Serrana's cays stand at 14.3 N 80.3 W."""
BANK = " Bank"
"""Ends the names of territories that are a state's banks, not territories with a name in law."""
CODES: dict[str, tuple[str, ...]] = {
    "AIA": ("AI", "GB"),
    "ATG": ("AG",),
    "ABW": ("AW", "NL"),
    "BHS": ("BS",),
    "BRB": ("BB",),
    "BLZ": ("BZ",),
    "BMU": ("BM", "GB"),
    "BES": ("BQ", "NL"),
    "BRA": ("BR",),
    "VGB": ("VG", "GB"),
    "CYM": ("KY", "GB"),
    "COL": ("CO",),
    "CRI": ("CR",),
    "CUB": ("CU",),
    "CUW": ("CW", "NL"),
    "HTI": ("HT",),
    "PRI": ("PR", "US"),
    "GUY": ("GY",),
    "VEN": ("VE",),
    "DMA": ("DM",),
    "DOM": ("DO",),
    "ECU": ("EC",),
    "SLV": ("SV",),
    "GUF": ("GF", "FR"),
    "GRD": ("GD",),
    "GLP": ("GP", "FR"),
    "GTM": ("GT",),
    "HND": ("HN",),
    "JAM": ("JM",),
    "MTQ": ("MQ", "FR"),
    "MEX": ("MX",),
    "MSR": ("MS", "GB"),
    "NIC": ("NI",),
    "PAN": ("PA",),
    "KNA": ("KN",),
    "LCA": ("LC",),
    "VCT": ("VC",),
    "BLM": ("BL", "FR"),
    "MAF": ("MF", "FR"),
    "SXM": ("SX", "NL"),
    "SUR": ("SR",),
    "TTO": ("TT",),
    "TCA": ("TC", "GB"),
    "USA": ("US",),
    "VIR": ("VI", "US"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One polygon of the source with its names."""

    id: str
    kind: str
    names: tuple[str, ...]
    codes: tuple[str, ...]
    iso3: tuple[str, ...]
    properties: dict[str, Any]
    geometry: BaseGeometry
    claimants: tuple[str, ...] = ()
    """Who claims it; its names, but for a bank, which claims nothing."""


def slug(name: str) -> str:
    """A name in small letters, digits and hyphens.

    >>> slug("Saint-Barthélemy"), slug("Curaçao")
    ('saint-barthelemy', 'curacao')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def read_shapes(path: Path) -> list[Shape]:
    """The source's polygons, named by TERRITORY1-3: its GEONAME "Dominican" means Dominica."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        body = json.load(file)
    iso_of = {f["properties"]["TERRITORY1"]: f["properties"]["ISO_TER1"] for f in body["features"]}
    shapes: list[Shape] = []
    for feature in body["features"]:
        row = feature["properties"]
        kind = {"200NM": "eez", "Joint regime": "joint"}.get(row["POL_TYPE"], "overlap")
        territories = [row[f"TERRITORY{i}"] for i in (1, 2, 3) if row[f"TERRITORY{i}"]]
        iso3 = tuple(dict.fromkeys(iso_of[t] for t in territories))
        names = tuple(NAMES.get(t, SWAPPED.get(t, t)) for t in territories)
        bank = names[0].endswith(BANK)
        geometry = shapely.set_precision(
            shapely.geometry.shape(feature["geometry"]), 10.0**-DECIMALS
        )
        shapes.append(
            Shape(
                id="-".join([kind, *map(slug, names)]),
                kind=kind,
                names=names,
                codes=tuple(dict.fromkeys(c for i in iso3 for c in CODES[i])),
                iso3=iso3,
                properties=row,
                geometry=geometry,
                claimants=(row["SOVEREIGN1"],) if bank else names,
            )
        )
    return sorted(shapes, key=lambda s: s.id)


def without_false_islets(shapes: Sequence[Shape], frames: dict[str, BaseGeometry]) -> list[Shape]:
    """The shapes without those holes (islets of the coast file) that lie in a frame, by zone."""
    out: list[Shape] = []
    for shape in shapes:
        if shape.id in frames:
            parts = [
                shapely.Polygon(
                    p.exterior,
                    [r for r in p.interiors if not frames[shape.id].contains(shapely.Polygon(r))],
                )
                for p in shapely.get_parts(shape.geometry)
            ]
            out.append(replace(shape, geometry=shapely.MultiPolygon(parts)))
        else:
            out.append(shape)
    return out


def _ring_lines(geometry: BaseGeometry) -> Sequence[BaseGeometry]:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return [ring for part in parts for ring in shapely.get_rings(part)]


def rings_of(geometry: BaseGeometry) -> list[F64]:
    """All rings of a (multi)polygon, rounded as they are written."""
    return [np.round(shapely.get_coordinates(r), DECIMALS) for r in _ring_lines(geometry)]


def read_land(shared: Path) -> BaseGeometry:
    """The GSHHG land polygons, full resolution."""
    with gzip.open(shared / "coast" / "gshhg_f_land_L1.geojson.gz", "rt", encoding="utf-8") as f:
        return shapely.from_geojson(f.read())


def segment_tree(geometry: BaseGeometry) -> shapely.STRtree:
    """The edges of polygons, searchable."""
    rings = [shapely.get_coordinates(r) for r in _ring_lines(geometry)]
    pairs = np.concatenate([np.stack((r[:-1], r[1:]), axis=1) for r in rings])
    return shapely.STRtree(list(shapely.get_parts(shapely.linestrings(pairs))))


def limit_edges(
    geometry: BaseGeometry, known: shapely.STRtree, tolerance_deg: float = COAST_TOLERANCE_DEG
) -> list[F64]:
    """Stretches (n, 2) of the rings that are neither known edges (coast) nor the box's frame."""
    return _stretches(geometry, known, tolerance_deg, near=False)


def coast_edges(geometry: BaseGeometry, known: shapely.STRtree) -> list[F64]:
    """Stretches (n, 2) of the rings that run along known edges (the coast)."""
    return _stretches(geometry, known, COAST_TOLERANCE_DEG, near=True)


def _stretches(
    geometry: BaseGeometry, known: shapely.STRtree, tolerance_deg: float, *, near: bool
) -> list[F64]:
    stretches: list[F64] = []
    for ring in rings_of(geometry):
        a, b = ring[:-1], ring[1:]
        points = shapely.points((a + b) / 2.0)
        hit = known.query(points, predicate="dwithin", distance=tolerance_deg)[0]
        wanted = np.full(len(a), not near)
        wanted[hit] = near
        for axis, edge in ((0, BOX[0]), (0, BOX[2]), (1, BOX[1]), (1, BOX[3])):
            wanted &= ~((a[:, axis] == edge) & (b[:, axis] == edge))
        runs = np.split(np.arange(len(a)), np.nonzero(np.diff(wanted.astype(int)))[0] + 1)
        stretches.extend(ring[run[0] : run[-1] + 2] for run in runs if wanted[run[0]])
    return stretches


def beyond(stretch: F64, own: int, tree: shapely.STRtree, over: frozenset[int]) -> list[int]:
    """For each edge of a stretch the number of the zone on its other side, -1 for none.

    Probes the water at 0.5, 1, 2 and 4 km either side of the edge's middle: lines of neighbours are
    simplified one by one and leave slivers. Zones that may lie over others (`over`: joint zones)
    count only where the probe has left the zone itself, and after the others.
    """
    a, b = stretch[:-1], stretch[1:]
    middle = (a + b) / 2.0
    shrink = np.cos(np.radians(middle[:, 1]))
    along = (b - a) * np.stack((shrink, np.ones_like(shrink)), axis=1)
    length = np.maximum(1e-12, np.hypot(along[:, 0], along[:, 1]))
    across = np.stack((-along[:, 1] / shrink, along[:, 0]), axis=1) / length[:, None]
    found = np.full(len(a), -1)
    lying_over = np.full(len(a), -1)
    for metres in (500.0, 1000.0, 2000.0, 4000.0):
        for sign in (1.0, -1.0):
            probe = shapely.points(middle + sign * across * metres / 111_000.0)
            edge, zone = tree.query(probe, predicate="within")
            at_home = set(edge[zone == own].tolist())
            for i, z in zip(edge.tolist(), zone.tolist(), strict=True):
                if z in over and z != own and i not in at_home and lying_over[i] < 0:
                    lying_over[i] = z
                elif z not in over and z != own and found[i] < 0:
                    found[i] = z
    return [int(f) for f in np.where(found < 0, lying_over, found)]


def line_length_m(line: F64) -> float:
    """Geodesic length of a line."""
    return sum(geodesic_m(*a, *b) for a, b in pairwise(line.tolist()))


def limits_of(shapes: Sequence[Shape], coast: shapely.STRtree) -> list[tuple[int, int, F64]]:
    """(zone, zone beyond or -1, line) of every stretch of limit of every shape."""
    geometries = [s.geometry for s in shapes]
    for geometry in geometries:
        shapely.prepare(geometry)
    tree = shapely.STRtree(geometries)
    over = frozenset(i for i, s in enumerate(shapes) if s.kind == "joint")
    out: list[tuple[int, int, F64]] = []
    for own, shape in enumerate(shapes):
        for stretch in limit_edges(shape.geometry, coast):
            sides = beyond(stretch, own, tree, over)
            cuts = [0, *(np.nonzero(np.diff(sides))[0] + 1).tolist(), len(sides)]
            for start, end in pairwise(cuts):
                out.append((own, sides[start], stretch[start : end + 1]))
    return out
