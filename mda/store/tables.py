"""Tables for people: Parquet, CSV or JSON lines, written a batch at a time in bounded memory.

The file appears under its name only when it is whole: it is written beside it and then moved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from mda.errors import StoreError
from mda.store.arrays import Column, arrow_table

SUFFIXES: Final = (".parquet", ".csv", ".jsonl")
GROUP_ROWS: Final = 80_000
"""Batches are gathered to a row group of at least so many rows: what Parquet keeps in memory of
each group (some 30 kB) until the end would grow with the file."""

BATCH_ROWS: Final = 8192
"""Rows that the Parquet writer takes at one time (1,024 by itself: a tenth slower)."""


def with_iso_times(table: pa.Table) -> pa.Table:
    """The same table with instants as ISO 8601 texts ending in Z, and names as plain texts."""
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.strftime(table.column(i), format="%Y-%m-%dT%H:%M:%SZ")
            table = table.set_column(i, field.name, text)
        elif pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
    return table


def _parquet(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A Parquet file whose encodings are those that cost least for what the columns are.

    A dictionary pays for texts and for what has few values (integers of up to 16 bits, floats of
    32), and leaves little to compress; instants and running numbers are smallest as differences;
    of places the bytes of one significance stand together (BYTE_STREAM_SPLIT) and are compressed;
    the rest is plain. Statistics stand where people look for a stretch: instants, places,
    identities. Measured on messages of all types: two thirds of the processor time of pyarrow's
    defaults, of which nearly all is what any writing of so many nullable columns takes.
    """
    few = [f.name for f in schema if _has_few_values(f.type)]
    places = [f.name for f in schema if f.type == pa.float64()]
    running = [f.name for f in schema if pa.types.is_timestamp(f.type) or f.type == pa.int64()]
    encoding = {
        **dict.fromkeys(running, "DELTA_BINARY_PACKED"),
        **dict.fromkeys(places, "BYTE_STREAM_SPLIT"),
    }
    packed = {f.name: "snappy" if pa.types.is_string(f.type) else "none" for f in schema}
    return pq.ParquetWriter(
        path,
        schema,
        compression={**packed, **dict.fromkeys(places, "lz4")},
        use_dictionary=few or False,
        column_encoding=encoding,
        write_statistics=[f.name for f in schema if f.name not in few] or False,
        write_batch_size=BATCH_ROWS,
    )


def _has_few_values(kind: pa.DataType) -> bool:
    texts = pa.types.is_string(kind) or pa.types.is_dictionary(kind)
    small = pa.types.is_primitive(kind) and kind.bit_width <= 16
    return bool(texts or small or kind == pa.float32())


class TableWriter:
    """Writes batches of equal columns to one file; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """StoreError: an ending that is none of .parquet, .csv, .jsonl, or no such directory."""
        if path.suffix not in SUFFIXES:
            raise StoreError(
                f"cannot write a table as {path.suffix or 'a file without an ending'}",
                where=str(path),
                do="End its name in " + ", ".join(SUFFIXES),
            )
        if not path.parent.is_dir():
            raise StoreError("no such directory", where=str(path.parent), do="Make it first")
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._sink: Any = None
        self._held: list[pa.Table] = []
        self.rows = 0

    def write(self, columns: Mapping[str, Column]) -> None:
        """Append a batch."""
        table = arrow_table(columns)
        self.rows += table.num_rows
        if self._path.suffix == ".parquet":
            self._held.append(table)
            if sum(held.num_rows for held in self._held) >= GROUP_ROWS:
                self._write_group()
            return
        table = with_iso_times(table)
        if self._path.suffix == ".csv":
            if self._sink is None:
                self._sink = pa_csv.CSVWriter(self._part, table.schema)
            self._sink.write_table(table)
            return
        if self._sink is None:
            self._sink = self._part.open("w", encoding="utf-8")
        for row in table.to_pylist():
            self._sink.write(json.dumps(row, ensure_ascii=False) + "\n")

    def _write_group(self) -> None:
        """Write what is held as one row group."""
        if self._held:
            if self._sink is None:
                self._sink = _parquet(self._part, self._held[0].schema)
            self._sink.write_table(pa.concat_tables(self._held).unify_dictionaries())
            self._held = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._write_group()
        if self._sink is not None:
            self._sink.close()
        if kind is None and self._part.exists():
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)
