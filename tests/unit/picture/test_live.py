"""The live picture: the newest believed report of each target, whatever order reports come in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_parts import BEGIN_US, SHIP, S, make_reports, make_statics, stay

from mda.config import Config
from mda.model import (
    Case,
    Flag,
    Mark,
    Reports,
    Statics,
    TargetKind,
    Targets,
    Valid,
    VesselClass,
    pack,
    unpack,
)
from mda.picture.kinds import nominal_intervals_s, target_kinds
from mda.picture.live import LivePicture

NOTHING = Statics.blank(0)
H = 3600 * S


@pytest.fixture
def config() -> Config:
    return Config.load()


def a_case(**changes: Any) -> Case:
    case = Case(
        "c", "W", "active_unacknowledged", False, (SHIP,), (SHIP,), "silence", "t", "s", 0, 0,
        None, -61.5, 15.2, ("f",), (),
    )  # fmt: skip
    return replace(case, **changes)


def shown(live: LivePicture, now_us: int = BEGIN_US, *cases: Case) -> Targets:
    return live.targets(now_us, stay, cases)


def marks(live: LivePicture, now_us: int = BEGIN_US, *cases: Case) -> int:
    return int(shown(live, now_us, *cases).marks[0])


def test_a_target(config: Config) -> None:
    live = LivePicture(config)
    live.update(make_reports({}), NOTHING)
    t = shown(live, BEGIN_US + 10 * S)
    assert len(live) == len(t) == 1
    assert int(t.key[0]) == int(t.mmsi[0]) == SHIP
    assert (float(t.lon_deg[0]), float(t.lat_deg[0])) == (-61.5, 15.2)
    assert float(t.now_lon_deg[0]) == pytest.approx(-61.49)
    assert float(t.radius_m[0]) == 40.0
    assert int(t.kind[0]) == TargetKind.CLASS_A
    assert int(t.marks[0]) == 0
    assert t.name[0] == b""
    assert np.isnan(t.length_m[0])
    assert int(t.vessel_class[0]) == VesselClass.UNKNOWN
    assert len(shown(LivePicture(config))) == 0


def test_newest_wins_in_any_order(config: Config) -> None:
    live = LivePicture(config)
    new = make_reports({"at_us": BEGIN_US + S, "lon_deg": -61.0, "report_id": 2})
    live.update(new, NOTHING)
    live.update(make_reports({}), NOTHING)
    assert float(shown(live).lon_deg[0]) == -61.0


@pytest.mark.parametrize(
    ("flag", "uncertain"),
    [
        (Flag.JUMP, True),
        (Flag.ZERO_ISLAND, True),
        (Flag.NO_POSITION, False),
        (Flag.DUPLICATE, False),
        (Flag.BAD_MMSI, False),
    ],
)
def test_what_is_not_believed_never_moves_it(config: Config, flag: int, uncertain: bool) -> None:
    live = LivePicture(config)
    live.update(make_reports({}), NOTHING)
    lon_deg = np.nan if flag == Flag.NO_POSITION else -10.0
    later = {"at_us": BEGIN_US + S, "lon_deg": lon_deg, "flags": flag, "report_id": 2}
    live.update(make_reports(later), NOTHING)
    t = shown(live)
    assert float(t.lon_deg[0]) == -61.5
    assert bool(t.marks[0] & Mark.UNCERTAIN) is uncertain
    live.update(make_reports({"at_us": BEGIN_US + 2 * S, "report_id": 3}), NOTHING)
    assert marks(live) & Mark.UNCERTAIN == 0


def test_doubt_alone_makes_no_target(config: Config) -> None:
    live = LivePicture(config)
    live.update(make_reports({"flags": Flag.JUMP}, {"flags": Flag.NO_POSITION}), NOTHING)
    assert len(shown(live)) == 0


def test_a_noise_speed_is_not_believed(config: Config) -> None:
    live = LivePicture(config)
    live.update(make_reports({"flags": Flag.BAD_SPEED, "sog_kn": 102.2}), NOTHING)
    t = shown(live)
    assert np.isnan(t.sog_kn[0])
    assert t.marks[0] & Mark.UNCERTAIN


def test_two_hulls_on_one_mmsi_are_uncertain(config: Config) -> None:
    live = LivePicture(config)
    live.update(make_reports({}, {"hull": 1, "lon_deg": -50.0}, {"mmsi": SHIP + 1}), NOTHING)
    t = shown(live)
    assert t.key.tolist() == [SHIP, SHIP + 1, SHIP + (1 << 32)]
    assert (t.marks & Mark.UNCERTAIN).tolist() == [Mark.UNCERTAIN, 0, Mark.UNCERTAIN]


@pytest.mark.parametrize(
    ("age_s", "old", "lost"), [(30, False, False), (31, True, False), (3601, True, True)]
)
def test_old_and_lost(config: Config, age_s: int, old: bool, lost: bool) -> None:
    live = LivePicture(config)
    live.update(make_reports({}), NOTHING)
    found = marks(live, BEGIN_US + age_s * S)
    assert bool(found & Mark.OLD) is old
    assert bool(found & Mark.LOST) is lost


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, Mark.CASE | Mark.ALERT | Mark.LOST),
        ({"state": "active_silenced"}, Mark.CASE | Mark.ALERT | Mark.LOST),
        ({"state": "active_acknowledged"}, Mark.CASE | Mark.LOST),
        ({"state": "suspended", "kind": "loitering"}, Mark.CASE),
        ({"state": "rectified_unacknowledged", "closed_at_us": 1}, Mark.CASE | Mark.ALERT),
        ({"state": "normal"}, 0),
        ({"state": "false"}, 0),
        ({"state": "withdrawn"}, 0),
        ({"keys": (SHIP + 1,)}, 0),
    ],
)
def test_marks_of_cases(config: Config, changes: dict[str, Any], wanted: int) -> None:
    live = LivePicture(config)
    live.update(make_reports({}), NOTHING)
    assert marks(live, BEGIN_US, a_case(**changes)) == wanted


def test_long_unheard_targets_leave_unless_a_case_holds_them(config: Config) -> None:
    live = LivePicture(config)
    live.update(make_reports({}), NOTHING)
    later_us = BEGIN_US + 12 * H + S
    assert len(shown(live, later_us)) == 0
    assert len(shown(live, later_us, a_case())) == 1
    assert len(shown(live, later_us, a_case(state="normal"))) == 0


def test_forgetting_frees_the_slots(config: Config) -> None:
    live = LivePicture(config)
    live.update(make_reports({}, {"mmsi": SHIP + 1, "at_us": BEGIN_US + H}), NOTHING)
    assert live.forget(BEGIN_US + 24 * H) == 0
    assert live.forget(BEGIN_US + 24 * H + S) == 1
    assert shown(live, BEGIN_US + H).mmsi.tolist() == [SHIP + 1]
    assert list(live.trails(0)) == [SHIP + 1]
    live.update(make_reports({"at_us": BEGIN_US + 26 * H}), NOTHING)
    assert len(live) == 2


def test_claims_come_one_by_one(config: Config) -> None:
    live = LivePicture(config)
    name = make_statics({"name": b"FREE WIND", "at_us": BEGIN_US + 5})
    kind = make_statics({"ship_type": 70, "valid": Valid.SHIP_TYPE, "at_us": BEGIN_US + 9})
    size = make_statics({"to_bow_m": 80, "to_stern_m": 20, "valid": Valid.DIMENSIONS})
    older = make_statics({"name": b"OLD NAME", "at_us": BEGIN_US})
    for statics in (name, kind, size, older):
        live.update(Reports.blank(0), statics)
    live.update(make_reports({}, {"mmsi": SHIP + 1}), NOTHING)
    t = shown(live)
    assert t.name.tolist() == [b"FREE WIND", b""]
    assert t.length_m[0] == 100.0
    assert np.isnan(t.length_m[1])
    assert t.vessel_class.tolist() == [VesselClass.CARGO, VesselClass.UNKNOWN]
    live.update(
        Reports.blank(0), make_statics({"name": b"A"}, {"name": b"B", "at_us": BEGIN_US + 9})
    )
    assert shown(live).name[0] == b"B"


@pytest.mark.parametrize(
    ("mmsi", "msg_type", "kind"),
    [
        (SHIP, 1, TargetKind.CLASS_A),
        (SHIP, 3, TargetKind.CLASS_A),
        (SHIP, 11, TargetKind.CLASS_A),
        (SHIP, 18, TargetKind.CLASS_B),
        (SHIP, 19, TargetKind.CLASS_B),
        (982351000, 18, TargetKind.CLASS_B),
        (3290001, 4, TargetKind.BASE),
        (SHIP, 4, TargetKind.BASE),
        (111329001, 9, TargetKind.SAR_AIRCRAFT),
        (993291001, 21, TargetKind.AID),
        (993296001, 21, TargetKind.AID_VIRTUAL),
        (SHIP, 21, TargetKind.AID),
        (970012345, 1, TargetKind.SART),
        (972012345, 1, TargetKind.MOB),
        (974012345, 1, TargetKind.EPIRB),
        (832900001, 18, TargetKind.HANDHELD),
    ],
)
def test_kinds(mmsi: int, msg_type: int, kind: TargetKind) -> None:
    found = target_kinds(np.array([mmsi], np.uint32), np.array([msg_type], np.uint8))
    assert TargetKind(int(found[0])) == kind


def test_a_long_range_report_keeps_the_kind(config: Config) -> None:
    live = LivePicture(config)
    live.update(make_reports({"msg_type": 18}), NOTHING)
    live.update(make_reports({"msg_type": 27, "at_us": BEGIN_US + S}), NOTHING)
    t = shown(live, BEGIN_US + 500 * S)
    assert int(t.kind[0]) == TargetKind.CLASS_B
    assert int(t.marks[0]) & Mark.OLD == 0
    alone = LivePicture(config)
    alone.update(make_reports({"msg_type": 27}), NOTHING)
    assert int(shown(alone).kind[0]) == TargetKind.CLASS_A


@pytest.mark.parametrize(
    ("kind", "msg_type", "sog_kn", "status", "interval_s"),
    [
        (TargetKind.CLASS_A, 1, 0.1, 1, 180),
        (TargetKind.CLASS_A, 1, np.nan, 5, 180),
        (TargetKind.CLASS_A, 1, 4.0, 1, 10),
        (TargetKind.CLASS_A, 1, 13.9, 0, 10),
        (TargetKind.CLASS_A, 1, 14.1, 0, 6),
        (TargetKind.CLASS_A, 1, 23.1, 0, 2),
        (TargetKind.CLASS_A, 1, np.nan, None, 10),
        (TargetKind.CLASS_A, 27, 10.0, 0, 180),
        (TargetKind.CLASS_B, 18, 1.0, None, 180),
        (TargetKind.CLASS_B, 18, 5.0, None, 30),
        (TargetKind.HANDHELD, 18, np.nan, None, 180),
        (TargetKind.AID, 21, np.nan, None, 180),
        (TargetKind.BASE, 4, np.nan, None, 10),
        (TargetKind.SAR_AIRCRAFT, 9, 120.0, None, 10),
        (TargetKind.SART, 1, 0.0, 14, 60),
    ],
)
def test_intervals(
    kind: TargetKind, msg_type: int, sog_kn: float, status: int | None, interval_s: float
) -> None:
    found = nominal_intervals_s(
        np.array([kind], np.uint8),
        np.array([msg_type], np.uint8),
        np.array([sog_kn], np.float32),
        np.array([status or 0], np.uint8),
        np.array([0 if status is None else Valid.NAV_STATUS], np.uint32),
    )
    assert found.tolist() == [interval_s]


CONFIG = Config.load()


# -- laws -----------------------------------------------------------------------------------
ROW = st.fixed_dictionaries(
    {
        "mmsi": st.sampled_from([SHIP, SHIP + 1, 970012345]),
        "hull": st.integers(0, 1),
        "at_us": st.integers(0, 50).map(lambda s: BEGIN_US + s * S),
        "report_id": st.integers(1, 2**40),
        "msg_type": st.sampled_from([1, 18, 27]),
        "lon_deg": st.floats(-62, -60) | st.just(np.nan),
        "flags": st.sampled_from([0, 0, 0, Flag.JUMP, Flag.DUPLICATE, Flag.ZERO_ISLAND]),
    }
)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(ROW, min_size=1, max_size=20, unique_by=lambda r: r["report_id"]), data=st.data()
)
def test_any_order_and_any_batches_give_the_same_picture(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    config = CONFIG
    whole, parts = LivePicture(config), LivePicture(config)
    whole.update(make_reports(*rows), NOTHING)
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    for part in (shuffled[:cut], shuffled[cut:]):
        if part:
            parts.update(make_reports(*part), NOTHING)
        again = LivePicture(config)
        again.load(unpack(pack(parts.save())))
        parts = again
    a, b = shown(whole, BEGIN_US + 60 * S), shown(parts, BEGIN_US + 60 * S)
    for name in Targets.DTYPES:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), name)
