"""When lines of a recording were received: one by one for a replay, many at once for reading."""

from __future__ import annotations

from typing import Final

import numpy as np

from mda.clock import NO_TIME_US
from mda.decode.kernel_origin import NAMES_MAX, ODD, all_bare, bare, edges_of, origins
from mda.decode.stamps import received_at as received_at_one
from mda.model.reports import I64, U8


class ReceivedAt:
    """A `BulkLineClock`: what `stamps.received_at` says, the plain lines by a compiled pass."""

    def __call__(self, line: bytes) -> int | None:
        """A line's own receive time in microseconds, None without one."""
        return received_at_one(line)

    def many(self, data: bytes, start: I64, stop: I64) -> I64:
        """The times of the lines `data[start:stop]`, NO_TIME_US without one, shape (n,)."""
        octets, n = np.frombuffer(data, np.uint8), start.size
        times, more = np.full(n, NO_TIME_US, np.int64), np.empty(n, np.int64)
        if all_bare(octets, start, stop):
            return times
        eights = np.frombuffer(data, np.uint64, len(data) >> 3)
        more = more[: bare(octets, eights, start, stop, more)]
        if more.size:
            times[more] = _around(octets, start[more], stop[more])
            for i in more[times[more] == ODD].tolist():
                at_us = received_at_one(data[int(start[i]) : int(stop[i])])
                times[i] = NO_TIME_US if at_us is None else at_us
        return times


def _around(octets: U8, start: I64, stop: I64) -> I64:
    """The times of lines by what stands around their only sentence, ODD where it is not plain."""
    edges, times = np.empty((4, start.size), np.int64), np.full(start.size, ODD, np.int64)
    edges_of(octets, start, stop, edges)
    plain = edges[2] > edges[1]
    edges = np.ascontiguousarray(edges[:, plain])
    n = edges.shape[1]
    found_us, name, grouped = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.bool_)
    spans, slots = np.zeros((NAMES_MAX + 1, 2), np.int64), np.zeros(2 * NAMES_MAX, np.int64)
    origins(octets, edges, found_us, name, spans, slots, grouped)
    times[plain] = found_us
    return times


received_at: Final = ReceivedAt()
