"""Station names and their codes, in the order first heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from mda.model.reports import I32

STATIONS_MAX: Final = 4096
"""Most names taken from the wire; beyond it a line counts under its feed's own station."""


class Stations:
    """Append-only: code i is the i-th station heard."""

    def __init__(self, defaults: Mapping[int, str]) -> None:
        """`defaults`: by feed code, the station of lines that do not name theirs."""
        self._defaults = dict(defaults)
        self.names: list[str] = []
        self._codes: dict[str, int] = {}

    def codes(self, names: Sequence[str], name: I32, feed: I32) -> I32:
        """Codes of messages in their order: message i names `names[name[i]]` and came by `feed[i]`.

        An empty name is the feed's own station.
        """
        if name.size == 0:
            return np.zeros(0, np.int32)
        if len(names) == 1 and bool((feed == feed[0]).all()):
            return np.full(name.size, self.code(names[0], int(feed[0])), np.int32)
        pair = feed.astype(np.int64) * len(names) + name
        first = np.full(int(pair.max()) + 1, -1, np.int64)
        first[pair[::-1]] = np.arange(pair.size - 1, -1, -1)  # of equal ones the last is kept
        met = np.flatnonzero(first >= 0)
        code = np.zeros(first.size, np.int32)
        for one in met[np.argsort(first[met])].tolist():
            code[one] = self.code(names[one % len(names)], one // len(names))
        found: I32 = code[pair]
        return found

    def code(self, name: str, feed: int) -> int:
        """Code of one name (empty: the feed's own station), given when it is first heard."""
        if not name or (name not in self._codes and len(self.names) >= STATIONS_MAX):
            name = self._defaults.get(feed) or f"feed {feed}"
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self.names)
            self.names.append(name)
        return code

    def load(self, names: list[str]) -> None:
        """Take over saved names."""
        self.names = names
        self._codes = {name: code for code, name in enumerate(names)}
