"""What the assembly has still to be told of messages that were taken in bulk.

The careful road remembers every message of several parts for a while: a repeated part is refused,
and sequence numbers come round. Pairs taken in bulk enter that memory only when it is asked, and
only those it would still hold, so that both roads leave the same memory behind.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mda.decode.assembly import FeedAssembly
from mda.decode.plain import Pairs
from mda.model.reports import I64


class Behind:
    """Pairs of one batch, by feed, in the order of their lines."""

    def __init__(
        self, pairs: Pairs, place: I64, wait_lines: int, assembly: Callable[[int], FeedAssembly]
    ) -> None:
        """`place`: each row's number among its feed's lines; `assembly` by feed."""
        self._pairs = pairs
        self._wait_lines = wait_lines
        self._assembly = assembly
        row = pairs.found[0]
        feed = pairs.lines.feed[row]
        self._line = place[row]
        self._left: dict[int, I64] = {
            own: np.flatnonzero(feed == own) for own in np.flatnonzero(np.bincount(feed)).tolist()
        }

    def tell(self, feed: int, line: int) -> None:
        """Tell the feed's assembly of the pairs before its line number `line`."""
        left = self._left.get(feed)
        if left is None:
            return
        lines = self._line[left]
        due = int(np.searchsorted(lines, line))
        first = int(np.searchsorted(lines, line - self._wait_lines - 1))
        for i in left[first:due].tolist():
            key, *parts = self._pairs.parts(i)
            for later, part in enumerate(parts):
                assembly = self._assembly(feed)
                assembly.reach(int(self._line[i]) + later)
                assembly.tell(part.stored_at_us)
                assembly.add(key, part)
        if due == left.size:
            del self._left[feed]
        else:
            self._left[feed] = left[due:]

    def tell_all(self, heard: Callable[[int], int]) -> None:
        """Tell every feed's assembly of all pairs; `heard`: lines of a feed so far."""
        for feed in list(self._left):
            self.tell(feed, heard(feed) + 1)
