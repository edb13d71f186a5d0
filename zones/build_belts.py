"""The belts along the coasts: territorial sea and contiguous zone of every territory.

*Definition.* A belt is the water within its breadth (`breadths.csv`) of any coast of the same state
(`zones.build_offset`), cut to the territory's own water as Marine Regions draws it, so that the
line with a neighbour is that of the EEZs. Where our overlays or the source's overlapping claims say
that the water is disputed, the belt there is a zone of its own that lists every claimant.
*What it cannot see.* Baselines: measured is from the coast of GSHHG. A state that measures from
straight or archipelagic baselines reaches further out; no coordinates of such baselines are among
our sources.
*Landward.* The belts reach 200 to 400 m into the land (`dry`): the coast itself belongs to the EEZ
polygons, and a ship at a berth that our coast puts on land is still in the territorial sea.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from mda.errors import ZoneError
from mda.model.reports import F64
from mda.units import M_PER_NMI
from zones.build_offset import GRID_DEG, reaches
from zones.build_overlays import Overlay
from zones.build_shapes import BOX, Shape, coast_edges, limit_edges, segment_tree, slug

SHRUNK_DEG, DRY_TOLERANCE_DEG, LANDWARD_DEG = 0.002, 0.001, 0.004
"""Land is taken this much smaller, then simplified so far; water reaches this far inland."""
LEAST_DEG2 = 2e-5
"""Parts and holes below a quarter of a square kilometre are slivers or islets."""
ON_LINE_DEG, NEIGHBOUR_DEG = 3e-5, 0.005
BASELINES = ("normal", "straight", "archipelagic")
ACCURACY_M = {"territorial": 800.0, "contiguous": 1400.0}
"""95 % against NOAA's official 12 and 24 nmi lines about Puerto Rico and the US Virgin Islands."""
UNKNOWN_BASELINE_M = 3000.0
"""For belts that the state measures from lines we do not have: a guess."""
NAMES = {"territorial": "territorial sea", "contiguous": "contiguous zone"}
Points = np.ndarray[tuple[int], np.dtype[np.object_]]
UNDISPUTED = ("disputed-aves",)
"""Nobody denies Aves its 12 nmi: the dispute is about the water beyond."""
WHOLE = ("eez-quitasueno-bank",)
"""Drawn in the source as the 12 nmi of a bank that has no coast of its own in GSHHG."""
CLAIMED_ISLAND = {
    "overlap-haiti-united-states-jamaica": (
        "navassa-island", "Navassa Island", ("Haiti", "United States"), ("HTI", "USA"),
        ("HT", "US"),
    )
}  # fmt: skip
"""Islands inside overlapping claims: who claims the island (region table of boundaries)."""


@dataclass(frozen=True, slots=True)
class Breadth:
    """A row of `breadths.csv`: who measures what belt, how wide, where and on which act."""

    iso3: str
    belt: str
    breadth_nmi: float
    baseline: str
    window: BaseGeometry | None
    act: str
    read: str
    source: str


@dataclass(frozen=True, slots=True)
class Belt:
    """A `[[zone]]` row, its shape, and its limits: (zone beyond or "", line)."""

    row: dict[str, Any]
    geometry: BaseGeometry
    limits: list[tuple[str, F64]]


def read_breadths(path: Path) -> list[Breadth]:
    """The table of breadths; ZoneError where a row cannot be used."""
    out: list[Breadth] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            frame = [row[f"{side}_deg"] for side in ("west", "south", "east", "north")]
            known = row["belt"] in NAMES and row["baseline"] in BASELINES
            if not known or row["read"] not in ("source", "memory"):
                raise ZoneError(f"{row['iso3']}: unknown belt, baseline or read", where=path.name)
            window = _frame(frame) if all(frame) else None
            out.append(
                Breadth(
                    row["iso3"], row["belt"], float(row["breadth_nmi"]), row["baseline"], window,
                    row["act"], row["read"], row["source"],
                )
            )  # fmt: skip
    return out


def _frame(sides: Iterable[str]) -> BaseGeometry:
    """West, south, east and north as an area."""
    west, south, east, north = map(float, sides)
    return shapely.box(west, south, east, north)


def dry(land: BaseGeometry) -> BaseGeometry:
    """Land well inside the coast, with few points: a subset of the land."""
    shrunk = shapely.buffer(shapely.get_parts(land), -SHRUNK_DEG, quad_segs=2, join_style="mitre")
    parts = shapely.get_parts(shapely.simplify(shrunk, DRY_TOLERANCE_DEG))
    return shapely.MultiPolygon(list(parts[shapely.area(parts) > LEAST_DEG2]))


