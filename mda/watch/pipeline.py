"""One run of a node without threads: log, flow, now road and desk, durable in this order.

A batch is first in the raw-line log (fsync), then folded, then its consequences are committed to
the desk store with the log number they cover; only then is it shown. A restart loads the newest
sealed snapshot and folds the log from there: what was already committed is recognised by its
content identity, so nothing is lost and nothing doubled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mda.clock import NO_TIME_US
from mda.errors import StoreError
from mda.model import Lines, Sentence, State, pack, unpack
from mda.store.nodedir import NodeStore
from mda.watch.casedesk import CaseDesk
from mda.watch.flow import Flow, Step
from mda.watch.marks import Marks
from mda.watch.nowroad import NowRoad
from mda.watch.stationdesk import StationDesk

STATE_VERSION = 3
"""Of the saved state; rises whenever a fold saves other things or means them otherwise."""


@dataclass(slots=True)
class Parts:
    """What a pipeline is made of; `mda.cli` wires them."""

    store: NodeStore
    flow: Flow
    now: NowRoad
    desk: CaseDesk
    stations: StationDesk


class Pipeline:
    """Folds batches of log rows and keeps every consequence durable. One writer thread."""

    def __init__(self, parts: Parts, run: str, feeds: Sequence[str], seal_rows: int) -> None:
        self.run = run
        self.store, self.flow = parts.store, parts.flow
        self.now, self.desk, self.stations = parts.now, parts.desk, parts.stations
        self._feeds = tuple(feeds)
        self._seal_rows = seal_rows
        self._unsealed_rows = 0
        self._folding = False
        self.marks = Marks()
        """How far each station's spool stands in the log."""

    def take(self, rows: Sequence[Sentence]) -> None:
        """Write rows to the log, then fold them."""
        self.fold(self.store.log.append(rows))

    def fold(self, lines: Lines) -> None:
        """Fold rows that are in the log."""
        self._folding = True
        self.marks.take(lines)
        step = self.flow.push(lines)
        self.stations.take(lines, step.decoded.reports, self.flow.clock_us)
        covers = int(lines.seq[-1]) if len(lines) else self.store.log.last_seq
        self._consequences(step, covers)
        self._folding = False
        self._unsealed_rows += len(step.decoded.reports)
        if step.crossed_us != NO_TIME_US or self._unsealed_rows >= self._seal_rows:
            self.seal(covers)

    def finish(self) -> None:
        """End of a recording: settle everything heard, then seal."""
        self._folding = True
        step = self.flow.finish()
        self.stations.finish(self.flow.settled_us)
        covers = self.store.log.last_seq
        self._consequences(step, covers)
        self._folding = False
        self.seal(covers)

    def recover(self) -> int:
        """Load the newest snapshot and fold what the log holds beyond it; rows folded again."""
        sealed = self.store.history.recover()
        after_seq = 0
        if sealed is not None:
            after_seq = sealed.log_seq
            self.load(unpack(sealed.snapshot))
        covered = self.desk.recover()
        folded = 0
        for lines in self.store.log.read(after_seq):
            # What the desk store covers was told before: cut there, so that it is not told again.
            cut = int(np.searchsorted(lines.seq, covered, "right"))
            for part in (lines.take(0, cut), lines.take(cut, len(lines))):
                if len(part):
                    self.fold(part)
            folded += len(lines)
        return folded

    def seal(self, log_seq: int) -> None:
        """Publish what has been settled, with a snapshot of the whole flow, as one commit.

        It goes on beside the fold; what fails waits for the next seal and stands in `problems`.
        """
        flow, store = self.flow, self.store
        if flow.settled_us == NO_TIME_US:
            return
        self._unsealed_rows = 0
        self.now.forget(flow.clock_us)
        store.retire(flow.clock_us, store.desk.covered_seq(self.run))
        store.history.seal_async(
            flow.settled_us,
            pack(self.save()),
            log_seq,
            stations=flow.decoder.stations,
            feeds=self._feeds,
        )

    def problems(self) -> list[str]:
        """What the watch must know of the store, a sentence each."""
        failed = self.store.history.failed
        return [f"The archive could not be sealed: {failed}"] if failed else []

    def close(self) -> None:
        """Seal and let go of the store.

        A fold that was broken off is not sealed: the next start folds its rows from the log.
        """
        if not self._folding:
            self.seal(self.store.log.last_seq)
        self.store.close()

    def save(self) -> State:
        return {
            "version": STATE_VERSION,
            "flow": self.flow.save(),
            "now": self.now.save(),
            "cases": self.desk.cases.save(),
            "marks": self.marks.save(),
        }

    def load(self, state: State) -> None:
        """Take over a saved state. StoreError: another version of mda wrote it."""
        if state.get("version") != STATE_VERSION:
            raise StoreError(
                f"its saved state is of version {state.get('version')}, not {STATE_VERSION}",
                where=str(self.store.dir.root),
                do="Run the mda that wrote it, or name a new directory and ingest the old log",
            )
        self.flow.load(state["flow"])
        self.now.load(state["now"])
        self.desk.cases.load(state["cases"])
        self.marks.load(state["marks"])

    def _consequences(self, step: Step, covers_seq: int) -> None:
        """Commit what a step brought, and only then tell of it."""
        clock_us = self.flow.clock_us
        distress = [(finding, clock_us) for finding in self.now.take(step.decoded)]
        texts = self.now.texts(step.decoded.others, self._feeds)
        self.desk.take(distress + step.found, self.flow.settled_us, covers_seq, texts)
