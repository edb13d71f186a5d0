"""`Spool`: what a station heard, on its own disk until the node has it.

A raw-line log in small segments, with a name of its own. Above its size ceiling, or below the
free-space floor, the oldest rows go: the acknowledged ones first, and only then rows that the node
has not got. Their numbers stay missing, so that whoever reads on can say how many were lost.

spool directory/
  00000000000000000001.log …   segments as in `segment.py`, every row with its CRC
  spool.json                   id, after (rows up to here belong to an older id), sources by code
"""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from mda.errors import StoreError
from mda.model import Lines, Sentence
from mda.store.durable import replace_file
from mda.store.rawlog import RawLog
from mda.store.segment import NO_LIMIT, Damage, segments

SEGMENT_BYTES: Final = 4 << 20
"""Small: rows go by whole segments, and a reader that fell behind begins with a whole one."""
_FRESH_ROWS: Final = 5_000
_LOOK_APPENDS: Final = 64
_ID_BYTES: Final = 8


class Spool:
    """One station's rows in order of arrival, numbered from 1. For one writer and one reader."""

    def __init__(
        self,
        directory: Path,
        sources: Sequence[str],
        *,
        ceiling_bytes: int,
        floor_bytes: int,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        """Open the spool, or make it. StoreError: another process holds it, or it is damaged."""
        self._log = RawLog.open(directory, segment_bytes=segment_bytes)
        self._about = directory / "spool.json"
        self._ceiling_bytes, self._floor_bytes = ceiling_bytes, floor_bytes
        self._segment_bytes = segment_bytes
        self.lost_rows = 0
        """Rows that had to go before the node had them, since this was opened."""
        self._acked = 0
        self._since_look = _LOOK_APPENDS
        self._fresh: deque[Lines] = deque()
        self._mutex = threading.Lock()
        try:
            said = self._read_about()
        except StoreError:
            self._log.close()
            raise
        known = [str(name) for name in said.get("sources", [])]
        self.sources: list[str] = [*known, *(n for n in dict.fromkeys(sources) if n not in known)]
        """Names of the sources by their code in the rows."""
        self.id = str(said.get("id") or secrets.token_hex(_ID_BYTES))
        self._after = int(said.get("after", 0))
        if self._log.last_seq < self._after:
            # The disk has forgotten rows that were counted: their numbers would come again.
            self.id, self._after = secrets.token_hex(_ID_BYTES), self._log.last_seq
        self._opened_seq = self._log.last_seq
        self._write_about()

    @property
    def first_seq(self) -> int:
        """The oldest row that is left and belongs to this id."""
        return max(self._log.first_seq, self._after + 1)

    @property
    def last_seq(self) -> int:
        """The newest durable row."""
        return self._log.last_seq

    @property
    def bytes_held(self) -> int:
        """Size of the segments on the disk."""
        return sum(path.stat().st_size for _, path in segments(self._log.directory))

    @property
    def broken(self) -> str:
        """Why nothing can be written any more until it is opened again; empty when it can."""
        return self._log.broken

    def codes(self) -> dict[str, int]:
        """Codes of the sources by name."""
        return {name: code for code, name in enumerate(self.sources)}

    def append(self, rows: Sequence[Sentence]) -> Lines:
        """Write rows; durable on return. StoreError: the disk is full whatever is dropped."""
        self._since_look += 1
        if self._since_look >= _LOOK_APPENDS:
            self._since_look = 0
            self._make_room(0)
        try:
            lines = self._log.append(rows)
        except StoreError:
            if not self._make_room(2 * self._segment_bytes):
                raise
            lines = self._log.append(rows)
        with self._mutex:
            self._fresh.append(lines)
            while sum(map(len, self._fresh)) > _FRESH_ROWS and len(self._fresh) > 1:
                self._fresh.popleft()
        return lines

    def read(self, after_seq: int) -> Iterator[Lines]:
        """Rows above a number, in order, up to the newest; damaged and dropped ones are missing.

        The newest are still in memory (they are on the disk all the same).
        """
        with self._mutex:
            fresh = list(self._fresh)
        if fresh and int(fresh[0].seq[0]) <= after_seq + 1:
            for lines in fresh:
                skip = int(lines.seq.searchsorted(after_seq, "right"))
                if skip < len(lines):
                    yield lines.take(skip, len(lines))
            return
        try:
            yield from self._log.read(after_seq, self._segment_bytes, damage=Damage())
        except FileNotFoundError:
            return  # dropped as it was about to be read: whoever asks again finds the rest

    def acknowledged(self, seq: int) -> None:
        """The node has every row up to here: they may go first."""
        self._acked = max(self._acked, seq)

    def renew(self) -> None:
        """Take a new id: the node has rows under the old one that are lost here.

        What was written since this was opened wears numbers that the node takes for those, and was
        never sent: it goes under the new id. What is older the node has.
        """
        had = max(self._opened_seq, self._acked)
        self.id, self._after = secrets.token_hex(_ID_BYTES), had
        self._acked = 0
        self._write_about()

    def close(self) -> None:
        """Let go of the directory."""
        self._log.close()

    def _make_room(self, wanted_bytes: int) -> int:
        """Drop the oldest segments over the ceiling or under the floor; bytes freed."""
        free_bytes = shutil.disk_usage(self._log.directory).free
        over_bytes = max(
            self.bytes_held - self._ceiling_bytes, self._floor_bytes - free_bytes, wanted_bytes
        )
        if over_bytes <= 0:
            return 0
        freed = self._log.drop_before(NO_LIMIT, self._acked + 1, over_bytes)
        if freed < over_bytes:
            first = max(self._log.first_seq, self._acked + 1)
            freed += self._log.drop_before(NO_LIMIT, NO_LIMIT, over_bytes - freed)
            self.lost_rows += max(0, self._log.first_seq - first)
            with self._mutex:
                self._fresh.clear()
        return freed

    def _read_about(self) -> dict[str, Any]:
        if not self._about.exists():
            return {}
        try:
            said = json.loads(self._about.read_text("utf-8"))
        except ValueError as error:
            do = "Move the spool away: a new one is made"
            raise StoreError("damaged", where=str(self._about), do=do) from error
        return said if isinstance(said, dict) else {}

    def _write_about(self) -> None:
        said = {"id": self.id, "after": self._after, "sources": self.sources}
        replace_file(self._about, json.dumps(said).encode())
