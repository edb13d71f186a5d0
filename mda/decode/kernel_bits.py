"""Compiled: payloads of many messages as 64-bit words, what is cut out of them, and identities.

A payload's first bit is the highest bit of word 0 (ITU-R M.1371-5 numbers bits in this order); row
i of `words` is message i. Source of the armour: IEC 61162-1 annex, six-bit field conversion; of the
identity: `identity`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mda.decode.identity import FNV_BASIS, FNV_PRIME, MIX_1, MIX_2
from mda.decode.payload import SIX_OF
from mda.geo.kernel import kernel
from mda.model.reports import I64, U8, U32, U64
from mda.units import US_PER_S

Mask = NDArray[np.bool_]

_SIX_OF = SIX_OF.astype(np.uint64)
_BASIS, _PRIME = np.uint64(FNV_BASIS), np.uint64(FNV_PRIME)
_MIX_1, _MIX_2 = np.uint64(MIX_1), np.uint64(MIX_2)
_ALL, _OCTET = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(255)
_DAYS_BEFORE: I64 = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@kernel
def pack(octets: U8, starts: I64, sizes: I64, fills: I64, words: U64) -> None:
    """Armoured characters `octets[start:start + size]` into rows of words, wide enough for all.

    The last `fill` bits are dropped and read as zeros, as does all that follows them.
    """
    for i in range(starts.shape[0]):
        word, have, k = np.uint64(0), 0, 0
        start, size = np.uint64(starts[i]), np.uint64(sizes[i])  # no negative index to allow for
        for j in range(size):
            six = _SIX_OF[octets[start + j]]
            have += 6
            if have < 64:
                word = (word << np.uint64(6)) | six
            else:
                over = have - 64
                words[i, k] = (word << np.uint64(6 - over)) | (six >> np.uint64(over))
                word, have = six, over
                k += 1
        words[i, k] = word << np.uint64(64 - have) if have > 0 else np.uint64(0)
        for j in range(k + 1, words.shape[1]):
            words[i, j] = np.uint64(0)
        bits = sizes[i] * 6 - fills[i]
        last = bits >> 6
        words[i, last] &= ~(_ALL >> np.uint64(bits & 63))
        if last < k:
            words[i, k] = np.uint64(0)


@kernel
def identities(words: U64, bits: I64, at_us: I64, ids: U64) -> None:
    """`identity.report_id` of each message."""
    for i in range(bits.shape[0]):
        h = _BASIS
        left = (bits[i] + 7) >> 3
        k = 0
        while left > 0:
            word = words[i, k]
            for j in range(min(left, 8)):
                h = (h ^ ((word >> np.uint64(56 - 8 * j)) & _OCTET)) * _PRIME
            left -= 8
            k += 1
        at = np.uint64(at_us[i])
        for j in range(8):
            h = (h ^ ((at >> np.uint64(8 * j)) & _OCTET)) * _PRIME
        h = (h ^ (h >> np.uint64(30))) * _MIX_1
        h = (h ^ (h >> np.uint64(27))) * _MIX_2
        ids[i] = h ^ (h >> np.uint64(31))


@kernel
def _unsigned(words: U64, i: int, start: int, width: int) -> int:
    """The number in bits `start` to `start + width` (1 to 40 of them) of message i."""
    k, skipped = start >> 6, start & 63
    spare = 64 - skipped - width
    if spare >= 0:
        value = words[i, k] >> np.uint64(spare)
    else:
        value = (words[i, k] << np.uint64(-spare)) | (words[i, k + 1] >> np.uint64(64 + spare))
    return int(value & ((np.uint64(1) << np.uint64(width)) - np.uint64(1)))


@kernel
def read_numbers(words: U64, start: int, width: int, out: I64) -> None:
    """The number in some bits of each message."""
    for i in range(words.shape[0]):
        out[i] = _unsigned(words, i, start, width)


@kernel
def read_measures(
    words: U64,
    known: Mask,
    rows: I64,
    start: int,
    width: int,
    signed: bool,
    first: int,
    last: int,
    scale: float,
    squared: bool,
    out: NDArray[Any],
) -> None:
    """A float column: row `rows[i]` of `out` is message i's number, scaled; else it is left."""
    half, whole = 1 << (width - 1), 1 << width
    for i in range(words.shape[0]):
        raw = _unsigned(words, i, start, width)
        if signed and raw >= half:
            raw -= whole
        if known[i] and first <= raw <= last:
            value = raw / scale
            if squared:
                value = value * value if raw >= 0 else -(value * value)
            out[rows[i]] = value


