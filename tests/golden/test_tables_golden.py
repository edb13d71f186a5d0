"""Tables of decoded AIS against other readers of the same files (pandas, csv) and their figures."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from feeds.tables import TableRows, load_columns, read_table, with_columns
from mda.clock import NO_TIME_US, parse_at
from mda.decode import LineTimes, LogDecoder
from mda.model import Books, Lines, Other, Reports, RowKind, Sentence, Statics
from mda.model.tables import ColumnMap

DATA = Path(__file__).parents[2] / "data" / "tables"


def decoded(
    path: Path, columns: ColumnMap | None = None
) -> tuple[Reports, Statics, list[Other], Books]:
    decoder = LogDecoder({0: path.name})
    connect = Sentence(RowKind.CONNECT, 0, NO_TIME_US, b"{}")
    decoder.decode(Lines.of([with_columns(connect, columns)]))
    parts = [
        decoder.decode(lines)
        for lines in read_table(TableRows(str(path), LineTimes(columns)), first_seq=1)
    ]
    assert decoder.books[0].balanced()
    return (
        Reports.concat([part.reports for part in parts]),
        Statics.concat([part.statics for part in parts]),
        [other for part in parts for other in part.others],
        decoder.books[0],
    )


def shared(shared_data: Path, name: str) -> Path:
    path = shared_data / "ais_decoded" / name
    if not path.is_file():
        pytest.skip(f"needs ../shared/data/ais_decoded/{name}")
    return path


def same(ours: object, theirs: pd.Series, absent: float | None = None) -> None:
    wanted = theirs.astype(float).to_numpy().copy()
    if absent is not None:
        wanted[wanted == absent] = np.nan
    np.testing.assert_allclose(np.asarray(ours, float), wanted, rtol=1e-6, equal_nan=True)


def test_solent_is_what_pandas_reads() -> None:
    path = DATA / "solent_20160112.csv.gz"
    table = pd.read_csv(path)
    reports, statics, others, books = decoded(path, load_columns("solent"))
    assert (books.lines, books.decoded_lines) == (18_624, 18_623)
    assert books.rejected == {"header": 1}
    assert (len(statics), others) == (0, [])
    assert len(reports) == len(table) == 18_623
    at = pd.to_datetime(table["Time"]).astype("datetime64[us]").astype("int64")
    assert reports.at_us.tolist() == at.tolist()
    assert reports.at_us[0] == parse_at("2016-01-12T13:02:11.218Z")
    assert reports.at_us[-1] == parse_at("2016-01-12T14:26:41.924Z")
    assert reports.mmsi.tolist() == table["MMSI"].tolist()
    assert len(np.unique(reports.mmsi)) == table["MMSI"].nunique() == 91
    same(reports.lon_deg, table["Longitude_degrees"])
    same(reports.lat_deg, table["Latitude_degrees"])
    same(reports.cog_deg, table["COG_degrees"], absent=360.0)
    same(reports.sog_kn, table["SOG_knots"], absent=102.3)


def test_suez_is_what_pandas_reads_put_in_order() -> None:
    path = DATA / "suez_20210320.csv.gz"
    table = pd.read_csv(path, encoding="utf-8-sig")
    table["at"] = pd.to_datetime(table["ais_pos_timestamp"], format="%d/%m/%Y %H:%M")
    table = table.sort_values("at", kind="stable")
    reports, _, _, books = decoded(path, load_columns("suez"))
    assert books.decoded_lines == len(table) == 22_287
    assert reports.at_us.tolist() == table["at"].astype("datetime64[us]").astype("int64").tolist()
    assert (reports.mmsi - 790_000_000).tolist() == table["ID"].tolist()
    assert len(np.unique(reports.mmsi)) == 256
    same(reports.lon_deg, table["longitude"])
    same(reports.lat_deg, table["latitude"])


@pytest.mark.parametrize("whole", [False, True])
def test_pelagos_is_what_pandas_reads(whole: bool, request: pytest.FixtureRequest) -> None:
    path = DATA / "pelagos_1000.csv.gz"
    if whole:
        path = shared(request.getfixturevalue("shared_data"), "pelagos_raw_1_3_10k_points.csv.gz")
    table = pd.read_csv(path).sort_values("timestamp", kind="stable")
    reports, _, _, books = decoded(path, load_columns("pelagos"))
    assert books.decoded_lines == len(table) == (10_000 if whole else 1_000)
    assert (reports.at_us // 1_000_000).tolist() == table["timestamp"].tolist()
    assert reports.mmsi.tolist() == table["mmsi"].tolist()
    same(reports.lon_deg, table["longitude"], absent=181.0)
    same(reports.lat_deg, table["latitude"], absent=91.0)
    same(reports.heading_deg, table["hdg"], absent=511.0)
    same(reports.cog_deg, table["cog"], absent=360.0)
    same(reports.sog_kn, table["sog"], absent=102.3)
    assert reports.nav_status.tolist() == table["navstat"].astype(int).tolist()
    raw = table["rot"].where(table["rot"] < 128, table["rot"] - 256)
    raw = raw.where(raw.abs() < 127)
    same(reports.rot_deg_per_min, np.sign(raw) * (raw / 4.733) ** 2)


@pytest.mark.parametrize("name", ["fathom5_ten.csv", "fathom5_track.csv"])
def test_fathom5_samples(name: str) -> None:
    rows = list(csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines()))
    reports, statics, _, books = decoded(DATA / name)
    assert books.decoded_lines == len(rows) == len(reports)
    assert sorted(reports.mmsi.tolist()) == sorted(int(row["MMSI"]) for row in rows)
    told = {row["VesselName"].encode() for row in rows if row["VesselName"]}
    assert set(statics.name.tolist()) - {b""} == told
    negative = sum(float(row["COG"]) < 0 for row in rows)
    assert int(np.isnan(reports.cog_deg).sum()) == negative


def test_marine_cadastre_of_noaa(shared_data: Path) -> None:
    path = shared(shared_data, "aisdb_noaa_20230101.csv")
    table = pd.read_csv(path).assign(at=lambda t: pd.to_datetime(t["BaseDateTime"]))
    table = table.sort_values("at", kind="stable")
    reports, statics, _, books = decoded(path)
    assert books.decoded_lines == len(table) == 1_000
    assert reports.mmsi.tolist() == table["MMSI"].tolist()
    same(reports.lon_deg, table["LON"])
    same(reports.sog_kn, table["SOG"], absent=102.3)
    same(reports.heading_deg, table["Heading"], absent=511.0)
    assert (reports.msg_type == 18).tolist() == (table["TransceiverClass"] == "B").tolist()
    by_mmsi = table.set_index("MMSI")
    length = dict(zip(statics.mmsi.tolist(), statics.length_m().tolist(), strict=True))
    for mmsi, told in by_mmsi["Length"].items():
        if told > 0:
            assert length[int(str(mmsi))] == told


def test_exact_earth(shared_data: Path) -> None:
    path = shared(shared_data, "aisdb_exactearth_20210701.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    reports, statics, others, books = decoded(path)
    assert books.decoded_lines == len(rows) == 2_498
    kinds = [int(row["Message_ID"]) for row in rows]
    assert dict(books.messages_by_type) == {k: kinds.count(k) for k in sorted(set(kinds))}
    assert len(others) == sum(k in (6, 8, 12, 20, 25, 26) for k in kinds)
    told = sorted((int(r["MMSI"]), r["Longitude"]) for r in rows if r["Message_ID"] == "1")
    ours = reports.msg_type == 1
    assert sorted(reports.mmsi[ours].tolist()) == [mmsi for mmsi, _ in told]
    voyages = {int(r["MMSI"]): r for r in rows if r["Message_ID"] == "5"}
    assert len(voyages) == 31
    for i in np.flatnonzero(statics.msg_type == 5).tolist():
        row = voyages[int(statics.mmsi[i])]
        assert statics.name[i].decode() == row["Vessel_Name"].strip()
        assert statics.imo[i] == int(row["IMO"] or 0)
        draught_m = int(row["Draught"] or 0) / 10
        assert statics.draught_m[i] == pytest.approx(draught_m) or draught_m == 0
