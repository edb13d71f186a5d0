"""The records of the source's waters: names, claimants, status and basis of every EEZ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely

from mda.model.reports import F64
from zones.boundaries import Boundaries
from zones.build_files import polygon_feature, write_geojson, write_toml
from zones.build_shapes import BOX, Shape, line_length_m
from zones.records import STATUSES, Zone

ACCURACY_M = 3000.0
"""Design page region: outer limits are simplified, up to +- 3 km."""
MEASURED_M = {"eez-puerto-rico": 1100.0, "eez-united-states-virgin-islands": 1100.0}
"""Measured against NOAA's official lines: 0.6 nmi at 95 %."""
SOURCE = (
    "Flanders Marine Institute, Marine Regions (union of countries and EEZ v3, 2020), simplified "
    "to 5 % of vertices by MazamaSpatialUtils; land removed with GSHHG 2.3.7 at full resolution"
)
LICENCE = "CC-BY-4.0 (Marine Regions) and LGPL-3.0-or-later (GSHHG coast)"
HEAD = {"source": SOURCE, "licence": LICENCE, "date": "2020"}
MADE = "Written by zones/build_library.py: change that, or the sources, not this file."
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
    "eez-bajo-nuevo-bank": "Other states claim the bank (see disputed-bajo-nuevo-bank).",
    "eez-serranilla-bank": "Other states claim the bank (see disputed-serranilla-bank).",
    "eez-quitasueno-bank": "The source calls it Serrana: the two names were put right.",
    "eez-serrana-bank": "The source calls it Quitasueno: the two names were put right.",
}


def possessive(name: str) -> str:
    """The name with its genitive ending.

    >>> possessive("Dominica"), possessive("Barbados")
    ("Dominica's", "Barbados'")
    """
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def joined(names: Sequence[str]) -> str:
    """A, B and C."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def zone_row(
    number: int, shapes: Sequence[Shape], limits: list[tuple[int, int, F64]], table: Boundaries
) -> dict[str, Any]:
    """The `[[zone]]` of a shape: names, claimants, status and basis from the boundary table."""
    shape = shapes[number]
    row: dict[str, Any] = {"id": shape.id, "kind": shape.kind}
    if shape.kind == "eez":
        row["name"] = f"{possessive(shape.names[0])} EEZ"
        if shape.claimants != shape.names:
            row["name"] = f"{possessive(joined(shape.claimants))} water about {shape.names[0]}"
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
        "claimants": list(shape.claimants),
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
        elif shapes[other].kind == "joint":
            phrase = "a joint zone"
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
        shape.id,
        "",
        shape.kind,
        shape.names,
        shape.iso3,
        shape.codes,
        STATUSES[-1],
        "",
        "",
        "",
        "",
        1.0,
        "",
        "",
    )


def write_waters(
    folder: Path, shapes: list[Shape], limits: list[tuple[int, int, F64]], table: Boundaries
) -> None:
    """The zones of the source: shapes, limits, records."""
    write_geojson(
        folder / "eez.geojson.gz", (polygon_feature(s.id, s.geometry) for s in shapes), HEAD
    )
    write_geojson(
        folder / "eez_limits.geojson.gz",
        (
            polygon_feature(
                f"limit-{n}",
                shapely.LineString(line),
                zone=shapes[own].id,
                beyond=shapes[other].id if other >= 0 else "",
            )
            for n, (own, other, line) in enumerate(limits)
        ),
        HEAD,
    )
    write_toml(
        folder / "eez.toml",
        {
            "geometry": "eez.geojson.gz",
            "limits": "eez_limits.geojson.gz",
            "box": list(BOX),
            **HEAD,
        },
        (zone_row(i, shapes, limits, table) for i in range(len(shapes))),
        MADE,
    )
