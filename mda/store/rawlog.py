"""The raw-line log: the truth of what was heard, append-only, durable when `append` returns.

Segments of 64 MiB (`segment.py` has the layout) in one directory, each named by its first number.
One process writes; any may read. A torn tail is cut at the last whole record when the log is
opened for writing; damage in the middle is an error, or skipped and counted, as the reader asks.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, Self

from mda.errors import StoreError
from mda.model import Lines, Sentence
from mda.store.durable import DirLock, make_dir, sync_dir
from mda.store.segment import (
    HEAD,
    MAX_LINE_BYTES,
    NO_LIMIT,
    Damage,
    encode,
    head,
    segment_name,
    segments,
    walk,
)

SEGMENT_BYTES: Final = 64 * 2**20
_PIECE_BYTES: Final = 4 * 2**20


class RawLog:
    """Rows in order of arrival, numbered from 1 without a gap. Thread-safe."""

    def __init__(self, directory: Path, writable: bool, segment_bytes: int) -> None:
        """Use `open`."""
        self.directory = directory
        self.cut_bytes = 0
        """Bytes of a torn tail that were cut on opening: a batch that was never acknowledged."""
        self.damage = Damage()
        """What opening found damaged in the newest segment."""
        self._segment_bytes = segment_bytes
        self._mutex = threading.Lock()
        self._newest_at_us: dict[int, int] = {}
        self._lock = DirLock(directory, "the raw-line log") if writable else None
        self._file = -1
        self._broken = ""
        self._first_seq, self._end, self._last_seq = 1, 0, 0
        self._find_end()

    @classmethod
    def open(
        cls, directory: Path, *, writable: bool = True, segment_bytes: int = SEGMENT_BYTES
    ) -> Self:
        """The log in a directory, made where there is none and it may be written.

        StoreError: another process writes it, or there is no such directory to read.
        """
        if writable:
            make_dir(directory)
        elif not directory.is_dir():
            raise StoreError("no raw-line log", where=str(directory), do="Name a node's directory")
        return cls(directory, writable, segment_bytes)

    @property
    def last_seq(self) -> int:
        """Number of the newest durable row; 0 where there is none."""
        return self._last_seq

    @property
    def first_seq(self) -> int:
        """Number of the oldest row that retention has left; 1 in an empty log."""
        held = segments(self.directory)
        return held[0][0] if held else 1

    @property
    def broken(self) -> str:
        """Why no row is taken any more until it is opened again; empty when rows are taken."""
        return self._broken

    def append(self, rows: Sequence[Sentence]) -> Lines:
        """Number the rows and write them with one write and one fsync; durable on return.

        StoreError: a row longer than 65,536 bytes, a full disk (nothing of the batch is kept), or
        a disk that failed to sync (the log then refuses all further rows until it is reopened).
        """
        longest = max((len(row.data) for row in rows), default=0)
        if longest > MAX_LINE_BYTES:
            raise StoreError(f"a log row of {longest} bytes", do="Split lines at 4 kB in the feed")
        with self._mutex:
            self._may_write()
            lines = Lines.of(rows, self._last_seq + 1)
            if not rows:
                return lines
            if self._file < 0 or self._end >= self._segment_bytes:
                self._rotate()
            data = encode(lines, self._last_seq + 1 - self._first_seq).tobytes()
            self._write(data)
            self._end += len(data)
            self._last_seq += len(rows)
            return lines

    def read(
        self, after_seq: int, limit_bytes: int = _PIECE_BYTES, *, damage: Damage | None = None
    ) -> Iterator[Lines]:
        """Rows numbered above `after_seq`, in batches of about `limit_bytes`, up to the newest.

        Given a `damage`, damaged records are skipped and counted there; without one they raise
        StoreError, and so does asking for rows that retention has dropped.
        """
        with self._mutex:
            end = self._end if self._lock else None
            newest = self._first_seq
            held = segments(self.directory)
        if not held:
            return
        if after_seq + 1 < held[0][0]:
            if damage is None:
                raise StoreError(
                    f"rows {after_seq + 1} to {held[0][0] - 1} were dropped by retention",
                    where=str(self.directory),
                    do=f"Read after {held[0][0] - 1}",
                )
            damage.note("dropped by retention", held[0][0] - 1 - after_seq)
        followers: list[int | None] = [first for first, _ in held[1:]]
        for (first, path), following in zip(held, [*followers, None], strict=True):
            if following is not None and following <= after_seq + 1:
                continue
            size = end if end is not None and first == newest else NO_LIMIT
            for lines, _ in walk(
                path, first, following, piece_bytes=limit_bytes, size=size, damage=damage
            ):
                skip = int(lines.seq.searchsorted(after_seq, "right"))
                if skip < len(lines):
                    yield lines.take(skip, len(lines)) if skip else lines

    def drop_before(
        self, stored_at_us: int, keep_from_seq: int, enough_bytes: int = NO_LIMIT
    ) -> int:
        """Drop the oldest segments whose rows were all stored before an instant; bytes freed.

        A segment with a row numbered `keep_from_seq` or above stays, and so does the newest.
        Stops once `enough_bytes` are freed.
        """
        freed = 0
        with self._mutex:
            self._may_write()
            held = segments(self.directory)
            for (first, path), (following, _) in pairwise(held):
                if freed >= enough_bytes or following > keep_from_seq:
                    break
                if self._newest(path, first) >= stored_at_us:
                    break
                freed += path.stat().st_size
                path.unlink()
                sync_dir(self.directory)
        return freed

    def close(self) -> None:
        """Let go of the file and the lock."""
        with self._mutex:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
            if self._lock:
                self._lock.release()
            self._broken = "it is closed"

    def _newest(self, path: Path, first: int) -> int:
        """The latest `stored_at_us` of a finished segment."""
        if first not in self._newest_at_us:
            times = [
                int(lines.stored_at_us.max())
                for lines, _ in walk(path, first, None, piece_bytes=_PIECE_BYTES, damage=Damage())
            ]
            self._newest_at_us[first] = max(times, default=0)
        return self._newest_at_us[first]

    def _find_end(self) -> None:
        """Find the newest whole record; the writer cuts what stands behind it."""
        held = segments(self.directory)
        if not held:
            return
        first, path = held[-1]
        end, last = 0, first - 1
        for piece in walk(path, first, None, piece_bytes=_PIECE_BYTES, damage=self.damage):
            end, last = piece.end, int(piece.lines.seq[-1])
        self._first_seq, self._end, self._last_seq = first, end, last
        if self._lock is None:
            return
        self._file = os.open(path, os.O_RDWR)
        size = os.fstat(self._file).st_size
        if end == 0:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, head(first), 0)
            self._end = end = HEAD.size
        else:
            os.ftruncate(self._file, end)
        self.cut_bytes = max(0, size - end)
        os.fsync(self._file)

    def _may_write(self) -> None:
        if self._lock is None or self._broken:
            raise StoreError(
                f"the raw-line log cannot be written: {self._broken or 'it was opened to read'}",
                where=str(self.directory),
                do="Open it for writing again",
            )

    def _rotate(self) -> None:
        """Begin a new segment; its name is durable before a row stands in it."""
        first = self._last_seq + 1
        path = self.directory / segment_name(first)
        try:
            fresh = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
            os.pwrite(fresh, head(first), 0)
            os.fsync(fresh)
            sync_dir(self.directory)
        except OSError as error:
            raise self._failed(error) from error
        if self._file >= 0:
            os.close(self._file)
        self._file, self._first_seq, self._end = fresh, first, HEAD.size

    def _write(self, data: bytes) -> None:
        view, at = memoryview(data), self._end
        try:
            while view:
                done = os.pwrite(self._file, view, at)
                view, at = view[done:], at + done
        except OSError as error:
            os.ftruncate(self._file, self._end)
            raise self._failed(error) from error
        try:
            os.fsync(self._file)
        except OSError as error:
            self._broken = "the disk failed to sync"
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> StoreError:
        return StoreError(
            f"the raw-line log cannot be written: {error.strerror}",
            where=str(self.directory),
            do="Free space or replace the disk; nothing acknowledged is lost",
        )
