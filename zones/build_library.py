"""Makes `zones/library/` from the shared data. Run it again whenever the sources change:

    python -m zones.build_library [SHARED_DATA_DIRECTORY]

What is written by hand and read here: `boundaries.csv`. Everything else in `zones/library/` but the
licence texts is written by this script. Sources and licences: `zones/library/NOTICE.md`.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from mda.errors import MdaError, ZoneError
from mda.geo.earth import geodesic_m
from mda.model.reports import F64
from zones.boundaries import Boundaries
from zones.build_overlays import overlays
from zones.build_places import write_places
from zones.index import LIBRARY, ZoneLibrary
from zones.records import STATUSES, Zone

ACCURACY_M = 3000.0
"""Design page region: outer limits are simplified, up to +- 3 km."""
MEASURED_M = {"eez-puerto-rico": 1100.0, "eez-united-states-virgin-islands": 1100.0}
"""Measured against NOAA's official lines: 0.6 nmi at 95 %."""
SOURCE = (
    "Flanders Marine Institute, Marine Regions (union of countries and EEZ v3, 2020), simplified to "
    "5 % of vertices by MazamaSpatialUtils; land removed with GSHHG 2.3.7 at full resolution"
)
LICENCE = "CC-BY-4.0 (Marine Regions) and LGPL-3.0-or-later (GSHHG coast)"
JOINT = {
    "joint-barbados-guyana": "Barbados–Guyana EEZ Cooperation Treaty of 2 December 2003: joint "
    "fisheries licensing and joint security arrangements (boundaries.com/bits.htm)",
    "joint-jamaica-colombia": "Jamaica–Colombia treaty of 1993: Joint Regime Area (Limits in the "
    "Seas 125)",
    "joint-dominican-republic-colombia": "Colombia–Dominican Republic treaty of 1978: joint area "
    "(Limits in the Seas)",
}
REMARKS = {
    "eez-venezuela": "The water around Aves Island is disputed (see disputed-aves).",
    "eez-guyana": "Venezuela claims the water off the Essequibo (see disputed-essequibo).",
    "eez-belize": "Guatemala claims part of it before the ICJ (see disputed-belize-guatemala); "
    "Honduras claims the Sapodilla Cayes. Territorial sea 3 nmi in the south (1992 Act).",
    "eez-bajo-nuevo-bank": "The United States also claims the bank (from memory).",
    "eez-serranilla-bank": "The United States also claims the bank (from memory).",
}



def zone_row(
    number: int, shapes: Sequence[Shape], limits: list[tuple[int, int, F64]], table: Boundaries
) -> dict[str, Any]:
    """The `[[zone]]` of a shape: names, claimants, status and basis from the boundary table."""
    shape = shapes[number]
    row: dict[str, Any] = {"id": shape.id, "kind": shape.kind}
    if shape.kind == "eez":
        row["name"] = f"{possessive(shape.names[0])} EEZ"
        status, basis = _single_basis(number, shapes, limits, table)
    elif shape.kind == "joint":
        row["name"] = f"joint zone of {joined(shape.names)}"
        status = "joint"
        basis = JOINT.get(shape.id, "joint regime in the source (Marine Regions)")
    else:
        row["name"] = f"overlapping claims of {joined(shape.names)}"
        status, basis = "disputed", "overlapping claim in the source (Marine Regions)"
    if shape.id in REMARKS:
        basis = f"{basis} {REMARKS[shape.id]}"
    row |= {
        "claimants": list(shape.names),
        "iso3": list(shape.iso3),
        "codes": list(shape.codes),
        "status": status,
        "basis": basis,
        "accuracy_m": MEASURED_M.get(shape.id, ACCURACY_M),
    }
    if shape.properties["clipped"]:
        row["note"] = "cut by the frame of the library"
    row["mrgid"] = shape.properties["MRGID"]
    return row


def _single_basis(
    number: int, shapes: Sequence[Shape], limits: list[tuple[int, int, F64]], table: Boundaries
) -> tuple[str, str]:
    """Status and basis of a plain EEZ: what is known of its line with each neighbour over 5 km."""
    length: dict[int, float] = {}
    for own, other, line in limits:
        if own == number and other >= 0:
            length[other] = length.get(other, 0.0) + line_length_m(line)
    words, agreed = [], True
    for other in sorted((o for o in length if length[o] > 5000.0), key=lambda o: -length[o]):
        known = table.between(_thin(shapes[number]), _thin(shapes[other]))
        if shapes[other].kind == "eez":
            phrase = known.phrase() if known else "no agreement known to us"
            same = set(shapes[number].codes) & set(shapes[other].codes)
            if known is None and same:
                continue
            agreed = agreed and known is not None and known.state == "in force"
        else:
            phrase, agreed = "overlapping claims", False
        words.append(f"{joined(shapes[other].names)}: {phrase}")
    text = "; ".join(words)
    basis = "200 nmi zone as Marine Regions draws it." + (f" Lines with {text}." if text else "")
    return ("agreed" if agreed and words and number_is_plain(shapes[number]) else "claimed"), basis


def number_is_plain(shape: Shape) -> bool:
    """Whether no remark tells of a dispute inside the shape."""
    return shape.id not in REMARKS


