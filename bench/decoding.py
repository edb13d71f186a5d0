"""Decoding beside its peers: same file, one process each, processor time, checksums verified."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import duckdb
import pyais
from click.testing import CliRunner
from pyais import IterMessages

from bench import corpus, peers
from bench.measure import (
    FACTS,
    Beside,
    Contender,
    Entry,
    Row,
    Run,
    Skipped,
    Work,
    bench,
    beside,
    race,
)
from feeds.lines import read_lines
from mda.cli.main import mda
from mda.cli.wiring import demo_recording
from mda.clock import NO_TIME_US
from mda.decode import NmeaDecoder, received_at
from mda.model import Lines, RowKind, Sentence

LEAST_SENTENCES: Final = 1_000_000
SLICE_TURNS: Final = 7
"""Turns of the cycle (about 100,000 sentences) that the slow peers read of the same file."""
OBJECTS, ARRAYS = "pyais to objects", "pyais to columns"
DICTS, AISCAT_COLUMNS, FLOOR = "aiscat to dicts", "aiscat to columns", "C floor"
OURS: Final = "our decoder"


@dataclass(frozen=True, slots=True)
class Files:
    """The whole file, and the slice of it that begins it."""

    whole: corpus.Corpus
    part: corpus.Corpus


@contextmanager
def _files(
    make: Callable[[Path, corpus.Cycle, int], corpus.Corpus] = corpus.write,
    between: int = 0,
) -> Iterator[Files]:
    """The files while they are needed."""
    cycle = corpus.Cycle(between)
    turns = -(-LEAST_SENTENCES // cycle.sentences)
    with tempfile.TemporaryDirectory() as folder:
        yield Files(
            make(Path(folder) / "whole.nmea", cycle, turns),
            make(Path(folder) / "part.nmea", cycle, SLICE_TURNS),
        )


def decoded(path: Path) -> int:
    """File bytes to `Reports`, `Statics` and `Rejected`, with the books; messages."""
    decoder = NmeaDecoder({})
    for lines in read_lines([path], received_at):
        decoder.decode(lines)
    decoder.flush()
    return sum(books.messages for books in decoder.books.values())


def to_table(path: Path, query: str = "") -> int:
    """`mda decode FILE -o TABLE.parquet`, and perhaps a query of it to DuckDB; messages."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "table.parquet"
        result = CliRunner().invoke(mda, ["decode", str(path), "-o", str(out)])
        if result.exit_code:
            raise RuntimeError(result.output) from result.exception
        if query:
            duckdb.execute(query.format(table=out)).fetchall()
    return int(result.output.split(": ")[-1].split()[0].replace(",", ""))


def _contender(
    name: str,
    file: corpus.Corpus,
    read: Callable[[Path], int],
    *stands: Beside,
) -> Contender:
    """One that decodes messages of a file; says so where it finds others than were put in."""
    found = read(file.path)
    note = "" if found == file.messages else f"decoded {found:,} of {file.messages:,}"
    return Contender(name, "messages", partial(read, file.path), stands, lambda: found, note)


def _aiscat(aiscat: peers.Aiscat, files: Files) -> list[Contender]:
    """aiscat's two ways; warmed on the slice."""
    return [
        Contender(
            name,
            "messages",
            partial(aiscat.run, what, file.path),
            (Beside(OBJECTS),),
            partial(aiscat.run, what, files.part.path),
        )
        for name, what, file in (
            (DICTS, "dicts", files.whole),
            (AISCAT_COLUMNS, "columns", files.part),
        )
    ]


def _floor(floor: Path, file: corpus.Corpus) -> Contender:
    """The C floor; its unit is lines, as it knows no messages."""
    _, sound = peers.floor_run(floor, file.path)
    note = f"{sound:,} of {file.sentences:,} checksums right"

    def work() -> Run:
        run, _ = peers.floor_run(floor, file.path)
        return run._replace(items=file.messages)

    return Contender(FLOOR, "messages", work, (Beside(OBJECTS),), note=note)


def _peers(files: Files, stack: ExitStack) -> tuple[list[Contender], list[Skipped]]:
    """All peers that can be had here, and the others with the reason."""
    found = [
        _contender(OBJECTS, files.part, peers.pyais_objects),
        _contender(ARRAYS, files.part, peers.pyais_columns, Beside(OBJECTS)),
    ]
    skipped: list[Skipped] = []
    try:
        found += _aiscat(stack.enter_context(peers.Aiscat()), files)
    except peers.MissingPeerError as missing:
        skipped += [Skipped(name, str(missing)) for name in (DICTS, AISCAT_COLUMNS)]
    try:
        found.append(_floor(peers.compiled_floor(), files.whole))
    except peers.MissingPeerError as missing:
        skipped.append(Skipped(FLOOR, str(missing)))
    return found, skipped


