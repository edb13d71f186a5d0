"""Decodings made by others in our own words and units, and our own decoding beside them.

gpsd and libais write the same field names; gpsd's daemon logs are unscaled. A value that M.1371-5
Annex 8 calls not available is None on both sides.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from mda.clock import NO_TIME_US
from mda.decode import NmeaDecoder, decoded_table, detail
from mda.decode.framing import SENTENCE
from mda.model import Lines, RowKind, Sentence

Row = dict[str, Any]

DIMENSIONS = ("to_bow", "to_stern", "to_port", "to_starboard")
COLUMNS = {
    "status": "nav_status",
    "turn": "rot_deg_per_min",
    "speed": "sog_kn",
    "accuracy": "accuracy",
    "lon": "lon_deg",
    "lat": "lat_deg",
    "course": "cog_deg",
    "heading": "heading_deg",
    "second": "second",
    "position_mode": "position_mode",
    "raim": "raim",
    "radio": "radio",
    "alt": "altitude_m",
    "off_position": "off_position",
    "virtual_aid": "virtual_aid",
    "timestamp": "utc",
    "imo": "imo",
    "callsign": "callsign",
    "shipname": "name",
    "name": "name",
    "shiptype": "ship_type",
    "aid_type": "ship_type",
    "epfd": "fix_type",
    "draught": "draught_m",
    "destination": "destination",
    "mothership_mmsi": "mothership_mmsi",
    **{name: f"{name}_m" for name in DIMENSIONS},
}
"""Where a field of theirs stands in our table, by their name."""
RENAMED = {"reserved": "reserved_1", "stationtype": "station_type", "shiptype": "ship_type"}
"""Fields that our `detail` calls otherwise."""
ETA = ("eta_month", "eta_day", "eta_hour", "eta_minute")


def text_of(path: Path) -> bytes:
    """A file's bytes, unpacked where it is gzip."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


# -- ours -------------------------------------------------------------------------------------
def messages(path: Path) -> Iterator[tuple[int, int, Row, list[bytes]]]:
    """Type, MMSI, our table's row (empty for a type without columns), lines: a message each."""
    rows = text_of(path).splitlines()
    whole = _sentences(rows)
    decoder = NmeaDecoder({0: "own"})
    lines = [Sentence(RowKind.LINE, 0, NO_TIME_US, row[:4096]) for row in rows]
    decoded = decoder.decode(Lines.of(lines, 0))
    table = decoded_table(decoded, decoder.stations)
    found: list[tuple[int, int, int, Row]] = [
        (other.seq, other.msg_type, other.mmsi, {}) for other in decoded.others
    ]
    for i in range(len(table["mmsi"])):
        own = {name: _plain(column[i]) for name, column in table.items()}
        found.append((int(own["seq"]), int(own["msg_type"]), int(own["mmsi"]), own))
    for seq, kind, mmsi, own in sorted(found, key=lambda one: one[:3]):
        yield kind, mmsi, own, whole[seq]


def _sentences(rows: list[bytes]) -> dict[int, list[bytes]]:
    """The sentences of each message, by the number of the line that completes it."""
    whole: dict[int, list[bytes]] = {}
    waiting: dict[tuple[bytes, ...], dict[bytes, bytes]] = {}
    for number, row in enumerate(rows):
        match = SENTENCE.search(row)
        if match is None:
            continue
        key = (match[2], match[4], match[5])
        parts = waiting.setdefault(key, {})
        parts[match[3]] = match[0]
        whole[number] = [parts[k] for k in sorted(parts)]
        if len(parts) == int(match[2]):
            del waiting[key]
    return whole


def _plain(value: Any) -> Any:
    """A cell of the table; None where not available."""
    if value is np.ma.masked or value is None:
        return None
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)[:19]
    if isinstance(value, np.floating):
        return None if np.isnan(value) else float(value)
    if isinstance(value, np.integer):
        return int(value)
    return str(value)


def ours(row: Row, lines: list[bytes]) -> Row:
    """Our decoding under their names: the columns first, the rest from `detail`."""
    found = detail(lines)
    if not row:
        if "dac" in found:
            found["app_id"] = None if found["dac"] is None else found["dac"] << 6 | found["fid"]
        return {
            **found,
            **found.get("application", {}),
            **_state(0, found.get("radio")),
            **{theirs: found[own] for theirs, own in RENAMED.items() if own in found},
        }
    own = {theirs: row[column] for theirs, column in COLUMNS.items()}
    own["eta"] = tuple(row[name] for name in ETA)
    own["tagblock_timestamp"], own["tagblock_station"] = row["at"], row["station"]
    own.update(_state(int(row["msg_type"]), row["radio"]))
    if row["msg_type"] in (4, 11):
        own["epfd"] = found["epfd"]
    if row["msg_type"] in (1, 2, 3) and row["radio"] is not None:
        own["radio"] = row["radio"] & 0x7FFFF  # the selector is not in the message but in its type
    for theirs, name in RENAMED.items():
        if name in found and theirs not in own:
            own[theirs] = found[name]
    if "reserved_2" in found:
        own["regional"] = found["reserved_2"]
    elif "reserved_1" in found:
        own["regional"] = found["reserved_1"]
    return {**found, **own}


