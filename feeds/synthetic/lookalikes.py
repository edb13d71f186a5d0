"""Hard negatives: what looks like an event and is none. As many of them as of the others.

Each names the detector that it tempts. What comes of receivers (outages, ducts that collapse,
islands in the way) is not played here: the ether does it to everybody, and the truth lists it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import cos, pi, sin
from typing import Final

import numpy as np

from feeds.synthetic.incidents import OFF, Script, beacon, brought, met
from feeds.synthetic.orders import Plan, Radio, Status
from feeds.synthetic.routes import cut
from feeds.synthetic.stage import Case, Point, Stage, moved
from feeds.synthetic.traffic import trawl
from mda.units import KN_TO_MPS, M_PER_NMI, S_PER_H


# -- like dark ------------------------------------------------------------------------------------
def leaves_coverage(stage: Stage, case: Case) -> None:
    """Sails out of everybody's range with her transmitter on."""
    plan, spot = met(stage, case, case.draws.pick(("cargo", "tanker", "yacht")))
    gate = case.draws.pick(stage.gates)
    plan.go(stage.way(spot, gate.at), plan.ship.speed_kn, mark=case.mark)
    plan.go(np.array([gate.at, gate.beyond]), plan.ship.speed_kn, mark=case.mark)
    brought(stage, case, plan.moor(mark=case.mark))


def class_b_at_rest(stage: Stage, case: Case) -> None:
    """A yacht heaves to: her reports come each three minutes instead of thirty seconds."""
    plan, spot = met(stage, case, case.draws.pick(("yacht", "fishing boat")))
    plan.drift(case.hold_s, status=Status.SAILING, mark=case.mark)
    brought(stage, case, stage.onward(plan, spot, case.draws))


def power_off_at_anchor(stage: Stage, case: Case) -> None:
    """Anchors in a bay and turns everything off for the night."""
    port = stage.port(case.draws)
    roads = stage.roads(port, case.draws)
    ship = stage.ship(case.draws.pick(("yacht", "motor yacht", "fishing boat")), case.draws)
    plan = stage.approach(ship, stage.port(case.draws, roads, 40.0), roads, case.at_s - 1800.0)
    plan.anchor(roads, 1800.0, swing_m=25.0)
    plan.anchor(roads, case.hold_s, swing_m=25.0, radio=OFF, mark=case.mark)
    brought(stage, case, plan.anchor(roads, swing_m=25.0))


def power_off_in_port(stage: Stage, case: Case) -> None:
    """Arrives, moors, and switches off alongside."""
    port = stage.port(case.draws)
    ship = stage.ship(case.draws.pick(("coaster", "trawler", "fishing boat")), case.draws)
    home = stage.port(case.draws, port.at)
    plan = stage.approach(ship, home, port.at, case.at_s - 900.0)
    plan.moor(900.0).moor(case.hold_s, radio=OFF, mark=case.mark)
    brought(stage, case, plan.moor())


def poor_installation(stage: Stage, case: Case) -> None:
    """A ship whose antenna is bad: long gaps all day, transmitting all the time."""
    plan, spot = met(stage, case, case.draws.pick(("coaster", "trawler")))
    plan.ship = replace(plan.ship, power_loss_db=case.draws.between(12.0, 20.0))
    way = stage.way(spot, stage.port(case.draws, spot).at)
    brought(stage, case, plan.go(way, plan.ship.speed_kn, mark=case.mark).moor())


# -- like loitering -------------------------------------------------------------------------------
def waits_at_anchor(stage: Stage, case: Case) -> None:
    """Waits for a berth in the roads."""
    port = stage.port(case.draws)
    roads = stage.roads(port, case.draws)
    ship = stage.ship(case.draws.pick(("cargo", "tanker")), case.draws)
    plan = stage.approach(ship, stage.port(case.draws, roads), roads, case.at_s)
    plan.anchor(roads, case.hold_s, mark=case.mark)
    plan.go(stage.way(roads, port.at), min(7.0, ship.speed_kn))
    brought(stage, case, plan.moor())


