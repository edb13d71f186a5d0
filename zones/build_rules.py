"""Water in which something is asked of a ship: the exclusion areas about Guyana's FPSOs.

Their positions are known to 10 to 20 km only (region table, from memory): the circles say how large
the area is, `accuracy_m` how badly it is placed.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from mda.errors import ZoneError
from mda.geo.distance import project_deg
from zones.build_shapes import slug

AREA_M2 = 11e6
"""The published size of the area about the Liza Destiny during its installation."""
POINTS = 72
SOURCE = "region table of places where waiting is normal"
FIRST_OIL = {
    "liza-destiny": "2019-12-20",
    "liza-unity": "2022-02-11",
    "prosperity": "2023-11-14",
    "one-guyana": "2025-08-08",
}
"""From memory. A vessel lies in place some months before."""


def _accuracy_m(basis: str, where: str) -> float:
    found = re.search(r"\+/- (\d+) km", basis)
    if found is None:
        raise ZoneError(f"the basis {basis!r} does not say how well it is placed", where=where)
    return 1000.0 * float(found.group(1))


def exclusions(shared: Path) -> Iterator[tuple[dict[str, Any], BaseGeometry]]:
    """A `[[zone]]` row and a circle of the published area for every FPSO of the region table."""
    path = shared / "region" / "loitering_legit.csv"
    radius_m = math.sqrt(AREA_M2 / math.pi)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if "FPSO" in row["ship_types"].split(";")]
    for row in rows:
        vessel = row["name"].split(" FPSO")[0]
        centre = float(row["lon"]), float(row["lat"])
        turns = np.linspace(0.0, 360.0, POINTS, endpoint=False)
        ring = [project_deg(*centre, float(turn), radius_m) for turn in turns]
        yield (
            {
                "id": f"exclusion-{slug(vessel)}",
                "name": f"exclusion area of the FPSO {vessel}",
                "kind": "exclusion",
                "claimants": ["Guyana"],
                "iso3": ["GUY"],
                "codes": ["GY"],
                "status": "claimed",
                "basis": "Safety and exclusion area about an offshore installation; about 11 km2 "
                "during installation, drawn as a circle of that size. Notices to mariners go "
                "before. The water is claimed by Venezuela too (see disputed-essequibo).",
                "note": f"{row['why']}. Valid from first oil, the day from memory.",
                "source": f"{SOURCE}: {row['basis']}",
                "accuracy_m": _accuracy_m(row["basis"], path.name),
                "outline": "approximate",
                "valid_from": FIRST_OIL.get(slug(vessel), ""),
            },
            shapely.Polygon(ring),
        )
