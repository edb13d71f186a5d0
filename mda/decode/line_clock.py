"""When lines of a recording were received: one by one for a replay, many at once for reading."""

from __future__ import annotations

from typing import Final

import numpy as np

from mda.clock import NO_TIME_US
from mda.decode.kernel_origin import ODD
from mda.decode.kernel_scan import stamp_lines
from mda.decode.stamps import received_at as received_at_one
from mda.model.reports import I64


class ReceivedAt:
    """A `BulkLineClock`: what `stamps.received_at` says, the plain lines by a compiled pass."""

    def __call__(self, line: bytes) -> int | None:
        """A line's own receive time in microseconds, None without one."""
        return received_at_one(line)

    def many(self, data: bytes, start: I64, stop: I64) -> I64:
        """The times of the lines `data[start:stop]`, NO_TIME_US without one, shape (n,)."""
        times = stamp_lines(np.frombuffer(data, np.uint8), start, stop)
        for i in np.flatnonzero(times == ODD).tolist():
            at_us = received_at_one(data[int(start[i]) : int(stop[i])])
            times[i] = NO_TIME_US if at_us is None else at_us
        return times


received_at: Final = ReceivedAt()
