"""One offline HTML file of a stretch of sea: land, waters, trails, ships and findings.

folium writes the Leaflet calls; its page would fetch Leaflet and four more libraries from content
networks, so every default asset is taken out, and Leaflet itself is put into the file. Nothing in
it asks for anything outside. Names come from the air, so they are escaped before they reach HTML.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import folium
from branca.element import Element

from mda.clock import format_at
from mda.config import Config
from mda.errors import MdaError
from mda.model import Finding, Reports, TargetKind
from mda.picture.geojson import Feature, finding_properties, findings_geojson
from mda.picture.tracks import drawn_tracks, track_features

LAND_STYLE: Final = {
    "color": "#8a7d5c", "weight": 1, "fillColor": "#e9dfc3", "fillOpacity": 1.0,
}  # fmt: skip
ZONE_STYLE: Final = {"color": "#3b6ea5", "weight": 1.2, "fill": False}
DISPUTED_STYLE: Final = {
    "color": "#b35c00", "weight": 1.2, "dashArray": "6 4", "fillColor": "#b35c00",
    "fillOpacity": 0.12,
}  # fmt: skip
TRAIL_STYLE: Final = {"color": "#1f4e5f", "weight": 1.6, "opacity": 0.8}
GAP_STYLE: Final = {"color": "#1f4e5f", "weight": 1.6, "opacity": 0.7, "dashArray": "3 7"}
FINDING_STYLE: Final = {
    "color": "#a3123a", "weight": 2.5, "fillColor": "#a3123a", "fillOpacity": 0.25,
}  # fmt: skip
WITHDRAWN_STYLE: Final = {
    "color": "#6b6b6b", "weight": 1.5, "dashArray": "2 4", "fillOpacity": 0.0,
}  # fmt: skip
WHOLE_BOX: Final = ((0.0, -92.0), (32.0, -48.0))
"""South-west and north-east (lat, lon) shown where there is no track: the project's waters."""
_IMAGE = re.compile(r"url\((images/[\w.-]+)\)")
CREDIT: Final = (
    "Zones: Flanders Marine Institute, Union of the ESRI Country shapefile and the EEZ v3 "
    "(CC BY 4.0), simplified, no legal limits. Coast: Natural Earth. Map: Leaflet (BSD-2-Clause)."
)
"""Whose work is inside the file: it is meant to be passed on."""

FIXED = (TargetKind.AID, TargetKind.AID_VIRTUAL, TargetKind.BASE)
"""Kinds that stay where they are, or should."""


def write_map(
    path: Path,
    tracks: Reports,
    findings: Iterable[Finding],
    zones_geojson: bytes | Mapping[str, Any],
    *,
    land_geojson: bytes | Mapping[str, Any],
    leaflet_dir: Path,
    config: Config,
    labels: Mapping[int, str] | None = None,
    title: str = "CARIBSIS",
) -> None:
    """Write the map to `path`.

    `leaflet_dir` holds `leaflet.js` and `leaflet.css` (version 1.9); `labels` gives a name to each
    vessel key. MdaError: an asset is missing, or the file cannot be written.
    """
    script, style = _leaflet(leaflet_dir)
    findings = list(findings)
    page: Any = folium.Map(tiles=None, prefer_canvas=True, control_scale=True)
    page.default_js, page.default_css = [], []
    header = page.get_root().header
    header.add_child(_verbatim(f"<style>{style}</style>"), name="leaflet_style")
    header.add_child(_verbatim(f"<script>{script}</script>"), name="leaflet_script")
    header.add_child(_verbatim(f"<style>{_OWN_STYLE}</style>"), name="own_style")

    _land(page, _tree(land_geojson))
    _zones(page, _tree(zones_geojson))
    bounds = _tracks(page, tracks, config, labels or {})
    _findings(page, findings)
    page.fit_bounds(bounds or WHOLE_BOX, padding=(60, 60))
    folium.LayerControl(collapsed=False).add_to(page)
    caption = _caption(title, tracks, len(findings))
    page.get_root().html.add_child(_verbatim(caption), name="caption")
    try:
        path.write_text(page.get_root().render(), encoding="utf-8")
    except OSError as error:
        raise MdaError(f"cannot write the map: {error.strerror}", where=str(path)) from error


