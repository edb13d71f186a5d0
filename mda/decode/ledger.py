"""The books: every row heard is decoded, rejected with a reason, or pending; nothing else.

A row normally holds one sentence and ends with it. One that holds several ends when the last of
them does: decoded if any of them was, else rejected with the first reason; what was refused beside
a decoded sentence is counted as spoilt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mda.model.lines import Rejected
from mda.model.protocols import Books
from mda.model.state import State


@dataclass(slots=True)
class _Several:
    """A row of several sentences: how many are still open, and what became of the others."""

    left: int
    decoded: bool = False
    reasons: list[str] = field(default_factory=list)


class Ledger:
    """Books by feed. A row's number (`seq`) names it, whichever feed it came from."""

    def __init__(self) -> None:
        self.books: dict[int, Books] = {}
        self._several: dict[int, _Several] = {}
        self._rejected: list[Rejected] = []
        self._types: Counter[int] = Counter()

    def heard(self, seq: int, feed: int, sentences: int) -> None:
        """A row came in; it is pending until its sentences have ended."""
        books = self.books.get(feed)
        if books is None:
            books = self.books[feed] = Books()
        books.lines += 1
        books.pending += 1
        if sentences > 1:
            self._several[seq] = _Several(sentences)

    def decoded_rows(self, feed: int, types: Mapping[int, int], rows_each: int) -> None:
        """Many rows came in that made whole messages of so many rows each, counted by type."""
        books = self.books.setdefault(feed, Books())
        messages = sum(types.values())
        books.lines += messages * rows_each
        books.decoded_lines += messages * rows_each
        books.messages += messages
        for msg_type, count in types.items():
            books.messages_by_type[msg_type] = books.messages_by_type.get(msg_type, 0) + count
            self._types[msg_type] += count

    def message(self, feed: int, msg_type: int) -> None:
        """A whole message was read."""
        books = self.books[feed]
        books.messages += 1
        books.messages_by_type[msg_type] = books.messages_by_type.get(msg_type, 0) + 1
        self._types[msg_type] += 1

    def decoded(self, seq: int, feed: int) -> None:
        """A sentence of the row became (part of) a message."""
        if self._several and (row := self._several.get(seq)):
            row.decoded = True
            row.left -= 1
            if row.left == 0:
                self._close(seq, feed, row, b"")
            return
        books = self.books[feed]
        books.pending -= 1
        books.decoded_lines += 1

    def rejected(self, seq: int, feed: int, reason: str, line: bytes) -> None:
        """A sentence of the row, or the row itself, was refused."""
        if self._several and (row := self._several.get(seq)):
            row.reasons.append(reason)
            row.left -= 1
            if row.left == 0:
                self._close(seq, feed, row, line)
            return
        books = self.books[feed]
        books.pending -= 1
        books.rejected[reason] = books.rejected.get(reason, 0) + 1
        self._rejected.append(Rejected(seq, feed, reason, line))

    def refused(self, seq: int, feed: int, reason: str, line: bytes) -> None:
        """A row came in, with one sentence, and was refused at once."""
        books = self.books.get(feed)
        if books is None:
            books = self.books[feed] = Books()
        books.lines += 1
        books.rejected[reason] = books.rejected.get(reason, 0) + 1
        self._rejected.append(Rejected(seq, feed, reason, line))

    def _close(self, seq: int, feed: int, row: _Several, line: bytes) -> None:
        del self._several[seq]
        if not row.decoded:
            self.rejected(seq, feed, row.reasons[0], line)
            return
        self.decoded(seq, feed)
        spoilt = self.books[feed].spoilt
        for reason in row.reasons:
            spoilt[reason] = spoilt.get(reason, 0) + 1

    def drain(self) -> tuple[list[Rejected], Mapping[int, int]]:
        """What was rejected, and messages by type, since the last call."""
        rejected, types = self._rejected, dict(sorted(self._types.items()))
        self._rejected, self._types = [], Counter()
        return rejected, types

    def save(self) -> State:
        """Books and open rows as JSON values."""
        return {
            "books": [[feed, _plain(asdict(books))] for feed, books in sorted(self.books.items())],
            "several": [
                [seq, row.left, row.decoded, list(row.reasons)]
                for seq, row in sorted(self._several.items())
            ],
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave."""
        self.books = {int(feed): _books(body) for feed, body in state["books"]}
        self._several = {
            int(seq): _Several(int(left), bool(decoded), list(reasons))
            for seq, left, decoded, reasons in state["several"]
        }
        self.drain()


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    body["messages_by_type"] = [list(pair) for pair in sorted(body["messages_by_type"].items())]
    return body


def _books(body: dict[str, Any]) -> Books:
    types = {int(kind): int(count) for kind, count in body["messages_by_type"]}
    return Books(
        **{
            **body,
            "messages_by_type": types,
            "rejected": dict(body["rejected"]),
            "spoilt": dict(body["spoilt"]),
        }
    )
