"""Cut the coast that the page draws: run once, the result is committed under `data/coast`.

    python web/coast/build_coast.py SOURCE_DIR data/coast

`SOURCE_DIR` holds the shared coast files named in `data/coast/README.md`. Everything written is
plain JSON, longitude before latitude. A detailed tile covers one degree; its rings are integers,
`QUANTA` to the degree counted from the tile's south-west corner, the first vertex absolute and the
rest as steps, not closed. An edge along the tile's border is a cut and not a coast.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import Polygon, box, mapping, shape

QUANTA = 10_000
"""Steps to a degree: 11 m, finer than the data's own error of some 100 m."""
TOLERANCE_DEG = 30.0 / 111_000.0
"""Douglas-Peucker tolerance of the detailed coast: 30 m."""
COARSE_TOLERANCE_DEG = 0.004
"""Half a pixel at zoom 8, where the detailed tiles take over."""
CONTEXT_TOLERANCE_DEG = 0.01
LICENCES = Path("/usr/share/common-licenses")

# Names of lands by where their label stands best, and the least zoom that shows them.
# Places are the writer's own knowledge of the map, to about 0.1 degree.
LANDS: list[tuple[str, float, float, int]] = [
    ("Anguilla", -63.06, 18.22, 8),
    ("Antigua", -61.80, 17.08, 7),
    ("Aruba", -69.97, 12.52, 8),
    ("The Bahamas", -76.60, 24.30, 5),
    ("Barbados", -59.55, 13.17, 6),
    ("Barbuda", -61.79, 17.63, 8),
    ("Belize", -88.70, 17.20, 6),
    ("Bermuda", -64.76, 32.31, 5),
    ("Bonaire", -68.28, 12.20, 8),
    ("British Virgin Islands", -64.60, 18.44, 9),
    ("Carriacou", -61.45, 12.48, 9),
    ("Cayman Islands", -81.20, 19.32, 6),
    ("Colombia", -74.20, 7.20, 4),
    ("Costa Rica", -84.10, 10.00, 5),
    ("Cuba", -78.80, 21.70, 4),
    ("Curaçao", -69.00, 12.18, 7),
    ("Dominica", -61.36, 15.42, 6),
    ("Dominican Republic", -70.30, 18.90, 5),
    ("French Guiana", -53.00, 4.00, 5),
    ("Grenada", -61.68, 12.11, 7),
    ("Guadeloupe", -61.65, 16.20, 6),
    ("Guyana", -58.90, 5.40, 5),
    ("Haiti", -72.40, 19.00, 6),
    ("Honduras", -86.60, 14.90, 5),
    ("Jamaica", -77.30, 18.12, 5),
    ("La Désirade", -61.05, 16.32, 9),
    ("Les Saintes", -61.61, 15.86, 10),
    ("Marie-Galante", -61.27, 15.94, 8),
    ("Martinique", -61.00, 14.66, 6),
    ("Montserrat", -62.19, 16.74, 7),
    ("Nevis", -62.59, 17.15, 9),
    ("Nicaragua", -85.00, 12.90, 5),
    ("Panama", -81.00, 8.50, 5),
    ("Puerto Rico", -66.45, 18.22, 5),
    ("Saba", -63.23, 17.63, 9),
    ("St Barthélemy", -62.83, 17.90, 9),
    ("St Croix", -64.77, 17.73, 8),
    ("St Eustatius", -62.98, 17.49, 9),
    ("St Kitts", -62.75, 17.32, 8),
    ("Saint Lucia", -60.98, 13.90, 6),
    ("St Martin", -63.06, 18.08, 8),
    ("St Vincent", -61.19, 13.25, 6),
    ("Suriname", -55.80, 4.30, 5),
    ("Tobago", -60.68, 11.24, 7),
    ("Trinidad", -61.25, 10.42, 6),
    ("Turks and Caicos", -71.80, 21.80, 6),
    ("US Virgin Islands", -64.90, 18.34, 9),
    ("Venezuela", -65.50, 8.50, 4),
    ("Yucatán", -89.00, 20.50, 5),
    ("Florida", -81.60, 28.00, 5),
]
SEAS: list[tuple[str, float, float, int]] = [
    ("Caribbean Sea", -72.0, 15.0, 4),
    ("Atlantic Ocean", -57.0, 20.0, 4),
    ("Gulf of Mexico", -91.0, 25.0, 4),
    ("Dominica Passage", -61.40, 15.77, 9),
    ("Guadeloupe Passage", -61.80, 16.62, 9),
    ("Martinique Passage", -61.25, 15.08, 9),
    ("Saint Lucia Channel", -60.95, 14.22, 9),
    ("Saint Vincent Passage", -61.10, 13.57, 9),
    ("Gulf of Paria", -61.95, 10.40, 8),
    ("Windward Passage", -74.00, 20.00, 7),
    ("Mona Passage", -67.90, 18.30, 7),
    ("Anegada Passage", -63.80, 18.60, 8),
    ("Yucatán Channel", -85.90, 21.70, 6),
    ("Straits of Florida", -80.20, 24.30, 6),
]