def waits_for_pilot(stage: Stage, case: Case) -> None:
    """Slowly to and fro before a port until the pilot comes."""
    port = stage.port(case.draws)
    roads = stage.roads(port, case.draws)
    ship = stage.ship(case.draws.pick(("cargo", "tanker", "coaster")), case.draws)
    plan = stage.approach(ship, stage.port(case.draws, roads), roads, case.at_s)
    plan.drift(min(case.hold_s, 2400.0), mark=case.mark)
    plan.go(stage.way(roads, port.at), min(8.0, ship.speed_kn))
    brought(stage, case, plan.moor())


def fishes(stage: Stage, case: Case) -> None:
    """Trawls all day, slow and winding, transmitter on."""
    plan, spot = met(stage, case, "trawler")
    end = trawl(plan, spot, case.hold_s / S_PER_H, case.draws, case.mark)
    brought(stage, case, stage.onward(plan, end if stage.reachable(end) else spot, case.draws))


def tacks(stage: Stage, case: Case) -> None:
    """A yacht beats to windward: long legs, little gained."""
    plan, spot = met(stage, case, "yacht")
    here: Point = spot
    points = [spot]
    for leg in range(max(2, round(case.hold_s / 1800.0))):
        turn = pi / 2.0 + (pi / 3.4 if leg % 2 else -pi / 3.4)
        here = moved(here, 1.6 * M_PER_NMI * sin(turn), 1.6 * M_PER_NMI * cos(turn))
        if stage.routes.sea.shore_at(*here) < 1500.0 or not stage.reachable(here):
            break
        points.append(here)
    plan.go(np.array(points), 4.2, status=Status.SAILING, mark=case.mark)
    brought(stage, case, stage.onward(plan, points[-1], case.draws))


# -- like a meeting -------------------------------------------------------------------------------
def _beside(stage: Stage, case: Case, leader: Plan, kind: str, home: Point, away_m: float) -> Plan:
    """Another ship goes to her from a port and keeps beside her until the time is over."""
    case.apart_m = max(150.0, 2.0 * away_m)
    ship = stage.ship(kind, case.draws)
    run_s = 1800.0
    plan = Plan(ship, *home).moor(until_s=max(0.0, case.at_s - run_s))
    end_s = case.at_s + case.hold_s
    plan.follow(leader, ship.speed_kn, end_s, east_m=away_m, north_m=away_m / 3, mark=case.mark)
    return brought(stage, case, plan)


def pilot_boarding(stage: Stage, case: Case) -> None:
    """A pilot boat comes alongside a ship bound for port, and goes back."""
    port = stage.port(case.draws)
    roads = stage.roads(port, case.draws)
    case.hold_s = min(case.hold_s, 900.0)
    ship = stage.ship(case.draws.pick(("cargo", "tanker", "cruise")), case.draws)
    plan = stage.approach(ship, stage.port(case.draws, roads), roads, case.at_s)
    plan.go(stage.way(roads, port.at), 6.0, mark=case.mark)
    brought(stage, case, plan.moor())
    boat = _beside(stage, case, plan, "pilot", port.at, 20.0)
    boat.go(np.array([roads, port.at]), boat.ship.speed_kn).moor()


def tow(stage: Stage, case: Case) -> None:
    """A tug with a barge close behind her, for hours."""
    plan, spot = met(stage, case, "tug")
    way = stage.way(spot, stage.port(case.draws, spot).at)
    slow, rest = cut(way, 5.0 * KN_TO_MPS * case.hold_s)
    plan.go(slow, 5.0, status=Status.RESTRICTED, mark=case.mark).go(rest, 5.0).moor()
    brought(stage, case, plan)
    case.apart_m = 300.0
    towed = stage.approach(stage.ship("coaster", case.draws), stage.ports[0], spot, case.at_s)
    end_s = case.at_s + case.hold_s
    towed.follow(plan, 9.0, end_s, east_m=60.0, north_m=90.0, mark=case.mark)
    brought(stage, case, stage.onward(towed, spot, case.draws))


