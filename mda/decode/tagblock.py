r"""TAG blocks: `\s:rMT4097,c:1697012399*hh\` before a sentence.

Source: NMEA 0183 version 4.10, TAG blocks; IEC 61162-450. Read here: `s` source, `c` time (whole
or fractional seconds; milliseconds when above 1e11) and `g` group (`1-2-1604`: part, parts, id);
passed over: `d` destination, `n` line count, `r` relative time, `t` text, `x` and whatever a maker
adds. Several blocks in a row are one.
A block whose checksum is wrong is flagged and none of it is used: its station and time may be the
very bytes that broke. A block without a checksum is used and flagged.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import isnan, nan
from typing import NamedTuple

from mda.clock import NO_TIME_US
from mda.decode.framing import exclusive_or
from mda.units import US_PER_S

BLOCK = re.compile(rb"\\([^\\]*)\\")
_CHECKED = re.compile(rb"([^*]*)\*([0-9A-Fa-f]{2})\s*")
_GROUP = re.compile(rb"(\d{1,2})-(\d{1,2})-(.{1,16})")

EARLIEST_US = 946_684_800 * US_PER_S
"""2000-01-01: there was no AIS before it, so an earlier stamp is a clock that was never set."""
LATEST_US = 4_102_444_800 * US_PER_S
"""2100-01-01."""
NAME_MAX = 64


class Tag(NamedTuple):
    """What is said of a sentence by the TAG block(s) before it, or by whatever stands for one."""

    stamp_us: int = NO_TIME_US
    station: str = ""
    group: str = ""
    sound: bool = True
    """False where a checksum was wrong or missing."""
    more: bool = False
    """The group goes on behind this sentence."""
    level_db: float = nan
    offset_ppm: float = nan

    def backed(self, other: Tag) -> Tag:
        """This one, with what it does not say taken from another."""
        return self._replace(
            stamp_us=other.stamp_us if self.stamp_us == NO_TIME_US else self.stamp_us,
            station=self.station or other.station,
            sound=self.sound and other.sound,
            level_db=other.level_db if isnan(self.level_db) else self.level_db,
        )


def epoch_us(text: str) -> int:
    """Microseconds of epoch seconds (or milliseconds, above 1e11); `NO_TIME_US` if implausible.

    >>> epoch_us("1490075479"), epoch_us("1490075479.25"), epoch_us("1490075479250")
    (1490075479000000, 1490075479250000, 1490075479250000)
    """
    whole, _, fraction = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 16):
        return NO_TIME_US
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        return NO_TIME_US
    milliseconds = int(whole) > 100_000_000_000
    digits = 3 if milliseconds else 6
    at_us = int(whole) * 10**digits + int((fraction + "000000")[:digits])
    return at_us if EARLIEST_US <= at_us < LATEST_US else NO_TIME_US


@lru_cache(maxsize=4096)
def printable(raw: bytes) -> str:
    """A name from the wire: printable ASCII, at most 64 characters."""
    return "".join(chr(c) for c in raw.strip()[:NAME_MAX] if 32 <= c < 127)


def read_tag(head: bytes) -> Tag:
    """The blocks in what stands before a sentence, merged; the default where there is none."""
    stamp_us, station, group, more, sound = NO_TIME_US, "", "", False, True
    for block in BLOCK.findall(head):
        checked = _CHECKED.fullmatch(block)
        body = block if checked is None else checked[1]
        if checked is None or exclusive_or(body) != int(checked[2], 16):
            sound = False
            if b"*" in block:
                continue
        for field in body.split(b","):
            code = field[:2]
            if code == b"c:":
                stamp_us = epoch_us(field[2:].strip().decode("latin-1"))
            elif code == b"s:":
                station = printable(field[2:])
            elif code == b"g:" and (part := _GROUP.fullmatch(field[2:].strip())):
                group, more = printable(part[3]), int(part[1]) < int(part[2])
    return Tag(stamp_us, station, group, sound, more)
