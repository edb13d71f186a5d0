"""`mda ingest`, `detect`, `map`: recordings into an archive, and answers out of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from feeds.recording import STDIN
from feeds.tables import with_columns
from mda.cli.bundled import Waters, bundled_waters, data_file, page_dir
from mda.cli.decode import balance
from mda.cli.progress import Progress
from mda.cli.recordings import Recording, known_recordings
from mda.cli.telling import Told, map_of, told, unusable
from mda.cli.wiring import FeedPlan, build_pipeline, build_road
from mda.clock import NO_TIME_US, WallClock
from mda.config import Config
from mda.errors import FeedError, StoreError
from mda.model import Finding, Flag, Lines, RowKind, Sentence, Settled
from mda.picture.folium_map import write_map
from mda.picture.geojson import findings_geojson
from mda.store.readonly import SealedArchive
from mda.store.tables import SUFFIXES, TableWriter
from mda.track.identity import Claims
from mda.units import US_PER_H
from mda.watch.flow import start_row
from mda.watch.pipeline import Pipeline
from zones.drawing import drawing_geojson

_STRETCH_US = 6 * US_PER_H
"""How much of an archive is in memory at a time when detectors run over it."""


def _sentences(lines: Lines, feed: int) -> Iterator[Sentence]:
    for row in lines:
        yield Sentence(row.kind, feed, row.stored_at_us, row.data)


@click.command(epilog="Example: mda ingest heard.nmea.gz --archive node-data")
@click.argument("files", nargs=-1, required=True)
@click.option("--archive", type=click.Path(path_type=Path), required=True, help="Directory.")
@click.option("--source", help="A source (name or TOML) whose [columns] say how to read a table.")
def ingest(files: tuple[str, ...], archive: Path, source: str | None) -> None:
    """Decode, vet, track and store FILES as fast as possible: raw log, Parquet archive, findings.

    FILES are AIS sentences in any dialect, or decoded AIS as CSV or Parquet (plain, gzip, zstd);
    what each was taken for is said. Killed at any point, the same command goes on where it was, and
    a log that has grown goes on behind the lines already had: nothing is lost or doubled.
    """
    config = Config.load()
    found = told(files, map_of(source))
    recordings = known_recordings(archive, list(files))
    plans = [FeedPlan(r.name, Path(r.name.split(":")[0]).stem) for r in recordings]
    progress = Progress("ingest")
    pipeline, codes, _ = build_pipeline(
        config, bundled_waters(archive), archive, "ingest", plans, WallClock()
    )
    try:
        pipeline.recover()
        for one, recording in zip(found, recordings, strict=True):
            _ingest_one(pipeline, one, recording, codes[recording.name], progress)
        pipeline.finish()
        flow = pipeline.flow
        total = balance(flow.decoder.books.values())
    finally:
        pipeline.close()
        progress.close()
    if problems := pipeline.problems():
        raise StoreError(problems[0], where=str(archive), do="Give the same command again")
    if flow.timeless:
        click.echo(
            f"mda: {flow.timeless:,} messages carry no receive time and were kept as raw lines "
            "only; a live feed stamps them itself",
            err=True,
        )
    click.echo(json.dumps(total, indent=1))


def _ingest_one(
    pipeline: Pipeline, one: Told, recording: Recording, code: int, progress: Progress
) -> None:
    books = pipeline.flow.decoder.books.get(code)
    had = books.lines if books else 0
    skip = recording.skipped(had)
    if recording.grown and had:
        _going_on(one, skip)
    last_us = NO_TIME_US
    for lines in one.batches():
        if skip >= len(lines):
            skip -= len(lines)
            progress.add(len(lines))
            continue
        rows = list(_sentences(lines.take(skip, len(lines)), code))
        if had == 0 and last_us == NO_TIME_US:
            # Only at the very beginning: to go on after a kill is no gap in what was heard.
            first_us = next((r.stored_at_us for r in rows if r.stored_at_us != NO_TIME_US), 0)
            connect = Sentence(RowKind.CONNECT, code, first_us, b"")
            rows = [start_row(first_us, first_us), with_columns(connect, one.columns), *rows]
        last_us = rows[-1].stored_at_us
        skip = 0
        for first in range(0, len(rows), 20_000):
            pipeline.take(rows[first : first + 20_000])
        progress.add(len(rows))
    if last_us != NO_TIME_US:
        pipeline.take([Sentence(RowKind.DISCONNECT, code, last_us, b"")])
    books = pipeline.flow.decoder.books.get(code)
    if one.path == STDIN and (books is None or books.decoded_lines == 0):
        raise unusable(one.path, "no AIS sentence and no table that any layout knows")


def _going_on(one: Told, skip: int) -> None:
    """Say that a recording has grown. FeedError: what of it is new cannot be told."""
    if one.reordered():
        raise FeedError(
            "it has grown since it was ingested, and its rows are not in the order of time",
            where=one.path,
            do="Ingest it whole into a new --archive",
        )
    click.echo(
        f"mda: {Path(one.path).name}: has grown since it was ingested; going on behind line "
        f"{skip:,}",
        err=True,
    )


def _all_findings(
    config: Config, waters: Waters, archive: SealedArchive, progress: Progress
) -> list[Finding]:
    """Every finding's newest revision over a whole archive, in order of opening."""
    claims = Claims()
    road = build_road(config, waters, claims, lambda code: archive.stations[code])
    controls = archive.controls()
    since_us = archive.since_us
    while since_us < archive.until_us:
        until_us = min(since_us + _STRETCH_US, archive.until_us)
        reports, statics = archive.read(since_us, until_us)
        reports = reports.replace(
            report_id=reports.heard_id, flags=reports.flags & np.uint32(Flag.HEARD)
        )
        due = tuple(c for c in controls if since_us < c.at_us <= until_us)
        no_ticks = np.zeros(0, np.int64)
        road.fold(
            Settled(since_us, until_us, reports.take(reports.order()), statics, due, no_ticks)
        )
        progress.add(len(reports))
        since_us = until_us
    found = road.ledger.findings.values()
    return sorted(found, key=lambda f: (f.opened_at_us, f.id))


