"""Small traffic for tests: reports and statics of a few vessels, written row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from mda.model import Control, Flag, Reports, RowKind, Settled, Statics, Valid
from mda.units import US_PER_S

EPOCH_US = 1_490_000_000 * US_PER_S
TICK_US = 10 * US_PER_S


@dataclass
class Traffic:
    """Rows in any order; `settled` sorts them."""

    rows: list[dict[str, object]] = field(default_factory=list)
    said: list[dict[str, object]] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)

    def report(
        self, at_s: float, mmsi: int, lon_deg: float, lat_deg: float, **more: object
    ) -> None:
        """One report; `more` are columns, `status` sets a navigational status."""
        row: dict[str, object] = {"sog_kn": 10.0, "cog_deg": 90.0, "msg_type": 1, **more}
        status = row.pop("status", None)
        at_us = EPOCH_US + round(at_s * US_PER_S)
        text = f"{at_us}|{mmsi}|{lon_deg}|{lat_deg}|{row.get('station')}|{len(self.rows)}"
        row |= {"at_us": at_us, "received_at_us": at_us, "mmsi": mmsi}
        row |= {"lon_deg": lon_deg, "lat_deg": lat_deg, "report_id": _hash(text)}
        if status is not None:
            row |= {"nav_status": status, "valid": Valid.NAV_STATUS}
        self.rows.append(row)

    def static(self, at_s: float, mmsi: int, **more: object) -> None:
        """One static message."""
        row: dict[str, object] = {"msg_type": 5, **more}
        at_us = EPOCH_US + round(at_s * US_PER_S)
        row |= {"at_us": at_us, "received_at_us": at_us, "mmsi": mmsi}
        row |= {"report_id": _hash(f"static|{at_us}|{mmsi}|{len(self.said)}")}
        row.setdefault("valid", Valid.SHIP_TYPE if "ship_type" in more else 0)
        self.said.append(row)

    def control(self, at_s: float, kind: RowKind, feed: int = 0) -> None:
        """One control row."""
        self.controls.append(Control(EPOCH_US + round(at_s * US_PER_S), int(kind), feed))

    def every(self, step_s: float, from_s: float, to_s: float, mmsi: int, place, **more) -> None:
        """Reports at a fixed interval in [from, to); `place(t)` gives lon, lat."""
        for at_s in np.arange(from_s, to_s, step_s):
            self.report(float(at_s), mmsi, *place(float(at_s)), **more)

    def settled(self, until_s: float, ticks: bool = True) -> Settled:
        """Everything from the epoch to `until_s`, with ticks on the grid."""
        until_us = EPOCH_US + round(until_s * US_PER_S)
        reports = _columns(Reports, self.rows)
        reports = reports.take(reports.order())
        statics = _columns(Statics, self.said)
        statics = statics.take(np.lexsort((statics.report_id, statics.mmsi, statics.at_us)))
        grid = np.arange(EPOCH_US // TICK_US + 1, until_us // TICK_US + 1, dtype=np.int64) * TICK_US
        controls = tuple(sorted(self.controls, key=lambda c: c.at_us))
        whole = Settled(
            EPOCH_US - 1, until_us, reports, statics, controls, grid if ticks else grid[:0]
        )
        return cut(whole, [])[0]


def cut(settled: Settled, at_us: Sequence[int]) -> list[Settled]:
    """The stretch in pieces that end at the given instants (and at its own end)."""
    edges = sorted({a for a in at_us if settled.since_us < a < settled.until_us})
    edges = [settled.since_us, *edges, settled.until_us]
    return [_part(settled, a, b) for a, b in pairwise(edges)]


def _part(settled: Settled, since_us: int, until_us: int) -> Settled:
    def inside(times: np.ndarray) -> np.ndarray:
        return (times > since_us) & (times <= until_us)

    return Settled(
        since_us,
        until_us,
        settled.reports.take(inside(settled.reports.at_us)),
        settled.statics.take(inside(settled.statics.at_us)),
        tuple(c for c in settled.controls if since_us < c.at_us <= until_us),
        settled.tick_at_us[inside(settled.tick_at_us)],
    )


def usable(reports: Reports) -> np.ndarray:
    """Mask of rows that tracks and detectors take."""
    return (reports.flags & Flag.UNUSABLE) == 0


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _columns(kind, rows):
    names = {name for row in rows for name in row}
    blank = kind.blank(len(rows)).columns()
    for name in names:
        for i, row in enumerate(rows):
            if name in row:
                blank[name][i] = row[name]
    return kind(**blank)
