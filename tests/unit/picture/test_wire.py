"""Frames, byte by byte as web/WIRE.md lays them out."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from mda.model import Mark, Picture, TargetKind, Targets
from mda.picture.wire import RECORD, delta_frame, records, whole_frame

S = 1_000_000
NOW_US = 1_490_075_479_250_000


def targets(*rows: dict[str, Any]) -> Targets:
    common = {
        "key": 329002300, "mmsi": 329002300, "kind": 0, "marks": 0, "at_us": NOW_US - 7 * S,
        "now_lon_deg": -61.5, "now_lat_deg": 15.2, "radius_m": 84.0, "sog_kn": 10.25,
        "cog_deg": 359.99, "heading_deg": np.nan,
    }  # fmt: skip
    return Targets.from_columns(
        {name: np.array([row.get(name, value) for row in rows]) for name, value in common.items()}
    )


def picture(*rows: dict[str, Any], version: int = 5) -> Picture:
    found = targets(*rows) if rows else Targets.blank(0)
    return Picture(version, 1, NOW_US, NOW_US - 2 * S, found)


def test_one_record_is_24_bytes_at_the_offsets_of_the_page() -> None:
    assert RECORD.itemsize == 24
    frame = whole_frame(
        picture({"key": 329002300 + (3 << 32), "kind": TargetKind.CLASS_B, "marks": Mark.LOST})
    )
    assert len(frame) == 32 + 24
    assert struct.unpack_from("<4sB3xII", frame) == (b"CSP1", 1, 1, 5)
    assert struct.unpack_from("<dd", frame, 16) == (NOW_US / 1000, NOW_US / 1000 - 2000)
    mmsi, lon, lat, cog, heading, sog, age_s, radius, kind, marks = struct.unpack_from(
        "<IiiHHHHHBB", frame, 32
    )
    assert (mmsi, lon, lat) == (329002300, -615_000_000, 152_000_000)
    assert (cog, heading, sog) == (35_999, 0xFFFF, 1025)
    assert (age_s, radius) == (7, 8)
    assert (kind, marks) == (0x31, 2)


@pytest.mark.parametrize(
    ("field", "value", "column", "wanted"),
    [
        ("cog_deg", 360.0, "cog", 0),
        ("cog_deg", 359.996, "cog", 0),
        ("cog_deg", np.nan, "cog", 0xFFFF),
        ("heading_deg", 0.0, "heading", 0),
        ("sog_kn", np.nan, "sog", 0xFFFF),
        ("sog_kn", 655.33, "sog", 65_533),
        ("sog_kn", 655.34, "sog", 0xFFFE),
        ("sog_kn", 9999.0, "sog", 0xFFFE),
        ("radius_m", 1e9, "radius", 0xFFFF),
        ("radius_m", np.nan, "radius", 0xFFFF),
        ("radius_m", 0.0, "radius", 0),
        ("at_us", NOW_US - 100_000 * S, "age_s", 0xFFFF),
        ("at_us", NOW_US + 9 * S, "age_s", 0),
        ("now_lon_deg", 179.9999999, "lon", 1_799_999_999),
        ("now_lon_deg", -180.0, "lon", -1_800_000_000),
        ("key", 329002300 + (99 << 32), "kind", 0xF0),
    ],
)
def test_edges(field: str, value: float, column: str, wanted: int) -> None:
    assert int(records(picture({field: value}))[column][0]) == wanted


def count_of(frame: bytes) -> int:
    return int(struct.unpack_from("<I", frame, 8)[0])


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({}, 0),
        ({"now_lon_deg": -61.4}, 0),
        ({"radius_m": 100.0}, 0),
        ({"at_us": NOW_US}, 1),
        ({"marks": Mark.OLD}, 1),
        ({"sog_kn": np.nan}, 1),
        ({"heading_deg": 5.0}, 1),
        ({"key": 1, "mmsi": 1}, 1),
    ],
)
def test_a_delta_holds_what_the_page_cannot_know(change: dict[str, Any], changed: int) -> None:
    other = {"key": 400000000, "mmsi": 400000000}
    frame = delta_frame(picture({}, other), picture(change, other, version=6))
    assert struct.unpack_from("<4sB", frame) == (b"CSP1", 0)
    assert count_of(frame) == changed


def test_deltas_from_and_to_nothing() -> None:
    assert count_of(delta_frame(picture(), picture({}))) == 1
    assert count_of(delta_frame(picture({}), picture())) == 0
    assert count_of(whole_frame(picture())) == 0
