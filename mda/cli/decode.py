"""`mda decode`: AIS sentences into a table."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from feeds.recording import STDIN
from mda.cli.others import with_others
from mda.cli.progress import Progress
from mda.cli.telling import Told, map_of, told, unusable
from mda.clock import NO_TIME_US
from mda.decode import LogDecoder, decoded_table
from mda.decode.table import Table
from mda.errors import FeedError
from mda.model import Books, Decoded, Lines, RowKind, Sentence
from mda.store.tables import TableWriter


def balance(books: Iterable[Books]) -> dict[str, Any]:
    """The books of all feeds in sum, as `--stats` prints them."""
    total = Books()
    for book in books:
        total.lines += book.lines
        total.decoded_lines += book.decoded_lines
        total.messages += book.messages
        total.pending += book.pending
        for reason, count in book.rejected.items():
            total.rejected[reason] = total.rejected.get(reason, 0) + count
        for kind, count in book.messages_by_type.items():
            total.messages_by_type[kind] = total.messages_by_type.get(kind, 0) + count
    return {
        "lines": total.lines,
        "decoded_lines": total.decoded_lines,
        "messages": total.messages,
        "rejected": dict(sorted(total.rejected.items())),
        "pending": total.pending,
        "messages_by_type": {str(k): v for k, v in sorted(total.messages_by_type.items())},
        "balanced": total.balanced(),
    }


class Stopwatch:
    """Processor time that batches took to make, without what is done with them."""

    def __init__(self) -> None:
        self.spent_s = 0.0

    def over(self, batches: Iterable[Decoded]) -> Iterator[Decoded]:
        """The same batches, timed. None is kept while the next is made, as `map` keeps none."""
        began_s = time.process_time()
        for batch in batches:
            self.spent_s += time.process_time() - began_s
            yield batch
            del batch
            began_s = time.process_time()
        self.spent_s += time.process_time() - began_s


def warmed() -> None:
    """Load (the very first time: compile) what decoding needs, so that it is not timed."""
    sentence = b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
    rows = [Sentence(RowKind.LINE, 0, NO_TIME_US, sentence)] * 64
    LogDecoder({}).decode(Lines.of(rows))


def _batches(
    found: Sequence[Told], decoder: LogDecoder, progress: Progress, damage: list[FeedError]
) -> Iterator[Decoded]:
    """Every file decoded; of a damaged one what came before the damage, which is noted."""
    first_seq = 0
    for place, one in enumerate(found):
        # Logs follow each other on one feed, where a message may begin in one and end in the
        # next; a table is a feed of its own, as its header says how to read it.
        feed = place + 1 if one.is_table else 0
        if one.columns is not None:
            decoder.decode(Lines.of([one.connect(feed)]))
        try:
            for lines in one.batches(feed=feed, first_seq=first_seq):
                yield decoder.decode(lines)
                first_seq += len(lines)
                progress.add(len(lines))
        except FeedError as error:
            damage.append(error)
    yield decoder.flush()


@click.command(epilog="Example: mda decode heard.nmea.gz -o heard.parquet --stats")
@click.argument("files", nargs=-1, required=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="OUT.parquet, .csv or .jsonl")
@click.option("--stats", is_flag=True, help="Print the books' balance and the time as JSON.")
@click.option(
    "--others",
    type=click.Path(path_type=Path),
    help="OUT.jsonl for messages without columns: texts, binary messages and the rest.",
)
@click.option("--source", help="A source (name or TOML) whose [columns] say how to read a table.")
def decode(
    files: tuple[str, ...], out: Path | None, stats: bool, others: Path | None, source: str | None
) -> None:
    """Decode FILES (plain, gzip or zstd; - for standard input) into one table, a row a message.

    FILES are AIS sentences in any dialect, or decoded AIS as CSV or Parquet; what each was taken
    for is said.
    In Parquet, rows with a position stand before those with static data only, every some 40,000
    rows: order by seq for the order heard. In CSV and JSON lines they stand as heard.

    Every line ends as decoded, rejected with a reason, or pending; --stats prints the balance
    and the processor seconds that decoding took (without start-up and without writing).
    """
    if out is None and not stats and others is None:
        raise click.UsageError("nothing to do: give -o OUT, --others OUT, --stats, or several")
    found = told(files, map_of(source))
    decoder = LogDecoder({})
    progress = Progress("decode")
    watch = Stopwatch()
    damage: list[FeedError] = []
    if stats:
        warmed()

    def as_table(decoded: Decoded) -> Table:
        as_heard = out is not None and out.suffix != ".parquet"
        return decoded_table(decoded, decoder.stations, as_heard=as_heard)

    timed = watch.over(_batches(found, decoder, progress, damage))
    batches = with_others(timed, others)
    if out is None:
        for _ in batches:
            pass
    else:
        with TableWriter(out) as writer:
            for table in map(as_table, batches):
                writer.write(table)
                del table
    progress.close()
    if files == (STDIN,) and not any(book.decoded_lines for book in decoder.books.values()):
        raise unusable(STDIN, "no AIS sentence and no table that any layout knows")
    if stats:
        total = balance(decoder.books.values())
        rate = total["lines"] / watch.spent_s if watch.spent_s else None
        timing = {"decode_s": round(watch.spent_s, 6), "lines_per_s": rate and round(rate)}
        click.echo(json.dumps({**total, **timing}, indent=1))
    elif out is not None:
        total = balance(decoder.books.values())
        refused = sum(n for reason, n in total["rejected"].items() if reason != "header")
        click.echo(
            f"{out}: {total['messages']:,} messages of {total['lines']:,} lines, "
            f"{refused:,} rejected, {total['pending']:,} pending",
            err=True,
        )
    if damage:
        raise damage[0]
