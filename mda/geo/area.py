"""Area on the WGS84 ellipsoid, by pyproj: for what is published or compared with what is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

_GEOD = pyproj.Geod(ellps="WGS84")


def ring_area_m2(ring_deg: NDArray[np.float64]) -> float:
    """Square metres inside a ring of shape (n, 2), longitude and latitude in degrees.

    The edges are geodesics (Karney 2013); it makes no difference whether the ring is closed.

    >>> import numpy as np
    >>> degree = np.array([[-61.0, 15.0], [-60.0, 15.0], [-60.0, 16.0], [-61.0, 16.0]])
    >>> round(ring_area_m2(degree) / 1e6)
    11873
    """
    result: Any = _GEOD.polygon_area_perimeter(ring_deg[:, 0], ring_deg[:, 1])
    return abs(float(result[0]))
