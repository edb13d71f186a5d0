"""`Reports` and `Statics` as Arrow tables and back, exactly.

Outside the engine a value that is not available is a null, an instant is a `timestamp[us, UTC]`
(`at`, `received_at`, `utc`), and station and feed are names. `valid` and `flags` are kept as they
are, so that nothing is lost on the way; `duplicate` is spelt out for those who ask in SQL.
`heard_id` is null where it equals `report_id`, as it does for all but duplicates: a hash does not
compress.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.errors import StoreError
from mda.model import Flag, Reports, Statics, Valid
from mda.model.reports import Batch
from mda.store.arrays import INSTANT as INSTANT
from mda.store.arrays import named_array, text_array

B = TypeVar("B", Reports, Statics)

NAME = pa.dictionary(pa.int32(), pa.string())
_BITS: Mapping[str, int] = {
    "nav_status": Valid.NAV_STATUS,
    "second": Valid.SECOND,
    "accuracy": Valid.ACCURACY,
    "raim": Valid.RAIM,
    "position_mode": Valid.POSITION_MODE,
    "imo": Valid.IMO,
    "ship_type": Valid.SHIP_TYPE,
    "to_bow_m": Valid.DIMENSIONS,
    "to_stern_m": Valid.DIMENSIONS,
    "to_port_m": Valid.DIMENSIONS,
    "to_starboard_m": Valid.DIMENSIONS,
    "off_position": Valid.OFF_POSITION,
    "virtual_aid": Valid.VIRTUAL_AID,
    "utc_us": Valid.UTC,
    "radio": Valid.RADIO,
    "eta_month": Valid.ETA_MONTH,
    "eta_day": Valid.ETA_DAY,
    "eta_hour": Valid.ETA_HOUR,
    "eta_minute": Valid.ETA_MINUTE,
    "fix_type": Valid.FIX_TYPE,
    "mothership_mmsi": Valid.MOTHERSHIP,
}
_OUTSIDE = {"at_us": "at", "received_at_us": "received_at", "utc_us": "utc"}


def _type(dtype: str, name: str) -> Any:
    if name in _OUTSIDE:
        return INSTANT
    if name in ("station", "feed"):
        return NAME
    return pa.string() if dtype[0] == "S" else pa.from_numpy_dtype(np.dtype(dtype))


def schema(kind: type[Batch]) -> Any:
    """The Arrow schema of `Reports` or `Statics` on disk."""
    fields = [(_OUTSIDE.get(n, n), _type(d, n)) for n, d in kind.DTYPES.items()]
    if kind is Reports:
        fields.append(("duplicate", pa.bool_()))
    return pa.schema(fields)


def to_arrow(batch: Batch, stations: Sequence[str], feeds: Sequence[str]) -> Any:
    """The rows as a pyarrow.Table. A code outside the names (as -1) becomes null."""
    names = {"station": stations, "feed": feeds}
    arrays: list[Any] = []
    columns = batch.columns()
    valid = np.asarray(columns["valid"], np.uint32)
    for name, values in columns.items():
        if name in _OUTSIDE:
            absent = (valid & _BITS[name]) == 0 if name in _BITS else values == np.int64(NO_TIME_US)
            array = pa.array(values, mask=absent).cast(INSTANT)
        elif name in names:
            array = named_array(np.asarray(values, np.int32), names[name])
        elif values.dtype.kind == "S":
            array = text_array(np.asarray(values, np.bytes_))
        elif name == "heard_id":
            array = pa.array(values, mask=values == columns["report_id"])
        elif name in _BITS:
            array = pa.array(values, mask=(valid & _BITS[name]) == 0)
        else:
            array = pa.array(values, from_pandas=True)
        arrays.append(array)
    if isinstance(batch, Reports):
        arrays.append(pa.array((batch.flags & Flag.DUPLICATE) != 0))
    return pa.Table.from_arrays(arrays, schema=schema(type(batch)))


def from_arrow(kind: type[B], table: Any, stations: Sequence[str], feeds: Sequence[str]) -> B:
    """The rows of a table that `to_arrow` made; other columns are passed over.

    Null names get code -1. StoreError: a column is missing, or a name is not among those given.
    """
    codes = {
        "station": {name: code for code, name in reversed(list(enumerate(stations)))},
        "feed": {name: code for code, name in reversed(list(enumerate(feeds)))},
    }
    columns: dict[str, NDArray[np.generic]] = {}
    for name, dtype in kind.DTYPES.items():
        outside = _OUTSIDE.get(name, name)
        if outside not in table.column_names:
            raise StoreError(f"the archive has no column {outside!r}", do="Rebuild it from the log")
        column = table.column(outside)
        if name in _OUTSIDE:
            absent = 0 if name in _BITS else NO_TIME_US
            values = column.cast(pa.int64()).fill_null(absent).to_numpy()
        elif name in codes:
            values = _coded(column, codes[name], name)
        elif dtype[0] == "S":
            text = column.cast(pa.string()).fill_null("").to_numpy()
            values = np.char.encode(text.astype(np.str_), "latin-1").astype(dtype)
        elif name == "heard_id":
            values = pc.coalesce(column, table.column("report_id")).to_numpy()
        elif dtype[0] == "f":
            values = column.fill_null(float("nan")).to_numpy()
        else:
            values = column.fill_null(0).to_numpy()
        columns[name] = values
    return kind.from_columns(columns)


def _coded(column: Any, codes: Mapping[str, int], what: str) -> NDArray[np.int32]:
    parts = [np.zeros(0, np.int32)]
    for chunk in column.chunks:
        coded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        names = coded.dictionary.to_pylist()
        used = coded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
        missing = {names[i] for i in np.unique(used) if i < len(names)} - codes.keys()
        if missing:
            raise StoreError(
                f"{what} {min(missing)!r} in the archive is not in its manifest",
                do="Restore the manifest from a backup",
            )
        table = np.array([codes.get(name, -1) for name in names] + [-1], np.int32)
        parts.append(table[used])
    return np.concatenate(parts)
