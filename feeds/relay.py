"""The relay protocol between a station and its node: frames over one TCP connection.

A frame is u32 length and u32 CRC-32 of what follows, then u8 type and the body; little-endian.

| type | from | body |
|---|---|---|
| HELLO | station | JSON: version, station, spool, first, last, nonce |
| CHALLENGE | node | JSON: version, nonce |
| PROOF | station | HMAC-SHA-256 with the shared secret (of an empty one where there is none) |
| WELCOME | node | JSON: after (last row it has durably, null: none of this spool), proof |
| REFUSED | node | JSON: reason |
| ROWS | station | `Standing`, then rows of the spool in order |
| ACK | node | u64: every row up to here is in the node's log, synced to disk |
| BEAT | both | station: `Standing`; node: nothing |

A row: u64 seq, i64 stored_at_us (the station's receive time), u8 kind, i16 source (-1: none), u32
length, its bytes. Both sides say BEAT every 5 s; a peer that is silent for 15 s is dead, however
open its socket looks.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import zlib
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, Final, NamedTuple

from mda.errors import FeedError
from mda.model import Lines, RowKind

VERSION: Final = 1
BEAT_S: Final = 5.0
DEAD_S: Final = 15.0
FRAME_MAX: Final = 1 << 20
ROW_MAX: Final = 1 << 15
"""Longest row, bytes: a line has 4 kB at most, and the node's log refuses one of 64 kB."""
NONCE_BYTES: Final = 16
_HEAD: Final = struct.Struct("<II")
_STANDING: Final = struct.Struct("<QqH")
_ROW: Final = struct.Struct("<QqBhI")
_KINDS: Final = frozenset(RowKind)
_SEQ: Final = struct.Struct("<Q")


class Frame(IntEnum):
    """The type of a frame."""

    HELLO = 1
    CHALLENGE = 2
    PROOF = 3
    WELCOME = 4
    REFUSED = 5
    ROWS = 6
    ACK = 7
    BEAT = 8


class Standing(NamedTuple):
    """How the station stands as it sends."""

    last_seq: int
    """The newest row of its spool."""
    clock_us: int
    listening: int
    """How many of its receivers are connected."""

    def pack(self) -> bytes:
        """As bytes."""
        return _STANDING.pack(*self)


class Row(NamedTuple):
    """A row of the station's spool."""

    seq: int
    stored_at_us: int
    kind: int
    source: int
    data: bytes


def framed(kind: Frame, body: bytes = b"") -> bytes:
    """A frame's bytes."""
    content = bytes([kind]) + body
    return _HEAD.pack(len(content), zlib.crc32(content)) + content


def spoken(kind: Frame, **body: Any) -> bytes:
    """A frame of JSON."""
    return framed(kind, json.dumps(body).encode())


def understood(body: bytes, **wanted: type | tuple[type, ...]) -> dict[str, Any]:
    """The JSON of a frame. FeedError: a field is missing or of another type than wanted."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FeedError("the peer does not speak the relay protocol") from error
    if not isinstance(said, dict):
        raise FeedError("the peer does not speak the relay protocol")
    for name, kinds in wanted.items():
        if not isinstance(said.get(name), kinds):
            raise FeedError(f"the peer's greeting has no {name}", do="Do both run the same mda?")
    return said


class Unframer:
    """Frames out of a stream that arrives in pieces of any size."""

    def __init__(self) -> None:
        self._held = bytearray()

    def push(self, data: bytes) -> Iterator[tuple[Frame, bytes]]:
        """The frames that these bytes complete. FeedError: what came is no sound frame."""
        self._held += data
        at = 0
        try:
            while len(self._held) - at >= _HEAD.size:
                length, crc = _HEAD.unpack_from(self._held, at)
                if not 1 <= length <= FRAME_MAX:
                    raise FeedError("the peer does not speak the relay protocol")
                end = at + _HEAD.size + length
                if len(self._held) < end:
                    break
                content = bytes(self._held[at + _HEAD.size : end])
                at = end
                if zlib.crc32(content) != crc or content[0] not in Frame.__members__.values():
                    raise FeedError("a frame of the relay came damaged")
                yield Frame(content[0]), content[1:]
        finally:
            del self._held[:at]


def rows_body(standing: Standing, rows: list[Row]) -> bytes:
    """The body of a ROWS frame."""
    parts = [standing.pack()]
    for seq, stored_at_us, kind, source, data in rows:
        parts += (_ROW.pack(seq, stored_at_us, kind, source, len(data)), data)
    return b"".join(parts)


def rows_of(lines: Lines) -> list[Row]:
    """Rows of a spool as the relay sends them."""
    columns = (lines.seq, lines.stored_at_us, lines.kind, lines.feed, lines.start, lines.stop)
    data = lines.data
    return [
        Row(seq, at_us, kind, source, data[start:stop])
        for seq, at_us, kind, source, start, stop in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def read_rows(body: bytes) -> tuple[Standing, list[Row]]:
    """What a ROWS frame (or, without rows, a station's BEAT) holds. FeedError: damaged."""
    try:
        standing = Standing(*_STANDING.unpack_from(body))
        rows, at = [], _STANDING.size
        while at < len(body):
            seq, stored_at_us, kind, source, length = _ROW.unpack_from(body, at)
            at += _ROW.size
            data = body[at : at + length]
            if len(data) < length or length > ROW_MAX or kind not in _KINDS:
                raise FeedError("a frame of the relay came damaged")
            rows.append(Row(seq, stored_at_us, kind, source, data))
            at += length
    except struct.error as error:
        raise FeedError("a frame of the relay came damaged") from error
    return standing, rows


def ack(seq: int) -> bytes:
    """An ACK frame."""
    return framed(Frame.ACK, _SEQ.pack(seq))


def read_ack(body: bytes) -> int:
    """The row that an ACK frame names. FeedError: damaged."""
    if len(body) != _SEQ.size:
        raise FeedError("a frame of the relay came damaged")
    return int(_SEQ.unpack(body)[0])


def proof(secret: str, who: str, station: str, spool: str, nonces: tuple[str, str]) -> bytes:
    """That `who` ("station" or "node") knows the secret; never the same twice (two nonces)."""
    words = json.dumps([VERSION, who, station, spool, *nonces]).encode()
    return hmac.digest(secret.encode(), words, hashlib.sha256)


def proven(given: bytes, wanted: bytes) -> bool:
    """Whether a proof is right, in a time that tells nothing."""
    return hmac.compare_digest(given, wanted)