def polygons_of(geometry: BaseGeometry) -> list[shapely.Polygon]:
    """The polygons of a geometry, whatever lines and points an intersection left beside them."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return [part for part in parts if isinstance(part, shapely.Polygon)]


def _tidy(geometry: BaseGeometry) -> BaseGeometry:
    """Polygons without slivers and pinholes, on the library's grid."""
    out = []
    for part in polygons_of(geometry):
        if part.area > LEAST_DEG2:
            holes = [r for r in part.interiors if shapely.Polygon(r).area > LEAST_DEG2]
            out.append(shapely.Polygon(part.exterior, holes))
    return shapely.MultiPolygon(out)


class Waters:
    """The source's waters without their coast: each reaches a little into its own land."""

    def __init__(self, shapes: Sequence[Shape], land: BaseGeometry) -> None:
        self._shapes = list(shapes)
        self._of = {shape.id: shape.geometry for shape in shapes}
        self._tree = shapely.STRtree([s.geometry for s in shapes])
        self._dry = dry(land)
        self.inland = segment_tree(self._dry)

    def within(self, shape_id: str, reach: BaseGeometry) -> BaseGeometry:
        """The water of a shape inside a reach, over its coast onto the land, not over its lines."""
        own = shapely.intersection(self._of[shape_id], shapely.buffer(reach, 0.05))
        plain = shapely.simplify(own, LANDWARD_DEG / 8.0)
        wide = shapely.buffer(plain, LANDWARD_DEG, quad_segs=1, join_style="bevel")
        near = [self._shapes[i] for i in self._tree.query(reach)]
        others = [s.geometry for s in near if s.id != shape_id]
        wet = shapely.intersection(wide, reach, grid_size=GRID_DEG)
        ground = shapely.intersection(self._dry, shapely.box(*reach.bounds))
        for other in [*others, ground]:
            wet, cut = (shapely.MultiPolygon(polygons_of(g)) for g in (wet, other))
            wet = shapely.difference(wet, cut, grid_size=GRID_DEG)
        return _tidy(wet)

    def beyond(self, shape_id: str, points: Points) -> list[str | None]:
        """The shape next to each point other than the one named; None where none is near."""
        others = [s for s in self._shapes if s.id != shape_id]
        tree = shapely.STRtree([s.geometry for s in others])
        found: list[str | None] = [None] * len(points)
        which, hit = tree.query_nearest(points, max_distance=NEIGHBOUR_DEG, all_matches=False)
        for i, k in zip(which.tolist(), hit.tolist(), strict=True):
            found[i] = others[k].id
        return found


