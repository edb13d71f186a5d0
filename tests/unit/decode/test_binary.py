"""Application messages: every layout written bit by bit, read back; and no bits can break it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import vdm

from mda.decode import detail
from mda.decode.binary import APPLICATIONS, application
from mda.decode.binary.envelope import envelope
from mda.decode.binary.notices import NOTICES
from mda.decode.framing import ARMOUR_LEGAL
from mda.errors import DecodeError

Part = tuple[int, int]


def bits(*parts: Part | str) -> str:
    """(width, value) pairs, negative ones in two's complement, or ready bits."""
    return "".join(
        part if isinstance(part, str) else f"{part[1] & ((1 << part[0]) - 1):0{part[0]}b}"
        for part in parts
    )


def text(words: str, chars: int) -> str:
    codes = [ord(c) - 64 if ord(c) >= 64 else ord(c) for c in words]
    return bits(*((6, code) for code in codes)) + "0" * 6 * (chars - len(words))


def broadcast(dac: int, fi: int, *parts: Part | str) -> str:
    return bits((6, 8), (2, 0), (30, 338_000_001), (2, 0), (10, dac), (6, fi), *parts)


def addressed(dac: int, fi: int, *parts: Part | str) -> str:
    head = ((6, 6), (2, 0), (30, 2_110_000), (2, 1), (30, 338_000_001), (1, 0), (1, 0))
    return bits(*head, (10, dac), (6, fi), *parts)


def read(whole: str) -> dict[str, Any]:
    found = application(whole)
    assert found is not None
    return found


WHEN = ((4, 3), (5, 21), (5, 6), (6, 30))


# -- weather ----------------------------------------------------------------------------------
def weather(**given: int) -> str:
    """FI 31 with everything not available but what is given, by our names and raw numbers."""
    rows = [
        ("lon", 25, 10_860_000), ("lat", 24, 5_460_000), ("accuracy", 1, 0), ("day", 5, 0),
        ("hour", 5, 24), ("minute", 6, 60), ("wind", 7, 127), ("gust", 7, 127), ("dir", 9, 360),
        ("gust_dir", 9, 360), ("air", 11, -1024), ("humidity", 7, 101), ("dew", 10, 501),
        ("pressure", 9, 511), ("trend", 2, 3), ("greater", 1, 0), ("visibility", 7, 127),
        ("level", 12, 4001), ("level_trend", 2, 3), ("current", 8, 255), ("current_dir", 9, 360),
        *((f"c{n}", w, v) for n, (w, v) in enumerate([(8, 255), (9, 360), (5, 31)] * 2)),
        ("wave", 8, 255), ("wave_s", 6, 63), ("wave_dir", 9, 360), ("swell", 8, 255),
        ("swell_s", 6, 63), ("swell_dir", 9, 360), ("sea", 4, 13), ("water", 10, 501),
        ("rain", 3, 7), ("salt", 9, 510), ("ice", 2, 3), ("spare", 10, 0),
    ]  # fmt: skip
    assert not given.keys() - {name for name, _, _ in rows}
    return broadcast(1, 31, *((width, given.get(name, value)) for name, width, value in rows))


def test_weather_of_which_nothing_is_available() -> None:
    found = read(weather())
    assert found.pop("application") == "weather"
    assert (found.pop("dac"), found.pop("fi"), found.pop("accuracy")) == (1, 31, False)
    assert set(found.values()) == {None}
    assert len(found) == 37


def test_weather_in_units() -> None:
    found = read(
        weather(
            lon=-61 * 60_000, lat=15 * 60_000 + 30_000, wind=126, gust=40, dir=0, air=-5, dew=-200,
            pressure=1, trend=2, greater=1, visibility=126, level=0, current=251, water=-100,
            rain=1, salt=350, ice=0, sea=12, wave=21, day=31, hour=0, minute=0,
        )
    )  # fmt: skip
    assert (found["lon_deg"], found["lat_deg"]) == (-61.0, 15.5)
    assert (found["wind_kn"], found["gust_kn"], found["wind_dir_deg"]) == (126, 40, 0)
    assert (found["air_temp_c"], found["dew_point_c"], found["water_temp_c"]) == (-0.5, -20, -10)
    assert (found["pressure_hpa"], found["pressure_trend"]) == (800, "increasing")
    assert (found["visibility_nmi"], found["visibility_greater"]) == (12.6, True)
    assert (found["water_level_m"], found["current_kn"], found["wave_height_m"]) == (-10, 25.1, 2.1)
    assert (found["precipitation"], found["salinity_permil"], found["ice"]) == ("rain", 35.0, False)
    assert (found["sea_state_beaufort"], found["day"], found["hour"]) == (12, 31, 0)


