"""The cases of the design page on feeds that concern messages of several parts, each by name."""

from __future__ import annotations

import pytest
from sentences import (
    BOTH_ROADS,
    PLAIN,
    SHIP,
    T0,
    Road,
    decode,
    log,
    parts,
    reasons,
    sealed,
    tagged,
    voyage,
)

from mda.decode import NmeaDecoder
from mda.model import RowKind, Sentence

S = 1_000_000
ONE, TWO = parts(*voyage(SHIP, "PORT OF SPAIN 123456"))


@pytest.fixture(autouse=True, params=sorted(BOTH_ROADS))
def _road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every case on the careful road, and in a batch that is read in bulk."""
    monkeypatch.setattr(Road, "bulk", BOTH_ROADS[request.param])


def _destination(*rows: bytes | tuple[bytes, int] | Sentence) -> list[bytes]:
    return list(decode(*rows).statics.destination)


WHOLE = [b"PORT OF SPAIN 123456"]


def test_two_parts_without_tag() -> None:
    decoded = decode(ONE, TWO)
    assert list(decoded.statics.destination) == WHOLE
    assert decoded.statics.seq[0] == 2
    assert decoded.messages_by_type == {5: 1}


def test_two_parts_with_tag() -> None:
    tag = b"s:north,c:1490075470"
    assert _destination(tagged(tag, ONE), tagged(tag, TWO)) == WHOLE


def test_two_parts_with_group_and_the_rest_on_the_first_only() -> None:
    first = tagged(b"g:1-2-77,s:north,c:1490075470", ONE)
    between = tagged(b"s:south,c:1490075470", PLAIN)
    decoded = decode(first, between, tagged(b"g:2-2-77", TWO))
    assert list(decoded.statics.destination) == WHOLE
    assert decoded.statics.at_us[0] == 1_490_075_470 * S


def test_two_parts_with_tag_on_the_first_only() -> None:
    decoder = NmeaDecoder({0: "own"})
    decoded = decoder.decode(log(tagged(b"s:north,c:1490075470", ONE), TWO))
    assert list(decoded.statics.destination) == WHOLE
    assert decoder.stations == ["north"]


def test_a_part_without_station_two_lines_later_is_not_guessed_at() -> None:
    decoded = decode(tagged(b"s:north", ONE), PLAIN, TWO)
    assert reasons(decoded) == ["incomplete", "incomplete"]


def test_two_parts_with_a_suffix_on_the_last_only() -> None:
    decoder = NmeaDecoder({0: "own"})
    decoded = decoder.decode(log(ONE, TWO + b",r003669945,1490075470"))
    assert list(decoded.statics.destination) == WHOLE
    assert decoded.statics.at_us[0] == 1_490_075_470 * S
    assert decoder.stations == ["r003669945"]


def test_a_part_that_fits_two_messages_is_refused_with_both() -> None:
    other = parts(*voyage(329_002_300, "BRIDGETOWN 987654321"))
    decoded = decode(ONE, PLAIN, tagged(b"s:north", other[0]), TWO)
    assert reasons(decoded) == ["ambiguous"] * 3
    assert len(decoded.statics) == 0


def test_a_single_between_the_parts() -> None:
    assert _destination(ONE, PLAIN, TWO) == WHOLE


def test_parts_out_of_order() -> None:
    assert _destination(TWO, ONE) == WHOLE
    three = parts(*voyage(SHIP, "PORT OF SPAIN 123456"), split=28)
    assert len(three) == 3
    assert _destination(three[2], three[0], three[1]) == WHOLE


def test_two_stations_interleaved_with_the_same_sequence_and_channel() -> None:
    other = parts(*voyage(329_002_300, "BRIDGETOWN 987654321"))
    a, b = b"s:north", b"s:south"
    rows = (tagged(a, ONE), tagged(b, other[0]), tagged(a, TWO), tagged(b, other[1]))
    decoded = decode(*rows)
    assert list(decoded.statics.mmsi) == [SHIP, 329_002_300]
    assert list(decoded.statics.destination) == [*WHOLE, b"BRIDGETOWN 987654321"]


def test_two_messages_on_one_key_at_once_are_both_refused() -> None:
    other = parts(*voyage(329_002_300, "BRIDGETOWN 987654321"))
    decoded = decode(ONE, other[0], TWO, other[1])
    assert reasons(decoded) == ["ambiguous"] * 4
    assert len(decoded.statics) == 0


def test_parts_thousands_of_lines_apart_never_meet() -> None:
    other = parts(*voyage(329_002_300, "BRIDGETOWN 987654321"))
    decoded = decode(ONE, *[PLAIN] * 3000, other[1])
    assert reasons(decoded) == ["incomplete", "incomplete"]
    assert len(decoded.statics) == 0


def test_parts_too_far_apart_in_time_never_meet() -> None:
    other = parts(*voyage(329_002_300, "BRIDGETOWN 987654321"))
    decoded = decode((ONE, T0), (PLAIN, T0 + 11 * S), (other[1], T0 + 12 * S))
    assert reasons(decoded) == ["incomplete", "incomplete"]
    backwards = decode((ONE, T0), (other[1], T0 - 12 * S))
    assert reasons(backwards) == ["incomplete", "incomplete"]


def test_parts_whose_own_times_differ_never_meet() -> None:
    first, second = tagged(b"s:n,c:1490075440", ONE), tagged(b"s:n,c:1490075470", TWO)
    assert reasons(decode(first, second)) == ["incomplete", "incomplete"]


def test_a_sequence_number_that_came_round_never_meets_the_old_one() -> None:
    rows = [ONE]
    for k in range(2, 10):
        rows += parts(*voyage(SHIP + k, "KINGSTON 00000000000"), sequence=b"%d" % k)
    decoded = decode(*rows, TWO)
    assert len(decoded.statics) == 8
    assert reasons(decoded) == ["incomplete", "incomplete"]


def test_duplicates_of_parts() -> None:
    decoded = decode(ONE, ONE, TWO, TWO)
    assert list(decoded.statics.destination) == WHOLE
    assert reasons(decoded) == ["duplicate_part", "duplicate_part"]


def test_a_message_repeated_whole_is_a_new_hearing() -> None:
    assert _destination(ONE, TWO, ONE, TWO) == WHOLE * 2


def test_messages_on_one_key_that_end_alike_are_both_read() -> None:
    rows = [*parts(*voyage(SHIP, "ROSEAU")), *parts(*voyage(SHIP + 1, "ROSEAU"))]
    assert rows[1] == rows[3]
    decoded = decode(*rows, rows[3])
    assert list(decoded.statics.mmsi) == [SHIP, SHIP + 1]
    assert reasons(decoded) == ["duplicate_part"]


def test_a_broken_connection_ends_what_waits() -> None:
    lost = Sentence(RowKind.DISCONNECT, 0, T0, b"{}")
    decoded = decode(ONE, lost, TWO)
    assert reasons(decoded) == ["incomplete", "incomplete"]
    start = Sentence(RowKind.START, -1, T0, b"")
    assert reasons(decode(ONE, start, TWO)) == ["incomplete", "incomplete"]


def test_a_clock_row_lets_time_pass() -> None:
    decoder = NmeaDecoder({0: "own"})
    late = Sentence(RowKind.CLOCK, 0, T0 + 60 * S, b"")
    elsewhere = Sentence(RowKind.CLOCK, 7, T0 + 60 * S, b"")
    assert decoder.decode(log(ONE, elsewhere)).rejected == []
    assert decoder.books[0].pending == 1
    assert reasons(decoder.decode(log(late))) == ["incomplete"]
    assert decoder.books[0].balanced()


def test_intermediate_fill_bits_are_squeezed_out() -> None:
    payload, fill = voyage(SHIP, "PORT OF SPAIN 123456")
    bits = "".join(f"{(c - 48 if c < 96 else c - 56):06b}" for c in payload)
    head = bits[:334] + "00"
    armour = bytes(range(48, 88)) + bytes(range(96, 120))
    tail = bits[334 : len(bits) - fill]
    tail += "0" * (-len(tail) % 6)
    pieces = [
        bytes(armour[int(b[i : i + 6], 2)] for i in range(0, len(b), 6)) for b in (head, tail)
    ]
    rest = -(424 - 334) % 6
    first = sealed(b"AIVDM,2,1,1,A,%s,2" % pieces[0])
    second = sealed(b"AIVDM,2,2,1,A,%s,%d" % (pieces[1], rest))
    assert _destination(first, second) == WHOLE


def test_both_parts_glued_on_one_line() -> None:
    assert _destination(ONE + TWO) == WHOLE
    assert _destination(tagged(b"s:north", ONE) + TWO) == WHOLE