def read_islets(path: Path) -> list[dict[str, str]]:
    """`islets.csv`: islets that the coast file misses or (`replaces`, a frame) misplaces."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def false_islets(path: Path) -> dict[str, BaseGeometry]:
    """By zone: where the coast file draws an islet that stands elsewhere."""
    rows = [row for row in read_islets(path) if row["replaces"]]
    return {row["zone"]: _frame(row["replaces"].split()) for row in rows}


def coasts(shapes: Sequence[Shape], known: shapely.STRtree, islets: Path) -> dict[str, list[F64]]:
    """Coast by state (its two-letter code), with the islets that the coast file misses.

    The coast of an island inside overlapping claims goes by the id of that shape.
    """
    out: dict[str, list[F64]] = {}
    rows = read_islets(islets)
    for shape in shapes:
        lines = coast_edges(shape.geometry, known)
        for row in (r for r in rows if r["zone"] == shape.id):
            centre = shapely.Point(float(row["lon_deg"]), float(row["lat_deg"]))
            size_deg = float(row["radius_m"]) / 111_000.0
            lines.append(shapely.get_coordinates(centre.buffer(size_deg)))
        out.setdefault(shape.codes[-1] if shape.kind == "eez" else shape.id, []).extend(lines)
    return out


def _outlines(
    lines: Mapping[str, list[F64]], breadths: Sequence[Breadth], shapes: Sequence[Shape]
) -> Iterator[tuple[str, dict[float, BaseGeometry]]]:
    """Per state: what lies within each breadth that any of its territories claims."""
    for state in sorted(lines):
        iso3 = {i for s in shapes if s.codes[-1] == state for i in s.iso3}
        wanted = sorted({b.breadth_nmi for b in breadths if b.iso3 in iso3} or {12.0})
        found = reaches(lines[state], [w * M_PER_NMI for w in wanted])
        yield state, dict(zip(wanted, found, strict=True))


def _reach(rows: Sequence[Breadth], of: Mapping[float, BaseGeometry]) -> BaseGeometry:
    """Where the rows of one belt reach, each in its own window."""
    parts = [
        shapely.intersection(of[r.breadth_nmi], r.window) if r.window else of[r.breadth_nmi]
        for r in rows
    ]
    return _in_box(shapely.union_all(parts))


def _in_box(geometry: BaseGeometry) -> BaseGeometry:
    return shapely.MultiPolygon(
        polygons_of(shapely.intersection(geometry, shapely.box(*BOX), grid_size=GRID_DEG))
    )


class _Drawer:
    """Draws the belts of one territory after the other."""

    def __init__(self, shapes: Sequence[Shape], waters: Waters, added: Sequence[Overlay]) -> None:
        self.shapes = shapes
        self.waters = waters
        mine = [o for o in added if o.row["id"] not in UNDISPUTED]
        self.added = sorted(mine, key=lambda o: float(o.geometry.area))
        self.taken: list[tuple[list[str], BaseGeometry]] = []
        self.overlaps = [s for s in shapes if s.kind == "overlap"]

    def belts(
        self, shape: Shape, rows: Sequence[Breadth], of: Mapping[float, BaseGeometry]
    ) -> Iterator[Belt]:
        """Territorial sea and contiguous zone of one plain EEZ, disputed parts apart."""
        inner: BaseGeometry = shapely.Polygon()
        before: list[tuple[str, BaseGeometry]] = []
        for belt in NAMES:
            mine = [r for r in rows if r.belt == belt]
            if not mine:
                continue
            reach = _reach(mine, of)
            here = reach if shape.id not in WHOLE else shapely.buffer(shape.geometry, 0.01)
            water = self.waters.within(shape.id, here)
            pieces = self._pieces(belt, shape, mine, water, reach)
            drawn: list[tuple[dict[str, Any], BaseGeometry]] = []
            for row, piece in pieces:
                cut = _tidy(shapely.difference(piece, inner, grid_size=GRID_DEG))
                cut = self._without_drawn(cut, row)
                if not cut.is_empty:
                    drawn.append((row, cut))
            siblings = before + [(row["id"], g) for row, g in drawn]
            for row, piece in drawn:
                yield self._belt(row, piece, shape.id, reach, siblings)
            whole = shapely.union_all([inner, *(g for _, g in pieces)], grid_size=GRID_DEG)
            inner = shapely.MultiPolygon(polygons_of(whole))
            before = [(row["id"], g) for row, g in drawn]

    def _without_drawn(self, piece: BaseGeometry, row: Mapping[str, Any]) -> BaseGeometry:
        """The piece less what another state's belt took of the shore at a land border."""
        for claimants, other in self.taken:
            if claimants != row["claimants"] and other.intersects(piece):
                piece = shapely.difference(piece, other, grid_size=GRID_DEG)
        piece = _tidy(piece)
        if row["status"] != "disputed":
            self.taken.append((row["claimants"], piece))
        return piece

    def _pieces(
        self, belt: str, shape: Shape, rows: Sequence[Breadth], water: BaseGeometry,
        reach: BaseGeometry,
    ) -> list[tuple[dict[str, Any], BaseGeometry]]:  # fmt: skip
        """The belt in undisputed water, and a piece for each dispute it reaches into."""
        out: list[tuple[dict[str, Any], BaseGeometry]] = []
        plain = water
        for overlay in self.added:
            if overlay.row["claimants"][0] == shape.claimants[0]:
                # Taken a little wider: the overlay ends at the coast, the belt does not.
                wide = shapely.buffer(overlay.geometry, LANDWARD_DEG, quad_segs=1)
                part = _tidy(shapely.intersection(plain, wide, grid_size=GRID_DEG))
                plain = _tidy(shapely.difference(plain, wide, grid_size=GRID_DEG))
                out.append((_row(belt, shape, rows, overlay.row), part))
        for other in self.overlaps:
            if set(shape.iso3) & set(other.iso3) and other.geometry.intersects(reach):
                claims = {"id": other.id, "claimants": list(other.names)}
                claims |= {"iso3": list(other.iso3), "codes": list(other.codes)}
                part = self.waters.within(other.id, reach)
                out.append((_row(belt, shape, rows, claims), part))
        return [(_row(belt, shape, rows, None), plain), *out]

    def island(self, shape: Shape, of: Mapping[float, BaseGeometry]) -> Belt:
        """The territorial sea of an island that lies in overlapping claims."""
        name, words, claimants, iso3, codes = CLAIMED_ISLAND[shape.id]
        reach = _in_box(of[12.0])
        row = {
            "id": f"territorial-{name}", "name": f"territorial sea of {words}",
            "kind": "territorial", "claimants": list(claimants), "iso3": list(iso3),
            "codes": list(codes), "status": "disputed",
            "basis": f"12 nmi from the coast of {words}, which each of these states claims.",
            "accuracy_m": ACCURACY_M["territorial"],
        }  # fmt: skip
        return self._belt(row, self.waters.within(shape.id, reach), shape.id, reach, [])

    def _belt(
        self, row: dict[str, Any], piece: BaseGeometry, shape_id: str, reach: BaseGeometry,
        siblings: Sequence[tuple[str, BaseGeometry]],
    ) -> Belt:  # fmt: skip
        """A piece with its limits: own breadth, a sibling's edge, or a neighbour's water."""
        limits: list[tuple[str, F64]] = []
        own = segment_tree(reach)
        others = [g for i, g in siblings if i != row["id"]]
        names = [i for i, _ in siblings if i != row["id"]]
        tree = shapely.STRtree(others)
        for stretch in limit_edges(piece, self.waters.inland):
            points: Points = np.asarray(shapely.points((stretch[:-1] + stretch[1:]) / 2.0))
            side: Points = np.empty(len(points), dtype=object)
            side[own.query(points, predicate="dwithin", distance=ON_LINE_DEG)[0]] = ""
            rest = np.nonzero(side != "")[0]
            side[rest] = np.array(self.waters.beyond(shape_id, points[rest]), dtype=object)
            if others:
                at, which = tree.query(points, predicate="dwithin", distance=ON_LINE_DEG)
                side[at] = np.array(names, dtype=object)[which]
            limits.extend(_runs(stretch, side.tolist()))
        return Belt(row, piece, limits)


