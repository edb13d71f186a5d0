"""The raw-line log: torn tails, damage, rotation, retention, the lock."""

from __future__ import annotations

import os
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest

from mda.errors import StoreError
from mda.geo.kernel import plain
from mda.model import RowKind, Sentence
from mda.store import segment
from mda.store.rawlog import RawLog
from mda.store.segment import Damage, segments


def rows(first: int, last: int) -> list[Sentence]:
    return [
        Sentence(RowKind.LINE, n % 3 - 1, 1_000_000 * n, b"!AIVDM,1,1,,A,%d,0*00" % n)
        for n in range(first, last)
    ]


def everything(log: RawLog, damage: Damage | None = None, limit: int = 4096) -> list[int]:
    """Numbers of all rows; each row must be the one of its number."""
    found = []
    for lines in log.read(0, limit, damage=damage):
        assert list(lines) == [rows(int(s), int(s) + 1)[0] for s in lines.seq]
        found += lines.seq.tolist()
    return found


def newest(log_dir: Path) -> Path:
    return segments(log_dir)[-1][1]


def test_rows_come_back_numbered_from_one_in_any_batching(tmp_path: Path) -> None:
    log = RawLog.open(tmp_path)
    first = log.append(rows(1, 4))
    assert first.seq.tolist() == [1, 2, 3]
    assert list(first) == rows(1, 4)
    assert len(log.append([])) == 0
    log.append(rows(4, 200))
    assert log.last_seq == 199
    assert everything(log, limit=1) == everything(log) == list(range(1, 200))
    assert [s for lines in log.read(150) for s in lines.seq] == list(range(151, 200))
    assert list(log.read(199)) == []
    log.close()


def test_a_row_may_be_empty_or_carry_any_time(tmp_path: Path) -> None:
    odd = [
        Sentence(RowKind.CLOCK, -1, -(2**63), b""),
        Sentence(RowKind.START, 2**31 - 1, 2**63 - 1, bytes(range(256))),
        Sentence(RowKind.STOP, -(2**31), -1, b"x" * 65_536),
    ]
    with_log = RawLog.open(tmp_path)
    with_log.append(odd)
    assert [row for lines in with_log.read(0) for row in lines] == odd
    with pytest.raises(StoreError, match="65537 bytes"):
        with_log.append([Sentence(RowKind.LINE, 0, 0, b"x" * 65_537)])
    assert with_log.last_seq == 3
    with_log.close()


def test_a_tail_torn_at_any_byte_is_cut_at_the_last_whole_record(tmp_path: Path) -> None:
    log = RawLog.open(tmp_path / "whole")
    log.append(rows(1, 6))
    whole = newest(log.directory).stat().st_size
    log.append(rows(6, 7))
    log.close()
    name = newest(log.directory).name
    data = (log.directory / name).read_bytes()
    for size in range(whole, len(data)):
        torn = tmp_path / f"torn{size}"
        torn.mkdir()
        (torn / name).write_bytes(data[:size])
        again = RawLog.open(torn)
        assert (again.last_seq, again.cut_bytes) == (5, size - whole)
        again.append(rows(6, 8))
        assert everything(again) == list(range(1, 8))
        again.close()
        shutil.rmtree(torn)


@pytest.mark.parametrize("tail", [b"\0" * 100, b"\xff" * 100, b"\0" * 200_000])
def test_a_tail_of_rubbish_is_cut(tmp_path: Path, tail: bytes) -> None:
    log = RawLog.open(tmp_path)
    log.append(rows(1, 10))
    log.close()
    with newest(tmp_path).open("ab") as file:
        file.write(tail)
    log = RawLog.open(tmp_path)
    assert (log.last_seq, log.cut_bytes) == (9, len(tail))
    log.append(rows(10, 12))
    assert everything(log) == list(range(1, 12))
    log.close()


