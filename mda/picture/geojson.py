"""The picture and the findings as GeoJSON (RFC 7946): longitude first, unknown is null."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from mda.clock import format_at
from mda.model import Finding, Mark, Picture, TargetKind, Valid, VesselClass

Feature = dict[str, Any]


def picture_geojson(picture: Picture) -> dict[str, Any]:
    """A FeatureCollection with a point for each target at its predicted place."""
    t = picture.targets
    features = []
    for i in range(len(t)):
        status_known = bool(t.valid[i] & Valid.NAV_STATUS)
        marks = int(t.marks[i])
        properties = {
            "key": str(int(t.key[i])),
            "mmsi": int(t.mmsi[i]),
            "name": t.name[i].decode("ascii", "replace") or None,
            "kind": TargetKind(int(t.kind[i])).name.lower(),
            "vessel_class": VesselClass(int(t.vessel_class[i])).name.lower(),
            "marks": [m for m in _MARKS if marks & _MARKS[m]],
            "nav_status": int(t.nav_status[i]) if status_known else None,
            "at": format_at(int(t.at_us[i])),
            "reported_lon_deg": number(t.lon_deg[i]),
            "reported_lat_deg": number(t.lat_deg[i]),
            "radius_m": number(t.radius_m[i], 0),
            "sog_kn": number(t.sog_kn[i], 2),
            "cog_deg": number(t.cog_deg[i], 2),
            "heading_deg": number(t.heading_deg[i], 2),
            "length_m": number(t.length_m[i], 0),
        }
        features.append(
            feature(point(float(t.now_lon_deg[i]), float(t.now_lat_deg[i])), properties)
        )
    return {
        "type": "FeatureCollection",
        "picture_version": picture.version,
        "at": format_at(picture.at_us),
        "watermark": format_at(picture.watermark_us),
        "features": features,
    }


def finding_properties(finding: Finding) -> dict[str, Any]:
    """A finding's properties as every export has them; a pair has `mmsis` for `mmsi`."""
    who: dict[str, Any] = (
        {"mmsi": finding.mmsis[0]} if len(finding.mmsis) == 1 else {"mmsis": list(finding.mmsis)}
    )
    closed_us = finding.closed_at_us
    return {
        "id": finding.id,
        "kind": finding.kind,
        **who,
        "onset_at": format_at(finding.onset_at_us),
        "opened_at": format_at(finding.opened_at_us),
        "closed_at": None if closed_us is None else format_at(closed_us),
        "revision": finding.revision,
        "status": finding.status,
        "probability": finding.probability,
        "zones": [{**asdict(zone), "claimants": list(zone.claimants)} for zone in finding.zones],
        "summary": finding.summary,
        "evidence": finding.evidence,
    }


def findings_geojson(findings: Iterable[Finding]) -> dict[str, Any]:
    """A FeatureCollection of findings: a line where one has a path, else a point, else nothing."""
    features = []
    for finding in findings:
        if len(finding.path) > 1:
            geometry: Feature | None = {
                "type": "LineString",
                "coordinates": [[round(lon, 7), round(lat, 7)] for lon, lat in finding.path],
            }
        else:
            geometry = point(finding.lon_deg, finding.lat_deg)
        features.append(feature(geometry, plain(finding_properties(finding)), finding.id))
    return {"type": "FeatureCollection", "features": features}


def feature(geometry: Feature | None, properties: dict[str, Any], id_: str = "") -> Feature:
    """One GeoJSON feature."""
    out: Feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    return {**out, "id": id_} if id_ else out


def point(lon_deg: float, lat_deg: float) -> Feature | None:
    """A point to 1 cm, or None where the place is not known."""
    if math.isnan(lon_deg) or math.isnan(lat_deg):
        return None
    return {"type": "Point", "coordinates": [round(lon_deg, 7), round(lat_deg, 7)]}


def number(value: float, digits: int = 7) -> float | None:
    """A rounded number, None where it is not known."""
    value = float(value)
    return None if math.isnan(value) else round(value, digits)


def plain(value: Any) -> Any:
    """JSON without the numbers JSON does not have: NaN and infinities become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


_MARKS = {
    "old": Mark.OLD,
    "lost": Mark.LOST,
    "unacknowledged_case": Mark.ALERT,
    "case": Mark.CASE,
    "uncertain": Mark.UNCERTAIN,
}
