"""`mda station` as a user runs it: it keeps, forwards, says how it goes and what is wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from live_parts import LOOPBACK, TcpPeer, UdpPeer, free_port
from relay_parts import Collecting, line_row, position, spool_at, station_feed, until

from mda.cli.main import mda
from mda.cli.station import Station
from mda.config import Config
from mda.errors import ConfigError, FeedError, MdaError, StoreError
from mda.model import RowKind
from mda.store.spool import Spool


def settings(folder: Path, port: int, source: str, **more: str) -> Path:
    (folder / "receiver.toml").write_text(source)
    lines = {
        "name": '"Edge"',
        "node_host": f'"{LOOPBACK}"',
        "node_port": str(port),
        "spool": f'"{folder / "spool"}"',
        "sources": f'["{folder / "receiver.toml"}"]',
        "say_every_s": "1",
        "write_every_s": "0.02",
        "free_floor_mib": "0",
        **more,
    }
    file = folder / "station.toml"
    file.write_text("[station]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items() if v))
    return file


def udp(port: int) -> str:
    return f'kind = "udp"\nhost = "{LOOPBACK}"\nport = {port}\n'


@pytest.fixture
def running() -> Iterator[Callable[[Path], Station]]:
    """Stations on threads, stopped in the end."""
    stations: list[tuple[Station, threading.Thread]] = []

    def run(file: Path) -> Station:
        station = Station(Config.load(file))
        thread = threading.Thread(target=station.run)
        thread.start()
        stations.append((station, thread))
        return station

    yield run
    for station, thread in stations:
        station.stop()
        thread.join(30.0)
        assert not thread.is_alive()


def test_what_it_hears_is_on_disk_first_and_then_at_the_node(
    tmp_path: Path,
    running: Callable[[Path], Station],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CARIBSIS_STATION_SECRET", "ours")
    receiver, peer = UdpPeer(free_port()), TcpPeer()
    feed = station_feed(secret="ours")
    node = Collecting(feed)
    file = settings(tmp_path, feed.port, udp(receiver.port))
    (tmp_path / "other.toml").write_text(
        f'kind = "tcp"\nhost = "{LOOPBACK}"\nport = {peer.port}\nstation = "Other Mast"\n'
    )
    both = f'["{tmp_path / "receiver.toml"}", "{tmp_path / "other.toml"}"]'
    file = settings(tmp_path, feed.port, udp(receiver.port), sources=both)
    station = running(file)
    until(lambda: RowKind.CONNECT in node.kinds())
    receiver.send(position(329000001, -61.0, 15.0))
    peer.send(position(329000002, -61.0, 15.0) + b"\r\n")
    until(lambda: len(node.lines()) == 2)
    names = {re.match(rb"\\s:([^,]*),", line)[1] for line in node.lines()}  # type: ignore[index]
    assert names == {b"Edge", b"Other Mast"}
    until(lambda: "2 of 2 receivers up" in capsys.readouterr().out)
    words = station.health(1.5)
    assert words.startswith("Edge: 1.5 rows/s, 2 of 2 receivers up, ")
    assert f"node {LOOPBACK}:{feed.port} connected" in words
    peer.close()
    until(lambda: "1 of 2 receivers up" in station.health(0.0))
    node.stop()
    receiver.close()


def test_without_a_node_it_keeps_and_says_so(
    tmp_path: Path, running: Callable[[Path], Station], capsys: pytest.CaptureFixture[str]
) -> None:
    receiver = UdpPeer(free_port())
    station = running(settings(tmp_path, free_port(), udp(receiver.port)))
    until(lambda: "1 of 1 receivers up" in station.health(0.0))
    receiver.send(position(329000001, -61.0, 15.0))
    until(lambda: station.spool.last_seq == 3)
    until(lambda: "keeping on disk" in capsys.readouterr().out)
    assert "not reached (Connection refused), keeping on disk" in station.health(0.0)
    assert "none acknowledged yet" in station.health(0.0)
    station.stop()
    receiver.close()
    until(lambda: station.spool.broken)
    again = spool_at(tmp_path / "spool")
    kinds = [row.kind for lines in again.read(0) for row in lines]
    assert kinds[:3] == [RowKind.START, RowKind.CONNECT, RowKind.LINE]
    assert kinds[-1] == RowKind.STOP
    again.close()


def test_a_full_disk_is_said_and_waited_for(
    tmp_path: Path,
    running: Callable[[Path], Station],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("mda.cli.station._RETRY_S", 0.02)
    receiver = UdpPeer(free_port())
    station = running(settings(tmp_path, free_port(), udp(receiver.port)))
    until(lambda: station.spool.last_seq == 2)
    append, full = Spool.append, threading.Event()
    full.set()

    def appending(self: Spool, rows: list[object]) -> object:
        if full.is_set():
            raise StoreError("the raw-line log cannot be written: No space left on device")
        return append(self, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(Spool, "append", appending)
    receiver.send(position(329000001, -61.0, 15.0))
    until(lambda: "No space left" in station.health(0.0))
    full.clear()
    until(lambda: station.spool.last_seq == 3)
    until(lambda: "No space left" not in station.health(0.0))
    assert "No space left" in capsys.readouterr().err
    receiver.close()


def test_a_source_that_breaks_is_said(tmp_path: Path, running: Callable[[Path], Station]) -> None:
    source = 'kind = "file"\npaths = ["gone.nmea"]\n'
    station = running(settings(tmp_path, free_port(), source))
    until(lambda: "no such recording" in station.health(0.0))
    station.spool.lost_rows = 5
    station._inbox.shed[0] = 7
    words = station.health(0.0)
    assert "5 rows had to go before the node had them" in words
    assert "7 position reports dropped under pressure" in words


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"name": ""}, ConfigError, "station.name: not set"),
        ({"node_host": ""}, ConfigError, "station.node_host: not set"),
        ({"sources": ""}, ConfigError, "no source to listen to"),
        ({"sources": '["nowhere"]'}, FeedError, "no such source"),
        ({"spol": '"x"'}, ConfigError, "Did you mean station.spool"),
    ],
)
def test_what_is_wrong_is_said_clearly(
    tmp_path: Path, more: dict[str, str], error: type[MdaError], words: str
) -> None:
    file = settings(tmp_path, 1, udp(free_port()), **more)
    with pytest.raises(error, match=words):
        Station(Config.load(file))


def test_a_spool_that_another_process_holds_is_said(tmp_path: Path) -> None:
    held = spool_at(tmp_path / "spool")
    file = settings(tmp_path, 1, udp(free_port()))
    with pytest.raises(StoreError, match="another process holds"):
        Station(Config.load(file))
    held.close()
    receiver = UdpPeer(free_port())
    bound = settings(tmp_path, 1, udp(receiver.port).replace(LOOPBACK, "no.such.host.invalid"))
    with pytest.raises(FeedError):
        Station(Config.load(bound))
    spool_at(tmp_path / "spool").close()
    receiver.close()


def test_killed_and_started_again_nothing_on_its_disk_is_lost_or_doubled(tmp_path: Path) -> None:
    """kill -9 of the station's own process, several times, while it forwards."""
    feed = station_feed()
    node = Collecting(feed)
    spool = spool_at(tmp_path / "spool")
    spool.append([line_row(i * 1000, b"early %d" % i) for i in range(2000)])
    spool.close()
    receiver = UdpPeer(free_port())
    file = settings(tmp_path, feed.port, udp(receiver.port))
    command = [sys.executable, "-m", "mda.cli.main", "station", "--config", str(file)]
    for kill in range(3):
        had = len(node.lines())
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ}
        )

        def heard(had: int = had, kill: int = kill) -> bool:
            receiver.send(b"sent %d" % kill)
            return len(node.lines()) > had + 20

        until(heard, 60.0)
        assert process.stdout is not None
        assert any(b"Edge: 0.0 rows/s" in line for line in iter(process.stdout.readline, b""))
        process.send_signal(signal.SIGKILL if kill < 2 else signal.SIGTERM)
        process.communicate(timeout=60.0)
    assert process.returncode == 0
    left = spool_at(tmp_path / "spool")
    kept = [row.data for lines in left.read(0) for row in lines if row.kind == RowKind.LINE]
    until(lambda: len(feed._taken) == 1)
    assert node.lines() == kept[: len(node.lines())]
    assert len(kept) - len(node.lines()) < 100
    left.close()
    node.stop()
    receiver.close()


def test_its_help_shows_an_example() -> None:
    result = CliRunner().invoke(mda, ["station", "--help"], prog_name="mda")
    assert "mda station --config station.toml" in result.output
