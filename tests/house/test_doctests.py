"""Examples in docstrings are tests."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import feeds
import mda
import zones

MODULES = sorted(
    found.name
    for package in (mda, feeds, zones)
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if not found.name.startswith("zones.build_")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    count = sum(
        len(test.examples) for name in MODULES for test in finder.find(importlib.import_module(name))
    )
    assert count > 10
