"""Tracks as drawable features: solid where a vessel was heard, dashed across its gaps.

*Definition.* A step between two kept points is a gap when it is longer than 5 min and longer than
three nominal intervals (WIRE.md, trails): what happened there is not known, so it is never solid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mda.clock import NO_TIME_US, format_at
from mda.config import Config
from mda.model import Flag, Reports, TargetKind
from mda.model.reports import F64, I64
from mda.picture.geojson import Feature, feature, number, point
from mda.picture.kinds import nominal_intervals_s, target_kinds
from mda.picture.trails import thin
from mda.units import US_PER_S, microseconds

GAP_S: Final = 300.0
GAP_INTERVALS: Final = 3.0


@dataclass(frozen=True, slots=True)
class DrawnTrack:
    """One vessel's thinned track and its last report."""

    key: int
    mmsi: int
    label: str
    kind: TargetKind
    at_us: I64
    lon_deg: F64
    lat_deg: F64
    gap_after: tuple[int, ...]
    """Rows after which the next point is a gap away."""
    sog_kn: float
    cog_deg: float
    heading_deg: float

    def lines(self) -> tuple[list[list[list[float]]], list[list[list[float]]]]:
        """Solid stretches and dashed steps, as coordinate lists."""
        places = [
            [round(a, 5), round(b, 5)] for a, b in zip(self.lon_deg, self.lat_deg, strict=True)
        ]
        solid, start = [], 0
        for row in self.gap_after:
            solid.append(places[start : row + 1])
            start = row + 1
        solid.append(places[start:])
        dashed = [places[row : row + 2] for row in self.gap_after]
        return [line for line in solid if len(line) > 1], dashed


def drawn_tracks(
    reports: Reports, config: Config, labels: Mapping[int, str] | None = None
) -> Iterator[DrawnTrack]:
    """The believed tracks of a stretch of reports, one a vessel key, in key order."""
    usable = reports.take((reports.flags & Flag.UNUSABLE) == 0)
    usable = usable.take(~np.isnan(usable.lon_deg) & ~np.isnan(usable.lat_deg))
    key = usable.key()
    order = np.lexsort((usable.at_us, key))
    usable, key = usable.take(order), key[order]
    if not len(usable):
        return
    keys, first, slot = np.unique(key, return_index=True, return_inverse=True)
    kept = thin(
        slot.astype(np.int64),
        usable.at_us,
        usable.lon_deg,
        usable.lat_deg,
        np.full(len(keys), NO_TIME_US),
        np.full(len(keys), np.nan),
        np.full(len(keys), np.nan),
        microseconds(config.number("picture.trail_step_s")),
        config.number("picture.trail_step_m"),
        microseconds(config.number("picture.trail_still_s")),
    )
    stops = np.append(first[1:], len(usable))
    kept[stops - 1] = True  # the newest point is where the symbol stands
    for number_, (start, stop) in enumerate(zip(first.tolist(), stops.tolist(), strict=True)):
        rows = start + np.flatnonzero(kept[start:stop])
        yield _drawn(int(keys[number_]), usable.take(rows), labels or {})


def _drawn(key: int, rows: Reports, labels: Mapping[int, str]) -> DrawnTrack:
    kinds = target_kinds(rows.mmsi, rows.msg_type)
    nominal_s = nominal_intervals_s(kinds, rows.msg_type, rows.sog_kn, rows.nav_status, rows.valid)
    steps_s = np.diff(rows.at_us) / US_PER_S
    gaps = np.flatnonzero(steps_s > np.maximum(GAP_S, GAP_INTERVALS * nominal_s[:-1]))
    mmsi = int(rows.mmsi[-1])
    return DrawnTrack(
        key=key,
        mmsi=mmsi,
        label=labels.get(key) or f"MMSI {mmsi:09d}",
        kind=TargetKind(int(kinds[-1])),
        at_us=rows.at_us,
        lon_deg=rows.lon_deg,
        lat_deg=rows.lat_deg,
        gap_after=tuple(gaps.tolist()),
        sog_kn=float(rows.sog_kn[-1]),
        cog_deg=float(rows.cog_deg[-1]),
        heading_deg=float(rows.heading_deg[-1]),
    )


def track_properties(track: DrawnTrack) -> dict[str, Any]:
    """What a track and its symbol say of themselves, unknown as null."""
    return {
        "key": str(track.key),
        "mmsi": track.mmsi,
        "label": track.label,
        "kind": track.kind.name.lower().replace("_", " "),
        "from": format_at(int(track.at_us[0])),
        "at": format_at(int(track.at_us[-1])),
        "sog_kn": number(track.sog_kn, 1),
        "cog_deg": number(track.cog_deg, 1),
        "heading_deg": number(track.heading_deg, 1),
    }


def track_features(track: DrawnTrack) -> tuple[list[Feature], list[Feature], Feature]:
    """Solid lines, dashed lines, and the symbol's point."""
    properties = track_properties(track)
    solid, dashed = track.lines()

    def many(lines: list[list[list[float]]]) -> list[Feature]:
        shape = {"type": "MultiLineString", "coordinates": lines}
        return [feature(shape, properties)] if lines else []

    place = point(float(track.lon_deg[-1]), float(track.lat_deg[-1]))
    return many(solid), many(dashed), feature(place, properties)
