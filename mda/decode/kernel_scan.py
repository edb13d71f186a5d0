"""Compiled: which rows of a batch hold a whole faultless message, and where its fields lie.

`!ttVDM,total,number,sequence,channel,payload,fill*hh` (IEC 61162-1), alone on its row but for a
time or station around it. Every checksum is computed. Rows that are anything else are left to the
careful road, which alone knows the reasons for refusing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mda.clock import NO_TIME_US
from mda.decode.fields import FORM_OF, HEADER_BITS, LAST_TYPE, MAX_BITS
from mda.decode.framing import ARMOUR_LEGAL, HEX_OF, LINE_MAX
from mda.decode.kernel_origin import ODD, epoch, prefix, suffix, tag
from mda.decode.payload import SIX_OF
from mda.geo.kernel import kernel, whole
from mda.model import RowKind
from mda.model.reports import I32, I64, U8

COLUMNS: Final = ("row", "begin", "end", "start", "size", "fill", "form", "stamp_us", "name")
"""What is found of a plain row: the sentence's first byte and the one past it, payload, position
in `LAYOUTS`, time (ODD: read it carefully) and number of the station's name (0: none)."""
PAIR: Final = (
    "row",
    "start",
    "size",
    "start_2",
    "size_2",
    "fill",
    "form",
    "stamp_us",
    "stamp_2_us",
    "name",
    "key",
)
"""What is found of a pair: its first row and both payloads; `key` as of loose parts."""
OTHER: Final = -1
"""In place of a position in `LAYOUTS`: a sound message that has no columns."""
UNREAD: Final = -2
WILD, NOWHERE = -1, -2
"""A loose row that may hold anything; one that holds no sentence."""
NAMES_MAX: Final = 1024
"""Most names of one batch that are told apart here; rows with further ones are ODD."""

_LINE: Final = int(RowKind.LINE)
_SHORTEST: Final = 19
"""`!AIVDM,1,1,,,x,0*hh`"""
_BANG, _HASH, _COMMA, _STAR, _ONE, _TWO, _BACKSLASH, _BRACE = 33, 35, 44, 42, 49, 50, 92, 123
_ILLEGAL: Final = 255
_UNLIKE, _BROKEN, _SOUND = 0, 1, 2
"""Codes of a sentence: nothing to be sure of; whole, but its checksum is wrong; whole."""
_VALUE_OF: U8 = np.full(256, _ILLEGAL, np.uint8)
_VALUE_OF[list(ARMOUR_LEGAL)] = SIX_OF[list(ARMOUR_LEGAL)]
_FORM: I64 = np.full((64, 4), -1, np.int64)
for (_type, _part), _form in FORM_OF.items():
    _FORM[_type, _part if _type == 24 else slice(None)] = _form


@kernel
def _sentence(octets: U8, bang: int, stop: int, found: I64) -> int:
    """Check the sentence that begins at `bang`: see the codes above.

    `found` is end, start, size, fill, total, number and key.
    """
    o = octets
    if stop - bang < _SHORTEST or o[bang + 3] != 86 or o[bang + 4] != 68:
        return _UNLIKE
    if not (65 <= o[bang + 1] <= 90 and (65 <= o[bang + 2] <= 90 or 48 <= o[bang + 2] <= 57)):
        return _UNLIKE
    if (o[bang + 5] != 77 and o[bang + 5] != 79) or o[bang + 6] != _COMMA:
        return _UNLIKE
    if o[bang + 8] != _COMMA or o[bang + 10] != _COMMA:
        return _UNLIKE
    key = (whole(o[bang + 1]) << 8) | whole(o[bang + 2])
    total = _COMMA  # of three commas so far
    for i in range(bang + 1, bang + 6):
        total ^= whole(o[i])
    total ^= whole(o[bang + 7]) ^ whole(o[bang + 9])
    i = bang + 11
    for _ in range(2):  # sequence number and channel: one character or none
        key <<= 8
        if o[i] != _COMMA:
            if o[i] <= 32 or o[i] == _STAR or o[i] == _BANG or o[i + 1] != _COMMA:
                return _UNLIKE
            total ^= whole(o[i])
            key |= whole(o[i])
            i += 1
        total ^= _COMMA
        i += 1
    start = i
    while i < stop:
        c = o[i]
        if _VALUE_OF[c] == _ILLEGAL:
            break
        total ^= whole(c)
        i += 1
    if i == start or i + 5 > stop or o[i] != _COMMA or o[i + 2] != _STAR:
        return _UNLIKE
    fill = whole(o[i + 1]) - 48
    if fill < 0 or fill > 5:
        return _UNLIKE
    total ^= _COMMA ^ whole(o[i + 1])
    high, low = whole(HEX_OF[o[i + 3]]), whole(HEX_OF[o[i + 4]])
    if high > 15 or low > 15:
        return _UNLIKE
    found[0], found[1], found[2], found[3] = i + 5, start, i - start, fill
    found[4], found[5], found[6] = o[bang + 7], o[bang + 9], key
    return _SOUND if total == ((high << 4) | low) else _BROKEN


