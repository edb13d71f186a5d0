"""Zone visits: entry into and exit from each zone on file.

*Definition.* A vessel has entered a zone with the second fix that lies deeper inside than
max(100 m, the boundary's own accuracy), none outside between them, or when it has been inside for
3 min since the first such fix. It has left with the second fix outside that is clear of the
boundaries around it by as much, none inside between them, or 3 min after the first fix outside.
`onset_at` is the first deep fix, `closed_at` the first fix outside. One finding for each vessel and
zone, so disputed water gives one per claim. Found are waters, rules and the operator's own zones,
in the time that each holds; a visit ends when the zone's time does.
*Inputs.* Usable positions of ship-like MMSIs; the zone index with its margins.
*What it cannot see.* What happens between fixes: a corner cut in a gap. How far outside a zone a
fix lies is read from its depth in the neighbouring zones; beyond the last zone any fix is clear.
A boundary within its accuracy is not decided at all: such fixes neither enter nor leave by
themselves. A berth that the coast draws on land says nothing. More than six zones at once.
*Thresholds and why.* `zone_visit.*` in the settings: against flapping along a line.
*Source.* detection.md D8. Ordinary entry and exit is a log event; rules make cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mda.clock import from_datetime
from mda.config import Config
from mda.detect.ship_like import ship_like
from mda.detect.surroundings import Around, Surroundings
from mda.detect.water_words import belt_words, once, zone_words
from mda.detect.words import at_words, instant, report_hex, span_words
from mda.detect.zone_fold import CLOSED, FIX, FOUND, VISIT, VISITS, Rules, fold
from mda.model import (
    Finding,
    Flag,
    Identity,
    Located,
    PlaceIndex,
    Reports,
    Settled,
    State,
    ZoneClaim,
    ZoneIndex,
    finding_id,
)
from mda.model.reports import F64, I64
from mda.model.slots import Slots, grown
from mda.units import US_PER_S, microseconds

_GAP_S = 600.0
"""An entry between two fixes further apart than this is said to have happened in a gap."""


class ZoneVisitDetector:
    """A fold over settled stretches (implements `Detector`)."""

    name = "zone_visit"
    version = "2"

    def __init__(
        self, config: Config, identity: Identity, zones: ZoneIndex, places: PlaceIndex
    ) -> None:
        self._rules = Rules(
            config.integer("zone_visit.fixes"), microseconds(config.number("zone_visit.stay_s"))
        )
        self._config_hash = config.hash(self.name)
        self._identity = identity
        self._zones = zones
        self._around = Surroundings(zones, places)
        least_m = config.number("zone_visit.depth_m")
        self._depth_m: F64 = np.array([max(least_m, z.accuracy_m) for z in zones.claims], float)
        self._watched = _watched(zones.claims, config.texts("zone_visit.families"))
        self._is_water = np.array([z.family == "waters" for z in zones.claims], np.bool_)
        self._slots = Slots()
        self._visits: NDArray[np.void] = np.zeros(0, VISIT)
        self._last_us: I64 = np.zeros(0, np.int64)

    def fold(self, settled: Settled) -> list[Finding]:
        """Visits opened and closed in this stretch."""
        reports = settled.reports
        usable = ((reports.flags & Flag.UNUSABLE) == 0) & ship_like(reports.mmsi)
        rows, located = self._afloat(reports, np.flatnonzero(usable))
        fixes = np.empty(len(rows), FIX)
        fixes["at_us"] = reports.at_us[rows]
        fixes["id"] = reports.report_id[rows]
        fixes["slot"] = self._slots.of(reports.key()[rows])
        fixes["lon_deg"] = reports.lon_deg[rows]
        fixes["lat_deg"] = reports.lat_deg[rows]
        self._last_us = grown(self._last_us, len(self._slots))
        self._visits = grown(self._visits, len(self._slots) * VISITS)
        # A fix opens at most its own zones and closes at most all visits of its vessel.
        found = np.empty(len(located.zone) + VISITS * (len(rows) + 1), FOUND)
        written = fold(
            fixes,
            located.offset,
            located.zone,
            located.margin_m,
            self._depth_m,
            self._visits,
            self._last_us,
            self._rules,
            found,
        )
        entries = found[:written]
        around = self._around.at(entries["lon_deg"], entries["lat_deg"], entries["since_us"])
        over = self._over(entries)
        findings = [self._finding(*facts) for facts in zip(entries, around, over, strict=True)]
        return sorted(findings, key=Finding.order)

    def _afloat(self, reports: Reports, rows: I64) -> tuple[I64, Located]:
        """The rows that say something of water, with the watched zones that hold at their time: a
        berth that our coast draws on land says nothing of having left anybody's waters."""
        lon_deg, lat_deg = reports.lon_deg[rows], reports.lat_deg[rows]
        located = self._zones.locate(lon_deg, lat_deg, reports.at_us[rows])
        bare = np.flatnonzero(np.diff(_kept(located, self._is_water).offset) == 0)
        dry = np.zeros(len(rows), np.bool_)
        dry[bare] = self._zones.on_land(lon_deg[bare], lat_deg[bare])
        counts = np.diff(located.offset)
        wet = Located(
            np.concatenate(([0], np.cumsum(counts[~dry]))),
            located.zone[np.repeat(~dry, counts)],
            located.margin_m[np.repeat(~dry, counts)],
        )
        return rows[~dry], _kept(wet, self._watched)

    def _over(self, entries: NDArray[np.void]) -> list[bool]:
        """For each visit that closed: whether the zone's time was over, not the vessel outside."""
        found = self._zones.locate(entries["now_lon_deg"], entries["now_lat_deg"])
        return [
            row["what"] == CLOSED
            and row["zone"] in found.zone[found.offset[i] : found.offset[i + 1]]
            for i, row in enumerate(entries)
        ]

    def _finding(self, row: np.void, around: Around, over: bool) -> Finding:
        """The kernel's facts in words, with what lies around them."""
        key = int(self._slots.keys[row["slot"]])
        zone = self._zones.claims[int(row["zone"])]
        closed = int(row["what"]) == CLOSED
        others = tuple(claim for claim in around.zones if claim.id != zone.id)
        label = self._identity.label(key, int(row["revised_us"]))
        return Finding(
            id=finding_id(self.name, (key,), int(row["id"]), zone.id),
            kind=self.name,
            mmsis=(key & 0xFFFFFFFF,),
            keys=(key,),
            onset_at_us=int(row["since_us"]),
            opened_at_us=int(row["opened_us"]),
            closed_at_us=int(row["out_us"]) if closed else None,
            revised_at_us=int(row["revised_us"]),
            status="confirmed" if closed else "provisional",
            probability=None,
            lon_deg=float(row["lon_deg"]),
            lat_deg=float(row["lat_deg"]),
            summary=_summary(label, row, zone, around, over),
            evidence={**self._evidence(row, zone), **({"zone_time_over": True} if over else {})},
            detector=self.name,
            detector_version=self.version,
            config_hash=self._config_hash,
            zones=(zone, *others),
            revision=2 if closed else 1,
        )

    def _evidence(self, row: np.void, zone: ZoneClaim) -> dict[str, Any]:
        outside_us = int(row["outside_us"])
        body: dict[str, Any] = {
            "zone_id": zone.id,
            "zone_kind": zone.kind,
            "zone_accuracy_m": zone.accuracy_m,
            "zone_valid_from": zone.valid_from or None,
            "zone_valid_until": zone.valid_until or None,
            "how": _how(row, zone),
            "last_outside_at": instant(outside_us) if outside_us else None,
            "first_inside_at": instant(int(row["inside_us"])),
            "first_deep_inside_at": instant(int(row["since_us"])),
            "last_report_ids": [report_hex(int(row["id"])), report_hex(int(row["last_id"]))],
            "thresholds": {
                "depth_m": float(self._depth_m[int(row["zone"])]),
                "fixes": self._rules.fixes,
                "stay_s": self._rules.stay_us / US_PER_S,
            },
            "zone_version": self._around.zone_version,
            "not_known": ["what happened between reports", "the line beyond its own accuracy"],
        }
        if int(row["what"]) == CLOSED:
            body["first_outside_at"] = instant(int(row["out_us"]))
            body["lasted_s"] = (int(row["out_us"]) - int(row["since_us"])) / US_PER_S
            body["exit_lon_deg"] = round(float(row["now_lon_deg"]), 6)
            body["exit_lat_deg"] = round(float(row["now_lat_deg"]), 6)
        return body

    def save(self) -> State:
        rows = len(self._slots)
        return {
            "slots": self._slots.save(),
            "visits": self._visits[: rows * VISITS].copy(),
            "last_us": self._last_us[:rows].copy(),
            "zone_ids": [zone.id for zone in self._zones.claims],
        }

    def load(self, state: State) -> None:
        """Take over a saved state; zones are matched by id, visits to zones gone are dropped."""
        self._slots.load(state["slots"])
        self._last_us = np.array(state["last_us"], np.int64)
        self._visits = np.array(state["visits"], VISIT)
        code = {zone.id: i for i, zone in enumerate(self._zones.claims)}
        moved = np.array([code.get(i, -1) for i in state["zone_ids"]] or [-1], np.int32)
        now = moved[np.clip(self._visits["zone"], 0, len(moved) - 1)]
        self._visits["phase"] = np.where(now < 0, 0, self._visits["phase"])
        self._visits["zone"] = np.maximum(now, 0)


