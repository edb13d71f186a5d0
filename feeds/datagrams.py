"""Datagram sockets: large receive buffers, the lines in a datagram, and what the system dropped."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import Final

from feeds.cutting import lines_of

BUFFER: Final = 4 << 20
"""Receive buffer asked of the system, bytes: seconds of a busy stream while we are away."""
DATAGRAM: Final = 65_535
MARK: Final = b"UdPbC\0"
"""Head of an IEC 61162-450 datagram."""
_FORCE: Final = 33
"""SO_RCVBUFFORCE of Linux: a buffer beyond the system's ceiling, for whoever may."""
_TABLES: Final = (Path("/proc/net/udp"), Path("/proc/net/udp6"))


def ask_for_room(link: socket.socket) -> None:
    """Ask for a large receive buffer; the system may give less."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    if hasattr(socket, "SO_BINDTODEVICE"):  # Linux
        with contextlib.suppress(OSError):
            link.setsockopt(socket.SOL_SOCKET, _FORCE, BUFFER)


def datagram_lines(data: bytes) -> list[bytes]:
    """The lines of a datagram, without the head of IEC 61162-450."""
    return lines_of(data.removeprefix(MARK))


def dropped(link: socket.socket) -> int:
    """Datagrams that the system dropped for want of room in this socket; 0 where it says nothing.

    Linux tells in /proc/net/udp: inode in the tenth column, drops in the last.
    """
    inode = str(os.fstat(link.fileno()).st_ino)
    for table in _TABLES:
        with contextlib.suppress(OSError):
            for row in table.read_text().splitlines()[1:]:
                columns = row.split()
                if len(columns) > 12 and columns[9] == inode:
                    return int(columns[-1])
    return 0


class Drops:
    """What the system dropped of some sockets since last asked."""

    def __init__(self, links: list[socket.socket]) -> None:
        self._links = links
        self._told = 0

    def fresh(self) -> int:
        """How many more since the last time."""
        total = sum(dropped(link) for link in self._links)
        fresh, self._told = total - self._told, total
        return max(fresh, 0)
