"""kill -9 in the middle of writing: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import writing_child
from writing_child import RUN, Node

from mda.store.archive import settled_order
from mda.store.query import Archive

ALWAYS = (-(2**63), 2**63 - 1)
ROUNDS = 6


def killed(root: Path, seed: int) -> dict[str, set[int]]:
    """Run the child, kill it somewhere; what it acknowledged by then."""
    dice = random.Random(seed)
    told: dict[str, set[int]] = {"log": set(), "desk": set(), "act": set()}
    command = [sys.executable, writing_child.__file__, str(root), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(dice.choice([1, 2, 15, 30, 60]))]
        time.sleep(dice.uniform(0, 0.05))
        child.kill()
        lines += child.stdout.readlines()
        child.wait()
    assert child.returncode == -9
    for line in lines:
        if line.endswith("\n") and " " in line:
            what, number = line.split()
            told[what].add(int(number))
    return told


def test_kill_nine(tmp_path: Path, sea) -> None:
    acts: set[int] = set()
    newest = 0
    for seed in range(ROUNDS):
        told = killed(tmp_path, seed)
        acts |= told["act"]
        newest = max([newest, *told["log"]])
        node = Node(tmp_path)
        last = node.store.log.last_seq
        assert last >= newest
        newest = last
        assert node.folded == last
        reports, statics = node.store.history.read(*ALWAYS)
        assert sea.same(reports, _ordered(writing_child.expected(last)))
        assert sea.same(statics, _ordered(writing_child.statics(last)))
        desk = node.store.desk
        assert [f.id for f in desk.findings(RUN)] == [f"f{n}" for n in range(10, last + 1, 10)]
        found = {a.at_us for a in desk.acts(RUN)}
        assert acts <= found
        assert desk.covered_seq(RUN) == last
        events = desk.events_after(RUN, 0, 10**6)
        assert len(events) == len(found) + last // 10
        assert len({e.seq for e in events}) == len(events)
        if seed % 2:
            node.seal()
        node.store.close()
    with Archive.open(tmp_path) as archive:
        covered = archive.manifest.log_seq
        assert covered == newest
        rows = archive.sql("SELECT count(*) AS n, count(DISTINCT seq) AS d FROM reports")
        assert rows.to_pylist() == [{"n": covered, "d": covered}]
        frames = [k.at_us for k in archive.manifest.keyframes]
        assert all((at_us - sea.start_us) % 600_000_000 == 0 for at_us in frames)


def _ordered(batch):
    return batch.take(settled_order(batch))
