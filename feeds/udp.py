"""Datagrams of sentences, from whoever may send them."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Final

from feeds.cutting import lines_of
from mda.clock import Clock
from mda.errors import FeedError
from mda.model import RowKind, Sentence

POLL_S: Final = 0.25
BUFFER: Final = 4 << 20
"""Receive buffer asked of the system, bytes: seconds of a busy stream while we are away."""
DATAGRAM: Final = 65_535
MARK: Final = b"UdPbC\0"
"""Head of an IEC 61162-450 datagram."""


class UdpFeed:
    """Implements `mda.model.Feed`: rows are stored at the clock's time as they arrive.

    The address is bound at once, so that a wrong one is told at once (FeedError); listening, and
    with it CONNECT, begins with the iteration. Datagrams from addresses outside `allow` (networks
    such as 192.0.2.0/24; all, where empty) are counted in `refused`.
    """

    def __init__(
        self,
        name: str,
        code: int,
        host: str,
        port: int,
        clock: Clock,
        *,
        allow: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.refused = 0
        self._code = code
        self._clock = clock
        self._stopped = Event()
        self._begun = False
        try:
            self._allow = [ipaddress.ip_network(network) for network in allow]
        except ValueError as error:
            do = "Write 192.0.2.7 or 192.0.2.0/24"
            raise FeedError(f"not a network: {error}", where=name, do=do) from error
        self._link = _bound(name, host, port)
        self.port = int(self._link.getsockname()[1])
        """The port listened on (the system's choice where 0 was asked for)."""

    def stop(self) -> None:
        """End the iteration soon."""
        self._stopped.set()
        if not self._begun:
            self._link.close()

    def __iter__(self) -> Iterator[Sentence]:
        reason = "stopped"
        self._begun = True
        with self._link:
            yield self._control(RowKind.CONNECT, "listening")
            while not self._stopped.is_set():
                try:
                    data, address = self._link.recvfrom(DATAGRAM)
                except TimeoutError:
                    continue
                except OSError as error:
                    reason = error.strerror or str(error)
                    break
                if not self._allowed(address[0]):
                    self.refused += 1
                    continue
                at_us = self._clock.now_us()
                for line in lines_of(data.removeprefix(MARK)):
                    yield Sentence(RowKind.LINE, self._code, at_us, line)
            yield self._control(RowKind.DISCONNECT, reason)

    def _allowed(self, host: str) -> bool:
        if not self._allow:
            return True
        address = ipaddress.ip_address(host.partition("%")[0])
        return any(address in network for network in self._allow)

    def _control(self, kind: RowKind, reason: str) -> Sentence:
        body = json.dumps({"feed": self.name, "reason": reason}).encode()
        return Sentence(kind, self._code, self._clock.now_us(), body)


def _bound(name: str, host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        link = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        raise FeedError(f"no such address: {host}:{port}", where=name) from error
    try:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        link.bind(address)
        link.settimeout(POLL_S)
    except OSError as error:
        link.close()
        what = f"cannot listen on {host}:{port}: {error.strerror or error}"
        raise FeedError(what, where=name, do="Is another program listening there?") from error
    return link
