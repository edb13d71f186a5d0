"""`mda evaluate`: what the node finds where the truth is known, every rate with n and bounds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from feeds.lines import read_lines
from mda.alert.cases import Cases
from mda.alert.rules import Rules
from mda.alert.safety import SafetyWatch
from mda.cli.bundled import Waters, bundled_waters
from mda.cli.wiring import build_flow
from mda.config import Config
from mda.decode import received_at
from mda.errors import MdaError
from mda.evaluate.baselines import Around
from mda.evaluate.calibration import Calibration
from mda.evaluate.detectors import FINDS
from mda.evaluate.evaluation import Evaluation
from mda.evaluate.recording import Recording
from mda.evaluate.run import Build, Node
from mda.evaluate.truth import find_scenarios
from mda.evaluate.words import report as as_text
from mda.model.reports import F64
from mda.store.history import MemoryHistory
from mda.store.keyframes import MemoryKeyframes
from mda.track.identity import Claims


def builder(config: Config, waters: Waters) -> Build:
    """How a fresh node is made: the flow and detectors of ingest and replay, in memory."""

    def build(stations: Sequence[str]) -> Node:
        claims, history = Claims(), MemoryHistory()
        horizon_us = round(config.number("flow.horizon_h") * 3_600_000_000)
        keyframes = MemoryKeyframes(horizon_us=horizon_us)
        flow = build_flow(config, waters, dict(enumerate(stations)), history, keyframes, {}, claims)
        cases = Cases(config, Rules(config), claims)
        return Node(flow, history, cases, SafetyWatch(config).update)

    return build


def surroundings(waters: Waters) -> Around:
    """What the baselines ask of a place, by the library's coast and places."""
    zones, places = waters.zones, waters.places

    def in_place(lon_deg: F64, lat_deg: F64) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        return places.at(lon_deg, lat_deg) >= 0

    def port_m(lon_deg: float, lat_deg: float) -> float:
        return places.nearest(lon_deg, lat_deg)[1]

    return Around(zones.shores, in_place, port_m)


def recording_of(files: Sequence[Path]) -> Recording:
    """Sentences of files, each a feed whose own station is called as the file is."""
    return Recording.merged(
        {file.name.split(".")[0]: list(read_lines([file], received_at)) for file in files}
    )


@click.command(epilog="Example: mda evaluate scenarios/ --split held-out --report report/")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
@click.option("--split", help="Only this split (tuning, held-out).")
@click.option("--report", "folder", type=click.Path(path_type=Path), help="Write it all here too.")
@click.option("--degrade", is_flag=True, help="Also with loss, lateness, skew, duplicate MMSIs.")
@click.option("--hold-out", is_flag=True, help="Also without each station in turn.")
@click.option("--tails", type=click.IntRange(1), help="PATHS are real recordings: cut so many.")
@click.option("--config", "file", type=click.Path(path_type=Path), help="Other thresholds.")
def evaluate(
    paths: tuple[Path, ...],
    as_json: bool,
    split: str | None,
    folder: Path | None,
    degrade: bool,
    hold_out: bool,
    tails: int | None,
    file: Path | None,
) -> None:
    """Run the detectors over scenarios with known truth and say how right, how fast, how many.

    PATHS are directories that hold scenarios (sentences in *.nmea beside a truth.json), at any
    depth. Others' published rules run beside. With --tails they are recordings of real sentences,
    from which vessels under way are cut out: are these silences found?
    """
    config = Config.load(*([file] if file else []))
    waters = bundled_waters()
    families = config.texts("zone_visit.families")
    watched = frozenset(zone.id for zone in waters.zones.claims if zone.family in families)
    evaluation = Evaluation(builder(config, waters), surroundings(waters), split, watched)
    if tails is not None:
        for path in paths:
            evaluation.take_tails(recording_of([path]), path.name, tails)
    else:
        _scenarios(evaluation, paths, degrade=degrade, hide=hold_out)
    if folder is not None:
        _write(evaluation, folder)
    text = json.dumps(evaluation.to_json(), indent=1) if as_json else as_text(evaluation)
    click.echo(text)


def _scenarios(evaluation: Evaluation, paths: Sequence[Path], *, degrade: bool, hide: bool) -> None:
    found = [one for one in find_scenarios(paths) if evaluation.wants(one.truth)]
    if not found:
        raise MdaError(f"no scenario of the split {evaluation.split!r}", do="Leave --split out")
    for number, one in enumerate(found, 1):
        click.echo(f"mda: {number} of {len(found)}: {one.truth.name}", err=True)
        evaluation.take(recording_of(one.files), one.truth, degrade=degrade, hide=hide)


def _write(evaluation: Evaluation, folder: Path) -> None:
    """The report as JSON and text, and a reliability chart of each detector that was scored."""
    folder.mkdir(parents=True, exist_ok=True)
    body = json.dumps(evaluation.to_json(), indent=1)
    (folder / "report.json").write_text(body + "\n", encoding="utf-8")
    (folder / "report.txt").write_text(as_text(evaluation), encoding="utf-8")
    for detector in FINDS:
        if evaluation.node.of(detector):
            found = evaluation.node.calibration(detector)
            (folder / f"reliability-{detector}.png").write_bytes(_chart(detector, found))


def _chart(detector: str, found: Calibration) -> bytes:
    from mda.picture.reliability import ReliabilityBin, reliability_png

    bins = [
        ReliabilityBin(b.low, b.high, b.mean_probability, value, low, high, int(b.true.n))
        for b in found.bins
        if b.mean_probability is not None
        and (value := b.true.value) is not None
        and (low := b.true.low) is not None
        and (high := b.true.high) is not None
    ]
    return reliability_png(f"Reliability: {detector}", found.words(), bins)
