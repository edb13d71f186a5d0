"""Where the edges of zones cross the southern borders of rows of cells.

With these sorted, "is an odd number of this zone's edges east of here" is a search in a short list.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mda.geo.kernel import lean
from mda.model.reports import F64, I64
from zones.grid import cell_at, crossing_deg
from zones.grid_edges import NO_EDGE, Shapes


class Crossings(NamedTuple):
    """Where the edges of each zone cross the southern borders of rows of cells."""

    first_row: I64
    """Shape (zones,): the first row that a zone's edges cross."""
    slot: I64
    """Shape (zones + 1,): row r of zone z is slot[z] + r - first_row[z]."""
    start: I64
    """Shape (slots + 1,)."""
    lon_deg: F64
    """Sorted within each row of each zone."""


def spread(counts: I64) -> tuple[I64, I64]:
    """For counts (3, 1): owners (0, 0, 0, 1) and ranks within the owner (0, 1, 2, 0)."""
    owner = np.repeat(np.arange(counts.size, dtype=np.int64), counts)
    start = np.cumsum(counts) - counts
    return owner, np.arange(owner.size, dtype=np.int64) - start[owner]


def group_offsets(counts: I64) -> I64:
    """Where each group starts, and the last ends: shape (groups + 1,)."""
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


@lean
def first_row_from(lat_deg: float) -> int:
    """The first row of cells whose southern border is at this latitude or north of it."""
    row = cell_at(-90.0, lat_deg)
    return row if row / 128.0 - 90.0 >= lat_deg else row + 1


@lean
def cross(shapes: Shapes, found: Crossings, filled: I64, fill: bool) -> None:
    """Count the crossings of each row of each zone in `filled`, or fill them in, in any order."""
    point = shapes.point
    for zone in range(shapes.start.size - 1):
        for k in range(shapes.start[zone], shapes.start[zone + 1]):
            if shapes.side[k] > NO_EDGE:
                a = first_row_from(min(point[k, 1], point[k + 1, 1]))
                b = first_row_from(max(point[k, 1], point[k + 1, 1]))
                for row in range(a, b):
                    slot = found.slot[zone] + row - found.first_row[zone]
                    if fill:
                        at = found.start[slot] + filled[slot]
                        found.lon_deg[at] = crossing_deg(point, k, row / 128.0 - 90.0)
                    filled[slot] += 1


@lean
def sort_rows(found: Crossings) -> None:
    """Sort each row's crossings, by insertion over ever smaller distances (Shell, 1959)."""
    lon = found.lon_deg
    for slot in range(found.start.size - 1):
        first, last = found.start[slot], found.start[slot + 1]
        gap = (last - first) // 2
        while gap > 0:
            for i in range(first + gap, last):
                value, j = lon[i], i
                while j >= first + gap and lon[j - gap] > value:
                    lon[j] = lon[j - gap]
                    j -= gap
                lon[j] = value
            gap //= 2


@lean
def is_odd_at(found: Crossings, zone: int, lon_deg: float, row: int) -> bool:
    """Whether a zone holds the point of this longitude on the southern border of a row."""
    slot = found.slot[zone] + row - found.first_row[zone]
    if slot < found.slot[zone] or slot >= found.slot[zone + 1]:
        return False
    low, high = found.start[slot], found.start[slot + 1]
    last = high
    while low < high:
        middle = (low + high) // 2
        if found.lon_deg[middle] > lon_deg:
            high = middle
        else:
            low = middle + 1
    return bool((last - low) & 1 == 1)


def crossings(shapes: Shapes) -> Crossings:
    """Every crossing of every zone."""
    zones = shapes.start.size - 1
    lat = [shapes.point[a:b, 1] for a, b in zip(shapes.start, shapes.start[1:], strict=False)]
    first = np.array([first_row_from(float(row.min())) for row in lat], dtype=np.int64)
    last = np.array([first_row_from(float(row.max())) for row in lat], dtype=np.int64)
    slot = group_offsets(last - first)
    blank = np.zeros(1, dtype=np.int64), np.empty(0)
    filled = np.zeros(int(slot[zones]), dtype=np.int64)
    cross(shapes, Crossings(first, slot, *blank), filled, False)
    start = group_offsets(filled)
    found = Crossings(first, slot, start, np.empty(int(start[-1])))
    filled[:] = 0
    cross(shapes, found, filled, True)
    sort_rows(found)
    return found
