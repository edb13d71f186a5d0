"""The compiled reader gives what pyais gives for every type and field, and what its twin gives.

Where pyais is known to be wrong, `detail` has corrected it (`pyais_edge` lists the cases).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "decode"))
from sentences import log, parts, sealed

from feeds import cutting, recording
from mda.clock import NO_TIME_US, from_datetime
from mda.decode import NmeaDecoder, detail, received_at
from mda.decode import kernel_bits as bits_kernel
from mda.decode import kernel_origin as origin_kernel
from mda.decode import kernel_scan as scan_kernel
from mda.decode.fields import LAYOUTS, Layout
from mda.decode.framing import ARMOUR_LEGAL
from mda.decode.identity import report_id
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
DAUGHTER = 982_441_234


def payload(bits: str) -> tuple[bytes, int]:
    """Armoured characters and fill bits."""
    fill = -len(bits) % 6
    bits += "0" * fill
    return bytes(ARMOUR_LEGAL[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6)), fill


@st.composite
def messages(draw: st.DrawFn, layout: Layout) -> str:
    """The bits of a message of full length whose fields hold anything."""
    msg_type = draw(st.sampled_from(layout.types))
    mmsi = draw(st.sampled_from([244_123_456, DAUGHTER, 2_442_000]))
    length = layout.bits + (36 if msg_type == 21 else 6 if layout.part == 1 else 0)
    rest = draw(st.integers(0, 2**length - 1))
    bits = f"{msg_type:06b}{draw(st.integers(0, 3)):02b}{mmsi:030b}"
    bits += "" if layout.part is None else f"{layout.part:02b}"
    return bits + f"{rest:0{length}b}"[len(bits) :]


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


# -- compiled = plain -------------------------------------------------------------------------
@given(st.lists(st.tuples(st.binary(min_size=1, max_size=60), st.integers(0, 5)), min_size=1))
def test_bits_compiled_are_bits_plain(rows: list[tuple[bytes, int]]) -> None:
    payloads = [bytes(ARMOUR_LEGAL[c & 63] for c in raw) for raw, _ in rows]
    octets = np.frombuffer(b"".join(payloads), np.uint8)
    size = np.array([len(p) for p in payloads], np.int64)
    start, fill = np.cumsum(size) - size, np.array([f for _, f in rows], np.int64)
    bits, at_us = size * 6 - fill, np.arange(size.size) * -(10**12)
    n, wide = size.size, int(bits.max()) // 64 + 7
    made = []
    for function in (lambda k: k, plain):
        words, ids = np.zeros((n, wide), np.uint64), np.zeros(n, np.uint64)
        numbers, text = np.zeros(n, np.int64), np.zeros((n, 8), np.uint8)
        valid, whole, real = np.zeros(n, np.uint32), np.zeros(n, np.uint32), np.zeros(n)
        mode, at = np.zeros(n, np.uint8), np.zeros(n, np.int64)
        known, row = bits > 200, np.arange(n)[::-1].copy()
        with np.errstate(over="ignore"):
            function(bits_kernel.pack)(octets, start, size, fill, words)
            function(bits_kernel.identities)(words, bits, at_us, ids)
            function(bits_kernel.read_numbers)(words, 50, 30, numbers)
            limits = (50, 10, True, -400, 400, 4.0, True)
            function(bits_kernel.read_measures)(words, known, row, *limits, real)
            limits_2 = (60, 6, 5, 50, 1 << 19, 4)
            function(bits_kernel.read_codes)(words, known, row, *limits_2, valid, whole)
            function(bits_kernel.read_modes)(words, known, row, 66, 8, valid, mode)
            function(bits_kernel.read_instants)(words, known, row, 38, 16, valid, at)
            function(bits_kernel.read_text)(words, bits, 10, 5, 0, text)
            function(bits_kernel.read_text)(words, bits, 40, 3, 5, text)
            function(bits_kernel.strip_blanks)(text)
        made.append((words, ids, numbers, text, valid, whole, real, mode, at))
    for one, other in zip(*made, strict=True):
        assert np.array_equal(one, other)
    for i in range(n):
        text_bits = "".join(f"{c & 63:06b}" for c in rows[i][0])[: int(bits[i])]
        octet = int(text_bits + "0" * (-len(text_bits) % 8) or "0", 2)
        own = octet.to_bytes((len(text_bits) + 7) // 8, "big")
        assert int(made[0][1][i]) == report_id(own, int(at_us[i]))


@given(st.integers(1970, 2105), st.integers(0, 13), st.integers(0, 31), st.integers(0, 24))
def test_instants_are_those_of_the_calendar(year: int, month: int, day: int, hour: int) -> None:
    bits = f"{0:038b}{year:014b}{month:04b}{day:05b}{hour:05b}{59:06b}{58:06b}"
    armoured, fill = payload(bits)
    words, out, valid = np.zeros((1, 4), np.uint64), np.zeros(1, np.int64), np.zeros(1, np.uint32)
    one = np.ones(1, np.int64)
    octets = np.frombuffer(armoured, np.uint8)
    bits_kernel.pack(octets, one * 0, one * len(armoured), one * fill, words)
    bits_kernel.read_instants(words, one == 1, one * 0, 38, 1, valid, out)
    try:
        wanted = from_datetime(datetime(year, month, day, hour, 59, 58, tzinfo=UTC))
    except ValueError:
        wanted = None
    assert (int(out[0]) if valid[0] else None) == wanted


LINES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.builds(
            lambda head, two, fill, tail: (
                head + sealed(b"AIVDM,%d,%d,3,A,15RTgt0PAso;90,%d" % (two, two, fill)) + tail
            ),
            st.sampled_from(
                [
                    b"",
                    b"1490075479,",
                    b"1490075479.25 ",
                    b"[2016-03-31 00:00:01], ",
                    b"2016-02-30T00:00:01Z ",
                    b"2016-03-31 00:00:01.5Z,",
                    b"\\s:a,c:1490075479*62\\",
                    b"\\s:a*72\\",
                    b"\\c:14900754790000*57\\",
                    b"x",
                    b"{",
                    b"#",
                ]
            ),
            st.integers(1, 2),
            st.integers(0, 6),
            st.sampled_from(
                [
                    *(b"", b",r08TPHI1,1242958962", b",d-103", b" ", b",!", b",12345.123456"),
                    b",1490075479,*4A",
                ]
            ),
        ),
    ),
    max_size=12,
)


def chunked(lines: list[bytes]) -> tuple[bytes, Iterator[tuple[int, int]]]:
    data = b"\n".join(lines) + b"\r\n"
    start, stop = cutting.spans(data)
    return data, zip(start.tolist(), stop.tolist(), strict=True)


@given(LINES, st.booleans())
def test_scanning_compiled_is_scanning_plain(lines: list[bytes], two_feeds: bool) -> None:
    data, _ = chunked(lines)
    start, stop = cutting.spans(data)
    octets, n = np.frombuffer(data, np.uint8), start.size
    feed = np.arange(n, dtype=np.int32) // (3 if two_feeds else n + 1)
    made = []
    for function in (lambda k: k, plain):
        out, pairs = np.zeros((9, n), np.int64), np.zeros((11, n), np.int64)
        loose, names = np.zeros((2, n), np.int64), np.zeros((1025, 2), np.int64)
        with np.errstate(over="ignore"):
            counts = function(scan_kernel.scan)(
                *(octets, np.zeros(n, np.uint8), feed, np.zeros(n, np.int64), start, stop, 10**7),
                *(out, pairs, loose, names, np.zeros(2048, np.int64)),
            )
            stamps = function(scan_kernel.stamp_lines)(octets, start, stop)
        made.append((out, pairs, loose, names, np.array(counts), stamps))
    for one, other in zip(*made, strict=True):
        assert np.array_equal(one, other)


@given(LINES)
def test_stamps_in_bulk_are_stamps_one_by_one(lines: list[bytes]) -> None:
    data, spans = chunked(lines)
    own = [received_at(data[a:b]) for a, b in spans]
    start, stop = cutting.spans(data)
    many = received_at.many(data, start, stop).tolist()
    assert many == [NO_TIME_US if at_us is None else at_us for at_us in own]


HEADS = st.one_of(
    st.from_regex(rb"\A[ \[]?[0-9]{8,14}(\.[0-9]{0,11})?[,; x]?\Z"),
    st.from_regex(
        rb"\A(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9][T _][0-2][0-9]:[0-6]\d:\d\d[.,Z0-9 ]*\Z"
    ),
    st.from_regex(rb"\A[srbdT][0-9A-Za-z:*,.\-]{0,20}\Z"),
    st.binary(max_size=30),
)


@given(HEADS)
def test_origins_compiled_are_origins_plain(raw: bytes) -> None:
    octets = np.frombuffer(raw + b"!", np.uint8)
    last = len(raw)
    for kernel in (origin_kernel.prefix, origin_kernel.suffix, origin_kernel.epoch):
        assert kernel(octets, 0, last) == plain(kernel)(octets, 0, last)
    sum_of = 0
    for c in raw:
        sum_of ^= c
    block = b"\\" + raw + b"*%02x\\" % sum_of
    octets = np.frombuffer(block, np.uint8)
    assert origin_kernel.tag(octets, 0, len(block)) == plain(origin_kernel.tag)(
        octets, 0, len(block)
    )


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
