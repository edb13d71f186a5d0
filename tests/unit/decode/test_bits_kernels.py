"""What is cut out of bits: compiled = plain Python = the bit strings and dates it stands for."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from bit_strings import JUNK, messages, payload
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2]))
from plain_kernels import plainly

from mda.clock import NO_TIME_US, from_datetime
from mda.decode import kernel_bits as bits_kernel
from mda.decode import kernel_scan as scan_kernel
from mda.decode.columns import _PLANS, build
from mda.decode.fields import HEADER_BITS, LAYOUTS, Layout
from mda.decode.identity import report_id
from mda.decode.kernel_bits import Columns, Work
from mda.decode.messages import Messages, event_times
from mda.geo.kernel import plain
from mda.model.reports import I32, I64, U64, Flag, Reports

BITS = st.integers(0, 2**460 - 1).map(lambda n: f"{n:0460b}")

# -- compiled = plain -------------------------------------------------------------------------
CUT = st.builds(lambda bits, end: bits[:end], BITS, st.integers(1, 460))


def put(rows: list[str]) -> tuple[U64, I32, I32]:
    """Words, first words and bits of messages; the last one's ends the words but for the room."""
    armoured = [payload(bits) for bits in rows]
    data = b"".join(chars for chars, _ in armoured)
    eights = scan_kernel.spread(data)[1]
    words = np.full(scan_kernel.room_for(len(data), len(rows)), JUNK, np.uint64)
    at, begin, end = np.zeros(len(rows), np.int32), 0, 0
    for n, (chars, fill) in enumerate(armoured):
        at[n] = end
        end = scan_kernel.pack(eights, begin, len(chars), fill, words, end)
        begin += len(chars)
    room = end + scan_kernel.SPARE_WORDS
    assert room <= words.size
    return words[:room], at, np.array([len(bits) for bits in rows], np.int32)


