"""A station's spool: durable, bounded, and honest about what had to go."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mda.errors import StoreError
from mda.model import RowKind, Sentence
from mda.store import spool as module
from mda.store.spool import Spool


def spool_at(folder: Path, sources: list[str] | None = None, **sizes: int) -> Spool:
    options = {"ceiling_bytes": 1 << 30, "floor_bytes": 0, "segment_bytes": 2000, **sizes}
    return Spool(folder, sources or ["one"], **options)


def rows(first: int, count: int = 10) -> list[Sentence]:
    return [Sentence(RowKind.LINE, 0, i, b"%050d" % i) for i in range(first, first + count)]


def read(spool: Spool, after: int = 0) -> list[int]:
    return [int(row.data) for lines in spool.read(after) for row in lines]


def test_it_keeps_its_name_its_sources_and_its_rows(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    assert (spool.first_seq, spool.last_seq, read(spool)) == (1, 0, [])
    for first in range(0, 100, 10):
        spool.append(rows(first))
    assert read(spool, 93) == list(range(93, 100))
    id_ = spool.id
    with pytest.raises(StoreError, match="another process holds"):
        spool_at(tmp_path)
    spool.close()
    again = spool_at(tmp_path, ["two", "one"])
    assert (again.id, again.last_seq) == (id_, 100)
    assert again.codes() == {"one": 0, "two": 1}
    assert read(again) == list(range(100)), "from the disk as from memory"
    assert read(again, 50) == list(range(50, 100))
    assert not again.broken
    again.close()
    assert again.broken


def test_the_newest_rows_come_from_memory_and_older_ones_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FRESH_ROWS", 25)
    spool = spool_at(tmp_path)
    for first in range(0, 100, 10):
        spool.append(rows(first))
        for after in (0, first // 2, first, first + 5):
            assert read(spool, after) == list(range(after, first + 10))
    spool.close()


def test_acknowledged_rows_go_first_and_others_are_counted(tmp_path: Path) -> None:
    spool = spool_at(tmp_path, ceiling_bytes=8000)
    for first in range(0, 600, 10):
        spool.append(rows(first))
        spool.acknowledged(first)
    spool._since_look = 1000
    spool.append(rows(600))
    assert spool.bytes_held <= 8000 + 4000
    assert spool.first_seq > 300
    assert spool.lost_rows == 0
    for first in range(610, 2000, 10):
        spool.append(rows(first))
    assert spool.lost_rows > 0
    assert spool.lost_rows == spool.first_seq - 591
    assert read(spool, 590) == list(range(spool.first_seq - 1, 2000))
    spool.close()


def test_a_disk_below_its_floor_costs_the_oldest(tmp_path: Path) -> None:
    spool = spool_at(tmp_path, floor_bytes=1 << 60)
    for first in range(0, 2000, 10):
        spool.append(rows(first))
    assert spool.first_seq > 1500
    spool.close()


def test_a_full_disk_costs_the_oldest_and_then_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = spool_at(tmp_path)
    for first in range(0, 200, 10):
        spool.append(rows(first))
    write, failures = os.pwrite, [1]

    def full(handle: int, data: bytes, at: int) -> int:
        if failures:
            failures.pop()
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data, at)

    monkeypatch.setattr(os, "pwrite", full)
    spool.append(rows(200))
    assert spool.first_seq > 1
    assert read(spool)[-1] == 209

    failures[:] = [1, 1]
    with pytest.raises(StoreError, match="No space left"):
        spool.append(rows(210))
    failures.clear()
    spool.append(rows(210))
    assert read(spool, 205) == list(range(205, 220)), "what failed left nothing behind"
    spool.close()


def test_a_new_name_hides_what_the_node_has(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    spool.append(rows(0))
    spool.close()
    spool = spool_at(tmp_path)
    spool.append(rows(10)[:5])
    old = spool.id
    spool.renew()
    assert spool.id != old
    assert spool.first_seq == 11
    assert read(spool, 10) == [10, 11, 12, 13, 14], "what was never sent is still to go"
    id_ = spool.id
    spool.close()
    again = spool_at(tmp_path)
    assert (again.id, again.first_seq) == (id_, 11)
    again.close()


def test_a_spool_whose_rows_vanished_takes_a_new_name(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    spool.append(rows(0))
    spool.close()
    spool = spool_at(tmp_path)
    spool.renew()
    id_ = spool.id
    spool.close()
    for path in tmp_path.glob("*.log"):
        path.unlink()
    again = spool_at(tmp_path)
    assert again.id != id_
    assert (again.first_seq, again.last_seq) == (1, 0)
    again.close()


@pytest.mark.parametrize("damage", ["{", "[]"])
def test_damage_to_its_description(tmp_path: Path, damage: str) -> None:
    spool_at(tmp_path).close()
    (tmp_path / "spool.json").write_text(damage)
    if damage == "{":
        with pytest.raises(StoreError, match="damaged"):
            spool_at(tmp_path)
    else:
        spool_at(tmp_path).close()


def test_a_segment_dropped_while_it_is_read_is_no_error(
    tmp_path: Path,
) -> None:
    spool = spool_at(tmp_path)
    for first in range(0, 200, 10):
        spool.append(rows(first))
    spool._fresh.clear()
    reading = spool.read(0)
    found = [int(row.data) for row in next(reading)]
    for path in sorted(tmp_path.glob("*.log"))[1:3]:
        path.unlink()
    found += [int(row.data) for lines in reading for row in lines]
    assert found == list(range(len(found))), "it ends before the hole, and goes on when asked anew"
    spool.close()
