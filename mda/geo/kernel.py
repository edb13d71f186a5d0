"""The one door to Numba: a typed wrapper, so that mypy stays strict and kernels stay replaceable.

A kernel is written as plain Python over NumPy arrays. `kernel` compiles it when it is first called
and caches the machine code on disk; `plain` gives back the Python twin that the tests run.
No fastmath and no parallel reductions: the same bytes in must give the same bytes out.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba.core import event

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` (nopython, no GIL, IEEE-exact), cached on disk."""
    return _compiled(function, {})


def lean(function: Callable[P, R]) -> Callable[P, R]:
    """The same for a kernel that makes no arrays: compiled without counting who holds one.

    Handing an array to another kernel then costs nothing (a decoder's fields were read five times
    as fast), and compiling takes half the time. Numba refuses it where an array is made.
    """
    return _compiled(function, {"_nrt": False})


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """The same for what only other kernels call: put into them before they are compiled.

    Compiling it once, and not once more for each kernel around it, halves the first start.
    """
    return _compiled(function, {"_nrt": False, "inline": "always"})


def _compiled(function: Callable[P, R], own: dict[str, Any]) -> Callable[P, R]:
    options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", **own}
    options["no_cfunc_wrapper"] = True  # nobody calls a kernel from C
    return cast("Callable[P, R]", numba.njit(**options)(function))


class _Uncollected(event.Listener):
    """Compiling makes millions of objects that are all needed: collecting garbage meanwhile takes
    an eighth of the time and finds nothing."""

    def __init__(self) -> None:
        self._depth = 0
        self._was_on = False

    def on_start(self, event: Any) -> None:
        if self._depth == 0:
            self._was_on = gc.isenabled()
            gc.disable()
        self._depth += 1

    def on_end(self, event: Any) -> None:
        self._depth -= 1
        if self._depth == 0 and self._was_on:
            gc.enable()


event.register("numba:compile", _Uncollected())  # type: ignore[no-untyped-call]


whole = cast("Callable[[Any], int]", np.int64)
"""A signed 64-bit number, whatever small type it comes from (kernels mix no signs)."""


def plain(function: Callable[P, R]) -> Callable[P, R]:
    """The Python twin of a kernel: same answers, slow, visible to coverage and debuggers."""
    twin: Any = getattr(function, "py_func", function)
    return cast("Callable[P, R]", twin)
