"""Who is who: the kinds of MMSI, and vessel classes.

Source: ITU-R M.585-9 (assignment of identities), ITU-R M.1371-5 table 53 (ship types).
A flag read from the first digits is a claim, never a fact.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from mda.model.reports import U8, U32


class MmsiKind(IntEnum):
    """What sort of station an MMSI says it is."""

    SHIP = 0
    COAST = 1
    GROUP = 2
    SAR_AIRCRAFT = 3
    AID = 4
    CRAFT = 5
    """Daughter craft of a parent ship (98MIDxxxx)."""
    HANDHELD = 6
    SART = 7
    MOB = 8
    EPIRB = 9
    INVALID = 10


def mmsi_kinds(mmsi: U32) -> U8:
    """`MmsiKind` of each MMSI, shape (n,)."""
    m = mmsi.astype(np.int64)
    kind: NDArray[np.uint8] = np.full(m.shape, int(MmsiKind.INVALID), dtype=np.uint8)
    kind[(m >= 200_000_000) & (m < 800_000_000)] = MmsiKind.SHIP
    kind[m // 10_000_000 == 0] = MmsiKind.COAST
    kind[(m < 100_000_000) & (m >= 10_000_000)] = MmsiKind.GROUP
    kind[m // 1_000_000 == 111] = MmsiKind.SAR_AIRCRAFT
    kind[m // 10_000_000 == 99] = MmsiKind.AID
    kind[m // 10_000_000 == 98] = MmsiKind.CRAFT
    kind[(m >= 800_000_000) & (m < 900_000_000)] = MmsiKind.HANDHELD
    kind[m // 1_000_000 == 970] = MmsiKind.SART
    kind[m // 1_000_000 == 972] = MmsiKind.MOB
    kind[m // 1_000_000 == 974] = MmsiKind.EPIRB
    kind[m < 1_000_000] = MmsiKind.INVALID
    return kind


def mmsi_kind(mmsi: int) -> MmsiKind:
    """`MmsiKind` of one MMSI.

    >>> mmsi_kind(992351000).name, mmsi_kind(970012345).name, mmsi_kind(329002300).name
    ('AID', 'SART', 'SHIP')
    """
    return MmsiKind(int(mmsi_kinds(np.array([mmsi], dtype=np.uint32))[0]))


class VesselClass(IntEnum):
    """Coarse classes that thresholds hang on, from AIS ship type (a claim)."""

    UNKNOWN = 0
    CARGO = 1
    TANKER = 2
    PASSENGER = 3
    FISHING = 4
    PLEASURE = 5
    TUG_PILOT = 6
    """Tugs, pilot boats, tenders, port service."""
    HIGH_SPEED = 7
    SAR_MILITARY_LAW = 8
    NOT_A_VESSEL = 9


def _class_of_type(ship_type: int) -> VesselClass:
    tens = ship_type // 10
    if ship_type == 30:
        return VesselClass.FISHING
    if ship_type in (36, 37):
        return VesselClass.PLEASURE
    if ship_type in (31, 32, 50, 52, 53, 54):
        return VesselClass.TUG_PILOT
    if ship_type in (35, 51, 55):
        return VesselClass.SAR_MILITARY_LAW
    by_tens = {
        4: VesselClass.HIGH_SPEED,
        6: VesselClass.PASSENGER,
        7: VesselClass.CARGO,
        8: VesselClass.TANKER,
    }
    return by_tens.get(tens, VesselClass.UNKNOWN)


CLASS_OF_TYPE: U8 = np.array([_class_of_type(t) for t in range(256)], dtype=np.uint8)
"""Vessel class by AIS ship type, shape (256,)."""
