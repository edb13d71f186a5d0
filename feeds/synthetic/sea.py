"""The sea as a raster: what is land, how far the shore is, how high the ground stands.

*Source.* Land and shore come from the zone library's coast. There is no terrain model in the house:
the ground rises from the shore by a slope up to a highest summit, both told by the scenario. That
gives steep islands and flat ones, and a shadow behind each; it gives no true mountain.
"""

from __future__ import annotations

from math import cos, inf, radians, sqrt
from typing import Final, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from mda.errors import ZoneError
from mda.geo.kernel import kernel
from mda.model.reports import F64

M_PER_DEG: Final = 111_195.0
"""Metres in a degree of latitude (mean earth radius 6,371 km, IUGG)."""
STEP_DEG: Final = 0.01
CHUNK_ROWS: Final = 64


class Coast(Protocol):
    """Who knows what is land: `zones.ZoneLibrary`, or a small stand-in of a test's own."""

    def on_land(self, lon_deg: F64, lat_deg: F64) -> NDArray[np.bool_]:
        """Whether each point lies on land."""
        ...

    def shores(self, lon_deg: F64, lat_deg: F64) -> F64:
        """Metres to the nearest coast, 0 on land."""
        ...


class Box(NamedTuple):
    """A region; the raster's frame."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float


class Sea(NamedTuple):
    """A raster of cells; row 0 is the southernmost, the centre of cell (0, 0) is the corner."""

    west_deg: float
    south_deg: float
    step_deg: float
    shore_m: F64
    """Metres from each cell to the shore: positive at sea, negative on land, shape (rows, n)."""

    @classmethod
    def of(cls, coast: Coast, box: Box, step_deg: float = STEP_DEG) -> Self:
        """The raster of a region. ZoneError: no sea in it."""
        columns = np.arange(box.west_deg, box.east_deg + step_deg / 2, step_deg)
        rows = np.arange(box.south_deg, box.north_deg + step_deg / 2, step_deg)
        shore = np.empty((rows.size, columns.size))
        for first in range(0, rows.size, CHUNK_ROWS):
            part = rows[first : first + CHUNK_ROWS]
            lon, lat = (grid.ravel() for grid in np.meshgrid(columns, part))
            dry = coast.on_land(lon, lat)
            metres = np.full(lon.size, -1.0)
            metres[~dry] = np.nan_to_num(coast.shores(lon[~dry], lat[~dry]), nan=200_000.0)
            shore[first : first + part.size] = metres.reshape(part.size, columns.size)
        if not (shore > 0.0).any():
            raise ZoneError("there is no sea in this region", where=str(tuple(box)))
        across_m = step_deg * M_PER_DEG * cos(radians(float(rows.mean())))
        inland_into(shore, across_m, step_deg * M_PER_DEG)
        return cls(box.west_deg, box.south_deg, step_deg, shore)

    def cell(self, lon_deg: float, lat_deg: float) -> tuple[int, int]:
        """Row and column of a point, held inside the raster."""
        row = round((lat_deg - self.south_deg) / self.step_deg)
        column = round((lon_deg - self.west_deg) / self.step_deg)
        rows, columns = self.shore_m.shape
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def place(self, row: int, column: int) -> tuple[float, float]:
        """Longitude and latitude of a cell's centre."""
        return self.west_deg + column * self.step_deg, self.south_deg + row * self.step_deg

    def holds(self, lon_deg: float, lat_deg: float) -> bool:
        """Whether a point lies in the region."""
        lon, lat = self.place(*self.cell(lon_deg, lat_deg))
        return abs(lon - lon_deg) <= self.step_deg and abs(lat - lat_deg) <= self.step_deg

    def shore_at(self, lon_deg: float, lat_deg: float) -> float:
        """Metres to the shore of the cell that holds a point, negative on land."""
        return float(self.shore_m[self.cell(lon_deg, lat_deg)])

    def ground_m(self, slope: float, summit_m: float) -> F64:
        """Height of the ground in each cell, 0 at sea."""
        return np.clip(-self.shore_m * slope, 0.0, summit_m)


@kernel
def inland_into(shore_m: F64, across_m: float, up_m: float) -> None:
    """Puts into land cells (negative) minus the metres to the nearest sea cell: a chamfer sweep."""
    rows, columns = shore_m.shape
    slant_m = sqrt(across_m * across_m + up_m * up_m)
    for row in range(rows):
        for column in range(columns):
            if shore_m[row, column] < 0.0:
                shore_m[row, column] = -inf
    for sweep in range(2):
        back = sweep == 1
        for i in range(rows):
            row = rows - 1 - i if back else i
            before = row + 1 if back else row - 1
            for j in range(columns):
                column = columns - 1 - j if back else j
                if shore_m[row, column] >= 0.0:
                    continue
                best = shore_m[row, column]
                beside = column + 1 if back else column - 1
                if 0 <= beside < columns:
                    best = max(best, min(0.0, shore_m[row, beside]) - across_m)
                if 0 <= before < rows:
                    best = max(best, min(0.0, shore_m[before, column]) - up_m)
                    for k in (column - 1, column + 1):
                        if 0 <= k < columns:
                            best = max(best, min(0.0, shore_m[before, k]) - slant_m)
                shore_m[row, column] = best
