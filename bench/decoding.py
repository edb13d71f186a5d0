"""Lines per second: pyais alone, our decoder, and the whole road from file to archive."""

from __future__ import annotations

import gzip
import itertools
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from click.testing import CliRunner
from pyais import IterMessages

from bench.measure import Row, bench, beside
from feeds.files import FileFeed
from mda.cli.main import mda
from mda.cli.wiring import data_file
from mda.decode import NmeaDecoder
from mda.model import Lines

BATCH_ROWS = 5000


def recording() -> Path:
    """The bundled CaribeWave recording: 27,861 lines."""
    return next(data_file("caribewave").glob("*.gz"))


def _sentences(file: Path) -> Iterator[bytes]:
    with gzip.open(file) as lines:
        for line in lines:
            sentence = line.partition(b",")[2].strip()
            if sentence.startswith(b"!"):
                yield sentence


def pyais_alone() -> int:
    """Every sentence of the file through pyais and nothing else, not even its time."""
    lines = 0

    def counted() -> Iterator[bytes]:
        nonlocal lines
        for sentence in _sentences(recording()):
            lines += 1
            yield sentence

    for message in IterMessages(counted()):
        message.decode()
    return lines


def batches(file: Path) -> Iterator[Lines]:
    """The file's rows as the node hands them to the decoder."""
    rows = iter(FileFeed(file))
    seq = 1
    while batch := list(itertools.islice(rows, BATCH_ROWS)):
        yield Lines.of(batch, seq)
        seq += len(batch)


def our_decoder() -> int:
    """Every line of the file to columns, with checksums, TAG blocks, times and the books."""
    decoder = NmeaDecoder()
    for lines in batches(recording()):
        decoder.decode(lines)
    decoder.flush()
    return sum(books.lines for books in decoder.books.values())


def to_archive() -> int:
    """`mda ingest`: decode, vet, settle, detect, log and archive, all durable."""
    with tempfile.TemporaryDirectory() as folder:
        archive = str(Path(folder) / "archive")
        result = CliRunner().invoke(mda, ["ingest", str(recording()), "--archive", archive])
        if result.exit_code:
            raise RuntimeError(result.output) from result.exception
    return sum(1 for _ in gzip.open(recording()))


@bench
def decode() -> Iterable[Row]:
    """The same recording through pyais alone, our decoder, and from file to archive."""
    return beside(
        ("pyais alone", pyais_alone),
        ("our decoder", our_decoder),
        ("file to archive", to_archive),
        unit="lines",
    )
