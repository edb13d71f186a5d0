"""Fixtures of the server's tests: a small node, a page, and both served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from served import served
from small_node import BEGIN_US, SmallNode, report

from mda.server import Serving


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<!doctype html><title>CARIBSIS</title>")
    (tmp_path / "app.js").write_text("// " + "x" * 4000)
    return tmp_path


@pytest.fixture
def node() -> SmallNode:
    node = SmallNode()
    node.hear(report(329002300, BEGIN_US))
    return node


@pytest.fixture
def serving(node: SmallNode, page: Path) -> Iterator[Serving]:
    running = served(node, page)
    yield running
    running.stop()
    assert not running.running
