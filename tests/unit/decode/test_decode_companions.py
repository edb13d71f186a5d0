"""Rows that speak of a sentence in another row: Gatehouse, TAG blocks alone, signal strength."""

from __future__ import annotations

import numpy as np
import pytest
from sentences import (
    BOTH_ROADS,
    FILLER,
    PLAIN,
    SHIP,
    T0,
    Road,
    checksum,
    decode,
    encoded,
    log,
    mmsis,
    parts,
    reasons,
    sealed,
    tagged,
    vdm,
    voyage,
)

from mda.clock import NO_TIME_US
from mda.decode import NmeaDecoder, received_at
from mda.decode.companions import BEFORE_MAX, HELD_MAX
from mda.model import Flag, RowKind, Sentence, pack, unpack

S = 1_000_000
AT = 1_490_075_470
LINKED = sealed(b"ABVDM,1,1,3,B,15RTgt0PAso;90TKcjM8h6g208CQ,0")


@pytest.fixture(autouse=True, params=sorted(BOTH_ROADS))
def _road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Road, "bulk", BOTH_ROADS[request.param])


def own() -> NmeaDecoder:
    return NmeaDecoder({0: "own"}, bulk=Road.bulk)


def told(body: bytes) -> bytes:
    return b"$%s*%s" % (body, checksum(body))


def gatehouse(sums: bytes = b"4A", base: bytes = b"2190067", ms: bytes = b"250") -> bytes:
    return told(b"PGHP,1,2017,3,21,5,51,10,%s,338,2,%s,1,%s" % (ms, base, sums))


def vsi(link: bytes = b"3", clock: bytes = b"055110.25", level: bytes = b"-86.4") -> bytes:
    return told(b"ABVSI,Roseau,%s,%s,1250,%s,24" % (link, clock, level))


TEACHER = vsi()
"""The first one of a feed only teaches that it sends them."""


# -- before -----------------------------------------------------------------------------------
@pytest.mark.parametrize("sums", [b"4A", b"4a", b""])
def test_gatehouse_gives_time_and_station(sums: bytes) -> None:
    decoder = own()
    decoded = decode(gatehouse(sums), PLAIN, PLAIN, decoder=decoder)
    assert list(decoded.reports.at_us) == [AT * S + 250_000, T0]
    assert [decoder.stations[code] for code in decoded.reports.station] == ["2190067", "own"]
    assert (decoder.books[0].decoded_lines, decoder.books[0].rejected) == (3, {})


def test_gatehouse_of_another_sentence_is_not_used() -> None:
    decoded = decode(gatehouse(b"4B"), PLAIN)
    assert decoded.reports.at_us[0] == T0
    assert reasons(decoded) == ["companion_unused"]


def test_gatehouse_before_a_message_of_two_parts() -> None:
    decoder = own()
    decoded = decode(gatehouse(b"28"), *parts(*voyage(SHIP, "ROSEAU")), decoder=decoder)
    assert list(decoded.statics.destination) == [b"ROSEAU"]
    assert decoded.statics.at_us[0] == AT * S + 250_000
    assert decoder.stations[decoded.statics.station[0]] == "2190067"


def test_gatehouse_counts_before_a_prefix_and_behind_a_tag_block() -> None:
    assert decode(gatehouse(), b"1490075479," + PLAIN).reports.at_us[0] == AT * S + 250_000
    tagged_line = tagged(b"c:1490075471", PLAIN)
    decoder = own()
    reports = decode(gatehouse(), tagged_line, decoder=decoder).reports
    assert reports.at_us[0] == 1_490_075_471 * S
    assert decoder.stations[reports.station[0]] == "2190067"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (gatehouse()[:-2] + b"00", "checksum"),
        (gatehouse()[:-3], "no_checksum"),
        (told(b"PGHP,1,2017,13,21,5,51,10,250,338,2,,1,4A"), "bad_companion"),
        (told(b"PGHP,1,2017,3,21"), "bad_companion"),
        (told(b"PGHP,1,2017,3,x,5,51,10,250,338,2,,1,4A"), "bad_companion"),
        (told(b"PGHP,2,internal"), "not_ais"),
        (told(b"ABVSI,Roseau"), "bad_companion"),
        (TEACHER[:-2] + b"00", "checksum"),
        (TEACHER[:-3], "no_checksum"),
        (b"\\s:north,c:1490075470*00\\", "checksum"),
        (b"ab\\cd\\", "not_a_sentence"),
        (b"# $PGHP,1", "comment"),
    ],
)
def test_companions_that_cannot_be_read(line: bytes, reason: str) -> None:
    decoded = decode(line, PLAIN)
    assert reasons(decoded) == [reason]
    assert decoded.reports.at_us[0] == T0


