"""`StationHealth`: how well one station hears, over one feed, at one instant of event time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

SECTORS = 36
"""Bearing sectors of 10 degrees; sector 0 begins at true north."""

Confidence = Literal["none", "low", "high"]
"""Of a clock's offset: nothing heard that states UTC, too little of it, or enough that agrees."""


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How far a clock is ahead of the UTC that transmissions state; negative: behind."""

    offset_s: float
    error_s: float
    """Standard error of the offset."""
    spread_s: float
    """Median absolute deviation of the messages from the offset."""
    messages: int
    """Messages that state UTC, of those kept."""
    agreeing: int
    """Of these, how many lie close to the offset."""
    ships: int
    bases: int
    """Different transmitters among the agreeing ones."""
    confidence: Confidence

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, all fields."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class StationHealth:
    """One station over one feed. Counts and shares are of position reports, all hearings.

    None is not known: no hour to compare with, nothing heard, no position loaded.
    """

    at_us: int
    """Event time that this is the state of; counts reach back from here."""
    station: int
    feed: int
    first_heard_us: int
    last_heard_us: int
    messages: int
    """Since the beginning."""
    messages_10min: int
    messages_60min: int
    last_hour_messages: int
    """In the last full hour of UTC."""
    week_ago_messages: int | None
    """In the same hour a week earlier, where the station was known throughout it."""
    duplicate_share: float | None
    """Of the last 60 min: hearings of what another station had heard before."""
    unique_share: float | None
    """Of the last 60 min: transmissions that no other station heard."""
    level_db: float | None
    offset_ppm: float | None
    """Medians of the last hearings that state them."""
    reconnects: int
    """How often the feed connected again since the beginning."""
    clock: ClockOffset | None
    clock_jump_s: float | None = None
    """By how much the clock's offset left the last confident one; only where it did."""
    lon_deg: float | None = None
    lat_deg: float | None = None
    furthest_m: tuple[float | None, ...] = field(default=())
    """Furthest believed target by sector; empty where no position is loaded."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, all fields; the clock as a nested object."""
        body: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        body["clock"] = None if self.clock is None else self.clock.to_json()
        body["furthest_m"] = list(self.furthest_m)
        return body
