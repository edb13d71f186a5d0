"""A silence in words and figures."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from mda.detect.silence_state import CLOSED, NO_STATUS, Rules
from mda.detect.surroundings import Around
from mda.detect.words import (
    NAV_STATUS,
    at_words,
    count_words,
    distance_words,
    instant,
    known,
    report_hex,
    span_words,
    speed_words,
)
from mda.units import M_PER_NMI, MPS_TO_KN, US_PER_S

_AT_REST = (1, 5, 6)
NOT_KNOWN = (
    "whether terrain or distance hides it: there is no reception model yet",
    "whether it was switched off, or powered down at a berth",
    "what other receivers hear: silence is judged by this station alone",
)


def evidence(row: np.void, station: str, run_m: float, rules: Rules) -> dict[str, Any]:
    """Figures, thresholds and report ids from which the claim can be derived again."""
    status = int(row["status"])
    body: dict[str, Any] = {
        "last_heard_at": instant(int(row["onset_us"])),
        "last_report_ids": [report_hex(int(i)) for i in (row["before_id"], row["last_id"]) if i],
        "last_position_at": instant(int(row["pos_us"])) if isfinite(row["lon_deg"]) else None,
        "last_lon_deg": known(row["lon_deg"], 6),
        "last_lat_deg": known(row["lat_deg"], 6),
        "last_sog_kn": known(row["sog_kn"], 1),
        "last_cog_deg": known(row["cog_deg"], 1),
        "last_nav_status": NAV_STATUS.get(status) if status != NO_STATUS else None,
        "ais_class": "B" if row["class_b"] else "A",
        "silence_listening_s": known(row["listening_s"], 3),
        "threshold_s": known(row["threshold_s"], 3),
        "thresholds": {
            "floor_s": rules.floor_s,
            "nominal_interval_s": known(row["nominal_s"], 1),
            "nominal_intervals": rules.nominal_intervals,
            "own_longest_interval_s": known(row["longest_s"], 1),
            "habit_factor": rules.habit_factor,
        },
        "station": station,
        "station_interval_s": known(row["habit_s"], 2),
        "others_heard": int(row["others"]),
        "others_heard_near": int(row["near"]),
        "near_nmi": round(rules.near_m / M_PER_NMI, 3),
        "fixed_stations_heard": int(row["fixed"]),
        "history_reports": int(row["fixes"]),
        "history_since": instant(int(row["since_us"])),
        "not_known": list(NOT_KNOWN),
    }
    if int(row["what"]) == CLOSED:
        body |= _return(row, run_m)
    return body


def _return(row: np.void, run_m: float) -> dict[str, Any]:
    gap_s = (int(row["revised_us"]) - int(row["onset_us"])) / US_PER_S
    between_s = (int(row["revised_us"]) - int(row["pos_us"])) / US_PER_S
    speed_kn = run_m / between_s * MPS_TO_KN if between_s > 0 else float("nan")
    return {
        "returned_at": instant(int(row["revised_us"])),
        "return_report_id": report_hex(int(row["return_id"])),
        "return_lon_deg": known(row["return_lon_deg"], 6),
        "return_lat_deg": known(row["return_lat_deg"], 6),
        "gap_s": gap_s,
        "distance_m": known(run_m, 0),
        "implied_speed_kn": known(speed_kn, 1),
    }


def open_summary(label: str, row: np.void, facts: dict[str, Any], around: Around) -> str:
    """One sentence of when it opened; it stays true while the silence goes on."""
    return (
        f"By {at_words(int(row['revised_us']))} {label} had not been heard for "
        f"{span_words(float(row['listening_s']))} of listening "
        f"since {at_words(int(row['onset_us']))}, {_where(row, around)}; {_why(row, facts)}. "
        f"{_unknown(facts)}"
    )


def closed_summary(label: str, row: np.void, facts: dict[str, Any], around: Around) -> str:
    """One sentence once it has come back."""
    back = f"was heard again at {at_words(int(row['revised_us']))}"
    if facts["distance_m"] is not None:
        back += f", {distance_words(facts['distance_m'])} away"
        if facts["implied_speed_kn"] is not None:
            back += f" ({facts['implied_speed_kn']:.1f} kn straight)"
    return (
        f"{label} {back}, after {span_words(facts['gap_s'])} without a word since "
        f"{at_words(int(row['onset_us']))}, {_where(row, around)}; {_why(row, facts)}. "
        f"{_unknown(facts)}"
    )


def _where(row: np.void, around: Around) -> str:
    if not isfinite(row["lon_deg"]):
        return "position never known"
    inside = f", inside {around.place}" if around.place else ""
    status = int(row["status"])
    declared = f", declared {NAV_STATUS[status]}" if status in _AT_REST else ""
    speed = speed_words(float(row["sog_kn"]))
    return f"last {around.near}{inside}, {around.water}, making {speed}{declared}"


def _why(row: np.void, facts: dict[str, Any]) -> str:
    others = count_words(int(row["others"]), "other vessel", "other vessels")
    near = int(row["near"])
    nearby = f" ({near} within {facts['near_nmi']:.0f} nmi of there)" if near else ""
    return (
        f"its silence asked for {span_words(float(row['threshold_s']))}, and meanwhile "
        f"{facts['station']} heard {others}{nearby}"
    )


def _unknown(facts: dict[str, Any]) -> str:
    ahead = facts["heading_to_place"]
    berth = f", or it has berthed at {ahead} ahead" if ahead and not facts["in_place"] else ""
    return (
        "Not known: whether terrain, range or a switch explains it"
        f"{berth}; no reception model yet, one station's word."
    )
