"""How speed is measured here: processor time, in rounds, each beside its control.

Absolute rates are one busy machine's; the promise is the ratio to a control that did the same work
in the same run. All who are measured take turns, so that a noisy minute hits them alike; the ratio
is the median of the rounds' own ratios, and its least and greatest stand beside it.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import NamedTuple


class Run(NamedTuple):
    """One measured time."""

    items: int
    cpu_s: float
    """Processor time, all threads of the process that did it."""
    wall_s: float


Work = Callable[[], "int | Run"]
"""Does the work once and returns how many items it was; another process's work brings its times."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing beside another that did the same."""

    name: str
    items: int
    unit: str
    cpu_s: float
    """Median processor time of the rounds."""
    wall_s: float
    """Median time on the wall of the rounds."""
    control: str = ""
    """Name of the row it stands beside; empty for a control itself."""
    ratio: float | None = None
    """Rate of this row over rate of its control, by processor time: median of the rounds."""
    spread: tuple[float, float] | None = None
    """Least and greatest ratio of the rounds."""
    promise: float | None = None
    """The least ratio that the house promises; None where none is promised."""
    stretch: float | None = None
    """The ratio that it hopes for; missing it is no failure."""
    note: str = ""

    @property
    def title(self) -> str:
        """What it is called where several rows are told apart."""
        return f"{self.name} beside {self.control}" if self.control else self.name

    @property
    def rate(self) -> float:
        """Items a second of processor time."""
        return self.items / self.cpu_s if self.cpu_s else float("inf")

    @property
    def kept(self) -> bool:
        """Whether the promise, if any, was kept in this run."""
        return self.promise is None or (self.ratio is not None and self.ratio >= self.promise)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values."""
        reached = None if self.stretch is None else (self.ratio or 0.0) >= self.stretch
        own = {name: getattr(self, name) for name in self.__slots__}
        return {**own, "per_cpu_s": self.rate, "kept": self.kept, "stretch_reached": reached}

    def line(self) -> str:
        """One line of the table for people."""
        beside_it = ""
        if self.ratio is not None:
            beside_it = f"{self.ratio:.2f} x {self.control}"
        if self.spread is not None:
            beside_it += f" [{self.spread[0]:.1f}-{self.spread[1]:.1f}]"
        if self.promise is not None:
            beside_it += f", promised {self.promise:g}: {'kept' if self.kept else 'NOT KEPT'}"
        if self.stretch is not None:
            reached = (self.ratio or 0.0) >= self.stretch
            beside_it += f", stretch {self.stretch:g}: {'reached' if reached else 'not reached'}"
        return (
            f"{self.name:34}{self.items:>12,}{self.cpu_s:>9.3f}{self.wall_s:>9.3f}"
            f"{self.rate:>14,.0f}  {self.unit + '/s':12}"
            + "; ".join(part for part in (beside_it, self.note) if part)
        ).rstrip()


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number that stands by itself, perhaps under a ceiling."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    """What the house promises not to exceed; None where nothing is promised."""
    note: str = ""

    @property
    def title(self) -> str:
        """What it is called."""
        return self.name

    @property
    def kept(self) -> bool:
        """Whether the promise, if any, was kept in this run."""
        return self.at_most is None or self.value <= self.at_most

    def to_json(self) -> dict[str, object]:
        """Plain JSON values."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "kept": self.kept}

    def line(self) -> str:
        """One line of the table for people."""
        promise = ""
        if self.at_most is not None:
            promise = f"promised at most {self.at_most:g}: {'kept' if self.kept else 'NOT KEPT'}"
        said = "; ".join(part for part in (promise, self.note) if part)
        return f"{self.name:34}{self.value:>44,.2f}  {self.unit:12}{said}".rstrip()


@dataclass(frozen=True, slots=True)
class Skipped:
    """What could not be measured here, and why."""

    name: str
    why: str
    kept: bool = True

    @property
    def title(self) -> str:
        """What it is called."""
        return self.name

    def to_json(self) -> dict[str, object]:
        """Plain JSON values."""
        return {"name": self.name, "skipped": self.why}

    def line(self) -> str:
        """One line of the table for people."""
        return f"{self.name:34}skipped: {self.why}"


