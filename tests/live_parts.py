"""A live node under a steady stream: what was sent, what arrived, and how soon it was shown."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from pathlib import Path

import numpy as np

from mda.cli.runs import live_run
from mda.config import Config
from mda.watch.node import Node

LOOPBACK = "127.0.0.1"
FIRST_MMSI = 329_100_000
ABREAST = 100
LAT_DEG, LON_DEG, STEP_DEG = 15.0, -61.0, 0.0001
"""A ship goes north by a step a report: how far it is says which report is shown."""


def sentence(mmsi: int, number: int) -> bytes:
    """A ship's report number so many (type 1, ITU-R M.1371-5 table 48), as a sentence."""
    ship = mmsi - FIRST_MMSI
    lon = round((LON_DEG + ship % ABREAST * 0.01) * 600_000) & 0xFFFFFFF
    lat = round((LAT_DEG + ship // ABREAST * 0.01 + number * STEP_DEG) * 600_000) & 0x7FFFFFF
    bits = 0
    for value, width in (
        (1, 6), (0, 2), (mmsi, 30), (0, 4), (0, 8), (70, 10), (1, 1), (lon, 28), (lat, 27),
        (0, 12), (0, 9), (60, 6), (0, 2), (0, 3), (0, 1), (0, 19),
    ):  # fmt: skip
        bits = bits << width | value
    six = ((bits >> shift) & 63 for shift in range(162, -1, -6))
    payload = bytes(v + 48 if v < 40 else v + 56 for v in six)
    words = b"AIVDM,1,1,,A," + payload + b",0"
    return b"!%b*%02X\r\n" % (words, reduce(xor, words, 0))


def shown(mmsi: int, lat_deg: float) -> int:
    """The number of the report that a ship's place shows."""
    ship = mmsi - FIRST_MMSI
    return round((lat_deg - LAT_DEG - ship // ABREAST * 0.01) / STEP_DEG)


@dataclass
class Stream:
    """Reports of many ships at a rate; remembers when each was sent."""

    ships: int
    send: Callable[[bytes], object]
    first_mmsi: int = FIRST_MMSI
    sent: list[float] = field(default_factory=list)
    """When each report was sent, by its place in the stream."""

    def run(self, rate: float, span_s: float) -> None:
        """Send at a rate for a while; catches up where it was held."""
        began, first = time.monotonic(), len(self.sent)
        total = round(rate * span_s)
        for place in range(first, first + total):
            due = began + (place - first) / rate
            while (left := due - time.monotonic()) > 0:
                time.sleep(min(left, 0.01))
            number, ship = divmod(place, self.ships)
            self.send(sentence(self.first_mmsi + ship, number))
            self.sent.append(time.monotonic())


class Watcher:
    """Looks at the picture all the time and notes how old each report was when first shown."""

    def __init__(self, node: Node, streams: list[Stream]) -> None:
        self.latency_s: list[float] = []
        self._node, self._streams = node, streams
        self._seen = [np.zeros(stream.ships, np.int64) for stream in streams]
        self._began = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _go(self) -> None:
        version = -1
        while not self._stopped.wait(0.02):
            picture = self._node.view.picture()
            if picture.version == version:
                continue
            version, now = picture.version, time.monotonic()
            mmsis = (picture.targets.key & np.uint64(0xFFFFFFFF)).tolist()
            for mmsi, lat in zip(mmsis, picture.targets.lat_deg.tolist(), strict=True):
                self._note(mmsi, lat, now)

    def _note(self, mmsi: int, lat_deg: float, now: float) -> None:
        for stream, seen in zip(self._streams, self._seen, strict=True):
            ship = mmsi - stream.first_mmsi
            if 0 <= ship < stream.ships:
                upto = shown(mmsi, lat_deg) + 1
                for number in range(int(seen[ship]), upto):
                    sent = stream.sent[number * stream.ships + ship]
                    if sent >= self._began:
                        self.latency_s.append(now - sent)
                seen[ship] = max(seen[ship], upto)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def live_node(folder: Path, sources: dict[str, str], quiet_s: float = 10.0) -> Node:
    """A node that listens to these sources (name: the rest of its TOML), started."""
    names = []
    for name, text in sources.items():
        file = folder / f"{name}.toml"
        file.write_text(f'name = "{name}"\n{text}\n')
        names.append(f'"{file}"')
    settings = folder / "node.toml"
    settings.write_text(
        f'[node]\nsources = [{", ".join(names)}]\ndata = "{folder / "data"}"\n'
        f"[flow]\nquiet_s = {quiet_s}\n"
    )
    config = Config.load(settings)
    node = Node(live_run(config), config.number("flow.quiet_s"))
    node.start()
    return node


class UdpPeer:
    """A relay that sends a datagram a sentence."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(self, data: bytes) -> None:
        self._link.sendto(data, (LOOPBACK, self.port))

    def close(self) -> None:
        self._link.close()


class TcpPeer:
    """A receiver that serves its sentences over TCP to one client."""

    def __init__(self) -> None:
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        self._link: socket.socket | None = None

    def send(self, data: bytes) -> None:
        if self._link is None:
            self._link, _ = self._listener.accept()
        self._link.sendall(data)

    def close(self) -> None:
        if self._link is not None:
            self._link.close()
        self._listener.close()
