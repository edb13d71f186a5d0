"""Scenarios are read and checked: the split between tuning and what it never saw holds."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from feeds.synthetic import scenario as scenarios
from feeds.synthetic.incidents import INCIDENTS
from feeds.synthetic.lookalikes import LOOKALIKES
from feeds.synthetic.scenario import DIFFICULTIES, SCENARIOS, held_out, names, read
from mda.errors import ConfigError

FAMILIES = tomllib.loads((SCENARIOS / "families.toml").read_text("utf-8"))
SMALL = """
title = "Small"
difficulty = "easy"
split = "tuning"
region = "windward"
start_at = "2026-02-14T04:00:00Z"
hours = 2
vessels = 3
seed = 1
[manners]
fading = "rician"
duct = "none"
antenna = "hill"
terrain = "volcanic"
traffic = "mixed"
"""


def written(folder: Path, text: str) -> str:
    """A scenario of one's own."""
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_there_are_scenarios_of_every_difficulty_and_both_splits() -> None:
    every = [read(name) for name in names()]
    assert len(every) >= 24
    assert {one.difficulty for one in every} == set(DIFFICULTIES)
    assert sum(one.split == "held-out" for one in every) >= 10
    assert sum(one.split == "tuning" for one in every) >= 10
    assert len({one.seed for one in every}) == len(every)


def test_every_mechanism_is_on_one_side_of_the_split_and_played() -> None:
    tuning, unseen = FAMILIES["mechanism"]["tuning"], FAMILIES["mechanism"]["held_out"]
    assert not set(tuning) & set(unseen)
    assert {*tuning, *unseen} == {*INCIDENTS, *LOOKALIKES}
    played = {cue.mechanism for name in names() for cue in read(name).cues}
    assert played == {*INCIDENTS, *LOOKALIKES}


def test_at_least_six_families_are_held_out() -> None:
    assert sum(bool(halves["held_out"]) for halves in FAMILIES.values()) >= 6
    used = {what for name in names() for what in held_out(read(name), FAMILIES)}
    wanted = {
        f"{family} {member}" for family, halves in FAMILIES.items() for member in halves["held_out"]
    }
    assert used == wanted


def test_negatives_are_as_many_as_positives() -> None:
    count = {True: 0, False: 0}
    for name in names():
        one = read(name)
        for cue in one.cues:
            count[cue.mechanism in INCIDENTS] += cue.count
        count[False] += len(one.outages) + len(one.ducts)
    assert count[False] >= count[True] >= 300


def test_twenty_receiver_outages_and_more() -> None:
    assert sum(len(read(name).outages) for name in names()) >= 20


def test_a_scenario_is_changed_on_request(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    assert (read(path).hours, read(path).seed) == (2.0, 1)
    changed = read(path, hours=3.5, seed=9, vessels=None)
    assert (changed.hours, changed.seed, changed.vessels) == (3.5, 9, 3)


def test_an_unknown_scenario_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"nowhere: no such scenario.*channel-calm"):
        read("nowhere")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"rician"', '"burst"', "tuning may not see fading burst"),
        ('split = "tuning"', 'split = "held-out"', "shows nothing that tuning has not seen"),
        ('"easy"', '"simple"', "'simple' is none of easy"),
        ('"windward"', '"baltic"', "'baltic' is missing or unknown"),
        ('title = "Small"', "", "'title' is missing"),
        ("hours = 2", 'hours = "long"', "a value is not usable"),
        ("hours = 2", "hours = 0", "no hours"),
        ("hours = 2", "hours = ", "is no TOML"),
        ('"rician"', '"rainy"', "no half of family fading"),
        ("[manners]", '[[cue]]\nmechanism = "magic"\n[manners]', "no half of family mechanism"),
        ("[manners]", "[clock_s]\nParis = 1\n[manners]", "no station 'Paris' in windward"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in SMALL
    with pytest.raises(ConfigError, match=says):
        read(written(tmp_path, SMALL.replace(old, new)))


def test_an_outage_of_no_kind_is_refused(tmp_path: Path) -> None:
    outage = '\n[[outage]]\nstation = "Roseau"\nfrom_h = 0\nto_h = 1\nkind = "tired"\n'
    with pytest.raises(ConfigError, match="no outage 'tired'"):
        read(written(tmp_path, SMALL + outage))


def test_a_mechanism_that_nobody_plays_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenarios, "INCIDENTS", {})
    with pytest.raises(ConfigError, match="no mechanism 'sart_active'"):
        read(written(tmp_path, SMALL + '\n[[cue]]\nmechanism = "sart_active"\n'))
