"""A station whose link is cut: what it kept comes late, once, in order; and nobody seems silent.

The sockets are real, the hours are simulated: node and station share a clock that is pushed on.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from relay_parts import Collecting, Forwarding, line_row, position, spool_at, station_feed, until

from mda.cli.bundled import Waters, bundled_waters
from mda.cli.wiring import FeedPlan, build_pipeline
from mda.clock import ReplayClock, WallClock
from mda.config import Config
from mda.model import RowKind, Sentence, SpoolMark
from mda.store.spool import Spool
from mda.units import US_PER_H, US_PER_S
from mda.watch.flow import start_row
from mda.watch.pipeline import Pipeline

BEGAN_US = 1_490_076_000 * US_PER_S
MIN_US = 60 * US_PER_S
STEP_US = 10 * MIN_US
EVERY_S = 30
SHIPS = 5
QUIET_SHIP = 4
"""Falls silent in the second hour, before the link is cut, and comes back an hour later."""


@pytest.fixture(scope="module")
def waters() -> Waters:
    return bundled_waters()


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.relay_client.LOOK_S", 0.005)


@functools.cache
def heard(since_us: int, until_us: int, first_mmsi: int = 329000000) -> list[tuple[int, bytes]]:
    """(when, sentence) of ships that go east, between two instants."""
    found = []
    for at_us in range(since_us, until_us, EVERY_S * US_PER_S):
        run_h = (at_us - BEGAN_US) / US_PER_H
        for ship in range(SHIPS):
            if ship == QUIET_SHIP and 1.2 < run_h < 2.2 and first_mmsi == 329000000:
                continue
            own_us = at_us + ship * US_PER_S
            lon, lat = -61.9 + run_h * 0.15, 15.1 + ship * 0.05
            found.append((own_us, position(first_mmsi + ship, lon, lat, 9.0)))
    return found


@dataclass
class Node:
    """A pipeline whose rows come from the relay, and the clock rows a node would write."""

    folder: Path
    waters: Waters
    clock: ReplayClock
    beside: bool
    marks_us: list[int] = field(default_factory=list)

    def start(self) -> Node:
        plans = [FeedPlan("edge", "Edge", 2.0), FeedPlan("other", "Other", 2.0)]
        self.pipeline: Pipeline = build_pipeline(
            Config.load(), self.waters, self.folder, "live", plans, WallClock()
        )[0]
        self.pipeline.recover()
        self.pipeline.take([start_row(self.clock.now_us(), self.clock.now_us())])
        self.feed = station_feed(clock=self.clock, code=0)
        self.feed.had(self.pipeline.marks.had(0))
        self.rows = Collecting(self.feed)
        self.folded = 0
        until(lambda: self.rows.rows)
        return self

    def fold(self, limit: int = 10**9) -> None:
        """Take in what the relay has brought, at most so many rows."""
        rows = self.rows.rows[self.folded : self.folded + limit]
        self.folded += len(rows)
        if rows:
            self.pipeline.take(rows)
            for mark in self.pipeline.marks.now().values():
                self.feed.stored(mark)

    def pass_time(self, since_us: int, until_us: int) -> None:
        """What else a live node writes meanwhile: its other feed's lines, or its own clock."""
        rows = [Sentence(RowKind.CLOCK, -1, until_us, b"")]
        if self.beside:
            lines = heard(since_us, until_us, 375000000)
            rows = [Sentence(RowKind.LINE, 1, at, b"%d," % (at // US_PER_S) + s) for at, s in lines]
        self.pipeline.take(rows)
        self.marks_us.append(self.pipeline.flow.watermark.at_us)

    def kill(self) -> None:
        """As kill -9: nothing is sealed, only the locks are let go."""
        self.rows.stop()
        self.pipeline.store.close()

    def stop(self) -> None:
        self.rows.stop()
        self.pipeline.close()


def rows_in(node: Node) -> list[int]:
    """Spool numbers of the station's lines in the node's log, in its order."""
    found = []
    for lines in node.pipeline.store.log.read(0):
        for row in lines:
            if row.feed == 0 and row.kind == RowKind.LINE:
                number = re.search(rb",n:(\d+)\*", row.data)
                assert number is not None
                found.append(int(number[1]))
    return found


def live(node: Node, spool: Spool, since_us: int, until_us: int) -> None:
    """Time passes with the link up."""
    for at_us in range(since_us, until_us, STEP_US):
        next_us = min(at_us + STEP_US, until_us)
        node.clock.sleep_until(next_us)
        spool.append([line_row(at, s) for at, s in heard(at_us, next_us)])
        until(lambda: len(node.rows.lines()) == spool.last_seq)
        until(lambda: node.rows.kinds()[-1] == RowKind.CONNECT)
        node.fold()
        if node.beside:
            node.pass_time(at_us, next_us)


def silences(node: Node) -> set[int]:
    ledger = node.pipeline.flow.road.ledger.findings.values()
    return {f.mmsis[0] for f in ledger if f.kind == "silence" and f.status != "withdrawn"}


def said_silent(node: Node) -> set[int]:
    """Whoever was ever called silent, also where it was withdrawn later."""
    desk = node.pipeline.desk
    ids = list(node.pipeline.flow.road.ledger.findings)
    return {f.mmsis[0] for f in desk.store.findings(desk.run, ids) if f.kind == "silence"}


def archived(node: Node) -> list[tuple[object, ...]]:
    """What the archive tells of the station's ships."""
    node.pipeline.finish()
    reports, _ = node.pipeline.store.history.read(0, 1 << 62)
    reports = reports.take(reports.feed == 0)
    order = reports.order()
    columns = ("at_us", "mmsi", "lon_deg", "lat_deg", "sog_kn", "cog_deg", "report_id")
    return list(zip(*(getattr(reports, c)[order].tolist() for c in columns), strict=True))


def uncut(folder: Path, waters: Waters, end_us: int, beside: bool) -> tuple[Node, list[object]]:
    clock = ReplayClock(BEGAN_US, 0.0)
    spool = spool_at(folder / "spool")
    node = Node(folder / "node", waters, clock, beside).start()
    station = Forwarding(spool, node.feed.port, clock=clock)
    live(node, spool, BEGAN_US, end_us)
    station.stop()
    found: list[object] = list(archived(node))
    spool.close()
    return node, found


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a live feed"])
def test_two_hours_without_a_link(tmp_path: Path, waters: Waters, beside: bool) -> None:
    cut_us, back_us, end_us = (BEGAN_US + round(h * US_PER_H) for h in (2.5, 4.5, 5.0))
    whole, wanted = uncut(tmp_path / "whole", waters, end_us, beside)
    assert silences(whole) == {329000000 + QUIET_SHIP}

    clock = ReplayClock(BEGAN_US, 0.0)
    spool = spool_at(tmp_path / "spool")
    node = Node(tmp_path / "node", waters, clock, beside).start()
    station = Forwarding(spool, node.feed.port, clock=clock)
    live(node, spool, BEGAN_US, cut_us)
    station.stop()
    until(lambda: node.rows.kinds()[-1] == RowKind.DISCONNECT)
    for at_us in range(cut_us, back_us, STEP_US):
        clock.sleep_until(at_us + STEP_US)
        spool.append([line_row(at, s) for at, s in heard(at_us, at_us + STEP_US)])
        node.fold()
        node.pass_time(at_us, at_us + STEP_US)
    lag_us = clock.now_us() - node.marks_us[-1]
    assert lag_us <= 180 * US_PER_S, "event time goes on without the station"

    station = Forwarding(spool, node.feed.port, clock=clock)
    until(lambda: len(node.rows.lines()) == spool.last_seq)
    until(lambda: node.rows.kinds()[-1] == RowKind.CONNECT)
    drained_us = back_us
    while node.folded < len(node.rows.rows):
        clock.sleep_until(drained_us + MIN_US)
        node.fold(217)
        node.pass_time(drained_us, drained_us + MIN_US)
        drained_us += MIN_US
    assert min(b - a for a, b in zip(node.marks_us, node.marks_us[1:], strict=False)) >= 0
    assert clock.now_us() - node.marks_us[-1] <= 180 * US_PER_S, "nor is it held up by the backlog"
    late = heard(back_us, drained_us)
    spool.append([line_row(at, s) for at, s in late])
    live(node, spool, drained_us, end_us)
    station.stop()

    found = archived(node)
    assert rows_in(node) == list(range(1, spool.last_seq + 1)), "once each, and in order"
    assert found == wanted
    assert silences(node) == silences(whole)
    assert said_silent(node) == silences(whole), "nor was anybody called silent for a while"
    books = node.pipeline.flow.decoder.books[0]
    assert books.balanced()
    assert (books.decoded_lines, books.pending) == (spool.last_seq, 0)
    for each in (node, whole):
        each.stop()
    spool.close()


def test_a_node_killed_at_any_row_has_every_row_once(tmp_path: Path, waters: Waters) -> None:
    clock = ReplayClock(BEGAN_US, 0.0)
    spool = spool_at(tmp_path / "spool")
    sentences = heard(BEGAN_US, BEGAN_US + US_PER_H)
    for first in range(0, len(sentences), 50):
        spool.append([line_row(at, s) for at, s in sentences[first : first + 50]])
    clock.sleep_until(BEGAN_US + US_PER_H)
    for had in (1, 130, 131, 260, 599):
        node = Node(tmp_path / "node", waters, clock, False).start()
        station = Forwarding(spool, node.feed.port, clock=clock)
        until(lambda rows=node.rows: RowKind.CONNECT in rows.kinds())
        while spool.last_seq > (before := len(rows_in(node))) and before < had:
            node.fold(had - before)
        if had == 260:
            node.pipeline.seal(node.pipeline.store.log.last_seq)
        station.stop()
        node.kill()
    node = Node(tmp_path / "node", waters, clock, False).start()
    assert node.pipeline.marks.had(0)[spool.id] == len(rows_in(node)) >= 590
    station = Forwarding(spool, node.feed.port, clock=clock)
    until(lambda: RowKind.CONNECT in node.rows.kinds())
    node.fold()
    assert rows_in(node) == list(range(1, spool.last_seq + 1))
    assert node.pipeline.marks.now()[0] == SpoolMark(spool.id, spool.last_seq)
    station.stop()
    node.stop()
    spool.close()
