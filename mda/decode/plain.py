"""Plain messages in bulk: whole and faultless, found by a compiled pass over a batch's bytes.

Nearly every message of a real feed is plain: one sentence alone on its row, or two of one message
in adjacent rows that nothing else could claim. Every other row is left to the careful road in
`decoder`, which alone knows the reasons for refusing. What both roads make of a row is the same (a
law tests it).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mda.decode.assembly import Part
from mda.decode.kernel_origin import ODD
from mda.decode.kernel_scan import (
    COLUMNS,
    NAMES_MAX,
    OTHER,
    PAIR,
    WILD,
    join_payloads,
    scan,
)
from mda.decode.limits import Limits
from mda.decode.messages import Messages
from mda.decode.payload import SIX_OF
from mda.decode.stamps import around, origin
from mda.model.lines import Lines, RowKind
from mda.model.reports import I64, U8, Flag

OtherRow = tuple[int, int, int, int, tuple[bytes, ...], str]
"""Number in the log, feed, message type, MMSI, lines, and the station that they name."""
LEAST_ROWS: Final = 4
"""Below this many rows the arrays cost more than the loop."""
ROW, START, FORM = (COLUMNS.index(name) for name in ("row", "start", "form"))
_MMSI_SHIFT = np.arange(30, -1, -6)
"""Characters 1 to 6 hold bits 6 to 41, of which the MMSI is 8 to 37."""
_MMSI_MASK: Final = (1 << 30) - 1
LEAST_FOR_PAIRS: Final = 256
"""Below this many rows the memory of pairs (`Pairs`) costs more than the loop."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Messages of two sentences that were taken in bulk, in row order."""

    lines: Lines
    found: I64
    """Shape (len(PAIR), n)."""
    names: list[str]

    def __len__(self) -> int:
        return int(self.found.shape[1])

    def parts(self, i: int) -> tuple[tuple[str, str, str, str, int], Part, Part]:
        """Pair i as the assembly would have seen it: its key and both parts."""
        row, start, size, start_2, size_2, fill, _, stamp_us, stamp_2_us, name, key = self.found[
            :, i
        ].tolist()
        lines = self.lines
        talker = chr(key >> 24) + chr(key >> 16 & 255)
        first, second = (
            Part(
                int(lines.seq[at]),
                number,
                int(lines.stored_at_us[at]),
                stamp,
                self.names[name],
                True,
                lines.data[begin : begin + chars],
                filled,
                lines.line(at),
            )
            for at, number, stamp, begin, chars, filled in (
                (row, 1, stamp_us, start, size, 0),
                (row + 1, 2, stamp_2_us, start_2, size_2, fill),
            )
        )
        channel, sequence = (chr(c) if c else "" for c in (key & 255, key >> 8 & 255))
        return ("", talker, channel, sequence, 2), first, second


@dataclass(frozen=True, slots=True)
class Plain:
    """What the compiled pass found in a batch."""

    rows: I64
    """Rows that are done with."""
    messages: Messages
    rows_each: I64
    """Of how many rows each message is made."""
    others: list[tuple[OtherRow, tuple[int, int]]]
    """Messages without columns, each with its own time and when it was stored."""
    pairs: Pairs


