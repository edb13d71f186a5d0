"""Rows as the bulk reads them: compiled = plain Python, and the careful road says the same."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np
import pytest
from bit_strings import NASTY, PAYLOAD, bits_of, both, form_wanted, words_of
from hypothesis import given
from hypothesis import strategies as st
from sentences import checksum, sealed

from mda.decode import kernel_origin as origin_kernel
from mda.decode import kernel_scan as k
from mda.decode.framing import ARMOUR_LEGAL, LINE_MAX, SENTENCE, Sum, find, unsound
from mda.decode.kernel_scan import (
    ALONE,
    COLUMNS,
    IN_PARTS,
    OTHER,
    SPOILT,
    UNREAD,
    WILD,
    room_for,
    spread,
)
from mda.geo.kernel import plain
from mda.model import Lines, RowKind, Sentence

# -- rows -------------------------------------------------------------------------------------
CHAR = st.sampled_from([b"", b"A", b"B", b"1", b"9", b",", b" ", b"\xff", b"!", b"*", b"AB", b"\0"])
ONE = st.sampled_from(
    [b"1", b"1", b"1", b"2", b"3", b"0", b"", b"12", b"x", b"!", b"*", b"\0", b","]
)


@st.composite
def sentences(draw: st.DrawFn) -> bytes:
    """A sentence, nearly: any field may be wrong, but most are right."""
    head = draw(
        st.sampled_from([b"AIVDM"] * 6 + [b"BSVDO", b"A1VDM", b"1AVDM", b"AIVDN", b"aiVDM"])
    )
    odd = draw(st.integers(0, 3)) == 0
    total, part = (
        (draw(ONE), draw(ONE))
        if odd
        else draw(
            st.sampled_from([(b"1", b"1"), (b"1", b"1"), (b"2", b"1"), (b"2", b"2"), (b"1", b"2")])
        )
    )
    first = draw(CHAR) if odd else draw(st.sampled_from([b"", b"3"]))
    second = draw(CHAR) if draw(st.integers(0, 3)) == 0 else b"A"
    payload = draw(PAYLOAD)
    if draw(st.integers(0, 7)) == 0:
        place = draw(st.integers(0, len(payload)))
        payload = payload[:place] + draw(NASTY) + payload[place:]
    fill = draw(st.sampled_from([b"0"] * 5 + [b"1", b"5", b"6", b"9", b"", b"x", b"00"]))
    body = b",".join([head, total, part, first, second, payload, fill])
    whole = sealed(body)
    act = draw(st.integers(0, 11))
    if act == 0:
        return whole[:-2] + checksum(body + b"\x01")
    if act == 1:
        return whole[:-2] + whole[-2:].lower()
    if act == 2:
        return whole[: draw(st.integers(0, len(whole)))]
    if act == 3:
        return whole[:-2] + draw(st.binary(min_size=2, max_size=2))
    return whole


AROUND = st.sampled_from(
    [b""] * 8 + [b"1490075479,", b"\\s:a*12\\", b"x", b"{", b"#", b"!", b"*", b" ", b"\xff\0\r\n"]
)
ROWS = st.lists(
    st.one_of(
        st.builds(lambda a, b, c: a + b + c, AROUND, sentences(), AROUND),
        st.builds(lambda a, b: a + b, sentences(), sentences()),
        NASTY,
        st.builds(lambda a, n: b"x" * n + a, sentences(), st.integers(LINE_MAX - 99, LINE_MAX + 9)),
        st.just(b""),
    ),
    max_size=8,
)


def lines_of(rows: list[bytes], control: bool = False) -> Lines:
    """Rows of a log that ends with the last one's last byte."""
    made = [Sentence(RowKind.LINE, 0, 0, row) for row in rows]
    if control and made:
        made[0] = made[0]._replace(kind=RowKind.CLOCK)
    return Lines.of(made)


def scanned(lines: Lines, scan: Any = k.scan) -> tuple[np.ndarray, list[int], np.ndarray]:
    """What is found, which of it is dressed, and the words; whole messages are counted right."""
    n = len(lines)
    octets, eights = spread(lines.data)
    found, dressed = np.full((len(COLUMNS), n), -99, np.int32), np.full(n, -99, np.int32)
    words, own = np.zeros(room_for(octets.size, n), np.uint64), np.zeros(8, np.int64)
    spans = lines.kind, lines.feed, lines.start, lines.stop
    counts = np.zeros((1, 64), np.int64)
    with np.errstate(over="ignore"):
        m, d, at = scan(octets, eights, *spans, found, words, dressed, counts, own)
    whole = found[k.AT, :m][found[k.FORM, :m] >= OTHER]
    types = (words[whole] >> np.uint64(58)).astype(np.int64)
    assert counts.tolist() == [np.bincount(types, minlength=64).tolist()]
    return found[:, :m], dressed[:d].tolist(), words[:at]


