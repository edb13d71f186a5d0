"""`NmeaDecoder`: rows of the log in, columns and rejects out; what waits is carried over.

Bytes to columns in four steps: find sentences in the rows (`framing`), put messages of several
parts together (`assembly`), cut every payload of one form into columns at once (`columns`), and
book each row (`ledger`). A compiled kernel may later take the place of the steps; the nouns at the
two ends stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from mda.clock import NO_TIME_US
from mda.decode.assembly import FeedAssembly, Part
from mda.decode.columns import FORM_OF, Messages, build
from mda.decode.fields import COLUMN_TYPES, HEADER_BITS, LAST_TYPE, MAX_BITS
from mda.decode.framing import ARMOUR_LEGAL, Sum, find, refusal
from mda.decode.ledger import Ledger
from mda.decode.limits import Limits
from mda.decode.payload import SIX_OF, joined, leading
from mda.decode.stamps import NOWHERE, origin
from mda.decode.tagblock import Tag
from mda.model.lines import Lines, Other, RowKind
from mda.model.protocols import Books, Decoded
from mda.model.reports import Flag
from mda.model.state import State

STATIONS_MAX: Final = 4096
"""Most station names taken from the wire; beyond it a line counts under its feed's own station."""
_LINE: Final = int(RowKind.LINE)
_BREAKS: Final = (RowKind.CONNECT, RowKind.DISCONNECT, RowKind.SPOOL_GAP)
_TYPE_OF: Final[list[int]] = SIX_OF.tolist()


class _Batch:
    """What is being gathered during one call."""

    def __init__(self) -> None:
        self.messages = Messages()
        self.others: list[Other] = []


