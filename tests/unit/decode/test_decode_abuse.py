"""Mutated lines of every dialect: no crash, no hang, bounded state, books in balance."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from abuse import DIALECTS, storm


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_mutated_lines(dialect: str) -> None:
    storm(dialect, 20_000)


@pytest.mark.soak
@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_million_mutated_lines(dialect: str) -> None:
    storm(dialect, 1_000_000, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_fuzzer_that_sees_the_code(dialect: str, tmp_path: Path) -> None:
    if find_spec("atheris") is None:
        pytest.skip("needs atheris: pip install 'caribsis[soak]' (wheels for Python 3.11 on Linux)")
    script = Path(__file__).with_name("fuzz_decode.py")
    command = [sys.executable, str(script), dialect, "100000", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
