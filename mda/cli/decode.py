"""`mda decode`: AIS sentences into a table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from feeds.lines import read_lines
from mda.cli.progress import Progress
from mda.decode import NmeaDecoder, decoded_table, received_at
from mda.model import Books, Decoded
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


@click.command(epilog="Example: mda decode heard.nmea.gz -o heard.parquet --stats")
@click.argument("files", nargs=-1, required=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="OUT.parquet, .csv or .jsonl")
@click.option("--stats", is_flag=True, help="Print the balance of the books as JSON.")
def decode(files: tuple[str, ...], out: Path | None, stats: bool) -> None:
    """Decode FILES (plain, gzip or zstd; - for standard input) into one table, a row a message.

    Every line ends as decoded, rejected with a reason, or pending; --stats prints the balance.
    """
    if out is None and not stats:
        raise click.UsageError("nothing to do: give -o OUT, --stats, or both")
    decoder = NmeaDecoder({})
    progress = Progress("decode")

    def batches() -> Iterable[Decoded]:
        for lines in read_lines(files, received_at):
            yield decoder.decode(lines)
            progress.add(len(lines))

    if out is None:
        for _ in batches():
            pass
    else:
        with TableWriter(out) as writer:
            for decoded in batches():
                writer.write(decoded_table(decoded, decoder.stations))
    progress.close()
    if stats:
        click.echo(json.dumps(balance(decoder.books.values()), indent=1))
    elif out is not None:
        total = balance(decoder.books.values())
        refused = sum(total["rejected"].values())
        click.echo(
            f"{out}: {total['messages']:,} messages of {total['lines']:,} lines, "
            f"{refused:,} rejected, {total['pending']:,} pending",
            err=True,
        )
