"""What decoding costs beside its rate: memory whatever the file's size, and seconds to begin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bench import corpus
from bench.measure import Entry, Figure, bench

SIZES_MB: Final = (60, 600)
MEMORY_MIB: Final = 150
"""Promised: over the bare import of the same modules, whatever the file's size."""
COMPILE_S: Final = 6
ROOT: Final = Path(__file__).resolve().parents[1]


def _child(*arguments: str, **environment: str) -> dict[str, float]:
    """What `bench.child` measured in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.child", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


@bench
def memory() -> Iterable[Entry]:
    """Peak memory over the bare import, of a file and of one ten times as large."""
    cycle = corpus.Cycle()
    with tempfile.TemporaryDirectory() as folder:
        # What was never compiled here is compiled now, not in a process that is measured.
        _child("memory", str(corpus.write(Path(folder) / "one.nmea", cycle, 1).path))
        for size_mb in SIZES_MB:
            file = Path(folder) / f"{size_mb}.nmea"
            corpus.write_bytes(file, cycle, size_mb * 1_000_000)
            for name, *ending in (("columns",), ("Parquet", "table")):
                found = _child("memory", str(file), *ending)
                over = found["peak_mib"] - found["bare_mib"]
                note = f"bare import {found['bare_mib']:.0f}, {found['messages']:,} messages"
                yield Figure(f"{size_mb} MB to {name}", over, "MiB", MEMORY_MIB, note)
            file.unlink()


@bench
def start() -> Iterable[Entry]:
    """Processor seconds until the first columns: very first compile, and every start after it."""
    with tempfile.TemporaryDirectory() as folder:
        file = corpus.write(Path(folder) / "one.nmea", corpus.Cycle(), 1).path
        cache = {"NUMBA_CACHE_DIR": str(Path(folder) / "cache")}
        fresh = _child("start", str(file), **cache)
        again = _child("start", str(file), **cache)
    compile_s, load_s = (found["first_s"] - found["again_s"] for found in (fresh, again))
    yield Figure("very first compile", compile_s, "s", COMPILE_S, "empty cache")
    yield Figure("kernels loaded, every start", load_s, "s", note="compiled code on disk")
    yield Figure("import of the decoder", again["import_s"], "s", note="with this bench's own")
