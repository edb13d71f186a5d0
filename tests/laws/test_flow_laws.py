"""The two laws of the house, on the whole flow: decoder, watermark, both roads, all detectors."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyais.encode import encode_dict

from mda.cli.wiring import Waters, build_flow, bundled_waters
from mda.config import Config
from mda.model import Lines, RowKind, Sentence, pack, unpack
from mda.store.history import MemoryHistory
from mda.store.keyframes import MemoryKeyframes
from mda.watch.flow import Flow

EPOCH_S = 1_490_076_000
SEEDS = st.integers(0, 5)
CONFIG = Config.load()


@pytest.fixture(scope="module")
def waters() -> Waters:
    return bundled_waters()


def sentence(at_s: int, message: dict[str, object], feed: int = 0) -> list[Sentence]:
    """A message as it is heard, stamped with its time; two sentences where it needs them."""
    lines = encode_dict(message, talker_id="AI", radio_channel="A")
    stored = at_s * 1_000_000
    return [
        Sentence(RowKind.LINE, feed, stored, f"{at_s},{line}".encode("ascii")) for line in lines
    ]


def report(mmsi: int, lon: float, lat: float, sog: float, cog: float) -> dict[str, object]:
    return {
        "type": 1,
        "mmsi": mmsi,
        "lon": lon,
        "lat": lat,
        "speed": sog,
        "course": cog,
        "heading": int(cog) % 360,
        "status": 0,
    }


@functools.cache
def sea(seed: int, minutes: int = 150) -> list[Sentence]:
    """Some traffic off Dominica: one passes, one falls silent, one loiters, one crosses over."""
    draw = np.random.default_rng(seed)
    rows: list[tuple[int, list[Sentence]]] = []
    silent_from = int(draw.integers(25, 45)) * 60
    for second in range(0, minutes * 60, 20):
        at_s = EPOCH_S + second
        run = second / 3600.0
        rows.append((at_s, sentence(at_s, report(329000001, -61.60 + run * 0.2, 15.7, 12.0, 90))))
        if second < silent_from or second > silent_from + 4000:
            rows.append(
                (at_s + 3, sentence(at_s + 3, report(329000002, -61.9, 15.2 + run * 0.15, 9.0, 0)))
            )
        wiggle = 0.004 * np.sin(second / 300.0)
        rows.append(
            (at_s + 7, sentence(at_s + 7, report(329000003, -61.0 + wiggle, 15.3, 0.8, 40)))
        )
        if second % 120 == 0:
            static = {"type": 5, "mmsi": 329000003, "shipname": "SLOW BOAT", "ship_type": 70}
            rows.append((at_s + 9, sentence(at_s + 9, static)))
    rows.sort(key=lambda pair: pair[0])
    return [row for _, group in rows for row in group]


def flow(waters: Waters) -> Flow:
    return build_flow(CONFIG, waters, {0: "shore"}, MemoryHistory(), MemoryKeyframes(), {})


def whole(waters: Waters, rows: Sequence[Sentence], cuts: Sequence[int] = ()) -> list[str]:
    """Findings emitted, as JSON, with the log cut at these rows."""
    fold = flow(waters)
    said: list[str] = []
    edges = [0, *sorted({c for c in cuts if 0 < c < len(rows)}), len(rows)]
    for first, last in pairwise(edges):
        step = fold.push(Lines.of(rows[first:last], first + 1))
        said += [json.dumps([f.to_json(), clock], sort_keys=True) for f, clock in step.found]
    step = fold.finish()
    return said + [json.dumps([f.to_json(), clock], sort_keys=True) for f, clock in step.found]


def standing(fold: Flow) -> list[str]:
    return [
        f.content() for _, f in sorted(fold.road.ledger.findings.items()) if f.status != "withdrawn"
    ]


def fold_all(waters: Waters, rows: Sequence[Sentence]) -> Flow:
    fold = flow(waters)
    fold.push(Lines.of(rows))
    fold.finish()
    return fold


def test_the_sea_has_something_to_find(waters: Waters) -> None:
    kinds = {json.loads(line)[0]["kind"] for line in whole(waters, sea(1))}
    assert {"silence", "zone_visit", "loitering"} <= kinds


@given(seed=SEEDS, cuts=st.lists(st.integers(1, 1500), max_size=12))
def test_law_1_any_chunking(waters: Waters, seed: int, cuts: list[int]) -> None:
    rows = sea(seed)
    assert whole(waters, rows, cuts) == whole(waters, rows)


@given(seed=SEEDS, cut=st.integers(1, 1500))
def test_law_1_saved_and_resumed_anywhere(waters: Waters, seed: int, cut: int) -> None:
    rows = sea(seed)
    cut = min(cut, len(rows) - 1)
    first, second = flow(waters), flow(waters)
    history, keyframes = first._history, first._keyframes
    step = first.push(Lines.of(rows[:cut]))
    said = list(step.found)
    second.load(unpack(pack(first.save())))
    second._history, second._keyframes = history, keyframes
    said += second.push(Lines.of(rows[cut:], cut + 1)).found + second.finish().found
    text = [json.dumps([f.to_json(), clock], sort_keys=True) for f, clock in said]
    assert text == whole(waters, rows)


@given(
    seed=SEEDS,
    late=st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 900)), min_size=1, max_size=40),
)
def test_law_2_late_data_is_reconciled(
    waters: Waters, seed: int, late: list[tuple[int, int]]
) -> None:
    rows = sea(seed)
    order = list(range(len(rows)))
    for row, by in late:
        if row < len(rows):
            order[row] = row + by
    # A stable sort keeps the parts of one message together when both keep their place.
    shuffled = [rows[i] for i in sorted(range(len(rows)), key=lambda i: (order[i], i))]
    late_fold, punctual = fold_all(waters, shuffled), fold_all(waters, rows)
    assert standing(late_fold) == standing(punctual)
