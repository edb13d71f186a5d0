"""What recordings are written in, told before they are read, and how each is read then."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event

import click

from feeds.cutting import lines_of
from feeds.lines import read_lines
from feeds.recording import STDIN
from feeds.tables import TableRows, load_columns, read_table, table_chunks, with_columns
from mda.clock import NO_TIME_US
from mda.decode import Dialect, LineTimes, check_map, tell
from mda.errors import DecodeError, FeedError
from mda.model import Lines, RowKind, Sentence
from mda.model.tables import ColumnMap
from mda.store.parquet_rows import parquet_lines

_LOOK_BYTES = 1 << 18
_LOOK_LINES = 500
DO = (
    "It reads NMEA 0183 with AIS sentences, AIS-catcher JSON, and decoded AIS as Marine Cadastre, "
    "Danish or exactEarth CSV or Parquet; for any other table give --source with a column map"
)


@dataclass(frozen=True, slots=True)
class Told:
    """One recording: its dialect, and the map for its columns where one was given."""

    path: str
    dialect: Dialect | None
    """None: standard input, which tells as it comes."""
    columns: ColumnMap | None

    def times(self) -> LineTimes:
        """A fresh clock for its lines."""
        return LineTimes(self.columns)

    def table(self) -> TableRows | None:
        """Its rows in the order of time, if it is a table."""
        if self.dialect is None or not self.dialect.table:
            return None
        return TableRows(self.path, self.times(), parquet_lines)

    @property
    def is_table(self) -> bool:
        """Whether it is a table of decoded AIS; standard input is one by its column map."""
        return self.columns is not None if self.dialect is None else self.dialect.table

    def connect(self, feed: int) -> Sentence:
        """The row that brings its column map, if it has one, to the decoder."""
        return with_columns(Sentence(RowKind.CONNECT, feed, NO_TIME_US, b"{}"), self.columns)

    def reordered(self) -> bool:
        """Whether it is a table whose rows do not stand in the order of time."""
        rows = self.table()
        if rows is None:
            return False
        for _ in rows.chunks(Event()):
            return rows.sorted
        return False

    def batches(self, *, feed: int = 0, first_seq: int = 0) -> Iterator[Lines]:
        """Its lines, numbered from `first_seq`; a table's in the order of time."""
        rows = self.table()
        if rows is not None:
            return read_table(rows, feed=feed, first_seq=first_seq)
        return read_lines([self.path], self.times(), feed=feed, first_seq=first_seq)


def map_of(source: str | None) -> ColumnMap | None:
    """The column map that `--source` names. FeedError: it has none, or none that can be read."""
    if source is None:
        return None
    found = load_columns(source)
    try:
        check_map(found)
    except DecodeError as error:
        raise FeedError(error.what, where=source, do=error.do) from error
    return found


def told(files: Sequence[str], columns: ColumnMap | None = None) -> list[Told]:
    """Each recording's dialect, one line each on standard error.

    FeedError: one cannot be read, or holds no line that is AIS in any form known here.
    """
    found = [Told(file, _dialect(file, columns), columns) for file in files]
    for one in found:
        if one.dialect is not None:
            click.echo(f"mda: {os.path.basename(one.path)}: {_said(one.dialect)}", err=True)
    return found


def began(found: Sequence[Told]) -> int | None:
    """When recordings begin; None where they do not say."""
    for one in found:
        for lines in one.batches():
            if len(lines) and int(lines.stored_at_us[0]) != NO_TIME_US:
                return int(lines.stored_at_us[0])
            break
    return None


def _said(dialect: Dialect) -> str:
    if dialect.timed:
        return dialect.words
    return f"{dialect.words}: it decodes, but nothing says when its lines were heard"


def _dialect(file: str, columns: ColumnMap | None) -> Dialect | None:
    """The dialect of the first part that has one; headers and comments may come before it."""
    if file == STDIN:
        return None
    first: Dialect | None = None
    for data in table_chunks(file, Event(), parquet_lines, _LOOK_BYTES):
        dialect = tell(lines_of(data)[:_LOOK_LINES] if first is None else _heard(data), columns)
        if dialect.known:
            return dialect
        first = first or dialect
        if columns is None and (dialect := tell(_heard(data))).known:
            return dialect
    saw = first.words if first is not None else "nothing at all"
    raise unusable(file, saw)


def _heard(data: bytes) -> list[bytes]:
    """The first lines of a chunk from the first AIS sentence on."""
    at = min((i for i in (data.find(b"VDM,"), data.find(b"VDO,")) if i >= 0), default=-1)
    if at < 0:
        return []
    begin = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
    return lines_of(data[begin : begin + _LOOK_BYTES])[:_LOOK_LINES]


def unusable(file: str, saw: str) -> FeedError:
    """The error of a recording in which nothing is AIS."""
    return FeedError(f"nothing in it is AIS: it holds {saw}", where=file, do=DO)
