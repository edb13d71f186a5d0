"""Bytes cut into lines: at LF, CR and NUL alike, none empty, none longer than 4 kB.

Nothing is dropped but the line ends themselves: a longer line comes in pieces of 4 kB, and what
stands behind the last line end comes as a line of its own when the stream ends.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mda.geo.kernel import lean, whole

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]

LINE_MAX: Final = 4096
_ENDS: Final = re.compile(rb"[\r\n\0]+")
_FOURTEENS, _HIGH = np.uint64(0x0E0E0E0E0E0E0E0E), np.uint64(0x8080808080808080)
_EACH = np.uint64(0x0101010101010101)
_ZERO, _ONE, _SEVEN, _TOP = np.uint64(0), np.uint64(1), np.uint64(7), np.uint64(56)
_SHORT: Final = 40
"""Lines are rarely shorter: room for so many is made at first."""


@lean
def _cut(octets: U8, eights: U64, starts: I64, stops: I64) -> int:
    """First byte and end of every line; how many, or -1 where there is not room for all.

    `eights`: the same bytes eight at a time. Of each eight the subtraction marks those below 14
    (and now and then the next one too, which is looked at for nothing), the lowest one first.
    """
    n, begin, size, room = 0, 0, octets.shape[0], starts.shape[0]
    for k in range(eights.shape[0] + 1):
        at = k << 3
        hit = (eights[k] - _FOURTEENS) & ~eights[k] & _HIGH if at + 8 <= size else _HIGH
        while hit != _ZERO:
            low = hit & (~hit + _ONE)
            hit ^= low
            i = at + whole((((low >> _SEVEN) - _ONE) & _EACH) * _EACH >> _TOP)
            if i < size:
                c = octets[i]
                if c > 13 or (c != 10 and c != 13 and c != 0):
                    continue
            elif i > size:
                break
            while begin < i:
                if n == room:
                    return -1
                stop = begin + LINE_MAX
                if stop > i:
                    stop = i
                starts[n], stops[n] = begin, stop
                begin = stop
                n += 1
            begin = i + 1
    return n


def spans(data: bytes) -> tuple[I64, I64]:
    """First byte and end of every line in a chunk, shape (n,) each."""
    octets = np.frombuffer(data, np.uint8)
    eights = np.frombuffer(data, np.uint64, len(data) >> 3)
    room = len(data) // _SHORT + 16
    while True:
        starts, stops = np.empty(room, np.int64), np.empty(room, np.int64)
        n = _cut(octets, eights, starts, stops)
        if n >= 0:
            return starts[:n], stops[:n]
        room = min(2 * room, len(data) + 1)


def last_end(data: bytes) -> int:
    """Where the last whole line of a chunk ends, 0 where none does."""
    if data[-1:] in (b"\n", b"\r", b"\0"):
        return len(data)
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
