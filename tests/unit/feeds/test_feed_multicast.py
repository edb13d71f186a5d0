"""Multicast groups, joined on the loopback interface."""

from __future__ import annotations

import socket
import sys

import pytest
from feed_taking import taking, wait_until

from feeds.multicast import Group, MulticastFeed
from feeds.patience import Patience
from mda.clock import ReplayClock
from mda.errors import FeedError

QUICK = Patience(retry_s=0.02, retry_most_s=0.08)
GROUP, OTHER = "239.192.0.2", "239.192.0.1"
SIX = "ff12::4a15"


def _free_port(family: int = socket.AF_INET) -> int:
    with socket.socket(family, socket.SOCK_DGRAM) as link:
        link.bind(("", 0))
        return int(link.getsockname()[1])


def _feed(*groups: str, **options: object) -> MulticastFeed:
    options.setdefault("interface", ["127.0.0.1"])
    options.setdefault("patience", QUICK)
    clock = ReplayClock(5, 0.0)
    return MulticastFeed("tgtd", 2, groups, clock, **options)  # type: ignore[arg-type]


def _send(group: str, port: int, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        link.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        for datagram in datagrams:
            link.sendto(datagram, (group, port))


@pytest.mark.parametrize("interface", [["127.0.0.1"], ["lo"]])
def test_groups_of_two_ports_and_the_head_of_iec_61162_450(interface: list[str]) -> None:
    if interface == ["lo"] and sys.platform != "linux":
        pytest.skip("the loopback interface has another name here")
    first, second = _free_port(), _free_port()
    with taking(_feed(f"{GROUP}:{first}", f"{OTHER}:{second}", interface=interface)) as taken:
        assert taken.until_controls(1) == [("CONNECT", "joined")]
        _send(GROUP, first, b"UdPbC\0\\s:BS1*00\\!ABVDM,1\r\n!ABVDM,2\r\n")
        assert taken.until_lines(2) == [b"\\s:BS1*00\\!ABVDM,1", b"!ABVDM,2"]
        _send(OTHER, second, b"UdPbC\0$ABVSI\r\n")
        assert taken.until_lines(3)[2] == b"$ABVSI"


def test_two_groups_of_one_port_bring_each_line_once() -> None:
    port = _free_port()
    with taking(_feed(f"{GROUP}:{port}", f"{OTHER}:{port}")) as taken:
        taken.until_controls(1)
        _send(GROUP, port, b"one")
        _send(OTHER, port, b"two")
        _send("239.192.0.77", port, b"not joined")
        _send(GROUP, port, b"last")
        assert taken.until_lines(3) == [b"one", b"two", b"last"]


def test_ipv6() -> None:
    try:
        port = _free_port(socket.AF_INET6)
        index = socket.if_nametoindex("lo")
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as link:
            link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            link.sendto(b"", (SIX, port))
    except OSError:
        pytest.skip("no IPv6 multicast on this machine's loopback")
    with (
        taking(_feed(f"[{SIX}]:{port}", interface=["lo"])) as taken,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as link,
    ):
        taken.until_controls(1)
        link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        link.sendto(b"six", (SIX, port))
        assert taken.until_lines(1) == [b"six"]


def test_only_whom_the_list_names() -> None:
    port = _free_port()
    feed = _feed(f"{GROUP}:{port}", allow=["192.0.2.0/24"])
    with taking(feed) as taken:
        taken.until_controls(1)
        _send(GROUP, port, b"one")
        wait_until(lambda: feed.refused == 1)
    assert taken.lines == []


def test_an_interface_that_is_not_there_is_tried_again() -> None:
    feed = _feed(f"{GROUP}:{_free_port()}", interface=["nosuch0"])
    with taking(feed) as taken:
        wait_until(lambda: feed.attempts > 2)
    assert taken.controls == []
    assert feed.last_error.startswith(f"cannot join {GROUP} on nosuch0")


def test_an_interface_that_is_missing_does_not_keep_the_others_from_hearing() -> None:
    port = _free_port()
    feed = _feed(f"{GROUP}:{port}", interface=["nosuch0", "127.0.0.1"])
    with taking(feed) as taken:
        taken.until_controls(1)
        assert "nosuch0" in feed.last_error
        _send(GROUP, port, b"one")
        assert taken.until_lines(1) == [b"one"]


def test_after_a_silence_everything_is_joined_anew() -> None:
    port = _free_port()
    feed = _feed(f"{GROUP}:{port}", patience=Patience(silence_s=0.3, retry_s=0.02))
    with taking(feed) as taken:
        assert taken.until_controls(2) == [("CONNECT", "joined"), ("DISCONNECT", "silence")]
        wait_until(lambda: feed.reconnects >= 1)

        def heard() -> bool:
            _send(GROUP, port, b"one")
            return bool(taken.lines)

        wait_until(heard)
        assert taken.controls[2] == ("CONNECT", "heard again")


@pytest.mark.parametrize(
    "text", ["239.192.0.2", "192.0.2.1:4001", "239.192.0.2:0", "x:1", "[ff02::2]", "[::1]:5"]
)
def test_what_is_no_group_is_told_at_once(text: str) -> None:
    with pytest.raises(FeedError, match="is no "):
        Group.read(text, "tgtd")
    with pytest.raises(FeedError):
        _feed(text)