def _runs(stretch: F64, side: Sequence[str | None]) -> Iterator[tuple[str, F64]]:
    """The stretch cut where the side changes; edges without a side are no limits."""
    start = 0
    for end in range(1, len(side) + 1):
        if end == len(side) or side[end] != side[start]:
            beyond = side[start]
            if beyond is not None:
                yield beyond, stretch[start : end + 1]
            start = end


def _row(
    belt: str, shape: Shape, rows: Sequence[Breadth], dispute: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The `[[zone]]` of a belt."""
    widths = ", ".join(f"{r.breadth_nmi:g}" for r in rows)
    acts = "; ".join(
        dict.fromkeys(r.act + (" (from memory)" if r.read == "memory" else "") for r in rows)
    )
    baseline = rows[0].baseline
    note = "" if baseline == "normal" else (
        f" The state measures from {baseline} baselines; ours is measured from the coast, as their "
        "coordinates are not among our sources: its own line lies further out."
    )  # fmt: skip
    words = f"{NAMES[belt]} of {shape.names[0]}"
    row: dict[str, Any] = {
        "id": f"{belt}-{slug(shape.names[0])}", "name": words, "kind": belt,
        "claimants": list(shape.claimants), "iso3": list(shape.iso3),
        "codes": list(shape.codes), "status": "claimed", "basis": f"{widths} nmi: {acts}.{note}",
        "accuracy_m": ACCURACY_M[belt] if baseline == "normal" else UNKNOWN_BASELINE_M,
    }  # fmt: skip
    read = "; ".join(dict.fromkeys(r.source for r in rows if r.source))
    if read:
        row["note"] = f"Breadth read in: {read}"
    if dispute:
        where = str(dispute["id"])
        if where != f"disputed-{slug(shape.names[0])}":
            row["id"] += f"-in-{where.removeprefix('disputed-')}"
        row["name"] = f"disputed {words} ({', '.join(dispute['claimants'])})"
        row["basis"] += f" The water is claimed by others too: see {where}."
        row |= {key: list(dispute[key]) for key in ("claimants", "iso3", "codes")}
        row["status"] = "disputed"
    return row


def belts(
    shapes: Sequence[Shape], land: BaseGeometry, known: shapely.STRtree, added: Sequence[Overlay],
    folder: Path,
) -> Iterator[Belt]:  # fmt: skip
    """Every belt, state by state. `known`: the edges of the land."""
    breadths = read_breadths(folder / "breadths.csv")
    drawer = _Drawer(shapes, Waters(shapes, land), added)
    lines = {k: v for k, v in coasts(shapes, known, folder / "islets.csv").items() if v}
    for state, of in _outlines(lines, breadths, shapes):
        for shape in shapes:
            if shape.id == state:
                yield drawer.island(shape, of)
            elif shape.kind == "eez" and shape.codes[-1] == state:
                rows = [b for b in breadths if b.iso3 in shape.iso3]
                yield from drawer.belts(shape, rows, of)
