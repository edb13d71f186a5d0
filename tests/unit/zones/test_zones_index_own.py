"""Own zones beside ours, zones that hold for a time, and the built index on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mda.errors import ZoneError
from zones import ZoneLibrary


def ids(library: ZoneLibrary, lon: float, lat: float) -> list[str]:
    return [library.claims[z].id for z in library.locate(np.array([lon]), np.array([lat])).zone]


# -- own zones, and zones that hold for a time ----------------------------------------------------
OWN = """
[library]
geometry = "own.geojson"
source = "the ministry"
licence = "own"
date = "2026"
accuracy_m = 50.0
[[zone]]
id = "own-west"
name = "our own EEZ"
kind = "eez"
claimants = ["west"]
status = "claimed"
basis = "act"
[[zone]]
id = "own-season"
name = "closed season"
kind = "season"
status = "none"
basis = "order"
valid_from = "2026-03-01"
valid_until = "2026-03-31"
"""
OWN_SHAPES = """{"type": "FeatureCollection", "features": [
{"type": "Feature", "id": "own-west", "properties": {}, "geometry": {"type": "Polygon",
 "coordinates": [[[-62.5, 10], [-61, 10], [-61, 11], [-62.5, 11]]]}},
{"type": "Feature", "id": "own-season", "properties": {}, "geometry": {"type": "Polygon",
 "coordinates": [[[179, 10], [181, 10], [181, 11], [179, 11], [179, 10]]]}}
]}"""
MARCH_US = 1_772_323_200_000_000  # 2026-03-01T00:00Z
DAY_US = 86_400_000_000


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "own.toml").write_text(OWN, encoding="utf-8")
    (folder / "own.geojson").write_text(OWN_SHAPES, encoding="utf-8")
    return folder


def test_own_zones_come_first_and_delete_nothing(
    make_squares: Callable[..., Path], own: Path
) -> None:
    folder = make_squares()
    library = ZoneLibrary.load(folder, own=[own])
    assert ids(library, -61.9, 10.1) == ["own-west", "west"]
    assert ids(library, -61.1, 10.5) == ["both", "own-west", "west"]
    assert [zone.own for zone in library.zones if zone.id in ("own-west", "west")] == [True, False]
    assert ids(library, -62.2, 10.5) == ["own-west"]
    assert not library.covers(-62.2, 10.5)
    assert np.isnan(library.shores(np.array([-62.2]), np.array([10.5]))[0])
    shipped = ZoneLibrary.load(folder)
    assert library.shipped_version == shipped.version == shipped.shipped_version
    assert library.version != shipped.version
    assert [path.name for path in library.shape_files] == ["squares.geojson", "own.geojson"]
    assert [c.path.name for c in library.collections] == ["squares.toml", "own.toml"]
    hole = library.shore(-61.5, 10.45)
    assert hole is not None
    assert hole.on_land


def test_zones_hold_in_their_time_only(make_squares: Callable[..., Path], own: Path) -> None:
    library = ZoneLibrary.load(make_squares(), own=[own])
    x, y = np.array([179.5, -179.5, 179.5, 179.5]), np.full(4, 10.5)
    at_us = np.array([MARCH_US - 1, MARCH_US, MARCH_US + 31 * DAY_US - 1, MARCH_US + 31 * DAY_US])
    assert np.diff(library.locate(x, y).offset).tolist() == [1, 1, 1, 1]
    assert np.diff(library.locate(x, y, at_us).offset).tolist() == [0, 1, 1, 0]
    assert np.diff(library.locate(x, y, MARCH_US).offset).tolist() == [1, 1, 1, 1]
    assert library.locate(np.empty(0), np.empty(0), MARCH_US).zone.size == 0
    assert [row.zone.id for row in library.at(179.5, 10.5, MARCH_US)] == ["own-season"]
    assert library.at(179.5, 10.5, 0) == ()
    assert [row.p_inside < 0.5 for row in library.at(178.9999, 10.5, MARCH_US)] == [True]
    assert library.at(178.9999, 10.5, 0) == ()
    with pytest.raises(ZoneError, match="3 points"):
        library.locate(np.zeros(3), np.zeros(3), np.zeros(2, dtype=np.int64))


def test_an_own_zone_may_not_take_another_ones_id(
    make_squares: Callable[..., Path], own: Path
) -> None:
    (own / "own.toml").write_text(OWN.replace("own-west", "west"), encoding="utf-8")
    with pytest.raises(ZoneError, match="the same id: west"):
        ZoneLibrary.load(make_squares(), own=[own])


def test_a_library_without_its_shapes_is_refused(make_squares: Callable[..., Path]) -> None:
    folder = make_squares()
    (folder / "squares.geojson").unlink()
    with pytest.raises(ZoneError, match="cannot be read"):
        ZoneLibrary.load(folder)
    (folder / "squares.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(ZoneError, match="holds no shape"):
        ZoneLibrary.load(folder)


# -- the index on disk ----------------------------------------------------------------------------
def test_a_kept_index_answers_the_same(make_squares: Callable[..., Path], own: Path) -> None:
    folder, cache = make_squares(), own / "cache"
    built = ZoneLibrary.load(folder, own=[own], cache=cache)
    built.shores(np.array([-61.9]), np.array([10.1]))
    files = sorted(path.name for path in cache.iterdir())
    assert files == [f"zones-{kind}-{built.version}-2.bin" for kind in ("coast", "index")]
    times = [path.stat().st_mtime_ns for path in cache.iterdir()]
    read = ZoneLibrary.load(folder, own=[own], cache=cache)
    lon, lat = np.random.default_rng(1).uniform((-63, 9.5), (-59, 11.5), (500, 2)).T
    for ours, theirs in zip(read.locate(lon, lat), built.locate(lon, lat), strict=True):
        assert ours.tolist() == theirs.tolist()
    assert np.array_equal(read.shores(lon, lat), built.shores(lon, lat), equal_nan=True)
    assert times == [path.stat().st_mtime_ns for path in cache.iterdir()]


@pytest.mark.parametrize("harm", [b"", b"{}\n", b"not json\n", None])
def test_a_damaged_one_is_built_again(
    make_squares: Callable[..., Path], harm: bytes | None
) -> None:
    folder = make_squares()
    cache = folder / "cache"
    ZoneLibrary.load(folder, cache=cache)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if harm is None else harm)
    assert ids(ZoneLibrary.load(folder, cache=cache), -61.9, 10.1) == ["west"]
    assert file.read_bytes() == whole


def test_a_head_that_misleads_is_no_head(make_squares: Callable[..., Path]) -> None:
    """Arrays that are whole but read as other ones would lead the kernels out of bounds."""
    folder = make_squares()
    cache = folder / "cache"
    ZoneLibrary.load(folder, cache=cache)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    for harm in ((b'"<f8"', b'"<i8"'), (b'"side"', b'"sidf"'), (b'"near_edge"', b'"near_edgy"')):
        assert harm[0] in whole
        file.write_bytes(whole.replace(*harm, 1))
        assert ids(ZoneLibrary.load(folder, cache=cache), -61.9, 10.1) == ["west"]
        assert file.read_bytes() == whole


def test_old_ones_go_and_the_last_two_stay(make_squares: Callable[..., Path]) -> None:
    folder = make_squares()
    cache, table = folder / "cache", folder / "squares.toml"
    for turn in range(4):
        table.write_text(table.read_text() + f"# {turn}\n")
        version = ZoneLibrary.load(folder, cache=cache).version
    names = [path.name for path in cache.iterdir()]
    assert len(names) == 2
    assert f"zones-index-{version}-2.bin" in names


def test_where_it_cannot_be_kept_the_library_works(make_squares: Callable[..., Path]) -> None:
    folder = make_squares()
    (folder / "taken").write_text("a file, no directory")
    assert ids(ZoneLibrary.load(folder, cache=folder / "taken"), -61.9, 10.1) == ["west"]
