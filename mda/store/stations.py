"""The time series of station health: a row per run, station, feed and grid instant, in SQLite.

It stands in the desk store's file, so that a backup has it and a reader needs no lock. A row told
again (a restart folds the log again, late data is reconciled) takes the place of the one before it:
nothing is doubled. `station` and `feed` are names; what is not known is null.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from mda.model import Books
from mda.model.health import StationHealth
from mda.store.columns import INSTANT

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS stations (
  run TEXT NOT NULL, at_us INTEGER NOT NULL, station TEXT NOT NULL, feed TEXT NOT NULL,
  body TEXT NOT NULL, PRIMARY KEY (run, at_us, station, feed)) WITHOUT ROWID;
"""
_ASK: Final = "SELECT run, body FROM stations ORDER BY run, at_us, station, feed"
_LATEST: Final = (
    "SELECT s.body FROM stations s JOIN (SELECT run, station, feed, max(at_us) AS at_us "
    "FROM stations WHERE run = (SELECT run FROM stations ORDER BY at_us DESC LIMIT 1) "
    "GROUP BY run, station, feed) USING (run, station, feed, at_us) ORDER BY s.station, s.feed"
)
_COUNT, _NUMBER = pa.int64(), pa.float64()
STATIONS: Final = pa.schema(
    [
        ("run", pa.string()), ("at", INSTANT), ("station", pa.string()), ("feed", pa.string()),
        ("first_heard", INSTANT), ("last_heard", INSTANT), ("messages", _COUNT),
        ("messages_10min", _COUNT), ("messages_60min", _COUNT), ("last_hour_messages", _COUNT),
        ("week_ago_messages", _COUNT), ("duplicate_share", _NUMBER), ("unique_share", _NUMBER),
        ("level_db", _NUMBER), ("offset_ppm", _NUMBER), ("reconnects", _COUNT),
        ("clock_offset_s", _NUMBER), ("clock_error_s", _NUMBER), ("clock_spread_s", _NUMBER),
        ("clock_messages", _COUNT), ("clock_agreeing", _COUNT), ("clock_ships", _COUNT),
        ("clock_bases", _COUNT), ("clock_confidence", pa.string()), ("clock_jump_s", _NUMBER),
        ("lon_deg", _NUMBER), ("lat_deg", _NUMBER), ("furthest_m", pa.list_(_NUMBER)),
        ("feed_lines", _COUNT), ("feed_rejected", _COUNT),
    ]
)  # fmt: skip
"""Columns of `stations` in SQL. `feed_lines` and `feed_rejected` are the feed's books since its
beginning, without foreign lines, as they stood when the row was written."""
_FOREIGN = ("comment", "header", "not_ais")
"""Reasons of lines that never meant to be AIS: a receiver that mixes GPS in hears no worse."""


def station_body(
    row: StationHealth, stations: Sequence[str], feeds: Sequence[str], books: Mapping[int, Books]
) -> dict[str, Any]:
    """A row with names for codes and its feed's books beside it: plain JSON values."""
    body = row.to_json()
    clock = body.pop("clock")
    names = ("offset_s", "error_s", "spread_s", "messages", "agreeing", "ships", "bases")
    body |= {f"clock_{name}": clock[name] if clock else None for name in names}
    body["clock_confidence"] = clock["confidence"] if clock else "none"
    body["station"], body["feed"] = stations[row.station], feeds[row.feed]
    held = books.get(row.feed, Books())
    foreign = sum(held.rejected.get(reason, 0) for reason in _FOREIGN)
    body["feed_lines"] = held.lines - foreign
    body["feed_rejected"] = sum(held.rejected.values()) - foreign
    return body


def put(link: sqlite3.Connection, run: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Write rows within the caller's transaction; one of the same instant is exchanged."""
    rows = [
        (run, b["at_us"], b["station"], b["feed"], json.dumps(b, sort_keys=True)) for b in bodies
    ]
    link.executemany("INSERT OR REPLACE INTO stations VALUES (?, ?, ?, ?, ?)", rows)


def latest(path: Path) -> list[dict[str, Any]]:
    """The newest row of every station and feed of the run that was written last.

    Empty where there is no desk store, or none of any station's health in it.
    """
    return [json.loads(body) for (body,) in _rows(path, _LATEST)]


def table(path: Path) -> Any:
    """All rows as a pyarrow.Table with the columns `STATIONS`."""
    rows = [_outside(run, json.loads(body)) for run, body in _rows(path, _ASK)]
    return pa.Table.from_pylist(rows, STATIONS)


def _rows(path: Path, query: str) -> list[Any]:
    if not path.exists():
        return []
    link = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10.0)
    try:
        held = "SELECT 1 FROM sqlite_master WHERE name = 'stations'"
        return link.execute(query).fetchall() if link.execute(held).fetchone() else []
    finally:
        link.close()


def _outside(run: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A row as an outside reader gets it: instants without `_us`."""
    return {"run": run, **{name.removesuffix("_us"): value for name, value in body.items()}}
