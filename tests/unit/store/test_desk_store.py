"""The desk store: grouped commits, idempotent, numbered events, many threads."""

from __future__ import annotations

import math
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from mda.errors import StoreError
from mda.model import Act, Case, DeskBatch, Event, Finding, ZoneClaim
from mda.store.desk import DeskStore, copy_desk

ZONE = ZoneClaim("dma-eez", "Dominica EEZ", "eez", ("DMA",), "agreed", 3000.0)


def finding(name: str = "f1", revision: int = 1, **changes) -> Finding:
    made = Finding(
        name, "silence", (329_002_300,), (329_002_300,), 100, 200, None, 200 + revision,
        "provisional", None, -61.4, 15.3, "Not heard", {"silence_s": 900.0}, "silence", "1",
        "abc", (ZONE,), ((-61.4, 15.3),), revision,
    )  # fmt: skip
    return replace(made, **changes)


def case(name: str = "c1", revision: int = 1, **changes) -> Case:
    made = Case(
        name, "C", "active_unacknowledged", False, (329_002_300,), (329_002_300,), "silence",
        "VESSEL silent", "It was not heard.", 200, 200 + revision, None, -61.4, 15.3, ("f1",),
        (("silent", 2.0),), revision,
    )  # fmt: skip
    return replace(made, **changes)


def act(name: str = "a1", **changes) -> Act:
    return replace(Act(name, "c1", "acknowledge", "desk 1", 300), **changes)


@pytest.fixture
def desk(tmp_path: Path):
    store = DeskStore.open(tmp_path / "new" / "desk.sqlite")
    yield store
    store.close()


def test_a_batch_becomes_rows_and_numbered_events(desk: DeskStore) -> None:
    batch = DeskBatch(
        7, [finding()], [case()], [act()], [Event(0, 210, "feed", {"name": "x", "state": "down"})]
    )
    events = desk.commit("run", batch)
    assert [(e.seq, e.kind) for e in events] == [
        (1, "finding"),
        (2, "act"),
        (3, "case"),
        (4, "feed"),
    ]
    assert Case.from_json(dict(events[2].body)) == case()
    assert Finding.from_json(dict(events[0].body)) == finding()
    assert desk.events_after("run", 0, 100) == events
    assert desk.events_after("run", 2, 1) == events[2:3]
    assert desk.events_after("other", 0, 100) == []
    assert desk.findings("run") == [finding()]
    assert desk.cases("run") == [case()]
    assert desk.acts("run") == [act()]
    assert (desk.covered_seq("run"), desk.covered_seq("other"), desk.last_seq()) == (7, 0, 4)


def test_committing_again_adds_nothing(desk: DeskStore) -> None:
    batch = DeskBatch(
        7,
        [finding(), finding("f2", lon_deg=math.nan, lat_deg=math.nan)],
        [case()],
        [act()],
        [Event(0, 210, "log", {"b": 1, "a": math.nan})],
    )
    assert len(desk.commit("run", batch)) == 5
    assert desk.commit("run", batch) == []
    assert desk.commit("run", replace(batch, covers_seq=3)) == []
    assert desk.covered_seq("run") == 7
    assert desk.commit("run", DeskBatch(9, acts=[act(reason="again")])) == []
    assert desk.acts("run") == [act()]
    assert len(desk.commit("second", replace(batch, acts=()))) == 4
    assert desk.last_seq() == 9


def test_the_latest_revision_stands_and_all_are_told(desk: DeskStore) -> None:
    desk.commit("run", DeskBatch(1, [finding()], [case()]))
    later = case(revision=2, state="active_acknowledged", acts=({"act": "acknowledge"},))
    closed = finding(revision=2, closed_at_us=400, status="confirmed")
    assert len(desk.commit("run", DeskBatch(2, [closed, finding("f0")], [later]))) == 3
    assert desk.cases("run") == [later]
    assert desk.findings("run") == [finding("f0"), closed]
    assert desk.findings("run", ["f1", "none"]) == [closed]
    assert desk.findings("run", []) == []
    assert len(desk.events_after("run", 0, 100)) == 5
    desk.commit("run", DeskBatch(3, cases=[case("c2", 2), case("c2", 1)]))
    assert desk.cases("run")[1].revision == 2


