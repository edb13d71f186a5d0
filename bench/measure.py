"""How speed is measured here: processor time, best of some rounds, each beside its control.

Absolute rates are one busy machine's; the promise is the ratio to a control that did the same work
in the same run. Ours and the control take turns, so that a noisy minute hits both.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

Work = Callable[[], int]
"""Does the work once and returns how many items it was."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing."""

    name: str
    items: int
    unit: str
    cpu_s: float
    """Least processor time of the rounds, all threads of this process."""
    wall_s: float
    """Least time on the wall of the rounds."""
    control: str = ""
    """Name of the row it stands beside; empty for a control itself."""
    ratio: float | None = None
    """Rate of this row over rate of its control, by processor time."""
    promise: float | None = None
    """The least ratio that the house promises; None where none is promised."""

    @property
    def rate(self) -> float:
        """Items a second of processor time."""
        return self.items / self.cpu_s if self.cpu_s else float("inf")

    @property
    def kept(self) -> bool:
        """Whether the promise, if any, was kept in this run."""
        return self.promise is None or (self.ratio is not None and self.ratio >= self.promise)


def _once(work: Work) -> tuple[int, float, float]:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    items = work()
    return items, time.process_time() - cpu_s, time.perf_counter() - wall_s


def alone(name: str, unit: str, work: Work, rounds: int = 3) -> Row:
    """Measure one thing by itself, after one round that warms it up."""
    work()
    runs = [_once(work) for _ in range(rounds)]
    return Row(name, runs[0][0], unit, min(r[1] for r in runs), min(r[2] for r in runs))


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
    works = (control, *contenders)
    for *_, work in works:
        work()
    runs = [[_once(work) for *_, work in works] for _ in range(rounds)]
    rows: list[Row] = []
    for i, (name, unit, _) in enumerate(works):
        mine = [turn[i] for turn in runs]
        cpu_s, wall_s = min(r[1] for r in mine), min(r[2] for r in mine)
        row = Row(name, mine[0][0], unit, cpu_s, wall_s)
        if rows:
            ratio = row.rate / rows[0].rate
            row = replace(row, control=control[0], ratio=ratio, promise=promise)
        rows.append(row)
    return rows


Bench = Callable[[], Iterable[Row]]
REGISTRY: dict[str, Bench] = {}


def bench(function: Bench) -> Bench:
    """Register a benchmark under its function's name."""
    REGISTRY[function.__name__] = function
    return function


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Lines of a table for people."""
    yield f"{'':34}{'items':>12}{'cpu s':>9}{'wall s':>9}{'per cpu s':>14}  {'beside its control'}"
    for row in rows:
        beside_it = f"{row.ratio:.2f} x {row.control}" if row.ratio is not None else ""
        if row.promise is not None:
            beside_it += f" (promised {row.promise:g}{'' if row.kept else ', NOT KEPT'})"
        yield (
            f"{row.name:34}{row.items:>12,}{row.cpu_s:>9.3f}{row.wall_s:>9.3f}"
            f"{row.rate:>14,.0f}  {row.unit + '/s':12}{beside_it}"
        ).rstrip()


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
    }


def write(rows: Iterable[tuple[str, Row]], file: Path) -> None:
    """The figures as JSON: {machine, rows: [{bench, name, items, unit, cpu_s, wall_s, …}]}."""
    body = [
        {
            "bench": title,
            "name": row.name,
            "items": row.items,
            "unit": row.unit,
            "cpu_s": row.cpu_s,
            "wall_s": row.wall_s,
            "per_cpu_s": row.rate,
            "control": row.control,
            "ratio": row.ratio,
            "promise": row.promise,
            "kept": row.kept,
        }
        for title, row in rows
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"machine": machine(), "rows": body}, indent=1) + "\n")
