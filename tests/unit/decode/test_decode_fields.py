"""Columns against pyais as oracle and encoder, over the range of every field."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyais
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyais.constants import ShipType
from sentences import SHIP, decode, encoded, parts, sealed

from mda.decode import detail
from mda.decode.payload import joined, leading
from mda.errors import DecodeError
from mda.model import Valid

MMSI = st.integers(1_000_000, 999_999_999)
LON = st.one_of(st.floats(-180, 180), st.just(181.0))
LAT = st.one_of(st.floats(-90, 90), st.just(91.0))
KIND = st.sampled_from([kind.value for kind in ShipType])
"""pyais encodes a reserved ship type as another one, so only those it knows are sent."""
TEXT = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-/()&'"
MOVING = {
    "mmsi": MMSI,
    "lon": LON,
    "lat": LAT,
    "speed": st.integers(0, 1023).map(lambda v: v / 10),
    "course": st.integers(0, 4095).map(lambda v: v / 10),
    "second": st.integers(0, 63),
    "accuracy": st.booleans(),
    "raim": st.booleans(),
}
HEADING = {"heading": st.integers(0, 511)}
SIZE = {
    "to_bow": st.integers(0, 511),
    "to_stern": st.integers(0, 511),
    "to_port": st.integers(0, 63),
    "to_starboard": st.integers(0, 63),
}


def _names(most: int) -> st.SearchStrategy[str]:
    return st.text(TEXT, max_size=most)


MESSAGES: dict[int, dict[str, Any]] = {
    1: {**MOVING, **HEADING, "status": st.integers(0, 15), "turn": st.sampled_from([0, 127, -128])},
    4: {k: MOVING[k] for k in ("mmsi", "lon", "lat", "accuracy", "raim")}
    | {"second": st.integers(0, 60)},
    9: {**MOVING, "speed": st.integers(0, 1023)},
    18: {**MOVING, **HEADING},
    19: {**MOVING, **HEADING, **SIZE, "shipname": _names(20), "ship_type": KIND},
    27: {k: MOVING[k] for k in ("mmsi", "lon", "lat", "accuracy", "raim")}
    | {
        "speed": st.integers(0, 63),
        "course": st.integers(0, 511),
        "status": st.integers(0, 15),
    },
}
STATICS: dict[int, dict[str, Any]] = {
    5: {
        **SIZE,
        "mmsi": MMSI,
        "imo": st.integers(0, 2**30 - 1),
        "callsign": _names(7),
        "shipname": _names(20),
        "ship_type": KIND,
        "draught": st.integers(0, 255).map(lambda v: v / 10),
        "destination": _names(20),
    },
    21: {
        **SIZE,
        **{k: MOVING[k] for k in ("mmsi", "lon", "lat", "accuracy", "raim", "second")},
        "aid_type": st.integers(0, 31),
        "name": _names(20),
        "name_ext": st.just(""),
    },
    24: {
        **SIZE,
        "partno": st.just(1),
        "mmsi": MMSI.filter(lambda m: m // 10_000_000 != 98),
        "ship_type": KIND,
        "callsign": _names(7),
    },
}


def _oracle(lines: list[bytes]) -> dict[str, Any]:
    return pyais.decode(*lines).asdict(enum_as_int=True)


def _close(ours: float, theirs: float, absent: bool, step: float) -> None:
    assert math.isnan(ours) if absent else ours == pytest.approx(theirs, abs=step)


@pytest.mark.parametrize("msg_type", sorted(MESSAGES))
def test_reports_equal_the_oracle(msg_type: int) -> None:
    @settings(max_examples=40, deadline=None)
    @given(fields=st.fixed_dictionaries(MESSAGES[msg_type]))
    def check(fields: dict[str, Any]) -> None:
        lines = parts(*encoded(type=msg_type, **fields), split=60)
        theirs, ours = _oracle(lines), decode(*lines).reports
        assert ours.mmsi[0] == theirs["mmsi"]
        assert ours.msg_type[0] == msg_type
        lon, lat = theirs["lon"], theirs["lat"]
        _close(float(ours.lon_deg[0]), lon, abs(lon) > 180, 1e-6)
        _close(float(ours.lat_deg[0]), lat, abs(lat) > 90, 1e-6)
        coarse = msg_type in (9, 27)
        if "speed" in theirs:
            absent = theirs["speed"] >= {9: 1023, 27: 63}.get(msg_type, 102.3)
            _close(float(ours.sog_kn[0]), theirs["speed"], absent, 1e-4 if coarse else 1e-5)
            absent = theirs["course"] >= 360.0
            _close(float(ours.cog_deg[0]), theirs["course"], absent, 1e-4)
        if "heading" in theirs:
            _close(float(ours.heading_deg[0]), theirs["heading"], theirs["heading"] > 359, 0)
        if "status" in theirs:
            assert bool(ours.valid[0] & Valid.NAV_STATUS) == (theirs["status"] != 15)
            assert ours.nav_status[0] == theirs["status"] % 15
        assert ours.accuracy[0] == theirs["accuracy"]
        assert ours.raim[0] == theirs["raim"]
        assert ours.valid[0] & Valid.ACCURACY
        assert ours.valid[0] & Valid.RAIM
        if "second" in theirs:
            assert bool(ours.valid[0] & Valid.SECOND) == (theirs["second"] < 60)

    check()


@pytest.mark.parametrize("msg_type", sorted([*STATICS, 19]))
def test_statics_equal_the_oracle(msg_type: int) -> None:
    @settings(max_examples=40, deadline=None)
    @given(fields=st.fixed_dictionaries((STATICS | {19: MESSAGES[19]})[msg_type]))
    def check(fields: dict[str, Any]) -> None:
        lines = parts(*encoded(type=msg_type, **fields), split=60)
        theirs, ours = _oracle(lines), decode(*lines).statics
        assert ours.mmsi[0] == theirs["mmsi"]
        for own, other in (("name", "shipname"), ("name", "name"), ("callsign", "callsign")):
            if other in theirs:
                assert getattr(ours, own)[0].decode().strip() == theirs[other].strip()
        kind = theirs.get("ship_type", theirs.get("aid_type"))
        if kind is not None:
            sent = fields.get("ship_type", fields.get("aid_type"))
            assert ours.ship_type[0] == sent
            assert bool(ours.valid[0] & Valid.SHIP_TYPE) == (sent > 0)
        sides = [theirs[s] for s in ("to_bow", "to_stern", "to_port", "to_starboard")]
        assert bool(ours.valid[0] & Valid.DIMENSIONS) == any(sides)
        own_sides = (ours.to_bow_m, ours.to_stern_m, ours.to_port_m, ours.to_starboard_m)
        assert [int(side[0]) for side in own_sides] == sides
        if msg_type == 5:
            assert ours.imo[0] == theirs["imo"]
            assert ours.destination[0].decode().strip() == theirs["destination"].strip()
            _close(float(ours.draught_m[0]), theirs["draught"], theirs["draught"] == 0, 1e-5)

    check()


def test_name_of_an_aid_goes_on_in_its_extension() -> None:
    payload, fill = encoded(
        type=21, mmsi=992_351_000, name="DOMINICA NORTH BUOY ", name_ext="NUMBER 12", lon=1, lat=2
    )
    statics = decode(*parts(payload, fill, split=60)).statics
    assert statics.name[0] == b"DOMINICA NORTH BUOY NUMBER 12"


def test_part_b_of_a_daughter_craft_has_no_dimensions() -> None:
    fields = {"type": 24, "partno": 1, "mmsi": 982_351_000, "callsign": "AB1"}
    lines = parts(*encoded(mothership_mmsi=SHIP, **fields), split=60)
    statics = decode(*lines).statics
    assert statics.callsign[0] == b"AB1"
    assert not statics.valid[0] & Valid.DIMENSIONS
    assert statics.to_bow_m[0] == 0


def test_numbers_and_parts_of_payloads() -> None:
    assert leading(b"15RTgt0", 8, 30) == SHIP
    assert leading(b"1", 8, 30) == 0
    assert joined([(b"15", 0), (b"RT", 2)]) == (b"15RT", 2)
    assert joined([(b"w", 2), (b"w", 2)]) == (b"wh", 4)


# -- the pyais edge ---------------------------------------------------------------------------
def test_detail_corrects_the_position_of_type_17() -> None:
    # 18 and 17 bits in tenths of a minute: -61.5 and 15.25 degrees.
    bits = f"{17:06b}00{SHIP:030b}00" + f"{-36_900 & (1 << 18) - 1:018b}{9_150:017b}" + "0" * 45
    armour = bytes(range(48, 88)) + bytes(range(96, 120))
    payload = bytes(armour[int(bits[i : i + 6], 2)] for i in range(0, 120, 6))
    found = detail([sealed(b"AIVDM,1,1,,A,%s,0" % payload)])
    assert (found["mmsi"], found["lon"], found["lat"]) == (SHIP, -61.5, 15.25)


def test_detail_masks_sentinels_and_keeps_the_rest() -> None:
    fields = {"lon": 181.0, "lat": 91.0, "speed": 102.3, "course": 360.0, "heading": 511}
    lines = parts(*encoded(type=1, mmsi=SHIP, status=15, turn=-128, second=62, **fields), split=60)
    found = detail([b"1490075470," + lines[0] + b",rA1,1490075470"])
    for name in ("lon", "lat", "speed", "course", "heading", "status", "turn", "second"):
        assert found[name] is None, name
    assert (found["mmsi"], found["position_mode"]) == (SHIP, 62)
    lines = parts(*encoded(type=1, mmsi=SHIP, turn=20, second=60, speed=3.5), split=60)
    found = detail(lines)
    assert found["turn"] == pytest.approx((21 / 4.733) ** 2)
    assert (found["position_mode"], found["speed"]) == (None, 3.5)


def test_detail_reads_several_parts_and_ends_texts() -> None:
    lines = parts(*encoded(type=5, mmsi=SHIP, destination="A@B", draught=0, imo=0), split=60)
    found = detail(lines[::-1])
    assert (found["destination"], found["draught"], found["imo"]) == ("A", None, None)
    text = detail(parts(*encoded(type=14, mmsi=SHIP, text="MAYDAY ALPHA"), split=60))
    assert text["text"] == "MAYDAY ALPHA"


def test_detail_says_what_it_cannot_read() -> None:
    with pytest.raises(DecodeError, match="no AIS sentence"):
        detail([b"$GPRMC,1*00"])
    with pytest.raises(DecodeError, match="pyais cannot read it"):
        detail([sealed(b"AIVDM,2,1,1,A,15RTgt0PAso;90TKcjM8h6g208CQ,0")])


def test_every_payload_that_pyais_reads_gives_no_warning() -> None:
    with np.errstate(all="raise"):
        for msg_type, strategy in MESSAGES.items():
            fields = {"mmsi": SHIP, "lon": 1.0, "lat": 2.0} | dict.fromkeys(strategy, 0)
            assert len(decode(*parts(*encoded(type=msg_type, **fields), split=60)).reports) == 1
