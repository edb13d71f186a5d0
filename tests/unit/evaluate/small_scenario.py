"""A small sea for the scorer's tests: sentences with TAG blocks, written vessel by vessel."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pyais import encode_dict
from small_waters import waters

from mda.cli.evaluate import builder
from mda.clock import format_at
from mda.config import Config
from mda.decode.framing import exclusive_or
from mda.evaluate.baselines import Around
from mda.evaluate.claims import Claim
from mda.evaluate.recording import Recording
from mda.evaluate.run import Build
from mda.evaluate.truth import Event
from mda.model import Lines, RowKind, Sentence
from mda.units import US_PER_H, US_PER_S

BEGIN_S = 1_700_000_000
BEGIN_US = BEGIN_S * US_PER_S
Place = Callable[[float], tuple[float, float]]


def at_us(hours: float) -> int:
    """An instant, hours after the small sea begins."""
    return BEGIN_US + round(hours * US_PER_H)


def event(id_: str, onset_h: float, end_h: float | None, *mmsis: int, **more: object) -> Event:
    """An event (by default dark) between hours of the small sea."""
    end_us = None if end_h is None else at_us(end_h)
    body = {"detector": "dark", "kind": "dark", "mmsis": mmsis, "onset_us": at_us(onset_h)}
    return Event(id_, **{**body, "end_us": end_us, **more})


def claim(id_: str, onset_h: float, end_h: float | None, *mmsis: int, **more: object) -> Claim:
    """A claim (by default a silence) between hours of the small sea."""
    onset_us = at_us(onset_h)
    body = {"detector": "dark", "kind": "silence", "opened_us": onset_us, "known_us": onset_us}
    end_us = None if end_h is None else at_us(end_h)
    return Claim(
        **{**body, "id": id_, "mmsis": mmsis, "onset_us": onset_us, "end_us": end_us, **more}
    )


def tagged(sentence: str, at_s: int, station: str) -> bytes:
    """A sentence with a TAG block."""
    body = f"s:{station},c:{at_s}".encode()
    return b"\\" + body + b"*%02X\\" % exclusive_or(body) + sentence.encode()


@dataclass
class SmallSea:
    """Lines by station, in any order; sorted when they are asked for."""

    heard: list[tuple[int, str, bytes]] = field(default_factory=list)

    def position(
        self, at_s: int, station: str, mmsi: int, lon_deg: float, lat_deg: float, **more: object
    ) -> None:
        """One position report."""
        body = {"type": 1, "mmsi": mmsi, "lon": lon_deg, "lat": lat_deg, "speed": 10.0, **more}
        for part in encode_dict(body, talker_id="AI", sentence_type="VDM", radio_channel="A"):
            self.heard.append((at_s, station, tagged(part, at_s, station)))

    def sail(
        self,
        mmsi: int,
        hours: Sequence[tuple[float, float]],
        place: Place,
        stations: Sequence[str] = ("north",),
        step_s: int = 60,
        **more: object,
    ) -> None:
        """Positions at a fixed step within the spans of hours; `place(h)` gives lon, lat."""
        for since_h, until_h in hours:
            for second in range(round(since_h * 3600), round(until_h * 3600), step_s):
                lon_deg, lat_deg = place(second / 3600)
                for station in stations:
                    self.position(
                        BEGIN_S + second + mmsi % 50, station, mmsi, lon_deg, lat_deg, **more
                    )

    def recording(self) -> Recording:
        """One feed that brings all stations' lines in order of time."""
        return Recording.merged({"feed": [self.lines()]})

    def lines(self, station: str | None = None) -> Lines:
        """The lines (of one station) in order of time."""
        rows = [
            Sentence(RowKind.LINE, 0, at_s * US_PER_S, line)
            for at_s, name, line in sorted(self.heard)
            if station in (None, name)
        ]
        return Lines.of(rows, 0)

    def write(self, folder: Path, truth: object) -> Path:
        """A scenario directory: one file a station, and the truth."""
        folder.mkdir(parents=True)
        for station in sorted({name for _, name, _ in self.heard}):
            lines = [row.data for row in self.lines(station)]
            (folder / f"{station}.nmea").write_bytes(b"\r\n".join(lines) + b"\r\n")
        (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
        return folder


def going_east(lat_deg: float, from_deg: float = -62.9) -> Place:
    """A course along a parallel at 10 kn."""
    return lambda hours: (from_deg + hours * 10.0 / 57.9, lat_deg)


def circling(lon_deg: float, lat_deg: float) -> Place:
    """A slow circle of some 300 m, once in two hours."""
    return lambda h: (
        lon_deg + 0.003 * np.cos(np.pi * h),
        lat_deg + 0.003 * np.sin(np.pi * h),
    )


DARK, HONEST, LOITERER, SHADOWED, SHORT = range(329_000_001, 329_000_006)
SART = 970_000_001


def eventful_sea() -> SmallSea:
    """Six hours: one goes dark (2-4 h), one loiters (1-4.5 h), one is not heard for half an hour
    though it transmits (3-3.5 h), one goes dark for too short to be seen (2 h, 5 min), a SART."""
    sea = SmallSea()
    both = ("north", "south")
    sea.sail(DARK, [(0, 2), (4, 6)], going_east(15.2), both)
    sea.sail(HONEST, [(0, 6)], going_east(15.3), both)
    sea.sail(SHORT, [(0, 2), (2 + 1 / 12, 6)], going_east(15.6), both)
    sea.sail(SHADOWED, [(0, 3), (3.5, 6)], going_east(15.4), ("south",))
    sea.sail(LOITERER, [(1, 4.5)], circling(-62.0, 15.1), both, speed=0.4)
    sea.sail(LOITERER, [(0, 1), (4.5, 6)], going_east(15.1), both)
    sea.sail(SART, [(5, 5.5)], lambda _: (-62.2, 15.5), both, status=14, speed=0.0)
    return sea


def eventful_truth() -> dict[str, object]:
    """What happened in the eventful sea."""

    def told(id_: str, kind: str, onset_h: float, end_h: float | None, mmsi: int, **more: object):
        end = None if end_h is None else format_at(at_us(end_h))
        body = {"id": id_, "kind": kind, "mmsi": [mmsi], "onset_at": format_at(at_us(onset_h))}
        return {**body, "end_at": end, "lon_deg": -62.0, "lat_deg": 15.2, **more}

    events = [
        told("off", "dark", 2, 4, DARK, difficulty="easy", reception=0.9),
        told("short", "dark", 2, 2 + 1 / 12, SHORT, difficulty="hard", reception=0.4),
        told("shadow", "dark", 3, 3.5, SHADOWED, difficulty="hard", positive=False),
        told("waits", "loitering", 1, 4.5, LOITERER, difficulty="easy"),
        told("sart", "distress", 5, 5.5, SART, difficulty="easy"),
    ]
    return {"scenario": "eventful", "split": "held-out", "mechanism": "plain", "events": events}


def small_build() -> Build:
    """A node in small waters."""
    from mda.cli.bundled import Waters

    return builder(Config.load(), Waters(*waters()))


def open_sea(shore_m: float = 200_000.0, port_m: float = 50_000.0) -> Around:
    """Far from everything."""
    return Around(
        lambda lon, lat: np.full(len(lon), shore_m),
        lambda lon, lat: np.zeros(len(lon), np.bool_),
        lambda lon, lat: port_m,
    )
