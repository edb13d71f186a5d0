"""What a ship says of itself beyond message 5.

DAC 200, FI 10, inland ship static and voyage data: CCNR/UNECE Resolution 63 (Inland AIS), table
2.3; the type is an ERI code (8000 and over) or a ship type. DAC 1, FI 24, extended ship static and
voyage data: IMO SN.1/Circ.289; its air draught is in steps of 0.01 m, as its range (81.91 m) shows.
"""

from __future__ import annotations

from typing import Final

from mda.decode.binary.persons import PERSONS
from mda.decode.binary.rows import (
    FLAG,
    LINKAGE,
    Bits,
    Fields,
    Number,
    Rows,
    Spare,
    Text,
    Words,
    read,
)

INLAND: Final = (
    Text("vessel_id", 8),
    Number("length_m", 13, 1, 8000, divide=10),
    Number("beam_m", 10, 1, 1000, divide=10),
    Number("ship_type_eri", 14, 1, 16_383),
    Words("blue_cones", 3, {0: 0, 1: 1, 2: 2, 3: 3, 4: "B flag"}),
    Number("draught_m", 11, 1, 2000, divide=100),
    Words("load", 2, {1: "loaded", 2: "unloaded"}),
    Words("good_speed", 1, FLAG),
    Words("good_course", 1, FLAG),
    Words("good_heading", 1, FLAG),
    Spare(8),
)

EQUIPMENT: Final = (
    "ais",
    "tracking_aid",
    "bridge_watch_alarm",
    "ecdis_backup",
    "paper_chart",
    "echo_sounder",
    "plotting_aid",
    "emergency_steering",
    "gnss",
    "gyro_compass",
    "lrit",
    "magnetic_compass",
    "navtex",
    "radar_arpa",
    "radar_s_band",
    "radar_x_band",
    "radio_hf",
    "radio_inmarsat",
    "radio_mf",
    "radio_vhf",
    "log_over_ground",
    "log_through_water",
    "heading_device",
    "track_control",
    "voyage_recorder",
)
_STATE: Final = {1: "works", 2: "does not work"}
_BUNKERED: Final = {1: False, 2: True}
EXTENDED: Final[Rows] = (
    LINKAGE,
    Number("air_draught_m", 13, 1, 8191, divide=100),
    Text("last_port", 5),
    Text("next_port", 5),
    Text("second_port", 5),
    *(Words(name, 2, _STATE) for name in EQUIPMENT),
    Spare(2),
    Number("ice_class", 4, 0, 10),
    Number("shaft_power_hp", 18, 0, 262_142),
    Number("vhf_channel", 12, 1, 4095),
    Text("statcode5", 7),
    Number("gross_tonnage", 18, 0, 262_142),
    Words("load", 2, {1: "laden", 2: "ballast"}),
    Words("heavy_fuel_oil", 2, _BUNKERED),
    Words("light_fuel_oil", 2, _BUNKERED),
    Words("diesel_oil", 2, _BUNKERED),
    Number("bunker_oil_t", 14, 0, 16_382),
    PERSONS,
    Spare(10),
)


def inland_ship(bits: Bits) -> Fields:
    """DAC 200, FI 10."""
    return read(bits, INLAND)


def extended_ship(bits: Bits) -> Fields:
    """DAC 1, FI 24: `equipment` holds what is said of each SOLAS device."""
    found = read(bits, EXTENDED)
    found["equipment"] = {name: found.pop(name) for name in EQUIPMENT}
    return found
