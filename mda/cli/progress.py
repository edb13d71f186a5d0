"""Progress of long work: one line on a terminal's standard error, nothing in a pipe or log."""

from __future__ import annotations

import sys

import click

from mda.clock import WallClock
from mda.units import US_PER_S

_EVERY_US = US_PER_S // 5


class Progress:
    """Counts work done; redraws at most five times a second."""

    def __init__(self, what: str, total: int | None = None, unit: str = "lines") -> None:
        self._what, self._total, self._unit = what, total, unit
        self._clock = WallClock()
        self._began_us = self._drawn_us = self._clock.now_us()
        self._done = 0
        self._show = sys.stderr.isatty()

    def add(self, count: int) -> None:
        """So much more is done."""
        self._done += count
        now_us = self._clock.now_us()
        if self._show and now_us - self._drawn_us >= _EVERY_US:
            self._drawn_us = now_us
            self._draw(now_us)

    def close(self) -> None:
        """Leave the last state on the terminal and end the line."""
        if self._show:
            self._draw(self._clock.now_us())
            click.echo("", err=True)

    def _draw(self, now_us: int) -> None:
        rate = self._done / max((now_us - self._began_us) / US_PER_S, 1e-6)
        of = f" of {self._total:,} ({100 * self._done / self._total:.0f} %)" if self._total else ""
        line = f"\r{self._what}: {self._done:,}{of} {self._unit}, {rate:,.0f}/s "
        click.echo(line, nl=False, err=True)