def _state(msg_type: int, radio: int | None) -> Row:
    """The communication state in parts: M.1371-5 Annex 2, 3.3.7.2.2 (SOTDMA), 3.3.7.3.2 (ITDMA)."""
    if radio is None:
        return {}
    found: Row = {"sync_state": radio >> 17 & 3}
    if msg_type == 3 or radio >> 19 & 1:
        found["slot_increment"], found["slots_to_allocate"] = radio >> 4 & 0x1FFF, radio >> 1 & 7
        return {**found, "keep_flag": radio & 1}
    found["slot_timeout"], sub_message = radio >> 14 & 7, radio & 0x3FFF
    found["utc_hour"], found["utc_min"] = sub_message >> 9, sub_message >> 2 & 0x7F
    return {**found, **dict.fromkeys(_SUB_MESSAGES, sub_message)}


_SUB_MESSAGES = ("received_stations", "slot_number", "slot_offset")


def half(row: Row) -> str:
    """Which part of type 24 a row of ours is."""
    return "A" if row["callsign"] is None and row["ship_type"] is None else "B"


# -- theirs -----------------------------------------------------------------------------------
_ABSENT: dict[str, Any] = {
    "status": (15,),
    "heading": range(360, 512),
    "imo": (0, "0"),
    "shiptype": (0,),
    "aid_type": (0,),
    "draught": (0,),
    "epfd": (0,),
    "alt": (4095,),
}
_PLACES = re.compile(r"(ne_|sw_)?(lon|lat)")


def theirs(row: Row) -> Row:
    """Their decoding in our units, None where they too say not available."""
    kind, scaled = row["type"], row.get("scaled", False)
    found = {name: _one(name, value, kind, scaled) for name, value in row.items()}
    if "second" in found and isinstance(row["second"], int) and kind != 4:
        found["second"] = row["second"] if row["second"] < 60 else None
        mode = 0 if row["second"] < 60 else row["second"]
        found["position_mode"] = None if mode == 60 else mode
    if "dac" in row:
        found.update(_application(row))
    if all(name in row for name in DIMENSIONS) and not any(row[name] for name in DIMENSIONS):
        found.update(dict.fromkeys(DIMENSIONS))
    return found


def _one(name: str, value: Any, kind: int, scaled: bool) -> Any:
    if name in _ABSENT and value in _ABSENT[name]:
        return None
    if _PLACES.fullmatch(name):
        degrees = float(value) if scaled else value / (600 if kind in (17, 22, 23, 27) else 600_000)
        return degrees if abs(degrees) <= (180 if name.endswith("lon") else 90) else None
    if name == "turn":
        return _turn(value, scaled)
    if name == "speed":
        knots = value if scaled or kind in (9, 27) else value / 10
        return None if knots >= {9: 1023, 27: 63}.get(kind, 102.3) else knots
    if name == "course":
        degrees = value if scaled or kind == 27 else value / 10
        return None if degrees >= 360 else degrees
    if name == "draught":
        return value if scaled else value / 10
    if name == "eta":
        found = tuple(int(part) for part in re.findall(r"\d+", value))
        limits = ((1, 12), (1, 31), (0, 23), (0, 59))
        return tuple(
            v if low <= v <= high else None for v, (low, high) in zip(found, limits, strict=True)
        )
    if name == "timestamp" and kind in (4, 11):
        return _instant(value)
    if name == "tagblock_timestamp":
        return value[:19]
    if name == "imo":
        return int(value)
    if name == "text":
        return value.partition("@")[0].rstrip()
    if name == "data":
        return str(value).partition(":")[2]
    return (value.rstrip() or None) if isinstance(value, str) else value


_WEATHER = {
    "wspeed": ("wind_kn", {127}),
    "wgust": ("gust_kn", {127}),
    "wdir": ("wind_dir_deg", {360, 511}),
    "wgustdir": ("gust_dir_deg", {360, 511}),
    "airtemp": ("air_temp_c", {144.7, -102.4}),
    "humidity": ("humidity_pct", {101, 127}),
    "dewpoint": ("dew_point_c", {82.3, 50.1}),
    "pressure": ("pressure_hpa", {1310, 1311}),
    "pressuretend": ("pressure_trend", {"N/A"}),
    "visgreater": ("visibility_greater", set()),
    "visibility": ("visibility_nmi", {25.5, 12.7}),
    "waterlevel": ("water_level_m", {41.1}),
    "leveltrend": ("water_level_trend", {"N/A"}),
    "cspeed": ("current_kn", {25.5}),
    "cdir": ("current_dir_deg", {360, 511}),
    "cspeed2": ("current2_kn", {25.5}),
    "cdir2": ("current2_dir_deg", {360, 511}),
    "cdepth2": ("current2_depth_m", {31}),
    "cspeed3": ("current3_kn", {25.5}),
    "cdir3": ("current3_dir_deg", {360, 511}),
    "cdepth3": ("current3_depth_m", {31}),
    "waveheight": ("wave_height_m", {25.5}),
    "waveperiod": ("wave_period_s", {63}),
    "wavedir": ("wave_dir_deg", {360, 511}),
    "swellheight": ("swell_height_m", {25.5}),
    "swellperiod": ("swell_period_s", {63}),
    "swelldir": ("swell_dir_deg", {360, 511}),
    "seastate": ("sea_state_beaufort", {13, 15}),
    "watertemp": ("water_temp_c", {92.3, 50.1}),
    "preciptype": ("precipitation", {0, 6, 7, "N/A"}),
    "salinity": ("salinity_permil", {51.0, 51.1}),
    "ice": ("ice", {3, "N/A"}),
}
"""Weather as gpsd writes it: our name, and the values that stand for not available."""
_INLAND = {"length": ("length_m", 10), "beam": ("beam_m", 10), "draught": ("draught_m", 100)}


