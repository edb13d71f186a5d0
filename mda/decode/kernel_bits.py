"""Compiled: what is cut out of the bits of many messages, and their identities.

Message i has `bits[i]` bits in the words from `at[i]` on, its first bit the highest of the first
word (ITU-R M.1371-5 numbers bits in this order); behind its last word stands at least one more.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Self

import numpy as np

from mda.decode.identity import BASIS, MIX_1, MIX_2
from mda.geo.kernel import inner, lean, whole
from mda.model.reports import F32, F64, I32, I64, U8, U16, U32, U64
from mda.units import US_PER_S

BLOCK: Final = 512
"""Messages of which all fields are read before the next ones: their words stay in the cache."""
FLOAT_4, FLOAT_8, TURN, NUMBER_1, NUMBER_2, NUMBER_4, MODE, INSTANT = range(8)
"""Where a field's number goes: a float of 4 or 8 bytes (TURN: its square, with its sign), a whole
number of 1, 2 or 4 bytes, a position mode, an instant."""
STEP: Final = (
    "kind",
    "place",
    "start",
    "width",
    "signed",
    "first",
    "last",
    "plus",
    "bit",
    "gate",
    "craft",
)
"""What is said of a field: its row among the columns of its size, bits, range of numbers that mean
something, what is set in the number, its bit in `valid`; `gate`: first of 30 bits that must not all
be zero (-1: none); `craft`: 1 only of daughter craft, -1 only of others, 0 of all."""
DAUGHTER: Final = 98
"""First digits of a daughter craft's MMSI (ITU-R M.585, Annex 1)."""

_U = np.uint64
_0, _1, _3, _6, _7, _8, _12, _16, _24, _27, _30, _31, _32, _63, _64 = (
    _U(n) for n in (0, 1, 3, 6, 7, 8, 12, 16, 24, 27, 30, 31, 32, 63, 64)
)
"""Without a sign; made here, for a call of `_U` is compiled anew wherever it stands."""
_BASIS, _MIX_1, _MIX_2 = _U(BASIS), _U(MIX_1), _U(MIX_2)
_SIXES, _TWELVES, _LOW_HALF = _U(0x003F003F003F003F), _U(0x00000FFF00000FFF), _U(0xFFFFFF)
_SPACE: Final = 32
_DAYS_BEFORE: I64 = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


class Columns(NamedTuple):
    """The columns of a batch by the bytes of a number, shape (columns, rows) each."""

    f4: F32
    f8: F64
    n1: U8
    n2: U16
    n4: U32
    """Its last row is `valid`."""
    n8: I64


class Work(NamedTuple):
    """Room for a block of messages of one form while their fields are read."""

    words: U64
    """Their words side by side, shape (words, BLOCK)."""
    bits: I64
    numbers: I64
    values: F64
    flags: U32

    @classmethod
    def of(cls, words: int) -> Self:
        """Room for messages of so many words."""
        return cls(
            np.empty((words, BLOCK), np.uint64),
            np.empty(BLOCK, np.int64),
            np.empty(BLOCK, np.int64),
            np.empty(BLOCK, np.float64),
            np.empty(BLOCK, np.uint32),
        )


@inner
def taken_in(h: np.uint64, word: np.uint64) -> np.uint64:
    """A word put into the hash of `identity`."""
    h = (h ^ word) * _MIX_1
    return h ^ (h >> _32)


@inner
def finished(h: np.uint64, at_us: int) -> np.uint64:
    """The hash of `identity`, given the event time."""
    h ^= _U(at_us)
    h = (h ^ (h >> _30)) * _MIX_1
    h = (h ^ (h >> _27)) * _MIX_2
    return h ^ (h >> _31)


@inner
def identity_of(words: U64, at: int, bits: int, at_us: int) -> np.uint64:
    """`identity.report_id` of one message."""
    octets = (_U(bits) + _7) >> _3
    h, k = _BASIS ^ octets, _U(at)
    for _ in range(0, whole(octets), 8):
        h = taken_in(h, words[k])
        k += _1
    return finished(h, at_us)


@lean
def identities(words: U64, at: I32, bits: I32, at_us: I64, into: U64) -> None:
    """`identity_of` of many messages."""
    for i in range(at.shape[0]):
        into[i] = identity_of(words, at[i], bits[i], at_us[i])


