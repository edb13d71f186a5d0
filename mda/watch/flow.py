"""The one flow: log rows in; the now road's news, settled stretches and findings out.

*Law 1.* The same log gives byte-identical findings under any chunking, saved and resumed anywhere:
whether a report is late is decided row by row, and the settled road is indifferent to cuts.
*Law 2.* After late data is reconciled (when the watermark next crosses the keyframe grid), findings
equal a fold over the whole stretch in the order (event time, mmsi, report id).
Batch, live and replay all run this class; only who hands it lines differs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.config import Config
from mda.model import (
    Control,
    Decoded,
    Decoder,
    Finding,
    Flag,
    History,
    Keyframes,
    Lines,
    Reports,
    RowKind,
    Sentence,
    State,
    Statics,
    pack,
    unpack,
)
from mda.model.reports import I64, U32
from mda.units import US_PER_H, microseconds
from mda.watch.road import Road, Waiting, compare
from mda.watch.watermark import Watermark, WatermarkRules

_CONTROL_KINDS = frozenset(
    {
        RowKind.START,
        RowKind.STOP,
        RowKind.CONNECT,
        RowKind.DISCONNECT,
        RowKind.SPOOL_GAP,
    }
)


_OLDEST_KEYFRAME_US = 2 * US_PER_H
"""Keyframes thin out to hourly, and one before the horizon is kept: a refold may begin so much
before it, and must know who was listening then."""


@dataclass(slots=True)
class Step:
    """What one push brought."""

    decoded: Decoded
    """The now road's news; reports carry their row-local flags."""
    found: list[tuple[Finding, int]] = field(default_factory=list)
    """Finding revisions in order of emission, each with the node's clock when it came out."""
    crossed_us: int = NO_TIME_US
    """The newest keyframe instant that the watermark crossed: a good moment to seal."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """A push's rows with what was known at each."""

    lines: Lines
    decoded: Decoded
    before_us: I64
    """The watermark before each row."""
    after_us: I64
    clock_us: I64
    """The node's clock at each row (running maximum)."""

    def clock_at(self, known_us: int) -> int:
        """The node's clock when the watermark first reached an event time."""
        row = min(int(np.searchsorted(self.after_us, known_us)), len(self.clock_us) - 1)
        return int(self.clock_us[row])


def start_row(stored_at_us: int, clock_us: int) -> Sentence:
    """The row that says: the node starts, and its clock stands at `clock_us`.

    The two differ when a replay first takes in what happened before it begins.
    """
    return Sentence(RowKind.START, -1, stored_at_us, json.dumps({"clock_us": clock_us}).encode())


def _clocks(lines: Lines) -> I64:
    """What each row says of the node's clock."""
    clock_us = lines.stored_at_us.copy()
    for row in np.flatnonzero(lines.kind == RowKind.START):
        said = lines.line(int(row))
        if said:
            clock_us[row] = max(int(clock_us[row]), int(json.loads(said)["clock_us"]))
    return clock_us


