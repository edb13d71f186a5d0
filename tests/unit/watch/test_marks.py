"""How far a station's spool stands in the log: the same however the log is cut and resumed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mda.model import Lines, RowKind, Sentence, SpoolMark, mark_of, marked, pack, unpack
from mda.watch.marks import Marks

ROWS = st.lists(
    st.one_of(
        st.tuples(st.just("line"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("clock"), st.integers(-1, 2), st.just(0)),
        st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 2), st.integers(0, 50)),
    ),
    max_size=30,
)


def rows_of(drawn: list[tuple[str, int, int]]) -> list[Sentence]:
    rows = []
    for what, feed, seq in drawn:
        if what == "line":
            rows.append(Sentence(RowKind.LINE, feed, 0, b'{"spool": "no mark", "seq": 1}'))
        elif what == "clock":
            rows.append(Sentence(RowKind.CLOCK, feed, 0, b""))
        else:
            data = marked({"reason": "x"}, SpoolMark(what, seq))
            rows.append(Sentence(RowKind.DISCONNECT, feed, 0, data))
    return rows


@given(ROWS, st.lists(st.integers(0, 30), max_size=4))
def test_marks_are_a_fold(drawn: list[tuple[str, int, int]], cuts: list[int]) -> None:
    rows = rows_of(drawn)
    wanted: dict[int, dict[str, int]] = {}
    now: dict[int, str] = {}
    for what, feed, seq in drawn:
        if what == "line" and feed in now:
            wanted[feed][now[feed]] += 1
        elif what in ("a", "b"):
            now[feed] = what
            wanted.setdefault(feed, {})[what] = seq
    marks = Marks()
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for first, last in pairwise(edges):
        marks.take(Lines.of(rows[first:last], first + 1))
        again = Marks()
        again.load(unpack(pack(marks.save())))
        marks = again
    assert {feed: marks.had(feed) for feed in range(3)} == {f: wanted.get(f, {}) for f in range(3)}
    assert marks.now() == {f: SpoolMark(spool, wanted[f][spool]) for f, spool in now.items()}


def test_what_is_no_mark_is_none() -> None:
    for data in (
        b"",
        b"{}",
        b'{"spool"',
        b'["spool"]',
        b'{"spool": 1, "seq": 2}',
        b'{"spool":"a"}',
    ):
        assert mark_of(data) is None
