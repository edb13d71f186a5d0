"""A running node: feeds on their threads, and one pipeline thread, run after run.

Feeds put rows into one bounded queue; the pipeline thread writes them to the log, folds them and
publishes an immutable picture, which the page's threads read (`view`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from mda.clock import Clock, ReplayClock, format_at, monotonic_us
from mda.errors import MdaError
from mda.model import Acknowledged, Event, RowKind, Sentence
from mda.units import US_PER_S, microseconds
from mda.watch.flow import start_row
from mda.watch.inbox import Inbox
from mda.watch.pipeline import Pipeline
from mda.watch.view import Run, Source, View

_PATIENT_ROWS = 20_000
_PRESSING_ROWS = 100_000
"""Room for feeds that cannot wait: 20 s of a flood of 5,000 lines a second."""
_BATCH_ROWS = 5_000
_WAIT_S = 0.1
_GATHER_S = 0.05
"""A batch gathers so long: to push fifty lines costs hardly more than to push one."""
_JOIN_S = 10.0
_STEP_US = 60 * US_PER_S
_PIPELINE = "pipeline"
_PICTURE_EVERY_S = 0.5


class Node:
    """The life of a node. What may be asked of it is its `view`."""

    def __init__(self, run: Run, quiet_s: float) -> None:
        self._quiet_us = microseconds(quiet_s)
        self.view = View(run)
        self._set(run)

    def _set(self, run: Run) -> None:
        self._pipeline, self._clock, self._about = run.pipeline, run.clock, run.about
        self._sources = {source.code: source for source in run.sources}
        live = frozenset(source.code for source in run.sources if source.follow_clock)
        run.pipeline.stations.clock.live_feeds = live
        self._inbox: Inbox[Source] = Inbox(_PATIENT_ROWS, _PRESSING_ROWS)
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self.ended = threading.Event()
        """Set when every feed has come to its end and all they brought is settled."""
        self.failed: BaseException | None = None
        self._began_us, self._counter_us = self._clock.now_us(), monotonic_us()
        self._own_clock_us = self._began_us

    # -- life ---------------------------------------------------------------------------------
    def start(self) -> None:
        """Say START in the log, open every feed, and go."""
        now_us = self._clock.now_us()
        self._pipeline.take([start_row(now_us, now_us)])
        body = {"run": self._pipeline.run, "at": format_at(now_us)}
        self._pipeline.desk.say([Event(0, now_us, "run", body)])
        self.view.publish()
        for source in self._sources.values():
            if isinstance(source.feed, Acknowledged):
                source.feed.had(self._pipeline.marks.had(source.code))
            self._spawn(f"feed {source.name}", self._listen, source)
        self._spawn(_PIPELINE, self._go)

    def stop(self) -> None:
        """Stop the feeds, settle what is in hand, seal, and let go of the store."""
        self._halt()
        self.view.end()
        self._put_away(self._pipeline, self._clock)

    def begin(self, run: Run) -> None:
        """Stop the run that is on and start another; whoever watches is told."""
        pipeline, clock = self._pipeline, self._clock
        self._halt()
        self.view.attach(run)
        self._set(run)
        self.start()
        self._put_away(pipeline, clock)

    def _halt(self) -> None:
        """Stop the feeds and the threads; the store stays open."""
        self._stop.set()
        for source in self._sources.values():
            source.feed.stop()
        for thread in self._threads:
            # The pipeline may be in a long fold and is waited for; a feed may hang on its socket.
            thread.join(None if thread.name == _PIPELINE else _JOIN_S)
        while self._live() and self.failed is None and len(self._inbox):
            self._pipeline.take(self._collect(set()))
            self._acknowledge()

    def _put_away(self, pipeline: Pipeline, clock: Clock) -> None:
        if self.failed is None:
            pipeline.take([Sentence(RowKind.STOP, -1, clock.now_us(), b"")])
            pipeline.close()

    def _spawn(self, name: str, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self, source: Source) -> None:
        """A feed's thread: its rows into the queue until it ends or the node stops."""
        try:
            for sentence in source.feed:
                add = self._inbox.press if source.pressing else self._inbox.put
                while not self._stop.is_set() and not add(sentence, 0.5):
                    pass
                if self._stop.is_set():
                    return
        except MdaError as error:
            source.error = str(error)
        while not self._stop.is_set() and not self._inbox.put(source, 0.5):
            pass

    def _go(self) -> None:
        """The pipeline's thread."""
        try:
            stop, alive = self._stop, set(self._sources)
            drawn_us = 0
            while not stop.is_set():
                rows = self._collect(alive)
                if len(rows) < _BATCH_ROWS:
                    rows += self._clock_rows({row.feed for row in rows})
                if rows:
                    self._pipeline.take(rows)
                    self._acknowledge()
                    self._note(rows)
                now_us = self._clock.now_us()
                if self._due(drawn_us, now_us):
                    self.view.publish()
                    drawn_us = now_us
                over = not alive and not len(self._inbox) and not self._live()
                if over and not self.ended.is_set():
                    self._pipeline.finish()
                    if isinstance(self._clock, ReplayClock):
                        self._clock.freeze()
                    self.view.publish()
                    self.ended.set()
        except Exception as error:
            self.failed = error
            self.ended.set()
            raise

    def _due(self, drawn_us: int, now_us: int) -> bool:
        speed = max(self._about.speed, 1.0)
        return now_us - drawn_us >= _PICTURE_EVERY_S * US_PER_S * speed

    def _collect(self, alive: set[int]) -> list[Sentence]:
        """What has come in; waits a little when nothing has."""
        rows: list[Sentence] = []
        for item in self._inbox.take(_BATCH_ROWS, _WAIT_S, _GATHER_S):
            if isinstance(item, Source):
                item.ended = not item.error
                alive.discard(item.code)
            else:
                rows.append(item)
        return rows

    def _acknowledge(self) -> None:
        """Tell the feeds whose peers keep their rows until then: these are in the log."""
        for code, mark in self._pipeline.marks.now().items():
            source = self._sources.get(code)
            if source is not None and isinstance(source.feed, Acknowledged):
                source.feed.stored(mark)

    def _live(self) -> bool:
        """Whether any feed is a live one: such a node is never over."""
        return any(source.follow_clock for source in self._sources.values())

    def _clock_rows(self, heard: set[int]) -> list[Sentence]:
        """CLOCK rows for live feeds that are connected and silent; with none connected, the node's
        own, so that time goes on for what was silenced or suspended."""
        if not self._live() or not self._clock_is_steady():
            return []
        now_us = self._clock.now_us()
        live = [s for s in self._sources.values() if s.follow_clock]
        connected = [s for s in live if s.state in ("live", "quiet")]
        rows = []
        for source in connected:
            if source.code not in heard and now_us - source.said_us >= self._quiet_us:
                source.state, source.said_us = "quiet", now_us
                rows.append(Sentence(RowKind.CLOCK, source.code, now_us, b""))
        if not connected and now_us - self._own_clock_us >= self._quiet_us:
            self._own_clock_us = now_us
            rows.append(Sentence(RowKind.CLOCK, -1, now_us, b""))
        return rows

    def _clock_is_steady(self) -> bool:
        """Whether the machine's clock has gone on as its counter did since the node began.

        One CLOCK row from a clock set a year ahead would carry the watermark there for good: while
        the two disagree, none is written, and the page says so.
        """
        drift_us = (self._clock.now_us() - self._began_us) - (monotonic_us() - self._counter_us)
        steady = abs(drift_us) <= _STEP_US
        self.view.warning = (
            ""
            if steady
            else f"The machine's clock was set by {drift_us / US_PER_S:.0f} s while the node ran: "
            "silence is not judged until it is right again or the node is started anew."
        )
        return steady

    def _note(self, rows: Sequence[Sentence]) -> None:
        """Keep each feed's light: connected, quiet, down."""
        now_us = self._clock.now_us()
        for row in rows:
            source = self._sources.get(row.feed)
            if source is None:
                continue
            if row.kind == RowKind.LINE:
                source.last_row_us = source.said_us = now_us
                if source.state != "down":  # a backlog comes before its feed says CONNECT
                    source.state = "live"
            elif row.kind == RowKind.CONNECT:
                source.state, source.said_us = "quiet", now_us
            elif row.kind == RowKind.DISCONNECT:
                source.state = "down"
        for code, count in self._inbox.shed.items():
            self._sources[code].shed_rows = count
