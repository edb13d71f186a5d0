"""Lines made into those of another vessel or clock, read back by pyais and by our decoder."""

from __future__ import annotations

import pytest
from pyais import AISSentence, decode, encode_dict
from small_scenario import BEGIN_S, tagged

from mda.decode.tagblock import read_tag
from mda.evaluate.sentences import (
    mmsi_in,
    part_of,
    station_in,
    with_mmsi,
    with_time_shifted,
)

STATIC = {
    "type": 5,
    "mmsi": 329_000_001,
    "shipname": "TEST SHIP",
    "callsign": "J7AB",
    "imo": 9074729,
}


def sentence(mmsi: int, **more: object) -> bytes:
    body = {
        "type": 1,
        "mmsi": mmsi,
        "lon": -61.5,
        "lat": 15.2,
        "speed": 7.3,
        "course": 12.0,
        **more,
    }
    return encode_dict(body, talker_id="AI", sentence_type="VDM", radio_channel="B")[0].encode()


@pytest.mark.parametrize(
    "mmsi", [1, 2_320_001, 111_232_506, 329_000_001, 992_351_000, 1_073_741_823]
)
def test_the_mmsi_is_read_and_exchanged(mmsi: int) -> None:
    line = sentence(329_000_009)
    changed = with_mmsi(tagged(line.decode(), BEGIN_S, "north"), mmsi)
    part = part_of(changed)
    assert part is not None
    assert mmsi_in(part[3]) == mmsi
    bare = changed[changed.index(b"!") :]
    theirs, before = decode(bare), decode(line)
    assert theirs.mmsi == mmsi
    assert AISSentence(bare).is_valid
    for name in ("lon", "lat", "speed", "course", "status", "turn"):
        assert getattr(theirs, name) == getattr(before, name)
    assert read_tag(changed.partition(b"!")[0]).station == "north"


def test_a_message_of_two_parts_changes_in_its_first() -> None:
    parts = [s.encode() for s in encode_dict(STATIC, talker_id="AI", sentence_type="VDM", seq_id=3)]
    first = part_of(parts[0])
    assert first is not None
    assert first[:2] == (2, 1)
    theirs = decode(with_mmsi(parts[0], 204_000_007), parts[1])
    assert (theirs.mmsi, theirs.shipname, theirs.imo) == (204_000_007, "TEST SHIP", 9074729)


@pytest.mark.parametrize(
    "line", [b"", b"# note", b"!AIVDM,1,1,,A,15,0*3E", b"$GPGGA,1*00", b"!AIVDM,1,1,,A,1 bad,0*00"]
)
def test_what_holds_no_mmsi_stays(line: bytes) -> None:
    assert with_mmsi(line, 5) == line
    part = part_of(line)
    assert part is None or mmsi_in(part[3]) == 0


def test_a_clock_is_shifted() -> None:
    line = tagged(sentence(1).decode(), BEGIN_S, "north")
    shifted = read_tag(with_time_shifted(line, -7).partition(b"!")[0])
    assert (shifted.stamp_us, shifted.station, shifted.sound) == (
        (BEGIN_S - 7) * 10**6,
        "north",
        True,
    )


def test_fractions_of_a_second_stay() -> None:
    from mda.decode.framing import exclusive_or

    body = b"c:1700000000.250,s:x"
    line = b"\\" + body + b"*%02X\\!AIVDM" % exclusive_or(body)
    assert read_tag(with_time_shifted(line, 2).partition(b"!")[0]).stamp_us == 1_700_000_002_250_000


@pytest.mark.parametrize(
    "line", [b"!AIVDM,1", b"\\s:x*5B\\!AIVDM", b"\\c:12*5A\\!AIVDM", b"\\c:x\\!A"]
)
def test_a_line_without_a_time_stays(line: bytes) -> None:
    assert with_time_shifted(line, 60) == line


def test_the_station_of_a_line() -> None:
    assert station_in(tagged("!AIVDM", BEGIN_S, "mast 2")) == "mast 2"
    assert station_in(b"!AIVDM,1,1,,A,15,0*3E") == ""
