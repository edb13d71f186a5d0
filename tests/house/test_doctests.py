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
    modules = [importlib.import_module(name) for name in MODULES]
    tests = [test for module in modules for test in finder.find(module)]
    assert sum(len(test.examples) for test in tests) > 10
