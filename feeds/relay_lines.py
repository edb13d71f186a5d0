"""A station's lines as the node's log keeps them: each with the time when the station heard it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from operator import xor
from typing import Final

from feeds.cutting import LINE_MAX
from feeds.relay import Row
from mda.model import LineClock, RowKind
from mda.units import US_PER_S

_UNSAID: Final = str.maketrans(dict.fromkeys("!,*\\:\r\n\0", "-"))
_PART: Final = re.compile(rb"![A-Z0-9]{5},([2-9]),([1-9]),")
_NAME_MAX: Final = 64
"""Characters of a station's name; the decoder reads no more of it."""


def tagged(line: bytes, station: str, row: Row, stamp: LineClock) -> bytes:
    """The line, with the station's receive time before it if it has none of its own.

    Only a line with a sentence gets one; into JSON it goes as AIS-catcher's `rxuxtime`. An empty
    `station` is not named. A line that would become too long to be read stays as it is.
    """
    longer = _tagged(line, station, row, stamp)
    return longer if len(longer) <= LINE_MAX else line


def _tagged(line: bytes, station: str, row: Row, stamp: LineClock) -> bytes:
    if line[:2] == b'{"':
        if stamp(line) is not None:
            return line
        return b'{"rxuxtime":%d.%06d,' % divmod(row.stored_at_us, US_PER_S) + line[1:]
    if b"!" not in line or stamp(line) is not None:
        return line
    name = station[:_NAME_MAX].translate(_UNSAID)
    named = f"s:{name}," if name else ""
    words = f"{named}c:{row.stored_at_us // 1000},n:{row.seq}".encode("utf-8", "replace")
    return b"\\%b*%02X\\%b" % (words, reduce(xor, words, 0), line)


def told_apart(rows: Sequence[Row]) -> set[int]:
    """Numbers of the rows that may not be given a station's name: parts of a message of which
    another part may name its own (a TAG block before the first only, a suffix behind the last
    only). Two names in one message would part it for good."""
    found: set[int] = set()
    runs: dict[int, tuple[int, bytes, bool, list[int]]] = {}
    for row in rows:
        part = _PART.search(row.data) if row.kind == RowKind.LINE else None
        number = int(part[2]) if part else 0
        last, total, speaks, seqs = runs.pop(row.source, (0, b"", False, []))
        if part is None:
            continue
        if number == 1 or number != last + 1 or part[1] != total:
            speaks, seqs = False, []
        speaks = speaks or part.start() > 0 or row.data[-3:-2] != b"*"
        runs[row.source] = (number, part[1], speaks, [*seqs, row.seq])
        if speaks:
            found.update((*seqs, row.seq))
    return found


def unfinished(line: bytes) -> bool:
    """Whether a line is a part of a message of which more follows."""
    begin = line.rfind(b"!")
    fields = line[begin : begin + 16].split(b",")
    return begin >= 0 and len(fields) > 2 and fields[2] < fields[1]