@inner
def _cut(words: U64, at: int, start: int, width: int) -> np.uint64:
    """The bits `start` to `start + width` (1 to 64 of them) of the message at `at`, lowest last."""
    k, skipped = _U(at) + (_U(start) >> _6), _U(start) & _63
    top: np.uint64 = (words[k] << skipped) | ((words[k + _1] >> _1) >> (_63 - skipped))
    return top >> (_63 - _U(width - 1))


@inner
def _instant_us(number: int) -> int:
    """The instant in 40 bits (year, month, day, hour, minute, second); -1 where it is no date."""
    year, month, day = number >> 26, (number >> 22) & 15, (number >> 17) & 31
    hour, minute, second = (number >> 12) & 31, (number >> 6) & 63, number & 63
    if not (1970 <= year <= 9999 and 1 <= month <= 12 and hour < 24 and minute < 60):
        return -1
    leap = 1 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 0
    before = _DAYS_BEFORE[month - 1] + (leap if month > 2 else 0)
    length = _DAYS_BEFORE[month] + (leap if month > 1 else 0) - before
    if day < 1 or day > length or second >= 60:
        return -1
    years = year - 1
    days = years * 365 + years // 4 - years // 100 + years // 400 - 719_162 + before + day - 1
    return whole(((days * 24 + hour) * 60 + minute) * 60 + second) * US_PER_S


@inner
def _scaled(work: Work, n: int, step: I64, scale: float) -> None:
    """A field of n messages as `values`: numbers over a scale, a turn squared with its sign."""
    start, width, first, last = step[2], step[3], step[5], step[6]
    one, two = work.words[start >> 6], work.words[(start >> 6) + 1]
    skipped, unused = _U(start) & _63, _63 - _U(width - 1)
    half, reach, turn = step[4] << (width - 1), start + width, step[0] == TURN
    for j in range(n):
        top = (one[j] << skipped) | ((two[j] >> _1) >> (_63 - skipped))
        number = (whole(top >> unused) ^ half) - half
        value = np.int32(number) / scale
        value *= abs(value) if turn else 1.0
        meant = (number >= first) & (number <= last) & (work.bits[j] >= reach)
        work.values[j] = value if meant else np.nan


@inner
def _counted(work: Work, n: int, step: I64) -> None:
    """A field of n messages as `numbers`, and its bit in the `flags` of those that it means
    something in."""
    start, width, first, last = step[2], step[3], step[5], step[6]
    one, two = work.words[start >> 6], work.words[(start >> 6) + 1]
    skipped, unused = _U(start) & _63, _63 - _U(width - 1)
    reach, plus, bit, none = start + width, step[7], np.uint32(step[8]), np.uint32(0)
    mode = 60 if step[0] == MODE else -1  # up to 59 it is a second, which is a fix: 0
    for j in range(n):
        top = (one[j] << skipped) | ((two[j] >> _1) >> (_63 - skipped))
        number = whole(top >> unused)
        meant = (number >= first) & (number <= last) & (work.bits[j] >= reach) & (number != mode)
        work.numbers[j] = (number | plus) if meant & (number > mode) else 0
        work.flags[j] |= bit if meant else none


@inner
def _one_by_one(work: Work, n: int, step: I64) -> None:
    """The same for a field with a `gate` or a `craft`, and for an instant."""
    start, width, gate, craft, bit = step[2], step[3], step[9], step[10], np.uint32(step[8])
    reach = start + width if gate < 0 else gate + 30
    for j in range(n):
        number = whole(_beside(work, j, start, width))
        meant = work.bits[j] >= reach
        if step[0] == INSTANT:
            number = _instant_us(number)
        if gate >= 0:
            meant &= _beside(work, j, gate, 30) != _0
        if craft != 0:
            daughter = whole(_beside(work, j, 8, 30)) // 10_000_000 == DAUGHTER
            meant &= daughter == (craft > 0)
        meant &= (number >= step[5]) & (number <= step[6])
        work.numbers[j] = number if meant else 0
        if meant:
            work.flags[j] |= bit


@inner
def _beside(work: Work, j: int, start: int, width: int) -> np.uint64:
    """`_cut` out of words that stand side by side."""
    k, skipped = start >> 6, _U(start) & _63
    top: np.uint64 = (work.words[k, j] << skipped) | (
        (work.words[k + 1, j] >> _1) >> (_63 - skipped)
    )
    return top >> (_63 - _U(width - 1))