def _write_findings(out: Path, found: list[Finding]) -> None:
    """Findings as GeoJSON, or as a table whose nested columns are JSON texts."""
    if out.suffix == ".geojson":
        out.write_text(json.dumps(findings_geojson(found), ensure_ascii=False), encoding="utf-8")
        return
    rows = [
        {**feature["properties"], "geometry": feature["geometry"]}
        for feature in findings_geojson(found)["features"]
    ]
    with TableWriter(out) as writer:
        writer.write(_columns(rows))


def _columns(rows: list[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    """Rows as columns of texts and numbers; lists and objects become JSON."""
    columns: dict[str, NDArray[Any]] = {}
    for name in PROPERTIES:
        values = [row.get(name) for row in rows]
        if name in ("revision", "mmsi"):
            gaps = [value is None for value in values]
            whole = [0 if value is None else int(value) for value in values]
            columns[name] = np.ma.masked_array(np.array(whole, np.int64), gaps)
        elif name == "probability":
            chances = [np.nan if value is None else float(value) for value in values]
            columns[name] = np.array(chances, np.float64)
        else:
            texts = [
                value if isinstance(value, str) or value is None else json.dumps(value)
                for value in values
            ]
            columns[name] = np.array(texts, object)
    return columns


PROPERTIES = (
    "id",
    "kind",
    "mmsi",
    "mmsis",
    "onset_at",
    "opened_at",
    "closed_at",
    "revision",
    "status",
    "probability",
    "zones",
    "summary",
    "evidence",
    "geometry",
)
"""Columns of findings as a table."""


@click.command(epilog="Example: mda detect --archive node-data -o findings.geojson")
@click.option("--archive", type=click.Path(path_type=Path), required=True, help="Directory.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="OUT.geojson, .parquet, .csv or .jsonl",
)
@click.option("--config", "file", type=click.Path(path_type=Path), help="Other thresholds.")
def detect(archive: Path, out: Path, file: Path | None) -> None:
    """Run every detector over an ARCHIVE from its beginning and write what they find.

    Nothing is written to the archive: this is a run of its own, with --config's thresholds.
    """
    if out.suffix not in (".geojson", *SUFFIXES):
        raise click.UsageError("-o must end in .geojson, .parquet, .csv or .jsonl")
    sealed = SealedArchive(archive)
    progress = Progress("detect", sealed.rows, "reports")
    config = Config.load(*([file] if file else []))
    found = _all_findings(config, bundled_waters(archive), sealed, progress)
    progress.close()
    _write_findings(out, found)
    counts = Counter(f.kind for f in found)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "none"
    click.echo(f"{out}: {len(found)} findings ({said})", err=True)


@click.command("map", epilog="Example: mda map --archive node-data -o map.html")
@click.option("--archive", type=click.Path(path_type=Path), required=True, help="Directory.")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="OUT.html")
@click.option("--hours", type=click.FloatRange(min=0.1), help="Only the last hours (default: all).")
def map_command(archive: Path, out: Path, hours: float | None) -> None:
    """Write one HTML file with trails, ships, zones and findings; it needs no network at all."""
    config = Config.load()
    sealed = SealedArchive(archive)
    progress = Progress("map", sealed.rows, "reports")
    waters = bundled_waters(archive)
    found = _all_findings(config, waters, sealed, progress)
    progress.close()
    since_us = sealed.since_us
    if hours is not None:
        since_us = max(since_us, sealed.until_us - round(hours * US_PER_H))
        found = [f for f in found if (f.closed_at_us or sealed.until_us) > since_us]
    reports, _ = sealed.read(since_us, sealed.until_us)
    _, statics = sealed.read(sealed.since_us, sealed.until_us)
    claims = Claims()
    claims.update(statics)
    labels = {int(k): claims.label(int(k), sealed.until_us) for k in np.unique(reports.key())}
    write_map(
        out,
        reports,
        found,
        drawing_geojson(waters.zones),
        land_geojson=data_file("coast", "land_coarse.geojson").read_bytes(),
        leaflet_dir=page_dir(),
        config=config,
        labels=labels,
        title="CARIBSIS",
    )
    click.echo(f"{out}: {len(reports):,} reports, {len(found)} findings", err=True)