@kernel
def read_codes(
    words: U64,
    known: Mask,
    rows: I64,
    start: int,
    width: int,
    first: int,
    last: int,
    plus: int,
    bit: int,
    valid: U32,
    out: NDArray[Any],
) -> None:
    """An integer column: the number with `plus` set in it, and its `bit` in `valid`."""
    for i in range(words.shape[0]):
        raw = _unsigned(words, i, start, width)
        if known[i] and first <= raw <= last:
            valid[rows[i]] |= np.uint32(bit)
            out[rows[i]] = raw | plus


@kernel
def read_modes(
    words: U64, known: Mask, rows: I64, start: int, bit: int, valid: U32, out: U8
) -> None:
    """Position modes out of second fields: 0 a fix, 61 to 63 as they are, 60 not available."""
    for i in range(words.shape[0]):
        raw = _unsigned(words, i, start, 6)
        if known[i] and raw != 60:
            valid[rows[i]] |= np.uint32(bit)
            out[rows[i]] = raw if raw > 60 else 0


@kernel
def _civil_us(words: U64, i: int, start: int) -> int:
    """The instant in 40 bits from `start`; -1 where it is not available or no date."""
    year, month = _unsigned(words, i, start, 14), _unsigned(words, i, start + 14, 4)
    day, hour = _unsigned(words, i, start + 18, 5), _unsigned(words, i, start + 23, 5)
    minute, second = _unsigned(words, i, start + 28, 6), _unsigned(words, i, start + 34, 6)
    if not (1970 <= year <= 9999 and 1 <= month <= 12 and hour < 24 and minute < 60):
        return -1
    leap = 1 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 0
    length = _DAYS_BEFORE[month] - _DAYS_BEFORE[month - 1] + (leap if month == 2 else 0)
    if day < 1 or day > length or second >= 60:
        return -1
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719_162
    days += int(_DAYS_BEFORE[month - 1]) + day - 1 + (leap if month > 2 else 0)
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * US_PER_S


@kernel
def read_instants(
    words: U64, known: Mask, rows: I64, start: int, bit: int, valid: U32, out: I64
) -> None:
    """Year, month, day, hour, minute and second as one instant."""
    for i in range(words.shape[0]):
        if known[i]:
            at_us = _civil_us(words, i, start)
            if at_us >= 0:
                valid[rows[i]] |= np.uint32(bit)
                out[rows[i]] = at_us


@kernel
def read_text(words: U64, bits: I64, start: int, chars: int, at: int, text: U8) -> None:
    """Six-bit characters from bit `start` into `text[:, at:at + chars]`, shape (n, longest).

    A text ends at the first `@` or at the payload's end; where `at` is not 0 it goes on behind what
    is there, and is left where that ended before.
    """
    for i in range(words.shape[0]):
        if at > 0 and text[i, at - 1] == 0:
            continue
        for k in range(chars):
            if start + 6 * k + 6 > bits[i]:
                break
            code = _unsigned(words, i, start + 6 * k, 6)
            if code == 0:
                break
            text[i, at + k] = code + 64 if code < 32 else code


@kernel
def strip_blanks(text: U8) -> None:
    """Take away the spaces at the end of each text."""
    for i in range(text.shape[0]):
        k = text.shape[1] - 1
        while k >= 0 and (text[i, k] == 32 or text[i, k] == 0):
            text[i, k] = 0
            k -= 1
