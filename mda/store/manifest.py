"""The manifest: which files are the archive now. Readers open it, never a glob.

It is exchanged whole, and with it become true at once: the rows of the archive, the snapshot of the
flow, and the number of the log row that both reflect. That is the one commit point of a seal.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from mda.clock import NO_TIME_US
from mda.errors import StoreError
from mda.store.durable import replace_file

NAME: Final = "manifest.json"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One live Parquet file: rows of one kind and one UTC day, sorted by mmsi and time."""

    path: str
    """From the node's directory, with slashes."""
    kind: str
    """reports or statics."""
    day: str
    """UTC day of event time, YYYY-MM-DD; no file spans two."""
    rows: int
    size_bytes: int
    min_at_us: int
    max_at_us: int
    min_seq: int
    max_seq: int
    """Numbers of the log rows that the file's rows come from."""
    since_us: int
    until_us: int
    """The settled stretch (since, until] that the seals behind this file covered."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of bytes (snapshot or keyframe) with its hash."""

    path: str
    at_us: int
    """Event time that it is the state of."""
    size_bytes: int
    sha256: str

    def read(self, root: Path) -> bytes:
        """Its bytes. StoreError where they are missing or not the ones written."""
        try:
            data = (root / self.path).read_bytes()
        except FileNotFoundError as error:
            raise StoreError("a file of the manifest is missing", where=self.path) from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise StoreError("a file is damaged", where=self.path, do="Restore a backup")
        return data


@dataclass(frozen=True, slots=True)
class Condemned:
    """A replaced file that waits for readers of an older manifest to finish."""

    path: str
    dead_at_us: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the archive is, at one version."""

    version: int = 0
    until_us: int = NO_TIME_US
    """Everything settled up to here is in the files."""
    log_seq: int = 0
    """The raw log's number up to which files and snapshot are the consequence."""
    snapshot: Blob | None = None
    stations: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    files: tuple[ArchiveFile, ...] = ()
    keyframes: tuple[Blob, ...] = ()
    condemned: tuple[Condemned, ...] = field(default=())
    controls: tuple[tuple[int, int, int], ...] = ()
    """(at_us, kind, feed): when the node and its feeds were listening, in event time."""

    @classmethod
    def load(cls, root: Path) -> Self:
        """The manifest in a node's directory; an empty one where nothing was sealed yet.

        StoreError: it is damaged or of a later format.
        """
        path = root / NAME
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
            if body["format"] != FORMAT:
                raise StoreError(
                    f"archive format {body['format']} is not format {FORMAT}",
                    where=str(path),
                    do="Use the version of mda that wrote it",
                )
            return cls._from_json(body)
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"the manifest is damaged: {error}", where=str(path), do="Restore a backup"
            ) from error

    @classmethod
    def _from_json(cls, body: dict[str, Any]) -> Self:
        return cls(
            body["version"],
            body["until_us"],
            body["log_seq"],
            Blob(**body["snapshot"]) if body["snapshot"] else None,
            tuple(body["stations"]),
            tuple(body["feeds"]),
            tuple(ArchiveFile(**f) for f in body["files"]),
            tuple(Blob(**k) for k in body["keyframes"]),
            tuple(Condemned(**c) for c in body["condemned"]),
            tuple((int(at), int(kind), int(feed)) for at, kind, feed in body["controls"]),
        )

    def publish(self, root: Path) -> None:
        """Make this the archive, atomically and durably."""
        body = {"format": FORMAT, **asdict(self)}
        replace_file(root / NAME, json.dumps(body, indent=1, sort_keys=True).encode())

    def live(self) -> tuple[str, ...]:
        """Paths of all files that this manifest stands on."""
        blobs = (*self.keyframes, *((self.snapshot,) if self.snapshot else ()))
        return tuple(f.path for f in self.files) + tuple(b.path for b in blobs)

    def of(self, kind: str, since_us: int, until_us: int) -> tuple[ArchiveFile, ...]:
        """Files of a kind that may hold rows with since < at <= until."""
        return tuple(
            f
            for f in self.files
            if f.kind == kind and f.max_at_us > since_us and f.min_at_us <= until_us
        )
