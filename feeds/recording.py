"""Recordings as chunks of whole lines: plain, gzip, zstd or zip (told by first bytes), or stdin."""

from __future__ import annotations

import gzip
import io
import os
import select
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import Any, BinaryIO, Final

import numpy as np
import zstandard

from feeds.cutting import I64, LINE_MAX, last_end
from mda.clock import NO_TIME_US
from mda.errors import FeedError
from mda.geo.kernel import kernel
from mda.model import LineClock
from mda.units import US_PER_H

CHUNK: Final = 2 << 20
"""Bytes read at one time: what is made of them stays in the cache, and memory small."""
STDIN: Final = "-"
POLL_S: Final = 0.25
LEAP_US: Final = US_PER_H
"""A stamp this far ahead must not be contradicted by the next one, or it is not believed."""


class _Stdin(io.RawIOBase):
    """Standard input that gives up waiting once `stopped` is set."""

    def __init__(self, stopped: Event) -> None:
        self._fd = sys.stdin.fileno()
        self._stopped = stopped

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        """Read what is there; 0 at the end of input or when stopped."""
        while not self._stopped.is_set():
            if select.select([self._fd], [], [], POLL_S)[0]:
                data = os.read(self._fd, len(into))
                into[: len(data)] = data
                return len(data)
        return 0


@contextmanager
def _opened(path: str, stopped: Event) -> Iterator[Callable[[int], bytes]]:
    """How to read the next bytes of a recording, unpacked."""
    own = _Stdin(stopped) if path == STDIN else io.FileIO(path)
    with io.BufferedReader(own) as raw:
        magic = raw.peek(4)[:4]
        if magic[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=raw) as unzipped:
                yield unzipped.read1
        elif magic == b"\x28\xb5\x2f\xfd":
            with zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True) as zst:
                yield zst.read
        elif magic == b"PK\x03\x04" and path != STDIN:
            with zipfile.ZipFile(raw) as packed, packed.open(_only_file(packed, path)) as file:
                yield file.read
        elif path == STDIN:
            yield raw.read1
        else:
            yield partial(_with_line_end, raw)


def _with_line_end(raw: BinaryIO, size: int) -> bytes:
    """The next bytes up to a line's end, so that none has to be put before the next ones."""
    block = raw.read(size)
    return block + raw.readline(LINE_MAX) if block and block[-1:] != b"\n" else block


def _only_file(packed: zipfile.ZipFile, path: str) -> str:
    """The name of the one file in a zip. FeedError: it holds several, or none."""
    names = [info.filename for info in packed.infolist() if not info.is_dir()]
    if len(names) != 1:
        raise FeedError(f"a zip of {len(names)} files", where=path, do="Unpack it first")
    return names[0]


def chunks(paths: Sequence[str], stopped: Event, size: int = CHUNK) -> Iterator[bytes]:
    """The bytes of the recordings one after another, cut behind a line end.

    Raises FeedError for a file that is missing, not readable or damaged, after what could be read
    (of a zstd file that was cut off only the readable part is noticed).
    """
    for path in paths:
        rest = b""
        for block in _blocks(path, stopped, size):
            held = rest + block
            cut = last_end(held)
            if cut == 0 and len(held) > size:
                cut = len(held)
            rest = held[cut:]
            if cut:
                yield held[:cut]
        if rest:
            yield rest


def _blocks(path: str, stopped: Event, size: int) -> Iterator[bytes]:
    """Blocks of at least `size` bytes (from stdin: as they come); then the error, if any."""
    held: list[bytes] = []
    wanted = 1 if path == STDIN else size
    failure: FeedError | None = None
    try:
        with _opened(path, stopped) as read:
            while not stopped.is_set() and (block := read(size)):
                held.append(block)
                if sum(map(len, held)) >= wanted:
                    yield b"".join(held)
                    held = []
    except FileNotFoundError:
        failure = FeedError("no such recording", where=path, do="Check the path")
    except (
        EOFError,
        zlib.error,
        zstandard.ZstdError,
        gzip.BadGzipFile,
        zipfile.BadZipFile,
    ) as error:
        do = "What came before the damage was read"
        failure = FeedError(f"damaged or cut off: {error}", where=path, do=do)
    except OSError as error:
        failure = FeedError(f"cannot be read: {error.strerror or error}", where=path)
    if held:
        yield b"".join(held)
    if failure is not None:
        raise failure


def stamps_of(lines: Iterable[bytes], stamp: LineClock) -> I64:
    """Each line's own time, `NO_TIME_US` where it carries none."""
    own = [stamp(line) for line in lines]
    return np.array([NO_TIME_US if at_us is None else at_us for at_us in own], np.int64)


def recorded_times(stamps_us: I64, last_us: int) -> I64:
    """When each line of a recording was stored: its own stamp, never going back.

    A line without a stamp has the last one's time; before the first stamp it has that one's, as
    a replay's clock begins there. A stamp more than an hour ahead that the next stamp contradicts
    (by going back more than an hour) is noise and does not move time.
    """
    if not (stamps_us != NO_TIME_US).any():
        return np.full(stamps_us.size, last_us, np.int64)
    times: I64 = np.maximum.accumulate(np.append(last_us, stamps_us))
    before = times[:-1]
    leaps = (stamps_us > before) & ((before == NO_TIME_US) | (stamps_us - LEAP_US > before))
    if leaps.sum() > (last_us == NO_TIME_US) or _contradicted(stamps_us, leaps):
        times = _believed(stamps_us, last_us)
    else:
        times = times[1:]
    known = times[times != NO_TIME_US]
    return np.where(times == NO_TIME_US, known[0], times) if known.size else times


@kernel
def _believed(stamps_us: I64, last_us: int) -> I64:
    """The same one by one, asking of every leap what the next stamp says."""
    found = np.empty(stamps_us.shape[0], np.int64)
    following = np.empty(stamps_us.shape[0], np.int64)
    after = NO_TIME_US
    for i in range(stamps_us.shape[0] - 1, -1, -1):
        following[i] = after
        if stamps_us[i] != NO_TIME_US:
            after = stamps_us[i]
    for i in range(stamps_us.shape[0]):
        at_us = stamps_us[i]
        if at_us != NO_TIME_US and at_us > last_us:
            leap = last_us == NO_TIME_US or at_us - last_us > LEAP_US
            denied = following[i] != NO_TIME_US and following[i] < at_us - LEAP_US
            if not (leap and denied):
                last_us = at_us
        found[i] = last_us
    return found


def _contradicted(stamps_us: I64, leaps: Any) -> bool:
    """Whether the first stamp of all is followed by one that lies over an hour before it."""
    known = stamps_us[stamps_us != NO_TIME_US]
    return bool(leaps.any() and known.size > 1 and known[1] < known[0] - LEAP_US)
