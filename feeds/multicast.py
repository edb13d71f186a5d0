r"""Multicast groups of sentences, joined on every interface that is named.

IEC 61162-450 networks send AIS to 239.192.0.2:60002 (target data) and base stations' own news to
239.192.0.1:60001; each datagram begins with `UdPbC\0`, which is taken off.
"""

from __future__ import annotations

import ipaddress
import random
import re
import socket
import struct
import sys
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from feeds.arrivals import INBOX_ROWS
from feeds.datagrams import ask_for_room
from feeds.listener import told
from feeds.patience import Patience
from feeds.udp import DatagramFeed
from mda.clock import Clock
from mda.errors import FeedError

_ALL_GROUPS: Final = 49
"""IP_MULTICAST_ALL of Linux: off, a socket hears only the groups that it joined itself."""
_ALL_GROUPS_6: Final = 29
"""The same for IPv6."""
_REJOIN_S: Final = 10.0
"""How often a group is joined again on an interface on which it could not be."""
_WRITTEN: Final = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>[^:]+)):(?P<port>\d{1,5})")


class Group(NamedTuple):
    """A multicast group and its port."""

    address: str
    port: int
    six: bool
    """IPv6."""

    @classmethod
    def read(cls, text: str, feed: str) -> Group:
        """A group as written: 239.192.0.2:60002 or [ff02::2]:60002. FeedError: it is none."""
        do = "Write 239.192.0.2:60002 or [ff02::2]:60002"
        found = _WRITTEN.fullmatch(text.strip())
        if not found:
            raise FeedError(f"{text!r} is no group with a port", where=feed, do=do)
        try:
            address = ipaddress.ip_address(found["six"] or found["four"])
        except ValueError as error:
            raise FeedError(f"{text!r} is no address", where=feed, do=do) from error
        port = int(found["port"])
        if not address.is_multicast or not 0 < port < 65_536:
            raise FeedError(f"{text!r} is no multicast group", where=feed, do=do)
        return cls(str(address), port, address.version == 6)


class MulticastFeed(DatagramFeed):
    """Datagrams sent to groups. A group that cannot be joined now is tried again and again.

    `interface`: names (eth0) or, for IPv4, own addresses (192.0.2.2); none is the system's choice.
    An interface that went away takes its memberships along without a word, so after a silence
    everything is joined anew. Two interfaces on one network bring every datagram twice.
    """

    def __init__(
        self,
        name: str,
        code: int,
        groups: Sequence[str],
        clock: Clock,
        *,
        interface: Sequence[str] = (),
        allow: Sequence[str] = (),
        patience: Patience | None = None,
        jitter: random.Random | None = None,
        most_rows: int = INBOX_ROWS,
    ) -> None:
        super().__init__(
            name,
            code,
            clock,
            allow=allow,
            patience=patience,
            jitter=jitter,
            most_rows=most_rows,
        )
        self._groups = [Group.read(text, name) for text in groups]
        self._interfaces = tuple(interface) or ("",)
        self._links: list[socket.socket] = []
        self._missing = 0
        self._opened_s = 0.0
        self._again = False

    def _receive(self) -> None:
        self._missing, self._opened_s = 0, time.monotonic()
        again, self._again = self._again, False
        # One socket a port, or a system may hand a datagram to every socket of that port.
        by_port: dict[tuple[bool, int], socket.socket] = {}
        for group in self._groups:
            place = (group.six, group.port)
            if place not in by_port:
                by_port[place] = _listening(group)
                self._links.append(by_port[place])
            for interface in self._interfaces:
                try:
                    _join(by_port[place], group, interface)
                except OSError as error:
                    self._missing += 1
                    on = f" on {interface}" if interface else ""
                    self.last_error = f"cannot join {group.address}{on}: {told(error)}"
        if self._missing == len(self._groups) * len(self._interfaces):
            raise OSError(self.last_error)
        if again:
            self._well_opened()
        else:
            self._say_open("joined")
        self._drain(self._links)
        self._again = True

    def _due(self, now_s: float) -> bool:
        quiet_s = now_s - max(self._heard_s, self._opened_s)
        missing = self._missing > 0 and now_s - self._opened_s > _REJOIN_S
        return missing or quiet_s > self._patience.silence_s

    def _close(self) -> None:
        for link in self._links:
            link.close()
        self._links = []


def _listening(group: Group) -> socket.socket:
    family = socket.AF_INET6 if group.six else socket.AF_INET
    link = socket.socket(family, socket.SOCK_DGRAM)
    try:
        # Several programs of one machine may hear a group.
        link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if group.six:
            link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if sys.platform == "linux":
            level = socket.IPPROTO_IPV6 if group.six else socket.IPPROTO_IP
            link.setsockopt(level, _ALL_GROUPS_6 if group.six else _ALL_GROUPS, 0)
        ask_for_room(link)
        link.bind(("", group.port))
    except OSError:
        link.close()
        raise
    return link


def _join(link: socket.socket, group: Group, interface: str) -> None:
    """Join on one interface ('' the system's choice). OSError: no such interface, or not now."""
    packed = socket.inet_pton(link.family, group.address)
    if group.six:
        index = socket.if_nametoindex(interface) if interface else 0
        membership = packed + struct.pack("@I", index)
        link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)
        return
    own, index = bytes(4), 0
    try:
        own = socket.inet_aton(interface) if interface else own
    except OSError:
        index = socket.if_nametoindex(interface)
    membership = packed + own + struct.pack("@i", index)
    link.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
