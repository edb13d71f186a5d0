"""A node in small that the kill test kills: log, fold, desk, history; says what it acknowledged.

What a row becomes depends on its number alone: report n, at every 10th number a finding, at every
50th a correction of the 30 rows before (late data), at every 60th a keyframe.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
from numbered_sea import Sea

from mda.clock import WallClock
from mda.config import Config
from mda.model import Act, DeskBatch, Finding, Flag, Lines, Reports, RowKind, Sentence, Statics
from mda.store.nodedir import NodeStore

RUN = "run"


def row(n: int) -> Sentence:
    return Sentence(RowKind.LINE, 0, n, b"row %d" % n)


def at_us(n: int) -> int:
    return Sea.start_us + n * 10_000_000


def finding(n: int) -> Finding:
    return Finding(
        f"f{n}", "silence", (1,), (1,), n, n, None, n, "provisional", None, 0.0, 0.0, "",
        {}, "silence", "1", "x",
    )  # fmt: skip


def corrected(first: int, last: int) -> Reports:
    rows = Sea.reports(first, last)
    return rows.replace(flags=rows.flags | np.uint32(Flag.LATE))


def expected(last: int) -> Reports:
    """All reports once rows 1 to `last` are folded."""
    rows = Sea.reports(1, last + 1)
    n = rows.seq
    late = (n % 50 > 20) | (n % 50 == 0)
    late &= (n - 1) // 50 < last // 50
    return rows.replace(flags=rows.flags | np.where(late, Flag.LATE, 0).astype(np.uint32))


class Node:
    """Opens, recovers, writes."""

    def __init__(self, root: Path) -> None:
        overrides = {"store.compact_files": 3, "store.grace_s": 0.0}
        self.store = NodeStore.open(root, Config.load(overrides=overrides), WallClock())
        self.folded = 0
        found = self.store.history.recover()
        if found is not None:
            self.folded = int(found.snapshot)
            assert self.folded == found.log_seq
        for lines in self.store.log.read(self.folded, 500):
            self.fold(lines)

    def fold(self, lines: Lines) -> None:
        """One row at a time, so that no batching can matter; then the desk."""
        history, found = self.store.history, []
        for seq, sentence in zip(lines.seq.tolist(), lines, strict=True):
            assert seq == self.folded + 1
            assert sentence == row(seq)
            history.add(Sea.settled(seq, seq + 1))
            if seq % 50 == 0:
                rows = corrected(seq - 29, seq + 1)
                said = history.read(at_us(seq - 30), at_us(seq))[1]
                history.replace(at_us(seq - 30), at_us(seq), rows, said)
            if seq % 60 == 0:
                history.keyframes.put(at_us(seq), b"frame %d" % seq)
            if seq % 10 == 0:
                found.append(finding(seq))
            self.folded = seq
        self.store.desk.commit(RUN, DeskBatch(self.folded, found))

    def seal(self) -> None:
        self.store.history.seal_async(
            at_us(self.folded),
            b"%d" % self.folded,
            self.folded,
            stations=Sea.stations,
            feeds=Sea.feeds,
        )


def statics(last: int) -> Statics:
    return Sea.statics(1, last + 1)


def say(text: str) -> None:
    print(text, flush=True)


def main(root: Path, seed: int) -> None:
    dice = random.Random(seed)
    say("opening")
    node = Node(root)
    say(f"desk {node.folded}")
    while True:
        first = node.store.log.last_seq + 1
        lines = node.store.log.append([row(n) for n in range(first, first + dice.randint(1, 25))])
        say(f"log {int(lines.seq[-1])}")
        node.fold(lines)
        say(f"desk {node.folded}")
        act = Act(f"act{node.folded}", "c", "note", "desk", node.folded)
        node.store.desk.commit(RUN, DeskBatch(node.folded, acts=[act]))
        say(f"act {node.folded}")
        if dice.random() < 0.4:
            node.seal()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
