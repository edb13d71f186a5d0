"""The one door to Numba: a typed wrapper, so that mypy stays strict and kernels stay replaceable.

A kernel is written as plain Python over NumPy arrays. `kernel` compiles it when it is first called
and caches the machine code on disk; `plain` gives back the Python twin that the tests run.
No fastmath and no parallel reductions: the same bytes in must give the same bytes out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np

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


def _compiled(function: Callable[P, R], own: dict[str, bool]) -> Callable[P, R]:
    options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", **own}
    return cast("Callable[P, R]", numba.njit(**options)(function))


whole = cast("Callable[[Any], int]", np.int64)
"""A signed 64-bit number, whatever small type it comes from (kernels mix no signs)."""


def plain(function: Callable[P, R]) -> Callable[P, R]:
    """The Python twin of a kernel: same answers, slow, visible to coverage and debuggers."""
    twin: Any = getattr(function, "py_func", function)
    return cast("Callable[P, R]", twin)
