"""A whole small sea: orders are carried out, the standard's intervals kept, the truth is true."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from island_sea import BOX, PLACES, START_S, Island, scenario
from plain_kernels import plainly

from feeds.synthetic import (
    content,
    draws,
    encoder,
    helm,
    propagation,
    reception,
    routes,
    sea,
    sentences,
    simulation,
    transmit,
)
from feeds.synthetic.incidents import INCIDENTS
from feeds.synthetic.lookalikes import LOOKALIKES
from feeds.synthetic.orders import Radio, Status
from feeds.synthetic.scenario import Cue, Duct, Outage
from feeds.synthetic.simulation import Simulation, simulate
from feeds.synthetic.stage import metres
from feeds.synthetic.traffic import SCRIPTS
from feeds.synthetic.transmit import (
    POSITION,
    SLOTS_PER_S,
    TEXT,
    VOYAGE,
    interval_of,
)
from feeds.synthetic.truth import kinds_of, positions, truth
from mda.clock import NO_TIME_US
from mda.decode import LogDecoder
from mda.errors import PlanError
from mda.model import Decoded, Lines, RowKind, Sentence

NEAR = {"from_shore_nmi": [1, 15], "from_station_nmi": [1, 15]}


def cue(mechanism: str, count: int = 1, **more: Any) -> Cue:
    """A cue that the little sea has room for."""
    return Cue(mechanism, count, {**NEAR, **more})


def played(*cues: Cue, **changed: Any) -> Simulation:
    """A sea played on the island."""
    return simulate(scenario(*cues, **changed), Island(), PLACES)


def lines_of(sim: Simulation) -> list[bytes]:
    """All its sentences."""
    return b"".join(sim.lines()).splitlines()


def decoded_of(sim: Simulation) -> Decoded:
    """What the house's decoder makes of it: every line."""
    decoder = LogDecoder({})
    rows = [Sentence(RowKind.LINE, 0, NO_TIME_US, line) for line in lines_of(sim)]
    decoded = decoder.decode(Lines.of(rows))
    assert not decoded.rejected
    assert decoder.books[0].pending == 0
    return decoded


@pytest.fixture(scope="module")
def everything() -> Simulation:
    """Every mechanism once, in eight hours."""
    cues = [cue(name) for name in (*INCIDENTS, *LOOKALIKES)]
    return played(*cues, hours=8.0, vessels=18)


def test_every_mechanism_is_in_the_truth(everything: Simulation) -> None:
    known = truth(everything)
    done = {event["mechanism"] for event in known["events"]}
    assert {*INCIDENTS, *LOOKALIKES} <= done
    assert sum(kinds_of(known["events"]).values()) == len(known["events"])
    for event in known["events"]:
        assert event["end_at"] is None or event["onset_at"] < event["end_at"]
        assert event["positive"] == (event["mechanism"] in INCIDENTS)
        assert (event["split"], event["difficulty"]) == ("tuning", "easy")
    assert len({event["id"] for event in known["events"]}) == len(known["events"])


def test_a_silent_transmitter_is_never_heard(everything: Simulation) -> None:
    off = everything.tracks.radio == int(Radio.OFF)
    step = (everything.sent.slot / SLOTS_PER_S / helm.STEP_S).astype(int)
    # a nominal time may fall before the switch and its slot behind it, by a tenth of an interval
    before = np.maximum(step - 2, 0)
    after = np.minimum(step + 2, off.shape[1] - 1)
    ship = everything.sent.ship
    assert not (off[ship, before] & off[ship, step] & off[ship, after]).any()
    assert off.any()


def test_ships_that_meet_are_as_near_as_the_event_says(everything: Simulation) -> None:
    met = [e for e in truth(everything)["events"] if e["detector"] == "D4" and e["positive"]]
    assert met
    assert all(event["closest_m"] < 150.0 for event in met)
    assert all(len(event["mmsis"]) == 2 for event in met)


def test_nobody_leaps_and_nobody_under_way_is_on_land(everything: Simulation) -> None:
    tracks = everything.tracks
    leap = np.hypot(np.diff(tracks.lon) * 107_900.0, np.diff(tracks.lat) * 111_195.0)
    assert leap.max() < 40.0 * 0.5144 * helm.STEP_S
    under_way = tracks.sog_kn > 3.0
    inside = np.abs(tracks.lon + 61.0) < 0.35
    dry = Island().on_land(tracks.lon[under_way & inside], tracks.lat[under_way & inside])
    assert dry.mean() < 0.01


