"""Identity, stamps, the table, saved state and the two roads."""

from __future__ import annotations

import numpy as np
import pytest
from sentences import PLAIN, SHIP, T0, encoded, log, parts, tagged, vdm, voyage

from mda.clock import NO_TIME_US
from mda.decode import NmeaDecoder, decoded_table, received_at
from mda.decode.identity import report_id
from mda.decode.stamps import around
from mda.model import Decoded, Reports, Statics, pack, unpack

S = 1_000_000


def test_identity_of_a_message_is_that_of_its_bits_and_time() -> None:
    decoder = NmeaDecoder()
    rows = log(PLAIN, vdm(b"15RTgt0PAso;90TKcjM8h6g208CQ", channel=b"B", talker=b"BSVDM"))
    one, two = decoder.decode(rows).reports.report_id
    bits = "".join(f"{(c - 48 if c < 96 else c - 56):06b}" for c in b"15RTgt0PAso;90TKcjM8h6g208CQ")
    octets = int(bits, 2).to_bytes(21, "big")
    assert one == two == report_id(octets, T0)
    later = decoder.decode(log(PLAIN, at_us=T0 + 1)).reports
    assert later.report_id[0] != one
    assert later.heard_id[0] == later.report_id[0]


def test_identity_does_not_depend_on_where_a_message_was_split() -> None:
    payload, fill = voyage(SHIP, "ROSEAU")
    decoder = NmeaDecoder()
    short = decoder.decode(log(*parts(payload, fill, split=56))).statics
    long = decoder.decode(log(*parts(payload, fill, split=60, sequence=b"2"))).statics
    assert short.report_id[0] == long.report_id[0]


@pytest.mark.parametrize(
    ("line", "at_s"),
    [
        (PLAIN, None),
        (b"epoch,AIS_Sentences", None),
        (b"1490075479," + PLAIN, 1_490_075_479),
        (b"0000000012," + PLAIN, None),
        (b"1490075479 " + PLAIN, 1_490_075_479),
        (b"1490075479,$GPRMC,055119,A*1A", 1_490_075_479),
        (b"2016-13-41 00:00:00, " + PLAIN, None),
        (b"1999-01-01T00:00:00Z," + PLAIN, None),
        (tagged(b"c:1490075479,s:x", PLAIN), 1_490_075_479),
        (PLAIN + b",rA1,1490075479", 1_490_075_479),
        (b"1490075471," + PLAIN + b",rA1,1490075479", 1_490_075_479),
        (b"1490075479," + PLAIN + b"1490075480," + PLAIN, 1_490_075_479),
        (PLAIN[:-3], None),
    ],
)
def test_a_lines_own_time(line: bytes, at_s: int | None) -> None:
    assert received_at(line) == (None if at_s is None else at_s * S)


def test_what_stands_between_two_sentences() -> None:
    assert around(b"", b",r1,5\\s:a\\", 0) == (b"", b",r1,5")
    assert around(b",r1,5\\s:a\\", b"", 1) == (b"\\s:a\\", b"")
    assert around(b",r1,5", b"", 1) == (b"", b"")


def _mixed() -> list[bytes]:
    aid = parts(*encoded(type=21, mmsi=992_351_000, name="BUOY", lon=-61, lat=15), split=60)
    extended = parts(*encoded(type=19, mmsi=SHIP + 1, shipname="BEE", lon=-61, lat=15), split=60)
    return [
        b"header",
        PLAIN,
        *aid,
        *parts(*voyage(SHIP, "ROSEAU", imo=9_134_270, to_bow=100, to_stern=20, draught=7.1)),
        tagged(b"s:north,c:1490075470", PLAIN),
        *extended,
        vdm(*encoded(type=14, mmsi=SHIP, text="SECURITE")),
        vdm(*encoded(type=24, partno=0, mmsi=SHIP, shipname="RARA AVIS")),
    ]


ORDER = """at received_at station msg_type mmsi lon_deg lat_deg sog_kn cog_deg heading_deg
rot_deg_per_min nav_status imo callsign name ship_type length_m beam_m draught_m destination"""