def _read(path: Path) -> list[dict[str, Any]]:
    raw = path.read_bytes()
    body = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    features: list[dict[str, Any]] = body["features"]
    return features


def _write(path: Path, body: object) -> None:
    path.write_text(json.dumps(body, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")


def _polygons(geometry: shapely.Geometry) -> list[Polygon]:
    return [p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon" and not p.is_empty]


def _ring(coords: Any, west: int, south: int) -> list[int]:
    """One ring as steps; empty where fewer than three corners are left."""
    corners: list[tuple[int, int]] = []
    for lon, lat in list(coords)[:-1]:
        corner = round((lon - west) * QUANTA), round((lat - south) * QUANTA)
        if not corners or corner != corners[-1]:
            corners.append(corner)
    if len(corners) < 3:
        return []
    out: list[int] = []
    x = y = 0
    for cx, cy in corners:
        out += [cx - x, cy - y]
        x, y = cx, cy
    return out


def tiles(land: list[Polygon], out: Path) -> None:
    """Write one file a degree where a coast runs, and the index with the degrees of plain land."""
    tree = shapely.STRtree(land)
    names: list[str] = []
    full: list[str] = []
    for west in range(-100, -45):
        for south in range(0, 35):
            cell = box(west, south, west + 1, south + 1)
            cut = [shapely.intersection(land[i], cell) for i in tree.query(cell, "intersects")]
            parts = [p for g in cut for p in _polygons(g)]
            if not parts:
                continue
            name = f"{west}_{south}"
            if sum(p.area for p in parts) > 1.0 - 1e-9:
                full.append(name)
                continue
            rings = [
                ring
                for p in parts
                for line in (p.exterior, *p.interiors)
                if (ring := _ring(line.coords, west, south))
            ]
            if rings:
                _write(out / f"{name}.json", {"rings": rings})
                names.append(name)
    _write(out / "index.json", {"quanta": QUANTA, "tiles": names, "full": full})


def _rounded(geometry: shapely.Geometry, digits: int = 3) -> dict[str, Any]:
    body: dict[str, Any] = mapping(shapely.set_precision(geometry, 10.0**-digits))
    return json.loads(  # type: ignore[no-any-return]
        json.dumps(body), parse_float=lambda text: round(float(text), digits)
    )


def coarse(source: Path, out: Path) -> None:
    """Natural Earth's land and minor islands for the small scales."""
    features = _read(source / "ne_10m_land.geojson") + _read(
        source / "ne_10m_minor_islands.geojson"
    )
    land = shapely.union_all([shapely.make_valid(shape(f["geometry"])) for f in features])
    land = shapely.simplify(land, COARSE_TOLERANCE_DEG)
    body = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {}, "geometry": _rounded(p)} for p in _polygons(land)
        ],
    }
    _write(out / "land_coarse.geojson", body)


def context(source: Path, out: Path) -> None:
    """The 200 m depth line, land borders, names of lands, seas and towns."""
    deep = shapely.union_all(
        [
            shapely.make_valid(shape(f["geometry"]))
            for f in _read(source / "ne_10m_bathymetry_K_200.geojson")
        ]
    )
    deep = shapely.simplify(deep, CONTEXT_TOLERANCE_DEG)
    borders = shapely.line_merge(
        shapely.union_all(
            [
                shape(f["geometry"])
                for f in _read(source / "ne_10m_admin_0_boundary_lines_land.geojson")
            ]
        )
    )
    borders = shapely.simplify(borders, CONTEXT_TOLERANCE_DEG)
    towns = [
        [
            f["properties"]["name"],
            round(f["geometry"]["coordinates"][0], 3),
            round(f["geometry"]["coordinates"][1], 3),
            9 if f["properties"]["pop_max"] < 100_000 else 8,
        ]
        for f in _read(source / "ne_10m_populated_places_simple.geojson")
    ]
    body = {
        "deep_200m": [_rounded(p, 2)["coordinates"] for p in _polygons(deep)],
        "borders": [
            _rounded(line, 2)["coordinates"]
            for line in shapely.get_parts(borders)
            if line.length > CONTEXT_TOLERANCE_DEG
        ],
        "lands": LANDS,
        "seas": SEAS,
        "towns": sorted(towns),
    }
    _write(out / "context.json", body)


def main(source: Path, out: Path) -> None:
    """Write everything; prints what it weighs."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*json"):
        old.unlink()
    raw = [shape(f["geometry"]) for f in _read(source / "gshhg_f_land_L1.geojson.gz")]
    thin = shapely.simplify(raw, TOLERANCE_DEG, preserve_topology=True)
    land = [p for g in thin for p in _polygons(shapely.make_valid(g))]
    tiles(land, out)
    coarse(source, out)
    context(source, out)
    for name in ("LGPL-3", "GPL-3"):
        shutil.copyfile(LICENCES / name, out / f"{name}.txt")
    weight = sum(f.stat().st_size for f in out.iterdir())
    print(f"{len(land)} islands, {len(list(out.iterdir()))} files, {weight / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
