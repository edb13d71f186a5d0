"""TCP and UDP on loopback, against real sockets."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from feed_taking import taking, wait_until

from feeds import TcpFeed, UdpFeed
from feeds.datagrams import dropped
from feeds.patience import Patience
from mda.clock import ReplayClock
from mda.errors import FeedError
from mda.model import RowKind, Sentence

LOOPBACK = "127.0.0.1"
QUICK_BUT_PATIENT = Patience(retry_s=0.02, retry_most_s=0.08)
QUICK = Patience(connect_s=2.0, silence_s=0.3, retry_s=0.02, retry_most_s=0.08)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.settimeout(10.0)
        yield listener


def _tcp(server: socket.socket, **options: object) -> TcpFeed:
    port = server.getsockname()[1]
    options.setdefault("patience", QUICK)
    return TcpFeed("shore", 5, LOOPBACK, port, ReplayClock(7, 0.0), **options)  # type: ignore[arg-type]


def _reason(row: Sentence) -> str:
    return str(json.loads(row.data)["reason"])


def test_tcp_gives_lines_and_the_partial_last_one_and_connects_again(
    server: socket.socket,
) -> None:
    feed = _tcp(server, jitter=random.Random(1))
    rows = iter(feed)
    first = next(_later(server, [b"one\r\ntw", b"o\r\n\r\nthr"]))
    assert next(rows).kind == RowKind.CONNECT
    assert [next(rows).data for _ in range(3)] == [b"one", b"two", b"thr"]
    gone = next(rows)
    assert (gone.kind, _reason(gone)) == (RowKind.DISCONNECT, "closed by peer")
    first.join(10.0)
    again = next(_later(server, [b"x" * 5000 + b"\n"]))
    assert next(rows).kind == RowKind.CONNECT
    pieces = [next(rows) for _ in range(2)]
    assert [len(row.data) for row in pieces] == [4096, 904]
    assert {row.stored_at_us for row in pieces} == {7}
    assert {row.feed for row in pieces} == {5}
    again.join(10.0)
    assert feed.attempts == 2
    feed.stop()
    assert [row.kind for row in rows] == [RowKind.DISCONNECT]


def _later(server: socket.socket, pieces: list[bytes]) -> Iterator[threading.Thread]:
    """A peer that accepts one client, sends, and hangs up."""

    def serve() -> None:
        link, _ = server.accept()
        with link:
            for piece in pieces:
                link.sendall(piece)
                time.sleep(0.05)

    thread = threading.Thread(target=serve)
    thread.start()
    yield thread


def test_tcp_takes_long_silence_for_a_dead_peer(server: socket.socket) -> None:
    rows = iter(_tcp(server))
    assert next(rows).kind == RowKind.CONNECT
    link, _ = server.accept()
    with link:
        gone = next(rows)
    assert (gone.kind, _reason(gone)) == (RowKind.DISCONNECT, "silence")
    rows.close()  # type: ignore[attr-defined]


def test_tcp_tells_of_a_connection_that_breaks(server: socket.socket) -> None:
    feed = _tcp(server)
    rows = iter(feed)
    assert next(rows).kind == RowKind.CONNECT
    link, _ = server.accept()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    link.close()
    gone = next(rows)
    assert (gone.kind, _reason(gone)) == (RowKind.DISCONNECT, feed.last_error)
    rows.close()  # type: ignore[attr-defined]


def test_tcp_goes_on_trying_and_stops_at_once() -> None:
    with socket.create_server((LOOPBACK, 0)) as closed:
        port = closed.getsockname()[1]
    feed = TcpFeed("shore", 0, LOOPBACK, port, ReplayClock(0, 0.0), patience=QUICK)
    seen: list[Sentence] = []
    reader = threading.Thread(target=lambda: seen.extend(feed))
    reader.start()
    until = time.monotonic() + 10.0
    while feed.attempts < 4 and time.monotonic() < until:
        time.sleep(0.01)
    feed.stop()
    reader.join(10.0)
    assert not reader.is_alive()
    assert seen == []
    assert feed.attempts >= 4
    assert feed.last_error


def test_tcp_waits_longer_and_longer_with_jitter() -> None:
    class Fixed(random.Random):
        def uniform(self, a: float, b: float) -> float:
            asked.append((a, b))
            if len(asked) == 5:
                feed.stop()
            return 0.0

    asked: list[tuple[float, float]] = []
    with socket.create_server((LOOPBACK, 0)) as closed:
        port = closed.getsockname()[1]
    feed = TcpFeed("s", 0, LOOPBACK, port, ReplayClock(0, 0.0), jitter=Fixed())
    assert list(feed) == []
    assert asked == [(0.5, 1.0)] * 5


def test_tcp_stopped_before_it_began(server: socket.socket) -> None:
    feed = _tcp(server)
    feed.stop()
    assert list(feed) == []


# -- UDP --------------------------------------------------------------------------------------
def _udp(**options: object) -> UdpFeed:
    return UdpFeed("relay", 6, LOOPBACK, 0, ReplayClock(9, 0.0), **options)  # type: ignore[arg-type]


def _send(port: int, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        for datagram in datagrams:
            link.sendto(datagram, (LOOPBACK, port))


def test_udp_gives_every_line_of_every_datagram() -> None:
    feed = _udp()
    _send(feed.port, b"one\r\ntwo", b"UdPbC\0\\s:st*00\\three\r\n", b"", b"\r\n", b"four\0five")
    rows = iter(feed)
    assert next(rows) == Sentence(
        RowKind.CONNECT, 6, 9, json.dumps({"feed": "relay", "reason": "listening"}).encode()
    )
    lines = [next(rows) for _ in range(5)]
    assert [row.data for row in lines] == [b"one", b"two", b"\\s:st*00\\three", b"four", b"five"]
    assert {(row.kind, row.feed, row.stored_at_us) for row in lines} == {(RowKind.LINE, 6, 9)}
    feed.stop()
    (gone,) = list(rows)
    assert (gone.kind, _reason(gone)) == (RowKind.DISCONNECT, "stopped")


def test_udp_hears_only_whom_it_may() -> None:
    stranger = _udp(allow=["192.0.2.0/24"])
    _send(stranger.port, b"one")
    reader = threading.Thread(target=lambda: seen.extend(stranger))
    seen: list[Sentence] = []
    reader.start()
    until = time.monotonic() + 10.0
    while stranger.refused < 1 and time.monotonic() < until:
        time.sleep(0.01)
    stranger.stop()
    reader.join(10.0)
    assert [row.kind for row in seen] == [RowKind.CONNECT, RowKind.DISCONNECT]
    assert stranger.refused == 1
    friend = _udp(allow=["192.0.2.0/24", "127.0.0.0/8"])
    _send(friend.port, b"one")
    rows = iter(friend)
    next(rows)
    assert next(rows).data == b"one"
    friend.stop()
    assert len(list(rows)) == 1


def test_udp_whose_socket_breaks_says_so_and_listens_again() -> None:
    with taking(_udp(patience=QUICK_BUT_PATIENT)) as taken:
        feed = taken.feed
        assert isinstance(feed, UdpFeed)
        taken.until_controls(1)
        assert feed._link is not None
        feed._link.close()
        assert taken.until_controls(3) == [
            ("CONNECT", "listening"),
            ("DISCONNECT", "the socket was closed"),
            ("CONNECT", "listening"),
        ]
        _send(feed.port, b"one")
        assert taken.until_lines(1) == [b"one"]
        assert (feed.attempts, feed.reconnects) == (2, 1)
        assert feed.last_error == "the socket was closed"


def test_udp_silence_is_no_listening_time() -> None:
    with taking(_udp(patience=QUICK)) as taken:
        assert taken.until_controls(2)[1] == ("DISCONNECT", "silence")
        _send(taken.feed.port, b"one")  # type: ignore[attr-defined]
        taken.until_lines(1)
        assert taken.controls[2] == ("CONNECT", "heard again")


def test_udp_counts_what_found_no_room() -> None:
    feed = _udp(most_rows=10)
    rows = iter(feed)
    next(rows)
    # Nobody takes rows now; the receiving thread goes on all the same.
    for i in range(40):
        _send(feed.port, b"line %d" % i)
    wait_until(lambda: feed.lost >= 30)
    held = [next(rows).data for _ in range(10)]
    assert held == [b"line %d" % i for i in range(10)]
    assert feed.lost == 30
    feed.stop()
    list(rows)


@pytest.mark.skipif(not Path("/proc/net/udp").exists(), reason="needs /proc/net/udp")
def test_udp_counts_what_the_system_dropped() -> None:
    feed = _udp(patience=QUICK_BUT_PATIENT)
    assert feed._link is not None
    feed._link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    _send(feed.port, *[b"x" * 1000] * 200)
    dropped_before = dropped(feed._link)
    assert dropped_before > 100
    with taking(feed) as taken:
        taken.until_lines(1)
        wait_until(lambda: feed.lost > 0)
    assert feed.lost == dropped_before
    assert feed.lost + len(taken.lines) == 200


def test_udp_says_what_is_wrong_at_once() -> None:
    first = _udp()
    with pytest.raises(FeedError, match="cannot listen"):
        UdpFeed("twin", 0, LOOPBACK, first.port, ReplayClock(0, 0.0))
    first.stop()
    with pytest.raises(FeedError, match="no such address"):
        UdpFeed("nowhere", 0, "no.such.host.invalid", 1, ReplayClock(0, 0.0))
    with pytest.raises(FeedError, match="not a network"):
        _udp(allow=["everyone"])
