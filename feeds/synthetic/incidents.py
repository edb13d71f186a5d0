"""Events to be found: each script brings its ships on the scene and marks what they do.

The mark is on the orders of the event itself: the truth reads its beginning and end from the true
tracks. Scripts are called mechanisms; which of them tuning may see stands in `families.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import cos, pi, sin
from typing import Final, NamedTuple

import numpy as np

from feeds.synthetic.orders import Do, Order, Plan, Radio, Status
from feeds.synthetic.routes import cut, length_m
from feeds.synthetic.stage import Case, Point, Stage, moved
from feeds.synthetic.traffic import trawl
from mda.units import KN_TO_MPS, M_PER_NMI, S_PER_H

OFF: Final = Radio.OFF
_BEACON_NMI: Final = 6.0
"""Farther off a device of 1 W a metre above the sea is hardly heard by a station on a hill."""


def met(stage: Stage, case: Case, kind: str) -> tuple[Plan, Point]:
    """A ship that comes to the spot of the case in time, and the spot."""
    spot = stage.spot(case.draws, case.from_shore_nmi, case.from_station_nmi)
    ship = stage.ship(kind, case.draws)
    port = stage.port(case.draws, spot)
    return stage.approach(ship, port, spot, case.at_s), spot


def brought(stage: Stage, case: Case, plan: Plan) -> Plan:
    """Enlists a ship that the case is about."""
    case.actors.append(stage.enlist(plan).number)
    return plan


# -- dark ---------------------------------------------------------------------------------------
def off_on_passage(stage: Stage, case: Case) -> None:
    """Switches off in the middle of a passage, goes on as before, and on again."""
    plan, spot = met(stage, case, case.draws.pick(("cargo", "tanker", "coaster", "trawler")))
    port = stage.port(case.draws, spot)
    way = stage.way(spot, port.at)
    silent, rest = cut(way, plan.ship.speed_kn * KN_TO_MPS * case.hold_s)
    plan.go(silent, plan.ship.speed_kn, radio=OFF, mark=case.mark)
    brought(stage, case, plan.go(rest, plan.ship.speed_kn).moor())


def off_and_away(stage: Stage, case: Case) -> None:
    """Switches off, turns to another coast, and is not heard again."""
    plan, spot = met(stage, case, case.draws.pick(("coaster", "trawler", "motor yacht", "cargo")))
    way = stage.way(spot, stage.port(case.draws, spot).at)
    plan.go(way, plan.ship.speed_kn, radio=OFF, mark=case.mark)
    brought(stage, case, plan.moor(radio=OFF, mark=case.mark))


def off_to_meet(stage: Stage, case: Case) -> None:
    """Switches off some miles before she meets a skiff that has no AIS, on again afterwards."""
    plan, spot = met(stage, case, case.draws.pick(("coaster", "trawler", "longliner", "cargo")))
    turn = case.draws.between(0.0, 2.0 * pi)
    off_m = case.draws.between(2.0, 5.0) * M_PER_NMI
    meeting = moved(spot, off_m * sin(turn), off_m * cos(turn))
    if not stage.reachable(meeting):
        meeting = spot
    plan.go(np.array([spot, meeting]), plan.ship.speed_kn, radio=OFF, mark=case.mark)
    plan.drift(case.hold_s, radio=OFF, mark=case.mark)
    brought(stage, case, stage.onward(plan, meeting, case.draws))
    skiff = stage.ship("skiff", case.draws)
    beach = stage.port(case.draws, meeting, 60.0)
    small = stage.approach(skiff, beach, meeting, case.at_s)
    small.follow(plan, skiff.speed_kn, case.at_s + case.hold_s, east_m=25.0)
    case.unseen.append(stage.enlist(stage.onward(small, meeting, case.draws)).number)


def off_to_fish(stage: Stage, case: Case) -> None:
    """A fishing ship switches off and trawls; on again on her way home."""
    plan, spot = met(stage, case, case.draws.pick(("trawler", "longliner")))
    start = len(plan.orders)
    end = trawl(plan, spot, case.hold_s / S_PER_H, case.draws, case.mark)
    plan.orders[start:] = [_silent(order) for order in plan.orders[start:]]
    brought(stage, case, stage.onward(plan, end if stage.reachable(end) else spot, case.draws))


def off_by_fading(stage: Stage, case: Case) -> None:
    """Turns her power down first, then off: it looks as if she left coverage."""
    plan, spot = met(stage, case, case.draws.pick(("cargo", "coaster", "tanker")))
    way = stage.way(spot, stage.port(case.draws, spot).at)
    speed_mps = plan.ship.speed_kn * KN_TO_MPS
    low, rest = cut(way, speed_mps * 1200.0)
    plan.go(low, plan.ship.speed_kn, radio=Radio.LOW)
    silent, rest = cut(rest, speed_mps * case.hold_s)
    plan.go(silent, plan.ship.speed_kn, radio=OFF, mark=case.mark)
    brought(stage, case, plan.go(rest, plan.ship.speed_kn).moor())


def off_in_spells(stage: Stage, case: Case) -> None:
    """Off, some minutes on, and off again: the marked stretch is the longer, second silence."""
    plan, spot = met(stage, case, case.draws.pick(("trawler", "coaster", "motor yacht")))
    way = stage.way(spot, stage.port(case.draws, spot).at)
    speed_mps = plan.ship.speed_kn * KN_TO_MPS
    first, rest = cut(way, speed_mps * 500.0)
    plan.go(first, plan.ship.speed_kn, radio=OFF)
    heard, rest = cut(rest, speed_mps * 360.0)
    plan.go(heard, plan.ship.speed_kn)
    silent, rest = cut(rest, speed_mps * case.hold_s)
    plan.go(silent, plan.ship.speed_kn, radio=OFF, mark=case.mark)
    brought(stage, case, plan.go(rest, plan.ship.speed_kn).moor())


def _silent(order: Order) -> Order:
    return replace(order, radio=OFF)


# -- loitering ----------------------------------------------------------------------------------
def _slow(plan: Plan, case: Case, spot: Point, points: list[Point], speed_kn: float) -> Point:
    """Goes slowly from point to point until the time is over; where she is then."""
    here, left_s = spot, case.hold_s
    while left_s > 0.0:
        for there in points:
            leg = np.array([here, there])
            plan.go(leg, speed_kn, mark=case.mark)
            left_s -= length_m(leg) / (speed_kn * KN_TO_MPS)
            here = there
            if left_s <= 0.0:
                break
    return here


def loiter_circles(stage: Stage, case: Case) -> None:
    """Slow rounds on one spot, then on."""
    kind = case.draws.pick(("cargo", "tanker", "coaster"))
    plan, spot = met(stage, case, kind)
    radius = case.draws.between(500.0, 1500.0)
    ring = [moved(spot, radius * sin(k * pi / 3), radius * cos(k * pi / 3)) for k in range(6)]
    end = _slow(plan, case, spot, ring, case.draws.between(1.3, 2.4))
    brought(stage, case, stage.onward(plan, end, case.draws))


def loiter_to_and_fro(stage: Stage, case: Case) -> None:
    """Slowly up and down a mile or two."""
    plan, spot = met(stage, case, case.draws.pick(("coaster", "cargo", "motor yacht")))
    turn, run = case.draws.between(0.0, pi), case.draws.between(900.0, 2500.0)
    end = moved(spot, run * sin(turn), run * cos(turn))
    last = _slow(plan, case, spot, [end, spot], case.draws.between(1.5, 2.5))
    brought(stage, case, stage.onward(plan, last, case.draws))


def drift_stopped(stage: Stage, case: Case) -> None:
    """Stops her engine and drifts for hours, then goes on."""
    plan, spot = met(stage, case, case.draws.pick(("cargo", "tanker", "coaster", "trawler")))
    plan.drift(case.hold_s, mark=case.mark)
    brought(stage, case, stage.onward(plan, spot, case.draws))


def loiter_at_random(stage: Stage, case: Case) -> None:
    """Here and there about a spot, in no pattern, with stops."""
    plan, spot = met(stage, case, case.draws.pick(("coaster", "motor yacht", "cargo")))
    here, left_s = spot, case.hold_s
    while left_s > 0.0:
        there = moved(spot, 1200.0 * case.draws.normal(), 1200.0 * case.draws.normal())
        speed_kn = case.draws.between(1.2, 2.6)
        leg = np.array([here, there])
        plan.go(leg, speed_kn, mark=case.mark).drift(600.0, mark=case.mark)
        left_s -= length_m(leg) / (speed_kn * KN_TO_MPS) + 600.0
        here = there
    brought(stage, case, stage.onward(plan, here, case.draws))


def night_stop(stage: Stage, case: Case) -> None:
    """Lies stopped close under a coast for a while, then away."""
    case.from_shore_nmi = (0.8, 2.8)
    plan, spot = met(stage, case, case.draws.pick(("motor yacht", "coaster", "yacht")))
    plan.drift(case.hold_s, mark=case.mark)
    brought(stage, case, stage.onward(plan, spot, case.draws))


# -- encounters ---------------------------------------------------------------------------------
def _pair(stage: Stage, case: Case, leader: Plan, spot: Point, kind: str, apart_m: float) -> None:
    """Another ship comes alongside, and both part when the time is over."""
    case.apart_m = max(150.0, 2.0 * apart_m)
    end_s = case.at_s + case.hold_s
    other = stage.ship(kind, case.draws)
    second = stage.approach(other, stage.port(case.draws, spot), spot, case.at_s + 120.0)
    turn = case.draws.between(0.0, 2.0 * pi)
    east_m, north_m = apart_m * sin(turn), apart_m * cos(turn)
    speed_kn = other.speed_kn
    second.follow(leader, speed_kn, end_s, east_m=east_m, north_m=north_m, mark=case.mark)
    brought(stage, case, stage.onward(second, spot, case.draws))


def transfer_adrift(stage: Stage, case: Case) -> None:
    """Two ships lie adrift close together for hours."""
    plan, spot = met(stage, case, case.draws.pick(("tanker", "cargo", "trawler")))
    plan.drift(until_s=case.at_s + case.hold_s, mark=case.mark)
    brought(stage, case, stage.onward(plan, spot, case.draws))
    _pair(stage, case, plan, spot, case.draws.pick(("coaster", "trawler", "tanker")), 90.0)


def transfer_under_way(stage: Stage, case: Case) -> None:
    """Two ships go slowly side by side."""
    plan, spot = met(stage, case, case.draws.pick(("tanker", "cargo", "coaster")))
    way = stage.way(spot, stage.port(case.draws, spot).at)
    speed_kn = case.draws.between(3.0, 5.5)
    slow, rest = cut(way, speed_kn * KN_TO_MPS * case.hold_s)
    plan.go(slow, speed_kn, mark=case.mark).go(rest, plan.ship.speed_kn).moor()
    brought(stage, case, plan)
    _pair(stage, case, plan, spot, case.draws.pick(("coaster", "trawler")), 70.0)


def quick_transfer(stage: Stage, case: Case) -> None:
    """Two small ships stop beside each other for some minutes."""
    plan, spot = met(stage, case, case.draws.pick(("coaster", "motor yacht", "trawler")))
    plan.drift(until_s=case.at_s + case.hold_s, mark=case.mark)
    brought(stage, case, stage.onward(plan, spot, case.draws))
    _pair(stage, case, plan, spot, case.draws.pick(("motor yacht", "longliner", "coaster")), 35.0)


def transfer_at_speed(stage: Stage, case: Case) -> None:
    """Side by side at nearly sea speed."""
    plan, spot = met(stage, case, case.draws.pick(("coaster", "cargo")))
    way = stage.way(spot, stage.port(case.draws, spot).at)
    slow, rest = cut(way, 7.5 * KN_TO_MPS * case.hold_s)
    plan.go(slow, 7.5, mark=case.mark).go(rest, plan.ship.speed_kn).moor()
    brought(stage, case, plan)
    _pair(stage, case, plan, spot, case.draws.pick(("motor yacht", "trawler", "coaster")), 45.0)


# -- meeting somebody unseen --------------------------------------------------------------------
def _unseen(stage: Stage, case: Case, plan: Plan, spot: Point) -> None:
    skiff = stage.ship("skiff", case.draws)
    small = stage.approach(skiff, stage.port(case.draws, spot, 60.0), spot, case.at_s)
    small.follow(plan, skiff.speed_kn, case.at_s + case.hold_s, east_m=20.0, north_m=10.0)
    case.unseen.append(stage.enlist(stage.onward(small, spot, case.draws)).number)


def stop_with_unseen(stage: Stage, case: Case) -> None:
    """Stops in mid-passage beside a skiff without AIS, and goes on the way she went."""
    plan, spot = met(stage, case, case.draws.pick(("coaster", "cargo", "motor yacht")))
    plan.drift(until_s=case.at_s + case.hold_s, mark=case.mark)
    brought(stage, case, stage.onward(plan, spot, case.draws))
    _unseen(stage, case, plan, spot)


def slow_with_unseen(stage: Stage, case: Case) -> None:
    """Slows down in mid-passage, a skiff without AIS beside her, and speeds up again."""
    plan, spot = met(stage, case, case.draws.pick(("cargo", "coaster", "tanker")))
    way = stage.way(spot, stage.port(case.draws, spot).at)
    slow, rest = cut(way, 3.5 * KN_TO_MPS * case.hold_s)
    plan.go(slow, 3.5, mark=case.mark).go(rest, plan.ship.speed_kn).moor()
    brought(stage, case, plan)
    _unseen(stage, case, plan, spot)


# -- zones --------------------------------------------------------------------------------------
def along_the_line(stage: Stage, case: Case) -> None:
    """A fishing ship works wherever she is, over whatever line lies there."""
    plan, spot = met(stage, case, "trawler")
    end = trawl(plan, spot, case.hold_s / S_PER_H, case.draws, case.mark)
    brought(stage, case, stage.onward(plan, end if stage.reachable(end) else spot, case.draws))


# -- distress -----------------------------------------------------------------------------------
def beacon(stage: Stage, case: Case, kind: str, radio: int) -> None:
    """A locating device that speaks for a while."""
    reach_nmi = min(_BEACON_NMI, case.from_station_nmi[1])
    spot = stage.spot(case.draws, (0.3, case.from_shore_nmi[1]), (0.5, reach_nmi))
    plan = Plan(stage.ship(kind, case.draws), *spot)
    plan.add(Order(Do.STAY, until_s=case.at_s, radio=OFF))
    plan.drift(case.hold_s, radio=radio, mark=case.mark)
    brought(stage, case, plan.add(Order(Do.STAY, radio=OFF)))


def sart_active(stage: Stage, case: Case) -> None:
    """A liferaft's AIS-SART."""
    beacon(stage, case, "sart", Radio.BURST)