Entry = Row | Figure | Skipped


@dataclass(frozen=True, slots=True)
class Beside:
    """Whom a contender stands beside, and what is promised of it there."""

    control: str
    promise: float | None = None
    stretch: float | None = None


@dataclass(frozen=True, slots=True)
class Contender:
    """One of those who take turns."""

    name: str
    unit: str
    work: Work
    beside: tuple[Beside, ...] = ()
    """Every control of it among those who take turns; one that is not there is passed over."""
    warm: Work | None = None
    """What to do once, unmeasured, before the rounds; None: the work itself."""
    note: str = ""


def _once(work: Work) -> Run:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    done = work()
    if isinstance(done, Run):
        return done
    return Run(done, time.process_time() - cpu_s, time.perf_counter() - wall_s)


def race(contenders: Sequence[Contender], rounds: int = 3) -> list[Row]:
    """Measure all in turns, so many rounds, after each has warmed up.

    Rows in the order given: one for each that a contender stands beside, one for who stands alone.
    """
    for one in contenders:
        (one.warm or one.work)()
    runs: dict[str, list[Run]] = {one.name: [] for one in contenders}
    for _ in range(rounds):
        for one in contenders:
            runs[one.name].append(_once(one.work))
    rows = []
    for one in contenders:
        mine = runs[one.name]
        cpu_s, wall_s = median(r.cpu_s for r in mine), median(r.wall_s for r in mine)
        row = Row(one.name, mine[0].items, one.unit, cpu_s, wall_s, note=one.note)
        found = [_compared(row, mine, runs[b.control], b) for b in one.beside if b.control in runs]
        rows += found or [row]
    return rows


def _compared(row: Row, mine: list[Run], others: list[Run], stands: Beside) -> Row:
    ratios = [
        (own.items / own.cpu_s) / (other.items / other.cpu_s)
        for own, other in zip(mine, others, strict=True)
    ]
    return replace(
        row,
        control=stands.control,
        ratio=median(ratios),
        spread=(min(ratios), max(ratios)),
        promise=stands.promise,
        stretch=stands.stretch,
    )


def beside(
    control: tuple[str, str, Work],
    *contenders: tuple[str, str, Work],
    promise: float | None = None,
    rounds: int = 3,
) -> list[Row]:
    """Measure a control and what stands beside it in turns: rows, the control's first.

    Each is (name, unit of its items, work) and does the work once unmeasured, so that compiling
    and caches count for nobody.
    """
    stands = (Beside(control[0], promise),)
    return race([Contender(*control), *(Contender(*one, stands) for one in contenders)], rounds)


Bench = Callable[[], Iterable[Entry]]
REGISTRY: dict[str, Bench] = {}


def bench(function: Bench) -> Bench:
    """Register a benchmark under its function's name."""
    REGISTRY[function.__name__] = function
    return function


def table(entries: Iterable[Entry]) -> Iterator[str]:
    """Lines of a table for people."""
    yield f"{'':34}{'items':>12}{'cpu s':>9}{'wall s':>9}{'per cpu s':>14}  {'beside its control'}"
    for entry in entries:
        yield entry.line()


def machine() -> dict[str, object]:
    """What the figures were measured on, and how busy it was."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


FACTS: dict[str, object] = {}
"""What else belongs beside the figures: the make-up of the file, versions of the peers."""


def write(entries: Iterable[tuple[str, Entry]], file: Path) -> None:
    """The figures as JSON: {machine, facts, rows: [{bench, name, …}]}."""
    body = [{"bench": title, **entry.to_json()} for title, entry in entries]
    file.parent.mkdir(parents=True, exist_ok=True)
    facts = {"machine": machine(), "facts": FACTS, "rows": body}
    file.write_text(json.dumps(facts, indent=1) + "\n")
