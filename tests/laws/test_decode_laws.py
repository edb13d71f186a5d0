"""Laws of the decoder: batch = live = resumed; the books balance whatever comes; no chimera."""

from __future__ import annotations

import gzip
from collections import Counter
from functools import reduce
from operator import xor
from pathlib import Path

import pyais
from hypothesis import given, settings
from hypothesis import strategies as st

from mda.decode import NmeaDecoder
from mda.model import Decoded, Lines, Reports, RowKind, Sentence, Statics, pack, unpack

DATA = Path(__file__).parents[2] / "data"
T0 = 1_490_075_479_000_000
S = 1_000_000
SAMPLE = [
    line
    for line in (DATA / "golden/gpsd/sample.aivdm").read_bytes().splitlines()
    if line[:1] in b"!\\$"
] + gzip.decompress((DATA / "caribewave/log_ais_cw17.csv.log.gz").read_bytes()).splitlines()[:80]


def _sealed(body: bytes) -> bytes:
    return b"!%s*%02X" % (body, reduce(xor, body, 0))


def _told(body: bytes) -> bytes:
    return b"$%s*%02X" % (body, reduce(xor, body, 0))


def _tagged(fields: bytes, sentence: bytes) -> bytes:
    return b"\\%s*%02X\\%s" % (fields, reduce(xor, fields, 0), sentence)


# Rows that speak of others: they must hold in any chunk, in any order, broken in any way.
BARE = [line for line in SAMPLE if line[:1] == b"!"]
DIALECTS = [
    b"UdPbC",
    _told(b"PGHP,1,2017,3,21,5,51,10,250,338,2,2190067,1,"),
    _told(b"PGHP,1,2017,3,21,5,51,11,0,338,2,,1,4A"),
    _told(b"ABVSI,Roseau,1,055110.25,1250,-86.4,24"),
    _told(b"ABVSI,Roseau,,055119,1250,-90,"),
    _tagged(b"g:2-2-5", _told(b"ABVSI,Roseau,1,055110.25,1250,-70,24")),
    _tagged(b"g:1-2-5,s:north,c:1490075470", BARE[0]),
    _tagged(b"s:north,c:1490075470", b""),
    _tagged(b"g:1-3-5,s:south", b""),
    b'{"class":"VERSION","release":"3.25"}',
    *(
        b'{"class":"AIS","rxuxtime":1490075470.25,"signalpower":-40.5,"ppm":1,"nmea":["%s"]}' % line
        for line in BARE[:6]
    ),
]
PAIRS = [
    _sealed(b"AIVDM,2,%d,%d,B,%s,%d" % (k, n % 10, piece, fill))
    for n in range(140)
    for k, piece, fill in ((1, b"55?MbV42;H;s<HtKR20EHE:0@T4@Dn2222222216", 0), (2, b"8" * 31, 2))
]
"""More rows than the bulk road needs to take messages of two sentences."""


# -- any input --------------------------------------------------------------------------------
CONTROL = [RowKind.START, RowKind.CONNECT, RowKind.DISCONNECT, RowKind.CLOCK, RowKind.SPOOL_GAP]


