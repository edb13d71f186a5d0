"""What a ship is told to do: a list of orders, one carried out after another.

An order is what to do, where, how fast and until when; whether the transmitter is on meanwhile;
which status it shows; and the mark of the event it is part of, which is how the truth finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from math import inf, radians
from typing import NamedTuple, Self

import numpy as np

from feeds.synthetic.ships import Ship
from mda.model.reports import F64, I64
from mda.units import KN_TO_MPS


class Do(IntEnum):
    """What is done."""

    GO = 0
    """Steer for a point."""
    STAY = 1
    """Lie still: at a berth, or kept in place."""
    ANCHOR = 2
    """Swing around the point."""
    DRIFT = 3
    """Go with current and wind, without steering."""
    FOLLOW = 4
    """Go to another ship and keep an offset from her."""


class Radio(IntEnum):
    """The transmitter."""

    ON = 0
    OFF = 1
    LOW = 2
    """On at a fraction of its power."""
    BURST = 3
    """A distress transmitter, activated."""
    TEST = 4
    """A distress transmitter in its test."""


class Status(IntEnum):
    """Navigational status as broadcast (M.1371-5 table 48)."""

    UNDER_WAY = 0
    ANCHORED = 1
    NOT_UNDER_COMMAND = 2
    RESTRICTED = 3
    MOORED = 5
    FISHING = 7
    SAILING = 8


@dataclass(frozen=True, slots=True)
class Order:
    """One order."""

    do: Do
    lon_deg: float = 0.0
    lat_deg: float = 0.0
    speed_kn: float = 0.0
    lasts_s: float = inf
    """It ends after so many seconds, at the latest."""
    until_s: float = inf
    """It ends at this instant of the scenario, at the latest."""
    radius_m: float = 0.0
    """Of a point steered for: near enough. Of an anchorage: the swing."""
    leader: int = -1
    """Number of the ship that is followed."""
    east_m: float = 0.0
    """Offset kept from her."""
    north_m: float = 0.0
    status: int = Status.UNDER_WAY
    radio: int = Radio.ON
    mark: int = -1
    """Number of the event that it is part of."""


class Orders(NamedTuple):
    """Orders of all ships as columns; those of ship i are first[i] to first[i + 1]."""

    first: I64
    do: I64
    lon: F64
    lat: F64
    speed_kn: F64
    lasts_s: F64
    until_s: F64
    radius_m: F64
    leader: I64
    east_m: F64
    north_m: F64
    status: I64
    radio: I64
    mark: I64

    @classmethod
    def of(cls, plans: Sequence[Plan]) -> Self:
        """The orders of all plans; a point that another way begins at is passed, not stopped at."""
        all_of = [order for plan in plans for order in plan.passing()]
        first = np.cumsum([0, *(len(plan.orders) for plan in plans)]).astype(np.int64)

        def whole(name: str) -> I64:
            return np.array([getattr(order, name) for order in all_of], np.int64)

        def real(name: str) -> F64:
            return np.array([getattr(order, name) for order in all_of], np.float64)

        return cls(
            first, whole("do"), real("lon_deg"), real("lat_deg"), real("speed_kn"),
            real("lasts_s"), real("until_s"), real("radius_m"), whole("leader"), real("east_m"),
            real("north_m"), whole("status"), whole("radio"), whole("mark"),
        )  # fmt: skip


@dataclass(slots=True)
class Plan:
    """A ship, where she is at the beginning, and her orders."""

    ship: Ship
    lon_deg: float
    lat_deg: float
    orders: list[Order] = field(default_factory=list)
    course_deg: float = 0.0
    number: int = -1
    """Her place among all ships."""

    def go(
        self,
        way: F64,
        speed_kn: float,
        *,
        lasts_s: float = inf,
        until_s: float = inf,
        status: int = Status.UNDER_WAY,
        radio: int = Radio.ON,
        mark: int = -1,
    ) -> Self:
        """Steer along waypoints (n, 2); the first is where she is, and is passed over.

        `lasts_s` and `until_s` end each leg.
        """
        for lon, lat in way[1:]:
            self.orders.append(
                Order(
                    Do.GO, float(lon), float(lat), speed_kn, lasts_s, until_s,
                    status=status, radio=radio, mark=mark,
                )
            )  # fmt: skip
        return self

    def passing(self) -> list[Order]:
        """Her orders, with the radius in which she turns at points that she only passes.

        Room for a quarter of her turning circle, at the least 200 m: own choice.
        """
        onward = (Do.GO, Do.FOLLOW)
        made = []
        for k, order in enumerate(self.orders):
            following = self.orders[k + 1].do if k + 1 < len(self.orders) else Do.STAY
            if order.do is Do.GO and following in onward and order.radius_m == 0.0:
                rate = radians(max(1.0, self.ship.kind.turn_deg_per_min)) / 60.0
                order = replace(order, radius_m=max(200.0, order.speed_kn * KN_TO_MPS / rate))
            made.append(order)
        return made

    def add(self, order: Order) -> Self:
        """One order more."""
        self.orders.append(order)
        return self

    def moor(
        self, lasts_s: float = inf, *, until_s: float = inf, radio: int = Radio.ON, mark: int = -1
    ) -> Self:
        """Lie at a berth."""
        status = Status.MOORED
        return self.add(
            Order(Do.STAY, lasts_s=lasts_s, until_s=until_s, status=status, radio=radio, mark=mark)
        )

    def anchor(
        self,
        at: tuple[float, float],
        lasts_s: float = inf,
        *,
        swing_m: float = 90.0,
        radio: int = Radio.ON,
        mark: int = -1,
    ) -> Self:
        """Lie at anchor and swing."""
        order = Order(Do.ANCHOR, at[0], at[1], lasts_s=lasts_s, radius_m=swing_m)
        return self.add(_with(order, Status.ANCHORED, radio, mark))

    def drift(
        self,
        lasts_s: float = inf,
        *,
        until_s: float = inf,
        status: int = Status.UNDER_WAY,
        radio: int = Radio.ON,
        mark: int = -1,
    ) -> Self:
        """Stop and drift."""
        order = Order(Do.DRIFT, lasts_s=lasts_s, until_s=until_s)
        return self.add(_with(order, status, radio, mark))

    def follow(
        self,
        leader: Plan,
        speed_kn: float,
        until_s: float,
        *,
        east_m: float = 0.0,
        north_m: float = 0.0,
        radio: int = Radio.ON,
        mark: int = -1,
    ) -> Self:
        """Go to a ship that was planned before, and keep by her."""
        return self.add(
            Order(
                Do.FOLLOW, speed_kn=speed_kn, until_s=until_s, leader=leader.number,
                east_m=east_m, north_m=north_m, radio=radio, mark=mark,
            )
        )  # fmt: skip


def _with(order: Order, status: int, radio: int, mark: int) -> Order:
    return replace(order, status=status, radio=radio, mark=mark)