def _application(row: Row) -> Row:
    """An application message of theirs in our words; what has another name is taken out."""
    found: Row = {"lon_deg": row.get("lon"), "lat_deg": row.get("lat")} if "lon" in row else {}
    gone = dict.fromkeys(("lon", "lat"), Ellipsis) if "lon" in row else {}
    if (row["dac"], row["fid"]) in ((1, 11), (1, 31)):
        for name, (own, absent) in _WEATHER.items():
            if name not in row:
                continue
            found[own] = None if row[name] in absent else row[name]
            gone[name] = ...
        found["ice"] = None if found["ice"] is None else bool(found["ice"])
        day, hour, minute = (int(part) for part in re.findall(r"\d+", row["timestamp"]))
        found.update(day=day, hour=hour, minute=minute)
        gone["timestamp"] = ...
    elif "vin" in row:
        for name, (own, divide) in _INLAND.items():
            found[own] = row[name] / divide or None
            gone[name] = ...
        found.update(
            vessel_id=row["vin"],
            ship_type_eri=row["shiptype"],
            blue_cones=row["hazard"] if row["hazard"] < 5 else None,
        )
        said = row["loaded_text"].lower()
        found["load"] = None if said.startswith("n/a") else said
        for name in ("speed", "course", "heading"):
            found[f"good_{name}"] = row[f"{name}_q"]
            gone[f"{name}_q"] = ...
        gone.update(dict.fromkeys(("vin", "shiptype", "hazard", "loaded"), ...))
    elif "sub_areas" in row:
        found.update(linkage=row["link_id"], notice=row["notice_type"])
        found.update(duration_min=row["duration_minutes"])
        found["sub_areas"] = [
            {
                "shape": area["sub_area_type_str"],
                "lon_deg": area["x"],
                "lat_deg": area["y"],
                "precision_decimals": area["precision"],
                "radius_m": area["radius"],
            }
            for area in row["sub_areas"]
        ]
        gone.update(dict.fromkeys(("link_id", "notice_type", "duration_minutes"), ...))
    elif "ack_required" in row:
        found.update(acknowledge=row["ack_required"], sequence=row["msg_seq"] or None)
        gone.update(dict.fromkeys(("ack_required", "msg_seq"), ...))
    return {**gone, **found}


def _instant(text: str) -> str | None:
    """A date and time to the second; None where it is no instant."""
    try:
        return str(datetime.fromisoformat(text.rstrip("Z")).isoformat())
    except ValueError:
        return None


def _turn(value: Any, scaled: bool) -> Any:
    """Degrees a minute from their own number, word or raw number."""
    if value in (None, "n/a", "fastleft", "fastright"):
        return None
    if scaled:
        return float(value)
    return None if abs(value) >= 127 else (abs(value) / 4.733) ** 2 * (1 if value >= 0 else -1)


def same(mine: Any, other: Any, step: float) -> bool:
    """Whether two values say the same; numbers to within a step."""
    if mine in (None, "") or other in (None, ""):
        return mine in (None, "") and other in (None, "")
    if isinstance(mine, list):
        pairs = [(a, b) for a, b in zip(mine, other, strict=True)]
        return all(
            a.keys() == b.keys() and all(same(a[n], b[n], step) for n in a) for a, b in pairs
        )
    if isinstance(mine, tuple) or isinstance(other, (tuple, bool)) or isinstance(mine, str):
        return bool(mine == other)
    return abs(float(mine) - float(other)) <= step


_PLACED_ZERO = {7: "mmsi", 13: "mmsi", 15: "", 16: "", 20: "", 25: "", 26: ""}
"""Types in which both write 0 for fields that a message does not have."""


def zero_for_none(kind: int, mine: Row, name: str, other: Any) -> bool:
    """Whether their 0 stands for a field beyond the message's end."""
    start = _PLACED_ZERO.get(kind)
    return start is not None and name.startswith(start) and other == 0 and mine.get(name) is None


def answers(path: Path, *, twice: bool) -> list[Row]:
    """The AIS objects in a file of JSON lines.

    `twice`: as gpsd's daemon logs, where an object may follow itself (several watchers were told).
    """
    rows = [json.loads(line) for line in text_of(path).splitlines() if line.startswith(b"{")]
    found = [row for row in rows if row["class"] == "AIS"]
    return [row for i, row in enumerate(found) if not (twice and i and row == found[i - 1])]
