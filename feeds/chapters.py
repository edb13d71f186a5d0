"""A log that is rotated, as a row of chapters: which file holds which, and where each began.

A chapter is one file from its creation until rotation puts another in its place. It is known again
by its first bytes (and its inode), wherever rotation has carried it: renamed, or copied before it
was truncated. Where each chapter began, counted in lines since the beginning of all, is written to
a small file before a line of it is used; with the number of lines that are in the node's log it
says where to go on, whatever moment the node was stopped at.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from typing import Final, NamedTuple

from mda.errors import FeedError

HEAD: Final = 1024
"""First bytes of a chapter that it is known by."""
_KEPT: Final = 64
"""Chapters that are remembered."""
_PACKED: Final = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zX")
_ROTATED: Final = re.compile(r"[.\-_]\d[\d.\-_T]*")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file of the log."""

    inode: int
    head: str
    """Its first bytes, at most 1 KiB, in hexadecimal."""
    first_line: int
    """Lines of the whole log before it."""
    offset: int = 0
    """Bytes at its beginning that are not for us (a log that is followed from its end)."""

    def begins(self, file: FileIO) -> bool:
        """Whether a file begins as this chapter does."""
        head = bytes.fromhex(self.head)
        return os.pread(file.fileno(), len(head), 0) == head


class Bookmark:
    """The newest chapters of a log, kept in a file (nowhere, where there is no path)."""

    def __init__(self, path: Path | None) -> None:
        """Raises FeedError where the file is damaged."""
        self.kept = path is not None
        self._path = path
        self._chapters: list[Chapter] = []
        if path is None or not path.exists():
            return
        try:
            self._chapters = [Chapter(**entry) for entry in json.loads(path.read_bytes())]
            for chapter in self._chapters:
                bytes.fromhex(chapter.head)
        except (ValueError, TypeError) as error:
            do = "Remove it: the log is then followed as if for the first time"
            raise FeedError(f"a damaged bookmark: {error}", where=str(path), do=do) from error

    def add(self, chapter: Chapter) -> None:
        """Remember a chapter, or what more is known of it; durable when this returns."""
        before = [known for known in self._chapters if known.first_line < chapter.first_line]
        self._chapters = [*before, chapter][-_KEPT:]
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(json.dumps([asdict(known) for known in self._chapters]).encode())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    def at(self, lines: int) -> Chapter | None:
        """The chapter in which the line after so many lines stands."""
        return next((c for c in reversed(self._chapters) if c.first_line <= lines), None)

    def knows(self, file: FileIO, before: int) -> bool:
        """Whether a file is one of the chapters that begin before this line."""
        return any(c.first_line < before and c.begins(file) for c in self._chapters)

    def written_ns(self) -> int:
        """When it was last written, nanoseconds since the epoch; 0 never."""
        written = self._path is not None and self._path.exists()
        return self._path.stat().st_mtime_ns if written and self._path is not None else 0


class Found(NamedTuple):
    """An open file of the log, and the paths of those that come after it, oldest first."""

    file: FileIO
    following: list[Path]


def opened(path: Path) -> FileIO:
    """A regular file for reading. OSError: it is none, or cannot be read."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(f"{path} is not a regular file")
    return FileIO(path)


def rotated(path: Path) -> list[Path]:
    """What rotation has made of earlier chapters, oldest first; packed ones are passed over."""
    found: list[tuple[int, int, Path]] = []
    literal = re.sub(r"([\[*?])", r"[\1]", path.name)
    for other in path.parent.glob(f"{literal}?*"):
        suffix = other.name[len(path.name) :]
        if not _ROTATED.fullmatch(suffix):
            continue
        try:
            with opened(other) as file:
                if not file.read(4).startswith(_PACKED):
                    number = int(suffix[1:]) if suffix[1:].isdigit() else 0
                    found.append((os.fstat(file.fileno()).st_mtime_ns, -number, other))
        except OSError:
            continue  # rotated on meanwhile, or not ours to read
    return [other for _, _, other in sorted(found)]


def following(file: FileIO, path: Path) -> list[Path]:
    """The paths of what comes after an open file of the log; itself is none of them."""
    places = [*rotated(path), path]
    mine = os.fstat(file.fileno())
    for number, place in enumerate(places):
        try:
            if os.path.samestat(place.stat(), mine):
                return places[number + 1 :]
        except OSError:
            continue
    return [path]


def find(chapter: Chapter, path: Path) -> Found | None:
    """Where a chapter is now; None where it is gone."""
    same: list[FileIO] = []
    for place in [*rotated(path), path]:
        try:
            file = opened(place)
        except OSError:
            continue
        if chapter.begins(file):
            same.append(file)
        else:
            file.close()
    # Where several begin alike the inode decides, else the oldest.
    same.sort(key=lambda file: os.fstat(file.fileno()).st_ino != chapter.inode)
    for file in same[1:]:
        file.close()
    return Found(same[0], following(same[0], path)) if same else None


def find_copy(chapter: Chapter, path: Path, offset: int, tail: bytes) -> Found | None:
    """The copy that was made of a chapter before it was truncated, at least `offset` long."""
    for place in reversed(rotated(path)):
        try:
            file = opened(place)
        except OSError:
            continue
        if chapter.begins(file) and stands_before(file, offset, tail):
            return Found(file, following(file, path))
        file.close()
    return None


def find_after(bookmark: Bookmark, path: Path, lines: int) -> Found:
    """The oldest file that was written after the bookmark and is none of its chapters so far.

    Where the chapter after so many lines is gone (packed or deleted), the next unread one.
    OSError: there is none.
    """
    for place in rotated(path):
        try:
            file = opened(place)
        except OSError:
            continue
        late = os.fstat(file.fileno()).st_mtime_ns > bookmark.written_ns() > 0
        if late and not bookmark.knows(file, lines + 1):
            return Found(file, following(file, path))
        file.close()
    return Found(opened(path), [])


def stands_before(file: FileIO, offset: int, tail: bytes) -> bool:
    """Whether a file is at least `offset` long and the bytes before that are `tail`."""
    return os.pread(file.fileno(), len(tail), offset - len(tail)) == tail