def _how(row: np.void, zone: ZoneClaim) -> str:
    if zone.valid_from and not row["first_heard"]:
        begin = datetime.fromisoformat(zone.valid_from)
        begin_us = from_datetime(begin if begin.tzinfo else begin.replace(tzinfo=UTC))
        if int(row["outside_us"]) < begin_us <= int(row["inside_us"]):
            return "first seen inside after the zone's time began"
    if row["first_heard"]:
        return "first heard inside"
    gap_s = (int(row["inside_us"]) - int(row["outside_us"])) / US_PER_S
    return "entered in a gap" if gap_s > _GAP_S else "seen to enter"


def _summary(label: str, row: np.void, zone: ZoneClaim, around: Around, over: bool) -> str:
    """One sentence that stands alone: which zone, how, and every other claim to the same water."""
    since_us = int(row["since_us"])
    gap_s = (int(row["inside_us"]) - int(row["outside_us"])) / US_PER_S
    how = {
        "first seen inside after the zone's time began": "was, after its time began, first seen in",
        "first heard inside": "was first heard inside",
        "entered in a gap": f"entered, in a gap of {span_words(gap_s)},",
        "seen to enter": "entered",
    }[_how(row, zone)]
    text = f"{label} {how} {zone_words(zone)} at {at_words(since_us)}, {around.near}"
    if zone.valid_until:
        text += f"; that zone holds until {zone.valid_until}"
    belt = belt_words(around.zones) if zone.family != "belts" else ""
    others = [z for z in once(around.zones) if z.id != zone.id and z.family != "belts"]
    if belt:
        text += f", inside {belt}"
    if others:
        text += f"; the same water is in {' and '.join(zone_words(z) for z in others)}"
    if int(row["what"]) == CLOSED:
        out_us = int(row["out_us"])
        stayed = span_words((out_us - since_us) / US_PER_S)
        left = "that zone's time was over" if over else "it was first seen outside"
        text += f"; {left} at {at_words(out_us)}, after {stayed}"
    return (
        text + f". The line is known to {zone.accuracy_m:.0f} m; between reports nothing is known."
    )


def _watched(claims: Sequence[ZoneClaim], families: Sequence[str]) -> NDArray[np.bool_]:
    """Which zones' visits are found: those of the families, and of two lines for one claim only
    the operator's own, unless it has a time, or ours is in several parts that his may not all
    hold."""
    lasting = [zone for zone in claims if not (zone.own and (zone.valid_from or zone.valid_until))]
    chosen = {zone.id for zone in once(lasting)} | {zone.id for zone in claims if zone.own}
    for zone in claims:
        parts = [z for z in claims if not z.own and z.kind == zone.kind]
        if sum(set(z.claimants) == set(zone.claimants) for z in parts) > 1:
            chosen.add(zone.id)
    chosen &= {zone.id for zone in claims if zone.family in families}
    return np.array([zone.id in chosen for zone in claims], np.bool_)


def _kept(located: Located, wanted: NDArray[np.bool_]) -> Located:
    """Only the wanted zones of each point."""
    keep = wanted[located.zone]
    before = np.concatenate(([0], np.cumsum(keep)))
    return Located(before[located.offset], located.zone[keep], located.margin_m[keep])
