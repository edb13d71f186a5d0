"""Keyframes: saved settled states on a grid of event time, for reconciling, restarts and seeking.

Every one is kept for a while (2 h), beyond that the first of each hour, up to the horizon that late
reports are reconciled over; and one before the horizon, so that its start can still be refolded.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from mda.store.manifest import Blob
from mda.units import US_PER_H


def wanted(times_us: Iterable[int], dense_us: int, horizon_us: int) -> set[int]:
    """Of keyframe times, those to keep; ages count from the newest."""
    times = sorted(times_us)
    if not times:
        return set()
    newest = times[-1]
    keep = {t for t in times if t > newest - dense_us}
    first_of_hour: dict[int, int] = {}
    for t in times:
        first_of_hour.setdefault(t // US_PER_H, t)
    line = newest - horizon_us
    hourly = sorted(first_of_hour.values())
    keep |= {t for t in hourly if t > line}
    before = [t for t in hourly if t <= line]
    return keep | set(before[-1:])


class MemoryKeyframes:
    """Keyframes of a batch run, kept in memory up to the horizon."""

    def __init__(self, dense_us: int = 2 * US_PER_H, horizon_us: int = 24 * US_PER_H) -> None:
        self._dense_us, self._horizon_us = dense_us, horizon_us
        self._states: dict[int, bytes] = {}

    def put(self, at_us: int, state: bytes) -> None:
        """Keep a state; one of the same instant is exchanged."""
        self._states[at_us] = state
        keep = wanted(self._states, self._dense_us, self._horizon_us)
        self._states = {t: s for t, s in self._states.items() if t in keep}

    def before(self, at_us: int) -> tuple[int, bytes] | None:
        """The newest keyframe taken strictly before `at_us`."""
        older = [t for t in self._states if t < at_us]
        return (max(older), self._states[max(older)]) if older else None


class FileKeyframes:
    """Keyframes in files: in memory until the next seal publishes them. Thread-safe.

    Those put since the last seal are lost in a crash, as the rows of that time are: the replay of
    the raw log makes both again.
    """

    def __init__(
        self, root: Path, listed: tuple[Blob, ...], dense_us: int, horizon_us: int
    ) -> None:
        self._root, self._listed = root, listed
        self._dense_us, self._horizon_us = dense_us, horizon_us
        self._fresh: dict[int, bytes] = {}
        self._sealing: dict[int, bytes] = {}
        self._mutex = threading.Lock()

    def put(self, at_us: int, state: bytes) -> None:
        """Keep a state; one of the same instant is exchanged."""
        with self._mutex:
            self._fresh[at_us] = state

    def before(self, at_us: int) -> tuple[int, bytes] | None:
        """The newest keyframe taken strictly before `at_us`. StoreError: its file is damaged."""
        with self._mutex:
            waiting = {**self._sealing, **self._fresh}
            listed = {k.at_us: k for k in self._listed}
        older = [t for t in (*waiting, *listed) if t < at_us]
        if not older:
            return None
        newest = max(older)
        state = waiting.get(newest)
        return newest, state if state is not None else listed[newest].read(self._root)

    def begin_seal(self) -> tuple[Mapping[int, bytes], tuple[Blob, ...]]:
        """The states to write, and the listed files to keep; both stay readable meanwhile."""
        with self._mutex:
            times = (*(k.at_us for k in self._listed), *self._fresh)
            keep = wanted(times, self._dense_us, self._horizon_us)
            self._sealing, self._fresh = self._fresh, {}
            states = {t: s for t, s in self._sealing.items() if t in keep}
            return states, tuple(k for k in self._listed if k.at_us in keep)

    def end_seal(self, listed: tuple[Blob, ...] | None) -> None:
        """The seal is published with these files; None: it failed, the states wait on."""
        with self._mutex:
            if listed is None:
                self._fresh = {**self._sealing, **self._fresh}
            else:
                self._listed = listed
            self._sealing = {}
