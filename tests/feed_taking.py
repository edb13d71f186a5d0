"""A feed read on a thread of its own, and waiting until something is so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mda.model import Feed, RowKind, Sentence

LONG_S = 30.0


def wait_until(so: Callable[[], Any]) -> None:
    """Return when it is so; fail when it is not for long."""
    until_s = time.monotonic() + LONG_S
    while not so():
        if time.monotonic() > until_s:
            raise AssertionError("waited in vain")
        time.sleep(0.01)


class Taking:
    """What a feed gave so far."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.rows: list[Sentence] = []
        self._thread = threading.Thread(target=lambda: self.rows.extend(feed))
        self._thread.start()

    @property
    def lines(self) -> list[bytes]:
        return [row.data for row in list(self.rows) if row.kind == RowKind.LINE]

    @property
    def controls(self) -> list[tuple[str, str]]:
        """(CONNECT or DISCONNECT, reason) of every control row."""
        rows = [row for row in list(self.rows) if row.kind != RowKind.LINE]
        return [(row.kind.name, json.loads(row.data)["reason"]) for row in rows]

    def until_lines(self, count: int) -> list[bytes]:
        wait_until(lambda: len(self.lines) >= count)
        return self.lines

    def until_controls(self, count: int) -> list[tuple[str, str]]:
        wait_until(lambda: len(self.controls) >= count)
        return self.controls

    def stop(self) -> None:
        self.feed.stop()
        self._thread.join(LONG_S)
        assert not self._thread.is_alive(), "the feed does not stop"


@contextmanager
def taking(feed: Feed) -> Iterator[Taking]:
    """Read a feed until the block is left; then it must stop."""
    taken = Taking(feed)
    try:
        yield taken
    finally:
        taken.stop()
