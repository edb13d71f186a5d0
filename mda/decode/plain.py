"""Plain messages in bulk: whole and faultless, found by a compiled pass over a batch's bytes.

Nearly every message of a real feed is plain: one sentence alone on its row, or two of one message
in adjacent rows that nothing else could claim. Every other row is left to the careful road in
`decoder`, which alone knows the reasons for refusing (but for a wrong checksum, which is the pass's
own to tell). What both roads make of a row is the same (a law tests it).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from mda.clock import NO_TIME_US
from mda.decode.claims import ANYTHING, Claims, Loose, Pair
from mda.decode.kernel_origin import NAMES_MAX, ODD, origins
from mda.decode.kernel_scan import (
    AT,
    BANG,
    COLUMNS,
    END,
    FILL,
    FORM,
    IN_PARTS,
    KEY,
    OTHER,
    PART,
    ROW,
    SIZE,
    SPARE_WORDS,
    SPOILT,
    UNREAD,
    WILD,
    forms_of,
    join,
    room_for,
    scan,
    spread,
)
from mda.decode.limits import Limits
from mda.decode.messages import Messages
from mda.decode.noted import Bools, Noted, Others, Pairs
from mda.decode.stamps import around, origin
from mda.model.lines import Lines, RowKind
from mda.model.reports import I32, I64, U32, Flag

LEAST_ROWS: Final = 4
"""Below this many rows the arrays cost more than the loop."""
LEAST_FOR_PAIRS: Final = 256
"""Below this many rows the memory of pairs (`Pairs`) costs more than the loop."""
_ONE_OF_TWO, _TWO_OF_TWO = 50 << 8 | 49, 50 << 8 | 50


@dataclass(frozen=True, slots=True)
class Plain:
    """What the compiled pass found in a batch."""

    left: I64
    """Rows that the careful road has to read, rising."""
    spoilt: Bools
    """Of those, the ones whose only sentence is faultless but for its checksum."""
    messages: Messages
    others: Others
    pairs: Pairs
    counts: list[tuple[int, int, int, int]]
    """Feed, message type, rows each, messages."""


def plain_messages(lines: Lines, limits: Limits, busy: Mapping[int, set[int]]) -> Plain:
    """The plain messages of a batch.

    `busy`: by feed, the keys (see `assembly.packed_key`) for which parts wait from before.
    """
    noted = _noted(lines)
    pairs = _pairs(noted, limits, busy)
    flags, stamp_us, n = _read_odd(noted), noted.stamp_us, noted.stamp_us.size
    before = np.full(n, -1, np.int32)
    if len(pairs):
        before[pairs.second] = pairs.first
        first_us, own_us = stamp_us[pairs.first], stamp_us[pairs.second]
        stamp_us = stamp_us.copy()
        stamp_us[pairs.second] = np.where(first_us == NO_TIME_US, own_us, first_us)
    form, row = noted.found[FORM], noted.found[ROW]
    at, other_at = np.flatnonzero(form >= 0), np.flatnonzero(form == OTHER)
    left = np.ones(len(lines), np.uint8)
    left[row] = np.where(form == SPOILT, np.uint8(2), (form < OTHER).view(np.uint8))
    left[row[pairs.first]] = 0
    rows = np.flatnonzero(left)
    messages = _messages(noted, at, stamp_us, flags)
    others = Others(noted, other_at, before[other_at], stamp_us[other_at])
    counts = _counted(noted.counts, pairs)
    return Plain(rows, left[rows] == 2, messages, others, pairs, counts)


def _noted(lines: Lines) -> Noted:
    """What the pass notes of a batch."""
    n = len(lines)
    octets, eights = spread(lines.data)
    found, dressed = np.empty((len(COLUMNS), n), np.int32), np.empty(n, np.int32)
    words = np.empty(room_for(octets.size, n), np.uint64)
    counts = np.zeros((int(lines.feed.max()) + 1, 64), np.int64)
    m, d, taken = scan(
        octets,
        eights,
        lines.kind,
        lines.feed,
        lines.start,
        lines.stop,
        found,
        words,
        dressed,
        counts,
        np.zeros(8, np.int64),
    )
    found = found[:, :m]
    stamp_us, name = np.full(m, NO_TIME_US, np.int64), np.zeros(m, np.int32)
    bits = found[SIZE] * 6 - found[FILL]
    grouped = np.zeros(m, np.bool_)
    noted = Noted(lines, found, bits, words, taken, counts, stamp_us, name, grouped, [""])
    if d:
        _read_around(noted, dressed[:d])
    return noted


def _read_around(noted: Noted, at: I32) -> None:
    """Read what stands around the sentences at these positions."""
    lines, found = noted.lines, noted.found
    row = found[ROW, at]
    edges = np.stack((lines.start[row], found[BANG, at], found[END, at], lines.stop[row]))
    stamp_us, name = np.empty(at.size, np.int64), np.empty(at.size, np.int64)
    spans, slots = np.zeros((NAMES_MAX + 1, 2), np.int64), np.zeros(2 * NAMES_MAX, np.int64)
    grouped = np.zeros(at.size, np.bool_)
    octets = np.frombuffer(lines.data, np.uint8)  # as `line_clock` has them: compiled only once
    origins(octets, edges, stamp_us, name, spans, slots, grouped)
    noted.stamp_us[at], noted.name[at], noted.grouped[at] = stamp_us, name, grouped
    named = spans[: int(spans[-1, 0])].tolist()
    noted.names.extend(lines.data[first:last].decode("ascii") for first, last in named)


def _pairs(noted: Noted, limits: Limits, busy: Mapping[int, set[int]]) -> Pairs:
    """Messages of two sentences in adjacent rows of one feed, of one talker, sequence number,
    channel and station; each is a message now, at the position of its second sentence."""
    found, lines = noted.found, noted.lines
    loose = np.flatnonzero((found[FORM] == IN_PARTS) | (found[FORM] == WILD))
    none = np.empty(0, np.int64)
    if loose.size < 2 or len(lines) < LEAST_FOR_PAIRS:
        return Pairs(noted, none, none)
    part, key = found[PART].take(loose), found[KEY].take(loose)
    fits = (part[:-1] == _ONE_OF_TWO) & (part[1:] == _TWO_OF_TWO) & (key[:-1] == key[1:])
    one, two = loose[:-1][fits], loose[1:][fits]
    row, next_row = found[ROW].take(one), found[ROW].take(two)
    fits = (found[FORM].take(one) == IN_PARTS) & (found[FORM].take(two) == IN_PARTS)
    fits &= (next_row == row + 1) & (lines.feed.take(row) == lines.feed.take(next_row))
    fits &= (found[FILL].take(one) == 0) & (noted.name.take(one) == noted.name.take(two))
    fits &= ~(noted.grouped.take(one) | noted.grouped.take(two))
    one_us, two_us = noted.stamp_us.take(one), noted.stamp_us.take(two)
    fits &= (one_us != ODD) & (two_us != ODD) & _near(one_us, two_us, limits.wait_us)
    stored_us = lines.stored_at_us.take(row), lines.stored_at_us.take(next_row)
    fits &= _near(*stored_us, limits.wait_us)
    one, two = one[fits], two[fits]
    size, bits = noted.after(one, SIZE), noted.bits.take(one) + noted.bits.take(two)
    form = forms_of(noted.words.take(found[AT].take(one)), size, bits.astype(np.int64))
    one, two = one[form != UNREAD], two[form != UNREAD]
    free, met = _unclaimed(noted, loose, (one, two), busy, limits)
    one, two = np.append(one[free], met[0]), np.append(two[free], met[1])
    order = np.argsort(two)
    return _joined(noted, one[order], two[order])


def _joined(noted: Noted, one: I64, two: I64) -> Pairs:
    """Make one message of each two sentences, at the position of the second, where it can be read
    and there is room."""
    found, bits = noted.found, noted.bits
    total = bits.take(one) + bits.take(two)
    at, second, wide = noted.after(one, AT), noted.after(two, AT), total.astype(np.int64)
    form = forms_of(noted.words.take(at), noted.after(one, SIZE), wide)
    apart = two != one + 1
    into = at.copy()
    ends = noted.taken + np.cumsum((wide[apart] >> 6) + 3)
    into[apart] = ends - (wide[apart] >> 6) - 3
    good = (form != UNREAD) & (into + (wide >> 6) + SPARE_WORDS < noted.words.size)
    one, two, total, into = one[good], two[good], total[good], into[good]
    both = bits[one].astype(np.int64), bits[two].astype(np.int64)
    join(noted.words, at[good], both[0], second[good], both[1], into)
    found[FORM, two], found[AT, two], bits[two] = form[good], into, total
    return Pairs(noted, one, two)


def _near(one_us: I64, other_us: I64, limit_us: int) -> Bools:
    """Whether two instants may belong to one message; unknown ones may."""
    unknown: Bools = (one_us == NO_TIME_US) | (other_us == NO_TIME_US)
    near: Bools = np.abs(one_us - other_us) <= limit_us
    return unknown | near


def _read_odd(noted: Noted) -> U32:
    """Read what stands around a message where the compiled pass would not; flags of all rows."""
    lines, found, names = noted.lines, noted.found, noted.names
    flags = np.zeros(noted.stamp_us.size, np.uint32)
    odd = np.flatnonzero((noted.stamp_us == ODD) & (found[FORM] >= OTHER))
    number = {text: k for k, text in enumerate(names)} if odd.size else {}
    for i in odd.tolist():
        row, begin, end = (int(found[column, i]) for column in (ROW, BANG, END))
        head = lines.data[int(lines.start[row]) : begin]
        tail = lines.data[end : int(lines.stop[row])]
        tag = origin(*around(head, tail, 0))
        noted.stamp_us[i] = tag.stamp_us
        noted.name[i] = number.setdefault(tag.station, len(number))
        flags[i] = 0 if tag.sound else Flag.CHECKSUM
    names += list(number)[len(names) :]
    return flags


def _unclaimed(
    noted: Noted,
    loose: I64,
    pairs: tuple[I64, I64],
    busy: Mapping[int, set[int]],
    limits: Limits,
) -> tuple[Bools, I64]:
    """Which pairs no part that came before, in the batch or before it, might have to do with; and
    the positions of first and second halves that surely meet, shape (2, n).

    `loose` are all rows that may hold a part. What comes later changes no pair.
    """
    lines, found = noted.lines, noted.found
    free, met = np.ones(pairs[0].size, np.bool_), []
    paired = np.zeros(found.shape[1], np.bool_)
    paired[pairs[0]] = paired[pairs[1]] = True
    loose = loose[~paired[loose]]
    row, key = found[ROW].take(pairs[0]), found[KEY].take(pairs[0])
    feed, loose_feed = lines.feed.take(row), lines.feed.take(found[ROW].take(loose))
    for own in np.flatnonzero(np.bincount(np.concatenate((feed, loose_feed)))).tolist():
        mine, theirs = np.flatnonzero(feed == own), loose[loose_feed == own]
        begun = busy.get(own, ())
        if begun or theirs.size:
            line = np.cumsum((lines.feed == own) & (lines.kind == RowKind.LINE))
            near = _concerned(noted, row[mine], key[mine], theirs, begun, limits)
            mine = mine[near]
            two = pairs[1][mine]
            at_us = (lines.stored_at_us[row[mine]], lines.stored_at_us[found[ROW, two]])
            columns = line[row[mine]], key[mine], two, noted.name[two], np.stack(at_us, axis=1)
            made = map(Pair._make, zip(*(c.tolist() for c in columns), strict=True))
            claims = Claims(begun, limits, noted.alike)
            free[mine] = claims.free(made, _loose(noted, theirs, line))
            met += claims.met
    return free, np.array(met, np.int64).reshape(-1, 2).T


def _concerned(
    noted: Noted, row: I64, key: I64, loose: I64, begun: Collection[int], limits: Limits
) -> Bools:
    """Which pairs (row of the first half, key) have anything to do with what is loose: they share
    a key with it, or stand so near that they tell it the time."""
    found = noted.found
    if ANYTHING in begun or (found[FORM, loose] == WILD).any():
        return np.ones(row.size, np.bool_)
    keys = np.append(found[KEY, loose], np.array([*begun], np.int32))
    at = np.searchsorted(row, found[ROW, loose])
    beside = np.zeros(row.size + 1, np.int64)
    np.add.at(beside, np.maximum(at - limits.wait_newer, 0), 1)
    np.add.at(beside, np.minimum(at + limits.wait_newer, row.size), -1)
    return np.isin(key, keys) | (np.cumsum(beside)[:-1] > 0)


def _loose(noted: Noted, at: I64, line: I64) -> Iterator[Loose]:
    """Rows that may hold a part, at these positions; `line` by row."""
    found, lines = noted.found, noted.lines
    row, form, part = found[ROW, at], found[FORM, at], found[PART, at]
    sure = (form == IN_PARTS) & ~noted.grouped[at] & (noted.stamp_us[at] != ODD)
    first = sure & (part == _ONE_OF_TWO) & (found[FILL, at] == 0)
    half = np.where(sure & (part == _TWO_OF_TWO), 2, first)
    key = np.where(form == WILD, ANYTHING, found[KEY, at])
    controls = np.cumsum(lines.kind != RowKind.LINE)[row]
    own = (noted.name[at], noted.stamp_us[at], lines.stored_at_us[row])
    columns = (line[row], key, half, at, controls, *own)
    return map(Loose._make, zip(*(column.tolist() for column in columns), strict=True))


def _counted(alone: I64, pairs: Pairs) -> list[tuple[int, int, int, int]]:
    """Whole messages by feed, type and rows each; `alone` has those of one row, shape (feeds,
    types)."""
    two = np.zeros_like(alone)
    if len(pairs):
        noted = pairs.noted
        feed = noted.lines.feed[noted.found[ROW, pairs.second]].astype(np.int64)
        msg_type = (noted.words[noted.found[AT, pairs.second]] >> np.uint64(58)).astype(np.int64)
        two = np.bincount(feed * 64 + msg_type, minlength=two.size).reshape(two.shape)
    return [
        (feed, msg_type, rows_each, int(count[feed, msg_type]))
        for rows_each, count in enumerate((alone, two), 1)
        for feed, msg_type in np.argwhere(count).tolist()
    ]


def _messages(noted: Noted, chosen: I64, stamp_us: I64, flags: U32) -> Messages:
    lines, row = noted.lines, noted.after(chosen, ROW)
    return Messages(
        lines.seq.take(row),
        lines.feed.take(row),
        lines.stored_at_us.take(row),
        stamp_us.take(chosen),
        flags.take(chosen),
        noted.found[FORM].take(chosen),
        noted.bits.take(chosen),
        noted.found[AT].take(chosen),
        noted.name.take(chosen),
        noted.words,
        noted.names,
    )
