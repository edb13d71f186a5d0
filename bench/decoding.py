"""Lines per second: pyais alone, our decoder, and the whole road from file to archive."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from click.testing import CliRunner
from pyais import IterMessages

from bench.measure import Row, bench, beside
from feeds.lines import read_lines
from mda.cli.main import mda
from mda.cli.wiring import demo_recording
from mda.decode import NmeaDecoder, received_at


def pyais_alone() -> int:
    """Every sentence of the file through pyais and nothing else, not even its time; lines."""
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


def our_decoder() -> int:
    """The file to columns, with checksums, TAG blocks, times and the books; lines."""
    decoder = NmeaDecoder({})
    for lines in read_lines([str(demo_recording())], received_at):
        decoder.decode(lines)
    decoder.flush()
    return sum(books.lines for books in decoder.books.values())


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
def decode() -> Iterable[Row]:
    """The same recording through pyais alone, our decoder, and from file to archive."""
    return beside(
        ("pyais alone", "lines", pyais_alone),
        ("our decoder", "lines", our_decoder),
        ("file to archive", "lines", to_archive),
    )