def _leaflet(directory: Path) -> tuple[str, str]:
    """Leaflet's script and style, fit to stand inside one file."""
    try:
        script = (directory / "leaflet.js").read_text(encoding="utf-8")
        style = (directory / "leaflet.css").read_text(encoding="utf-8")
    except OSError as error:
        raise MdaError(
            "Leaflet is not there", where=str(directory), do="Build the page: make deps"
        ) from error
    script = re.sub(r"//# sourceMappingURL=\S*", "", script).replace("</script", "<\\/script")

    def inlined(match: re.Match[str]) -> str:
        image = directory / match[1]
        if not image.is_file():
            return "none"
        return f"url(data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()})"

    return script, _IMAGE.sub(inlined, style)


def _verbatim(text: str) -> Element:
    """An element whose text is not a template."""
    return Element("{% raw %}" + text + "{% endraw %}")


def _tree(geojson: bytes | Mapping[str, Any]) -> dict[str, Any]:
    tree = json.loads(geojson) if isinstance(geojson, bytes) else dict(geojson)
    return {"type": "FeatureCollection", "features": list(tree.get("features", ()))}


def _layer(page: Any, name: str, features: list[Feature], style: Any, **options: Any) -> None:
    """Add features as one layer that can be switched off; folium refuses an empty one."""
    if not features:
        return
    collection = {"type": "FeatureCollection", "features": features}
    style_function = style if callable(style) else lambda _feature: style
    folium.GeoJson(
        collection, name=name, style_function=style_function, smooth_factor=0.5, **options
    ).add_to(page)


def _land(page: Any, land: dict[str, Any]) -> None:
    shapes = [{**f, "properties": {}} for f in land["features"]]
    _layer(page, "Land", shapes, LAND_STYLE, interactive=False, control=False)


def _zones(page: Any, zones: dict[str, Any]) -> None:
    features = []
    for zone in zones["features"]:
        p = zone.get("properties") or {}
        claimants = p.get("claimants") or ()
        claimants = [claimants] if isinstance(claimants, str) else list(claimants)
        shown = {
            "name": _safe(p.get("name", "")),
            "claimants": _safe(", ".join(str(c) for c in claimants)),
            "status": _safe(p.get("status", "")),
            "basis": _safe(p.get("basis", "")),
        }
        features.append(
            {**zone, "properties": {**shown, "disputed": p.get("status") == "disputed"}}
        )
    _layer(
        page,
        "Waters",
        features,
        lambda f: DISPUTED_STYLE if f["properties"]["disputed"] else ZONE_STYLE,
        tooltip=folium.GeoJsonTooltip(
            fields=["name", "claimants", "status", "basis"],
            aliases=["Water", "Claimed by", "Status", "Basis"],
            sticky=True,
        ),
    )


