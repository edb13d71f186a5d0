"""What stands before every request: who may ask, how much, and the headers of every answer.

There are no accounts yet, so a browser is trusted only from the node's own page: the Host must be a
loopback name or a configured one (a foreign page may point its own name at 127.0.0.1), and
whatever changes something, and the position stream, must come from the same origin.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mda.server.body import refusal

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_BODY_BYTES: Final = 64 * 1024
"""Longest request: an act with its reason is under 2 kB."""
CONTENT_SECURITY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware, outermost."""

    def __init__(self, app: ASGIApp, allowed_hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = LOOPBACK | {host.lower() for host in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        problem = self._problem(scope, headers)
        if scope["type"] == "websocket":
            if problem:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": problem[1][:120]})
                return
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    out.setdefault(name, value)
                api = scope["path"].startswith("/api/")
                out.setdefault("cache-control", "no-store" if api else "no-cache")
            await send(message)

        if problem:
            await refusal(*problem)(scope, receive, answer)
            return
        await self._app(scope, _Limited(receive), answer)

    def _problem(self, scope: Scope, headers: Headers) -> tuple[int, str, str] | None:
        """Status and words of why this request is refused; None where it is welcome."""
        host = headers.get("host", "")
        if _name_of(host) not in self._hosts:
            return (
                400,
                f"this node does not go by the name {host!r}",
                "Add it to server.allowed_hosts",
            )
        if scope["type"] == "http":
            if scope["method"] in _READS:
                return None
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                return 415, "the request is not JSON", "Send Content-Type: application/json"
            length = headers.get("content-length", "0")
            if not length.isdigit() or int(length) > MOST_BODY_BYTES:
                return 413, f"the request is over {MOST_BODY_BYTES} bytes", ""
        foreign = headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
        origin = headers.get("origin")
        if foreign or (origin is not None and urlsplit(origin).netloc.lower() != host.lower()):
            return 403, "the request comes from another page", "Use this node's own page"
        return None


class _Limited:
    """The request's body, cut off where it grows too long without having said so."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            if self._bytes > MOST_BODY_BYTES:
                return {"type": "http.disconnect"}
        return message


def _name_of(host: str) -> str:
    """The name in a Host header, without port and brackets, in lower case."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
