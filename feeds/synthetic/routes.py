"""Ways over the sea that keep off the land: cheapest paths over the raster, then straightened.

A cell costs its width, and more the nearer the shore: ships give land a wide berth where there is
room, and pass a narrow where there is none. From the cheapest path corners are dropped wherever the
straight line costs no more than the path did.
"""

from __future__ import annotations

from math import ceil, cos, hypot, inf, radians
from typing import Final

import numpy as np

from feeds.synthetic.sea import M_PER_DEG, Sea
from mda.errors import PlanError
from mda.geo.kernel import kernel
from mda.model.reports import F64, I32, I64

BERTH_M: Final = 5_000.0
"""Nearer the shore a cell costs more: own choice, some 2.7 nmi."""
SHY: Final = 6.0
"""How many times more a cell at the shore costs."""
SLACK: Final = 1.01
"""A straight line may cost so much of the path it replaces."""


def cost_of(shore_m: F64) -> F64:
    """What a cell costs; infinite on land."""
    near = np.clip(1.0 - shore_m / BERTH_M, 0.0, 1.0)
    return np.where(shore_m > 0.0, 1.0 + SHY * near * near, inf)


@kernel
def _sift_up(heap: I64, key: F64, place: int) -> None:
    while place > 0:
        above = (place - 1) >> 1
        if key[heap[above]] <= key[heap[place]]:
            break
        heap[above], heap[place] = heap[place], heap[above]
        place = above


@kernel
def _sift_down(heap: I64, key: F64, size: int) -> None:
    place = 0
    while True:
        least, left = place, 2 * place + 1
        if left < size and key[heap[left]] < key[heap[least]]:
            least = left
        if left + 1 < size and key[heap[left + 1]] < key[heap[least]]:
            least = left + 1
        if least == place:
            break
        heap[least], heap[place] = heap[place], heap[least]
        place = least


@kernel
def ways_to(cost: F64, row: int, column: int, across: float) -> I32:
    """The next cell of each on its cheapest way to the target (-1: none), shape (rows * columns,).

    Dijkstra over eight neighbours. `across`: width of a cell in its heights. An entry of the heap
    carries the distance that it had when it was put there; an outdated one is passed over.
    """
    rows, columns = cost.shape
    far = np.full(rows * columns, inf)
    onward = np.full(rows * columns, -1, np.int32)
    heap = np.empty(rows * columns * 9, np.int64)
    cell_of = np.empty(heap.size, np.int64)
    key = np.empty(heap.size)
    size, made = 1, 1
    cell_of[0], key[0], heap[0] = row * columns + column, 0.0, 0
    far[cell_of[0]] = 0.0
    while size:
        entry = heap[0]
        size -= 1
        heap[0] = heap[size]
        _sift_down(heap, key, size)
        here = cell_of[entry]
        if key[entry] > far[here]:
            continue
        r, c = here // columns, here % columns
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                rr, cc = r + dr, c + dc
                if (dr == 0 and dc == 0) or rr < 0 or cc < 0 or rr >= rows or cc >= columns:
                    continue
                if cost[rr, cc] == inf:
                    continue
                step = hypot(dr, dc * across) * 0.5 * (cost[r, c] + cost[rr, cc])
                there = rr * columns + cc
                if far[here] + step < far[there]:
                    far[there] = far[here] + step
                    onward[there] = here
                    cell_of[made], key[made], heap[size] = there, far[there], made
                    _sift_up(heap, key, size)
                    size += 1
                    made += 1
    return onward


@kernel
def _line_cost(cost: F64, a: int, b: int, across: float) -> float:
    """What the straight line between two cells costs; infinite over land."""
    columns = cost.shape[1]
    ra, ca, rb, cb = a // columns, a % columns, b // columns, b % columns
    length = hypot(rb - ra, (cb - ca) * across)
    parts = max(1, ceil(3.0 * max(abs(rb - ra), abs(cb - ca))))
    total = 0.0
    for k in range(parts + 1):
        share = k / parts
        weight = 0.5 if k in (0, parts) else 1.0
        r, c = ra + share * (rb - ra), ca + share * (cb - ca)
        total += weight * cost[int(r + 0.5), int(c + 0.5)]
    return float(total / parts * length)


