"""A simulated sea on the real coast: `mda simulate` writes what stations there would hear."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pyais
import pytest
from click.testing import CliRunner

from mda.cli.main import mda
from mda.clock import NO_TIME_US
from mda.decode import LogDecoder
from mda.model import Decoded, Lines, RowKind, Sentence
from zones import ZoneLibrary
from zones.places import PlaceLibrary

ARGUMENTS = ["simulate", "channel-calm", "--hours", "4", "--vessels", "14"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hours in the Windward Islands."""
    out = tmp_path_factory.mktemp("sea") / "simulated"
    result = CliRunner().invoke(mda, [*ARGUMENTS, "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("SIMULATED channel-calm (seed 1)")
    return out


def _decoded(path: Path) -> Decoded:
    decoder = LogDecoder({})
    lines = path.read_bytes().splitlines()
    found = decoder.decode(Lines.of([Sentence(RowKind.LINE, 0, NO_TIME_US, x) for x in lines]))
    assert not found.rejected
    assert decoder.books[0].pending == 0
    known = json.loads((path.parent / "truth.json").read_text())
    assert set(decoder.stations) - {""} <= set(known["stations"])
    return found


def test_every_line_is_decoded_and_belongs_to_a_vessel_of_the_truth(folder: Path) -> None:
    known = json.loads((folder / "truth.json").read_text())
    found = _decoded(folder / "heard.nmea")
    assert len(found.reports) > 5_000
    assert set(found.reports.mmsi.tolist()) <= {vessel["mmsi"] for vessel in known["vessels"]}
    named = {vessel["mmsi"]: vessel["name"] for vessel in known["vessels"]}
    for mmsi, name in zip(found.statics.mmsi.tolist(), found.statics.name.tolist(), strict=True):
        assert name.decode().strip() in ("", named[mmsi])


def test_another_decoder_reads_the_same(folder: Path) -> None:
    lines = (folder / "heard.nmea").read_bytes().splitlines()
    single = [line for line in lines if b"!AIVDM,1,1" in line][::501]
    compared = 0
    for line in single:
        theirs = pyais.decode(line.split(b"\\")[2]).asdict()
        ours = LogDecoder({}).decode(Lines.of([Sentence(RowKind.LINE, 0, NO_TIME_US, line)]))
        if "lon" in theirs:
            assert theirs["mmsi"] == int(ours.reports.mmsi[0])
            assert theirs["lon"] == pytest.approx(float(ours.reports.lon_deg[0]), abs=1e-5)
            assert theirs["lat"] == pytest.approx(float(ours.reports.lat_deg[0]), abs=1e-5)
            compared += 1
    assert compared > 20


def test_the_truth_of_positions_is_a_table_on_the_water(folder: Path) -> None:
    query = (
        "select ship, mmsi, lon_deg, lat_deg, sog_kn, transmitting, event from "
        f"read_parquet('{folder / 'truth.parquet'}')"
    )
    table = duckdb.connect().execute(query).fetchnumpy()
    moving = (table["sog_kn"] > 1.0) & (np.abs(table["lon_deg"] + 60.7) < 1.6)
    dry = ZoneLibrary.load().on_land(table["lon_deg"][moving], table["lat_deg"][moving])
    assert dry.mean() < 0.01
    assert 0.5 < table["transmitting"].mean() < 1.0
    assert (table["event"] >= 0).any()


def test_who_is_off_is_not_heard_and_who_is_on_near_a_station_is(folder: Path) -> None:
    known = json.loads((folder / "truth.json").read_text())
    dark = [e for e in known["events"] if e["mechanism"] == "off_on_passage"]
    assert dark
    reports = _decoded(folder / "heard.nmea").reports
    for event in dark:
        begin = np.datetime64(event["onset_at"].rstrip("Z"), "us").astype(np.int64)
        end = np.datetime64((event["end_at"] or known["end_at"]).rstrip("Z"), "us").astype(np.int64)
        mine = reports.at_us[np.isin(reports.mmsi, event["mmsis"])]
        assert not ((mine > begin + 20_000_000) & (mine < end - 20_000_000)).any()
    assert max(event["reception"] for event in dark if event["reception"] is not None) > 0.5


def test_crossings_are_those_of_the_true_tracks(folder: Path) -> None:
    known = json.loads((folder / "truth.json").read_text())
    zones = {claim.id for claim in ZoneLibrary.load().claims}
    crossed = [e for e in known["events"] if e["detector"] == "D8" and e["mechanism"] == "crossing"]
    assert crossed
    assert {event["zone"] for event in crossed} <= zones
    assert {event["kind"] for event in crossed} == {"entry", "exit"}


def test_the_ports_are_real_ones() -> None:
    names = {place.name for place in PlaceLibrary.load().places}
    assert {"Roseau", "Castries", "Bridgetown"} <= names


def test_again_is_the_same_to_the_byte(folder: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(mda, [*ARGUMENTS, "-o", str(tmp_path / "again")])
    assert result.exit_code == 0, result.output
    for name in ("heard.nmea", "truth.json", "truth.parquet"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_it_is_compared_with_a_real_recording(folder: Path, root: Path) -> None:
    recording = root / "data" / "caribewave" / "log_ais_cw17.csv.log.gz"
    result = CliRunner().invoke(mda, ["simulate", "--compare", str(folder), str(recording)])
    assert result.exit_code == 0, result.output
    assert "RECORDED log_ais_cw17.csv.log.gz: 37 ships" in result.output
    rows = [line for line in result.output.splitlines() if "A under way, below 14 kn" in line]
    ours, real = ([float(cell.replace(",", "")) for cell in row.split()[6:11]] for row in rows)
    assert ours[2] >= 9.0
    assert real[2] == 19.0


def test_the_list_names_every_scenario() -> None:
    result = CliRunner().invoke(mda, ["simulate", "--list"])
    assert result.exit_code == 0, result.output
    assert "channel-calm" in result.output
    assert "held-everything" in result.output
    assert len(result.output.splitlines()) >= 24


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(mda, ["simulate"])
    assert result.exit_code == 2
    assert "give SCENARIO and -o DIR" in result.output
    (tmp_path / "file").write_text("x")
    blocked = CliRunner().invoke(mda, [*ARGUMENTS[:2], "--hours", "0.2", "--vessels", "0",
                                       "-o", str(tmp_path / "file")])  # fmt: skip
    assert blocked.exception is not None
    assert "cannot be written" in str(blocked.exception)
    (tmp_path / "empty.nmea").write_text("!AIVDM,1,1,,A,55NPpV000001L@;;S3@u8DpF0l4p,0*00\n")
    nothing = CliRunner().invoke(mda, ["simulate", "--compare", str(tmp_path / "empty.nmea"),
                                       str(tmp_path / "empty.nmea")])  # fmt: skip
    assert nothing.exception is not None
