"""A station and a node's end of its relay on loopback, and the sentences they pass on."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pyais.encode import encode_dict

from feeds.patience import Patience
from feeds.relay_client import Forwarder
from feeds.relay_server import StationFeed
from mda.clock import WallClock
from mda.decode import received_at
from mda.model import RowKind, Sentence
from mda.store.spool import Spool

LOOPBACK = "127.0.0.1"
QUICK = Patience(connect_s=2.0, retry_s=0.02, retry_most_s=0.1)
MIB = 1 << 20


def until(true: Callable[[], object], limit_s: float = 30.0) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def spool_at(folder: Path, **options: int) -> Spool:
    """A spool with one source."""
    sizes = {"ceiling_bytes": 1024 * MIB, "floor_bytes": 0, **options}
    return Spool(folder, ["receiver"], **sizes)


def line_row(at_us: int, data: bytes, source: int = 0) -> Sentence:
    """A line as the station stored it."""
    return Sentence(RowKind.LINE, source, at_us, data)


def position(mmsi: int, lon_deg: float, lat_deg: float, sog_kn: float = 10.0) -> bytes:
    """A bare sentence with a position report, without any time."""
    message = {
        "type": 1,
        "mmsi": mmsi,
        "lon": lon_deg,
        "lat": lat_deg,
        "speed": sog_kn,
        "course": 90.0,
        "heading": 90,
        "status": 0,
    }
    return encode_dict(message, talker_id="AI", radio_channel="A")[0].encode()


class Collecting:
    """The node's end: takes the feed's rows on a thread and says what is durable, as told."""

    def __init__(self, feed: StationFeed) -> None:
        self.feed = feed
        self.rows: list[Sentence] = []
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._thread.start()

    def _go(self) -> None:
        for row in self.feed:
            self.rows.append(row)

    def lines(self) -> list[bytes]:
        return [row.data for row in self.rows if row.kind == RowKind.LINE]

    def kinds(self) -> list[RowKind]:
        return [row.kind for row in self.rows if row.kind != RowKind.LINE]

    def stop(self) -> None:
        self.feed.stop()
        self._thread.join(10.0)
        assert not self._thread.is_alive()


def station_feed(**options: object) -> StationFeed:
    """The node's end on a free port."""
    clock, code = options.pop("clock", WallClock()), options.pop("code", 3)
    options = {"station": "Edge", "beat_s": 0.1, "dead_s": 2.0, **options}
    return StationFeed("edge", code, LOOPBACK, 0, clock, received_at, **options)  # type: ignore[arg-type]


class Forwarding:
    """The station's end on a thread."""

    def __init__(self, spool: Spool, port: int, listening: int = 1, **options: object) -> None:
        options = {
            "patience": QUICK,
            "jitter": random.Random(1),
            "beat_s": 0.1,
            "dead_s": 2.0,
            **options,
        }
        self.listening = listening
        self.link = Forwarder(
            spool,
            (LOOPBACK, port),
            str(options.pop("station", "Edge")),
            ["Edge"],
            options.pop("clock", WallClock()),  # type: ignore[arg-type]
            lambda: self.listening,
            **options,  # type: ignore[arg-type]
        )
        self._thread = threading.Thread(target=self.link.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.link.stop()
        self._thread.join(10.0)
        assert not self._thread.is_alive()


class Middle:
    """Something between station and node that can hang up, or swallow everything in silence."""

    def __init__(self, port: int, piece_bytes: int = 65536) -> None:
        self.swallow = False
        self._piece_bytes = piece_bytes
        self._port = port
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = self._listener.getsockname()[1]
        self._links: list[socket.socket] = []
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._thread.start()

    def _go(self) -> None:
        while True:
            try:
                outer, _ = self._listener.accept()
            except OSError:
                return
            if self.swallow:
                self._links.append(outer)
                continue
            inner = socket.create_connection((LOOPBACK, self._port))
            self._links += [outer, inner]
            for pair in ((outer, inner), (inner, outer)):
                threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(self._piece_bytes):
                if not self.swallow:
                    sink.sendall(data)
                if self._piece_bytes < 65536:
                    time.sleep(0.02)
        except OSError:
            pass
        if not self.swallow:
            reset(sink)

    def hang_up(self) -> None:
        links, self._links = self._links, []
        for link in links:
            reset(link)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10.0)
        self.hang_up()


def reset(link: socket.socket) -> None:
    try:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side was quicker
    finally:
        link.close()
