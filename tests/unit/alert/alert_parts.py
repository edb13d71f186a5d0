"""Findings for the tests of cases."""

from __future__ import annotations

from typing import Any

from mda.model import Finding, ZoneClaim

S = 1_000_000
BEGIN_US = 1_490_000_000 * S
EEZ = ZoneClaim("dma-eez", "Dominica EEZ", "eez", ("Dominica",), "agreed", 1000.0)


def make_finding(id_: str = "a", **changes: Any) -> Finding:
    onset_us = changes.get("onset_at_us", BEGIN_US)
    opened_us = changes.get("opened_at_us", onset_us + 900 * S)
    fields: dict[str, Any] = {
        "id": id_,
        "kind": "silence",
        "mmsis": (329002300,),
        "keys": (329002300,),
        "onset_at_us": onset_us,
        "opened_at_us": opened_us,
        "closed_at_us": None,
        "revised_at_us": opened_us,
        "status": "provisional",
        "probability": None,
        "lon_deg": -61.5,
        "lat_deg": 15.2,
        "summary": "It was last heard off Roseau",
        "evidence": {},
        "detector": "silence",
        "detector_version": "1",
        "config_hash": "0",
        "zones": (EEZ,),
    }
    return Finding(**{**fields, **changes})