def bunkering(stage: Stage, case: Case) -> None:
    """A bunker barge alongside a ship at anchor in the roads."""
    port = stage.port(case.draws)
    roads = stage.roads(port, case.draws)
    ship = stage.ship(case.draws.pick(("cargo", "tanker")), case.draws)
    plan = Plan(ship, *roads).anchor(roads, case.at_s + case.hold_s, mark=case.mark)
    plan.go(stage.way(roads, port.at), 7.0).moor()
    brought(stage, case, plan)
    barge = _beside(stage, case, plan, "bunker", port.at, 25.0)
    barge.go(np.array([roads, port.at]), barge.ship.speed_kn).moor()


def overtaking(stage: Stage, case: Case) -> None:
    """One passes another close, and is gone."""
    plan, spot = met(stage, case, "coaster")
    port = stage.port(case.draws, spot)
    way = stage.way(spot, port.at)
    brought(stage, case, plan.go(way, plan.ship.speed_kn, mark=case.mark).moor())
    case.apart_m = 400.0
    ferry = stage.ship("fast ferry", case.draws)
    behind_s, chase_s = 600.0, 420.0
    fast = stage.approach(ferry, port, spot, case.at_s + behind_s)
    until_s = case.at_s + behind_s + chase_s
    fast.follow(plan, ferry.speed_kn, until_s, east_m=180.0, north_m=120.0, mark=case.mark)
    _, ahead = cut(way, plan.ship.speed_kn * KN_TO_MPS * (behind_s + chase_s) + 1500.0)
    brought(stage, case, fast.go(ahead, ferry.speed_kn, mark=case.mark).moor())


def convoy(stage: Stage, case: Case) -> None:
    """Yachts that sail in company from bay to bay."""
    plan, spot = met(stage, case, "yacht")
    port = stage.port(case.draws, spot, 50.0)
    way = stage.way(spot, port.at)
    brought(stage, case, plan.go(way, plan.ship.speed_kn, mark=case.mark).moor())
    case.apart_m = 500.0
    for k in range(2):
        mate = stage.approach(stage.ship("yacht", case.draws), port, spot, case.at_s)
        off_m = 120.0 * (k + 1)
        end_s = case.at_s + case.hold_s
        mate.follow(plan, 8.0, end_s, east_m=off_m, north_m=-off_m / 2, mark=case.mark)
        brought(stage, case, stage.onward(mate, spot, case.draws))


def pair_trawl(stage: Stage, case: Case) -> None:
    """Two trawlers with one net between them."""
    plan, spot = met(stage, case, "trawler")
    trawl(plan, spot, case.hold_s / S_PER_H, case.draws, case.mark)
    brought(stage, case, plan.drift())
    case.apart_m = 600.0
    mate = stage.approach(stage.ship("trawler", case.draws), stage.ports[0], spot, case.at_s)
    end_s = case.at_s + case.hold_s
    mate.follow(plan, 9.0, end_s, east_m=200.0, north_m=200.0, mark=case.mark)
    brought(stage, case, stage.onward(mate, spot, case.draws))


def regatta(stage: Stage, case: Case) -> None:
    """A fleet of yachts races around marks off a port."""
    port = stage.port(case.draws)
    start = stage.roads(port, case.draws)
    marks = [moved(start, 3000.0 * sin(k * 2.1), 3000.0 * cos(k * 2.1)) for k in range(3)]
    marks = [m for m in marks if stage.routes.sea.shore_at(*m) > 300.0] or [start]
    case.apart_m = 60.0
    for k in range(12):
        draws = case.draws.child(k)
        here = moved(start, 60.0 * draws.normal(), 60.0 * draws.normal())
        plan = Plan(stage.ship("yacht", draws), *here)
        plan.anchor(here, case.at_s, swing_m=20.0)
        course = [here, *(moved(m, 30.0 * draws.normal(), 30.0 * draws.normal()) for m in marks)]
        for _ in range(3):
            speed_kn = draws.between(5.0, 7.0)
            plan.go(np.array(course), speed_kn, status=Status.SAILING, mark=case.mark)
        brought(stage, case, plan.anchor(here, swing_m=20.0))