@given(st.lists(CUT, min_size=1, max_size=6), st.integers(-(2**62), 2**62))
def test_an_identity_is_that_of_the_padded_bits(rows: list[str], at_us: int) -> None:
    words, at, bits = put(rows)
    for own, begin, length in zip(rows, at, bits, strict=True):
        size = -(-len(own) // 8)
        wanted = report_id(int(own.ljust(8 * size, "0"), 2).to_bytes(size, "big"), at_us)
        for compiled in (True, False):
            with pytest.MonkeyPatch.context() as patch, np.errstate(over="ignore"):
                if not compiled:
                    plainly(patch, bits_kernel)
                found = bits_kernel.identity_of(words, begin, length, np.int64(at_us))
            assert int(found) == wanted


TIMES = st.one_of(st.just(NO_TIME_US), st.integers(0, 20), st.integers(-(2**60), 2**60))


@given(st.lists(st.tuples(TIMES, TIMES), max_size=20), st.integers(0, 15))
def test_event_times_are_the_origins_unless_they_run_ahead(
    rows: list[tuple[int, int]], ahead_us: int
) -> None:
    stamp_us, stored_at_us = (np.array([row[n] for row in rows], np.int64) for n in (0, 1))
    at_us, flags = event_times(stamp_us, stored_at_us, ahead_us)
    for (stamp, stored), at, flag in zip(rows, at_us.tolist(), flags.tolist(), strict=True):
        ahead = NO_TIME_US not in (stamp, stored) and stamp - stored > ahead_us
        assert at == (stored if ahead or stamp == NO_TIME_US else stamp)
        assert flag == (Flag.TIME_SUSPECT if ahead else 0)


ANY_MESSAGE = st.sampled_from(range(len(LAYOUTS))).flatmap(
    lambda k: st.tuples(st.just(k), messages(LAYOUTS[k]), st.integers(40, 470), TIMES)
)


@given(st.lists(ANY_MESSAGE, max_size=7))
def test_the_envelope_of_each_row_is_that_of_its_message(
    rows: list[tuple[int, str, int, int]],
) -> None:
    n = len(rows)
    words, at, bits = put([own[:end] for _, own, end, _ in rows]) if n else put(["1"])
    numbers = np.arange(n, dtype=np.int64)
    taken = Messages(
        seq=numbers * 3 + 5,
        feed=numbers.astype(np.int32) - 1,
        stored_at_us=numbers + 10**15,
        stamp_us=np.array([row[3] for row in rows], np.int64),
        flags=np.full(n, Flag.CHECKSUM, np.uint32),
        form=np.array([row[0] for row in rows], np.int32),
        bits=bits[:n],
        at=at[:n],
        name=np.zeros(n, np.int32),
        words=words,
        names=[""],
    )
    at_us, station = numbers * -(10**16), numbers.astype(np.int32) + 40
    made = []
    for compiled in (True, False):
        with pytest.MonkeyPatch.context() as patch, np.errstate(over="ignore"):
            if not compiled:
                plainly(patch, bits_kernel)
            made.append(build(taken, at_us, station))
    for batch, again in zip(*made, strict=True):
        assert all(
            batch.columns()[name].tobytes() == column.tobytes()
            for name, column in again.columns().items()
        )
        gives = "reports" if isinstance(batch, Reports) else "statics"
        mine = [k for k, row in enumerate(rows) if getattr(LAYOUTS[row[0]], gives)]
        assert batch.seq.tolist() == taken.seq[mine].tolist()
        assert batch.feed.tolist() == taken.feed[mine].tolist()
        assert batch.station.tolist() == station[mine].tolist()
        assert batch.at_us.tolist() == at_us[mine].tolist()
        known = taken.stamp_us != NO_TIME_US
        received = np.where(known, taken.stamp_us, taken.stored_at_us)[mine]
        assert batch.received_at_us.tolist() == received.tolist()
        padded = [rows[k][1][: int(bits[k])] for k in mine]
        padded = [own.ljust(-(-len(own) // 8) * 8, "0") for own in padded]
        own_ids = [int(own, 2).to_bytes(len(own) // 8, "big") for own in padded]
        ids = [report_id(own, int(at_us[k])) for own, k in zip(own_ids, mine, strict=True)]
        assert batch.report_id.tolist() == ids
        if isinstance(batch, Reports):
            short = [int(bits[k]) < LAYOUTS[rows[k][0]].bits for k in mine]
            flags = [Flag.CHECKSUM | (Flag.TRUNCATED if cut else 0) for cut in short]
            assert batch.flags.tolist() == flags
            assert batch.heard_id.tolist() == ids


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(-(2**63), 2**63 - 1))
def test_mixing_compiled_is_mixing_plain(number: int, word: int, at_us: int) -> None:
    h, w, at = np.uint64(number), np.uint64(word), np.int64(at_us)
    with np.errstate(over="ignore"):
        taken_in, finished = plain(bits_kernel.taken_in), plain(bits_kernel.finished)
        assert bits_kernel.taken_in(h, w) == taken_in(h, w)
        assert bits_kernel.finished(h, at) == finished(h, at)


@given(BITS, st.integers(0, 450), st.integers(1, 64))
def test_bits_are_cut_out_anywhere(bits: str, start: int, width: int) -> None:
    words, at, _ = put(["1" * 7, bits])
    for cut in (bits_kernel._cut, plain(bits_kernel._cut)):
        found = cut(words, int(at[1]), start, width)
        assert int(found) == int(bits.ljust(640, "0")[start : start + width], 2)


@given(
    st.tuples(
        st.integers(1960, 10_500),
        st.integers(0, 15),
        st.integers(0, 31),
        st.integers(0, 31),
        st.integers(0, 63),
        st.integers(0, 63),
    )
)
def test_instants_are_those_of_the_calendar(parts: tuple[int, int, int, int, int, int]) -> None:
    number = 0
    for part, width in zip(parts, (14, 4, 5, 5, 6, 6), strict=True):
        number = number << width | part
    try:
        at = datetime(*parts, tzinfo=UTC)
        wanted = from_datetime(at) if at.year >= 1970 else -1
    except ValueError:
        wanted = -1
    for instant in (bits_kernel._instant_us, plain(bits_kernel._instant_us)):
        assert instant(number) == wanted


def columns(rows: int) -> Columns:
    """Columns of every size, with something in them."""
    sizes = {"f4": 12, "f8": 6, "n1": 24, "n2": 12, "n4": 8, "n8": 6}
    types = {"f4": "f4", "f8": "f8", "n1": "u1", "n2": "u2", "n4": "u4", "n8": "i8"}
    return Columns(**{name: np.full((sizes[name], rows), 3, types[name]) for name in sizes})


def octets_of(found: Columns) -> list[bytes]:
    return [column.tobytes() for column in found]


KINDS = {0: "f4", 1: "f8", 2: "f4", 3: "n1", 4: "n2", 5: "n4", 6: "n1", 7: "n8"}
"""Where a kind of field goes, as `Columns` names it."""
WIDTHS = {3: 8, 4: 16, 6: 6, 7: 40}


@st.composite
def steps(draw: st.DrawFn, kind: int) -> list[int]:
    """A row of STEP, whose limits often keep a number out."""
    width = draw(st.integers(1, WIDTHS.get(kind, 30))) if kind < 6 else WIDTHS[kind]
    first, last = sorted(draw(st.tuples(*[st.integers(0, 1 << width)] * 2)))
    if kind >= 6:
        first, last = 0, 1 << 62
    signed = int(kind < 3) * draw(st.integers(0, 1))
    gate, craft = -1, 0
    if kind in (3, 4, 5):
        gate, craft = draw(st.sampled_from([-1, 70])), draw(st.sampled_from([0, 0, 1, -1]))
    plus = draw(st.sampled_from([0, 1 << 19])) if kind == 5 and gate < 0 and craft == 0 else 0
    start = draw(st.integers(0, 120)) if gate < 0 else gate
    return [kind, 2, start, width, signed, first, last, plus, 1 << 5, gate, craft]


def wanted(step: list[int], bits: str, scale: float) -> float | None:
    """What a field says, None where that means nothing: by the letter of STEP."""
    kind, _, start, width, signed, first, last, plus, _, gate, craft = step
    if len(bits) < (start + width if gate < 0 else gate + 30):
        return None
    number = int(bits[start : start + width], 2)
    number -= (1 << width) if signed and bits[start] == "1" else 0
    if kind == bits_kernel.MODE:
        number = -1 if number == 60 else number if number > 60 else 0
    elif kind == bits_kernel.INSTANT:
        number = int(bits_kernel._instant_us(number))
    if not first <= number <= last or (gate >= 0 and "1" not in bits[gate : gate + 30]):
        return None
    if craft and (int(bits[8:38], 2) // 10_000_000 == 98) != (craft > 0):
        return None
    value = number / scale
    if kind == bits_kernel.TURN:
        return value * abs(value)
    return value if kind < bits_kernel.TURN else number | plus


CRAFT = st.builds(
    lambda bits, mmsi: bits[:8] + f"{mmsi:030b}" + bits[38:],
    CUT.filter(lambda bits: len(bits) > 40),
    st.sampled_from([982_345_678, 212_345_678]),
)


@pytest.mark.parametrize("kind", range(8))
@given(st.data(), st.lists(CRAFT, min_size=1, max_size=4))
def test_a_number_is_put_where_it_belongs(kind: int, data: st.DataObject, rows: list[str]) -> None:
    step, scale = data.draw(steps(kind)), data.draw(st.sampled_from([1.0, 10.0, 4.733]))
    words, at, bits = put(rows)
    own = [wanted(step, row, scale) for row in rows]
    for compiled in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not compiled:
                plainly(patch, bits_kernel)
            found = columns(len(rows) + 1)
            found.n4[-1] = 0
            bits_kernel.read_fields(
                words,
                at,
                bits,
                np.arange(len(rows)),
                np.arange(len(rows)) + 1,
                np.array([step], np.int64),
                np.array([scale]),
                found,
                Work.of(5),
            )
        column = getattr(found, KINDS[kind])[2, 1:]
        nothing = np.nan if kind < bits_kernel.NUMBER_1 else 0
        as_read = np.array([nothing if x is None else x for x in own]).astype(column.dtype)
        np.testing.assert_array_equal(column, as_read)
        flags = [0 if x is None or kind < bits_kernel.NUMBER_1 else 1 << 5 for x in own]
        assert found.n4[-1, 1:].tolist() == flags
        assert all((column[..., 0] == 3).all() for column in found[:4])


def test_no_form_has_a_column_twice() -> None:
    """For a field that means nothing clears its column."""
    for plans in _PLANS.values():
        for plan in plans:
            places = [tuple(row) for row in plan.steps[:, :2].tolist()]
            taken = [(KINDS[kind], place) for kind, place in places]
            assert len(set(taken)) == len(taken)


def test_only_whole_numbers_are_gated() -> None:
    """And nothing is set in those; for which the pass is made."""
    for plans in _PLANS.values():
        for step in np.concatenate([plan.steps for plan in plans]).tolist():
            kind, signed, plus, gate, craft = step[0], step[4], step[7], step[9], step[10]
            assert (gate < 0 and craft == 0) or (kind in (3, 4, 5) and plus == 0)
            assert signed == 0 or kind < bits_kernel.NUMBER_1
            assert step[3] <= 30 or kind == bits_kernel.INSTANT


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda x: f"{x.types[0]}{'ab'[x.part or 0]}")
def test_fields_and_texts_compiled_are_plain(layout: Layout) -> None:
    """Whole and cut short, with the last message at the very end of the words."""
    k = LAYOUTS.index(layout)

    @given(st.lists(st.tuples(messages(layout), st.integers(40, 470)), min_size=1, max_size=4))
    def every_way(rows: list[tuple[str, int]]) -> None:
        words, at, bits = put([own[:end] for own, end in rows])
        chosen = np.arange(len(rows))[::-1].copy()
        for plans in _PLANS.values():
            plan, texts = plans[k], plans[k].texts
            made = []
            for fields, text in (
                (bits_kernel.read_fields, bits_kernel.read_text),
                (plain(bits_kernel.read_fields), plain(bits_kernel.read_text)),
            ):
                found = columns(len(rows) + 1)
                own = (words, at, bits, chosen, chosen + 1, plan.steps, plan.scales)
                fields(*own, found, Work.of(plan.reached))
                said = octets_of(found)
                for _, spans in texts:
                    chars = np.zeros((len(rows) + 1, int(spans[:, 1].sum())), np.uint8)
                    text(words, at, bits, chosen, chosen + 1, spans, chars)
                    said.append(chars.tobytes())
                    for (whole, end), row in zip(rows, chars[1:], strict=True):
                        read = row.tobytes().rstrip(b"\0").decode()
                        assert read == text_of(whole[:end], spans)
                made.append(said)
            assert made[0] == made[1]

    every_way()


def text_of(bits: str, spans: I64) -> str:
    """Six-bit ASCII by the standard's table, up to the first `@` or the payload's end."""
    said = ""
    for start, chars in spans.tolist():
        for c in range(chars):
            six = bits[start + 6 * c : start + 6 * c + 6]
            if len(six) < 6 or six == "000000":
                return said.rstrip(" ")
            said += "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?"[
                int(six, 2)
            ]
    return said.rstrip(" ")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda x: f"{x.types[0]}{'ab'[x.part or 0]}")
def test_a_message_leaves_enough_room_for_its_fields(layout: Layout) -> None:
    """No field of a message, however short, is looked for behind the room that it leaves."""
    most = max([38, *(field.start + field.width for field in (*layout.report, *layout.static))])
    least = (HEADER_BITS + (2 if layout.part is not None else 0)) // 64 + 2
    assert (most - 1) // 64 + 2 <= least - 2 + scan_kernel.SPARE_WORDS
