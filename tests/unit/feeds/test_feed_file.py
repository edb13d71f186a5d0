"""Recordings: cutting, packing, stamps, bulk reading and replay."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feeds import FileFeed, first_time_us, read_lines
from feeds.cutting import LINE_MAX, Cutter, lines_of, spans
from feeds.recording import LEAP_US, recorded_times
from mda.clock import NO_TIME_US, ReplayClock, WallClock
from mda.errors import FeedError
from mda.model import RowKind, Sentence

S = 1_000_000


def stamp(line: bytes) -> int | None:
    """A line clock for tests: whole seconds before the first comma."""
    head = line.partition(b",")[0]
    return int(head) * S if head.isdigit() else None


def replay(path: Path | list[Path], speed: float = 0.0, **options: int) -> list[Sentence]:
    paths = path if isinstance(path, list) else [path]
    return list(FileFeed("test", 3, paths, stamp, ReplayClock(0, speed), **options))


# -- cutting ----------------------------------------------------------------------------------
def test_lines_end_at_lf_cr_and_nul() -> None:
    data = b"a\nb\r\nc\rd\0e\n\n\r\nf"
    assert lines_of(data) == [b"a", b"b", b"c", b"d", b"e", b"f"]
    assert [data[a:b] for a, b in zip(*spans(data), strict=True)] == lines_of(data)
    assert lines_of(b"") == []
    assert spans(b"")[0].size == 0


@given(st.lists(st.binary(max_size=40), max_size=12), st.booleans())
def test_every_way_of_cutting_gives_the_same_lines(pieces: list[bytes], long: bool) -> None:
    if long:
        pieces = [piece * 400 for piece in pieces]
    data = b"".join(pieces)
    cutter = Cutter()
    pushed = [line for piece in pieces for line in cutter.push(piece)] + cutter.rest()
    assert pushed == lines_of(data)
    assert [data[a:b] for a, b in zip(*spans(data), strict=True)] == lines_of(data)
    assert all(0 < len(line) <= LINE_MAX for line in pushed)
    assert b"".join(pushed) == data.translate(None, b"\r\n\0")
    assert cutter.rest() == []


# -- times ------------------------------------------------------------------------------------
N = NO_TIME_US
H = LEAP_US


@pytest.mark.parametrize(
    ("stamps", "last", "expected"),
    [
        ([5, N, 7], N, [5, 5, 7]),
        ([N, N, 7], N, [7, 7, 7]),
        ([N, N], N, [N, N]),
        ([5, 3, 8], N, [5, 5, 8]),
        ([5, 3, 8], 6, [6, 6, 8]),
        ([N, N], 6, [6, 6]),
        ([5, 5 + 3 * H, 6], N, [5, 5, 6]),
        ([5, 5 + 3 * H, 6 + 3 * H], N, [5, 5 + 3 * H, 6 + 3 * H]),
        ([5, N, 5 + 3 * H], N, [5, 5, 5 + 3 * H]),
        ([9 * H, 5, 6], N, [5, 5, 6]),
        ([9 * H, N, 5], 4, [4, 4, 5]),
        ([9 * H], 4, [9 * H]),
        ([], 4, []),
    ],
)
def test_recorded_times_never_go_back_and_noise_does_not_move_them(
    stamps: list[int], last: int, expected: list[int]
) -> None:
    assert recorded_times(np.array(stamps, np.int64), last).tolist() == expected


# -- packing ----------------------------------------------------------------------------------
TEXT = b"head\n1490075479,one\n1490075480,two\nnothing\n1490075490,three"
TIMES = [
    1_490_075_479 * S,
    1_490_075_479 * S,
    1_490_075_480 * S,
    1_490_075_480 * S,
    1_490_075_490 * S,
]


@pytest.mark.parametrize("packing", ["plain", "gzip", "two gzips", "zstd"])
def test_bulk_reading_of_any_packing(tmp_path: Path, packing: str) -> None:
    packed = {
        "plain": TEXT,
        "gzip": gzip.compress(TEXT),
        "two gzips": gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]),
        "zstd": zstandard.ZstdCompressor().compress(TEXT),
    }[packing]
    path = tmp_path / "log.any"
    path.write_bytes(packed)
    batches = list(read_lines([path], stamp, feed=2, first_seq=10))
    rows = [row for lines in batches for row in lines]
    assert [row.data for row in rows] == lines_of(TEXT)
    assert [row.stored_at_us for row in rows] == TIMES
    assert [seq for lines in batches for seq in lines.seq.tolist()] == [10, 11, 12, 13, 14]
    assert {(row.kind, row.feed) for row in rows} == {(RowKind.LINE, 2)}


def test_bulk_reading_in_small_chunks_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "log"
    text = b"".join(b"%d,line %d\n" % (1_490_075_479 + i, i) for i in range(500))
    path.write_bytes(text + b"\n\n" + b"x" * 9000)
    whole = [row for lines in read_lines([path], stamp) for row in lines]
    batches = list(read_lines([path, path], stamp, chunk=256))
    assert len(batches) > 50
    rows = [row for batch in batches for row in batch]
    assert [r.data for r in rows][: len(whole) - 3] == [r.data for r in whole][:-3]
    assert [r.stored_at_us for r in rows][:503] == [r.stored_at_us for r in whole][:503]
    seqs = np.concatenate([batch.seq for batch in batches])
    assert seqs.tolist() == list(range(len(rows)))
    assert max(len(row.data) for row in rows) <= LINE_MAX
    assert b"".join(r.data for r in rows) == (text + b"x" * 9000).replace(b"\n", b"") * 2


def test_only_line_ends_are_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\n\r\n\0\n")
    assert list(read_lines([path], stamp)) == []
    kinds = [row.kind for row in replay(path)]
    assert kinds == [RowKind.CONNECT, RowKind.DISCONNECT]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no such recording"):
        list(read_lines([tmp_path / "absent"], stamp))
    with pytest.raises(FeedError, match="cannot be read"):
        list(read_lines([tmp_path], stamp))
    noise = np.random.default_rng(1).integers(97, 122, 200_000, np.uint8).tobytes()
    whole = gzip.compress(b"1490075479,one\n" * 2000 + noise)
    cut = tmp_path / "cut.gz"
    cut.write_bytes(whole[:-60_000])
    with pytest.raises(FeedError, match="damaged or cut off"):
        list(read_lines([cut], stamp))
    reader = read_lines([cut], stamp)
    assert len(next(reader)) >= 2000
    bad = tmp_path / "bad.gz"
    bad.write_bytes(whole[:40] + b"\0" * 40 + whole[80:])
    with pytest.raises(FeedError, match="damaged or cut off"):
        list(read_lines([bad], stamp))


# -- replay -----------------------------------------------------------------------------------
def test_replay_tells_connect_lines_and_disconnect(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(TEXT)
    rows = replay(path)
    assert [row.kind for row in rows] == [RowKind.CONNECT, *[RowKind.LINE] * 5, RowKind.DISCONNECT]
    assert [row.data for row in rows[1:-1]] == lines_of(TEXT)
    assert [row.stored_at_us for row in rows] == [TIMES[0], *TIMES, TIMES[-1]]
    assert {row.feed for row in rows} == {3}
    assert json.loads(rows[0].data) == {"feed": "test", "reason": "open"}
    assert json.loads(rows[-1].data) == {"feed": "test", "reason": "end"}


def test_replay_resumes_after_lines_already_had(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(TEXT)
    rows = replay([path, path], resume_after=4)
    assert [row.data for row in rows[1:-1]] == [lines_of(TEXT)[4], *lines_of(TEXT)]
    assert rows[0].stored_at_us == TIMES[4]
    assert [row.kind for row in replay(path, resume_after=99)] == [
        RowKind.CONNECT,
        RowKind.DISCONNECT,
    ]


def test_replay_moves_its_clock_and_keeps_to_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(TEXT)
    start_us = first_time_us([path], stamp)
    assert start_us == TIMES[0]
    fast = ReplayClock(start_us, 0.0)
    for row in FileFeed("test", 0, [path], stamp, fast):
        if row.kind == RowKind.LINE:
            assert fast.now_us() == row.stored_at_us
    paced = ReplayClock(start_us, 100.0)
    for row in FileFeed("test", 0, [path], stamp, paced):
        assert row.kind != RowKind.LINE or paced.now_us() >= row.stored_at_us


def test_first_time_of_a_recording_without_times(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    assert first_time_us([path], stamp) is None


def test_replay_stops_in_the_middle_of_a_wait(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"1490075479,one\n1490079000,an hour later\n")
    feed = FileFeed("test", 0, [path], stamp, ReplayClock(1_490_075_479 * S, 1.0))
    rows: list[Sentence] = []

    waiting = threading.Event()

    def consume() -> None:
        for row in feed:
            rows.append(row)
            if row.kind == RowKind.LINE:
                waiting.set()

    reader = threading.Thread(target=consume)
    reader.start()
    assert waiting.wait(10.0)
    feed.stop()
    reader.join(10.0)
    assert not reader.is_alive()
    assert rows[-1].kind == RowKind.DISCONNECT
    assert json.loads(rows[-1].data)["reason"] == "stopped"
    assert [row.kind for row in rows] == [RowKind.CONNECT, RowKind.LINE, RowKind.DISCONNECT]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    for packed in (TEXT + b"\n", gzip.compress(TEXT)):
        read_end, write_end = os.pipe()
        os.write(write_end, packed)
        os.close(write_end)
        with os.fdopen(read_end, "rb") as source:
            monkeypatch.setattr("sys.stdin", source)
            rows = list(FileFeed("test", 0, ["-"], stamp, ReplayClock(0, 0.0)))
        assert [row.data for row in rows[1:-1]] == lines_of(TEXT)


def test_standard_input_that_stays_silent_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"1490075479,one\n")
    with os.fdopen(read_end, "rb") as source, os.fdopen(write_end, "wb"):
        monkeypatch.setattr("sys.stdin", source)
        feed = FileFeed("test", 0, ["-"], stamp, WallClock())
        rows = []
        for row in feed:
            rows.append(row)
            if row.kind == RowKind.LINE:
                feed.stop()
    assert [row.kind for row in rows] == [RowKind.CONNECT, RowKind.LINE, RowKind.DISCONNECT]
