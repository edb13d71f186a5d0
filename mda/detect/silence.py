"""Silence: a vessel not heard for much longer than it and its station's habit explain.

*Definition.* A ship-like MMSI is silent once an ear that lately heard it (`listening`) has listened
without a word from it for longer than the largest of: the floor (10 min); 20 times the interval
that its last state asks of it (class, speed, at anchor or moored); 3 times its own decayed longest
interval at that ear. The finding opens while the vessel is still silent and closes on its return.
`onset_at` is the last message heard, `opened_at` the exact instant at which the threshold was
passed; a tick reveals it and never dates it. A silence is of the MMSI, whichever hull used it.
*Inputs.* Every report and static message, believed or not (a transmitter that sends nonsense is
on); positions only where usable; control rows; ticks.
*What it cannot see.* Why: there is no reception model yet, so terrain shadow, range, a collapsed
duct, a berth and a switch are alike, and `probability` is null. One of two hulls on one MMSI going
silent. Vessels with fewer than 10 reports over 10 min since they were last silent: counted in
`not_enough_history`. Vessels that carry no AIS.
*Thresholds and why.* `silence.*` in the settings. After a node's start nothing is silent until its
own threshold of listening has passed again. A silence that was a finding teaches the habit no more
than its threshold, and history begins anew after it.
*Source.* detection.md D1 (candidate rule); ITU-R M.1371-5 tables 1 and 2 (intervals).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mda.config import Config
from mda.detect.listening import EAR, RUN, RUNS, DeafRules
from mda.detect.ship_like import ship_like
from mda.detect.silence_fold import fold
from mda.detect.silence_state import (
    CLOSED,
    EARS_KEPT,
    FOUND,
    HEARD,
    LINK,
    NEVER_US,
    NO_STATUS,
    VESSEL,
    Rules,
    Sea,
)
from mda.detect.silence_words import closed_summary, evidence, open_summary
from mda.detect.surroundings import Around, Surroundings
from mda.geo.distance import geodesic_m
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
    ZoneIndex,
    finding_id,
)
from mda.model.reports import I32, I64
from mda.model.slots import Slots, grown
from mda.units import M_PER_NMI, microseconds

_CLASS_B, _CLASS_B_LONG = 18, 19


class SilenceDetector:
    """A fold over settled stretches (implements `Detector`)."""

    name = "silence"
    version = "1"

    def __init__(
        self,
        config: Config,
        identity: Identity,
        zones: ZoneIndex,
        places: PlaceIndex,
        station_name: Callable[[int], str] | None = None,
    ) -> None:
        """`station_name` gives a station's name by its code; without it the code is quoted."""
        number = config.number
        deaf = DeafRules(
            number("silence.deaf_floor_s"),
            number("silence.deaf_intervals"),
            number("silence.deaf_ceiling_s"),
        )
        self._rules = Rules(
            number("silence.floor_s"),
            number("silence.nominal_intervals"),
            number("silence.habit_factor"),
            number("silence.habit_half_life_s"),
            config.integer("silence.least_fixes"),
            microseconds(number("silence.least_history_s")),
            number("silence.near_nmi") * M_PER_NMI,
            deaf,
        )
        self._config_hash = config.hash(self.name)
        self._identity = identity
        self._around = Surroundings(zones, places)
        self._station_name = station_name or (lambda code: f"station {code}")
        self._vessel_slots = Slots()
        self._ear_slots = Slots()
        self._vessels: NDArray[np.void] = np.zeros(0, VESSEL)
        self._links: NDArray[np.void] = np.zeros(0, LINK)
        self._due_us: I64 = np.zeros(0, np.int64)
        self._ears: NDArray[np.void] = np.zeros(0, EAR)
        self._runs: NDArray[np.void] = np.zeros(0, RUN)
        self._counts: I64 = np.zeros(2, np.int64)

    @property
    def not_enough_history(self) -> int:
        """Silences so far of vessels that had been heard too little to judge."""
        return int(self._counts[0])

    def fold(self, settled: Settled) -> list[Finding]:
        """Silences opened and closed in this stretch."""
        heard = self._heard(settled)
        controls = np.array([(c.at_us, c.kind, c.feed) for c in settled.controls], np.int64)
        found = np.empty(len(heard) + len(self._vessel_slots) + 1, FOUND)
        written = fold(
            self._sea(),
            self._rules,
            heard,
            controls.reshape(-1, 3),
            settled.tick_at_us,
            found,
        )
        rows = found[:written]
        lon_deg, lat_deg = rows["lon_deg"], rows["lat_deg"]
        around = self._around.at(lon_deg, lat_deg, rows["onset_us"])
        ahead = self._around.heading_for(lon_deg, lat_deg, rows["sog_kn"], rows["cog_deg"])
        findings = [self._finding(*facts) for facts in zip(rows, around, ahead, strict=True)]
        return sorted(findings, key=Finding.order)

    def _heard(self, settled: Settled) -> NDArray[np.void]:
        """Reports and statics as one sorted stream; at equal times statics come first."""
        reports, statics = settled.reports, settled.statics
        rows = np.empty(len(reports) + len(statics), HEARD)
        before = np.searchsorted(reports.at_us, statics.at_us, side="left")
        said = np.zeros(len(rows), np.bool_)
        said[before + np.arange(len(statics))] = True
        rows[~said] = _of_reports(reports)
        rows[said] = _of_statics(statics)
        mmsi, ear = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        for batch, where in ((reports, ~said), (statics, said)):
            mmsi[where] = batch.mmsi
            ear[where] = (batch.feed.astype(np.int64) << 32) | batch.station
        rows["slot"] = self._vessel_slots.of(mmsi)
        rows["ear"] = self._ear_slots.of(ear)
        self._make_room()
        return rows

    def _make_room(self) -> None:
        vessels, ears = len(self._vessel_slots), len(self._ear_slots)
        self._vessels = grown(self._vessels, vessels)
        self._links = grown(self._links, vessels * EARS_KEPT)
        held = len(self._due_us)
        self._due_us = grown(self._due_us, vessels)
        self._due_us[held:] = NEVER_US
        self._ears = grown(self._ears, ears)
        self._runs = grown(self._runs, ears * RUNS)

    def _sea(self) -> Sea:
        vessels, ears = len(self._vessel_slots), len(self._ear_slots)
        mmsi = self._vessel_slots.keys.astype(np.uint32)
        feeds: I32 = (self._ear_slots.keys >> 32).astype(np.int32)
        return Sea(
            self._ears[:ears],
            self._runs[: ears * RUNS],
            feeds,
            self._vessels[:vessels],
            self._links[: vessels * EARS_KEPT],
            ship_like(mmsi).astype(np.uint8),
            self._due_us[:vessels],
            self._counts,
        )

    def _finding(self, row: np.void, around: Around, ahead: str | None) -> Finding:
        """The kernel's facts in words, with what lies around them."""
        mmsi = int(self._vessel_slots.keys[row["slot"]])
        key = mmsi | (int(row["hull"]) << 32)
        station = int(self._ear_slots.keys[row["ear"]] & 0xFFFFFFFF)
        lon, lat = float(row["lon_deg"]), float(row["lat_deg"])
        closed = int(row["what"]) == CLOSED
        back = (float(row["return_lon_deg"]), float(row["return_lat_deg"]))
        run_m = geodesic_m(lon, lat, *back) if closed else float("nan")
        facts: dict[str, Any] = evidence(row, self._station_name(station), run_m, self._rules)
        facts["in_place"] = around.place
        facts["heading_to_place"] = ahead
        facts["zone_version"] = self._around.zone_version
        label = self._identity.label(key, int(row["revised_us"]))
        summary = (closed_summary if closed else open_summary)(label, row, facts, around)
        known = np.isfinite(lon)
        return Finding(
            id=finding_id(self.name, (key,), int(row["last_id"])),
            kind=self.name,
            mmsis=(mmsi,),
            keys=(key,),
            onset_at_us=int(row["onset_us"]),
            opened_at_us=int(row["opened_us"]),
            closed_at_us=int(row["revised_us"]) if closed else None,
            revised_at_us=int(row["revised_us"]),
            status="confirmed" if closed else "provisional",
            probability=None,
            lon_deg=lon,
            lat_deg=lat,
            summary=summary,
            evidence=facts,
            detector=self.name,
            detector_version=self.version,
            config_hash=self._config_hash,
            zones=around.zones,
            path=((lon, lat), back) if closed and known and np.isfinite(back[0]) else (),
            revision=2 if closed else 1,
        )

    def save(self) -> State:
        vessels, ears = len(self._vessel_slots), len(self._ear_slots)
        return {
            "vessel_slots": self._vessel_slots.save(),
            "ear_slots": self._ear_slots.save(),
            "vessels": self._vessels[:vessels].copy(),
            "links": self._links[: vessels * EARS_KEPT].copy(),
            "due_us": self._due_us[:vessels].copy(),
            "ears": self._ears[:ears].copy(),
            "runs": self._runs[: ears * RUNS].copy(),
            "not_enough_history": self.not_enough_history,
        }

    def load(self, state: State) -> None:
        self._vessel_slots.load(state["vessel_slots"])
        self._ear_slots.load(state["ear_slots"])
        self._vessels = np.array(state["vessels"], VESSEL)
        self._links = np.array(state["links"], LINK)
        self._due_us = np.array(state["due_us"], np.int64)
        self._ears = np.array(state["ears"], EAR)
        self._runs = np.array(state["runs"], RUN)
        self._counts = np.array([state["not_enough_history"], 0], np.int64)


def _of_reports(reports: Reports) -> NDArray[np.void]:
    """Reports as hearings, slot and ear still to be set."""
    rows = np.empty(len(reports), HEARD)
    rows["at_us"] = reports.at_us
    rows["id"] = reports.report_id
    rows["is_report"] = 1
    rows["usable"] = (reports.flags & Flag.UNUSABLE) == 0
    rows["hull"] = reports.hull
    has_status = (reports.valid & Valid.NAV_STATUS) != 0
    rows["status"] = np.where(has_status, reports.nav_status, NO_STATUS)
    rows["class_b"] = (reports.msg_type == _CLASS_B) | (reports.msg_type == _CLASS_B_LONG)
    for name in ("lon_deg", "lat_deg", "sog_kn", "cog_deg"):
        rows[name] = getattr(reports, name)
    return rows


def _of_statics(statics: Statics) -> NDArray[np.void]:
    """Statics as hearings: they tell that the vessel transmits, and nothing of where."""
    rows = np.zeros(len(statics), HEARD)
    rows["at_us"] = statics.at_us
    rows["id"] = statics.report_id
    return rows
