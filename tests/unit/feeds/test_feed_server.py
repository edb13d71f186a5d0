"""Stations that connect to us over TCP, against real sockets."""

from __future__ import annotations

import socket

import pytest
from feed_taking import taking, wait_until

from feeds.patience import Patience
from feeds.server import ServerFeed
from mda.clock import ReplayClock
from mda.errors import FeedError

LOOPBACK = "127.0.0.1"
LINGER_NOT = b"\1\0\0\0\0\0\0\0"


def _server(host: str = LOOPBACK, **options: object) -> ServerFeed:
    return ServerFeed("yard", 4, host, 0, ReplayClock(3, 0.0), **options)  # type: ignore[arg-type]


def _call(feed: ServerFeed, host: str = LOOPBACK) -> socket.socket:
    return socket.create_connection((host, feed.port), 10.0)


def test_stations_are_one_feed_and_their_lines_are_cut_apart() -> None:
    feed = _server()
    with taking(feed) as taken:
        with _call(feed) as one, _call(feed) as two:
            wait_until(lambda: len(feed.peers) == 2)
            one.sendall(b"one beg")
            two.sendall(b"two\ntwo a")
            assert taken.until_lines(1) == [b"two"]
            one.sendall(b"ins\r\n")
            assert taken.until_lines(2)[1] == b"one begins"
            two_is = "{}:{}".format(*two.getsockname())
            one_is = "{}:{}".format(*one.getsockname())
        wait_until(lambda: not feed.peers)
        controls = taken.until_controls(2)
        assert controls[0] in [("CONNECT", f"{who} connected") for who in (one_is, two_is)]
        assert controls[1][0] == "DISCONNECT"
        assert controls[1][1].endswith(": closed by peer")
        assert taken.lines[2] == b"two a"
        with _call(feed):
            taken.until_controls(3)
        assert (feed.attempts, feed.reconnects) == (3, 2)
    assert {row.feed for row in taken.rows} == {4}
    assert {row.stored_at_us for row in taken.rows} == {3}


def test_stopping_tells_of_who_was_there() -> None:
    feed = _server()
    with taking(feed) as taken, _call(feed):
        taken.until_controls(1)
        taken.stop()
        assert taken.controls[1][1].endswith(": stopped")


def test_a_half_open_peer_is_dropped_and_the_others_stay() -> None:
    # A peer that is there no more sends nothing, not even that it goes: as this one, which stops.
    feed = _server(patience=Patience(silence_s=1.0))
    with taking(feed) as taken, _call(feed) as dead, _call(feed) as alive:
        dead.sendall(b"last words\n")
        wait_until(lambda: len(feed.peers) == 2)
        dead_is = "{}:{}".format(*dead.getsockname())

        def only_the_living() -> bool:
            alive.sendall(b"here\n")
            return dead_is not in feed.peers

        wait_until(only_the_living)
        assert len(feed.peers) == 1
        assert b"last words" in taken.lines
        assert len(taken.controls) == 1
        assert taken.until_controls(2)[1][1].endswith(": silence")


def test_a_peer_that_breaks_off_is_told() -> None:
    feed = _server()
    with taking(feed) as taken:
        link = _call(feed)
        taken.until_controls(1)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        link.close()
        taken.until_controls(2)
        assert "reset" in feed.last_error.lower()


def test_only_whom_the_list_names() -> None:
    feed = _server(allow=["192.0.2.0/24"])
    with taking(feed) as taken:
        with _call(feed) as link:
            assert link.recv(1) == b""
        wait_until(lambda: feed.refused == 1)
    assert taken.rows == []
    assert feed.last_error == "refused 127.0.0.1"
    with pytest.raises(FeedError, match="not a network"):
        _server(allow=["everyone"])


def test_when_there_is_no_place_the_idle_give_way_and_the_useful_stay() -> None:
    feed = _server(most=2)
    with taking(feed) as taken, _call(feed) as useful, _call(feed) as idle:
        useful.sendall(b"one\n")
        taken.until_lines(1)
        wait_until(lambda: len(feed.peers) == 2)
        with _call(feed) as third:
            assert idle.recv(1) == b""
            third.sendall(b"three\n")
            taken.until_lines(2)
            with _call(feed) as fourth:
                assert fourth.recv(1) == b""
                assert feed.refused == 1
            useful.sendall(b"still here\n")
            assert taken.until_lines(3)[2] == b"still here"


def test_ipv6_and_an_address_that_is_taken() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    try:
        feed = _server("::1", allow=["::1"])
    except FeedError:
        pytest.skip("no IPv6 loopback on this machine")
    with taking(feed) as taken, _call(feed, "::1") as link:
        link.sendall(b"six\n")
        assert taken.until_lines(1) == [b"six"]
        assert feed.peers[0].startswith("[::1]:")
        with pytest.raises(FeedError, match="cannot listen"):
            ServerFeed("twin", 0, "::1", feed.port, ReplayClock(0, 0.0))
    with pytest.raises(FeedError, match="no such address"):
        ServerFeed("nowhere", 0, "no.such.host.invalid", 1, ReplayClock(0, 0.0))
