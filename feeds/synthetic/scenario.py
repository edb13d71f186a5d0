"""`Scenario`: what a simulated sea is made of, read from TOML and checked.

A scenario names a region, how many ordinary ships of which mix sail there, how radio behaves, and
which mechanisms play how often. Every mechanism and every manner of the sea belongs to a family;
`families.toml` says of each member whether tuning may see it. A scenario of the tuning split uses
only such; one that is held out uses at least one that tuning never saw. That is checked on reading.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from feeds.synthetic.helm import Weather
from feeds.synthetic.incidents import INCIDENTS
from feeds.synthetic.lookalikes import LOOKALIKES
from feeds.synthetic.propagation import DUCTS
from feeds.synthetic.reception import FADINGS
from feeds.synthetic.sea import Box
from mda.errors import ConfigError

SCENARIOS: Final = Path(__file__).parent / "scenarios"
DIFFICULTIES: Final = ("easy", "medium", "hard", "very hard")
SPLITS: Final = ("tuning", "held-out")
OUTAGES: Final = ("down", "deaf", "late")
NOISE_DB: Final = 8.0
"""Residential man-made noise at 162 MHz is 11 dB over thermal (ITU-R P.372-16, table 2: 72.5 - 27.7
log f); a receiver has some of it already."""
SLOW_FADING_DB: Final = 4.0
"""Own choice; location variability over sea and coast is 4 to 8 dB (ITU-R P.1546)."""
LOST_SHARE: Final = 0.15
"""Own choice. The CaribeWave 2017 station missed every second report even of near ships."""
_MANNERS: Final = ("fading", "duct", "antenna", "terrain", "traffic")


@dataclass(frozen=True, slots=True)
class Outage:
    """A station that hears nothing (`down`), hears badly (`deaf`), or hears and delivers only when
    the stretch is over (`late`)."""

    station: str
    from_h: float
    to_h: float
    kind: str


@dataclass(frozen=True, slots=True)
class Duct:
    """A stretch in which ranges are long; it ends at once."""

    from_h: float
    to_h: float
    strength: float
    """0 (none) to 1."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A mechanism and how often it plays."""

    mechanism: str
    count: int
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of real coast with its stations and gates."""

    name: str
    box: Box
    stations: Mapping[str, tuple[float, float]]
    gates: tuple[tuple[tuple[float, float], tuple[float, float]], ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One simulated sea."""

    name: str
    title: str
    difficulty: str
    split: str
    region: Region
    start_s: int
    hours: float
    vessels: int
    seed: int
    manners: Mapping[str, str]
    """Member by family: fading, duct, antenna, terrain, traffic."""
    traits: Mapping[str, Mapping[str, Any]]
    """What the members mean: heights, slopes, mixes, by member."""
    weather: Weather
    class_b_yield: float
    noise_db: float
    """How far man-made noise lifts the floor of every station."""
    slow_fading_db: float
    """Spread of what comes and goes over ten minutes, for each ship and station."""
    lost_share: float
    """Share of messages that a receiver misses however loud they are."""
    aids: int
    outages: tuple[Outage, ...]
    ducts: tuple[Duct, ...]
    clock_s: Mapping[str, float]
    """How far a station's clock runs ahead."""
    cues: tuple[Cue, ...]


def names() -> list[str]:
    """Every scenario that ships, easy ones first."""
    found = [path.stem for path in SCENARIOS.glob("*.toml")]
    return sorted(name for name in found if name not in ("families", "regions"))


def read(name: str, **changed: float | None) -> Scenario:
    """A scenario by its name, or by the path of a TOML of one's own.

    `changed`: seed, hours or vessels instead of its own (None: its own). ConfigError: there is no
    such scenario, or it contradicts itself, `families.toml` or `regions.toml`.
    """
    path = SCENARIOS / f"{name}.toml"
    own = Path(name)
    if own.suffix == ".toml":
        path = own
    if not path.exists():
        near = ", ".join(names())
        raise ConfigError("no such scenario", where=name, do=f"There are: {near}")
    told = _toml(path)
    told.update({key: value for key, value in changed.items() if value is not None})
    families, regions = _toml(SCENARIOS / "families.toml"), _toml(SCENARIOS / "regions.toml")
    try:
        made = _scenario(path.stem, told, families, regions)
    except KeyError as error:
        raise ConfigError(f"{error.args[0]!r} is missing or unknown", where=path.name) from error
    except (TypeError, ValueError) as error:
        raise ConfigError(f"a value is not usable ({error})", where=path.name) from error
    _check(made, families, path.name)
    return made


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is no TOML ({error})", where=path.name) from error