class NmeaDecoder:
    """Implements `mda.model.Decoder` for NMEA 0183 / IEC 61162 AIS sentences."""

    def __init__(
        self, default_stations: Mapping[int, str] | None = None, limits: Limits | None = None
    ) -> None:
        """`default_stations`: by feed code, the station of lines that do not name theirs."""
        self._defaults = dict(default_stations or {})
        self._limits = limits or Limits()
        self._stations: list[str] = []
        self._codes: dict[str, int] = {}
        self._assemblies: dict[int, FeedAssembly] = {}
        self._ledger = Ledger()

    @property
    def stations(self) -> Sequence[str]:
        """Names by station code, in the order first heard."""
        return self._stations

    @property
    def books(self) -> Mapping[int, Books]:
        """The balance by feed code since the beginning."""
        return self._ledger.books

    # -- the call -------------------------------------------------------------------------------
    def decode(self, lines: Lines) -> Decoded:
        """Decode the LINE rows; control rows only end what waits on a broken connection."""
        batch = _Batch()
        found = find(lines)
        data = lines.data
        taken = 0
        columns = (lines.seq, lines.kind, lines.feed, lines.stored_at_us, lines.start, lines.stop)
        rows = zip(*(column.tolist() for column in columns), found.counts, strict=True)
        for seq, kind, feed, stored_at_us, start, stop, count in rows:
            if kind != _LINE:
                self._control(kind, feed, stored_at_us)
                continue
            self._assembly(feed).step(stored_at_us)
            self._ledger.heard(seq, feed, count)
            if count == 0:
                row = data[start:stop]
                self._ledger.rejected(seq, feed, refusal(row), row)
                continue
            matches = found.matches[taken : taken + count]
            sums = found.sums[taken : taken + count]
            taken += count
            for k, match in enumerate(matches):
                begin, end = match.span()
                before = matches[k - 1].end() if k else start
                after = matches[k + 1].start() if k + 1 < count else stop
                head, tail = data[before:begin], data[end:after]
                tag = origin(*_around(head, tail, k)) if head or tail else NOWHERE
                line = data[start:stop] if count == 1 else data[begin:end]
                self._sentence(batch, seq, feed, stored_at_us, match, sums[k], tag, line)
        return self._finish(batch)

    def flush(self) -> Decoded:
        """Reject what still waits as `incomplete`."""
        for _, assembly in sorted(self._assemblies.items()):
            assembly.give_up()
        return self._finish(_Batch())

    def _finish(self, batch: _Batch) -> Decoded:
        reports, statics = build(batch.messages)
        rejected, types = self._ledger.drain()
        return Decoded(reports, statics, batch.others, rejected, types)

    def _assembly(self, feed: int) -> FeedAssembly:
        assembly = self._assemblies.get(feed)
        if assembly is None:
            assembly = FeedAssembly(feed, self._limits, self._ledger)
            self._assemblies[feed] = assembly
        return assembly

    def _control(self, kind: int, feed: int, stored_at_us: int) -> None:
        """A broken connection or a restart ends what waits; a clock row only lets time pass."""
        if kind in (RowKind.START, RowKind.STOP):
            for _, assembly in sorted(self._assemblies.items()):
                assembly.give_up()
        elif feed in self._assemblies:
            if kind in _BREAKS:
                self._assemblies[feed].give_up()
            else:
                self._assemblies[feed].step(stored_at_us, lines=0)

    # -- one sentence ---------------------------------------------------------------------------
    def _sentence(
        self,
        batch: _Batch,
        seq: int,
        feed: int,
        stored_at_us: int,
        match: re.Match[bytes],
        checksum: int,
        tag: Tag,
        line: bytes,
    ) -> None:
        talker, total, number, sequence, channel, payload, fill, _ = match.groups()
        reason = None
        if checksum:
            reason = "checksum" if checksum == Sum.WRONG else "no_checksum"
        elif not payload:
            reason = "empty_payload"
        elif payload.translate(None, ARMOUR_LEGAL):
            reason = "bad_armour"
        elif fill > b"5":
            reason = "bad_fill"
        elif total != b"1" or number != b"1":
            reason = _misnumbered(total, number)
        if reason is not None:
            self._ledger.rejected(seq, feed, reason, line)
            return
        part = Part(
            seq,
            int(number),
            stored_at_us,
            tag.stamp_us,
            tag.station,
            tag.sound,
            payload,
            int(fill or b"0"),
            line,
        )
        if total == b"1":
            self._message(batch, feed, [part], seq, stored_at_us)
            return
        texts = (tag.group, talker.decode(), channel.decode("latin-1"), sequence.decode("latin-1"))
        parts = self._assembly(feed).add((*texts, int(total)), part)
        if parts is not None:
            self._message(batch, feed, parts, seq, stored_at_us)

    # -- one message ----------------------------------------------------------------------------
    def _message(
        self, batch: _Batch, feed: int, parts: list[Part], seq: int, stored_at_us: int
    ) -> None:
        """A whole message: to the columns, to the others, or refused for what its bits are."""
        if len(parts) == 1:
            payload, fill = parts[0].payload, parts[0].fill
        else:
            payload, fill = joined([(part.payload, part.fill) for part in parts])
        msg_type, bits = _TYPE_OF[payload[0]] if payload else 0, len(payload) * 6 - fill
        if (reason := _unreadable(msg_type, bits)) is not None:
            for part in parts:
                self._ledger.rejected(part.seq, feed, reason, part.line)
            return
        for part in parts:
            self._ledger.decoded(part.seq, feed)
        self._ledger.message(feed, msg_type)
        half = leading(payload, 38, 2) if msg_type == 24 else 0
        stamp_us = next((p.stamp_us for p in parts if p.stamp_us != NO_TIME_US), NO_TIME_US)
        at_us, flags = self._event_time(stamp_us, stored_at_us)
        if msg_type not in COLUMN_TYPES or half > 1:
            mmsi, raw = leading(payload, 8, 30), tuple(part.line for part in parts)
            batch.others.append(Other(seq, feed, msg_type, mmsi, at_us, raw))
            return
        station = next((p.station for p in parts if p.station), "")
        if not all(part.sound for part in parts):
            flags |= Flag.CHECKSUM
        messages = batch.messages
        messages.seq.append(seq)
        messages.feed.append(feed)
        messages.station.append(self._station(station, feed))
        messages.at_us.append(at_us)
        messages.received_at_us.append(stored_at_us if stamp_us == NO_TIME_US else stamp_us)
        messages.flags.append(flags)
        messages.form.append(FORM_OF[msg_type, half])
        messages.payload.append(payload)
        messages.fill.append(fill)

    def _event_time(self, stamp_us: int, stored_at_us: int) -> tuple[int, int]:
        """Event time and its flag: the origin's own time unless it runs ahead of the node's."""
        if stamp_us == NO_TIME_US:
            return stored_at_us, 0
        if stored_at_us != NO_TIME_US and stamp_us > stored_at_us + self._limits.ahead_us:
            return stored_at_us, Flag.TIME_SUSPECT
        return stamp_us, 0

    def _station(self, name: str, feed: int) -> int:
        if not name or (name not in self._codes and len(self._stations) >= STATIONS_MAX):
            name = self._defaults.get(feed, f"feed {feed}")
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self._stations)
            self._stations.append(name)
        return code

    # -- state ----------------------------------------------------------------------------------
    def save(self) -> State:
        """Stations, books and waiting parts."""
        return {
            "stations": list(self._stations),
            "ledger": self._ledger.save(),
            "assemblies": [
                [feed, assembly.save()] for feed, assembly in sorted(self._assemblies.items())
            ],
        }

    def load(self, state: State) -> None:
        """Take over a saved state whole (default stations and limits stay the constructor's)."""
        self._stations = [str(name) for name in state["stations"]]
        self._codes = {name: code for code, name in enumerate(self._stations)}
        self._ledger.load(state["ledger"])
        self._assemblies = {}
        for feed, saved in state["assemblies"]:
            self._assembly(int(feed)).load(saved)


def _around(head: bytes, tail: bytes, place: int) -> tuple[bytes, bytes]:
    """What belongs to a sentence of what stands around it.

    Between two sentences on one line stands the first one's suffix (it begins with a comma), then
    the second one's head (a prefix or TAG block).
    """
    if place and head[:1] == b",":
        head = head[head.find(b"\\") :] if b"\\" in head else b""
    if tail[:1] == b",":
        return head, tail.partition(b"\\")[0]
    return head, b""


def _misnumbered(total: bytes, number: bytes) -> str | None:
    """`bad_fragment` unless total and number are digits with 1 <= number <= total <= 9."""
    digits = len(total) == len(number) == 1 and total.isdigit() and number.isdigit()
    return None if digits and b"1" <= number <= total else "bad_fragment"


def _unreadable(msg_type: int, bits: int) -> str | None:
    """Why a whole message cannot be read, None if it can."""
    if not 1 <= msg_type <= LAST_TYPE:
        return "unknown_type"
    if bits > MAX_BITS:
        return "too_long"
    if bits < HEADER_BITS + (2 if msg_type == 24 else 0):
        return "undecodable"
    return None
