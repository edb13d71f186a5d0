"""A TCP server of sentences, as a client that never gives up."""

from __future__ import annotations

import random
import socket
from typing import Final

from feeds.patience import POLL_S, Patience
from feeds.stream import Stream, StreamFeed
from mda.clock import Clock

READ: Final = 1 << 16
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""Seconds idle, seconds between probes and probes, where the system knows them."""


def keep_alive(link: socket.socket) -> None:
    """Have the system ask a peer that says nothing whether it is there: gone after 2 min."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        if hasattr(socket, option):
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


class SocketStream:
    """A connected socket as a `Stream`; `first` are bytes of it that were read already."""

    def __init__(self, link: socket.socket, first: bytes = b"") -> None:
        link.settimeout(POLL_S)
        self._link, self._first = link, first

    def read(self) -> bytes | None:
        """See `Stream`."""
        if self._first:
            first, self._first = self._first, b""
            return first
        try:
            return self._link.recv(READ)
        except TimeoutError:
            return None

    def close(self) -> None:
        """See `Stream`."""
        self._link.close()


class TcpFeed(StreamFeed):
    """The lines that a TCP server sends; nothing is ever sent to it."""

    def __init__(
        self,
        name: str,
        code: int,
        host: str,
        port: int,
        clock: Clock,
        *,
        patience: Patience | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        super().__init__(name, code, clock, patience=patience, jitter=jitter)
        self._address = (host, port)

    def _connected(self) -> socket.socket:
        link = socket.create_connection(self._address, self._patience.connect_s)
        keep_alive(link)
        return link

    def _open(self) -> Stream:
        return SocketStream(self._connected())
