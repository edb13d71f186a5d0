"""A live node under a stream: nothing is lost between socket and archive, and it is shown soon.

`make test` runs some seconds of it; `make soak` ten minutes at 1,000 a second, a burst of 5,000 a
second for a minute, and a station that was cut off for three days.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from live_parts import (
    FIRST_MMSI,
    LOOPBACK,
    Stream,
    TcpPeer,
    UdpPeer,
    Watcher,
    free_port,
    live_node,
    sentence,
)
from relay_parts import Forwarding, until

from mda.clock import WallClock
from mda.model import RowKind, Sentence
from mda.store.readonly import SealedArchive
from mda.store.spool import Spool
from mda.units import US_PER_H, US_PER_S
from mda.watch.node import Node

SHIPS = 1500
FIRST_SIGHT_S = 20.0
"""Ships all new at once make a finding each; how soon news is shown is measured after that."""


@dataclass
class Sea:
    """A node with one UDP and one TCP source, half of the ships on each."""

    folder: Path

    def __post_init__(self) -> None:
        self.udp, self.tcp = UdpPeer(free_port()), TcpPeer()
        self.node = live_node(
            self.folder,
            {
                "datagrams": f'kind = "udp"\nhost = "{LOOPBACK}"\nport = {self.udp.port}',
                "stream": f'kind = "tcp"\nhost = "{LOOPBACK}"\nport = {self.tcp.port}',
            },
        )
        self.streams = [
            Stream(SHIPS, self.udp.send),
            Stream(SHIPS, self.tcp.send, FIRST_MMSI + SHIPS),
        ]
        until(lambda: all(feed["state"] != "down" for feed in self.node.view.feeds()))

    def flow(self, rate: float, span_s: float) -> None:
        """Both sources together at a rate."""
        threads = [
            threading.Thread(target=stream.run, args=(rate / 2, span_s)) for stream in self.streams
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def arrived(self, limit_s: float = 120.0) -> None:
        """Wait until everything sent is folded."""
        sent = [len(stream.sent) for stream in self.streams]
        until(lambda: [feed["lines"] for feed in self.node.view.feeds()] == sent, limit_s)

    def stop(self) -> None:
        self.node.stop()
        assert self.node.failed is None
        self.udp.close()
        self.tcp.close()

    def archived(self) -> list[tuple[int, int]]:
        """(mmsi, how often) in the sealed archive and what still waits for the watermark."""
        sealed = SealedArchive(self.folder / "data")
        reports, _ = sealed.read(sealed.since_us, sealed.until_us)
        waiting = self.node.view.run.pipeline.flow._waiting.reports
        mmsi, count = np.unique(np.concatenate([reports.mmsi, waiting.mmsi]), return_counts=True)
        return list(zip(mmsi.tolist(), count.tolist(), strict=True))

    def sent(self) -> list[tuple[int, int]]:
        """(mmsi, how often) as sent."""
        places = [np.arange(len(s.sent)) % SHIPS + s.first_mmsi for s in self.streams]
        mmsi, count = np.unique(np.concatenate(places), return_counts=True)
        return list(zip(mmsi.tolist(), count.tolist(), strict=True))


def test_nothing_is_lost_between_socket_and_archive(tmp_path: Path) -> None:
    sea = Sea(tmp_path)
    sea.flow(1000.0, 5.0)
    sea.arrived()
    feeds = sea.node.view.feeds()
    assert [feed["decoded"] for feed in feeds] == [2500, 2500]
    assert [(feed["rejected"], feed["pending"], feed["shed"]) for feed in feeds] == [(0, 0, 0)] * 2
    until(lambda: len(sea.node.view.picture().targets) == 2 * SHIPS)
    sea.stop()
    assert sea.archived() == sea.sent()


def _measured(sea: Sea, rate: float, span_s: float) -> np.ndarray:
    sea.flow(rate, FIRST_SIGHT_S)
    sea.arrived()
    watcher = Watcher(sea.node, sea.streams)
    sea.flow(rate, span_s)
    sea.arrived()
    until(lambda: len(watcher.latency_s) >= rate * span_s)
    watcher.stop()
    return np.array(watcher.latency_s)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_thousand_a_second_for_ten_minutes(tmp_path: Path) -> None:
    sea = Sea(tmp_path)
    latency_s = _measured(sea, 1000.0, 600.0)
    half, most = np.percentile(latency_s, [50, 99])
    print(f"socket to picture: p50 {half:.2f} s, p99 {most:.2f} s, of {len(latency_s)}")
    assert most <= 2.0
    assert [feed["shed"] for feed in sea.node.view.feeds()] == [0, 0]
    sea.stop()
    assert sea.archived() == sea.sent()


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_it_recovers_from_a_burst(tmp_path: Path) -> None:
    sea = Sea(tmp_path)
    sea.flow(1000.0, FIRST_SIGHT_S)
    sea.flow(5000.0, 60.0)
    sea.arrived(60.0)
    latency_s = _measured(sea, 1000.0, 30.0)
    assert np.percentile(latency_s, 99) <= 2.0, "soon after the burst it is as quick as before"
    sea.stop()
    assert sea.archived() == sea.sent()


# -- a station that was cut off ---------------------------------------------------------------
def _station_node(folder: Path, port: int) -> Node:
    text = f'kind = "station"\nhost = "{LOOPBACK}"\nport = {port}\nstation = "Edge"'
    return live_node(folder, {"edge": text}, quiet_s=1.0)


def _row(at_us: int, place: int) -> Sentence:
    return Sentence(RowKind.LINE, 0, at_us, sentence(FIRST_MMSI + place % 50, place // 50)[:-2])


def _catches_up(folder: Path, span_h: float, every_s: float, limit_s: float) -> None:
    """The link is cut after the first row; by the station's clock that was so many hours ago."""
    now_us = WallClock().now_us() - US_PER_S
    began_us = now_us - round(span_h * US_PER_H)
    spaced = np.arange(began_us, now_us, round(every_s * US_PER_S)) // 1000 * 1000
    times: list[int] = spaced.tolist()
    spool = Spool(folder / "spool", ["receiver"], ceiling_bytes=1 << 31, floor_bytes=0)
    spool.append([_row(times[0], 0)])
    port = free_port()
    node = _station_node(folder, port)
    station = Forwarding(spool, port)
    until(lambda: node.view.feeds()[0]["lines"] == 1)
    station.stop()
    until(lambda: node.view.feeds()[0]["state"] == "down")
    flow = node.view.run.pipeline.flow
    until(lambda: flow.watermark.at_us > now_us - 200 * US_PER_S)

    for first in range(1, len(times), 5000):
        batch = times[first : first + 5000]
        spool.append([_row(at_us, place) for place, at_us in enumerate(batch, first)])
    station = Forwarding(spool, port)
    until(lambda: node.view.feeds()[0]["lines"] == len(times), limit_s)
    until(lambda: node.view.feeds()[0]["state"] != "down")
    until(lambda: station.link.acked_seq == len(times))
    station.stop()
    node.stop()
    assert node.failed is None
    numbers, stamps = [], []
    log = node.view.run.pipeline.store.log
    for lines in log.read(0):
        for row in lines:
            if row.kind == RowKind.LINE:
                tag = row.data[1 : row.data.index(b"*")].split(b",")
                numbers.append(int(tag[2][2:]))
                stamps.append(int(tag[1][2:]) * 1000)
    assert numbers == list(range(1, len(times) + 1)), "in order, nothing lost or doubled"
    assert stamps == times, "with the station's own receive times"
    sealed = SealedArchive(folder / "data")
    reports, _ = sealed.read(began_us - US_PER_S, sealed.until_us)
    waiting = [flow._waiting.reports.at_us, flow._late.reports.at_us]
    assert sorted(np.concatenate([reports.at_us, *waiting]).tolist()) == times
    spool.close()


def test_a_station_cut_off_for_three_hours_catches_up(tmp_path: Path) -> None:
    _catches_up(tmp_path, 3.0, 3.0, 60.0)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_station_cut_off_for_three_days_catches_up(tmp_path: Path) -> None:
    _catches_up(tmp_path, 72.0, 0.5, 1800.0)
