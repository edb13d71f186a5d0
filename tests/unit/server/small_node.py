"""A real, small node for the server's tests: the house's own cases, desk and live picture.

Only its memory is the test's own: events and acts in lists instead of a store on disk.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from mda.alert import Cases, Desk
from mda.clock import format_at
from mda.config import Config
from mda.geo.distance import project_deg
from mda.model import Act, Case, Event, Finding, Picture, Prediction, Reports, Statics, ZoneClaim
from mda.picture import LivePicture
from mda.units import KN_TO_MPS

BEGIN_US = 1_490_075_479_000_000
S = 1_000_000
DOMINICA = ZoneClaim("dma-eez", "Dominica EEZ", "eez", ("Dominica",), "agreed", 1000.0)


def predict(lon_deg: Any, lat_deg: Any, sog_kn: Any, cog_deg: Any, age_s: Any) -> Prediction:
    """Dead reckoning with a radius of 5 m/s."""
    run_m = np.nan_to_num(sog_kn) * KN_TO_MPS * age_s
    places = [
        project_deg(*p) for p in zip(lon_deg, lat_deg, np.nan_to_num(cog_deg), run_m, strict=True)
    ]
    lon, lat = np.array(places, dtype=np.float64).reshape(-1, 2).T
    return Prediction(lon, lat, (5.0 * age_s).astype(np.float32))


def report(
    mmsi: int, at_us: int, lon_deg: float = -61.5, lat_deg: float = 15.2, **more: Any
) -> Reports:
    """One position report of a ship under way."""
    columns = {
        "mmsi": mmsi, "at_us": at_us, "report_id": at_us, "msg_type": 1, "lon_deg": lon_deg,
        "lat_deg": lat_deg, "sog_kn": 10.0, "cog_deg": 90.0, "heading_deg": 91.0, **more,
    }  # fmt: skip
    return Reports.from_columns({name: np.array([value]) for name, value in columns.items()})


def silence(mmsi: int, onset_us: int, **changes: Any) -> Finding:
    """A silence in Dominica's water with no probability modelled."""
    fields: dict[str, Any] = {
        "id": f"{mmsi:08x}{onset_us % 2**32:08x}",
        "kind": "silence",
        "mmsis": (mmsi,),
        "keys": (mmsi,),
        "onset_at_us": onset_us,
        "opened_at_us": onset_us + 900 * S,
        "closed_at_us": None,
        "revised_at_us": onset_us + 900 * S,
        "status": "provisional",
        "probability": None,
        "lon_deg": -61.5,
        "lat_deg": 15.2,
        "summary": f"MMSI {mmsi} was last heard at {format_at(onset_us)} off Dominica.",
        "evidence": {"threshold_s": 900.0, "figure": float("nan")},
        "detector": "silence",
        "detector_version": "1",
        "config_hash": "0",
        "zones": (DOMINICA,),
    }
    return Finding(**{**fields, **changes})


class SmallNode:
    """`NodeView` over the real parts; thread-safe by one lock."""

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config.load()
        self.run = "run-1"
        self._changed = threading.Condition(threading.RLock())
        self._events: list[Event] = []
        self._findings: dict[str, Finding] = {}
        self._version = 0
        self.now_us = BEGIN_US
        self._fresh()

    def _fresh(self) -> None:
        self._cases = Cases(self.config)
        self._desk = Desk(self.config)
        self._live = LivePicture(self.config)

    # -- what the test does ------------------------------------------------------------------
    def hear(self, reports: Reports) -> None:
        with self._changed:
            self._live.update(reports, Statics.blank(0))
            self.now_us = max(self.now_us, int(reports.at_us.max()))
            self._version += 1

    def tick(self, seconds: int = 1) -> None:
        with self._changed:
            self.now_us += seconds * S
            self._version += 1

    def find(self, *findings: Finding) -> list[Case]:
        with self._changed:
            self._findings |= {f.id: f for f in findings}
            changed = self._desk.merge(self._cases.fold(findings, self.now_us))
            for finding in findings:
                self.emit("finding", finding.to_json())
            for case in changed:
                self.emit("case", case.to_json())
            self._version += 1
            return changed

    def emit(self, kind: Any, body: dict[str, Any]) -> int:
        with self._changed:
            seq = self._events[-1].seq + 1 if self._events else 1
            self._events.append(Event(seq, self.now_us, kind, body))
            self._changed.notify_all()
            return seq

    def begin_run(self, name: str, *, told: bool) -> None:
        """A new run: with an event in the same store, or silently with a store of its own."""
        with self._changed:
            self.run = name
            self._version = 0
            self._fresh()
            if told:
                self.emit("run", {"run": name})
            else:
                self._events = []

    # -- NodeView ----------------------------------------------------------------------------
    def info(self) -> dict[str, Any]:
        return {"name": "test", "run": self.run, "mode": "replay", "now": format_at(self.now_us)}

    def picture(self) -> Picture:
        with self._changed:
            targets = self._live.targets(self.now_us, predict, self._desk.cases())
            seq = self.last_event_seq()
            return Picture(self._version, seq, self.now_us, self.now_us - 2 * S, targets)

    def cases(self) -> list[Case]:
        with self._changed:
            return self._desk.cases()

    def case(self, case_id: str) -> tuple[Case, list[Finding]] | None:
        with self._changed:
            case = self._desk.case(case_id)
            return None if case is None else (case, [self._findings[i] for i in case.finding_ids])

    def first_look(self, case: Case) -> list[str]:
        return [f"An aircraft could look at {case.id}."]

    def feeds(self) -> list[dict[str, Any]]:
        return [{"name": "sim", "state": "live", "last_heard": format_at(self.now_us)}]

    def stations(self) -> dict[str, Any]:
        return {"at_us": self.now_us, "node_clock": None, "stations": []}

    def events_after(self, seq: int, limit: int) -> list[Event]:
        with self._changed:
            return [e for e in self._events if e.seq > seq][:limit]

    def last_event_seq(self) -> int:
        with self._changed:
            return self._events[-1].seq if self._events else 0

    def wait_events(self, seq: int, timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.last_event_seq() > seq, timeout_s)

    def act(self, act: Act) -> Case:
        with self._changed:
            stamped = self._desk.stamp(act)
            case = self._desk.apply(stamped)
            self.emit("act", {"id": act.id, "case_id": act.case_id, "act": act.act})
            self.emit("case", case.to_json())
            return case

    def vessel(self, key: int) -> dict[str, Any] | None:
        found = self.vessels().get(key)
        return None if found is None else {**found, "draught_m": float("nan")}

    def vessels(self) -> dict[int, dict[str, Any]]:
        targets = self.picture().targets
        return {int(k): {"key": int(k), "name": None} for k in targets.key}

    def trails(self, since_us: int) -> dict[int, list[tuple[int, float, float]]]:
        with self._changed:
            return self._live.trails(since_us)

    def locate(self, lon_deg: float, lat_deg: float, at_us: int | None = None) -> dict[str, Any]:
        when = format_at(self.now_us if at_us is None else at_us)
        return {"text": "Dominica EEZ", "at": when, "zones": [], "nearest_port": None}

    def zones_geojson(self) -> bytes:
        return b'{"type":"FeatureCollection","features":[]}' + b" " * 4000
