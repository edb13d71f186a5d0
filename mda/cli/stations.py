"""`mda stations`: how well each station hears, of a node's directory or from recordings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from feeds.lines import read_lines
from mda.cli.progress import Progress
from mda.cli.recordings import feed_name
from mda.cli.telling import told
from mda.clock import NO_TIME_US, format_at
from mda.config import Config
from mda.decode import Limits, NmeaDecoder, received_at
from mda.errors import FeedError, StoreError
from mda.store.history import MemoryHistory
from mda.store.keyframes import MemoryKeyframes
from mda.store.nodedir import NodeDir
from mda.store.stations import latest, station_body
from mda.track.hulls import Tracker
from mda.track.identity import Claims
from mda.units import M_PER_NMI, US_PER_H, microseconds
from mda.vet.health import HealthFold
from mda.vet.health_problems import HealthLimits
from mda.vet.hearings import Vetter
from mda.vet.rows import row_flags
from mda.watch.flow import Flow
from mda.watch.road import Road

Body = dict[str, Any]
_WORDS = {
    "silent": "silent",
    "unheard": "no line yet",
    "clock": "clock is off",
    "jump": "clock jumped",
    "rejects": "many lines rejected",
    "rate": "hears much less than a week ago",
}
_HEAD = (
    "station",
    "last heard",
    "reports 10 min",
    "60 min",
    "of last week",
    "duplicates",
    "unique",
    "rejects",
    "level",
    "ppm",
    "clock",
    "furthest",
    "reconnects",
    "to look at",
)


@click.command(epilog="Example: mda stations --data node-data")
@click.argument("files", nargs=-1)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="A node's or archive's directory; it may be running.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def stations(files: tuple[str, ...], data: Path | None, as_json: bool) -> None:
    """Print how well each station hears: rate, duplicates, range, clock.

    Reports are position reports; duplicates and unique (heard by it alone) are shares of the last
    hour, rejects of all lines of the feed since it began; the clock is the station's, "?" where
    too few messages tell it.

    Of a node's directory (--data) it tells the newest row kept, at most 10 min behind; of
    recordings FILES it decodes them and tells how the stations stood at their end.
    """
    if (data is None) == (not files):
        raise click.UsageError("name recordings, or a directory with --data")
    bodies = _kept(data) if data is not None else _heard(files)
    if as_json:
        click.echo(json.dumps({"stations": [_plain(body) for body in bodies]}, indent=1))
        return
    click.echo(f"At {format_at(max(body['at_us'] for body in bodies))}, event time")
    _print_table([_HEAD, *(_cells(body) for body in bodies)])


def _kept(data: Path) -> list[Body]:
    bodies = latest(NodeDir(data).desk)
    if not bodies:
        raise StoreError(
            "no station's health is kept here yet",
            where=str(data),
            do="A node keeps its first row within 10 min of hearing something",
        )
    return bodies


def _heard(files: tuple[str, ...]) -> list[Body]:
    """Each recording is a feed of its own, read after the other."""
    for one in told(files):
        if one.is_table:
            raise FeedError(
                "a table of decoded AIS does not say what a receiver heard",
                where=one.path,
                do="Give the sentences it was made from",
            )
    config = Config.load()
    names = [feed_name(file).split(":")[0] for file in files]
    decoder = NmeaDecoder(dict(enumerate(names)), Limits.of(config))
    health = HealthFold(config, lambda code: decoder.stations[code])
    limits = HealthLimits(config)
    flow = _flow(config, decoder, health)
    progress = Progress("stations")
    for feed, file in enumerate(files):
        for lines in read_lines([file], received_at):
            lines.feed[:] = feed
            flow.push(lines)
            progress.add(len(lines))
    flow.finish()
    progress.close()
    if flow.settled_us == NO_TIME_US:
        raise FeedError(
            "no message in it carries a receive time, so nothing can be said of its stations",
            where=", ".join(files),
            do="`mda decode` reads it all the same",
        )
    # A jump stands in the row of its grid instant; at the end all of them are told.
    jumped = {(r.station, r.feed) for r in health.drain() if r.clock_jump_s is not None}
    bodies = []
    for row in health.now(flow.settled_us):
        body = station_body(row, decoder.stations, names, decoder.books)
        share = body["feed_rejected"] / max(body["feed_lines"], 1)
        found = limits.problems(row, share)
        if (row.station, row.feed) in jumped and "jump" not in found:
            found.append("jump")
        bodies.append({**body, "reject_share": share, "problems": found})
    return sorted(bodies, key=lambda b: (b["station"], b["feed"]))


def _flow(config: Config, decoder: NmeaDecoder, health: HealthFold) -> Flow:
    """A flow without detectors."""
    road = Road(
        Vetter(config),
        Tracker(config),
        Claims(),
        [],
        microseconds(config.number("flow.tick_s")),
        round(config.number("flow.horizon_h") * US_PER_H),
        health,
    )
    return Flow(config, decoder, row_flags, road, MemoryHistory(), MemoryKeyframes(), {})


def _plain(body: Body) -> Body:
    """Instants as ISO 8601 texts."""
    return {
        name.removesuffix("_us"): format_at(value) if name.endswith("_us") else value
        for name, value in body.items()
    }


def _cells(body: Body) -> tuple[str, ...]:
    name = (
        body["station"]
        if body["station"] == body["feed"]
        else f"{body['station']} ({body['feed']})"
    )
    week_ago = body["week_ago_messages"]
    ratio = None if not week_ago else body["last_hour_messages"] / week_ago
    share = body.get("reject_share")
    if share is None and body["feed_lines"]:
        share = body["feed_rejected"] / body["feed_lines"]
    return (
        name,
        format_at(body["last_heard_us"] // 1_000_000 * 1_000_000),
        str(body["messages_10min"]),
        str(body["messages_60min"]),
        _percent(ratio),
        _percent(body["duplicate_share"]),
        _percent(body["unique_share"]),
        _percent(share),
        _number(body["level_db"], "dB"),
        _number(body["offset_ppm"], ""),
        _clock(body),
        _range(body),
        str(body["reconnects"]),
        ", ".join(_WORDS[c] for c in body["problems"]) or "-"
        if "problems" in body
        else "see the page",  # rows are kept without a judgement
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _number(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.1f} {unit}".strip()


def _clock(body: Body) -> str:
    """The offset with its error, and how sure it is."""
    if body["clock_offset_s"] is None:
        return "not told"
    sure = "" if body["clock_confidence"] == "high" else "?"
    return f"{body['clock_offset_s']:+.1f} s ± {body['clock_error_s']:.1f}{sure}"


def _range(body: Body) -> str:
    if not body["furthest_m"]:
        return "no position"
    known = [m for m in body["furthest_m"] if m is not None]
    return f"{max(known) / M_PER_NMI:.0f} nmi" if known else "-"


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())