@kernel
def _form_of(octets: U8, start: int, size: int, bits: int) -> int:
    """Position in `LAYOUTS` of a payload, OTHER where it has no columns, UNREAD where it may be
    refused. The first seven characters must stand in one piece.
    """
    if size < 7 or bits > MAX_BITS:
        return UNREAD
    msg_type = _VALUE_OF[octets[start]]
    if bits < HEADER_BITS + (2 if msg_type == 24 else 0) or not 1 <= msg_type <= LAST_TYPE:
        return UNREAD
    form = int(_FORM[msg_type, (_VALUE_OF[octets[start + 6]] >> 2) & 3])
    return form if form >= 0 else OTHER


@kernel
def _holds(octets: U8, first: int, last: int, char: int) -> bool:
    for i in range(first, last):
        if octets[i] == char:
            return True
    return False


@kernel
def _is_grouped(octets: U8, first: int, last: int) -> bool:
    """Whether a TAG block may tie the sentence to others (`g:`)."""
    for i in range(first, last - 2):
        before = octets[i]
        if (before == _BACKSLASH or before == _COMMA) and octets[i + 1] == 103:
            return True
    return False


@kernel
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


@kernel
def _origin(
    octets: U8, begin: int, bang: int, end: int, stop: int, names: I64, slots: I64
) -> tuple[int, int]:
    """Time and name's number from what stands around a sentence; time ODD where it is not plain."""
    at_us, name, name_end = NO_TIME_US, 0, 0
    if end < stop and octets[end] == _COMMA:
        at_us, name, name_end = suffix(octets, end, stop)
        if at_us == ODD:
            return ODD, 0
    if bang > begin:
        if bang == begin + 11 and octets[begin] == _ONE and octets[bang - 1] == _COMMA:
            if at_us == NO_TIME_US:
                at_us = prefix(octets, begin, bang)
                if at_us == ODD:
                    return ODD, 0
        elif octets[begin] == _BACKSLASH:
            tag_us, first, last = tag(octets, begin, bang)
            if tag_us == ODD:
                return ODD, 0
            at_us = tag_us if tag_us != NO_TIME_US else at_us
            if last > first:
                name, name_end = first, last
        elif _holds(octets, begin, bang, _BACKSLASH):
            return ODD, 0
        elif at_us == NO_TIME_US:
            at_us = prefix(octets, begin, bang)
            if at_us == ODD:
                return ODD, 0
    if name_end > name:
        number = _numbered(octets, name, name_end, names, slots)
        return (at_us, number) if number > 0 else (ODD, 0)
    return at_us, 0


@kernel
def _near(one_us: int, other_us: int, limit_us: int) -> bool:
    """Whether two instants may belong to one message; unknown ones may."""
    if one_us == NO_TIME_US or other_us == NO_TIME_US:
        return True
    return abs(one_us - other_us) <= limit_us


@kernel
def _first_bang(octets: U8, begin: int, stop: int) -> int:
    """Where a row's sentence begins; NOWHERE without one, WILD where anything may stand there."""
    if stop - begin < _SHORTEST or stop - begin > LINE_MAX:
        return WILD if _holds(octets, begin, stop, _BANG) else NOWHERE
    if octets[begin] == _BRACE:  # an envelope, which may hold several sentences
        return WILD
    if octets[begin] == _HASH:
        return NOWHERE
    bang = begin
    while bang < stop and octets[bang] != _BANG:
        bang += 1
    return bang if bang < stop else NOWHERE


@kernel
def _joins(
    octets: U8,
    feed: I32,
    stored_at_us: I64,
    first: I64,
    row: int,
    found: I64,
    at_us: int,
    name: int,
    wait_us: int,
) -> int:
    """Form of the message that a second part makes with the first one held; UNREAD if none.

    `first` is row, start, size, time, name and key of a first part.
    """
    if first[0] != row - 1 or first[5] != found[6] or first[4] != name:
        return UNREAD
    if feed[row] != feed[row - 1] or not _near(at_us, first[3], wait_us):
        return UNREAD
    if not _near(stored_at_us[row], stored_at_us[row - 1], wait_us):
        return UNREAD
    return _form_of(octets, first[1], first[2], (first[2] + found[2]) * 6 - found[3])


@kernel
def _note_pair(pairs: I64, p: int, first: I64, found: I64, form: int, at_us: int) -> None:
    """Column p of `pairs` (see PAIR)."""
    for k in range(3):
        pairs[k, p], pairs[3 + k, p] = first[k], found[1 + k]
    pairs[6, p], pairs[7, p], pairs[8, p] = form, first[3], at_us
    pairs[9, p], pairs[10, p] = first[4], first[5]