@kernel
def straightened(cost: F64, path: I64, across: float) -> I64:
    """The cells of a path that are left when needless corners are dropped."""
    kept = np.empty(path.size, np.int64)
    kept[0] = path[0]
    size, first = 1, 0
    while first < path.size - 1:
        last, spent = first + 1, _line_cost(cost, path[first], path[first + 1], across)
        best, walked = last, spent
        while last < path.size - 1 and last - first < 400:
            walked += _line_cost(cost, path[last], path[last + 1], across)
            last += 1
            if _line_cost(cost, path[first], path[last], across) <= SLACK * walked:
                best = last
            elif last - best > 40:
                break
        kept[size] = path[best]
        size += 1
        first = best
    return kept[:size].copy()


class Routes:
    """Ways between points of one sea; the ways to a target are kept."""

    def __init__(self, sea: Sea) -> None:
        self.sea = sea
        self._cost = cost_of(sea.shore_m)
        middle = sea.south_deg + sea.shore_m.shape[0] * sea.step_deg / 2
        self._across = cos(radians(middle))
        self._ways: dict[int, I32] = {}
        self._wet = self._largest()

    def _largest(self) -> I32:
        """Ways to the cell that is farthest from any shore: what has one belongs to the sea."""
        row, column = np.unravel_index(int(np.argmax(self.sea.shore_m)), self.sea.shore_m.shape)
        return self._to(int(row) * self.sea.shore_m.shape[1] + int(column))

    def _to(self, cell: int) -> I32:
        if cell not in self._ways:
            columns = self.sea.shore_m.shape[1]
            self._ways[cell] = ways_to(self._cost, cell // columns, cell % columns, self._across)
        return self._ways[cell]

    def afloat(self, lon_deg: float, lat_deg: float, reach: int = 12) -> tuple[float, float]:
        """The nearest point of the open sea: a cell that ships can reach.

        PlanError: there is none within `reach` cells.
        """
        columns = self.sea.shore_m.shape[1]
        row, column = self.sea.cell(lon_deg, lat_deg)
        best, found = inf, -1
        for r in range(max(0, row - reach), min(self.sea.shore_m.shape[0], row + reach + 1)):
            for c in range(max(0, column - reach), min(columns, column + reach + 1)):
                away = hypot(r - row, (c - column) * self._across)
                if away < best and self._wet[r * columns + c] >= 0:
                    best, found = away, r * columns + c
        if found < 0:
            raise PlanError("no water that ships can reach is near", where=f"{lon_deg} {lat_deg}")
        return self.sea.place(found // columns, found % columns)

    def between(self, start: tuple[float, float], end: tuple[float, float]) -> F64:
        """Waypoints (n, 2), longitude and latitude, the ends as given.

        PlanError: one lies on land, or no water joins them.
        """
        columns = self.sea.shore_m.shape[1]
        (r0, c0), (r1, c1) = self.sea.cell(*start), self.sea.cell(*end)
        first, last = r0 * columns + c0, r1 * columns + c1
        onward = self._to(last)
        path = [first]
        while path[-1] != last:
            following = int(onward[path[-1]])
            if following < 0:
                raise PlanError("no water joins these points", where=f"{start} and {end}")
            path.append(following)
        if len(path) == 1:
            return np.array([start, end])
        kept = straightened(self._cost, np.array(path, np.int64), self._across)
        points = [self.sea.place(int(cell) // columns, int(cell) % columns) for cell in kept]
        return np.array([start, *points[1:-1], end])


def length_m(route: F64) -> float:
    """Metres along a route."""
    middle = np.radians((route[1:, 1] + route[:-1, 1]) / 2.0)
    east = np.diff(route[:, 0]) * np.cos(middle)
    return float(np.hypot(east, np.diff(route[:, 1])).sum() * M_PER_DEG)


def cut(route: F64, along_m: float) -> tuple[F64, F64]:
    """The route up to so many metres along it, and from there on."""
    gone_m = 0.0
    for k in range(1, len(route)):
        leg_m = length_m(route[k - 1 : k + 1])
        if gone_m + leg_m >= along_m or k == len(route) - 1:
            share = min(1.0, max(0.0, (along_m - gone_m) / leg_m)) if leg_m > 0.0 else 1.0
            point = route[k - 1] + share * (route[k] - route[k - 1])
            return np.vstack((route[:k], point)), np.vstack((point, route[k:]))
        gone_m += leg_m
    return route, route[-1:]
