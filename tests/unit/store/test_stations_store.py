from __future__ import annotations

from pathlib import Path

import pytest

from mda.clock import parse_at
from mda.model import Books
from mda.model.health import ClockOffset, StationHealth
from mda.store.desk import DeskStore
from mda.store.manifest import Manifest
from mda.store.query import Archive
from mda.store.stations import latest, station_body, table

AT_US = parse_at("2026-03-01T12:00:00Z")
STEP_US = 600_000_000
CLOCK = ClockOffset(7.2, 0.1, 0.3, 30, 28, 5, 1, "high")
BOOKS = {0: Books(lines=100, decoded_lines=97, rejected={"checksum": 2, "no_checksum": 1})}


def row(step: int, station: int = 0, messages: int = 10, **more: object) -> StationHealth:
    at_us = AT_US + step * STEP_US
    fields: dict[str, object] = {
        "at_us": at_us, "station": station, "feed": 0, "first_heard_us": AT_US,
        "last_heard_us": at_us, "messages": messages, "messages_10min": 5, "messages_60min": 9,
        "last_hour_messages": 9, "week_ago_messages": None, "duplicate_share": 0.25,
        "unique_share": None, "level_db": None, "offset_ppm": 1.5, "reconnects": 0,
        "clock": CLOCK, **more,
    }  # fmt: skip
    return StationHealth(**fields)  # type: ignore[arg-type]


def body(*args: int, **more: object) -> dict[str, object]:
    return station_body(row(*args, **more), ["Scotts Head", "Roseau"], ["tcp"], BOOKS)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    Manifest(version=1).publish(tmp_path)
    return tmp_path


def test_a_row_told_again_takes_the_place_of_the_first(root: Path) -> None:
    store = DeskStore.open(root / "desk.sqlite")
    store.put_stations("live", [body(0), body(1)])
    store.put_stations("live", [body(1, messages=12), body(2, station=1)])
    store.put_stations("live", [])
    store.close()
    again = DeskStore.open(root / "desk.sqlite")
    rows = table(root / "desk.sqlite").to_pylist()
    assert [(r["station"], r["messages"]) for r in rows] == [
        ("Scotts Head", 10),
        ("Scotts Head", 12),
        ("Roseau", 10),
    ]
    found = latest(root / "desk.sqlite")
    assert [(b["station"], b["messages"]) for b in found] == [("Roseau", 10), ("Scotts Head", 12)]
    again.close()


def test_the_analyst_asks_in_sql(root: Path) -> None:
    store = DeskStore.open(root / "desk.sqlite")
    store.put_stations("live", [body(0), body(1, clock=None, furthest_m=(None, 1852.0))])
    with Archive.open(root) as archive:
        answer = archive.sql('SELECT * FROM stations ORDER BY "at"').to_pylist()
        assert archive.sql("SELECT count(*) AS n FROM findings").to_pylist() == [{"n": 0}]
    store.close()
    first, second = answer
    assert first["at"].isoformat() == "2026-03-01T12:00:00+00:00"
    assert (first["clock_offset_s"], first["clock_confidence"]) == (7.2, "high")
    assert (first["feed"], first["feed_lines"], first["feed_rejected"]) == ("tcp", 100, 3)
    assert (second["clock_offset_s"], second["clock_confidence"]) == (None, "none")
    assert (second["unique_share"], second["furthest_m"]) == (None, [None, 1852.0])


def test_only_the_run_written_last_is_the_latest(root: Path) -> None:
    store = DeskStore.open(root / "desk.sqlite")
    store.put_stations("old", [body(0)])
    store.put_stations("new", [body(3, station=1)])
    assert [b["station"] for b in latest(root / "desk.sqlite")] == ["Roseau"]
    store.close()


def test_a_directory_without_rows_is_empty(root: Path) -> None:
    assert latest(root / "desk.sqlite") == []
    DeskStore.open(root / "desk.sqlite").close()
    assert latest(root / "desk.sqlite") == []
    assert table(root / "desk.sqlite").num_rows == 0


def test_a_desk_store_from_before_is_opened_all_the_same(root: Path) -> None:
    import sqlite3

    DeskStore.open(root / "desk.sqlite").close()
    with sqlite3.connect(root / "desk.sqlite") as link:
        link.execute("DROP TABLE stations")
    link.close()
    assert table(root / "desk.sqlite").num_rows == 0
    store = DeskStore.open(root / "desk.sqlite")
    store.put_stations("live", [body(0)])
    store.close()
    assert len(latest(root / "desk.sqlite")) == 1