@kernel
def scan(
    octets: U8,
    kind: U8,
    feed: I32,
    stored_at_us: I64,
    starts: I64,
    stops: I64,
    wait_us: int,
    out: I64,
    pairs: I64,
    loose: I64,
    names: I64,
    slots: I64,
) -> tuple[int, int, int]:
    """Find plain messages, pairs and loose parts; how many of each.

    A pair is a message of two sentences that stand in adjacent rows of one feed, of one talker,
    sequence number, channel and station; it is a plain message too, in its second row, whose
    payload begins at minus the pair's number from 1. A loose part is any other row that may hold a
    part of a message: its row and key (talker, sequence number and channel; or WILD).
    `out`, `pairs` and `loose` have shape (columns, n); `names` (NAMES_MAX + 1, 2) gets each name's
    bytes and in its last row how many there are; `slots` is zeros.
    """
    found, first = np.zeros(7, np.int64), np.zeros(6, np.int64)
    first[0] = -2
    m, p, q = 0, 0, 0
    for row in range(starts.shape[0]):
        if kind[row] != _LINE:
            continue
        begin, stop = starts[row], stops[row]
        bang = _first_bang(octets, begin, stop)
        if bang == NOWHERE:
            continue
        code = _UNLIKE if bang == WILD else _sentence(octets, bang, stop, found)
        end = found[0]
        if code == _UNLIKE or (end < stop and _holds(octets, end, stop, _BANG)):
            loose[0, q], loose[1, q] = row, WILD
            q += 1
            continue
        alone = found[4] == _ONE
        form = _form_of(octets, found[1], found[2], found[2] * 6 - found[3]) if alone else UNREAD
        if code == _BROKEN or (alone and (form == UNREAD or found[5] != _ONE)):
            continue
        at_us, name = NO_TIME_US, 0
        if bang > begin or end < stop:
            at_us, name = _origin(octets, begin, bang, end, stop, names, slots)
        if alone:
            out[0, m], out[1, m], out[2, m], out[6, m] = row, bang, end, form
            out[3, m], out[4, m], out[5, m] = found[1], found[2], found[3]
            out[7, m], out[8, m] = at_us, name
            m += 1
            continue
        loose[0, q], loose[1, q] = row, found[6]
        q += 1
        if found[4] != _TWO or at_us == ODD or _is_grouped(octets, begin, bang):
            continue
        if found[5] == _ONE and found[3] == 0 and found[2] >= 7:
            first[0], first[1], first[2], first[3] = row, found[1], found[2], at_us
            first[4], first[5] = name, found[6]
        elif found[5] == _TWO:
            form = _joins(octets, feed, stored_at_us, first, row, found, at_us, name, wait_us)
            if form != UNREAD:
                q -= 2  # both parts are accounted for: not loose after all
                _note_pair(pairs, p, first, found, form, at_us)
                p += 1
                out[0, m], out[1, m], out[2, m], out[6, m] = row, bang, end, form
                out[3, m], out[4, m], out[5, m] = -p, first[2] + found[2], found[3]
                out[7, m], out[8, m] = first[3] if first[3] != NO_TIME_US else at_us, name
                m += 1
    return m, p, q


@kernel
def join_payloads(octets: U8, pairs: I64, into: U8) -> None:
    """Both payloads of each pair, one pair behind the other."""
    k = 0
    for i in range(pairs.shape[1]):
        for part in (1, 3):
            for j in range(pairs[part, i], pairs[part, i] + pairs[part + 1, i]):
                into[k] = octets[j]
                k += 1


@kernel
def stamp_lines(octets: U8, starts: I64, stops: I64) -> I64:
    """Each line's own receive time, NO_TIME_US without one, ODD where it is not plain."""
    times = np.empty(starts.shape[0], np.int64)
    for row in range(starts.shape[0]):
        begin, stop = starts[row], stops[row]
        bang = begin
        while bang < stop and octets[bang] != _BANG:
            bang += 1
        times[row] = ODD
        if stop - bang < _SHORTEST or octets[begin] == _BRACE:
            continue
        ends = octets[stop - 3] == _STAR  # as nearly every line without a suffix does
        if ends and bang == begin:
            lone = not _holds(octets, bang + 1, stop, _BANG)
            times[row] = NO_TIME_US if lone and not _holds(octets, bang, stop - 3, _STAR) else ODD
            continue
        if bang > begin and octets[begin] == _BACKSLASH:
            at_us, _, _ = tag(octets, begin, bang)
            if at_us != NO_TIME_US:  # no time is nearer to the receiver than a TAG block's
                times[row] = at_us
                continue
        elif ends and bang == begin + 11 and octets[bang - 1] == _COMMA:
            times[row] = epoch(octets, begin, bang - 1)
            continue
        star = bang
        while star < stop and octets[star] != _STAR:
            star += 1
        end = star + 3
        if end > stop or _holds(octets, bang + 1, stop, _BANG):
            continue
        at_us = NO_TIME_US
        if end < stop and octets[end] == _COMMA:
            at_us, _, _ = suffix(octets, end, stop)
        if at_us == NO_TIME_US and bang > begin and octets[begin] != _BACKSLASH:
            odd = _holds(octets, begin, bang, _BACKSLASH)
            at_us = ODD if odd else prefix(octets, begin, bang)
        times[row] = at_us
    return times