@st.composite
def logs(draw: st.DrawFn) -> Lines:
    """Real sentences of three feeds, mutated, interleaved, dropped, duplicated, glued, and in
    every dialect; now and then long enough for all that the bulk road does."""
    rows: list[Sentence] = []
    if draw(st.booleans()):
        rows = [Sentence(RowKind.LINE, k % 4 // 2, T0, line) for k, line in enumerate(PAIRS)]
    at_us = T0
    first = draw(st.integers(0, len(SAMPLE) - 1))
    lines = (SAMPLE[first:] + SAMPLE[:first])[: draw(st.integers(1, 120))]
    for line in lines:
        act = draw(st.sampled_from("=====dxtbgsmcvvv"))
        at_us += draw(st.sampled_from([0, S // 10, 3 * S, 30 * S]))
        feed = draw(st.sampled_from([0, 0, 1, 2]))
        if act == "x":
            continue
        if act == "c":
            kind = draw(st.sampled_from(CONTROL))
            rows.append(Sentence(kind, feed, at_us, b"{}"))
        elif act == "t":
            line = line[: draw(st.integers(0, len(line)))]
        elif act == "b" and line:
            place = draw(st.integers(0, len(line) - 1))
            line = line[:place] + bytes([draw(st.integers(0, 255))]) + line[place + 1 :]
        elif act == "g":
            line = line + draw(st.sampled_from(SAMPLE))
        elif act == "s" and rows:
            rows[-1] = rows[-1]._replace(data=draw(st.sampled_from(SAMPLE)))
        elif act == "m":
            line = draw(st.binary(max_size=30)) + _tagged(b"s:st,c:1490075480", line)
        elif act == "v":
            rows.append(Sentence(RowKind.LINE, feed, at_us, draw(st.sampled_from(DIALECTS))))
        rows.append(Sentence(RowKind.LINE, feed, at_us, line))
        if act == "d":
            rows.append(rows[-1])
    return Lines.of(rows)


def _joined(batches: list[Decoded]) -> tuple[bytes, object, object]:
    reports = Reports.concat([b.reports for b in batches])
    statics = Statics.concat([b.statics for b in batches])
    columns = b"".join(
        c.tobytes() for batch in (reports, statics) for c in batch.columns().values()
    )
    others = [other for b in batches for other in b.others]
    rejected = sorted((r.seq, r.reason, r.line) for b in batches for r in b.rejected)
    types = sum((Counter(b.messages_by_type) for b in batches), Counter[int]())
    return columns, (others, types), rejected


@settings(max_examples=40, deadline=None)
@given(rows=logs(), data=st.data())
def test_any_chunking_saved_and_resumed_anywhere_gives_the_same_bytes(
    rows: Lines, data: st.DataObject
) -> None:
    whole = NmeaDecoder({0: "own"}, bulk=False)
    at_once = [whole.decode(rows)]
    ends = data.draw(st.lists(st.integers(0, len(rows)), max_size=4).map(sorted))
    resumed = NmeaDecoder({0: "own"})
    batches = []
    for first, last in zip([0, *ends], [*ends, len(rows)], strict=True):
        batches.append(resumed.decode(rows.take(first, last)))
        assert all(books.balanced() for books in resumed.books.values())
        state = unpack(pack(resumed.save()))
        resumed = NmeaDecoder({0: "own"})
        resumed.load(state)
    assert pack(resumed.save()) == pack(whole.save())
    assert _joined([*batches, resumed.flush()]) == _joined([*at_once, whole.flush()])
    assert resumed.stations == whole.stations


@settings(max_examples=30, deadline=None)
@given(rows=logs())
def test_every_line_is_booked_once(rows: Lines) -> None:
    decoder = NmeaDecoder()
    decoded = decoder.decode(rows)
    assert all(books.balanced() for books in decoder.books.values())
    rest = decoder.flush()
    heard = Counter(rows.feed[rows.kind == RowKind.LINE].tolist())
    refused = Counter(r.feed for r in decoded.rejected + rest.rejected)
    for feed, books in decoder.books.items():
        assert books.balanced()
        assert books.pending == 0
        assert books.lines == heard[feed]
        assert sum(books.rejected.values()) == refused[feed]
    seqs = [r.seq for r in decoded.rejected + rest.rejected]
    assert len(seqs) == len(set(seqs))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=120), min_size=1, max_size=40))
def test_noise_is_refused_and_counted(noise: list[bytes]) -> None:
    decoder = NmeaDecoder()
    decoder.decode(Lines.of([Sentence(RowKind.LINE, 0, T0, line) for line in noise]))
    books = decoder.books[0]
    assert books.balanced()
    assert books.lines == len(noise)


# -- no chimera -------------------------------------------------------------------------------
def _destination(mmsi: int) -> str:
    return f"{mmsi * 7_919 % 10**20:020d}"


def _voyage(mmsi: int) -> tuple[bytes, int]:
    fields = {"type": 5, "mmsi": mmsi, "destination": _destination(mmsi)}
    split = [line.encode().split(b",") for line in pyais.encode_dict(fields)]
    return b"".join(s[5] for s in split), int(split[-1][6][:1])


WAYS = ["station", "group", "suffix", "feed", "object", "gatehouse"]
"""How a receiver says whose part it is."""


def _lines(way: str, station: int, n: int, parts: int) -> list[list[bytes]]:
    """The rows of one message: each list arrives, is late, doubled or lost as a whole."""
    payload, fill = _voyage(200_000_000 + station * 1000 + n)
    step = -(-len(payload) // parts)
    pieces = [payload[k * step : (k + 1) * step] for k in range(parts)]
    bodies = [
        b"AIVDM,%d,%d,%d,A,%s,%d" % (parts, k, n % 10, piece, fill if k == parts else 0)
        for k, piece in enumerate(pieces, 1)
    ]
    lines = [_sealed(body) for body in bodies]
    own = b"s:st%d" % station
    if way == "station":
        return [[_tagged(own, line)] for line in lines]
    if way == "group":
        groups = [b"g:%d-%d-%d" % (k, parts, station * 1000 + n) for k in range(1, parts + 1)]
        tags = [groups[0] + b"," + own, *groups[1:]]
        return [[_tagged(tag, line)] for tag, line in zip(tags, lines, strict=True)]
    if way == "suffix":
        return [[line + b",rST%d" % station] for line in lines]
    if way == "object":
        texts = b",".join(b'"%s"' % line for line in lines)
        return [[b'{"class":"AIS","station_id":%d,"nmea":[%s]}' % (station, texts)]]
    if way == "gatehouse":
        sums = reduce(xor, (int(line[-2:], 16) for line in lines))
        told = b"PGHP,1,2017,3,21,5,51,19,0,338,2,%d,1,%02X" % (2190000 + station, sums)
        return [[_told(told), *lines]]
    return [[line] for line in lines]


@st.composite
def seas(draw: st.DrawFn) -> Lines:
    """Stations that number messages round 0 to 9; parts interleave, get lost, late and doubled.

    A number comes round after 20 s at least, later than any part may wait. A part is told apart by
    its station or group, by its feed, or by standing in one object or right behind its companion.
    """
    way = draw(st.sampled_from(WAYS))
    stations = draw(st.integers(1, 6))
    parts = draw(st.sampled_from([2, 3]))
    heard: list[tuple[int, int, int, list[bytes]]] = []
    for station in range(stations):
        at_s = draw(st.integers(0, 3))
        for n in range(draw(st.integers(1, 25))):
            at_s += draw(st.integers(2, 3))
            for lines in _lines(way, station, n, parts):
                fate = draw(st.sampled_from("======xxdl"))
                for _ in range({"x": 0, "d": 2}.get(fate, 1)):
                    late = draw(st.integers(0, 2)) if fate in "dl" else 0
                    feed = station if way == "feed" else 0
                    heard.append((at_s + late, draw(st.integers(0, 3)), feed, lines))
    heard.sort(key=lambda h: h[:2])
    if draw(st.booleans()):
        heard += [(heard[-1][0] if heard else 0, 0, 9, [line]) for line in PAIRS]
    return Lines.of(
        [
            Sentence(RowKind.LINE, feed, T0 + at * S, line)
            for at, _, feed, lines in heard
            for line in lines
        ]
    )


@settings(max_examples=60, deadline=None)
@given(rows=seas())
def test_no_message_is_made_of_two(rows: Lines) -> None:
    answers = []
    for bulk in (True, False):
        decoder = NmeaDecoder(bulk=bulk)
        decoded, rest = decoder.decode(rows), decoder.flush()
        statics = Statics.concat([decoded.statics, rest.statics])
        answers.append((_joined([decoded, rest]), pack(decoder.save())))
        own = statics.take(statics.feed != 9)
        for mmsi, destination in zip(own.mmsi.tolist(), own.destination.tolist(), strict=True):
            assert destination.decode() == _destination(mmsi)
        assert all(books.balanced() and not books.pending for books in decoder.books.values())
    assert answers[0] == answers[1]


def test_a_sea_without_losses_is_read_whole() -> None:
    rows = []
    for n in range(40):
        for station in range(3):
            payload, fill = _voyage(200_000_000 + station * 1000 + n)
            pieces = (payload[:56], 0), (payload[56:], fill)
            for k, (piece, bits) in enumerate(pieces, 1):
                body = b"AIVDM,2,%d,%d,A,%s,%d" % (k, n % 10, piece, bits)
                line = _tagged(b"s:st%d" % station, _sealed(body))
                rows.append((n * S // 2 + k, station, line))
    rows.sort(key=lambda row: row[:2])
    decoder = NmeaDecoder()
    lines = Lines.of([Sentence(RowKind.LINE, 0, T0 + at, line) for at, _, line in rows])
    assert len(decoder.decode(lines).statics) == 120
