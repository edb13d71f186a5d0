"""Telling dialects, and each line's own time in any of them."""

from __future__ import annotations

import pytest
from table_rows import EXACT_HEADER, exact_row

from mda.clock import parse_at
from mda.decode import LineTimes, tell
from mda.model.tables import ColumnMap

BARE = b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
MAP = ColumnMap({"at": "t", "mmsi": "m", "lon_deg": "x", "lat_deg": "y"})


@pytest.mark.parametrize(
    ("lines", "words", "timed"),
    [
        ([b"epoch,AIS_Sentences", b"1490075479," + BARE], "NMEA with epoch prefix", True),
        ([b"2016-03-31 00:00:01, " + BARE], "NMEA with ISO prefix", True),
        ([BARE + b",r003669945,1620000000"], "NMEA with suffix times", True),
        ([rb"\s:x,c:1490075479*5A" + b"\\" + BARE], "NMEA with TAG blocks", True),
        ([rb"\s:x*0B" + b"\\" + BARE], "NMEA without times", False),
        ([BARE], "NMEA without times", False),
        ([b"$PGHP,1,2008,5,9,0,0,0,10,338,2,,1,09*17", BARE], "NMEA with $PGHP times", True),
        ([b"$ABVSI,x,1,100000.5,1,-90,*00", BARE], "NMEA with $ABVSI times", True),
        ([b'{"nmea":["' + BARE + b'"],"rxuxtime":1}'], "AIS-catcher JSON", True),
        ([b"MMSI,BaseDateTime,LAT,LON"], "Marine Cadastre CSV, 4 columns", True),
        ([EXACT_HEADER], "exactEarth CSV, 36 columns", True),
    ],
)
def test_what_is_known(lines: list[bytes], words: str, timed: bool) -> None:
    told = tell(lines)
    assert (told.words, told.known, told.timed) == (words, True, timed)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "nothing at all"),
        ([b"\x00\x01\x02\x03\xff"], "binary"),
        ([b"# CARIBSIS", b"text"], "first line is # CARIBSIS"),
        ([b"name;flag;port", b"x;y;z"], "a table of 3 columns that no layout knows"),
        ([b"x" * 100], "…"),
    ],
)
def test_what_is_not_known_is_shown(lines: list[bytes], says: str) -> None:
    told = tell(lines)
    assert not told.known
    assert says in told.words


def test_with_a_map_only_its_header_counts() -> None:
    assert tell([b"note", b"t,m,x,y"], MAP).table
    told = tell([BARE], MAP)
    assert not told.known
    assert "t, m, x, y" in told.words


def test_line_times_of_a_table() -> None:
    clock = LineTimes()
    lines = [
        b"MMSI,BaseDateTime,LAT,LON",
        b"338000001,2023-01-11T00:00:00,18.0,-65.0",
        b'338000001,"2023-01-11T00:00:01",18.0,-65.0',
        b"too,short",
        b'"open',
        b"BaseDateTime,MMSI,LAT,LON",
        b"2023-01-11T00:00:02,338000001,18.0,-65.0",
    ]
    at = [parse_at(f"2023-01-11T00:00:0{i}Z") for i in range(3)]
    assert [clock(line) for line in lines] == [None, at[0], at[1], None, None, None, at[2]]


def test_line_times_of_a_mapped_table_and_of_sentences() -> None:
    clock = LineTimes(MAP)
    assert clock(b"note") is None
    assert clock(b"t,m,x,y") is None
    assert clock(b"2023-01-11T00:00:00,1,2,3") == parse_at("2023-01-11T00:00:00Z")
    clock = LineTimes()
    assert clock(b"1490075479," + BARE) == 1490075479_000_000
    assert clock(BARE) is None


def test_milliseconds_of_their_own_column_count() -> None:
    clock = LineTimes()
    clock(EXACT_HEADER)
    at = parse_at("2021-07-01T18:51:51Z")
    assert clock(exact_row(Millisecond="680")) == at + 680_000
    assert clock(exact_row(Millisecond="")) == at
