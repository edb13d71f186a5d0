"""Tables for people: NumPy columns as Arrow arrays and as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mda.clock import NO_TIME_US
from mda.errors import StoreError
from mda.model.texts import Named, Texts
from mda.store.arrays import arrow_array, text_array
from mda.store.tables import TableWriter


def _columns(rows: int) -> dict[str, Any]:
    """A column of every kind, with the first row's value not available wherever that can be."""
    number = np.arange(rows)
    first = number == 0
    at_us = 1_490_075_479_000_000 + number * 1_000_000
    return {
        "at": np.where(first, NO_TIME_US, at_us).view("datetime64[us]"),
        "station": Named(np.where(first, -1, number % 2).astype(np.int32), ["cw", "ponce"]),
        "mmsi": number.astype(np.uint32) + 235_000_000,
        "lon_deg": np.where(first, np.nan, -61.5),
        "nav_status": np.ma.masked_array(number.astype(np.uint8), mask=first),
        "name": Texts(np.where(first, b"", b"SEA BEE").astype("S34")),
        "said": np.array([None if f else "words" for f in first], object),
    }


KNOWN = {
    "station": "ponce",
    "mmsi": 235_000_001,
    "lon_deg": -61.5,
    "nav_status": 1,
    "name": "SEA BEE",
    "said": "words",
}


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def test_parquet_holds_every_batch_and_nulls_for_what_is_not_available(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    with TableWriter(out) as writer:
        writer.write(_columns(3))
        writer.write(_columns(2))
    assert writer.rows == 5
    rows = _rows(out)
    assert len(rows) == 5
    assert {k for k, v in rows[3].items() if v is None} == {"at", *KNOWN} - {"mmsi"}
    assert rows[4].pop("at").isoformat() == "2017-03-21T05:51:20+00:00"
    assert rows[4] == KNOWN


def test_a_table_of_numbers_alone_or_of_texts_alone_is_written(tmp_path: Path) -> None:
    for name in ("mmsi", "name"):
        out = tmp_path / f"{name}.parquet"
        with TableWriter(out) as writer:
            writer.write({name: _columns(2)[name]})
        assert _rows(out)[1] == {name: KNOWN[name]}


def test_names_are_plain_words_in_csv_and_json_lines(tmp_path: Path) -> None:
    for ending in ("csv", "jsonl"):
        with TableWriter(tmp_path / f"out.{ending}") as writer:
            writer.write(_columns(2))
    assert "ponce" in (tmp_path / "out.csv").read_text().splitlines()[2]
    first, second = (tmp_path / "out.jsonl").read_text().splitlines()
    assert json.loads(first)["station"] is None
    assert json.loads(second) == {"at": "2017-03-21T05:51:20.000000Z", **KNOWN}


def test_nothing_known_at_all_is_a_column_of_nulls_of_its_type() -> None:
    nothing = arrow_array(np.ma.masked_array(np.zeros(3, np.uint16), mask=True))
    assert nothing.type == pa.uint16()
    assert nothing.null_count == 3
    assert arrow_array(Texts(np.zeros(2, "S7"))).to_pylist() == [None, None]
    assert arrow_array(np.zeros(0, np.float32)).to_pylist() == []


def test_a_column_that_is_no_contiguous_array_is_read_as_it_is() -> None:
    assert arrow_array(np.arange(6, dtype=np.int64)[::2]).to_pylist() == [0, 2, 4]
    assert text_array(np.array([b"A", b"B", b"C", b"D"], "S3")[::2]).to_pylist() == ["A", "C"]


@given(st.lists(st.binary(max_size=7).map(lambda b: b.rstrip(b"\0")), max_size=20))
def test_texts_are_what_python_reads_in_them(texts: list[bytes]) -> None:
    read = [text.decode("latin-1") or None for text in texts]
    array = text_array(np.array(texts, "S7"))
    array.validate(full=True)
    assert array.to_pylist() == read


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot write a table as \.xls"):
        TableWriter(tmp_path / "out.xls")


def test_batches_are_gathered_to_row_groups_and_their_names_agree(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    codes = np.zeros(70_000, np.int32)
    with TableWriter(out) as writer:
        for names in (["cw"], ["ponce", "cw"], ["roseau"]):
            writer.write({"station": Named(codes, names)})
    assert pq.ParquetFile(out).metadata.num_row_groups == 2
    stations = pq.read_table(out)["station"].cast(pa.string()).to_pylist()
    assert stations[::70_000] == ["cw", "ponce", "roseau"]


def test_a_table_that_was_broken_off_leaves_nothing(tmp_path: Path) -> None:
    for ending in ("parquet", "csv"):
        with TableWriter(tmp_path / f"whole.{ending}") as writer:
            writer.write(_columns(2))
        writer = TableWriter(tmp_path / f"broken.{ending}")
        writer.write(_columns(2))
        writer.__exit__(KeyError, KeyError(), None)
    assert {path.stem for path in tmp_path.iterdir()} == {"whole"}


def test_the_directory_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such directory"):
        TableWriter(tmp_path / "absent" / "out.csv")
