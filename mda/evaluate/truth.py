"""What is known to have happened: `truth.json` beside a scenario's sentences.

Either a list of events, or an object with `events` and what holds for the whole scenario:
`scenario`, `split`, `difficulty`, `mechanism`, and `exhaustive`, the detectors of whose events
*every* one is listed (else precision has no meaning; by default all, zone visits only where any
crossing is listed). An event names its detector (`dark` or `D1`), or has a kind that tells it.
A hard negative is an event with `positive: false`: what it could be mistaken for did not happen.
Of zone visits the crossings count, kinds `entry` and `exit`; other events of theirs are passed
over, since they are seen in the crossings that they make. An outage or the end of a duct is an
event of the receiver's, and never a vessel's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import Any, Final

from mda.clock import parse_at
from mda.errors import MdaError
from mda.evaluate.detectors import CROSSINGS, DESIGN, FINDS, PLAIN_KINDS

RECORDINGS: Final = (".nmea", ".nmea.gz", ".nmea.zst")
NOT_STATED: Final = "not stated"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, or (a hard negative) one that looks as if it had."""

    id: str
    detector: str
    """The one that should see it, or be deceived by it."""
    kind: str
    mmsis: tuple[int, ...]
    onset_us: int
    end_us: int | None
    """None: it goes on to the end of the recording."""
    lon_deg: float = nan
    lat_deg: float = nan
    mechanism: str = NOT_STATED
    difficulty: str = NOT_STATED
    split: str = NOT_STATED
    positive: bool = True
    zone_id: str = ""
    stations: tuple[str, ...] = ()
    reception: float | None = None
    """Share of its messages that were received before it began, where known."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A scenario's events, and what holds for all of it."""

    name: str
    events: tuple[Event, ...]
    mechanism: str = NOT_STATED
    difficulty: str = NOT_STATED
    split: str = NOT_STATED
    exhaustive: frozenset[str] = frozenset()
    """Detectors of whose events every one is listed."""

    def of_zones(self, watched: frozenset[str]) -> Truth:
        """Without crossings into and out of zones that nobody watches."""
        kept = (e for e in self.events if e.detector != "zone_visit" or e.zone_id in watched)
        return replace(self, events=tuple(kept))


@dataclass(frozen=True, slots=True)
class Scenario:
    """A directory with a recording and its truth."""

    folder: Path
    files: tuple[Path, ...]
    truth: Truth


def find_scenarios(folders: Sequence[Path]) -> list[Scenario]:
    """Every scenario in the directories and below them, by path.

    MdaError: a directory holds none, or one without sentences.
    """
    found: list[Scenario] = []
    for folder in folders:
        truths = sorted(folder.rglob("truth.json")) if folder.is_dir() else []
        if not truths:
            raise MdaError(
                "no scenario: no truth.json in it or below it",
                where=str(folder),
                do="Make one with `mda simulate SCENARIO -o DIR`",
            )
        found += [_scenario(path) for path in truths]
    return found


def _scenario(path: Path) -> Scenario:
    folder = path.parent
    files = sorted(p for p in folder.iterdir() if p.name.endswith(RECORDINGS))
    if not files:
        raise MdaError("a truth.json without sentences", where=str(folder), do="Put *.nmea beside")
    return Scenario(folder, tuple(files), read_truth(path))


def read_truth(path: Path) -> Truth:
    """A truth file. MdaError says which event is wrong and how."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MdaError(f"not to be read as JSON: {error}", where=str(path)) from error
    if isinstance(body, list):
        body = {"events": body}
    if not isinstance(body, dict) or not isinstance(body.get("events"), list):
        raise MdaError("holds no list of events", where=str(path), do="See docs/evaluate.md")
    whole = {name: str(body.get(name, NOT_STATED)) for name in ("mechanism", "difficulty", "split")}
    found = [_event(one, whole, path) for one in body["events"]]
    events = tuple(e for e in found if e.detector != "zone_visit" or e.kind in CROSSINGS)
    listed = {e.detector for e in events} | set(FINDS) - {"zone_visit"}
    said = {_named(str(one)) for one in body.get("exhaustive", sorted(listed))}
    _check(events, said, path)
    name = str(body.get("scenario", path.parent.name))
    return Truth(name, events, exhaustive=frozenset(said), **whole)


def _named(detector: str) -> str:
    """A detector by either of its names."""
    return DESIGN.get(detector, detector)


def _event(body: dict[str, Any], whole: dict[str, str], path: Path) -> Event:
    try:
        kind, end = str(body["kind"]), body.get("end_at")
        detector = _named(str(body.get("detector", PLAIN_KINDS.get(kind, kind))))
        onset_us = parse_at(str(body["onset_at"]))
        reception = body.get("reception")
        mmsis = body.get("mmsis", body.get("mmsi", ()))
        stations = body.get("stations", [body["station"]] if body.get("station") else ())
        return Event(
            id=str(body["id"]),
            detector=detector,
            kind=kind,
            mmsis=tuple(sorted(int(one) for one in mmsis if one is not None)),
            onset_us=onset_us,
            end_us=None if end is None else parse_at(str(end)),
            lon_deg=_degrees(body.get("lon_deg")),
            lat_deg=_degrees(body.get("lat_deg")),
            positive=detector == "receiver" or bool(body.get("positive", True)),
            zone_id=str(body.get("zone_id") or body.get("zone") or ""),
            stations=tuple(str(one) for one in stations),
            reception=None if reception is None else float(reception),
            **{name: str(body.get(name, whole[name])) for name in whole},
        )
    except (KeyError, TypeError, ValueError, AttributeError, MdaError) as error:
        shown = body.get("id", "?") if isinstance(body, dict) else body
        raise MdaError(f"event {shown!r} is not usable: {error}", where=str(path)) from error


def _degrees(value: Any) -> float:
    return nan if value is None else float(value)


def _check(events: Sequence[Event], exhaustive: set[str], path: Path) -> None:
    strange = sorted(({e.detector for e in events} | exhaustive) - set(FINDS))
    if strange:
        do = f"Detectors are {', '.join(FINDS)}; kinds that need none {', '.join(PLAIN_KINDS)}"
        raise MdaError(f"unknown detector or kind {strange[0]!r}", where=str(path), do=do)
    ids = [e.id for e in events]
    if len(set(ids)) < len(ids):
        twice = next(one for one in ids if ids.count(one) > 1)
        raise MdaError(f"two events have the id {twice!r}", where=str(path), do="Number them")
    for event in events:
        if event.end_us is not None and event.end_us < event.onset_us:
            raise MdaError(f"event {event.id!r} ends before it begins", where=str(path))
