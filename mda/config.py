"""Settings: every threshold with its unit, bounds and source, in reviewed TOML.

`mda/defaults.toml` holds one table a setting (`value`, `unit`, `min`, `max`, `source`, `doc`). A
node's own file sets values by the same dotted keys; an unknown key is an error that names the file,
the line and what was probably meant. Secrets never stand here: they come from the environment.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mda.errors import ConfigError

Value = float | int | str | bool | tuple[str, ...]
DEFAULTS = Path(__file__).with_name("defaults.toml")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its value now, its default, and where the default comes from."""

    key: str
    value: Value
    default: Value
    unit: str
    doc: str
    source: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    set_in: str = "default"


class Config:
    """All settings of a node, read by dotted key: `config.number("silence.floor_s")`."""

    def __init__(self, settings: Mapping[str, Setting]) -> None:
        self._settings = dict(settings)

    @classmethod
    def load(cls, *files: Path, overrides: Mapping[str, Value] | None = None) -> Config:
        """The defaults, then each file's values, then `overrides` by dotted key.

        Raises ConfigError with file and line on a key that does not exist, a value of the wrong
        type, or one out of its bounds.
        """
        config = cls(_defaults())
        for file in files:
            try:
                text = file.read_text(encoding="utf-8")
                tree = tomllib.loads(text)
            except FileNotFoundError as error:
                raise ConfigError("no such settings file", where=str(file)) from error
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise ConfigError(f"not TOML: {error}", where=str(file)) from error
            for key, value in _leaves(tree):
                config._set(key, value, f"{file}:{_line_of(text, key)}")
        for key, value in (overrides or {}).items():
            config._set(key, value, "command line")
        return config

    def _set(self, key: str, value: Any, where: str) -> None:
        setting = self._settings.get(key)
        if setting is None:
            near = difflib.get_close_matches(key, self._settings, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else "`mda config` lists every key"
            raise ConfigError(f"unknown setting {key!r}", where=where, do=hint)
        self._settings[key] = replace(setting, value=_checked(setting, value, where), set_in=where)

    def __iter__(self) -> Iterator[Setting]:
        return iter(sorted(self._settings.values(), key=lambda s: s.key))

    def __getitem__(self, key: str) -> Setting:
        try:
            return self._settings[key]
        except KeyError:
            raise ConfigError(f"no setting named {key!r}", do="See mda/defaults.toml") from None

    def number(self, key: str) -> float:
        """A number, in the unit that the key's last word names."""
        value = self[key].value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ConfigError(f"{key} is not a number")
        return float(value)

    def integer(self, key: str) -> int:
        """A whole number."""
        return int(self.number(key))

    def text(self, key: str) -> str:
        """A text."""
        return str(self[key].value)

    def flag(self, key: str) -> bool:
        """A true or false."""
        return bool(self[key].value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self[key].value
        return value if isinstance(value, tuple) else (str(value),)

    def hash(self, *prefixes: str) -> str:
        """12 hex digits over the values under the prefixes: quoted in every finding."""
        chosen = {
            s.key: s.value
            for s in self
            if not prefixes or any(s.key == p or s.key.startswith(p + ".") for p in prefixes)
        }
        return hashlib.blake2b(
            json.dumps(chosen, sort_keys=True).encode(), digest_size=6
        ).hexdigest()


def _defaults() -> dict[str, Setting]:
    tree = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    found: dict[str, Setting] = {}

    def walk(node: Mapping[str, Any], path: str) -> None:
        if "value" in node:
            raw = node["value"]
            value: Value = tuple(raw) if isinstance(raw, list) else raw
            found[path] = Setting(
                path,
                value,
                value,
                node.get("unit", ""),
                node["doc"],
                node["source"],
                node.get("min"),
                node.get("max"),
                tuple(node.get("choices", ())),
            )
            return
        for name, child in node.items():
            walk(child, f"{path}.{name}" if path else name)

    walk(tree, "")
    return found


def _leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        key = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            yield from _leaves(value, key)
        else:
            yield key, value


def _line_of(text: str, key: str) -> int:
    """The line on which the key's last word is set; 1 where it cannot be told."""
    word = re.escape(key.rsplit(".", 1)[-1])
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf'\s*([\w.-]+\.)?["\']?{word}["\']?\s*=', line):
            return number
    return 1


def _checked(setting: Setting, value: Any, where: str) -> Value:
    default = setting.default
    if isinstance(default, tuple):
        if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
            raise ConfigError(f"{setting.key} wants a list of texts", where=where)
        return tuple(value)
    if isinstance(default, bool) or isinstance(value, bool):
        if not (isinstance(default, bool) and isinstance(value, bool)):
            raise ConfigError(f"{setting.key} wants {_kind(default)}", where=where)
        return value
    if isinstance(default, str):
        if not isinstance(value, str):
            raise ConfigError(f"{setting.key} wants a text", where=where)
        if setting.choices and value not in setting.choices:
            raise ConfigError(
                f"{setting.key} cannot be {value!r}",
                where=where,
                do="Choose one of " + ", ".join(setting.choices),
            )
        return value
    if not isinstance(value, (int, float)):
        raise ConfigError(f"{setting.key} wants a number in {setting.unit}", where=where)
    low, high = setting.low, setting.high
    if (low is not None and value < low) or (high is not None and value > high):
        raise ConfigError(
            f"{setting.key} = {value} {setting.unit} is out of bounds",
            where=where,
            do=f"Keep it from {low} to {high} {setting.unit}".rstrip(),
        )
    return type(default)(value) if isinstance(default, float) else value


def _kind(default: Value) -> str:
    return "true or false" if isinstance(default, bool) else "another type"
