"""`Asset`, `Leg`, `Sortie`: what can fly or sail, and one trip of it.

Published figures disagree, so an asset is a data file in which every number has its source and
says whether the operator confirmed it. A plan made of unconfirmed figures says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of an asset, with where it comes from."""

    value: float
    source: str
    confirmed: bool
    """Whether the operator has confirmed it."""


@dataclass(frozen=True, slots=True)
class Asset:
    """An aircraft or a vessel that can be sent."""

    id: str
    name: str
    kind: str
    """aircraft or boat."""
    operator: str
    base: str
    base_lon_deg: float
    base_lat_deg: float
    transit_kn: Figure
    search_kn: Figure
    endurance_h: Figure
    reserve_h: Figure

    @property
    def confirmed(self) -> bool:
        """Whether the operator confirmed every figure that a plan rests on."""
        figures = (self.transit_kn, self.search_kn, self.endurance_h, self.reserve_h)
        return all(figure.confirmed for figure in figures)


class Leg(NamedTuple):
    """A straight stretch at one speed, from the one before."""

    lon_deg: float
    lat_deg: float
    course_deg: float
    distance_nmi: float
    speed_kn: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Sortie:
    """A first look at one trip: out, time on task, back."""

    asset_id: str
    in_reach: bool
    legs: tuple[Leg, ...]
    """Out to the contact and back to base; empty where out of reach."""
    transit_s: float
    """From take-off to the contact; NaN where it can never be met."""
    on_task_s: float
    """Time left there before the reserve is touched; 0 where out of reach."""
    confirmed: bool
    sentence: str
    """The answer in words, with what is not confirmed."""
