"""What we believe at one instant, and its faces: live page, GeoJSON, offline map."""

from mda.picture.geojson import finding_properties, findings_geojson, picture_geojson
from mda.picture.live import LivePicture
from mda.picture.wire import RECORD, delta_frame, whole_frame

__all__ = [
    "RECORD",
    "LivePicture",
    "delta_frame",
    "finding_properties",
    "findings_geojson",
    "picture_geojson",
    "whole_frame",
]
