"""Whose silence, stay and visit matter: ships and their daughter craft.

Not aids to navigation, base stations, SAR aircraft, SARTs, MOBs, EPIRBs or hand-held radios: these
have their own lanes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mda.model import MmsiKind, mmsi_kinds
from mda.model.reports import U32


def ship_like(mmsi: U32) -> NDArray[np.bool_]:
    """Whether each MMSI is a ship's or a daughter craft's, shape (n,)."""
    kind = mmsi_kinds(mmsi)
    like: NDArray[np.bool_] = (kind == MmsiKind.SHIP) | (kind == MmsiKind.CRAFT)
    return like
