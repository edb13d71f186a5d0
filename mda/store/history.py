"""What has been settled: sealed Parquet files and the unsealed tail, read as one.

*The law.* Rows after a crash and a replay equal the rows without a crash: nothing doubled, nothing
lost. It holds because rows, keyframes, snapshot and log number become durable in one commit (the
manifest), and whatever came after is made again from the raw log.

*Layers.* A read sees ((files - exchanged) + rows being sealed - exchanged since) + tail. While a
seal runs on its thread the caller goes on adding, exchanging and reading.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from mda.clock import NO_TIME_US, Clock
from mda.errors import StoreError
from mda.model import Control, Reports, Settled, Statics
from mda.store.archive import Seal, Sealer, Stretch, outside, read_stretch, settled_order
from mda.store.durable import DirLock, make_dir
from mda.store.keyframes import FileKeyframes
from mda.store.manifest import Manifest
from mda.units import US_PER_H, US_PER_S

B = TypeVar("B", Reports, Statics)


class Tail:
    """Rows in memory, as they came."""

    def __init__(self, reports: Sequence[Reports] = (), statics: Sequence[Statics] = ()) -> None:
        self.reports = [b for b in reports if len(b)]
        self.statics = [b for b in statics if len(b)]

    @property
    def rows(self) -> int:
        """How many rows, of both kinds."""
        return sum(len(b) for b in self.reports) + sum(len(b) for b in self.statics)

    def add(self, reports: Reports, statics: Statics) -> None:
        """Append rows of any time."""
        self.reports += [reports] if len(reports) else []
        self.statics += [statics] if len(statics) else []

    def without(self, stretches: Sequence[Stretch]) -> Tail:
        """The rows that lie in none of the stretches."""
        if not stretches:
            return self
        return Tail(
            [_cut(b, stretches) for b in self.reports], [_cut(b, stretches) for b in self.statics]
        )

    def within(self, stretch: Stretch) -> Tail:
        """The rows with since < at <= until."""
        return Tail(
            [_pick(b, stretch) for b in self.reports], [_pick(b, stretch) for b in self.statics]
        )

    def merged(self) -> tuple[Reports, Statics]:
        """All rows in settled order."""
        return _ordered(Reports.concat(self.reports)), _ordered(Statics.concat(self.statics))


def _cut(batch: B, stretches: Sequence[Stretch]) -> B:
    keep = outside(batch.at_us, stretches)
    return batch if keep.all() else batch.take(keep)


def _pick(batch: B, stretch: Stretch) -> B:
    leave = outside(batch.at_us, [stretch])
    return batch.take(~leave) if leave.any() else batch


def _ordered(batch: B) -> B:
    return batch.take(settled_order(batch))


class MemoryHistory:
    """History of a batch run: all rows in memory."""

    def __init__(self) -> None:
        self._tail = Tail()

    def add(self, settled: Settled) -> None:
        """Append a released stretch."""
        self._tail.add(settled.reports, settled.statics)

    def read(self, since_us: int, until_us: int) -> tuple[Reports, Statics]:
        """Rows with since < at <= until, in settled order."""
        return self._tail.within((since_us, until_us)).merged()

    def replace(self, since_us: int, until_us: int, reports: Reports, statics: Statics) -> None:
        """Exchange the rows with since < at <= until for these."""
        self._tail = self._tail.without([(since_us, until_us)])
        self._tail.add(reports, statics)


@dataclass(frozen=True, slots=True)
class Recovered:
    """Where the flow goes on after a stop or crash: load the snapshot, replay from log_seq + 1."""

    until_us: int
    log_seq: int
    snapshot: bytes


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the archive is kept."""

    compact_files: int = 12
    grace_us: int = 300 * US_PER_S
    dense_us: int = 2 * US_PER_H
    horizon_us: int = 24 * US_PER_H


