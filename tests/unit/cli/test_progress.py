"""Progress on a terminal, and silence in a pipe."""

from __future__ import annotations

import io
import sys

import pytest

from mda.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("total", "says"), [(10, "10 of 10 (100 %) lines"), (None, "10 lines")])
def test_a_terminal_sees_how_far(
    total: int | None, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    progress = Progress("ingest", total)
    progress._drawn_us -= 1_000_000
    progress.add(4)
    assert "4" in screen.getvalue()
    progress.add(6)
    progress.close()
    assert says in screen.getvalue()


def test_a_pipe_sees_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("ingest")
    progress.add(5)
    progress.close()
    assert capsys.readouterr().err == ""
