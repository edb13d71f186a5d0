"""A serial line, played by a pseudo-terminal."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from feed_taking import taking, wait_until

from feeds.patience import Patience
from feeds.serial import SerialFeed
from mda.clock import ReplayClock

QUICK = Patience(silence_s=30.0, retry_s=0.02, retry_most_s=0.08)


class Plug:
    """A receiver's end of a pseudo-terminal, and the path under which it is plugged in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.master = -1

    def plug(self) -> None:
        self.master, line = os.openpty()
        tty.setraw(line)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(line))
        self.line = line

    def say(self, data: bytes) -> None:
        os.write(self.master, data)

    def unplug(self) -> None:
        if self.master >= 0:
            self.path.unlink()
            os.close(self.line)
            os.close(self.master)
            self.master = -1


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    receiver = Plug(tmp_path / "by-id")
    receiver.plug()
    yield receiver
    receiver.unplug()


def _feed(plug: Plug, **options: object) -> SerialFeed:
    options.setdefault("patience", QUICK)
    device = str(plug.path)
    return SerialFeed("mast", 7, device, ReplayClock(6, 0.0), **options)  # type: ignore[arg-type]


def test_lines_of_any_bytes(plug: Plug) -> None:
    with taking(_feed(plug, baud=4800)) as taken:
        assert taken.until_controls(1) == [("CONNECT", "opened")]
        plug.say(b"!AIVDM,1\r\n\xff\x00\xfe!AI")
        assert taken.until_lines(2) == [b"!AIVDM,1", b"\xff"]
        plug.say(b"VDM,2\r\n")
        assert taken.until_lines(3)[2] == b"\xfe!AIVDM,2"
    assert taken.controls[1] == ("DISCONNECT", "stopped")


def test_unplugged_and_plugged_in_again(plug: Plug) -> None:
    feed = _feed(plug)
    with taking(feed) as taken:
        taken.until_controls(1)
        plug.say(b"before\nhalf a l")
        taken.until_lines(1)
        plug.unplug()
        assert taken.until_controls(2)[1][0] == "DISCONNECT"
        attempts = feed.attempts
        wait_until(lambda: feed.attempts > attempts + 1)
        plug.plug()
        taken.until_controls(3)
        plug.say(b"after\n")
        wait_until(lambda: b"after" in taken.lines)
        assert feed.reconnects == 1
        assert "No such file" in feed.last_error


def test_silence_opens_it_anew(plug: Plug) -> None:
    with taking(_feed(plug, patience=Patience(silence_s=0.3, retry_s=0.02))) as taken:
        assert taken.until_controls(3)[1:] == [("DISCONNECT", "silence"), ("CONNECT", "opened")]


def test_what_is_no_serial_line_is_told(plug: Plug, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    feed = SerialFeed("mast", 7, str(file), ReplayClock(0, 0.0), patience=QUICK)
    with taking(feed) as taken:
        wait_until(lambda: feed.attempts > 1)
    assert taken.rows == []
    assert "configure" in feed.last_error
    wrong = _feed(plug, baud=-1)
    with taking(wrong):
        wait_until(lambda: wrong.last_error)
