"""What a row says about itself: flags that need nothing but the row, on both roads.

*Flags.* NO_POSITION: longitude or latitude not available or out of range. ZERO_ISLAND: exactly
0 N 0 E, a receiver without a fix. BAD_SPEED: 51.2 kn, or 63 kn and over, from anything that does
not fly. BAD_MMSI: a number that no station may have.
*Sources.* Speeds: values that recur as noise in global AIS (Global Fishing Watch, gpsdio-segment,
its list of bad speeds). SAR aircraft report up to 1022 kn (ITU-R M.1371-5, message 9).
MMSI: ITU-R M.585-9.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mda.model import Flag, MmsiKind, Reports, mmsi_kinds
from mda.model.reports import U32

_NOISE_KN = np.float32(51.2)
_TOP_KN = np.float32(63.0)
_SAR_AIRCRAFT_REPORT = 9


def row_flags(reports: Reports) -> U32:
    """`flags` of each row with the row-local ones set, shape (n,); bits already there stay."""
    lon, lat, sog = reports.lon_deg, reports.lat_deg, reports.sog_kn
    kind = mmsi_kinds(reports.mmsi)
    # NaN compares false, so an unavailable coordinate lands outside.
    inside = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
    flies = (reports.msg_type == _SAR_AIRCRAFT_REPORT) | (kind == MmsiKind.SAR_AIRCRAFT)
    noisy = (np.abs(sog - _NOISE_KN) < 0.05) | (sog >= _TOP_KN)
    return (
        reports.flags
        | _bit(~inside, Flag.NO_POSITION)
        | _bit((lon == 0.0) & (lat == 0.0), Flag.ZERO_ISLAND)
        | _bit(noisy & ~flies, Flag.BAD_SPEED)
        | _bit(kind == MmsiKind.INVALID, Flag.BAD_MMSI)
    )


def _bit(where: NDArray[np.bool_], bit: int) -> U32:
    return np.where(where, np.uint32(bit), np.uint32(0))
