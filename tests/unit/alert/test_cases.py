"""Findings fused into cases: one vessel, one place, one case; the same under any chunking."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from alert_parts import make_finding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mda.alert import Cases, Rules
from mda.alert.cases import case_id
from mda.config import Config
from mda.model import Case, Finding, pack, unpack

S = 1_000_000
H = 3600 * S
Make = Callable[..., Finding]


@pytest.fixture
def config() -> Config:
    return Config.load()


@pytest.fixture
def finding() -> Make:
    return make_finding


class Names:
    """Claims by time."""

    def label(self, key: int, at_us: int) -> str:
        return f"SHIP {key % 1000}"

    def vessel_class(self, mmsi: int, at_us: int) -> int:
        return 0


def test_a_silence_in_watched_water(config: Config, finding: Make) -> None:
    found = finding()
    (case,) = Cases(config).fold([found], found.opened_at_us)
    assert case.id == case_id("a")
    assert case.priority == "W"
    assert case.state == "active_unacknowledged"
    assert case.title == "MMSI 329002300: silent"
    assert case.sentence == (
        "It was last heard off Roseau. No probability is modelled for this yet."
    )
    assert (case.opened_at_us, case.closed_at_us) == (found.opened_at_us, None)
    assert case.finding_ids == ("a",)
    assert case.revision == 1
    assert not case.filed


def test_a_finding_that_says_it_itself_is_not_told_twice(config: Config, finding: Make) -> None:
    found = finding(summary="Silent. How far off has no probability here!")
    assert Cases(config).fold([found], 0)[0].sentence == found.summary


def test_names_come_from_identity(config: Config, finding: Make) -> None:
    pair = finding(kind="encounter", mmsis=(1, 2), keys=(1, 2))
    (case,) = Cases(config, identity=Names()).fold([pair], 0)
    assert case.title == "SHIP 1 and SHIP 2: met another vessel"


def test_findings_of_one_vessel_and_place_fuse(config: Config, finding: Make) -> None:
    cases = Cases(config)
    loiter = finding("l", kind="loitering", summary="It lingers", onset_at_us=finding().onset_at_us)
    silent = finding("s", onset_at_us=loiter.onset_at_us + H, lon_deg=-61.45)
    (first,) = cases.fold([loiter], 0)
    (both,) = cases.fold([silent], 0)
    assert first.priority == "C"
    assert both.id == first.id == case_id("l")
    assert both.priority == "W"
    assert both.kind == "silence"
    assert both.finding_ids == ("l", "s")
    assert both.sentence.endswith("Also: It lingers.")
    assert both.terms[-1] == ("also loitering", 1.0)
    assert both.opened_at_us == loiter.opened_at_us
    assert both.revision == 2


def test_far_away_or_another_vessel_is_another_case(config: Config, finding: Make) -> None:
    far = finding("far", lon_deg=-60.5)
    other = finding("other", mmsis=(330000001,), keys=(330000001,))
    hull = finding("hull", keys=(329002300 + (1 << 32),))
    made = Cases(config).fold([finding(), far, other, hull], 0)
    assert len({case.id for case in made}) == 4


def test_a_distress_without_a_place_joins_its_vessel(config: Config, finding: Make) -> None:
    nowhere = finding("n", kind="safety", lon_deg=math.nan, lat_deg=math.nan)
    made = Cases(config).fold([nowhere, finding("s")], 0)
    assert [case.priority for case in made] == ["E"]


def test_a_case_closes_with_its_last_finding(config: Config, finding: Make) -> None:
    cases = Cases(config)
    a, b = finding("a"), finding("b", kind="loitering")
    cases.fold([a, b], 0)
    (half,) = cases.fold([replace(a, closed_at_us=a.opened_at_us + H, revision=2)], 0)
    assert half.state == "active_unacknowledged"
    assert half.closed_at_us is None
    (closed,) = cases.fold([replace(b, closed_at_us=b.opened_at_us + 2 * H, revision=2)], 0)
    assert closed.state == "rectified_unacknowledged"
    assert closed.closed_at_us == b.opened_at_us + 2 * H
    later = finding("c", onset_at_us=a.opened_at_us + 3 * H)
    (new,) = cases.fold([later], 0)
    assert new.id != closed.id


def test_late_data_reopens_the_same_case(config: Config, finding: Make) -> None:
    cases = Cases(config)
    a = finding()
    cases.fold([a, replace(a, closed_at_us=a.opened_at_us + H, revision=2)], 0)
    (open_,) = cases.fold([replace(a, revision=3, status="revised")], 0)
    assert open_.id == case_id("a")
    assert open_.state == "active_unacknowledged"


def test_what_is_withdrawn_is_shown_withdrawn(config: Config, finding: Make) -> None:
    cases = Cases(config)
    a = finding()
    cases.fold([a], 0)
    (gone,) = cases.fold([a.withdrawn(a.revised_at_us + S, "it was heard elsewhere")], 0)
    assert gone.state == "withdrawn"
    assert gone.sentence.startswith("Withdrawn: it was heard elsewhere. It was last heard")
    assert gone.closed_at_us is None


def test_what_replaces_a_withdrawn_finding_takes_its_case(config: Config, finding: Make) -> None:
    cases = Cases(config)
    a = finding()
    moved = finding("b", onset_at_us=a.onset_at_us + 600 * S)
    (case,) = cases.fold([a, a.withdrawn(a.revised_at_us + S, "late data"), moved], 0)
    assert case.id == case_id("a")
    assert case.state == "active_unacknowledged"
    assert case.finding_ids == ("a", "b")
    other_time = finding("c", onset_at_us=a.onset_at_us + 5 * H)
    cases.fold([moved.withdrawn(moved.revised_at_us, "late data")], 0)
    assert cases.fold([other_time], 0)[0].id == case_id("c")


def test_what_is_no_case_or_nothing_new_changes_nothing(config: Config, finding: Make) -> None:
    cases = Cases(config)
    a = finding(lon_deg=math.nan)
    assert cases.fold([finding("v", kind="zone_visit")], 0) == []
    assert cases.fold([a.withdrawn(0, "never seen")], 0) == []
    assert len(cases.fold([a], 0)) == 1
    assert cases.fold([Finding.from_json(a.to_json())], 0) == []


def test_old_findings_are_filed_until_a_fresh_one_comes(config: Config, finding: Make) -> None:
    cases = Cases(config)
    a = finding()
    limit_us = a.opened_at_us + 1800 * S
    assert not Cases(config).fold([a], limit_us)[0].filed
    assert cases.fold([a], limit_us + 1)[0].filed
    revised = replace(a, revision=2, summary="longer")
    assert cases.fold([revised], a.opened_at_us)[0].filed
    fresh = finding("b", kind="loitering", onset_at_us=a.onset_at_us + H)
    assert not cases.fold([fresh], fresh.opened_at_us)[0].filed


def test_many_findings_are_told_short(config: Config, finding: Make) -> None:
    many = [finding(str(i), onset_at_us=finding().onset_at_us + i * S) for i in range(20)]
    (case,) = Cases(config).fold(many, 0)
    assert len(case.terms) == 12
    assert case.sentence.endswith("And 17 more.")
    assert case.sentence.count("Also:") == 2


def test_settled_cases_are_forgotten_open_ones_are_not(config: Config, finding: Make) -> None:
    cases = Cases(config)
    closed = finding("closed", closed_at_us=finding().opened_at_us + S)
    open_ = finding("open", lon_deg=-55.0)
    days_later = finding("late", onset_at_us=closed.onset_at_us + 72 * H, lon_deg=-50.0)
    cases.fold([closed, open_, days_later], 0)
    kept = {body["id"] for body in cases.save()["files"]}
    assert kept == {case_id("open"), case_id("late")}


# -- law 1 ----------------------------------------------------------------------------------
def _sequence(draws: Sequence[tuple[int, int, int]], finding: Make) -> list[Finding]:
    """Findings opening, closing, moving and being withdrawn, in order of emission."""
    begin_us = finding().onset_at_us
    out: list[Finding] = []
    known: dict[str, Finding] = {}
    for i, (vessel, minutes, what) in enumerate(draws):
        at_us = begin_us + i * 20 * 60 * S + minutes * 60 * S
        open_ = [f for f in known.values() if f.keys == (vessel,) and f.status != "withdrawn"]
        if what >= 2 and open_:
            f = open_[minutes % len(open_)]
            if what == 2:
                f = replace(f, closed_at_us=at_us, revised_at_us=at_us, revision=f.revision + 1)
            else:
                f = f.withdrawn(at_us, "late data")
        else:
            f = finding(
                f"f{i}",
                mmsis=(vessel,),
                keys=(vessel,),
                kind=("silence", "loitering")[what % 2],
                onset_at_us=at_us - 900 * S,
                opened_at_us=at_us,
                lon_deg=-61.0 + minutes / 60.0,
            )
        known[f.id] = f
        out.append(f)
    return sorted(out, key=Finding.order)


@functools.cache
def _settings() -> tuple[Config, Rules]:
    config = Config.load()
    return config, Rules(config)


def _fresh() -> Cases:
    return Cases(*_settings())


def _last(cases: Cases, chunks: list[list[Finding]], *, resume: bool) -> dict[str, Case]:
    last: dict[str, Case] = {}
    for chunk in chunks:
        last |= {case.id: case for case in cases.fold(chunk, 0)}
        if resume:
            saved = unpack(pack(cases.save()))
            cases = _fresh()
            cases.load(saved)
    return last


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    draws=st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 59), st.integers(0, 3)), max_size=60
    ),
    cuts=st.lists(st.integers(0, 60), max_size=4),
)
def test_any_chunking_saved_and_resumed_gives_the_same_cases(
    finding: Make, draws: list[tuple[int, int, int]], cuts: list[int]
) -> None:
    findings = _sequence(draws, finding)
    edges = [0, *sorted(min(c, len(findings)) for c in cuts), len(findings)]
    chunks = [findings[a:b] for a, b in pairwise(edges)]
    whole = _last(_fresh(), [findings], resume=False)
    assert _last(_fresh(), chunks, resume=True) == whole


@pytest.mark.parametrize("name", ["alert.place_radius_nmi", "alert.same_event_s", "alert.keep_h"])
def test_thresholds_have_bounds_and_sources(config: Config, name: str) -> None:
    assert config[name].low is not None
    assert config[name].source
