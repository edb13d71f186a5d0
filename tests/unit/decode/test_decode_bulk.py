"""What the bulk leaves to others: memory over batches, late messages, refusals; as by one road."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sentences import FILLER, PLAIN, SHIP, T0, encoded, parts, sealed, tagged, vdm, voyage

sys.path.insert(0, str(Path(__file__).parents[2]))
from plain_kernels import plainly

from mda.clock import NO_TIME_US
from mda.decode import (
    Limits,
    NmeaDecoder,
    columns,
    kernel_bits,
    kernel_origin,
    kernel_scan,
    line_clock,
    plain,
    received_at,
)
from mda.decode import messages as messages_module
from mda.decode.framing import ARMOUR_LEGAL
from mda.decode.messages import Messages
from mda.decode.others import LateOthers
from mda.model import Decoded, Lines, Reports, RowKind, Sentence, Statics
from mda.model.reports import I64

S = 1_000_000
Row = bytes | Sentence
ONE, TWO = parts(*voyage(SHIP, "ROSEAU"))
OTHER_ONE, OTHER_TWO = parts(*voyage(SHIP + 1, "PORTSMOUTH"))
TEXT = vdm(*encoded(type=14, mmsi=SHIP, text="SECURITE"))
BINARY = parts(*encoded(type=8, mmsi=SHIP, dac=1, fid=11, data=b"\x07" * 60))
SPOILT = PLAIN[:-2] + b"4B"


def row(data: bytes, feed: int = 0, at_us: int = T0) -> Sentence:
    return Sentence(RowKind.LINE, feed, at_us, data)


def control(kind: RowKind, feed: int = 0, at_us: int = T0) -> Sentence:
    return Sentence(kind, feed, at_us, b"{}")


def run(
    batches: Sequence[Sequence[Row]], bulk: bool, limits: Limits | None = None
) -> tuple[list[Decoded], NmeaDecoder]:
    """What each batch gives, and the flush."""
    decoder, seq, answers = NmeaDecoder({0: "own"}, limits, bulk=bulk), 1, []
    for batch in batches:
        rows = [one if isinstance(one, Sentence) else row(one) for one in batch]
        answers.append(decoder.decode(Lines.of(rows, seq)))
        seq += len(rows)
        assert all(books.balanced() for books in decoder.books.values())
        assert all(books.pending >= 0 for books in decoder.books.values())
    answers.append(decoder.flush())
    assert not any(books.pending for books in decoder.books.values())
    return answers, decoder


def told(answers: list[Decoded]) -> list[object]:
    """All that can be compared of answers, call by call."""
    found: list[object] = []
    for decoded in answers:
        columns = *decoded.reports.columns().values(), *decoded.statics.columns().values()
        found.append([column.tobytes() for column in columns])
        found += [list(decoded.others), decoded.rejected, dict(decoded.messages_by_type)]
    return found


def same(*batches: Sequence[Row], limits: Limits | None = None) -> list[Decoded]:
    """The answers of the bulk road, which are those of the careful one."""
    bulk, one = run(batches, True, limits)
    careful, other = run(batches, False, limits)
    assert told(bulk) == told(careful)
    assert one.stations == other.stations
    assert one.books == other.books
    return bulk


def reasons(decoded: Decoded) -> list[tuple[int, str]]:
    return [(refused.seq, refused.reason) for refused in decoded.rejected]


# -- memory over batches ----------------------------------------------------------------------
def test_a_late_part_of_a_pair_of_an_earlier_batch_is_a_duplicate() -> None:
    """The pairs' memory outlives their batch, and one that has nothing to do with them."""
    first, _, last, _ = same([ONE, TWO, *FILLER], [*FILLER], [TWO, *FILLER])
    assert first.statics.seq.tolist() == [2]
    assert reasons(last) == [(603, "duplicate_part")]


def test_a_late_part_belongs_to_its_own_feed() -> None:
    pairs = [row(ONE), row(TWO), row(ONE, 1), row(TWO, 1)]
    _, second, rest = same([*pairs, *FILLER], [row(TWO, 2), row(TWO, 1), *FILLER])
    assert reasons(second) == [(306, "duplicate_part")]
    assert reasons(rest) == [(305, "incomplete")]


@pytest.mark.parametrize("between", [1, 2, 3, 4, 5, 6, 7])
def test_a_pair_is_remembered_for_so_many_lines(between: int) -> None:
    batches = [[ONE, TWO, *FILLER], [*[PLAIN] * between, *FILLER], [TWO, *FILLER]]
    *_, last, rest = same(*batches, limits=Limits(wait_lines=5))
    known = between + 2 <= 5
    assert [reason for _, reason in reasons(last) + reasons(rest)] == [
        "duplicate_part" if known else "incomplete"
    ]


