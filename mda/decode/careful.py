"""The careful road: rows one by one, their sentences, or the reason why they hold none.

Sentences are found (`framing`), told where and when they were heard (`stamps`, `envelopes`,
`companions`), put together where a message has several parts (`assembly`), and each row is booked
(`ledger`). What comes out is what the columns are made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mda.decode.assembly import FeedAssembly, Part
from mda.decode.behind import Behind
from mda.decode.companions import (
    GROUP_ROWS,
    Before,
    FeedCompanions,
    Held,
    Signal,
    companion,
    rows_beside,
)
from mda.decode.envelopes import OPENS, opened, rows_opening, sealed_refusal
from mda.decode.fields import COLUMN_TYPES, FORM_OF, LAYOUTS, unreadable
from mda.decode.framing import DATAGRAM, LINE_MAX, WRONG_SUM, find, refusal, unsound
from mda.decode.ledger import Ledger
from mda.decode.limits import Limits
from mda.decode.payload import SIX_OF, joined, leading
from mda.decode.stamps import NOWHERE, around, beside, first_stamp_us, origin
from mda.decode.tagblock import Tag
from mda.model.lines import Lines, RowKind
from mda.model.reports import I64, Flag
from mda.model.state import State

Bools = NDArray[np.bool_]
_LINE: Final = int(RowKind.LINE)
_NO_KIND: Final = 255
_NO_ROWS = np.empty(0, np.int64)
_EVERYWHERE: Final = (RowKind.START, RowKind.STOP)
_BREAKS: Final = (RowKind.CONNECT, RowKind.DISCONNECT, RowKind.SPOOL_GAP)


@dataclass(slots=True)
class Gathered:
    """What the careful road found during one call, in the order of rows."""

    rows: list[tuple[int, ...]] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    station: list[str] = field(default_factory=list)
    levels: list[tuple[int, float, float]] = field(default_factory=list)
    """Of the messages that make a report: seq, level (dB) and frequency offset (ppm)."""
    measured: bool = False
    """Whether any of them is known."""
    others: list[tuple[int, int, int, int, tuple[bytes, ...], str]] = field(default_factory=list)
    """Seq, feed, type, MMSI, lines and station."""
    other_times: list[tuple[int, int]] = field(default_factory=list)


class _Row(NamedTuple):
    """A line, and its number among the lines of its feed."""

    seq: int
    feed: int
    stored_at_us: int
    line: int
    data: bytes


class CarefulRoad:
    """Reads rows one by one; what waits in each feed is carried over."""

    def __init__(self, limits: Limits, ledger: Ledger) -> None:
        self._limits = limits
        self._ledger = ledger
        self._assemblies: dict[int, FeedAssembly] = {}
        self._companions: dict[int, FeedCompanions] = {}
        self.behind = Behind(limits.wait_lines, self.assembly)
        """Messages of several parts that were read in bulk, of which no assembly knows yet."""

    # -- which rows must come this way ----------------------------------------------------------
    def busy(self) -> dict[int, set[int]]:
        """By feed, the keys on which parts wait (see `assembly.packed_key`)."""
        return {feed: own.busy() for feed, own in self._assemblies.items()}

    def reserved(self, lines: Lines) -> Lines:
        """The batch without the lines of feeds that must come this way: theirs have no kind.

        These are feeds that wrap sentences in JSON, and those that send companions, from the batch
        with the first one on.
        """
        wrapped = rows_opening(lines) if OPENS in lines.data else _NO_ROWS
        named = lines.feed[np.concatenate((wrapped, rows_beside(lines)))]
        feeds = {*self._companions, *np.unique(named).tolist()}
        if not feeds:
            return lines
        ours = np.isin(lines.feed, list(feeds)) & (lines.kind == _LINE)
        return replace(lines, kind=np.where(ours, _NO_KIND, lines.kind).astype(np.uint8))

    def assembly(self, feed: int) -> FeedAssembly:
        """The messages in the making of one feed."""
        assembly = self._assemblies.get(feed)
        if assembly is None:
            assembly = FeedAssembly(feed, self._limits, self._ledger)
            self._assemblies[feed] = assembly
        return assembly

    # -- rows -----------------------------------------------------------------------------------
    def walk(
        self, gathered: Gathered, lines: Lines, rows: I64, place: I64, spoilt: Bools | None
    ) -> None:
        """Read the given rows of a batch, rising; `place` numbers all lines within their feed.

        `spoilt` are those whose only sentence is faultless but for its checksum.
        """
        found = find(lines, rows if spoilt is None else rows[~spoilt])
        counts = iter(found.counts)
        known = [False] * rows.size if spoilt is None else spoilt.tolist()
        data = lines.data
        taken = 0
        columns = (lines.seq, lines.kind, lines.feed, lines.stored_at_us, lines.start, lines.stop)
        values = zip(*(c[rows].tolist() for c in (*columns, place)), known, strict=True)
        for seq, kind, feed, stored_at_us, start, stop, line, refused in values:
            if refused:
                self._ledger.refused(seq, feed, WRONG_SUM, data[start:stop])
                continue
            count = next(counts)
            if kind != _LINE:
                _catch_up(self.behind, lines, place, seq, kind, feed, line)
                self._control(gathered, kind, feed, seq, stored_at_us)
                continue
            self._ledger.heard(seq, feed, count)
            row = _Row(seq, feed, stored_at_us, line, data[start:stop])
            if count == 0:
                self._without_sentence(gathered, row)
                continue
            waiting = self._companions.get(feed)
            if waiting is not None and waiting.held:
                self._release(gathered, waiting.due(line), seq)
            matches = found.matches[taken : taken + count]
            sums = found.sums[taken : taken + count]
            taken += count
            for match, tag, verdict in zip(matches, _heads(row, start, matches), sums, strict=True):
                self._sentence(gathered, row, match, tag, verdict, count)
            if waiting is not None:
                waiting.end_before()

    def _sentence(
        self,
        gathered: Gathered,
        row: _Row,
        match: re.Match[bytes],
        place: tuple[bytes, bytes, Tag | None],
        verdict: int,
        count: int,
    ) -> None:
        """One sentence of a row, which has `count` of them."""
        raw = row.data if count == 1 else match[0]
        reason = unsound(match, verdict)
        if reason is not None:
            self._ledger.rejected(row.seq, row.feed, reason, raw)
            return
        head, tail, tag = place
        if tag is None:
            tag = origin(head, tail) if head or tail else NOWHERE
            waiting = self._companions.get(row.feed)
            if waiting is not None and waiting.before:
                said = waiting.taken(tag.group, match[2], int(match[8], 16))
                tag = beside(head, tail, said)
        part = Part(
            row.seq,
            int(match[3]),
            row.stored_at_us,
            tag.stamp_us,
            tag.station,
            tag.sound,
            match[6],
            int(match[7] or b"0"),
            raw,
            tag.level_db,
            tag.offset_ppm,
        )
        self._part(gathered, row, match, part, tag)

    def _without_sentence(self, gathered: Gathered, row: _Row) -> None:
        """A row without an AIS sentence: a companion of one, a datagram's head, or refused."""
        readable = len(row.data) <= LINE_MAX
        wrapped = readable and row.data[:1] == OPENS
        said = companion(row.data) if readable and not wrapped else None
        waiting = self._companions.get(row.feed)
        if waiting is None and isinstance(said, (Before, Signal)):
            waiting = FeedCompanions(row.feed, self._ledger)
            self._companions[row.feed] = waiting
        if waiting is not None:
            held = waiting.matched(said, row.line) if isinstance(said, Signal) else None
            if held is not None and isinstance(said, Signal):
                self._message(gathered, row.feed, row.seq, held.parts, held.last, said)
                self._ledger.decoded(row.seq, row.feed)
            self._release(gathered, waiting.due(row.line), row.seq)
            if isinstance(said, Before):
                waiting.say(row.seq, row.data, said)
            if held is not None or isinstance(said, Before):
                return
            if not isinstance(said, Signal):
                waiting.end_before()
        if row.data == DATAGRAM:
            self._ledger.decoded(row.seq, row.feed)
            return
        reason = said if isinstance(said, str) else "companion_unused" if said else None
        refused = sealed_refusal if wrapped else refusal
        self._ledger.rejected(row.seq, row.feed, reason or refused(row.data), row.data)

    def _control(
        self, gathered: Gathered, kind: int, feed: int, seq: int, stored_at_us: int
    ) -> None:
        """A broken connection or a restart ends what waits; a clock row lets time pass."""
        everywhere = kind in _EVERYWHERE
        for own, waiting in sorted(self._companions.items()):
            if everywhere or own == feed:
                self._release(gathered, waiting.due(None), seq)
                waiting.end_before()
        if everywhere:
            for _, assembly in sorted(self._assemblies.items()):
                assembly.give_up()
        elif feed in self._assemblies:
            if kind in _BREAKS:
                self._assemblies[feed].give_up()
            else:
                self._assemblies[feed].tell(stored_at_us)

    def reach(self, heard: dict[int, int]) -> None:
        """Every feed has come to its line of this number: what is too far behind has to go."""
        self.behind.let_go(heard.__getitem__)
        for feed, assembly in sorted(self._assemblies.items()):
            if assembly.busy():  # what waits there may have waited too long by now
                self.behind.tell(feed, heard.get(feed, 0) + 1)
            assembly.reach(heard.get(feed, 0))

    def catch_up(self, heard: dict[int, int]) -> None:
        """Tell the assemblies of all that was read in bulk; `heard`: lines of each feed so far."""
        for feed in self.behind.feeds():
            self.behind.tell(feed)
            self.assembly(feed).reach(heard.get(feed, 0))

    def give_up(self, gathered: Gathered) -> None:
        """Nothing more will come: parts are `incomplete`, what was held comes out as it is."""
        for _, assembly in sorted(self._assemblies.items()):
            assembly.give_up()
        held = []
        for feed, waiting in self._companions.items():
            held += [(h.last.seq, feed, h) for h in waiting.due(None)]
            waiting.end_before()
        for seq, _, one in sorted(held, key=lambda h: h[:2]):
            self._release(gathered, [one], seq)

    # -- messages -------------------------------------------------------------------------------
    def _part(
        self, gathered: Gathered, row: _Row, match: re.Match[bytes], part: Part, tag: Tag
    ) -> None:
        """A sound sentence: a message, or a part of one."""
        talker, total, _, sequence, channel = match.groups()[:5]
        parts: list[Part] | None = [part]
        if total != b"1":
            self.behind.tell(row.feed, row.line)
            assembly = self.assembly(row.feed)
            assembly.reach(row.line)
            assembly.tell(part.stored_at_us)
            own = (talker.decode(), channel.decode("latin-1"), sequence.decode("latin-1"))
            parts = assembly.add((tag.group, *own, int(total)), part)
        if parts is None:
            return
        waiting = self._companions.get(row.feed)
        if waiting is None or not waiting.signals:
            self._message(gathered, row.feed, row.seq, parts, part, None)
            return
        until = row.line + (GROUP_ROWS if tag.more else 1)
        link = sequence.decode("latin-1")
        waiting.hold(Held(until, row.line, row.feed, tag.group, link, parts, part))

    def _release(self, gathered: Gathered, due: list[Held], seq: int) -> None:
        for held in due:
            self._message(gathered, held.feed, seq, held.parts, held.last, None)

    def _message(
        self,
        gathered: Gathered,
        feed: int,
        seq: int,
        parts: list[Part],
        last: Part,
        signal: Signal | None,
    ) -> None:
        """A whole message: to the columns, to the others, or refused for what its bits are."""
        payload, fill = last.payload, last.fill
        if len(parts) > 1:
            payload, fill = joined([(part.payload, part.fill) for part in parts])
        msg_type = int(SIX_OF[payload[0]]) if payload else 0
        reason = unreadable(msg_type, len(payload) * 6 - fill)
        for part in parts:
            if reason is None:
                self._ledger.decoded(part.seq, feed)
            else:
                self._ledger.rejected(part.seq, feed, reason, part.line)
        if reason is not None:
            return
        self._ledger.message(feed, msg_type)
        half = leading(payload, 38, 2) if msg_type == 24 else 0
        stamp_us = first_stamp_us([part.stamp_us for part in parts])
        if signal is not None:
            stamp_us = signal.stamp_us(stamp_us, last.stored_at_us)
        station = next((part.station for part in parts if part.station), "")
        station = station or (signal.station if signal is not None else "")
        if msg_type not in COLUMN_TYPES or half > 1:
            mmsi, raw = leading(payload, 8, 30), tuple(part.line for part in parts)
            gathered.others.append((seq, feed, msg_type, mmsi, raw, station))
            gathered.other_times.append((stamp_us, last.stored_at_us))
            return
        flags = 0 if all(part.sound for part in parts) else Flag.CHECKSUM
        form = FORM_OF[msg_type, half]
        gathered.rows.append((seq, feed, last.stored_at_us, stamp_us, flags, form, fill))
        gathered.payloads.append(payload)
        gathered.station.append(station)
        if LAYOUTS[form].reports:
            level_db = _first_known([part.level_db for part in parts])
            if signal is not None and not isnan(signal.level_db):
                level_db = signal.level_db
            offset_ppm = _first_known([part.offset_ppm for part in parts])
            gathered.levels.append((seq, level_db, offset_ppm))
            gathered.measured |= not (isnan(level_db) and isnan(offset_ppm))

    # -- state ----------------------------------------------------------------------------------
    def save(self) -> State:
        """What waits, by feed."""
        return {
            "assemblies": [[feed, a.save()] for feed, a in sorted(self._assemblies.items())],
            "companions": [[feed, c.save()] for feed, c in sorted(self._companions.items())],
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave."""
        self._assemblies, self._companions = {}, {}
        self.behind.clear()
        for feed, saved in state["assemblies"]:
            self._assemblies[int(feed)] = FeedAssembly(int(feed), self._limits, self._ledger)
            self._assemblies[int(feed)].load(saved)
        for feed, saved in state["companions"]:
            self._companions[int(feed)] = FeedCompanions(int(feed), self._ledger)
            self._companions[int(feed)].load(saved)


def _catch_up(
    behind: Behind, lines: Lines, place: I64, seq: int, kind: int, feed: int, line: int
) -> None:
    """Tell the assemblies that a control row concerns of the bulk's messages before it."""
    if kind not in _EVERYWHERE:
        behind.tell(feed, line + 1)
        return
    until = int(np.searchsorted(lines.seq, seq))
    for own in behind.feeds():
        at = np.flatnonzero(lines.feed == own)
        before = int(np.searchsorted(at, until))
        if before:
            behind.tell(own, int(place[at[before - 1]]) + 1)
        elif at.size:  # what came before this batch
            behind.tell(own, int(place[at[0]]) + int(lines.kind[at[0]] != _LINE))
        else:
            behind.tell(own)


def _heads(
    row: _Row, start: int, matches: list[re.Match[bytes]]
) -> Iterator[tuple[bytes, bytes, Tag | None]]:
    """What stands before and behind each sentence of a row that begins at `start` of the batch; or
    what the object says that they are wrapped in."""
    if row.data[:1] == OPENS:
        tags = opened(row.data, f"\x01{row.seq}")
        yield from ((b"", b"", tags.get(match[0], NOWHERE)) for match in matches)
        return
    if len(matches) == 1:
        begin, end = matches[0].span()
        head, tail = row.data[: begin - start], row.data[end - start :]
        yield (*around(head, tail, 0), None) if head or tail else (b"", b"", None)
        return
    end = 0
    for k, match in enumerate(matches):
        begin = match.start() - start
        after = matches[k + 1].start() - start if k + 1 < len(matches) else len(row.data)
        head, end = row.data[end:begin], match.end() - start
        tail = row.data[end:after]
        yield (*around(head, tail, k), None) if head or tail else (b"", b"", None)


def _first_known(values: list[float]) -> float:
    return next((value for value in values if not isnan(value)), nan)