class ArchiveHistory:
    """History of a node: the archive behind its manifest, and the tail. Thread-safe.

    One process writes a node's directory. `keyframes` are the node's, made durable by the same
    seals as the rows.
    """

    def __init__(self, root: Path, clock: Clock, keeping: Keeping) -> None:
        """Use `open`."""
        make_dir(root / "archive")
        self._lock = DirLock(root, "the archive")
        self._root, self._clock = root, clock
        self._sealer = Sealer(root, keeping.compact_files, keeping.grace_us)
        self._mutex = threading.RLock()
        self._tail, self._exchanged = Tail(), list[Stretch]()
        self._controls = list[Control]()
        self._sealing, self._sealing_exchanged = Tail(), list[Stretch]()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="seal")
        self._running: Future[Manifest] | None = None
        self.failed: StoreError | None = None
        """Why the last seal failed; None once one succeeds. For whoever drops the futures."""
        try:
            self._manifest = Manifest.load(root)
            self.swept_files = self._sealer.sweep(self._manifest)
        except StoreError:
            self.close()
            raise
        self.keyframes = FileKeyframes(
            root, self._manifest.keyframes, keeping.dense_us, keeping.horizon_us
        )

    @classmethod
    def open(cls, root: Path, clock: Clock, keeping: Keeping | None = None) -> Self:
        """The history in a node's directory, made where there is none.

        `clock` counts the grace time of replaced files: hand it the machine's. StoreError:
        another process writes it, or its manifest is damaged.
        """
        return cls(root, clock, keeping or Keeping())

    @property
    def manifest(self) -> Manifest:
        """The archive as last published."""
        with self._mutex:
            return self._manifest

    @property
    def unsealed_rows(self) -> int:
        """Rows that a crash now would have to make again from the raw log."""
        with self._mutex:
            return self._tail.rows + self._sealing.rows

    def recover(self) -> Recovered | None:
        """What the last seal made durable; None where nothing was sealed yet."""
        manifest = self.manifest
        if manifest.snapshot is None:
            return None
        snapshot = manifest.snapshot.read(self._root)
        return Recovered(manifest.until_us, manifest.log_seq, snapshot)

    def add(self, settled: Settled) -> None:
        """Append a released stretch. Rows too late to be reconciled may ride along, of any time."""
        with self._mutex:
            self._tail.add(settled.reports, settled.statics)
            self._controls.extend(settled.controls)

    def replace(self, since_us: int, until_us: int, reports: Reports, statics: Statics) -> None:
        """Exchange the rows with since < at <= until for these; files follow at the next seal."""
        stretch = (since_us, until_us)
        with self._mutex:
            self._tail = self._tail.without([stretch])
            self._tail.add(reports, statics)
            self._exchanged.append(stretch)

    def read(self, since_us: int, until_us: int) -> tuple[Reports, Statics]:
        """Rows with since < at <= until, hull and flags as stored, in settled order."""
        stretch = (since_us, until_us)
        while True:
            with self._mutex:
                manifest, tail = self._manifest, self._tail.within(stretch)
                exchanged = list(self._exchanged)
                sealing = self._sealing.within(stretch).without(exchanged)
                void = [*exchanged, *self._sealing_exchanged]
            try:
                sealed = Tail(
                    read_stretch(Reports, self._root, manifest, stretch),
                    read_stretch(Statics, self._root, manifest, stretch),
                ).without(void)
            except StoreError:
                if self.manifest is manifest:
                    raise
                continue
            return Tail(
                [*sealed.reports, *sealing.reports, *tail.reports],
                [*sealed.statics, *sealing.statics, *tail.statics],
            ).merged()

    def seal(
        self,
        until_us: int,
        snapshot: bytes,
        log_seq: int,
        *,
        stations: Sequence[str],
        feeds: Sequence[str],
    ) -> Manifest:
        """`seal_async`, and wait for it."""
        return self.seal_async(until_us, snapshot, log_seq, stations=stations, feeds=feeds).result()

    def seal_async(
        self,
        until_us: int,
        snapshot: bytes,
        log_seq: int,
        *,
        stations: Sequence[str],
        feeds: Sequence[str],
    ) -> Future[Manifest]:
        """Make durable, in one commit, the rows up to `until_us`, the keyframes and the snapshot.

        The three belong to one moment: `snapshot` is the state of the flow when it had settled
        all up to `until_us` and nothing beyond, from log rows up to `log_seq`. Waits for a seal
        that still runs. The future raises StoreError where the disk refuses; the rows then wait
        for the next seal. StoreError here: the moment lies before the last seal, or names were
        not only appended.
        """
        if self._running is not None:
            self._running.exception()
        with self._mutex:
            old = self._manifest
            _check_order(old, until_us, log_seq, tuple(stations), tuple(feeds))
            settled = (NO_TIME_US, until_us)
            self._sealing = self._tail.within(settled)
            self._tail = self._tail.without([settled])
            self._sealing_exchanged, self._exchanged = self._exchanged, []
            states, kept = self.keyframes.begin_seal()
            reports, statics = self._sealing.merged()
            due = tuple((c.at_us, c.kind, c.feed) for c in self._controls if c.at_us <= until_us)
            seal = Seal(
                until_us,
                log_seq,
                snapshot,
                tuple(stations),
                tuple(feeds),
                reports,
                statics,
                tuple(self._sealing_exchanged),
                states,
                kept,
                due,
            )
            self._running = self._thread.submit(self._seal, old, seal)
            return self._running

    def close(self) -> None:
        """Wait for a running seal and let go of the directory. Unsealed rows are dropped."""
        self._thread.shutdown(wait=True)
        self._lock.release()

    def _seal(self, old: Manifest, seal: Seal) -> Manifest:
        new: Manifest | None = None
        try:
            new = self._sealer.seal(old, seal, self._clock.now_us())
            self.failed = None
            return new
        except StoreError as error:
            self.failed = error
            raise
        except OSError as error:
            self.failed = StoreError(
                f"the archive cannot be written: {error.strerror}",
                where=str(self._root),
                do="Free space or replace the disk; the raw log holds what is not sealed",
            )
            raise self.failed from error
        finally:
            self._settle(new)

    def _settle(self, new: Manifest | None) -> None:
        """The seal is published, or failed: then its rows go back under the tail."""
        with self._mutex:
            if new is None:
                back = self._sealing.without(self._exchanged)
                back.reports, back.statics = (
                    [*back.reports, *self._tail.reports],
                    [*back.statics, *self._tail.statics],
                )
                self._tail = back
                self._exchanged = [*self._sealing_exchanged, *self._exchanged]
            else:
                self._manifest = new
                self._controls = [c for c in self._controls if c.at_us > new.until_us]
            self._sealing, self._sealing_exchanged = Tail(), []
            self.keyframes.end_seal(new.keyframes if new else None)


def _check_order(
    old: Manifest, until_us: int, log_seq: int, stations: tuple[str, ...], feeds: tuple[str, ...]
) -> None:
    if until_us < old.until_us or log_seq < old.log_seq:
        raise StoreError(
            f"a seal up to row {log_seq} after one up to row {old.log_seq}",
            do="Recover from the last seal before going on",
        )
    for what, before, now in (("station", old.stations, stations), ("feed", old.feeds, feeds)):
        if now[: len(before)] != before or len(set(now)) != len(now):
            raise StoreError(
                f"the {what} names changed: they may only be appended, each once",
                do="Recover from the last seal before going on",
            )
