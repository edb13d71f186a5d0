"""What gpsd hears, as raw sentences.

Raw, because its own JSON leaves out the channel, the talker and every bit that it did not decode.
What gpsd takes off even so (seen with 3.22, raw 1 and 2): TAG blocks, and with them when and by
which station a sentence was received, and sentences whose checksum is wrong. A receiver that writes
TAG blocks is better listened to without a gpsd between.
Its protocol: https://gpsd.io/gpsd_json.html (VERSION greeting, ?WATCH).
"""

from __future__ import annotations

import re
import socket
import time
from typing import Final

from feeds.cutting import LINE_MAX
from feeds.patience import POLL_S
from feeds.stream import Stream
from feeds.tcp import SocketStream, TcpFeed

GPSD_PORT: Final = 2947
WATCH: Final = b'?WATCH={"enable":true,"raw":1,"nmea":false,"json":false}\r\n'
_GREETING: Final = re.compile(rb'\{"class":"VERSION"[^\r\n]*\r?\n')
_TALK: Final = re.compile(rb'\{"class":"(?:VERSION|DEVICES|DEVICE|WATCH|ERROR)"')


class GpsdFeed(TcpFeed):
    """A gpsd as a feed. What it says of itself is no line of the log; its errors are told."""

    opened_reason = "watching"

    def _open(self) -> Stream:
        link = self._connected()
        try:
            behind = self._greeted(link)
            link.sendall(WATCH)
        except OSError:
            link.close()
            raise
        return SocketStream(link, behind)

    def _greeted(self, link: socket.socket) -> bytes:
        """Wait for gpsd to say who it is; returns what came behind. OSError: it is no gpsd."""
        until_s = time.monotonic() + self._patience.connect_s
        link.settimeout(POLL_S)
        held = b""
        while not (greeting := _GREETING.match(held)):
            if len(held) > LINE_MAX or time.monotonic() > until_s or self._stopped.is_set():
                raise OSError("no greeting: is this a gpsd?")
            try:
                data = link.recv(LINE_MAX)
            except TimeoutError:
                continue
            if not data:
                raise OSError("closed before it greeted: is this a gpsd?")
            held += data
        return held[greeting.end() :]

    def _heard(self, lines: list[bytes]) -> list[bytes]:
        for line in lines:
            if line.startswith(b'{"class":"ERROR"'):
                self.last_error = line.decode("utf-8", "replace")
        return [line for line in lines if not _TALK.match(line)]
