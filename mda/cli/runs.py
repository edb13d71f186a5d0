"""The runs of a node: the looping demo, a replay of recordings, and live feeds."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from feeds.file import FileFeed, first_time_us
from feeds.source import Source as SourceFile
from feeds.source import load_source, open_feed
from feeds.tables import TableFeed
from mda.cli.bundled import Waters, bundled_waters, version
from mda.cli.progress import Progress
from mda.cli.recordings import feed_name, known_recordings
from mda.cli.telling import began, map_of, told
from mda.cli.wiring import CANNOT_SEE, FeedPlan, build_pipeline, build_words, demo_recording
from mda.clock import Clock, ReplayClock, WallClock, to_datetime
from mda.config import Config
from mda.decode import LineTimes, received_at
from mda.errors import ConfigError, FeedError, StoreError
from mda.model import Feed, RowKind, Sentence
from mda.store.parquet_rows import parquet_lines
from mda.units import US_PER_H
from mda.watch.flow import start_row
from mda.watch.pipeline import Pipeline
from mda.watch.view import About, Run, Source

_BATCH_ROWS = 5000
_FAR_SEQ = 1_000_000_000
"""Beyond any number that a run which cannot be read may have given."""
_SEQ_MARGIN = 1000
"""Events that the ending run may still bring while the next is made ready."""


def _about(config: Config, waters: Waters, mode: str, banner: str, speed: float) -> About:
    return About(
        name=config.text("node.name"),
        version=version(),
        mode=mode,
        banner=banner,
        speed=speed,
        time_zone=config.text("node.time_zone"),
        cannot_see=CANNOT_SEE,
        zone_version=waters.zones.version,
    )


def _take_in(pipeline: Pipeline, feed: Feed, until_us: int, progress: Progress) -> None:
    """Fold a recording's lines up to an instant, as fast as possible."""
    rows: list[Sentence] = []
    for row in feed:
        if row.kind == RowKind.LINE and row.stored_at_us > until_us:
            break
        if row.kind == RowKind.DISCONNECT:
            continue
        rows.append(row)
        if len(rows) >= _BATCH_ROWS:
            pipeline.take(rows)
            progress.add(len(rows))
            rows = []
    if rows:
        pipeline.take(rows)
        progress.add(len(rows))
    feed.stop()


def _heard(pipeline: Pipeline, code: int) -> int:
    """Lines of a feed that are in the log already."""
    books = pipeline.flow.decoder.books.get(code)
    return books.lines if books else 0


class DemoRuns:
    """Run after run of the bundled recording, each in a directory of its own.

    The newest directory is the run that is on: stopped or killed, it goes on where it was.
    """

    def __init__(self, config: Config, root: Path, speed: float, history_h: float) -> None:
        self._config, self._root = config, root
        self._speed, self._history_h = speed, history_h
        self._waters = bundled_waters(root)
        self._source = load_source("caribewave")
        root.mkdir(parents=True, exist_ok=True)

    def current(self) -> Run:
        """The run that is on, or the first."""
        numbers = self._numbers()
        return self._open(numbers[-1] if numbers else 1, first_seq=1)

    def following(self, last_seq: int) -> Run:
        """A fresh run, its events numbered well behind `last_seq` of the one that is ending."""
        return self._open(self._numbers()[-1] + 1, last_seq + _SEQ_MARGIN)

    def tidy(self) -> None:
        """Delete the directories of runs that are over."""
        for number in self._numbers()[:-1]:
            shutil.rmtree(self._dir(number), ignore_errors=True)

    def _numbers(self) -> list[int]:
        return sorted(int(p.name[4:]) for p in self._root.glob("run-*") if p.name[4:].isdigit())

    def _dir(self, number: int) -> Path:
        return self._root / f"run-{number:04d}"

    def _open(self, number: int, first_seq: int) -> Run:
        recording = str(demo_recording())
        began_us = first_time_us([recording], received_at)
        if began_us is None:
            raise FeedError("the recording carries no times", where=recording)
        plan = FeedPlan(self._source.name, self._source.station, self._source.lateness_s)
        pipeline, codes, claims = build_pipeline(
            self._config,
            self._waters,
            self._dir(number),
            f"demo-{number}",
            [plan],
            WallClock(),
            first_seq,
        )
        code = codes[plan.name]
        replay_us = began_us + round(self._history_h * US_PER_H)
        progress = Progress("taking in the first hours", unit="lines")
        try:
            pipeline.recover()
        except StoreError as error:
            pipeline.store.close()
            click.echo(f"mda: {error}. The demo begins a fresh run", err=True)
            return self._open(number + 1, _FAR_SEQ)
        if pipeline.store.log.last_seq == 0:
            pipeline.take([start_row(began_us, replay_us)])
        instant = ReplayClock(began_us, 0.0)
        past = FileFeed(
            plan.name, code, [recording], received_at, instant, resume_after=_heard(pipeline, code)
        )
        if pipeline.flow.settled_us < replay_us:
            _take_in(pipeline, past, replay_us, progress)
        progress.close()
        clock = ReplayClock(max(replay_us, pipeline.flow.clock_us), self._speed)
        feed = FileFeed(
            plan.name, code, [recording], received_at, clock, resume_after=_heard(pipeline, code)
        )
        date = to_datetime(began_us).date().isoformat()
        about = _about(self._config, self._waters, "replay", f"REPLAY {date}", self._speed)
        source = Source(code, plan.name, plan.station, feed, follow_clock=False)
        return Run(pipeline, [source], clock, about, build_words(self._waters, claims))


