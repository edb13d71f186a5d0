"""The Parquet archive: what a seal writes, and how its files are read.

Files are partitioned by UTC day and sorted by mmsi, then time: one vessel's month reads 19 times
faster than in time order, the day does the pruning of windows (scale.md). A file is never changed:
a day that must change gets a new file in the next manifest, and the old one is deleted after a
grace time, so that readers of an older manifest finish in peace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from mda.errors import StoreError
from mda.model import Reports, Statics
from mda.model.reports import I64, Batch
from mda.store.columns import from_arrow, to_arrow
from mda.store.durable import make_dir, sync_dir, sync_file, write_file
from mda.store.manifest import ArchiveFile, Blob, Condemned, Manifest

B = TypeVar("B", Reports, Statics)
Stretch = tuple[int, int]
"""Event times since < at <= until, microseconds."""

FOLDERS: Final = ("archive", "snapshots", "keyframes")
US_PER_DAY: Final = 86_400_000_000
ROW_GROUP_ROWS: Final = 131_072
"""Small enough that one vessel of a day is read without the rest (own choice)."""
_DICTIONARY: Final = [
    "station", "feed", "msg_type", "mmsi", "hull", "nav_status", "accuracy", "raim",
    "position_mode", "valid", "flags", "sog_kn", "rot_deg_per_min", "heading_deg", "imo",
    "callsign", "name", "ship_type", "to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m",
    "draught_m", "destination",
]  # fmt: skip
_ENCODING: Final = {
    "seq": "DELTA_BINARY_PACKED",
    "at": "DELTA_BINARY_PACKED",
    "received_at": "DELTA_BINARY_PACKED",
}


def settled_order(batch: Batch) -> I64:
    """Row order by (event time, mmsi, report id, received time, log number)."""
    c = batch.columns()
    keys = (c["seq"], c["received_at_us"], c["report_id"], c["mmsi"], c["at_us"])
    return np.lexsort(keys).astype(np.int64)


def outside(at_us: I64, stretches: Sequence[Stretch]) -> NDArray[np.bool_]:
    """Which instants lie in none of the stretches, shape (n,)."""
    keep = np.ones(at_us.shape, np.bool_)
    for since_us, until_us in stretches:
        keep &= (at_us <= since_us) | (at_us > until_us)
    return keep


def read_file(
    kind: type[B], root: Path, file: ArchiveFile, manifest: Manifest, mmsi: int | None = None
) -> B:
    """The rows of one file, or those of one vessel, sorted by mmsi and time.

    StoreError: the file is gone (an older manifest than the grace time) or damaged.
    """
    filters = None if mmsi is None else [("mmsi", "==", mmsi)]
    try:
        table: Any = (
            pq.ParquetFile(root / file.path).read()
            if filters is None
            else pq.read_table(root / file.path, filters=filters, partitioning=None)
        )
    except FileNotFoundError as error:
        raise StoreError(
            "a file of the archive is gone", where=file.path, do="Open the archive again"
        ) from error
    except (OSError, ValueError) as error:
        raise StoreError(
            f"a file of the archive is damaged: {error}", where=file.path, do="Restore a backup"
        ) from error
    return from_arrow(kind, table, manifest.stations, manifest.feeds)


def read_stretch(
    kind: type[B],
    root: Path,
    manifest: Manifest,
    stretch: Stretch,
    mmsi: int | None = None,
) -> list[B]:
    """Batches of the archive's rows in a stretch, unsorted."""
    found = []
    for file in manifest.of(folder(kind), *stretch):
        rows = read_file(kind, root, file, manifest, mmsi)
        if file.min_at_us <= stretch[0] or file.max_at_us > stretch[1]:
            rows = rows.take(~outside(rows.at_us, [stretch]))
        found.append(rows)
    return found


def folder(kind: type[Batch]) -> str:
    """reports or statics."""
    return kind.__name__.lower()


@dataclass(frozen=True, slots=True)
class Seal:
    """What one commit of the archive makes true, all or nothing."""

    until_us: int
    log_seq: int
    snapshot: bytes
    stations: tuple[str, ...]
    feeds: tuple[str, ...]
    reports: Reports
    statics: Statics
    exchanged: tuple[Stretch, ...]
    """Stretches whose rows in the files are void: `reports` and `statics` bring the new ones."""
    keyframes: Mapping[int, bytes]
    kept_keyframes: tuple[Blob, ...]
    """Of the old manifest's keyframes, those still wanted."""
    controls: tuple[tuple[int, int, int], ...] = ()
    """Control rows (at_us, kind, feed) settled since the last seal."""


