"""The desk store: findings, cases, what people did, and the events of the page; SQLite.

Write-ahead log with synchronous FULL: what `commit` returned survives power loss. One connection
writes under a lock, another reads, so that a page never waits for a disk. A commit says which log
row it is the consequence of (`covered_seq`), and committing the same again after a crash and a
replay adds nothing.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from mda.errors import StoreError
from mda.model import Act, Case, DeskBatch, Event, Finding
from mda.store import stations
from mda.store.durable import make_dir, sync_dir

SCHEMA_VERSION: Final = 1
SCHEMA: Final = """
CREATE TABLE findings (
  run TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, revised_at_us INTEGER NOT NULL,
  body TEXT NOT NULL, PRIMARY KEY (run, id, revision)) WITHOUT ROWID;
CREATE TABLE case_revisions (
  run TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (run, id, revision)) WITHOUT ROWID;
CREATE TABLE cases (
  run TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, opened_at_us INTEGER NOT NULL,
  body TEXT NOT NULL, PRIMARY KEY (run, id)) WITHOUT ROWID;
CREATE TABLE acts (
  id TEXT PRIMARY KEY, run TEXT NOT NULL, case_id TEXT NOT NULL, at_us INTEGER NOT NULL,
  body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX acts_of_run ON acts (run, at_us);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, at_us INTEGER NOT NULL,
  kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX events_of_run ON events (run, seq);
CREATE INDEX events_by_time ON events (run, at_us, kind);
CREATE TABLE covered (run TEXT PRIMARY KEY, log_seq INTEGER NOT NULL) WITHOUT ROWID;
"""
Claim = TypeVar("Claim", Finding, Case)
Row = tuple[Any, ...]


def to_text(body: Any) -> str:
    """Canonical JSON: equal content, equal text."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    """A connection to a desk store. Read-only ones work while another process writes.

    StoreError: there is none, or it is of another version.
    """
    if not writable and not path.exists():
        raise StoreError("no desk store", where=str(path), do="Name a node's directory")
    mode = "rwc" if writable else "ro"
    link = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=10.0,
    )
    try:
        if writable:
            link.execute("PRAGMA journal_mode = WAL")
            link.execute("PRAGMA synchronous = FULL")
        version = int(link.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        link.close()
        raise StoreError(
            f"the desk store cannot be opened: {error}", where=str(path), do="Restore a backup"
        ) from error
    if version not in (0, SCHEMA_VERSION):
        link.close()
        raise StoreError(
            f"desk store version {version} is not version {SCHEMA_VERSION}",
            where=str(path),
            do="Use the version of mda that wrote it",
        )
    return link


class DeskStore:
    """What people must be able to rely on. Thread-safe; `run` keeps replays and backtests apart."""

    def __init__(self, path: Path, first_seq: int) -> None:
        """Use `open`."""
        self._path = path
        self._write = connect(path, writable=True)
        self._write_mutex, self._read_mutex = threading.Lock(), threading.Lock()
        if self._write.execute("PRAGMA user_version").fetchone()[0] == 0:
            self._write.executescript(
                f"BEGIN;{SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;"
            )
            self._write.execute(
                "INSERT INTO sqlite_sequence VALUES ('events', ?)", (first_seq - 1,)
            )
            sync_dir(path.parent)
        self._write.execute(stations.SCHEMA)
        self._read = connect(path, writable=False)

    @classmethod
    def open(cls, path: Path, first_seq: int = 1) -> Self:
        """The desk store in a file, made where there is none. StoreError: it is damaged.

        `first_seq` numbers the first event of a new file: a page that followed an earlier run then
        never takes the new one's events for that one's.
        """
        make_dir(path.parent)
        return cls(path, first_seq)

    def commit(self, run: str, batch: DeskBatch) -> list[Event]:
        """Make a batch durable, all or nothing; the events that are new, in order.

        A finding or case revision already there with equal content, an act whose id is there, and
        a log event equal to one there add nothing. Content that differs under a revision number
        already taken (the settings changed between a crash and its replay) gets the next number.
        StoreError: the disk is full or another process holds the file.
        """
        with self._transaction():
            return self._store(run, batch)

    def put_stations(self, run: str, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Make rows of station health (`stations.station_body`) durable, all or nothing.

        A row of the same run, instant, station and feed is exchanged. StoreError as in `commit`.
        """
        if bodies:
            with self._transaction():
                stations.put(self._write, run, bodies)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Hold the writer; all within becomes durable at the end, or nothing does."""
        with self._write_mutex:
            try:
                self._write.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._write.execute("COMMIT")
                finally:
                    if self._write.in_transaction:
                        self._write.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                raise StoreError(
                    f"the desk store cannot be written: {error}",
                    where=str(self._path),
                    do="Free space, or stop the process that holds it",
                ) from error

    def events_after(self, run: str, seq: int, limit: int) -> list[Event]:
        """A run's events numbered above `seq`, oldest first, at most `limit`."""
        rows = self._rows(
            "SELECT seq, at_us, kind, body FROM events WHERE run = ? AND seq > ? "
            "ORDER BY seq LIMIT ?",
            (run, seq, limit),
        )
        return [Event(seq, at_us, kind, json.loads(body)) for seq, at_us, kind, body in rows]

    def last_seq(self) -> int:
        """Number of the newest event of any run; one before the first where there is none."""
        rows = self._rows("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
        return int(rows[0][0]) if rows else 0

    def cases(self, run: str) -> list[Case]:
        """The latest revision of each case, oldest first."""
        rows = self._rows("SELECT body FROM cases WHERE run = ? ORDER BY opened_at_us, id", (run,))
        return [Case.from_json(json.loads(body)) for (body,) in rows]

    def findings(self, run: str, ids: Iterable[str] | None = None) -> list[Finding]:
        """The latest revision of each finding, or of those named, in order of emission."""
        latest = "SELECT body, max(revision) FROM findings WHERE run = ? {} GROUP BY id"
        if ids is None:
            rows = self._rows(latest.format(""), (run,))
        else:
            query = latest.format("AND id = ?")
            rows = [row for name in sorted(set(ids)) for row in self._rows(query, (run, name))]
        return sorted((Finding.from_json(json.loads(r[0])) for r in rows), key=Finding.order)

    def acts(self, run: str) -> list[Act]:
        """What people did in a run, in the order in which it became durable."""
        rows = self._rows(
            "SELECT body FROM events WHERE run = ? AND kind = 'act' ORDER BY seq", (run,)
        )
        return [Act(**json.loads(body)) for (body,) in rows]

    def covered_seq(self, run: str) -> int:
        """The log row up to which all consequences are here; 0 for a new run."""
        rows = self._rows("SELECT log_seq FROM covered WHERE run = ?", (run,))
        return int(rows[0][0]) if rows else 0

    def copy_to(self, path: Path) -> None:
        """A consistent copy in another file, while this one is written."""
        copy_desk(self._path, path)

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        with self._write_mutex, self._read_mutex:
            self._read.close()
            self._write.close()

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        with self._read_mutex:
            try:
                return self._read.execute(query, values).fetchall()
            except sqlite3.ProgrammingError as error:
                raise StoreError(
                    "the desk store is closed", where=str(self._path), do="Ask again"
                ) from error

    def _store(self, run: str, batch: DeskBatch) -> list[Event]:
        write = self._write.execute
        events: list[Event] = []

        def emit(at_us: int, kind: Any, body: Any) -> None:
            text = to_text(body)
            cursor = write(
                "INSERT INTO events (run, at_us, kind, body) VALUES (?, ?, ?, ?)",
                (run, at_us, kind, text),
            )
            events.append(Event(int(cursor.lastrowid or 0), at_us, kind, json.loads(text)))

        for finding in batch.findings:
            new = self._revise("findings", run, finding, finding.revised_at_us)
            if new is not None:
                emit(new.revised_at_us, "finding", new.to_json())
        for act in batch.acts:
            body = {name: getattr(act, name) for name in Act.__slots__}
            values = (act.id, run, act.case_id, act.at_us, to_text(body))
            if write("INSERT OR IGNORE INTO acts VALUES (?, ?, ?, ?, ?)", values).rowcount:
                emit(act.at_us, "act", body)
        for case in batch.cases:
            stored = self._revise("case_revisions", run, case)
            if stored is not None:
                write(
                    "INSERT INTO cases VALUES (?, ?, ?, ?, ?) ON CONFLICT (run, id) DO UPDATE SET "
                    "revision = excluded.revision, opened_at_us = excluded.opened_at_us, "
                    "body = excluded.body WHERE excluded.revision > cases.revision",
                    (run, case.id, stored.revision, case.opened_at_us, to_text(stored.to_json())),
                )
                emit(stored.updated_at_us, "case", stored.to_json())
        for event in batch.log:
            held = write(
                "SELECT 1 FROM events WHERE run = ? AND at_us = ? AND kind = ? AND body = ?",
                (run, event.at_us, event.kind, to_text(event.body)),
            )
            if held.fetchone() is None:
                emit(event.at_us, event.kind, event.body)
        write(
            "INSERT INTO covered VALUES (?, ?) ON CONFLICT (run) DO UPDATE "
            "SET log_seq = max(log_seq, excluded.log_seq)",
            (run, batch.covers_seq),
        )
        return events

    def _revise(self, table: str, run: str, claim: Claim, *columns: int) -> Claim | None:
        """Store a revision; as stored, or None where its content is there already."""
        query = f"SELECT revision, body FROM {table} WHERE run = ? AND id = ?"
        held: dict[int, str] = dict(self._write.execute(query, (run, claim.id)).fetchall())
        if claim.revision in held:
            bare = _bare(to_text(claim.to_json()))
            if any(_bare(body) == bare for body in held.values()):
                return None
            claim = replace(claim, revision=max(held) + 1)
        marks = ", ".join("?" * (4 + len(columns)))
        self._write.execute(
            f"INSERT INTO {table} VALUES ({marks})",
            (run, claim.id, claim.revision, *columns, to_text(claim.to_json())),
        )
        return claim


def _bare(text: str) -> str:
    """A claim's content without its number, as text: NaN equals NaN."""
    body = json.loads(text)
    del body["revision"]
    return to_text(body)


def copy_desk(source: Path, target: Path) -> None:
    """A consistent copy of a desk store by SQLite's backup API, while another process writes."""
    reader = connect(source, writable=False)
    try:
        copy = sqlite3.connect(target)
        try:
            reader.backup(copy)
        finally:
            copy.close()
    finally:
        reader.close()
