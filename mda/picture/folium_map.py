"""One offline HTML file of a stretch of sea: land, waters, trails, ships and findings.

Nothing in it asks for anything outside (`folium_page`). Names come from the air, so they are
escaped before they reach HTML.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import folium

from mda.clock import format_at
from mda.config import Config
from mda.model import Finding, Reports, TargetKind
from mda.picture.folium_page import add_land, add_layer, blank_page, safe_text, save, tree_of
from mda.picture.geojson import Feature, finding_properties, findings_geojson
from mda.picture.tracks import drawn_tracks, track_features
from mda.picture.zone_map import STATUS_WORDS, WHOLE_BOX, ZONES_CREDIT, add_zones

TRAIL_STYLE: Final = {"color": "#1f4e5f", "weight": 1.6, "opacity": 0.8}
GAP_STYLE: Final = {"color": "#1f4e5f", "weight": 1.6, "opacity": 0.7, "dashArray": "3 7"}
FINDING_STYLE: Final = {
    "color": "#a3123a", "weight": 2.5, "fillColor": "#a3123a", "fillOpacity": 0.25,
}  # fmt: skip
WITHDRAWN_STYLE: Final = {
    "color": "#6b6b6b", "weight": 1.5, "dashArray": "2 4", "fillOpacity": 0.0,
}  # fmt: skip
CREDIT: Final = f"{ZONES_CREDIT}. Coast: Natural Earth. Map: Leaflet (BSD-2-Clause)."
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
    page = blank_page(leaflet_dir)
    findings = list(findings)
    add_land(page, tree_of(land_geojson))
    add_zones(page, tree_of(zones_geojson))
    bounds = _tracks(page, tracks, config, labels or {})
    _findings(page, findings)
    page.fit_bounds(bounds or WHOLE_BOX, padding=(60, 60))
    save(page, path, _caption(title, tracks, len(findings)))


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
            feature["properties"] = {n: safe_text(v) for n, v in feature["properties"].items()}
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

    add_layer(page, "Trails", solid, TRAIL_STYLE, tooltip=card() if solid else None)
    add_layer(page, "Gaps (not heard)", dashed, GAP_STYLE, tooltip=card() if dashed else None)
    icon = folium.DivIcon(icon_size=(18, 18), icon_anchor=(9, 9), class_name="ship", html="")
    add_layer(
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
            "finding": safe_text(finding.kind.replace("_", " ")),
            "summary": safe_text(finding.summary),
            "opened": safe_text(p["opened_at"]),
            "closed": safe_text(p["closed_at"] or "still open"),
            "probability": "not modelled" if chance is None else f"{chance:.2f}",
            "waters": safe_text("; ".join(f"{z.name} ({z.status})" for z in finding.zones)),
            "status": safe_text(finding.status),
        }
        features.append({**feature, "properties": shown})
    fields = list(features[0]["properties"]) if features else []
    add_layer(
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


def _caption(title: str, tracks: Reports, findings: int) -> list[str]:
    parts = [f"<strong>{html.escape(title)}</strong>"]
    if len(tracks):
        first, last = int(tracks.at_us.min()), int(tracks.at_us.max())
        parts.append(f"{format_at(first, seconds=False)} to {format_at(last, seconds=False)}")
    parts.append(f"{findings} finding{'' if findings == 1 else 's'}")
    parts.append("Dashed: not heard. Not for navigation.")
    return [*parts, STATUS_WORDS, CREDIT]
