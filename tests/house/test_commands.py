"""Every command explains itself, with an example, and stands in the README."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from sources import ROOT

import mda.cli.main as entry


def _root_command() -> click.Command:
    """The click command behind `mda`: `main` itself, or the one that `main` wraps."""
    candidates = [entry.main, *vars(entry).values()]
    groups = [item for item in candidates if isinstance(item, click.Group)]
    assert groups, "mda.cli.main holds no click group"
    return groups[0]


def _child(group: click.Command, name: str) -> click.Command:
    assert isinstance(group, click.Group)
    child = group.get_command(click.Context(group), name)
    assert child is not None, f"{name} is listed and does not exist"
    return child


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            child = _child(command, name)
            if not child.hidden:
                yield from _commands(child, (*path, name))


ROOT_COMMAND = _root_command()
COMMANDS = [path for path in _commands(ROOT_COMMAND, ()) if path]


def test_the_installed_command_is_this_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"]["mda"] == "mda.cli.main:main"
    assert {path[0] for path in COMMANDS} >= {
        "backup",
        "config",
        "decode",
        "demo",
        "detect",
        "ingest",
        "map",
        "replay",
        "restore",
        "serve",
        "warmup",
        "zones",
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_helps_with_an_example(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(ROOT_COMMAND, [*path, "--help"], prog_name="mda")
    assert result.exit_code == 0, result.output
    words = result.output.split("Usage:", 1)[1].split("\n", 1)[1]
    assert re.search(rf"\bmda {' '.join(path)}\b", words), "its help shows no example"
    command = functools.reduce(_child, path, ROOT_COMMAND)
    silent = [p.name for p in command.params if isinstance(p, click.Option) and not p.help]
    assert not silent, f"options that do not say what they do: {silent}"


@pytest.mark.parametrize("path", [p for p in COMMANDS if len(p) == 1], ids=" ".join)
def test_a_command_stands_in_the_readme(path: tuple[str, ...]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"\bmda {path[0]}\b", readme)


def test_every_make_target_has_its_line_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    for target in phony.group(1).split():
        assert re.search(rf"^{target}:.*## \S", makefile, re.MULTILINE), target
