"""The kernels that find sentences: compiled = plain Python = what bytes and bit strings say.

At every length, offset and fill, at every place of a wrong byte (rows: `test_scan_rows`).
"""

from __future__ import annotations

import random
from functools import reduce
from operator import xor

import numpy as np
from bit_strings import (
    ARMOUR,
    EIGHT,
    JUNK,
    NASTY,
    PAYLOAD,
    bits_of,
    both,
    form_wanted,
    number,
    words_of,
)
from hypothesis import given
from hypothesis import strategies as st

from mda.decode import kernel_scan as k
from mda.decode.framing import ARMOUR_LEGAL
from mda.decode.kernel_scan import SPARE_BYTES, room_for, spread
from mda.decode.payload import packed as payload_words
from mda.geo.kernel import plain


# -- bytes by eight ---------------------------------------------------------------------------
@given(NASTY)
def test_the_bytes_have_room_behind_them(data: bytes) -> None:
    octets, eights = spread(data)
    assert octets.tobytes() == data + bytes(octets.size - len(data))
    assert octets.size >= len(data) + SPARE_BYTES
    assert eights.tobytes() == octets.tobytes()
    for at in range(len(data)):
        assert (
            int(both(k._eight, eights, at)).to_bytes(8, "little") == octets[at : at + 8].tobytes()
        )


@given(NASTY.filter(bool), st.data())
def test_the_first_star_and_the_sum_before_it(data: bytes, draws: st.DataObject) -> None:
    first = draws.draw(st.integers(0, len(data) - 1))
    stop = draws.draw(st.integers(first + 1, len(data)))
    star, total = both(k._star, spread(data)[1], first, stop)
    wanted = data.find(b"*", first, stop)
    if wanted < 0:
        assert star >= stop
    else:
        assert (star, total) == (wanted, reduce(xor, data[first:wanted], 0))


def test_the_first_star_at_every_place() -> None:
    """Every distance and offset, among bytes that differ from `*` in one bit or by one."""
    near = bytes([0x2A ^ 1 << bit for bit in range(8)] + [0x29, 0x2B, 0, 0xFF])
    for first in range(9):
        for size in range(40):
            body = (near * 4)[:size]
            data = b"*" * first + body + b"**"
            star, total = k._star(spread(data)[1], first, len(data))
            assert (star, total) == (first + size, reduce(xor, body, 0)), (first, size)
            if size:
                star, _ = k._star(spread(b"*" * first + body)[1], first, first + size)
                assert star >= first + size


@given(EIGHT)
def test_what_is_no_armour(octets: bytes) -> None:
    """Exact up to the first one; behind it there may be more."""
    found = int(both(k._unlike, number(octets))).to_bytes(8, "little")
    bad = next((n for n, c in enumerate(octets) if c not in ARMOUR_LEGAL), 8)
    assert next((n for n, c in enumerate(found) if c & 0x80), 8) == bad


def test_every_byte_is_armour_or_not_at_every_place() -> None:
    for place in range(8):
        for c in range(256):
            octets = b"0" * place + bytes([c]) + b"w" * (7 - place)
            marked = int(k._unlike(number(octets))) & 0x8080808080808080
            assert (marked != 0) == (c not in ARMOUR_LEGAL), (place, c)


@given(st.lists(ARMOUR, min_size=8, max_size=8).map(b"".join))
def test_six_bits_of_eight_characters(octets: bytes) -> None:
    assert int(both(k._six, number(octets))) == int(bits_of(octets), 2)


@given(st.integers(0, 8), st.lists(ARMOUR, min_size=8, max_size=8), EIGHT)
def test_what_follows_the_payload_changes_no_bit_of_it(
    size: int, own: list[bytes], behind: bytes
) -> None:
    octets = b"".join(own)[:size] + behind[size:]
    found = f"{int(k._six(number(octets))):064b}"[16:]
    assert found[: 6 * size] == bits_of(octets[:size])


# -- payloads ---------------------------------------------------------------------------------
def packed(data: bytes, start: int, size: int, fill: int, at: int = 3) -> tuple[int, list[int]]:
    """What `pack` returns and the words that it leaves, from `at` on."""
    _, eights = spread(data)
    words = np.full(at + room_for(len(data), 1), JUNK, np.uint64)
    after = k.pack(eights, start, size, fill, words, at)
    assert (words[:at] == JUNK).all()
    return after - at, words[at:].tolist()


