"""Sentences made for tests: any payload, any wrapping, checksums right unless told otherwise."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from operator import xor
from typing import TypeVar

import numpy as np
import pyais

from mda.clock import NO_TIME_US
from mda.decode import NmeaDecoder
from mda.model import Decoded, Lines, Reports, RowKind, Sentence, Statics

B = TypeVar("B", Reports, Statics)

T0 = 1_490_075_479_000_000
"""2017-03-21T05:51:19Z."""
PLAIN = b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
"""Type 1 of MMSI 371798000: the standard's example that every decoder knows."""
SHIP = 371_798_000


def checksum(body: bytes) -> bytes:
    return b"%02X" % reduce(xor, body, 0)


def sealed(body: bytes) -> bytes:
    """`!body*hh`."""
    return b"!" + body + b"*" + checksum(body)


def vdm(payload: bytes, fill: int = 0, channel: bytes = b"A", talker: bytes = b"AIVDM") -> bytes:
    return sealed(b"%s,1,1,,%s,%s,%d" % (talker, channel, payload, fill))


def tagged(fields: bytes, sentence: bytes) -> bytes:
    return b"\\" + fields + b"*" + checksum(fields) + b"\\" + sentence


def parts(
    payload: bytes,
    fill: int,
    sequence: bytes = b"1",
    channel: bytes = b"A",
    split: int = 56,
    talker: bytes = b"AIVDM",
) -> list[bytes]:
    """One message over as many sentences as it takes."""
    pieces = [payload[i : i + split] for i in range(0, len(payload), split)]
    return [
        sealed(
            b"%s,%d,%d,%s,%s,%s,%d"
            % (talker, len(pieces), k, sequence, channel, p, fill if k == len(pieces) else 0)
        )
        for k, p in enumerate(pieces, 1)
    ]


def encoded(**fields: object) -> tuple[bytes, int]:
    """Payload and fill bits of a message that pyais encodes."""
    lines = [line.encode() for line in pyais.encode_dict(fields)]
    split = [line.split(b",") for line in lines]
    return b"".join(s[5] for s in split), int(split[-1][6][:1])


def voyage(mmsi: int, destination: str, **fields: object) -> tuple[bytes, int]:
    """Type 5 of 424 bits, whose destination stands in both halves."""
    return encoded(type=5, mmsi=mmsi, destination=destination, **fields)


def log(*rows: bytes | tuple[bytes, int] | Sentence, at_us: int = T0, feed: int = 0) -> Lines:
    """Rows of a log: lines stored at `at_us`, (line, its own instant), or whole rows."""
    made = []
    for row in rows:
        if isinstance(row, Sentence):
            made.append(row)
        elif isinstance(row, tuple):
            made.append(Sentence(RowKind.LINE, feed, row[1], row[0]))
        else:
            made.append(Sentence(RowKind.LINE, feed, at_us, row))
    return Lines.of(made)


OTHER_FEED = 9
FILLER = [Sentence(RowKind.LINE, OTHER_FEED, T0, PLAIN)] * 300
"""Enough plain rows of another feed that a batch is read in bulk wherever it can be."""
BOTH_ROADS = {"careful": False, "bulk": True}


class Road:
    """Which road `decode` takes; a fixture of the test files sets it."""

    bulk = False


def decode(
    *rows: bytes | tuple[bytes, int] | Sentence,
    at_us: int = T0,
    decoder: NmeaDecoder | None = None,
) -> Decoded:
    """Decode rows and flush; the books must balance."""
    decoder = decoder or NmeaDecoder({0: "own"}, bulk=Road.bulk)
    lines = log(*rows, *(FILLER if Road.bulk else ()), at_us=at_us)
    decoded, rest = decoder.decode(lines), decoder.flush()
    assert all(books.balanced() for books in decoder.books.values())
    assert sum(books.pending for books in decoder.books.values()) == 0
    types = Counter(decoded.messages_by_type) + Counter(rest.messages_by_type)
    types[1] -= len(FILLER) if Road.bulk else 0
    return Decoded(
        _own(Reports.concat([decoded.reports, rest.reports])),
        _own(Statics.concat([decoded.statics, rest.statics])),
        [*decoded.others, *rest.others],
        decoded.rejected + rest.rejected,
        +types,
    )


def _own(batch: B) -> B:
    return batch.take(batch.feed != OTHER_FEED)


def reasons(decoded: Decoded) -> list[str]:
    return [row.reason for row in decoded.rejected]


def mmsis(decoded: Decoded) -> list[int]:
    seqs = np.concatenate((decoded.reports.seq, decoded.statics.seq))
    both = np.concatenate((decoded.reports.mmsi, decoded.statics.mmsi))
    return [int(m) for m in both[np.argsort(seqs, kind="stable")]]


__all__ = ["NO_TIME_US", "PLAIN", "SHIP", "T0"]
