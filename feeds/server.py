"""A TCP server that stations connect to: for those behind an address that nobody can call."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Final

from feeds.allow import AllowList
from feeds.cutting import Cutter
from feeds.listener import Listener, told
from feeds.patience import POLL_S, Patience
from feeds.tcp import READ, keep_alive
from mda.clock import Clock
from mda.errors import FeedError
from mda.model import RowKind, Sentence

PEERS_MOST: Final = 64
"""Stations at once, unless told."""
_BACKLOG: Final = 64


class _Peer:
    """One station that is connected."""

    def __init__(self, link: socket.socket, host: str, port: int) -> None:
        self.link = link
        self.name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.cutter = Cutter()
        self.since_s = self.heard_s = time.monotonic()
        self.proven = False
        """It brought a whole line."""


class ServerFeed(Listener):
    """Implements `mda.model.Feed`: rows are stored at the clock's time as they arrive.

    All peers are one feed: CONNECT when the first comes, DISCONNECT when the last has gone, both
    naming it. Each peer's lines are cut separately. A peer that says nothing for `silence_s`, or
    that the system finds gone (keepalive: 2 min), is dropped. When there is no place left, one
    that never brought a line gives way. Nobody waits for us: while rows are not taken, nothing is
    read, and the peers' own buffers fill.
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
        most: int = PEERS_MOST,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(name, code, clock)
        self._allow = AllowList(name, allow)
        self._most = most
        self._patience = patience or Patience()
        self._peers: dict[int, _Peer] = {}
        self._begun = False
        try:
            family, _, _, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            self._door = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
        except socket.gaierror as error:
            raise FeedError(f"no such address: {host}:{port}", where=name) from error
        except OSError as error:
            what = f"cannot listen on {host}:{port}: {told(error)}"
            raise FeedError(what, where=name, do="Is another program listening there?") from error
        self._door.setblocking(False)
        self.port = int(self._door.getsockname()[1])
        """The port listened on (the system's choice where 0 was asked for)."""

    @property
    def peers(self) -> list[str]:
        """Who is connected, as address:port."""
        return [peer.name for peer in list(self._peers.values())]

    def stop(self) -> None:
        """End the iteration soon."""
        super().stop()
        if not self._begun:
            self._door.close()

    def __iter__(self) -> Iterator[Sentence]:
        self._begun = True
        with self._door, selectors.DefaultSelector() as selector:
            try:
                if not self._stopped.is_set():
                    selector.register(self._door, selectors.EVENT_READ, None)
                while not self._stopped.is_set():
                    for key, _ in selector.select(POLL_S):
                        peer = self._peers.get(key.fd)
                        if key.data is None:
                            yield from self._admitted(selector)
                        elif peer is not None and peer is key.data:
                            yield from self._read(selector, peer)
                    yield from self._without_the_silent(selector)
                for peer in list(self._peers.values()):
                    yield from self._dropped(selector, peer, "stopped")
            finally:
                for peer in self._peers.values():
                    peer.link.close()

    def _admitted(self, selector: selectors.BaseSelector) -> Iterator[Sentence]:
        """Let a new peer in, if it may and there is a place."""
        try:
            link, address = self._door.accept()
        except OSError as error:  # it hung up at once, or there are too many open files
            self.last_error = told(error)
            self._stopped.wait(0.0 if isinstance(error, ConnectionError) else POLL_S)
            return
        host, port = str(address[0]), int(address[1])
        if not self._allow.lets_in(host):
            self._refuse(link, host)
            return
        if len(self._peers) >= self._most:
            idle = [peer for peer in self._peers.values() if not peer.proven]
            if not idle:
                self._refuse(link, f"{host}: no place left, {self._most} are connected")
                return
            oldest = min(idle, key=lambda peer: peer.since_s)
            yield from self._dropped(selector, oldest, "gave way: it never brought a line")
        link.setblocking(False)
        keep_alive(link)
        peer = _Peer(link, host, port)
        self.attempts += 1
        self._well_opened()
        self._peers[link.fileno()] = peer
        selector.register(link, selectors.EVENT_READ, peer)
        if len(self._peers) == 1:
            yield self._control(RowKind.CONNECT, f"{peer.name} connected")

    def _refuse(self, link: socket.socket, why: str) -> None:
        self.refused += 1
        self.last_error = f"refused {why}"
        link.close()

    def _read(self, selector: selectors.BaseSelector, peer: _Peer) -> Iterator[Sentence]:
        try:
            data = peer.link.recv(READ)
        except BlockingIOError:
            return
        except OSError as error:
            self.last_error = f"{peer.name}: {told(error)}"
            yield from self._dropped(selector, peer, told(error))
            return
        if not data:
            yield from self._dropped(selector, peer, "closed by peer")
            return
        peer.heard_s = time.monotonic()
        lines = peer.cutter.push(data)
        peer.proven = peer.proven or bool(lines)
        yield from self._rows(lines, self._clock.now_us())

    def _without_the_silent(self, selector: selectors.BaseSelector) -> Iterator[Sentence]:
        # Those whose bytes wait were read just now, so rows that were taken late silence nobody.
        before_s = time.monotonic() - self._patience.silence_s
        for peer in [peer for peer in self._peers.values() if peer.heard_s < before_s]:
            yield from self._dropped(selector, peer, "silence")

    def _dropped(
        self, selector: selectors.BaseSelector, peer: _Peer, reason: str
    ) -> Iterator[Sentence]:
        """Part with a peer: what it left without a line end, and DISCONNECT if it was the last."""
        selector.unregister(peer.link)
        del self._peers[peer.link.fileno()]
        peer.link.close()
        yield from self._rows(peer.cutter.rest(), self._clock.now_us())
        if not self._peers:
            yield self._control(RowKind.DISCONNECT, f"{peer.name}: {reason}")
