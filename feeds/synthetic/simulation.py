"""One simulated sea from beginning to end: scene, tracks, transmissions, hearings, sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from feeds.synthetic.content import Speaker
from feeds.synthetic.draws import Draws, key_of
from feeds.synthetic.helm import STEP_S, Tracks, tracks_of
from feeds.synthetic.incidents import INCIDENTS
from feeds.synthetic.lookalikes import LOOKALIKES
from feeds.synthetic.orders import Orders, Radio
from feeds.synthetic.propagation import DUCTS, shadows
from feeds.synthetic.reception import (
    FADINGS,
    UNHEARD,
    Ether,
    Voices,
    heard_of,
    margins,
    shadow_frame,
    spells,
)
from feeds.synthetic.routes import Routes
from feeds.synthetic.scenario import Cue, Scenario
from feeds.synthetic.sea import Coast, Sea
from feeds.synthetic.sentences import Texts, written
from feeds.synthetic.stage import Case, Gate, Port, Stage, metres
from feeds.synthetic.traffic import fixtures, populate
from feeds.synthetic.transmit import CLASS_CODE, SLOTS_PER_S, Sent, transmissions
from mda.errors import PlanError
from mda.model.reports import F64, I64, U8
from zones.places import Place

PORT_KINDS: Final = ("port", "cruise", "oil terminal")
_ONE_PORT_M: Final = 4_000.0
"""Ports nearer to each other than this are one."""
_LOW_DB: Final = 11.0
"""12.5 W to 1 W: the low power setting of a class A transponder (M.1371-5)."""
_DEAF_DB: Final = 22.0
"""What water in a connector costs: own choice."""
_STRIDE: Final = 2
_CHUNK: Final = 200_000
_SENSITIVITY_DBM: Final = -107.0


class Hearings(NamedTuple):
    """Who heard what when, in the order of arrival; shape (n,) each."""

    message: I64
    station: I64
    stamp_s: I64
    """By the station's clock, whole seconds since 1970."""
    arrived_s: F64
    """When it reaches the node: seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """A sea that was played: all that is true of it, and all that was heard."""

    scenario: Scenario
    stage: Stage
    sea: Sea
    tracks: Tracks
    orders: Orders
    sent: Sent
    texts: Texts
    lon: F64
    """Where each transmission says its ship is."""
    lat: F64
    heard: Hearings

    def lines(self) -> Iterator[bytes]:
        """All sentences in the order in which they arrive, in blocks."""
        names = list(self.scenario.region.stations)
        for first in range(0, self.heard.message.size, _CHUNK):
            part = slice(first, first + _CHUNK)
            yield written(
                self.heard.message[part].astype(np.int32),
                self.heard.station[part].astype(np.int32),
                self.heard.stamp_s[part],
                np.arange(first, first + self.heard.message[part].size) % 10_000,
                self.sent.channel,
                self.texts,
                names,
            )


def ports_of(scenario: Scenario, places: tuple[Place, ...], routes: Routes) -> tuple[Port, ...]:
    """Real ports of the region that ships can reach. PlanError: there are fewer than two."""
    box = scenario.region.box
    found: list[Port] = []
    for place in sorted(places, key=lambda p: (p.name, p.lon_deg)):
        inside = box.west_deg < place.lon_deg < box.east_deg
        inside = inside and box.south_deg < place.lat_deg < box.north_deg
        if not inside or place.kind not in PORT_KINDS:
            continue
        try:
            at = routes.afloat(place.lon_deg, place.lat_deg, reach=4)
        except PlanError:
            continue
        if all(metres(at, port.at) > _ONE_PORT_M for port in found):
            found.append(Port(place.name, at))
    if len(found) < 2:
        raise PlanError("a region needs two ports at least", where=scenario.region.name)
    return tuple(found)


def staged(scenario: Scenario, sea: Sea, places: tuple[Place, ...]) -> Stage:
    """The scene with everybody on it, before anything moves."""
    routes = Routes(sea)
    ports = ports_of(scenario, places, routes)
    gates = tuple(Gate(routes.afloat(*a), b) for a, b in scenario.region.gates)
    stations = tuple(scenario.region.stations.values())
    draws = Draws(scenario.seed, scenario.name)
    stage = Stage(routes, ports, gates, stations, draws, scenario.hours)
    fixtures(stage, scenario.aids)
    populate(stage, scenario.traits["traffic"]["mix"], scenario.vessels)
    for cue in scenario.cues:
        _played(stage, cue, scenario.hours)
    return stage


def _played(stage: Stage, cue: Cue, hours: float) -> None:
    """Plays a mechanism as often as its cue says."""
    positive = cue.mechanism in INCIDENTS
    script = (INCIDENTS if positive else LOOKALIKES)[cue.mechanism]
    for _ in range(cue.count):
        mark = len(stage.cases)
        draws = stage.draws.child("case", cue.mechanism, mark)
        low, high = cue.options.get("hold_min", script.hold_min)
        hold_s = min(draws.between(low, high) * 60.0, 0.5 * hours * 3600.0)
        first_s = min(5400.0, 0.2 * hours * 3600.0)
        last_s = max(first_s, hours * 3600.0 - hold_s - 3600.0)
        case = Case(
            mark, script.detector, script.kind, cue.mechanism, positive, draws,
            draws.between(first_s, last_s), hold_s,
        )  # fmt: skip
        for limit in ("from_shore_nmi", "from_station_nmi"):
            if limit in cue.options:
                setattr(case, limit, tuple(map(float, cue.options[limit])))
        stage.cases.append(case)
        script.play(stage, case)


def ether_of(scenario: Scenario, sea: Sea) -> Ether:
    """What stands between ships and stations in a scenario."""
    draws = Draws(scenario.seed, scenario.name, "ether")
    low, high = scenario.traits["antenna"]["height_m"]
    stations = scenario.region.stations
    sites = np.array([
        (*at, draws.child(name).between(low, high), _SENSITIVITY_DBM)
        for name, at in stations.items()
    ])  # fmt: skip
    terrain = scenario.traits["terrain"]
    ground = sea.ground_m(float(terrain["slope"]), float(terrain["summit_m"]))
    ducts = [(d.from_h, d.to_h, d.strength) for d in scenario.ducts]
    gain = [
        spells(
            scenario.hours,
            [
                (
                    o.from_h,
                    o.to_h,
                    2.0 * UNHEARD if o.kind == "down" else -_DEAF_DB - scenario.noise_db,
                )
                for o in scenario.outages
                if o.station == name and o.kind != "late"
            ],
            -scenario.noise_db,
        )
        for name in stations
    ]
    return Ether(
        site=sites,
        gain_db=np.array(gain),
        duct=np.array([spells(scenario.hours, ducts, 0.0)] * len(stations)),
        duct_kind=DUCTS[scenario.manners["duct"]],
        fading=FADINGS[scenario.manners["fading"]],
        slow_db=scenario.slow_fading_db,
        slow_s=600.0,
        lost_share=scenario.lost_share,
        shadow_db=shadows(sea, ground, sites[:, :3], _STRIDE),
        frame=shadow_frame(sea, _STRIDE),
    )


def hearings(scenario: Scenario, sent: Sent, message: I64, station: I64) -> Hearings:
    """Hearings stamped by the stations' clocks, in the order in which they arrive."""
    at_s = scenario.start_s + sent.slot[message] / SLOTS_PER_S
    names = list(scenario.region.stations)
    off_s = np.array([scenario.clock_s.get(name, 0.0) for name in names])
    arrived = at_s + 0.5
    for outage in scenario.outages:
        if outage.kind == "late" and outage.station in names:
            begin, end = (scenario.start_s + 3600.0 * h for h in (outage.from_h, outage.to_h))
            held = (station == names.index(outage.station)) & (at_s >= begin) & (at_s < end)
            arrived[held] = end + 1.0
    order = np.lexsort((station, message, arrived))
    stamp = np.floor(at_s + off_s[station]).astype(np.int64)
    return Hearings(message[order], station[order], stamp[order], arrived[order])


