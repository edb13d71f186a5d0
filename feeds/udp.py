"""Datagrams of sentences, from whoever may send them."""

from __future__ import annotations

import random
import selectors
import socket
import time
from collections.abc import Sequence
from typing import Final

from feeds.allow import AllowList
from feeds.arrivals import INBOX_ROWS, Arrival, ArrivalsFeed
from feeds.datagrams import DATAGRAM, Drops, ask_for_room, datagram_lines
from feeds.listener import told
from feeds.patience import POLL_S, Patience
from mda.clock import Clock
from mda.errors import FeedError

_LOOK_S: Final = 1.0
"""How often the system is asked what it dropped."""
_TURN: Final = 512
"""Datagrams taken from one socket before the next has its turn."""


class DatagramFeed(ArrivalsFeed):
    """Datagrams of any sockets. Those from outside `allow` are counted in `refused`."""

    def __init__(
        self,
        name: str,
        code: int,
        clock: Clock,
        *,
        allow: Sequence[str] = (),
        patience: Patience | None = None,
        jitter: random.Random | None = None,
        most_rows: int = INBOX_ROWS,
    ) -> None:
        super().__init__(name, code, clock, patience=patience, jitter=jitter, most_rows=most_rows)
        self._allow = AllowList(name, allow)
        self._heard_s = 0.0

    def _drain(self, links: list[socket.socket]) -> None:
        """Take in every datagram as fast as it comes, until stopped. OSError: a socket broke."""
        try:
            self._take_in(links)
        except (OSError, ValueError) as error:
            # A closed socket shows in many ways, by where it is noticed first.
            if any(link.fileno() < 0 for link in links):
                raise OSError("the socket was closed") from error
            raise

    def _take_in(self, links: list[socket.socket]) -> None:
        drops = Drops(links)
        look_s = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for link in links:
                link.setblocking(False)
                selector.register(link, selectors.EVENT_READ, link)
            while not self._stopped.is_set():
                for key, _ in selector.select(POLL_S):
                    self._turn(key.data)
                if any(link.fileno() < 0 for link in links):
                    raise OSError("the socket was closed")
                if time.monotonic() - look_s > _LOOK_S:
                    look_s = time.monotonic()
                    self.lost += drops.fresh()
                    if self._due(look_s):
                        break
        self.lost += drops.fresh()

    def _due(self, now_s: float) -> bool:
        """Whether the sockets are to be opened anew."""
        return False

    def _turn(self, link: socket.socket) -> None:
        self._heard_s = time.monotonic()
        for _ in range(_TURN):
            try:
                data, address = link.recvfrom(DATAGRAM)
            except BlockingIOError:
                return
            if not self._allow.lets_in(address[0]):
                self.refused += 1
                continue
            lines = datagram_lines(data)
            if lines and not self._inbox.put(Arrival(self._clock.now_us(), lines)):
                self.lost += len(lines)


class UdpFeed(DatagramFeed):
    """Datagrams sent to one address and port of ours.

    The address is bound at once, so that a wrong one is told at once (FeedError); listening, and
    with it CONNECT, begins with the iteration. `allow`: networks such as 192.0.2.0/24; all, where
    empty.
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
        self._host = host
        self._begun = False
        self._link: socket.socket | None
        try:
            self._link = _bound(host, port)
        except socket.gaierror as error:
            raise FeedError(f"no such address: {host}:{port}", where=name) from error
        except OSError as error:
            what = f"cannot listen on {host}:{port}: {told(error)}"
            raise FeedError(what, where=name, do="Is another program listening there?") from error
        self.port = int(self._link.getsockname()[1])
        """The port listened on (the system's choice where 0 was asked for)."""

    def stop(self) -> None:
        """End the iteration soon."""
        super().stop()
        if not self._begun:
            self._close()

    def _receive(self) -> None:
        self._begun = True
        if self._link is None:
            self._link = _bound(self._host, self.port)
        self._say_open("listening")
        self._drain([self._link])

    def _close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()


def _bound(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    link = socket.socket(family, socket.SOCK_DGRAM)
    try:
        ask_for_room(link)
        link.bind(address)
    except OSError:
        link.close()
        raise
    return link