def test_a_pair_of_one_batch_and_the_part_it_claims_in_the_next() -> None:
    """A second part that waits since the batch before makes the next pair no matter of course."""
    same([OTHER_ONE, *FILLER], [ONE, TWO, OTHER_TWO, *FILLER], [TWO, OTHER_TWO, *FILLER])
    same([ONE, TWO, ONE, *FILLER], [OTHER_ONE, OTHER_TWO, *FILLER], [TWO, *FILLER])


@pytest.mark.parametrize("kind", [kind for kind in RowKind if kind != RowKind.LINE])
@pytest.mark.parametrize("feed", [-1, 0, 1])
@pytest.mark.parametrize("later", [0, 30 * S])
def test_a_control_row_ends_what_pairs_are_remembered(kind: RowKind, feed: int, later: int) -> None:
    between = control(kind, feed, T0 + later)
    same([ONE, TWO, *FILLER], [between, *FILLER], [TWO, *FILLER])
    same([ONE, TWO, between, TWO, *FILLER])
    same([ONE, TWO, *FILLER], [PLAIN, between, TWO, *FILLER])
    same([ONE, TWO, *FILLER], [OTHER_ONE, OTHER_TWO, between, TWO, OTHER_TWO, *FILLER])


@pytest.mark.parametrize("kind", [RowKind.START, RowKind.STOP])
@pytest.mark.parametrize("feed", [-1, 0, 9])
@pytest.mark.parametrize("earlier", [[], [ONE, TWO], [PLAIN]])
def test_a_start_forgets_only_what_came_before_it(
    kind: RowKind, feed: int, earlier: list[bytes]
) -> None:
    """Not the pairs behind it, though none of their feed's rows stands before it."""
    batch = [control(kind, feed), ONE, TWO, PLAIN, TWO, *FILLER]
    *_, last, _ = same([*earlier, *FILLER], batch)
    assert reasons(last) == [(len(earlier) + 305, "duplicate_part")]


def test_a_saved_decoder_remembers_its_pairs() -> None:
    batches = [[ONE, TWO, *FILLER], [PLAIN, TWO, *FILLER]]
    whole, _ = run(batches, True)
    decoder = NmeaDecoder({0: "own"})
    decoder.decode(Lines.of([row(x) if isinstance(x, bytes) else x for x in batches[0]]))
    resumed = NmeaDecoder({0: "own"})
    resumed.load(decoder.save())
    rows = [row(x) if isinstance(x, bytes) else x for x in batches[1]]
    assert told([resumed.decode(Lines.of(rows, 303))]) == told([whole[1]])
    resumed.load(NmeaDecoder().save())  # and forgets them with all else
    decoder.load(resumed.save())
    assert decoder.decode(Lines.of([row(TWO)] * 1)).rejected == []
    assert reasons(decoder.flush()) == [(1, "incomplete")]


# -- sentences of a message some lines apart --------------------------------------------------
@pytest.mark.parametrize("lead", [0, 1100])
def test_a_second_half_like_the_one_before_it_is_a_duplicate(lead: int) -> None:
    """Messages end alike: a second half that is not right behind its first may be either's."""
    one, _ = parts(*voyage(SHIP + 2, "ROSEAU"))
    ends = sealed(b"AIVDM,2,2,1,A,88888888880,2")
    same([*[PLAIN] * lead, ONE, ends, one, PLAIN, ends, *FILLER])
    same([*[PLAIN] * lead, ONE, ends, *FILLER], [*[PLAIN] * lead, one, PLAIN, ends, *FILLER])
    same([*[PLAIN] * lead, ONE, PLAIN, ends, PLAIN, one, PLAIN, ends, *FILLER])


@pytest.mark.parametrize("lead", [0, 1100])
def test_a_part_of_another_hour_ends_what_waits(lead: int) -> None:
    """Two halves of one moment, but between them the feed's clock was elsewhere."""
    beside = parts(*voyage(SHIP + 3, "X"), sequence=b"2")
    for far in ([beside[0]], beside):
        between = [row(data, at_us=T0 + 20 * S) for data in far]
        same([*[PLAIN] * lead, ONE, *between, TWO, *FILLER])
        same([*[PLAIN] * lead, ONE, *between, PLAIN, TWO, TWO, *FILLER])


