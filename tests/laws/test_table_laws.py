"""Law 1 and the balance for logs in which tables and sentences came interleaved."""

from __future__ import annotations

import itertools
import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mda.clock import parse_at
from mda.decode import LogDecoder
from mda.model import Lines, RowKind, Sentence, State, pack, unpack
from mda.model.tables import CONNECT_KEY, ColumnMap

NOW_US = parse_at("2030-01-01T00:00:00Z")
MAP = ColumnMap(
    {"at": "t", "mmsi": "m", "lon_deg": "x", "lat_deg": "y", "name": "n"}, separator=";"
)
SENTENCES = [
    b"1490075479,!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A",
    rb"\s:roseau,c:1490075480*00\!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A",
    b"!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C",
    b"!AIVDM,2,2,1,A,88888888880,2*25",
    b"no sentence",
]
TABLE = [
    b"MMSI,BaseDateTime,LAT,LON,VesselName",
    b"338000001,2023-01-11T00:00:00,18.0,-65.0,ANNA",
    b'338000002,2023-01-11T00:00:01,18.0,-65.0,"BERTA, THE"',
    b"338000003,yesterday,18.0,-65.0,",
    b"LON,LAT,BaseDateTime,MMSI",
    b"-65.5,18.5,2023-01-11T00:00:02,338000004",
    b"short,row",
]
MAPPED = [b"t;m;x;y;n", b"2023-01-11T00:00:00Z;338000009;-61;15;CARLA", b"a;b", b"!AIVDM,nonsense"]


def _row(feed: int, number: int) -> Sentence:
    if feed == 3 and number == 0:
        body = json.dumps({CONNECT_KEY: MAP.plain()}).encode()
        return Sentence(RowKind.CONNECT, feed, NOW_US, body)
    lines = {0: SENTENCES, 1: SENTENCES, 2: TABLE, 3: MAPPED}[feed]
    if feed == 2 and number < 1:
        return Sentence(RowKind.LINE, feed, NOW_US, TABLE[0])
    return Sentence(RowKind.LINE, feed, NOW_US, lines[number % len(lines)])


LOGS = st.lists(st.integers(0, 3), min_size=1, max_size=60)


def _log(feeds: list[int]) -> list[Sentence]:
    count = [0] * 4
    rows = []
    for feed in feeds:
        rows.append(_row(feed, count[feed]))
        count[feed] += 1
    return rows


def _told(parts: list[Lines], resumed: bool) -> tuple[list[bytes], list[object], bytes]:
    decoder = LogDecoder({0: "a", 1: "b", 2: "tables", 3: "mapped"})
    reports: list[bytes] = []
    rest: list[object] = []
    for part in parts:
        if resumed:
            state: State = unpack(pack(decoder.save()))
            decoder = LogDecoder({0: "a", 1: "b", 2: "tables", 3: "mapped"})
            decoder.load(state)
        decoded = decoder.decode(part)
        for batch in (decoded.reports, decoded.statics):
            assert bool((np.diff(batch.seq) >= 0).all())
            for i in range(len(batch)):
                row = batch.take(slice(i, i + 1))
                reports.append(b"".join(column.tobytes() for column in row.columns().values()))
        rest += [("rejected", r.seq, r.reason) for r in decoded.rejected]
        rest += [("other", o.seq, o.msg_type) for o in decoded.others]
    assert all(books.balanced() for books in decoder.books.values())
    return sorted(reports), sorted(rest, key=str), pack(decoder.save())


@settings(max_examples=60, deadline=None)
@given(LOGS, st.lists(st.integers(1, 59), max_size=6), st.booleans())
def test_any_chunking_gives_the_same(feeds: list[int], cuts: list[int], resumed: bool) -> None:
    whole = Lines.of(_log(feeds))
    edges = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    parts = [whole.take(a, b) for a, b in itertools.pairwise(edges)]
    assert _told(parts, resumed) == _told([whole], resumed=False)


def test_a_map_that_comes_later_holds_from_there_on() -> None:
    first = Sentence(RowKind.LINE, 3, NOW_US, SENTENCES[0])
    decoder = LogDecoder({3: "x"})
    decoded = decoder.decode(Lines.of([first, _row(3, 0), _row(3, 4), _row(3, 1)]))
    assert [r.reason for r in decoded.rejected] == ["header"]
    assert decoded.reports.seq.tolist() == [1, 4]
    assert decoder.books[3].balanced()
    broken = Sentence(RowKind.CONNECT, 3, NOW_US, b'{"columns": 7}')
    assert len(decoder.decode(Lines.of([broken, _row(3, 1)], 5)).reports) == 1
