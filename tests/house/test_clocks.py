"""Nothing but the edge has a clock: the same log gives the same findings whenever it is read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from sources import docstrings, dotted, modules, relative, tree

MAY_READ_ONE = ("mda/clock.py", "feeds/")
# Floors that serve people may measure how long something took, never what time it is.
MAY_MEASURE = ("mda/cli/", "mda/server/", "mda/watch/")
WALL = {
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.strftime",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "date.today",
    "datetime.date.today",
}
RUNNING = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"}
SQL_NOW = re.compile(r"current_timestamp|\bnow\(\)|\('now'|today\(\)", re.IGNORECASE)


def _clock_calls(path: Path) -> list[str]:
    """Where a module asks what time it is, in Python or in SQL."""
    found = []
    file = relative(path)
    running = set() if file.startswith(MAY_MEASURE) else {f"time.{name}" for name in RUNNING}
    for node in ast.walk(tree(path)):
        name = dotted(node) if isinstance(node, ast.Attribute) else ""
        if isinstance(node, ast.Attribute) and (name in WALL or name in running):
            found.append(f"{file}:{node.lineno} {name}")
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            names = {alias.name for alias in node.names}
            if names & ({"time", "time_ns", "localtime", "gmtime"} | RUNNING):
                found.append(f"{file}:{node.lineno} from time import {', '.join(sorted(names))}")
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in docstrings(path)
            and re.search(r"\b(select|insert|update|values|default)\b", node.value, re.IGNORECASE)
            and SQL_NOW.search(node.value)
        ):
            found.append(f"{file}:{node.lineno} SQL that asks for the time")
    return found


def test_no_clock_is_read_but_at_the_edge() -> None:
    read = [
        call
        for path in modules()
        if not relative(path).startswith(MAY_READ_ONE)
        for call in _clock_calls(path)
    ]
    assert not read, "take an instant or a Clock as an argument:\n" + "\n".join(read)


def test_the_one_clock_is_found_by_this_test() -> None:
    clock = next(path for path in modules() if relative(path) == "mda/clock.py")
    assert any("time.time_ns" in call for call in _clock_calls(clock))
