"""Errors of pyais that `detail` corrects, each on sentences made for it."""

from __future__ import annotations

import pytest
from sentences import encoded, vdm

from mda.decode import detail
from mda.errors import DecodeError


def made(**fields: object) -> dict[str, object]:
    return detail([vdm(*encoded(**fields))])


def bits_as_sentence(bits: str) -> bytes:
    fill = -len(bits) % 6
    padded = bits + "0" * fill
    codes = [int(padded[i : i + 6], 2) for i in range(0, len(padded), 6)]
    return vdm(bytes(c + 48 if c < 40 else c + 56 for c in codes), fill)


def test_the_corners_of_types_22_and_23() -> None:
    for kind, before in ((22, 31), (23, 2)):
        head = f"{kind:06b}{0:02b}{3160048:030b}" + "0" * before
        corners = f"{-44100 & (1 << 18) - 1:018b}{27330:017b}{108600:018b}{54600:017b}"
        found = detail([bits_as_sentence(head + corners + "0" * (168 - len(head + corners)))])
        assert found["ne_lon"] == pytest.approx(-73.5)
        assert found["ne_lat"] == pytest.approx(45.55)
        assert (found["sw_lon"], found["sw_lat"]) == (None, None)


def test_a_number_that_is_only_begun_is_not_there() -> None:
    whole = f"{7:06b}{0:02b}{2655651:030b}{0:02b}{265538450:030b}{1:02b}" + "1" * 20
    found = detail([bits_as_sentence(whole)])
    assert (found["mmsi1"], found["mmsiseq1"], found["mmsi2"]) == (265538450, 1, None)


def test_codes_are_as_sent() -> None:
    head = f"{23:06b}{0:02b}{2268120:030b}" + "0" * 72
    assert detail([bits_as_sentence(f"{head}{8:04b}" + "0" * 54)])["station_type"] == 8


def test_what_is_not_available_is_none() -> None:
    found = made(msg_type=4, mmsi=2442102, year=0, month=0, day=0, hour=24, minute=60, second=60)
    names = ("year", "month", "day", "hour", "minute", "second", "epfd")
    assert [found[name] for name in names] == [None] * 7
    assert "position_mode" not in found
    found = made(msg_type=5, mmsi=329002300, hour=24, minute=60)
    assert [found[name] for name in ("month", "hour", "minute", "to_bow", "draught")] == [None] * 5


def test_a_daughter_craft_names_its_mother_ship() -> None:
    head = f"{24:06b}{0:02b}{983290001:030b}{1:02b}" + "0" * 92
    found = detail([bits_as_sentence(f"{head}{329002300:030b}" + "0" * 6)])
    assert found["mothership_mmsi"] == 329002300
    assert "to_bow" not in found
    assert detail([bits_as_sentence(head)])["mothership_mmsi"] is None


def test_binary_data_is_hex_and_says_what_it_is() -> None:
    head = f"{8:06b}{0:02b}{2655651:030b}00{1:010b}{40:06b}"
    found = detail([bits_as_sentence(head + f"{295:013b}000")])
    assert found["data"] == "0938"
    assert found["application"] == {
        "dac": 1,
        "fi": 40,
        "application": "persons on board",
        "persons": 295,
    }


def test_a_message_that_ends_before_its_sender_is_refused() -> None:
    with pytest.raises(DecodeError, match="before its sender"):
        detail([vdm(b"8000")])
    with pytest.raises(DecodeError, match="no AIS sentence"):
        detail([b"$GPRMC,,,*00"])
