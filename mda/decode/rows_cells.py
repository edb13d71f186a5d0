"""The cells of many rows: spans in the batch's own bytes, read a column at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mda.decode.rows_kernel import ODD, WHOLE, WRONG, read_numbers, split_rows
from mda.decode.rows_layouts import TableLayout, cells_of
from mda.decode.rows_words import NOTHING
from mda.model.reports import F64, I64, U8

T = TypeVar("T")
Mask = NDArray[np.bool_]


class Cells:
    """Cells of whole rows by field: row i's is `data[first[slot, i]:last[slot, i]]`."""

    def __init__(self, names: Sequence[str], data: bytes, first: I64, last: I64) -> None:
        self._slot = {name: slot for slot, name in enumerate(names)}
        self._data, self._first, self._last = data, first, last

    def __contains__(self, field: str) -> bool:
        return field in self._slot

    def __len__(self) -> int:
        """Rows."""
        return int(self._first.shape[1])

    def take(self, rows: NDArray[Any]) -> Cells:
        """Some of the rows."""
        return Cells(list(self._slot), self._data, self._first[:, rows], self._last[:, rows])

    def each(self, field: str, read: Callable[[str], T]) -> list[T]:
        """`read` of every cell's text, asked once for each different one."""
        data, slot = self._data, self._slot[field]
        spans = zip(self._first[slot].tolist(), self._last[slot].tolist(), strict=True)
        raw = [data[a:b] for a, b in spans]
        found = {cell: read(_text(cell)) for cell in dict.fromkeys(raw)}
        return [found[cell] for cell in raw]

    def numbers(self, field: str) -> tuple[F64, Mask]:
        """Every cell as a number, NaN where it holds none; and which hold something else."""
        slot, rows = self._slot[field], len(self)
        value, state = np.empty(rows, np.float64), np.empty(rows, np.uint8)
        octets = np.frombuffer(self._data, np.uint8)
        read_numbers(octets, self._first[slot], self._last[slot], value, state)
        wrong = np.zeros(rows, np.bool_)
        for i in np.flatnonzero(state).tolist():
            cell = self._data[int(self._first[slot, i]) : int(self._last[slot, i])]
            value[i], wrong[i] = _number(_text(cell))
        return value, wrong


def _text(cell: bytes) -> str:
    return cell.decode("utf-8", "replace").strip()


def _number(text: str) -> tuple[float, bool]:
    """A number in any form that Python knows, and whether it is neither number nor nothing."""
    if text.lower() in NOTHING:
        return np.nan, False
    try:
        value = float(text)
    except ValueError:
        return np.nan, True
    return (np.nan, True) if np.isinf(value) or "_" in text else (value, False)


def split(data: bytes, start: I64, stop: I64, layout: TableLayout) -> tuple[Cells, Mask]:
    """The cells of the rows that are as wide as the header; and which rows those are."""
    names = sorted(layout.place, key=lambda name: layout.place[name])
    # Two fields may be read out of one column: each has its own slot, filled from the first one's.
    columns = sorted(set(layout.place.values()))
    slots = np.full(layout.width, -1, np.int64)
    slots[columns] = np.arange(len(columns))
    shape = (len(columns), start.size)
    first, last = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    state: U8 = np.zeros(start.size, np.uint8)
    octets = np.frombuffer(data, np.uint8)
    separator = ord(layout.map.separator)
    split_rows(octets, start, stop, separator, slots, first, last, state)
    more = bytearray()
    for i in np.flatnonzero(state == ODD).tolist():
        text = data[int(start[i]) : int(stop[i])].decode("utf-8", "replace")
        cells = cells_of(text, layout.map.separator)
        state[i] = WHOLE if cells is not None and len(cells) == layout.width else WRONG
        for slot, column in enumerate(columns if cells and state[i] == WHOLE else ()):
            first[slot, i] = len(data) + len(more)
            more += (cells or [])[column].encode()
            last[slot, i] = len(data) + len(more)
    whole = state == WHOLE
    of_name = slots[[layout.place[name] for name in names]]
    kept = np.flatnonzero(whole)
    first, last = first[of_name][:, kept], last[of_name][:, kept]
    return Cells(names, data + bytes(more) if more else data, first, last), whole
