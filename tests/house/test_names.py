"""Names: no drawers for leftovers, and every bare number wears its unit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from sources import NUMBERS, functions, modules, relative, tree

LEFTOVERS = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc"}

# A number whose name ends in one of these is a quantity, and a quantity has a unit.
QUANTITIES = {
    "age",
    "altitude",
    "area",
    "beam",
    "bearing",
    "cog",
    "course",
    "delay",
    "depth",
    "distance",
    "draught",
    "duration",
    "elapsed",
    "heading",
    "height",
    "interval",
    "lat",
    "latitude",
    "length",
    "lon",
    "longitude",
    "period",
    "radius",
    "rot",
    "sog",
    "span",
    "speed",
    "time",
    "timeout",
    "timestamp",
    "velocity",
    "wait",
}

# What is a ratio and has no unit, or where longitude and latitude stand in order, in degrees
# throughout. A name here is allowed in the files whose path begins so.
ALLOWED = {
    ("speed", "mda/clock.py"): "a replay's speed is a ratio: times real time",
    ("speed", "mda/cli/"): "the same ratio, as --speed",
    ("speed", "mda/watch/"): "the same ratio",
    ("speed", "mda/server/"): "the same ratio",
    ("speed", "mda/model/picture.py"): "the same ratio",
    ("speed", "feeds/"): "the same ratio",
    ("lon", "mda/cli/zones.py"): "`mda zones at LON LAT`: the words that a person types",
    ("lat", "mda/cli/zones.py"): "the same",
    ("lon", "mda/geo/"): "geodesy works in degrees throughout (its docstring says so)",
    ("lat", "mda/geo/"): "the same",
    ("lon", "zones/grid.py"): "the same: kernels on one point, as those of mda.geo",
    ("lat", "zones/grid.py"): "the same",
    ("lon", "mda/decode/fields.py"): "a field's first bit in the payload",
    ("lat", "mda/decode/fields.py"): "the same",
}


def _number(annotation: ast.expr | None) -> bool:
    """Whether an annotation says float or int, perhaps with None."""
    if annotation is None:
        return False
    names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    plain = all(
        isinstance(node, (ast.Name, ast.BinOp, ast.BitOr, ast.Constant, ast.Load))
        for node in ast.walk(annotation)
    )
    return plain and bool(names & NUMBERS)


def _numbers(path: Path) -> Iterator[tuple[str, int]]:
    """(name, line) of every numeric parameter, field and annotated variable."""
    for function in functions(path):
        spec = function.args
        for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
            if _number(argument.annotation):
                yield argument.arg, argument.lineno
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and _number(node.annotation)
        ):
            yield node.target.id, node.lineno


def _allowed(word: str, file: str) -> bool:
    return any(word == name and file.startswith(start) for name, start in ALLOWED)


def test_nothing_is_called_after_a_drawer() -> None:
    named = []
    for path in modules("mda", "feeds", "zones", "bench", "scripts", "packaging"):
        parts = [*Path(relative(path)).with_suffix("").parts]
        named += [relative(path) for part in parts if part.strip("_") in LEFTOVERS]
        named += [
            f"{relative(path)}:{node.lineno} class {node.name}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ClassDef)
            and re.search(r"(Utils?|Helpers?|Common|Manager|Misc)$", node.name)
        ]
    assert not named, "name them after what they do:\n" + "\n".join(named)


def test_every_number_wears_its_unit() -> None:
    bare = []
    for path in modules():
        for name, line in _numbers(path):
            word = re.sub(r"\d+$", "", name).rsplit("_", 1)[-1].lower()
            if word in QUANTITIES and not _allowed(word, relative(path)):
                bare.append(f"{relative(path)}:{line} {name}")
    assert not bare, "add _m _nmi _kn _deg _s _h _us …:\n" + "\n".join(bare)


def test_longitude_comes_before_latitude() -> None:
    swapped = []
    for path in modules():
        for function in functions(path):
            names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
            for suffix in ("", "_deg", "1", "2"):
                lon, lat = f"lon{suffix}", f"lat{suffix}"
                if lon in names and lat in names and names.index(lat) < names.index(lon):
                    swapped.append(f"{relative(path)}:{function.lineno} {function.name}")
    assert not swapped, "\n".join(swapped)
