"""Makes `zones/library/` from the shared data. Run it again whenever the sources change:

    python -m zones.build_library [SHARED_DATA_DIRECTORY]

What is written by hand and read here: `boundaries.csv`, `breadths.csv`, `islets.csv` and
`places_by_hand.csv`. Everything else in `zones/library/` but the licence texts is written by this
script, byte for byte the same from the same sources. Sources and licences:
`zones/library/NOTICE.md`.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from mda.errors import MdaError, ZoneError
from zones.boundaries import Boundaries
from zones.build_belts import Belt, belts, false_islets
from zones.build_files import polygon_feature, write_geojson, write_toml
from zones.build_overlays import Overlay, overlays
from zones.build_places import write_places
from zones.build_rules import SOURCE as RULES_SOURCE
from zones.build_rules import exclusions
from zones.build_seas import ACCURACY_M as SEAS_ACCURACY_M
from zones.build_seas import SOURCE as SEAS_SOURCE
from zones.build_seas import seas
from zones.build_shapes import (
    DECIMALS,
    limits_of,
    read_land,
    read_shapes,
    segment_tree,
    without_false_islets,
)
from zones.build_us_lines import between_us_and_bahamas, official_lines, recut
from zones.build_waters import HEAD, LICENCE, MADE, write_waters
from zones.build_yardsticks import write_yardsticks
from zones.check_yardsticks import YARDSTICKS
from zones.drawing import DRAWING, TOLERANCE_DEG, simplified
from zones.index import LIBRARY, ZoneLibrary

BELT_HEAD = {
    "source": "GSHHG 2.3.7 coast at full resolution, widened on the ellipsoid by this project; cut "
    "to the waters of Marine Regions (union of countries and EEZ v3, 2020); breadths: breadths.csv",
    "licence": LICENCE,
    "date": "2026-11",
    "rest": "borrowed",
}
Say = Callable[[str], None]
"""Where progress is told."""


def write_membership(shared: Path, folder: Path) -> None:
    """CARICOM and RSS members with their dates, from the shared region table."""
    with (shared / "region" / "caricom_members.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (folder / "caricom.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["name", "iso2", "iso3", "status", "caricom_since", "rss_since", "basis"])
        for row in rows:
            out.writerow(
                [
                    row["name"],
                    row["iso2"],
                    row["iso3"],
                    row["caricom_status"],
                    row["caricom_since"],
                    row["rss_member_since"],
                    "region table, SOURCES.md",
                ]
            )


def write_drawing(folder: Path) -> None:
    """Simplified outlines for the page, of the library as it now stands."""
    data = simplified(ZoneLibrary.load(folder), TOLERANCE_DEG)
    (folder / DRAWING).write_bytes(gzip.compress(data, 9, mtime=0))


def write_overlays(folder: Path, added: list[Overlay]) -> None:
    """The disputed overlays: shapes, their own lines, records."""
    write_geojson(
        folder / "disputed.geojson.gz",
        (polygon_feature(o.row["id"], o.geometry) for o in added),
        HEAD,
    )
    write_geojson(
        folder / "disputed_limits.geojson",
        (
            polygon_feature(
                f"limit-{o.row['id']}",
                shapely.MultiLineString(o.limit),
                zone=o.row["id"],
                beyond="",
            )
            for o in added
            if o.limit
        ),
        HEAD,
    )
    write_toml(
        folder / "disputed.toml",
        {
            "geometry": "disputed.geojson.gz",
            "limits": "disputed_limits.geojson",
            "rest": "borrowed",
            **HEAD,
        },
        (o.row for o in added),
        MADE,
    )


def write_belts(folder: Path, drawn: list[Belt]) -> None:
    """Territorial seas and contiguous zones: shapes, limits, records."""
    head = {k: v for k, v in BELT_HEAD.items() if k != "rest"}
    write_geojson(
        folder / "belts.geojson.gz",
        (polygon_feature(b.row["id"], b.geometry) for b in drawn),
        head,
    )
    write_geojson(
        folder / "belts_limits.geojson.gz",
        (
            polygon_feature(
                f"{b.row['id']}-{n}",
                shapely.LineString(np.round(line, DECIMALS)),
                zone=b.row["id"],
                beyond=beyond,
            )
            for b in drawn
            for n, (beyond, line) in enumerate(b.limits)
        ),
        head,
    )
    files = {"geometry": "belts.geojson.gz", "limits": "belts_limits.geojson.gz"}
    write_toml(folder / "belts.toml", files | BELT_HEAD, (b.row for b in drawn), MADE)


def write_plain(
    folder: Path, name: str, drawn: Iterable[tuple[dict[str, Any], BaseGeometry]],
    head: dict[str, Any],
) -> None:  # fmt: skip
    """A collection of shapes none of whose edges is coast: seas, rules."""
    rows = list(drawn)
    shapes = (polygon_feature(row["id"], shape) for row, shape in rows)
    write_geojson(folder / f"{name}.geojson.gz", shapes, {"source": head["source"]})
    files = {"geometry": f"{name}.geojson.gz", "rest": "borrowed"}
    write_toml(folder / f"{name}.toml", files | head, (row for row, _ in rows), MADE)


def write_names_and_rules(shared: Path, folder: Path) -> None:
    """The named seas and the exclusion areas."""
    head = {"source": SEAS_SOURCE, "licence": "public domain", "date": "2017"}
    write_plain(folder, "seas", seas(shared), head | {"accuracy_m": SEAS_ACCURACY_M})
    head = {"source": RULES_SOURCE, "licence": "facts; Apache-2.0", "date": "2026-11"}
    write_plain(folder, "rules", exclusions(shared), head)


def build(shared: Path, folder: Path = LIBRARY, say: Say = lambda _: None) -> None:
    """Write the whole library. ZoneError where the shared data is not there."""
    source = shared / "zones" / "eez_caribbean.geojson.gz"
    if not source.exists():
        raise ZoneError(
            "the shared zone data is not here",
            where=source.name,
            do="give the shared data directory: python -m zones.build_library DIRECTORY",
        )
    say("reading polygons and coast")
    table = Boundaries.load(folder / "boundaries.csv")
    lines = official_lines(shared)
    shapes = without_false_islets(read_shapes(source), false_islets(folder / "islets.csv"))
    shapes = recut(shapes, lines)
    land = read_land(shared)
    known = segment_tree(land)
    say("limits of the waters")
    write_waters(folder, shapes, limits_of(shapes, known), table)
    say("disputed overlays")
    waters = {s.id: s.geometry for s in shapes}
    added = [*overlays(waters, land), *between_us_and_bahamas(waters, lines)]
    write_overlays(folder, added)
    say("seas, rules, members, places, yardsticks")
    write_names_and_rules(shared, folder)
    write_membership(shared, folder)
    write_places(shared, folder / "places_by_hand.csv", folder / "places.csv")
    write_yardsticks(shared, folder / YARDSTICKS.name)
    drawn: list[Belt] = []
    for belt in belts(shapes, land, known, added, folder):
        say(f"belt {len(drawn) + 1}: {belt.row['id']}")
        drawn.append(belt)
    write_belts(folder, drawn)
    say("drawing")
    write_drawing(folder)


def main() -> int:
    """Entry point: exit code 0, or 1 with one line on what is wrong."""
    here = Path(__file__).resolve().parent.parent
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "shared" / "data"
    try:
        build(shared, say=lambda line: print(line, file=sys.stderr, flush=True))
    except MdaError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
