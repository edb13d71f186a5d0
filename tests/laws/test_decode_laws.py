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


def _tagged(fields: bytes, sentence: bytes) -> bytes:
    return b"\\%s*%02X\\%s" % (fields, reduce(xor, fields, 0), sentence)


# -- any input --------------------------------------------------------------------------------
CONTROL = [RowKind.START, RowKind.CONNECT, RowKind.DISCONNECT, RowKind.CLOCK, RowKind.SPOOL_GAP]


@st.composite
def logs(draw: st.DrawFn) -> Lines:
    """Real sentences of three feeds, mutated, interleaved, dropped, duplicated, glued."""
    rows: list[Sentence] = []
    at_us = T0
    first = draw(st.integers(0, len(SAMPLE) - 1))
    lines = (SAMPLE[first:] + SAMPLE[:first])[: draw(st.integers(1, 120))]
    for line in lines:
        act = draw(st.sampled_from("=====dxtbgsmc"))
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


@st.composite
def seas(draw: st.DrawFn) -> Lines:
    """Stations that number messages round 0 to 9; parts interleave, get lost, late and doubled.

    A number comes round after 20 s at least, later than any part may wait.
    """
    named = draw(st.sampled_from(["station", "group"]))
    stations = draw(st.integers(1, 4))
    parts = draw(st.sampled_from([2, 3]))
    heard: list[tuple[int, int, bytes]] = []
    for station in range(stations):
        at_s = draw(st.integers(0, 3))
        for n in range(draw(st.integers(1, 25))):
            at_s += draw(st.integers(2, 3))
            payload, fill = _voyage(200_000_000 + station * 1000 + n)
            step = -(-len(payload) // parts)
            for k in range(parts):
                piece = payload[k * step : (k + 1) * step]
                body = b"AIVDM,%d,%d,%d,A,%s,%d" % (
                    parts,
                    k + 1,
                    n % 10,
                    piece,
                    fill if k == parts - 1 else 0,
                )
                tag = b"s:st%d" % station
                if named == "group":
                    group = b"g:%d-%d-%d" % (k + 1, parts, station * 1000 + n)
                    tag = group + (b"," + tag if k == 0 else b"")
                line = _tagged(tag, _sealed(body))
                fate = draw(st.sampled_from("======xxdl"))
                for _ in range({"x": 0, "d": 2}.get(fate, 1)):
                    late = draw(st.integers(0, 2)) if fate in "dl" else 0
                    heard.append((at_s + late, draw(st.integers(0, 3)), line))
    heard.sort(key=lambda h: h[:2])
    return Lines.of([Sentence(RowKind.LINE, 0, T0 + at * S, line) for at, _, line in heard])


@settings(max_examples=60, deadline=None)
@given(rows=seas())
def test_no_message_is_made_of_two(rows: Lines) -> None:
    decoder = NmeaDecoder()
    decoded = decoder.decode(rows)
    decoder.flush()
    for mmsi, destination in zip(
        decoded.statics.mmsi.tolist(), decoded.statics.destination.tolist(), strict=True
    ):
        assert destination.decode() == _destination(mmsi)
    if len(rows):
        assert decoder.books[0].balanced()


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
