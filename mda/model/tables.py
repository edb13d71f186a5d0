"""`ColumnMap`: which column of a table of decoded AIS is which, and how its numbers are written.

Two rooms need it: `feeds` reads it out of a source's TOML, `decode` reads rows by it. It travels
between them in the log, in the body of the feed's CONNECT row: whoever reads the log again needs
nothing beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

CONNECT_KEY: Final = "columns"
"""Key of a column map in the JSON body of a CONNECT row."""

POSITION_FIELDS: Final = (
    "at", "millisecond", "mmsi", "vessel_id", "msg_type", "vessel_class", "lon_deg", "lat_deg",
    "sog_kn", "cog_deg", "heading_deg", "rot_deg_per_min", "nav_status", "second", "accuracy",
    "raim", "radio", "altitude_m", "off_position", "virtual_aid",
)  # fmt: skip
STATIC_FIELDS: Final = (
    "imo", "callsign", "name", "ship_type", "to_bow_m", "to_stern_m", "to_port_m",
    "to_starboard_m", "length_m", "beam_m", "draught_m", "destination", "eta_month", "eta_day",
    "eta_hour", "eta_minute", "fix_type", "mothership_mmsi", "aid_name", "aid_type",
)  # fmt: skip
TABLE_FIELDS: Final = (*POSITION_FIELDS, *STATIC_FIELDS)
"""What a column of a table may be. Those that are columns of `Reports` or `Statics` mean the same;
`millisecond` is added to `at`; `vessel_id` is a name of a vessel that is no MMSI; `vessel_class`
says class A or B (or base station, aid …); `length_m` and `beam_m` are dimensions whose antenna
is unknown."""

SOG_UNITS: Final = ("kn", "m/s", "km/h")
ROT_UNITS: Final = ("deg/min", "ais")
"""`ais`: the indicated value of M.1371-5 (-128 to 127, or the same byte unsigned)."""
DRAUGHT_UNITS: Final = ("m", "dm")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A table's layout, independent of the order in which its columns stand."""

    columns: Mapping[str, str]
    """Header's name by field (one of `TABLE_FIELDS`)."""
    time_format: str = ""
    """Empty: ISO 8601; `epoch`: seconds (above 1e11 milliseconds) since 1970; else `%d/%m/%Y …`."""
    time_zone: str = "UTC"
    """Of times without an offset: UTC, or a name such as Europe/Paris."""
    separator: str = ","
    sog_unit: str = "kn"
    rot_unit: str = "deg/min"
    draught_unit: str = "m"
    title: str = "CSV with a column map"

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "columns": dict(sorted(self.columns.items()))}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """What `plain` gave. TypeError: it is something else."""
        return cls(**plain)