def test_decoded_positions_are_the_true_ones(everything: Simulation) -> None:
    reports = decoded_of(everything).reports
    row = {plan.ship.mmsi: n for n, plan in enumerate(everything.stage.plans)}
    rows = np.flatnonzero(np.isin(reports.msg_type, (1, 3, 18)))[::37]
    assert rows.size > 200
    for k in rows:
        ship = row[int(reports.mmsi[k])]
        step = (int(reports.at_us[k]) // 1_000_000 - START_S) // helm.STEP_S
        true = float(everything.tracks.lon[ship, step]), float(everything.tracks.lat[ship, step])
        said = float(reports.lon_deg[k]), float(reports.lat_deg[k])
        assert metres(true, said) < 60.0 + 18.0 * helm.STEP_S


def test_intervals_are_those_of_the_standard() -> None:
    """M.1371-5 annex 1, tables 1 and 2."""
    a, b, so = 0, 1, 2
    way, moored = int(Status.UNDER_WAY), int(Status.MOORED)
    assert interval_of(a, moored, 0.0, 0.0) == 180.0
    assert interval_of(a, moored, 4.0, 0.0) == 10.0
    assert [interval_of(a, way, v, 0.0) for v in (0.0, 14.0, 18.0, 24.0)] == [10.0, 10.0, 6.0, 2.0]
    assert [interval_of(a, way, v, 5.0) for v in (5.0, 18.0, 24.0)] == [10.0 / 3.0, 2.0, 2.0]
    assert [interval_of(b, way, v, 0.0) for v in (1.0, 5.0, 30.0)] == [180.0, 30.0, 30.0]
    assert [interval_of(so, way, v, 0.0) for v in (1.0, 5.0, 18.0, 30.0)] == [
        180.0,
        30.0,
        15.0,
        5.0,
    ]
    assert interval_of(4, 0, 0.0, 0.0) == 10.0
    assert interval_of(5, 0, 0.0, 0.0) == 180.0


def test_what_is_sent_keeps_the_intervals() -> None:
    sim = played(vessels=16, hours=2.0)
    kinds = {plan.ship.kind.ais for plan in sim.stage.plans}
    assert {"A", "B", "base", "aid"} <= kinds
    for number, plan in enumerate(sim.stage.plans):
        mine = sim.sent.ship == number
        voyages = np.flatnonzero(mine & (sim.sent.what == VOYAGE))
        assert np.all(np.diff(sim.sent.slot[voyages]) == 360 * SLOTS_PER_S)
        if plan.ship.kind.ais != "A" or plan.ship.careless:
            continue
        sent = sim.sent.slot[mine & (sim.sent.what == POSITION)] / SLOTS_PER_S
        gaps = np.diff(sent)
        step = (sent[:-1] / helm.STEP_S).astype(int)
        slow = sim.tracks.sog_kn[number, step] < 13.5
        rest = np.isin(sim.tracks.status[number], (int(Status.MOORED), int(Status.ANCHORED)))
        # her nominal time lies up to a tenth of an interval beside the slot
        berth = rest[step] | rest[np.minimum(step + 1, rest.size - 1)]
        assert np.all(gaps[slow & ~berth] <= 12.1)
        assert np.all(gaps <= 216.1)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    cues = cue("off_on_passage"), cue("pilot_boarding")
    first, again = played(*cues), played(*cues)
    assert b"".join(first.lines()) == b"".join(again.lines())
    assert truth(first) == truth(again)
    assert b"".join(first.lines()) != b"".join(played(*cues, seed=6).lines())


def test_a_station_that_is_down_writes_nothing() -> None:
    down = Outage("Hill", 0.25, 0.75, "down")
    sim = played(outages=(down,))
    at_s = sim.heard.stamp_s[sim.heard.station == 0] - START_S
    assert not ((at_s > 0.26 * 3600) & (at_s < 0.74 * 3600)).any()
    assert (at_s < 0.25 * 3600).any()
    assert (at_s > 0.75 * 3600).any()
    other = sim.heard.stamp_s[sim.heard.station == 1] - START_S
    assert ((other > 0.26 * 3600) & (other < 0.74 * 3600)).any()
    events = [e for e in truth(sim)["events"] if e["detector"] == "receiver"]
    assert [(e["kind"], e["stations"]) for e in events] == [("down", ["Hill"])]


def test_a_deaf_station_hears_less_and_a_late_one_delivers_afterwards() -> None:
    plain = played()
    deaf = played(outages=(Outage("Hill", 0.0, 1.0, "deaf"),))
    assert (deaf.heard.station == 0).sum() < (plain.heard.station == 0).sum()
    assert (deaf.heard.station == 1).sum() == (plain.heard.station == 1).sum()
    late = played(outages=(Outage("Hill", 0.2, 0.6, "late"),))
    assert late.heard.message.size == plain.heard.message.size
    held = (late.heard.station == 0) & (late.heard.stamp_s - START_S > 0.21 * 3600)
    held &= late.heard.stamp_s - START_S < 0.59 * 3600
    assert held.any()
    assert late.heard.arrived_s[held].min() > START_S + 0.6 * 3600
    assert np.all(np.diff(late.heard.arrived_s) >= 0.0)


def test_a_wrong_clock_moves_the_stamps() -> None:
    plain, wrong = played(), played(clock_s={"Cape": 5.0})
    assert np.array_equal(plain.heard.message, wrong.heard.message)
    off = wrong.heard.stamp_s - plain.heard.stamp_s
    assert set(off[plain.heard.station == 1]) == {5}
    assert set(off[plain.heard.station == 0]) == {0}


def test_a_duct_lets_more_through_and_its_end_is_an_event() -> None:
    manners = {"fading": "rayleigh", "duct": "surface"}
    traits = {**scenario().traits, "antenna": {"height_m": [8.0, 9.0]}}
    far = {"from_station_nmi": [18, 40], "from_shore_nmi": [8, 40], "hold_min": [20, 25]}
    cues = [Cue("drift_stopped", 3, far)]
    none = played(*cues, manners=manners, traits=traits)
    duct = played(*cues, manners=manners, traits=traits, ducts=(Duct(0.0, 0.9, 1.0),))
    assert duct.heard.message.size > none.heard.message.size
    kinds = [e["kind"] for e in truth(duct)["events"] if e["detector"] == "receiver"]
    assert kinds == ["duct collapse"]


def test_beacons_speak_as_they_should() -> None:
    sim = played(cue("sart_active"), cue("sart_test"), cue("mob_active"))
    decoded = decoded_of(sim)
    beacons = decoded.reports.take(np.flatnonzero(decoded.reports.mmsi >= 970_000_000))
    status = {int(m): set() for m in beacons.mmsi}  # type: dict[int, set[int]]
    for mmsi, nav in zip(beacons.mmsi.tolist(), beacons.nav_status.tolist(), strict=True):
        status[mmsi].add(nav)
    events = {e["mechanism"]: e["mmsis"][0] for e in truth(sim)["events"] if e["mmsis"]}
    assert status[events["sart_active"]] == {14}
    assert status[events["mob_active"]] == {14}
    assert 14 not in status.get(events["sart_test"], set())
    assert (sim.sent.what == TEXT).any()


def test_the_positions_of_the_truth_tell_who_transmitted() -> None:
    sim = played(cue("off_to_meet", hold_min=[10, 12]))
    table = positions(sim, 60)
    assert len({column.shape for column in table.values()}) == 1
    assert table["at"].dtype == np.dtype("datetime64[us]")
    marked = table["event"] == 0
    assert marked.any()
    assert not table["transmitting"][marked].any()
    skiffs = [n for n, p in enumerate(sim.stage.plans) if p.ship.kind.name == "skiff"]
    assert not table["transmitting"][np.isin(table["ship"], skiffs)].any()
    assert table["transmitting"].any()


def test_every_kind_of_ordinary_ship_sails() -> None:
    mix = dict.fromkeys(SCRIPTS, 1.0)
    traits = {**scenario().traits, "traffic": {"mix": mix}}
    sim = played(traits=traits, vessels=3 * len(mix), hours=6.0)
    ships = [p.ship for p in sim.stage.plans if p.ship.kind.ais not in ("base", "aid")]
    assert {ship.kind.name for ship in ships} == set(mix)
    assert len({ship.mmsi for ship in ships}) == len(ships)
    moving = (sim.tracks.sog_kn > 3.0).any(axis=1)
    assert 0.3 < moving.mean() < 1.0


def test_a_scenario_without_room_or_ports_is_refused() -> None:
    with pytest.raises(PlanError, match="no sea is"):
        played(Cue("drift_stopped", 1, {"from_shore_nmi": [200, 300]}))
    with pytest.raises(PlanError, match="two ports"):
        simulate(scenario(), Island(), PLACES[:1])


def test_kernels_and_their_plain_twins_play_the_same_sea(monkeypatch: pytest.MonkeyPatch) -> None:
    region = scenario().region
    small = region.__class__("small", sea.Box(-61.14, 13.86, -60.86, 14.14), region.stations, ())
    told = {
        "hours": 0.3, "vessels": 5, "region": small, "aids": 1, "class_b_yield": 0.3,
        "manners": {"fading": "burst", "duct": "bending"}, "ducts": (Duct(0.0, 0.2, 0.5),),
    }  # fmt: skip
    near = {"from_shore_nmi": [0.5, 5], "from_station_nmi": [0.5, 9], "hold_min": [4, 5]}
    names = ("quick_transfer", "sart_active", "sart_test", "waits_at_anchor", "off_by_fading")
    cues = [Cue(name, 1, near) for name in names]
    compiled = played(*cues, **told)
    modules = (content, draws, encoder, helm, propagation, reception, routes, sea, sentences)
    plainly(monkeypatch, *modules, simulation, transmit)
    again = played(*cues, **told)
    assert np.array_equal(again.tracks.order, compiled.tracks.order)
    assert np.allclose(again.tracks.lon, compiled.tracks.lon, rtol=0, atol=1e-9)
    assert np.array_equal(again.sent.slot, compiled.sent.slot)
    pair = zip(lines_of(again), lines_of(compiled), strict=False)
    same = [a == b for a, b in itertools.islice(pair, 400)]
    assert np.mean(same) > 0.9
    assert BOX.west_deg < small.box.west_deg
