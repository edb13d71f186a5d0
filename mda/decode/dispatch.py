"""`LogDecoder`: each feed's lines to the decoder that its dialect wants, one answer for all.

*Definition.* A feed is a table of decoded AIS if the CONNECT row before its lines brings a column
map, or if its very first line is the header of a known layout; every other feed is NMEA. Both
decoders share the stations and the books. Station codes are given in the log's order whatever the
chunks, so rows of tables and sentences that came interleaved are decoded as if one by one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mda.decode.decoder import NmeaDecoder
from mda.decode.ledger import Ledger
from mda.decode.limits import Limits
from mda.decode.rows import RowDecoder, RowsFound
from mda.decode.rows_layouts import recognised
from mda.decode.stations import Stations
from mda.model.lines import Lines, RowKind
from mda.model.protocols import Books, Decoded
from mda.model.reports import I32, Reports, Statics
from mda.model.state import State
from mda.model.tables import CONNECT_KEY, ColumnMap

_LINE: Final = int(RowKind.LINE)
_MARK: Final = f'"{CONNECT_KEY}"'.encode()


class LogDecoder:
    """Implements `mda.model.Decoder` for every dialect that a log may hold."""

    def __init__(
        self, default_stations: Mapping[int, str] | None = None, limits: Limits | None = None
    ) -> None:
        """`default_stations`: by feed code, the station of lines that do not name theirs."""
        limits = limits or Limits()
        self._stations, self._ledger = Stations(default_stations or {}), Ledger()
        self._nmea = NmeaDecoder(limits=limits, stations=self._stations, ledger=self._ledger)
        self._rows = RowDecoder(self._ledger, limits.ahead_us)
        self._begun: set[int] = set()
        """Feeds of which a line has come, so that it is decided what they are."""
        self._placed: set[int] = set()
        """Table feeds whose station has its code."""

    @property
    def stations(self) -> Sequence[str]:
        """Names by station code, in the order first heard."""
        return self._stations.names

    @property
    def books(self) -> Mapping[int, Books]:
        """The balance by feed code since the beginning."""
        return self._ledger.books

    def decode(self, lines: Lines) -> Decoded:
        """Decode the LINE rows, each as its feed's dialect wants it."""
        parts = [self._stretch(part) for part in self._stretches(lines)]
        return parts[0] if len(parts) == 1 else _merged(parts)

    def flush(self) -> Decoded:
        """Reject what still waits as `incomplete`."""
        return self._nmea.flush()

    def _stretches(self, lines: Lines) -> Iterator[Lines]:
        """The batch, cut behind each CONNECT row that brings a column map."""
        first = 0
        for row in np.flatnonzero(lines.kind == RowKind.CONNECT).tolist():
            column_map = _map_in(lines.line(row))
            if column_map is not None:
                yield lines.take(first, row + 1)
                first = row + 1
                self._rows.begin(int(lines.feed[row]), column_map)
        yield lines.take(first, len(lines)) if first else lines

    def _stretch(self, lines: Lines) -> Decoded:
        tables = [feed for feed in _feeds(lines) if self._is_table(feed, lines)]
        if not tables:
            return self._nmea.decode(lines)
        ours = (lines.kind == _LINE) & np.isin(lines.feed, tables)
        found = self._rows.decode(lines, np.flatnonzero(ours))
        rest = _chosen(lines, ~ours)
        parts = [self._nmea.decode(part) for part in self._around_first(rest, found) if len(part)]
        return _merged([*parts, self._placed_rows(found)])

    def _is_table(self, feed: int, lines: Lines) -> bool:
        """Whether a feed is a table; decided once, by the first of its lines."""
        if feed not in self._begun:
            own = np.flatnonzero((lines.feed == feed) & (lines.kind == _LINE))
            if own.size == 0:
                return False
            self._begun.add(feed)
            if feed not in self._rows.feeds and recognised(lines.line(int(own[0]))) is not None:
                self._rows.begin(feed)
        return feed in self._rows.feeds

    def _around_first(self, rest: Lines, found: RowsFound) -> Iterator[Lines]:
        """The sentences, cut where a table's station is first heard: it takes its code there."""
        firsts: dict[int, int] = {}
        for feed, seq in _begins(found):
            if feed not in self._placed:
                firsts[feed] = min(firsts.get(feed, seq), seq)
        begin = 0
        for feed, seq in sorted(firsts.items(), key=lambda item: item[1]):
            end = int(np.searchsorted(rest.seq, seq))
            yield rest.take(begin, end)
            begin = end
            self._stations.code("", feed)
            self._placed.add(feed)
        yield rest.take(begin, len(rest))

    def _placed_rows(self, found: RowsFound) -> Decoded:
        """What the rows became, with the stations of their feeds, and what the ledger has."""
        for reports in found.reports:
            reports.station[:] = self._station(reports.feed)
        for statics in found.statics:
            statics.station[:] = self._station(statics.feed)
        rejected, types = self._ledger.drain()
        return Decoded(
            Reports.concat(found.reports),
            Statics.concat(found.statics),
            found.others,
            rejected,
            types,
        )

    def _station(self, feed: I32) -> int:
        """Code of the station of rows of one feed."""
        return self._stations.code("", int(feed[0])) if len(feed) else 0

    # -- state ----------------------------------------------------------------------------------
    def save(self) -> State:
        """Both decoders, and which feeds have begun."""
        return {
            "nmea": self._nmea.save(),
            "rows": self._rows.save(),
            "begun": sorted(self._begun),
            "placed": sorted(self._placed),
        }

    def load(self, state: State) -> None:
        """Take over a saved state whole."""
        self._nmea.load(state["nmea"])
        self._rows.load(state["rows"])
        self._begun = {int(feed) for feed in state["begun"]}
        self._placed = {int(feed) for feed in state["placed"]}


