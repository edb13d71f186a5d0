"""Tables of decoded AIS as recordings: CSV (also packed) and Parquet, in the order of time.

Every row is a line, exactly as it stands in the file; a Parquet file's rows come as lines of CSV
from a reader that is handed over. A table that is not in the order of its times (one vessel after
another, say) is put in order first, equal times as they stood: what is late costs findings. One
that is too big for that comes as it stands.

`[columns]` in a source's TOML says which column is which where no built-in layout knows the header:

[columns]
at = "Time"                     mmsi = "MMSI"       (or vessel_id, where there are no MMSIs)
lon_deg = "Longitude"           lat_deg = "Latitude"
sog_kn = "Speed"                … any field of `TABLE_FIELDS`
time_format = "%d/%m/%Y %H:%M"  (nothing: ISO 8601; "epoch": seconds or milliseconds since 1970)
time_zone = "Europe/Paris"      (of times without an offset; UTC, where left out)
separator = ";"                 (a comma, where left out)
sog_unit = "kn" | "m/s" | "km/h"    rot_unit = "deg/min" | "ais"    draught_unit = "m" | "dm"
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any, Final

import numpy as np

from feeds.cutting import I64, spans
from feeds.file import FileFeed
from feeds.keys import near
from feeds.recording import CHUNK, STDIN, chunks, recorded_times, stamps_of
from mda.clock import NO_TIME_US, Clock
from mda.errors import FeedError
from mda.model import Feed, LineClock, Lines, RowKind, Sentence
from mda.model.tables import (
    CONNECT_KEY,
    DRAUGHT_UNITS,
    ROT_UNITS,
    SOG_UNITS,
    TABLE_FIELDS,
    ColumnMap,
)

SORT_MOST: Final = 512 << 20
"""Bytes of a table that are put in order in memory; a bigger one comes as it stands."""
PARQUET_MAGIC: Final = b"PAR1"
ParquetReader = Callable[[str], Iterator[bytes]]
"""Blocks of whole lines of CSV, the first of them the header."""
_CHOICES: Final = {"sog_unit": SOG_UNITS, "rot_unit": ROT_UNITS, "draught_unit": DRAUGHT_UNITS}
_OPTIONS: Final = ("time_format", "time_zone", "separator", *_CHOICES)


def column_map(tree: Mapping[str, Any], where: str) -> ColumnMap:
    """The map that a `[columns]` table says. FeedError with what is wrong and what to write."""
    known = (*TABLE_FIELDS, *_OPTIONS)
    for key, value in tree.items():
        if key not in known:
            do = near(key, known)
            raise FeedError(f"unknown key {key!r} in [columns]", where=where, do=do)
        if not isinstance(value, str) or not value:
            raise FeedError(f"{key} = {value!r} is wrong", where=where, do="It wants a text")
        if value not in _CHOICES.get(key, (value,)):
            do = "Write " + " or ".join(_CHOICES[key])
            raise FeedError(f"{key} cannot be {value!r}", where=where, do=do)
    if len(tree.get("separator", ",")) != 1:
        raise FeedError("separator is one character", where=where, do='Write ";" or "\\t"')
    for key in ("at", "lon_deg", "lat_deg"):
        if key not in tree:
            raise FeedError(f"[columns] does not say which column is {key}", where=where)
    if ("mmsi" in tree) == ("vessel_id" in tree):
        do = "vessel_id is for tables whose vessels have other names"
        raise FeedError("[columns] needs mmsi, or else vessel_id", where=where, do=do)
    options = {key: value for key, value in tree.items() if key in _OPTIONS}
    fields = {key: value for key, value in tree.items() if key in TABLE_FIELDS}
    return ColumnMap(fields, **options, title=f"table by the columns of {Path(where).stem}")


def load_columns(source: str) -> ColumnMap:
    """The `[columns]` of a source: the path of its TOML file, or its name in `feeds/sources/`.

    Nothing else of it counts, so a file that holds nothing else will do. FeedError: none there.
    """
    named = source.replace("-", "_").isidentifier()
    file = Path(__file__).parent / "sources" / f"{source}.toml" if named else Path(source)
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FeedError("no such source", where=source, do="Give the path of its TOML") from error
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", where=str(file)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FeedError(f"not TOML: {error}", where=str(file)) from error
    columns = tree.get("columns")
    if not isinstance(columns, dict):
        do = 'Write [columns] with at = "…", mmsi = "…", lon_deg = "…", lat_deg = "…"'
        raise FeedError("it has no [columns]", where=str(file), do=do)
    return column_map(columns, str(file))


def is_parquet(path: str) -> bool:
    """Whether a file says that it is Parquet. FeedError: it cannot be read."""
    if path == STDIN:
        return False
    try:
        with Path(path).open("rb") as file:
            return file.read(4) == PARQUET_MAGIC
    except FileNotFoundError as error:
        raise FeedError("no such recording", where=path, do="Check the path") from error
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror or error}", where=path) from error


def table_chunks(
    path: str, stopped: Event, parquet: ParquetReader | None = None, size: int = CHUNK
) -> Iterator[bytes]:
    """A table's bytes, cut behind a line end. FeedError: it cannot be read."""
    if not is_parquet(path):
        yield from chunks([path], stopped, size)
        return
    if parquet is None:
        raise FeedError("Parquet cannot be read here", where=path, do="Use mda ingest or replay")
    for block in parquet(path):
        if stopped.is_set():
            return
        yield block


