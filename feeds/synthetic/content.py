"""What transmissions say: true tracks with the errors of real sensors, as raw fields of messages.

A GPS position is off by some metres that wander slowly; speed and course jitter, at rest the course
means nothing; class B says no heading; who forgets her status shows "under way" at the berth.
Sizes of errors are of our own choosing, after what receivers show: 3 m slow, 1 m quick, 0.1 kn.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.synthetic.draws import normal, wander
from feeds.synthetic.encoder import Payloads, encoded
from feeds.synthetic.helm import STEP_S, Tracks
from feeds.synthetic.orders import Radio
from feeds.synthetic.sentences import Texts
from feeds.synthetic.ships import Ship
from feeds.synthetic.transmit import (
    AID,
    BASE,
    DISTRESS,
    HULL,
    NAME,
    POSITION,
    SLOTS_PER_S,
    TEXT,
    VOYAGE,
    Sent,
)
from mda.geo.kernel import kernel
from mda.model.reports import F64, I64

Columns = dict[str, NDArray[np.int64] | list[str]]

_SLOW_M: Final = 3.0
_QUICK_M: Final = 1.0
_ACTIVE: Final = 14
_TESTED: Final = 15


class Seen(NamedTuple):
    """A ship's own sensors at each transmission; shape (n,)."""

    lon: F64
    lat: F64
    sog_kn: F64
    cog_deg: F64
    heading_deg: F64
    turn_deg_per_min: F64


@kernel
def sensed_into(sent: Sent, tracks: Tracks, key: int, out: Seen) -> None:
    """Fills in what sensors say: the true track between steps, and their errors."""
    last = tracks.lon.shape[1] - 1
    for i in range(sent.slot.size):
        ship, at_s = sent.ship[i], sent.slot[i] / SLOTS_PER_S
        step = min(int(at_s / STEP_S), last)
        onward = min(step + 1, last)
        share = at_s / STEP_S - step
        lon, lat = tracks.lon[ship, step], tracks.lat[ship, step]
        off_m = _SLOW_M * wander(key, 2 * ship, at_s, 120.0) + _QUICK_M * normal(key, i, 1)
        up_m = _SLOW_M * wander(key, 2 * ship + 1, at_s, 120.0) + _QUICK_M * normal(key, i, 2)
        out.lon[i] = lon + share * (tracks.lon[ship, onward] - lon) + off_m * 9.2e-6
        out.lat[i] = lat + share * (tracks.lat[ship, onward] - lat) + up_m * 9.0e-6
        sog = tracks.sog_kn[ship, step] * 1.0
        out.sog_kn[i] = max(0.0, sog + 0.07 * normal(key, i, 3))
        wide = 0.8 + 6.0 / (0.3 + sog)
        out.cog_deg[i] = (tracks.cog_deg[ship, step] + wide * normal(key, i, 4)) % 360.0
        out.heading_deg[i] = (tracks.heading_deg[ship, step] + 0.5 * normal(key, i, 5)) % 360.0
        turn = tracks.heading_deg[ship, onward] - tracks.heading_deg[ship, step]
        out.turn_deg_per_min[i] = ((turn + 180.0) % 360.0 - 180.0) * 60.0 / STEP_S


def sensed(sent: Sent, tracks: Tracks, key: int) -> Seen:
    """What sensors say at each transmission."""
    out = Seen(*(np.empty(sent.slot.size) for _ in Seen._fields))
    sensed_into(sent, tracks, key, out)
    return out


