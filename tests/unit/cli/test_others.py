"""`mda decode --others`: messages without columns, field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mda.cli.main import mda
from mda.cli.others import other_body, with_others
from mda.clock import NO_TIME_US
from mda.errors import StoreError
from mda.model import Other

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "data" / "golden" / "gpsd" / "sample.aivdm"


def test_every_message_without_columns_is_a_line(tmp_path: Path) -> None:
    out = tmp_path / "others.jsonl"
    result = CliRunner().invoke(mda, ["decode", str(SAMPLE), "--others", str(out)])
    assert result.exit_code == 0
    rows: list[dict[str, Any]] = [json.loads(line) for line in out.read_text().splitlines()]
    assert {row["type"] for row in rows} >= {6, 7, 8, 10, 12, 14, 15, 16, 20, 22, 23, 25, 26}
    assert not {row["type"] for row in rows} & {1, 2, 3, 5, 18, 21}
    assert all(row.keys() >= {"type", "mmsi", "at", "station"} for row in rows)
    (weather,) = [r for r in rows if r["mmsi"] == 992509977 and r.get("fid") == 31]
    assert weather["application"]["lat_deg"] == pytest.approx(53.294933, abs=1e-6)
    assert weather["application"]["wind_kn"] is None
    assert "THANX" in [row.get("text") for row in rows]


def test_it_goes_with_a_table_and_with_stats(tmp_path: Path) -> None:
    out, table = tmp_path / "others.jsonl", tmp_path / "table.csv"
    words = ["decode", str(SAMPLE), "--others", str(out), "-o", str(table)]
    assert CliRunner().invoke(mda, words).exit_code == 0
    first = out.read_text()
    assert table.stat().st_size > 1000
    assert CliRunner().invoke(mda, [*words[:4], "--stats"]).exit_code == 0
    assert out.read_text() == first


def test_a_message_that_cannot_be_read_says_why() -> None:
    body = other_body(Other(1, 0, 12, 5, NO_TIME_US, (b"!AIVDM,1,1,,A,<000,0*00",), "rA"))
    assert body["error"].startswith("a message of 24 bits")
    assert (body["at"], body["station"], body["lines"]) == (None, "rA", ["!AIVDM,1,1,,A,<000,0*00"])


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        list(with_others([], tmp_path / "nowhere" / "out.jsonl"))