@pytest.mark.parametrize("size", [0, 7, 16])
def test_a_segment_torn_at_its_birth_keeps_the_numbering(tmp_path: Path, size: int) -> None:
    log = RawLog.open(tmp_path, segment_bytes=400)
    log.append(rows(1, 30))
    log.append(rows(30, 31))
    log.close()
    os.truncate(newest(tmp_path), size)
    log = RawLog.open(tmp_path)
    assert log.last_seq == 29
    log.append(rows(30, 33))
    assert everything(log) == list(range(1, 33))
    log.close()


def test_damage_in_the_middle_is_an_error_or_a_counted_gap(tmp_path: Path) -> None:
    log = RawLog.open(tmp_path)
    log.append(rows(1, 100))
    log.close()
    file = newest(tmp_path)
    data = bytearray(file.read_bytes())
    at = data.index(b"A,40,0")
    data[at] ^= 0xFF
    file.write_bytes(data)
    log = RawLog.open(tmp_path)
    assert (log.last_seq, log.cut_bytes, log.damage.rows) == (99, 0, 1)
    with pytest.raises(StoreError, match="1 rows lost"):
        everything(log)
    damage = Damage()
    assert everything(log, damage) == [n for n in range(1, 100) if n != 40]
    assert damage.rows == 1
    assert damage.places[0].endswith(": 1 rows")
    log.append(rows(100, 101))
    assert everything(log, Damage())[-1] == 100
    log.close()


def test_every_damaged_byte_costs_at_most_two_rows_and_no_wrong_one(tmp_path: Path) -> None:
    log = RawLog.open(tmp_path)
    log.append(rows(1, 12))
    log.close()
    file = newest(tmp_path)
    data = file.read_bytes()
    for at in range(len(data)):
        file.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        reader = RawLog.open(tmp_path, writable=False)
        damage = Damage()
        found = everything(reader, damage)
        assert len(found) >= 10
        lost_at_the_end = 11 - reader.last_seq
        assert len(found) + damage.rows + lost_at_the_end == 11
        reader.close()


def test_a_lost_stretch_between_segments_is_counted(tmp_path: Path) -> None:
    log = RawLog.open(tmp_path, segment_bytes=400)
    for n in range(1, 60, 10):
        log.append(rows(n, n + 10))
    held = segments(tmp_path)
    assert len(held) >= 3
    os.truncate(held[0][1], held[0][1].stat().st_size - 60)
    with pytest.raises(StoreError, match="rows lost"):
        everything(log)
    damage = Damage()
    found = everything(log, damage)
    assert len(found) + damage.rows == 60
    held[1][1].unlink()
    damage = Damage()
    assert len(everything(log, damage)) + damage.rows == 60
    log.close()


def test_a_head_that_is_not_ours_is_damage(tmp_path: Path) -> None:
    log = RawLog.open(tmp_path)
    log.append(rows(1, 5))
    log.close()
    with newest(tmp_path).open("r+b") as file:
        file.write(b"XXXX")
    log = RawLog.open(tmp_path, writable=False)
    with pytest.raises(StoreError, match="damaged"):
        everything(log)
    assert everything(log, Damage()) == [1, 2, 3, 4]


def test_segments_are_named_by_their_first_row_and_rotate(tmp_path: Path) -> None:
    log = RawLog.open(tmp_path, segment_bytes=1000)
    for n in range(1, 101, 10):
        log.append(rows(n, n + 10))
    held = segments(tmp_path)
    assert len(held) > 2
    assert log.first_seq == 1
    assert [s for lines in log.read(held[1][0] - 1) for s in lines.seq] == list(
        range(held[1][0], 101)
    )
    log.close()
    log = RawLog.open(tmp_path, segment_bytes=1000)
    log.append(rows(101, 102))
    assert everything(log) == list(range(1, 102))
    log.close()


