"""Where a scenario is played: its sea, ports, gates and stations, and the ships enlisted so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, hypot, radians
from typing import Final

import numpy as np

from feeds.synthetic.draws import Draws
from feeds.synthetic.orders import Plan
from feeds.synthetic.routes import Routes, cut, length_m
from feeds.synthetic.sea import M_PER_DEG
from feeds.synthetic.ships import Ship, ship_of
from mda.errors import PlanError
from mda.model.reports import F64
from mda.units import KN_TO_MPS, M_PER_NMI, S_PER_H

Point = tuple[float, float]
_TRIES: Final = 4000


@dataclass(frozen=True, slots=True)
class Port:
    """A port, and the water that ships lie on there."""

    name: str
    at: Point


@dataclass(frozen=True, slots=True)
class Gate:
    """Where ships come from and go to beyond the region: a point on its edge, one far out."""

    at: Point
    beyond: Point


@dataclass(slots=True)
class Case:
    """An event of the truth: something to be found, or something that only looks like it."""

    mark: int
    detector: str
    kind: str
    mechanism: str
    positive: bool
    draws: Draws
    at_s: float
    """When it is meant to begin."""
    hold_s: float
    """How long it is meant to last."""
    from_shore_nmi: tuple[float, float] = (4.0, 40.0)
    from_station_nmi: tuple[float, float] = (3.0, 28.0)
    actors: list[int] = field(default_factory=list)
    """Numbers of the ships it is about."""
    unseen: list[int] = field(default_factory=list)
    """Numbers of ships that take part and transmit nothing."""
    apart_m: float = 0.0
    """Ships nearer than this are together; 0: it is about one ship alone."""


def metres(a: Point, b: Point) -> float:
    """Metres between two points, flat."""
    east = (b[0] - a[0]) * cos(radians((a[1] + b[1]) / 2.0))
    return hypot(east, b[1] - a[1]) * M_PER_DEG


def moved(at: Point, east_m: float, north_m: float) -> Point:
    """A point so many metres off another."""
    return at[0] + east_m / (M_PER_DEG * cos(radians(at[1]))), at[1] + north_m / M_PER_DEG


@dataclass(slots=True)
class Stage:
    """The scene and everybody on it."""

    routes: Routes
    ports: tuple[Port, ...]
    gates: tuple[Gate, ...]
    stations: tuple[Point, ...]
    draws: Draws
    hours: float
    plans: list[Plan] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    _numbers: int = 0

    @property
    def end_s(self) -> float:
        """Seconds that the scenario lasts."""
        return self.hours * S_PER_H

    def ship(self, kind: str, draws: Draws) -> Ship:
        """A new ship of a kind."""
        self._numbers += 1
        return ship_of(kind, self._numbers, draws.child("ship", self._numbers))

    def enlist(self, plan: Plan) -> Plan:
        """Puts a ship on the scene; those that follow her come after her."""
        plan.number = len(self.plans)
        self.plans.append(plan)
        return plan

    def spot(
        self,
        draws: Draws,
        from_shore_nmi: Point = (4.0, 40.0),
        from_station_nmi: Point = (3.0, 28.0),
    ) -> Point:
        """A point at sea so far from the shore and from the nearest station.

        PlanError: the region has none.
        """
        sea = self.routes.sea
        rows, columns = sea.shore_m.shape
        for _ in range(_TRIES):
            row, column = draws.whole(3, rows - 4), draws.whole(3, columns - 4)
            shore = sea.shore_m[row, column] / M_PER_NMI
            if not from_shore_nmi[0] <= shore <= from_shore_nmi[1]:
                continue
            point = sea.place(row, column)
            near = min(metres(point, station) for station in self.stations) / M_PER_NMI
            if from_station_nmi[0] <= near <= from_station_nmi[1] and self.reachable(point):
                return point
        wanted = f"{from_shore_nmi} nmi from a shore and {from_station_nmi} nmi from a station"
        raise PlanError(f"no sea is {wanted}", do="Widen from_shore_nmi or from_station_nmi")

    def reachable(self, point: Point) -> bool:
        """Whether ships can come to a point."""
        try:
            near = self.routes.afloat(*point, reach=0)
        except PlanError:
            return False
        return metres(near, point) < 2_000.0

    def port(self, draws: Draws, near: Point | None = None, reach_nmi: float = 150.0) -> Port:
        """A port, perhaps one near a point (the nearest if none is within reach)."""
        if near is None:
            return draws.pick(self.ports)
        by_distance = sorted(self.ports, key=lambda port: metres(port.at, near))
        within = [p for p in by_distance if metres(p.at, near) <= reach_nmi * M_PER_NMI]
        return draws.pick(within[:8] or by_distance[:1])

    def berth(self, port: Port, draws: Draws) -> Point:
        """A place to lie in a port: no two ships on one spot."""
        return moved(port.at, 350.0 * draws.normal(), 350.0 * draws.normal())

    def roads(self, port: Port, draws: Draws) -> Point:
        """A place to anchor off a port; the port itself where there is none."""
        for _ in range(60):
            reach = draws.between(1_200.0, 5_000.0)
            turn = draws.between(0.0, 6.283)
            point = moved(port.at, reach * np.cos(turn), reach * np.sin(turn))
            if self.routes.sea.shore_at(*point) > 500.0 and self.reachable(point):
                return float(point[0]), float(point[1])
        return port.at

    def way(self, start: Point, end: Point) -> F64:
        """Waypoints between two points at sea (n, 2)."""
        return self.routes.between(start, end)

    def approach(self, ship: Ship, port: Port, spot: Point, at_s: float) -> Plan:
        """A ship that comes from a port and is at a spot at an instant: under way when the scenario
        begins, or at her berth until it is time."""
        way = self.way(port.at, spot)
        run_m = length_m(way)
        speed_mps = ship.speed_kn * KN_TO_MPS
        if run_m <= speed_mps * at_s:
            plan = Plan(ship, *port.at)
            plan.moor(until_s=at_s - run_m / speed_mps)
        else:
            _, way = cut(way, run_m - speed_mps * at_s)
            plan = Plan(ship, float(way[0, 0]), float(way[0, 1]))
        return plan.go(way, ship.speed_kn)

    def onward(self, plan: Plan, start: Point, draws: Draws, mark: int = -1) -> Plan:
        """She goes on to a port and stays there."""
        port = self.port(draws, start)
        plan.go(self.way(start, port.at), plan.ship.speed_kn, mark=mark)
        return plan.moor()
