"""Questions to a node's archive, from any process, while the node writes.

DuckDB in memory over the manifest's files and the desk store: nothing is locked, no extension is
loaded. `at` is a word of DuckDB's SQL: write it `"at"` or `reports.at`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import duckdb
import pyarrow as pa

from mda.clock import NO_TIME_US
from mda.errors import StoreError
from mda.model import Reports, Statics
from mda.store import stations
from mda.store.archive import folder, read_stretch, settled_order
from mda.store.columns import INSTANT, schema
from mda.store.desk import connect
from mda.store.manifest import NAME, Manifest

A = TypeVar("A")
B = TypeVar("B", Reports, Statics)
EVER_US: Final = 2**63 - 1

_MMSIS, _WORDS = pa.list_(pa.uint32()), pa.list_(pa.string())
FINDINGS: Final = pa.schema(
    [
        ("run", pa.string()), ("id", pa.string()), ("kind", pa.string()), ("mmsi", pa.uint32()),
        ("mmsis", _MMSIS), ("onset_at", INSTANT), ("opened_at", INSTANT), ("closed_at", INSTANT),
        ("revised_at", INSTANT), ("revision", pa.int32()), ("status", pa.string()),
        ("probability", pa.float64()), ("lon_deg", pa.float64()), ("lat_deg", pa.float64()),
        ("zones", _WORDS), ("summary", pa.string()), ("evidence", pa.string()),
        ("reason", pa.string()), ("detector", pa.string()), ("detector_version", pa.string()),
        ("config_hash", pa.string()),
    ]
)  # fmt: skip
CASES: Final = pa.schema(
    [
        ("run", pa.string()), ("id", pa.string()), ("kind", pa.string()), ("mmsi", pa.uint32()),
        ("mmsis", _MMSIS), ("priority", pa.string()), ("state", pa.string()),
        ("filed", pa.bool_()), ("title", pa.string()), ("sentence", pa.string()),
        ("opened_at", INSTANT), ("updated_at", INSTANT), ("closed_at", INSTANT),
        ("revision", pa.int32()), ("lon_deg", pa.float64()), ("lat_deg", pa.float64()),
        ("finding_ids", _WORDS),
    ]
)  # fmt: skip
_LATEST_FINDINGS = "SELECT run, body, max(revision) FROM findings GROUP BY run, id ORDER BY run, id"
_CASES = "SELECT run, body, revision FROM cases ORDER BY run, id"


class Archive:
    """A node's directory, opened to read. Every call sees the newest published manifest."""

    def __init__(self, root: Path) -> None:
        """Use `open`."""
        self._root = root
        self._duckdb = duckdb.connect(
            ":memory:",
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
        )
        self._duckdb.execute("SET TimeZone = 'UTC'")

    @classmethod
    def open(cls, root: Path) -> Self:
        """The archive in a node's directory. StoreError: there is none."""
        if not (root / NAME).exists():
            raise StoreError(
                "no archive here",
                where=str(root),
                do="Name a directory that mda ingest or serve made",
            )
        Manifest.load(root)
        return cls(root)

    @property
    def manifest(self) -> Manifest:
        """The archive as last published: names of stations and feeds, files, and how far."""
        return Manifest.load(self._root)

    def span_us(self) -> tuple[int, int] | None:
        """Event time of the first and the last report; None where there is none."""
        files = [f for f in self.manifest.files if f.kind == "reports"]
        if not files:
            return None
        return min(f.min_at_us for f in files), max(f.max_at_us for f in files)

    def reports(
        self, since_us: int = NO_TIME_US, until_us: int = EVER_US, mmsi: int | None = None
    ) -> Reports:
        """Reports with since < at <= until, of all vessels or one, in settled order."""
        return self._read(Reports, since_us, until_us, mmsi)

    def statics(
        self, since_us: int = NO_TIME_US, until_us: int = EVER_US, mmsi: int | None = None
    ) -> Statics:
        """Statics with since < at <= until, of all vessels or one, in settled order."""
        return self._read(Statics, since_us, until_us, mmsi)

    def sql(self, text: str, values: Sequence[Any] = ()) -> Any:
        """The answer to a question over `reports`, `statics`, `findings`, `cases`, `stations`.

        It is a pyarrow.Table. `values` stand for the question's `?`; a statement without an
        answer (SET) gives no rows. StoreError: DuckDB does not understand it.
        """
        try:
            return self._retry(lambda manifest: self._ask(manifest, text, values))
        except duckdb.Error as error:
            raise StoreError(
                f"the question was not understood: {error}",
                do='Write the column at as "at" or reports.at: it is a word of SQL',
            ) from error

    def close(self) -> None:
        """Let go of DuckDB."""
        self._duckdb.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, kind: type[B], since_us: int, until_us: int, mmsi: int | None) -> B:
        def read(manifest: Manifest) -> B:
            rows = kind.concat(read_stretch(kind, self._root, manifest, (since_us, until_us), mmsi))
            return rows.take(settled_order(rows))

        return self._retry(read)

    def _retry(self, ask: Callable[[Manifest], A]) -> A:
        """Ask again where the files were replaced and deleted under a slow reader."""
        while True:
            manifest = self.manifest
            try:
                return ask(manifest)
            except (StoreError, duckdb.IOException):
                if self.manifest.version == manifest.version:
                    raise

    def _ask(self, manifest: Manifest, text: str, values: Sequence[Any]) -> Any:
        for kind, columns in ((Reports, "* REPLACE (coalesce(heard_id, report_id) AS heard_id)"),
                              (Statics, "*")):  # fmt: skip
            self._view(manifest, kind, columns)
        desk = _desk(self._root / "desk.sqlite")
        if "stations" in text.lower():  # years of rows: read where they are asked for
            desk["stations"] = stations.table(self._root / "desk.sqlite")
        for name, table in desk.items():
            self._duckdb.register(name, table)
        answer = self._duckdb.sql(text, params=list(values) or None)
        return pa.table({}) if answer is None else answer.to_arrow_table()

    def _view(self, manifest: Manifest, kind: type[Reports] | type[Statics], columns: str) -> None:
        name = folder(kind)
        paths = [str(self._root / f.path) for f in manifest.files if f.kind == name]
        if paths:
            listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
            source = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
        else:
            source = f"empty_{name}"
            self._duckdb.register(source, schema(kind).empty_table())
        self._duckdb.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} FROM {source}")


