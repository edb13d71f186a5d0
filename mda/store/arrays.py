"""NumPy columns as Arrow arrays, without an object a row and mostly without a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.model.texts import Named, Texts

INSTANT: Final = pa.timestamp("us", tz="UTC")
Column = NDArray[Any] | Texts | Named


def arrow_table(columns: Mapping[str, Column]) -> pa.Table:
    """An Arrow table; NaN, NaT and masked values become nulls, instants are UTC."""
    # Not pa.table: it looks whether it was given a pandas frame, and loads all of pandas for that.
    arrays = [arrow_array(column) for column in columns.values()]
    return pa.Table.from_arrays(arrays, list(columns))


def arrow_array(column: Column) -> pa.Array:
    """One column. Its numbers are shared with Arrow, not copied: do not change them afterwards."""
    if isinstance(column, Texts):
        return text_array(column.raw)
    if isinstance(column, Named):
        return named_array(column.codes, column.names)
    kind = column.dtype.kind
    absent: NDArray[np.bool_] | None
    if isinstance(column, np.ma.MaskedArray):
        values, absent = column.data, np.ma.getmaskarray(column)
    elif kind == "M":
        column = column.astype("datetime64[us]", copy=False).view(np.int64)
        return _numbers(column, column == NO_TIME_US, INSTANT)
    else:
        values, absent = column, np.isnan(column) if kind == "f" else None
    if kind in "iuf":
        return _numbers(values, absent, pa.from_numpy_dtype(values.dtype))
    return pa.array(column, from_pandas=True)


def _numbers(values: NDArray[Any], absent: NDArray[np.bool_] | None, kind: pa.DataType) -> pa.Array:
    """Fixed-width values and which of them are null, without a copy of the values."""
    size = values.shape[0]
    nulls = 0 if absent is None else int(np.count_nonzero(absent))
    if nulls == size:
        return pa.nulls(size, kind)
    bits = None if absent is None or nulls == 0 else _bitmap(~absent)
    buffers = [bits, pa.py_buffer(np.ascontiguousarray(values))]
    return pa.Array.from_buffers(kind, size, buffers, nulls)


def _bitmap(valid: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(valid, bitorder="little"))


def text_array(raw: NDArray[np.bytes_]) -> pa.Array:
    """Fixed-width Latin-1 bytes as Arrow strings, empty ones null; no object is made on the way."""
    size, width = raw.shape[0], raw.dtype.itemsize
    valid = raw != b""
    some = np.flatnonzero(valid)
    if some.size == 0:
        return pa.nulls(size, pa.string())
    octets = np.ascontiguousarray(raw[some]).view(np.uint8).reshape(some.size, width)
    if int(octets.max()) > 127:
        texts = [text.decode("latin-1") or None for text in raw.tolist()]
        return pa.array(texts, pa.string())
    length = width - np.argmax(octets[:, ::-1] != 0, axis=1)
    data = octets[np.arange(width) < length[:, None]]
    offsets = np.zeros(size + 1, np.int32)
    offsets[some + 1] = length
    offsets = np.cumsum(offsets, dtype=np.int32)
    buffers = [_bitmap(valid), pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), size, buffers, size - some.size)


def named_array(codes: NDArray[np.int32], names: Sequence[str]) -> pa.Array:
    """Codes into names as an Arrow dictionary; a code outside the names is null."""
    unknown = (codes < 0) | (codes >= len(names))
    indices = _numbers(codes.astype(np.int32, copy=False), unknown, pa.int32())
    return pa.DictionaryArray.from_arrays(indices, _strings(names))


def _strings(texts: Sequence[str]) -> pa.Array:
    """A few texts as Arrow strings (pa.array, too, would load pandas to look at a list)."""
    written = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, written)], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(written))]
    return pa.Array.from_buffers(pa.string(), len(written), buffers, 0)
