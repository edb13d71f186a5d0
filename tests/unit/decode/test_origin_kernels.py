"""Times and stations around a sentence in bulk: compiled = plain Python = the careful readers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import sealed, tagged

sys.path.insert(0, str(Path(__file__).parents[2]))
from plain_kernels import plainly

from feeds import cutting
from mda.clock import NO_TIME_US
from mda.decode import kernel_origin as origin_kernel
from mda.decode import received_at
from mda.decode.stamps import around, origin
from mda.geo.kernel import plain

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


def twins(name: str, *args: Any) -> Any:
    """What a kernel answers, which is what it answers where all of them are plain Python."""
    compiled = getattr(origin_kernel, name)(*args)
    with pytest.MonkeyPatch.context() as patch:
        plainly(patch, origin_kernel)
        assert getattr(origin_kernel, name)(*args) == compiled
    return compiled


@given(HEADS, st.one_of(HEADS, HEADS.map(lambda raw: b"," + raw)))
def test_what_stands_around_compiled_is_plain(head: bytes, tail: bytes) -> None:
    for before in (head, tagged(head, b"")):
        octets = np.frombuffer(before + b"!x" + tail, np.uint8)
        bang = len(before)
        found = twins("_origin", octets, 0, bang, bang + 2, octets.size)
        if found[0] != origin_kernel.ODD and b"!" not in before + tail:
            said = origin(*around(before, tail, 0))
            assert found[0] == said.stamp_us
            assert octets[found[1] : found[2]].tobytes().decode() == said.station


@given(HEADS)
def test_each_reader_compiled_is_plain(raw: bytes) -> None:
    octets = np.frombuffer(raw + b"!", np.uint8)
    for reader in ("prefix", "suffix", "epoch", "tag", "_is_block"):
        twins(reader, octets, 0, len(raw))
    block = tagged(raw, b"")
    octets = np.frombuffer(block, np.uint8)
    for reader in ("tag", "_is_block"):
        twins(reader, octets, 0, len(block))


@given(st.datetimes(datetime(1999, 1, 1), datetime(2101, 1, 1)), st.data())
def test_written_times_compiled_are_plain(at: datetime, draws: st.DataObject) -> None:
    """Dates as they are written, and with one byte that is another."""
    text = at.isoformat(sep=draws.draw(st.sampled_from("T ")))[: draws.draw(st.integers(19, 26))]
    raw = bytearray(
        (text + draws.draw(st.sampled_from(["", "Z", ", ", "Z,", " Z", "Z9", ","]))).encode()
    )
    if draws.draw(st.booleans()):
        place = draws.draw(st.integers(0, len(raw) - 1))
        raw[place] = draws.draw(st.sampled_from(b"0123456789-:T .,Z"))
    octets = np.frombuffer(bytes(raw) + b"!", np.uint8)
    found = twins("prefix", octets, 0, len(raw))
    if found != origin_kernel.ODD:
        assert found == origin(*around(bytes(raw), b"", 0)).stamp_us


@given(st.lists(st.sampled_from([b"a", b"b", b"ab", b"ba", b"aa", b"station", b"noitats"])))
def test_names_are_numbered_in_the_order_first_met(names: list[bytes]) -> None:
    octets = np.frombuffer(b"".join(names) + b"!", np.uint8)
    last = np.cumsum([len(name) for name in names], dtype=np.int64)
    made = []
    for numbered in (origin_kernel._numbered, plain(origin_kernel._numbered)):
        spans = np.zeros((origin_kernel.NAMES_MAX + 1, 2), np.int64)
        slots = np.zeros(7, np.int64)  # hardly any room: names meet
        given_out = [
            numbered(octets, end - len(name), end, spans, slots)
            for name, end in zip(names, last, strict=True)
        ]
        made.append((given_out, spans.tolist(), slots.tolist()))
    assert made[0] == made[1]
    order = list(dict.fromkeys(names))
    assert made[0][0] == [order.index(name) + 1 for name in names]
    assert made[0][1][-1][0] == len(order)


def test_more_names_than_are_told_apart_are_odd() -> None:
    most = origin_kernel.NAMES_MAX
    rows = [tagged(b"s:%d" % n, b"!") for n in [*range(most + 3), 0, most + 1]]
    octets = np.frombuffer(b"".join(rows), np.uint8)
    stop = np.cumsum([len(row) for row in rows], dtype=np.int64)
    start = stop - np.array([len(row) for row in rows], np.int64)
    edges, n = np.stack((start, stop - 1, stop, stop)), len(rows)
    made = []
    for origins in (origin_kernel.origins, plain(origin_kernel.origins)):
        stamp_us, name = np.zeros(n, np.int64), np.zeros(n, np.int64)
        spans, slots = np.zeros((most + 1, 2), np.int64), np.zeros(2 * most, np.int64)
        grouped = np.zeros(n, np.bool_)
        origins(octets, edges, stamp_us, name, spans, slots, grouped)
        made.append((stamp_us.tolist(), name.tolist(), grouped.tolist()))
    assert made[0] == made[1]
    assert made[0][1] == [*range(1, most + 1), 0, 0, 0, 1, 0]
    assert [at == origin_kernel.ODD for at in made[0][0]] == [number == 0 for number in made[0][1]]


@given(LINES)
def test_origins_of_rows_compiled_are_plain(lines: list[bytes]) -> None:
    data, _ = chunked(lines)
    start, stop = cutting.spans(data)
    octets, n = np.frombuffer(data, np.uint8), start.size
    made = []
    for own in (lambda k: k, plain):
        edges = np.zeros((4, n), np.int64)
        own(origin_kernel.edges_of)(octets, start, stop, edges)
        once = np.ascontiguousarray(edges[:, edges[2] > edges[1]])
        stamp_us, name = np.zeros(once.shape[1], np.int64), np.zeros(once.shape[1], np.int64)
        spans = np.zeros((origin_kernel.NAMES_MAX + 1, 2), np.int64)
        slots = np.zeros(2 * origin_kernel.NAMES_MAX, np.int64)
        grouped = np.zeros(once.shape[1], np.bool_)
        own(origin_kernel.origins)(octets, once, stamp_us, name, spans, slots, grouped)
        made.append([c.tolist() for c in (edges, stamp_us, name, spans, slots, grouped)])
        groups = [
            re.search(rb"[\\,]g.", data[a:b], re.DOTALL) is not None for a, b in once[:2].T.tolist()
        ]
        assert grouped.tolist() == groups
    assert made[0] == made[1]
    for column, begin, end in zip(np.array(made[0][0]).T.tolist(), start, stop, strict=True):
        row = data[begin:end]
        once = re.fullmatch(rb"([^!]*)![^!*]*\*[^!]{2}[^!]*", row, re.DOTALL)
        plain_row = once is not None and row[:1] != b"{"
        assert (column[2] > column[1]) == plain_row
        assert column[0] == begin
        assert column[3] == end
        if once is not None and plain_row:
            assert column[1:3] == [begin + len(once[1]), begin + row.find(b"*", len(once[1])) + 3]
