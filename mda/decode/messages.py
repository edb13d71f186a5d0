"""Whole messages between the roads that find them and the columns made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from mda.clock import NO_TIME_US
from mda.decode.payload import packed
from mda.model.reports import I32, I64, U32, U64, Flag


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages of the column types, in the order of their rows; shape (n,) each but the last."""

    seq: I64
    feed: I32
    stored_at_us: I64
    stamp_us: I64
    flags: U32
    form: I32
    """Position in `LAYOUTS`."""
    bits: I32
    at: I32
    """The first of its words."""
    name: I32
    """Number of the station's name in `names`, 0 where the message names none."""
    words: U64
    """The bits of all (see `kernel_bits`)."""
    names: list[str]
    """Names of stations; the first is empty."""

    def __len__(self) -> int:
        return int(self.seq.shape[0])

    @classmethod
    def of(cls, rows: Sequence[tuple[int, ...]], payloads: list[bytes], station: list[str]) -> Self:
        """Messages one by one: their values up to `form`, fill bits, payloads and stations."""
        table = np.array(rows, np.int64).reshape(len(rows), 7).T
        names = list(dict.fromkeys(["", *station]))
        number = {name: k for k, name in enumerate(names)}
        bits = np.array([6 * len(payload) for payload in payloads], np.int64) - table[6]
        words, at = packed(payloads, bits)
        return cls(
            table[0],
            table[1].astype(np.int32),
            table[2],
            table[3],
            table[4].astype(np.uint32),
            table[5].astype(np.int32),
            bits.astype(np.int32),
            at,
            np.array([number[name] for name in station], np.int32),
            words,
            names,
        )

    def merged(self, other: Self) -> Self:
        """All messages of both in the order of their rows."""
        if not len(other):
            return self
        if not len(self):
            return other
        names = list(dict.fromkeys([*other.names, *self.names]))
        place = {name: k for k, name in enumerate(names)}
        number = np.array([place[name] for name in self.names], np.int32)
        order = np.argsort(np.concatenate((other.seq, self.seq)), kind="stable")
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        own["at"] = self.at + np.int32(other.words.size)
        own["name"] = number[self.name]
        columns = {
            name: np.concatenate((getattr(other, name), own[name]))[order]
            for name in own
            if name not in ("words", "names")
        }
        words = np.concatenate((other.words, self.words))
        return type(self)(**columns, words=words, names=names)


def event_times(stamp_us: I64, stored_at_us: I64, ahead_us: int) -> tuple[I64, U32]:
    """Event times, and the flag of those whose own time runs ahead of the node's clock.

    The origin's own time counts unless it is over `ahead_us` past the instant it was stored.
    """
    unknown, unsaid = stamp_us == NO_TIME_US, stored_at_us == NO_TIME_US
    ahead = (stamp_us > stored_at_us + ahead_us) & ~(unknown | unsaid)
    at_us: I64 = np.where(unknown | ahead, stored_at_us, stamp_us)
    return at_us, ahead * np.uint32(Flag.TIME_SUSPECT)
