"""Compiled: which rows of a batch hold a whole sentence that can be read at once, and its bits.

`!ttVDM,total,number,sequence,channel,payload,fill*hh` (IEC 61162-1), alone on its row but for a
time or station around it. Every checksum is computed. Rows that are anything else are left to the
careful road, which alone knows the reasons for refusing.

Bytes are looked at eight at a time (`eights` are the same bytes as `octets`, the first one lowest,
with room behind the last line): a byte of a word is tested or changed by arithmetic on the word.
A payload's bits end up in 64-bit words, its first bit the highest of the first word, as ITU-R
M.1371-5 numbers them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mda.decode.fields import FORM_OF, HEADER_BITS, LAST_TYPE, MAX_BITS
from mda.decode.framing import HEX_OF, LINE_MAX
from mda.geo.kernel import inner, lean, whole
from mda.model import RowKind
from mda.model.reports import I32, I64, U8, U64

COLUMNS: Final = ("row", "bang", "end", "start", "size", "fill", "at", "form", "part", "key")
"""What is found of a row: the sentence's first byte and the one past it, payload and fill bits, its
first word, position in `LAYOUTS` (or as below), total and number of a part (two characters as one
number), and talker, sequence number and channel as one number."""
ROW, BANG, END, START, SIZE, FILL, AT, FORM, PART, KEY = range(len(COLUMNS))
OTHER: Final = -1
"""In place of a position in `LAYOUTS`: a sound message that has no columns."""
IN_PARTS: Final = -2
"""A sound sentence that is part of a message."""
WILD: Final = -3
"""A row that may hold anything, a part of a message included."""
SPOILT: Final = -4
"""A row whose only sentence is faultless but for its checksum."""
UNREAD: Final = -5
"""A row that the careful road may refuse; none is noted."""
ALONE: Final = 49 << 8 | 49
"""`part` of a message of one sentence: 1 of 1."""
SPARE_BYTES: Final = 48
"""Room that `octets` must have behind the last line."""
SPARE_WORDS: Final = 8
"""Words that a sentence may take beyond those that its payload fills, and more than its fields
reach beyond the end of one that was cut short (`kernel_bits` looks at bits before it knows)."""


def room_for(octets: int, sentences: int) -> int:
    """Words that so many sentences may take, whose payloads are within so many bytes."""
    return octets // 10 + SPARE_WORDS * (sentences + 1)


_LINE: Final = int(RowKind.LINE)
_SHORTEST: Final = 19
"""`!AIVDM,1,1,,,x,0*hh`"""
_BANG, _HASH, _COMMA, _STAR, _BRACE = 33, 35, 44, 42, 123
_NOWHERE: Final = -1
_U = np.uint64
_0, _1, _2, _3, _4, _6, _7, _8, _12, _16, _24, _32, _48, _56, _63, _255 = (
    _U(n) for n in (0, 1, 2, 3, 4, 6, 7, 8, 12, 16, 24, 32, 48, 56, 63, 255)
)
"""Without a sign; made here, for a call of `_U` is compiled anew wherever it stands."""
_ALL: Final = _U(0xFFFFFFFFFFFFFFFF)
_LOW, _HIGH = _U(0x0101010101010101), _U(0x8080808080808080)
_STARS: Final = _U(0x2A2A2A2A2A2A2A2A)
_HEAD_MASK, _HEAD = _U(0x00FFFDFFFF0000FF), _U(0x002C4D4456000021)
"""`!..VDM,.` and `!..VDO,.` (which differ in one bit)."""
_U_COMMA, _COMMAS_MASK, _COMMAS = _U(_COMMA), _U(0x00FF00FF), _U(0x002C002C)
_ZEROS, _TO_30, _TO_58, _TO_60, _TO_78 = (
    _U(c * 0x0101010101010101) for c in (0x30, 0x50, 0x28, 0x20, 0x08)
)
"""Adding one of the last four sets the high bit of every byte (below 80) from 30, 58, 60 and 78
(hexadecimal) on: armour is 30 to 57 and 60 to 77."""
_SIXES, _TWELVES, _LOW_HALF = _U(0x003F003F003F003F), _U(0x00000FFF00000FFF), _U(0xFFFFFF)
_SIX_BITS, _PART_SHIFT, _TYPE_SHIFT, _PART_MASK = _U(6), _U(24), _U(58), _U(3)
_OWN: U64 = np.array(
    [[0x8080808080808080 & ((1 << 8 * min(max(n - k, 0), 8)) - 1) for k in (0, 8, 16, 24)]
     for n in range(33)], np.uint64)  # fmt: skip
"""High bits of those of 32 bytes, by eight, that are among the first n."""
_FORM: I64 = np.full((64, 4), OTHER, np.int64)
for (_type, _part), _form in FORM_OF.items():
    _FORM[_type, _part if _type == 24 else slice(None)] = _form


def spread(data: bytes) -> tuple[U8, U64]:
    """The bytes with room behind them, as `octets` and as `eights`."""
    size = len(data)
    octets = np.empty((size + SPARE_BYTES + 7) & ~7, np.uint8)
    octets[:size] = np.frombuffer(data, np.uint8)
    octets[size:] = 0
    return octets, octets.view(np.uint64)


@inner
def _eight(eights: U64, at: int) -> np.uint64:
    """Eight bytes from any place."""
    k, skipped = _U(at) >> _3, (_U(at) & _7) << _3
    found: np.uint64 = (eights[k] >> skipped) | ((eights[k + _1] << _1) << (_63 - skipped))
    return found


@inner
def _star(eights: U64, first: int, stop: int) -> tuple[int, int]:
    """Where the first `*` from `first` on stands, and the exclusive or of all bytes before it.

    Past `stop` where there is none.
    """
    k, last = _U(first) >> _3, _U(stop - 1) >> _3
    skipped = (_U(first) & _7) << _3
    word = (eights[k] >> skipped) << skipped
    total = _0
    while True:
        apart = word ^ _STARS
        hit = (apart - _LOW) & ~apart & _HIGH
        if hit != _0:
            break
        total ^= word
        k += _1
        if k > last:
            return stop, 0
        word = eights[k]
    before = ((hit & (~hit + _1)) >> _7) - _1  # the bytes below the first hit
    total ^= word & before
    total ^= total >> _32
    total ^= total >> _16
    total ^= total >> _8
    star = (k << _3) + (((before & _LOW) * _LOW) >> _56)
    return whole(star), whole(total & _255)


@inner
def _unlike(x: np.uint64) -> np.uint64:
    """The high bit of every byte (of eight) that is no armour."""
    return x | (x + _TO_78) | ~(x + _TO_30) | ((x + _TO_58) & ~(x + _TO_60))


@inner
def _six(x: np.uint64) -> np.uint64:
    """The 48 bits of eight armour characters, the lowest byte's six bits first."""
    x -= _ZEROS + (((x + _TO_60) & _HIGH) >> _4)
    x = ((x & _SIXES) << _SIX_BITS) | ((x >> _8) & _SIXES)
    x = ((x & _TWELVES) << _12) | ((x >> _16) & _TWELVES)
    return ((x & _LOW_HALF) << _24) | (x >> _32)