@given(ROWS, st.booleans())
def test_scanning_compiled_is_scanning_plain(rows: list[bytes], control: bool) -> None:
    lines = lines_of(rows, control)
    found, dressed, words = scanned(lines)
    other, also, wide = scanned(lines, plain(k.scan))
    assert np.array_equal(found, other)
    assert dressed == also
    assert np.array_equal(words, wide)


@given(ROWS, st.booleans())
def test_one_sentence_compiled_is_plain(rows: list[bytes], control: bool) -> None:
    lines = lines_of(rows, control)
    octets, eights = spread(lines.data)
    for start, stop in zip(lines.start.tolist(), lines.stop.tolist(), strict=True):
        bang = both(k._first_bang, octets, start, stop)
        row = octets[start:stop].tobytes()
        if stop - start < 19 or len(row) > LINE_MAX:
            assert bang == (WILD if b"!" in row else -1)
        elif row[:1] in (b"{", b"#"):
            assert bang == (WILD if row[:1] == b"{" else -1)
        else:
            assert bang == (start + row.find(b"!") if b"!" in row else -1)
        assert both(k.holds, octets, start, stop, 42) == (b"*" in row)
        if bang < 0 or stop - bang < 19:
            continue
        made = []
        for sentence in (k._sentence, plain(k._sentence)):
            words = np.zeros(room_for(octets.size, 1), np.uint64)
            own = np.zeros(8, np.int64)
            with np.errstate(over="ignore"):
                after = sentence(octets, eights, bang, stop, words, 0, own)
            made.append((after, own.tolist(), words[: max(after, 0)].tolist()))
        assert made[0] == made[1]


def _is_easy(row: bytes, match: re.Match[bytes]) -> bool:
    """Whether the bulk has to find a row's only sentence, which is sound."""
    chars = match[4] + match[5]
    easy = row[:1] not in (b"{", b"#") and row.count(b"!") == 1 and bool(match[7])
    return easy and len(match[4]) < 2 and len(match[5]) < 2 and min(chars, default=99) > 32


@given(ROWS, st.booleans())
def test_what_is_found_is_what_the_careful_road_finds(rows: list[bytes], control: bool) -> None:
    lines = lines_of(rows, control)
    found, dressed, words = scanned(lines)
    noted = {int(row): n for n, row in enumerate(found[k.ROW].tolist())}
    assert list(noted) == sorted(noted)
    bare_ones = []
    for at, row in enumerate(rows):
        column = found[:, noted[at]] if at in noted else None
        form = int(column[k.FORM]) if column is not None else UNREAD
        if lines.kind[at] != RowKind.LINE:
            assert column is None
            continue
        answer = find(lines, np.array([at]))
        pairs = zip(answer.matches, answer.sums, strict=True)
        sound = [match for match, told in pairs if unsound(match, told) is None]
        if form == SPOILT:
            assert answer.sums == [Sum.WRONG], row
        elif form >= IN_PARTS:
            assert column is not None
            (match,) = sound
            assert len(answer.matches) == 1
            _agrees(lines, column, match, words)
            if tuple(column[[k.BANG, k.END]]) != (lines.start[at], lines.stop[at]):
                bare_ones.append(noted[at])
        elif form == UNREAD:  # nothing noted: no part of a message is in it
            assert all(match[2] == b"1" for match in sound), row
        if form != WILD and len(sound) == 1 and len(row) <= LINE_MAX and _is_easy(row, sound[0]):
            match = sound[0]
            wanted = form_wanted(bits_of(match[6], int(match[7])), len(match[6]))
            assert form == (wanted if match[2] == b"1" else IN_PARTS), row
        if form == WILD:
            easy = len(sound) == 1 and len(row) <= LINE_MAX and _is_easy(row, sound[0])
            assert not easy, row
    assert dressed == bare_ones


def _agrees(lines: Lines, column: np.ndarray, match: re.Match[bytes], words: np.ndarray) -> None:
    """What is noted of a sentence, and what the expression has of it."""
    noted = dict(zip(COLUMNS, column.tolist(), strict=True))
    assert (noted["bang"], noted["end"]) == match.span()
    assert (noted["start"], noted["size"]) == (match.start(6), len(match[6]))
    assert noted["fill"] == int(match[7])
    assert noted["part"] == match[2][0] << 8 | match[3][0]
    assert (noted["part"] == ALONE) == (match[2] == b"1")
    sequence, channel = (ord(match[n] or b"\0") for n in (4, 5))
    key = match[1][0] << 24 | match[1][1] << 16 | sequence << 8 | channel
    assert noted["key"] & 0xFFFFFFFF == key
    wanted = words_of(bits_of(match[6], int(match[7])))
    assert words[noted["at"] : noted["at"] + len(wanted)].tolist() == wanted


