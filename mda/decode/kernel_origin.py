"""Compiled: the common times and stations written around a sentence (see `stamps`, `tagblock`).

Each reader answers only where the answer is plain; everything else is `ODD` and goes to the careful
readers, which know all variants. Where it answers, the answer is theirs (a law tests it).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.decode.framing import HEX_OF
from mda.decode.tagblock import EARLIEST_US, LATEST_US, NAME_MAX
from mda.geo.kernel import lean, whole
from mda.model.reports import I64, U8, U64
from mda.units import US_PER_S

Mask = NDArray[np.bool_]
ODD: Final = -1
"""Not plain: ask the careful reader."""
NAMES_MAX: Final = 1024
"""Most names of one batch that are told apart here; rows with further ones are ODD."""
_NONE: Final = NO_TIME_US
_MS_FROM: Final = 100_000_000_000
_BANG, _ONE, _BACKSLASH, _BRACE = 33, 49, 92, 123
_COMMA, _COLON, _DOT, _STAR = 44, 58, 46, 42
_U = np.uint64
_EACH, _TOPS = _U(0x0101010101010101), _U(0x8080808080808080)
_STARS, _BANGS = _U(0x2A2A2A2A2A2A2A2A), _U(0x2121212121212121)
_SHORTEST: Final = 19
"""`!AIVDM,1,1,,,x,0*hh`"""
_BEFORE: Final = np.zeros(256, np.bool_)
_BEFORE[list(b" \t\n\r\x0b\x0c\"'[(")] = True
"""What may stand before a prefix time."""
_AFTER: Final = np.zeros(256, np.bool_)
_AFTER[list(b" \t\n\r\x0b\x0c\"']),;:")] = True
"""What may stand between a prefix time and the sentence."""
_MONTH_DAYS: I64 = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
_DAYS_BEFORE: I64 = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@lean
def _number(octets: U8, first: int, last: int) -> int:
    """A whole number of digits only; -1 where anything else stands there."""
    value = 0
    for i in range(first, last):
        digit = whole(octets[i]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@lean
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


@lean
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


@lean
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
            at_us += _fraction_us(octets, begin, stop, whole(6))
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


@lean
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


@lean
def _is_plain_name(octets: U8, first: int, last: int) -> bool:
    if last - first < 1 or last - first > NAME_MAX:
        return False
    for i in range(first, last):
        if octets[i] < 33 or octets[i] > 126:
            return False
    return True


@lean
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


@lean
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


@lean
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


@lean
def _numbered(octets: U8, first: int, last: int, names: I64, slots: I64) -> int:
    """Number of a name from 1 in the order first met, kept in an open hash table; 0: full."""
    h = last - first
    for i in range(first, last):
        h = (h * 31 + octets[i]) & 0x3FFFFFFF
    size = slots.shape[0]
    k = h % size
    while slots[k] > 0:
        other = slots[k] - 1
        if names[other, 1] - names[other, 0] == last - first:
            same = True
            for i in range(last - first):
                if octets[names[other, 0] + i] != octets[first + i]:
                    same = False
                    break
            if same:
                return int(slots[k])
        k = (k + 1) % size
    count = names[names.shape[0] - 1, 0]
    if count >= NAMES_MAX:
        return 0
    names[count, 0], names[count, 1] = first, last
    names[names.shape[0] - 1, 0] = count + 1
    slots[k] = count + 1
    return int(count) + 1


@lean
def _origin(octets: U8, begin: int, bang: int, end: int, stop: int) -> tuple[int, int, int]:
    """Time (ODD where it is not plain), and first byte and end of the station's name, of what
    stands around a sentence: a TAG block counts before a suffix, a suffix before a prefix."""
    at_us, name, name_end = NO_TIME_US, 0, 0
    if end < stop and octets[end] == _COMMA:
        at_us, name, name_end = suffix(octets, end, stop)
    if bang == begin or at_us == ODD:
        return at_us, name, name_end
    if octets[begin] == _BACKSLASH:
        tag_us, first, last = tag(octets, begin, bang)
        if last > first:
            name, name_end = first, last
        return tag_us if tag_us != NO_TIME_US else at_us, name, name_end
    for i in range(begin, bang):
        if octets[i] == _BACKSLASH:
            return ODD, 0, 0
    return prefix(octets, begin, bang) if at_us == NO_TIME_US else at_us, name, name_end


@lean
def origins(
    octets: U8, edges: I64, stamp_us: I64, name: I64, names: I64, slots: I64, grouped: Mask
) -> None:
    """What stands around each sentence: its time (or ODD), its station's number (0: none), and
    whether a TAG block may tie it to others (`g:`).

    `edges`, shape (4, n): first byte of the row, of the sentence, and the one past each. `names`
    (NAMES_MAX + 1, 2) gets each name's bytes and in its last row how many there are; `slots` is
    zeros, twice as many.
    """
    for i in range(edges.shape[1]):
        begin, bang, end, stop = edges[0, i], edges[1, i], edges[2, i], edges[3, i]
        at_us, first, last = _origin(octets, begin, bang, end, stop)
        number = 0
        if last > first and at_us != ODD:
            number = _numbered(octets, first, last, names, slots)
            if number == 0:
                at_us = ODD
        stamp_us[i], name[i] = at_us, number
        for k in range(begin, bang - 2):
            if octets[k + 1] == 103 and (octets[k] == _BACKSLASH or octets[k] == _COMMA):
                grouped[i] = True


@lean
def edges_of(octets: U8, starts: I64, stops: I64, edges: I64) -> None:
    """What `origins` asks of lines that hold one sentence; a sentence that ends before it begins
    where anything else stands there."""
    for i in range(starts.shape[0]):
        begin, stop = starts[i], stops[i]
        edges[0, i], edges[1, i], edges[2, i], edges[3, i] = begin, begin, begin - 1, stop
        bang = begin
        while bang < stop and octets[bang] != _BANG:
            bang += 1
        star = bang
        while star < stop and octets[star] != _STAR:
            star += 1
        if star + 3 > stop or octets[begin] == _BRACE:
            continue
        for k in range(bang + 1, stop):
            if octets[k] == _BANG:
                star = stop
        if star + 3 <= stop:
            edges[1, i], edges[2, i] = bang, star + 3


@lean
def all_bare(octets: U8, starts: I64, stops: I64) -> bool:
    """Whether every line begins with the only `!` and ends with the only `*` of its bytes: there
    are no more of them than that. Counting all bytes at once is quicker than looking at a line's.
    """
    for i in range(starts.shape[0]):
        begin, stop = starts[i], stops[i]
        if stop - begin < _SHORTEST or octets[begin] != _BANG or octets[stop - 3] != _STAR:
            return False
    marks = 0
    for i in range(octets.shape[0]):
        marks += (octets[i] == _BANG) | (octets[i] == _STAR)
    return bool(marks == 2 * starts.shape[0])


@lean
def bare(octets: U8, eights: U64, starts: I64, stops: I64, dressed: I64) -> int:
    """Positions of the lines that are more than one sentence from `!` to `*hh`; how many.

    `eights` may end before the last line does: such a line is dressed.
    """
    d, room = 0, eights.shape[0] << 3
    for i in range(starts.shape[0]):
        begin, stop = starts[i], stops[i]
        alone = stop - begin >= _SHORTEST and stop <= room
        if alone and octets[begin] == _BANG and octets[stop - 3] == _STAR:
            k, last = _U(begin) >> _U(3), _U(stop - 4) >> _U(3)
            skipped = ((_U(begin) & _U(7)) + _U(1)) << _U(3)  # the first `!` too: up to 64 bits
            word = ((eights[k] >> (skipped - _U(1))) >> _U(1)) << (skipped - _U(1)) << _U(1)
            left = _U(63) - ((_U(stop - 4) & _U(7)) << _U(3)) - _U(7)
            hit = _U(0)
            while True:
                if k == last:
                    word = (word << left) >> left
                one, two = word ^ _STARS, word ^ _BANGS
                hit |= ((one - _EACH) & ~one) | ((two - _EACH) & ~two)
                k += _U(1)
                if k > last:
                    break
                word = eights[k]
            alone = hit & _TOPS == _U(0)
        else:
            alone = False
        if not alone:
            dressed[d] = i
            d += 1
    return d
