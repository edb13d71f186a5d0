"""Column maps in a source's TOML, and tables as recordings."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from feeds.recording import chunks
from feeds.source import load_source, open_feed
from feeds.tables import (
    TableFeed,
    TableRows,
    column_map,
    load_columns,
    read_table,
    table_chunks,
)
from mda.clock import ReplayClock
from mda.errors import FeedError
from mda.model import RowKind

GOOD = {"at": "t", "mmsi": "m", "lon_deg": "x", "lat_deg": "y"}


def stamp(line: bytes) -> int | None:
    """The first cell is seconds."""
    first = line.split(b",")[0]
    return int(first) * 1_000_000 if first.isdigit() else None


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"latt_deg": "y"}, "Did you mean lat_deg"),
        ({"sog_kn": 3}, "wants a text"),
        ({"sog_unit": "mph"}, "Write kn or m/s or km/h"),
        ({"separator": ",,"}, "one character"),
        ({"vessel_id": "i"}, "mmsi, or else vessel_id"),
    ],
)
def test_a_wrong_map_is_told(more: dict[str, Any], says: str) -> None:
    with pytest.raises(FeedError) as error:
        column_map({**GOOD, **more}, "sea.toml")
    assert says in str(error.value)


def test_a_map_must_say_where_and_when() -> None:
    with pytest.raises(FeedError, match="which column is at"):
        column_map({"mmsi": "m"}, "sea.toml")


def test_a_map_is_read_with_its_options() -> None:
    found = column_map({**GOOD, "sog_unit": "m/s", "time_format": "epoch"}, "sea.toml")
    assert (found.columns, found.sog_unit, found.time_format) == (GOOD, "m/s", "epoch")


def test_bundled_sources_have_maps_and_files() -> None:
    for name in ("solent", "suez", "pelagos"):
        source = load_source(name)
        assert source.columns == load_columns(name)
        assert Path(source.paths[0]).is_file()


@pytest.mark.parametrize(
    ("text", "says"),
    [(None, "no such source"), ("a = [", "not TOML"), ('name = "x"', "no \\[columns\\]")],
)
def test_a_source_without_a_map_is_told(tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "sea.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(FeedError, match=says):
        load_columns(str(file))


def test_a_table_comes_in_the_order_of_time(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(b"t,n\n5,a\n?,a2\n3,b\n5,c\n1,d\n")
    rows = TableRows(str(file), stamp)
    (lines,) = read_table(rows, feed=3, first_seq=7)
    assert rows.sorted
    assert [row.data for row in lines] == [b"t,n", b"1,d", b"3,b", b"5,a", b"?,a2", b"5,c"]
    assert lines.seq.tolist() == list(range(7, 13))
    assert lines.stored_at_us.tolist() == [t * 1_000_000 for t in (1, 1, 3, 5, 5, 5)]
    in_order = TableRows(str(file), stamp, sort_most=4)
    assert [row.data for batch in read_table(in_order) for row in batch][1] == b"5,a"
    assert not in_order.sorted


def test_an_ordered_or_empty_table_comes_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(b"t,n\n1,a\n\n\n2,b\n")
    rows = TableRows(str(file), stamp)
    assert [row.data for batch in read_table(rows) for row in batch] == [b"t,n", b"1,a", b"2,b"]
    assert not rows.sorted
    file.write_bytes(b"\n\n")
    assert list(read_table(TableRows(str(file), stamp))) == []
    file.write_bytes(b"")
    assert list(read_table(TableRows(str(file), stamp))) == []


def _parquet(path: str) -> Iterator[bytes]:
    yield b"t,n\n1,a\n"
    yield b"2,b\n"


def test_parquet_needs_a_reader(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    file.write_bytes(b"PAR1....")
    with pytest.raises(FeedError, match="Parquet cannot be read here"):
        list(table_chunks(str(file), Event()))
    assert list(table_chunks(str(file), Event(), _parquet)) == [b"t,n\n1,a\n", b"2,b\n"]
    stopped = Event()
    stopped.set()
    assert list(table_chunks(str(file), stopped, _parquet)) == []
    with pytest.raises(FeedError, match="no such recording"):
        list(table_chunks(str(tmp_path / "none"), Event()))
    with pytest.raises(FeedError, match="cannot be read"):
        list(table_chunks(str(tmp_path), Event()))


def test_a_table_feed_brings_its_map_into_the_log(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(b"t,m,x,y\n2,b,,\n1,a,,\n")
    columns = column_map(GOOD, "sea.toml")
    feed = TableFeed("sea", 4, [file], stamp, ReplayClock(0, 0.0), columns=columns)
    rows = list(feed)
    assert [r.kind for r in rows] == [RowKind.CONNECT, *[RowKind.LINE] * 3, RowKind.DISCONNECT]
    assert json.loads(rows[0].data)["columns"] == columns.plain()
    assert [r.data for r in rows[1:-1]] == [b"t,m,x,y", b"1,a,,", b"2,b,,"]
    assert b"columns" not in rows[-1].data
    again = TableFeed("sea", 4, [file], stamp, ReplayClock(0, 0.0), resume_after=2)
    assert [r.data for r in again if r.kind == RowKind.LINE] == [b"2,b,,"]


def test_a_source_with_columns_opens_as_a_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"t,m,x,y\n1,a,,\n")
    toml = tmp_path / "sea.toml"
    body = "[columns]\n" + "\n".join(f'{key} = "{value}"' for key, value in GOOD.items())
    toml.write_text('kind = "file"\npaths = ["t.csv"]\n' + body)
    feed = open_feed(load_source(toml), 0, ReplayClock(0, 0.0), stamp)
    assert next(row.kind for row in feed) == RowKind.CONNECT
    toml.write_text('kind = "udp"\nhost = "127.0.0.1"\nport = 0\n' + body)
    live = open_feed(load_source(toml), 0, ReplayClock(0, 0.0), stamp)
    first = next(iter(live))
    live.stop()
    assert json.loads(first.data)["columns"]["columns"] == GOOD


def test_a_zip_of_one_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "t.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("AIS/t.csv", "t,n\n1,a\n")
    assert b"".join(chunks([str(file)], Event())) == b"t,n\n1,a\n"
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr("AIS/u.csv", "t,n\n")
    with pytest.raises(FeedError, match="a zip of 2 files"):
        list(chunks([str(file)], Event()))
    file.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(FeedError, match="damaged"):
        list(chunks([str(file)], Event()))
