"""A fuzzing process: `python fuzz_decode.py DIALECT RUNS`; atheris steers the bytes by coverage.

Bytes are cut into lines as a feed does; what must hold is what `abuse.storm` asks for.
"""

from __future__ import annotations

import sys
from inspect import getmembers, isclass, isfunction
from pathlib import Path

import atheris
from abuse import DIALECTS, T0

from feeds.cutting import lines_of
from mda.decode import NmeaDecoder, assembly, careful, companions, envelopes, framing, stamps
from mda.decode import tagblock as tags
from mda.decode.stamps import received_at
from mda.model import Lines, RowKind, Sentence

WATCHED = (assembly, careful, companions, envelopes, framing, stamps, tags)
"""What is plain Python: compiled code cannot be watched from within."""


def watch() -> None:
    """Let the fuzzer see which branches are taken."""
    for room in WATCHED:
        nouns = [room, *(noun for _, noun in getmembers(room, isclass))]
        for noun in nouns:
            for _, function in getmembers(noun, isfunction):
                if function.__module__ == room.__name__ and function.__code__.co_filename:
                    atheris.instrument_func(function)


def one_input(data: bytes) -> None:
    """Decode the lines of one input, whole and saved in the middle."""
    lines = lines_of(data)
    for line in lines:
        received_at(line)
    rows = Lines.of([Sentence(RowKind.LINE, 0, T0, line) for line in lines])
    decoder = NmeaDecoder({0: "own"})
    half = len(rows) // 2
    decoder.decode(rows.take(0, half))
    decoder.load(decoder.save())
    decoder.decode(rows.take(half, len(rows)))
    decoder.flush()
    books = decoder.books.get(0)
    if len(lines) and not (books and books.balanced() and books.lines == len(lines)):
        raise RuntimeError(f"the books do not balance: {books}")
    if books and books.pending:
        raise RuntimeError(f"something still waits: {books}")


def main() -> None:
    dialect, runs, folder = sys.argv[1:4]
    for k, line in enumerate(DIALECTS[dialect]):
        one_input(line + b"\n" + line)
        Path(folder, str(k)).write_bytes(line + b"\n" + line)
    watch()
    limits = ["-timeout=5", "-max_len=8192", "-rss_limit_mb=2048", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], f"-runs={runs}", *limits, folder], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
