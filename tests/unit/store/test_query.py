"""Questions to the archive, also from another process while the node writes."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from mda.errors import StoreError
from mda.model import DeskBatch, Reports
from mda.store.archive import settled_order
from mda.store.desk import DeskStore
from mda.store.history import ArchiveHistory, Keeping
from mda.store.query import Archive


def sealed(history: ArchiveHistory, sea, first: int, last: int) -> None:
    history.add(sea.settled(first, last))
    history.seal(
        sea.settled(first, last).until_us, b"s", last, stations=sea.stations, feeds=sea.feeds
    )


@pytest.fixture
def node(tmp_path: Path, sea, clock):
    history = ArchiveHistory.open(tmp_path / "it's", clock, Keeping(compact_files=2, grace_us=0))
    sealed(history, sea, 1, 41)
    yield history
    history.close()


@pytest.fixture
def archive(node, tmp_path: Path):
    with Archive.open(tmp_path / "it's") as opened:
        yield opened


def test_reports_and_statics_come_back_as_they_were(archive, node, sea) -> None:
    expected = sea.reports(1, 41)
    expected = expected.take(settled_order(expected))
    assert sea.same(archive.reports(), expected)
    since_us, until_us = sea.start_us + 50_000_000, sea.start_us + 200_000_000
    one = archive.reports(since_us, until_us, mmsi=329_000_003)
    assert one.seq.tolist() == [10, 17]
    assert archive.statics(mmsi=329_000_003).seq.tolist() == [3, 10, 17, 24, 31, 38]
    assert archive.span_us() == (sea.start_us + 10_000_000, sea.start_us + 400_000_000)
    assert archive.manifest.stations == sea.stations


def test_sql_over_the_archive(archive) -> None:
    table = archive.sql(
        'SELECT mmsi, count(*) AS n, min("at") AS first FROM reports WHERE NOT duplicate '
        "AND station = ? GROUP BY mmsi ORDER BY mmsi",
        ["cw"],
    )
    assert table.column_names == ["mmsi", "n", "first"]
    assert sum(table["n"].to_pylist()) == 14
    assert table["first"][0].as_py().isoformat().endswith("+00:00")
    hours = archive.sql("SELECT DISTINCT hour(r.at) AS h FROM reports r").to_pylist()
    assert hours == [{"h": 0}]
    nulls = archive.sql("SELECT count(*) - count(sog_kn) AS n FROM reports").to_pylist()
    assert nulls == [{"n": 10}]
    assert archive.sql("SELECT count(*) AS n FROM statics").to_pylist() == [{"n": 40}]
    assert archive.sql("SELECT count(heard_id) AS n FROM reports").to_pylist() == [{"n": 40}]
    assert archive.sql("SELECT * FROM findings").num_rows == 0
    assert archive.sql("SET threads = 1").num_rows == 0


def test_a_question_that_is_not_understood_is_a_store_error(archive) -> None:
    with pytest.raises(StoreError, match="is a word of SQL"):
        archive.sql("SELECT at FROM reports")
    with pytest.raises(StoreError, match="understood"):
        archive.sql("SELECT nothing FROM nowhere")


def test_findings_and_cases_in_sql(archive, tmp_path: Path) -> None:
    from test_desk_store import case, finding

    desk = DeskStore.open(tmp_path / "it's" / "desk.sqlite")
    lost = finding("f2", lon_deg=math.nan, lat_deg=math.nan, mmsis=(), probability=0.5)
    desk.commit("run", DeskBatch(1, [finding(), finding(revision=2), lost], [case()]))
    found = archive.sql("SELECT * FROM findings ORDER BY id").to_pylist()
    assert [(f["id"], f["revision"], f["mmsi"]) for f in found] == [
        ("f1", 2, 329_002_300),
        ("f2", 1, None),
    ]
    assert found[0]["zones"] == ["Dominica EEZ"]
    assert json.loads(found[0]["evidence"]) == {"silence_s": 900.0}
    assert found[0]["closed_at"] is None
    assert found[0]["onset_at"].microsecond == 100
    assert (found[1]["lon_deg"], found[1]["probability"]) == (None, 0.5)
    cases = archive.sql("SELECT title, state, mmsis, opened_at FROM cases").to_pylist()
    assert cases[0]["mmsis"] == [329_002_300]
    assert cases[0]["state"] == "active_unacknowledged"
    desk.close()
    assert archive.sql("SELECT count(*) AS n FROM findings").to_pylist() == [{"n": 2}]


def test_an_archive_without_rows_answers(tmp_path: Path, sea, clock) -> None:
    with pytest.raises(StoreError, match="no archive here"):
        Archive.open(tmp_path)
    history = ArchiveHistory.open(tmp_path, clock)
    history.seal(0, b"", 0, stations=(), feeds=())
    with Archive.open(tmp_path) as archive:
        assert archive.sql("SELECT * FROM reports JOIN statics USING (mmsi)").num_rows == 0
        assert len(archive.reports()) == 0
        assert archive.span_us() is None
    history.close()


def test_damage_does_not_ask_for_ever(archive, node, tmp_path: Path) -> None:
    (tmp_path / "it's" / archive.manifest.files[0].path).unlink()
    with pytest.raises(StoreError, match="is gone"):
        archive.reports()
    with pytest.raises(StoreError):
        archive.sql("SELECT * FROM reports")


def test_a_reader_of_replaced_files_asks_again(archive, node, sea, clock) -> None:
    seen: list[int] = []

    def slow(manifest) -> int:
        seen.append(manifest.version)
        if len(seen) == 1:
            for first in (41, 51, 61, 71):
                clock.at_us += 1
                sealed(node, sea, first, first + 10)
        from mda.store.archive import read_stretch

        return sum(len(b) for b in read_stretch(Reports, archive._root, manifest, (0, 2**62)))

    assert archive._retry(slow) == 80
    assert seen == [1, 5]


READER = """
import sys
from pathlib import Path
from mda.store.query import Archive
with Archive.open(Path(sys.argv[1])) as archive:
    print("ready", flush=True)
    for line in sys.stdin:
        before = archive.manifest.log_seq
        question = "SELECT count(*) AS n, count(DISTINCT seq) AS d FROM reports"
        rows = archive.sql(question).to_pylist()
        after = archive.manifest.log_seq
        print(before, rows[0]["n"], rows[0]["d"], after, flush=True)
"""


def test_another_process_reads_while_the_node_writes(tmp_path: Path, sea, clock) -> None:
    history = ArchiveHistory.open(tmp_path, clock, Keeping(compact_files=3))
    desk = DeskStore.open(tmp_path / "desk.sqlite")
    sealed(history, sea, 1, 2)
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        for n in range(2, 22):
            reader.stdin.write("go\n")
            reader.stdin.flush()
            sealed(history, sea, n, n + 1)
            desk.commit("run", DeskBatch(n))
        reader.stdin.close()
        answers = [tuple(map(int, line.split())) for line in reader.stdout]
    assert len(answers) == 20
    for before, rows, distinct, after in answers:
        assert rows == distinct
        assert before - 1 <= rows <= after - 1
    desk.close()
    history.close()
