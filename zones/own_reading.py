"""Shapes and their attributes from an operator's file, in WGS 84 degrees, as they are: unrepaired.

GDAL reads (through pyogrio), PROJ reprojects (through geopandas). A file that does not say its
coordinate system is refused: degrees of an old datum lie hundreds of metres off.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Final

import geopandas
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from mda.errors import ZoneError
from zones.own_files import MIB, Source

WGS84: Final = "EPSG:4326"
LARGE_BYTES: Final = 32 * MIB
"""From here on only what touches the library's box is read: the world is 10 M points."""
Box4 = tuple[float, float, float, float]
Objects = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Shape:
    """One feature of a file."""

    geometry: BaseGeometry | None
    """In degrees of WGS 84, longitude first; perhaps invalid; None where there is none."""
    attributes: dict[str, Any]
    """By name in small letters, without those that say nothing."""
    label: str
    """How to tell it to a person: its layer and number in the file."""


def read_shapes(
    source: Source, box: Box4 | None, layers: tuple[str, ...], crs: str, where: str
) -> list[Shape]:
    """Every feature of the file's layers (those named, else all with polygons).

    `box` (west, south, east, north in degrees; None: all) limits what is read of a large file;
    `crs` stands for the coordinate system that the file does not say, or says wrongly. Notes go to
    the source.
    ZoneError: it cannot be read, has no such layer, or its coordinate system is unknown.
    """
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            found: list[Shape] = []
            several = len(names := _layers(source, layers, where)) > 1
            for name in names:
                found += _layer(source, name, box, crs, where, several)
    except (RuntimeError, ValueError, shapely.errors.ShapelyError) as error:
        # those of pyogrio and of PROJ are RuntimeErrors, a text in a wrong encoding a ValueError
        told = str(error).replace(str(source.path), where).removeprefix(f"{where}: ")
        raise ZoneError(f"cannot be read as {source.format} ({told})", where=where) from error
    for text in dict.fromkeys(str(w.message) for w in said):
        if "from_wkb" not in text and "Non closed ring" not in text:
            source.notes.append(f"the reader says: {text.replace(str(source.path), where)}")
    if not found:
        raise ZoneError("holds no features", where=where)
    return found


def _place(source: Source) -> str:
    """What GDAL opens. GeoJSON by its driver's name: other drivers read JSON that fetches more."""
    prefix = {"GeoJSON": "GeoJSON:", "GeoPackage": "GPKG:"}.get(source.format, "")
    return f"{prefix}{source.path}"


def _layers(source: Source, asked: tuple[str, ...], where: str) -> list[str]:
    rows = [(str(name), kind) for name, kind in pyogrio.list_layers(_place(source))]
    shaped = [(name, str(kind)) for name, kind in rows if kind is not None]
    if not shaped:
        raise ZoneError("holds no shapes", where=where)
    if source.format in ("GeoJSON", "shapefile"):
        return [shaped[0][0]]
    strangers = [name for name in asked if name not in dict(shaped)]
    if strangers:
        known = ", ".join(name for name, _ in shaped)
        raise ZoneError(f"has no layer {strangers[0]!r}", where=where, do=f"It has: {known}")
    if asked:
        return list(asked)
    full = [name for name, kind in shaped if "Polygon" in kind or kind == "Unknown"]
    left = [name for name, _ in shaped if full and name not in full]
    if left:
        source.notes.append(f"layers without polygons were left: {', '.join(left)} (--layer)")
    return full or [name for name, _ in shaped]


def _layer(
    source: Source, layer: str, box: Box4 | None, crs: str, where: str, several: bool
) -> list[Shape]:
    place = _place(source)
    info = pyogrio.read_info(place, layer=layer)
    system = _system(source, info["crs"], crs, where)
    limit = box if box and _may_limit(source, info, system) else None
    meta, _, wkb, columns = pyogrio.raw.read(
        place, layer=layer, bbox=limit, force_2d=True, datetime_as_string=True
    )
    if limit and (left := info["features"] - len(wkb)) > 0:
        source.notes.append(f"{left} features do not touch the library's box and were left")
    labels = [f"feature {n + 1}" + (f" of {layer}" if several else "") for n in range(len(wkb))]
    geometry = _in_degrees(_parsed(wkb, labels, source, where), system, source, where)
    texts = _Texts(source, str(meta["encoding"]))
    names = [str(name).casefold() for name in meta["fields"]]
    days = [i for i, n in enumerate(names) if source.format == "KML" and n in ("begin", "end")]
    shapes = []
    for row, label in enumerate(labels):
        values = [texts.value(column[row]) for column in columns]
        for i in days:
            # KML's reader makes a day out as its midnight
            values[i] = str(values[i] or "").removesuffix("T00:00:00Z").removesuffix("T00:00:00")
        said = {n: v for n, v in zip(names, values, strict=True) if v not in (None, "", [])}
        shapes.append(Shape(geometry[row], said, label))
    if texts.mended:
        source.notes.append("its texts are UTF-8, though it does not say so (.cpg)")
    return shapes


