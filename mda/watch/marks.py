"""How far each station's spool stands in the log: a fold over the log's own rows.

A control row with a mark sets it; each LINE row of that feed is one further (`mda.model.spool`).
"""

from __future__ import annotations

import numpy as np

from mda.model import Lines, RowKind, SpoolMark, State, mark_of

_LINE = int(RowKind.LINE)


class Marks:
    """The spool marks by feed. A feed that never carried a mark has none."""

    def __init__(self) -> None:
        self._now: dict[int, str] = {}
        """The spool that a feed reads from at present."""
        self._had: dict[int, dict[str, int]] = {}

    def take(self, lines: Lines) -> None:
        """Fold rows of the log, in order."""
        counted: dict[int, int] = dict.fromkeys(self._now, 0)
        for row in np.flatnonzero(lines.kind != _LINE).tolist():
            mark = mark_of(lines.line(row))
            if mark is not None:
                feed = int(lines.feed[row])
                self._count(lines, feed, counted.get(feed, row), row)
                self._now[feed] = mark.spool
                self._had.setdefault(feed, {})[mark.spool] = mark.seq
                counted[feed] = row
        for feed, begin in counted.items():
            self._count(lines, feed, begin, len(lines))

    def _count(self, lines: Lines, feed: int, begin: int, end: int) -> None:
        """The feed's lines in these rows, one spool row each."""
        own = (lines.feed[begin:end] == feed) & (lines.kind[begin:end] == _LINE)
        if own.any():
            self._had[feed][self._now[feed]] += int(np.count_nonzero(own))

    def had(self, feed: int) -> dict[str, int]:
        """The last row that the log has of each spool of a feed."""
        return dict(self._had.get(feed, {}))

    def now(self) -> dict[int, SpoolMark]:
        """The mark of each feed's present spool."""
        return {f: SpoolMark(spool, self._had[f][spool]) for f, spool in self._now.items()}

    def save(self) -> State:
        return {
            "now": [[feed, spool] for feed, spool in sorted(self._now.items())],
            "had": [
                [feed, spool, seq]
                for feed, had in sorted(self._had.items())
                for spool, seq in sorted(had.items())
            ],
        }

    def load(self, state: State) -> None:
        self._now = {int(feed): str(spool) for feed, spool in state["now"]}
        self._had = {}
        for feed, spool, seq in state["had"]:
            self._had.setdefault(int(feed), {})[str(spool)] = int(seq)
