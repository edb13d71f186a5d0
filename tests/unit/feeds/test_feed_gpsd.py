"""A gpsd, played by a socket: its greeting, its talk, and what is none. See also the peers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import pytest
from feed_taking import taking, wait_until

from feeds.gpsd import GpsdFeed
from feeds.patience import Patience
from mda.clock import ReplayClock

QUICK = Patience(connect_s=0.5, silence_s=30.0, retry_s=0.02, retry_most_s=0.08)
GREETING = b'{"class":"VERSION","release":"3.22"}\r\n'
TALK = b'{"class":"DEVICES","devices":[]}\r\n{"class":"WATCH","enable":true}\r\n'


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10.0)
        yield listener


def _feed(server: socket.socket) -> GpsdFeed:
    port = server.getsockname()[1]
    return GpsdFeed("gps", 1, "127.0.0.1", port, ReplayClock(1, 0.0), patience=QUICK)


def test_it_waits_for_the_greeting_and_asks_for_raw_lines(server: socket.socket) -> None:
    feed = _feed(server)
    with taking(feed) as taken:
        link, _ = server.accept()
        with link:
            link.sendall(GREETING[:9])
            link.sendall(GREETING[9:] + TALK[:20])
            asked = b""
            while not asked.endswith(b"\n"):
                asked += link.recv(100)
            name, _, body = asked.decode().strip().partition("=")
            assert name == "?WATCH"
            assert json.loads(body) == {"enable": True, "raw": 1, "nmea": False, "json": False}
            link.sendall(TALK[20:] + b'!AIVDM,1\r\n{"class":"ERROR","message":"no"}\r\n')
            link.sendall(b'{"class":"AIS"}\r\n')
            assert taken.until_lines(2) == [b"!AIVDM,1", b'{"class":"AIS"}']
        assert taken.until_controls(2) == [
            ("CONNECT", "watching"),
            ("DISCONNECT", "closed by peer"),
        ]
    assert feed.last_error == '{"class":"ERROR","message":"no"}'


@pytest.mark.parametrize(
    ("greeting", "error"),
    [
        (b"!AIVDM,1\r\n" * 1000, "no greeting"),
        (b"", "closed before it greeted"),
        (None, "no greeting"),
    ],
)
def test_what_is_no_gpsd_is_tried_again(
    server: socket.socket, greeting: bytes | None, error: str
) -> None:
    feed = _feed(server)
    links = []

    def serve() -> None:
        for _ in range(2):
            link, _ = server.accept()
            if greeting is None:
                links.append(link)
            else:
                with link:
                    link.sendall(greeting)

    thread = threading.Thread(target=serve)
    thread.start()
    with taking(feed) as taken:
        wait_until(lambda: feed.attempts > 1 and error in feed.last_error)
        thread.join(10.0)
    for link in links:
        link.close()
    assert taken.rows == []
