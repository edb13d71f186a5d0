"""`NmeaDecoder`: rows of the log in, columns and rejects out; what waits is carried over.

Rows that hold one whole faultless sentence are found in bulk (`plain`); every other row goes the
careful road: find its sentences (`framing`), put messages of several parts together (`assembly`).
Then every payload of one form is cut into columns at once (`columns`), and each row is booked
(`ledger`). A compiled kernel may later take the place of the bulk road; the nouns at the two ends
stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from mda.decode.assembly import FeedAssembly, Part
from mda.decode.columns import FORM_OF, build
from mda.decode.fields import COLUMN_TYPES, HEADER_BITS, LAST_TYPE, MAX_BITS
from mda.decode.framing import ARMOUR_LEGAL, Sum, find, refusal
from mda.decode.ledger import Ledger
from mda.decode.limits import Limits
from mda.decode.messages import Messages, event_times
from mda.decode.payload import SIX_OF, joined, leading
from mda.decode.plain import LEAST_ROWS, plain_rows
from mda.decode.stamps import NOWHERE, around, first_stamp_us, origin
from mda.decode.stations import Stations
from mda.decode.tagblock import Tag
from mda.model.lines import Lines, Other, RowKind
from mda.model.protocols import Books, Decoded
from mda.model.reports import I64, Flag
from mda.model.state import State

_LINE: Final = int(RowKind.LINE)
_BREAKS: Final = (RowKind.CONNECT, RowKind.DISCONNECT, RowKind.SPOOL_GAP)


@dataclass(slots=True)
class _Gathered:
    """What the careful road found during one call."""

    rows: list[tuple[int, ...]] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    station: list[str] = field(default_factory=list)
    others: list[tuple[int, int, int, int, tuple[bytes, ...]]] = field(default_factory=list)
    other_times: list[tuple[int, int]] = field(default_factory=list)


class NmeaDecoder:
    """Implements `mda.model.Decoder` for NMEA 0183 / IEC 61162 AIS sentences."""

    def __init__(
        self,
        default_stations: Mapping[int, str] | None = None,
        limits: Limits | None = None,
        *,
        bulk: bool = True,
    ) -> None:
        """`default_stations`: by feed code, the station of lines that do not name theirs.

        `bulk` false sends every row along the careful road: the same answers, slower.
        """
        self._limits = limits or Limits()
        self._stations = Stations(default_stations or {})
        self._assemblies: dict[int, FeedAssembly] = {}
        self._ledger = Ledger()
        self._heard: dict[int, int] = {}
        self._bulk = bulk

    @property
    def stations(self) -> Sequence[str]:
        """Names by station code, in the order first heard."""
        return self._stations.names

    @property
    def books(self) -> Mapping[int, Books]:
        """The balance by feed code since the beginning."""
        return self._ledger.books

    # -- the call -------------------------------------------------------------------------------
    def decode(self, lines: Lines) -> Decoded:
        """Decode the LINE rows; control rows only end what waits on a broken connection."""
        place = self._places(lines)
        rows, plain = np.arange(len(lines)), None
        if self._bulk and len(lines) >= LEAST_ROWS:
            row, plain = plain_rows(lines)
            rows = np.delete(rows, row)
            self._book(plain)
        gathered = _Gathered()
        self._walk(gathered, lines, rows, place)
        for feed, assembly in sorted(self._assemblies.items()):
            assembly.reach(self._heard.get(feed, 0))
        return self._finish(gathered, plain)

    def flush(self) -> Decoded:
        """Reject what still waits as `incomplete`."""
        for _, assembly in sorted(self._assemblies.items()):
            assembly.give_up()
        return self._finish(_Gathered(), None)

    def _places(self, lines: Lines) -> I64:
        """Each row's number among its feed's lines, from 1; a control row has the last one's."""
        place = np.zeros(len(lines), np.int64)
        for feed in np.unique(lines.feed).tolist():
            own = lines.feed == feed
            count = np.cumsum(lines.kind[own] == _LINE) + self._heard.get(feed, 0)
            place[own] = count
            self._heard[feed] = int(count[-1])
        return place

    def _book(self, plain: Messages) -> None:
        """Book the plain rows, whose messages are whole."""
        msg_type = SIX_OF[plain.octets[plain.columns["start"]]]
        for feed in np.unique(plain.columns["feed"]).tolist():
            types = Counter(msg_type[plain.columns["feed"] == feed].tolist())
            self._ledger.decoded_rows(feed, types)

    def _finish(self, gathered: _Gathered, plain: Messages | None) -> Decoded:
        """Columns of all messages of a call, and what the ledger has to tell."""
        messages = Messages.of(gathered.rows, gathered.payloads, gathered.station)
        messages = messages if plain is None else messages.merged(plain)
        columns = messages.columns
        at_us, late = event_times(
            columns["stamp_us"], columns["stored_at_us"], self._limits.ahead_us
        )
        station = self._stations.codes(messages.station, columns["feed"])
        reports, statics = build(messages, at_us, columns["flags"] | late, station)
        rejected, types = self._ledger.drain()
        return Decoded(reports, statics, self._others(gathered), rejected, types)

    def _others(self, gathered: _Gathered) -> list[Other]:
        times = np.array(gathered.other_times, np.int64).reshape(-1, 2)
        at_us, _ = event_times(times[:, 0], times[:, 1], self._limits.ahead_us)
        return [
            Other(seq, feed, msg_type, mmsi, at, raw)
            for (seq, feed, msg_type, mmsi, raw), at in zip(
                gathered.others, at_us.tolist(), strict=True
            )
        ]

    # -- the careful road -----------------------------------------------------------------------
    def _walk(self, gathered: _Gathered, lines: Lines, rows: I64, place: I64) -> None:
        """Rows one by one: their sentences, or the reason why they hold none."""
        found = find(lines, rows)
        data = lines.data
        taken = 0
        columns = (lines.seq, lines.kind, lines.feed, lines.stored_at_us, lines.start, lines.stop)
        values = zip(*(c[rows].tolist() for c in (*columns, place)), found.counts, strict=True)
        for seq, kind, feed, stored_at_us, start, stop, line, count in values:
            if kind != _LINE:
                self._control(kind, feed, stored_at_us)
                continue
            self._ledger.heard(seq, feed, count)
            if count == 0:
                row = data[start:stop]
                self._ledger.rejected(seq, feed, refusal(row), row)
                continue
            ends = [start, *(m.end() for m in found.matches[taken : taken + count])]
            for k in range(count):
                match = found.matches[taken + k]
                begin, end = match.span()
                after = found.matches[taken + k + 1].start() if k + 1 < count else stop
                head, tail = data[ends[k] : begin], data[end:after]
                tag = origin(*around(head, tail, k)) if head or tail else NOWHERE
                part = _read(match, found.sums[taken + k], seq, stored_at_us, tag)
                raw = data[start:stop] if count == 1 else data[begin:end]
                if isinstance(part, str):
                    self._ledger.rejected(seq, feed, part, raw)
                else:
                    self._part(gathered, feed, line, match, part._replace(line=raw), tag.group)
            taken += count

    def _control(self, kind: int, feed: int, stored_at_us: int) -> None:
        """A broken connection or a restart ends what waits; a clock row lets time pass."""
        if kind in (RowKind.START, RowKind.STOP):
            for _, assembly in sorted(self._assemblies.items()):
                assembly.give_up()
        elif feed in self._assemblies:
            if kind in _BREAKS:
                self._assemblies[feed].give_up()
            else:
                self._assemblies[feed].tell(stored_at_us)

    def _part(
        self,
        gathered: _Gathered,
        feed: int,
        line: int,
        match: re.Match[bytes],
        part: Part,
        group: str,
    ) -> None:
        """A sound sentence: a message, or a part of one."""
        talker, total, _, sequence, channel = match.groups()[:5]
        if total == b"1":
            self._message(gathered, feed, [part], part)
            return
        assembly = self._assemblies.get(feed)
        if assembly is None:
            assembly = FeedAssembly(feed, self._limits, self._ledger)
            self._assemblies[feed] = assembly
        assembly.reach(line)
        assembly.tell(part.stored_at_us)
        own = (talker.decode(), channel.decode("latin-1"), sequence.decode("latin-1"))
        parts = assembly.add((group, *own, int(total)), part)
        if parts is not None:
            self._message(gathered, feed, parts, part)

    def _message(self, gathered: _Gathered, feed: int, parts: list[Part], last: Part) -> None:
        """A whole message: to the columns, to the others, or refused for what its bits are."""
        payload, fill = joined([(part.payload, part.fill) for part in parts])
        msg_type = int(SIX_OF[payload[0]]) if payload else 0
        reason = _unreadable(msg_type, len(payload) * 6 - fill)
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
        if msg_type not in COLUMN_TYPES or half > 1:
            mmsi, raw = leading(payload, 8, 30), tuple(part.line for part in parts)
            gathered.others.append((last.seq, feed, msg_type, mmsi, raw))
            gathered.other_times.append((stamp_us, last.stored_at_us))
            return
        flags = 0 if all(part.sound for part in parts) else Flag.CHECKSUM
        form = FORM_OF[msg_type, half]
        gathered.rows.append((last.seq, feed, last.stored_at_us, stamp_us, flags, form, fill))
        gathered.payloads.append(payload)
        gathered.station.append(next((part.station for part in parts if part.station), ""))

    # -- state ----------------------------------------------------------------------------------
    def save(self) -> State:
        """Stations, books, line counts and waiting parts."""
        return {
            "stations": list(self._stations.names),
            "heard": [list(pair) for pair in sorted(self._heard.items())],
            "ledger": self._ledger.save(),
            "assemblies": [[feed, a.save()] for feed, a in sorted(self._assemblies.items())],
        }

    def load(self, state: State) -> None:
        """Take over a saved state whole (default stations and limits stay the constructor's)."""
        self._stations.load([str(name) for name in state["stations"]])
        self._heard = {int(feed): int(count) for feed, count in state["heard"]}
        self._ledger.load(state["ledger"])
        self._assemblies = {}
        for feed, saved in state["assemblies"]:
            self._assemblies[int(feed)] = FeedAssembly(int(feed), self._limits, self._ledger)
            self._assemblies[int(feed)].load(saved)


def _read(
    match: re.Match[bytes], checksum: int, seq: int, stored_at_us: int, tag: Tag
) -> Part | str:
    """The sentence as a part (its line not yet set), or the reason to refuse it."""
    _, total, number, _, _, payload, fill, _ = match.groups()
    if checksum:
        return "checksum" if checksum == Sum.WRONG else "no_checksum"
    digits = len(total) == len(number) == 1 and total.isdigit() and number.isdigit()
    if not digits or not b"1" <= number <= total:
        return "bad_fragment"
    if not payload:
        return "empty_payload"
    if payload.translate(None, ARMOUR_LEGAL):
        return "bad_armour"
    if fill > b"5":
        return "bad_fill"
    return Part(
        seq,
        int(number),
        stored_at_us,
        tag.stamp_us,
        tag.station,
        tag.sound,
        payload,
        int(fill or b"0"),
        b"",
    )


def _unreadable(msg_type: int, bits: int) -> str | None:
    """Why a whole message cannot be read, None if it can."""
    if not 1 <= msg_type <= LAST_TYPE:
        return "unknown_type"
    if bits > MAX_BITS:
        return "too_long"
    if bits < HEADER_BITS + (2 if msg_type == 24 else 0):
        return "undecodable"
    return None
