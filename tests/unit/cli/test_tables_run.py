"""Tables and dialects as a user meets them: decode, ingest, recordings that grow."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from mda.cli.main import mda
from mda.cli.recordings import feed_name, known_recordings
from mda.cli.runs import replay_run
from mda.cli.telling import map_of
from mda.config import Config
from mda.errors import FeedError, MdaError, StoreError
from mda.model import RowKind
from mda.store.query import Archive

TABLES = Path(__file__).parents[3] / "data" / "tables"
SOLENT = TABLES / "solent_20160112.csv.gz"
HEAD = "MMSI,BaseDateTime,LAT,LON,VesselName\n"


def run(*words: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(mda, words, input=stdin)


def stats(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.exception
    body: dict[str, object] = json.loads(result.stdout)
    return body


def rows_of(count: int, first: int = 0) -> str:
    return "".join(
        f"338000001,2023-01-11T00:{i // 60:02}:{i % 60:02},15.5,-61.5,ANNA\n"
        for i in range(first, first + count)
    )


def seen(archive: Path, query: str) -> object:
    with Archive.open(archive) as opened:
        return opened.sql(query).to_pylist()[0]["n"]


def test_ingest_solent_end_to_end(tmp_path: Path) -> None:
    archive = tmp_path / "sea"
    result = run("ingest", str(SOLENT), "--source", "solent", "--archive", str(archive))
    assert stats(result)["balanced"]
    assert "solent_20160112.csv.gz: table by the columns of solent, 6 columns" in result.stderr
    assert seen(archive, "SELECT count(*) AS n FROM reports") == 18_623
    assert seen(archive, "SELECT count(DISTINCT mmsi) AS n FROM reports") == 91
    first = seen(archive, "SELECT epoch_ms(min(r.at)) AS n FROM reports r")
    last = seen(archive, "SELECT epoch_ms(max(r.at)) AS n FROM reports r")
    assert (first, last) == (1452603731218, 1452608801924)
    again = run("ingest", str(SOLENT), "--source", "solent", "--archive", str(archive))
    assert again.exit_code == 0
    assert seen(archive, "SELECT count(*) AS n FROM reports") == 18_623


def test_decode_says_what_it_took_each_file_for(tmp_path: Path, caribewave: Path) -> None:
    out = tmp_path / "out.jsonl"
    ten = TABLES / "fathom5_ten.csv"
    result = run("decode", str(ten), str(caribewave), "-o", str(out))
    assert result.exit_code == 0
    assert "fathom5_ten.csv: Marine Cadastre CSV, 16 columns" in result.stderr
    assert "NMEA with epoch prefix" in result.stderr
    assert ", 1 rejected" in result.stderr, "a header is not counted among what was refused"
    first = json.loads(out.read_text().splitlines()[0])
    assert (first["name"], first["ship_type"], first["nav_status"]) == ("FIRST", 70, 5)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"# A read-me\n\nwith words\n", "first line is # A read-me"),
        (b"", "nothing at all"),
        (b"name,flag,port\nx,y,z\n", "--source"),
    ],
)
@pytest.mark.parametrize("command", ["decode", "ingest"])
def test_what_is_no_ais_ends_with_a_clear_error(
    tmp_path: Path, content: bytes, says: str, command: str
) -> None:
    file = tmp_path / "file.txt"
    file.write_bytes(content)
    more = ["--stats"] if command == "decode" else ["--archive", str(tmp_path / "a")]
    result = run(command, str(file), *more)
    assert isinstance(result.exception, FeedError)
    assert "file.txt: nothing in it is AIS" in str(result.exception)
    assert says in str(result.exception)


def test_sentences_far_behind_the_beginning_are_found(tmp_path: Path, caribewave: Path) -> None:
    file = tmp_path / "late.log"
    sentence = gzip.decompress(caribewave.read_bytes()).splitlines()[1]
    file.write_bytes(b"# remark\n" * 100_000 + sentence + b"\n")
    result = run("decode", str(file), "--stats")
    assert stats(result)["messages"] == 1
    assert "epoch prefix" in result.stderr


def test_sentences_without_times_are_told(tmp_path: Path) -> None:
    file = tmp_path / "bare.nmea"
    file.write_bytes(b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\n")
    result = run("decode", str(file), "--stats")
    assert "NMEA without times: it decodes, but" in result.stderr


def test_a_map_is_checked_before_anything_is_read(tmp_path: Path) -> None:
    toml = tmp_path / "sea.toml"
    toml.write_text('[columns]\nat="t"\nmmsi="m"\nlon_deg="x"\nlat_deg="y"\ntime_format="%Q"\n')
    with pytest.raises(FeedError, match="%Q"):
        map_of(str(toml))
    assert map_of(None) is None
    result = run("decode", str(SOLENT), "--source", "suez", "--stats")
    assert "the column map wants a header with" in str(result.exception)


def test_parquet_gives_what_its_csv_gives(tmp_path: Path) -> None:
    csv = tmp_path / "t.csv"
    csv.write_text(HEAD + rows_of(50))
    parquet = tmp_path / "t.parquet"
    pq.write_table(pa_csv.read_csv(csv), parquet)
    outs = []
    for file in (csv, parquet):
        out = tmp_path / f"{file.suffix[1:]}.jsonl"
        assert run("decode", str(file), "-o", str(out)).exit_code == 0
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        outs.append([{k: v for k, v in row.items() if k != "report_id"} for row in rows])
    assert outs[0] == outs[1]
    assert len(outs[0]) == 50
    archive = tmp_path / "sea"
    assert run("ingest", str(parquet), "--archive", str(archive)).exit_code == 0
    assert seen(archive, "SELECT count(*) AS n FROM reports") == 50
    assert isinstance(pq.read_table(parquet), pa.Table)


def test_standard_input_may_be_a_table(tmp_path: Path) -> None:
    archive = tmp_path / "sea"
    body = (HEAD + rows_of(5)).encode()
    file = tmp_path / "in.csv"
    file.write_bytes(body)
    words = [sys.executable, "-m", "mda.cli.main", "ingest", "-", "--archive", str(archive)]
    with file.open("rb") as source:
        done = subprocess.run(words, stdin=source, capture_output=True, check=True, timeout=120)
    assert json.loads(done.stdout)["messages"] == 5
    (tmp_path / "no.txt").write_text("words\n")
    with (tmp_path / "no.txt").open("rb") as source:
        words = [sys.executable, "-m", "mda.cli.main", "decode", "-", "--stats"]
        done = subprocess.run(words, stdin=source, capture_output=True, check=False, timeout=120)
    assert done.returncode == 1
    assert b"nothing in it is AIS" in done.stderr


# -- a recording that grows ---------------------------------------------------------------------
def ingest(file: Path, archive: Path) -> Result:
    result = run("ingest", str(file), "--archive", str(archive))
    assert result.exit_code == 0, result.exception
    return result


def test_a_grown_log_goes_on_behind_what_was_had(tmp_path: Path) -> None:
    file, archive = tmp_path / "heard.csv", tmp_path / "sea"
    file.write_text(HEAD + rows_of(10))
    ingest(file, archive)
    file.write_text(HEAD + rows_of(25))
    assert (
        "has grown since it was ingested; going on behind line 11" in ingest(file, archive).stderr
    )
    assert seen(archive, "SELECT count(*) AS n FROM reports") == 25
    moved = tmp_path / "renamed.csv"
    file.rename(moved)
    ingest(moved, archive)
    assert seen(archive, "SELECT count(*) AS n FROM reports") == 25
    other = tmp_path / "heard.csv"
    other.write_text(HEAD + rows_of(5) + rows_of(3, first=100))
    assert "grown" not in ingest(other, archive).stderr
    assert seen(archive, "SELECT count(*) AS n FROM reports") == 33


def test_a_line_that_was_cut_is_read_again_when_it_is_whole(tmp_path: Path) -> None:
    file, archive = tmp_path / "heard.csv", tmp_path / "sea"
    whole = HEAD + rows_of(10)
    file.write_text(whole[:-20])
    first = ingest(file, archive)
    assert json.loads(first.stdout)["rejected"] == {"bad_row": 1, "header": 1}
    file.write_text(whole + rows_of(2, first=10))
    ingest(file, archive)
    assert seen(archive, "SELECT count(*) AS n FROM reports") == 12


def test_a_grown_table_out_of_order_is_refused(tmp_path: Path) -> None:
    file, archive = tmp_path / "heard.csv", tmp_path / "sea"
    file.write_text(HEAD + rows_of(10, first=20) + rows_of(10))
    ingest(file, archive)
    assert seen(archive, "SELECT count(*) AS n FROM reports WHERE (flags & 1024) != 0") == 0
    with file.open("a") as more:
        more.write(rows_of(5, first=10))
    result = run("ingest", str(file), "--archive", str(archive))
    assert isinstance(result.exception, FeedError)
    assert "not in the order of time" in str(result.exception)


def test_which_recording_is_which(tmp_path: Path) -> None:
    root = tmp_path / "node"
    a, b = tmp_path / "a:b+c.log", tmp_path / "b.log"
    a.write_bytes(b"head\nsame\n")
    b.write_bytes(b"head\nother\n")
    names = [r.name for r in known_recordings(root, [str(a), str(b)])]
    assert names == [feed_name(str(a)), feed_name(str(b))]
    assert names[0].startswith("a_b_c.log:")
    assert len(set(names)) == 2
    a.write_bytes(b"head\nsame\nmore")
    (grown,) = known_recordings(root, [str(a)])
    assert (grown.name, grown.grown, grown.lines_before, grown.cut_before) == (
        names[0], True, 2, False,
    )  # fmt: skip
    a.write_bytes(b"head\nsame\nmore and more\n")
    (cut,) = known_recordings(root, [str(a)])
    assert (cut.cut_before, cut.skipped(3), cut.skipped(2)) == (True, 2, 2)
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(b"x", mtime=0))
    (first,) = known_recordings(root, [str(packed)])
    packed.write_bytes(packed.read_bytes() + gzip.compress(b"y", mtime=0))
    (second,) = known_recordings(root, [str(packed)])
    assert first.name != second.name
    empty = tmp_path / "empty.log"
    empty.write_bytes(b"")
    (nothing,) = known_recordings(root, [str(empty)])
    assert not nothing.grown
    assert feed_name("-").startswith("stdin:")
    with pytest.raises(FeedError, match="cannot be read"):
        known_recordings(root, [str(tmp_path / "none")])
    (root / "log" / "recordings.json").write_text("[")
    with pytest.raises(StoreError, match="damaged"):
        known_recordings(root, [str(a)])


# -- replay -------------------------------------------------------------------------------------
def test_a_table_can_be_replayed(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(HEAD + rows_of(3, first=5) + rows_of(2))
    run_ = replay_run(Config.load(), [str(file)], 0.0, tmp_path / "node")
    rows = list(run_.sources[0].feed)
    run_.pipeline.close()
    assert [row.kind for row in rows][::6] == [RowKind.CONNECT, RowKind.LINE]
    times = [row.stored_at_us for row in rows if row.kind == RowKind.LINE]
    assert times == sorted(times)
    assert rows[2].data.startswith(b"338000001,2023-01-11T00:00:00")


def test_a_replay_is_of_one_kind(tmp_path: Path, caribewave: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(HEAD + rows_of(3))
    with pytest.raises(MdaError, match="of tables or of sentences"):
        replay_run(Config.load(), [str(file), str(caribewave)], 1.0, tmp_path / "node")


def test_what_came_before_the_damage_is_kept_and_the_damage_told(
    tmp_path: Path, caribewave: Path
) -> None:
    cut, out = tmp_path / "cut.nmea.gz", tmp_path / "cut.parquet"
    cut.write_bytes(caribewave.read_bytes()[:200_000])
    result = run("decode", str(cut), "--stats", "-o", str(out))
    assert isinstance(result.exception, FeedError)
    assert "damaged or cut off" in str(result.exception)
    body = json.loads(result.stdout)
    assert body["balanced"]
    assert body["decoded_lines"] > 20_000
    assert pq.read_metadata(out).num_rows > 20_000
