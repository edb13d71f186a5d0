"""Compiled: rows of CSV into spans of their cells, numbers out of cells, identities of rows.

Quotes are those of RFC 4180. A cell that is quoted in a way that needs more than taking the quotes
off (a doubled quote, something behind the closing one) makes its row odd: the caller reads it with
the `csv` module. Decimal numbers of up to 15 digits are exact as Python's `float` reads them,
because whole numbers below 2**53 and powers of ten to 10**22 are, and a division rounds once.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mda.decode.identity import BASIS
from mda.decode.kernel_bits import finished, taken_in
from mda.geo.kernel import lean
from mda.model.reports import F64, I64, U8, U64

WHOLE: Final = 0
ODD: Final = 1
WRONG: Final = 2
"""What a row is: whole, quoted oddly, or of another number of cells."""

_TENS: F64 = np.array([float(10**k) for k in range(23)], np.float64)
_DIGITS_MOST = 15
_QUOTE, _BLANK, _TAB, _DOT, _PLUS, _MINUS = 34, 32, 9, 46, 43, 45
_ZERO, _NINE = 48, 57
_BASIS = np.uint64(BASIS)


@lean
def split_rows(
    octets: U8,
    start: I64,
    stop: I64,
    separator: int,
    slots: I64,
    first: I64,
    last: I64,
    state: U8,
) -> None:
    """Cells of rows `octets[start:stop]`: column c of row i goes to `first` and `last`[slots[c], i]
    unless its slot is negative; `slots` is as long as the header is wide."""
    width = slots.shape[0]
    for i in range(start.shape[0]):
        at, end, column = start[i], stop[i], 0
        state[i] = 0
        while True:
            if at < end and octets[at] == _QUOTE:
                at += 1
                begin = at
                while at < end and octets[at] != _QUOTE:
                    at += 1
                close = at
                at += 1
                if close >= end or (at < end and octets[at] != separator):
                    state[i] = 1
                    break
            else:
                begin = at
                while at < end and octets[at] != separator:
                    at += 1
                close = at
            if column < width and slots[column] >= 0:
                first[slots[column], i] = begin
                last[slots[column], i] = close
            column += 1
            if at >= end:
                break
            at += 1
        if state[i] == 0 and column != width:
            state[i] = 2


@lean
def read_numbers(octets: U8, first: I64, last: I64, value: F64, state: U8) -> None:
    """Each cell as a decimal number; NaN where it is empty; `state` 1 where it is something else,
    for which Python must be asked."""
    for i in range(first.shape[0]):
        a, b = first[i], last[i]
        while a < b and (octets[a] == _BLANK or octets[a] == _TAB):
            a += 1
        while b > a and (octets[b - 1] == _BLANK or octets[b - 1] == _TAB):
            b -= 1
        value[i] = np.nan
        state[i] = 0
        if a == b:
            continue
        negative = octets[a] == _MINUS
        if negative or octets[a] == _PLUS:
            a += 1
        whole, digits, behind, dot = 0, 0, 0, False
        state[i] = 1
        good = a < b
        for j in range(a, b):
            c = octets[j]
            if _ZERO <= c <= _NINE:
                whole = whole * 10 + (c - _ZERO)
                digits += 1
                behind += dot
            elif c == _DOT and not dot:
                dot = True
            else:
                good = False
                break
            if digits > _DIGITS_MOST:
                good = False
                break
        if good and digits > 0:
            size = float(whole) / _TENS[behind]
            value[i] = -size if negative else size
            state[i] = 0


@lean
def row_identities(octets: U8, start: I64, stop: I64, at_us: I64, ids: U64) -> None:
    """Content identity of each row: that of `identity.report_id` over its bytes and event time."""
    for i in range(start.shape[0]):
        size = stop[i] - start[i]
        h = _BASIS ^ np.uint64(size)
        for first in range(start[i], stop[i], 8):
            word = np.uint64(0)
            for j in range(first, first + 8):
                word = (word << np.uint64(8)) | np.uint64(octets[j] if j < stop[i] else 0)
            h = taken_in(h, word)
        ids[i] = finished(h, at_us[i])
