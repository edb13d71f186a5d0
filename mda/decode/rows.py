"""`RowDecoder`: rows of tables of decoded AIS, each a line of the log exactly as it stands there.

A feed's table begins with its header, a line like every other; what it announces is kept. A row
becomes a report, static data, both, or (a message type that has no columns) one that is counted and
kept; or it is rejected: `header` (a header is no report: nothing is wrong with it), `no_header` (no
known header has come yet), `bad_row` (another number of cells than the header), `bad_time`,
`bad_mmsi`, `bad_position` (neither number nor nothing). Any other cell that cannot be read is not
available. A row knows nothing of its neighbours, so no chunking can change it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.decode import rows_columns as columns_of
from mda.decode.ledger import Ledger
from mda.decode.messages import event_times
from mda.decode.rows_cells import Cells, split
from mda.decode.rows_columns import Columns
from mda.decode.rows_kernel import row_identities
from mda.decode.rows_layouts import TableLayout, recognised
from mda.model.lines import Lines, Other
from mda.model.reports import I64, U64, Reports, Statics
from mda.model.state import State
from mda.model.tables import STATIC_FIELDS, ColumnMap

_DATA_FIRST: Final = np.zeros(256, np.bool_)
_DATA_FIRST[list(b"0123456789-+.,; ")] = True
"""First bytes with which no header begins."""
_QUOTE: Final = 34
_WRONG: Final = ("bad_time", "bad_mmsi", "bad_position")


@dataclass(slots=True)
class RowsFound:
    """What rows became; the station of each is still to be set."""

    reports: list[Reports] = field(default_factory=list)
    statics: list[Statics] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)


@dataclass(slots=True)
class _Table:
    """What is known of one feed's table."""

    map: ColumnMap | None = None
    header: bytes = b""
    layout: TableLayout | None = None

    def is_header(self, line: bytes) -> bool:
        """Whether the line announces a layout, which then holds for what follows."""
        layout = recognised(line, self.map)
        if layout is None:
            return False
        self.layout, self.header = layout, line
        return True


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one feed: row i's bytes are `data[start[i]:stop[i]]`."""

    feed: int
    seq: I64
    stored_at_us: I64
    start: I64
    stop: I64
    data: bytes

    def take(self, rows: NDArray[Any] | slice) -> _Rows:
        seq, stored, start, stop = self.seq, self.stored_at_us, self.start, self.stop
        return _Rows(self.feed, seq[rows], stored[rows], start[rows], stop[rows], self.data)

    def line(self, row: int) -> bytes:
        return self.data[int(self.start[row]) : int(self.stop[row])]