def _feeds(lines: Lines) -> list[int]:
    """Feeds of a batch, rising; mostly one."""
    if len(lines) and bool((lines.feed == lines.feed[0]).all()):
        return [int(lines.feed[0])]
    found: list[int] = np.unique(lines.feed).tolist()
    return found


def _map_in(body: bytes) -> ColumnMap | None:
    """The column map in a CONNECT row's body, if it brings one."""
    if _MARK not in body:
        return None
    try:
        return ColumnMap.of(json.loads(body)[CONNECT_KEY])
    except (ValueError, TypeError, KeyError):
        return None


def _begins(found: RowsFound) -> Iterator[tuple[int, int]]:
    """Feed and first number of every batch in which rows became anything."""
    for reports in found.reports:
        if len(reports):
            yield int(reports.feed[0]), int(reports.seq[0])
    for statics in found.statics:
        if len(statics):
            yield int(statics.feed[0]), int(statics.seq[0])


def _chosen(lines: Lines, rows: NDArray[np.bool_]) -> Lines:
    return Lines(
        lines.seq[rows],
        lines.kind[rows],
        lines.feed[rows],
        lines.stored_at_us[rows],
        lines.start[rows],
        lines.stop[rows],
        lines.data,
    )


def _merged(parts: Sequence[Decoded]) -> Decoded:
    """Several answers to one batch as one, in the log's order."""
    types: Counter[int] = Counter()
    for part in parts:
        types.update(part.messages_by_type)
    return Decoded(
        _in_order(Reports.concat([part.reports for part in parts])),
        _in_order(Statics.concat([part.statics for part in parts])),
        sorted((o for part in parts for o in part.others), key=lambda o: o.seq),
        sorted((r for part in parts for r in part.rejected), key=lambda r: r.seq),
        dict(sorted(types.items())),
    )


def _in_order(batch: Any) -> Any:
    seq = batch.seq
    if len(batch) < 2 or bool((seq[1:] >= seq[:-1]).all()):
        return batch
    return batch.take(np.argsort(seq, kind="stable"))
