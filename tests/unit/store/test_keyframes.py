"""Which keyframes are kept, and that they are found."""

from __future__ import annotations

from pathlib import Path

from mda.store.history import ArchiveHistory, Keeping
from mda.store.keyframes import MemoryKeyframes, wanted

MIN_US = 60_000_000
H_US = 60 * MIN_US


def test_dense_for_two_hours_hourly_to_the_horizon_and_one_before() -> None:
    times = range(0, 48 * H_US + 1, 10 * MIN_US)
    keep = wanted(times, 2 * H_US, 24 * H_US)
    newest = 48 * H_US
    dense = {t for t in times if t > newest - 2 * H_US}
    hourly = {h * H_US for h in range(24, 49)}
    assert keep == dense | hourly
    assert len(keep) == 12 + 24 + 1 - 2
    assert wanted([], 1, 1) == set()
    assert wanted([5], 0, 0) == {5}


def test_keeping_twice_is_keeping_once() -> None:
    grown: set[int] = set()
    for t in range(0, 30 * H_US, 10 * MIN_US):
        grown = wanted({*grown, t}, 2 * H_US, 24 * H_US)
    at_once = wanted(range(0, 30 * H_US, 10 * MIN_US), 2 * H_US, 24 * H_US)
    assert grown == at_once


def test_memory_keyframes() -> None:
    frames = MemoryKeyframes(2 * H_US, 24 * H_US)
    assert frames.before(10) is None
    frames.put(0, b"old")
    frames.put(0, b"new")
    frames.put(30 * H_US, b"later")
    assert frames.before(1) == (0, b"new")
    assert frames.before(0) is None
    assert frames.before(30 * H_US) == (0, b"new")
    frames.put(60 * H_US, b"last")
    assert frames.before(31 * H_US) == (30 * H_US, b"later")
    assert frames.before(30 * H_US) is None


def test_file_keyframes_live_through_seals(tmp_path: Path, sea, clock) -> None:
    history = ArchiveHistory.open(tmp_path, clock, Keeping(grace_us=0))

    def seal(n: int) -> None:
        history.seal(n, b"s", n, stations=sea.stations, feeds=sea.feeds)

    for hour in range(30):
        for minute in (0, 10):
            at_us = hour * H_US + minute * MIN_US
            history.keyframes.put(at_us, b"%d" % at_us)
        seal(hour + 1)
    manifest = history.manifest
    assert manifest.keyframes[0].at_us == 5 * H_US
    assert 26 <= len(manifest.keyframes) <= 28
    assert len(list((tmp_path / "keyframes").iterdir())) <= 30
    history.keyframes.put(6 * H_US, b"corrected")
    assert history.keyframes.before(6 * H_US + 1) == (6 * H_US, b"corrected")
    seal(31)
    history.close()
    history = ArchiveHistory.open(tmp_path, clock)
    assert history.keyframes.before(6 * H_US + 1) == (6 * H_US, b"corrected")
    assert history.keyframes.before(6 * H_US) == (5 * H_US, b"%d" % (5 * H_US))
    assert history.keyframes.before(0) is None
    history.close()
