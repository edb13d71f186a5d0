r"""Times and stations written around a sentence: before it, after it, or in its TAG block.

    1490075479,!AIVDM…                               prefix of epoch seconds (or milliseconds)
    2016-03-31 00:00:01, !AIVDM…                     ISO prefix; without an offset it is read as UTC
    !AIVDM,…,0*4A,s28089,d-103,r08TPHI1,1242958962   suffix as the US Coast Guard writes it
    \s:station,c:1490075479*hh\!AIVDM…               TAG block, also behind a prefix

Where several are given the one nearest to the receiver counts: TAG, then suffix, then what a row
before says (see `companions`), then prefix.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from mda.clock import NO_TIME_US, from_datetime
from mda.decode.companions import Before, companion
from mda.decode.envelopes import OPENS, wrapped_us
from mda.decode.tagblock import EARLIEST_US, LATEST_US, Tag, epoch_us, printable, read_tag
from mda.units import US_PER_S

_EPOCH_PREFIX = re.compile(rb"[\s\"'\[(]*(\d{9,13}(?:\.\d{1,9})?)[\s\"'\]),;:]*")
_ISO_PREFIX = re.compile(
    rb"[\s\"'\[(]*(\d{4}-\d\d-\d\d)[T _](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?"
    rb"[\s\"'\]),;:]*"
)
_SUFFIX_TIME = re.compile(rb"\d{9,13}(?:\.\d{1,9})?")
_SUFFIX_STATION = re.compile(rb"[rb][0-9A-Za-z]{2,15}")

NOWHERE: Final = Tag()
"""Origin of a bare sentence."""


def _prefix_us(head: bytes) -> int:
    """The time that a line begins with, `NO_TIME_US` where it begins otherwise."""
    if found := _EPOCH_PREFIX.fullmatch(head):
        return epoch_us(found[1].decode())
    if found := _ISO_PREFIX.fullmatch(head):
        day, clock, fraction, offset = (part.decode() if part else "" for part in found.groups())
        try:
            at = datetime.fromisoformat(f"{day}T{clock}{offset}")
        except ValueError:
            return NO_TIME_US
        whole_us = from_datetime(at if at.tzinfo else at.replace(tzinfo=UTC))
        at_us = whole_us + int((fraction + "000000")[:6])
        return at_us if at_us >= EARLIEST_US else NO_TIME_US
    return NO_TIME_US


def _suffix(tail: bytes) -> tuple[int, str]:
    """Time and station in what follows a sentence's checksum."""
    at_us, station = NO_TIME_US, ""
    for field in tail.split(b",")[1:]:
        text = field.strip()
        if _SUFFIX_TIME.fullmatch(text):
            at_us = epoch_us(text.decode())
        elif _SUFFIX_STATION.fullmatch(text):
            station = printable(text)
    return at_us, station


@lru_cache(maxsize=4096)
def origin(head: bytes, tail: bytes) -> Tag:
    """Where and when a sentence was received, from the bytes around it.

    Pure, and remembered, because thousands of lines share their second and station.
    """
    return beside(head, tail, NOWHERE)


def beside(head: bytes, tail: bytes, said: Tag) -> Tag:
    """The same where another row said something of the sentence, which counts before a prefix."""
    tag = read_tag(head) if b"\\" in head else NOWHERE
    if tail[:1] == b",":
        at_us, station = _suffix(tail)
        tag = tag._replace(
            stamp_us=at_us if tag.stamp_us == NO_TIME_US else tag.stamp_us,
            station=tag.station or station,
        )
    if said is not NOWHERE:
        tag = tag.backed(said)
    if tag.stamp_us == NO_TIME_US and head:
        tag = tag._replace(stamp_us=_prefix_us(head.partition(b"\\")[0]))
    return tag


def around(head: bytes, tail: bytes, place: int) -> tuple[bytes, bytes]:
    """What belongs to a row's sentence number `place` (from 0) of what stands around it.

    Between two sentences on one line stands the first one's suffix (it begins with a comma), then
    the second one's head (a prefix or TAG block).
    """
    if place and head[:1] == b",":
        head = head[head.find(b"\\") :] if b"\\" in head else b""
    return head, tail.partition(b"\\")[0] if tail[:1] == b"," else b""


def first_stamp_us(stamps_us: Sequence[int]) -> int:
    """The first time that is known, of a message's parts in order."""
    return next((at_us for at_us in stamps_us if at_us != NO_TIME_US), NO_TIME_US)


def received_at(line: bytes) -> int | None:
    """A line's own receive time in microseconds (the `LineClock` of a replay), None without one.

    >>> received_at(b"1490075479,!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A")
    1490075479000000
    """
    if line[10:12] == b",!" and line[-3:-2] == b"*" and line[:10].isdigit():
        stamp_us = int(line[:10]) * US_PER_S
        return stamp_us if EARLIEST_US <= stamp_us < LATEST_US else None
    stamp_us = wrapped_us(line) if line[:1] == OPENS else _around_us(line)
    return None if stamp_us == NO_TIME_US else stamp_us


def _around_us(line: bytes) -> int:
    begin = line.find(b"!")
    if begin < 0:
        said = companion(line)
        if isinstance(said, Before) and said.tag.stamp_us != NO_TIME_US:
            return said.tag.stamp_us
        begin = line.find(b"$")
        if begin < 0:
            return NO_TIME_US
    star = line.find(b"*", begin)
    after = line.find(b"!", begin + 1)
    tail = line[star + 3 : after if after >= 0 else None] if star >= 0 else b""
    return origin(*around(line[:begin], tail, 0)).stamp_us
