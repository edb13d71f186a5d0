"""What the reviewed table says of findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from alert_parts import make_finding

from mda.alert.rules import FACTS, MOST_TERMS, RULES, Rules, log_events
from mda.config import Config
from mda.errors import ConfigError
from mda.model import Finding, ZoneClaim

H = 3600 * 1_000_000
Make = Callable[..., Finding]
DISPUTED = ZoneClaim("aves", "Aves", "disputed", ("Dominica", "Venezuela"), "disputed", 5000.0)
HIGH_SEAS: tuple[ZoneClaim, ...] = ()


@pytest.fixture
def config() -> Config:
    return Config.load()


@pytest.fixture
def finding() -> Make:
    return make_finding


@pytest.mark.parametrize(
    ("changes", "priority"),
    [
        ({}, "W"),
        ({"zones": (DISPUTED,)}, "W"),
        ({"zones": HIGH_SEAS}, "C"),
        ({"evidence": {"in_place": "Roseau"}}, "C"),
        ({"probability": 0.9}, "A"),
        ({"probability": 0.9, "zones": HIGH_SEAS}, "W"),
        ({"probability": 0.6}, "W"),
        ({"probability": 0.2}, "C"),
        ({"kind": "loitering"}, "C"),
        ({"kind": "encounter"}, "W"),
        ({"kind": "zone_visit"}, "L"),
        ({"kind": "safety"}, "E"),
        ({"kind": "safety", "evidence": {"test": True}}, "L"),
        ({"kind": "something new"}, "C"),
    ],
)
def test_priorities(
    config: Config, finding: Make, changes: dict[str, object], priority: str
) -> None:
    assert Rules(config).judge(finding(**changes)).priority == priority


def test_entering_a_watched_zone_is_a_warning(finding: Make) -> None:
    rules = Rules(Config.load(overrides={"alert.watched_zones": ("dma-eez",)}))
    assert rules.judge(finding(kind="zone_visit")).priority == "W"
    other = finding(kind="zone_visit", evidence={"zone_id": "glp-eez"})
    assert rules.judge(other).priority == "L"


def test_a_kind_of_zone_can_be_watched(finding: Make) -> None:
    rules = Rules(Config.load(overrides={"alert.watched_zones": ("security",)}))
    event = ZoneClaim("regatta", "regatta", "security", (), "none", 50.0, own=True)
    visit = finding(kind="zone_visit", zones=(event, DISPUTED), evidence={"zone_id": "regatta"})
    assert rules.judge(visit).priority == "W"
    passing = finding(kind="zone_visit", zones=(DISPUTED, event), evidence={"zone_id": "aves"})
    assert rules.judge(passing).priority == "L"


def test_the_scorecard_adds_up_in_words(config: Config, finding: Make) -> None:
    rules = Rules(config)
    terms = dict(rules.judge(finding(zones=(DISPUTED,))).terms)
    assert terms == {
        "last heard in watched water": 3.0,
        "how probable a switch-off is, is not modelled": 0.0,
        "in disputed water": 1.0,
    }
    base = finding()
    lasting = replace(base, revised_at_us=base.onset_at_us + 3 * H)
    assert ("silent for over 2 h", 1.0) in rules.judge(lasting).terms
    closed = replace(base, closed_at_us=base.onset_at_us + 7 * H)
    assert ("silent for over 6 h", 2.0) in rules.judge(closed).terms
    assert not any("over 2 h" in words for words, _ in rules.judge(closed).terms)


def test_no_word_accuses(config: Config) -> None:
    text = RULES.read_text(encoding="utf-8").lower()
    assert not {word for word in ("hostile", "suspect", "guilty", "illegal") if word in text}
    assert text.count("[[term]]") >= MOST_TERMS


def test_every_fact_can_be_told(config: Config, finding: Make) -> None:
    rules = Rules(Config.load(overrides={"alert.watched_zones": ("aves",)}))
    everything = finding(
        zones=(DISPUTED,),
        probability=0.95,
        evidence={"in_place": "Roseau", "test": True},
        closed_at_us=finding().onset_at_us + 9 * H,
    )
    assert rules.facts(everything) == FACTS
    assert rules.facts(finding(zones=HIGH_SEAS)) == frozenset()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[rule]\n", "not TOML"),
        ('[[rule]]\nname = "x"\nkind = "a"\n', "rule 'x' has no priority"),
        ('[[rule]]\nname = "x"\npriority = "Z"\n', "rule 'x' has no priority"),
        ('[[term]]\nwords = "y"\nwhen = ["full_moon"]\npoints = 1\n', "unknown fact 'full_moon'"),
    ],
)
def test_a_wrong_table_is_refused(config: Config, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=words):
        Rules(config, file)
    with pytest.raises(ConfigError, match="no such rules file"):
        Rules(config, tmp_path / "none.toml")


def test_a_table_without_a_rule_for_it_logs(config: Config, tmp_path: Path, finding: Make) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[rule]]\nname = "x"\nkind = "other"\npriority = "W"\n')
    judgement = Rules(config, file).judge(finding())
    assert (judgement.priority, judgement.rule) == ("L", "no rule")


def test_log_lines(config: Config, finding: Make) -> None:
    visit = finding("v", kind="zone_visit", summary="It entered Dominica's EEZ.")
    gone = visit.withdrawn(visit.revised_at_us + 1, "late data")
    lines = log_events([finding("s"), visit, gone], Rules(config))
    assert [line.body["text"] for line in lines] == [
        "It entered Dominica's EEZ.",
        "Withdrawn (late data): It entered Dominica's EEZ.",
    ]
    assert lines[0].kind == "log"
    assert lines[0].at_us == visit.revised_at_us
    assert lines[0].body["finding_id"] == "v"
