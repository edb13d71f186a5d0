"""A mutator of lines, and what must hold of a decoder that is fed its output."""

from __future__ import annotations

import json
from random import Random
from time import process_time

from sentences import PLAIN, SHIP, T0, checksum, encoded, parts, sealed, tagged, vdm, voyage

from mda.decode import NmeaDecoder, received_at
from mda.model import Lines, RowKind, Sentence, pack, unpack

BATCH = 500
STATE_MAX = 1_000_000
"""Most bytes that the state of four feeds may take, packed: what waits is bounded by `Limits`."""
LONGEST_S = 1.0
TOKENS = [
    *[b"!", b"$", b"*", b",", b"\\", b"{", b"}", b"[", b'"', b":", b"\0", b"\r", b"\n", b"#"],
    *[b"!AIVDM", b"!ABVDO,", b"$PGHP,1,", b"$ABVSI,", b"UdPbC", b"\\g:1-2-3", b"c:", b",1,1,,"],
    *[b"*00", b"9" * 40, b"\xff\xfe", b'"nmea":["', b"1490075470,", b"-", b"e308", b"nan"],
]


def _told(body: bytes) -> bytes:
    return b"$%s*%s" % (body, checksum(body))


def _object(*sentences: bytes, **fields: object) -> bytes:
    return json.dumps({"class": "AIS", "nmea": [s.decode() for s in sentences], **fields}).encode()


def _plain() -> list[bytes]:
    other = vdm(*encoded(type=18, mmsi=329_002_300, lon=-61.0, lat=15.0), channel=b"B")
    text = vdm(*encoded(type=14, mmsi=SHIP, text="SECURITE"))
    return [
        PLAIN,
        other,
        text,
        *parts(*voyage(SHIP, "ROSEAU")),
        *parts(*voyage(SHIP, "X"), split=28),
    ]


def _companions() -> list[bytes]:
    linked = sealed(b"ABVDM,1,1,3,B,15RTgt0PAso;90TKcjM8h6g208CQ,0")
    vsi = _told(b"ABVSI,Roseau,3,055110.25,1250,-86.4,24")
    return [
        *(linked, vsi, linked, tagged(b"g:1-2-5,s:a", linked), tagged(b"g:2-2-5", vsi)),
        *(_told(b"PGHP,1,2017,3,21,5,51,10,250,338,2,2190067,1,4A"), PLAIN),
        *(tagged(b"s:north,c:1490075470", b""), PLAIN, b"UdPbC", *_plain()),
    ]


def _objects() -> list[bytes]:
    figures = {"rxuxtime": 1490075470.25, "signalpower": -37.5, "ppm": 0.5, "station_id": 3}
    lone = [_object(line, **figures) for line in _plain()]
    whole = _object(*parts(*voyage(SHIP, "ROSEAU")), rxtime="20170321055110", toa=None)
    several = json.dumps({"stationid": "a", "msgs": [json.loads(line) for line in lone[:2]]})
    control = [b'{"class":"VERSION","release":"3.25"}', b'{"class":"AIS","mmsi":1}']
    return [*lone, whole, several.encode(), *control]


DIALECTS = {
    "plain": _plain(),
    "prefix": [b"1490075470," + line for line in _plain()]
    + [b"2017-03-21T05:51:10.250-04:00, " + line for line in _plain()],
    "suffix": [line + b",s28089,d-103,r003669945,1490075470" for line in _plain()],
    "tag": [tagged(b"s:north,c:1490075470250,n:7", line) for line in _plain()]
    + [tagged(b"g:%d-2-77,s:a" % (k % 2 + 1), line) for k, line in enumerate(_plain())],
    "datagram": [b"UdPbC" + tagged(b"s:north,c:1490075470", line) for line in _plain()],
    "companions": _companions(),
    "json": _objects(),
}


def mutated(random: Random, line: bytes, sample: list[bytes]) -> bytes:
    """The line, more or less: most lines change a little, some are only a piece or two in one."""
    for _ in range(random.choice((0, 1, 1, 1, 2, 4))):
        place = random.randrange(len(line) + 1)
        act = random.randrange(9)
        if act == 0:
            line = line[:place]
        elif act == 1:
            line = line[place:]
        elif act == 2:
            line = line[:place] + bytes([random.randrange(256)]) + line[place + 1 :]
        elif act == 3:
            line = line[:place] + random.choice(TOKENS) + line[place:]
        elif act == 4:
            line = line[:place] + line[place + random.randrange(1, 9) :]
        elif act == 5:
            line = line + random.choice(sample)
        elif act == 6:
            line = line[:place] + line[place:] * random.choice((2, 2, 2, 60))
        elif act == 7:
            line = line[:place] + random.randbytes(random.randrange(1, 20)) + line[place:]
        else:
            line = _resealed(line)
    return line[:5000]


def _resealed(line: bytes) -> bytes:
    """What broke gets a right checksum, so that it goes further."""
    begin, star = line.rfind(b"!"), line.rfind(b"*")
    if not 0 <= begin < star:
        return line
    return line[: star + 1] + checksum(line[begin + 1 : star]) + line[star + 3 :]


def storm(dialect: str, lines: int, seed: int = 0) -> None:
    """Feed a decoder mutated lines of a dialect; raises AssertionError where it does not hold.

    Time is the processor's, and what is compiled is compiled before.
    """
    for name, own in DIALECTS.items():
        chaos = Random(name)
        spoilt = [mutated(chaos, chaos.choice(own), own) for _ in range(BATCH)]
        for lines_of in (own * 50, spoilt):
            rows = [Sentence(RowKind.LINE, 0, T0, line) for line in lines_of]
            NmeaDecoder().decode(Lines.of(rows))
    random, sample = Random(f"{dialect} {seed}"), DIALECTS[dialect]
    decoder = NmeaDecoder({0: "own"})
    heard, refused, seq = 0, 0, 1
    while heard < lines:
        rows = []
        for _ in range(BATCH):
            kind = RowKind.LINE if random.random() < 0.998 else random.choice(list(RowKind))
            data = mutated(random, random.choice(sample), sample) if kind == RowKind.LINE else b"{}"
            rows.append(Sentence(kind, random.randrange(4), T0 + seq * 1000 + heard * 5000, data))
        heard += sum(row.kind == RowKind.LINE for row in rows)
        began_s = process_time()
        for row in rows[:20]:
            received_at(row.data)
        decoded = decoder.decode(Lines.of(rows, seq))
        spent_s = process_time() - began_s
        seq += len(rows)
        refused += len(decoded.rejected)
        assert spent_s < LONGEST_S, f"{BATCH} lines took {spent_s} s"
        assert all(books.balanced() for books in decoder.books.values())
        assert sum(books.lines for books in decoder.books.values()) == heard
        if seq // BATCH % 20 == 1:
            state = pack(decoder.save())
            assert len(state) < STATE_MAX, f"the state has grown to {len(state)} bytes"
            decoder.load(unpack(state))
    refused += len(decoder.flush().rejected)
    assert sum(books.pending for books in decoder.books.values()) == 0
    assert sum(sum(books.rejected.values()) for books in decoder.books.values()) == refused
    assert all(books.messages for books in decoder.books.values())
