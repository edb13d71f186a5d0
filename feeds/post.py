"""Sentences that are posted to us over HTTP, as AIS-catcher does (`-H URL`).

A post is answered with 200 only after its lines were handed over; who is answered otherwise, or not
at all, still has them and posts them again. There is no TLS here: beyond loopback and a closed
network, put a proxy in front.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import random
import socket
import threading
import time
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from feeds.allow import AllowList
from feeds.arrivals import Arrival, ArrivalsFeed
from feeds.envelope import lines_in, unpacked
from feeds.listener import told
from feeds.patience import POLL_S, Patience
from mda.clock import Clock
from mda.errors import FeedError

BODY_MOST: Final = 4 << 20
"""Largest body, bytes, packed or unpacked: minutes of a busy station."""
PEERS_MOST: Final = 16
"""Connections at once; their bodies are all the memory that posts can take."""
REQUEST_S: Final = 30.0
"""A request that has not come whole after this is cut off, however busily it trickles."""
HAND_OVER_S: Final = 8.0
"""How long a post waits to be handed over (AIS-catcher itself waits 10 s for its answer)."""


class PostFeed(ArrivalsFeed):
    """An HTTP server as a feed: any path, POST only.

    `token`: what the poster must show, as `Authorization: Bearer …` or as the password of Basic
    (which is what AIS-catcher can send: `USERPWD station:token`). The address is bound at once, so
    that a wrong one is told at once (FeedError).
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
        token: str = "",
        most: int = PEERS_MOST,
        request_s: float = REQUEST_S,
        hand_over_s: float = HAND_OVER_S,
        patience: Patience | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        super().__init__(name, code, clock, patience=patience, jitter=jitter)
        self.request_s = request_s
        self._token = token.encode()
        self._most = most
        self._hand_over_s = hand_over_s
        self._allow = AllowList(name, allow)
        self._place = (host, port)
        self._begun = False
        self._server: _Server | None
        try:
            self._server = _Server(self, host, port)
        except socket.gaierror as error:
            raise FeedError(f"no such address: {host}:{port}", where=name) from error
        except OSError as error:
            what = f"cannot listen on {host}:{port}: {told(error)}"
            raise FeedError(what, where=name, do="Is another program listening there?") from error
        self.port = int(self._server.server_address[1])
        """The port listened on (the system's choice where 0 was asked for)."""

    def stop(self) -> None:
        """End the iteration soon."""
        super().stop()
        if not self._begun:
            self._close()

    # -- for the server's threads -----------------------------------------------------------------
    def lets_in(self, host: str, connections: int) -> bool:
        """Whether a peer may connect; counted where not."""
        if connections < self._most and self._allow.lets_in(host):
            return True
        self.refused += 1
        return False

    def trusts(self, authorization: str) -> bool:
        """Whether a request's Authorization shows the token; counted where not."""
        if not self._token:
            return True
        scheme, _, shown = authorization.partition(" ")
        given = shown.strip().encode("utf-8", "replace")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).partition(b":")[2]
            except binascii.Error:
                given = b""
        if scheme.lower() in ("basic", "bearer") and hmac.compare_digest(given, self._token):
            return True
        self.refused += 1
        return False

    def hand_over(self, lines: list[bytes]) -> bool:
        """Wait until lines are handed over, all of them; False: none was, post them again."""
        if not lines:
            return True
        done = threading.Event()
        arrival = Arrival(self._clock.now_us(), lines, handed_over=done)
        if self._stopped.is_set() or not self._inbox.put(arrival):
            return False
        until_s = time.monotonic() + self._hand_over_s
        while not done.wait(POLL_S):
            late = self._stopped.is_set() or time.monotonic() > until_s
            if late and (self._inbox.withdraw(arrival) or self._stopped.is_set()):
                return done.is_set()
        return True

    # -- the receiving thread ---------------------------------------------------------------------
    def _receive(self) -> None:
        self._begun = True
        if self._server is None:
            self._server = _Server(self, self._place[0], self.port)
        self._say_open("listening")
        while not self._stopped.is_set():
            self._server.handle_request()
            self._server.cut_off_late()

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.server_close()
            server.cut_off_all()


