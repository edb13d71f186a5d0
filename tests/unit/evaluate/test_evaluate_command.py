"""`mda evaluate` as it is typed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_scenario import DARK, HONEST, SmallSea, eventful_truth, going_east

from mda.cli.main import mda
from mda.errors import MdaError


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sea = SmallSea()
    sea.sail(DARK, [(0, 2), (4, 5)], going_east(14.2))
    sea.sail(HONEST, [(0, 5)], going_east(14.6), ("north", "south"))
    truth = eventful_truth()
    truth["events"] = [e for e in truth["events"] if e["id"] == "off"]
    return sea.write(tmp_path_factory.mktemp("sea") / "off", truth)


def test_a_scenario_is_scored_as_json_and_into_a_report(scenario: Path, tmp_path: Path) -> None:
    wanted = [str(scenario), "--json", "--split", "held-out", "--report", str(tmp_path / "out")]
    result = CliRunner().invoke(mda, ["evaluate", *wanted], catch_exceptions=False)
    assert result.exit_code == 0
    body = json.loads(result.stdout)
    dark = body["node"]["detectors"]["dark"]
    assert (dark["hits"], dark["missed"]) == (1, 0)
    assert body["split"] == "held-out"
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == body
    assert "recall     1.000" in (tmp_path / "out" / "report.txt").read_text()
    charts = {path.name for path in (tmp_path / "out").glob("*.png")}
    assert {f"reliability-{name}.png" for name in body["node"]["detectors"]} == charts
    assert "1 of 1: eventful" in result.stderr


def test_tails_of_a_packed_recording_and_text(scenario: Path, tmp_path: Path) -> None:
    packed = tmp_path / "real.nmea.gz"
    packed.write_bytes(gzip.compress((scenario / "north.nmea").read_bytes()))
    result = CliRunner().invoke(
        mda, ["evaluate", str(packed), "--tails", "1"], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert "1 scenario, split all" in result.stdout
    assert "dark\n  precision  no claims to judge: n = 0" in result.stdout


def test_a_split_that_is_not_there_is_told(scenario: Path) -> None:
    with pytest.raises(MdaError, match="no scenario of the split 'other'"):
        CliRunner().invoke(
            mda, ["evaluate", str(scenario), "--split", "other"],
            catch_exceptions=False, standalone_mode=False,
        )  # fmt: skip
