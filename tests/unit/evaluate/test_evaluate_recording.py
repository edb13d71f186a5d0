"""A recording as rows: merged in time, picked, changed, packed anew; and spoilt on purpose."""

from __future__ import annotations

import numpy as np
import pytest
from pyais import encode_dict
from small_scenario import (
    BEGIN_S,
    BEGIN_US,
    DARK,
    HONEST,
    SART,
    SmallSea,
    eventful_sea,
    going_east,
    tagged,
)

from mda.clock import NO_TIME_US
from mda.decode.tagblock import read_tag
from mda.errors import MdaError
from mda.evaluate.degrade import DEGRADATIONS, LATE_UP_TO_US, SKEW_S, draws, late, loss
from mda.evaluate.recording import Recording
from mda.model import Lines, RowKind, Sentence
from mda.units import US_PER_S


def rows_of(*rows: tuple[int, bytes]) -> Lines:
    return Lines.of([Sentence(RowKind.LINE, 0, at_us, data) for at_us, data in rows], 0)


def texts(recording: Recording) -> list[bytes]:
    return [row.data for row in recording.lines]


def test_feeds_are_merged_by_time_and_lines_without_one_stand_at_the_beginning() -> None:
    a = rows_of((NO_TIME_US, b"a0"), (5, b"a1"), (9, b"a2"))
    merged = Recording.merged({"A": [a], "B": [rows_of((5, b"b1")), rows_of((7, b"b2"))]})
    assert texts(merged) == [b"a0", b"a1", b"b1", b"b2", b"a2"]
    assert merged.lines.feed.tolist() == [0, 0, 1, 1, 0]
    assert merged.lines.stored_at_us.tolist() == [5, 5, 5, 7, 9]
    untimed = Recording.merged({"A": [a], "C": [rows_of((NO_TIME_US, b"c"))]})
    assert texts(untimed) == [b"a0", b"a1", b"c", b"a2"]


def test_a_recording_without_times_is_refused() -> None:
    for batches in ([], [rows_of((NO_TIME_US, b"x"))]):
        with pytest.raises(MdaError, match="receive time"):
            Recording.merged({"A": batches})


def test_rows_are_changed_and_packed_anew() -> None:
    recording = Recording.merged({"A": [rows_of(*((i, b"line%d" % i) for i in range(7)))]})
    changed = recording.with_lines({2: b"", 4: b"longer than before"}).take(np.arange(1, 6))
    batches = list(changed.batches(first_seq=10, rows=2))
    assert [b.seq.tolist() for b in batches] == [[10, 11], [12, 13], [14]]
    assert b"|".join(r.data for b in batches for r in b) == b"line1||line3|longer than before|line5"
    assert [b.data for b in batches] == [b"line1", b"line3longer than before", b"line5"]
    assert texts(recording)[2] == b"line2"


def test_who_and_where_each_line_is_of() -> None:
    static = {"type": 5, "mmsi": HONEST, "shipname": "HONEST", "callsign": "J7"}
    parts = [p.encode() for p in encode_dict(static, talker_id="AI", sentence_type="VDM", seq_id=1)]
    other = encode_dict({**static, "mmsi": DARK}, talker_id="AI", sentence_type="VDM", seq_id=1)
    lines = [
        tagged(parts[0].decode(), BEGIN_S, "north"),
        tagged(other[0], BEGIN_S, "south"),
        tagged(parts[1].decode(), BEGIN_S, "north"),
        tagged(other[1], BEGIN_S, "south"),
        parts[1],
        b"noise",
    ]
    recording = Recording.merged({"own": [rows_of(*((BEGIN_US, line) for line in lines))]})
    assert recording.mmsis().tolist() == [HONEST, DARK, HONEST, DARK, 0, 0]
    station, names = recording.stations()
    assert [names[i] for i in station.tolist()] == [
        "north",
        "south",
        "north",
        "south",
        "own",
        "own",
    ]


@pytest.fixture(scope="module")
def eventful() -> Recording:
    return eventful_sea().recording()


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_a_recording_is_spoilt_the_same_way_every_time(name: str, eventful: Recording) -> None:
    spoilt = [DEGRADATIONS[name](eventful, [DARK]) for _ in range(2)]
    assert texts(spoilt[0]) == texts(spoilt[1])
    assert spoilt[0].lines.stored_at_us.tolist() == spoilt[1].lines.stored_at_us.tolist()
    assert (np.diff(spoilt[0].lines.stored_at_us) >= 0).all()
    assert texts(spoilt[0]) != texts(eventful)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7])
def test_so_many_lines_are_lost(share: float, eventful: Recording) -> None:
    left = loss(share)(eventful, [])
    sigma = np.sqrt(share * (1 - share) / len(eventful))
    assert abs(1 - len(left) / len(eventful) - share) < 4 * sigma
    assert len(loss(0.0)(eventful, [])) == len(eventful)


def test_draws_are_uniform_and_their_own_by_seed() -> None:
    a, b = (draws(seed, np.arange(20_000)) for seed in (1, 2))
    assert np.histogram(a, 10, (0, 1))[0].min() > 1800
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.03
    assert abs(np.corrcoef(a[1:], a[:-1])[0, 1]) < 0.03


def test_late_lines_keep_their_own_time_and_lose_nothing(eventful: Recording) -> None:
    spoilt = late(eventful, [])
    assert sorted(texts(spoilt)) == sorted(texts(eventful))
    own_us = np.array([read_tag(t.partition(b"!")[0]).stamp_us for t in texts(spoilt)])
    behind_us = spoilt.lines.stored_at_us - own_us
    assert behind_us.min() == 0
    assert US_PER_S < behind_us.max() <= LATE_UP_TO_US + 1800 * US_PER_S
    assert 0.05 < (behind_us > 0).mean() < 0.6


def test_one_station_s_clock_is_fast(eventful: Recording) -> None:
    spoilt = DEGRADATIONS["clock skew 120 s"](eventful, [])
    by_station: dict[str, set[int]] = {}
    for old, new in zip(texts(eventful), texts(spoilt), strict=True):
        tags = [read_tag(line.partition(b"!")[0]) for line in (old, new)]
        shift_s = (tags[1].stamp_us - tags[0].stamp_us) // US_PER_S
        by_station.setdefault(tags[0].station, set()).add(shift_s)
        assert tags[1].sound
    assert sorted(map(sorted, by_station.values())) == [[0], [SKEW_S]]
    assert spoilt.lines.stored_at_us.tolist() == eventful.lines.stored_at_us.tolist()


def test_an_honest_vessel_takes_the_mmsi_of_one_with_an_event() -> None:
    sea = SmallSea()
    sea.sail(DARK, [(0, 1)], going_east(15.2))
    sea.sail(HONEST, [(0, 1)], going_east(15.5))
    sea.sail(SART, [(0, 1)], going_east(15.6))
    recording = sea.recording()
    spoilt = DEGRADATIONS["duplicate MMSI"](recording, [DARK, 1])
    assert set(spoilt.mmsis().tolist()) == {DARK, SART}
    assert (spoilt.mmsis() == DARK).sum() == 120
    assert texts(DEGRADATIONS["duplicate MMSI"](recording, [])) == texts(recording)
