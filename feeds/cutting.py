"""Bytes cut into lines: at LF, CR and NUL alike, none empty, none longer than 4 kB.

Nothing is dropped but the line ends themselves: a longer line comes in pieces of 4 kB, and what
stands behind the last line end comes as a line of its own when the stream ends.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]

LINE_MAX: Final = 4096
_ENDS: Final = re.compile(rb"[\r\n\0]+")
_IS_END: Final = np.zeros(256, np.bool_)
_IS_END[[0, 10, 13]] = True


def spans(data: bytes) -> tuple[I64, I64]:
    """First byte and end of every line in a chunk, shape (n,) each."""
    ends = np.flatnonzero(_IS_END[np.frombuffer(data, np.uint8)])
    stop = np.append(ends, len(data)).astype(np.int64)
    start = np.append(0, ends + 1).astype(np.int64)
    kept = stop > start
    start, stop = start[kept], stop[kept]
    pieces = -(-(stop - start) // LINE_MAX)
    if pieces.size and int(pieces.max()) > 1:
        nth = np.arange(int(pieces.sum())) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        start = np.repeat(start, pieces) + nth * LINE_MAX
        stop = np.minimum(start + LINE_MAX, np.repeat(stop, pieces))
    return start, stop


def last_end(data: bytes) -> int:
    """Where the last whole line of a chunk ends, 0 where none does."""
    return max(data.rfind(end) for end in (b"\n", b"\r", b"\0")) + 1


def lines_of(data: bytes) -> list[bytes]:
    """The lines of a chunk."""
    found = []
    for line in _ENDS.split(data):
        found += [line[i : i + LINE_MAX] for i in range(0, len(line), LINE_MAX)]
    return found


class Cutter:
    """Lines out of a stream that arrives in pieces of any size; it keeps at most one line."""

    def __init__(self) -> None:
        self._rest = b""

    def push(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete."""
        held = self._rest + data
        cut = last_end(held)
        whole, self._rest = held[:cut], held[cut:]
        found = lines_of(whole)
        while len(self._rest) > LINE_MAX:
            found.append(self._rest[:LINE_MAX])
            self._rest = self._rest[LINE_MAX:]
        return found

    def rest(self) -> list[bytes]:
        """What the stream left without a line end."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []
