"""Field by field against decodings made by others: gpsd's samples and daemon logs, libais.

Every field that they wrote is compared with our columns, or with `detail` where there is no column.
Each disagreement stands in `disagreements.csv` with the clause that settles it (of ITU-R M.1371-5,
Annex 8, unless another paper is named); the tests fail when a new one appears and when a listed one
vanishes. `golden_words` turns their words and units into ours.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from golden_words import (
    COLUMNS,
    RENAMED,
    Row,
    answers,
    half,
    messages,
    ours,
    same,
    theirs,
    zero_for_none,
)

from mda.decode import detail

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
TABLE = Path(__file__).with_name("disagreements.csv")
SOURCES = {
    "gpsd": ("gpsd/sample.aivdm", "gpsd/sample.aivdm.js.chk"),
    "gpsd-ait250": ("gpsd/daemon/ait250.log", "gpsd/daemon/ait250.log.chk"),
    "gpsd-nmea": ("gpsd/daemon/ais-nmea.log.gz", "gpsd/daemon/ais-nmea.log.chk.gz"),
    "gpsd-raw": ("gpsd/daemon/ais-raw-messages.log", "gpsd/daemon/ais-raw-messages.log.chk"),
    "gpsd-sixbit": ("gpsd/daemon/ais_unpack_sixbit.log", "gpsd/daemon/ais_unpack_sixbit.log.chk"),
    "libais": ("libais/typeexamples.nmea", "libais/typeexamples.json"),
    "libais-tag": ("libais/tagblock.nmea", "libais/tagblock.json"),
}
COMPARED = {
    "gpsd": 97,
    "gpsd-ait250": 73,
    "gpsd-nmea": 166,
    "gpsd-raw": 108,
    "gpsd-sixbit": 12,
    "libais": 26,
    "libais-tag": 4,
}
"""Messages in each golden; every one has its partner among ours."""

NOT_COMPARED = re.compile(
    r"class|device|scaled|type|.*_text|.*_str"  # their own frame, their words for a code
    r"|spare\d*|utc_spare|msg_2|part_num"  # bits without a meaning
    r"|tagblock_[TqR]|tagblock_group"  # of the TAG block only source and time are read
    r"|transmission_ctl|alt_sensor|mode|unit|commstate_cs_fill"  # not read by `detail`
)
NOT_READ = {(235, 10), (1, 12), (1, 14), (1, 18), (1, 32)}
"""Application messages that gpsd reads and we hand on as hex."""


def _step(source: str, golden: Row, name: str) -> float:
    """To how much a number of theirs was rounded, with what a float of 32 bits adds."""
    kind, scaled = golden["type"], golden.get("scaled", False)
    if name in ("lon", "lat"):
        if source.startswith("libais"):
            return 2e-5
        return {17: 0.051, 27: 6e-5}.get(kind, 6e-7) if scaled else 6e-9
    if name == "turn" and scaled:
        return 0.51
    return 0.051 if name == "water_level_m" else 2e-5 * max(1.0, _size(golden.get(name)))


def _size(value: Any) -> float:
    return abs(value) if isinstance(value, (int, float)) else 1.0


def _text(value: Any) -> str:
    """A value as it stands in the table."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _differences(source: str) -> tuple[int, list[tuple[str, ...]]]:
    """Messages compared, and the fields in which we differ."""
    sentences, golden_file = SOURCES[source]
    waiting: dict[tuple[int, int, str], list[Row]] = defaultdict(list)
    for kind, mmsi, row, lines in messages(GOLDEN / sentences):
        part = half(row) if kind == 24 else ""
        waiting[kind, mmsi, part].append(ours(row, lines))
    compared, found = 0, []
    for golden in answers(GOLDEN / golden_file, twice=source.startswith("gpsd-")):
        kind, mmsi = golden["type"], golden["mmsi"]
        mine = _partner(waiting, kind, mmsi)
        compared += 1
        if (golden.get("dac"), golden.get("fid")) in NOT_READ:
            assert mine["data_hex"] == mine["data"], "handed on as hex"
            continue
        for name, other in theirs(golden).items():
            skipped = NOT_COMPARED.fullmatch(name) or other is ...
            if skipped or (name == "timestamp" and kind not in (4, 11)):
                continue
            if zero_for_none(kind, mine, name, other):
                continue
            own = mine.get(name, "missing")
            if not same(own, other, _step(source, golden, name)):
                found.append((source, str(kind), str(mmsi), name, _text(other), _text(own)))
    return compared, found


