"""Rows of tables for tests."""

from __future__ import annotations

import json

from mda.clock import NO_TIME_US
from mda.model import RowKind, Sentence
from mda.model.tables import CONNECT_KEY, ColumnMap

EXACT = (
    "MMSI", "Message_ID", "Time", "Millisecond", "Vessel_Name", "Call_sign", "IMO", "Ship_Type",
    "Dimension_to_Bow", "Dimension_to_stern", "Dimension_to_port", "Dimension_to_starboard",
    "Draught", "Destination", "Navigational_status", "ROT", "SOG", "Accuracy", "Longitude",
    "Latitude", "COG", "Heading", "RAIM_flag", "UTC_second", "Fixing_device", "ETA_month",
    "ETA_day", "ETA_hour", "ETA_minute", "Data", "Altitude", "ATON_type", "ATON_name",
    "off_position", "Virtual_ATON", "Mother_ship_MMSI",
)  # fmt: skip
EXACT_HEADER = ",".join(EXACT).encode()


def exact_row(**cells: str) -> bytes:
    cells = {"Time": "20210701_185151", **cells}
    return ",".join(f'"{cells.get(name, "")}"' for name in EXACT).encode()


def connect(columns: ColumnMap, feed: int = 0) -> Sentence:
    body = json.dumps({CONNECT_KEY: columns.plain()}).encode()
    return Sentence(RowKind.CONNECT, feed, NO_TIME_US, body)
