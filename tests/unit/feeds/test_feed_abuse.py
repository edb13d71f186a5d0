"""Bytes of any kind to every transport: nothing breaks, nothing grows, every byte is in a line."""

from __future__ import annotations

import os
import random
import socket
import tty
from collections.abc import Callable
from pathlib import Path

import pytest
from feed_taking import Taking, taking, wait_until

from feeds.cutting import LINE_MAX, lines_of
from feeds.follow import FollowFeed
from feeds.gpsd import GpsdFeed
from feeds.multicast import MulticastFeed
from feeds.patience import Patience
from feeds.post import PostFeed
from feeds.serial import SerialFeed
from feeds.server import ServerFeed
from feeds.tcp import TcpFeed
from feeds.udp import UdpFeed
from mda.clock import ReplayClock

LOOPBACK = "127.0.0.1"
QUICK = Patience(connect_s=2.0, silence_s=60.0, retry_s=0.02, retry_most_s=0.08)
CLOCK = ReplayClock(0, 0.0)
END = b"\nthe end\n"


def _noise(seed: int, size: int = 60_000) -> bytes:
    """Any bytes: noise, long runs without a line end, pieces of what the transports look for."""
    draw = random.Random(seed)
    pieces = [
        lambda: draw.randbytes(draw.randrange(400)),
        lambda: b"x" * draw.randrange(10_000),
        lambda: draw.choice(
            [b"\r\n", b"\0", b"UdPbC\0", b'{"class":"VERSION"}\r\n', b"\\s:x*00\\"]
        ),
        lambda: draw.choice([b"!AIVDM,1,1,,A,", b'{"msgs":[', b"POST / HTTP/1.1\r\n", b"\xff\xfb"]),
    ]
    found = b""
    while len(found) < size:
        found += draw.choice(pieces)()
    return found


def _sound(taken: Taking, sent: bytes) -> None:
    """Every byte that was sent is in a line of at most 4 kB, in order."""
    wait_until(lambda: b"the end" in taken.lines)
    assert all(0 < len(line) <= LINE_MAX for line in taken.lines)
    assert taken.lines == lines_of(sent)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["tcp", "gpsd"])
def test_a_server_that_sends_anything(kind: str, seed: int) -> None:
    noise = _noise(seed).replace(b'{"class":"VERSION"}', b"") + END
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        make: Callable[..., TcpFeed] = GpsdFeed if kind == "gpsd" else TcpFeed
        with taking(make("x", 0, LOOPBACK, port, CLOCK, patience=QUICK)) as taken:
            link, _ = server.accept()
            with link:
                if kind == "gpsd":
                    link.sendall(b'{"class":"VERSION"}\n')
                    link.recv(1000)
                link.sendall(noise)
                _sound(taken, noise)


@pytest.mark.parametrize("seed", range(3))
def test_stations_that_send_anything_and_many_that_send_nothing(seed: int) -> None:
    feed = ServerFeed("x", 0, LOOPBACK, 0, CLOCK, most=10, patience=QUICK)
    noise = _noise(seed) + END
    idle = []
    with taking(feed) as taken:
        with socket.create_connection((LOOPBACK, feed.port), 10.0) as link:
            link.sendall(b"first\n")
            taken.until_lines(1)
            idle = [socket.create_connection((LOOPBACK, feed.port), 10.0) for _ in range(100)]
            for trickle in idle:
                try:
                    trickle.sendall(b"x")
                except OSError:
                    continue  # it gave way already
            for i in range(0, len(noise), 999):
                link.sendall(noise[i : i + 999])
            wait_until(lambda: b"the end" in taken.lines)
            assert len(feed.peers) <= 10
        for trickle in idle:
            trickle.close()
    rest = [line for line in taken.lines if line != b"x"]
    assert [line for line in lines_of(b"first\n" + noise) if line != b"x"] == rest


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["udp", "multicast"])
def test_datagrams_of_anything(kind: str, seed: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind((LOOPBACK, 0))
        port = link.getsockname()[1]
    group = "239.192.0.9"
    feed = (
        UdpFeed("x", 0, LOOPBACK, port, CLOCK)
        if kind == "udp"
        else MulticastFeed("x", 0, [f"{group}:{port}"], CLOCK, interface=[LOOPBACK])
    )
    draw = random.Random(seed)
    noise = _noise(seed, 200_000)
    with taking(feed) as taken, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        taken.until_controls(1)
        expected: list[bytes] = []
        while noise:
            size = draw.choice([0, 1, 5, 80, 1400, 60_000])
            datagram, noise = noise[:size], noise[size:]
            link.sendto(datagram, (LOOPBACK if kind == "udp" else group, port))
            expected += lines_of(datagram.removeprefix(b"UdPbC\0"))
            wait_until(lambda: len(taken.lines) == len(expected))  # noqa: B023
        assert taken.lines == expected
        assert feed.lost == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_serial_line_of_noise(seed: int, tmp_path: Path) -> None:
    master, line = os.openpty()
    tty.setraw(line)
    noise = _noise(seed, 20_000) + END
    feed = SerialFeed("x", 0, os.ttyname(line), CLOCK, patience=QUICK)
    with taking(feed) as taken:
        taken.until_controls(1)
        for i in range(0, len(noise), 1000):
            os.write(master, noise[i : i + 1000])
        _sound(taken, noise)
    os.close(master)
    os.close(line)


@pytest.mark.parametrize("seed", range(3))
def test_a_log_of_anything(seed: int, tmp_path: Path) -> None:
    noise = _noise(seed, 300_000) + END
    log = tmp_path / "log"
    log.write_bytes(b"")
    with taking(FollowFeed("x", 0, log, CLOCK)) as taken:
        with log.open("ab", buffering=0) as file:
            for i in range(0, len(noise), 9_999):
                file.write(noise[i : i + 9_999])
        _sound(taken, noise)


@pytest.mark.parametrize("seed", range(3))
def test_posts_of_anything(seed: int) -> None:
    draw = random.Random(seed)
    feed = PostFeed("x", 0, LOOPBACK, 0, CLOCK, request_s=5.0)
    with taking(feed) as taken:
        for _ in range(20):
            body = _noise(draw.randrange(1 << 30), 2000)
            sort = draw.randrange(3)
            head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
            gzip = head.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
            with socket.create_connection((LOOPBACK, feed.port), 30.0) as link:
                try:
                    link.sendall([body, head + body, gzip + body][sort])
                    link.shutdown(socket.SHUT_WR)
                    answer = link.recv(12)
                except OSError:  # it was cut off in the middle
                    answer = b""
            if sort == 1:
                assert answer == b"HTTP/1.1 200"
        assert all(0 < len(line) <= LINE_MAX for line in taken.lines)
        with socket.create_connection((LOOPBACK, feed.port), 30.0) as link:
            link.sendall(b"POST / HTTP/1.1\r\nContent-Length: 8\r\n\r\nthe end\n")
            assert link.recv(12) == b"HTTP/1.1 200"
        assert taken.lines[-1] == b"the end"
