"""A node in one file and back, taken while it runs."""

from __future__ import annotations

import io
import tarfile
import threading
from pathlib import Path

import pytest
import zstandard

from mda.config import Config
from mda.errors import StoreError
from mda.model import DeskBatch, RowKind, Sentence
from mda.store.archive import settled_order
from mda.store.backup import backup, restore
from mda.store.nodedir import NodeStore

ALWAYS = (-(2**63), 2**63 - 1)


def rows(first: int, last: int) -> list[Sentence]:
    return [Sentence(RowKind.LINE, 0, n, b"line %d" % n) for n in range(first, last)]


def take(store: NodeStore, sea, first: int, last: int, *, seal: bool = True) -> None:
    store.log.append(rows(first, last))
    stretch = sea.settled(first, last)
    store.history.add(stretch)
    store.desk.commit("run", DeskBatch(last - 1))
    if seal:
        store.history.keyframes.put(stretch.until_us, b"frame %d" % last)
        store.history.seal(
            stretch.until_us, b"state", last - 1, stations=sea.stations, feeds=sea.feeds
        )


def checked(root: Path, sea, clock, config: Config) -> int:
    """Open a restored node: the log reaches as far as all else; rows are those of the log."""
    store = NodeStore.open(root, config, clock)
    found = store.history.recover()
    assert found is not None
    assert found.log_seq <= store.log.last_seq
    assert store.desk.covered_seq("run") <= store.log.last_seq
    heard = [row for lines in store.log.read(0) for row in lines]
    assert heard == rows(1, store.log.last_seq + 1)
    reports = store.history.read(*ALWAYS)[0]
    expected = sea.reports(1, found.log_seq + 1)
    assert sea.same(reports, expected.take(settled_order(expected)))
    last = store.log.last_seq
    store.close()
    return last


@pytest.fixture
def config() -> Config:
    return Config.load(overrides={"store.compact_files": 3, "store.grace_s": 0.0})


def test_round_trip(tmp_path: Path, sea, clock, config: Config) -> None:
    store = NodeStore.open(tmp_path / "node", config, clock)
    store.feed_codes(["file"])
    for first in range(1, 60, 10):
        take(store, sea, first, first + 10)
    take(store, sea, 61, 71, seal=False)
    done: list[int] = []
    made = backup(tmp_path / "node", tmp_path / "b.tar.zst", done.append)
    assert made.log_seq == 70
    assert sum(done) == made.bytes_in_all
    assert not list((tmp_path / "node").glob("backup-*"))
    take(store, sea, 71, 81)
    store.close()
    done.clear()
    assert restore(tmp_path / "b.tar.zst", tmp_path / "again", done.append) == made
    assert sum(done) >= made.bytes_in_all
    assert checked(tmp_path / "again", sea, clock, config) == 70
    (tmp_path / "empty").mkdir()
    restore(tmp_path / "b.tar.zst", tmp_path / "empty")
    assert checked(tmp_path / "empty", sea, clock, config) == 70
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again", "b.tar.zst", "empty", "node"]


def test_taken_while_the_node_writes_and_deletes(tmp_path: Path, sea, clock, config) -> None:
    store = NodeStore.open(tmp_path / "node", config, clock)
    take(store, sea, 1, 11)
    stop = threading.Event()

    def write() -> None:
        first = 11
        while not stop.is_set():
            clock.at_us += 1_000_000
            take(store, sea, first, first + 10)
            first += 10

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(5):
            backup(tmp_path / "node", tmp_path / f"{n}.tar.zst")
    finally:
        stop.set()
        writer.join()
    store.close()
    for n in range(5):
        restore(tmp_path / f"{n}.tar.zst", tmp_path / f"node{n}")
        assert checked(tmp_path / f"node{n}", sea, clock, config) >= 10


def test_a_node_without_archive_or_desk(tmp_path: Path, clock, config: Config) -> None:
    store = NodeStore.open(tmp_path / "node", config, clock)
    store.log.append(rows(1, 3))
    made = backup(tmp_path / "node", tmp_path / "b.tar.zst")
    assert made.log_seq == 2
    store.close()
    restore(tmp_path / "b.tar.zst", tmp_path / "again")
    again = NodeStore.open(tmp_path / "again", config, clock)
    assert again.log.last_seq == 2
    again.close()
    with pytest.raises(StoreError, match="no node here"):
        backup(tmp_path / "none", tmp_path / "c.tar.zst")


def test_an_archive_without_a_log(tmp_path: Path, sea, clock) -> None:
    from mda.store.history import ArchiveHistory

    history = ArchiveHistory.open(tmp_path / "node", clock)
    history.add(sea.settled(1, 5))
    history.seal(2**60, b"s", 0, stations=sea.stations, feeds=sea.feeds)
    history.close()
    assert backup(tmp_path / "node", tmp_path / "b.tar.zst").log_seq == 0
    restore(tmp_path / "b.tar.zst", tmp_path / "again")
    again = ArchiveHistory.open(tmp_path / "again", clock)
    assert len(again.read(*ALWAYS)[0]) == 4
    again.close()
    (tmp_path / "node" / again.manifest.files[0].path).unlink()
    with pytest.raises(StoreError, match="cannot be written"):
        backup(tmp_path / "node", tmp_path / "c.tar.zst")
    assert not (tmp_path / "c.tar.zst").exists()


def test_restore_refuses_what_it_cannot_vouch_for(tmp_path: Path, sea, clock, config) -> None:
    store = NodeStore.open(tmp_path / "node", config, clock)
    take(store, sea, 1, 200)
    store.close()
    file = tmp_path / "b.tar.zst"
    backup(tmp_path / "node", file)
    with pytest.raises(StoreError, match="not an empty directory"):
        restore(file, tmp_path / "node")
    with pytest.raises(StoreError, match="no such backup"):
        restore(tmp_path / "none", tmp_path / "x")
    whole = file.read_bytes()
    plain = zstandard.ZstdDecompressor().stream_reader(whole).read()
    at = plain.index(b"line 100")
    forged = plain[:at] + b"LINE" + plain[at + 4 :]
    members = io.BytesIO()
    with tarfile.open(fileobj=members, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("../out"))
    link = io.BytesIO()
    with tarfile.open(fileobj=link, mode="w") as tar:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    bad = [
        whole[: len(whole) // 2],
        b"not a backup",
        zstandard.compress(forged),
        zstandard.compress(plain[:512]),
        zstandard.compress(members.getvalue()),
        zstandard.compress(link.getvalue()),
    ]
    for data in bad:
        file.write_bytes(data)
        with pytest.raises(StoreError, match="damaged"):
            restore(file, tmp_path / "x")
        assert sorted(p.name for p in tmp_path.iterdir()) == ["b.tar.zst", "node"]


def test_a_full_disk_leaves_no_half_backup(tmp_path: Path, sea, clock, config: Config) -> None:
    store = NodeStore.open(tmp_path / "node", config, clock)
    take(store, sea, 1, 11)
    store.close()
    with pytest.raises(StoreError, match="cannot be written"):
        backup(tmp_path / "node", tmp_path / "no" / "such" / "b.tar.zst")