def _scenario(
    name: str, told: dict[str, Any], families: dict[str, Any], regions: dict[str, Any]
) -> Scenario:
    place = regions[told["region"]]
    stations = told.get("stations", list(place["stations"]))
    manners = {family: str(told["manners"][family]) for family in _MANNERS}
    traits = {
        family: families[family]["members"][manners[family]]
        for family in ("antenna", "terrain", "traffic")
    }
    cues = [Cue(c["mechanism"], int(c.get("count", 1)), c) for c in told.get("cue", [])]
    return Scenario(
        name=name,
        title=told["title"],
        difficulty=told["difficulty"],
        split=told["split"],
        region=Region(
            told["region"],
            Box(*place["box"]),
            {name: (place["stations"][name][0], place["stations"][name][1]) for name in stations},
            tuple(((a, b), (c, d)) for a, b, c, d in place["gates"]),
        ),
        start_s=int(datetime.fromisoformat(str(told["start_at"])).astimezone(UTC).timestamp()),
        hours=float(told["hours"]),
        vessels=int(told["vessels"]),
        seed=int(told["seed"]),
        manners=manners,
        traits=traits,
        weather=Weather(**told.get("weather", {})),
        class_b_yield=float(told.get("class_b_yield", 0.05)),
        noise_db=float(told.get("noise_db", NOISE_DB)),
        slow_fading_db=float(told.get("slow_fading_db", SLOW_FADING_DB)),
        lost_share=float(told.get("lost_share", LOST_SHARE)),
        aids=int(told.get("aids", 4)),
        outages=tuple(Outage(**o) for o in told.get("outage", [])),
        ducts=tuple(Duct(**d) for d in told.get("duct", [])),
        clock_s={name: float(off) for name, off in told.get("clock_s", {}).items()},
        cues=tuple(cues),
    )


def _check(made: Scenario, families: dict[str, Any], where: str) -> None:
    """Whether it keeps to the split and to what there is."""
    wrong: list[str] = []
    known = {**INCIDENTS, **LOOKALIKES}
    wrong += [f"no mechanism {c.mechanism!r}" for c in made.cues if c.mechanism not in known]
    stations = {*(o.station for o in made.outages), *made.clock_s} - set(made.region.stations)
    wrong += [f"no station {name!r} in {made.region.name}" for name in sorted(stations)]
    wrong += [f"no outage {o.kind!r}" for o in made.outages if o.kind not in OUTAGES]
    for word, among in ((made.difficulty, DIFFICULTIES), (made.split, SPLITS)):
        if word not in among:
            wrong.append(f"{word!r} is none of {', '.join(among)}")
    if made.manners["fading"] not in FADINGS or made.manners["duct"] not in DUCTS:
        wrong.append("no such fading or duct")
    if made.hours <= 0.0 or made.vessels < 0:
        wrong.append("it has no hours or no vessels")
    unseen = held_out(made, families)
    if made.split == "tuning" and unseen:
        wrong.append(f"tuning may not see {', '.join(unseen)}")
    if made.split == "held-out" and not unseen:
        wrong.append("it is held out and shows nothing that tuning has not seen")
    if wrong:
        raise ConfigError("; ".join(wrong), where=where)


def held_out(made: Scenario, families: Mapping[str, Any]) -> list[str]:
    """What of a scenario tuning never sees, by the fixed split.

    KeyError: a member or mechanism stands in neither half of its family.
    """
    used = [*made.manners.items(), *(("mechanism", cue.mechanism) for cue in made.cues)]
    found = []
    for family, member in used:
        halves = families[family]
        if member in halves["held_out"]:
            found.append(f"{family} {member}")
        elif member not in halves["tuning"]:
            raise ConfigError(f"{member} is in no half of family {family}", where="families.toml")
    return found