def _desk(path: Path) -> dict[str, Any]:
    """The tables `findings` and `cases` of all runs, each in its latest revision."""
    if not path.exists():
        return {"findings": FINDINGS.empty_table(), "cases": CASES.empty_table()}
    link = connect(path, writable=False)
    try:
        found = link.execute(_LATEST_FINDINGS).fetchall()
        cases = link.execute(_CASES).fetchall()
    finally:
        link.close()
    return {"findings": _table(FINDINGS, found), "cases": _table(CASES, cases)}


def _table(columns: Any, rows: Sequence[tuple[str, str, int]]) -> Any:
    return pa.Table.from_pylist([_outside(run, json.loads(b)) for run, b, _ in rows], columns)


def _outside(run: str, body: dict[str, Any]) -> dict[str, Any]:
    """A finding or case as an outside reader gets it: `_at` instants, texts, nulls."""
    row = {name.removesuffix("_us") if name.endswith("_at_us") else name: value
           for name, value in body.items()}  # fmt: skip
    row |= {"run": run, "mmsi": body["mmsis"][0] if body["mmsis"] else None}
    for name in ("lon_deg", "lat_deg"):
        row[name] = None if row[name] != row[name] else row[name]
    if "evidence" in row:
        row["evidence"] = json.dumps(row["evidence"], sort_keys=True)
        row["zones"] = [zone["name"] for zone in row["zones"]]
    return row
