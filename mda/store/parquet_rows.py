"""A Parquet file as lines of CSV: the form in which its rows stand in the raw-line log.

The first line is the header. Times come as ISO 8601 (with a Z where the column has a time zone),
what is not available comes empty; columns that are no plain values (bytes, lists, geometries) are
left out, and a line end inside a text becomes a blank.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from mda.errors import StoreError

_BATCH_ROWS: Final = 50_000
_LINE_END: Final = r"[\r\n\x00]+"


def parquet_lines(path: str) -> Iterator[bytes]:
    """Blocks of whole lines, about 50,000 rows each. StoreError: not to be read as Parquet."""
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            plain = [field.name for field in schema if _plain(field.type)]
            if not plain:
                raise StoreError("no column of it holds plain values", where=path)
            header = True
            for batch in file.iter_batches(_BATCH_ROWS, columns=plain):
                yield _csv(pa.Table.from_batches([batch]), header)
                header = False
    except (pa.ArrowException, OSError) as error:
        what = str(error).splitlines()[0]
        raise StoreError(f"cannot be read as Parquet: {what}", where=path) from error


def _plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    flat = (
        pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean,
        pa.types.is_string, pa.types.is_large_string, pa.types.is_temporal,
    )  # fmt: skip
    return any(is_one(kind) for is_one in flat)


def _csv(table: pa.Table, header: bool) -> bytes:
    for i, field in enumerate(table.schema):
        column = table.column(i)
        if pa.types.is_dictionary(field.type):
            column = column.cast(field.type.value_type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = pc.replace_substring_regex(column, _LINE_END, " ")
        table = table.set_column(i, field.name, column)
    out: Any = io.BytesIO()
    options = pa_csv.WriteOptions(include_header=header, quoting_style="needed")
    pa_csv.write_csv(table, out, options)
    return bytes(out.getvalue())
