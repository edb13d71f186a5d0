"""Semi-real cases: a real recording from which a vessel is cut out at an instant.

*Definition.* From the cut on no line of that vessel is left (all parts of its messages), as if its
transmitter had been switched off; everything else stays, so the natural gaps of the recording are
the negatives. A vessel is chosen where it was under way (median of at least 3 kn over the half hour
before the cut, at least 20 reports in it), outside places where waiting is normal, and where the
recording goes on to hear it, at least 5 times, in the hour after the cut: the silence is the cut's.
*What it cannot see.* Whether the natural gaps are honest: precision has no meaning here, recall
and latency do.
*Source.* detection.md, Proof 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import numpy as np

from mda.evaluate.degrade import draws
from mda.evaluate.recording import Recording
from mda.evaluate.tracks import Bools, Tracks
from mda.evaluate.truth import Event
from mda.model.reports import F64, I64
from mda.units import US_PER_H

SEED: Final = 20_170_321
BEFORE_US: Final = US_PER_H // 2
AFTER_US: Final = US_PER_H
LEAST_KN: Final = 3.0
LEAST_BEFORE: Final = 20
LEAST_AFTER: Final = 5


class Tail(NamedTuple):
    """A cut: the vessel, its instant, and the last place before it in degrees."""

    mmsi: int
    at_us: int
    lon_deg: float
    lat_deg: float


def choose_tails(
    tracks: Tracks, count: int, in_place: Callable[[F64, F64], Bools], seed: int = SEED
) -> list[Tail]:
    """Up to `count` cuts, one a vessel, the same for the same recording and seed, by instant."""
    vessels = np.unique(tracks.mmsi)
    vessels = vessels[np.argsort(draws(seed, vessels), kind="stable")]
    found: list[Tail] = []
    for mmsi in vessels.tolist():
        if len(found) == count:
            break
        rows = np.arange(*np.searchsorted(tracks.mmsi, [mmsi, mmsi + 1]).tolist())
        fitting = _fitting(tracks, rows, in_place)
        if fitting:
            chance = float(draws(seed + 1, np.array([mmsi], np.int64))[0])
            row = fitting[int(chance * len(fitting))]
            place = float(tracks.lon_deg[row]), float(tracks.lat_deg[row])
            found.append(Tail(mmsi, int(tracks.at_us[row]) + 1, *place))
    return sorted(found, key=lambda tail: (tail.at_us, tail.mmsi))


def _fitting(tracks: Tracks, rows: I64, in_place: Callable[[F64, F64], Bools]) -> list[int]:
    """Rows of one vessel behind which it may be cut."""
    at_us, sog_kn = tracks.at_us[rows], tracks.sog_kn[rows]
    first = np.searchsorted(at_us, at_us - BEFORE_US, "right")
    after = np.searchsorted(at_us, at_us + AFTER_US, "right") - np.arange(len(rows)) - 1
    before = np.arange(len(rows)) - first + 1
    waits = in_place(tracks.lon_deg[rows], tracks.lat_deg[rows])
    candidates = np.flatnonzero((before >= LEAST_BEFORE) & (after >= LEAST_AFTER) & ~waits)
    return [
        int(rows[i]) for i in candidates.tolist() if np.median(sog_kn[first[i] : i + 1]) >= LEAST_KN
    ]


def cut_tails(recording: Recording, tails: Iterable[Tail]) -> tuple[Recording, list[Event]]:
    """The recording without these vessels from their cuts on, and the events that this makes."""
    mmsis = recording.mmsis()
    keep = np.ones(len(recording), np.bool_)
    events = []
    for number, tail in enumerate(tails):
        keep &= ~((mmsis == tail.mmsi) & (recording.lines.stored_at_us >= tail.at_us))
        events.append(
            Event(
                id=f"tail-{number}",
                detector="dark",
                kind="dark",
                mmsis=(tail.mmsi,),
                onset_us=tail.at_us,
                end_us=None,
                lon_deg=tail.lon_deg,
                lat_deg=tail.lat_deg,
                mechanism="tail cut from a real recording",
            )
        )
    return recording.take(keep), events