@lean
def pack(eights: U64, start: int, size: int, fill: int, words: U64, at: int) -> int:
    """Put a payload's bits into words from `at` on; the word behind them, -1 where it is no armour.

    Behind its last bit stand zeros, up to the end of the word that follows that bit's. Of 32
    characters at a time, which are three words, those that are not the payload's are cut off again.
    """
    bad, k = _0, _U(at)
    skipped = (_U(start) & _7) << _3
    back = _63 - skipped
    for j in range(0, size, 32):
        e = _U(start + j) >> _3
        one, two, three, four = eights[e], eights[e + _1], eights[e + _2], eights[e + _3]
        one = (one >> skipped) | ((two << _1) << back)
        two = (two >> skipped) | ((three << _1) << back)
        three = (three >> skipped) | ((four << _1) << back)
        four = (four >> skipped) | ((eights[e + _4] << _1) << back)
        own = _OWN[min(size - j, 32)]
        bad |= (_unlike(one) & own[0]) | (_unlike(two) & own[1])
        bad |= (_unlike(three) & own[2]) | (_unlike(four) & own[3])
        one, two, three, four = _six(one), _six(two), _six(three), _six(four)
        words[k] = (one << _16) | (two >> _32)
        words[k + _1] = (two << _32) | (three >> _16)
        words[k + _2] = (three << _48) | four
        k += _3
    if bad != _0:
        return -1
    bits = _U(size * 6 - fill)
    last = _U(at) + (bits >> _6)
    words[last] &= ~(_ALL >> (bits & _63))
    words[last + _1] = _0
    return whole(last) + 2


