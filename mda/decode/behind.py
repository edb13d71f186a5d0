"""What the assembly has still to be told of messages that were taken in bulk.

The careful road remembers every message of several parts for a while: a repeated part is refused,
and sequence numbers come round. Pairs taken in bulk enter that memory only when it is asked, and
only those it would still hold, so that both roads leave the same memory behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mda.decode.assembly import FeedAssembly, Waiting
from mda.decode.noted import Pairs
from mda.model.reports import I64


class _Stretch(NamedTuple):
    """Sentences of one feed in one batch that were taken in pairs, in the order of lines."""

    pairs: Pairs
    which: I64
    """The pair of each."""
    number: I64
    """1 or 2: the part that it is."""
    line: I64
    """Its number among its feed's lines."""
    begun: dict[int, Waiting]
    """Pairs of which only the first part was told."""

    def since(self, first: int) -> _Stretch:
        """All but the first ones."""
        return self._replace(
            which=self.which[first:], number=self.number[first:], line=self.line[first:]
        )


class Behind:
    """Pairs by feed, in the order of their lines, over as many batches as memory reaches back."""

    def __init__(self, wait_lines: int, assembly: Callable[[int], FeedAssembly]) -> None:
        """`assembly` by feed."""
        self._wait_lines = wait_lines
        self._assembly = assembly
        self._left: dict[int, deque[_Stretch]] = {}
        self._latest: Pairs | None = None

    def feeds(self) -> list[int]:
        """Feeds of which anything is left to tell."""
        return list(self._left)

    def add(self, pairs: Pairs, place: I64) -> None:
        """Pairs of a new batch; `place`: each row's number among its feed's lines."""
        self._latest = pairs
        if not len(pairs):
            return
        row, number = np.stack(pairs.rows(), axis=1).ravel(), np.tile((1, 2), len(pairs))
        which = np.repeat(np.arange(len(pairs)), 2)
        if (row[1:] < row[:-1]).any():  # halves of several pairs between each other
            order = np.argsort(row)
            row, number, which = row[order], number[order], which[order]
        feed = pairs.lines.feed[row]
        for own in np.flatnonzero(np.bincount(feed)).tolist():
            mine = np.flatnonzero(feed == own)
            left = self._left.setdefault(own, deque())
            left.append(_Stretch(pairs, which[mine], number[mine], place[row[mine]], {}))
            self._forget(left, int(left[-1].line[-1]))

    def let_go(self, heard: Callable[[int], int]) -> None:
        """A batch is over: tell of what stands in earlier ones, so that none of them is held on
        to. `heard`: lines of a feed so far."""
        for feed in self.feeds():
            left = self._left[feed]
            self._forget(left, heard(feed))
            while left and left[0].pairs is not self._latest:
                stretch = left.popleft()
                self._tell(feed, stretch, stretch.line.size, heard(feed) - self._wait_lines - 1)
            if not left:
                del self._left[feed]

    def _forget(self, left: deque[_Stretch], line: int) -> None:
        """Let go what the assembly would hold no more at this line."""
        while left and int(left[0].line[-1]) < line - self._wait_lines - 1:
            left.popleft()

    def tell(self, feed: int, line: int | None = None) -> None:
        """Tell the feed's assembly of the sentences before its line number `line`, or of all."""
        left = self._left.get(feed)
        if left is None:
            return
        if line is None:
            line = int(left[-1].line[-1]) + 1
        self._forget(left, line)
        while left:
            stretch = left.popleft()
            due = int(np.searchsorted(stretch.line, line))
            self._tell(feed, stretch, due, line - self._wait_lines - 1)
            if due < stretch.line.size:
                left.appendleft(stretch.since(due))
                break
        if not left:
            del self._left[feed]

    def _tell(self, feed: int, stretch: _Stretch, due: int, earliest: int) -> None:
        """Tell of the first `due` sentences of a stretch but those of pairs begun before a line."""
        begun, assembly = stretch.begun, self._assembly(feed)
        first = 0 if begun else int(np.searchsorted(stretch.line, earliest))
        columns = stretch.which, stretch.number, stretch.line
        which, number, line = (column[first:due] for column in columns)
        parts = stretch.pairs.parts(which, number)
        for i, at, (key, part) in zip(which.tolist(), line.tolist(), parts, strict=True):
            if (part.number == 2 and i not in begun) or (part.number == 1 and at < earliest):
                continue
            assembly.reach(at)
            assembly.tell(part.stored_at_us)
            if part.number == 1:
                begun[i] = assembly.begin(key, part)
            else:
                assembly.end(begun.pop(i), part)

    def clear(self) -> None:
        """Nothing is left to tell: no assembly remembers anything."""
        self._left.clear()
