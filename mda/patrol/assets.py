"""Assets from their reviewed TOML: every figure with its source."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from mda.errors import PlanError
from mda.model.patrol import Asset, Figure

ASSETS = Path(__file__).with_name("assets.toml")
_FIGURES: Final = ("transit_kn", "search_kn", "endurance_h", "reserve_h")
_TEXTS: Final = ("id", "name", "kind", "operator", "base")
_PLACE: Final = ("base_lon_deg", "base_lat_deg")


def load_assets(file: Path = ASSETS) -> tuple[Asset, ...]:
    """All assets of the file. PlanError: it is missing, damaged, or a figure lacks its source."""
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError("no such assets file", where=str(file)) from error
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"not TOML: {error}", where=str(file)) from error
    return tuple(_asset(body, file) for body in tree.get("asset", []))


def _asset(body: dict[str, Any], file: Path) -> Asset:
    where = f"{file}: {body.get('id', 'asset without id')}"
    missing = [n for n in (*_TEXTS, *_PLACE, *_FIGURES) if n not in body]
    if missing:
        raise PlanError(f"no {missing[0]}", where=where, do="Give every figure, or leave it out")
    unknown = set(body) - {*_TEXTS, *_PLACE, *_FIGURES}
    if unknown:
        raise PlanError(f"unknown entry {min(unknown)!r}", where=where)
    figures = {name: _figure(name, body[name], where) for name in _FIGURES}
    if figures["reserve_h"].value >= figures["endurance_h"].value:
        raise PlanError("the reserve is as long as the endurance", where=where)
    lon_deg, lat_deg = (float(body[name]) for name in _PLACE)
    if not (-180.0 <= lon_deg <= 180.0 and -90.0 <= lat_deg <= 90.0):
        raise PlanError("the base is not on the earth", where=where)
    return Asset(
        id=str(body["id"]),
        name=str(body["name"]),
        kind=str(body["kind"]),
        operator=str(body["operator"]),
        base=str(body["base"]),
        base_lon_deg=lon_deg,
        base_lat_deg=lat_deg,
        transit_kn=figures["transit_kn"],
        search_kn=figures["search_kn"],
        endurance_h=figures["endurance_h"],
        reserve_h=figures["reserve_h"],
    )


def _figure(name: str, body: Any, where: str) -> Figure:
    try:
        value, source, confirmed = float(body["value"]), str(body["source"]), body["confirmed"]
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(f"{name} lacks value, source or confirmed", where=where) from error
    if not value > 0 or not source or not isinstance(confirmed, bool):
        raise PlanError(f"{name} is not a sourced positive number", where=where)
    return Figure(value, source, confirmed)
