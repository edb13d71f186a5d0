"""Which edges of an own water are limits: not those along a coast, and who lies beyond the rest.

An official EEZ or territorial sea ends at its state's own coast as well, and near that nobody is
less sure whose water it is. The index needs the lines told apart, as in the library's own files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from mda.model.reports import F64, I64
from zones.records import Zone

COAST_M = 1000.0
"""An edge that stays this near to our shore is coast: an official coastline and ours (GSHHG 2.3.7)
differ by some hundred metres; no limit of a sea runs so near but where it comes ashore."""
CLAIMS = ("waters", "belts")
Shores = Callable[[F64, F64], F64]
"""Metres from each point (lon, lat in degrees) to our shore, 0 on land, NaN where it is unknown."""
Bools = NDArray[np.bool_]


def needs_limits(zones: Sequence[Zone]) -> bool:
    """Whether any of the zones is a water that may end at a coast."""
    return any(zone.family in CLAIMS for zone in zones)


def write_limits(
    path: Path, zones: Sequence[Zone], shapes: Sequence[BaseGeometry], shores: Shores
) -> int:
    """GeoJSON lines of every zone's limits, each with the zone beyond (empty: none of this file).

    Returns how many edges are coast.
    """
    rings = [_rings(shape) for shape in shapes]
    owner = np.repeat(np.arange(len(zones)), [len(r) for r in rings])
    flat = [ring for each in rings for ring in each]
    edges = np.concatenate([np.hstack((ring[:-1], ring[1:])) for ring in flat])
    zone = np.repeat(owner, [len(ring) - 1 for ring in flat])
    beyond = _beyond(edges, zone)
    claims = np.array([z.family in CLAIMS for z in zones])[zone]
    coast = claims & (beyond < 0) & _along_shore(edges, shores)
    ids = [z.id for z in zones]
    lines: list[str] = []
    start = 0
    for ring in flat:
        here = slice(start, start + len(ring) - 1)
        start = here.stop
        for first, last, other in _runs(coast[here], beyond[here]):
            said = {"zone": ids[zone[here.start]], "beyond": ids[other] if other >= 0 else ""}
            # Written by what writes the shapes: an edge is found by the very digits of its ends.
            body = shapely.to_geojson(shapely.linestrings(ring[first : last + 1]))
            line = {"type": "Feature", "id": f"limit-{len(lines)}", "properties": said}
            lines.append(f'{json.dumps(line)[:-1]}, "geometry": {body}}}')
    head = '{"type": "FeatureCollection", "features": [\n'
    path.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="ascii")
    return int(coast.sum())


def _rings(shape: BaseGeometry) -> list[F64]:
    """Every ring of a (multi)polygon, (n, 2) each, as the index reads them."""
    return [
        np.asarray(shapely.get_coordinates(ring), dtype=np.float64)
        for part in shapely.get_parts(shape)
        for ring in shapely.get_rings(part)
    ]


def _beyond(edges: F64, zone: I64) -> I64:
    """For each edge the zone that has the same edge, either way round; -1 for none."""
    forth = edges[:, :2] < edges[:, 2:]
    swap = np.where(edges[:, 0] == edges[:, 2], ~forth[:, 1], ~forth[:, 0])
    plain = np.where(swap[:, None], edges[:, [2, 3, 0, 1]], edges)
    number = np.unique(plain, axis=0, return_inverse=True)[1].ravel()
    order = np.argsort(number, kind="stable")
    same = number[order][:-1] == number[order][1:]
    left, right = order[:-1][same], order[1:][same]
    other = np.full(len(edges), -1, dtype=np.int64)
    apart = zone[left] != zone[right]
    other[left[apart]] = zone[right[apart]]
    other[right[apart]] = zone[left[apart]]
    return other


def _along_shore(edges: F64, shores: Shores) -> Bools:
    """Edges whose two ends and middle lie near our shore."""
    near = np.ones(len(edges), dtype=np.bool_)
    for xy in (edges[:, :2], edges[:, 2:], (edges[:, :2] + edges[:, 2:]) / 2):
        rows = np.flatnonzero(near)
        metres = shores(np.ascontiguousarray(xy[rows, 0]), np.ascontiguousarray(xy[rows, 1]))
        near[rows] = metres < COAST_M
    return near


def _runs(coast: Bools, beyond: I64) -> list[tuple[int, int, int]]:
    """Stretches of a ring's edges that are limits with the same zone beyond: first, last, zone."""
    cuts = np.flatnonzero((np.diff(coast) != 0) | (np.diff(beyond) != 0)) + 1
    return [
        (int(stretch[0]), int(stretch[-1]) + 1, int(beyond[stretch[0]]))
        for stretch in np.split(np.arange(len(coast)), cuts)
        if not coast[stretch[0]]
    ]