def test_a_gatehouse_clock_that_was_never_set_is_no_time() -> None:
    decoded = decode(told(b"PGHP,1,1970,1,1,0,0,1,0,338,2,,1,4A"), PLAIN)
    assert (decoded.reports.at_us[0], reasons(decoded)) == (T0, [])


@pytest.mark.parametrize(
    "between",
    [
        b"$GPRMC,055119,A,1539.9,N,06131.5,W,0.1,0.0,210317,,*1A",
        PLAIN[:-2] + b"00",
        Sentence(RowKind.CONNECT, 0, T0, b"{}"),
        Sentence(RowKind.STOP, -1, T0, b""),
    ],
)
def test_what_stands_before_belongs_to_the_very_next_row(between: bytes | Sentence) -> None:
    decoded = decode(gatehouse(), between, PLAIN)
    assert decoded.reports.at_us[0] == T0
    assert "companion_unused" in reasons(decoded)


def test_another_feeds_rows_do_not_come_between() -> None:
    other = Sentence(RowKind.LINE, 9, T0, PLAIN)
    assert decode(gatehouse(), other, PLAIN).reports.at_us[0] == AT * S + 250_000


def test_a_tag_block_alone_speaks_of_the_next_sentence() -> None:
    decoder = own()
    decoded = decode(tagged(b"s:north,c:1490075470", b""), PLAIN, PLAIN, decoder=decoder)
    assert list(decoded.reports.at_us) == [AT * S, T0]
    assert decoder.stations[decoded.reports.station[0]] == "north"
    unsound = decode(b"\\s:north,c:1490075470\\", PLAIN).reports
    assert (unsound.at_us[0], unsound.flags[0]) == (AT * S, Flag.CHECKSUM)


def test_a_tag_block_alone_and_gatehouse_together() -> None:
    decoder = own()
    rows = (tagged(b"s:north", b""), gatehouse(), PLAIN)
    decoded = decode(*rows, decoder=decoder)
    assert (decoded.reports.at_us[0], reasons(decoded)) == (AT * S + 250_000, [])
    assert decoder.stations[decoded.reports.station[0]] == "2190067"


def test_a_tag_block_alone_of_another_group_is_not_used() -> None:
    alone = tagged(b"g:1-3-77,s:north,c:1490075470", b"")
    assert decode(alone, tagged(b"g:2-3-77", LINKED)).reports.at_us[0] == AT * S
    other = decode(alone, tagged(b"g:2-3-78", LINKED))
    assert (other.reports.at_us[0], reasons(other)) == (T0, ["companion_unused"])


def test_few_rows_may_stand_before_one_sentence() -> None:
    rows = [gatehouse(ms=b"%d" % k) for k in range(BEFORE_MAX + 2)]
    decoded = decode(*rows, PLAIN)
    assert reasons(decoded) == ["companion_unused"] * 2
    assert decoded.reports.at_us[0] == AT * S + (BEFORE_MAX + 1) * 1000


# -- behind -----------------------------------------------------------------------------------
def test_a_vsi_gives_level_time_and_station() -> None:
    decoder = own()
    decoded = decode(TEACHER, LINKED, vsi(), LINKED, decoder=decoder)
    reports = decoded.reports
    assert list(reports.level_db) == pytest.approx([-86.4, np.nan], nan_ok=True)
    assert list(reports.at_us) == [AT * S + 250_000, T0]
    assert [decoder.stations[code] for code in reports.station] == ["Roseau", "own"]
    assert list(reports.seq) == [3, 4]
    assert reasons(decoded) == ["companion_unused"]


def test_a_message_waits_for_its_vsi_no_longer_than_to_the_next_row() -> None:
    decoded = decode(TEACHER, LINKED, PLAIN, vsi())
    assert list(decoded.reports.seq) == [3, 4] or list(decoded.reports.seq) == [3, 3]
    assert np.isnan(decoded.reports.level_db[0])
    decoder = own()
    held = decoder.decode(log(TEACHER, LINKED))
    assert (len(held.reports), decoder.books[0].pending) == (0, 1)
    clock = decoder.decode(log(Sentence(RowKind.CLOCK, 0, T0 + 10 * S, b"")))
    assert (len(clock.reports), decoder.books[0].pending) == (1, 0)


@pytest.mark.parametrize("kind", [RowKind.START, RowKind.STOP, RowKind.DISCONNECT])
def test_a_control_row_ends_the_wait(kind: RowKind) -> None:
    decoded = decode(TEACHER, LINKED, Sentence(kind, 0, T0, b"{}"), vsi())
    assert (list(decoded.reports.seq), len(reasons(decoded))) == ([3], 2)


