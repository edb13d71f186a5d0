"""Docs are tests: every example in a docstring is run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest
from sources import modules, relative

WITH_EXAMPLES = [path for path in modules() if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=relative)
def test_the_examples_of_a_module_hold(path: Path) -> None:
    name = relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    for example in doctest.DocTestFinder().find(importlib.import_module(name)):
        runner.run(example, out=report.append)
    assert runner.tries, "no example was run"
    assert not runner.failures, "".join(report)
