"""Parquet as lines of CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mda.errors import StoreError
from mda.store.parquet_rows import parquet_lines


def test_rows_come_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = pa.table(
        {
            "at": pa.array([1490075479250000, None], pa.timestamp("us", "UTC")),
            "mmsi": [338000001, 2],
            "name": ['THE "OLD"\r\nLADY, X', None],
            "kind": pa.array(["A\nB", "C"]).dictionary_encode(),
            "lon_deg": [-61.5, None],
            "raw": [b"x", b"y"],
            "list": [[1], [2]],
        }
    )
    pq.write_table(table, path)
    lines = b"".join(parquet_lines(str(path))).decode().splitlines()
    rows = list(csv.reader(lines))
    assert rows == [
        ["at", "mmsi", "name", "kind", "lon_deg"],
        ["2017-03-21 05:51:19.250000Z", "338000001", 'THE "OLD" LADY, X', "A B", "-61.5"],
        ["", "2", "", "C", ""],
    ]


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(StoreError, match="cannot be read as Parquet"):
        list(parquet_lines(str(path)))
    pq.write_table(pa.table({"raw": [b"x"]}), path)
    with pytest.raises(StoreError, match="no column"):
        list(parquet_lines(str(path)))
