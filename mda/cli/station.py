"""`mda station`: a store-and-forward station beside a receiver."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import click

from feeds.relay_client import Forwarder
from feeds.source import Source, load_source, open_feed
from mda.clock import WallClock, monotonic_us
from mda.config import Config
from mda.decode import received_at
from mda.errors import ConfigError, MdaError, StoreError
from mda.model import Feed, RowKind, Sentence
from mda.store.spool import Spool
from mda.units import US_PER_S
from mda.watch.inbox import Inbox

_MIB = 2**20
_PATIENT_ROWS = 20_000
_PRESSING_ROWS = 50_000
_BATCH_ROWS = 5_000
_JOIN_S = 5.0
_RETRY_S = 1.0


class Station:
    """Sources on their threads, one writer of the spool, one forwarder; `run` until stopped."""

    def __init__(self, config: Config) -> None:
        """Open everything. Raises ConfigError, FeedError or StoreError where that cannot be."""
        self._name = _named(config, "station.name", "the name that the node expects")
        host = _named(config, "station.node_host", "the node's host name or address")
        texts = config.texts("station.sources")
        if not texts:
            do = 'Name some, for instance sources = ["my-receiver.toml"]'
            raise ConfigError("no source to listen to", where="station.sources", do=do)
        sources = [load_source(name) for name in texts]
        self._clock = WallClock()
        self._every_s = config.number("station.write_every_s")
        self._say_every_us = round(config.number("station.say_every_s") * US_PER_S)
        directory = Path(config.text("station.spool"))
        self.spool = Spool(
            directory,
            [source.name for source in sources],
            ceiling_bytes=config.integer("station.ceiling_mib") * _MIB,
            floor_bytes=config.integer("station.free_floor_mib") * _MIB,
        )
        try:
            self._feeds = [(s, self._opened(s, directory)) for s in sources]
        except MdaError:
            self.spool.close()
            raise
        self._inbox: Inbox[MdaError] = Inbox(_PATIENT_ROWS, _PRESSING_ROWS)
        self._up: set[int] = set()
        self._address = (host, config.integer("station.node_port"))
        self.link = Forwarder(
            self.spool,
            self._address,
            self._name,
            self._station_names(sources),
            self._clock,
            lambda: len(self._up),
            secret=os.environ.get(config.text("station.secret_env"), ""),
        )
        self._stop = threading.Event()
        self._trouble = ""

    def stop(self) -> None:
        """End `run` soon."""
        self._stop.set()

    def run(self) -> None:
        """Listen, write, forward, and say how it goes, until stopped.

        What is in hand when it is told to stop is written before it ends.
        """
        threads = [threading.Thread(target=self.link.run, name="forward", daemon=True)]
        threads += [
            threading.Thread(target=self._listen, args=feed, name=feed[0].name, daemon=True)
            for feed in self._feeds
        ]
        self._write([Sentence(RowKind.START, -1, self._clock.now_us(), b"")])
        for thread in threads:
            thread.start()
        said_us, said_rows = monotonic_us(), self.spool.last_seq
        try:
            while not self._stop.is_set():
                self._write(self._heard())
                now_us = monotonic_us()
                if now_us - said_us >= self._say_every_us:
                    rows = self.spool.last_seq
                    click.echo(self.health((rows - said_rows) * US_PER_S / (now_us - said_us)))
                    said_us, said_rows = now_us, rows
        finally:
            self.link.stop()
            for _, feed in self._feeds:
                feed.stop()
            for thread in threads:
                thread.join(_JOIN_S)
            while len(self._inbox):
                self.spool.append(self._heard())
            self.spool.append([Sentence(RowKind.STOP, -1, self._clock.now_us(), b"")])
            self.spool.close()

    def health(self, rows_per_s: float) -> str:
        """One line: what is heard, what waits, and how the link is."""
        spool, link = self.spool, self.link
        waiting = spool.last_seq - link.acked_seq
        words = [
            f"{rows_per_s:.1f} rows/s",
            f"{len(self._up)} of {len(self._feeds)} receivers up",
            f"{spool.last_seq:,} spooled",
            f"{waiting:,} not yet acknowledged" if link.acked_seq else "none acknowledged yet",
            f"{spool.bytes_held / _MIB:.1f} MiB",
        ]
        host, port = self._address
        if link.connected:
            words.append(f"node {host}:{port} connected")
        else:
            reason = f" ({link.last_error})" if link.last_error else ""
            words.append(f"node {host}:{port} not reached{reason}, keeping on disk")
        if spool.lost_rows:
            words.append(f"{spool.lost_rows:,} rows had to go before the node had them")
        if shed := sum(self._inbox.shed.values()):
            words.append(f"{shed:,} position reports dropped under pressure")
        if self._trouble:
            words.append(self._trouble)
        return f"{self._name}: " + ", ".join(words)

    def _opened(self, source: Source, directory: Path) -> Feed:
        code = self.spool.codes()[source.name]
        return open_feed(source, code, self._clock, received_at, state=directory / "feeds")

    def _station_names(self, sources: Sequence[Source]) -> list[str]:
        """The station each source's lines are of, by its code: its own, or this one."""
        stations = {source.name: source.station for source in sources}
        return [stations.get(name) or self._name for name in self.spool.sources]

    def _listen(self, source: Source, feed: Feed) -> None:
        """A receiver's thread: its rows into the inbox until it ends or the station stops."""
        add = self._inbox.press if source.pressing else self._inbox.put
        try:
            for row in feed:
                while not add(row, 0.5):
                    if self._stop.is_set():
                        return
        except MdaError as error:
            self._trouble = f"{source.name}: {error}"
        finally:
            self._up.discard(self.spool.codes()[source.name])

    def _heard(self) -> list[Sentence]:
        """What has come in meanwhile."""
        rows = self._inbox.take(_BATCH_ROWS, self._every_s, self._every_s)
        return [row for row in rows if isinstance(row, Sentence)]

    def _write(self, rows: Sequence[Sentence]) -> None:
        """To the disk, however long that takes: a full disk is said, and waited for."""
        if not rows:
            return
        while True:
            try:
                self.spool.append(rows)
                break
            except StoreError as error:
                if not self._trouble:
                    click.echo(f"{self._name}: {error}", err=True)
                self._trouble = str(error)
                if self.spool.broken or self._stop.wait(_RETRY_S):
                    raise
        self._trouble = ""
        for row in rows:
            if row.kind == RowKind.CONNECT:
                self._up.add(row.feed)
            elif row.kind == RowKind.DISCONNECT:
                self._up.discard(row.feed)


def _named(config: Config, key: str, what: str) -> str:
    text = config.text(key)
    if not text:
        raise ConfigError("not set", where=key, do=f"Write {what} into the settings file")
    return text


@click.command(
    epilog="Example: mda station --config station.toml, where station.toml has [station] with "
    'name = "Example Point", node_host = "192.0.2.1", sources = ["my-receiver.toml"] and '
    'spool = "spool"; the node names a source of kind station for it.'
)
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    required=True,
    help="station.toml: the [station] settings (mda config lists them).",
)
def station(file: Path) -> None:
    """Keep what a receiver hears on disk, and forward it to a node.

    Everything is written to the spool before it is sent, and kept until the node has it on its own
    disk: a link that is cut for a week loses nothing and doubles nothing. It says how it goes once
    a minute. The secret shared with the node comes from the environment variable
    CARIBSIS_STATION_SECRET (or the one that station.secret_env names).
    """
    running = Station(Config.load(file))
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: running.stop())
    click.echo(running.health(0.0))
    running.run()
