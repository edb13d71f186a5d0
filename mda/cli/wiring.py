"""How the parts of a node are put together: the one place that knows them all."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from mda.alert.cases import Cases
from mda.alert.desk import Desk
from mda.alert.rules import Rules
from mda.alert.safety import SafetyWatch
from mda.alert.safety_text import SafetyTexts
from mda.cli.bundled import Waters, bundled_waters, data_file, load_places, load_zones
from mda.clock import Clock, WallClock
from mda.config import Config
from mda.decode import Limits, LogDecoder, detail
from mda.detect.loitering import LoiteringDetector
from mda.detect.silence import SilenceDetector
from mda.detect.zone_visits import ZoneVisitDetector
from mda.errors import MdaError
from mda.model import Detector, History, Keyframes, RowKind, Sentence
from mda.patrol.assets import load_assets
from mda.patrol.first_look import first_look
from mda.picture.live import LivePicture
from mda.store.nodedir import NodeStore
from mda.store.rawlog import RawLog
from mda.track.hulls import Tracker
from mda.track.identity import Claims
from mda.track.predict import predict
from mda.units import US_PER_H, US_PER_S, microseconds
from mda.vet.health import HealthFold
from mda.vet.hearings import Vetter
from mda.vet.rows import row_flags
from mda.watch.casedesk import CaseDesk
from mda.watch.flow import Flow
from mda.watch.nowroad import NowRoad
from mda.watch.pipeline import Parts, Pipeline
from mda.watch.road import Road, StationFold
from mda.watch.stationdesk import StationDesk
from mda.watch.view import Words
from zones.drawing import drawing_geojson
from zones.words import describe

CANNOT_SEE = (
    "Small boats carry no AIS: pirogues, go-fasts, migrant sloops, most fishing boats are absent.",
    "Beyond the receivers' horizon nothing is heard; an empty sea here is not an empty sea.",
    "Silence has many causes: no reception model is learnt yet, so terrain, range and a power cut "
    "are not ruled out.",
    "Names, flags and types are claims that a ship makes of itself.",
    "Zone lines are simplified (most ± 3 km), belts are drawn from our own coast, and some waters "
    "are disputed: no line here is a legal limit.",
)
"""What every page says that this picture does not show."""


def build_road(
    config: Config,
    waters: Waters,
    claims: Claims,
    station_name: Callable[[int], str],
    health: HealthFold | None = None,
) -> Road:
    """The settled road with every detector; `station_name` by the station's code."""
    zones, places = waters.zones, waters.places
    detectors: list[Detector] = [
        SilenceDetector(config, claims, zones, places, station_name),
        LoiteringDetector(config, claims, zones, places),
        ZoneVisitDetector(config, claims, zones, places),
    ]
    return Road(
        Vetter(config),
        Tracker(config),
        claims,
        detectors,
        microseconds(config.number("flow.tick_s")),
        round(config.number("flow.horizon_h") * US_PER_H),
        health,
    )


def build_flow(
    config: Config,
    waters: Waters,
    stations: Mapping[int, str],
    history: History,
    keyframes: Keyframes,
    feed_floors_s: Mapping[int, float],
    claims: Claims | None = None,
    sites: Mapping[str, tuple[float, float]] | None = None,
) -> Flow:
    """The flow; `stations` names each feed's own station, `feed_floors_s` its least hold, `sites`
    (lon, lat) in degrees of stations by name."""
    decoder = LogDecoder(stations, Limits.of(config))
    health = HealthFold(config, lambda code: decoder.stations[code], sites)
    road = build_road(
        config, waters, claims or Claims(), lambda code: decoder.stations[code], health
    )
    return Flow(config, decoder, row_flags, road, history, keyframes, feed_floors_s)


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """A feed as the pipeline must know it."""

    name: str
    station: str
    lateness_s: float = 0.0
    site: tuple[float, float] | None = None
    """(lon, lat) of the station in degrees, where its source says so."""


def build_pipeline(
    config: Config,
    waters: Waters,
    root: Path,
    run: str,
    feeds: list[FeedPlan],
    clock: Clock,
    first_seq: int = 1,
) -> tuple[Pipeline, dict[str, int], Claims]:
    """A pipeline over a node's directory, its feed codes by name, and who claims what."""
    store = NodeStore.open(root, config, clock, first_seq)
    codes = store.feed_codes([feed.name for feed in feeds])
    claims = Claims()
    flow = build_flow(
        config,
        waters,
        {codes[feed.name]: feed.station for feed in feeds},
        store.history,
        store.history.keyframes,
        {codes[feed.name]: feed.lateness_s for feed in feeds},
        claims,
        {feed.station: feed.site for feed in feeds if feed.site is not None},
    )
    rules = Rules(config)
    texts = SafetyTexts(config, detail)
    now = NowRoad(Tracker(config), LivePicture(config), SafetyWatch(config), texts, predict)
    desk = CaseDesk(run, rules, Cases(config, rules, claims), Desk(config), store.desk)
    names = sorted(codes, key=lambda name: codes[name])
    stations = StationDesk(health_of(flow), config, desk, flow.decoder, names)
    parts = Parts(store, flow, now, desk, stations)
    return Pipeline(parts, run, names, config.integer("store.seal_rows")), codes, claims


def health_of(flow: Flow) -> StationFold:
    """The flow's fold of station health. MdaError: it was built without one."""
    if flow.road.health is None:
        raise MdaError("this road keeps no station health", do="Build it with build_flow")
    return flow.road.health


def build_words(waters: Waters, claims: Claims) -> Words:
    """What the page may be told of a vessel and of a point."""

    def vessel(mmsi: int) -> dict[str, Any]:
        return claims.card(mmsi)

    def locate(lon_deg: float, lat_deg: float, at_us: int) -> dict[str, Any]:
        return describe(waters.zones, waters.places, lon_deg, lat_deg, at_us)

    assets = load_assets()

    def look(lon_deg: float, lat_deg: float, sog_kn: float, cog_deg: float) -> list[str]:
        if not (isfinite(lon_deg) and isfinite(lat_deg)):
            return []
        return [first_look(lon_deg, lat_deg, sog_kn, cog_deg, asset).sentence for asset in assets]

    @functools.cache
    def outlines() -> bytes:
        return drawing_geojson(waters.zones)

    return Words(vessel, look, locate, outlines)


def warm() -> float:
    """Compile every kernel and index the zones by running a slice of the bundled recording; s."""
    from feeds.lines import read_lines
    from mda.decode import received_at
    from mda.store.history import MemoryHistory
    from mda.store.keyframes import MemoryKeyframes

    clock = WallClock()
    began_us = clock.now_us()
    flow = build_flow(
        Config.load(), bundled_waters(), {0: "warm"}, MemoryHistory(), MemoryKeyframes(), {}
    )
    for lines in read_lines([str(demo_recording())], received_at):
        flow.push(lines.take(0, min(len(lines), 4000)))
        break
    flow.finish()
    describe(load_zones(), load_places(), -61.47, 15.57)
    with tempfile.TemporaryDirectory() as folder:
        log = RawLog.open(Path(folder))
        log.append([Sentence(RowKind.LINE, 0, began_us, b"warm")])
        for _ in log.read(0):
            pass
        log.close()
    return (clock.now_us() - began_us) / US_PER_S


def demo_recording() -> Path:
    """The bundled CaribeWave recording."""
    return data_file("caribewave", "log_ais_cw17.csv.log.gz")
