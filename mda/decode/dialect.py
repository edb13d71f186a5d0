"""Which dialect lines are written in: told from the lines themselves, in words for people.

`LineTimes` reads each line's own receive time in any of them, for recordings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from mda.clock import NO_TIME_US
from mda.decode.line_clock import received_at
from mda.decode.rows_layouts import TableLayout, cells_of, recognised
from mda.decode.rows_words import whole
from mda.model.reports import I64
from mda.model.tables import ColumnMap

_SENTENCE: Final = re.compile(rb"[!$][A-Z0-9]{2}VD[MO],")
_SHOWN: Final = 60
"""Characters of a line that is shown as what was seen."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a recording is written in."""

    words: str
    """For people: `Marine Cadastre CSV, 17 columns`, `NMEA with TAG blocks`."""
    known: bool
    """Whether there is anything in it that can be decoded."""
    timed: bool
    """Whether its lines carry receive times."""
    table: bool = False


class LineTimes:
    """A `mda.model.BulkLineClock` for one recording, table or sentences: its first line tells.

    A table's rows are timed by the layout that its header announced.
    """

    def __init__(self, column_map: ColumnMap | None = None) -> None:
        self._map = column_map
        self._layout: TableLayout | None = None
        self._table = column_map is not None
        self._begun = False
        self._seen: dict[str, int] = {}

    def __call__(self, line: bytes) -> int | None:
        """Microseconds since the epoch, or None where the line carries no time."""
        if not self._begun:
            self._begun = True
            self._layout = recognised(line, self._map)
            self._table = self._table or self._layout is not None
            if self._layout is not None:
                return None
        if not self._table:
            return received_at(line)
        at_us = self._row_us(line) if self._layout is not None else NO_TIME_US
        if at_us == NO_TIME_US and (layout := recognised(line, self._map)) is not None:
            self._layout = layout
            self._seen = {}
        return None if at_us == NO_TIME_US else at_us

    def many(self, data: bytes, start: I64, stop: I64) -> I64:
        """The times of the lines `data[start:stop]`, NO_TIME_US without one, shape (n,)."""
        if not self._begun and start.size:
            first_us = self(data[int(start[0]) : int(stop[0])])
            rest = self.many(data, start[1:], stop[1:])
            return np.append(NO_TIME_US if first_us is None else first_us, rest).astype(np.int64)
        if not self._table:
            return received_at.many(data, start, stop)
        pairs = zip(start.tolist(), stop.tolist(), strict=True)
        times = [self(data[a:b]) for a, b in pairs]
        return np.array([NO_TIME_US if at_us is None else at_us for at_us in times], np.int64)

    def _row_us(self, line: bytes) -> int:
        layout = self._layout
        if layout is None:
            return NO_TIME_US
        text = line.decode("utf-8", "replace")
        separator = layout.map.separator
        cells = cells_of(text, separator) if '"' in text else text.split(separator)
        if cells is None or len(cells) != layout.width:
            return NO_TIME_US
        told = cells[layout.place["at"]]
        at_us = self._seen.get(told)
        if at_us is None:
            if len(self._seen) > 100_000:
                self._seen = {}
            at_us = self._seen[told] = layout.read_time(told.strip())
        if "millisecond" in layout.place and at_us != NO_TIME_US:
            part = whole(cells[layout.place["millisecond"]].strip())
            return at_us + (part * 1000 if 0 <= part < 1000 else 0)
        return at_us


def tell(lines: Sequence[bytes], column_map: ColumnMap | None = None) -> Dialect:
    """The dialect of a recording's first lines.

    >>> tell([b"1490075479,!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"]).words
    'NMEA with epoch prefix'
    """
    if lines and (layout := recognised(lines[0], column_map)) is not None:
        return Dialect(layout.words, known=True, timed=True, table=True)
    if column_map is not None:
        for line in lines:
            if (layout := recognised(line, column_map)) is not None:
                return Dialect(layout.words, known=True, timed=True, table=True)
        wanted = ", ".join(column_map.columns.values())
        return Dialect(
            f"{_saw(lines)}; the column map wants a header with {wanted}", known=False, timed=False
        )
    heard = [line for line in lines if _SENTENCE.search(line)]
    if not heard:
        return Dialect(_saw(lines), known=False, timed=False)
    if any(line.startswith(b"$PGHP,") for line in lines):
        return Dialect("NMEA with $PGHP times", known=True, timed=True)
    if any(line.startswith(b"$ABVSI,") for line in lines):
        return Dialect("NMEA with $ABVSI times", known=True, timed=True)
    forms = Counter(_form(line) for line in heard)
    form, _ = forms.most_common(1)[0]
    timed = form != _BARE
    return Dialect(form, known=True, timed=timed)


_BARE: Final = "NMEA without times"


def _form(line: bytes) -> str:
    """How one sentence's line is written."""
    if line[:1] == b"{":
        return "AIS-catcher JSON" if b'"nmea"' in line else "JSON with NMEA sentences"
    begin = min(i for i in (line.find(b"!"), line.find(b"$"), len(line)) if i >= 0)
    head = line[:begin]
    if b"\\" in head:
        timed = re.search(rb"[\\,]c:\d", head) is not None
        return "NMEA with TAG blocks" if timed or received_at(line) else "NMEA without times"
    if received_at(line) is None:
        return _BARE
    if re.match(rb"[\s\"'\[(]*\d{9,13}", head):
        return "NMEA with epoch prefix"
    return "NMEA with ISO prefix" if head.strip() else "NMEA with suffix times"


def _saw(lines: Sequence[bytes]) -> str:
    """What stands in lines that nothing here can decode."""
    if not lines:
        return "nothing at all"
    first = lines[0]
    if sum(b < 9 or 13 < b < 32 or b > 126 for b in first) * 4 > len(first):
        return "binary data, no lines of text"
    shown = first[:_SHOWN].decode("utf-8", "replace")
    more = "…" if len(first) > _SHOWN else ""
    for separator in (",", ";", "\t"):
        cells = cells_of(first.decode("utf-8", "replace"), separator) or []
        if len(cells) > 2 and not any(cell.strip()[:1].isdigit() for cell in cells[:3]):
            return f"a table of {len(cells)} columns that no layout knows, beginning {shown}{more}"
    return f"no AIS sentence; the first line is {shown}{more}"