class _Server(ThreadingHTTPServer):
    """One thread a connection, few of them, none longer than its time."""

    daemon_threads = True
    block_on_close = False
    timeout = POLL_S

    def __init__(self, feed: PostFeed, host: str, port: int) -> None:
        self.feed = feed
        self.since_s: dict[socket.socket, float] = {}
        """Since when each connection's request is awaited."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self.address_family = found[0][0]
        super().__init__((host, port), _Request)

    def server_bind(self) -> None:
        # The parent's would look up this machine's name in the DNS.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def verify_request(self, request: Any, client_address: Any) -> bool:
        if not self.feed.lets_in(str(client_address[0]), len(self.since_s)):
            return False
        self.since_s[request] = time.monotonic()
        return True

    def shutdown_request(self, request: Any) -> None:
        self.since_s.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.feed.last_error = f"{client_address[0]} broke off"

    def cut_off_late(self) -> None:
        """Hang up on whoever takes longer than `request_s` to say what he wants."""
        now_s = time.monotonic()
        for request, since_s in list(self.since_s.items()):
            if now_s - since_s > self.feed.request_s:
                self.feed.last_error = "a request took too long"
                _hang_up(request)

    def cut_off_all(self) -> None:
        """Hang up on everybody."""
        for request in list(self.since_s):
            _hang_up(request)


def _hang_up(request: socket.socket) -> None:
    with contextlib.suppress(OSError):  # gone already
        request.shutdown(socket.SHUT_RDWR)


class _Request(BaseHTTPRequestHandler):
    """One connection and its requests."""

    server: _Server
    server_version = "mda"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 10.0

    def do_GET(self) -> None:
        """Somebody looks at the address with a browser: tell what it is for."""
        self._say(HTTPStatus.METHOD_NOT_ALLOWED, "sentences are posted here, as AIS-catcher does")

    def do_POST(self) -> None:
        self._say(*self._take())

    def _say(self, status: HTTPStatus, message: str) -> None:
        body = f"{message or status.phrase}\n".encode()
        if status != HTTPStatus.OK:
            self.server.feed.last_error = f"{self.client_address[0]}: {message or status.phrase}"
            if status != HTTPStatus.SERVICE_UNAVAILABLE:
                self.close_connection = True  # its body may still be on the way
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            self.send_header("Retry-After", "5")
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "POST")
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="AIS"')
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.server.since_s[self.connection] = time.monotonic()

    def _take(self) -> tuple[HTTPStatus, str]:
        """Read a request's body and hand its lines over; how that went."""
        feed = self.server.feed
        if not feed.trusts(self.headers.get("Authorization", "")):
            return HTTPStatus.UNAUTHORIZED, "the token is missing or wrong"
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not length:
            return HTTPStatus.LENGTH_REQUIRED, "send it with a Content-Length"
        if not (length.isascii() and length.isdigit()):
            return HTTPStatus.BAD_REQUEST, "Content-Length is no number"
        if len(length) > 12 or int(length) > BODY_MOST:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {BODY_MOST} bytes"
        packing = self.headers.get("Content-Encoding", "identity").strip().lower()
        if packing not in ("identity", "gzip", "x-gzip"):
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send it plain or as gzip"
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return HTTPStatus.BAD_REQUEST, "the body was cut off"
        if packing != "identity":
            try:
                body = unpacked(body, BODY_MOST)
            except ValueError as error:
                return HTTPStatus.BAD_REQUEST, str(error)
        # From here on it is our time, not the poster's.
        self.server.since_s[self.connection] = float("inf")
        if not feed.hand_over(lines_in(body)):
            return HTTPStatus.SERVICE_UNAVAILABLE, "no room at the moment: post it again"
        return HTTPStatus.OK, ""

    def log_message(self, *_: Any) -> None:
        """Nothing is printed; what went wrong is in the feed's `last_error`."""
