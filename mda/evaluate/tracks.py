"""Believed positions of ships by vessel: what the baselines, and tails to be cut, are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mda.model import Flag, MmsiKind, Reports, mmsi_kinds
from mda.model.reports import F64, I64

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tracks:
    """Believed positions of ships by vessel, each in order of time, columns of shape (n,)."""

    mmsi: I64
    at_us: I64
    lon_deg: F64
    lat_deg: F64
    sog_kn: F64
    until_us: int

    @classmethod
    def of(cls, reports: Reports, until_us: int) -> Tracks:
        """Of settled reports; a vessel's several hulls are one MMSI, as others see it."""
        ship = mmsi_kinds(reports.mmsi) == MmsiKind.SHIP
        reports = reports.take(ship & ((reports.flags & Flag.UNUSABLE) == 0))
        reports = reports.take(np.lexsort((reports.at_us, reports.mmsi)))
        return cls(
            reports.mmsi.astype(np.int64),
            reports.at_us,
            reports.lon_deg,
            reports.lat_deg,
            reports.sog_kn.astype(np.float64),
            until_us,
        )

    def last(self) -> Bools:
        """Whether each position is its vessel's last."""
        return np.append(self.mmsi[1:] != self.mmsi[:-1], True)[: len(self.mmsi)]