def test_a_vsi_of_another_link_is_not_used() -> None:
    decoded = decode(TEACHER, LINKED, vsi(b"4"))
    assert np.isnan(decoded.reports.level_db[0])
    assert reasons(decoded) == ["companion_unused"] * 2
    assert decode(TEACHER, PLAIN, vsi()).reports.level_db[0] == np.float32(-86.4)


def test_a_vsi_of_a_message_of_two_parts() -> None:
    decoded = decode(TEACHER, *parts(*voyage(SHIP, "ROSEAU"), sequence=b"3"), vsi())
    assert list(decoded.statics.at_us) == [AT * S + 250_000]
    text = vdm(*encoded(type=14, mmsi=SHIP, text="SECURITE"))
    (other,) = decode(TEACHER, text, vsi()).others
    assert (other.at_us, other.station, other.lines) == (AT * S + 250_000, "Roseau", (text,))


def test_vsi_of_interleaved_groups() -> None:
    rows = (
        TEACHER,
        tagged(b"g:1-2-5,s:north,c:1490075470", LINKED),
        tagged(b"g:1-2-6,s:south,c:1490075470", LINKED),
        tagged(b"g:2-2-5", vsi(level=b"-80")),
        tagged(b"g:2-2-6", vsi(level=b"-90")),
    )
    decoder = own()
    reports = decode(*rows, decoder=decoder).reports
    assert list(reports.level_db) == [-80, -90]
    assert [decoder.stations[code] for code in reports.station] == ["north", "south"]


def test_a_group_that_never_gets_its_vsi_is_let_go() -> None:
    first = tagged(b"g:1-2-5", LINKED)
    decoded = decode(TEACHER, first, *[PLAIN] * 20)
    assert mmsis(decoded) == [SHIP] * 21
    many = [tagged(b"g:1-2-%d" % k, LINKED) for k in range(HELD_MAX + 10)]
    assert len(decode(TEACHER, *many).reports) == HELD_MAX + 10


@pytest.mark.parametrize(
    ("clock", "tag", "at_us"),
    [
        (b"055110.25", b"c:1490075470", AT * S + 250_000),
        (b"235959", b"c:1490075470", AT * S),
        (b"055110.25", b"s:x", AT * S + 250_000),
        (b"", b"s:x", T0),
        (b"256199", b"s:x", T0),
        (b"235959", b"s:x", T0 - (5 * 3600 + 51 * 60 + 20) * S),
    ],
)
def test_the_day_of_a_vsis_time(clock: bytes, tag: bytes, at_us: int) -> None:
    decoded = decode(TEACHER, tagged(tag, LINKED), vsi(clock=clock))
    assert decoded.reports.at_us[0] == at_us


def test_a_vsis_time_without_any_day_is_no_time() -> None:
    decoded = decode(TEACHER, LINKED, vsi(level=b""), at_us=NO_TIME_US)
    assert decoded.reports.at_us[0] == NO_TIME_US
    assert np.isnan(decoded.reports.level_db[0])


# -- law 1 and the roads ----------------------------------------------------------------------
def test_what_waits_is_saved() -> None:
    rows = [
        TEACHER,
        tagged(b"g:1-2-5,c:1490075470", LINKED),
        gatehouse(),
        PLAIN,
        vsi(),
        tagged(b"s:north", b""),
        *parts(*voyage(SHIP, "ROSEAU")),
        tagged(b"g:2-2-5", vsi()),
        LINKED,
    ]
    whole = own()
    lines = log(*rows, *FILLER[:4], *[row._replace(feed=0) for row in FILLER])
    at_once = whole.decode(lines)
    for cut in range(len(rows)):
        head, tail = own(), own()
        first = head.decode(lines.take(0, cut))
        tail.load(unpack(pack(head.save())))
        rest = tail.decode(lines.take(cut, len(lines)))
        assert pack(tail.save()) == pack(whole.save())
        for name in ("reports", "statics"):
            ours, theirs = (getattr(d, name) for d in (first, rest))
            both = [
                ours.columns()[n].tobytes() + theirs.columns()[n].tobytes() for n in ours.DTYPES
            ]
            expected = getattr(at_once, name).columns()
            assert both == [column.tobytes() for column in expected.values()], cut
    assert whole.books[0].balanced()


def test_a_companions_own_time() -> None:
    assert received_at(gatehouse()) == AT * S + 250_000
    assert received_at(tagged(b"s:a,c:1490075470", b"")) == AT * S
    assert received_at(TEACHER) is None
    assert received_at(b"1490075470," + TEACHER) == AT * S