class Speaker:
    """Turns transmissions into payloads."""

    def __init__(
        self, ships: list[Ship], sent: Sent, tracks: Tracks, start_s: int, key: int
    ) -> None:
        """`start_s`: the scenario's first instant, whole seconds since 1970."""
        self.ships = ships
        self.sent = sent
        self.tracks = tracks
        self.start_s = start_s
        self.seen = sensed(sent, tracks, key)
        self._mmsi = np.array([ship.mmsi for ship in ships], np.int64)
        self._careless = np.array([ship.careless for ship in ships])
        self._class_a = np.array([ship.kind.ais == "A" for ship in ships])
        self._step = np.minimum((sent.slot / SLOTS_PER_S / STEP_S).astype(np.int64),
                                tracks.lon.shape[1] - 1)  # fmt: skip

    def texts(self) -> Texts:
        """The payload of every transmission."""
        forms = {
            POSITION: self._positions, VOYAGE: self._voyages, NAME: self._names, HULL: self._hulls,
            BASE: self._bases, AID: self._aids, DISTRESS: self._distress, TEXT: self._safety,
        }  # fmt: skip
        made: list[tuple[I64, Payloads]] = []
        for what, form in forms.items():
            rows = np.flatnonzero(self.sent.what == what)
            if rows.size:
                made += form(rows)
        start = np.zeros(self.sent.slot.size, np.int64)
        length = np.zeros(self.sent.slot.size, np.int32)
        fill = np.zeros(self.sent.slot.size, np.uint8)
        at = 0
        for rows, payloads in made:
            width = payloads.characters.shape[1]
            start[rows] = at + width * np.arange(rows.size)
            length[rows], fill[rows] = width, payloads.fill_bits
            at += payloads.characters.size
        flat = [payloads.characters.ravel() for _, payloads in made]
        return Texts(np.concatenate(flat or [np.empty(0, np.uint8)]), start, length, fill)

    def _where(self, rows: I64) -> dict[str, NDArray[np.int64]]:
        return {
            "mmsi": self._mmsi[self.sent.ship[rows]],
            "lon": np.rint(self.seen.lon[rows] * 600_000).astype(np.int64),
            "lat": np.rint(self.seen.lat[rows] * 600_000).astype(np.int64),
        }

    def _motion(self, rows: I64) -> dict[str, NDArray[np.int64]]:
        seen = self.seen
        return {
            **self._where(rows),
            "accuracy": np.ones(rows.size, np.int64),
            "sog": np.minimum(np.rint(seen.sog_kn[rows] * 10), 1022).astype(np.int64),
            "cog": np.rint(seen.cog_deg[rows] * 10).astype(np.int64) % 3600,
            "second": self._seconds(rows) % 60,
        }

    def _seconds(self, rows: I64) -> I64:
        return self.start_s + (self.sent.slot[rows] / SLOTS_PER_S).astype(np.int64)

    def _positions(self, rows: I64) -> list[tuple[I64, Payloads]]:
        class_a = self._class_a[self.sent.ship[rows]]
        a, b = rows[class_a], rows[~class_a]
        made = []
        if a.size:
            ship = self.sent.ship[a]
            status = self.tracks.status[ship, self._step[a]].astype(np.int64)
            turn = self.seen.turn_deg_per_min[a]
            rot = np.rint(np.sign(turn) * 4.733 * np.sqrt(np.abs(turn)))
            columns: Columns = {
                **self._motion(a),
                "msg_type": np.where(np.abs(turn) > 10.0, 3, 1),
                "status": np.where(self._careless[ship], 0, status),
                "rot": np.clip(rot, -126, 126).astype(np.int64),
                "heading": np.rint(self.seen.heading_deg[a]).astype(np.int64) % 360,
            }
            made.append((a, encoded("position_a", columns)))
        if b.size:
            made.append((b, encoded("position_b", self._motion(b))))
        return made

    def _sides(self, rows: I64) -> dict[str, NDArray[np.int64]]:
        length = np.array([ship.length_m for ship in self.ships], np.int64)[self.sent.ship[rows]]
        beam = np.array([ship.beam_m for ship in self.ships], np.int64)[self.sent.ship[rows]]
        bow, port = length * 3 // 4, beam // 2
        return {
            "to_bow": bow, "to_stern": length - bow, "to_port": port, "to_starboard": beam - port,
        }  # fmt: skip

    def _of(self, rows: I64, name: str) -> list[str]:
        said = [str(getattr(ship, name)) for ship in self.ships]
        return [said[ship] for ship in self.sent.ship[rows]]

    def _numbers(self, rows: I64, numbers: list[int]) -> NDArray[np.int64]:
        return np.array(numbers, np.int64)[self.sent.ship[rows]]

    def _voyages(self, rows: I64) -> list[tuple[I64, Payloads]]:
        columns: Columns = {
            "mmsi": self._mmsi[self.sent.ship[rows]],
            "imo": self._numbers(rows, [ship.imo for ship in self.ships]),
            "ship_type": self._numbers(rows, [ship.kind.ship_type for ship in self.ships]),
            "draught": self._numbers(rows, [round(ship.draught_m * 10) for ship in self.ships]),
            **self._sides(rows),
            **{name: self._of(rows, name) for name in ("callsign", "name", "destination")},
        }
        return [(rows, encoded("voyage", columns))]

    def _names(self, rows: I64) -> list[tuple[I64, Payloads]]:
        mmsi = self._mmsi[self.sent.ship[rows]]
        return [(rows, encoded("static_a", {"mmsi": mmsi, "name": self._of(rows, "name")}))]

    def _hulls(self, rows: I64) -> list[tuple[I64, Payloads]]:
        columns: Columns = {
            "mmsi": self._mmsi[self.sent.ship[rows]],
            "ship_type": self._numbers(rows, [ship.kind.ship_type for ship in self.ships]),
            "callsign": self._of(rows, "callsign"),
            "vendor": ["SIM"] * rows.size,
            **self._sides(rows),
        }
        return [(rows, encoded("static_b", columns))]

    def _bases(self, rows: I64) -> list[tuple[I64, Payloads]]:
        at = [datetime.fromtimestamp(int(second), UTC) for second in self._seconds(rows)]
        names = ("year", "month", "day", "hour", "minute", "second")
        clock = {name: np.array([getattr(t, name) for t in at], np.int64) for name in names}
        return [(rows, encoded("base", {**self._where(rows), **clock}))]

    def _aids(self, rows: I64) -> list[tuple[I64, Payloads]]:
        columns: Columns = {**self._where(rows), "name": self._of(rows, "name")}
        return [(rows, encoded("aid", {**columns, "second": self._seconds(rows) % 60}))]

    def _tested(self, rows: I64) -> NDArray[np.bool_]:
        radio = self.tracks.radio[self.sent.ship[rows], self._step[rows]]
        return np.asarray(radio == int(Radio.TEST))

    def _distress(self, rows: I64) -> list[tuple[I64, Payloads]]:
        status = np.where(self._tested(rows), _TESTED, _ACTIVE)
        return [(rows, encoded("position_a", {**self._motion(rows), "status": status}))]

    def _safety(self, rows: I64) -> list[tuple[I64, Payloads]]:
        kind = [self.ships[ship].kind.name.upper() for ship in self.sent.ship[rows]]
        word = ["TEST" if tested else "ACTIVE" for tested in self._tested(rows)]
        text = [f"{k} {w}" for k, w in zip(kind, word, strict=True)]
        mmsi = self._mmsi[self.sent.ship[rows]]
        return [(rows, encoded("safety_text", {"mmsi": mmsi, "text": text}))]