@pytest.mark.parametrize("lead", [0, 1100])
@pytest.mark.parametrize("apart", [1, 2, 6, 7, 8, 9, 12])
@pytest.mark.parametrize("other", [False, True])
def test_two_halves_some_lines_apart(lead: int, apart: int, other: bool) -> None:
    beside = parts(*voyage(SHIP + 3, "X"), sequence=b"2")
    between = [*beside, PLAIN][:apart] if other else []
    between += [PLAIN] * (apart - len(between))
    rows = [*[PLAIN] * lead, ONE, *between, TWO, *FILLER]
    first, *_ = same(rows, [TWO, *FILLER])
    assert lead + apart + 2 in first.statics.seq.tolist()


# -- messages without columns -----------------------------------------------------------------
def test_messages_without_columns_are_made_when_asked_for() -> None:
    """In the order of their rows, whichever road found them."""
    odd = tagged(b"s:north,c:1490075470", TEXT)[:-2] + TEXT[-2:].lower()
    twice = TEXT + TEXT
    batch = [twice, TEXT, *BINARY, odd, twice, tagged(b"s:south", TEXT), *FILLER]
    same(batch)
    others = run([batch], True)[0][0].others
    assert isinstance(others, LateOthers)
    seqs = [1, 1, 2, 4, 5, 6, 6, 7]
    assert len(others) == len(seqs)
    assert "_made" not in vars(others)  # counting them makes none
    assert [other.seq for other in others] == seqs
    assert others[3].lines == tuple(BINARY)
    assert others[3].msg_type == 8
    assert others[-1] is others[7]
    assert [other.station for other in others[4:]] == ["north", "", "", "south"]
    assert others[4].at_us == 1_490_075_470 * S
    assert others[1:3] == list(others)[1:3]
    assert others.index(others[2]) == 2
    assert {other.mmsi for other in others} == {SHIP}
    with pytest.raises(IndexError):
        others[8]


