"""The compiled reader gives what pyais gives for every type and field, and what its twin gives.

Where pyais is known to be wrong, `detail` has corrected it (`pyais_edge` lists the cases).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "decode"))
from bit_strings import DAUGHTER, messages, payload
from sentences import log, parts

from feeds import cutting, recording
from mda.clock import NO_TIME_US, from_datetime
from mda.decode import NmeaDecoder, detail
from mda.decode.fields import LAYOUTS, Layout
from mda.geo.kernel import plain
from mda.model import Valid

ANY = {
    "mmsi": "mmsi",
    "msg_type": "msg_type",
    "lon_deg": "lon",
    "lat_deg": "lat",
    "sog_kn": "speed",
    "cog_deg": "course",
    "heading_deg": "heading",
    "rot_deg_per_min": "turn",
    "altitude_m": "alt",
    "nav_status": "status",
    "second": "second",
    "position_mode": "position_mode",
    "accuracy": "accuracy",
    "raim": "raim",
    "radio": "radio",
    "off_position": "off_position",
    "virtual_aid": "virtual_aid",
    "imo": "imo",
    "callsign": "callsign",
    "ship_type": "ship_type",
    "to_bow_m": "to_bow",
    "to_stern_m": "to_stern",
    "to_port_m": "to_port",
    "to_starboard_m": "to_starboard",
    "eta_hour": "hour",
    "eta_minute": "minute",
    "draught_m": "draught",
    "destination": "destination",
    "fix_type": "epfd",
    "name": "shipname",
}
"""Our columns by the names that pyais has for them."""
WITHOUT = {
    ("fix_type", 24),
    ("radio", 19),
    ("position_mode", 4),
    ("position_mode", 11),
    ("position_mode", 27),
    ("second", 27),
}
"""What pyais does not give of a type (24: the device type came with edition 4)."""


def ours(lines: list[bytes]) -> dict[str, Any]:
    """The columns of one message, None where not available."""
    decoded = NmeaDecoder().decode(log(*lines, *[b"#"] * 3))
    found: dict[str, Any] = {}
    for batch in (decoded.reports, decoded.statics):
        for name, column in batch.columns().items() if len(batch) else ():
            value = column[0].item()
            bit = getattr(Valid, "DIMENSIONS" if name.startswith("to_") else name.upper(), None)
            bit = {"utc_us": Valid.UTC, "mothership_mmsi": Valid.MOTHERSHIP}.get(name, bit)
            unset = bit is not None and not int(batch.valid[0]) & bit
            if unset or (isinstance(value, float) and np.isnan(value)):
                value = None
            elif isinstance(value, bytes):
                value = value.decode() or None
            found[name] = value
    return found


def theirs(lines: list[bytes], layout: Layout) -> dict[str, Any]:
    """The same by pyais: every column that the type has."""
    said = detail(lines)
    msg_type = said["msg_type"]
    columns = [field.column for field in (*layout.report, *layout.static)]
    columns += [text.column for text in layout.texts] + ["mmsi", "msg_type"]
    columns = [name for name in columns if name in ANY and (name, msg_type) not in WITHOUT]
    found = {name: said.get(ANY[name]) for name in columns}
    if msg_type == 21:
        found["name"] = said["full_name"].partition("@")[0].rstrip()
        found["ship_type"] = said["aid_type"]
    if msg_type == 5:
        found["eta_month"], found["eta_day"] = said["month"], said["day"]
    if msg_type == 3:
        found["radio"] = said["radio"] | 1 << 19
    sides = [name for name in found if name.startswith("to_")]
    if sides and not any(found[name] for name in sides):
        found.update(dict.fromkeys(sides))
    return found | _special(said, layout)


def _special(said: dict[str, Any], layout: Layout) -> dict[str, Any]:
    """Instants and mother ships."""
    if layout.types == (4, 11):
        names = ("year", "month", "day", "hour", "minute")
        try:
            at = datetime(*(said[name] for name in names), said["second"], tzinfo=UTC)
        except (ValueError, TypeError):
            return {"utc_us": None}
        return {"utc_us": from_datetime(at) if at.year >= 1970 else None}
    if layout.part == 1:
        daughter = said["mmsi"] // 10_000_000 == 98
        sides = dict.fromkeys(("to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m"))
        return sides if daughter else {"mothership_mmsi": None}
    return {}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, (int, float)):
        return abs(one - other) <= 1e-6 * max(1.0, abs(other))
    return bool((one or None if isinstance(one, str) else one) == (other if other != "" else None))


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda x: f"{x.types[0]}{'ab'[x.part or 0]}")
def test_the_kernel_reads_what_pyais_reads(layout: Layout) -> None:
    @given(messages(layout))
    def every_field(bits: str) -> None:
        lines = parts(*payload(bits))
        got, wanted = ours(lines), theirs(lines, layout)
        assert {n: (got.get(n), w) for n, w in wanted.items() if not _same(got.get(n), w)} == {}
        if layout.part == 1 and got["mmsi"] == DAUGHTER:
            assert (got["mothership_mmsi"] or 0) == int(bits[132:162], 2)

    every_field()


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda x: f"{x.types[0]}{'ab'[x.part or 0]}")
def test_a_cut_message_has_the_fields_that_are_whole(layout: Layout) -> None:
    @given(messages(layout), st.data())
    def no_more(bits: str, data: st.DataObject) -> None:
        short = bits[: data.draw(st.integers(40, layout.bits - 1))]
        whole, cut = ours(parts(*payload(bits))), ours(parts(*payload(short)))
        for field in (*layout.report, *layout.static):
            end = field.start + field.width
            end = field.first + 30 if field.rule.name.endswith("SIDE") else end
            wanted = whole[field.column] if end <= len(short) else None
            assert _same(cut[field.column], wanted), field
        assert "flags" not in cut or cut["flags"] & 1 << 6

    no_more()


@given(st.binary(max_size=200), st.integers(0, 3))
def test_cutting_compiled_is_cutting_plain(data: bytes, room: int) -> None:
    octets, eights = np.frombuffer(data, np.uint8), np.frombuffer(data, np.uint64, len(data) >> 3)
    made = []
    for function in (lambda k: k, plain):
        start, stop = np.zeros(room + 40, np.int64), np.zeros(room + 40, np.int64)
        with np.errstate(over="ignore"):
            n = function(cutting._cut)(octets, eights, start, stop)
        made.append((n, start.tolist(), stop.tolist()))
    assert made[0] == made[1]
    start, stop = cutting.spans(data)
    assert [data[a:b] for a, b in zip(start.tolist(), stop.tolist(), strict=True)] == (
        cutting.lines_of(data)
    )


@given(st.lists(st.integers(-3, 3).map(lambda k: k * recording.LEAP_US + 7 * 10**15), max_size=9))
def test_believed_times_compiled_are_plain(stamps: list[int]) -> None:
    at_us = np.array(stamps, np.int64)
    at_us[::4] = NO_TIME_US
    for last_us in (NO_TIME_US, 7 * 10**15):
        compiled = recording._believed(at_us, last_us)
        assert np.array_equal(compiled, plain(recording._believed)(at_us, last_us))
