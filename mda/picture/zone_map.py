"""Zones on a folium map: areas that say whose they are, limits whose line style is their status."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import folium

from mda.picture.folium_page import add_land, add_layer, blank_page, safe_text, save, tree_of
from mda.picture.geojson import Feature

ZONES_CREDIT: Final = (
    "Zones: Flanders Marine Institute, Union of the ESRI Country shapefile and the EEZ v3 "
    "(CC BY 4.0), simplified, no legal limits"
)
"""Whose work is inside the file: it is meant to be passed on."""
STATUS_WORDS: Final = (
    "Limits: solid agreed, dashed claimed, dotted between parts of one state; shaded water is "
    "disputed or joint, and every claimant is named."
)
DASHES: Final[Mapping[str, str]] = {
    "agreed": "", "claimed": "8 5", "median": "8 5", "disputed": "8 5", "joint": "10 4 2 4",
    "none": "1 5",
}  # fmt: skip
"""Dashes of a limit by its status, as on the live page; an unknown status is no agreement."""
LAYERS: Final = (
    "Waters",
    "Limits",
    "Territorial sea, contiguous zone",
    "Joint zones",
    "Disputed water",
    "Exclusion areas",
    "Own zones",
)
"""From below to above. `Waters` are the areas under the pointer; they have no line of their own."""
_BLUE, _ORANGE, _OLIVE, _VIOLET = "#3b6ea5", "#b35c00", "#6b5a00", "#5a3fa0"
_COLOURS: Final = {LAYERS[4]: _ORANGE, LAYERS[5]: _OLIVE, LAYERS[6]: _VIOLET}
_FILLS: Final = {LAYERS[3]: 0.1, LAYERS[4]: 0.15, LAYERS[5]: 0.2, LAYERS[6]: 0.1}
WHOLE_BOX: Final = ((0.0, -92.0), (32.0, -48.0))
"""South-west and north-east (lat, lon): the project's waters."""


def write_zone_map(
    path: Path,
    zones_geojson: bytes | Mapping[str, Any],
    *,
    land_geojson: bytes | Mapping[str, Any],
    leaflet_dir: Path,
    title: str = "CARIBSIS zones",
) -> None:
    """Write a map of zones alone to `path`. MdaError: no Leaflet there, or nowhere to write."""
    page = blank_page(leaflet_dir)
    add_land(page, tree_of(land_geojson))
    add_zones(page, tree_of(zones_geojson))
    page.fit_bounds(WHOLE_BOX)
    heading = f"<strong>{html.escape(title)}</strong>"
    save(page, path, [heading, STATUS_WORDS, f"Not for navigation. {ZONES_CREDIT}."])


def add_zones(page: Any, zones: dict[str, Any]) -> None:
    """The layers of zones that a drawing holds, each with a switch."""
    layers: dict[str, list[Feature]] = {name: [] for name in LAYERS}
    for zone in zones["features"]:
        layers[_layer_of(zone)].append(_shown(zone))
    for name, features in layers.items():
        if not features:
            continue
        tip = folium.GeoJsonTooltip(fields=_SHORT, aliases=_TITLES[: len(_SHORT)], sticky=True)
        whole = folium.GeoJsonPopup(fields=[*_SHORT, *_LONG], aliases=_TITLES, max_width=420)
        add_layer(page, name, features, _style(name), tooltip=tip, popup=whole)


_SHORT: Final = ["name", "claimants", "status", "accuracy", "window"]
_LONG: Final = ["basis", "source"]
"""Under the pointer, and what a click adds."""
_TITLES: Final = ["Zone", "Claimed by", "Status", "Our line", "Holds", "Basis", "Source"]


def _layer_of(zone: Feature) -> str:
    """By owner and family, then by what is contested."""
    p = zone.get("properties") or {}
    family, kind, status = p.get("family", "waters"), p.get("kind"), p.get("status")
    if p.get("own") or family == "own":
        return LAYERS[6]
    if family == "rules":
        return LAYERS[5]
    if family == "belts":
        return LAYERS[2]
    if status == "disputed" or kind == "overlap":
        return LAYERS[4]
    if status == "joint" or kind == "joint":
        return LAYERS[3]
    return LAYERS[1] if "Line" in (zone.get("geometry") or {}).get("type", "") else LAYERS[0]


def _shown(zone: Feature) -> Feature:
    """The feature with the words of its tooltip."""
    p = zone.get("properties") or {}
    claimants = p.get("claimants") or ()
    claimants = [claimants] if isinstance(claimants, str) else list(claimants)
    metres = p.get("accuracy_m")
    times = [f"{word} {p[key]}" for word, key in _WINDOW if p.get(key)]
    shown = {
        "name": safe_text(p.get("name", "")),
        "claimants": safe_text(", ".join(str(c) for c in claimants)),
        "status": safe_text(p.get("status", "")),
        "basis": safe_text(p.get("basis", "")),
        "source": safe_text(p.get("source", "")),
        "accuracy": safe_text("" if metres is None else f"± {metres / 1000:g} km"),
        "window": safe_text(" ".join(times) or "always"),
    }
    drawn = {"drawn_status": str(p.get("status", "")), "edged": p.get("family") in _EDGED}
    return {**zone, "properties": {**shown, **drawn}}


_EDGED: Final = ("rules", "own")
"""Families whose areas have no coast for an edge: it is drawn, for it is their limit."""
_WINDOW: Final = (("from", "valid_from"), ("until", "valid_until"))


def _style(name: str) -> Any:
    """How the features of a layer are drawn."""
    colour = _COLOURS.get(name, _BLUE)

    def of(feature: Feature) -> dict[str, Any]:
        if name == "Waters":
            return {"stroke": False, "fill": True, "fillOpacity": 0.0}
        area = "Polygon" in feature["geometry"]["type"]
        dashes = DASHES.get(feature["properties"]["drawn_status"], DASHES["claimed"])
        return {
            "color": colour,
            "weight": 0.8 if name == LAYERS[2] else 1.2,
            "stroke": not area or feature["properties"]["edged"],
            "dashArray": "3 3" if name == LAYERS[2] else dashes,
            "fill": area,
            "fillColor": colour,
            "fillOpacity": _FILLS.get(name, 0.0) if area else 0.0,
        }

    return of
