"""`mda stations`, of recordings and of a node's directory."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mda.cli.main import mda
from mda.cli.stations import _cells
from mda.errors import FeedError, StoreError
from mda.store.query import Archive


def run(*words: str) -> Result:
    return CliRunner().invoke(mda, words, catch_exceptions=False)


@pytest.fixture(scope="module")
def slice_of_it(caribewave: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = gzip.decompress(caribewave.read_bytes()).splitlines(keepends=True)
    path = tmp_path_factory.mktemp("slice") / "slice.log"
    path.write_bytes(b"".join(lines[:3000]))
    return path


def test_of_a_recording_as_json(slice_of_it: Path) -> None:
    (row,) = json.loads(run("stations", str(slice_of_it), "--json").stdout)["stations"]
    assert row["station"] == row["feed"] == "slice.log"
    assert row["clock_confidence"] == "high"
    assert abs(row["clock_offset_s"]) < 1.0
    assert row["clock_ships"] >= 3
    assert row["furthest_m"] == [], "no position loaded is never a guessed one"
    assert row["problems"] == []
    assert row["last_heard"].startswith("2017-03-21T")


def test_of_a_recording_as_a_table(slice_of_it: Path) -> None:
    result = run("stations", str(slice_of_it))
    head, names, row = result.stdout.splitlines()
    assert head.startswith("At 2017-03-21T")
    assert names.split("  ")[0] == "station"
    assert "no position" in row
    assert "±" in row


def test_of_a_directory_and_in_sql(slice_of_it: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sea"
    assert run("ingest", str(slice_of_it), "--archive", str(folder)).exit_code == 0
    (row,) = json.loads(run("stations", "--data", str(folder), "--json").stdout)["stations"]
    with Archive.open(folder) as archive:
        kept = archive.sql('SELECT * FROM stations ORDER BY "at"').to_pylist()
    instants = [r["at"] for r in kept]
    assert all(at.minute % 10 == 0 and at.second == 0 for at in instants[:-1])
    assert len(set(instants)) == len(instants), "a row a grid instant, none doubled"
    assert kept[-1]["messages"] == row["messages"]
    assert (kept[-1]["feed_lines"], kept[-1]["feed_rejected"]) == (3000, 1)
    before = len(kept)
    assert run("ingest", str(slice_of_it), "--archive", str(folder)).exit_code == 0
    with Archive.open(folder) as archive:
        assert archive.sql("SELECT count(*) AS n FROM stations").to_pylist() == [{"n": before}]
    assert "slice" in run("stations", "--data", str(folder)).stdout


def test_a_directory_without_health_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="10 min"):
        run("stations", "--data", str(tmp_path))


def test_a_recording_without_times_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "bare.nmea"
    file.write_text("!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\n")
    with pytest.raises(FeedError, match="receive time"):
        run("stations", str(file))


def test_it_wants_recordings_or_a_directory() -> None:
    assert run("stations").exit_code == 2


def test_paris_time_at_vernon_shows_as_two_hours(vernon: Path) -> None:
    (row,) = json.loads(run("stations", str(vernon), "--json").stdout)["stations"]
    assert row["clock_offset_s"] == pytest.approx(7200.0, abs=0.5)
    assert (row["clock_confidence"], row["clock_bases"]) == ("high", 1)
    assert "clock" in row["problems"]


@pytest.fixture
def vernon() -> Path:
    root = Path(__file__).resolve().parents[3]
    path = root.parent / "shared" / "data" / "nmea" / "vernon" / "ais_vernon_20160331.log.gz"
    if not path.exists():
        pytest.skip("needs ../shared/data/nmea/vernon")
    return path


def test_every_figure_has_its_words() -> None:
    body = {
        "station": "Scotts Head", "feed": "tcp", "last_heard_us": 1_500_000,
        "messages_10min": 1, "messages_60min": 2, "last_hour_messages": 30,
        "week_ago_messages": 60, "duplicate_share": 0.25, "unique_share": None,
        "feed_lines": 100, "feed_rejected": 3, "level_db": -72.44, "offset_ppm": 1.26,
        "clock_offset_s": -7.0, "clock_error_s": 0.12, "clock_confidence": "low",
        "furthest_m": [None, 18_520.0], "reconnects": 4, "problems": ["clock", "rate"],
    }  # fmt: skip
    assert _cells(body) == (
        "Scotts Head (tcp)", "1970-01-01T00:00:01Z", "1", "2", "50.0 %", "25.0 %", "-", "3.0 %",
        "-72.4 dB", "1.3", "-7.0 s ± 0.1?", "10 nmi", "4",
        "clock is off, hears much less than a week ago",
    )  # fmt: skip
    assert _cells({**body, "furthest_m": [None], "problems": []})[-3:] == ("-", "4", "-")