def test_payloads_of_every_length_offset_and_fill() -> None:
    draw = random.Random(1)
    for size in range(1, 211):
        payload = bytes(draw.choices(ARMOUR_LEGAL, k=size))
        for offset in range(8):
            fill = (size + offset) % 6
            data = b"!*\xff,w\x00,~"[:offset] + payload
            ends = data if draw.random() < 0.5 else data + b"\xff!,*w" * 9
            wanted = words_of(bits_of(payload, fill))
            after, words = packed(ends, offset, size, fill)
            assert after == len(wanted), (size, offset)
            assert words[:after] == wanted, (size, offset, fill)
            touched = max(after, -(-size // 32) * 3)
            assert set(words[touched:]) == {JUNK}, (size, offset)


@given(st.lists(st.tuples(PAYLOAD, st.integers(0, 5)), min_size=1, max_size=6))
def test_payloads_one_by_one_become_the_same_words(rows: list[tuple[bytes, int]]) -> None:
    bits = np.array([6 * len(own) - fill for own, fill in rows], np.int64)
    words, at = payload_words([own for own, _ in rows], bits)
    for (own, fill), begin in zip(rows, at, strict=True):
        wanted = words_of(bits_of(own, fill))
        assert words[begin : begin + len(wanted)].tolist() == wanted
    assert words.size >= at[-1] + 8 + k.SPARE_WORDS


@given(st.integers(0, 9), st.lists(ARMOUR, min_size=1, max_size=80), st.integers(0, 5), NASTY)
def test_packing_compiled_is_packing_plain(
    offset: int, own: list[bytes], fill: int, behind: bytes
) -> None:
    data = b"\xff" * offset + b"".join(own) + behind
    made = []
    for pack in (k.pack, plain(k.pack)):
        words = np.full(room_for(len(data), 1), JUNK, np.uint64)
        with np.errstate(over="ignore"):
            after = pack(spread(data)[1], offset, len(own), fill, words, 0)
        made.append((after, words.tolist()))
    assert made[0] == made[1]
    wanted = words_of(bits_of(b"".join(own), fill))
    assert made[0][1][: made[0][0]] == wanted


def test_a_payload_with_one_byte_that_is_no_armour() -> None:
    wrong = [c for c in range(256) if c not in ARMOUR_LEGAL]
    draw = random.Random(2)
    for size in (1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 200):
        for place in range(size):
            payload = bytearray(draw.choices(ARMOUR_LEGAL, k=size))
            payload[place] = draw.choice(wrong)
            offset = draw.randrange(8)
            data = b"~" * offset + payload + b"~" * 9
            assert packed(data, offset, size, 0, at=0)[0] == -1, (size, place, payload[place])
            if place % 16 == 1:
                words = np.zeros(room_for(len(data), 1), np.uint64)
                assert both(k.pack, spread(data)[1], offset, size, 0, words, 0) == -1


# -- forms ------------------------------------------------------------------------------------
def test_forms_of_all_types_and_lengths() -> None:
    rows = []
    for msg_type in range(64):
        for half in range(4):
            for size in (1, 6, 7, 28, 198, 199, 200, 210):
                for fill in range(6):
                    bits = f"{msg_type:06b}{0:032b}{half:02b}".ljust(size * 6, "1")
                    rows.append((bits[: size * 6 - fill], size))
    words = np.array([words_of(bits)[0] for bits, _ in rows], np.uint64)
    sizes = np.array([size for _, size in rows])
    bits = np.array([len(bits) for bits, _ in rows])
    wanted = [form_wanted(*row) for row in rows]
    assert k.forms_of(words, sizes, bits).tolist() == wanted
    some = slice(None, None, 37)
    for word, size, length, form in zip(
        words[some], sizes[some], bits[some], wanted[some], strict=True
    ):
        assert both(k.form_of, word, int(size), int(length)) == form


# -- parts ------------------------------------------------------------------------------------
PARTS = st.tuples(PAYLOAD, PAYLOAD, st.integers(0, 5), st.booleans())


@given(st.lists(PARTS, min_size=1, max_size=5), st.integers(0, 7))
def test_parts_are_joined_bit_by_bit(
    rows: list[tuple[bytes, bytes, int, bool]], offset: int
) -> None:
    """Where the first part stands, or (a fourth value) where nothing does; nothing else changes but
    for one more word."""
    data = b"~" * offset + b"".join(one + two for one, two, *_ in rows)
    _, eights = spread(data)
    words = np.full(room_for(2 * len(data), 4 * len(rows)), JUNK, np.uint64)
    first, second, place, at = [], [], offset, 0
    for one, two, fill, _ in rows:
        first.append(at)
        at = k.pack(eights, place, len(one), 0, words, at)
        second.append(at)
        at = k.pack(eights, place + len(one), len(two), fill, words, at)
        place += len(one) + len(two)
    words[at:] = JUNK
    wanted = [words_of(bits_of(one) + bits_of(two, fill)) for one, two, fill, _ in rows]
    into = first.copy()
    for n, row in enumerate(rows):
        if row[3]:
            into[n] = at
            at += len(wanted[n]) + 1
    sizes = np.array([(len(one) * 6, len(two) * 6 - fill) for one, two, fill, _ in rows]).T
    columns = np.array(first), sizes[0].copy(), np.array(second), sizes[1].copy(), np.array(into)
    made = []
    for join in (k.join, plain(k.join)):
        joined = words.copy()
        join(joined, *columns)
        made.append(joined.tolist())
    assert made[0] == made[1]
    assert set(made[0][at:]) <= {JUNK}
    for begin, own in zip(into, wanted, strict=True):
        assert made[0][begin : begin + len(own)] == own
    for n, row in enumerate(rows):
        if row[3]:
            end = first[n + 1] if n + 1 < len(first) else second[n]
            assert made[0][first[n] : end] == words[first[n] : end].tolist()
