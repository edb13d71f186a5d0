"""A node's directory, and everything in it opened together.

node-data/
  log/            raw-line log segments, feeds.json (which feed has which code)
  archive/        reports/day=YYYY-MM-DD/*.parquet, statics/day=YYYY-MM-DD/*.parquet
  snapshots/      state of the flow at the last seal
  keyframes/      settled states on the grid of event time
  manifest.json   which of these files are live
  desk.sqlite     findings, cases, acts, events
  zones/          the node's own zones, version by version (mda zones add)
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from mda.clock import Clock
from mda.config import Config
from mda.errors import StoreError
from mda.store.desk import DeskStore
from mda.store.durable import make_dir, replace_file
from mda.store.history import ArchiveHistory, Keeping
from mda.store.rawlog import RawLog
from mda.store.segment import NO_LIMIT
from mda.units import US_PER_H, US_PER_S

_US_PER_D: Final = 24 * US_PER_H
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class NodeDir:
    """Where things are in a node's directory."""

    root: Path

    @property
    def log(self) -> Path:
        """Directory of the raw-line log."""
        return self.root / "log"

    @property
    def desk(self) -> Path:
        """The desk store's file."""
        return self.root / "desk.sqlite"

    @property
    def feeds(self) -> Path:
        """Names of feeds by their code in the log."""
        return self.log / "feeds.json"


class NodeStore:
    """The raw log, the history and the desk store of one node, held by one process."""

    def __init__(self, root: Path, config: Config, clock: Clock, first_seq: int) -> None:
        """Use `open`."""
        self.dir = NodeDir(root)
        make_dir(root)
        self._keep_us = config.integer("store.raw_keep_d") * _US_PER_D
        self._floor_bytes = round(config.number("store.free_floor_mib") * _MIB)
        keeping = Keeping(
            config.integer("store.compact_files"),
            round(config.number("store.grace_s") * US_PER_S),
            round(config.number("store.keyframe_dense_h") * US_PER_H),
            round(config.number("flow.horizon_h") * US_PER_H),
        )
        self.history = ArchiveHistory.open(root, clock, keeping)
        try:
            segment_bytes = config.integer("store.segment_mib") * _MIB
            self.log = RawLog.open(self.dir.log, segment_bytes=segment_bytes)
            try:
                self.desk = DeskStore.open(self.dir.desk, first_seq)
            except StoreError:
                self.log.close()
                raise
        except StoreError:
            self.history.close()
            raise

    @classmethod
    def open(cls, root: Path, config: Config, clock: Clock, first_seq: int = 1) -> Self:
        """Everything of a node's directory, made where there is none.

        `clock` is the machine's: it counts the grace time of replaced files; `first_seq` numbers
        the first event of a new desk store. StoreError: another
        process holds it, or something in it is damaged.
        """
        return cls(root, config, clock, first_seq)

    def feed_codes(self, names: Sequence[str]) -> dict[str, int]:
        """Codes of feeds in the log's rows; a new name gets the next one, durable on return."""
        path = self.dir.feeds
        try:
            known: list[str] = json.loads(path.read_text("utf-8")) if path.exists() else []
        except ValueError as error:
            raise StoreError("damaged", where=str(path), do="Restore a backup") from error
        fresh = [name for name in dict.fromkeys(names) if name not in known]
        if fresh:
            known += fresh
            replace_file(path, json.dumps(known).encode())
        return {name: code for code, name in enumerate(known)}

    def retire(self, now_us: int, covered_seq: int) -> int:
        """Drop raw lines past their days, or the oldest under the free-space floor; bytes freed.

        `now_us` is the node's clock. Never those that a restart needs: rows above what the last
        seal and the desk store (`covered_seq`) cover.
        """
        needed = min(self.history.manifest.log_seq, covered_seq) + 1
        freed = self.log.drop_before(now_us - self._keep_us, needed)
        missing = self._floor_bytes - shutil.disk_usage(self.dir.root).free
        if missing > 0:
            freed += self.log.drop_before(NO_LIMIT, needed, missing)
        return freed

    def close(self) -> None:
        """Let go of everything. What is not sealed is made again from the log."""
        self.desk.close()
        self.log.close()
        self.history.close()
