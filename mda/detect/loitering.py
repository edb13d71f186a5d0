"""Loitering: a vessel that stays in a small area at sea longer than its class normally does there.

*Definition.* The regional tier: over a span of 45 min (cargo, tanker) or 2 h (everyone else) the
implied speed has a mean below 3 kn; slow begins below 2 kn and ends above 3.5 kn, twice in a row;
no fix lies further than 3 nmi from the span's centre; and the net displacement is below 0.3 of the
path run, or all fixes lie within 500 m (at anchor, made fast). Outside the places where waiting is
normal, at any distance from shore. Opens when the span is reached (`opened_at` = onset + span), and
closes with the last fix inside once the vessel speeds up, leaves the circle, enters such a place,
or is not heard for 2 h.
*Inputs.* Usable positions of ship-like MMSIs, a step at least 60 s after the last one; ship types;
the place index. What a vessel declares (at anchor, moored) is quoted, not believed and not ignored.
*What it cannot see.* Why: engine trouble, waiting for orders or a pilot, fishing, distress. Small
circles run fast. Straight slow drifting. What happened in gaps. Craft that carry no AIS.
*Thresholds and why.* `loitering.*` in the settings: speeds between steps of a minute, so that GNSS
jitter of 15 m is half a knot and no more.
*Source.* detection.md D3, tier regional.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mda.config import Config
from mda.detect.loitering_fold import (
    CLOSED,
    FIX,
    FOUND,
    GAP,
    IN_PLACE,
    LEFT,
    POINT,
    RING,
    SPED_UP,
    STAY,
    Rules,
    fold,
    thin,
)
from mda.detect.ship_like import ship_like
from mda.detect.surroundings import Around, Surroundings
from mda.detect.words import (
    NAV_STATUS,
    at_words,
    distance_words,
    instant,
    known,
    report_hex,
    span_words,
)
from mda.model import (
    Finding,
    Flag,
    Identity,
    PlaceIndex,
    Reports,
    Settled,
    State,
    Statics,
    Valid,
    VesselClass,
    ZoneIndex,
    finding_id,
)
from mda.model.reports import I64
from mda.model.slots import Classes, Slots, grown
from mda.units import M_PER_NMI, MPS_TO_KN, US_PER_S, microseconds

_NO_STATUS = 255
_WHY = {
    SPED_UP: "it got under way",
    LEFT: "it left the circle",
    GAP: "it was not heard for too long",
    IN_PLACE: "it entered a place where waiting is normal",
}
_NOT_KNOWN = (
    "why it stays: orders, a pilot, engine trouble, fishing, distress",
    "whether anyone is alongside who carries no AIS",
)


class LoiteringDetector:
    """A fold over settled stretches (implements `Detector`)."""

    name = "loitering"
    version = "1"

    def __init__(
        self, config: Config, identity: Identity, zones: ZoneIndex, places: PlaceIndex
    ) -> None:
        number = config.number
        self._rules = Rules(
            number("loitering.mean_kn"),
            number("loitering.enter_kn"),
            number("loitering.leave_kn"),
            number("loitering.net_to_path"),
            number("loitering.radius_nmi") * M_PER_NMI,
            number("loitering.still_m"),
            microseconds(number("loitering.gap_s")),
        )
        self._span_us: I64 = np.full(
            len(VesselClass), microseconds(number("loitering.span_other_s")), np.int64
        )
        trade = [VesselClass.CARGO, VesselClass.TANKER]
        self._span_us[trade] = microseconds(number("loitering.span_trade_s"))
        self._step_us = microseconds(number("loitering.step_s"))
        self._config_hash = config.hash(self.name)
        self._identity = identity
        self._places = places
        self._around = Surroundings(zones, places)
        self._slots = Slots()
        self._classes = Classes()
        self._last_us: I64 = np.zeros(0, np.int64)
        self._stays: NDArray[np.void] = np.zeros(0, STAY)
        self._ring: NDArray[np.void] = np.zeros(0, POINT)

    def fold(self, settled: Settled) -> list[Finding]:
        """Stays opened and closed in this stretch."""
        fixes = self._fixes(settled.reports, settled.statics)
        found = np.empty(len(fixes) + 1, FOUND)
        written = fold(fixes, self._stays, self._ring, self._rules, found)
        rows = found[:written]
        around = self._around.at(rows["lon_deg"], rows["lat_deg"], rows["onset_us"])
        findings = [self._finding(*facts) for facts in zip(rows, around, strict=True)]
        return sorted(findings, key=Finding.order)

    def _fixes(self, reports: Reports, statics: Statics) -> NDArray[np.void]:
        """The steps among the reports, with class and place of each."""
        usable = ((reports.flags & Flag.UNUSABLE) == 0) & ship_like(reports.mmsi)
        slot = np.full(len(reports), -1, np.int32)
        slot[usable] = self._slots.of(reports.key()[usable])
        rows = len(self._slots)
        self._last_us = grown(self._last_us, rows)
        self._stays = grown(self._stays, rows)
        self._ring = grown(self._ring, rows * RING)
        chosen = np.empty(len(reports), np.int64)
        count = thin(slot, reports.at_us, self._last_us, self._step_us, chosen)
        steps = reports.take(chosen[:count])
        fixes = np.empty(count, FIX)
        fixes["at_us"] = steps.at_us
        fixes["id"] = steps.report_id
        fixes["slot"] = slot[chosen[:count]]
        fixes["span_us"] = self._span_us[self._classes.of(steps, statics)]
        has_status = (steps.valid & Valid.NAV_STATUS) != 0
        fixes["status"] = np.where(has_status, steps.nav_status, _NO_STATUS)
        fixes["in_place"] = self._places.at(steps.lon_deg, steps.lat_deg) >= 0
        fixes["lon_deg"] = steps.lon_deg
        fixes["lat_deg"] = steps.lat_deg
        return fixes

    def _finding(self, row: np.void, around: Around) -> Finding:
        """The kernel's facts in words, with what lies around them."""
        key = int(self._slots.keys[row["slot"]])
        mmsi = key & 0xFFFFFFFF
        closed = int(row["what"]) == CLOSED
        revised_us = int(row["revised_us"])
        vessel_class = VesselClass(self._identity.vessel_class(mmsi, revised_us)).name
        facts = self._evidence(row, vessel_class)
        label = self._identity.label(key, revised_us)
        return Finding(
            id=finding_id(self.name, (key,), int(row["opening_id"])),
            kind=self.name,
            mmsis=(mmsi,),
            keys=(key,),
            onset_at_us=int(row["onset_us"]),
            opened_at_us=int(row["opened_us"]),
            closed_at_us=int(row["closed_us"]) if closed else None,
            revised_at_us=revised_us,
            status="confirmed" if closed else "provisional",
            probability=None,
            lon_deg=float(row["lon_deg"]),
            lat_deg=float(row["lat_deg"]),
            summary=_summary(label, row, facts, around),
            evidence=facts,
            detector=self.name,
            detector_version=self.version,
            config_hash=self._config_hash,
            zones=around.zones,
            revision=2 if closed else 1,
        )

    def _evidence(self, row: np.void, vessel_class: str) -> dict[str, Any]:
        closed = int(row["what"]) == CLOSED
        end_us = int(row["closed_us"]) if closed else int(row["revised_us"])
        lasted_s = (end_us - int(row["onset_us"])) / US_PER_S
        path_m, net_m = float(row["path_m"]), float(row["net_m"])
        status = int(row["status"])
        body: dict[str, Any] = {
            "lasted_s": lasted_s,
            "span_asked_s": int(row["span_us"]) / US_PER_S,
            "radius_m": known(row["radius_m"], 0),
            "manner": "still" if row["radius_m"] <= self._rules.still_m else "moving about",
            "path_m": known(path_m, 0),
            "net_at_opening_m": known(net_m, 0),
            "mean_speed_kn": known(path_m / lasted_s * MPS_TO_KN, 2),
            "steps": int(row["steps"]),
            "vessel_class": vessel_class,
            "declared": NAV_STATUS.get(status) if status != _NO_STATUS else None,
            "steps_declared_at_rest": int(row["resting"]),
            "last_report_ids": [report_hex(int(row["opening_id"]))],
            "thresholds": {
                "mean_kn": self._rules.mean_kn,
                "enter_kn": self._rules.enter_kn,
                "leave_kn": self._rules.leave_kn,
                "net_to_path": self._rules.net_to_path,
                "radius_m": self._rules.radius_m,
                "still_m": self._rules.still_m,
            },
            "zone_version": self._around.zone_version,
            "not_known": list(_NOT_KNOWN),
        }
        if closed:
            body["last_inside_at"] = instant(int(row["closed_us"]))
            body["ended_because"] = _WHY[int(row["why"])]
            body["last_report_ids"].append(report_hex(int(row["last_id"])))
        return body

    def save(self) -> State:
        rows = len(self._slots)
        return {
            "slots": self._slots.save(),
            "classes": self._classes.save(),
            "last_us": self._last_us[:rows].copy(),
            "stays": self._stays[:rows].copy(),
            "ring": self._ring[: rows * RING].copy(),
        }

    def load(self, state: State) -> None:
        self._slots.load(state["slots"])
        self._classes.load(state["classes"])
        self._last_us = np.array(state["last_us"], np.int64)
        self._stays = np.array(state["stays"], STAY)
        self._ring = np.array(state["ring"], POINT)


def _summary(label: str, row: np.void, facts: dict[str, Any], around: Around) -> str:
    """One sentence that stands alone."""
    tense, ended = "has stayed", ""
    if int(row["what"]) == CLOSED:
        tense = "stayed"
        ended = f" until {at_words(int(row['closed_us']))}, when {facts['ended_because']}"
    declared = f"to be {facts['declared']}" if facts["declared"] else "nothing"
    return (
        f"{label} {tense} within {distance_words(facts['radius_m'])} for "
        f"{span_words(facts['lasted_s'])} since {at_words(int(row['onset_us']))}{ended}, "
        f"{around.near}, {around.water}, outside any place where waiting is normal, at "
        f"{facts['mean_speed_kn']:.1f} kn on average; it declares {declared}. Not known: why, and "
        "whether anyone without AIS is with it."
    )