def _partner(waiting: dict[tuple[int, int, str], list[Row]], kind: int, mmsi: int) -> Row:
    """Our decoding of the same message; both halves of type 24, which gpsd joins."""
    mine: Row = {}
    for part in "AB" if kind == 24 else ("",):
        if waiting[kind, mmsi, part]:
            own = waiting[kind, mmsi, part].pop(0)
            mine |= {name: own[name] for name in own if own[name] is not None or name not in mine}
    assert mine, f"no type {kind} of {mmsi} among ours"
    return mine


def _listed() -> list[dict[str, str]]:
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_every_field_agrees_or_is_in_the_table(source: str) -> None:
    compared, found = _differences(source)
    assert compared == COMPARED[source]
    names = ("source", "type", "mmsi", "field", "theirs", "ours")
    listed = [tuple(row[name] for name in names) for row in _listed() if row["source"] == source]
    new, gone = Counter(found) - Counter(listed), Counter(listed) - Counter(found)
    assert not new, f"new disagreements: {sorted(new)}"
    assert not gone, f"listed disagreements that vanished: {sorted(gone)}"


def test_every_disagreement_names_what_settles_it() -> None:
    for row in _listed():
        assert row["source"] in SOURCES
        assert len(row["clause"]) > 20, row


# -- sentences that came without a decoding: our columns against what pyais makes of them ------
BUNDLED = {
    "mjaros/messages.txt": (370, 327),
    "pyais/ais_test_messages": (7, 7),
    "pyais/gatehouse.nmea": (4, 4),
    "pyais/messages.ais": (6, 6),
    "pyais/mixed.txt": (12, 12),
    "pyais/nmea_data_sample.txt": (778, 770),
    "pyais/sample.ais": (11, 11),
    "pyais/timestamped.ais": (4, 4),
    "aisparser/seattle.log": (614, 575),
    "aisparser/tidemsg8.log": (178, 27),
    "gfw/ee-multiline.nmea": (8, 8),
    "gfw/errors.nmea": (3, 3),
    "gfw/mixed_types.nmea": (99, 65),
    "gfw/multi-part.nmea": (43, 20),
    "gfw/type1-bad-bitcount.nmea": (12, 12),
    "gfw/type8.nmea": (1, 0),
}
"""Messages, and those with columns. The counts are those of the collectors, who used pyais."""
SHARED = {
    "aisdb/test_data_20211101.nm4": (979, 975),
    "kystverket/Ais1000Lines.nm4": (877, 877),
    "opencpn/stupan.se-10112-tcp.log": (1264, 1233),
    "aisparser/SAR.log": (12_754, 11_401),
}
"""Under a licence that keeps them out of the project, or too large for it."""


EVERY = {"aisparser/SAR.log": 10}
"""Of a long recording every so many messages are compared field by field."""


def _columns_against_pyais(path: Path, every: int = 1) -> tuple[tuple[int, int], list[str]]:
    whole, with_columns, wrong = 0, 0, []
    for kind, mmsi, row, lines in messages(path):
        whole += 1
        if not row:
            continue
        with_columns += 1
        if with_columns % every:
            continue
        own, found = ours(row, lines), detail(lines)
        found["eta"] = tuple(found.get(name) for name in ("month", "day", "hour", "minute"))
        for name in COLUMNS | ({"eta": "eta"} if kind == 5 else {}):
            other = found.get(RENAMED.get(name, name), ...)
            if other is ... or (name == "name" and kind != 21) or name == "timestamp":
                continue
            if not same(own[name], other, 2e-5 * max(1.0, _size(other))):
                wrong.append(f"type {kind} of {mmsi}, {name}: pyais {other!r}, ours {own[name]!r}")
    return (whole, with_columns), wrong


@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_columns_are_what_pyais_reads(name: str) -> None:
    assert _columns_against_pyais(GOLDEN / name) == (BUNDLED[name], [])


@pytest.mark.parametrize("name", sorted(SHARED))
def test_columns_are_what_pyais_reads_in_shared_recordings(name: str, shared_data: Path) -> None:
    found = _columns_against_pyais(shared_data / "nmea" / name, EVERY.get(name, 1))
    assert found == (SHARED[name], [])


def test_aisdb_has_the_vectors_of_libais(shared_data: Path) -> None:
    theirs_too = shared_data / "nmea" / "aisdb" / "test_data_201201.nmea"
    assert theirs_too.read_bytes() == (GOLDEN / "libais" / "typeexamples.nmea").read_bytes()