def mob_active(stage: Stage, case: Case) -> None:
    """Somebody overboard with a locating device."""
    beacon(stage, case, "mob", Radio.BURST)


def capsized(stage: Stage, case: Case) -> None:
    """A fishing boat falls silent, and minutes later her EPIRB speaks."""
    reach_nmi = min(_BEACON_NMI, case.from_station_nmi[1])
    case.from_shore_nmi, case.from_station_nmi = (0.5, case.from_shore_nmi[1]), (0.5, reach_nmi)
    boat, spot = met(stage, case, "fishing boat")
    stage.enlist(boat.drift(radio=OFF))
    plan = Plan(stage.ship("epirb", case.draws), *spot)
    plan.add(Order(Do.STAY, until_s=case.at_s + 300.0, radio=OFF))
    plan.drift(case.hold_s, radio=Radio.BURST, mark=case.mark)
    brought(stage, case, plan.add(Order(Do.STAY, radio=OFF)))
    case.actors.append(boat.number)


def breakdown(stage: Stage, case: Case) -> None:
    """Stops at once in mid-passage and drifts, not under command."""
    plan, spot = met(stage, case, case.draws.pick(("fishing boat", "coaster", "yacht")))
    plan.drift(case.hold_s, status=Status.NOT_UNDER_COMMAND, mark=case.mark)
    brought(stage, case, stage.onward(plan, spot, case.draws))


