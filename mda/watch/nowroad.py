"""The now road: every report at once, unordered, into the live picture and the safety rules."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from mda.alert.safety import SafetyWatch
from mda.alert.safety_text import SafetyTexts
from mda.model import Case, Decoded, Event, Finding, Other, Predictor, State, Targets
from mda.picture.live import LivePicture
from mda.track.hulls import Tracker


class NowRoad:
    """Latest states, which hull as far as can be told at once, and distress. Thread-safe."""

    def __init__(
        self,
        tracker: Tracker,
        live: LivePicture,
        safety: SafetyWatch,
        texts: SafetyTexts,
        predict: Predictor,
    ) -> None:
        self._tracker = tracker
        self._live = live
        self._safety = safety
        self._texts = texts
        self._predict = predict
        self._lock = threading.Lock()
        self._heard_by: dict[int, int] = {}

    def take(self, decoded: Decoded) -> list[Finding]:
        """Take news in, in any order; distress findings come out."""
        statics = decoded.statics
        with self._lock:
            reports = self._tracker.assess(
                decoded.reports, statics.take(np.argsort(statics.at_us, kind="stable"))
            )
            self._heard_by.update(
                zip(reports.key().tolist(), reports.station.tolist(), strict=True)
            )
            self._live.update(reports, statics)
        return self._safety.update(reports)

    def texts(self, others: Sequence[Other], feeds: Sequence[str]) -> list[Event]:
        """Log events of the safety texts in the news; `feeds` are names by feed code."""
        return self._texts.take(others, feeds)

    def targets(self, now_us: int, cases: list[Case]) -> Targets:
        """Every target predicted to an instant."""
        with self._lock:
            return self._live.targets(now_us, self._predict, cases)

    def trails(self, since_us: int) -> dict[int, list[tuple[int, float, float]]]:
        """(at_us, lon, lat) of each target's recent track."""
        with self._lock:
            return self._live.trails(since_us)

    def station_code(self, key: int) -> int | None:
        """The station that heard a target last."""
        return self._heard_by.get(key)

    def hulls(self, mmsi: int) -> int:
        """How many transmitters an MMSI has shown."""
        with self._lock:
            return self._tracker.hulls(mmsi)

    def forget(self, now_us: int) -> None:
        """Let go of targets long unheard."""
        with self._lock:
            self._live.forget(now_us)

    def save(self) -> State:
        with self._lock:
            return {
                "tracker": self._tracker.save(),
                "live": self._live.save(),
                "safety": self._safety.save(),
                "texts": self._texts.save(),
                "heard_by": sorted([key, code] for key, code in self._heard_by.items()),
            }

    def load(self, state: State) -> None:
        with self._lock:
            self._tracker.load(state["tracker"])
            self._live.load(state["live"])
            self._safety.load(state["safety"])
            self._texts.load(state["texts"])
            self._heard_by = {int(key): int(code) for key, code in state["heard_by"]}
