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
from numpy.typing import NDArray

from mda.errors import StoreError

SUFFIXES: Final = (".parquet", ".csv", ".jsonl")


def arrow_table(columns: Mapping[str, NDArray[Any]]) -> pa.Table:
    """An Arrow table; NaN, NaT and masked values become nulls, instants are UTC."""
    arrays = {}
    for name, column in columns.items():
        if column.dtype.kind == "M":
            arrays[name] = pa.array(column, pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
        else:
            arrays[name] = pa.array(column, from_pandas=True)
    return pa.table(arrays)


def with_iso_times(table: pa.Table) -> pa.Table:
    """The same table with instants as ISO 8601 texts ending in Z."""
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.strftime(table.column(i), format="%Y-%m-%dT%H:%M:%SZ")
            table = table.set_column(i, field.name, text)
    return table


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
        self.rows = 0

    def write(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Append a batch."""
        table = arrow_table(columns)
        self.rows += table.num_rows
        if self._path.suffix == ".parquet":
            if self._sink is None:
                self._sink = pq.ParquetWriter(self._part, table.schema, compression="zstd")
            self._sink.write_table(table)
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._sink is not None:
            self._sink.close()
        if kind is None and self._part.exists():
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)