class TableRows:
    """The rows of one table in the order of time."""

    def __init__(
        self,
        path: str,
        stamp: LineClock,
        parquet: ParquetReader | None = None,
        *,
        sort_most: int = SORT_MOST,
    ) -> None:
        self._path, self._stamp, self._parquet = path, stamp, parquet
        self._sort_most = sort_most
        self.sorted = False
        """Whether the rows were put in order, known with the first of them."""

    def chunks(self, stopped: Event) -> Iterator[tuple[bytes, I64, I64, I64]]:
        """(bytes, first byte and end of each line, its own time or `NO_TIME_US`)."""
        held: list[tuple[bytes, I64, I64, I64]] = []
        room = self._sort_most
        for data in table_chunks(self._path, stopped, self._parquet):
            start, stop = spans(data)
            pairs = zip(start.tolist(), stop.tolist(), strict=True)
            held.append((data, start, stop, stamps_of((data[a:b] for a, b in pairs), self._stamp)))
            room -= len(data)
            if room < 0:
                yield from held
                held = []
        stamps = np.concatenate([part[3] for part in held] or [np.zeros(0, np.int64)])
        known = stamps[stamps != NO_TIME_US]
        if room < 0 or bool((known[1:] >= known[:-1]).all()):
            yield from held
            return
        self.sorted = True
        yield from _ordered(held, stamps)


def _ordered(
    held: Sequence[tuple[bytes, I64, I64, I64]], stamps: I64
) -> Iterator[tuple[bytes, I64, I64, I64]]:
    """The lines by their times; one without a time stays behind the line before it."""
    last = np.maximum.accumulate(np.where(stamps != NO_TIME_US, np.arange(stamps.size), -1))
    key = np.where(last >= 0, stamps[last], NO_TIME_US)
    order = np.argsort(key, kind="stable")
    lines = [
        data[a:b]
        for data, start, stop, _ in held
        for a, b in zip(start.tolist(), stop.tolist(), strict=True)
    ]
    for first in range(0, order.size, 50_000):
        rows = order[first : first + 50_000]
        picked = [lines[i] for i in rows.tolist()]
        size = np.array([len(line) for line in picked], np.int64)
        stop_at = np.cumsum(size)
        yield b"".join(picked), stop_at - size, stop_at, stamps[rows]


def read_table(rows: TableRows, *, feed: int = 0, first_seq: int = 0) -> Iterator[Lines]:
    """A table as batches of `Lines`, numbered from `first_seq`, stored at their own times."""
    last_us = NO_TIME_US
    for data, start, stop, stamps in rows.chunks(Event()):
        n = start.size
        if n == 0:
            continue
        times = recorded_times(stamps, last_us)
        last_us = int(times[-1])
        seq = np.arange(first_seq, first_seq + n, dtype=np.int64)
        kind, feeds = np.full(n, int(RowKind.LINE), np.uint8), np.full(n, feed, np.int32)
        yield Lines(seq, kind, feeds, times, start, stop, data)
        first_seq += n


class TableFeed(FileFeed):
    """A recording of tables as a feed; its CONNECT row brings the column map into the log."""

    def __init__(
        self,
        name: str,
        code: int,
        paths: Sequence[str | Path],
        stamp: LineClock,
        clock: Clock,
        *,
        columns: ColumnMap | None = None,
        parquet: ParquetReader | None = None,
        resume_after: int = 0,
    ) -> None:
        super().__init__(name, code, paths, stamp, clock, resume_after=resume_after)
        self._columns = columns
        self._parquet = parquet

    def _control(self, kind: RowKind, at_us: int, reason: str) -> Sentence:
        row = super()._control(kind, at_us, reason)
        return with_columns(row, self._columns)

    def _timed(self) -> Iterator[tuple[int, bytes]]:
        last_us = NO_TIME_US
        for path in self._paths:
            rows = TableRows(path, self._stamp, self._parquet)
            for data, start, stop, stamps in rows.chunks(self._stopped):
                times = recorded_times(stamps, last_us).tolist()
                last_us = times[-1] if times else last_us
                for at_us, a, b in zip(times, start.tolist(), stop.tolist(), strict=True):
                    yield at_us, data[a:b]


def with_columns(row: Sentence, columns: ColumnMap | None) -> Sentence:
    """A CONNECT row that also brings a column map; every other row as it is."""
    if columns is None or row.kind != RowKind.CONNECT:
        return row
    body = {**json.loads(row.data or b"{}"), CONNECT_KEY: columns.plain()}
    return row._replace(data=json.dumps(body, sort_keys=True).encode())


class ColumnsFeed:
    """Any other feed whose lines are rows of a table: its CONNECT rows bring the column map."""

    def __init__(self, feed: Feed, columns: ColumnMap) -> None:
        self.name = feed.name
        self._feed, self._columns = feed, columns

    def __iter__(self) -> Iterator[Sentence]:
        return (with_columns(row, self._columns) for row in self._feed)

    def stop(self) -> None:
        """End the iteration soon."""
        self._feed.stop()
