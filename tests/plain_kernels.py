"""Runs modules with their kernels as plain Python, so that coverage and debuggers see inside."""

from __future__ import annotations

from types import ModuleType

import pytest


def plainly(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
    """Replace every compiled kernel in the modules' names, imported ones too, by its twin."""
    for module in modules:
        for name, value in list(vars(module).items()):
            twin = getattr(value, "py_func", None)
            if twin is not None:
                monkeypatch.setattr(module, name, twin)