def _system(source: Source, told: str | None, asked: str, where: str) -> Any:
    """The coordinate system; geopandas' (PROJ's) own object."""
    if not told and not asked:
        raise ZoneError(
            "does not say its coordinate system",
            where=where,
            do="Add --crs EPSG:4326 if it holds degrees of WGS 84, else its own, as EPSG:32620 "
            "for metres of UTM zone 20 N",
        )
    try:
        system = geopandas.GeoSeries([], crs=asked or told).crs
    except RuntimeError as error:
        raise ZoneError(
            f"{asked or told!r} is no coordinate system", where=where, do="Write --crs EPSG:4326"
        ) from error
    if asked and told and system != geopandas.GeoSeries([], crs=told).crs:
        name = geopandas.GeoSeries([], crs=told).crs.name
        source.notes.append(f"read as {system.name}, as asked; the file itself says {name}")
    return system


def _may_limit(source: Source, info: dict[str, Any], system: Any) -> bool:
    """Whether a large layer may be cut to the box while it is read: plain degrees, west to east."""
    bounds = info["total_bounds"]
    large = source.path.stat().st_size > LARGE_BYTES
    return bool(large and system == WGS84 and bounds and bounds[0] >= -180 and bounds[2] <= 180)


def _parsed(wkb: Objects, labels: list[str], source: Source, where: str) -> Objects:
    """Geometries; a ring that does not close is closed, which is noted."""
    geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    for row in np.flatnonzero(shapely.is_missing(geometry)):
        if wkb[row] is None:
            continue
        geometry[row] = shapely.from_wkb(wkb[row], on_invalid="fix")
        if geometry[row] is None:
            raise ZoneError(f"{labels[row]} has no readable shape", where=where)
        source.notes.append(f"repaired: {labels[row]} has a ring that does not close; closed")
    return np.asarray(geometry)


def _in_degrees(geometry: Objects, system: Any, source: Source, where: str) -> Objects:
    """The geometries in WGS 84 degrees; untouched where they are already."""
    xy = shapely.get_coordinates(geometry)
    if not np.isfinite(xy).all():
        rows = shapely.get_coordinates(geometry, return_index=True)[1]
        bad = int(rows[~np.isfinite(xy).all(axis=1)][0])
        raise ZoneError(f"feature {bad + 1} has a coordinate that is no number", where=where)
    degrees = xy.size and np.abs(xy[:, 0]).max() <= 360 and np.abs(xy[:, 1]).max() <= 90
    if system.is_geographic and xy.size and not degrees:
        x, y = xy[np.abs(xy).max(axis=1).argmax()]
        raise ZoneError(
            f"says degrees ({system.name}), but holds x = {x:.10g}, y = {y:.10g}",
            where=where,
            do="Name its true coordinate system, as --crs EPSG:32620 for metres of UTM zone 20 N",
        )
    if system.is_projected and degrees:
        raise ZoneError(
            f"says {system.name}, in metres or feet, but its numbers are degrees",
            where=where,
            do="Add --crs EPSG:4326 if they are degrees of WGS 84",
        )
    if system == WGS84 or system == "OGC:CRS84":
        return geometry
    try:
        moved = geopandas.GeoSeries(geometry, crs=system).to_crs(WGS84)
    except RuntimeError as error:
        raise ZoneError(
            f"no way is known from {system.name!r} to WGS 84", where=where, do="Use --crs"
        ) from error
    source.notes.append(f"reprojected from {system.name} to WGS 84")
    result = np.asarray(moved.values, dtype=object)
    if not np.isfinite(shapely.get_coordinates(result)).all():
        raise ZoneError(
            f"lies outside of where {system.name} holds", where=where, do="Check it, or use --crs"
        )
    return result


class _Texts:
    """Attribute values as plain Python; UTF-8 that was read as Latin-1 is read again."""

    def __init__(self, source: Source, encoding: str) -> None:
        self._guess = source.format == "shapefile" and encoding.upper() == "ISO-8859-1"
        self.mended = False

    def value(self, value: Any) -> Any:
        """One value; None for what is not there."""
        if isinstance(value, np.ndarray):
            return [self.value(v) for v in value.tolist()]
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and not np.isfinite(value):
            return None
        if not isinstance(value, str):
            return value
        if self._guess and not value.isascii():
            try:
                value = value.encode("latin-1").decode("utf-8")
                self.mended = True
            except UnicodeError:
                pass  # Latin-1 it is
        return " ".join("".join(c if c.isprintable() else " " for c in value).split())
