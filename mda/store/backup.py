"""A node in one file, taken while it runs, and a node from such a file.

The copy is consistent: the manifest's files and the log's segments are pinned by hard links first,
then the desk store is copied by SQLite's backup API, then the log is read up to its last whole
record: so the log reaches at least as far as whatever is the consequence of it. The last member,
`BACKUP.json`, holds the SHA-256 of each other.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import zstandard

from mda.errors import StoreError
from mda.store.desk import copy_desk
from mda.store.durable import make_dir, sync_dir, sync_file
from mda.store.manifest import NAME, Manifest
from mda.store.segment import Damage, segments, walk

INDEX: Final = "BACKUP.json"
FORMAT: Final = 1
_CHUNK: Final = 2**20
_TRIES: Final = 5

Progress = Callable[[int], None]
"""Called with the bytes that have been done since it was last called."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    files: int
    bytes_in_all: int
    log_seq: int
    """The newest raw-log row in it; 0 where there is no log."""


def _silent(count: int) -> None:
    """No progress wanted."""


def backup(node_dir: Path, out_file: Path, progress: Progress = _silent) -> Backup:
    """Copy a node, running or not, into one .tar.zst that `restore` takes.

    StoreError: there is no node, its files are damaged, or the disk refuses.
    """
    if not (node_dir / NAME).exists() and not (node_dir / "log").is_dir():
        raise StoreError("no node here", where=str(node_dir), do="Name a node's data directory")
    part = out_file.with_name(out_file.name + ".part")
    try:
        with _pinned(node_dir) as pinned:
            sizes, log_seq = _measure(pinned)
            _pack(pinned, sizes, part, progress, log_seq)
        part.replace(out_file)
        sync_dir(out_file.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"the backup cannot be written: {error.strerror}", where=str(out_file), do="Free space"
        ) from error
    return Backup(len(sizes), sum(sizes.values()), log_seq)


@contextmanager
def _pinned(node_dir: Path) -> Iterator[Path]:
    """A directory in which the node's present files stay, whatever the node does meanwhile."""
    pinned = node_dir / f"backup-{os.getpid()}"
    shutil.rmtree(pinned, ignore_errors=True)
    try:
        for attempt in range(_TRIES):
            try:
                _pin_archive(node_dir, pinned)
                break
            except FileNotFoundError:
                shutil.rmtree(pinned, ignore_errors=True)
                if attempt == _TRIES - 1:
                    raise
        desk = node_dir / "desk.sqlite"
        if desk.exists():
            copy_desk(desk, pinned / desk.name)
        _pin_log(node_dir / "log", pinned / "log")
        _pin_zones(node_dir / "zones", pinned / "zones")
        yield pinned
    finally:
        shutil.rmtree(pinned, ignore_errors=True)


def _pin_archive(node_dir: Path, pinned: Path) -> None:
    """Link the log's segments and the manifest's files. FileNotFoundError: replaced meanwhile."""
    pinned.mkdir()
    _pin_log(node_dir / "log", pinned / "log")
    if not (node_dir / NAME).exists():
        return
    text = (node_dir / NAME).read_bytes()
    (pinned / NAME).write_bytes(text)
    for path in Manifest.load(pinned).live():
        target = pinned / path
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(node_dir / path, target)


def _pin_log(log: Path, target: Path) -> None:
    if not log.is_dir():
        return
    target.mkdir(exist_ok=True)
    for path in (*(p for _, p in segments(log)), *log.glob("*.json")):
        if not (target / path.name).exists():
            os.link(path, target / path.name)


def _pin_zones(own: Path, target: Path) -> None:
    """Link the node's own zones: zones/NAME/NUMBER/ is whole once it has that name, for ever."""
    for path in own.glob("*/[0-9]*/*"):
        kept = target / path.relative_to(own)
        kept.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, kept)


