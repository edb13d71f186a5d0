"""Distress signals on the now road: one finding per beacon, at once, from a single report.

*Definition.* A report from an AIS-SART, MOB or EPIRB-AIS (MMSI 970, 972, 974), or with navigational
status 14 (AIS-SART active) from anybody, is a distress signal. Such a beacon with status 15 is
under test (ITU-R M.1371-5, table 50): that is logged, not sounded. Any other status from a beacon
counts as distress.
*Inputs.* Reports in order of arrival, not settled; a beacon without a position counts too. A second
hearing of a report changes nothing.
*When it ends.* A beacon falls silent when its battery or its carrier does, so silence ends nothing
for `alert.safety_lapse_h`. A vessel's status 14 ends when it reports another one; a beacon's
distress ends when it reports a test.
*What it cannot see.* A false activation, and a beacon's true place before its receiver has a fix.
"""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import Any, Final

import numpy as np

from mda.clock import format_at
from mda.config import Config
from mda.model import Finding, Flag, MmsiKind, Reports, State, Valid, finding_id, mmsi_kinds
from mda.units import US_PER_H

VERSION: Final = "1"
SART_ACTIVE: Final = 14
SART_TEST: Final = 15
BEACONS: Final[dict[int, str]] = {
    int(MmsiKind.SART): "AIS-SART",
    int(MmsiKind.MOB): "man-overboard device",
    int(MmsiKind.EPIRB): "EPIRB-AIS",
}


class SafetyWatch:
    """The fold over reports as they arrive: one open finding per beacon."""

    name = "safety"
    version = VERSION

    def __init__(self, config: Config) -> None:
        self._lapse_us = round(config.number("alert.safety_lapse_h") * US_PER_H)
        self._config_hash = config.hash("alert.safety_lapse_h")
        self._open: dict[int, Finding] = {}
        self._last_us: dict[int, int] = {}
        self._newest_us = 0

    def update(self, reports: Reports) -> list[Finding]:
        """Findings opened, closed or moved by these reports."""
        if not len(reports):
            return []
        findings: list[Finding] = []
        kinds = mmsi_kinds(reports.mmsi)
        status_known = (reports.valid & Valid.NAV_STATUS) != 0
        active = status_known & (reports.nav_status == SART_ACTIVE)
        watched = np.isin(kinds, list(BEACONS)) | active
        if self._open:
            watched |= np.isin(reports.mmsi, np.array(list(self._open), dtype=np.uint32))
        for row in np.flatnonzero(watched & ((reports.flags & Flag.DUPLICATE) == 0)).tolist():
            status = int(reports.nav_status[row]) if status_known[row] else None
            findings += self._hear(reports, row, int(kinds[row]), status)
        self._newest_us = max(self._newest_us, int(reports.at_us.max()))
        return findings + self._lapse()

    def save(self) -> State:
        """The open findings."""
        return {
            "open": [f.to_json() for f in self._open.values()],
            "last_us": [[mmsi, at_us] for mmsi, at_us in self._last_us.items()],
            "newest_us": self._newest_us,
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave."""
        found = [Finding.from_json(body) for body in state["open"]]
        self._open = {f.mmsis[0]: f for f in found}
        self._last_us = {int(mmsi): int(at_us) for mmsi, at_us in state["last_us"]}
        self._newest_us = int(state["newest_us"])

    def _hear(self, reports: Reports, row: int, kind: int, status: int | None) -> list[Finding]:
        mmsi, at_us = int(reports.mmsi[row]), int(reports.at_us[row])
        beacon = kind in BEACONS
        test = beacon and status == SART_TEST
        distress = status == SART_ACTIVE or (beacon and not test)
        known = self._open.get(mmsi)
        if known is not None and at_us < self._last_us[mmsi]:
            return []
        self._last_us[mmsi] = at_us
        out: list[Finding] = []
        if known is not None and bool(known.evidence["test"]) != test:
            out.append(self._close(known, at_us, "it reports another status"))
            known = None
        if known is not None and not (distress or test):
            out.append(self._close(known, at_us, "it reports another status"))
        elif known is None and (distress or test):
            opened = self._opened(reports, row, kind, test=test)
            self._open[mmsi] = opened
            self._last_us[mmsi] = at_us
            out.append(opened)
        elif known is not None and isnan(known.lon_deg) and not isnan(reports.lon_deg[row]):
            out.append(self._placed(known, reports, row))
        return out

    def _opened(self, reports: Reports, row: int, kind: int, *, test: bool) -> Finding:
        mmsi, at_us = int(reports.mmsi[row]), int(reports.at_us[row])
        keys = (int(reports.key()[row]),)
        device = BEACONS.get(kind, "vessel with status 14")
        evidence: dict[str, Any] = {
            "test": test,
            "device": device,
            "report_ids": [f"{int(reports.report_id[row]):016x}"],
            "not_known": "whether the activation is a false one",
        }
        lon_deg, lat_deg = float(reports.lon_deg[row]), float(reports.lat_deg[row])
        return Finding(
            id=finding_id("safety", keys, int(reports.report_id[row]), "test" if test else ""),
            kind="safety",
            mmsis=(mmsi,),
            keys=keys,
            onset_at_us=at_us,
            opened_at_us=at_us,
            closed_at_us=None,
            revised_at_us=at_us,
            status="provisional",
            probability=None,
            lon_deg=lon_deg,
            lat_deg=lat_deg,
            summary=_summary(mmsi, device, at_us, test, isnan(lon_deg)),
            evidence=evidence,
            detector=self.name,
            detector_version=self.version,
            config_hash=self._config_hash,
        )

    def _placed(self, known: Finding, reports: Reports, row: int) -> Finding:
        """The same distress, now that the beacon knows where it is."""
        at_us = int(reports.at_us[row])
        evidence = dict(known.evidence)
        evidence["report_ids"] = [*evidence["report_ids"], f"{int(reports.report_id[row]):016x}"]
        placed = replace(
            known,
            lon_deg=float(reports.lon_deg[row]),
            lat_deg=float(reports.lat_deg[row]),
            evidence=evidence,
            summary=_summary(
                known.mmsis[0], evidence["device"], known.onset_at_us, evidence["test"], False
            ),
            revised_at_us=at_us,
            revision=known.revision + 1,
            status="revised",
            reason="its first position came",
        )
        self._open[known.mmsis[0]] = placed
        return placed

    def _close(self, known: Finding, at_us: int, reason: str) -> Finding:
        mmsi = known.mmsis[0]
        del self._open[mmsi], self._last_us[mmsi]
        return replace(
            known,
            closed_at_us=at_us,
            revised_at_us=at_us,
            revision=known.revision + 1,
            status="confirmed",
            reason=reason,
        )

    def _lapse(self) -> list[Finding]:
        lapsed = [m for m, at in self._last_us.items() if self._newest_us - at > self._lapse_us]
        hours = self._lapse_us / US_PER_H
        reason = f"not heard for {hours:g} h"
        return [
            self._close(self._open[m], self._last_us[m] + self._lapse_us, reason) for m in lapsed
        ]


def _summary(mmsi: int, device: str, at_us: int, test: bool, placeless: bool) -> str:
    what = "reports a test" if test else "signals distress"
    where = ", its position is not known" if placeless else ""
    return f"{device[0].upper()}{device[1:]} {mmsi:09d} {what} since {format_at(at_us)}{where}."