class Flow:
    """Folds the log. `history` and `keyframes` are where it can look back for late data."""

    def __init__(
        self,
        config: Config,
        decoder: Decoder,
        row_flags: Callable[[Reports], U32],
        road: Road,
        history: History,
        keyframes: Keyframes,
        feed_floors_s: Mapping[int, float],
    ) -> None:
        self.decoder = decoder
        self.road = road
        self.watermark = Watermark(WatermarkRules.of(config), feed_floors_s)
        self._row_flags = row_flags
        self._history = history
        self._keyframes = keyframes
        self._tick_us = microseconds(config.number("flow.tick_s"))
        self._grid_us = microseconds(config.number("flow.keyframe_s"))
        self._horizon_us = round(config.number("flow.horizon_h") * US_PER_H)
        self._waiting = Waiting.empty()
        self._late = Waiting.empty()
        self._controls: list[Control] = []
        self._settled_us = NO_TIME_US
        self._clock_us = NO_TIME_US
        self.late_reports = 0
        self.timeless = 0

    def push(self, lines: Lines) -> Step:
        """Fold a batch of log rows of any size."""
        decoded = self._decoded(self.decoder.decode(lines))
        step = Step(decoded)
        if len(lines) == 0:
            return step
        rows = self._rows(lines, decoded)
        controls = self._control_rows(rows)
        first = 0
        for cut in self._cuts(rows):
            self._take(rows, controls, first, cut + 1)
            self._begin(int(rows.after_us[cut]))
            self._cross(int(rows.after_us[cut]), rows, step)
            first = cut + 1
        self._take(rows, controls, first, len(lines))
        self._settle(int(rows.after_us[-1]), rows, step)
        self._clock_us = int(rows.clock_us[-1])
        return step

    def finish(self) -> Step:
        """The end of a recording: nothing more comes, so everything heard is settled now.

        Pending parts become rejects, all that waits is released, and late data is reconciled.
        """
        step = Step(self._decoded(self.decoder.flush()))
        reports, statics = step.decoded.reports, step.decoded.statics
        mark_us = self.watermark.at_us
        self._admit(reports, statics, reports.at_us <= mark_us, statics.at_us <= mark_us, ())
        end_us = max(self.watermark.newest_us(), self._settled_us, *reports.at_us.tolist())
        if self._settled_us == NO_TIME_US:
            return step
        clock_us = np.array([max(self._clock_us, end_us)], dtype=np.int64)
        end = np.array([end_us], dtype=np.int64)
        nothing = Lines.of([])
        rows = _Rows(nothing, step.decoded, end, end, clock_us)
        self._cross(end_us, rows, step)
        self._settle(end_us, rows, step)
        self._reconcile(end_us, rows, step)
        self.watermark.at_us = max(self.watermark.at_us, end_us)
        return step

    # -- what is late, row by row -------------------------------------------------------------
    def _decoded(self, decoded: Decoded) -> Decoded:
        """The decoder's answer with row-local flags and each hearing's own identity.

        A message without any time (a recording that carries none) has no place in event time: it
        is counted in `timeless`, and its line stays in the log.
        """
        reports = decoded.reports.take(decoded.reports.at_us != NO_TIME_US)
        statics = decoded.statics.take(decoded.statics.at_us != NO_TIME_US)
        self.timeless += len(decoded.reports) + len(decoded.statics) - len(reports) - len(statics)
        reports = reports.replace(flags=self._row_flags(reports), heard_id=reports.report_id)
        return Decoded(reports, statics, decoded.others, decoded.rejected, decoded.messages_by_type)

    def _rows(self, lines: Lines, decoded: Decoded) -> _Rows:
        first = int(lines.seq[0])
        at_us = np.full(len(lines), NO_TIME_US, dtype=np.int64)
        np.maximum.at(at_us, decoded.reports.seq - first, decoded.reports.at_us)
        np.maximum.at(at_us, decoded.statics.seq - first, decoded.statics.at_us)
        for other in decoded.others:
            at_us[other.seq - first] = max(at_us[other.seq - first], other.at_us)
        before = np.array([self.watermark.at_us], dtype=np.int64)
        after = self.watermark.advance(lines.kind, lines.feed, at_us, lines.stored_at_us)
        clock = np.maximum.accumulate(np.maximum(_clocks(lines), self._clock_us))
        return _Rows(lines, decoded, np.concatenate([before, after[:-1]]), after, clock)

    def _control_rows(self, rows: _Rows) -> dict[int, Control]:
        """Control rows by row number, each in event time after everything already settled."""
        found: dict[int, Control] = {}
        for row in np.flatnonzero(rows.lines.kind != RowKind.LINE):
            kind = RowKind(int(rows.lines.kind[row]))
            if kind in _CONTROL_KINDS:
                before_us = int(rows.before_us[row])
                earliest_us = 0 if before_us == NO_TIME_US else before_us + 1
                at_us = max(int(rows.lines.stored_at_us[row]), earliest_us)
                found[int(row)] = Control(at_us, int(kind), int(rows.lines.feed[row]))
        return found

    def _cuts(self, rows: _Rows) -> Iterator[int]:
        """Rows at which the watermark becomes known or crosses the keyframe grid."""
        known = rows.after_us != NO_TIME_US
        unknown_before = rows.before_us == NO_TIME_US
        grid = np.where(known, rows.after_us, 0) // self._grid_us
        grid_before = np.where(unknown_before, 0, rows.before_us) // self._grid_us
        yield from (int(i) for i in np.flatnonzero(known & (unknown_before | (grid > grid_before))))

    def _take(self, rows: _Rows, controls: Mapping[int, Control], first: int, last: int) -> None:
        """Let rows `first` to `last` (excluded) wait for the watermark, or be late."""
        if first == last:
            return
        begin, end = int(rows.lines.seq[first]), int(rows.lines.seq[last - 1])
        origin = int(rows.lines.seq[0])
        reports, statics = rows.decoded.reports, rows.decoded.statics
        reports = reports.take((reports.seq >= begin) & (reports.seq <= end))
        statics = statics.take((statics.seq >= begin) & (statics.seq <= end))
        late = reports.at_us <= rows.before_us[reports.seq - origin]
        late_statics = statics.at_us <= rows.before_us[statics.seq - origin]
        due = [controls[row] for row in range(first, last) if row in controls] if controls else []
        self._admit(reports, statics, late, late_statics, due)

    def _admit(
        self,
        reports: Reports,
        statics: Statics,
        late: NDArray[np.bool_],
        late_statics: NDArray[np.bool_],
        due: Sequence[Control],
    ) -> None:
        self._waiting.add(reports.take(~late), statics.take(~late_statics), due)
        if late.any() or late_statics.any():
            behind = reports.take(late)
            self.late_reports += len(behind)
            behind = behind.replace(flags=behind.flags | np.uint32(Flag.LATE))
            self._late.add(behind, statics.take(late_statics), ())

    # -- the settled road ---------------------------------------------------------------------
    def _begin(self, mark_us: int) -> None:
        """The first known watermark: event time begins here, from an empty keyframe."""
        if self._settled_us == NO_TIME_US:
            self._settled_us = mark_us
            self._keyframes.put(mark_us - self._horizon_us, pack(self.road.save()))

    def _settle(self, until_us: int, rows: _Rows, step: Step) -> None:
        """Release everything at or before `until_us` into the settled road."""
        if until_us == NO_TIME_US or until_us <= self._settled_us:
            return
        settled = self._waiting.release(self._settled_us, until_us)
        self._controls.extend(settled.controls)
        annotated, found = self.road.fold(settled)
        self._history.add(annotated)
        self._settled_us = until_us
        step.found.extend((f, rows.clock_at(f.revised_at_us)) for f in found)

    def _cross(self, mark_us: int, rows: _Rows, step: Step) -> None:
        """At each keyframe instant up to `mark_us`: settle, reconcile what was late, save."""
        for at_us in self._grid(self._settled_us, mark_us):
            self._settle(at_us, rows, step)
            self._reconcile(at_us, rows, step)
            oldest_us = at_us - self._horizon_us
            self.road.ledger.prune(oldest_us)
            kept_us = oldest_us - _OLDEST_KEYFRAME_US
            self._controls = [c for c in self._controls if c.at_us > kept_us]
            self._keyframes.put(at_us, pack(self.road.save()))
            step.crossed_us = at_us

    def _grid(self, since_us: int, until_us: int) -> list[int]:
        """Keyframe instants in (since, until]: all of the first horizon, then only the last.

        Where they lie changes no finding; the bound keeps a bogus leap of time cheap.
        """
        grid = self._grid_us
        first, last = since_us // grid + 1, until_us // grid
        instants = [i * grid for i in range(first, min(last, first + self._horizon_us // grid) + 1)]
        if instants and instants[-1] < last * grid:
            instants.append(last * grid)
        return instants

    # -- late data ----------------------------------------------------------------------------
    def _reconcile(self, until_us: int, rows: _Rows, step: Step) -> None:
        """Fold the stretch that late data touches again, and say what that changed."""
        late, self._late = self._late, Waiting.empty()
        if not late:
            return
        oldest_us = until_us - self._horizon_us
        keyframe = self._keyframes.before(max(late.earliest_us(), oldest_us + 1))
        if keyframe is None:
            self._file(late)
            return
        old, late = late.split(max(keyframe[0], oldest_us))
        if old:
            self._file(old)
        if not late:
            return
        before = self.road.ledger
        before.prune(oldest_us)
        self.road.load(unpack(keyframe[1]))
        self._refold(keyframe[0], until_us, late)
        self.road.ledger.prune(oldest_us)
        changed = compare(before, self.road.ledger, until_us)
        step.found.extend((f, rows.clock_at(until_us)) for f in changed)

    def _refold(self, since_us: int, until_us: int, late: Waiting) -> None:
        """Run the settled road over (since, until] again, late rows included."""
        heard, said = self._history.read(since_us, until_us)
        heard = heard.replace(
            report_id=heard.heard_id,
            hull=np.zeros(len(heard), np.uint8),
            flags=heard.flags & np.uint32(Flag.HEARD),
        )
        again = Waiting.empty()
        again.add(heard, said, [c for c in self._controls if since_us < c.at_us <= until_us])
        again.add(late.reports, late.statics, ())
        done = []
        begin_us = since_us
        for at_us in [*self._grid(max(since_us, again.earliest_us() - 1), until_us), until_us]:
            if at_us <= begin_us:
                continue
            annotated, _ = self.road.fold(again.release(begin_us, at_us))
            done.append(annotated)
            if at_us < until_us:
                self._keyframes.put(at_us, pack(self.road.save()))
            begin_us = at_us
        self._history.replace(
            since_us,
            until_us,
            Reports.concat([part.reports for part in done]),
            Statics.concat([part.statics for part in done]),
        )

    def _file(self, old: Waiting) -> None:
        """Reports from beyond the horizon: stored and counted, their findings not folded again."""
        flags = old.reports.flags | np.uint32(Flag.OUT_OF_HORIZON)
        filed = Waiting(old.reports.replace(flags=flags), old.statics, [])
        until_us = filed.latest_us()
        self._history.add(filed.release(filed.earliest_us() - 1, until_us))

    # -- saved and resumed --------------------------------------------------------------------
    def save(self) -> State:
        return {
            "decoder": self.decoder.save(),
            "watermark": self.watermark.save(),
            "road": self.road.save(),
            "waiting": self._waiting.save(),
            "late": self._late.save(),
            "controls": [[c.at_us, c.kind, c.feed] for c in self._controls],
            "settled_us": self._settled_us,
            "clock_us": self._clock_us,
            "late_reports": self.late_reports,
            "timeless": self.timeless,
        }

    def load(self, state: State) -> None:
        self.decoder.load(state["decoder"])
        self.watermark.load(state["watermark"])
        self.road.load(state["road"])
        self._waiting.load(state["waiting"])
        self._late.load(state["late"])
        self._controls = [Control(*row) for row in state["controls"]]
        self._settled_us = int(state["settled_us"])
        self._clock_us = int(state["clock_us"])
        self.late_reports = int(state["late_reports"])
        self.timeless = int(state["timeless"])

    @property
    def settled_us(self) -> int:
        """Event time up to which detectors have judged; NO_TIME_US before the first report."""
        return self._settled_us

    @property
    def clock_us(self) -> int:
        """The node's clock at the newest row folded; NO_TIME_US before the first."""
        return self._clock_us

    @property
    def waiting_reports(self) -> int:
        """Reports held back until the watermark passes them."""
        return len(self._waiting.reports)
