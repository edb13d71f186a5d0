"""A node's directory opened whole: locks, feed codes, retention."""

from __future__ import annotations

from pathlib import Path

import pytest

from mda.config import Config
from mda.errors import StoreError
from mda.model import RowKind, Sentence
from mda.store.nodedir import NodeDir, NodeStore


def test_one_process_holds_a_node(tmp_path: Path, clock) -> None:
    config = Config.load()
    store = NodeStore.open(tmp_path / "a" / "node", config, clock)
    assert store.dir == NodeDir(tmp_path / "a" / "node")
    assert {p.name for p in store.dir.root.iterdir()} >= {"log", "archive", "desk.sqlite"}
    with pytest.raises(StoreError, match="another process holds"):
        NodeStore.open(tmp_path / "a" / "node", config, clock)
    store.close()
    store = NodeStore.open(tmp_path / "a" / "node", config, clock)
    store.close()


def test_whatever_cannot_be_opened_lets_go_of_the_rest(tmp_path: Path, clock) -> None:
    config = Config.load()
    NodeStore.open(tmp_path, config, clock).close()
    desk = tmp_path / "desk.sqlite"
    whole = desk.read_bytes()
    desk.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="desk store cannot be opened"):
        NodeStore.open(tmp_path, config, clock)
    desk.write_bytes(whole)
    NodeStore.open(tmp_path, config, clock).close()


def test_feeds_keep_their_codes(tmp_path: Path, clock) -> None:
    store = NodeStore.open(tmp_path, Config.load(), clock)
    assert store.feed_codes(["cw", "udp", "cw"]) == {"cw": 0, "udp": 1}
    assert store.feed_codes(["tcp", "udp"]) == {"cw": 0, "udp": 1, "tcp": 2}
    store.close()
    store = NodeStore.open(tmp_path, Config.load(), clock)
    assert store.feed_codes([]) == {"cw": 0, "udp": 1, "tcp": 2}
    store.dir.feeds.write_text("[")
    with pytest.raises(StoreError, match="damaged"):
        store.feed_codes(["x"])
    store.close()


@pytest.mark.parametrize("floor_mib", [0.0, 1_000_000.0])
def test_retention_never_takes_what_a_restart_needs(tmp_path, clock, floor_mib) -> None:
    overrides = {"store.segment_mib": 1, "store.raw_keep_d": 1, "store.free_floor_mib": floor_mib}
    store = NodeStore.open(tmp_path, Config.load(overrides=overrides), clock)
    day_us = 86_400_000_000
    for day in range(4):
        at_us = clock.at_us + day * day_us
        store.log.append([Sentence(RowKind.LINE, 0, at_us, b"x" * 60_000) for _ in range(20)])
    now_us = clock.at_us + 3 * day_us
    assert store.retire(now_us, 80) == 0
    store.history.seal(now_us, b"", 60, stations=(), feeds=())
    assert store.retire(now_us, 0) == 0
    assert store.retire(now_us, 30) > 0
    assert store.log.first_seq == 21
    store.retire(now_us, 80)
    assert store.log.first_seq == (41 if floor_mib == 0.0 else 61)
    store.close()