def test_retention_drops_whole_old_segments_only(tmp_path: Path) -> None:
    log = RawLog.open(tmp_path, segment_bytes=400)
    for n in range(1, 101, 10):
        log.append(rows(n, n + 10))
    starts = [first for first, _ in segments(tmp_path)]
    assert log.drop_before(0, 1000) == 0
    assert log.drop_before(2**62, starts[1] - 1) == 0
    freed = log.drop_before(2**62, starts[2] + 1, 1)
    assert freed > 0
    assert log.first_seq == starts[1]
    log.drop_before(1_000_000 * starts[3], 1000)
    assert log.first_seq == starts[3]
    with pytest.raises(StoreError, match="dropped by retention"):
        everything(log)
    damage = Damage()
    assert everything(log, damage) == list(range(starts[3], 101))
    assert damage.rows == starts[3] - 1
    log.drop_before(2**62, 1000)
    assert log.first_seq == starts[-1]
    assert log.last_seq == 100
    log.close()


def test_one_process_writes_and_any_reads(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no raw-line log"):
        RawLog.open(tmp_path / "none", writable=False)
    log = RawLog.open(tmp_path / "log")
    reader = RawLog.open(tmp_path / "log", writable=False)
    assert everything(reader) == []
    assert reader.first_seq == 1
    with pytest.raises(StoreError, match=f"another process holds .* {os.getpid()}.*Stop"):
        RawLog.open(tmp_path / "log")
    log.append(rows(1, 3))
    assert everything(reader) == [1, 2]
    with pytest.raises(StoreError, match="opened to read"):
        reader.append(rows(3, 4))
    reader.close()
    log.close()
    with pytest.raises(StoreError, match="closed"):
        log.append(rows(3, 4))


def test_a_full_disk_keeps_nothing_of_the_batch_and_the_next_one_whole(tmp_path: Path) -> None:
    import resource

    log = RawLog.open(tmp_path)
    log.append(rows(1, 3))
    size = newest(tmp_path).stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1000, hard))
    try:
        with pytest.raises(StoreError, match="cannot be written: File too large"):
            log.append(rows(3, 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert newest(tmp_path).stat().st_size == size
    log.append(rows(3, 5))
    assert everything(log) == [1, 2, 3, 4]
    log.close()


def test_a_segment_that_cannot_be_made_is_an_error_that_passes(tmp_path: Path) -> None:
    log = RawLog.open(tmp_path)
    (tmp_path / segment.segment_name(1)).mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        log.append(rows(1, 2))
    (tmp_path / segment.segment_name(1)).rmdir()
    log.append(rows(1, 2))
    assert everything(log) == [1]
    log.close()


def test_kernels_answer_as_their_python_twins() -> None:
    data = np.frombuffer(b"x123456789", np.uint8)
    crc32 = plain(segment.crc32)
    assert crc32(data, 1, 10) == segment.crc32(data, 1, 10) == zlib.crc32(b"123456789")
    log_rows = [*rows(1, 30), Sentence(RowKind.CLOCK, -1, -5, b"")]
    from mda.model import Lines

    lines = Lines.of(log_rows)
    records = segment.encode(lines, 7)
    twin = np.zeros_like(records)
    raw = np.frombuffer(lines.data, np.uint8)
    plain(segment._encode)(
        lines.kind, lines.feed, lines.stored_at_us, lines.start, lines.stop, raw, 7, twin
    )
    assert np.array_equal(records, twin)
    put = np.zeros(4, np.uint8)
    plain(segment._put)(put, 0, -2, 4)
    assert plain(segment._get)(put, 0, 4) == segment._get(put, 0, 4) == 2**32 - 2

    def scanned(scan: object) -> list[np.ndarray]:
        i64 = [np.zeros(40, np.int64) for _ in range(4)]
        kind, feed = np.zeros(40, np.uint8), np.zeros(40, np.int32)
        n, end = scan(records, 0, 7, i64[0], kind, feed, *i64[1:])  # type: ignore[operator]
        assert (n, end) == (30, len(records))
        return [*i64, kind, feed]

    for a, b in zip(scanned(segment._scan), scanned(plain(segment._scan)), strict=True):
        assert np.array_equal(a, b)
    for at, row in ((1, 7), (0, 7), (0, 100)):
        assert plain(segment._resync)(records, at, row) == segment._resync(records, at, row)
    for at in range(len(records)):
        sound = plain(segment._sound)(records, at, len(records))
        assert sound == segment._sound(records, at, len(records))