def test_the_old_weather_says_not_available_by_the_highest_number() -> None:
    found = read(broadcast(1, 11, (24, 0x7FFFFF), (25, 0xFFFFFF), "1" * 247))
    assert {name for name, value in found.items() if value is not None} == {
        "dac",
        "fi",
        "application",
    }
    at_the_end_of_a_month = read(broadcast(1, 11, (49, 0), (5, 31), (5, 12), (6, 0), "1" * 231))
    assert at_the_end_of_a_month["day"] == 31


@pytest.mark.parametrize("cut", [55, 56, 57, 100, 130, 250, 353])
def test_fields_beyond_the_end_are_not_available(cut: int) -> None:
    whole = weather(lon=60_000, lat=60_000, wind=10, ice=1)
    found = application(whole[:cut])
    if cut < 56:
        assert found is None
        return
    assert found is not None
    assert found["lon_deg"] == (1.0 if cut >= 81 else None)
    assert found["wind_kn"] == (10 if cut >= 129 else None)
    assert found["ice"] is (True if cut >= 350 else None)


# -- the others -------------------------------------------------------------------------------
def test_persons_on_board_by_all_its_numbers() -> None:
    assert read(addressed(1, 16, (13, 295), (35, 0)))["persons"] == 295
    assert read(broadcast(1, 40, (13, 0), (3, 0)))["persons"] is None
    inland = read(addressed(200, 55, (8, 5), (13, 8191), (8, 0), (51, 0)))
    assert (inland["crew"], inland["passengers"], inland["personnel"]) == (5, None, 0)


def test_targets_under_the_number_of_persons_stay_hex() -> None:
    found = read(broadcast(1, 16, (120, 1)))
    assert found == {"dac": 1, "fi": 16, "data_hex": f"{1:030x}", "data_bits": 120}


def test_a_route_and_its_cut_off_waypoint() -> None:
    place = ((28, -61 * 600_000), (27, 15 * 600_000))
    head = ((10, 7), (3, 1), (5, 2), *WHEN, (18, 90), (5, 2))
    whole = broadcast(1, 27, *head, *place, *place)
    found = read(whole)
    assert (found["linkage"], found["sender"], found["route"]) == (7, "authority", "recommended")
    assert (found["month"], found["day"], found["hour"], found["minute"]) == (3, 21, 6, 30)
    assert found["duration_min"] == 90
    assert found["waypoints"] == [{"lon_deg": -61.0, "lat_deg": 15.0}] * 2
    assert read(whole[:-30])["waypoints"][1] == {"lon_deg": None, "lat_deg": None}
    assert read(whole[:-55])["waypoints"] == [{"lon_deg": -61.0, "lat_deg": 15.0}]
    assert read(addressed(1, 28, *head[:-1], (5, 31)))["waypoints"] == []


def test_an_area_notice_with_every_shape() -> None:
    place = ((25, -61 * 60_000), (24, 15 * 60_000), (3, 4))
    areas = (
        bits((3, 0), (2, 2), *place, (12, 50), (18, 0)),
        bits((3, 1), (2, 1), *place, (8, 20), (8, 30), (9, 45), (5, 0)),
        bits((3, 2), (2, 0), *place, (12, 500), (9, 10), (9, 200)),
        bits((3, 3), (2, 1), (10, 181), (10, 5), (10, 719), (10, 7), (40, 0), (2, 0)),
        bits((3, 4), (2, 0), (10, 720), (10, 9), *((20, 0),) * 3, (2, 0)),
        bits((3, 5), text("GUNNERY ", 8), text("UNTIL", 6)),
        bits((3, 5), text("NOON", 14)),
        bits((3, 6), (84, 0)),
    )
    found = read(broadcast(1, 22, (10, 5), (7, 37), *WHEN, (18, 262_143), *areas, (5, 0)))
    assert (found["notice"], found["duration_min"]) == (37, None)
    assert found["notice_words"] == "Restricted: firing, danger area"
    assert found["text"] == "GUNNERY UNTILNOON"
    where = {"lon_deg": -61.0, "lat_deg": 15.0, "precision_decimals": 4}
    circle, rectangle, sector, line, polygon, *_, reserved = found["sub_areas"]
    assert circle == {"shape": "circle", **where, "radius_m": 5000}
    assert rectangle == {
        "shape": "rectangle", **where, "east_m": 200, "north_m": 300, "orientation_deg": 45
    }  # fmt: skip
    assert sector == {
        "shape": "sector", **where, "radius_m": 500, "left_deg": 10, "right_deg": 200
    }  # fmt: skip
    assert line["steps"] == [
        {"bearing_deg": 90.5, "distance_m": 50},
        {"bearing_deg": 359.5, "distance_m": 70},
    ]
    assert polygon["steps"] == [{"bearing_deg": None, "distance_m": 9}]
    assert reserved == {"shape": "reserved 6"}
    assert read(addressed(1, 23, (10, 5), (7, 127), *WHEN, (18, 0)))["notice_words"] is None


def test_notices_have_words_for_no_reserved_number() -> None:
    assert not NOTICES.keys() & {22, 31, 39, 59, 77, 86, 109, 113, 123, 127}
    assert max(NOTICES) == 126


