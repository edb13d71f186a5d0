"""Decodings made by others: CaribeWave's recorders, gpsd and libais, field by field."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feeds import read_lines
from mda.decode import NmeaDecoder, decoded_table, detail, received_at
from mda.decode.fields import COLUMN_TYPES
from mda.model import Decoded, Other, Rejected, Reports, Statics

DATA = Path(__file__).parents[2] / "data"
Row = dict[str, Any]

DISAGREEMENTS = {
    # (source, type, field): why ours differs. Clauses are those of ITU-R M.1371-5, Annex 8.
    ("libais", 9, "speed"): "Message 9: speed of a SAR aircraft is in whole knots, not tenths",
    ("libais", 21, "name"): "Table of 6-bit ASCII: 31 is an underscore and 39 an apostrophe",
}


def _decoded(path: Path) -> tuple[NmeaDecoder, Decoded]:
    decoder = NmeaDecoder({0: "own"})
    batches = [decoder.decode(lines) for lines in read_lines([path], received_at)]
    batches.append(decoder.flush())
    rejected: list[Rejected] = [r for b in batches for r in b.rejected]
    others: list[Other] = [o for b in batches for o in b.others]
    return decoder, Decoded(
        Reports.concat([b.reports for b in batches]),
        Statics.concat([b.statics for b in batches]),
        others,
        rejected,
        {},
    )


# -- CaribeWave -------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def caribewave() -> tuple[NmeaDecoder, Decoded]:
    return _decoded(DATA / "caribewave" / "log_ais_cw17.csv.log.gz")


def test_caribewave_balances(caribewave: tuple[NmeaDecoder, Decoded]) -> None:
    decoder, decoded = caribewave
    books = decoder.books[0]
    assert books.lines == 27_861
    assert books.decoded_lines == 27_860
    assert books.rejected == {"not_a_sentence": 1}
    assert (books.pending, books.messages) == (0, 27_554)
    assert books.balanced()
    assert [r.line for r in decoded.rejected] == [b"epoch,AIS_Sentences"]
    assert books.messages_by_type == {1: 7768, 3: 1302, 5: 306, 18: 593, 21: 17_375, 24: 210}


def test_caribewave_positions_equal_the_recorders_own(
    caribewave: tuple[NmeaDecoder, Decoded],
) -> None:
    reports = caribewave[1].reports
    ours = reports.take(np.isin(reports.msg_type, (1, 2, 3)))
    with gzip.open(DATA / "caribewave" / "log_ais_cw17.csv.gz", "rt") as file:
        theirs = list(csv.DictReader(file))
    assert len(theirs) == len(ours) == 9070
    assert ours.at_us.tolist() == [int(row["epoch"]) * 1_000_000 for row in theirs]
    assert ours.received_at_us.tolist() == ours.at_us.tolist()
    assert ours.mmsi.tolist() == [int(row["mmsi"]) for row in theirs]
    for column, name, absent in ((ours.lon_deg, "lon", 181.0), (ours.lat_deg, "lat", 91.0)):
        golden = np.array([float(row[name]) for row in theirs])
        golden[golden == absent] = np.nan
        np.testing.assert_allclose(column, golden, rtol=0, atol=6e-11, equal_nan=True)


# -- gpsd and libais --------------------------------------------------------------------------
NAMES = {
    "lon": "lon_deg",
    "lat": "lat_deg",
    "speed": "sog_kn",
    "course": "cog_deg",
    "heading": "heading_deg",
    "status": "nav_status",
    "imo": "imo",
    "callsign": "callsign",
    "shipname": "name",
    "name": "name",
    "shiptype": "ship_type",
    "aid_type": "ship_type",
    "draught": "draught_m",
    "destination": "destination",
    "second": "second",
    "accuracy": "accuracy",
    "raim": "raim",
    "to_bow": "to_bow_m",
    "to_stern": "to_stern_m",
    "to_port": "to_port_m",
    "to_starboard": "to_starboard_m",
}
SENTINELS = {
    "speed": lambda v, t: v >= {9: 1023, 27: 63}.get(t, 102.25),
    "course": lambda v, t: v >= 360,
    "heading": lambda v, t: v >= 360,
    "status": lambda v, t: v == 15,
    "imo": lambda v, t: int(v) == 0,
    "shiptype": lambda v, t: v == 0,
    "aid_type": lambda v, t: v == 0,
    "draught": lambda v, t: v == 0,
    "second": lambda v, t: v >= 60,
    "lon": lambda v, t: abs(v) > 180,
    "lat": lambda v, t: abs(v) > 90,
}
DIMENSIONS = ("to_bow", "to_stern", "to_port", "to_starboard")


def _rows(path: Path) -> dict[tuple[int, int], list[Row]]:
    decoder, decoded = _decoded(path)
    table = decoded_table(decoded, decoder.stations)
    rows = defaultdict(list)
    for i in range(len(table["mmsi"])):
        row = {name: column[i] for name, column in table.items()}
        rows[int(row["msg_type"]), int(row["mmsi"])].append(row)
    return rows


def _absent(value: Any) -> bool:
    return value is np.ma.masked or (isinstance(value, np.floating) and bool(np.isnan(value)))


def _same(source: str, golden: Row, own: Row) -> list[str]:
    """Fields in which we differ from a golden without a reason."""
    wrong = []
    kind = golden["type"]
    sized = any(golden.get(name) for name in DIMENSIONS)
    for name, column in NAMES.items():
        if name not in golden or (source, kind, name) in DISAGREEMENTS:
            continue
        theirs, ours = golden[name], own[column]
        if name in SENTINELS and SENTINELS[name](float(theirs), kind):
            same = _absent(ours)
        elif isinstance(theirs, str) and name != "imo":
            same = _absent(ours) if not theirs.strip() else str(ours) == theirs.rstrip()
        elif name in DIMENSIONS and not sized:
            same = _absent(ours)
        else:
            # gpsd writes types 17 and 27 with fewer digits, libais in 32 bits.
            coarse = {17: 0.051, 27: 6e-5}.get(kind, 6e-8)
            step = 4e-6 if source == "libais" else coarse
            step = step if name in ("lon", "lat") else 2e-5
            same = not _absent(ours) and abs(float(ours) - float(theirs)) <= step * max(
                1.0, abs(float(theirs)) if source == "libais" else 1.0
            )
        if not same:
            wrong.append(f"type {kind} mmsi {golden['mmsi']} {name}: {ours!r} is not {theirs!r}")
    return wrong


GOLDENS = {
    "gpsd": (DATA / "golden/gpsd/sample.aivdm", DATA / "golden/gpsd/sample.aivdm.js.chk"),
    "libais": (
        DATA / "golden/libais/typeexamples.nmea",
        DATA / "golden/libais/typeexamples.json",
    ),
}


@pytest.mark.parametrize("source", sorted(GOLDENS))
def test_columns_equal_the_golden(source: str) -> None:
    sentences, answers = GOLDENS[source]
    rows = _rows(sentences)
    golden = [json.loads(line) for line in answers.read_text().splitlines()]
    compared, wrong = 0, []
    for row in golden:
        if row["type"] not in COLUMN_TYPES or (source == "gpsd" and row["type"] == 24):
            continue
        own = rows[row["type"], row["mmsi"]].pop(0)
        wrong += _same(source, row, own)
        compared += 1
    assert wrong == []
    assert compared == {"gpsd": 26, "libais": 12}[source]


def test_gpsd_joins_both_parts_of_type_24() -> None:
    sentences, answers = GOLDENS["gpsd"]
    rows = _rows(sentences)
    golden = [json.loads(line) for line in answers.read_text().splitlines()]
    joined = [row for row in golden if row["type"] == 24]
    assert len(joined) == 2
    for row in joined:
        halves = rows[24, row["mmsi"]]
        names = [h["name"] for h in halves if h["name"] is not np.ma.masked]
        (second,) = [h for h in halves if h["callsign"] is not np.ma.masked][:1]
        assert row["shipname"] in names
        assert _same("gpsd", {k: v for k, v in row.items() if k != "shipname"}, second) == []


def test_gpsd_messages_without_columns_are_all_kept() -> None:
    sentences, answers = GOLDENS["gpsd"]
    _, decoded = _decoded(sentences)
    ours = sorted((other.msg_type, other.mmsi) for other in decoded.others)
    golden = [json.loads(line) for line in answers.read_text().splitlines()]
    theirs = sorted((r["type"], r["mmsi"]) for r in golden if r["type"] not in COLUMN_TYPES)
    assert ours == theirs


def test_gpsd_turn_words() -> None:
    rows = _rows(GOLDENS["gpsd"][0])
    golden = [json.loads(line) for line in GOLDENS["gpsd"][1].read_text().splitlines()]
    for row in golden:
        if row["type"] not in (1, 2, 3):
            continue
        turn = float(rows[row["type"], row["mmsi"]].pop(0)["rot_deg_per_min"])
        if row["turn"] in ("n/a", "fastleft", "fastright"):
            assert np.isnan(turn)
        else:
            assert turn == pytest.approx(float(row["turn"]), abs=0.51)


def test_the_odd_types_of_gpsd_are_readable_on_demand() -> None:
    _, decoded = _decoded(GOLDENS["gpsd"][0])
    golden = [json.loads(line) for line in GOLDENS["gpsd"][1].read_text().splitlines()]
    texts = {row["mmsi"]: row["text"] for row in golden if row["type"] in (12, 14)}
    ours = {o.mmsi: detail(o.lines)["text"] for o in decoded.others if o.msg_type in (12, 14)}
    assert ours == texts
