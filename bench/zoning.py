"""Whose water, how far from shore and port: beside geopandas and shapely on the same positions.

The peers are asked what they can be asked: geopandas `sjoin` as most write it (`intersects`, a
point at a time against whole polygons) and in its quickest way (`within`, which it turns round:
prepared polygons over a tree of points); shapely with every polygon prepared. The slow ones get a
slice that begins the same positions; rates are compared. Ours also measures how far each point is
from each line near it; the peers do not.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pyproj
import shapely

from bench.measure import FACTS, Beside, Contender, Entry, Figure, Run, bench, race
from mda.geo.distance import FLAT_LIMIT_M
from mda.model.reports import F64, I64
from zones.geojson import read_bytes, read_features
from zones.grid_edges import COAST
from zones.index import ZoneLibrary
from zones.near import tree_of
from zones.places import PlaceLibrary

POSITIONS: Final = 2_000_000
NEAR: Final = 100_000
SLOW, QUICK = 10_000, 200_000
"""Positions of the slice that `sjoin` gets, as most write it and in its quickest way."""
TIMES_SJOIN, TIMES_PREPARED = 200.0, 20.0
ONE_POINT_US, BUILD_S, LOAD_S, MEMORY_MB = 20.0, 5.0, 0.3, 150.0
SHORES, PLANAR, BRUTE = 200_000, 2_000, 20
WORST_M, WORST_FAR = 0.3, 3.0
"""Metres, and metres in 1,000 km: what `mda.geo.distance` promises (6 cm, 1.5e-6) and some more."""
OURS, SJOIN, WITHIN, PREPARED = "our index", "geopandas sjoin", "sjoin within", "prepared shapely"


def scattered(library: ZoneLibrary, count: int) -> tuple[F64, F64]:
    """Positions anywhere in the library's box."""
    rng, box = np.random.default_rng(1), library.box
    return rng.uniform(box.west, box.east, count), rng.uniform(box.south, box.north, count)