def test_a_sentence_is_found_at_every_offset_and_length() -> None:
    """Also where it ends the data, and between stars, bangs and bytes of any kind."""
    draw = random.Random(3)
    for size in range(1, 211):
        rows = []
        for offset in range(8):
            payload = b"1" + bytes(draw.choices(ARMOUR_LEGAL, k=size - 1))
            line = sealed(b"AIVDM,1,1,%s,B,%s,%d" % (b"7" * (size % 2), payload, offset % 6))
            rows += [b"*\xff\0"[: draw.randrange(4)] * draw.randrange(5), line]
        lines = lines_of(rows)
        found, dressed, words = scanned(lines)
        assert not dressed
        for column in found.T:
            match = SENTENCE.search(lines.data, int(lines.start[column[k.ROW]]))
            assert match is not None
            if column[k.FORM] >= OTHER:
                _agrees(lines, column, match, words)
        wanted = [
            form_wanted(bits_of(m[6], int(m[7])), size) for m in SENTENCE.finditer(lines.data)
        ]
        assert found[k.FORM].tolist() == [form for form in wanted if form != UNREAD]


@pytest.mark.parametrize("place", [7, 9])
@pytest.mark.parametrize("char", [b",", b"!", b"*", b"\0", b"\r", b"\n", b"x", b"\xff"])
def test_a_wrong_checksum_is_told_only_where_the_careful_road_would(
    place: int, char: bytes
) -> None:
    line = b"!AIVDM,1,1,,A,15RTgt0PAso,0*00"
    line = line[:place] + char + line[place + 1 :]
    lines = lines_of([line])
    found, _, _ = scanned(lines)
    careful = find(lines, np.array([0])).sums == [Sum.WRONG]
    assert (found[k.FORM].tolist() == [SPOILT]) <= careful


# -- lines that are one sentence ---------------------------------------------------------------
BARE = re.compile(rb"![^!*]{15,}\*..", re.DOTALL)
NEARLY = st.one_of(
    st.builds(
        lambda n, place, odd, tail: b"!" + b"x" * place + odd + b"x" * n + b"*" + tail,
        st.integers(10, 40),
        st.integers(0, 12),
        st.sampled_from([b"", b"*", b"!", b"+", b'"', b")", b"\xaa\xa1", b"\0", b"*!"]),
        st.sampled_from([b"00", b"*!", b"!!", b"0", b"000", b"\xff\0"]),
    ),
    sentences(),
    NASTY,
    st.binary(max_size=40),
)


@given(st.lists(NEARLY, max_size=10), st.integers(0, 7))
def test_bare_lines_are_those_of_an_expression(rows: list[bytes], offset: int) -> None:
    data = b"!" * offset + b"".join(rows)
    stop = offset + np.cumsum([len(row) for row in rows], dtype=np.int64)
    start = stop - np.array([len(row) for row in rows], np.int64)
    octets = np.frombuffer(data, np.uint8)
    eights = np.frombuffer(data, np.uint64, len(data) >> 3)
    made = []
    for bare in (origin_kernel.bare, plain(origin_kernel.bare)):
        dressed = np.zeros(len(rows), np.int64)
        with np.errstate(over="ignore"):
            made.append(dressed[: bare(octets, eights, start, stop, dressed)].tolist())
    assert made[0] == made[1]
    room = len(data) // 8 * 8
    alone = [
        BARE.fullmatch(row) is not None and end <= room
        for row, end in zip(rows, stop.tolist(), strict=True)
    ]
    assert made[0] == [n for n, one in enumerate(alone) if not one]


@given(st.lists(st.one_of(NEARLY, sentences()), max_size=4), NASTY)
def test_lines_that_are_all_bare(rows: list[bytes], between: bytes) -> None:
    """Said only where it is so; and it is so where nothing else stands between the lines."""
    data = between.join(rows)
    sizes = np.array([len(row) for row in rows], np.int64)
    start = np.cumsum(sizes + len(between), dtype=np.int64) - sizes - len(between)
    octets = np.frombuffer(data, np.uint8)
    said = both(origin_kernel.all_bare, octets, start, start + sizes)
    wanted = all(BARE.fullmatch(row) for row in rows)
    assert said <= wanted
    if not set(between) & set(b"!*"):
        assert said == wanted


def test_bare_lines_of_every_length_and_offset() -> None:
    for offset in range(8):
        for size in range(16, 60):
            for place in range(1, size - 3):
                for odd in (b"*", b"!", b"+"):
                    line = bytearray(b"!" + b"x" * (size - 4) + b"*00")
                    line[place : place + 1] = odd
                    data = b"*" * offset + bytes(line) + b"*!" * 4
                    octets, eights = spread(data)
                    span = np.array([offset]), np.array([offset + size])
                    count = origin_kernel.bare(octets, eights, *span, np.zeros(1, np.int64))
                    assert count == (BARE.fullmatch(bytes(line)) is None), (offset, size, place)
