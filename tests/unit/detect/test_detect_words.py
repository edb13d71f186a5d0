from __future__ import annotations

import numpy as np
from small_waters import waters

from mda.detect.surroundings import Surroundings
from mda.detect.words import near_words, position_words


def test_positions_and_places() -> None:
    assert position_words(61.5, -0.25) == "00°15.00'S 061°30.00'E"
    assert near_words("Roseau", 1000.0, 90.0) == "at Roseau"


def test_surroundings_of_many_at_once() -> None:
    around = Surroundings(*waters())
    lon, lat = np.array([-61.39, np.nan, -61.6]), np.array([15.30, 15.0, 16.5])
    at_roseau, nowhere, north = around.at(lon, lat, np.zeros(3, np.int64))
    assert (at_roseau.place, at_roseau.near) == ("Roseau", "at Roseau")
    assert (nowhere.zones, nowhere.place) == ((), None)
    assert [zone.id for zone in north.zones] == ["north"]
    assert around.at(lon[:0], lat[:0], np.zeros(0, np.int64)) == []


def test_what_lies_ahead() -> None:
    around = Surroundings(*waters())
    lon, lat = np.array([-61.45, -61.45, -61.45, np.nan]), np.full(4, 15.30)
    sog, cog = np.array([8.0, 8.0, 0.1, 8.0]), np.array([90.0, 270.0, 90.0, 90.0])
    assert around.heading_for(lon, lat, sog, cog) == ["Roseau", None, None, None]
    assert around.heading_for(lon[:0], lat[:0], sog[:0], cog[:0]) == []
