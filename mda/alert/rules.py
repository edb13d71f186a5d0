"""Which findings become cases, and how much each weighs: the reviewed table `rules.toml`.

*Definition.* A finding has *facts* (words such as `watched_water`); the first rule whose facts hold
gives its priority, and every scorecard term whose facts hold is printed with its points. There is
no other score. Entry to an EEZ is a log line, not a case, unless that zone is on the watch list.
*Source.* detection.md, "Ranking, explanation, feedback"; priorities after IEC 62923-1.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from mda.config import Config
from mda.errors import ConfigError
from mda.model import Event, Finding, Priority
from mda.units import US_PER_H

RULES = Path(__file__).with_name("rules.toml")
MOST_TERMS: Final = 12
"""Longest scorecard that is still read (detection.md)."""
RANK: Final[dict[str, int]] = {"E": 4, "A": 3, "W": 2, "C": 1, "L": 0}
"""Priorities, higher is more urgent."""
FACTS: Final = frozenset(
    {
        "disputed",
        "in_place",
        "modelled",
        "over_2h",
        "over_6h",
        "p50",
        "p80",
        "test",
        "watched_water",
        "watched_zone",
    }
)
"""Every fact that a rule may ask for."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of one finding."""

    rule: str
    priority: Priority
    title: str
    """What happened, a few words without the vessel."""
    adds: str
    """A sentence to add to the finding's own, or nothing."""
    terms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    when: frozenset[str]
    unless: frozenset[str]
    body: dict[str, Any]

    def fits(self, kind: str, facts: frozenset[str]) -> bool:
        return self.kind in ("*", kind) and self.when <= facts and self.unless.isdisjoint(facts)


class Rules:
    """The table, and the settings that its facts hang on."""

    def __init__(self, config: Config, rules_file: Path = RULES) -> None:
        """Raises ConfigError when the table is missing or asks for a fact that does not exist."""
        try:
            tree = tomllib.loads(rules_file.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError("no such rules file", where=str(rules_file)) from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"not TOML: {error}", where=str(rules_file)) from error
        self._rules = [_row(body, rules_file) for body in tree.get("rule", [])]
        self._terms = [_row(body, rules_file) for body in tree.get("term", [])]
        for row in self._rules:
            if row.body.get("priority") not in get_args(Priority):
                raise ConfigError(
                    f"rule {row.body.get('name')!r} has no priority",
                    where=str(rules_file),
                    do="Give it one of E, A, W, C, L",
                )
        self._watched_kinds = frozenset(config.texts("alert.watched_kinds"))
        self._watched_zones = frozenset(config.texts("alert.watched_zones"))

    def facts(self, finding: Finding) -> frozenset[str]:
        """The words that hold for a finding."""
        evidence = finding.evidence
        closed_us = finding.closed_at_us
        until_us = finding.revised_at_us if closed_us is None else closed_us
        span_us = until_us - finding.onset_at_us
        probability = finding.probability
        visited = evidence.get("zone_id")
        concerned = [zone for zone in finding.zones if visited in (None, zone.id)]
        named = {name for zone in concerned for name in (zone.id, zone.kind)}
        disputed = any(z.status == "disputed" for z in finding.zones)
        holds = {
            "disputed": disputed,
            "in_place": bool(evidence.get("in_place")),
            "modelled": probability is not None,
            "over_2h": span_us >= 2 * US_PER_H,
            "over_6h": span_us >= 6 * US_PER_H,
            "p50": probability is not None and probability >= 0.5,
            "p80": probability is not None and probability >= 0.8,
            "test": bool(evidence.get("test")),
            "watched_water": disputed or any(z.kind in self._watched_kinds for z in finding.zones),
            "watched_zone": not self._watched_zones.isdisjoint(named),
        }
        return frozenset(name for name, holding in holds.items() if holding)

    def judge(self, finding: Finding) -> Judgement:
        """Priority, words and scorecard of a finding; a kind that no rule knows is logged."""
        facts = self.facts(finding)
        terms = tuple(
            (str(row.body["words"]), float(row.body["points"]))
            for row in self._terms
            if row.fits(finding.kind, facts)
        )
        for row in self._rules:
            if row.fits(finding.kind, facts):
                body = row.body
                return Judgement(
                    str(body["name"]),
                    body["priority"],
                    str(body.get("title", finding.kind)),
                    str(body.get("adds", "")),
                    terms[:MOST_TERMS],
                )
        return Judgement("no rule", "L", finding.kind, "", terms[:MOST_TERMS])


def _row(body: dict[str, Any], rules_file: Path) -> _Row:
    when, unless = frozenset(body.get("when", ())), frozenset(body.get("unless", ()))
    unknown = (when | unless) - FACTS
    if unknown:
        raise ConfigError(
            f"unknown fact {min(unknown)!r} in {body.get('name', body.get('words'))!r}",
            where=str(rules_file),
            do="Facts are " + ", ".join(sorted(FACTS)),
        )
    return _Row(str(body.get("kind", "*")), when, unless, body)


def log_events(findings: Sequence[Finding], rules: Rules) -> list[Event]:
    """Watch-log lines of the findings that are no cases; `seq` is given by the store.

    A visit is logged when it opens, when it closes, and when it is withdrawn.
    """
    events = []
    for finding in findings:
        judgement = rules.judge(finding)
        if judgement.priority != "L":
            continue
        body = {
            "text": _log_text(finding),
            "kind": finding.kind,
            "finding_id": finding.id,
            "revision": finding.revision,
            "mmsis": list(finding.mmsis),
            "keys": list(finding.keys),
            "at_us": finding.revised_at_us,
        }
        events.append(Event(0, finding.revised_at_us, "log", body))
    return events


def _log_text(finding: Finding) -> str:
    if finding.status == "withdrawn":
        return f"Withdrawn ({finding.reason}): {finding.summary}"
    return finding.summary
