"""Versions of own zones on disk: nothing is overwritten, a version is whole or it is not there.

DATA/zones/
  .lock            one writer at a time
  NAME/0001/       zones.toml and zones.geojson as the library's own files are (of waters also
                   limits.geojson: which edges are no coast), and version.json: who, when, from
                   which file (its SHA-256), what was mended
  NAME/0002/       the next version; one that says "remove" holds version.json only

A version is made in a directory beside, synced (fsync(2)) and renamed into place. Reading needs no
lock. Nothing here is heavy to import: a node asks for its own directories whenever it starts.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from mda.errors import ZoneError

FOLDER: Final = "zones"
RECORD: Final = "version.json"
TABLE: Final = "zones.toml"
SHAPES: Final = "zones.geojson"
LIMITS: Final = "limits.geojson"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Version:
    """What one version says of itself."""

    name: str
    number: int
    act: str
    """add or remove."""
    at: str
    """When, ISO 8601 in UTC."""
    by: str
    """Who, as he called himself."""
    file: str = ""
    sha256: dict[str, str] | None = None
    """Of each of the operator's files, by name."""
    zones: tuple[str, ...] = ()
    """Ids of its zones."""
    notes: tuple[str, ...] = ()
    """What was repaired, reprojected, left out, assumed; of a removal, why."""


def version_directory(data: Path, version: Version) -> Path:
    """Where a version lies."""
    return data / FOLDER / version.name / f"{version.number:04d}"


def versions(data: Path, name: str) -> list[Version]:
    """All versions of one list, oldest first; none if there is no such list."""
    return [_read(data / FOLDER / name / f"{n:04d}") for n in _numbers(data / FOLDER / name)]


def names(data: Path) -> list[str]:
    """Every list that there ever was, removed ones as well."""
    folder = data / FOLDER
    if not folder.is_dir():
        return []
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def newest(data: Path) -> list[Version]:
    """The newest version of each list that is not removed."""
    folders = [data / FOLDER / name for name in names(data)]
    last = [folder / f"{numbers[-1]:04d}" for folder in folders if (numbers := _numbers(folder))]
    return [version for version in map(_read, last) if version.act == "add"]


def own_directories(data: Path) -> list[Path]:
    """Directories that hold a node's own zones now, for `ZoneLibrary.load(own=...)`.

    ZoneError: a version is damaged.
    """
    return [version_directory(data, version) for version in newest(data)]


def put(data: Path, make: Callable[[int], Version], fill: Callable[[Path], None]) -> Version:
    """Store one version: `make` its record, given its number; `fill` its directory.

    Durable on return. Whatever fails, or is killed, before that leaves the library as it was.
    ZoneError: it cannot be written.
    """
    folder = data / FOLDER
    try:
        return _put(folder, make, fill)
    except OSError as error:
        raise ZoneError(
            f"own zones cannot be written ({error.strerror})",
            where=str(folder),
            do="See that you may write there, and that there is room",
        ) from error


def _put(folder: Path, make: Callable[[int], Version], fill: Callable[[Path], None]) -> Version:
    _make_dir(folder)
    with _locked(folder):
        for left in folder.glob(".adding-*"):
            shutil.rmtree(left)  # of a process that was killed: nobody else may be here
        name = make(0).name
        version = make(max(_numbers(folder / name), default=0) + 1)
        beside = folder / f".adding-{name}"
        try:
            beside.mkdir()
            fill(beside)
            record = {"format": FORMAT, **asdict(version)}
            text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
            (beside / RECORD).write_text(text, encoding="utf-8")
            for path in beside.iterdir():
                _sync(path)
            _sync(beside)
            _make_dir(folder / name)
            beside.rename(folder / name / f"{version.number:04d}")
            _sync(folder / name)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    return version


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """The right to write here, waited for; it ends with the process, however that ends."""
    with (folder / ".lock").open("a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make_dir(path: Path) -> None:
    missing = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        _sync(made.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _numbers(folder: Path) -> list[int]:
    return sorted(int(p.name) for p in folder.glob("[0-9][0-9][0-9][0-9]") if p.is_dir())


def _read(folder: Path) -> Version:
    where = f"{folder.parent.name}/{folder.name}"
    try:
        body = json.loads((folder / RECORD).read_text("utf-8"))
        if body.pop("format") != FORMAT:
            raise ValueError("a format of another time")
        body["zones"], body["notes"] = tuple(body["zones"]), tuple(body["notes"])
        return Version(**body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ZoneError(
            f"the version is damaged ({error})",
            where=where,
            do="Restore it from a backup, or delete its directory",
        ) from error