def _tracks(
    page: Any, reports: Reports, config: Config, labels: Mapping[int, str]
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Trails and symbols; the (lat, lon) corners that hold the ships, None where there are none.

    Aids and base stations do not move the view: a relayed aid may claim a place an ocean away.
    """
    solid: list[Feature] = []
    dashed: list[Feature] = []
    ships: list[Feature] = []
    box = [90.0, 180.0, -90.0, -180.0]
    for track in drawn_tracks(reports, config, labels):
        lines, gaps, ship = track_features(track)
        for feature in (*lines, *gaps, ship):
            feature["properties"] = {n: _safe(v) for n, v in feature["properties"].items()}
        ship["properties"]["icon"] = _symbol(track.heading_deg, track.cog_deg)
        solid, dashed, ships = solid + lines, dashed + gaps, [*ships, ship]
        if track.kind in FIXED:
            continue
        lats, lons = track.lat_deg, track.lon_deg
        box = [
            min(box[0], float(lats.min())), min(box[1], float(lons.min())),
            max(box[2], float(lats.max())), max(box[3], float(lons.max())),
        ]  # fmt: skip

    def card() -> Any:
        fields = ["label", "mmsi", "kind", "at", "sog_kn", "cog_deg", "heading_deg"]
        aliases = ["Claims", "MMSI", "Kind", "Last report", "SOG kn", "COG °", "Heading °"]
        return folium.GeoJsonTooltip(fields=fields, aliases=aliases, sticky=True)

    _layer(page, "Trails", solid, TRAIL_STYLE, tooltip=card() if solid else None)
    _layer(page, "Gaps (not heard)", dashed, GAP_STYLE, tooltip=card() if dashed else None)
    icon = folium.DivIcon(icon_size=(18, 18), icon_anchor=(9, 9), class_name="ship", html="")
    _layer(
        page,
        "Ships",
        ships,
        lambda f: {"html": f["properties"]["icon"]},
        marker=folium.Marker(icon=icon),
        tooltip=card() if ships else None,
    )
    return ((box[0], box[1]), (box[2], box[3])) if box[0] <= box[2] else None


def _findings(page: Any, findings: list[Finding]) -> None:
    collection = findings_geojson(findings)
    features = []
    for finding, feature in zip(findings, collection["features"], strict=True):
        if feature["geometry"] is None:
            continue
        p = finding_properties(finding)
        chance = p["probability"]
        shown = {
            "finding": _safe(finding.kind.replace("_", " ")),
            "summary": _safe(finding.summary),
            "opened": _safe(p["opened_at"]),
            "closed": _safe(p["closed_at"] or "still open"),
            "probability": "not modelled" if chance is None else f"{chance:.2f}",
            "waters": _safe("; ".join(f"{z.name} ({z.status})" for z in finding.zones)),
            "status": _safe(finding.status),
        }
        features.append({**feature, "properties": shown})
    fields = list(features[0]["properties"]) if features else []
    _layer(
        page,
        "Findings",
        features,
        lambda f: WITHDRAWN_STYLE if f["properties"]["status"] == "withdrawn" else FINDING_STYLE,
        marker=folium.CircleMarker(radius=9),
        popup=folium.GeoJsonPopup(fields=fields, max_width=420) if features else None,
    )


def _symbol(heading_deg: float, cog_deg: float) -> str:
    """An acute triangle, apex on heading, else hollow on COG, else a dot (SN.1/Circ.243)."""
    if heading_deg == heading_deg:
        turn, fill = heading_deg, "#123c4a"
    elif cog_deg == cog_deg:
        turn, fill = cog_deg, "none"
    else:
        return '<svg width="18" height="18"><circle cx="9" cy="9" r="3" fill="#123c4a"/></svg>'
    return (
        '<svg width="18" height="18"><path d="M9 1 L13 15 L5 15 Z" stroke="#123c4a" '
        f'stroke-width="1.5" fill="{fill}" transform="rotate({turn:.0f} 9 9)"/></svg>'
    )


def _safe(value: Any) -> str:
    """Text that is only text in HTML; what is not known is a dash."""
    return "–" if value is None or value == "" else html.escape(str(value))


def _caption(title: str, tracks: Reports, findings: int) -> str:
    parts = [f"<strong>{html.escape(title)}</strong>"]
    if len(tracks):
        first, last = int(tracks.at_us.min()), int(tracks.at_us.max())
        parts.append(f"{format_at(first, seconds=False)} to {format_at(last, seconds=False)}")
    parts.append(f"{findings} finding{'' if findings == 1 else 's'}")
    parts.append("Dashed: not heard. Not for navigation.")
    parts.append(CREDIT)
    return f'<div class="caption">{"<br>".join(parts)}</div>'


_OWN_STYLE: Final = """
.leaflet-container { background: #cfe1e8; font: 14px/1.4 system-ui, sans-serif; }
.caption { position: fixed; left: 12px; bottom: 60px; z-index: 1000; padding: 8px 12px;
  background: #fff; color: #1b1b1b; border: 1px solid #555; font: 14px/1.4 system-ui, sans-serif; }
.ship { background: none; border: 0; }
.leaflet-popup-content { max-height: 320px; overflow: auto; }
.leaflet-popup-content th, .leaflet-tooltip th { text-align: left; padding-right: 8px;
  vertical-align: top; }
"""