def near_lines(library: ZoneLibrary, count: int) -> tuple[F64, F64]:
    """Positions within some hundred metres of an edge of any zone, of each zone as many.

    None on the frame of the box itself: there shapely's polygons end, and hold it not.
    """
    rng = np.random.default_rng(2)
    parts = []
    for code in range(len(library.zones)):
        edges, _ = library.edges(code)
        parts.append(edges[rng.integers(0, len(edges), -(-count // len(library.zones)))])
    edge = np.concatenate(parts)[:count]
    along = rng.random(count)[:, None]
    point = edge[:, :2] + (edge[:, 2:] - edge[:, :2]) * along + rng.normal(0, 1e-3, (count, 2))
    box = library.box
    within = (point > (box.west, box.south)) & (point < (box.east, box.north))
    return tuple(point[within.all(axis=1)].T)


def polygons(library: ZoneLibrary) -> list[shapely.Geometry]:
    """The zones as shapely reads them, prepared, by code."""
    shapes: dict[str, shapely.Geometry] = {}
    for path in library.shape_files:
        names = [feature.id for feature in read_features(path)]
        whole = shapely.from_geojson(read_bytes(path).decode())
        shapes.update(zip(names, shapely.get_parts(whole), strict=True))
    found = [shapes[zone.id] for zone in library.zones]
    shapely.prepare(found)
    return found


def prepared_pairs(shapes: list[shapely.Geometry], lon: F64, lat: F64) -> I64:
    """Point * zones + zone of every point in a polygon, sorted."""
    found = [
        np.flatnonzero(shapely.contains_xy(shape, lon, lat)) * len(shapes) + code
        for code, shape in enumerate(shapes)
    ]
    return np.sort(np.concatenate(found))


def our_pairs(library: ZoneLibrary, lon: F64, lat: F64) -> I64:
    """The same from the index."""
    found = library.locate(lon, lat)
    point = np.repeat(np.arange(lon.size), np.diff(found.offset))
    return np.sort(point * len(library.zones) + found.zone)


def mismatches(shapes: list[shapely.Geometry], library: ZoneLibrary, lon: F64, lat: F64) -> int:
    """Points whose zones are not the same both ways."""
    wrong = np.setxor1d(prepared_pairs(shapes, lon, lat), our_pairs(library, lon, lat))
    return np.unique(wrong // len(library.zones)).size


def _joining(frame: Any, lon: F64, lat: F64, predicate: str) -> Callable[[], int]:
    points = geopandas.GeoDataFrame(geometry=shapely.points(lon, lat), crs=frame.crs)

    def work() -> int:
        geopandas.sjoin(points, frame, predicate=predicate)
        return int(lon.size)

    return work


def _locating(library: ZoneLibrary, lon: F64, lat: F64) -> int:
    library.locate(lon, lat)
    return int(lon.size)


def _preparing(shapes: list[shapely.Geometry], lon: F64, lat: F64) -> int:
    for shape in shapes:
        shapely.contains_xy(shape, lon, lat)
    return int(lon.size)


def _cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@bench
def zones() -> Iterable[Entry]:
    """Zones of 2,000,000 positions, beside geopandas and shapely; 0 mismatches; build and load."""
    with tempfile.TemporaryDirectory() as folder:
        ZoneLibrary.load()  # compiles, what was never compiled here
        built_s = _cpu_s(ZoneLibrary.load)
        ZoneLibrary.load(cache=Path(folder))
        loaded_s = min(_cpu_s(lambda: ZoneLibrary.load(cache=Path(folder))) for _ in range(3))
        library = ZoneLibrary.load(cache=Path(folder))
    lon, lat = scattered(library, POSITIONS)
    shapes = polygons(library)
    FACTS["zones"] = {"zones": len(library.zones), "version": library.version}
    frame = geopandas.GeoDataFrame(geometry=shapes, crs="EPSG:4326")
    first, more = slice(0, SLOW), slice(0, QUICK)
    stands = (Beside(SJOIN, TIMES_SJOIN), Beside(WITHIN), Beside(PREPARED, TIMES_PREPARED))
    slow = _joining(frame, lon[first], lat[first], "intersects")
    prepared = partial(_preparing, shapes, lon, lat)
    yield from race(
        [
            Contender(SJOIN, "positions", slow, note="intersects, of a slice"),
            Contender(
                WITHIN,
                "positions",
                _joining(frame, lon[more], lat[more], "within"),
                note="its quickest way, of a slice",
            ),
            Contender(PREPARED, "positions", prepared, warm=slow),
            Contender(OURS, "positions", partial(_locating, library, lon, lat), stands),
        ]
    )
    for name, where in (("mismatches", (lon, lat)), ("near lines", near_lines(library, NEAR))):
        wrong = mismatches(shapes, library, *where)
        yield Figure(name, wrong, "points", 0, f"of {where[0].size:,}, shapely's answer")
    yield Figure("one point, warm", _one_point_us(library), "us", ONE_POINT_US, "locate")
    yield Figure("one point in full", _in_full_us(library), "us", note="at: chances, near lines")
    yield Figure("built", built_s, "s", BUILD_S, "processor time, from the files")
    yield Figure("loaded", loaded_s, "s", LOAD_S, "processor time, from the cache")
    yield Figure("index in memory", library.size_mb, "MB", MEMORY_MB)


def _each_us(work: Callable[[float, float], object], count: int = 2000) -> float:
    """Microseconds of processor time for a point, the best of five turns."""
    lon, lat = (column.tolist() for column in scattered(ZoneLibrary.load(), count))
    turns = []
    for _ in range(5):
        began = time.process_time()
        for x, y in zip(lon, lat, strict=True):
            work(x, y)
        turns.append((time.process_time() - began) / count * 1e6)
    return min(turns)


def _one_point_us(library: ZoneLibrary) -> float:
    return _each_us(lambda x, y: library.locate(np.array([x]), np.array([y])))


def _in_full_us(library: ZoneLibrary) -> float:
    return _each_us(library.at)


def brute_m(edges: F64, lon_deg: float, lat_deg: float) -> float:
    """Metres to the nearest of many edges by trying all of them: geodesics of pyproj.

    Of 3,000 edges that begin nearest on a sphere: points along each, then between the best two.
    """
    geod = pyproj.Geod(ellps="WGS84")

    def metres(lon: F64, lat: F64) -> F64:
        away = geod.inv(np.full(lon.size, lon_deg), np.full(lon.size, lat_deg), lon, lat)[2]
        return np.asarray(away, dtype=np.float64)

    here, starts = (_on_sphere(*np.radians(at)) for at in ((lon_deg, lat_deg), edges[:, :2].T))
    few = edges[np.argsort(-(here @ starts))[:3000]]
    low, high = np.zeros(len(few)), np.ones(len(few))
    best = np.inf
    for _ in range(7):  # to a 2-millionth of the longest edge
        t = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, 17)
        at = few[:, None, :2] + (few[:, None, 2:] - few[:, None, :2]) * t[:, :, None]
        away = metres(at[:, :, 0].ravel(), at[:, :, 1].ravel()).reshape(t.shape)
        best = min(best, float(away.min()))
        nearest, step = t[np.arange(len(few)), away.argmin(axis=1)], (high - low) / 16
        low, high = np.maximum(0.0, nearest - step), np.minimum(1.0, nearest + step)
    return best


def _on_sphere(lon_rad: F64, lat_rad: F64) -> F64:
    flat = np.cos(lat_rad)
    return np.stack((flat * np.cos(lon_rad), flat * np.sin(lon_rad), np.sin(lat_rad)))


@bench
def distances() -> Iterable[Entry]:
    """Metres to shore, port and line for columns, beside shapely's tree; exact by brute force."""
    library, places = ZoneLibrary.load(), PlaceLibrary.load()
    lon, lat = scattered(library, SHORES)
    coast = np.concatenate(
        [xy[side == COAST] for xy, side in map(library.edges, range(len(library.zones)))]
    )
    lines: Any = shapely.linestrings(coast.reshape(-1, 2, 2))
    tree = shapely.STRtree(lines)
    points = shapely.points(lon[:PLANAR], lat[:PLANAR])

    def planar() -> int:
        tree.nearest(points)
        return PLANAR

    def done(work: Callable[[], object]) -> Callable[[], int | Run]:
        def counted() -> int:
            work()
            return SHORES

        return counted

    stands = (Beside("shapely STRtree.nearest"),)
    code = int(library.locate(np.array([-61.5]), np.array([15.3])).zone[0])
    yield from race(
        [
            Contender(
                "shapely STRtree.nearest",
                "positions",
                planar,
                note="which edge, in degrees, of a slice",
            ),
            Contender("our shores", "positions", done(lambda: library.shores(lon, lat)), stands),
            Contender("our nearest port", "positions", done(lambda: places.nearest_many(lon, lat))),
            Contender(
                "our line of a zone", "positions", done(lambda: library.boundary_m(code, lon, lat))
            ),
        ]
    )
    metres = library.shores(lon, lat)
    for name, unit, most, rows in (
        (
            "shore within 50 km",
            "m",
            WORST_M,
            np.flatnonzero((metres > 0) & (metres < FLAT_LIMIT_M)),
        ),
        ("shore further", "m/1,000 km", WORST_FAR, np.flatnonzero(metres > FLAT_LIMIT_M)),
    ):
        few = rows[:BRUTE]
        truth_m = np.array([brute_m(coast, x, y) for x, y in zip(lon[few], lat[few], strict=True)])
        off = np.abs(metres[few] - truth_m) / (1.0 if unit == "m" else truth_m / 1e6)
        note = f"worst of {few.size} against brute force with pyproj's geodesics"
        yield Figure(name, float(off.max()), unit, most, note)
    yield Figure("coast's tree built", _cpu_s(lambda: tree_of(coast)), "s", note="kept on disk")
