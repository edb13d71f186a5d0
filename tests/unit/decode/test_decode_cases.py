"""Every hand-made case of the design page on feeds, "Decoding rules", as a named test."""

from __future__ import annotations

import numpy as np
import pytest
from sentences import (
    BOTH_ROADS,
    PLAIN,
    SHIP,
    T0,
    Road,
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
from mda.decode import Limits, NmeaDecoder
from mda.model import Flag, RowKind, Sentence, Valid

PAYLOAD = b"15RTgt0PAso;90TKcjM8h6g208CQ"
S = 1_000_000


@pytest.fixture(autouse=True, params=sorted(BOTH_ROADS))
def _road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every case on the careful road, and in a batch that is read in bulk."""
    monkeypatch.setattr(Road, "bulk", BOTH_ROADS[request.param])


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\0", b"\r\0\n"])
def test_line_ends_left_on_a_row_do_no_harm(end: bytes) -> None:
    decoded = decode(PLAIN + end)
    assert mmsis(decoded) == [SHIP]
    assert mmsis(decode(PLAIN + end + PLAIN + end)) == [SHIP, SHIP]


@pytest.mark.parametrize(
    "talker",
    ["AI", "AB", "AD", "AN", "AR", "AS", "AT", "AX", "BS", "SA", *(f"B{k}" for k in range(1, 10))],
)
@pytest.mark.parametrize("form", ["VDM", "VDO"])
def test_talkers_and_forms(talker: str, form: str) -> None:
    assert mmsis(decode(vdm(PAYLOAD, talker=(talker + form).encode()))) == [SHIP]


@pytest.mark.parametrize("channel", [b"A", b"B", b"1", b"2", b""])
def test_channels(channel: bytes) -> None:
    assert mmsis(decode(vdm(PAYLOAD, channel=channel))) == [SHIP]


def test_lower_case_checksum() -> None:
    assert mmsis(decode(PLAIN[:-2] + PLAIN[-2:].lower())) == [SHIP]


def test_missing_checksum() -> None:
    decoded = decode(PLAIN[:-3])
    assert reasons(decoded) == ["no_checksum"]
    assert decoded.rejected[0].line == PLAIN[:-3]


def test_wrong_checksum() -> None:
    assert reasons(decode(PLAIN[:-2] + b"4B")) == ["checksum"]


def test_tag_block_station_and_time() -> None:
    decoded = decode(tagged(b"s:north,c:1490075470", PLAIN))
    assert decoded.reports.at_us[0] == 1_490_075_470 * S
    assert decoded.reports.received_at_us[0] == 1_490_075_470 * S
    assert decoded.reports.flags[0] == 0


@pytest.mark.parametrize("stamp", [b"1490075470.25", b"1490075470250"])
def test_tag_time_in_fractions_and_milliseconds(stamp: bytes) -> None:
    assert decode(tagged(b"c:" + stamp, PLAIN)).reports.at_us[0] == 1_490_075_470_250_000


def test_tag_block_with_wrong_checksum_is_flagged_and_not_used() -> None:
    decoder = NmeaDecoder({0: "own"}, bulk=Road.bulk)
    line = b"\\s:north,c:1490075470*00\\" + PLAIN
    reports = decoder.decode(log(line)).reports
    assert reports.flags[0] == Flag.CHECKSUM
    assert reports.at_us[0] == T0
    assert decoder.stations == ["own"]


def test_tag_block_without_checksum_is_used_and_flagged() -> None:
    reports = decode(b"\\s:north,c:1490075470\\" + PLAIN).reports
    assert reports.flags[0] == Flag.CHECKSUM
    assert reports.at_us[0] == 1_490_075_470 * S


@pytest.mark.parametrize(
    "fields",
    [
        b"s:north,c:1490075470,d:south,n:17,r:120,t:all well,x:1",
        b"n:17,c:1490075470,s:north",
        b"c:1490075470,s:north,g:1-1-9",
        b"c:1490075470,,s: north ",
    ],
)
def test_tag_block_with_every_field(fields: bytes) -> None:
    decoder = NmeaDecoder({0: "own"}, bulk=Road.bulk)
    reports = decode(tagged(fields, PLAIN), decoder=decoder).reports
    assert (reports.at_us[0], reports.flags[0]) == (1_490_075_470 * S, 0)
    assert decoder.stations[reports.station[0]] == "north"


def test_several_tag_blocks_are_one() -> None:
    decoder = NmeaDecoder({0: "own"}, bulk=Road.bulk)
    blocks = tagged(b"s:north", b"") + tagged(b"c:1490075470", PLAIN)
    reports = decode(blocks, decoder=decoder).reports
    assert (reports.at_us[0], reports.flags[0]) == (1_490_075_470 * S, 0)
    assert decoder.stations[reports.station[0]] == "north"


def test_head_of_a_datagram_before_a_tag_block_and_alone() -> None:
    line = tagged(b"s:north,c:1490075470", PLAIN)
    assert decode(b"UdPbC" + line).reports.at_us[0] == 1_490_075_470 * S
    decoder = NmeaDecoder({0: "own"}, bulk=Road.bulk)
    reports = decode(b"UdPbC", line, decoder=decoder).reports
    assert reports.at_us[0] == 1_490_075_470 * S
    assert (decoder.books[0].decoded_lines, decoder.books[0].rejected) == (2, {})


@pytest.mark.parametrize(
    "head",
    [
        b"1490075470,",
        b"1490075470 ",
        b"1490075470000,",
        b"2017-03-21T05:51:10Z,",
        b"2017-03-21 05:51:10, ",
        b"[2017-03-21 05:51:10.000] ",
        b"2017-03-21T01:51:10-04:00,",
    ],
)
def test_prefix_times(head: bytes) -> None:
    assert decode(head + PLAIN).reports.at_us[0] == 1_490_075_470 * S


def test_suffix_time_and_station() -> None:
    decoder = NmeaDecoder({0: "own"})
    reports = decoder.decode(log(PLAIN + b",s28089,d-103,r003669945,1490075470")).reports
    assert reports.at_us[0] == 1_490_075_470 * S
    assert decoder.stations == ["r003669945"]


def test_tag_block_behind_a_prefix() -> None:
    decoder = NmeaDecoder({0: "own"}, bulk=Road.bulk)
    line = b"1490075475," + tagged(b"s:north,c:1490075470", PLAIN)
    assert decoder.decode(log(line)).reports.at_us[0] == 1_490_075_470 * S
    assert decoder.stations == ["north"]
    only_station = decode(b"1490075475," + tagged(b"s:north", PLAIN))
    assert only_station.reports.at_us[0] == 1_490_075_475 * S


def test_a_time_over_five_minutes_ahead_is_suspect() -> None:
    near = decode(tagged(b"c:1490075778", PLAIN)).reports
    assert (near.at_us[0], near.flags[0]) == (T0 + 299 * S, 0)
    far = decode(tagged(b"c:1490075780", PLAIN)).reports
    assert (far.at_us[0], far.flags[0]) == (T0, Flag.TIME_SUSPECT)
    assert far.received_at_us[0] == T0 + 301 * S


def test_no_time_anywhere() -> None:
    reports = decode(PLAIN, at_us=NO_TIME_US).reports
    assert reports.at_us[0] == reports.received_at_us[0] == NO_TIME_US
    assert reports.flags[0] == 0


@pytest.mark.parametrize("stamp", [b"0", b"12", b"99999999999999999", b"1490075470.x", b""])
def test_a_clock_that_was_never_set_is_no_time(stamp: bytes) -> None:
    assert decode(tagged(b"c:" + stamp, PLAIN)).reports.at_us[0] == T0


# -- payloads ---------------------------------------------------------------------------------
def test_truncated_type_1_is_flagged() -> None:
    reports = decode(vdm(PAYLOAD[:18])).reports
    assert reports.flags[0] == Flag.TRUNCATED
    assert reports.mmsi[0] == SHIP
    assert reports.lon_deg[0] == pytest.approx(-123.395383333)
    assert np.isnan([reports.lat_deg[0], reports.cog_deg[0], reports.heading_deg[0]]).all()
    assert reports.valid[0] == Valid.NAV_STATUS | Valid.ACCURACY


def test_a_message_without_its_header_is_undecodable() -> None:
    assert reasons(decode(vdm(PAYLOAD[:6]))) == ["undecodable"]


def test_empty_payload() -> None:
    assert reasons(decode(vdm(b""))) == ["empty_payload"]


@pytest.mark.parametrize("bad", [b"X", b"_", b"x", b"/", b"\x7f", b"\xff"])
def test_illegal_armour_character(bad: bytes) -> None:
    assert reasons(decode(vdm(PAYLOAD[:9] + bad + PAYLOAD[10:]))) == ["bad_armour"]


def test_fill_bits_out_of_range() -> None:
    assert reasons(decode(vdm(PAYLOAD, 7))) == ["bad_fill"]


def test_two_sentences_glued_on_one_line() -> None:
    other = vdm(*encoded(type=18, mmsi=329_002_300, lon=-61.0, lat=15.0))
    decoded = decode(PLAIN + other)
    assert mmsis(decoded) == [SHIP, 329_002_300]
    assert list(decoded.reports.seq) == [1, 1]


def test_two_prefixed_or_suffixed_sentences_glued() -> None:
    prefixed = decode(b"1490075470," + PLAIN + b"1490075471," + PLAIN).reports
    assert list(prefixed.at_us) == [1_490_075_470 * S, 1_490_075_471 * S]
    suffixed = decode(PLAIN + b",rA01,1490075470" + tagged(b"c:1490075471", PLAIN)).reports
    assert list(suffixed.at_us) == [1_490_075_470 * S, 1_490_075_471 * S]
    both = decode(PLAIN + b",rA01,1490075470" + PLAIN + b",rA01,1490075471").reports
    assert list(both.at_us) == [1_490_075_470 * S, 1_490_075_471 * S]


def test_a_bad_sentence_beside_a_good_one_is_counted_as_spoilt() -> None:
    decoder = NmeaDecoder()
    decoder.decode(log(PLAIN + PLAIN[:-2] + b"00", PLAIN[:-2] + b"00" + vdm(b"")))
    books = decoder.books[0]
    assert (books.decoded_lines, books.rejected, books.spoilt) == (
        1,
        {"checksum": 1},
        {"checksum": 1},
    )
    assert books.balanced()


def test_garbage_before_the_sentence() -> None:
    reports = decode(b"\xff\x00\x03garbage 12" + PLAIN).reports
    assert (reports.mmsi[0], reports.at_us[0]) == (SHIP, T0)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"!AAVDM,0,1", "bad_fragment"),
        (sealed(b"AIVDM,0,1,,A," + PAYLOAD + b",0"), "bad_fragment"),
        (sealed(b"AIVDM,2,3,1,A," + PAYLOAD + b",0"), "bad_fragment"),
        (sealed(b"AIVDM,x,1,1,A," + PAYLOAD + b",0"), "bad_fragment"),
        (sealed(b"AIVDM,12,1,1,A," + PAYLOAD + b",0"), "bad_fragment"),
        (sealed(b"AIVDM,,,1,A," + PAYLOAD + b",0"), "bad_fragment"),
        (b"epoch,AIS_Sentences", "not_a_sentence"),
        (b"$GPRMC,055119,A,1539.9,N,06131.5,W,0.1,0.0,210317,,*1A", "not_ais"),
        (b"$PGHP,1,2010,5,2,0,0,0,0,,1,00000000,1,5F*00", "checksum"),
        (b"# a comment " + PLAIN, "comment"),
        (b"\x00\xff\xfe", "not_a_sentence"),
        (b"", "not_a_sentence"),
        (b"x" * 4097, "too_long"),
        (vdm(b"1" * 200), "too_long"),
        (vdm(b"w" * 28), "unknown_type"),
        (vdm(b"0" * 28), "unknown_type"),
    ],
)
def test_what_is_refused_and_why(line: bytes, reason: str) -> None:
    assert reasons(decode(line)) == [reason]
    assert reasons(decode(*[line] * 40)) == [reason] * 40


def test_type_24_part_a_and_type_27_padded_to_168_bits() -> None:
    name = encoded(type=24, partno=0, mmsi=SHIP, shipname="RARA AVIS")
    bare = decode(vdm(name[0][:27], 2)).statics
    padded = decode(vdm(name[0][:28], 0)).statics
    assert list(bare.name) == list(padded.name) == [b"RARA AVIS"]
    far = encoded(type=27, mmsi=SHIP, lon=-61.5, lat=15.25, speed=12, course=90, status=5)
    for payload in (far[0][:16], far[0][:16] + b"0" * 12):
        reports = decode(vdm(payload)).reports
        assert (reports.lon_deg[0], reports.lat_deg[0]) == (-61.5, 15.25)
        assert (reports.sog_kn[0], reports.cog_deg[0], reports.nav_status[0]) == (12, 90, 5)
        assert reports.flags[0] == 0


def test_type_24_of_an_unknown_part_is_kept_as_other() -> None:
    payload = bytearray(encoded(type=24, partno=0, mmsi=SHIP, shipname="X")[0][:28])
    payload[6] += 8
    line = vdm(bytes(payload))
    (other,) = decode(line).others
    assert (other.msg_type, other.mmsi, other.lines, other.at_us) == (24, SHIP, (line,), T0)
    assert len(decode(*[line] * 40).others) == 40


def test_types_without_columns_are_kept_whole() -> None:
    text = encoded(type=14, mmsi=SHIP, text="MAYDAY ALPHA")
    line = tagged(b"c:1490075470", vdm(*text))
    decoded = decode(line)
    (other,) = decoded.others
    assert (other.msg_type, other.mmsi, other.at_us) == (14, SHIP, 1_490_075_470 * S)
    assert other.lines == (line,)
    assert decoded.messages_by_type == {14: 1}


@pytest.mark.parametrize(("lon", "lat"), [(-613, 154), (1799, -899), (0, 1)])
def test_type_17_positions_are_tenths_of_a_minute(lon: int, lat: int) -> None:
    bits = f"{17:06b}00{2_766_140:030b}00{lon * 60 & 0x3FFFF:018b}{lat * 60 & 0x1FFFF:017b}00000"
    bits += "0" * (-len(bits) % 6)
    armour = bytes(range(48, 88)) + bytes(range(96, 120))
    payload = bytes(armour[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6))
    reports = decode(vdm(payload, len(payload) * 6 - 80)).reports
    assert (reports.lon_deg[0], reports.lat_deg[0]) == (lon / 10, lat / 10)


def test_text_ends_at_the_first_at_sign() -> None:
    statics = decode(*parts(*voyage(SHIP, "A@B", shipname="RARA AVIS@JUNK", callsign="J@K")))
    assert statics.statics.name[0] == b"RARA AVIS"
    assert statics.statics.callsign[0] == b"J"
    assert statics.statics.destination[0] == b"A"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (0, 0.0),
        (1, (1 / 4.733) ** 2),
        (-20, -((20 / 4.733) ** 2)),
        (126, (126 / 4.733) ** 2),
        (127, np.nan),
        (-127, np.nan),
        (-128, np.nan),
    ],
)
def test_rate_of_turn_is_exact(raw: int, expected: float) -> None:
    bits = "".join(f"{(c - 48 if c < 96 else c - 56):06b}" for c in PAYLOAD)
    bits = bits[:42] + f"{raw & 255:08b}" + bits[50:]
    armour = bytes(range(48, 88)) + bytes(range(96, 120))
    payload = bytes(armour[int(bits[i : i + 6], 2)] for i in range(0, 168, 6))
    turn = decode(vdm(payload)).reports.rot_deg_per_min[0]
    assert turn == pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_draught_zero_is_not_available() -> None:
    statics = decode(*parts(*voyage(SHIP, "X", draught=0))).statics
    assert np.isnan(statics.draught_m[0])
    statics = decode(*parts(*voyage(SHIP, "X", draught=7.5))).statics
    assert statics.draught_m[0] == np.float32(7.5)


@pytest.mark.parametrize(
    ("second", "mode"), [(0, 0), (59, 0), (60, None), (61, 61), (62, 62), (63, 63)]
)
def test_seconds_from_60_on_are_a_state(second: int, mode: int | None) -> None:
    reports = decode(vdm(*encoded(type=18, mmsi=SHIP, lon=1.0, lat=2.0, second=second))).reports
    assert bool(reports.valid[0] & Valid.SECOND) == (second < 60)
    assert reports.second[0] == (second if second < 60 else 0)
    assert bool(reports.valid[0] & Valid.POSITION_MODE) == (mode is not None)
    assert reports.position_mode[0] == (mode or 0)


def test_sentinels_are_masked() -> None:
    fields = {"lon": 181.0, "lat": 91.0, "speed": 102.3, "course": 360.0, "heading": 511}
    reports = decode(vdm(*encoded(type=1, mmsi=SHIP, status=15, **fields))).reports
    for name in ("lon_deg", "lat_deg", "sog_kn", "cog_deg", "heading_deg"):
        assert np.isnan(getattr(reports, name)[0]), name
    assert not reports.valid[0] & Valid.NAV_STATUS


def test_stations_are_named_by_feed_where_the_line_names_none() -> None:
    decoder = NmeaDecoder({1: "Roseau"})
    rows = [Sentence(RowKind.LINE, feed, T0, PLAIN) for feed in (2, 1, 2)]
    decoded = decoder.decode(log(*rows))
    assert decoder.stations == ["feed 2", "Roseau"]
    assert list(decoded.reports.station) == [0, 1, 0]
    assert list(decoded.reports.feed) == [2, 1, 2]
    assert {feed: books.lines for feed, books in decoder.books.items()} == {1: 1, 2: 2}


def test_names_from_the_wire_are_bounded() -> None:
    decoder = NmeaDecoder({0: "own"})
    decoder.decode(log(*[tagged(b"s:station%d" % k, PLAIN) for k in range(4200)]))
    assert len(decoder.stations) == 4097
    assert decoder.stations[-1] == "own"


def test_limits_are_those_of_the_settings() -> None:
    from mda.config import Config

    assert Limits.of(Config.load()) == Limits()