class RowDecoder:
    """Decodes the rows of table feeds; books are kept in the ledger it is given."""

    def __init__(self, ledger: Ledger, ahead_us: int) -> None:
        """`ahead_us`: a row's time further ahead of its storing than this is not believed."""
        self._ledger = ledger
        self._ahead_us = ahead_us
        self._tables: dict[int, _Table] = {}

    @property
    def feeds(self) -> frozenset[int]:
        """Codes of the feeds that are tables."""
        return frozenset(self._tables)

    def begin(self, feed: int, column_map: ColumnMap | None = None) -> None:
        """This feed is a table. Told the same again, what is known of it stays."""
        table = self._tables.get(feed)
        if table is None or (column_map is not None and table.map != column_map):
            self._tables[feed] = _Table(column_map)

    def decode(self, lines: Lines, rows: I64) -> RowsFound:
        """Decode some rows of a batch, all of them lines of table feeds, in the log's order."""
        found = RowsFound()
        for feed in np.unique(lines.feed[rows]).tolist():
            own = rows[lines.feed[rows] == feed]
            seq, stored = lines.seq[own], lines.stored_at_us[own]
            mine = _Rows(feed, seq, stored, lines.start[own], lines.stop[own], lines.data)
            for layout, part in self._stretches(mine, self._tables[feed]):
                self._read(part, layout, found)
        return found

    def _stretches(self, rows: _Rows, table: _Table) -> Iterator[tuple[TableLayout, _Rows]]:
        """The rows between headers, each stretch with its layout; headers are booked here."""
        first, end = 0, rows.seq.size
        octets = np.frombuffer(rows.data, np.uint8)
        begins = octets[rows.start]
        quoted = (begins == _QUOTE) & (rows.start + 1 < rows.stop)
        begins = np.where(quoted, octets[np.minimum(rows.start + 1, octets.size - 1)], begins)
        for i in np.flatnonzero(~_DATA_FIRST[begins]).tolist():
            layout, line = table.layout, rows.line(i)
            if line != table.header and not table.is_header(line):
                continue
            yield from self._stretch(rows, layout, first, i)
            self._refuse(rows, i, "header")
            first = i + 1
        yield from self._stretch(rows, table.layout, first, end)

    def _stretch(
        self, rows: _Rows, layout: TableLayout | None, first: int, last: int
    ) -> Iterator[tuple[TableLayout, _Rows]]:
        if layout is not None and first < last:
            yield layout, rows.take(slice(first, last))
        elif layout is None:
            for i in range(first, last):
                self._refuse(rows, i, "no_header")

    def _refuse(self, rows: _Rows, i: int, reason: str) -> None:
        seq = int(rows.seq[i])
        self._ledger.heard(seq, rows.feed, 0)
        self._ledger.rejected(seq, rows.feed, reason, rows.line(i))

    def _read(self, rows: _Rows, layout: TableLayout, found: RowsFound) -> None:
        """Rows of one layout, to columns or to the rejects."""
        cells, whole = split(rows.data, rows.start, rows.stop, layout)
        if not whole.all():
            for i in np.flatnonzero(~whole).tolist():
                self._refuse(rows, i, "bad_row")
            rows = rows.take(np.flatnonzero(whole))
        stamp_us, mmsi = columns_of.times(cells, layout), columns_of.mmsis(cells)
        position, misplaced = columns_of.position(cells)
        wrong = (stamp_us == NO_TIME_US, mmsi < 0, misplaced)
        refused = np.logical_or.reduce(wrong)
        if refused.any():
            for i in np.flatnonzero(refused).tolist():
                self._refuse(rows, i, next(w for m, w in zip(wrong, _WRONG, strict=True) if m[i]))
            kept = np.flatnonzero(~refused)
            rows, cells = rows.take(kept), cells.take(kept)
            stamp_us, mmsi = stamp_us[kept], mmsi[kept]
            position = {name: column[kept] for name, column in position.items()}
        if not len(cells):
            return
        msg_type = columns_of.message_types(cells, stamp_us.size)
        at_us, late = event_times(stamp_us, rows.stored_at_us, self._ahead_us)
        own: Columns = {
            "seq": rows.seq,
            "feed": np.full(stamp_us.size, rows.feed),
            "at_us": at_us,
            "received_at_us": stamp_us,
            "msg_type": msg_type,
            "mmsi": mmsi,
            "report_id": _identities(rows, at_us),
        }
        self._ledger.decoded_rows(rows.feed, Counter(msg_type.tolist()), rows_each=1)
        is_report = np.isin(msg_type, columns_of.REPORT_TYPES)
        is_static = _add_statics(own, cells, layout, found)
        report = {**own, **position, **columns_of.movement(cells, layout)}
        report |= columns_of.conditions(cells, stamp_us.size)
        reports = Reports.from_columns({**report, "heard_id": own["report_id"], "flags": late})
        found.reports.append(reports if is_report.all() else reports.take(is_report))
        for i in np.flatnonzero(~is_report & ~is_static).tolist():
            ids = int(rows.seq[i]), rows.feed, int(msg_type[i]), int(mmsi[i]), int(at_us[i])
            found.others.append(Other(*ids, (rows.line(i),)))

    # -- state ----------------------------------------------------------------------------------
    def save(self) -> State:
        """By feed: its column map, if any, and the header that holds."""
        return {
            "tables": [
                [feed, table.map.plain() if table.map else None, table.header.decode("latin-1")]
                for feed, table in sorted(self._tables.items())
            ]
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave."""
        self._tables = {}
        for feed, plain, header in state["tables"]:
            table = self._tables[int(feed)] = _Table(ColumnMap.of(plain) if plain else None)
            if header:
                table.is_header(str(header).encode("latin-1"))


def _identities(rows: _Rows, at_us: I64) -> U64:
    """Content identity of each row: a hash of its bytes and its event time."""
    ids = np.empty(at_us.size, np.uint64)
    row_identities(np.frombuffer(rows.data, np.uint8), rows.start, rows.stop, at_us, ids)
    return ids


def _add_statics(own: Columns, cells: Cells, layout: TableLayout, found: RowsFound) -> Any:
    """Static data of the rows that tell any; which rows those are."""
    msg_type = own["msg_type"]
    if not any(name in cells for name in STATIC_FIELDS):
        return np.zeros(msg_type.size, np.bool_)
    said, is_static = columns_of.claims(cells, layout, msg_type)
    kind = msg_type
    if "msg_type" in layout.place:
        is_static &= np.isin(msg_type, (0, *columns_of.STATIC_TYPES))
    else:
        kind = np.array([columns_of.STATIC_OF.get(t, 0) for t in msg_type.tolist()], np.int64)
    statics = Statics.from_columns({**own, **said, "msg_type": kind})
    found.statics.append(statics if is_static.all() else statics.take(is_static))
    return is_static
