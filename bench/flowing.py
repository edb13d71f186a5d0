"""Reports per second through vet, track and each detector, next to pyais alone on the same file."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from bench.decoding import pyais_alone
from bench.measure import Row, Work, bench, beside
from feeds.lines import read_lines
from mda.cli.bundled import bundled_waters
from mda.cli.wiring import demo_recording
from mda.config import Config
from mda.decode import NmeaDecoder, received_at
from mda.detect import LoiteringDetector, SilenceDetector, ZoneVisitDetector
from mda.model import Detector, Finding, Settled, State
from mda.store.history import MemoryHistory
from mda.store.keyframes import MemoryKeyframes
from mda.track import Claims, Tracker
from mda.units import US_PER_H, microseconds
from mda.vet import Vetter, row_flags
from mda.watch.flow import Flow
from mda.watch.road import Road


class Tape:
    """Stands where the detectors stand and keeps what they would be handed."""

    name = "tape"
    version = "1"

    def __init__(self) -> None:
        self.stretches: list[Settled] = []

    def fold(self, settled: Settled) -> list[Finding]:
        """Keep the stretch; find nothing."""
        self.stretches.append(settled)
        return []

    def save(self) -> State:
        """Nothing: what is on tape never goes back."""
        return {}

    def load(self, state: State) -> None:
        """Nothing."""


def _fold_recording(*detectors: Detector, claims: Claims) -> int:
    """The recording through decode, vet, track and the detectors given; reports decoded."""
    config = Config.load()
    road = Road(
        Vetter(config),
        Tracker(config),
        claims,
        detectors,
        microseconds(config.number("flow.tick_s")),
        round(config.number("flow.horizon_h") * US_PER_H),
    )
    history, keyframes = MemoryHistory(), MemoryKeyframes()
    flow = Flow(config, NmeaDecoder({}), row_flags, road, history, keyframes, {})
    reports = 0
    for lines in read_lines([str(demo_recording())], received_at):
        reports += len(flow.push(lines).decoded.reports)
    flow.finish()
    return reports


def _folding(make: Callable[[], Detector], stretches: list[Settled]) -> Work:
    """Work: a fresh detector over all stretches; reports folded."""

    def work() -> int:
        detector = make()
        for settled in stretches:
            detector.fold(settled)
        return sum(len(settled.reports) for settled in stretches)

    return work


@bench
def detect() -> Iterable[Row]:
    """The recording's reports through the flow without detectors, and through each detector."""
    config, waters, claims, tape = Config.load(), bundled_waters(), Claims(), Tape()
    _fold_recording(tape, claims=claims)
    kinds = (SilenceDetector, LoiteringDetector, ZoneVisitDetector)
    makers = [
        functools.partial(kind, config, claims, waters.zones, waters.places) for kind in kinds
    ]
    return beside(
        ("pyais alone", "lines", pyais_alone),
        ("decode, vet, track", "reports", lambda: _fold_recording(claims=Claims())),
        *((make().name, "reports", _folding(make, tape.stretches)) for make in makers),
    )
