"""Whole messages between the roads that find them and the columns made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from mda.clock import NO_TIME_US
from mda.model.reports import I64, U8, Flag

NAMES: Final = (
    "seq",
    "feed",
    "stored_at_us",
    "stamp_us",
    "flags",
    "form",
    "fill",
    "start",
    "size",
    "name",
)
"""`form`: position in `LAYOUTS`; `start`, `size` and `fill`: the payload's bytes and fill bits;
`name`: number of the station's name in `names`, 0 where the message names none."""


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages of the column types: one array of int64 a name in `NAMES`, shape (n,) each."""

    columns: Mapping[str, I64]
    octets: U8
    """Bytes in which the payloads stand."""
    names: list[str]
    """Names of stations; the first is empty."""

    def __len__(self) -> int:
        return int(self.columns["seq"].shape[0])

    @classmethod
    def of(cls, rows: Sequence[tuple[int, ...]], payloads: list[bytes], station: list[str]) -> Self:
        """Messages one by one: rows of `NAMES` up to fill, their payloads and stations' names."""
        table = np.array(rows, np.int64).reshape(len(rows), 7)
        size = np.array([len(payload) for payload in payloads], np.int64)
        names = list(dict.fromkeys(["", *station]))
        number = {name: k for k, name in enumerate(names)}
        columns = dict(zip(NAMES, table.T, strict=False))
        columns.update(start=np.cumsum(size) - size, size=size)
        columns["name"] = np.array([number[name] for name in station], np.int64)
        return cls(columns, np.frombuffer(b"".join(payloads), np.uint8), names)

    def merged(self, other: Self) -> Self:
        """All messages of both in the order of their rows; `other` is the larger, and in order."""
        if not len(other):
            return self
        if not len(self):
            return other
        names = list(dict.fromkeys([*other.names, *self.names]))
        place_of = {name: k for k, name in enumerate(names)}
        number = np.array([place_of[name] for name in self.names], np.int64)
        own = dict(self.columns)
        own["start"] = own["start"] + other.octets.size
        own["name"] = number[own["name"]]
        place = np.searchsorted(other.columns["seq"], own["seq"])
        columns = {n: np.insert(other.columns[n], place, own[n]) for n in NAMES}
        return type(self)(columns, np.concatenate((other.octets, self.octets)), names)


def event_times(stamp_us: I64, stored_at_us: I64, ahead_us: int) -> tuple[I64, I64]:
    """Event times, and the flag of those whose own time runs ahead of the node's clock.

    The origin's own time counts unless it is over `ahead_us` past the instant it was stored.
    """
    stamped = stamp_us != NO_TIME_US
    ahead = stamped & (stored_at_us != NO_TIME_US) & (stamp_us > stored_at_us + ahead_us)
    at_us = np.where(stamped & ~ahead, stamp_us, stored_at_us)
    return at_us, np.where(ahead, Flag.TIME_SUSPECT, 0)
