"""Places: where waiting is normal, and the names positions are told by."""

from pathlib import Path

import numpy as np
import pytest

from mda.errors import ZoneError
from mda.geo.distance import distance_m, project_deg
from mda.geo.kernel import plain
from mda.model import PlaceIndex
from zones import PlaceLibrary
from zones import places as module

HEAD = "name,kind,lon_deg,lat_deg,radius_m,names,country,ship_types,why,source,licence\n"


@pytest.mark.parametrize(
    ("lon", "lat", "name"),
    [
        (-61.533, 16.235, "Pointe-a-Pitre"),
        (-61.3172, 15.8808, "Grand-Bourg, Marie-Galante"),
        (-61.586, 15.868, "Terre-de-Haut, Les Saintes"),
        (-61.465, 15.57, "Portsmouth"),
        (-61.39, 15.297, "Roseau"),
        (-59.63, 13.09, "Bridgetown"),
    ],
)
def test_moored_ships_lie_in_a_place(
    places: PlaceLibrary, lon: float, lat: float, name: str
) -> None:
    code = places.at(np.array([lon]), np.array([lat]))[0]
    assert places.names[code].startswith(name) or name in places.names[code]


def test_the_channel_between_the_islands_is_no_place(places: PlaceLibrary) -> None:
    assert places.at(np.array([-61.45, -62.5]), np.array([15.75, 14.5])).tolist() == [-1, -1]


def test_the_smallest_place_wins_as_in_a_plain_search(places: PlaceLibrary) -> None:
    rng = np.random.default_rng(2)
    real = [i for i, p in enumerate(places.places) if p.radius_m > 0]
    pick = rng.choice(real, 300)
    lon = np.array([places.places[i].lon_deg for i in pick]) + rng.normal(0, 0.02, 300)
    lat = np.array([places.places[i].lat_deg for i in pick]) + rng.normal(0, 0.02, 300)
    got = places.at(lon, lat)
    assert (got >= 0).sum() > 100
    for i in range(300):
        holds = [
            (places.places[k].radius_m, k)
            for k in real
            if abs(places.places[k].lat_deg - lat[i]) < 1.0
            and distance_m(places.places[k].lon_deg, places.places[k].lat_deg, lon[i], lat[i])
            <= places.places[k].radius_m
        ]
        assert got[i] == (min(holds)[1] if holds else -1)


def test_unknown_and_far_positions_are_in_no_place(places: PlaceLibrary) -> None:
    lon = np.array([np.nan, -61.39, 10.0, 0.0])
    lat = np.array([15.297, np.nan, 50.0, -80.0])
    assert places.at(lon, lat).tolist() == [-1, -1, -1, -1]
    assert places.at(np.array([-61.39 + 360.0]), np.array([15.297]))[0] >= 0


def test_where_waiting_is_restricted_is_no_place(places: PlaceLibrary) -> None:
    saba = next(p for p in places.places if p.name == "Saba Bank")
    assert saba.radius_m == 0.0
    assert places.at(np.array([-63.3]), np.array([17.3]))[0] == -1


def test_nearest_names_a_port_or_town_with_distance_and_side(places: PlaceLibrary) -> None:
    index: PlaceIndex = places
    lon, lat = project_deg(-61.387, 15.301, 250.0, 10_000.0)
    name, metres, bearing = index.nearest(lon, lat)
    assert name == "Roseau"
    assert metres == pytest.approx(10_000.0, rel=0.15)
    assert bearing == pytest.approx(250.0, abs=10.0)
    assert index.nearest(lon + 360.0, lat) == pytest.approx((name, metres, bearing))
    assert index.nearest(np.nan, lat)[0] == ""


def test_nearest_of_many_is_what_trying_all_finds(places: PlaceLibrary) -> None:
    rng = np.random.default_rng(4)
    lon, lat = (
        np.append(rng.uniform(-100, 180, 200), np.nan),
        np.append(rng.uniform(-60, 60, 200), 1),
    )
    codes, metres = places.nearest_many(lon, lat)
    told = [i for i, place in enumerate(places.places) if place.told_by]
    for i in range(200):
        away = [
            distance_m(places.places[k].lon_deg, places.places[k].lat_deg, lon[i], lat[i])
            for k in told
        ]
        assert metres[i] == pytest.approx(min(away), rel=1e-4)
        assert places.places[codes[i]].told_by
    assert codes[200] == -1
    assert np.isnan(metres[200])


def test_every_place_says_where_it_is_from(places: PlaceLibrary) -> None:
    for code, place in enumerate(places.places):
        assert places.place(code) is place
        assert place.source
        assert place.licence in ("facts", "Apache-2.0", "public domain")
        assert place.name


def test_broken_tables_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    with pytest.raises(ZoneError, match="cannot be read"):
        PlaceLibrary.load(path)
    path.write_text(f"{HEAD}A,port,x,1,1,1,,,,s,l\n")
    with pytest.raises(ZoneError, match="line 2 is not a place"):
        PlaceLibrary.load(path)
    path.write_text(f"{HEAD}A,anchorage,1,1,1,0,,,,s,l\n")
    with pytest.raises(ZoneError, match="no port and no town"):
        PlaceLibrary.load(path)


def test_plain_twin(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text(
        f"{HEAD}Big,port,-61,15,5000,1,,,,s,l\nSmall,anchorage,-61.01,15,500,0,,,,s,l\n"
        "Town,town,-60,15,0,1,,,,s,l\n"
    )
    places = PlaceLibrary.load(path)
    lon = np.array([-61.0, -61.011, -60.0, np.nan, -30.0, 299.0])
    lat = np.array([15.0, 15.0, 15.0, 15.0, 15.0, 15.0])
    out = np.empty(6, dtype=np.int32)
    plain(module._place_at)(places._circles, lon, lat, out)
    assert out.tolist() == places.at(lon, lat).tolist() == [0, 1, -1, -1, -1, 0]


def test_columns_of_different_length_are_refused(places: PlaceLibrary) -> None:
    for ask in (places.at, places.nearest_many):
        with pytest.raises(ZoneError, match="not two columns"):
            ask(np.zeros(3), np.zeros(2))
