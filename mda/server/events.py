"""The event stream: what must never be lost, in order, resumable, with a heartbeat.

One thread waits on the node for all streams and wakes them; every stream reads from its own last
number on, so a slow reader loses nothing and holds nothing in memory. No disk in the event loop:
whatever asks the node runs in the thread pool.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from mda.errors import MdaError
from mda.model import NodeView
from mda.server.body import case_body, event_text, message, wire

BATCH: Final = 500
"""Events read at one time."""
WAIT_S: Final = 1.0
"""Longest wait in the node before looking again: bounds how long stopping takes."""
END_POLL_S: Final = 0.01
RETRY_MS: Final = 1000
"""After how long a browser reconnects."""


class EventPump:
    """Tells the streams that there is news. Belongs to one event loop."""

    def __init__(self, node: NodeView) -> None:
        self._node = node
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._news = asyncio.Event()
        self.generation = 0
        self.closing = False
        self.closed = asyncio.Event()
        self.open = {"events": 0, "positions": 0}

    def start(self) -> None:
        """Begin to watch the node; call within the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._watch, name="mda-events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End all streams soon. From any thread; again is nothing."""
        self._stop.set()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._close)

    async def end(self, limit_s: float) -> None:
        """End all streams, and return when they have ended or `limit_s` seconds are over."""
        self._stop.set()
        self._close()
        loop = asyncio.get_running_loop()
        until_s = loop.time() + limit_s
        while any(self.open.values()) and loop.time() < until_s:
            await asyncio.sleep(END_POLL_S)

    async def news(self, generation: int, timeout_s: float) -> None:
        """Return once there may be news since `generation`, or the time is out."""
        if self.generation != generation or self.closing:
            return
        try:
            await asyncio.wait_for(self._news.wait(), timeout_s)
        except TimeoutError:
            return

    def _watch(self) -> None:
        seq = -1
        while not self._stop.is_set():
            try:
                self._node.wait_events(seq, WAIT_S)
                last = self._node.last_event_seq()
            except MdaError:
                # The streams' own reads will tell the user; this thread only has to stay.
                self._stop.wait(WAIT_S)
                continue
            if last != seq and not self._stop.is_set():
                seq = last
                self._call(self._wake)

    def _call(self, function: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(function)

    def _wake(self) -> None:
        self.generation += 1
        self._news.set()
        self._news = asyncio.Event()

    def _close(self) -> None:
        self.closing = True
        self.closed.set()
        self._wake()


class EventStream:
    """One browser's stream of server-sent messages."""

    def __init__(self, node: NodeView, pump: EventPump, heartbeat_s: float) -> None:
        self._node = node
        self._pump = pump
        self._heartbeat_s = heartbeat_s
        self._seq = 0
        self._run: Any = None

    async def messages(self, last_id: str | None, run: str | None) -> AsyncIterator[str]:
        """All messages from the one after `last_id` on, or from a `hello`, until closing.

        `run`, where given, is the run that `last_id` counts in.
        """
        loop = asyncio.get_running_loop()
        yield f"retry: {RETRY_MS}\n\n"
        if not await run_in_threadpool(self._resume, last_id, run):
            yield await run_in_threadpool(self._hello)
        beat_at_s = loop.time() + self._heartbeat_s
        while not self._pump.closing:
            generation = self._pump.generation
            texts, more = await run_in_threadpool(self._next)
            for text in texts:
                yield text
            if loop.time() >= beat_at_s:
                yield await run_in_threadpool(self._clock)
                beat_at_s = loop.time() + self._heartbeat_s
            if not more:
                await self._pump.news(generation, max(0.0, beat_at_s - loop.time()))

    def _resume(self, last_id: str | None, run: str | None) -> bool:
        """Go on after `last_id` if it is a number of this run."""
        self._run = self._node.info().get("run")
        if last_id is None or not (last_id.isascii() and last_id.isdigit()):
            return False
        if run is not None and run != str(self._run):
            return False
        seq = int(last_id)
        if seq > self._node.last_event_seq():
            return False
        self._seq = seq
        return True

    def _hello(self) -> str:
        """Everything as it stands. The number is read first, so what follows is told again."""
        seq = self._node.last_event_seq()
        info = self._node.info()
        body = {
            "seq": seq,
            "node": wire(info),
            "cases": [case_body(case) for case in self._node.cases()],
            "feeds": [wire(feed) for feed in self._node.feeds()],
        }
        self._seq, self._run = seq, info.get("run")
        return message("hello", body, seq)

    def _next(self) -> tuple[list[str], bool]:
        """Messages after the last one, and whether there may be more at once."""
        events = self._node.events_after(self._seq, BATCH)
        texts = []
        for event in events:
            self._seq = event.seq
            if event.kind == "finding":
                continue  # the page is told of cases; findings come with a case's details
            texts.append(event_text(event))
            if event.kind == "run":
                texts.append(self._hello())
                return texts, True
        if not events:
            run = self._node.info().get("run")
            if run != self._run or self._node.last_event_seq() < self._seq:
                return [message("run", {"run": run}), self._hello()], True
        return texts, len(events) == BATCH

    def _clock(self) -> str:
        picture = self._node.picture()
        body = {
            "now_us": picture.at_us,
            "watermark_us": picture.watermark_us,
            "picture_version": picture.version,
            "feeds": self._node.feeds(),
        }
        return message("clock", wire(body))
