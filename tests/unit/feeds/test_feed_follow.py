"""A log followed: growth, truncation, both ways of rotation, and restarts at any moment."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from feed_taking import Taking, taking, wait_until
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import follow
from feeds.chapters import Bookmark, Chapter, find_after, rotated
from feeds.follow import FollowFeed, LogReader
from feeds.patience import Patience
from mda.clock import ReplayClock
from mda.errors import FeedError

QUICK = Patience(silence_s=30.0, retry_s=0.02, retry_most_s=0.08)


@pytest.fixture(autouse=True, scope="module")
def _hurried() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(follow, "_GRACE_S", 0.0)
        yield


def _feed(path: Path, **options: object) -> FollowFeed:
    options.setdefault("patience", QUICK)
    return FollowFeed("log", 9, path, ReplayClock(4, 0.0), **options)  # type: ignore[arg-type]


def _write(path: Path, *lines: str, end: str = "\n") -> None:
    with path.open("a") as file:
        file.write("".join(line + end for line in lines))


def _numbered(first: int, last: int) -> list[str]:
    return [f"line {i:06d} of the log, long enough to be told apart" for i in range(first, last)]


def _expect(taken: Taking, count: int) -> None:
    assert taken.until_lines(count) == [line.encode() for line in _numbered(0, count)]


def test_growth_with_whole_lines_only(tmp_path: Path) -> None:
    log = tmp_path / "ais.log"
    feed = _feed(log)
    with taking(feed) as taken:
        wait_until(lambda: feed.last_error)
        assert taken.rows == []
        _write(log, "one", "two", end="\r\n")
        assert taken.until_lines(2) == [b"one", b"two"]
        assert taken.controls == [("CONNECT", "opened")]
        with log.open("a") as file:
            file.write("thr")
            file.flush()
            file.write("ee\nfou")
        assert taken.until_lines(3)[2] == b"three"
    assert taken.controls[1] == ("DISCONNECT", "stopped")
    assert {row.stored_at_us for row in taken.rows} == {4}


def _shift(log: Path) -> None:
    for number in range(30, 0, -1):
        old = log.with_name(f"{log.name}.{number}")
        if old.exists():
            old.rename(log.with_name(f"{log.name}.{number + 1}"))


def _rename(log: Path, writes: Callable[[], None]) -> None:
    """As logrotate does with `create`: older ones are renamed first."""
    _shift(log)
    log.rename(log.with_name(f"{log.name}.1"))
    writes()


def _copy(log: Path, writes: Callable[[], None]) -> None:
    """As logrotate does with `copytruncate`."""
    _shift(log)
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)
    writes()


ROTATIONS = [_rename, _copy]


@pytest.mark.parametrize("rotate", ROTATIONS)
def test_rotation_while_following(
    tmp_path: Path, rotate: Callable[[Path, Callable[[], None]], None]
) -> None:
    log = tmp_path / "ais.log"
    _write(log, *_numbered(0, 50))
    with taking(_feed(log)) as taken:
        _expect(taken, 50)
        for turn in range(1, 4):
            first = 50 * turn
            _write(log, *_numbered(first, first + 20))  # perhaps not read before it is rotated
            rotate(log, lambda: _write(log, *_numbered(first + 20, first + 50)))  # noqa: B023
            _expect(taken, first + 50)
        assert taken.controls == [("CONNECT", "opened")]


def test_late_lines_in_what_was_renamed_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_GRACE_S", 3600.0)
    log = tmp_path / "ais.log"
    _write(log, *_numbered(0, 5))
    old = tmp_path / "ais.log.1"
    with taking(_feed(log)) as taken:
        _expect(taken, 5)
        with log.open("a") as writer:
            log.rename(old)
            _write(log, *_numbered(8, 10))
            for line in _numbered(5, 8):
                writer.write(line + "\n")
        _expect(taken, 8)
        os.utime(old, (0, 0))  # long not written to
        _expect(taken, 10)


def test_truncation_without_a_copy_begins_anew(tmp_path: Path) -> None:
    log = tmp_path / "ais.log"
    _write(log, "one", "two")
    with taking(_feed(log)) as taken:
        taken.until_lines(2)
        log.write_text("another, and longer than what was there before\n")
        assert taken.until_lines(3)[2] == b"another, and longer than what was there before"
        log.write_text("x\n")
        assert taken.until_lines(4)[3] == b"x"


def test_what_is_rotated_and_packed_at_once_is_no_chapter(tmp_path: Path) -> None:
    log = tmp_path / "ais.log"
    _write(log, *_numbered(0, 5))
    with taking(_feed(log)) as taken:
        _expect(taken, 5)
        (tmp_path / "ais.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
        (tmp_path / "ais.log.2").write_bytes(gzip.compress(b"packed under a plain name\n"))
        (tmp_path / "ais.log.bak").write_text("not rotation's\n")
        (tmp_path / "ais.log.3").mkdir()
        log.unlink()
        _write(log, *_numbered(5, 9))
        _expect(taken, 9)


@pytest.mark.parametrize("rotate", ROTATIONS)
@settings(max_examples=25)
@given(data=st.data())
def test_restarts_at_any_moment_lose_nothing_and_double_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    rotate: Callable[[Path, Callable[[], None]], None],
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log, bookmark = folder / "ais.log", folder / "state" / "log.bookmark"
    written, had = 0, []  # type: int, list[bytes]

    def write() -> None:
        nonlocal written
        more = data.draw(st.integers(1, 40))
        _write(log, *_numbered(written, written + more))
        written += more

    write()
    for _ in range(data.draw(st.integers(1, 4))):
        with closing(LogReader(log, Bookmark(bookmark), len(had), from_end=False)) as reader:
            for _ in range(data.draw(st.integers(0, 3))):
                step = data.draw(st.sampled_from(["read", "write", "rotate"]))
                if step == "read":
                    had += reader.more() or []
                elif step == "write":
                    write()
                else:
                    _write(log, *_numbered(written, written + 1))
                    written += 1
                    had += _all(reader)
                    rotate(log, write)
        if data.draw(st.booleans()):  # what was read last did not reach the node's log
            had = had[: data.draw(st.integers(0, len(had)))]
        if data.draw(st.booleans()):
            rotate(log, write)
    with closing(LogReader(log, Bookmark(bookmark), len(had), from_end=False)) as reader:
        had += _all(reader)
    assert had == [line.encode() for line in _numbered(0, written)]


def _all(reader: LogReader) -> list[bytes]:
    found: list[bytes] = []
    while (lines := reader.more()) is not None:
        found += lines
    return found


def test_following_from_the_end_leaves_out_what_was_there(tmp_path: Path) -> None:
    log, bookmark = tmp_path / "ais.log", tmp_path / "log.bookmark"
    _write(log, *_numbered(0, 9000))
    with log.open("a") as file:
        file.write("half a li")
    with taking(_feed(log, from_end=True, bookmark=bookmark)) as taken:
        taken.until_controls(1)
        _write(log, "ne", "next")
        assert taken.until_lines(2) == [b"half a line", b"next"]
    _write(log, "last")
    with taking(_feed(log, from_end=True, bookmark=bookmark, resume_after=2)) as taken:
        assert taken.until_lines(1) == [b"last"]
    empty = tmp_path / "empty.log"
    empty.write_text("no line end")
    reader = LogReader(empty, Bookmark(None), 0, from_end=True)
    _write(empty, "")
    assert _all(reader) == [b"no line end"]
    reader.close()


def test_without_a_bookmark_the_lines_had_are_this_files(tmp_path: Path) -> None:
    log = tmp_path / "ais.log"
    _write(log, "one", "two", "three")
    with taking(_feed(log, resume_after=2)) as taken:
        assert taken.until_lines(1) == [b"three"]


def test_a_chapter_that_is_gone_is_told_and_the_next_is_found(tmp_path: Path) -> None:
    log, bookmark = tmp_path / "ais.log", tmp_path / "state" / "b"
    _write(log, *_numbered(0, 30))
    with taking(_feed(log, bookmark=bookmark)) as taken:
        taken.until_lines(30)
    os.utime(bookmark, (1, 1))
    log.rename(tmp_path / "ais.log.2")
    _write(tmp_path / "ais.log.1", "second chapter")
    _write(log, "third chapter")
    (tmp_path / "ais.log.2").unlink()
    feed = _feed(log, bookmark=bookmark, resume_after=20)
    with taking(feed) as taken:
        assert taken.until_lines(2) == [b"second chapter", b"third chapter"]
    assert "gone" in feed.last_error


def test_silence_and_what_cannot_be_read(tmp_path: Path) -> None:
    log = tmp_path / "ais.log"
    _write(log, "one")
    with taking(_feed(log, patience=Patience(silence_s=0.3))) as taken:
        assert taken.until_controls(2)[1] == ("DISCONNECT", "silence")
        _write(log, "two")
        taken.until_lines(2)
        assert taken.controls[2] == ("CONNECT", "heard again")
    feed = _feed(tmp_path)
    with taking(feed):
        wait_until(lambda: feed.last_error)
    assert "not a regular file" in feed.last_error
    bookmark = tmp_path / "b"
    for wrong in ("{", '[{"a": 1}]', '[{"inode": 1, "head": "xx", "first_line": 0}]'):
        bookmark.write_text(wrong)
        with pytest.raises(FeedError, match="damaged bookmark"):
            _feed(log, bookmark=bookmark)


def test_a_file_that_breaks_is_opened_again_where_it_was(tmp_path: Path) -> None:
    log = tmp_path / "ais.log"
    _write(log, "one", "two")
    feed = _feed(log)
    with taking(feed) as taken:
        taken.until_lines(2)
        log.unlink()
        log.mkdir()  # the next chapter cannot be opened
        assert taken.until_controls(2)[1][0] == "DISCONNECT"
        log.rmdir()
        _write(log, "three")
        assert taken.until_lines(3) == [b"one", b"two", b"three"]


def test_the_bookmark_keeps_the_newest_chapters(tmp_path: Path) -> None:
    path = tmp_path / "b"
    bookmark = Bookmark(path)
    for line in range(0, 1000, 10):
        bookmark.add(Chapter(1, "00", line))
    bookmark.add(Chapter(2, "01", 985))
    kept = json.loads(path.read_text())
    assert len(kept) == 64
    assert [entry["first_line"] for entry in kept[-2:]] == [980, 985]
    assert Bookmark(path).at(984) == Chapter(1, "00", 980)
    assert Bookmark(path).at(5) is None


def test_rotated_names_in_their_order(tmp_path: Path) -> None:
    log = tmp_path / "a[1].log"
    names = ["a[1].log.3", "a[1].log.1", "a[1].log-20240102", "a[1].log.new", "a1.log.1"]
    for name in names:
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (5, 5))
    os.utime(tmp_path / "a[1].log-20240102", (9, 9))
    assert [path.name for path in rotated(log)] == [names[0], names[1], names[2]]
    log.write_text("x")
    found = find_after(Bookmark(None), log, 0)
    assert found.following == []
    found.file.close()
