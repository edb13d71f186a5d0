"""A station's lines as the node's log keeps them: each with the time when the station heard it."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final

from feeds.relay import Row
from mda.model import LineClock
from mda.units import US_PER_S

_UNSAID: Final = str.maketrans(dict.fromkeys(",*\\:\r\n", "-"))


def tagged(line: bytes, station: str, row: Row, stamp: LineClock) -> bytes:
    """The line, with the station's receive time before it if it has none of its own.

    Only a line with a sentence gets one; into JSON it goes as AIS-catcher's `rxuxtime`.
    """
    if line[:2] == b'{"':
        if stamp(line) is not None:
            return line
        return b'{"rxuxtime":%d.%06d,' % divmod(row.stored_at_us, US_PER_S) + line[1:]
    if b"!" not in line or stamp(line) is not None:
        return line
    words = f"s:{station.translate(_UNSAID)},c:{row.stored_at_us // 1000},n:{row.seq}".encode()
    return b"\\%b*%02X\\%b" % (words, reduce(xor, words, 0), line)


def unfinished(line: bytes) -> bool:
    """Whether a line is a part of a message of which more follows."""
    begin = line.rfind(b"!")
    fields = line[begin : begin + 16].split(b",")
    return begin >= 0 and len(fields) > 2 and fields[2] < fields[1]