@dataclass(slots=True)
class Sealer:
    """Writes the files of a seal and publishes the manifest that makes them live."""

    root: Path
    compact_files: int
    """A day with more files than this is merged into one."""
    grace_us: int
    """How long a replaced file waits for readers of older manifests."""

    def seal(self, old: Manifest, seal: Seal, now_us: int) -> Manifest:
        """Write, sync, publish; then delete what has waited long enough."""
        version = old.version + 1
        files = [
            *self._days(old, seal, seal.reports, version),
            *self._days(old, seal, seal.statics, version),
        ]
        snapshot = self._blob(f"snapshots/{version:08d}.bin", seal.until_us, seal.snapshot)
        keyframes = {k.at_us: k for k in seal.kept_keyframes if k.at_us not in seal.keyframes}
        for at_us, state in seal.keyframes.items():
            keyframes[at_us] = self._blob(f"keyframes/{at_us}-{version:08d}.bin", at_us, state)
        for name in ("snapshots", "keyframes"):
            if (self.root / name).is_dir():
                sync_dir(self.root / name)
        new = Manifest(
            version,
            seal.until_us,
            seal.log_seq,
            snapshot,
            seal.stations,
            seal.feeds,
            tuple(sorted(files, key=lambda f: (f.kind, f.day, f.path))),
            tuple(keyframes[at_us] for at_us in sorted(keyframes)),
        )
        live = set(new.live())
        waiting = [c for c in old.condemned if c.dead_at_us + self.grace_us > now_us]
        doomed = [c for c in old.condemned if c not in waiting]
        waiting += [Condemned(p, now_us) for p in sorted(set(old.live()) - live)]
        controls = (*old.controls, *seal.controls)
        new = replace(new, condemned=tuple(waiting), controls=controls)
        new.publish(self.root)
        for dead in doomed:
            (self.root / dead.path).unlink(missing_ok=True)
        return new

    def sweep(self, manifest: Manifest) -> int:
        """Delete files that a seal wrote and never published; how many. Only for the writer."""
        known = {*manifest.live(), *(c.path for c in manifest.condemned)}
        swept = 0
        for name in FOLDERS:
            for path in (self.root / name).rglob("*"):
                if path.is_file() and path.relative_to(self.root).as_posix() not in known:
                    path.unlink()
                    swept += 1
        return swept

    def _blob(self, path: str, at_us: int, data: bytes) -> Blob:
        target = self.root / path
        make_dir(target.parent)
        write_file(target, data)
        return Blob(path, at_us, len(data), hashlib.sha256(data).hexdigest())

    def _days(self, old: Manifest, seal: Seal, fresh: B, version: int) -> list[ArchiveFile]:
        """The live files of one kind after the seal."""
        kind, name = type(fresh), folder(type(fresh))
        days = fresh.at_us // US_PER_DAY
        by_day: dict[str, B] = {_day(int(d)): fresh.take(days == d) for d in np.unique(days)}
        held: dict[str, list[ArchiveFile]] = {}
        for file in old.files:
            if file.kind == name:
                held.setdefault(file.day, []).append(file)
        live: list[ArchiveFile] = []
        for day in sorted({*by_day, *held}):
            rows = [by_day[day]] if day in by_day else []
            stays: list[ArchiveFile] = []
            gone: list[ArchiveFile] = []
            for file in held.get(day, []):
                kept = self._kept(kind, old, file, seal.exchanged)
                (stays if kept is None else gone).append(file)
                rows += [] if kept is None else [kept]
            if rows and len(stays) + 1 > self.compact_files:
                rows += [read_file(kind, self.root, file, old) for file in stays]
                stays, gone = [], [*gone, *stays]
            live += stays
            merged = kind.concat(rows)
            if len(merged):
                since_us = min([old.until_us, *(f.since_us for f in gone)])
                path = f"archive/{name}/day={day}/{version:08d}.parquet"
                live.append(self._write(merged, day, path, since_us, seal))
        return live

    def _kept(
        self, kind: type[B], old: Manifest, file: ArchiveFile, exchanged: Sequence[Stretch]
    ) -> B | None:
        """What is left of a file that an exchange touches; None where it is untouched."""
        if not any(
            file.max_at_us > since and file.min_at_us <= until for since, until in exchanged
        ):
            return None
        rows = read_file(kind, self.root, file, old)
        keep = outside(rows.at_us, exchanged)
        return None if keep.all() else rows.take(keep)

    def _write(self, rows: B, day: str, path: str, since_us: int, seal: Seal) -> ArchiveFile:
        order = np.lexsort((rows.seq, rows.received_at_us, rows.report_id, rows.at_us, rows.mmsi))
        rows = rows.take(order)
        target = self.root / path
        make_dir(target.parent)
        table = to_arrow(rows, seal.stations, seal.feeds)
        names = set(table.column_names)
        pq.write_table(
            table,
            target,
            compression="zstd",
            compression_level=3,
            row_group_size=ROW_GROUP_ROWS,
            use_dictionary=[n for n in _DICTIONARY if n in names],
            column_encoding={n: e for n, e in _ENCODING.items() if n in names},
        )
        sync_file(target)
        sync_dir(target.parent)
        return ArchiveFile(
            path,
            folder(type(rows)),
            day,
            len(rows),
            target.stat().st_size,
            int(rows.at_us.min()),
            int(rows.at_us.max()),
            int(rows.seq.min()),
            int(rows.seq.max()),
            since_us,
            seal.until_us,
        )


def _day(number: int) -> str:
    return str(np.datetime64(number, "D"))
