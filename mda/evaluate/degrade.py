"""A recording spoilt on purpose, the same way every time: loss, lateness, clock skew, two hulls.

*Definition.* Loss: each line is dropped with the share asked for. Lateness: one in four half hours
of a station arrives behind time, by up to 6 h, all of it together (its link was down). Clock skew:
one station's clock is fast by 120 s. Duplicate MMSI: honest vessels take over the MMSI of vessels
that have an event. What is drawn hangs on (seed, row, station, vessel) alone, not on the order.
*What it cannot see.* Losses here are independent of each other; at sea they come in runs.
*Source.* detection.md, Proof 3. Amounts where it gives none are our own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from mda.evaluate.recording import Recording
from mda.evaluate.sentences import part_of, with_mmsi, with_time_shifted
from mda.model import MmsiKind, mmsi_kinds
from mda.model.reports import F64, I64, U64
from mda.units import US_PER_H

SEED: Final = 20_170_321
BLOCK_US: Final = US_PER_H // 2
LATE_SHARE: Final = 0.25
LATE_UP_TO_US: Final = 6 * US_PER_H
SKEW_S: Final = 120
DUPLICATED: Final = 5
"""Most vessels whose MMSI a second one takes."""

Spoil = Callable[[Recording, Sequence[int]], Recording]
"""A recording spoilt; told which MMSIs have events."""


def draws(seed: int, numbers: I64) -> F64:
    """A number in [0, 1) for each whole number (splitmix64 of Steele, Lea and Flood 2014)."""
    with np.errstate(over="ignore"):
        z: U64 = numbers.astype(np.uint64) + np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
        z = z + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def loss(share: float) -> Spoil:
    """Each line is lost with this chance."""

    def spoil(recording: Recording, _: Sequence[int]) -> Recording:
        rows = np.arange(len(recording), dtype=np.int64)
        return recording.take(draws(SEED, rows) >= share)

    return spoil


def late(recording: Recording, _: Sequence[int]) -> Recording:
    """Whole half hours of single stations arrive up to 6 h behind time."""
    station, _names = recording.stations()
    stored_us = recording.lines.stored_at_us
    block = stored_us // BLOCK_US * 4096 + station
    held = draws(SEED + 1, block) < LATE_SHARE
    # All of a block comes at one instant: its link is back, and the spool is sent.
    arrives_us = (stored_us // BLOCK_US + 1) * BLOCK_US
    arrives_us += (draws(SEED + 2, block) * LATE_UP_TO_US).astype(np.int64)
    return recording.stored_again(np.where(held, arrives_us, stored_us))


def skewed(recording: Recording, _: Sequence[int]) -> Recording:
    """One station's clock is fast; the node's own is right. A line without a time is as it was."""
    station, names = recording.stations()
    chosen = int(np.argmin(draws(SEED + 3, np.arange(len(names), dtype=np.int64))))
    lines = recording.lines
    rows = np.flatnonzero(station == chosen).tolist()
    return recording.with_lines({row: with_time_shifted(lines.line(row), SKEW_S) for row in rows})


def duplicated(recording: Recording, eventful: Sequence[int]) -> Recording:
    """Vessels without events transmit under the MMSI of vessels with one.

    Truth stays as it is: it is still the first vessel's.
    """
    mmsis = recording.mmsis()
    heard, lines_of = np.unique(mmsis, return_counts=True)
    ships = (mmsi_kinds(heard.astype(np.uint32)) == MmsiKind.SHIP) & (lines_of >= 20)
    honest = heard[ships & ~np.isin(heard, np.array(eventful, np.int64))]
    honest = honest[np.argsort(draws(SEED + 4, honest), kind="stable")]
    taken = np.intersect1d(heard, np.array(eventful, np.int64))[:DUPLICATED]
    changed: dict[int, bytes] = {}
    for thief, owner in zip(honest.tolist(), taken.tolist(), strict=False):
        for row in np.flatnonzero(mmsis == thief).tolist():
            line = recording.lines.line(row)
            part = part_of(line)
            if part is not None and part[1] == 1:
                changed[row] = with_mmsi(line, owner)
    return recording.with_lines(changed)


DEGRADATIONS: Final[dict[str, Spoil]] = {
    "loss 10 %": loss(0.1),
    "loss 30 %": loss(0.3),
    "loss 50 %": loss(0.5),
    "loss 70 %": loss(0.7),
    "late 0-6 h": late,
    "clock skew 120 s": skewed,
    "duplicate MMSI": duplicated,
}
"""By name, in the order in which they are told."""
