"""Compiled: what is cut out of the bits of many messages, and their identities.

Message i has `bits[i]` bits in the words from `at[i]` on, its first bit the highest of the first
word (ITU-R M.1371-5 numbers bits in this order); behind its last word stands at least one more.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from mda.clock import NO_TIME_US
from mda.decode.identity import BASIS, MIX_1, MIX_2
from mda.geo.kernel import lean, whole
from mda.model.reports import F32, F64, I32, I64, U8, U16, U32, U64, Flag
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
_BASIS, _MIX_1, _MIX_2 = _U(BASIS), _U(MIX_1), _U(MIX_2)
_ONE, _LAST = _U(1), _U(63)
_DAYS_BEFORE: I64 = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


ENVELOPE: Final = (
    "seq",
    "at_us",
    "received_at_us",
    "report_id",
    "feed",
    "station",
    "heard_id",
    "flags",
)
"""Columns of which a message's fields know nothing."""
_TIME_SUSPECT, _TRUNCATED = np.uint32(Flag.TIME_SUSPECT), np.uint32(Flag.TRUNCATED)


class Taken(NamedTuple):
    """Messages as `begin` wants them (see `messages.Messages`)."""

    seq: I64
    feed: I32
    stored_at_us: I64
    stamp_us: I64
    flags: U32
    form: I32
    bits: I32
    at: I32
    words: U64


class Columns(NamedTuple):
    """The columns of a batch by the bytes of a number, shape (columns, rows) each."""

    f4: F32
    f8: F64
    n1: U8
    n2: U16
    n4: U32
    """Its last row is `valid`."""
    n8: I64


@lean
def taken_in(h: np.uint64, word: np.uint64) -> np.uint64:
    """A word put into the hash of `identity`."""
    h = (h ^ word) * _MIX_1
    return h ^ (h >> _U(32))


@lean
def finished(h: np.uint64, at_us: int) -> np.uint64:
    """The hash of `identity`, given the event time."""
    h ^= _U(at_us)
    h = (h ^ (h >> _U(30))) * _MIX_1
    h = (h ^ (h >> _U(27))) * _MIX_2
    return h ^ (h >> _U(31))


@lean
def identity_of(words: U64, at: int, bits: int, at_us: int) -> np.uint64:
    """`identity.report_id` of one message."""
    octets = (_U(bits) + _U(7)) >> _U(3)
    h, k = _BASIS ^ octets, _U(at)
    for _ in range(0, whole(octets), 8):
        h = taken_in(h, words[k])
        k += _ONE
    return finished(h, at_us)


@lean
def _is_ahead(stamp_us: int, stored_at_us: int, ahead_us: int) -> bool:
    """Whether a message's own time runs ahead of the node's clock."""
    return NO_TIME_US not in (stamp_us, stored_at_us) and stamp_us > stored_at_us + ahead_us


@lean
def event_times_into(
    stamp_us: I64, stored_at_us: I64, ahead_us: int, at_us: I64, flags: U32
) -> None:
    """Event times: the origin's own time, if it is not over `ahead_us` past the instant at which
    it was stored, which is marked; else that instant."""
    for i in range(at_us.shape[0]):
        ahead = _is_ahead(stamp_us[i], stored_at_us[i], ahead_us)
        own = stamp_us[i] != NO_TIME_US and not ahead
        at_us[i] = stamp_us[i] if own else stored_at_us[i]
        if ahead:
            flags[i] |= _TIME_SUSPECT


@lean
def begin(
    messages: Taken, at_us: I64, station: I32, forms: I64, places: I64, columns: Columns, rows: I64
) -> None:
    """What is known of each message without its fields, into those columns that its form has rows
    in; and the row of each.

    `forms`: by form, bits of a whole message, and whether it has rows here. `places`: rows of
    ENVELOPE in `columns`, -1 for none.
    """
    n8, n4, row = columns.n8, columns.n4, 0
    for i in range(rows.shape[0]):
        form = messages.form[i]
        rows[i] = row
        if forms[1, form] == 0:
            continue
        stamp_us, bits = messages.stamp_us[i], messages.bits[i]
        n8[places[0], row] = messages.seq[i]
        n8[places[1], row] = at_us[i]
        n8[places[2], row] = messages.stored_at_us[i] if stamp_us == NO_TIME_US else stamp_us
        own = identity_of(messages.words, messages.at[i], bits, at_us[i])
        n8[places[3], row] = whole(own)
        n4[places[4], row] = messages.feed[i]
        n4[places[5], row] = station[i]
        if places[6] >= 0:
            n8[places[6], row] = whole(own)
            short = _TRUNCATED if bits < forms[0, form] else np.uint32(0)
            n4[places[7], row] = messages.flags[i] | short
        row += 1


