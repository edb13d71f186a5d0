"""How long the decoder waits and how far it believes a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from mda.config import Config
from mda.units import microseconds


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds of the decoder; the values here are those of `mda/defaults.toml`."""

    ahead_us: int = 300_000_000
    """An origin time further ahead of the node's clock than this is not believed."""
    wait_us: int = 10_000_000
    """A part waits this long for its companions, by the clock that stored it."""
    wait_lines: int = 1000
    """... and for this many lines of its feed."""
    wait_newer: int = 8
    """... and until its source has begun this many newer messages of several parts."""

    @classmethod
    def of(cls, config: Config) -> Self:
        """The limits that a configuration sets."""
        return cls(
            microseconds(config.number("decode.ahead_s")),
            microseconds(config.number("decode.wait_s")),
            config.integer("decode.wait_lines"),
            config.integer("decode.wait_newer"),
        )
