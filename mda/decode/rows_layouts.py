"""Layouts of tables of decoded AIS: those that are known by their header, and any column map.

*Built in.* Marine Cadastre (NOAA; the spellings of 2015 to today), the Danish Maritime Authority
(day first), exactEarth (all message types in one table; draught in decimetres). A header is known
by the names in it, whatever their order, case, blanks and underscores.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mda.decode.rows_time import TimeReader, time_reader
from mda.errors import DecodeError
from mda.model.tables import TABLE_FIELDS, ColumnMap

BOM: Final = "\ufeff"
_PLAIN: Final = re.compile(r"[^a-z0-9]+")

MARINE_CADASTRE: Final = ColumnMap(
    {
        "at": "BaseDateTime",
        "mmsi": "MMSI",
        "lon_deg": "LON|longitude",
        "lat_deg": "LAT|latitude",
        "sog_kn": "SOG",
        "cog_deg": "COG",
        "heading_deg": "Heading",
        "nav_status": "Status",
        "vessel_class": "TransceiverClass|transceiver",
        "name": "VesselName",
        "imo": "IMO",
        "callsign": "CallSign",
        "ship_type": "VesselType",
        "length_m": "Length",
        "beam_m": "Width",
        "draught_m": "Draft|Draught",
    },
    title="Marine Cadastre CSV",
)
DANISH: Final = ColumnMap(
    {
        "at": "Timestamp",
        "vessel_class": "Type of mobile",
        "mmsi": "MMSI",
        "lat_deg": "Latitude",
        "lon_deg": "Longitude",
        "nav_status": "Navigational status",
        "rot_deg_per_min": "ROT",
        "sog_kn": "SOG",
        "cog_deg": "COG",
        "heading_deg": "Heading",
        "imo": "IMO",
        "callsign": "Callsign",
        "name": "Name",
        "ship_type": "Ship type",
        "beam_m": "Width",
        "length_m": "Length",
        "draught_m": "Draught",
        "destination": "Destination",
        "to_bow_m": "A",
        "to_stern_m": "B",
        "to_port_m": "C",
        "to_starboard_m": "D",
    },
    time_format="%d/%m/%Y %H:%M:%S",
    title="Danish Maritime Authority CSV",
)
EXACT_EARTH: Final = ColumnMap(
    {
        "at": "Time",
        "millisecond": "Millisecond",
        "mmsi": "MMSI",
        "msg_type": "Message_ID",
        "lon_deg": "Longitude",
        "lat_deg": "Latitude",
        "sog_kn": "SOG",
        "cog_deg": "COG",
        "heading_deg": "Heading",
        "rot_deg_per_min": "ROT",
        "nav_status": "Navigational_status",
        "second": "UTC_second",
        "accuracy": "Accuracy",
        "raim": "RAIM_flag",
        "altitude_m": "Altitude",
        "off_position": "off_position",
        "virtual_aid": "Virtual_ATON",
        "imo": "IMO",
        "callsign": "Call_sign",
        "name": "Vessel_Name",
        "ship_type": "Ship_Type",
        "to_bow_m": "Dimension_to_Bow",
        "to_stern_m": "Dimension_to_stern",
        "to_port_m": "Dimension_to_port",
        "to_starboard_m": "Dimension_to_starboard",
        "draught_m": "Draught",
        "destination": "Destination",
        "eta_month": "ETA_month",
        "eta_day": "ETA_day",
        "eta_hour": "ETA_hour",
        "eta_minute": "ETA_minute",
        "fix_type": "Fixing_device",
        "mothership_mmsi": "Mother_ship_MMSI",
        "aid_name": "ATON_name",
        "aid_type": "ATON_type",
    },
    time_format="%Y%m%d_%H%M%S",
    draught_unit="dm",
    title="exactEarth CSV",
)
_BUILT_IN: Final = (
    (EXACT_EARTH, ("at", "millisecond", "mmsi", "msg_type", "lon_deg", "lat_deg")),
    (DANISH, ("at", "vessel_class", "mmsi", "lon_deg", "lat_deg")),
    (MARINE_CADASTRE, ("at", "mmsi", "lon_deg", "lat_deg")),
)
"""Each with the fields by which its header is known."""


@dataclass(frozen=True, slots=True)
class TableLayout:
    """A map laid on one header: where each field stands in a row."""

    map: ColumnMap
    width: int
    """Columns of the table."""
    place: Mapping[str, int]
    """Column of each field, from 0."""
    read_time: TimeReader

    @property
    def words(self) -> str:
        """The layout for people."""
        return f"{self.map.title}, {self.width} columns"


def cells_of(line: str, separator: str) -> list[str] | None:
    """One row's cells; None where its quotes are past repair."""
    try:
        rows = list(csv.reader([line], delimiter=separator))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def check_map(column_map: ColumnMap) -> None:
    """DecodeError: the map names no such field, or lacks what every report needs."""
    for field in column_map.columns:
        if field not in TABLE_FIELDS:
            raise DecodeError(f"no such column: {field}", do="Known are " + ", ".join(TABLE_FIELDS))
    for field in ("at", "lon_deg", "lat_deg"):
        if field not in column_map.columns:
            raise DecodeError(f"the column map does not say which column is {field}")
    if ("mmsi" in column_map.columns) == ("vessel_id" in column_map.columns):
        raise DecodeError("the column map needs mmsi, or else vessel_id where there are no MMSIs")
    time_reader(column_map.time_format, column_map.time_zone)


def recognised(line: bytes, column_map: ColumnMap | None = None) -> TableLayout | None:
    """The layout that a line announces, if it is the header of a known table.

    With a map only that one counts; every column that it names must be there.

    >>> recognised(b"MMSI,BaseDateTime,LAT,LON").words
    'Marine Cadastre CSV, 4 columns'
    """
    text = line.decode("utf-8", "replace").removeprefix(BOM)
    if column_map is not None:
        cells = cells_of(text, column_map.separator)
        return (cells and _laid(column_map, cells, tuple(column_map.columns))) or None
    if b"," not in line and b";" not in line:
        return None
    separator = "," if text.count(",") >= text.count(";") else ";"
    cells = cells_of(text, separator)
    for known, needed in _BUILT_IN if cells else ():
        layout = _laid(replace(known, separator=separator), cells or [], needed)
        if layout is not None:
            return layout
    return None


def _laid(column_map: ColumnMap, cells: Sequence[str], needed: Sequence[str]) -> TableLayout | None:
    exact = {cell.strip(): i for i, cell in reversed(list(enumerate(cells)))}
    loose = {_PLAIN.sub("", cell.lower()): i for i, cell in reversed(list(enumerate(cells)))}
    place: dict[str, int] = {}
    for field, names in column_map.columns.items():
        for name in (names, *names.split("|")):
            at = exact.get(name.strip(), loose.get(_PLAIN.sub("", name.lower()) or name))
            if at is not None:
                place[field] = at
                break
    if any(field not in place for field in needed):
        return None
    read_time = time_reader(column_map.time_format, column_map.time_zone)
    return TableLayout(column_map, len(cells), place, read_time)
