"""History: sealed files and the tail as one; exchanging stretches; one commit point."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from mda.errors import StoreError
from mda.model import Flag, Reports, Settled, Statics
from mda.store import archive
from mda.store.archive import settled_order
from mda.store.history import ArchiveHistory, Keeping, MemoryHistory
from mda.store.manifest import ArchiveFile, Manifest

ALWAYS = (-(2**63), 2**63 - 1)
KEEPING = Keeping(compact_files=3, grace_us=10)


def opened(root: Path, clock) -> ArchiveHistory:
    return ArchiveHistory.open(root, clock, KEEPING)


def sealed(history: ArchiveHistory, sea, settled: Settled) -> Manifest:
    history.add(settled)
    seq = int(settled.reports.seq[-1])
    return history.seal(
        settled.until_us, b"state %d" % seq, seq, stations=sea.stations, feeds=sea.feeds
    )


def in_order(batch: Reports) -> Reports:
    return batch.take(settled_order(batch))


def test_the_tail_and_the_files_read_as_one(tmp_path: Path, sea, clock) -> None:
    history, memory = opened(tmp_path, clock), MemoryHistory()
    assert history.recover() is None
    for first in range(1, 200, 20):
        stretch = sea.settled(first, first + 20)
        memory.add(stretch)
        if first % 40 == 1:
            history.add(stretch)
        else:
            sealed(history, sea, stretch)
    assert history.unsealed_rows == 0
    history.add(sea.settled(201, 221))
    memory.add(sea.settled(201, 221))
    assert history.unsealed_rows == 40
    rng = np.random.default_rng(1)
    spans = [ALWAYS] + [
        tuple(sorted(int(t) for t in sea.start_us + rng.integers(0, 2_300, 2) * 1_000_000))
        for _ in range(20)
    ]
    for since_us, until_us in spans:
        for ours, theirs in zip(
            history.read(since_us, until_us), memory.read(since_us, until_us), strict=True
        ):
            assert sea.same(ours, theirs)
            assert ((ours.at_us > since_us) & (ours.at_us <= until_us)).all()
    history.close()


def test_a_file_holds_one_day_sorted_by_vessel(tmp_path: Path, sea, clock) -> None:
    history = opened(tmp_path, clock)
    manifest = sealed(history, sea, sea.settled(1, 500, step_s=600))
    assert {f.kind for f in manifest.files} == {"reports", "statics"}
    for file in manifest.files:
        assert file.path == f"archive/{file.kind}/day={file.day}/00000001.parquet"
        table = pq.ParquetFile(tmp_path / file.path).read()
        days = {at.date().isoformat() for at in table.column("at").to_pylist()}
        assert days == {file.day}
        keys = list(zip(table["mmsi"].to_pylist(), table["at"].to_pylist(), strict=True))
        assert keys == sorted(keys)
        assert file.rows == table.num_rows
        assert (file.min_seq, file.max_seq) == (
            min(table["seq"].to_pylist()),
            max(table["seq"].to_pylist()),
        )
    assert sum(f.rows for f in manifest.files) == 2 * 499
    history.close()


def test_exchanging_a_stretch_in_tail_and_files(tmp_path: Path, sea, clock) -> None:
    history, memory = opened(tmp_path, clock), MemoryHistory()
    for first in (1, 41, 81):
        memory.add(sea.settled(first, first + 40))
        sealed(history, sea, sea.settled(first, first + 40))
    history.add(sea.settled(121, 161))
    memory.add(sea.settled(121, 161))
    since_us, until_us = (sea.start_us + n * 10_000_000 for n in (30, 130))
    late = sea.reports(20, 150)
    late = late.take((late.at_us > since_us) & (late.at_us <= until_us) & (late.seq % 3 > 0))
    late = late.replace(flags=late.flags | np.uint32(Flag.LATE))
    for either in (history, memory):
        either.replace(since_us, until_us, late, Statics.blank(0))

    def same() -> bool:
        ours, theirs = history.read(*ALWAYS), memory.read(*ALWAYS)
        return sea.same(ours[0], theirs[0]) and sea.same(ours[1], theirs[1])

    assert same()
    manifest = sealed(history, sea, sea.settled(161, 171))
    memory.add(sea.settled(161, 171))
    assert same()
    assert {f.min_seq for f in manifest.files if f.kind == "reports"} == {1}
    since_us, until_us = sea.start_us, sea.start_us + 400_000_000
    for either in (history, memory):
        either.replace(since_us, until_us, Reports.blank(0), Statics.blank(0))
    sealed(history, sea, sea.settled(171, 172))
    memory.add(sea.settled(171, 172))
    assert same()
    history.close()
    again = opened(tmp_path, clock)
    assert sea.same(again.read(*ALWAYS)[0], memory.read(*ALWAYS)[0])
    again.close()


def test_a_day_with_too_many_files_becomes_one(tmp_path: Path, sea, clock) -> None:
    history = opened(tmp_path, clock)
    counts = []
    for n in range(1, 60, 10):
        manifest = sealed(history, sea, sea.settled(n, n + 10))
        counts.append(sum(f.kind == "reports" for f in manifest.files))
    assert counts == [1, 2, 3, 1, 2, 3]
    assert sea.same(history.read(*ALWAYS)[0], in_order(sea.reports(1, 61)))
    merged = min(manifest.of("reports", *ALWAYS), key=lambda f: f.min_at_us)
    assert merged.rows == 40
    assert merged.since_us == ALWAYS[0]
    history.close()


def test_replaced_files_wait_for_their_readers(tmp_path: Path, sea, clock) -> None:
    history = opened(tmp_path, clock)
    old = sealed(history, sea, sea.settled(1, 11))
    for n in (11, 21, 31):
        manifest = sealed(history, sea, sea.settled(n, n + 10))
    dead = {c.path for c in manifest.condemned}
    assert set(old.live()) <= dead
    assert all((tmp_path / path).exists() for path in dead)
    clock.at_us += 11
    manifest = sealed(history, sea, sea.settled(41, 51))
    assert not any((tmp_path / path).exists() for path in dead)
    assert not dead & {c.path for c in manifest.condemned}
    with pytest.raises(StoreError, match="is gone"):
        archive.read_file(Reports, tmp_path, old.files[0], old)
    history.close()


def test_recover_gives_the_last_commit(tmp_path: Path, sea, clock) -> None:
    history = opened(tmp_path, clock)
    sealed(history, sea, sea.settled(1, 11))
    sealed(history, sea, sea.settled(11, 21))
    history.keyframes.put(5, b"lost")
    history.add(sea.settled(21, 31))
    history.close()
    history = opened(tmp_path, clock)
    found = history.recover()
    assert found is not None
    assert (found.snapshot, found.log_seq) == (b"state 20", 20)
    assert found.until_us == sea.start_us + 200_000_000
    assert sea.same(history.read(*ALWAYS)[0], in_order(sea.reports(1, 21)))
    assert history.keyframes.before(10) is None
    history.close()


def test_until_the_manifest_is_exchanged_nothing_has_happened(tmp_path, sea, clock) -> None:
    """Stop a seal after each file it writes: what is read is the old archive, whole."""
    history = opened(tmp_path, clock)
    sealed(history, sea, sea.settled(1, 11))
    before = (tmp_path / "manifest.json").read_bytes()
    sealed(history, sea, sea.settled(11, 21))
    history.close()
    written = [p for p in tmp_path.rglob("*00000002*") if p.is_file()]
    assert len(written) == 3
    (tmp_path / "manifest.json").write_bytes(before)
    (tmp_path / "manifest.json.new").write_bytes(b"{half of a")
    history = opened(tmp_path, clock)
    assert history.swept_files == 3
    assert not any(p.exists() for p in written)
    assert sea.same(history.read(*ALWAYS)[0], in_order(sea.reports(1, 11)))
    found = history.recover()
    assert found is not None
    assert found.log_seq == 10
    sealed(history, sea, sea.settled(11, 21))
    assert sea.same(history.read(*ALWAYS)[0], in_order(sea.reports(1, 21)))
    history.close()


def test_readers_see_whole_manifests_while_it_is_exchanged(tmp_path, sea, clock) -> None:
    history = opened(tmp_path, clock)
    sealed(history, sea, sea.settled(1, 2))
    done, wrong = threading.Event(), []

    def look() -> None:
        while not done.is_set():
            manifest = Manifest.load(tmp_path)
            rows = sum(f.rows for f in manifest.files if f.kind == "reports")
            if rows != manifest.log_seq:
                wrong.append(manifest.version)

    reader = threading.Thread(target=look)
    reader.start()
    for n in range(2, 20):
        sealed(history, sea, sea.settled(n, n + 1))
    done.set()
    reader.join()
    assert wrong == []
    history.close()


def test_the_caller_goes_on_while_a_seal_runs(tmp_path: Path, sea, clock) -> None:
    """Adding, exchanging and reading on top of a seal held up in its thread."""
    history = opened(tmp_path, clock)
    sealed(history, sea, sea.settled(1, 41))
    history.add(sea.settled(41, 81))
    held = threading.Event()
    history._thread.submit(held.wait)
    history.keyframes.put(7, b"frame")
    future = history.seal_async(
        sea.settled(41, 71).until_us, b"s", 70, stations=sea.stations, feeds=sea.feeds
    )
    history.add(sea.settled(81, 91))
    since_us, until_us = (sea.start_us + n * 10_000_000 for n in (35, 75))
    history.replace(since_us, until_us, sea.reports(36, 37), Statics.blank(0))
    expected = in_order(Reports.concat([sea.reports(1, 37), sea.reports(76, 91)]))
    assert sea.same(history.read(*ALWAYS)[0], expected)
    assert history.keyframes.before(8) == (7, b"frame")
    assert not future.done()
    held.set()
    assert future.result().version == 2
    assert sea.same(history.read(*ALWAYS)[0], expected)
    assert history.keyframes.before(8) == (7, b"frame")
    manifest = sealed(history, sea, sea.settled(91, 101))
    assert sum(f.rows for f in manifest.files if f.kind == "reports") == len(expected) + 10
    history.close()


def test_rows_of_a_failed_seal_wait_for_the_next(tmp_path: Path, sea, clock) -> None:
    history = opened(tmp_path, clock)
    sealed(history, sea, sea.settled(1, 11))
    (tmp_path / "keyframes").write_bytes(b"in the way")
    history.keyframes.put(7, b"frame")
    history.add(sea.settled(11, 21))
    history.replace(sea.start_us, sea.start_us + 50_000_000, sea.reports(5, 6), sea.statics(5, 5))
    expected = in_order(sea.reports(5, 21))
    with pytest.raises(StoreError, match="archive cannot be written"):
        sealed(history, sea, sea.settled(21, 31))
    expected = in_order(sea.reports(5, 31))
    assert history.failed is not None
    assert sea.same(history.read(*ALWAYS)[0], expected)
    assert history.keyframes.before(8) == (7, b"frame")
    (tmp_path / "keyframes").unlink()
    sealed(history, sea, sea.settled(31, 41))
    assert history.failed is None
    assert sea.same(history.read(*ALWAYS)[0], in_order(sea.reports(5, 41)))
    assert history.keyframes.before(8) == (7, b"frame")
    history.close()


def test_seals_go_forward_and_names_are_only_appended(tmp_path: Path, sea, clock) -> None:
    history = opened(tmp_path, clock)
    sealed(history, sea, sea.settled(1, 11))
    with pytest.raises(StoreError, match="up to row 5 after one up to row 10"):
        history.seal(2**60, b"", 5, stations=sea.stations, feeds=sea.feeds)
    for stations in (("martinique", "cw"), (*sea.stations, "cw")):
        with pytest.raises(StoreError, match="station names changed"):
            history.seal(2**60, b"", 11, stations=stations, feeds=sea.feeds)
    history.seal(2**60, b"", 11, stations=(*sea.stations, "new"), feeds=sea.feeds)
    history.close()


def test_one_process_writes(tmp_path: Path, sea, clock) -> None:
    history = opened(tmp_path, clock)
    with pytest.raises(StoreError, match="another process holds the archive"):
        opened(tmp_path, clock)
    history.close()


def test_damage_is_named(tmp_path: Path, sea, clock) -> None:
    history = opened(tmp_path, clock)
    manifest = sealed(history, sea, sea.settled(1, 11))
    file = tmp_path / manifest.files[0].path
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="is damaged"):
        history.read(*ALWAYS)
    history.add(sea.settled(11, 21))
    history.replace(sea.start_us, sea.start_us + 50_000_000, sea.reports(1, 1), sea.statics(1, 1))
    with pytest.raises(StoreError, match="is damaged"):
        sealed(history, sea, sea.settled(21, 22))
    assert history.failed is not None
    assert manifest.snapshot is not None
    (tmp_path / manifest.snapshot.path).write_bytes(b"other")
    with pytest.raises(StoreError, match="damaged"):
        history.recover()
    (tmp_path / manifest.snapshot.path).unlink()
    with pytest.raises(StoreError, match="missing"):
        history.recover()
    history.close()
    for text, what in (("{", "damaged"), ("{}", "damaged"), ('{"format": 99}', "format 99")):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(StoreError, match=what):
            opened(tmp_path, clock)
    (tmp_path / "manifest.json").unlink()
    opened(tmp_path, clock).close()


def test_the_manifest_says_what_it_promises(tmp_path: Path, sea, clock) -> None:
    history = opened(tmp_path, clock)
    sealed(history, sea, sea.settled(1, 11))
    history.close()
    body = json.loads((tmp_path / "manifest.json").read_text())
    promised = {"path", "kind", "day", "rows", "min_at_us", "max_at_us", "since_us", "until_us"}
    assert promised <= set(body["files"][0])
    assert (body["version"], body["log_seq"], body["stations"]) == (1, 10, list(sea.stations))
    assert Manifest.load(tmp_path).files == tuple(ArchiveFile(**f) for f in body["files"])


def test_control_rows_are_published_with_the_rows_they_explain(tmp_path, sea, clock) -> None:
    from dataclasses import replace

    from mda.model import Control
    from mda.store.readonly import SealedArchive

    with pytest.raises(StoreError, match="nothing sealed"):
        SealedArchive(tmp_path)
    history = opened(tmp_path, clock)
    controls = [Control(sea.start_us + n * 10_000_000, 3, 0) for n in (5, 15, 25)]
    for first, control in zip((1, 11, 21), controls, strict=True):
        history.add(replace(sea.settled(first, first + 10), controls=(control,)))
        if first < 21:
            history.seal(
                sea.settled(first, first + 10).until_us,
                b"s",
                first + 9,
                stations=sea.stations,
                feeds=sea.feeds,
            )
    history.close()
    sealed_only = SealedArchive(tmp_path)
    assert sealed_only.controls() == tuple(controls[:2])
    assert sealed_only.rows == 20
    assert sealed_only.stations == sea.stations
    reports, statics = sealed_only.read(sealed_only.since_us, sealed_only.until_us)
    assert sea.same(reports, in_order(sea.reports(1, 21)))
    assert len(statics) == 20
