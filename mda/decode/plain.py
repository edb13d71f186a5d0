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
from mda.decode.kernel_scan import COLUMNS, NAMES_MAX, OTHER, PAIR, WILD, scan
from mda.decode.messages import Messages
from mda.decode.payload import SIX_OF
from mda.decode.stamps import around, origin
from mda.model.lines import Lines
from mda.model.reports import I64, Flag

OtherRow = tuple[int, int, int, int, tuple[bytes, ...], str]
"""Number in the log, feed, message type, MMSI, lines, and the station that they name."""
LEAST_ROWS: Final = 4
"""Below this many rows the arrays cost more than the loop."""
FORM, PAIR_FORM = COLUMNS.index("form"), PAIR.index("form")
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
    singles: Messages
    paired: Messages
    others: list[tuple[OtherRow, tuple[int, int]]]
    """Messages without columns, each with its own time and when it was stored."""
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
    alone, both = singles[FORM] != OTHER, pairs[PAIR_FORM] != OTHER
    others = _others(lines, singles[:, ~alone], names, 0) if not alone.all() else []
    others += _others(lines, _last_rows(pairs[:, ~both]), names, 1) if not both.all() else []
    messages = _messages(lines, singles[:, alone], flags[alone], names)
    paired = _paired(lines, pairs[:, both], names)
    return Plain(rows, messages, paired, others, Pairs(lines, pairs, names))


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


def _last_rows(pairs: I64) -> I64:
    """Pairs as singles are found: the row of the second part, the payload of the first."""
    row, start, size, _, _, fill, form, stamp_us, stamp_2_us, name, _ = pairs
    nothing = np.zeros_like(row)
    first_us = np.where(stamp_us < 0, stamp_2_us, stamp_us)
    return np.stack((row + 1, nothing, nothing, start, size, fill, form, first_us, name))


def _others(
    lines: Lines, found: I64, names: list[str], before: int
) -> list[tuple[OtherRow, tuple[int, int]]]:
    """Messages without columns; `before`: rows of the message before its last one."""
    row, _, _, start, _, _, _, stamp_us, name = found
    octets = np.frombuffer(lines.data, np.uint8)
    six = SIX_OF[octets[start[:, None] + np.arange(7)]].astype(np.int64)
    mmsi = (six[:, 1:] << _MMSI_SHIFT).sum(axis=1) >> 4 & _MMSI_MASK
    columns = (row, lines.seq[row], lines.feed[row], six[:, 0], mmsi, name, stamp_us)
    made = []
    for at, seq, feed, msg_type, own, named, stamp, stored in zip(
        *(column.tolist() for column in (*columns, lines.stored_at_us[row])), strict=True
    ):
        raw = tuple(lines.line(k) for k in range(at - before, at + 1))
        made.append(((seq, feed, msg_type, own, raw, names[named]), (stamp, stored)))
    return made


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