@bench
def decode() -> Iterable[Entry]:
    """File to columns and tables beside pyais, aiscat and the C floor, in one run."""
    with ExitStack() as stack:
        files = stack.enter_context(_files())
        FACTS["file"] = files.whole.to_json()
        FACTS["slice"] = files.part.to_json()
        FACTS["peers"] = {"pyais": pyais.__version__, "aiscat": peers.AISCAT}
        contenders, skipped = _peers(files, stack)
        contenders += [
            _contender(
                OURS,
                files.whole,
                decoded,
                Beside(OBJECTS, 50, 100),
                Beside(ARRAYS, 80, 150),
                Beside(DICTS, 6, 12),
                Beside(AISCAT_COLUMNS),
                Beside(FLOOR),
            ),
            _contender("file to Parquet", files.whole, to_table, Beside(ARRAYS, 30, 50)),
            _contender(
                "file to an answer of DuckDB",
                files.whole,
                partial(to_table, query=QUERY),
                Beside(ARRAYS, 30, 50),
            ),
        ]
        return [*race(contenders), *skipped]


QUERY: Final = "SELECT msg_type, count(*), avg(sog_kn) FROM '{table}' GROUP BY ALL ORDER BY ALL"
"""What DuckDB is asked of the table: it needs no step of its own to have one."""


@bench
def tagged() -> Iterable[Entry]:
    """The same behind TAG blocks, some parts apart, as streams of many stations come."""
    with _files(corpus.write_tagged, corpus.BETWEEN) as files:
        FACTS["tagged file"] = files.whole.to_json()
        return race(
            [
                _contender(OBJECTS, files.part, partial(peers.pyais_objects, tags=True)),
                _contender(OURS, files.whole, decoded, Beside(OBJECTS)),
            ]
        )


BATCHES: Final = ((1, 3000), (10, 1000), (100, 300), (1000, 60))
"""Lines a call, and calls a round."""


def _in_batches(path: Path, size: int, calls: int) -> Work:
    """Work: the file's lines decoded so many a call, as a live feed hands them over; lines."""
    rows = [Sentence(RowKind.LINE, 0, NO_TIME_US, line) for line in path.read_bytes().splitlines()][
        : size * calls
    ]
    batches = [Lines.of(rows[i : i + size], i + 1) for i in range(0, len(rows), size)]

    def work() -> int:
        decoder = NmeaDecoder({})
        for batch in batches:
            decoder.decode(batch)
        return len(rows)

    return work


@bench
def live() -> Iterable[Entry]:
    """Small batches through one decoder: what a line costs when few come at a time."""
    with tempfile.TemporaryDirectory() as folder:
        file = corpus.write(Path(folder) / "live.nmea", corpus.Cycle(), SLICE_TURNS)
        rows = race(
            [
                Contender(f"{size:,} a call", "lines", _in_batches(file.path, size, calls))
                for size, calls in BATCHES
            ]
        )
    return [replace(row, note=f"{1e6 / row.rate:,.1f} us a line") for row in rows]


def pyais_alone() -> int:
    """Every sentence of the recording through pyais and nothing else, not even its time; lines."""
    lines = 0

    def sentences() -> Iterator[bytes]:
        nonlocal lines
        with gzip.open(demo_recording()) as file:
            for line in file:
                lines += 1
                sentence = line.partition(b",")[2].strip()
                if sentence.startswith(b"!"):
                    yield sentence

    for message in IterMessages(sentences()):
        message.decode()
    return lines


def to_archive() -> int:
    """`mda ingest`: decode, vet, settle, log and archive, all durable; lines."""
    with tempfile.TemporaryDirectory() as folder:
        archive = str(Path(folder) / "archive")
        result = CliRunner().invoke(mda, ["ingest", str(demo_recording()), "--archive", archive])
        if result.exit_code:
            raise RuntimeError(result.output) from result.exception
    with gzip.open(demo_recording()) as file:
        return sum(1 for _ in file)


@bench
def archive() -> Iterable[Row]:
    """The bundled recording through pyais alone, and from file to archive."""
    return beside(
        ("pyais alone", "lines", pyais_alone),
        ("file to archive", "lines", to_archive),
    )
