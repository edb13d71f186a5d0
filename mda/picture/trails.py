"""Where targets have been: one ring of thinned points for all of them, bounded in memory.

*Definition.* A point is kept when it is `picture.trail_step_s` later than the target's last kept
one and either `picture.trail_step_m` away from it or `picture.trail_still_s` later (a ship at
anchor needs few points, but enough that its trail shows no gap). Late points are kept by the same
time step.
The ring holds `picture.trail_rows` points; the oldest to arrive go first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.config import Config
from mda.geo.distance import distance_m
from mda.geo.kernel import kernel
from mda.model import State
from mda.model.reports import F64, I64, U64
from mda.units import microseconds

POINT = np.dtype([("key", "u8"), ("at_us", "i8"), ("lon", "i4"), ("lat", "i4")])
"""A kept point; degrees in 1e-7."""
LAST = np.dtype([("at_us", "i8"), ("lon_deg", "f8"), ("lat_deg", "f8")])
"""A target's last kept point."""
DEGREE = 1e7


@kernel
def thin(
    slot: I64,
    at_us: I64,
    lon_deg: F64,
    lat_deg: F64,
    last_at_us: I64,
    last_lon_deg: F64,
    last_lat_deg: F64,
    step_us: int,
    step_m: float,
    still_us: int,
) -> NDArray[np.bool_]:
    """Which points to keep, shape (n,); `last_*` (by slot) are moved on. Times in microseconds."""
    keep = np.zeros(slot.shape[0], dtype=np.bool_)
    for i in range(slot.shape[0]):
        s = slot[i]
        if last_at_us[s] == NO_TIME_US:
            keep[i] = True
        else:
            after_us = at_us[i] - last_at_us[s]
            if after_us < 0:
                keep[i] = -after_us >= step_us
                continue
            if after_us < step_us:
                continue
            apart_m = distance_m(last_lon_deg[s], last_lat_deg[s], lon_deg[i], lat_deg[i])
            keep[i] = apart_m >= step_m or after_us >= still_us
        if keep[i]:
            last_at_us[s] = at_us[i]
            last_lon_deg[s] = lon_deg[i]
            last_lat_deg[s] = lat_deg[i]
    return keep


class Trails:
    """The ring. Slots are the picture's; a point remembers its key, so slots may be reused."""

    def __init__(self, config: Config) -> None:
        self._step_us = microseconds(config.number("picture.trail_step_s"))
        self._step_m = config.number("picture.trail_step_m")
        self._still_us = microseconds(config.number("picture.trail_still_s"))
        self._most = config.integer("picture.trail_points")
        self._most_sent = config.integer("picture.trail_points_sent")
        self._ring_rows = config.integer("picture.trail_rows")
        self._ring = np.zeros(1024, POINT)
        self._written = 0
        self._last = _no_last(0)

    def resize(self, slots: int) -> None:
        """Make room for `slots` targets."""
        more = slots - len(self._last)
        if more > 0:
            self._last = np.concatenate([self._last, _no_last(more)])

    def reorder(self, slots: I64) -> None:
        """Keep only these slots, renumbered in the order given."""
        self._last = self._last[slots]

    def add(self, slot: I64, key: U64, at_us: I64, lon_deg: F64, lat_deg: F64) -> None:
        """Points of targets in time order (per target), thinned into the ring."""
        last = self._last
        last_at_us = np.ascontiguousarray(last["at_us"])
        last_lon_deg = np.ascontiguousarray(last["lon_deg"])
        last_lat_deg = np.ascontiguousarray(last["lat_deg"])
        keep = thin(
            slot,
            at_us,
            lon_deg,
            lat_deg,
            last_at_us,
            last_lon_deg,
            last_lat_deg,
            self._step_us,
            self._step_m,
            self._still_us,
        )
        last["at_us"], last["lon_deg"], last["lat_deg"] = last_at_us, last_lon_deg, last_lat_deg
        points = np.zeros(int(keep.sum()), POINT)
        points["key"], points["at_us"] = key[keep], at_us[keep]
        points["lon"] = np.round(lon_deg[keep] * DEGREE)
        points["lat"] = np.round(lat_deg[keep] * DEGREE)
        self._append(points[-self._ring_rows :])

    def _append(self, points: NDArray[np.void]) -> None:
        held = min(self._written, len(self._ring))
        if held + len(points) > len(self._ring) and len(self._ring) < self._ring_rows:
            rows = min(self._ring_rows, max(2 * len(self._ring), held + len(points)))
            grown = np.zeros(rows, POINT)
            grown[:held] = self._ring[:held]
            self._ring, self._written = grown, held
        at = (self._written + np.arange(len(points))) % len(self._ring)
        self._ring[at] = points
        self._written += len(points)

    def since(self, since_us: int, keys: U64) -> dict[int, list[tuple[int, float, float]]]:
        """(at_us, lon, lat) of each of `keys` after `since_us`, oldest first.

        At most `picture.trail_points` a target, the newest; where all together are more than
        `picture.trail_points_sent`, every target gives up its oldest alike.
        """
        held = self._ring[: min(self._written, len(self._ring))]
        held = held[(held["at_us"] > since_us) & np.isin(held["key"], keys)]
        held = held[np.lexsort((held["at_us"], held["key"]))]
        if not len(held):
            return {}
        found, first = np.unique(held["key"], return_index=True)
        most = max(2, min(self._most, self._most_sent // len(found)))
        lon = (held["lon"] / DEGREE).tolist()
        lat = (held["lat"] / DEGREE).tolist()
        at = held["at_us"].tolist()
        stops = [*first[1:].tolist(), len(held)]
        out: dict[int, list[tuple[int, float, float]]] = {}
        for key, start, stop in zip(found.tolist(), first.tolist(), stops, strict=True):
            start = max(start, stop - most)
            out[key] = list(zip(at[start:stop], lon[start:stop], lat[start:stop], strict=True))
        return out

    def save(self) -> State:
        """The ring in order of arrival, and each slot's last point."""
        held = min(self._written, len(self._ring))
        begin = self._written - held
        rows = (begin + np.arange(held)) % max(1, len(self._ring))
        return {"points": self._ring[rows].copy(), "last": self._last.copy()}

    def load(self, state: State) -> None:
        """Take over what `save` gave."""
        points = state["points"][-self._ring_rows :]
        self._ring = np.zeros(max(1024, len(points)), POINT)
        self._ring[: len(points)] = points
        self._written = len(points)
        self._last = state["last"].copy()


def _no_last(rows: int) -> NDArray[np.void]:
    last = np.zeros(rows, LAST)
    last["at_us"] = NO_TIME_US
    return last
