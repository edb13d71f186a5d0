"""Ordinary traffic: what ships of each kind do of a day, with nobody looking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import cos, pi, sin
from typing import Final

import numpy as np

from feeds.synthetic.draws import Draws
from feeds.synthetic.orders import Plan, Status
from feeds.synthetic.routes import cut, length_m
from feeds.synthetic.ships import Ship
from feeds.synthetic.stage import Point, Port, Stage, moved
from mda.model.reports import F64
from mda.units import KN_TO_MPS, M_PER_NMI, S_PER_H


def _scheduled(stage: Stage, ship: Ship, draws: Draws, near: Port) -> Plan:
    """A ship that lies at a port for the first hours."""
    return Plan(ship, *stage.berth(near, draws), course_deg=draws.between(0.0, 360.0))


def liner(stage: Stage, kind: str, draws: Draws) -> Plan:
    """A ship in trade: from port to port, or through the region; some wait at anchor first."""
    ship = stage.ship(kind, draws)
    through = bool(stage.gates) and draws.chance(0.45)
    if through:
        return _through(stage, ship, draws)
    here, there = stage.port(draws), stage.port(draws)
    if draws.chance(0.35) or here is there:
        roads = stage.roads(here, draws)
        plan = Plan(ship, *roads, course_deg=90.0)
        plan.anchor(roads, draws.between(2.0, 30.0) * S_PER_H)
        plan.go(stage.way(roads, here.at), min(8.0, ship.speed_kn))
        plan.moor(draws.between(8.0, 20.0) * S_PER_H)
    else:
        way = stage.way(here.at, there.at)
        _, way = cut(way, length_m(way) * draws.between(0.0, 0.9))
        plan = Plan(ship, float(way[0, 0]), float(way[0, 1]))
        plan.go(way, ship.speed_kn).moor(draws.between(5.0, 16.0) * S_PER_H)
        here = there
    return _on_trade(stage, plan, here, draws)


def _on_trade(stage: Stage, plan: Plan, here: Port, draws: Draws) -> Plan:
    """The rest of her day: another port, or out by a gate."""
    speed_kn = plan.ship.speed_kn
    if stage.gates and draws.chance(0.5):
        gate = draws.pick(stage.gates)
        plan.go(stage.way(here.at, gate.at), speed_kn)
        return plan.go(np.array([gate.at, gate.beyond]), speed_kn).moor()
    for _ in range(2):
        there = stage.port(draws)
        if there is not here:
            plan.go(stage.way(here.at, there.at), speed_kn)
            plan.moor(draws.between(4.0, 14.0) * S_PER_H)
            here = there
    return plan.moor()


def _through(stage: Stage, ship: Ship, draws: Draws) -> Plan:
    """In by one gate, perhaps a port, out by another."""
    way_in, way_out = draws.pick(stage.gates), draws.pick(stage.gates)
    port = stage.port(draws)
    calls = way_in is way_out or draws.chance(0.4)
    route = stage.way(way_in.at, port.at if calls else way_out.at)
    whole: F64 = np.vstack((way_in.beyond, route))
    _, whole = cut(whole, length_m(whole) * draws.between(0.0, 0.85))
    plan = Plan(ship, float(whole[0, 0]), float(whole[0, 1])).go(whole, ship.speed_kn)
    if calls:
        plan.moor(draws.between(5.0, 14.0) * S_PER_H)
        plan.go(stage.way(port.at, way_out.at), ship.speed_kn)
    return plan.go(np.array([way_out.at, way_out.beyond]), ship.speed_kn).moor()


def ferry(stage: Stage, kind: str, draws: Draws) -> Plan:
    """Back and forth between two ports, by day; at her berth by night."""
    ship = stage.ship(kind, draws)
    here = stage.port(draws)
    there = stage.port(draws, here.at, 70.0)
    plan = _scheduled(stage, ship, draws, here)
    plan.moor(draws.between(0.2, 3.0) * S_PER_H)
    if there is here:
        return plan.moor()
    out = stage.way(here.at, there.at)
    trip_s = length_m(out) / (ship.speed_kn * KN_TO_MPS)
    at_s = 2.0 * S_PER_H
    while at_s < min(stage.end_s, 40.0 * S_PER_H):
        stay_s = draws.between(0.5, 1.4) * S_PER_H
        plan.go(out, ship.speed_kn).moor(stay_s)
        plan.go(out[::-1], ship.speed_kn).moor(stay_s)
        at_s += 2.0 * (trip_s + stay_s)
        if draws.chance(0.3):
            plan.moor(9.0 * S_PER_H)
            at_s += 9.0 * S_PER_H
    return plan.moor()


def trawl(plan: Plan, ground: Point, hours: float, draws: Draws, mark: int = -1) -> Point:
    """Legs of some miles at trawling speed, to and fro; where she ends."""
    speed_kn = draws.between(2.6, 4.0)
    turn = draws.between(0.0, 2.0 * pi)
    here, left_s = ground, hours * S_PER_H
    while left_s > 0.0:
        leg_s = draws.between(0.4, 1.2) * S_PER_H
        run_m = speed_kn * KN_TO_MPS * leg_s
        there = moved(here, run_m * sin(turn), run_m * cos(turn))
        plan.go(np.array([here, there]), speed_kn, status=Status.FISHING, mark=mark)
        turn += pi + 0.3 * draws.normal()
        here, left_s = there, left_s - leg_s
    return here


def long_line(plan: Plan, ground: Point, hours: float, draws: Draws, mark: int = -1) -> Point:
    """A line set at speed, soaked while she drifts, hauled slowly back."""
    turn = draws.between(0.0, 2.0 * pi)
    run_m = draws.between(4.0, 10.0) * M_PER_NMI
    far = moved(ground, run_m * sin(turn), run_m * cos(turn))
    plan.go(np.array([ground, far]), 7.0, status=Status.FISHING, mark=mark)
    plan.drift(max(0.5, hours - 3.0) * S_PER_H, status=Status.FISHING, mark=mark)
    plan.go(np.array([far, ground]), 3.0, status=Status.FISHING, mark=mark)
    return ground


def fishing(stage: Stage, kind: str, draws: Draws) -> Plan:
    """Out to a ground, a working day there, and home; small boats lie at home half of the time."""
    ship = stage.ship(kind, draws)
    home = stage.port(draws)
    plan = _scheduled(stage, ship, draws, home)
    if draws.chance(0.35):
        return plan.moor()
    ground = stage.spot(draws, (3.0, 25.0), (1.0, 45.0))
    home = stage.port(draws, ground, 60.0)
    way = stage.way(home.at, ground)
    plan = Plan(ship, *home.at)
    plan.moor(draws.between(0.1, 8.0) * S_PER_H).go(way, ship.speed_kn)
    style = trawl if kind == "trawler" else long_line
    end = style(plan, ground, draws.between(4.0, 9.0), draws)
    plan.go(np.array([end, ground]), ship.speed_kn)
    return plan.go(way[::-1], ship.speed_kn).moor()


def yacht(stage: Stage, kind: str, draws: Draws) -> Plan:
    """At anchor or in a marina, and of a day perhaps to the next bay."""
    ship = stage.ship(kind, draws)
    here = stage.port(draws)
    roads = stage.roads(here, draws)
    plan = Plan(ship, *roads, course_deg=80.0)
    plan.anchor(roads, draws.between(1.0, 12.0) * S_PER_H, swing_m=25.0)
    there = stage.port(draws, here.at, 45.0)
    if draws.chance(0.45) or there is here:
        return plan.anchor(roads, swing_m=25.0)
    end = stage.roads(there, draws)
    status = Status.SAILING if kind == "yacht" else Status.UNDER_WAY
    plan.go(stage.way(roads, end), ship.speed_kn, status=status)
    return plan.anchor(end, swing_m=25.0)


def harbour(stage: Stage, kind: str, draws: Draws) -> Plan:
    """A pilot boat, tug or bunker barge: jobs off one port, an hour or two each."""
    ship = stage.ship(kind, draws)
    home = stage.port(draws)
    plan = _scheduled(stage, ship, draws, home)
    here = home.at
    for _ in range(max(1, round(stage.hours / 5.0))):
        plan.moor(draws.between(1.0, 6.0) * S_PER_H)
        job = stage.roads(home, draws)
        way = stage.way(here, job)
        plan.go(way, ship.speed_kn).drift(draws.between(0.1, 0.6) * S_PER_H)
        plan.go(way[::-1], ship.speed_kn)
    return plan.moor()


SCRIPTS: Final[Mapping[str, Callable[[Stage, str, Draws], Plan]]] = {
    **dict.fromkeys(("cargo", "coaster", "tanker", "cruise"), liner),
    **dict.fromkeys(("ferry", "fast ferry"), ferry),
    **dict.fromkeys(("trawler", "longliner", "fishing boat"), fishing),
    **dict.fromkeys(("yacht", "motor yacht"), yacht),
    **dict.fromkeys(("pilot", "tug", "bunker"), harbour),
}


def populate(stage: Stage, mix: Mapping[str, float], vessels: int) -> None:
    """Enlists so many ordinary ships, shared out among kinds by weight."""
    total = sum(mix.values())
    kinds: list[str] = []
    for kind, weight in sorted(mix.items()):
        kinds += [kind] * round(vessels * weight / total)
    for number, kind in enumerate(kinds):
        stage.enlist(SCRIPTS[kind](stage, kind, stage.draws.child("traffic", kind, number)))


def fixtures(stage: Stage, aids: int) -> None:
    """Base stations at the receivers, and aids to navigation off ports."""
    for place in stage.stations:
        plan = Plan(stage.ship("base", stage.draws), *place)
        stage.enlist(plan).moor()
    for number in range(aids):
        draws = stage.draws.child("aid", number)
        plan = Plan(stage.ship("aid", draws), *stage.roads(stage.port(draws), draws))
        stage.enlist(plan).moor()
