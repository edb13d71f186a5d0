"""A TCP server of sentences, as a client that never gives up."""

from __future__ import annotations

import json
import random
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Final

from feeds.cutting import Cutter
from mda.clock import Clock
from mda.model import RowKind, Sentence

POLL_S: Final = 0.25
_READ: Final = 1 << 16
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""Seconds idle, seconds between probes and probes, where the system knows them."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client waits."""

    connect_s: float = 10.0
    silence_s: float = 600.0
    """Without a byte for so long the connection is taken for dead: quiet straits are not."""
    retry_s: float = 1.0
    """First wait before connecting again; it doubles up to `retry_most_s` until a line comes."""
    retry_most_s: float = 60.0


class TcpFeed:
    """Implements `mda.model.Feed`: rows are stored at the clock's time as they arrive.

    A connection gives CONNECT, its lines, DISCONNECT with the reason. Failed attempts give nothing
    but a longer wait; `attempts` and `last_error` tell of them.
    """

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
        self.name = name
        self.attempts = 0
        self.last_error = ""
        self._code = code
        self._address = (host, port)
        self._clock = clock
        self._patience = patience or Patience()
        self._jitter = jitter or random.Random()
        self._stopped = Event()
        self._heard = False

    def stop(self) -> None:
        """End the iteration soon."""
        self._stopped.set()

    def __iter__(self) -> Iterator[Sentence]:
        wait_s = self._patience.retry_s
        while not self._stopped.is_set():
            self._heard = False
            self.attempts += 1
            try:
                with socket.create_connection(self._address, self._patience.connect_s) as link:
                    yield from self._connected(link)
            except OSError as error:
                self.last_error = error.strerror or str(error)
            if self._heard:
                wait_s = self._patience.retry_s
            self._stopped.wait(wait_s * self._jitter.uniform(0.5, 1.0))
            wait_s = min(wait_s * 2.0, self._patience.retry_most_s)

    def _connected(self, link: socket.socket) -> Iterator[Sentence]:
        _keep_alive(link)
        link.settimeout(POLL_S)
        yield self._control(RowKind.CONNECT, "connected")
        cutter = Cutter()
        reason = "stopped"
        heard_s = time.monotonic()
        while not self._stopped.is_set():
            try:
                data = link.recv(_READ)
            except TimeoutError:
                if time.monotonic() - heard_s > self._patience.silence_s:
                    reason = "silence"
                    break
                continue
            except OSError as error:
                reason = self.last_error = error.strerror or str(error)
                break
            if not data:
                reason = "closed by peer"
                break
            heard_s = time.monotonic()
            yield from self._rows(cutter.push(data))
        yield from self._rows(cutter.rest())
        yield self._control(RowKind.DISCONNECT, reason)

    def _rows(self, lines: list[bytes]) -> Iterator[Sentence]:
        at_us = self._clock.now_us()
        for line in lines:
            self._heard = True
            yield Sentence(RowKind.LINE, self._code, at_us, line)

    def _control(self, kind: RowKind, reason: str) -> Sentence:
        body = json.dumps({"feed": self.name, "reason": reason}).encode()
        return Sentence(kind, self._code, self._clock.now_us(), body)


def _keep_alive(link: socket.socket) -> None:
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        if hasattr(socket, option):
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
