"""What the relay says on the wire, and the receive times that it keeps."""

from __future__ import annotations

import itertools
import json
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import relay
from feeds.relay import Frame, Row, Standing, Unframer
from feeds.relay_lines import tagged, told_apart, unfinished
from mda.decode import NmeaDecoder, received_at
from mda.errors import FeedError
from mda.model import Lines, RowKind, Sentence

BARE = b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
FIRST_PART = b"!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C"
LAST_PART = b"!AIVDM,2,2,1,A,88888888880,2*25"


# -- the codec --------------------------------------------------------------------------------
@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(1, 40), min_size=1))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    bodies: list[bytes], steps: list[int]
) -> None:
    stream = b"".join(relay.framed(Frame.ROWS, body) for body in bodies)
    frames, found, at = Unframer(), [], 0
    for step in itertools.cycle(steps):
        if at >= len(stream):
            break
        found += list(frames.push(stream[at : at + step]))
        at += step
    assert found == [(Frame.ROWS, body) for body in bodies]


def test_a_damaged_or_foreign_stream_is_told() -> None:
    sound = relay.framed(Frame.BEAT, b"body")
    with pytest.raises(FeedError, match="damaged"):
        list(Unframer().push(sound[:-1] + b"X"))
    with pytest.raises(FeedError, match="does not speak"):
        list(Unframer().push(b"GET / HTTP/1.1\r\n"))
    with pytest.raises(FeedError, match="does not speak"):
        relay.understood(b"not json")
    with pytest.raises(FeedError, match="does not speak"):
        relay.understood(b"[1]")
    with pytest.raises(FeedError, match="does not speak"):
        relay.understood(b"[" * 500_000)
    with pytest.raises(FeedError, match="no station"):
        relay.understood(b'{"station": 4}', station=str)
    with pytest.raises(FeedError, match="damaged"):
        relay.read_ack(b"123")
    rows = relay.rows_body(Standing(1, 2, 3), [Row(1, 2, 0, 0, b"line")])
    assert relay.read_rows(rows) == (Standing(1, 2, 3), [Row(1, 2, 0, 0, b"line")])
    strange = relay.rows_body(Standing(1, 2, 3), [Row(1, 2, 77, 0, b"line")])
    long = relay.rows_body(Standing(1, 2, 3), [Row(1, 2, 0, 0, b"x" * 70_000)])
    for damaged in (rows[:5], rows[:-1], rows[:20], strange, long):
        with pytest.raises(FeedError, match="damaged"):
            relay.read_rows(damaged)


# -- receive times ----------------------------------------------------------------------------
def test_a_line_without_a_time_gets_the_stations_and_keeps_it() -> None:
    row = Row(7, 1_490_075_479_250_000, 0, 0, BARE)
    line = tagged(BARE, "Scotts Head", row, received_at)
    assert line.startswith(b"\\s:Scotts Head,c:1490075479250,n:7*")
    assert line.endswith(BARE)
    assert received_at(line) == 1_490_075_479_250_000
    assert tagged(line, "Other", row, received_at) == line, "a time of its own stays"
    assert tagged(b"1490075479," + BARE, "Other", row, received_at).startswith(b"1490075479,")
    assert b"s:a-b-c," in tagged(BARE, "a,b*c", row, received_at)
    assert tagged(b"$GPZDA,1*00", "x", row, received_at) == b"$GPZDA,1*00"
    assert tagged(BARE, "a!" * 90, row, received_at).startswith(b"\\s:" + b"a-" * 32 + b",c:")
    assert b"s:??," in tagged(BARE, "\ud800\ud801", row, received_at), "what is no character"


def _tag(fields: bytes) -> bytes:
    return b"\\%b*%02X\\" % (fields, reduce(xor, fields, 0))


@pytest.mark.parametrize(
    "lines",
    [
        (FIRST_PART, LAST_PART),
        (_tag(b"g:1-2-77,s:a,c:1490075470") + FIRST_PART, _tag(b"g:2-2-77") + LAST_PART),
        (_tag(b"g:1-2-77,s:a") + FIRST_PART, _tag(b"g:2-2-77") + LAST_PART),
        (_tag(b"s:a,c:1490075470") + FIRST_PART, LAST_PART),
        (FIRST_PART, LAST_PART + b",r003669945,1490075470"),
        (b"1490075470," + FIRST_PART, LAST_PART),
    ],
    ids=["bare", "group", "group without a time", "block", "suffix", "prefix"],
)
def test_a_message_whose_parts_say_different_things_stays_whole(lines: tuple[bytes, ...]) -> None:
    at_us = 1_490_075_471_000_000
    rows = [Row(7 + k, at_us, 0, 2, line) for k, line in enumerate(lines)]
    apart = told_apart(rows)
    assert (apart == set()) == all(line[:1] == b"!" and line[-3:-2] == b"*" for line in lines)
    sent = [tagged(r.data, "" if r.seq in apart else "Edge", r, received_at) for r in rows]
    decoder = NmeaDecoder()
    found = decoder.decode(Lines.of([Sentence(RowKind.LINE, 0, at_us, line) for line in sent]))
    assert len(found.statics) == 1
    assert decoder.flush().rejected == []


def test_json_without_a_time_gets_one_in_its_own_way() -> None:
    row = Row(7, 1_490_075_479_250_000, 0, 0, b"")
    bare = b'{"class":"AIS","nmea":["x"]}'
    line = tagged(bare, "x", row, lambda _: None)
    assert json.loads(line) == {"rxuxtime": 1490075479.25, "class": "AIS", "nmea": ["x"]}
    assert tagged(bare, "x", row, lambda _: 5) == bare
    longest = b'{"pad":"' + b"x" * 4080 + b'"}'
    assert tagged(longest, "x", row, lambda _: None) == longest, "no line becomes too long"


def test_an_unfinished_message_is_known() -> None:
    assert unfinished(FIRST_PART)
    assert unfinished(b"\\s:x*00\\" + FIRST_PART)
    assert not any(map(unfinished, (LAST_PART, BARE, b"$GPRMC,1,2", b"!x", b"")))
