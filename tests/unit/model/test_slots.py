from __future__ import annotations

import numpy as np
import pytest
from plain_kernels import plainly

from mda.model import Reports, Statics, Valid, VesselClass, slots
from mda.model.slots import Classes, Slots, grown


@pytest.fixture(params=["compiled", "plain"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        plainly(monkeypatch, slots)


def test_slots_follow_first_appearance(twin: None) -> None:
    table = Slots()
    keys = np.array([7, 5, 7, 2**34 + 5, 5], np.uint64)
    assert table.of(keys).tolist() == [0, 1, 0, 2, 1]
    assert table.keys.tolist() == [7, 5, 2**34 + 5]
    assert (table.find(5), table.find(6), len(table)) == (1, -1, 3)


def test_slots_grow_and_resume(twin: None) -> None:
    draw = np.random.default_rng(1)
    keys = draw.integers(0, 2**35, 5000)
    table = Slots()
    first = table.of(keys[:3000])
    other = Slots()
    other.load(table.save())
    assert other.of(keys[:3000]).tolist() == first.tolist()
    assert other.of(keys).tolist() == table.of(keys).tolist()
    assert len(table) == len(set(keys.tolist()))
    assert table.of(np.zeros(0, np.int64)).shape == (0,)


def test_grown_keeps_and_zeroes() -> None:
    small = np.arange(3)
    assert grown(small, 3) is small
    big = grown(small, 100)
    assert big[:3].tolist() == [0, 1, 2]
    assert not big[3:].any()


def test_a_class_counts_from_its_claim_on(twin: None) -> None:
    reports = Reports.from_columns({"at_us": np.array([1, 5, 9]), "mmsi": np.array([8, 8, 9])})
    statics = Statics.from_columns(
        {
            "at_us": np.array([5, 6, 7, 20]),
            "mmsi": np.array([8, 9, 9, 8]),
            "ship_type": np.array([70, 80, 30, 60]),
            "msg_type": np.array([5, 21, 5, 5]),
            "valid": np.array([Valid.SHIP_TYPE] * 4),
        }
    )
    classes = Classes()
    assert classes.of(reports, statics).tolist() == [
        VesselClass.UNKNOWN,
        VesselClass.CARGO,
        VesselClass.FISHING,
    ]
    resumed = Classes()
    resumed.load(classes.save())
    later = reports.replace(at_us=reports.at_us + 100)
    nothing = Statics.blank(0)
    assert resumed.of(later, nothing).tolist() == classes.of(later, nothing).tolist() == [3, 3, 4]
