"""The times of many lines at once are those of the lines one by one, in sentences and in tables."""

from __future__ import annotations

import numpy as np
import pytest
from table_rows import EXACT_HEADER, exact_row

from mda.clock import NO_TIME_US
from mda.decode import LineTimes
from mda.model import BulkLineClock

BARE = b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
SENTENCES = [
    b"1490075479," + BARE,
    BARE,
    b"2016-03-31 00:00:01, " + BARE,
    BARE + b",r003669945,1620000000",
    b"\\s:station,c:1490075479*50\\" + BARE,
    b"note",
]
TABLE = [EXACT_HEADER, exact_row(Millisecond="680"), b"too,short", exact_row(Millisecond="")]


@pytest.mark.parametrize("lines", [SENTENCES, [BARE, *SENTENCES], TABLE, []])
@pytest.mark.parametrize("cut", [0, 2])
def test_many_lines_at_once_have_the_times_they_have_one_by_one(
    lines: list[bytes], cut: int
) -> None:
    stop = np.cumsum([len(line) for line in lines], dtype=np.int64)
    start = stop - np.array([len(line) for line in lines], np.int64)
    bulk, single = LineTimes(), LineTimes()
    assert isinstance(bulk, BulkLineClock)
    data = b"".join(lines)
    found = [bulk.many(data, start[part], stop[part]) for part in (slice(cut), slice(cut, None))]
    times = [single(line) for line in lines]
    expected = [NO_TIME_US if at_us is None else at_us for at_us in times]
    assert np.concatenate(found).tolist() == expected
