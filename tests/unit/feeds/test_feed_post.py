"""Posts over HTTP on loopback, as AIS-catcher makes them and as nobody should."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest
from feed_taking import Taking, taking, wait_until
from hypothesis import given
from hypothesis import strategies as st

from feeds.cutting import LINE_MAX
from feeds.envelope import lines_in, unpacked
from feeds.patience import Patience
from feeds.post import BODY_MOST, PostFeed
from mda.clock import ReplayClock
from mda.errors import FeedError

LOOPBACK = "127.0.0.1"


def _feed(**options: object) -> PostFeed:
    return PostFeed("sdr", 8, LOOPBACK, 0, ReplayClock(2, 0.0), **options)  # type: ignore[arg-type]


@contextlib.contextmanager
def _open(**options: object) -> Iterator[tuple[PostFeed, Taking]]:
    feed = _feed(**options)
    with taking(feed) as taken:
        taken.until_controls(1)
        yield feed, taken


def _post(feed: PostFeed, body: bytes, **headers: str) -> tuple[int, str]:
    link = http.client.HTTPConnection(LOOPBACK, feed.port, timeout=30.0)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        link.request("POST", "/ais", body, named)
        answer = link.getresponse()
        return answer.status, answer.read().decode()
    finally:
        link.close()


def _raw(feed: PostFeed, text: bytes) -> bytes:
    """What is answered to bytes of any kind, up to the end of the connection."""
    with socket.create_connection((LOOPBACK, feed.port), 30.0) as link:
        answer = b""
        with contextlib.suppress(OSError):  # whoever is refused may be cut off before this
            link.sendall(text)
            link.shutdown(socket.SHUT_WR)
        try:
            while data := link.recv(4096):
                answer += data
        except ConnectionResetError:
            pass
        return answer


def _envelope(*messages: object, **more: object) -> bytes:
    return json.dumps({"protocol": "jsonaiscatcher", "msgs": messages, **more}).encode()


def test_every_message_of_an_envelope_is_a_line_with_its_station() -> None:
    messages = [
        {"class": "AIS", "rxuxtime": 1.5, "nmea": ["!AIVDM,1"], "signalpower": -30.5, "ppm": 0.1},
        {"class": "AIS", "nmea": ["!AIVDM,2"], "stationid": "its own"},
    ]
    with _open() as (feed, taken):
        body = _envelope(*messages, stationid="Roseau", receiver={"version": 70})
        assert _post(feed, body) == (200, "OK\n")
        # 200 means handed over: the rows are here already.
        assert [json.loads(line) for line in taken.lines] == [
            {**messages[0], "stationid": "Roseau"},
            messages[1],
        ]
        assert b" " not in taken.lines[0].replace(b"its own", b"")
        packed = gzip.compress(_envelope(messages[1]))
        assert _post(feed, packed, Content_Encoding="gzip")[0] == 200
        assert json.loads(taken.lines[2]) == messages[1]
    assert {row.stored_at_us for row in taken.rows} == {2}


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b"!AIVDM,1\r\n!AIVDM,2\r\n", [b"!AIVDM,1", b"!AIVDM,2"]),
        (b'{"nmea":["!A"]}\n{"nmea":["!B"]}\n', [b'{"nmea":["!A"]}', b'{"nmea":["!B"]}']),
        (b'{"nmea":["!A"]}', [b'{"nmea":["!A"]}']),
        (b'{"msgs":', [b'{"msgs":']),
        (b'{"msgs":3}', [b'{"msgs":3}']),
        (b'{"msgs":[]}', []),
        (b'{"msgs":[3,null,"x"]}', [b"3", b"null", b'"x"']),
        (b'[{"nmea":["!A"]}]', [b'[{"nmea":["!A"]}]']),
        (b"", []),
        (b"\0\r\n", []),
    ],
)
def test_what_is_no_envelope_is_cut_into_lines(body: bytes, lines: list[bytes]) -> None:
    assert lines_in(body) == lines


def test_a_message_that_is_too_long_keeps_what_its_sentences_do_not_say() -> None:
    long = {"nmea": ["!AIVDM,1"], "rxuxtime": 5, "text": "x" * 5000}
    (line,) = lines_in(_envelope(long, stationid="R"))
    assert json.loads(line) == {"rxuxtime": 5, "nmea": ["!AIVDM,1"], "stationid": "R"}
    pieces = lines_in(_envelope({"nmea": ["!" * 9000]}))
    assert len(pieces) == 3
    assert max(map(len, pieces)) == LINE_MAX


def test_json_nested_beyond_reason_is_only_lines() -> None:
    deep = b'{"msgs":' + b"[" * 100_000
    assert b"".join(lines_in(deep)) == deep
    huge = b'{"msgs":[' + b"9" * 5000 + b"]}"
    assert b"".join(lines_in(huge)) == huge


@given(st.binary(max_size=300), st.booleans())
def test_any_body_becomes_lines_of_at_most_4_kb(body: bytes, braced: bool) -> None:
    lines = lines_in(b"{" * braced + body)
    assert all(0 < len(line) <= LINE_MAX for line in lines)
    with pytest.raises(ValueError):
        unpacked(b"\x1f\x8b" + body, 1000)


def test_what_is_wrong_with_a_request_is_answered() -> None:
    with _open() as (feed, taken):
        head = b"POST / HTTP/1.1\r\nHost: x\r\n"
        for text, status in [
            (head + b"\r\n", b"411"),
            (head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
            (head + b"Content-Length: -5\r\n\r\n", b"400"),
            (head + b"Content-Length: 10\r\n\r\nshort", b"400"),
            (head + b"Content-Length: %d\r\n\r\n" % (BODY_MOST + 1), b"413"),
            (head + b"Content-Length: %s\r\n\r\n" % (b"9" * 5000), b"413"),
            (head + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx", b"415"),
            (head + b"Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", b"400"),
            (b"GET / HTTP/1.1\r\n\r\n", b"405"),
            (b"POST /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
            (b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"431"),
            (b"nonsense\r\n\r\n", b"400"),
        ]:
            assert b" %s " % status in _raw(feed, text).split(b"\r\n")[0], text[:80]
        bomb = gzip.compress(b"\n" * (BODY_MOST + 1))
        status_code, why = _post(feed, bomb, Content_Encoding="gzip")
        assert (status_code, why) == (400, f"unpacks to more than {BODY_MOST} bytes\n")
        cut = gzip.compress(b"!AIVDM" * 50)[:-10]
        assert _post(feed, cut, Content_Encoding="gzip")[1] == "gzip that was cut off\n"
        assert taken.lines == []
        assert _post(feed, b"one\n")[0] == 200
        assert taken.lines == [b"one"]


def test_the_token_is_shown_as_bearer_or_as_the_password_of_basic() -> None:
    with _open(token="s3cret") as (feed, taken):
        for shown in [
            None,
            "Bearer wrong",
            "Bearer s3cre\u00e9",
            "Basic !!!",
            "Basic c2RyOndyb25n",
            "Digest s3cret",
        ]:
            headers = {"Authorization": shown} if shown else {}
            assert _post(feed, b"one\n", **headers)[0] == 401, shown
        assert feed.refused == 6
        assert taken.lines == []
        assert _post(feed, b"two\n", Authorization="Bearer s3cret")[0] == 200
        assert _post(feed, b"three\n", Authorization="Basic c2RyOnMzY3JldA==")[0] == 200
        assert taken.lines == [b"two", b"three"]


def test_only_whom_the_list_names_and_not_too_many_at_once() -> None:
    with _open(allow=["192.0.2.0/24"]) as (feed, _):
        assert _raw(feed, b"") == b""
        wait_until(lambda: feed.refused == 1)
    with _open(most=1) as (feed, _):
        with socket.create_connection((LOOPBACK, feed.port), 30.0) as first:
            first.sendall(b"POST / HT")
            wait_until(lambda: feed._server and feed._server.since_s)
            assert _raw(feed, b"POST / HTTP/1.1\r\n\r\n") == b""
            assert feed.refused == 1
        wait_until(lambda: feed._server and not feed._server.since_s)
        assert _post(feed, b"one\n")[0] == 200


def test_who_trickles_is_cut_off() -> None:
    with (
        _open(request_s=0.5) as (feed, taken),
        socket.create_connection((LOOPBACK, feed.port), 30.0) as slow,
    ):
        slow.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n")

        def cut_off() -> bool:
            try:
                slow.sendall(b"x")
            except OSError:
                return True
            return False

        wait_until(cut_off)
        wait_until(lambda: feed.last_error)
        assert _post(feed, b"one\n")[0] == 200
        assert taken.lines == [b"one"]


def test_a_post_that_cannot_be_handed_over_is_to_be_posted_again() -> None:
    feed = _feed(hand_over_s=0.1)
    rows = iter(feed)
    next(rows)
    # Nobody takes rows now.
    assert _post(feed, b"one\n")[0] == 503
    answers: list[int] = []
    poster = threading.Thread(target=lambda: answers.append(_post(feed, b"two\nthree\n")[0]))
    poster.start()
    assert next(rows).data == b"two"  # in the middle of being handed over there is no way back
    poster.join(1.0)
    assert poster.is_alive()
    assert next(rows).data == b"three"
    feed.stop()
    list(rows)
    poster.join(30.0)
    assert answers == [200]


def test_stopping_while_somebody_waits() -> None:
    feed = _feed()
    rows = iter(feed)
    next(rows)
    answers: list[int] = []

    def post() -> None:
        try:
            answers.append(_post(feed, b"one\n")[0])
        except (OSError, http.client.HTTPException):
            answers.append(0)

    poster = threading.Thread(target=post)
    poster.start()
    wait_until(lambda: feed._inbox._waiting)
    feed.stop()
    list(rows)
    poster.join(30.0)
    assert answers in ([503], [0])


def test_an_address_that_is_taken_or_none_is_told_at_once_and_silence_too() -> None:
    with _open(patience=Patience(silence_s=0.3)) as (feed, taken):
        with pytest.raises(FeedError, match="cannot listen"):
            PostFeed("twin", 0, LOOPBACK, feed.port, ReplayClock(0, 0.0))
        assert taken.until_controls(2)[1] == ("DISCONNECT", "silence")
        assert _post(feed, b"one\n")[0] == 200
        assert taken.controls[2] == ("CONNECT", "heard again")
    with pytest.raises(FeedError, match="no such address"):
        PostFeed("nowhere", 0, "no.such.host.invalid", 1, ReplayClock(0, 0.0))


def test_a_browser_is_told_what_the_address_is_for() -> None:
    with _open() as (feed, _):
        link = http.client.HTTPConnection(LOOPBACK, feed.port, timeout=30.0)
        link.request("GET", "/")
        answer = link.getresponse()
        assert (answer.status, answer.getheader("Allow")) == (405, "POST")
        assert "posted here" in answer.read().decode()
        link.close()
