"""How long a feed waits: for a connection, through a silence, and before it tries again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

POLL_S: Final = 0.25
"""How often a feed that hears nothing looks up: whether it is to stop, whether silence is long."""


SILENCE_S: Final = 600.0
"""Without a byte for so long a peer is taken for dead: quiet straits are not."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a feed waits."""

    connect_s: float = 10.0
    silence_s: float = SILENCE_S
    retry_s: float = 1.0
    """First wait before trying again; it doubles up to `retry_most_s` until a line comes."""
    retry_most_s: float = 60.0


class BackOff:
    """The waits between attempts: doubling, with jitter, so that a crowd does not come at once."""

    def __init__(self, patience: Patience, jitter: random.Random | None = None) -> None:
        self._patience = patience
        self._jitter = jitter or random.Random()
        self._wait_s = patience.retry_s

    def next_s(self) -> float:
        """How long to wait now; the next wait is twice as long."""
        wait_s = self._wait_s
        self._wait_s = min(wait_s * 2.0, self._patience.retry_most_s)
        return wait_s * self._jitter.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It went well: the next wait is the first again."""
        self._wait_s = self._patience.retry_s