def _thin(shape: Shape) -> Zone:
    """Just enough of a zone for the boundary table."""
    return Zone(
        shape.id, "", shape.kind, shape.names, shape.iso3, shape.codes,
        STATUSES[-1], "", "", "", "", 1.0, "", "",
    )


def write_membership(shared: Path) -> None:
    """CARICOM and RSS members with their dates, from the shared region table."""
    with (shared / "region" / "caricom_members.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (LIBRARY / "caricom.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["name", "iso2", "iso3", "status", "caricom_since", "rss_since", "basis"])
        for row in rows:
            out.writerow(
                [row["name"], row["iso2"], row["iso3"], row["caricom_status"],
                 row["caricom_since"], row["rss_member_since"], "region table, SOURCES.md"]
            )


def write_drawing(shapes: Sequence[tuple[str, BaseGeometry]], tolerance_deg: float) -> None:
    """Simplified outlines for the page, neighbours simplified together where they tile."""
    library = ZoneLibrary.load()
    by_id = {zone.id: zone for zone in library.zones}
    plain = [s for s in shapes if by_id[s[0]].kind in ("eez", "overlap")]
    rest = [s for s in shapes if by_id[s[0]].kind not in ("eez", "overlap")]
    tiles = shapely.coverage_simplify([g for _, g in plain], tolerance_deg * 3.0)
    drawn = [(i, g) for (i, _), g in zip(plain, tiles, strict=True)]
    drawn += [(i, shapely.simplify(g, tolerance_deg)) for i, g in rest]
    features = []
    for zone_id, geometry in drawn:
        zone = by_id[zone_id]
        coarse = shapely.set_precision(_without_specks(geometry, tolerance_deg), 1e-3)
        body = json.loads(shapely.to_geojson(coarse))
        body["coordinates"] = json.loads(json.dumps(body["coordinates"]), parse_float=_three)
        features.append(
            {
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
                "geometry": body,
            }
        )
    write_geojson(LIBRARY / "drawing.geojson.gz", features, {"tolerance_deg": tolerance_deg})


def _three(text: str) -> float:
    return round(float(text), 3)


def _without_specks(geometry: BaseGeometry, tolerance_deg: float) -> BaseGeometry:
    """The polygon without islands and parts smaller than a few tolerances across."""
    least = (4.0 * tolerance_deg) ** 2
    parts = []
    for part in shapely.get_parts(geometry):
        holes = [h for h in part.interiors if shapely.Polygon(h).area >= least]
        if part.area >= least or len(shapely.get_parts(geometry)) == 1:
            parts.append(shapely.Polygon(part.exterior, holes))
    return shapely.MultiPolygon(parts)


def build(shared: Path) -> None:
    """Write the whole library. ZoneError where the shared data is not there."""
    source = shared / "zones" / "eez_caribbean.geojson.gz"
    if not source.exists():
        raise ZoneError(
            "the shared zone data is not here",
            where=source.name,
            do="give the shared data directory: python -m zones.build_library DIRECTORY",
        )
    table = Boundaries.load(LIBRARY / "boundaries.csv")
    shapes = read_shapes(source)
    land = read_land(shared)
    limits = limits_of(shapes, coast_tree(land))
    head = {"source": SOURCE, "licence": LICENCE, "date": "2020"}
    made = "Written by zones/build_library.py: change that, or the sources, not this file."
    write_geojson(
        LIBRARY / "eez.geojson.gz", (polygon_feature(s.id, s.geometry) for s in shapes), head
    )
    write_geojson(
        LIBRARY / "eez_limits.geojson.gz",
        (
            polygon_feature(
                f"limit-{n}",
                shapely.LineString(line),
                zone=shapes[own].id,
                beyond=shapes[other].id if other >= 0 else "",
            )
            for n, (own, other, line) in enumerate(limits)
        ),
        head,
    )
    write_toml(
        LIBRARY / "eez.toml",
        {
            "geometry": "eez.geojson.gz",
            "limits": "eez_limits.geojson.gz",
            "box": list(BOX),
            **head,
        },
        (zone_row(i, shapes, limits, table) for i in range(len(shapes))),
        made,
    )
    added = overlays({s.id: s.geometry for s in shapes}, land)
    write_geojson(
        LIBRARY / "disputed.geojson",
        (polygon_feature(o.row["id"], o.geometry) for o in added),
        head,
    )
    write_geojson(
        LIBRARY / "disputed_limits.geojson",
        (
            polygon_feature(f"limit-{o.row['id']}", o.limit, zone=o.row["id"], beyond="")
            for o in added
        ),
        head,
    )
    write_toml(
        LIBRARY / "disputed.toml",
        {
            "geometry": "disputed.geojson",
            "limits": "disputed_limits.geojson",
            **head,
        },
        (o.row for o in added),
        made,
    )
    write_membership(shared)
    write_places(shared, LIBRARY / "places.csv")
    both = [(s.id, s.geometry) for s in shapes] + [(str(o.row["id"]), o.geometry) for o in added]
    write_drawing(both, 0.005)


def main() -> int:
    """Entry point: exit code 0, or 1 with one line on what is wrong."""
    here = Path(__file__).resolve().parent.parent
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "shared" / "data"
    try:
        build(shared)
    except MdaError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