def simulate(scenario: Scenario, coast: Coast, places: tuple[Place, ...]) -> Simulation:
    """Plays a scenario on a coast, with its real ports.

    PlanError: the region has no room for what the scenario asks.
    """
    sea = Sea.of(coast, scenario.region.box)
    stage = staged(scenario, sea, places)
    orders = Orders.of(stage.plans)
    steps = round(scenario.hours * 3600.0 / STEP_S)
    tracks = tracks_of(stage.plans, orders, sea, scenario.weather, steps, scenario.seed)
    ships = [plan.ship for plan in stage.plans]
    code = np.array([CLASS_CODE[ship.kind.ais] for ship in ships], np.int64)
    careless: U8 = np.array([ship.careless for ship in ships], np.uint8)
    key = key_of(scenario.seed, "slots")
    sent = transmissions(code, careless, scenario.class_b_yield, key, tracks)
    speaker = Speaker(ships, sent, tracks, scenario.start_s, key_of(scenario.seed, "sensors"))
    voices = Voices(
        np.array([ship.kind.power_dbm - ship.power_loss_db for ship in ships]),
        np.array([ship.kind.antenna_m for ship in ships]),
    )
    step = np.minimum((sent.slot / SLOTS_PER_S / STEP_S).astype(np.int64), steps - 1)
    low = tracks.radio[sent.ship, step] == int(Radio.LOW)
    lon, lat = speaker.seen.lon, speaker.seen.lat
    margin = margins(sent, lon, lat, low * _LOW_DB, voices, ether_of(scenario, sea), scenario.seed)
    heard = hearings(scenario, sent, *heard_of(margin))
    return Simulation(scenario, stage, sea, tracks, orders, sent, speaker.texts(), lon, lat, heard)
