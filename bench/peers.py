"""The peers that we are measured beside, each by the quickest honest way that it offers.

Honest: from the same file, messages of several parts put together, and every checksum looked at.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pyais import FileReaderStream

from bench.layout import FIELDS, columns_of
from bench.measure import Run

HERE: Final = Path(__file__).resolve().parent
CACHE: Final = HERE.parent / "build" / "bench-peers"
AISCAT: Final = "aiscat==0.68.16"
"""GPL-3: never a dependency. It is installed here only and runs in a process of its own."""


class MissingPeerError(Exception):
    """A peer that cannot be had here, and why."""


def pyais_objects(path: Path, *, tags: bool = False) -> int:
    """Every message as pyais' own object (with `tags`, its TAG block read); messages."""
    messages = 0
    with FileReaderStream(path) as stream:
        for sentence in stream:
            if not sentence.is_valid:
                continue
            if tags and sentence.tag_block is not None:
                sentence.tag_block.init()
            sentence.decode()
            messages += 1
    return messages


def pyais_columns(path: Path) -> int:
    """The same objects into NumPy columns; messages."""
    rows: dict[str, list[tuple[Any, ...]]] = {kind: [] for kind in FIELDS}
    read = {
        kind: (attrgetter(*fields.values()), rows[kind].append) for kind, fields in FIELDS.items()
    }
    messages = 0
    with FileReaderStream(path) as stream:
        for sentence in stream:
            if not sentence.is_valid:
                continue
            message: Any = sentence.decode()
            messages += 1
            kind = str(message.msg_type)
            if kind == "24":
                kind += "AB"[message.partno]
            if kind in read:
                values, keep = read[kind]
                keep(values(message))
    columns_of(rows)
    return messages


class Aiscat:
    """aiscat in a process of its own, told what to do a line at a time."""

    def __init__(self) -> None:
        """MissingPeerError: it cannot be installed here."""
        target = CACHE / AISCAT
        if not (target / "aiscat").is_dir():
            # Packages of its own beside none of ours: pip's --target touches no environment.
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            done = subprocess.run(
                [*command, "--target", str(target), AISCAT], capture_output=True, text=True
            )
            if done.returncode:
                shutil.rmtree(target, ignore_errors=True)
                raise MissingPeerError(f"{AISCAT} cannot be installed: {_last(done.stderr)}")
        places = os.pathsep.join((str(target), str(HERE.parent)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.aiscat_peer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": places},
            cwd=HERE.parent,
            text=True,
        )
        if not self._ask("ready", Path())[0]:
            raise MissingPeerError(f"{AISCAT} does not start here")

    def _ask(self, what: str, path: Path) -> tuple[int, float, float]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None or self._process.poll() is not None:
            return 0, 0.0, 0.0
        stdin.write(json.dumps([what, str(path)]) + "\n")
        stdin.flush()
        answer = stdout.readline()
        messages, cpu_s, wall_s = json.loads(answer) if answer else (0, 0.0, 0.0)
        return int(messages), float(cpu_s), float(wall_s)

    def run(self, what: str, path: Path) -> Run:
        """`dicts` or `columns` of a file."""
        run = Run(*self._ask(what, path))
        if not run.items:
            raise MissingPeerError(f"{AISCAT} gave up at {what}")
        return run

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)


def compiled_floor() -> Path:
    """The C floor, compiled. MissingPeerError: no compiler."""
    compiler = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
    if compiler is None:
        raise MissingPeerError("no C compiler (cc, gcc or clang)")
    CACHE.mkdir(parents=True, exist_ok=True)
    floor = CACHE / "floor"
    command: Sequence[str] = (compiler, "-O2", "-o", str(floor), str(HERE / "floor.c"))
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise MissingPeerError(f"the C floor does not compile: {_last(done.stderr)}")
    return floor


def floor_run(floor: Path, path: Path) -> tuple[Run, int]:
    """Lines, processor time and time on the wall of the C floor, and how many sums were right."""
    done = subprocess.run([str(floor), str(path)], capture_output=True, text=True, check=True)
    lines, sound, cpu_s, wall_s = done.stdout.split()
    return Run(int(lines), float(cpu_s), float(wall_s)), int(sound)


def _last(text: str) -> str:
    """The last line of what a tool said."""
    return (text.strip().splitlines() or ["no reason given"])[-1]
