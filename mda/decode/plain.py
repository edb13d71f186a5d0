"""Plain messages in bulk: whole and faultless, found by a compiled pass over a batch's bytes.

Nearly every message of a real feed is plain: one sentence alone on its row, or two of one message
in adjacent rows that nothing else could claim. Every other row is left to the careful road in
`decoder`, which alone knows the reasons for refusing. What both roads make of a row is the same (a
law tests it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mda.decode.assembly import Part
from mda.decode.kernel_origin import ODD
from mda.decode.kernel_scan import COLUMNS, NAMES_MAX, PAIR, WILD, scan
from mda.decode.messages import Messages
from mda.decode.stamps import around, origin
from mda.model.lines import Lines
from mda.model.reports import I64, Flag

LEAST_ROWS: Final = 4
"""Below this many rows the arrays cost more than the loop."""
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
    singles: Messages
    paired: Messages
    pairs: Pairs

    def merged(self, others: Messages) -> Messages:
        """All of them and `others`, in the order of their rows."""
        return others.followed(self.paired).merged(self.singles)


def plain_messages(lines: Lines, wait_us: int, busy: Mapping[int, Iterable[int]]) -> Plain:
    """The plain messages of a batch.

    `busy`: by feed, the keys (see `assembly.packed_key`) for which parts wait from before.
    """
    n = len(lines)
    octets = np.frombuffer(lines.data, np.uint8)
    out, pairs = np.empty((len(COLUMNS), n), np.int64), np.empty((len(PAIR), n // 2), np.int64)
    loose, spans = np.empty((2, n), np.int64), np.zeros((NAMES_MAX + 1, 2), np.int64)
    columns = (lines.kind, lines.feed, lines.stored_at_us, lines.start, lines.stop)
    slots = np.zeros(2 * NAMES_MAX, np.int64)
    m, p, q = scan(octets, *columns, wait_us, out, pairs, loose, spans, slots)
    singles, pairs = out[:, :m], pairs[:, :p]
    named = spans[: int(spans[-1, 0])].tolist()
    names = ["", *(lines.data[first:last].decode("ascii") for first, last in named)]
    flags = _read_odd(lines, singles, names)
    if n < LEAST_FOR_PAIRS:
        pairs = pairs[:, :0]
    elif p:
        pairs = pairs[:, _unclaimed(lines, pairs, loose[:, :q], busy)]
    rows = np.concatenate((singles[0], pairs[0], pairs[0] + 1))
    messages = _messages(lines, singles, flags, names)
    return Plain(rows, messages, _paired(lines, pairs, names), Pairs(lines, pairs, names))


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
    lines: Lines, pairs: I64, loose: I64, busy: Mapping[int, Iterable[int]]
) -> NDArray[np.bool_]:
    """Which pairs no other part of the batch, or from before it, might have to do with."""
    free = np.ones(pairs.shape[1], np.bool_)
    feed, key = lines.feed[pairs[0]], pairs[PAIR.index("key")]
    loose_feed = lines.feed[loose[0]]
    for own in np.flatnonzero(np.bincount(feed)).tolist():
        claimed = [*loose[1, loose_feed == own].tolist(), *busy.get(own, ())]
        if WILD in claimed:
            free &= feed != own
        elif claimed:
            free &= (feed != own) | ~np.isin(key, np.unique(claimed))
    return free


def _messages(lines: Lines, singles: I64, flags: I64, names: list[str]) -> Messages:
    row, _, _, start, size, fill, form, stamp_us, name = singles
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
    return Messages(columns, np.frombuffer(lines.data, np.uint8), names)


def _paired(lines: Lines, pairs: I64, names: list[str]) -> Messages:
    """Messages of pairs, their payloads joined."""
    row, start, size, start_2, size_2, fill, form, stamp_us, stamp_2_us, name, _ = pairs
    spans = zip(*(c.tolist() for c in (start, size, start_2, size_2)), strict=True)
    data = lines.data
    payloads = b"".join(data[a : a + b] + data[c : c + d] for a, b, c, d in spans)
    whole = size + size_2
    columns = {
        "seq": lines.seq[row + 1],
        "feed": lines.feed[row].astype(np.int64),
        "stored_at_us": lines.stored_at_us[row + 1],
        "stamp_us": np.where(stamp_us < 0, stamp_2_us, stamp_us),
        "flags": np.zeros(row.size, np.int64),
        "form": form,
        "fill": fill,
        "start": np.cumsum(whole) - whole,
        "size": whole,
        "name": name,
    }
    return Messages(columns, np.frombuffer(payloads, np.uint8), names)
