"""What about a station asks for a person's eye, as codes: each face says it in its own words.

*Definition.* `silent`: not heard for `health.silent_s`. `clock`: a confident offset beyond
`health.clock_off_s`. `jump`: its clock jumped on the last grid row. `rejects`: more than
`health.reject_share` of its feed's lines were rejected. `rate`: in the last full hour less than
`health.rate_drop` of the same hour last week, when that had `_LEAST_MESSAGES`.
*What it cannot see.* A quiet strait is silent too: aids and base stations are the heartbeat.
*Source.* feeds.md, A robust adapter, 4 and 7; the thresholds stand in `mda/defaults.toml`.
"""

from __future__ import annotations

from typing import Final

from mda.config import Config
from mda.model.health import StationHealth
from mda.units import US_PER_S

_LEAST_MESSAGES: Final = 60
"""Fewer than one a minute vary too much by chance to be compared (own choice)."""


class HealthLimits:
    """The settings beyond which something is a problem."""

    def __init__(self, config: Config) -> None:
        self._silent_us = round(config.number("health.silent_s") * US_PER_S)
        self._clock_off_s = config.number("health.clock_off_s")
        self._reject_share = config.number("health.reject_share")
        self._rate_drop = config.number("health.rate_drop")

    def problems(self, row: StationHealth, reject_share: float | None) -> list[str]:
        """Codes of what is wrong, the gravest first; `reject_share` is of the row's feed."""
        clock, week_ago = row.clock, row.week_ago_messages
        off = clock is not None and clock.confidence == "high"
        found = {
            "silent": row.at_us - row.last_heard_us > self._silent_us,
            "clock": off and clock is not None and abs(clock.offset_s) > self._clock_off_s,
            "jump": row.clock_jump_s is not None,
            "rejects": (reject_share or 0.0) > self._reject_share,
            "rate": week_ago is not None
            and week_ago >= _LEAST_MESSAGES
            and row.last_hour_messages < self._rate_drop * week_ago,
        }
        return [name for name, wrong in found.items() if wrong]
