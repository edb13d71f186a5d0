"""NumPy columns as Arrow arrays, without an object a row and mostly without a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.model.texts import Marked, Named, Texts

INSTANT: Final = pa.timestamp("us", tz="UTC")
Column = NDArray[Any] | Marked | Texts | Named


def arrow_table(columns: Mapping[str, Column]) -> pa.Table:
    """An Arrow table; NaN, NaT and masked values become nulls, instants are UTC."""
    # Not pa.table: it looks whether it was given a pandas frame, and loads all of pandas for that.
    arrays = [arrow_array(column) for column in columns.values()]
    return pa.Table.from_arrays(arrays, list(columns))


def arrow_array(column: Column) -> pa.Array:
    """One column. Its numbers are shared with Arrow, not copied: do not change them afterwards."""
    if isinstance(column, Texts):
        return text_array(column.raw, column.rows, len(column))
    if isinstance(column, Named):
        return named_array(column.codes, column.names)
    if isinstance(column, Marked):
        return _numbers(column.values, column.known, pa.from_numpy_dtype(column.values.dtype))
    kind = column.dtype.kind
    if isinstance(column, np.ma.MaskedArray) and kind in "iuf":
        known = ~np.ma.getmaskarray(column)
        return _numbers(column.data, known, pa.from_numpy_dtype(column.dtype))
    if kind == "M":
        column = column.astype("datetime64[us]", copy=False).view(np.int64)
        return _numbers(column, column != NO_TIME_US, INSTANT)
    if kind in "iuf":
        known_floats = column == column if kind == "f" else None  # NaN differs from itself
        return _numbers(column, known_floats, pa.from_numpy_dtype(column.dtype))
    return pa.array(column, from_pandas=True)


def _numbers(values: NDArray[Any], known: NDArray[np.bool_] | None, kind: pa.DataType) -> pa.Array:
    """Fixed-width values and which of them are not null, without a copy of the values."""
    size = values.shape[0]
    nulls = 0 if known is None else size - int(np.count_nonzero(known))
    if nulls == size:
        return pa.nulls(size, kind)
    bits = None if known is None or nulls == 0 else _bitmap(known)
    buffers = [bits, pa.py_buffer(np.ascontiguousarray(values))]
    return pa.Array.from_buffers(kind, size, buffers, nulls)


def _bitmap(known: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(known, bitorder="little"))


def text_array(
    raw: NDArray[np.bytes_], rows: NDArray[np.int64] | None = None, size: int = 0
) -> pa.Array:
    """Fixed-width Latin-1 bytes as Arrow strings, empty ones null; no object is made on the way.

    They stand on `rows` (each on another one) of a column of `size` rows; on all where none are
    given.
    """
    width = raw.dtype.itemsize
    some = np.flatnonzero(raw != b"")
    if rows is None:
        at, size = some, raw.shape[0]
    else:
        order = np.argsort(rows[some], kind="stable")
        some = some[order]
        at = rows[some]
    if some.size == 0:
        return pa.nulls(size, pa.string())
    octets = np.ascontiguousarray(raw[some]).view(np.uint8).reshape(some.size, width)
    if int(octets.max()) > 127:
        return _latin_array(raw[some], at, size)
    length = width - np.argmax(octets[:, ::-1] != 0, axis=1)
    data = octets[np.arange(width) < length[:, None]]
    offsets = np.zeros(size + 1, np.int32)
    offsets[at + 1] = length
    offsets = np.cumsum(offsets, dtype=np.int32)
    known = np.zeros(size, np.bool_)
    known[at] = True
    buffers = [_bitmap(known), pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), size, buffers, size - some.size)


def _latin_array(raw: NDArray[np.bytes_], at: NDArray[np.int64], size: int) -> pa.Array:
    """The same of texts with letters beyond ASCII, of which every one takes two bytes."""
    texts: list[str | None] = [None] * size
    for row, text in zip(at.tolist(), raw.tolist(), strict=True):
        texts[row] = text.decode("latin-1")
    return pa.array(texts, pa.string())


def named_array(codes: NDArray[np.int32], names: Sequence[str]) -> pa.Array:
    """Codes into names as an Arrow dictionary; a code outside the names is null."""
    known = None
    if codes.size and (int(codes.min()) < 0 or int(codes.max()) >= len(names)):
        known = (codes >= 0) & (codes < len(names))
    indices = _numbers(codes.astype(np.int32, copy=False), known, pa.int32())
    return pa.DictionaryArray.from_arrays(indices, _strings(names))


def _strings(texts: Sequence[str]) -> pa.Array:
    """A few texts as Arrow strings (pa.array, too, would load pandas to look at a list)."""
    written = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, written)], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(written))]
    return pa.Array.from_buffers(pa.string(), len(written), buffers, 0)
