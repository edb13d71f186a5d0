"""Writing the library's files: GeoJSON one feature a line, TOML one table a zone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from zones.build_shapes import DECIMALS


def write_geojson(path: Path, features: Iterable[dict[str, Any]], head: dict[str, Any]) -> None:
    """A FeatureCollection, one feature a line; gzipped without a time stamp where named .gz."""
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    start = json.dumps({"type": "FeatureCollection", **head}, ensure_ascii=False)[:-1]
    data = f'{start}, "features": [\n{lines}\n]}}\n'.encode()
    path.write_bytes(gzip.compress(data, 9, mtime=0) if path.suffix == ".gz" else data)


def polygon_feature(zone_id: str, geometry: BaseGeometry, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature with coordinates at the library's precision."""
    body = json.loads(shapely.to_geojson(geometry))
    body["coordinates"] = _rounded(body["coordinates"])
    return {"type": "Feature", "id": zone_id, "properties": properties, "geometry": body}


def _rounded(value: Any) -> Any:
    return [_rounded(v) for v in value] if isinstance(value, list) else round(value, DECIMALS)


def toml_text(value: Any) -> str:
    """A TOML value: texts, numbers and lists of them are written as JSON writes them."""
    return json.dumps(value, ensure_ascii=False)


def write_toml(path: Path, head: dict[str, Any], zones: Iterable[dict[str, Any]], top: str) -> None:
    """A zone file: a comment, `[library]`, then one `[[zone]]` a zone."""
    lines = [f"# {line}" for line in top.splitlines()] + ["", "[library]"]
    lines += [f"{k} = {toml_text(v)}" for k, v in head.items()]
    for zone in zones:
        lines += ["", "[[zone]]"] + [f"{k} = {toml_text(v)}" for k, v in zone.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
