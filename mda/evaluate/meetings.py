"""Which vessels lay near each other, and how long: pairs on a grid of time, found by cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from mda.evaluate.tracks import Tracks
from mda.geo.distance import distances_m
from mda.model.reports import F64, I64
from mda.units import US_PER_S

MOST_APART_US: Final = 600 * US_PER_S
"""Positions are interpolated between reports at most so far apart (own choice)."""
_M_PER_DEG: Final = 110_000.0
"""Less than any degree of latitude, so that cells come out large enough."""
_ROWS: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two vessels that stayed near each other, step after step."""

    mmsis: tuple[int, int]
    onset_us: int
    end_us: int
    lon_deg: float
    lat_deg: float
    median_kn: float
    """Of both vessels' reported speeds while it lasted."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Positions on a grid of time, columns of shape (n,)."""

    step: I64
    mmsi: I64
    lon_deg: F64
    lat_deg: F64
    sog_kn: F64


def meetings(tracks: Tracks, most_m: float, step_us: int) -> list[Meeting]:
    """Pairs never further apart than `most_m` on consecutive grid steps, by pair and onset."""
    grid = _on_grid(tracks, step_us)
    pairs = [part for part in _pairs(grid, most_m) if part.size]
    if not pairs:
        return []
    a, b = np.concatenate(pairs, axis=1)
    order = np.lexsort((grid.step[a], grid.mmsi[b], grid.mmsi[a]))
    a, b = a[order], b[order]
    new = (np.diff(grid.mmsi[a]) != 0) | (np.diff(grid.mmsi[b]) != 0) | (np.diff(grid.step[a]) != 1)
    firsts = np.append(0, np.flatnonzero(new) + 1)
    lasts = np.append(firsts[1:], len(a))
    return [
        _meeting(grid, a[i:k], b[i:k], step_us)
        for i, k in zip(firsts.tolist(), lasts.tolist(), strict=True)
    ]


def _meeting(grid: _Grid, a: I64, b: I64, step_us: int) -> Meeting:
    speeds = np.concatenate([grid.sog_kn[a], grid.sog_kn[b]])
    known = speeds[~np.isnan(speeds)]
    return Meeting(
        (int(grid.mmsi[a[0]]), int(grid.mmsi[b[0]])),
        int(grid.step[a[0]]) * step_us,
        int(grid.step[a[-1]]) * step_us,
        float(grid.lon_deg[a].mean()),
        float(grid.lat_deg[a].mean()),
        float(np.median(known)) if len(known) else float("nan"),
    )


def _on_grid(tracks: Tracks, step_us: int) -> _Grid:
    """Every track at the grid's instants, linear between reports at most 10 min apart."""
    at_us = tracks.at_us
    joined = (np.diff(tracks.mmsi) == 0) & (np.diff(at_us) <= MOST_APART_US)
    before = np.flatnonzero(joined)
    # Grid steps in (at, next]: each belongs to one pair of reports.
    first, last = at_us[before] // step_us + 1, at_us[before + 1] // step_us
    count = np.maximum(0, last - first + 1)
    row = np.repeat(before, count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    step = np.repeat(first, count) + within
    part = (step * step_us - at_us[row]) / np.maximum(1, at_us[row + 1] - at_us[row])
    east = (tracks.lon_deg[row + 1] - tracks.lon_deg[row] + 180.0) % 360.0 - 180.0
    return _Grid(
        step,
        tracks.mmsi[row],
        tracks.lon_deg[row] + part * east,
        tracks.lat_deg[row] + part * (tracks.lat_deg[row + 1] - tracks.lat_deg[row]),
        tracks.sog_kn[row],
    )


def _pairs(grid: _Grid, most_m: float) -> Iterator[I64]:
    """Rows (2, n) of near pairs, the lower MMSI first: own cell and half of those around it."""
    cell_deg = most_m / _M_PER_DEG
    squeeze = np.cos(np.radians(min(80.0, float(np.abs(grid.lat_deg).max(initial=0.0)))))
    column = np.floor(grid.lon_deg * squeeze / cell_deg).astype(np.int64)
    line = np.floor(grid.lat_deg / cell_deg).astype(np.int64)
    wide, high = (ceil(360 / cell_deg) + 4, ceil(180 / cell_deg) + 4)
    key = (grid.step * high + line) * wide + column
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    for up, right in ((0, 0), (0, 1), (1, -1), (1, 0), (1, 1)):
        sought = key + up * wide + right
        begin = np.searchsorted(ordered, sought, "left")
        end = np.searchsorted(ordered, sought, "right")
        if up == right == 0:
            begin = np.argsort(order, kind="stable") + 1  # itself and those before it: once each
        for rows in np.array_split(np.arange(len(key)), max(1, len(key) // _ROWS)):
            count = np.maximum(0, end[rows] - begin[rows])
            a = np.repeat(rows, count)
            within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
            b = order[np.repeat(begin[rows], count) + within]
            yield _near(grid, a, b, most_m)


def _near(grid: _Grid, a: I64, b: I64, most_m: float) -> I64:
    apart_m = distances_m(grid.lon_deg[a], grid.lat_deg[a], grid.lon_deg[b], grid.lat_deg[b])
    keep = (apart_m <= most_m) & (grid.mmsi[a] != grid.mmsi[b])
    a, b = a[keep], b[keep]
    swap = grid.mmsi[a] > grid.mmsi[b]
    return np.stack([np.where(swap, b, a), np.where(swap, a, b)])