def shelter(stage: Stage, case: Case) -> None:
    """Before a hurricane small ships crowd into a bay, anchor close, and some lose power."""
    port = stage.port(case.draws)
    for k in range(14):
        draws = case.draws.child(k)
        kind = draws.pick(("yacht", "fishing boat", "motor yacht"))
        roads = moved(port.at, 150.0 * draws.normal(), 150.0 * draws.normal())
        from_port = stage.port(draws, port.at, 60.0)
        at_s = case.at_s * draws.between(0.3, 1.0)
        plan = stage.approach(stage.ship(kind, draws), from_port, port.at, at_s)
        plan.anchor(roads, draws.between(0.3, 1.0) * case.hold_s, swing_m=20.0, mark=case.mark)
        radio = OFF if draws.chance(0.5) else Radio.ON
        brought(stage, case, plan.anchor(roads, swing_m=20.0, radio=radio, mark=case.mark))


# -- like a meeting with somebody unseen, like distress ------------------------------------------
def stops_alone(stage: Stage, case: Case) -> None:
    """Stops in mid-passage to mend her engine; nobody is near."""
    plan, spot = met(stage, case, case.draws.pick(("coaster", "cargo", "motor yacht")))
    plan.drift(case.hold_s, status=Status.NOT_UNDER_COMMAND, mark=case.mark)
    brought(stage, case, stage.onward(plan, spot, case.draws))


def sart_test(stage: Stage, case: Case) -> None:
    """A crew tests its AIS-SART: status 15, and a text that says TEST."""
    case.hold_s = min(case.hold_s, 300.0)
    beacon(stage, case, "sart", Radio.TEST)


LOOKALIKES: Final[Mapping[str, Script]] = {
    "leaves_coverage": Script("D1", "leaves coverage", (120.0, 360.0), leaves_coverage),
    "class_b_at_rest": Script("D1", "slow reports", (60.0, 180.0), class_b_at_rest),
    "power_off_at_anchor": Script("D1", "off at anchor", (180.0, 480.0), power_off_at_anchor),
    "power_off_in_port": Script("D1", "off in port", (180.0, 480.0), power_off_in_port),
    "poor_installation": Script("D1", "poor antenna", (120.0, 240.0), poor_installation),
    "waits_at_anchor": Script("D3", "waiting", (120.0, 480.0), waits_at_anchor),
    "waits_for_pilot": Script("D3", "waiting", (20.0, 40.0), waits_for_pilot),
    "fishes": Script("D3", "fishing", (180.0, 480.0), fishes),
    "tacks": Script("D3", "sailing", (120.0, 300.0), tacks),
    "pilot_boarding": Script("D4", "pilot", (8.0, 15.0), pilot_boarding),
    "tow": Script("D4", "tow", (120.0, 300.0), tow),
    "bunkering": Script("D4", "bunkering", (120.0, 300.0), bunkering),
    "overtaking": Script("D4", "passing", (60.0, 90.0), overtaking),
    "convoy": Script("D4", "company", (120.0, 300.0), convoy),
    "pair_trawl": Script("D4", "pair trawl", (150.0, 300.0), pair_trawl),
    "regatta": Script("D4", "regatta", (120.0, 240.0), regatta),
    "shelter": Script("D1", "shelter", (240.0, 600.0), shelter),
    "stops_alone": Script("D5", "stop alone", (20.0, 80.0), stops_alone),
    "sart_test": Script("D11", "test", (4.0, 5.0), sart_test),
}
