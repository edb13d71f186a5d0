"""What a target is drawn as, and how often it should be heard.

*Definition.* The kind follows the MMSI where that names a beacon, an aid or an aircraft, else the
message type. The nominal reporting interval follows class, speed and navigational status.
*Source.* Intervals: ITU-R M.1371-5, Annex 1, tables 1 (Class A) and 2 (others); long range (type
27): Annex 4. Virtual aids: ITU-R M.585-9, Annex 1, section 4 (99MID6xxx). AIS-SART, MOB and EPIRB
bursts: one a minute (Annex 9).
*What it cannot see.* The rate of turn that shortens Class A's interval, and a Class B's sort (CS or
SO); the longer interval is taken.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mda.model import MmsiKind, TargetKind, Valid, mmsi_kinds
from mda.model.reports import F32, F64, U8, U32

VIRTUAL_DIGIT: Final = 6
"""Sixth digit of 99MIDaxxx that marks a virtual aid."""
AT_ANCHOR: Final = 1
MOORED: Final = 5
AGROUND: Final = 6
LONG_RANGE: Final = 27

_BY_TYPE: U8 = np.full(64, int(TargetKind.CLASS_A), dtype=np.uint8)
_BY_TYPE[[18, 19]] = TargetKind.CLASS_B
_BY_TYPE[21] = TargetKind.AID
_BY_TYPE[4] = TargetKind.BASE
_BY_TYPE[9] = TargetKind.SAR_AIRCRAFT

_BY_MMSI: Final = {
    MmsiKind.SAR_AIRCRAFT: TargetKind.SAR_AIRCRAFT,
    MmsiKind.AID: TargetKind.AID,
    MmsiKind.COAST: TargetKind.BASE,
    MmsiKind.HANDHELD: TargetKind.HANDHELD,
    MmsiKind.SART: TargetKind.SART,
    MmsiKind.MOB: TargetKind.MOB,
    MmsiKind.EPIRB: TargetKind.EPIRB,
}


def target_kinds(mmsi: U32, msg_type: U8) -> U8:
    """`TargetKind` of each row, shape (n,)."""
    kinds: U8 = _BY_TYPE[np.minimum(msg_type, 63)]
    by_mmsi = mmsi_kinds(mmsi)
    for mmsi_kind, target_kind in _BY_MMSI.items():
        kinds[by_mmsi == mmsi_kind] = target_kind
    aid = kinds == TargetKind.AID
    virtual = aid & (mmsi // 10_000_000 == 99) & (mmsi // 1000 % 10 == VIRTUAL_DIGIT)
    kinds[virtual] = TargetKind.AID_VIRTUAL
    return kinds


def nominal_intervals_s(kind: U8, msg_type: U8, sog_kn: F32, nav_status: U8, valid: U32) -> F64:
    """Seconds between reports that each target should keep, shape (n,)."""
    known = (valid & Valid.NAV_STATUS) != 0
    still = known & np.isin(nav_status, (AT_ANCHOR, MOORED, AGROUND))
    speed_kn = sog_kn.astype(np.float64)
    class_a = np.select(
        [still & ~(speed_kn > 3.0), speed_kn > 23.0, speed_kn > 14.0], [180.0, 2.0, 6.0], 10.0
    )
    class_b = np.where(speed_kn > 2.0, 30.0, 180.0)
    seconds = np.select(
        [
            msg_type == LONG_RANGE,
            kind == TargetKind.CLASS_A,
            (kind == TargetKind.CLASS_B) | (kind == TargetKind.HANDHELD),
            (kind == TargetKind.AID) | (kind == TargetKind.AID_VIRTUAL),
            (kind == TargetKind.BASE) | (kind == TargetKind.SAR_AIRCRAFT),
        ],
        [
            np.full(kind.shape, 180.0),
            class_a,
            class_b,
            np.full(kind.shape, 180.0),
            np.full(kind.shape, 10.0),
        ],
        60.0,
    )
    return seconds.astype(np.float64)
