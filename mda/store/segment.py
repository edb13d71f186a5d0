"""One file of the raw-line log: its bytes, and how to walk them fast and without trust.

*Layout*, little-endian. Head, 16 bytes: `MDALOG1\\n`, u64 number of the first row. Then records:

| offset | type | field |
|---|---|---|
| 0 | u32 | CRC-32 (ISO 3309, as zlib's) of the record from offset 4 to its end |
| 4 | u32 | length of the line in bytes |
| 8 | u32 | row in this segment, from 0 |
| 12 | i32 | feed |
| 16 | i64 | stored_at, microseconds since 1970-01-01T00:00Z |
| 24 | u8 | kind |
| 25 | | the line |

The row number keeps every later row's number right when a damaged record is skipped, and says how
many were lost.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mda.errors import StoreError
from mda.geo.kernel import kernel
from mda.model import Lines
from mda.model.reports import I32, I64, U8

MAGIC: Final = b"MDALOG1\n"
HEAD: Final = struct.Struct("<8sQ")
RECORD_BYTES: Final = 25
MAX_LINE_BYTES: Final = 65_536
"""Longest line or control row: a longer length field is damage (a sentence has at most 4 kB)."""
_LONGEST: Final = RECORD_BYTES + MAX_LINE_BYTES
_NAME = re.compile(r"(\d{20})\.log")
NO_LIMIT: Final = 2**62


def _crc_table() -> I64:
    """CRC-32 of each byte, reflected polynomial 0xEDB88320 (ISO 3309)."""
    table = np.arange(256, dtype=np.int64)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ 0xEDB88320, table >> 1)
    return table


_CRC: I64 = _crc_table()


@kernel
def crc32(data: U8, start: int, stop: int) -> int:
    """CRC-32 of `data[start:stop]`, as zlib.crc32."""
    crc = 0xFFFFFFFF
    for i in range(start, stop):
        crc = _CRC[(crc ^ int(data[i])) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


@kernel
def _get(data: U8, at: int, width: int) -> int:
    """A little-endian number of `width` bytes without sign."""
    value = 0
    for i in range(width):
        value |= int(data[at + i]) << (8 * i)
    return value


@kernel
def _put(out: U8, at: int, value: int, width: int) -> None:
    """Write the low `width` bytes of a number, little-endian."""
    for i in range(width):
        out[at + i] = (value >> (8 * i)) & 0xFF


@kernel
def _sound(data: U8, at: int, size: int) -> bool:
    """Whether a whole, undamaged record stands at `at`."""
    if at + RECORD_BYTES > size:
        return False
    length = _get(data, at + 4, 4)
    if length > MAX_LINE_BYTES or at + RECORD_BYTES + length > size:
        return False
    return _get(data, at, 4) == crc32(data, at + 4, at + RECORD_BYTES + length)


@kernel
def _encode(
    kind: U8, feed: I32, stored_at_us: I64, start: I64, stop: I64, data: U8, row: int, out: U8
) -> None:
    """Write rows as records, numbered from `row`; `out` has exactly their size."""
    at = 0
    for i in range(kind.shape[0]):
        length = stop[i] - start[i]
        end = at + RECORD_BYTES + length
        _put(out, at + 4, length, 4)
        _put(out, at + 8, row + i, 4)
        _put(out, at + 12, int(feed[i]), 4)
        _put(out, at + 16, int(stored_at_us[i]), 8)
        out[at + 24] = kind[i]
        for j in range(length):
            out[at + RECORD_BYTES + j] = data[start[i] + j]
        _put(out, at, crc32(out, at + 4, end), 4)
        at = end


@kernel
def _scan(
    data: U8, at: int, row: int, rows: I64, kind: U8, feed: I32, stored: I64, start: I64, stop: I64
) -> tuple[int, int]:
    """Read sound records from `at`, the first being row `row`; fills the columns.

    Returns how many, and the offset behind the last: where the next is damaged, or not whole yet.
    """
    size = data.shape[0]
    n = 0
    while n < rows.shape[0] and _sound(data, at, size) and _get(data, at + 8, 4) == row + n:
        rows[n] = row + n
        feed[n] = np.int32(np.uint32(_get(data, at + 12, 4)))
        low = _get(data, at + 16, 4)
        high = _get(data, at + 20, 4)
        if high >= 0x80000000:
            high -= 0x100000000
        stored[n] = (high << 32) | low
        kind[n] = data[at + 24]
        start[n] = at + RECORD_BYTES
        stop[n] = start[n] + _get(data, at + 4, 4)
        at = stop[n]
        n += 1
    return n, at


@kernel
def _resync(data: U8, at: int, row: int) -> int:
    """Offset of the next sound record of row `row` or later, from `at` on; -1 for none."""
    size = data.shape[0]
    for p in range(at, size - RECORD_BYTES + 1):
        if _sound(data, p, size) and _get(data, p + 8, 4) >= row:
            return p
    return -1


@dataclass(slots=True)
class Damage:
    """What a reader had to skip: how many rows, and where."""

    rows: int = 0
    places: list[str] = field(default_factory=list)

    def note(self, where: str, rows: int) -> None:
        """Count a gap of `rows` rows."""
        self.rows += rows
        self.places.append(f"{where}: {rows} rows")


class Piece(NamedTuple):
    """A stretch of a segment: its rows, and the offset in the file behind the last of them."""

    lines: Lines
    end: int


def segment_name(first_seq: int) -> str:
    """File name of the segment whose first row is `first_seq`."""
    return f"{first_seq:020d}.log"


def segments(directory: Path) -> list[tuple[int, Path]]:
    """(number of the first row, file) of each segment, in order."""
    named = ((_NAME.fullmatch(p.name), p) for p in directory.iterdir())
    return sorted((int(m.group(1)), p) for m, p in named if m)


def head(first_seq: int) -> bytes:
    """The 16 bytes a segment begins with."""
    return HEAD.pack(MAGIC, first_seq)


def encode(lines: Lines, row: int) -> NDArray[np.uint8]:
    """The rows as records, the first being row `row` of its segment."""
    size = RECORD_BYTES * len(lines) + int((lines.stop - lines.start).sum())
    out = np.empty(size, np.uint8)
    data = np.frombuffer(lines.data, np.uint8)
    _encode(lines.kind, lines.feed, lines.stored_at_us, lines.start, lines.stop, data, row, out)
    return out


def _parse(data: bytes, at: int, row: int, first_seq: int) -> tuple[Lines, int]:
    """Sound records of `data` from `at`, and the offset behind them."""
    most = (len(data) - at) // RECORD_BYTES
    i64 = [np.empty(most, np.int64) for _ in range(4)]
    rows, stored, start, stop = i64
    kind, feed = np.empty(most, np.uint8), np.empty(most, np.int32)
    raw = np.frombuffer(data, np.uint8)
    n, end = _scan(raw, at, row, rows, kind, feed, stored, start, stop)
    seq = rows[:n] + first_seq
    parts = (kind[:n].copy(), feed[:n].copy(), stored[:n].copy(), start[:n].copy(), stop[:n].copy())
    return Lines(seq, *parts, data), int(end)


def walk(
    path: Path,
    first_seq: int,
    next_seq: int | None,
    *,
    piece_bytes: int,
    size: int = NO_LIMIT,
    damage: Damage | None = None,
) -> Iterator[Piece]:
    """The segment's rows in pieces of about `piece_bytes`, reading its first `size` bytes.

    `next_seq` is the number that the next segment begins with; None for the newest segment, whose
    end may be an unfinished record. Damage is skipped and counted in `damage`; where that is None
    it raises StoreError.
    """
    row, hole, ended = 0, -1, False
    with path.open("rb") as file:
        data, base = file.read(min(HEAD.size, size)), 0
        if data == head(first_seq):
            data, base = b"", HEAD.size
        else:
            hole = 0
        while not ended:
            more = file.read(max(0, min(piece_bytes, size - base - len(data))))
            ended, data, at = not more, data + more, 0
            while True:
                if hole >= 0:
                    raw = np.frombuffer(data, np.uint8)
                    found = _resync(raw, at, row)
                    if found < 0:
                        at = len(data) if ended else max(at, len(data) - _LONGEST + 1)
                        break
                    lost = _get(raw, found + 8, 4) - row
                    _refuse(path, hole, lost, damage)
                    row, at, hole = row + lost, found, -1
                lines, at = _parse(data, at, row, first_seq)
                if len(lines):
                    row += len(lines)
                    yield Piece(lines, base + at)
                if at == len(data) or (not ended and len(data) - at < _LONGEST):
                    break
                hole, at = base + at, at + 1
            base, data = base + at, data[at:]
    lost = 0 if next_seq is None else next_seq - first_seq - row
    if lost:
        _refuse(path, hole if hole >= 0 else base, lost, damage)


def _refuse(path: Path, offset: int, rows: int, damage: Damage | None) -> None:
    if damage is None:
        raise StoreError(
            f"a damaged record in the raw-line log ({rows} rows lost)",
            where=f"{path}, byte {offset}",
            do="Restore a backup, or read on past it and count what is missing",
        )
    damage.note(f"{path.name}, byte {offset}", rows)
