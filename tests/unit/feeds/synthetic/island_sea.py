"""A small sea for tests: one round island, four ports around it, two stations on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from feeds.synthetic.helm import Weather
from feeds.synthetic.scenario import Cue, Region, Scenario
from feeds.synthetic.sea import M_PER_DEG, Box
from mda.model.reports import F64
from zones.places import Place

CENTRE = -61.0, 14.0
RADIUS_M = 8_000.0
MIX = {"cargo": 2.0, "ferry": 1.0, "yacht": 1.0, "trawler": 1.0, "pilot": 1.0}
START_S = 1_771_041_600


class Island:
    """A coast: land within 8 km of a point."""

    def _away_m(self, lon_deg: F64, lat_deg: F64) -> F64:
        east = (lon_deg - CENTRE[0]) * np.cos(np.radians(CENTRE[1]))
        return np.asarray(np.hypot(east, lat_deg - CENTRE[1]) * M_PER_DEG)

    def on_land(self, lon_deg: F64, lat_deg: F64) -> NDArray[np.bool_]:
        """Whether a point is on the island."""
        return np.asarray(self._away_m(lon_deg, lat_deg) < RADIUS_M)

    def shores(self, lon_deg: F64, lat_deg: F64) -> F64:
        """Metres to it."""
        return np.maximum(0.0, self._away_m(lon_deg, lat_deg) - RADIUS_M)


BOX = Box(-61.4, 13.6, -60.6, 14.4)


def port(name: str, lon_deg: float, lat_deg: float, kind: str = "port") -> Place:
    """A place of the zone library's kind."""
    return Place(name, kind, lon_deg, lat_deg, 1000.0, True, "XX", "all", "", "test", "none")


PLACES = (
    port("North", -61.0, 14.08),
    port("South", -61.0, 13.92),
    port("West", -61.083, 14.0),
    port("East", -60.917, 14.0),
    port("East again", -60.915, 14.005),
    port("Town", -61.0, 14.1, "town"),
    port("Elsewhere", -50.0, 14.0),
    port("Inland", -61.0, 14.0),
)


def scenario(*cues: Cue, **changed: Any) -> Scenario:
    """A scenario on this island."""
    gates = (((-61.38, 14.0), (-65.0, 14.0)), ((-60.62, 14.1), (-57.0, 14.3)))
    region = Region("island", BOX, {"Hill": (-61.05, 14.03), "Cape": (-60.96, 13.95)}, gates)
    told: dict[str, Any] = {
        "name": "island",
        "title": "An island",
        "difficulty": "easy",
        "split": "tuning",
        "region": region,
        "start_s": START_S,
        "hours": 1.0,
        "vessels": 6,
        "seed": 5,
        "manners": {"fading": "rician", "duct": "none"},
        "traits": {
            "antenna": {"height_m": [100.0, 150.0]},
            "terrain": {"slope": 0.1, "summit_m": 700.0},
            "traffic": {"mix": MIX},
        },
        "weather": Weather(),
        "class_b_yield": 0.05,
        "noise_db": 8.0,
        "slow_fading_db": 4.0,
        "lost_share": 0.05,
        "aids": 1,
        "outages": (),
        "ducts": (),
        "clock_s": {},
        "cues": cues,
    }
    return Scenario(**{**told, **changed})
