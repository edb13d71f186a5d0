"""Compiled: the common times and stations written around a sentence (see `stamps`, `tagblock`).

Each reader answers only where the answer is plain; everything else is `ODD` and goes to the careful
readers, which know all variants. Where it answers, the answer is theirs (a law tests it).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mda.clock import NO_TIME_US
from mda.decode.framing import HEX_OF
from mda.decode.tagblock import EARLIEST_US, LATEST_US, NAME_MAX
from mda.geo.kernel import kernel, whole
from mda.model.reports import I64, U8
from mda.units import US_PER_S

ODD: Final = -1
"""Not plain: ask the careful reader."""
_NONE: Final = NO_TIME_US
_MS_FROM: Final = 100_000_000_000
_BACKSLASH, _COMMA, _COLON, _DOT, _STAR = 92, 44, 58, 46, 42
_BEFORE: Final = np.zeros(256, np.bool_)
_BEFORE[list(b" \t\n\r\x0b\x0c\"'[(")] = True
"""What may stand before a prefix time."""
_AFTER: Final = np.zeros(256, np.bool_)
_AFTER[list(b" \t\n\r\x0b\x0c\"']),;:")] = True
"""What may stand between a prefix time and the sentence."""
_MONTH_DAYS: I64 = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
_DAYS_BEFORE: I64 = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@kernel
def _number(octets: U8, first: int, last: int) -> int:
    """A whole number of digits only; -1 where anything else stands there."""
    value = 0
    for i in range(first, last):
        digit = whole(octets[i]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@kernel
def _fraction_us(octets: U8, first: int, last: int, digits: int) -> int:
    """The first `digits` digits of a fraction, as if it had so many; -1 where it is no digits."""
    value = 0
    for i in range(first, last):
        digit = whole(octets[i]) - 48
        if digit < 0 or digit > 9:
            return -1
        if i - first < digits:
            value = value * 10 + digit
    for _ in range(digits - (last - first)):
        value *= 10
    return value


@kernel
def epoch(octets: U8, first: int, last: int) -> int:
    """`tagblock.epoch_us` of 1 to 13 digits with or without a fraction; ODD for all else."""
    dot = first
    while dot < last and octets[dot] != _DOT:
        dot += 1
    if dot == first or dot - first > 13 or dot == last - 1 or last - dot > 10:
        return ODD
    whole = _number(octets, first, dot)
    digits = 3 if whole > _MS_FROM else 6
    part = _fraction_us(octets, dot + 1, last, digits) if dot < last else 0
    if whole < 0 or part < 0:
        return ODD
    at_us = whole * 1000 if digits == 3 else whole * US_PER_S
    if dot < last:
        at_us += part
    return at_us if EARLIEST_US <= at_us < LATEST_US else _NONE


@kernel
def _iso(octets: U8, first: int, last: int) -> int:
    """`YYYY-MM-DD HH:MM:SS`, with a fraction or Z behind it or not, read as UTC."""
    if last - first < 19 or octets[first + 4] != 45 or octets[first + 7] != 45:
        return ODD
    gap = octets[first + 10]
    if (gap != 32 and gap != 84) or octets[first + 13] != _COLON or octets[first + 16] != _COLON:
        return ODD
    year, month = _number(octets, first, first + 4), _number(octets, first + 5, first + 7)
    day, hour = _number(octets, first + 8, first + 10), _number(octets, first + 11, first + 13)
    minute = _number(octets, first + 14, first + 16)
    second = _number(octets, first + 17, first + 19)
    if year < 2000 or year > 2099 or month < 1 or month > 12 or day < 1 or hour < 0 or hour > 23:
        return ODD
    leap = year % 4 == 0
    if day > _MONTH_DAYS[month] or (day == 29 and month == 2 and not leap):
        return ODD
    if minute < 0 or minute > 59 or second < 0 or second > 59:
        return ODD
    days = (year - 1970) * 365 + (year - 1969) // 4 + int(_DAYS_BEFORE[month - 1]) + day - 1
    days += 1 if leap and month > 2 else 0
    at_us = (((days * 24 + hour) * 60 + minute) * 60 + second) * US_PER_S
    i = first + 19
    if i < last and (octets[i] == _DOT or (octets[i] == _COMMA and i + 1 < last)):
        begin = i + 1
        stop = begin
        while stop < last and 48 <= octets[stop] <= 57 and stop - begin < 9:
            stop += 1
        if stop > begin:
            at_us += _fraction_us(octets, begin, stop, 6)
            i = stop
        elif octets[i] == _DOT:
            return ODD
    if i < last and octets[i] == 90:
        i += 1
    while i < last:
        if not _AFTER[octets[i]] or (octets[i] == 32 and i + 1 < last and octets[i + 1] == 90):
            return ODD
        i += 1
    return at_us


@kernel
def prefix(octets: U8, first: int, last: int) -> int:
    """The time in what stands before a sentence that has no TAG block."""
    if last - first == 11 and octets[last - 1] == _COMMA and octets[first] == 49:
        whole_s = _number(octets, first, last - 1)  # 1xxxxxxxxx,: by far the commonest
        if whole_s > 0:
            return whole_s * US_PER_S
    i = first
    while i < last and _BEFORE[octets[i]]:
        i += 1
    stop = i
    while stop < last and (48 <= octets[stop] <= 57 or octets[stop] == _DOT):
        stop += 1
    if stop - i == 4 and stop < last and octets[stop] == 45:
        return _iso(octets, i, last)
    whole = i
    while whole < stop and octets[whole] != _DOT:
        whole += 1
    if whole - i < 9:
        return ODD
    for k in range(stop, last):
        if not _AFTER[octets[k]]:
            return ODD
    return epoch(octets, i, stop)


@kernel
def _is_plain_name(octets: U8, first: int, last: int) -> bool:
    if last - first < 1 or last - first > NAME_MAX:
        return False
    for i in range(first, last):
        if octets[i] < 33 or octets[i] > 126:
            return False
    return True


@kernel
def _is_block(octets: U8, first: int, last: int) -> bool:
    r"""Whether `\…*hh\` stands there, one block with the right checksum."""
    star = last - 4
    if star <= first or octets[star] != _STAR or octets[last - 1] != _BACKSLASH:
        return False
    total = 0
    for i in range(first + 1, star):
        c = octets[i]
        if c == _BACKSLASH or c == _STAR:
            return False
        total ^= whole(c)
    high, low = whole(HEX_OF[octets[last - 3]]), whole(HEX_OF[octets[last - 2]])
    return high < 16 and low < 16 and total == ((high << 4) | low)


@kernel
def tag(octets: U8, first: int, last: int) -> tuple[int, int, int]:
    """Time (or ODD), and first byte and end of the station's name, of one sound TAG block."""
    if not _is_block(octets, first, last):
        return ODD, 0, 0
    end = last - 4
    at_us, name, name_end = _NONE, 0, 0
    i = first + 1
    while i <= end:
        stop = i
        while stop < end and octets[stop] != _COMMA:
            stop += 1
        if stop - i >= 2 and octets[i + 1] == _COLON:
            if octets[i] == 99:
                at_us = epoch(octets, i + 2, stop)
                if at_us == ODD:
                    return ODD, 0, 0
            elif octets[i] == 115:
                if not _is_plain_name(octets, i + 2, stop):
                    return ODD, 0, 0
                name, name_end = i + 2, stop
        elif stop > i and (octets[i] == 99 or octets[i] == 115):
            return ODD, 0, 0
        i = stop + 1
    return at_us, name, name_end


@kernel
def suffix(octets: U8, first: int, last: int) -> tuple[int, int, int]:
    """The same of the comma-separated fields behind a sentence (US Coast Guard style)."""
    at_us, name, name_end = _NONE, 0, 0
    i = first + 1
    while i <= last:
        stop = i
        while stop < last and octets[stop] != _COMMA:
            stop += 1
        size = stop - i
        for k in range(i, stop):
            if octets[k] < 33 or octets[k] > 126 or octets[k] == _BACKSLASH:
                return ODD, 0, 0
        if size >= 9 and 48 <= octets[i] <= 57:
            if _number(octets, i, i + 9) < 0:
                return ODD, 0, 0
            at_us = epoch(octets, i, stop)
            if at_us == ODD:
                return ODD, 0, 0
        elif 3 <= size <= 16 and (octets[i] == 114 or octets[i] == 98):
            named = True
            for k in range(i + 1, stop):
                c = octets[k]
                named &= 48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122
            if named:
                name, name_end = i, stop
        i = stop + 1
    return at_us, name, name_end
