"""Dense slots for vessel keys, and vessel classes as they become known: what every fold needs.

A kernel keeps its memory in `state[slot]`. Slots are given in the order in which keys first appear
in event time, so that cutting a stretch elsewhere changes no slot (law 1).
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mda.geo.kernel import kernel
from mda.model.reports import I32, I64, U8, Reports, Statics, Valid
from mda.model.state import State
from mda.model.vessels import CLASS_OF_TYPE

_FIRST_ROOM = 64
A = TypeVar("A", bound=NDArray[Any])


def grown(array: A, rows: int) -> A:
    """The array itself if it has `rows` rows, else a copy twice as long or more, zero-filled.

    Doubling keeps growth cheap; what lies beyond the slots in use is always zero.
    """
    if array.shape[0] >= rows:
        return array
    bigger: Any = np.zeros(
        (max(rows, 2 * array.shape[0], _FIRST_ROOM), *array.shape[1:]), array.dtype
    )
    bigger[: array.shape[0]] = array
    return bigger  # type: ignore[no-any-return]


@kernel
def _home(key: int, mask: int) -> int:
    """Where in the table a key's search begins; no product here exceeds 63 bits."""
    mixed = (key % 2_147_483_647) * 40_503
    return (mixed ^ (mixed >> 17)) & mask


@kernel
def _assign(keys: I64, table: I32, known: I64, count: int, out: I32) -> tuple[int, int]:
    """Slots of keys by open addressing; stops where `known` is full. Rows done, slots in use."""
    mask = table.shape[0] - 1
    for i in range(keys.shape[0]):
        key = keys[i]
        at = _home(key, mask)
        slot = table[at]
        while slot >= 0 and known[slot] != key:
            at = (at + 1) & mask
            slot = table[at]
        if slot < 0:
            if count == known.shape[0]:
                return i, count
            known[count] = key
            table[at] = count
            slot = count
            count += 1
        out[i] = slot
    return keys.shape[0], count


@kernel
def _rehash(known: I64, count: int, table: I32) -> None:
    """Enter the first `count` known keys into an empty table."""
    mask = table.shape[0] - 1
    for slot in range(count):
        at = _home(known[slot], mask)
        while table[at] >= 0:
            at = (at + 1) & mask
        table[at] = slot


class Slots:
    """Key -> slot, for non-negative keys below 2**63; at most 2**30 of them."""

    def __init__(self) -> None:
        self._count = 0
        self._known: I64 = np.zeros(_FIRST_ROOM, np.int64)
        self._table: I32 = np.full(4 * _FIRST_ROOM, -1, np.int32)

    def __len__(self) -> int:
        return self._count

    @property
    def keys(self) -> I64:
        """Keys by slot, shape (len,), a view."""
        return self._known[: self._count]

    def of(self, keys: NDArray[Any]) -> I32:
        """Slot of each key, shape (n,); keys never met before get the next slots."""
        wanted = np.ascontiguousarray(keys, dtype=np.int64)
        out = np.empty(wanted.shape[0], np.int32)
        done = 0
        while True:
            rows, self._count = _assign(
                wanted[done:], self._table, self._known, self._count, out[done:]
            )
            done += rows
            if done == wanted.shape[0]:
                return out
            self._make_room(2 * self._known.shape[0])

    def find(self, key: int) -> int:
        """Slot of one key, -1 where it was never met."""
        mask = self._table.shape[0] - 1
        at = int(_home(key, mask))
        while (slot := int(self._table[at])) >= 0:
            if int(self._known[slot]) == key:
                return slot
            at = (at + 1) & mask
        return -1

    def _make_room(self, room: int) -> None:
        self._known = grown(self._known, room)
        self._table = np.full(4 * self._known.shape[0], -1, np.int32)
        _rehash(self._known, self._count, self._table)

    def save(self) -> State:
        return {"keys": self.keys.copy()}

    def load(self, state: State) -> None:
        keys = np.asarray(state["keys"], dtype=np.int64)
        self._count = int(keys.shape[0])
        room = _FIRST_ROOM
        while room < self._count:
            room *= 2
        self._known = np.zeros(room, np.int64)
        self._known[: self._count] = keys
        self._make_room(room)


@kernel
def _classes_as_of(
    at_us: I64, slot: I32, said_us: I64, said_slot: I32, said: U8, latest: U8, out: U8
) -> None:
    """Walk reports and claims together in event time; a claim counts from its own instant on."""
    j = 0
    for i in range(at_us.shape[0]):
        while j < said_us.shape[0] and said_us[j] <= at_us[i]:
            latest[said_slot[j]] = said[j]
            j += 1
        out[i] = latest[slot[i]]
    while j < said_us.shape[0]:
        latest[said_slot[j]] = said[j]
        j += 1


class Classes:
    """`VesselClass` of each report's MMSI as claimed by the report's own time (a fold)."""

    def __init__(self) -> None:
        self._slots = Slots()
        self._latest: U8 = np.zeros(_FIRST_ROOM, np.uint8)

    def of(self, reports: Reports, statics: Statics) -> U8:
        """Class of each row, shape (n,). Both batches must be sorted by event time."""
        told = ((statics.valid & Valid.SHIP_TYPE) != 0) & (statics.msg_type != 21)
        claims = statics.take(told)
        said_slot = self._slots.of(claims.mmsi)
        slot = self._slots.of(reports.mmsi)
        self._latest = grown(self._latest, len(self._slots))
        out = np.empty(len(reports), np.uint8)
        said = CLASS_OF_TYPE[claims.ship_type]
        _classes_as_of(reports.at_us, slot, claims.at_us, said_slot, said, self._latest, out)
        return out

    def save(self) -> State:
        """By MMSI: slots here follow the cuts (claims before reports), the content does not."""
        order = np.argsort(self._slots.keys)
        return {"slots": {"keys": self._slots.keys[order]}, "latest": self._latest[order]}

    def load(self, state: State) -> None:
        self._slots.load(state["slots"])
        latest: U8 = np.array(state["latest"], dtype=np.uint8)
        self._latest = grown(latest, max(len(self._slots), _FIRST_ROOM))
