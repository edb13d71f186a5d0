"""`NmeaDecoder`: rows of the log in, columns and rejects out; what waits is carried over.

Rows that hold one whole faultless sentence are found in bulk (`plain`, compiled); every other row
goes the careful road (`careful`). Then every payload is cut into columns at once (`columns`), and
each row is booked (`ledger`). What both roads make of a plain row is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from mda.decode.careful import CarefulRoad, Gathered
from mda.decode.columns import build
from mda.decode.ledger import Ledger
from mda.decode.limits import Limits
from mda.decode.messages import Messages, event_times
from mda.decode.others import LateOthers
from mda.decode.plain import LEAST_ROWS, Plain, plain_messages
from mda.decode.stations import Stations
from mda.model.lines import Lines, Other, RowKind
from mda.model.protocols import Books, Decoded
from mda.model.reports import I64, Reports, Statics
from mda.model.state import State

_LINE: Final = int(RowKind.LINE)
_FEW: Final = 64
"""Up to this many rows are counted faster one by one."""


class NmeaDecoder:
    """Implements `mda.model.Decoder` for NMEA 0183 / IEC 61162 AIS sentences."""

    def __init__(
        self,
        default_stations: Mapping[int, str] | None = None,
        limits: Limits | None = None,
        *,
        bulk: bool = True,
        stations: Stations | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """`default_stations`: by feed code, the station of lines that do not name theirs.

        `bulk` false sends every row along the careful road: the same answers, slower. `stations`
        and `ledger` are those of a decoder of several dialects, which shares them.
        """
        self._limits = limits or Limits()
        self._stations = stations or Stations(default_stations or {})
        self._ledger = ledger or Ledger()
        self._careful = CarefulRoad(self._limits, self._ledger)
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
        rows, plain, spoilt = np.arange(len(lines)), None, None
        if self._bulk and len(lines) >= LEAST_ROWS:
            free = self._careful.reserved(lines)
            plain = plain_messages(free, self._limits, self._careful.busy())
            rows, spoilt = plain.left, plain.spoilt
            for feed, msg_type, rows_each, messages in plain.counts:
                self._ledger.decoded_rows(feed, {msg_type: messages}, rows_each)
            self._careful.behind.add(plain.pairs, place)
        gathered = Gathered()
        self._careful.walk(gathered, lines, rows, place, spoilt)
        self._careful.reach(self._heard)
        return self._finish(gathered, plain)

    def flush(self) -> Decoded:
        """Nothing more comes: waiting parts are rejected as `incomplete`, and a message that waited
        for its signal's strength comes out without it."""
        gathered = Gathered()
        self._careful.catch_up(self._heard)
        self._careful.give_up(gathered)
        return self._finish(gathered, None)

    def _places(self, lines: Lines) -> I64:
        """Each row's number among its feed's lines, from 1; a control row has the last one's."""
        if len(lines) <= _FEW:
            return np.array(list(map(self._placed, lines.feed.tolist(), lines.kind.tolist())), "i8")
        feed = int(lines.feed[0])
        if not lines.kind.any() and bool((lines.feed == feed).all()):  # only lines, of one feed
            heard = self._heard.get(feed, 0)
            self._heard[feed] = heard + len(lines)
            return np.arange(heard + 1, heard + 1 + len(lines))
        place = np.zeros(len(lines), np.int64)
        only = bool((lines.feed == lines.feed[0]).all())
        for feed in lines.feed[:1].tolist() if only else np.unique(lines.feed).tolist():
            own = lines.feed == feed
            count = np.cumsum(lines.kind[own] == _LINE) + self._heard.get(feed, 0)
            place[own] = count
            self._heard[feed] = int(count[-1])
        return place

    def _placed(self, feed: int, kind: int) -> int:
        count = self._heard.get(feed, 0) + (kind == _LINE)
        self._heard[feed] = count
        return count

    def _finish(self, gathered: Gathered, plain: Plain | None) -> Decoded:
        """Columns of all messages of a call, and what the ledger has to tell."""
        messages = Messages.of(gathered.rows, gathered.payloads, gathered.station)
        messages = messages if plain is None else messages.merged(plain.messages)
        others = self._others(gathered, plain)
        if not len(messages):
            rejected, types = self._ledger.drain()
            return Decoded(Reports.blank(0), Statics.blank(0), others, rejected, types)
        at_us, late = event_times(messages.stamp_us, messages.stored_at_us, self._limits.ahead_us)
        messages.flags[:] |= late
        station = self._stations.codes(messages.names, messages.name, messages.feed)
        reports, statics = build(messages, at_us, station)
        _set_levels(reports, gathered)
        rejected, types = self._ledger.drain()
        return Decoded(reports, statics, others, rejected, types)

    def _others(self, gathered: Gathered, plain: Plain | None) -> Sequence[Other]:
        """Messages without columns, in the order of their rows; those in bulk not made yet."""
        times = np.array(gathered.other_times, np.int64).reshape(-1, 2).T.copy()
        at_us, _ = event_times(times[0], times[1], self._limits.ahead_us)
        found = [
            Other(seq, feed, msg_type, mmsi, at, raw, station)
            for (seq, feed, msg_type, mmsi, raw, station), at in zip(
                gathered.others, at_us.tolist(), strict=True
            )
        ]
        if plain is None or not len(plain.others):
            return sorted(found, key=lambda other: other.seq)
        return LateOthers(plain.others, found, self._limits.ahead_us)

    # -- state ----------------------------------------------------------------------------------
    def save(self) -> State:
        """Stations, books, line counts and waiting parts."""
        self._careful.catch_up(self._heard)
        return {
            "stations": list(self._stations.names),
            "heard": [list(pair) for pair in sorted(self._heard.items())],
            "ledger": self._ledger.save(),
            **self._careful.save(),
        }

    def load(self, state: State) -> None:
        """Take over a saved state whole (default stations and limits stay the constructor's)."""
        self._stations.load([str(name) for name in state["stations"]])
        self._heard = {int(feed): int(count) for feed, count in state["heard"]}
        self._ledger.load(state["ledger"])
        self._careful.load(state)


def _set_levels(reports: Reports, gathered: Gathered) -> None:
    """Level and frequency offset of the reports from the careful road; only it knows any.

    No row gives reports by both roads, so its reports are those of its rows, in their order.
    """
    if not gathered.measured:
        return
    seq, level_db, offset_ppm = np.array(gathered.levels, np.float64).T
    row = np.flatnonzero(np.isin(reports.seq, seq.astype(np.int64)))
    reports.level_db[row] = level_db
    reports.offset_ppm[row] = offset_ppm
