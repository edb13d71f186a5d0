"""A receiver on a serial line, opened again when it was unplugged."""

from __future__ import annotations

import random
from typing import Final

import serial

from feeds.patience import POLL_S, Patience
from feeds.stream import Stream, StreamFeed
from mda.clock import Clock

BAUD: Final = 38_400
"""IEC 61162-2 high speed, as AIS receivers speak it."""
_READ: Final = 4096


class _SerialStream:
    """An open serial line as a `Stream`."""

    def __init__(self, line: serial.Serial) -> None:
        self._line = line

    def read(self) -> bytes | None:
        """See `Stream`."""
        # One byte is waited for, then all that is there is taken.
        first = self._line.read(1)
        if not first:
            return None
        try:
            return first + self._line.read(min(self._line.in_waiting, _READ))
        except OSError:
            return first  # unplugged right now: the next read says so

    def close(self) -> None:
        """See `Stream`."""
        self._line.close()


class SerialFeed(StreamFeed):
    """The lines of a serial device.

    Name the device by a path that stays (/dev/serial/by-id/…): /dev/ttyUSB0 is whichever was
    plugged in first. The device is held exclusively, so that no second program eats half of it.
    """

    opened_reason = "opened"

    def __init__(
        self,
        name: str,
        code: int,
        device: str,
        clock: Clock,
        *,
        baud: int = BAUD,
        patience: Patience | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        super().__init__(name, code, clock, patience=patience, jitter=jitter)
        self._device, self._baud = device, baud

    def _open(self) -> Stream:
        try:
            line = serial.Serial(self._device, self._baud, timeout=POLL_S, exclusive=True)
        except ValueError as error:  # a baud rate that the device does not know
            raise OSError(str(error)) from error
        return _SerialStream(line)
