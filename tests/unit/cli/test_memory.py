"""Freed memory is kept where the C library can be told so."""

from __future__ import annotations

import platform

from mda.cli.memory import keep_freed


def test_glibc_is_told_and_others_are_left_alone() -> None:
    assert keep_freed() == (platform.libc_ver()[0] == "glibc")