def replay_run(
    config: Config, files: Sequence[str], speed: float, data: Path | None, source: str | None = None
) -> Run:
    """One run over recordings, into `data` or a new temporary directory; `source`: column map."""
    columns = map_of(source)
    found = told(files, columns)
    tables = [one for one in found if one.is_table]
    if tables and len(tables) < len(found):
        raise FeedError(
            "a replay is of tables or of sentences, not of both",
            where=", ".join(files),
            do="`mda ingest` takes both into one archive",
        )
    root = data or Path(tempfile.mkdtemp(prefix="caribsis-replay-"))
    waters = bundled_waters(root)
    began_us = None if "-" in files else began(found)
    if began_us is None:
        raise FeedError(
            "the recording carries no receive times, so it cannot be replayed in time",
            where=", ".join(files),
            do="`mda decode` reads it all the same",
        )
    if len(files) == 1:
        names = known_recordings(root, list(files))[0].name
    else:
        names = "+".join(feed_name(file) for file in files)
    plan = FeedPlan(names, Path(files[0]).name.split(".")[0])
    pipeline, codes, claims = build_pipeline(config, waters, root, "replay", [plan], WallClock())
    code = codes[plan.name]
    pipeline.recover()
    clock = ReplayClock(max(began_us, pipeline.flow.clock_us), speed)
    had = _heard(pipeline, code)
    feed: Feed
    if tables:
        stamp = LineTimes(columns)
        feed = TableFeed(
            plan.name,
            code,
            files,
            stamp,
            clock,
            columns=columns,
            parquet=parquet_lines,
            resume_after=had,
        )
    else:
        feed = FileFeed(plan.name, code, files, received_at, clock, resume_after=had)
    date = to_datetime(began_us).date().isoformat()
    about = _about(config, waters, "replay", f"REPLAY {date}", max(speed, 1.0))
    heard = Source(code, plan.name, plan.station, feed, follow_clock=False)
    return Run(pipeline, [heard], clock, about, build_words(waters, claims))


def live_run(config: Config) -> Run:
    """One run over the sources that the settings name, on the machine's own clock."""
    names = config.texts("node.sources")
    if not names:
        raise ConfigError(
            "no source to listen to",
            where="node.sources",
            do='Name some, for instance sources = ["my-receiver.toml"]',
        )
    waters = bundled_waters(Path(config.text("node.data")))
    sources = [load_source(name) for name in names]
    twice = [name for name, count in Counter(s.name for s in sources).items() if count > 1]
    if twice:
        raise ConfigError(
            f"two sources are named {twice[0]!r}", where="node.sources", do="Give each its own name"
        )
    plans = [FeedPlan(s.name, s.station or s.name, s.lateness_s, _site(s)) for s in sources]
    clock = WallClock()
    pipeline, codes, claims = build_pipeline(
        config, waters, Path(config.text("node.data")), "live", plans, clock
    )
    pipeline.recover()
    state = Path(config.text("node.data")) / "feeds"
    listening = [_listening(s, codes[s.name], clock, pipeline, state) for s in sources]
    about = _about(config, waters, "live", "", 1.0)
    return Run(pipeline, listening, clock, about, build_words(waters, claims))


def _site(source: SourceFile) -> tuple[float, float] | None:
    """(lon, lat) of a source's station in degrees, where it says so."""
    lon_deg, lat_deg = source.station_lon_deg, source.station_lat_deg
    return None if lon_deg is None or lat_deg is None else (lon_deg, lat_deg)


def _listening(
    source: SourceFile, code: int, clock: Clock, pipeline: Pipeline, state: Path
) -> Source:
    heard = _heard(pipeline, code)
    feed = open_feed(
        source, code, clock, LineTimes(source.columns), resume_after=heard, state=state
    )
    station = source.station or source.name
    return Source(
        code, source.name, station, feed, follow_clock=source.live, pressing=source.pressing
    )
