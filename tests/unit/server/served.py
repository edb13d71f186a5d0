"""A served node and a reader of its events, for the server's tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
from small_node import SmallNode
from websockets.sync.client import ClientConnection

from mda.config import Config
from mda.server import Serving, create_app, serve

FAST = {"server.heartbeat_s": 0.2, "server.frame_s": 0.05, "server.whole_every_s": 1.0}


def served(node: SmallNode, page: Path, **overrides: Any) -> Serving:
    config = Config.load(overrides={**FAST, **overrides})
    return serve(create_app(node, page, config), "127.0.0.1", 0)


class Stream:
    """A reader of server-sent messages."""

    def __init__(self, url: str, last_id: int | None = None, query: str = "") -> None:
        headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
        self._client = httpx.Client(timeout=10)
        self._context = self._client.stream("GET", f"{url}api/events{query}", headers=headers)
        self.response = self._context.__enter__()
        self._lines = self.response.iter_lines()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.__exit__(None, None, None)
        self._client.close()

    def next(self, *, clocks: bool = False) -> dict[str, Any]:
        """The next message; without `clocks`, heartbeats are passed over."""
        fields: dict[str, Any] = {}
        for line in self._lines:
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            if "event" in fields and (clocks or fields["event"] != "clock"):
                return {**fields, "data": json.loads(fields["data"])}
            fields = {}
        raise EOFError

    def drain(self) -> None:
        """Read until the end, which raises."""
        while True:
            self.next(clocks=True)


def drain(positions: ClientConnection) -> None:
    while True:
        positions.recv(timeout=5)