def _measure(pinned: Path) -> tuple[dict[str, int], int]:
    """Bytes to take of each file, and the newest log row: the log ends at its last whole record."""
    sizes = {p.relative_to(pinned).as_posix(): p.stat().st_size
             for p in sorted(pinned.rglob("*")) if p.is_file()}  # fmt: skip
    log_seq = 0
    log = segments(pinned / "log") if (pinned / "log").is_dir() else []
    if log:
        first, path = log[-1]
        end, log_seq = 0, first - 1
        for piece in walk(path, first, None, piece_bytes=_CHUNK, damage=Damage()):
            end, log_seq = piece.end, int(piece.lines.seq[-1])
        sizes[path.relative_to(pinned).as_posix()] = end
    return sizes, log_seq


class _Hashing:
    """A file that hashes what is read of it and says how much."""

    def __init__(self, file: IO[bytes], told: Callable[[int], None]) -> None:
        self._file, self._told = file, told
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        self._told(len(data))
        return data


def _pack(
    pinned: Path, sizes: dict[str, int], part: Path, progress: Progress, log_seq: int
) -> None:
    listed: dict[str, dict[str, Any]] = {}
    compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
    with part.open("wb") as raw:
        with (
            compressor.stream_writer(raw, closefd=False) as packed,
            tarfile.open(fileobj=packed, mode="w|") as tar,
        ):
            for name, size in sizes.items():
                member = tarfile.TarInfo(name)
                member.size = size
                with (pinned / name).open("rb") as file:
                    hashing = _Hashing(file, progress)
                    tar.addfile(member, hashing)
                listed[name] = {"bytes": size, "sha256": hashing.sha256.hexdigest()}
            index = {"format": FORMAT, "log_seq": log_seq, "files": listed}
            body = json.dumps(index, indent=1, sort_keys=True).encode()
            member = tarfile.TarInfo(INDEX)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
        raw.flush()
        os.fsync(raw.fileno())


def restore(file: Path, node_dir: Path, progress: Progress = _silent) -> Backup:
    """A node from a backup: unpacked beside, every hash verified, then renamed into place.

    StoreError: `node_dir` is not empty, or the backup is damaged (nothing is left behind then).
    """
    if node_dir.exists() and (not node_dir.is_dir() or any(node_dir.iterdir())):
        raise StoreError(
            "not an empty directory", where=str(node_dir), do="Restore into a new directory"
        )
    if not file.is_file():
        raise StoreError("no such backup", where=str(file))
    make_dir(node_dir.resolve().parent)
    beside = node_dir.with_name(node_dir.name + ".restoring")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir()
        found = _unpack(file, beside, progress)
        for folder in sorted(p for p in beside.rglob("*") if p.is_dir()):
            sync_dir(folder)
        sync_dir(beside)
        beside.rename(node_dir)
        sync_dir(node_dir.resolve().parent)
    except (zstandard.ZstdError, tarfile.TarError, ValueError, KeyError, EOFError) as error:
        raise _damaged(file, str(error)) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return found


def _unpack(file: Path, beside: Path, progress: Progress) -> Backup:
    index = b""
    hashes: dict[str, dict[str, Any]] = {}
    with file.open("rb") as raw:
        stream = zstandard.ZstdDecompressor().stream_reader(raw)
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                source = tar.extractfile(member)
                name = PurePosixPath(member.name)
                if source is None or name.is_absolute() or ".." in name.parts:
                    raise _damaged(file, f"it names {member.name!r}")
                if member.name == INDEX:
                    index = source.read()
                else:
                    hashes[member.name] = _extract(source, beside / member.name)
                progress(member.size)
    body = json.loads(index or b"{}")
    if body.get("format") != FORMAT or body["files"] != hashes:
        raise _damaged(file, "its contents are not those that were written")
    return Backup(len(hashes), sum(h["bytes"] for h in hashes.values()), body["log_seq"])


def _extract(source: IO[bytes], target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True)
    sha256, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        while data := source.read(_CHUNK):
            sha256.update(data)
            size += len(data)
            out.write(data)
    sync_file(target)
    return {"bytes": size, "sha256": sha256.hexdigest()}


def _damaged(file: Path, how: str) -> StoreError:
    return StoreError(f"the backup is damaged: {how}", where=str(file), do="Use another one")