def test_other_content_under_a_taken_number_gets_the_next(desk: DeskStore) -> None:
    desk.commit("run", DeskBatch(1, [finding()]))
    other = finding(config_hash="def")
    assert [e.body["revision"] for e in desk.commit("run", DeskBatch(2, [other]))] == [2]
    assert desk.commit("run", DeskBatch(2, [other, finding()])) == []
    assert desk.findings("run") == [replace(other, revision=2)]


def test_all_or_nothing(desk: DeskStore) -> None:
    bad = finding("f2", evidence={"odd": object()})
    with pytest.raises(TypeError):
        desk.commit("run", DeskBatch(5, [finding(), bad]))
    assert (desk.findings("run"), desk.last_seq(), desk.covered_seq("run")) == ([], 0, 0)
    assert len(desk.commit("run", DeskBatch(5, [finding()]))) == 1


def test_it_is_there_after_a_restart_and_numbers_go_on(tmp_path: Path) -> None:
    store = DeskStore.open(tmp_path / "desk.sqlite")
    store.commit("run", DeskBatch(5, [finding()], [case()], [act(to="x", until_us=5)]))
    store.close()
    store = DeskStore.open(tmp_path / "desk.sqlite")
    assert store.cases("run") == [case()]
    assert store.acts("run") == [act(to="x", until_us=5)]
    assert [e.seq for e in store.commit("run", DeskBatch(6, [finding("f9")]))] == [4]
    store.close()


def test_it_is_written_safely(tmp_path: Path) -> None:
    store = DeskStore.open(tmp_path / "desk.sqlite")
    assert store._write.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._write.execute("PRAGMA synchronous").fetchone() == (2,)
    store.close()


def test_many_threads(desk: DeskStore) -> None:
    errors: list[Exception] = []

    def work(k: int) -> None:
        try:
            for n in range(10):
                desk.commit("run", DeskBatch(n, [finding(f"f{k}-{n}")], [case(f"c{n}")]))
                desk.events_after("run", 0, 10)
                desk.cases("run")
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(desk.findings("run")) == 40
    assert len(desk.cases("run")) == 10
    seqs = [e.seq for e in desk.events_after("run", 0, 1000)]
    assert seqs == list(range(1, 51))


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "bad.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="Restore a backup"):
        DeskStore.open(tmp_path / "bad.sqlite")
    with pytest.raises(StoreError, match="no desk store"):
        copy_desk(tmp_path / "none.sqlite", tmp_path / "copy.sqlite")
    link = sqlite3.connect(tmp_path / "later.sqlite")
    link.execute("PRAGMA user_version = 99")
    link.close()
    with pytest.raises(StoreError, match="version 99"):
        DeskStore.open(tmp_path / "later.sqlite")


def test_a_copy_is_whole(desk: DeskStore, tmp_path: Path) -> None:
    desk.commit("run", DeskBatch(5, [finding()], [case()]))
    desk.copy_to(tmp_path / "copy.sqlite")
    copy = DeskStore.open(tmp_path / "copy.sqlite")
    assert copy.cases("run") == [case()]
    assert copy.covered_seq("run") == 5
    copy.close()


def test_a_full_disk_is_a_store_error(desk: DeskStore) -> None:
    desk.commit("run", DeskBatch(1, [finding()]))
    pages = desk._write.execute("PRAGMA page_count").fetchone()[0]
    desk._write.execute(f"PRAGMA max_page_count = {pages}")
    big = finding("f2", summary="x" * 100_000)
    with pytest.raises(StoreError, match="full"):
        desk.commit("run", DeskBatch(2, [big]))
    assert desk.covered_seq("run") == 1
    desk._write.execute("PRAGMA max_page_count = 1000000")
    assert len(desk.commit("run", DeskBatch(2, [big]))) == 1