def test_table_has_the_promised_columns_and_one_row_a_message() -> None:
    decoder = NmeaDecoder({0: "own"})
    table = decoded_table(decoder.decode(log(*_mixed())), decoder.stations)
    assert list(table)[:20] == ORDER.split()
    assert list(table["msg_type"]) == [1, 21, 5, 1, 19, 24]
    assert list(table["station"]) == ["own", "own", "own", "north", "own", "own"]
    assert table["name"].tolist() == [None, "BUOY", None, None, "BEE", "RARA AVIS"]
    assert table["imo"].tolist() == [None, None, 9_134_270, None, None, None]
    assert table["destination"].tolist() == [None, None, "ROSEAU", None, None, None]
    assert np.isnan(table["lon_deg"]).tolist() == [False, False, True, False, False, True]
    assert table["length_m"][2] == 120
    assert np.isnan(table["length_m"][0])
    assert table["draught_m"][2] == np.float32(7.1)
    assert str(table["at"][0]) == "2017-03-21T05:51:19.000000"
    assert all(len(column) == 6 for column in table.values())


def test_table_of_nothing_and_of_no_time() -> None:
    nothing = Decoded(Reports.blank(0), Statics.blank(0), [], [], {})
    assert all(len(column) == 0 for column in decoded_table(nothing, []).values())
    decoder = NmeaDecoder()
    table = decoded_table(decoder.decode(log(PLAIN, at_us=NO_TIME_US)), decoder.stations)
    assert np.isnat(table["at"][0])
    assert table["station"][0] == "feed 0"


def test_saved_state_resumes_in_the_middle_of_everything() -> None:
    one, two = parts(*voyage(SHIP, "ROSEAU"))
    done = parts(*voyage(SHIP, "MARIGOT"), sequence=b"4")
    bad = PLAIN[:-2] + b"00"
    before = [tagged(b"s:n,c:1490075470", one), *done, bad + one, PLAIN]
    decoder = NmeaDecoder({0: "own"})
    decoder.decode(log(*before))
    state = pack(decoder.save())
    again = NmeaDecoder({0: "own"})
    again.load(unpack(state))
    assert pack(again.save()) == state
    for resumed in (decoder, again):
        rest = resumed.decode(log(done[1], tagged(b"s:n,c:1490075470", two), two))
        assert list(rest.statics.destination) == [b"ROSEAU", b"ROSEAU"]
        assert [r.reason for r in rest.rejected] == ["duplicate_part"]
        assert resumed.books[0].balanced()
        assert resumed.books[0].spoilt == {"checksum": 1}
    assert pack(again.save()) == pack(decoder.save())


def test_state_knows_the_line_right_before() -> None:
    one, two = parts(*voyage(SHIP, "ROSEAU"))
    decoder = NmeaDecoder()
    decoder.decode(log(tagged(b"s:n", one)))
    again = NmeaDecoder()
    again.load(unpack(pack(decoder.save())))
    assert list(again.decode(log(two)).statics.destination) == [b"ROSEAU"]
    late = NmeaDecoder()
    late.load(unpack(pack(decoder.save())))
    late.flush()
    assert pack(late.save()) != pack(decoder.save())


def test_both_roads_agree_and_a_batch_may_share_bytes() -> None:
    rows = log(*(_mixed() * 20))
    answers = []
    for bulk in (True, False):
        decoder = NmeaDecoder({0: "own"}, bulk=bulk)
        head, tail = decoder.decode(rows.take(0, 77)), decoder.decode(rows.take(77, len(rows)))
        reports = Reports.concat([head.reports, tail.reports])
        answers.append((reports.columns(), pack(decoder.save()), decoder.flush().rejected))
    (ours, state, lost), (theirs, other_state, other_lost) = answers
    assert state == other_state
    assert lost == other_lost
    assert len(ours["seq"]) == 80
    for name, column in ours.items():
        assert column.tobytes() == theirs[name].tobytes(), name


def test_no_rows_at_all() -> None:
    decoder = NmeaDecoder()
    decoded = decoder.decode(log())
    assert (len(decoded.reports), len(decoded.statics), dict(decoder.books)) == (0, 0, {})


def test_table_with_positions_first_has_the_same_rows() -> None:
    decoder = NmeaDecoder({0: "own"})
    decoded = decoder.decode(log(*_mixed()))
    heard = decoded_table(decoded, decoder.stations)
    quick = decoded_table(decoded, decoder.stations, as_heard=False)
    assert list(quick["msg_type"]) == [1, 21, 1, 19, 5, 24]
    order = np.argsort(np.asarray(quick["seq"]))
    for name, column in heard.items():
        other = quick[name].tolist()
        assert repr(column.tolist()) == repr([other[row] for row in order]), name
