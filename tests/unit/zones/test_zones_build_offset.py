"""Widening a coast: measured with geodesics, on made-up coasts and on the real one."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from mda.geo.distance import geodesic_m, project_deg
from mda.model.reports import F64
from mda.units import M_PER_NMI
from zones.build_offset import reaches, tiles
from zones.build_plane import Plane

COAST = Path(__file__).parents[4] / "shared" / "data" / "coast" / "gshhg_f_land_L1.geojson.gz"
needs_coast = pytest.mark.skipif(not COAST.exists(), reason="the shared coast is not here")
ALLOWED_M = 50.0


def distances_m(outline: shapely.geometry.base.BaseGeometry, coast: list[F64]) -> F64:
    """Geodesic distance of some 400 points of the outline from the coast's (dense) points."""
    points = np.concatenate(
        [shapely.get_coordinates(shapely.segmentize(r, 0.004)) for r in _rings(outline)]
    )[:: max(1, outline_size(outline) // 400)]
    dense = np.concatenate(
        [shapely.get_coordinates(shapely.segmentize(shapely.LineString(c), 0.002)) for c in coast]
    )
    shrink = np.array([np.cos(np.radians(dense[:, 1].mean())), 1.0])
    tree = shapely.STRtree(shapely.points(dense * shrink))
    out = []
    for at in points:
        found = tree.query(shapely.Point(at * shrink), predicate="dwithin", distance=0.48)
        rough = np.hypot(*((dense[found] - at) * shrink).T)
        near = found[np.argsort(rough)[:80]]
        out.append(min(geodesic_m(*at, *dense[i]) for i in near))
    return np.array(out)


def outline_size(outline: shapely.geometry.base.BaseGeometry) -> int:
    return sum(int(shapely.length(r) / 0.004) + 1 for r in _rings(outline))


def _rings(outline: shapely.geometry.base.BaseGeometry) -> list[shapely.geometry.base.BaseGeometry]:
    return [ring for part in shapely.get_parts(outline) for ring in shapely.get_rings(part)]


def islands(*wanted: tuple[float, float]) -> list[F64]:
    """Coast lines of the islands nearest to the points."""
    with gzip.open(COAST, "rt", encoding="utf-8") as file:
        features = json.load(file)["features"]
    shapes = [shapely.geometry.shape(f["geometry"]) for f in features]
    tree = shapely.STRtree(shapes)
    found = [shapes[int(tree.nearest(shapely.Point(at)))] for at in wanted]
    return [
        shapely.get_coordinates(ring)
        for shape in found
        for part in shapely.get_parts(shape)
        for ring in shapely.get_rings(part)
    ]


@pytest.mark.parametrize("lat_deg", [0.5, 12.0, 24.0, 34.5])
def test_the_plane_is_flat_to_a_hundred_thousandth(lat_deg: float) -> None:
    plane = Plane(-61.3)
    here = np.array([[-61.6, lat_deg], [-61.0, lat_deg + 0.3], [-61.3, lat_deg - 0.2]])
    flat = plane.to_m(here)
    assert np.abs(plane.to_deg(flat) - here).max() < 1e-8
    for i, j in ((0, 1), (1, 2), (0, 2)):
        true_m = geodesic_m(*here[i], *here[j])
        assert float(np.hypot(*(flat[i] - flat[j]))) == pytest.approx(true_m, rel=2e-5)


def test_lines_are_cut_at_tiles_and_nothing_is_lost() -> None:
    line = np.array([[-61.2, 14.9], [-60.7, 15.3], [-60.7, 15.9]])
    cut = tiles([line])
    assert len(cut) >= 3
    for (column, row), parts in cut.items():
        middle = np.concatenate([(p[:-1] + p[1:]) / 2.0 for p in parts]) / 0.5
        assert (np.floor(middle) == (column, row)).all()
    length = sum(shapely.LineString(p).length for parts in cut.values() for p in parts)
    assert length == pytest.approx(shapely.LineString(line).length)


@pytest.mark.parametrize("breadth_nmi", [3.0, 12.0, 24.0])
def test_a_rock_gets_a_circle(breadth_nmi: float) -> None:
    rock = np.array([[-63.616, 15.672], [-63.615, 15.672], [-63.616, 15.673], [-63.616, 15.672]])
    (outline,) = reaches([rock], [breadth_nmi * M_PER_NMI])
    off_m = distances_m(outline, [rock]) - breadth_nmi * M_PER_NMI
    assert np.abs(off_m).max() < ALLOWED_M
    inside = project_deg(-63.616, 15.672, 77.0, breadth_nmi * M_PER_NMI - ALLOWED_M)
    outside = project_deg(-63.616, 15.672, 77.0, breadth_nmi * M_PER_NMI + 200.0)
    assert outline.contains(shapely.Point(inside))
    assert not outline.contains(shapely.Point(outside))


def test_a_receding_coast_is_not_smoothed_over() -> None:
    """GEOS alone drops bays shallower than 1 % of the distance: 444 m at 24 nmi."""
    x = np.linspace(-62.0, -61.2, 81)
    coast = np.column_stack((x, 14.0 + 0.003 * np.abs(np.sin(np.arange(81) * 1.3))))
    (outline,) = reaches([coast], [24.0 * M_PER_NMI])
    off_m = distances_m(outline, [coast]) - 24.0 * M_PER_NMI
    assert np.abs(off_m).max() < ALLOWED_M


def test_no_coast_reaches_nothing() -> None:
    assert reaches([], [1000.0])[0].is_empty


@needs_coast
def test_real_islands_at_12_and_24_nmi() -> None:
    """Saint Vincent and the Grenadines' north, Bequia, Mustique: islands whose reaches melt."""
    coast = islands((-61.2, 13.25), (-61.24, 13.01), (-61.19, 12.88))
    for breadth_nmi, outline in zip(
        (12.0, 24.0), reaches(coast, [12.0 * M_PER_NMI, 24.0 * M_PER_NMI]), strict=True
    ):
        off_m = distances_m(outline, coast) - breadth_nmi * M_PER_NMI
        assert np.abs(off_m).max() < ALLOWED_M
