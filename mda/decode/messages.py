"""Whole messages between the roads that find them and the columns made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from mda.clock import NO_TIME_US
from mda.model.reports import I64, U8, Flag

NAMES: Final = ("seq", "feed", "stored_at_us", "stamp_us", "flags", "form", "start", "size", "fill")
"""`form`: position in `LAYOUTS`; `start`, `size` and `fill`: the payload's bytes and fill bits."""


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages of the column types: one array of int64 a name in `NAMES`, shape (n,) each."""

    columns: Mapping[str, I64]
    octets: U8
    """Bytes in which the payloads stand."""
    station: list[str]
    """Station that a message names, empty where it names none."""

    def __len__(self) -> int:
        return len(self.station)

    @classmethod
    def of(cls, rows: Sequence[tuple[int, ...]], payloads: list[bytes], station: list[str]) -> Self:
        """Messages one by one: rows of `NAMES` without start and size, which the payloads give."""
        names = [name for name in NAMES if name not in ("start", "size")]
        table = np.array(rows, np.int64).reshape(len(rows), len(names))
        size = np.array([len(payload) for payload in payloads], np.int64)
        columns = {name: table[:, k] for k, name in enumerate(names)}
        columns.update(start=np.cumsum(size) - size, size=size)
        return cls(columns, np.frombuffer(b"".join(payloads), np.uint8), station)

    def merged(self, other: Self) -> Self:
        """All messages of both in the order of their rows."""
        if not len(other):
            return self
        if not len(self):
            return other
        columns = {n: np.concatenate((self.columns[n], other.columns[n])) for n in NAMES}
        columns["start"][len(self) :] += self.octets.size
        order = np.argsort(columns["seq"], kind="stable")
        station = [*self.station, *other.station]
        return type(self)(
            {name: column[order] for name, column in columns.items()},
            np.concatenate((self.octets, other.octets)),
            [station[i] for i in order.tolist()],
        )


def event_times(stamp_us: I64, stored_at_us: I64, ahead_us: int) -> tuple[I64, I64]:
    """Event times, and the flag of those whose own time runs ahead of the node's clock.

    The origin's own time counts unless it is over `ahead_us` past the instant it was stored.
    """
    stamped = stamp_us != NO_TIME_US
    ahead = stamped & (stored_at_us != NO_TIME_US) & (stamp_us > stored_at_us + ahead_us)
    at_us = np.where(stamped & ~ahead, stamp_us, stored_at_us)
    return at_us, np.where(ahead, Flag.TIME_SUSPECT, 0)
