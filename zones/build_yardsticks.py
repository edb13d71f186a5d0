"""Makes `zones/library/yardsticks/`: what others published, to hold our zones against.

    python -m zones.build_yardsticks [SHARED_DATA_DIRECTORY]

Written here: `areas.csv` (areas that Marine Regions published of its full-resolution polygons) and
`us_limits.geojson.gz` (official lines of the United States). Kept by hand beside them: `groups.csv`
(which lines measure which zones, and how far off is still good) and `explained.csv`.
Sources and licences: `zones/library/yardsticks/NOTICE.md`.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely

from mda.errors import MdaError, ZoneError
from zones.build_files import polygon_feature, write_geojson
from zones.build_shapes import read_shapes
from zones.check_yardsticks import AREAS, LINES, YARDSTICKS

HEAD = {
    "source": "NOAA Office of Coast Survey, U.S. Maritime Limits and Boundaries",
    "licence": "public domain (work of the United States government)",
}
FLAGS = {"TS": "territorial", "CZ": "contiguous", "EEZ": "eez"}
FLORIDA = ("B0113", "B0121", "B0132")
"""The belts of Florida and the Dry Tortugas; those of the northern Gulf are no Caribbean water."""


def _wanted(row: dict[str, Any]) -> bool:
    """Every line around Puerto Rico, every EEZ line of the box, and Florida's belts."""
    near = str(row["REGION"]).startswith("Puerto Rico")
    return near or row["EEZ"] == 1.0 or row["BOUND_ID"] in FLORIDA


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The official lines as the yardstick file has them, by their number."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    for feature in sorted(features, key=lambda f: str(f["properties"]["BOUND_ID"])):
        row = feature["properties"]
        if _wanted(row):
            yield polygon_feature(
                row["BOUND_ID"],
                shapely.geometry.shape(feature["geometry"]),
                kinds=[kind for flag, kind in FLAGS.items() if row[flag] == 1.0],
                boundary=row["FEAT_TYPE"] == "Maritime Boundary",
                unilateral=row["UNILATERAL"] == 1.0,
                authority=row["LEGAL_AUTH"],
                published=row["PUB_DATE"],
            )


def write_areas(shared: Path, folder: Path) -> None:
    """Areas in square kilometres that Marine Regions published with its EEZ version 10."""
    with (folder / AREAS).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["zone", "mrgid", "published_km2", "cut_by_frame"])
        for shape in read_shapes(shared / "zones" / "eez_caribbean.geojson.gz"):
            row = shape.properties
            out.writerow(
                [shape.id, row["MRGID"], f"{row['AREA_KM2_V10']:.1f}", int(row["clipped"])]
            )


def write_yardsticks(shared: Path, folder: Path = YARDSTICKS) -> None:
    """Both files. ZoneError where the shared data is not there."""
    official = shared / "zones" / "noaa_us_maritime_limits.geojson"
    if not official.exists():
        raise ZoneError(
            "the official US lines are not here",
            where=official.name,
            do="give the shared data directory: python -m zones.build_yardsticks DIRECTORY",
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_areas(shared, folder)
    write_geojson(folder / LINES, _lines(official), HEAD)


def main() -> int:
    """Entry point: exit code 0, or 1 with one line on what is wrong."""
    here = Path(__file__).resolve().parent.parent
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "shared" / "data"
    try:
        write_yardsticks(shared)
    except MdaError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
