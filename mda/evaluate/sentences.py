r"""A line's vessel, station and time, and lines made into those of another vessel or clock.

Only what the scorer needs to spoil a recording on purpose: the payload's MMSI (bits 8 to 37 of
every AIS message, ITU-R M.1371-5), the TAG block's `s` and `c` (NMEA 0183 4.10), the checksums.
"""

from __future__ import annotations

import re
from typing import Final

from mda.clock import NO_TIME_US
from mda.decode.framing import exclusive_or
from mda.decode.tagblock import epoch_us, read_tag
from mda.units import US_PER_S

_SENTENCE: Final = re.compile(
    rb"([!$][A-Z]{2}VD[MO],(\d),(\d),([^,]*),([^,]*),)([0-W`-w]*)(,[0-5])\*([0-9A-Fa-f]{2})"
)
_BLOCK: Final = re.compile(rb"\\([^\\]*?)\*[0-9A-Fa-f]{2}\\")
_TIME: Final = re.compile(rb"(?<![^,])c:([0-9.]+)")
_MMSI_CHARS: Final = 7
"""Six-bit characters that reach to bit 41: the first in which all of the MMSI is."""


def _bits(char: int) -> int:
    """Six bits of an armoured character (M.1371 / IEC 61162-1: 0-W are 0-39, ` to w 40-63)."""
    return char - 48 if char < 88 else char - 56


def _armour(bits: int) -> int:
    return bits + 48 if bits < 40 else bits + 56


def mmsi_in(payload: bytes) -> int:
    """The MMSI of a message's (first) payload; 0 where it is too short.

    >>> mmsi_in(b"E>jCK30S2bh0W:G@0b7W@9dW:@8@53:l>VCD01088;v013lU00")
    992271116
    """
    if len(payload) < _MMSI_CHARS:
        return 0
    bits = 0
    for char in payload[:_MMSI_CHARS]:
        bits = bits << 6 | _bits(char)
    return bits >> 4 & 0x3FFFFFFF


def part_of(line: bytes) -> tuple[int, int, bytes, bytes] | None:
    """(parts, part, message id and channel, payload) of a line's sentence; None: no AIS in it."""
    found = _SENTENCE.search(line)
    if found is None:
        return None
    return int(found[2]), int(found[3]), found[4] + b"," + found[5], found[6]


def with_mmsi(line: bytes, mmsi: int) -> bytes:
    """The same line (first part of a message) from another MMSI, its checksum set right.

    A line without a sentence, or one too short, comes back as it is.
    """
    found = _SENTENCE.search(line)
    if found is None or len(found[6]) < _MMSI_CHARS:
        return line
    bits = 0
    for char in found[6][:_MMSI_CHARS]:
        bits = bits << 6 | _bits(char)
    bits = bits & ~(0x3FFFFFFF << 4) | mmsi << 4
    head = bytes(_armour(bits >> 6 * i & 63) for i in reversed(range(_MMSI_CHARS)))
    sentence = found[1] + head + found[6][_MMSI_CHARS:] + found[7]
    checked = sentence + b"*%02X" % exclusive_or(sentence[1:])
    return line[: found.start()] + checked + line[found.end() :]


def station_in(line: bytes) -> str:
    """The station that a line's TAG block names; empty without one."""
    return read_tag(line.partition(b"!")[0]).station if line[:1] == b"\\" else ""


def with_time_shifted(line: bytes, by_s: int) -> bytes:
    """The same line with the time of its TAG block shifted, its checksum set right.

    A line whose block has no time, or no checksum, comes back as it is.
    """
    block = _BLOCK.match(line)
    time = _TIME.search(block[1]) if block else None
    if block is None or time is None:
        return line
    at_us = epoch_us(time[1].decode())
    if at_us == NO_TIME_US:
        return line
    whole_s, rest_us = divmod(at_us, US_PER_S)
    shifted = b"%d" % (whole_s + by_s) + (b".%06d" % rest_us if rest_us else b"")
    body = block[1][: time.start(1)] + shifted + block[1][time.end(1) :]
    return b"\\" + body + b"*%02X\\" % exclusive_or(body) + line[block.end() :]
