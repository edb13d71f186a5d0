"""`Inbox`: rows between the feeds' threads and the one that writes them to the log.

Feeds that can wait (TCP, files, stations) wait when it is full. A datagram cannot: for it there is
more room, and when that is full too, the oldest position reports go first of vessels of which a
newer one waits, then the oldest of all. Never statics, safety text (types 12 and 14), parts of
longer messages, nor anything of a SART, MOB or EPIRB or with status 14; and what goes is counted.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final, Generic, TypeVar

from mda.model import RowKind, Sentence

T = TypeVar("T")
FREED_SHARE: Final = 0.1
"""Of the room, so much is made free at once: one look through all rows, not one a row."""
_POSITIONS: Final = frozenset({1, 2, 3, 18, 27})
_DISTRESS_PREFIXES: Final = frozenset({970, 972, 974})
_STATUS_DISTRESS: Final = 14
_SIX: Final = {c: (c - 48 if c < 88 else c - 56) for c in (*range(48, 88), *range(96, 120))}
"""Six bits by armour character (ITU-R M.1371-5, IEC 61162-1)."""


def droppable(line: bytes) -> int | None:
    """MMSI of a line that is one ordinary position report and nothing else; None for all others.

    >>> droppable(b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A")
    371798000
    >>> droppable(b"!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn222222221,0*00")
    """
    begin = line.rfind(b"!")
    fields = line[begin:].split(b",", 6)
    if begin < 0 or len(fields) < 7 or fields[1] != b"1" or line.count(b"!") > 1:
        return None
    six = [_SIX.get(c, -1) for c in fields[5][:7]]
    if len(six) < 7 or min(six) < 0 or six[0] not in _POSITIONS:
        return None
    bits = 0
    for value in six[1:]:
        bits = bits << 6 | value
    mmsi, status = bits >> 4 & 0x3FFFFFFF, bits & 0xF
    if mmsi // 1_000_000 in _DISTRESS_PREFIXES:
        return None
    return None if six[0] <= 3 and status == _STATUS_DISTRESS else mmsi


class Inbox(Generic[T]):
    """Rows in order of arrival, and other things among them (`T`: a feed's end). Thread-safe."""

    def __init__(self, patient_rows: int, pressing_rows: int) -> None:
        """So many rows of feeds that can wait, and so many of feeds that cannot."""
        self._patient_room, self._pressing_room = patient_rows, pressing_rows
        self._rows: deque[Sentence | T] = deque()
        self._pressing: set[int] = set()
        """Feeds that cannot wait: only their rows are ever dropped."""
        self._pressed = 0
        self._changed = threading.Condition()
        self.shed: dict[int, int] = {}
        """Position reports dropped, by feed."""

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, item: Sentence | T, timeout_s: float) -> bool:
        """Add it; False where there was no room for so long."""
        with self._changed:
            if not self._changed.wait_for(self._patience, timeout_s):
                return False
            self._rows.append(item)
            self._changed.notify_all()
            return True

    def press(self, row: Sentence, timeout_s: float) -> bool:
        """Add a row of a feed that cannot wait; False where nothing could be dropped for it."""
        with self._changed:
            self._pressing.add(row.feed)
            if self._pressed >= self._pressing_room:
                self._shed(max(1, round(self._pressing_room * FREED_SHARE)))
            if not self._changed.wait_for(self._pressure, timeout_s):
                return False
            self._rows.append(row)
            self._pressed += 1
            self._changed.notify_all()
            return True

    def take(self, most: int, wait_s: float, gather_s: float) -> list[Sentence | T]:
        """Waits for the first, gathers a little longer, and gives what there is, at most `most`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._rows, wait_s):
                return []
            if gather_s > 0.0:
                self._changed.wait_for(lambda: len(self._rows) >= most, gather_s)
            taken = [self._rows.popleft() for _ in range(min(most, len(self._rows)))]
            self._pressed -= sum(map(self._presses, taken))
            self._changed.notify_all()
            return taken

    def _patience(self) -> bool:
        return len(self._rows) - self._pressed < self._patient_room

    def _pressure(self) -> bool:
        return self._pressed < self._pressing_room

    def _presses(self, item: Sentence | T) -> bool:
        return isinstance(item, Sentence) and item.feed in self._pressing

    def _shed(self, wanted: int) -> None:
        """Drop so many position reports, the oldest of vessels with a newer one first."""
        rows = list(self._rows)
        vessels = [self._vessel(row) for row in rows]
        newest = {mmsi: place for place, mmsi in enumerate(vessels) if mmsi is not None}
        places = [(place, mmsi) for place, mmsi in enumerate(vessels) if mmsi is not None]
        superseded = [place for place, mmsi in places if newest[mmsi] != place]
        gone = set((superseded + sorted(newest.values()))[:wanted])
        for place in gone:
            row = rows[place]
            if isinstance(row, Sentence):
                self.shed[row.feed] = self.shed.get(row.feed, 0) + 1
        self._pressed -= len(gone)
        self._rows = deque(row for place, row in enumerate(rows) if place not in gone)

    def _vessel(self, row: Sentence | T) -> int | None:
        if not isinstance(row, Sentence) or row.kind != RowKind.LINE or not self._presses(row):
            return None
        return droppable(row.data)