class Script(NamedTuple):
    """A mechanism: what it is an event of, how long it lasts (minutes), and the script."""

    detector: str
    kind: str
    hold_min: tuple[float, float]
    play: Callable[[Stage, Case], None]


INCIDENTS: Final[Mapping[str, Script]] = {
    "off_on_passage": Script("D1", "dark", (60.0, 240.0), off_on_passage),
    "off_and_away": Script("D1", "dark", (120.0, 360.0), off_and_away),
    "off_to_meet": Script("D1", "dark", (30.0, 120.0), off_to_meet),
    "off_to_fish": Script("D1", "dark", (120.0, 360.0), off_to_fish),
    "off_by_fading": Script("D1", "dark", (60.0, 240.0), off_by_fading),
    "off_in_spells": Script("D1", "dark", (60.0, 240.0), off_in_spells),
    "loiter_circles": Script("D3", "loitering", (75.0, 240.0), loiter_circles),
    "loiter_to_and_fro": Script("D3", "loitering", (75.0, 240.0), loiter_to_and_fro),
    "drift_stopped": Script("D3", "drifting", (75.0, 300.0), drift_stopped),
    "loiter_at_random": Script("D3", "loitering", (90.0, 240.0), loiter_at_random),
    "night_stop": Script("D3", "night stop", (30.0, 90.0), night_stop),
    "transfer_adrift": Script("D4", "encounter", (130.0, 260.0), transfer_adrift),
    "transfer_under_way": Script("D4", "encounter", (35.0, 70.0), transfer_under_way),
    "quick_transfer": Script("D4", "quick transfer", (9.0, 20.0), quick_transfer),
    "transfer_at_speed": Script("D4", "encounter", (35.0, 60.0), transfer_at_speed),
    "stop_with_unseen": Script("D5", "dark rendezvous", (18.0, 80.0), stop_with_unseen),
    "slow_with_unseen": Script("D5", "dark rendezvous", (20.0, 60.0), slow_with_unseen),
    "along_the_line": Script("D8", "work near a line", (180.0, 420.0), along_the_line),
    "sart_active": Script("D11", "distress", (60.0, 240.0), sart_active),
    "mob_active": Script("D11", "distress", (30.0, 120.0), mob_active),
    "capsized": Script("D11", "distress", (60.0, 240.0), capsized),
    "breakdown": Script("D11", "probable distress", (60.0, 200.0), breakdown),
}