@lean
def _cut(words: U64, at: int, start: int, width: int) -> np.uint64:
    """The bits `start` to `start + width` (1 to 64 of them) of the message at `at`, lowest last."""
    k, skipped = _U(at) + (_U(start) >> _U(6)), _U(start) & _LAST
    top: np.uint64 = (words[k] << skipped) | ((words[k + _ONE] >> _ONE) >> (_LAST - skipped))
    return top >> (_LAST - _U(width - 1))


@lean
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


@lean
def _store(
    columns: Columns, kind: int, place: int, row: int, number: int, plus: int, scale: float
) -> bool:
    """Put a field's number where it belongs; whether it meant something."""
    if kind == FLOAT_4:
        columns.f4[place, row] = number / scale
    elif kind == NUMBER_1:
        columns.n1[place, row] = number
    elif kind == FLOAT_8:
        columns.f8[place, row] = number / scale
    elif kind == NUMBER_4:
        columns.n4[place, row] = number | plus
    elif kind == NUMBER_2:
        columns.n2[place, row] = number
    elif kind == TURN:
        turn = number / scale
        columns.f4[place, row] = turn * abs(turn)
    elif kind == MODE:
        columns.n1[place, row] = number if number > 60 else 0
        return number != 60
    else:
        at_us = _instant_us(number)
        if at_us < 0:
            return False
        columns.n8[place, row] = at_us
    return True


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
) -> None:
    """Fields of the `chosen` messages into the rows `into`: `steps` has a row of STEP a field.

    A field that does not end inside the message, or whose number means nothing, is left.
    """
    valid = columns.n4[columns.n4.shape[0] - 1]
    for begin in range(0, chosen.shape[0], BLOCK):
        end = min(begin + BLOCK, chosen.shape[0])
        for f in range(steps.shape[0]):
            kind, start, width = steps[f, 0], steps[f, 2], steps[f, 3]
            first, last, bit = steps[f, 5], steps[f, 6], np.uint32(steps[f, 8])
            gate, craft, scale = steps[f, 9], steps[f, 10], scales[f]
            reach = start + width if gate < 0 else gate + 30
            half = steps[f, 4] << (width - 1)
            if kind == NUMBER_1 and gate < 0 and craft == 0:
                n1 = columns.n1[steps[f, 1]]
                for j in range(begin, end):
                    i, row = _U(chosen[j]), _U(into[j])
                    number = whole(_cut(words, at[i], start, width))
                    if first <= number <= last and bits[i] >= reach:
                        n1[row] = number
                        valid[row] |= bit
            elif kind == FLOAT_4:
                f4 = columns.f4[steps[f, 1]]
                for j in range(begin, end):
                    i = _U(chosen[j])
                    number = (whole(_cut(words, at[i], start, width)) ^ half) - half
                    if first <= number <= last and bits[i] >= reach:
                        f4[_U(into[j])] = number / scale
            elif kind == FLOAT_8:
                f8 = columns.f8[steps[f, 1]]
                for j in range(begin, end):
                    i = _U(chosen[j])
                    number = (whole(_cut(words, at[i], start, width)) ^ half) - half
                    if first <= number <= last and bits[i] >= reach:
                        f8[_U(into[j])] = number / scale
            else:
                for j in range(begin, end):
                    i, row = _U(chosen[j]), into[j]
                    if bits[i] < reach:
                        continue
                    number = (whole(_cut(words, at[i], start, width)) ^ half) - half
                    if number < first or number > last:
                        continue
                    if gate >= 0 and _cut(words, at[i], gate, 30) == 0:
                        continue
                    if craft != 0:
                        daughter = whole(_cut(words, at[i], 8, 30)) // 10_000_000 == DAUGHTER
                        if daughter != (craft > 0):
                            continue
                    if _store(columns, kind, steps[f, 1], row, number, steps[f, 7], scale):
                        valid[row] |= bit


@lean
def read_text(words: U64, at: I32, bits: I32, chosen: I64, into: I64, spans: I64, text: U8) -> None:
    """Six-bit characters of the `chosen` messages into the rows `into` of `text` (n, longest).

    `spans` has a row of first bit and characters a span. A text ends at the first `@` or at the
    payload's end, and spaces at its end are no part of it.
    """
    for j in range(chosen.shape[0]):
        i, row, k, size, whole_k = chosen[j], into[j], 0, 0, 0
        for s in range(spans.shape[0]):
            whole_k += spans[s, 1]
            for c in range(spans[s, 1]):
                start = spans[s, 0] + 6 * c
                code = whole(_cut(words, at[i], start, 6)) if start + 6 <= bits[i] else 0
                if code == 0:
                    break
                text[row, k] = code + 64 if code < 32 else code
                k += 1
                if code != 32:
                    size = k
            if k < whole_k:
                break
        text[row, size:k] = 0
