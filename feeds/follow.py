"""A log that another program writes, followed across its rotations (as `tail -F` does, and more).

Growth, truncation, rotation by renaming and by copying with truncation, several rotations while we
were away: nothing is lost or doubled, as long as what was rotated is still there unpacked. What a
writer adds between a copy and its truncation is lost to everybody: prefer rotation by renaming.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Final

from feeds.chapters import (
    HEAD,
    Bookmark,
    Chapter,
    find,
    find_after,
    find_copy,
    following,
    opened,
    stands_before,
)
from feeds.cutting import Cutter, last_end
from feeds.listener import Listener, told
from feeds.patience import POLL_S, BackOff, Patience
from mda.clock import Clock
from mda.model import RowKind, Sentence

_READ: Final = 1 << 18
_TAIL: Final = 256
"""Bytes before the place where we are, which tell whether it is still the same file."""
_GRACE_S: Final = 1.0
"""A file that was rotated away may still be written to for a moment."""


class LogReader:
    """The lines of a log, chapter after chapter."""

    def __init__(self, path: Path, bookmark: Bookmark, lines: int, *, from_end: bool) -> None:
        """Begin behind so many lines. OSError: there is no log to read at the moment."""
        self.lines = lines
        """Lines had so far, since the beginning of all."""
        self.gone = False
        """The chapter in which we were is not there any more: the rest of it is lost."""
        self._path, self._bookmark = path, bookmark
        self._next: list[Path] = []
        self._cutter = Cutter()
        self._offset, self._tail = 0, b""
        self._chapter: Chapter | None = None
        known = bookmark.at(lines)
        found = find(known, path) if known else None
        if known and found:
            self._file, self._next = found
            self._skip = lines - known.first_line
            self.lines = known.first_line
            self._offset = known.offset
            self._chapter = known
            return
        self.gone = known is not None
        # Without a bookmark all lines had are this file's. One that was removed: none of them.
        self._skip = 0 if known or bookmark.kept else lines
        self.lines -= self._skip
        self._file, self._next = find_after(bookmark, path, lines)
        if from_end and known is None and not self._skip:
            self._offset = _last_line_end(self._file)
        if os.fstat(self._file.fileno()).st_size > self._offset:
            self._remember()  # from now on it is ours, even if it is rotated before it is read

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def more(self) -> list[bytes] | None:
        """Lines that are new; None where nothing is for the moment. OSError: it cannot be read."""
        size = os.fstat(self._file.fileno()).st_size
        if size < self._offset or not stands_before(self._file, self._offset, self._tail):
            return self._truncated()
        data = os.pread(self._file.fileno(), _READ, self._offset)
        if not data:
            return self._next_chapter()
        self._remember()
        self._offset += len(data)
        self._tail = (self._tail + data)[-_TAIL:]
        return self._counted(self._cutter.push(data))

    def _counted(self, lines: list[bytes]) -> list[bytes]:
        self.lines += len(lines)
        skipped = min(self._skip, len(lines))
        self._skip -= skipped
        return lines[skipped:]

    def _remember(self) -> None:
        """Write down that this chapter is begun, and more of its head as long as that grows."""
        if self._chapter and len(self._chapter.head) == 2 * HEAD:
            return
        descriptor = self._file.fileno()
        head = os.pread(descriptor, HEAD, 0).hex()
        if self._chapter is None:
            inode = os.fstat(descriptor).st_ino
            self._chapter = Chapter(inode, head, self.lines, self._offset)
        elif head != self._chapter.head:
            known = self._chapter
            self._chapter = Chapter(known.inode, head, known.first_line, known.offset)
        else:
            return
        self._bookmark.add(self._chapter)

    def _truncated(self) -> list[bytes]:
        """The file was emptied: its copy has the rest of the chapter, else the chapter is over."""
        copy = None
        if self._chapter:
            copy = find_copy(self._chapter, self._path, self._offset, self._tail)
        if copy is None:
            return self._turn(opened(self._path), [])
        self._file.close()
        self._file, self._next = copy
        return []

    def _next_chapter(self) -> list[bytes] | None:
        """At the end of a file: go on with the next if there is one and this one is finished."""
        age_s = time.time() - os.fstat(self._file.fileno()).st_mtime
        after = self._next or following(self._file, self._path)
        if not after or 0.0 <= age_s < _GRACE_S:
            return None
        try:
            file = opened(after[0])
        except FileNotFoundError:
            self._next = []  # rotated on meanwhile, or not made yet
            return None
        if after[1:] and self._bookmark.knows(file, self.lines):
            file.close()  # an earlier chapter that somebody touched
            self._next = after[1:]
            return None
        return self._turn(file, after[1:])

    def _turn(self, file: FileIO, after: list[Path]) -> list[bytes]:
        """Turn to the next chapter; what the last one left without a line end is a line."""
        rest = self._counted(self._cutter.rest())
        self._file.close()
        self._file, self._next = file, after
        self._offset, self._tail, self._chapter = 0, b"", None
        return rest


def _last_line_end(file: FileIO) -> int:
    """Where the last whole line of a file ends."""
    end = os.fstat(file.fileno()).st_size
    while end > 0:
        begin = max(end - _READ, 0)
        cut = last_end(os.pread(file.fileno(), end - begin, begin))
        if cut:
            return begin + cut
        end = begin
    return 0


class FollowFeed(Listener):
    """Implements `mda.model.Feed`: rows are stored at the clock's time as they are read.

    CONNECT when the log is opened, DISCONNECT when it cannot be read or did not grow for
    `silence_s`, CONNECT when it grows again. `resume_after`: lines already had; with the bookmark
    (a file of the node's) they say where to go on after a restart, across rotations too.
    """

    def __init__(
        self,
        name: str,
        code: int,
        path: str | Path,
        clock: Clock,
        *,
        resume_after: int = 0,
        bookmark: Path | None = None,
        from_end: bool = False,
        patience: Patience | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        """`from_end`: the first time ever, leave out what is in the log already."""
        super().__init__(name, code, clock)
        self._path = Path(path)
        self._lines = resume_after
        self._bookmark = Bookmark(bookmark)
        self._from_end = from_end
        self._patience = patience or Patience()
        self._back_off = BackOff(self._patience, jitter)

    def __iter__(self) -> Iterator[Sentence]:
        while not self._stopped.is_set():
            self.attempts += 1
            try:
                reader = LogReader(self._path, self._bookmark, self._lines, from_end=self._from_end)
            except OSError as error:
                self.last_error = told(error)
            else:
                self._well_opened()
                if reader.gone:
                    self.last_error = "what was rotated is gone: the rest of it was not read"
                try:
                    yield from self._follow(reader)
                finally:
                    self._lines = max(self._lines, reader.lines)
                    reader.close()
            self._stopped.wait(self._back_off.next_s())

    def _follow(self, reader: LogReader) -> Iterator[Sentence]:
        yield self._control(RowKind.CONNECT, "opened")
        connected, heard_s, reason = True, time.monotonic(), "stopped"
        while not self._stopped.is_set():
            try:
                lines = reader.more()
            except OSError as error:
                reason = self.last_error = told(error)
                break
            if lines is None:
                if connected and time.monotonic() - heard_s > self._patience.silence_s:
                    connected = False
                    yield self._control(RowKind.DISCONNECT, "silence")
                self._stopped.wait(POLL_S)
                continue
            if lines:
                heard_s = time.monotonic()
                self._back_off.reset()
                if not connected:
                    connected = True
                    yield self._control(RowKind.CONNECT, "heard again")
            yield from self._rows(lines, self._clock.now_us())
        if connected:
            yield self._control(RowKind.DISCONNECT, reason)
