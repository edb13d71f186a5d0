"""Writing so that it is still there after power loss, and one writer to a directory.

A file is durable when its bytes and the directory entry that names it have both been synced
(fsync(2)); a file is exchanged whole by writing another beside it and renaming it over.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from mda.errors import StoreError


def sync_dir(path: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_dir(path: Path) -> None:
    """Create a directory and its parents, each name durable."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        sync_dir(made.parent)


def sync_file(path: Path) -> None:
    """Make a file's bytes durable."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def write_file(path: Path, data: bytes) -> None:
    """Write a file whose bytes are durable on return; its name is, once its directory is synced."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Exchange a file whole: whoever opens it sees all of the old or all of the new bytes."""
    beside = path.with_name(path.name + ".new")
    write_file(beside, data)
    beside.replace(path)
    sync_dir(path.parent)


class DirLock:
    """The right to write in a directory, held by one process until `release` or its end."""

    def __init__(self, directory: Path, what: str) -> None:
        """Take it. StoreError: another process holds it; `what` names the thing in the message."""
        self._file = (directory / "lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise StoreError(
                f"another process holds {what} (process {holder})",
                where=str(directory),
                do="Stop that process, or give this node another directory (node.data)",
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let others write."""
        self._file.close()