def test_times_of_messages_without_columns_may_not_run_ahead() -> None:
    ahead = tagged(b"c:%d" % (T0 // S + 301), TEXT)
    decoded, _ = same([ahead, tagged(b"c:%d" % (T0 // S + 300), TEXT), TEXT, *FILLER])
    assert [other.at_us - T0 for other in decoded.others] == [0, 300 * S, 0]


# -- merging ----------------------------------------------------------------------------------
def messages(seqs: list[int], station: list[str]) -> Messages:
    """Type 1, whose payloads differ in length."""
    payload = b"15RTgt0PAso;90TKcjM8h6g208CQ"
    rows = [(seq, seq % 3, T0 + seq, NO_TIME_US, seq, 0, seq % 6) for seq in seqs]
    return Messages.of(rows, [payload + b"0" * (seq % 40) for seq in seqs], station)


@pytest.mark.parametrize(
    ("own", "other"),
    [([], []), ([5], []), ([], [5]), ([2, 9], [1, 5, 6, 30]), ([7], [1]), ([1], [7])],
)
def test_messages_of_both_roads_are_merged_in_the_order_of_rows(
    own: list[int], other: list[int]
) -> None:
    one = messages(own, [("a", "")[seq % 2] for seq in own])
    two = messages(other, [("b", "a", "")[seq % 3] for seq in other])
    merged = one.merged(two)
    assert merged.seq.tolist() == sorted([*own, *other])
    assert len(merged) == len(own) + len(other)
    for column in ("feed", "stored_at_us", "flags", "bits"):
        wanted = {m.seq[k]: getattr(m, column)[k] for m in (one, two) for k in range(len(m))}
        assert getattr(merged, column).tolist() == [wanted[seq] for seq in merged.seq]
    for k, seq in enumerate(merged.seq.tolist()):
        wanted_name = ("a", "")[seq % 2] if seq in own else ("b", "a", "")[seq % 3]
        assert merged.names[merged.name[k]] == wanted_name
        single = messages([seq], [""])
        count = int(single.bits[0]) // 64 + 2
        words = merged.words[merged.at[k] : merged.at[k] + count]
        assert np.array_equal(words, single.words[:count])
    assert merged.names[0] == ""


# -- refusals ---------------------------------------------------------------------------------
def test_a_wrong_checksum_is_refused_in_its_turn() -> None:
    """Between rows that the careful road refuses, with the whole row as it was heard."""
    prefixed = b"1490075479," + SPOILT
    rows: list[Row] = [SPOILT, b"x", PLAIN, prefixed, b"", PLAIN[:-3], SPOILT + SPOILT, TWO]
    broken: list[Row] = [ONE[:-2] + b"00", SPOILT + b",r1", b"#" + SPOILT, row(b"{" + SPOILT, 3)]
    decoded, rest = same([*rows, *broken, *FILLER])
    wanted = [
        (1, "checksum"),
        (2, "not_a_sentence"),
        (4, "checksum"),
        (5, "not_a_sentence"),
        (6, "no_checksum"),
        (7, "checksum"),
    ]
    assert reasons(decoded)[:6] == wanted
    assert decoded.rejected[2].line == prefixed
    assert reasons(rest) == [(8, "incomplete")]


@pytest.mark.parametrize("place", [7, 9])
@pytest.mark.parametrize("char", [b",", b"!", b"*", b"\0", b"\r", b"\n", b"x", b"\xff"])
def test_a_wrong_checksum_is_not_the_first_thing_wrong(place: int, char: bytes) -> None:
    line = b"!AIVDM,1,1,,A,15RTgt0PAso,0*00"
    same([line[:place] + char + line[place + 1 :], *FILLER])


def test_two_feeds_of_which_one_has_wrong_checksums() -> None:
    rows = [row((SPOILT, PLAIN)[k % 2], k % 2) for k in range(300)]
    pairs = [row(ONE, 1), row(TWO, 1), row(ONE, 2), row(TWO[:-2] + b"00", 2)]
    bulk, decoder = run([[*rows, *pairs]], True)
    same([*rows, *pairs])
    assert decoder.books[0].rejected == {"checksum": 150}
    assert decoder.books[0].lines == 150
    assert decoder.books[1].decoded_lines == 152
    assert decoder.books[1].messages_by_type == {1: 150, 5: 1}
    assert [refused.seq for refused in bulk[0].rejected[:150]] == list(range(1, 300, 2))
    assert bulk[0].rejected[-1].feed == 2
    assert decoder.books[2].rejected == {"checksum": 1, "incomplete": 1}


def test_a_batch_of_control_rows_alone() -> None:
    rows = [control(RowKind.START, -1), *[control(RowKind.CLOCK, -1)] * 5]
    for decoded in same(rows, rows):
        assert len(decoded.reports) == len(decoded.statics) == len(decoded.others) == 0


def test_rows_of_both_roads_keep_their_order_and_stations() -> None:
    rows: list[Row] = []
    for k in range(120):
        sentence = tagged(b"s:st%d" % (k % 7), vdm(b"15RTgt0PAso;90TKcjM8h6g208CQ"))
        rows.append(row(sentence if k % 3 else PLAIN + sentence, k % 2))
    decoded, _ = same(rows)
    assert bool((np.diff(decoded.reports.seq) >= 0).all())
    assert isinstance(decoded.reports, Reports)
    assert isinstance(decoded.statics, Statics)


def test_the_bulk_as_plain_python_is_the_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kernel at once, where an index past an end is an error; short messages come last."""
    rows: list[Row] = []
    for k in range(1, 28):
        payload = ARMOUR_LEGAL[k : k + 1] + b"0wP7" * 20
        rows += [vdm(payload[: 7 + k], k % 6), tagged(b"s:st%d,c:1490075%03d" % (k % 3, k), PLAIN)]
        rows += [vdm(payload, 0), b"1490075479," + PLAIN, PLAIN + b",r%d23,1490075479" % (k % 4)]
        rows.append(row(parts(payload, 2, sequence=b"%d" % (k % 10), split=40 + k)[k % 2], 1))
        rows += parts(payload, 2, sequence=b"%d" % (k % 10), split=40 + k)
    odd = [SPOILT, b"", b"!", b"\\g:1-2-3*00\\" + ONE, SPOILT + SPOILT, b"#!" + PLAIN]
    rows += [*(row(line, 2) for line in odd), row(b"{" + PLAIN, 3)]
    rows += [PLAIN] * 60  # enough of them that pairs are looked for
    last = vdm(b"5" + b"w" * 6)
    compiled, _ = run([[*rows, last]], True)
    times = received_at.many(*_chunk([*rows, last]))
    plainly(monkeypatch, kernel_scan, kernel_bits, kernel_origin)
    plainly(monkeypatch, plain, columns, messages_module, line_clock)
    with np.errstate(over="ignore"):
        twin, _ = run([[*rows, last]], True)
        assert received_at.many(*_chunk([*rows, last])).tolist() == times.tolist()
    assert told(twin) == told(compiled)
    monkeypatch.undo()
    same([*rows, last])


def _chunk(rows: Sequence[Row]) -> tuple[bytes, I64, I64]:
    lines = Lines.of([one if isinstance(one, Sentence) else row(one) for one in rows])
    return lines.data, lines.start, lines.stop
