"""Thresholds are law: each is documented, sourced, in its unit, within bounds, and used."""

from __future__ import annotations

import ast
import re
import tomllib
from typing import Any

import pytest
from sources import ROOT, modules, relative, tree

from mda.config import Config, Setting

SETTINGS = list(Config.load())
# Units of measure stand at the end of the key; what is counted (rows, reports) may stand in its
# words. A unit made of others ("m/s") has no one spelling in a name.
UNITS = {"us", "ms", "s", "min", "h", "d", "m", "km", "nmi", "kn", "deg", "kib", "mib", "gib"}


def _keys_in_code() -> tuple[set[str], list[re.Pattern[str]]]:
    """Dotted keys that the code names, and patterns of those it puts together in f-strings."""
    named: set[str] = set()
    built: list[re.Pattern[str]] = []
    for path in modules():
        if relative(path) == "mda/config.py":
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9_]+"
                    for part in node.values
                ]
                text = "".join(parts)
                if re.match(r"[a-z_]+\\\.", text):
                    built.append(re.compile(text))
    return named, built


def test_every_setting_is_used() -> None:
    named, built = _keys_in_code()
    unused = [
        s.key
        for s in SETTINGS
        if s.key not in named and not any(pattern.fullmatch(s.key) for pattern in built)
    ]
    assert not unused, "settings that no code reads:\n" + "\n".join(unused)


def _asked(call: ast.AST) -> str:
    """The dotted key of `config.number("silence.floor_s")`; an empty text for any other node."""
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
        return ""
    reads = call.func.attr in {"number", "integer", "text", "flag", "texts"}
    first = call.args[0]
    if not (reads and isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return ""
    return first.value if "." in first.value else ""


def test_every_key_that_code_reads_exists() -> None:
    known = {s.key for s in SETTINGS}
    strange = [
        f"{relative(path)}: {key}"
        for path in modules()
        for node in ast.walk(tree(path))
        if (key := _asked(node)) and key not in known
    ]
    assert not strange, "no such setting in mda/defaults.toml:\n" + "\n".join(strange)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: s.key)
def test_a_setting_says_what_it_is_and_where_it_is_from(setting: Setting) -> None:
    assert len(setting.doc.split()) >= 3, "say what it is"
    assert setting.source.strip(), "say where the number comes from"
    value = setting.default
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    assert setting.low is not None, "a number has a lower bound"
    assert setting.high is not None, "a number has an upper bound"
    assert setting.low <= value <= setting.high
    if setting.unit.lower() in UNITS:
        assert setting.key.endswith(f"_{setting.unit.lower()}"), "the key ends with the unit"


def test_a_table_holds_nothing_but_what_a_setting_is() -> None:
    known = {"value", "unit", "min", "max", "doc", "source", "choices"}
    strange: list[str] = []

    def walk(node: dict[str, Any], path: str) -> None:
        if "value" in node:
            strange.extend(f"{path}.{name}" for name in node if name not in known)
            return
        for name, child in node.items():
            walk(child, f"{path}.{name}".lstrip("."))

    walk(tomllib.loads((ROOT / "mda" / "defaults.toml").read_text(encoding="utf-8")), "")
    assert not strange
