"""Ticks, the ledger, what waits, and how two ledgers are compared."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mda.model import Control, Finding, Reports, Statics, pack, unpack
from mda.watch.road import Ledger, Waiting, by_order, compare, ticks


def finding(id_: str, summary: str = "s", revision: int = 1, revised_at_us: int = 5) -> Finding:
    return Finding(
        id_,
        "silence",
        (1,),
        (1,),
        1,
        2,
        None,
        revised_at_us,
        "confirmed",
        None,
        0.0,
        0.0,
        summary,
        {},
        "silence",
        "1",
        "c",
        revision=revision,
    )


@given(
    heard=st.lists(st.integers(0, 5000), min_size=1, max_size=20),
    cuts=st.lists(st.integers(-10, 6000), max_size=5),
)
def test_ticks_do_not_depend_on_cuts(heard: list[int], cuts: list[int]) -> None:
    times = sorted(heard)
    whole = ticks(-10, 6000, 10, np.array(times, np.int64), 700).tolist()
    parts: list[int] = []
    edges = sorted({-10, 6000, *cuts})
    for since, until in pairwise(edges):
        before = [t for t in times if t <= since][-1:]
        inside = [t for t in times if since < t <= until]
        parts += ticks(since, until, 10, np.array(before + inside, np.int64), 700).tolist()
    assert parts == whole


def test_no_tick_before_anything_was_heard_nor_long_after() -> None:
    assert ticks(0, 100, 10, np.zeros(0, np.int64), 50).size == 0
    assert ticks(0, 1000, 10, np.array([500], np.int64), 30).tolist() == [500, 510, 520, 530]


def test_a_ledger_numbers_revisions() -> None:
    ledger = Ledger({})
    assert ledger.post([finding("a")])[0].revision == 1
    assert ledger.post([finding("a", "t")])[0].revision == 2


def test_a_ledger_forgets_what_is_over_and_old() -> None:
    ledger = Ledger({})
    over = replace(finding("b"), closed_at_us=10)
    ledger.post([finding("a"), over, finding("c").withdrawn(12, "late")])
    ledger.prune(11)
    assert set(ledger.findings) == {"a"}


def test_comparing_withdraws_revises_and_opens() -> None:
    before = Ledger({"a": finding("a"), "b": finding("b", revision=3), "c": finding("c")})
    after = Ledger({"b": finding("b", "other"), "c": finding("c"), "d": finding("d")})
    changed = {f.id: f for f in compare(before, after, 99)}
    assert set(changed) == {"a", "b", "d"}
    assert (changed["a"].status, changed["a"].revision) == ("withdrawn", 2)
    assert (changed["b"].status, changed["b"].revision) == ("revised", 4)
    assert (changed["d"].revision, changed["d"].reason) == (1, "late data")
    assert after.findings["a"].status == "withdrawn"


def test_what_was_withdrawn_counts_on_when_it_comes_back() -> None:
    gone = finding("a").withdrawn(50, "late data disproved it")
    after = Ledger({})
    assert compare(Ledger({"a": gone}), after, 60) == []
    assert after.findings["a"] == gone
    back = compare(Ledger({"a": gone}), Ledger({"a": finding("a", "again")}), 70)
    assert [(f.revision, f.status) for f in back] == [(3, "revised")]


def reports(*at: int) -> Reports:
    return Reports.from_columns({"at_us": np.array(at), "mmsi": np.arange(len(at))})


def test_waiting_releases_in_order_and_splits() -> None:
    waiting = Waiting.empty()
    assert not waiting
    statics = Statics.from_columns({"at_us": np.array([7, 3])})
    waiting.add(reports(9, 2, 5), statics, [Control(4, 1, 0), Control(1, 1, 0)])
    assert (waiting.earliest_us(), waiting.latest_us(), bool(waiting)) == (2, 9, True)
    other = Waiting.empty()
    other.load(unpack(pack(waiting.save())))
    settled = other.release(0, 6)
    assert settled.reports.at_us.tolist() == [2, 5]
    assert settled.statics.at_us.tolist() == [3]
    assert [c.at_us for c in settled.controls] == [1, 4]
    assert other.reports.at_us.tolist() == [9]
    old, young = waiting.split(5)
    assert (sorted(old.reports.at_us.tolist()), young.reports.at_us.tolist()) == ([2, 5], [9])


def test_emission_is_by_time_known_then_id() -> None:
    found = [finding("b", revised_at_us=2), finding("a", revised_at_us=2), finding("c")]
    assert [f.id for f in by_order(found)] == ["a", "b", "c"]
