"""Running the application on a loopback port, in a thread, with a clean end."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Final

import uvicorn
from fastapi import FastAPI

from mda.errors import MdaError

START_LIMIT_S: Final = 30.0
STOP_LIMIT_S: Final = 10.0
DRAIN_S: Final = 3
"""How long open requests may take to end after the streams were told to."""


class Serving:
    """A running server: where it is, and how to end it."""

    def __init__(
        self, server: _Server, thread: threading.Thread, app: FastAPI, host: str, port: int
    ) -> None:
        self._server = server
        self._thread = thread
        self._app = app
        self.host = host
        self.port = port

    @property
    def url(self) -> str:
        """Address of the page."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{name}:{self.port}/"

    @property
    def running(self) -> bool:
        """Whether it still serves."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the streams, finish what is open, and return. Again is nothing."""
        self._app.state.pump.close()
        self._server.should_exit = True
        self._thread.join(STOP_LIMIT_S)
        if self._thread.is_alive():
            self._server.force_exit = True
            self._thread.join(STOP_LIMIT_S)


class _Server(uvicorn.Server):
    """uvicorn that says when it listens, and lets the streams end before it cuts them."""

    def __init__(
        self, config: uvicorn.Config, end_streams: Callable[[float], Awaitable[None]]
    ) -> None:
        super().__init__(config)
        self._end_streams = end_streams
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn would close open sockets as "service restart" before our streams say goodbye.
        await self._end_streams(DRAIN_S)
        await super().shutdown(sockets=sockets)


def serve(
    app: FastAPI, host: str, port: int, on_ready: Callable[[Serving], None] | None = None
) -> Serving:
    """Serve `app` on `host` and `port` (0: a free one) in a thread of its own.

    Returns, after calling `on_ready`, once it listens. MdaError: the port is taken or not allowed,
    the address is not this machine's, or the server did not come up.
    """
    listener = _bound(host, port)
    bound_port = int(listener.getsockname()[1])
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=1024,
        timeout_graceful_shutdown=DRAIN_S,
        server_header=False,
    )
    server = _Server(config, app.state.pump.end)

    def run() -> None:
        try:
            server.run(sockets=[listener])
        finally:
            listener.close()
            server.listening.set()

    thread = threading.Thread(target=run, name="mda-server", daemon=True)
    thread.start()
    server.listening.wait(START_LIMIT_S)
    serving = Serving(server, thread, app, host, bound_port)
    if not server.started:
        serving.stop()
        raise MdaError("the server did not come up", where=f"{host}:{bound_port}")
    if on_ready is not None:
        on_ready(serving)
    return serving


def _bound(host: str, port: int) -> socket.socket:
    where = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, OverflowError) as error:
        raise MdaError("not an address to listen on", where=where) from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            do = "Choose another with --port, or --port 0 for a free one"
            raise MdaError("the port is taken", where=where, do=do) from error
        raise MdaError(f"cannot listen: {error.strerror}", where=where) from error
    return listener
