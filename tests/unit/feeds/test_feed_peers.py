"""Transports against real peers: gpsd, socat, gnuais. `make deps` brings them where it may."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ais_audio import recording
from feed_taking import taking, wait_until

from feeds.gpsd import GpsdFeed
from feeds.multicast import MulticastFeed
from feeds.patience import Patience
from feeds.serial import SerialFeed
from feeds.server import ServerFeed
from mda.clock import ReplayClock

LOOPBACK = "127.0.0.1"
GROUP = "239.192.0.2"
QUICK = Patience(connect_s=2.0, silence_s=60.0, retry_s=0.02, retry_most_s=0.08)
PAYLOAD = "15RTgt0PAso;90TKcjM8h6g208CQ"
LINE = b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"


def needs(program: str) -> str:
    """Where a program is; skips, saying so, where it is not."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"needs {program}, which is not on this machine (`make deps` says how)")
    return path


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program, ended by its own id when the block is left."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as link:
        link.bind((LOOPBACK, 0))
        return int(link.getsockname()[1])


@contextmanager
def _receiver(line: bytes) -> Iterator[int]:
    """A TCP server that says a line again and again to whoever connects; its port."""
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                link, _ = listener.accept()
            except TimeoutError:
                continue
            with link:
                try:
                    while not over.wait(0.05):
                        link.sendall(line)
                except OSError:
                    continue

    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.settimeout(0.1)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            over.set()
            thread.join()


def test_gpsd_hands_on_raw_sentences_and_is_found_again() -> None:
    gpsd = needs("gpsd")
    port = _free_port(socket.SOCK_STREAM)
    tagged = b"\\s:STN1,c:1490075479*57\\" + LINE.replace(b"AIVDM", b"BSVDM")[:-2] + b"53\r\n"
    feed = GpsdFeed("gps", 0, LOOPBACK, port, ReplayClock(0, 0.0), patience=QUICK)
    with _receiver(LINE + b"\r\n" + tagged) as source, taking(feed) as taken:
        command = (gpsd, "-N", "-n", "-S", str(port), f"tcp://{LOOPBACK}:{source}")
        with running(*command):
            taken.until_lines(4)
        assert taken.until_controls(2)[0] == ("CONNECT", "watching")
        with running(*command):
            taken.until_controls(3)
    # The talker and the channel are kept; the TAG block gpsd takes off, also of raw sentences.
    assert set(taken.lines) == {LINE, LINE.replace(b"AIVDM", b"BSVDM")[:-2] + b"53"}


def _pair(one: Path, other: Path) -> tuple[str, ...]:
    """A pair of pseudo-terminals as socat makes it: what is written to one is read from other."""
    return (
        needs("socat"),
        f"pty,raw,echo=0,link={one}",
        f"pty,raw,echo=0,link={other}",
    )


def _say_until(path: Path, line: bytes, so: Callable[[], object]) -> None:
    def said() -> bool:
        path.write_bytes(line + b"\r\n")
        return bool(so())

    wait_until(said)


def test_socat_plays_a_serial_line_that_is_unplugged(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    feed = SerialFeed("mast", 0, str(ours), ReplayClock(0, 0.0), patience=QUICK)
    with taking(feed) as taken:
        with running(*_pair(ours, theirs)):
            taken.until_controls(1)
            _say_until(theirs, LINE, lambda: taken.lines)
        taken.until_controls(2)
        heard = len(taken.lines)
        with running(*_pair(ours, theirs)):
            assert taken.until_controls(3)[2] == ("CONNECT", "opened")
            _say_until(theirs, LINE, lambda: len(taken.lines) > heard)
    assert set(taken.lines) == {LINE}
    assert feed.reconnects == 1


def test_socat_sends_to_a_multicast_group() -> None:
    socat = needs("socat")
    port = _free_port(socket.SOCK_DGRAM)
    feed = MulticastFeed(
        "tgtd", 0, [f"{GROUP}:{port}"], ReplayClock(0, 0.0), interface=[LOOPBACK], patience=QUICK
    )
    with taking(feed) as taken:
        taken.until_controls(1)
        to = f"udp4-datagram:{GROUP}:{port},ip-multicast-if={LOOPBACK},ip-multicast-loop=1"
        with running(socat, "-u", "-", to) as sender:
            assert sender.stdin is not None
            sender.stdin.write(b"UdPbC\0" + LINE + b"\r\n")
            sender.stdin.flush()
            assert taken.until_lines(1) == [LINE]


def test_socat_connects_as_a_station_does() -> None:
    socat = needs("socat")
    feed = ServerFeed("yard", 0, LOOPBACK, 0, ReplayClock(0, 0.0))
    with taking(feed) as taken:
        with running(socat, "-u", "-", f"tcp4:{LOOPBACK}:{feed.port}") as station:
            assert station.stdin is not None
            station.stdin.write(LINE + b"\r\n")
            station.stdin.flush()
            assert taken.until_lines(1) == [LINE]
        assert taken.until_controls(2)[1][0] == "DISCONNECT"


@pytest.mark.skipif(sys.platform != "linux", reason="gnuais is packaged for Linux")
def test_gnuais_demodulates_audio_and_writes_to_a_serial_line(tmp_path: Path) -> None:
    gnuais = needs("gnuais")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    audio, settings = tmp_path / "audio.raw", tmp_path / "gnuais.conf"
    audio.write_bytes(recording([PAYLOAD] * 5))
    feed = SerialFeed("sdr", 0, str(ours), ReplayClock(0, 0.0), patience=QUICK)
    with running(*_pair(ours, theirs)), taking(feed) as taken:
        taken.until_controls(1)
        settings.write_text(
            "MyCall TESTER\nMyEmail tester@example.com\nSoundChannels mono\n"
            f"serial_port {theirs}\nLogDir {tmp_path}\n"
        )
        done = subprocess.run(
            [gnuais, "-c", settings, "-l", audio, "-o", "stderr"], capture_output=True, timeout=60
        )
        assert b"Received correctly: 5 packets" in done.stderr
        assert taken.until_lines(5) == [LINE] * 5
