"""Each command as a user runs it, on a slice of the bundled recording."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from mda.cli.main import main, mda
from mda.store.query import Archive

FIRST = [
    "at", "received_at", "station", "msg_type", "mmsi", "lon_deg", "lat_deg", "sog_kn", "cog_deg",
    "heading_deg", "rot_deg_per_min", "nav_status", "imo", "callsign", "name", "ship_type",
    "length_m", "beam_m", "draught_m", "destination",
]  # fmt: skip


def run(*words: str) -> Result:
    return CliRunner().invoke(mda, words, catch_exceptions=False)


@pytest.fixture(scope="module")
def slice_of_it(caribewave: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = gzip.decompress(caribewave.read_bytes()).splitlines(keepends=True)
    path = tmp_path_factory.mktemp("slice") / "slice.log"
    path.write_bytes(b"".join(lines[:6000]))
    return path


@pytest.fixture(scope="module")
def archive(slice_of_it: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node") / "sea"
    result = run("ingest", str(slice_of_it), "--archive", str(folder))
    assert result.exit_code == 0
    assert json.loads(result.stdout)["balanced"]
    return folder


def test_decode_caribewave_balances(caribewave: Path) -> None:
    result = run("decode", str(caribewave), "--stats")
    books = json.loads(result.stdout)
    assert (books["lines"], books["decoded_lines"]) == (27_861, 27_860)
    assert (books["messages"], books["pending"]) == (27_554, 0)
    assert books["rejected"] == {"not_a_sentence": 1}


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_decode_writes_the_promised_columns(slice_of_it: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out{suffix}"
    assert run("decode", str(slice_of_it), "-o", str(out)).exit_code == 0
    if suffix == ".parquet":
        names = pq.read_table(out).column_names
    elif suffix == ".csv":
        names = pa_csv.read_csv(out).column_names
    else:
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        names = list(rows[0])
        assert any(row["lon_deg"] is None for row in rows)
    assert names[: len(FIRST)] == FIRST


def test_decode_wants_something_to_do(slice_of_it: Path) -> None:
    result = run("decode", str(slice_of_it))
    assert result.exit_code == 2
    assert "nothing to do" in result.output


def test_ingesting_again_adds_nothing(archive: Path, slice_of_it: Path) -> None:
    with Archive.open(archive) as before:
        rows = before.sql("SELECT count(*) AS n FROM reports").to_pylist()
    assert run("ingest", str(slice_of_it), "--archive", str(archive)).exit_code == 0
    with Archive.open(archive) as after:
        assert after.sql("SELECT count(*) AS n FROM reports").to_pylist() == rows


@pytest.mark.parametrize("suffix", [".geojson", ".parquet", ".csv", ".jsonl"])
def test_detect_writes_findings(archive: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"found{suffix}"
    assert run("detect", "--archive", str(archive), "-o", str(out)).exit_code == 0
    if suffix == ".geojson":
        feature = json.loads(out.read_text())["features"][0]
        assert {"id", "kind", "onset_at", "summary", "zones"} <= set(feature["properties"])
        assert feature["properties"]["evidence"]
    else:
        assert out.stat().st_size > 100


def test_findings_of_detect_equal_those_of_ingest(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.jsonl"
    run("detect", "--archive", str(archive), "-o", str(out))
    rerun = {json.loads(line)["id"] for line in out.read_text().splitlines()}
    with Archive.open(archive) as opened:
        stored = {row["id"] for row in opened.sql("SELECT DISTINCT id FROM findings").to_pylist()}
    assert rerun == stored


def test_detect_refuses_an_ending_it_does_not_know(archive: Path, tmp_path: Path) -> None:
    result = run("detect", "--archive", str(archive), "-o", str(tmp_path / "found.xls"))
    assert result.exit_code == 2


def test_backup_and_restore(archive: Path, tmp_path: Path) -> None:
    file, back = tmp_path / "b.tar.zst", tmp_path / "back"
    assert run("backup", str(archive), "-o", str(file)).exit_code == 0
    assert run("restore", str(file), "-o", str(back)).exit_code == 0
    with Archive.open(archive) as first, Archive.open(back) as second:
        query = "SELECT count(*) AS n, max(r.at) AS newest FROM reports r"
        assert first.sql(query).to_pylist() == second.sql(query).to_pylist()


def test_zones_at_names_the_water_and_says_who() -> None:
    words = run("zones", "at", "-61.6", "15.55").stdout
    assert "Dominica" in words
    answer = json.loads(run("zones", "at", "-63.6", "15.9", "--json").stdout)
    claimants = {c for zone in answer["zones"] for c in zone["claimants"]}
    assert {"Venezuela", "Dominica"} <= claimants, "Aves: every claim, never one owner"
    assert "not covered" in run("zones", "at", "10", "50").stdout


def test_zones_list_and_show() -> None:
    listed = run("zones", "list").stdout
    assert "eez-dominica" in listed
    assert len(json.loads(run("zones", "list", "--json").stdout)) > 60
    assert "Dominica" in run("zones", "show", "eez-dominica").stdout
    assert "Essequibo" in run("zones", "show", "essequibo").stdout


def test_config_prints_value_unit_default_source() -> None:
    words = run("config", "--explain", "flow.tick_s").stdout
    assert "flow.tick_s" in words
    assert "source:" in words
    assert run("config", "no.such").exit_code == 2


def test_help_lists_every_command() -> None:
    words = run("--help").stdout
    for name in ("demo", "serve", "decode", "restore"):
        assert name in words


@pytest.mark.parametrize(
    ("words", "says", "code"),
    [
        (["decode", "no-such-file", "--stats"], "no-such-file", 1),
        (["detect", "--archive", "no-such-dir", "-o", "x.csv"], "mda ingest", 1),
        (["zones", "show", "atlantis"], "no zone", 1),
        (["replay", "no-such-file", "--no-browser"], "no-such-file", 1),
        (["serve", "--config", "no-such.toml"], "no such settings file", 1),
        (["frobnicate"], "No such command", 2),
    ],
)
def test_an_error_is_one_clear_line(
    words: list[str],
    says: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["mda", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    said = capsys.readouterr().err
    assert says in said
    assert "Traceback" not in said