@inner
def form_of(first_word: np.uint64, size: int, bits: int) -> int:
    """Position in `LAYOUTS` of a message, given its first word and the characters of its first
    sentence; OTHER where it has no columns, UNREAD where it may be refused."""
    msg_type = whole(first_word >> _TYPE_SHIFT)
    if size < 7 or bits > MAX_BITS or not 1 <= msg_type <= LAST_TYPE:
        return UNREAD
    if bits < HEADER_BITS + (2 if msg_type == 24 else 0):
        return UNREAD
    return whole(_FORM[msg_type, whole((first_word >> _PART_SHIFT) & _PART_MASK)])


@inner
def _sentence(
    octets: U8, eights: U64, bang: int, stop: int, words: U64, at: int, found: I64
) -> int:
    """The sentence that begins at `bang`: the word behind its bits; -1 if it cannot be read at
    once, -2 if it is faultless but for its checksum.

    `found` gets end, start, size, fill, (at), (form), part and key as in COLUMNS from END on.
    """
    head, rest = _eight(eights, bang), _eight(eights, bang + 8)
    if head & _HEAD_MASK != _HEAD or rest & _COMMAS_MASK != _COMMAS:
        return -1
    parts, number = whole(head >> _56), whole((rest >> _8) & _255)
    one, two = whole((head >> _8) & _255), whole((head >> _16) & _255)
    if not (48 <= parts <= 57 and 48 <= number <= 57):
        return -1
    if not (65 <= one <= 90 and (65 <= two <= 90 or 48 <= two <= 57)):
        return -1
    key, start, rest = (one << 8) | two, bang + 11, rest >> _24
    for _ in range(2):  # sequence number and channel: one character or none
        c = whole(rest & _255)
        rest >>= _8
        key <<= 8
        if c != _COMMA:
            if c <= 32 or c == _STAR or c == _BANG or whole(rest & _255) != _COMMA:
                return -1
            key |= c
            rest >>= _8
            start += 1
        start += 1
    star, total = _star(eights, bang + 1, stop)
    tail = _eight(eights, star - 2)
    size, fill = star - 2 - start, whole((tail >> _8) & _255) - 48
    if star + 3 > stop or size < 1 or tail & _255 != _U_COMMA or fill < 0 or fill > 5:
        return -1
    high, low = whole(HEX_OF[(tail >> _24) & _255]), whole(HEX_OF[(tail >> _32) & _255])
    if high > 15 or low > 15:
        return -1
    after = pack(eights, start, size, fill, words, at)
    found[0], found[1], found[2], found[3] = star + 3, start, size, fill
    found[6], found[7] = (parts << 8) | number, key
    return after if after < 0 or total == ((high << 4) | low) else -2


@inner
def holds(octets: U8, first: int, last: int, char: int) -> bool:
    """Whether a byte stands between two places."""
    for i in range(first, last):
        if octets[i] == char:
            return True
    return False


