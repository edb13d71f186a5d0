"""Reports, claims and a predictor for the tests of the picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mda.model import Finding, Prediction, Reports, Statics, Valid, ZoneClaim

S = 1_000_000
BEGIN_US = 1_490_000_000 * S
SHIP = 329002300


def make_reports(*rows: dict[str, Any]) -> Reports:
    """Reports of ships under way; each row overrides what it names."""
    common = {
        "mmsi": SHIP, "at_us": BEGIN_US, "report_id": 1, "msg_type": 1, "lon_deg": -61.5,
        "lat_deg": 15.2, "sog_kn": 10.0, "cog_deg": 90.0, "heading_deg": 91.0, "nav_status": 0,
        "valid": Valid.NAV_STATUS, "flags": 0, "hull": 0,
    }  # fmt: skip
    return Reports.from_columns(
        {name: np.array([row.get(name, value) for row in rows]) for name, value in common.items()}
    )


def make_statics(*rows: dict[str, Any]) -> Statics:
    """Claims; each row overrides what it names."""
    common = {
        "mmsi": SHIP, "at_us": BEGIN_US, "report_id": 1, "msg_type": 5, "name": b"",
        "ship_type": 0, "to_bow_m": 0, "to_stern_m": 0, "valid": 0,
    }  # fmt: skip
    return Statics.from_columns(
        {name: np.array([row.get(name, value) for row in rows]) for name, value in common.items()}
    )


def stay(lon_deg: Any, lat_deg: Any, sog_kn: Any, cog_deg: Any, age_s: Any) -> Prediction:
    """A predictor that moves east by a millidegree a second."""
    return Prediction(lon_deg + age_s * 1e-3, lat_deg, (30.0 + age_s).astype(np.float32))


NOW_US = 1_490_075_479_000_000


def a_finding(**changes: Any) -> Finding:
    fields: dict[str, Any] = {
        "id": "00ff", "kind": "silence", "mmsis": (329002300,), "keys": (329002300,),
        "onset_at_us": NOW_US, "opened_at_us": NOW_US + 1, "closed_at_us": None,
        "revised_at_us": NOW_US, "status": "provisional", "probability": None,
        "lon_deg": -61.5, "lat_deg": 15.2, "summary": "Silent.",
        "evidence": {"run_m": math.inf, "listening_s": 900.0}, "detector": "silence",
        "detector_version": "1", "config_hash": "0",
        "zones": (ZoneClaim("z", "Aves", "disputed", ("DM", "VE"), "disputed", 5e3),),
    }  # fmt: skip
    return Finding(**{**fields, **changes})