def test_inland_ship() -> None:
    found = read(
        broadcast(
            200, 10, text("02325000", 8), (13, 1100), (10, 114), (14, 8020), (3, 4), (11, 280),
            (2, 1), (1, 1), (1, 0), (1, 1), (8, 0),
        )
    )  # fmt: skip
    assert found == {
        "dac": 200, "fi": 10, "application": "inland ship", "vessel_id": "02325000",
        "length_m": 110.0, "beam_m": 11.4, "ship_type_eri": 8020, "blue_cones": "B flag",
        "draught_m": 2.8, "load": "loaded", "good_speed": True, "good_course": False,
        "good_heading": True,
    }  # fmt: skip


def test_extended_ship() -> None:
    ports = text("BBBGI", 5) + text("", 5) + text("DMRSU", 5)
    found = read(
        broadcast(
            1, 24, (10, 1), (13, 2550), ports, (2, 2), (50, 0), (4, 15), (18, 262_143), (12, 16),
            text("A31A2GX", 7), (18, 9000), (2, 1), (2, 2), (2, 1), (2, 0), (14, 500), (13, 21),
            (10, 0),
        )
    )  # fmt: skip
    assert (found["air_draught_m"], found["last_port"], found["next_port"]) == (25.5, "BBBGI", None)
    assert found["equipment"]["ais"] == "does not work"
    assert (found["ice_class"], found["shaft_power_hp"], found["gross_tonnage"]) == (None,) * 2 + (
        9000,
    )
    assert (found["heavy_fuel_oil"], found["light_fuel_oil"]) == (True, False)
    assert (found["bunker_oil_t"], found["persons"]) == (500, 21)


def test_texts() -> None:
    found = read(broadcast(1, 29, (10, 9), text("BUOY 3 UNLIT", 12), "01"))
    assert (found["linkage"], found["text"]) == (9, "BUOY 3 UNLIT")
    found = read(addressed(1, 0, (1, 1), (11, 3), text("CALL ME@NO", 10)))
    assert (found["acknowledge"], found["sequence"], found["text"]) == (True, 3, "CALL ME")


# -- types 25 and 26 --------------------------------------------------------------------------
def test_single_slot_messages_and_their_flags() -> None:
    head = ((6, 25), (2, 0), (30, 5))
    found = envelope(bits(*head, (1, 1), (1, 1), (30, 99), (2, 0), (10, 1), (6, 40), (16, 0x0938)))
    assert (found["dest_mmsi"], found["dac"], found["fid"], found["data"]) == (99, 1, 40, "0938")
    found = envelope(bits(*head, (1, 0), (1, 0), (24, 0xABCDEF)))
    assert "dest_mmsi" not in found
    assert "dac" not in found
    assert found["data"] == "abcdef"
    assert application(bits(*head, (1, 0), (1, 0), (40, 1))) is None
    assert application(bits((6, 1), (162, 0))) is None


def test_a_multi_slot_message_ends_with_its_state() -> None:
    head = ((6, 26), (2, 0), (30, 5), (1, 0), (1, 1), (10, 1), (6, 40))
    found = envelope(bits(*head, (16, 0x0938), (4, 0), (20, 0x80003)))
    assert (found["data"], found["radio"]) == ("0938", 0x80003)
    cut = envelope(bits(*head[:5]))
    assert (cut["radio"], cut["dac"], cut["data"]) == (None, None, "")


# -- whatever is on the air -------------------------------------------------------------------
@given(st.text("01", max_size=1200), st.sampled_from([*APPLICATIONS, (366, 56), (1, 12)]))
def test_no_bits_break_it(noise: str, number: tuple[int, int]) -> None:
    for whole in (noise, broadcast(*number, noise), addressed(*number, noise)):
        found = application(whole)
        if found is not None:
            json.dumps(found, allow_nan=False)
            assert {"dac", "fi"} <= found.keys()
            assert ("data_hex" in found) != ("application" in found)


@given(st.text("01", min_size=40, max_size=1000), st.sampled_from(sorted(APPLICATIONS)))
def test_a_longer_cut_only_adds(noise: str, number: tuple[int, int]) -> None:
    """What a message's beginning says, the whole message says too."""
    whole = broadcast(*number, noise)
    found, begun = read(whole), read(whole[:-20])
    if "application" not in found or "application" not in begun:
        return
    for name, value in begun.items():
        if isinstance(value, (int, float)) and name != "day":
            assert found[name] == value


@given(st.binary(max_size=160), st.integers(0, 5))
def test_no_payload_breaks_detail(noise: bytes, fill: int) -> None:
    payload = bytes(ARMOUR_LEGAL[octet % 64] for octet in noise)
    try:
        found = detail([vdm(payload, fill)])
    except DecodeError:
        return
    json.dumps(found, allow_nan=False)
    assert found["mmsi"] is not None
