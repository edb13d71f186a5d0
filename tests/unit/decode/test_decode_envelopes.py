"""Sentences wrapped in JSON: AIS-catcher's objects, gpsd's answers, and what is neither."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sentences import BOTH_ROADS, PLAIN, SHIP, T0, Road, decode, parts, reasons, vdm, voyage

from mda.decode import NmeaDecoder, received_at

S = 1_000_000
AT_US = 1_490_075_470_359_632


@pytest.fixture(autouse=True, params=sorted(BOTH_ROADS))
def _road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Road, "bulk", BOTH_ROADS[request.param])


def wrapped(*sentences: bytes, **fields: object) -> bytes:
    nmea = [sentence.decode() for sentence in sentences]
    body = {"class": "AIS", "device": "AIS-catcher", "channel": "A", "nmea": nmea, **fields}
    return json.dumps(body, separators=(",", ":")).encode()


def test_an_object_gives_time_level_offset_and_station() -> None:
    decoder = NmeaDecoder({0: "own"}, bulk=Road.bulk)
    line = wrapped(PLAIN, rxuxtime=1490075470.359632, signalpower=-37.4, ppm=-0.25, station_id=7)
    reports = decode(line, wrapped(PLAIN), decoder=decoder).reports
    assert list(reports.at_us) == [AT_US, T0]
    assert list(reports.level_db) == pytest.approx([-37.4, np.nan], nan_ok=True)
    assert list(reports.offset_ppm) == pytest.approx([-0.25, np.nan], nan_ok=True)
    assert [decoder.stations[code] for code in reports.station] == ["7", "own"]
    assert list(reports.flags) == [0, 0]


@pytest.mark.parametrize(
    "fields",
    [
        {"toa": 1490075470.359632, "rxuxtime": 1490075479.0},
        {"toa": 0.5, "rxuxtime": 1490075470.359632},
        {"toa": None, "rxuxtime": 1490075470.359632, "rxtime": "20170321055100"},
        {"rxuxtime": "x", "toa": True, "rxtime": "20170321055110"},
        {"rxtime": "20170321055110"},
    ],
)
def test_the_upstream_time_counts_first(fields: dict[str, object]) -> None:
    at_us = AT_US if 1490075470.359632 in fields.values() else AT_US - 359_632
    line = wrapped(PLAIN, **fields)
    assert decode(line).reports.at_us[0] == at_us
    assert received_at(line) == at_us


@pytest.mark.parametrize("rxtime", ["20171321055110", "2017", 20170321055110, "19990321055110", ""])
def test_a_calendar_time_that_is_none(rxtime: object) -> None:
    line = wrapped(PLAIN, rxtime=rxtime)
    assert decode(line).reports.at_us[0] == T0
    assert received_at(line) is None


@pytest.mark.parametrize("value", [None, "loud", True, 1e5, float("nan"), float("inf"), 10**400])
def test_figures_that_are_no_measurement(value: object) -> None:
    reports = decode(wrapped(PLAIN, signalpower=value, ppm=value, toa=value)).reports
    assert (reports.at_us[0], np.isnan(reports.level_db[0])) == (T0, True)
    assert np.isnan(reports.offset_ppm[0])


def test_the_parts_of_one_object_are_never_mixed_with_others() -> None:
    one, two = (parts(*voyage(SHIP + k, f"PORT {k}")) for k in range(2))
    decoded = decode(one[0], wrapped(*two, rxuxtime=1490075470.359632), one[1])
    assert list(decoded.statics.destination) == [b"PORT 1", b"PORT 0"]
    assert list(decoded.statics.at_us) == [AT_US, T0]
    again = decode(wrapped(*one), wrapped(*one), wrapped(*two))
    assert list(again.statics.mmsi) == [SHIP, SHIP, SHIP + 1]


def test_one_part_an_object_is_put_together_as_ever() -> None:
    one, two = parts(*voyage(SHIP, "ROSEAU"))
    assert list(decode(wrapped(one), wrapped(two)).statics.destination) == [b"ROSEAU"]


def test_an_object_of_several_messages_lends_them_its_station() -> None:
    several = {
        "protocol": "jsonaiscatcher",
        "stationid": "Roseau",
        "msgs": [
            json.loads(wrapped(PLAIN, signalpower=-30)),
            json.loads(wrapped(vdm(b"15RTgt0PAso;90TKcjM8h6g208CQ", channel=b"B"), ppm=1)),
            "junk",
        ],
    }
    decoder = NmeaDecoder({0: "own"}, bulk=Road.bulk)
    reports = decode(json.dumps(several).encode(), decoder=decoder).reports
    assert list(reports.level_db) == pytest.approx([-30, np.nan], nan_ok=True)
    assert list(reports.offset_ppm) == pytest.approx([np.nan, 1], nan_ok=True)
    assert [decoder.stations[code] for code in reports.station] == ["Roseau", "Roseau"]


def test_nmea_as_a_text_instead_of_a_list() -> None:
    body = json.loads(wrapped(PLAIN, rxuxtime=1490075470.359632))
    body["nmea"] = body["nmea"][0]
    assert decode(json.dumps(body).encode()).reports.at_us[0] == AT_US


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"class":"VERSION","release":"3.25","proto_major":3}', "not_ais"),
        (b'{"class":"DEVICES","devices":[]}', "not_ais"),
        (b'{"class":"WATCH","enable":true,"json":false,"nmea":false,"raw":0}', "not_ais"),
        (b'{"class":"TPV","lat":15.3,"lon":-61.4}', "not_ais"),
        (b'{"class":"AIS","type":1,"mmsi":371798000,"lon":-74074080}', "no_sentence"),
        (b'{"mmsi":371798000,"nmea":[]}', "no_sentence"),
        (b'{"mmsi":371798000,"nmea":[1,"\xc3\xa9"]}', "no_sentence"),
        (b'{"class":"AIS"', "bad_json"),
        (b"{" * 4000, "bad_json"),
        (b'{"a":' + b"[" * 4000, "bad_json"),
        (b"{}", "not_ais"),
        (b"{\xff}", "bad_json"),
        (b'{"a":"' + b"x" * 4096, "too_long"),
    ],
)
def test_objects_without_a_sentence(line: bytes, reason: str) -> None:
    assert reasons(decode(line)) == [reason]
    assert received_at(line) is None


def test_a_sentence_in_a_broken_object_is_read_without_it() -> None:
    line = wrapped(PLAIN, rxuxtime=1490075470.359632)[:-1]
    reports = decode(line).reports
    assert (reports.mmsi[0], reports.at_us[0]) == (SHIP, T0)


def test_a_wrong_checksum_in_an_object_is_refused() -> None:
    assert reasons(decode(wrapped(PLAIN[:-2] + b"00"))) == ["checksum"]
