"""The position stream: one binary frame a second at most, the whole picture first.

A delta is made against the last picture that this very client was sent, so a client that is slow to
read gets fewer and larger deltas and loses nothing; nothing is queued for it. A client that has
dropped its picture (a new run) says anything at all, and its next frame is whole.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from mda.model import NodeView, Picture
from mda.picture.wire import delta_frame, whole_frame
from mda.server.events import EventPump

SEND_LIMIT_S: Final = 30.0
"""A client that takes no frame for this long is gone."""
GOING_AWAY: Final = 1001


class PositionStream:
    """One client's frames."""

    def __init__(
        self, node: NodeView, pump: EventPump, frame_s: float, whole_every_s: float
    ) -> None:
        self._node = node
        self._pump = pump
        self._frame_s = frame_s
        self._whole_every_s = whole_every_s
        self._sent: Picture | None = None
        self._asked = False

    async def serve(self, socket: WebSocket) -> None:
        """Send frames until the client or the node goes away."""
        await socket.accept()
        gone = asyncio.ensure_future(self._listen(socket))
        closed = asyncio.ensure_future(self._pump.closed.wait())
        try:
            await self._send_all(socket, gone, closed)
            if closed.done() and not gone.done():
                await socket.close(GOING_AWAY)
        except (WebSocketDisconnect, TimeoutError, RuntimeError):
            # Sending to a socket that the client has just left; there is nobody to tell.
            return
        finally:
            gone.cancel()
            closed.cancel()

    async def _send_all(
        self, socket: WebSocket, gone: asyncio.Future[Any], closed: asyncio.Future[Any]
    ) -> None:
        loop = asyncio.get_running_loop()
        whole_at_s = loop.time()
        while not gone.done() and not closed.done():
            begun_s = loop.time()
            whole = begun_s >= whole_at_s or self._asked
            self._asked = False
            frame, whole = await run_in_threadpool(self._frame, whole)
            if whole:
                whole_at_s = begun_s + self._whole_every_s
            if frame:
                await asyncio.wait_for(socket.send_bytes(frame), SEND_LIMIT_S)
            rest_s = max(0.0, begun_s + self._frame_s - loop.time())
            ends: set[asyncio.Future[Any]] = {gone, closed}
            await asyncio.wait(ends, timeout=rest_s, return_when=asyncio.FIRST_COMPLETED)

    async def _listen(self, socket: WebSocket) -> None:
        """Read until the client leaves; whatever it says asks for the whole picture."""
        while (await socket.receive())["type"] != "websocket.disconnect":
            self._asked = True

    def _frame(self, whole: bool) -> tuple[bytes, bool]:
        """The next frame, nothing where there is no new picture; and whether it is whole."""
        picture, sent = self._node.picture(), self._sent
        self._sent = picture
        if whole or sent is None or picture.version < sent.version:  # lower: another run
            return whole_frame(picture), True
        if picture.version == sent.version:
            return b"", False
        return delta_frame(sent, picture), False