def plain_messages(lines: Lines, limits: Limits, busy: Mapping[int, set[int]]) -> Plain:
    """The plain messages of a batch.

    `busy`: by feed, the keys (see `assembly.packed_key`) for which parts wait from before.
    """
    n = len(lines)
    octets = np.frombuffer(lines.data, np.uint8)
    out, pairs = np.empty((len(COLUMNS), n), np.int64), np.empty((len(PAIR), n // 2), np.int64)
    loose, spans = np.empty((2, n), np.int64), np.zeros((NAMES_MAX + 1, 2), np.int64)
    columns = (lines.kind, lines.feed, lines.stored_at_us, lines.start, lines.stop)
    slots = np.zeros(2 * NAMES_MAX, np.int64)
    m, p, q = scan(octets, *columns, limits.wait_us, out, pairs, loose, spans, slots)
    found, pairs = out[:, :m], pairs[:, :p]
    named = spans[: int(spans[-1, 0])].tolist()
    names = ["", *(lines.data[first:last].decode("ascii") for first, last in named)]
    if p:
        free = _unclaimed(lines, pairs, loose[:, :q], busy, limits.wait_lines)
        free &= n >= LEAST_FOR_PAIRS
        found, pairs = _without(found, pairs, free)
    flags = _read_odd(lines, found, names)
    each = np.where(found[START] < 0, 2, 1)
    plain = found[FORM] != OTHER
    others = [] if plain.all() else _others(lines, found[:, ~plain], pairs, names)
    octets = _with_pairs(octets, found, pairs)
    rows = np.concatenate((found[ROW], pairs[ROW]))
    if others:
        found, flags, each = found[:, plain], flags[plain], each[plain]
    messages = _messages(lines, octets, found, flags, names)
    return Plain(rows, messages, each, others, Pairs(lines, pairs, names))


def _without(found: I64, pairs: I64, free: NDArray[np.bool_]) -> tuple[I64, I64]:
    """What was found but the pairs that are not free; pairs are numbered anew."""
    if free.all():
        return found, pairs
    paired = found[START] < 0
    kept = ~paired
    kept[paired] = free[-found[START, paired] - 1]
    found = found[:, kept]
    found[START, found[START] < 0] = -np.arange(1, np.count_nonzero(free) + 1)
    return found, pairs[:, free]


def _with_pairs(octets: U8, found: I64, pairs: I64) -> U8:
    """The bytes, and behind them the payloads of pairs, which now begin there."""
    if pairs.shape[1] == 0:
        return octets
    size = pairs[2] + pairs[4]
    joined = np.empty(int(size.sum()), np.uint8)
    join_payloads(octets, pairs, joined)
    paired = found[START] < 0
    found[START, paired] = octets.size + np.cumsum(size) - size
    return np.concatenate((octets, joined))


def _read_odd(lines: Lines, singles: I64, names: list[str]) -> I64:
    """Read what stands around a sentence where the compiled pass would not; flags of all rows."""
    row, begin, end, *_, stamp_us, name = singles
    flags = np.zeros(row.size, np.int64)
    number = {text: k for k, text in enumerate(names)}
    for i in np.flatnonzero(stamp_us == ODD).tolist():
        at = int(row[i])
        head = lines.data[int(lines.start[at]) : int(begin[i])]
        tail = lines.data[int(end[i]) : int(lines.stop[at])]
        tag = origin(*around(head, tail, 0))
        stamp_us[i] = tag.stamp_us
        name[i] = number.setdefault(tag.station, len(number))
        flags[i] = 0 if tag.sound else Flag.CHECKSUM
    names[:] = number
    return flags


def _unclaimed(
    lines: Lines, pairs: I64, loose: I64, busy: Mapping[int, set[int]], wait_lines: int
) -> NDArray[np.bool_]:
    """Which pairs no part that came before, in the batch or before it, might have to do with.

    Nothing waits longer than `wait_lines` lines of its feed; what comes later changes no pair.
    """
    free = np.ones(pairs.shape[1], np.bool_)
    feed, key = lines.feed[pairs[ROW]], pairs[PAIR.index("key")]
    loose_feed = lines.feed[loose[0]]
    for own in np.flatnonzero(np.bincount(feed)).tolist():
        mine, theirs = np.flatnonzero(feed == own), loose_feed == own
        begun = busy.get(own, ())
        if begun or theirs.any():
            line = np.cumsum((lines.feed == own) & (lines.kind == RowKind.LINE))
            parts = (line[loose[0, theirs]].tolist(), loose[1, theirs].tolist())
            found = (line[pairs[ROW, mine]].tolist(), key[mine].tolist())
            free[mine] = _free(found, parts, begun, wait_lines)
    return free


def _free(
    pairs: tuple[list[int], list[int]],
    parts: tuple[list[int], list[int]],
    begun: Iterable[int],
    wait_lines: int,
) -> list[bool]:
    """The same of one feed, given lines and keys of its pairs and loose parts.

    A pair that is not free is two more parts, with which a later one might have to do.
    """
    last = dict.fromkeys(begun, 0)
    found = []
    waiting = deque(zip(*parts, strict=True))
    for line, key in zip(*pairs, strict=True):
        while waiting and waiting[0][0] < line:
            at, own = waiting.popleft()
            last[own] = at
        since = max(last.get(key, -wait_lines - 2), last.get(WILD, -wait_lines - 2))
        found.append(line - since > wait_lines + 1)
        if not found[-1]:
            last[key] = line + 1
    return found


def _others(
    lines: Lines, found: I64, pairs: I64, names: list[str]
) -> list[tuple[OtherRow, tuple[int, int]]]:
    """Messages without columns."""
    row, _, _, start, _, _, _, stamp_us, name = found
    first = start.copy()
    first[start < 0] = pairs[1, -start[start < 0] - 1]
    octets, data = np.frombuffer(lines.data, np.uint8), lines.data
    six = SIX_OF[octets[first[:, None] + np.arange(7)]].astype(np.int64)
    mmsi = (six[:, 1:] << _MMSI_SHIFT).sum(axis=1) >> 4 & _MMSI_MASK
    columns = (lines.seq[row], lines.feed[row], six[:, 0], mmsi, name)
    whole = zip(*(column.tolist() for column in columns), strict=True)
    times = zip(stamp_us.tolist(), lines.stored_at_us[row].tolist(), strict=True)
    begins, ends = lines.start[row].tolist(), lines.stop[row].tolist()
    raw: list[tuple[bytes, ...]] = [(data[a:b],) for a, b in zip(begins, ends, strict=True)]
    for i in np.flatnonzero(start < 0).tolist():
        raw[i] = (lines.line(int(row[i]) - 1), *raw[i])
    return [
        ((seq, feed, msg_type, own, text, names[named]), at)
        for (seq, feed, msg_type, own, named), text, at in zip(whole, raw, times, strict=True)
    ]


def _messages(lines: Lines, octets: U8, found: I64, flags: I64, names: list[str]) -> Messages:
    row, _, _, start, size, fill, form, stamp_us, name = found
    columns = {
        "seq": lines.seq[row],
        "feed": lines.feed[row].astype(np.int64),
        "stored_at_us": lines.stored_at_us[row],
        "stamp_us": stamp_us,
        "flags": flags,
        "form": form,
        "fill": fill,
        "start": start,
        "size": size,
        "name": name,
    }
    return Messages(columns, octets, names)