@inner
def _first_bang(octets: U8, begin: int, stop: int) -> int:
    """Where a row's sentence begins; _NOWHERE without one, WILD where anything may stand there."""
    if stop - begin < _SHORTEST or stop - begin > LINE_MAX:
        return WILD if holds(octets, begin, stop, _BANG) else _NOWHERE
    if octets[begin] == _BRACE:  # an envelope, which may hold several sentences
        return WILD
    if octets[begin] == _HASH:
        return _NOWHERE
    for i in range(begin, stop):
        if octets[i] == _BANG:
            return i
    return _NOWHERE


@lean
def scan(
    octets: U8,
    eights: U64,
    kind: U8,
    feed: I32,
    starts: I64,
    stops: I64,
    found: I32,
    words: U64,
    dressed: I32,
    counts: I64,
    own: I64,
) -> tuple[int, int, int]:
    """Find sentences; how many rows are noted, how many of them have anything around the sentence,
    and the words taken.

    `found` has shape (len(COLUMNS), n); `dressed` gets the positions in it of sentences that do not
    stand alone on their row; `counts`, shape (feeds, types), one for each message of one sentence.
    """
    m, d, at = 0, 0, whole(0)
    for row in range(starts.shape[0]):
        if kind[row] != _LINE:
            continue
        begin, stop = starts[row], stops[row]
        bang = _first_bang(octets, begin, stop)
        if bang == _NOWHERE:
            continue
        after, form, end = -1, WILD, stop
        if bang != WILD and stop - bang >= _SHORTEST:
            after = _sentence(octets, eights, bang, stop, words, at, own)
            end = own[0]
            if after != -1 and end < stop and holds(octets, end, stop, _BANG):
                after = -1
        if after == -2:
            form = SPOILT
        elif after >= 0:
            form = IN_PARTS
            if own[6] >> 8 == ALONE >> 8:
                form = form_of(words[at], own[2], own[2] * 6 - own[3])
                if form == UNREAD or own[6] != ALONE:
                    continue
        found[ROW, m], found[FORM, m] = row, form
        if after >= 0:
            found[BANG, m], found[END, m], found[START, m] = bang, end, own[1]
            found[SIZE, m], found[FILL, m], found[AT, m] = own[2], own[3], at
            found[PART, m], found[KEY, m] = own[6], own[7]
            if form >= OTHER:
                counts[feed[row], whole(words[at] >> _TYPE_SHIFT)] += 1
            at = after
            if bang > begin or end < stop:
                dressed[d] = m
                d += 1
        m += 1
    return m, d, at


def forms_of(first_words: U64, sizes: I64, bits: I64) -> I64:
    """`form_of` of many messages."""
    msg_type = (first_words >> _TYPE_SHIFT).astype(np.int64)
    part = ((first_words >> _PART_SHIFT) & _PART_MASK).astype(np.int64)
    found: I64 = _FORM.take(msg_type * 4 + part)
    unread = (sizes < 7) | (bits > MAX_BITS) | (msg_type < 1) | (msg_type > LAST_TYPE)
    unread |= bits < HEADER_BITS + 2 * (msg_type == 24)
    found[unread] = UNREAD
    return found


@lean
def join(words: U64, first: I64, first_bits: I64, second: I64, second_bits: I64, into: I64) -> None:
    """Put the bits of each second part behind those of its first, from word `into` on: where the
    first one stands, if the second follows it, or where nothing stands."""
    for i in range(first.shape[0]):
        k, own, rest = _U(into[i]), _U(first[i]), _U(first_bits[i]) >> _6
        for _ in range(whole(rest)):
            words[k] = words[own]
            k += _1
            own += _1
        have = _U(first_bits[i]) & _63
        word = words[own]
        for j in range(_U(second[i]), _U(second[i]) + (_U(second_bits[i]) >> _6) + _1):
            x = words[j]
            words[k] = word | (x >> have)
            word = (x << (_63 - have)) << _1
            k += _1
        words[k] = word
        words[k + _1] = _0