@inner
def _store(columns: Columns, kind: int, place: int, rows: I64, work: Work) -> None:
    """Put a block's numbers where they belong."""
    n, numbers, values = rows.shape[0], work.numbers, work.values
    if kind == NUMBER_1 or kind == MODE:
        n1 = columns.n1[place]
        for j in range(n):
            n1[_U(rows[j])] = numbers[j]
    elif kind == FLOAT_4 or kind == TURN:
        f4 = columns.f4[place]
        for j in range(n):
            f4[_U(rows[j])] = values[j]
    elif kind == FLOAT_8:
        f8 = columns.f8[place]
        for j in range(n):
            f8[_U(rows[j])] = values[j]
    elif kind == NUMBER_4:
        n4 = columns.n4[place]
        for j in range(n):
            n4[_U(rows[j])] = numbers[j]
    elif kind == NUMBER_2:
        n2 = columns.n2[place]
        for j in range(n):
            n2[_U(rows[j])] = numbers[j]
    else:
        n8 = columns.n8[place]
        for j in range(n):
            n8[_U(rows[j])] = numbers[j]


@lean
def read_fields(
    words: U64,
    at: I32,
    bits: I32,
    chosen: I64,
    into: I64,
    steps: I64,
    scales: F64,
    columns: Columns,
    work: Work,
) -> None:
    """Fields of the `chosen` messages into the rows `into`: `steps` has a row of STEP a field.

    A field that does not end inside the message, or whose number means nothing, becomes 0 (NaN).
    Of a block of messages the words stand side by side, so that many are cut at once.
    """
    valid = columns.n4[columns.n4.shape[0] - 1]
    for begin in range(0, chosen.shape[0], BLOCK):
        n = chosen.shape[0] - begin
        if n > BLOCK:
            n = BLOCK
        rows = into[begin : begin + n]
        for j in range(n):
            i = _U(chosen[begin + j])
            k = _U(at[i])
            work.bits[j], work.flags[j] = bits[i], 0
            for w in range(work.words.shape[0]):
                work.words[w, j] = words[k + _U(w)]
        for f in range(steps.shape[0]):
            step = steps[f]
            if step[0] <= TURN:
                _scaled(work, n, step, scales[f])
            elif step[9] >= 0 or step[10] != 0 or step[0] == INSTANT:
                _one_by_one(work, n, step)
            else:
                _counted(work, n, step)
            _store(columns, step[0], step[1], rows, work)
        for j in range(n):
            valid[_U(rows[j])] |= work.flags[j]


@inner
def _letters(x: np.uint64) -> np.uint64:
    """Eight six-bit codes, the first one highest, as eight bytes, the first one lowest."""
    x = (x >> _24) | ((x & _LOW_HALF) << _32)
    x = ((x >> _12) & _TWELVES) | ((x & _TWELVES) << _16)
    return ((x >> _6) & _SIXES) | ((x & _SIXES) << _8)


@inner
def _span(words: U64, at: int, bits: int, start: int, chars: int, text: U8, k: int) -> int:
    """Put a span's characters into `text` from `k` on, up to the first `@` (code 0) or the
    payload's end; the place behind the last one."""
    size = (bits - start) // 6
    if size > chars:
        size = chars
    for c in range(0, size, 8):
        codes = _letters(_cut(words, at, start + 6 * c, 48))
        for i in range(c, c + 8):
            code = codes & _63
            if i == size or code == _0:
                return k
            text[k] = code + _64 if code < _32 else code
            codes >>= _8
            k += 1
    return k


@lean
def read_text(words: U64, at: I32, bits: I32, chosen: I64, into: I64, spans: I64, text: U8) -> None:
    """Six-bit characters of the `chosen` messages into the rows `into` of `text` (n, longest),
    which is all zeros.

    `spans` has a row of first bit and characters a span. A text ends at the first `@` or at the
    payload's end, and spaces at its end are no part of it.
    """
    for j in range(chosen.shape[0]):
        i, own, k, whole_k = chosen[j], text[into[j]], 0, 0
        for s in range(spans.shape[0]):
            whole_k += spans[s, 1]
            k = _span(words, at[i], bits[i], spans[s, 0], spans[s, 1], own, k)
            if k < whole_k:
                break
        while k > 0 and own[k - 1] == _SPACE:
            k -= 1
            own[k] = 0
