"""How well each station hears: rate, duplicates, unique share, range, level, and its clock.

*Definition.* For each pair of station and feed: messages in the last 10 and 60 min, in the last
full hour and in the same hour a week earlier; last heard; the share of the last hour that another
station had heard before (duplicates), and that no other station heard at all (unique); the furthest
believed target in each sector of 10 degrees; medians of level and frequency offset; how often its
feed connected again; and by how much its clock is ahead of the UTC on the air (`health_clock`). A
row for every pair heard within the last hour is told at each instant of a fixed grid of event time
(`health.grid_s`). A *jump* is a confident clock offset that lies more than `health.clock_jump_s`
from the last confident one on that grid. Nothing is corrected here: it is reported.
*Inputs.* Reports in settled order after vet and track (DUPLICATE, JUMP), and controls. A position
of the station comes from its source or from the base station that the settings name as standing
there (`health.base_stations`); it is never guessed from what is heard.
*What it cannot see.* Lines that were rejected (they have no station: the books of the feed have
them), statics and binary messages. Whether a target was heard directly or through a repeater. A
unique share of a lone station is 1 and says nothing. An hour last week in which the node was off
looks as a quiet one.
*Thresholds and why.* In `mda/defaults.toml`, `[health.*]`.
*Source.* feeds.md, A robust adapter, 7 and 8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mda.clock import NO_TIME_US
from mda.config import Config
from mda.errors import ConfigError
from mda.model import Control, Flag, Reports, RowKind, Settled, State
from mda.model.health import ClockOffset, StationHealth
from mda.model.reports import F64, I32, I64, U8, U64
from mda.model.slots import Slots, grown
from mda.units import M_PER_NMI, US_PER_H, microseconds
from mda.vet.health_clock import BASE_REPORT, ClockRules, estimate, offsets_us, stating
from mda.vet.health_state import (
    KEPT,
    MINUTES,
    STATION,
    States,
    furthest,
    hear,
    in_hour,
    median,
    recent,
)

_STATION_BITS: Final = 32
_WEEK_H: Final = 168
_UNSEEN: Final = np.uint32(Flag.UNUSABLE & ~Flag.DUPLICATE)
"""What keeps a hearing from saying how far its station hears."""


def base_stations(config: Config) -> dict[str, int]:
    """MMSI of the base station at a station's own site, by station (`health.base_stations`)."""
    found = {}
    for text in config.texts("health.base_stations"):
        name, _, mmsi = text.rpartition("=")
        if not name.strip() or not mmsi.strip().isdigit():
            raise ConfigError(
                f"health.base_stations cannot read {text!r}", do='Write "Station = 2275200"'
            )
        found[name.strip()] = int(mmsi)
    return found


class HealthFold:
    """Folds settled stretches into station health. Law 1: any chunking, the same rows."""

    def __init__(
        self,
        config: Config,
        station_name: Callable[[int], str] = str,
        sites: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        """`station_name` by the station's code; `sites`: (lon, lat) in degrees by station name."""
        self._rules = ClockRules.of(config)
        self._grid_us = microseconds(config.number("health.grid_s"))
        self._window_us = microseconds(config.number("vet.duplicate_window_s"))
        self._clock_age_us = microseconds(config.number("health.clock_age_s"))
        self._jump_s = config.number("health.clock_jump_s")
        self._most_m = config.number("health.furthest_nmi") * M_PER_NMI
        self._name = station_name
        self._sites = dict(sites or {})
        self._bases = base_stations(config)
        self._slots = Slots()
        self._state: States = np.zeros(0, STATION)
        self._site: F64 = np.zeros((0, 2), np.float64)
        self._learnt: dict[str, tuple[float, float]] = {}
        self._connects: dict[int, int] = {}
        self._first_id: U64 = np.zeros(0, np.uint64)
        self._first_at_us: I64 = np.zeros(0, np.int64)
        self._first_slot: I32 = np.zeros(0, np.int32)
        self._told: U8 = np.zeros(0, np.uint8)
        self._rows: list[StationHealth] = []

    def fold(self, settled: Settled) -> None:
        """Take a stretch in; `drain` then has the rows of the grid instants in it."""
        reports = settled.reports
        slot = self._slots_of(reports)
        connects = [c for c in settled.controls if c.kind == RowKind.CONNECT]
        done = 0
        for at_us in self._instants(settled):
            if at_us == settled.until_us:
                break  # nothing is cut off: told below
            cut = int(np.searchsorted(reports.at_us, at_us, "right"))
            self._hear(reports.take(slice(done, cut)), slot[done:cut])
            connects = self._connected(connects, at_us)
            self._tell(at_us)
            done = cut
        self._hear(reports if done == 0 else reports.take(slice(done, None)), slot[done:])
        self._connected(connects, settled.until_us)
        if settled.until_us % self._grid_us == 0:
            self._tell(settled.until_us)

    def drain(self) -> list[StationHealth]:
        """Rows told since the last call, oldest first; a refold tells the same ones again."""
        rows, self._rows = self._rows, []
        return rows

    def now(self, at_us: int) -> list[StationHealth]:
        """How every station ever heard stands at an instant not before what was folded."""
        return [self._row(slot, at_us) for slot in range(len(self._slots))]

    # -- one stretch ----------------------------------------------------------------------------
    def _slots_of(self, reports: Reports) -> I32:
        key = (reports.feed.astype(np.int64) << _STATION_BITS) | reports.station
        slot = self._slots.of(key)
        self._state = grown(self._state, len(self._slots))
        self._place_new()
        return slot

    def _place_new(self) -> None:
        """The places of slots that have none yet; NaN where no position is loaded."""
        for slot in range(len(self._site), len(self._slots)):
            name = self._name(self._pair(slot)[0])
            place = self._sites.get(name) or self._learnt.get(name) or (np.nan, np.nan)
            self._site = np.concatenate([self._site, np.array([place], np.float64)])

    def _pair(self, slot: int) -> tuple[int, int]:
        """Station and feed of a slot."""
        key = int(self._slots.keys[slot])
        return key & ((1 << _STATION_BITS) - 1), key >> _STATION_BITS

    def _instants(self, settled: Settled) -> list[int]:
        """Grid instants in the stretch at which any station was heard within the hour before."""
        grid_us = self._grid_us
        last_us = int(self._state["last_us"].max()) if len(self._state) else 0
        cell = (settled.reports.at_us - 1) // grid_us
        cells = cell[np.flatnonzero(np.diff(cell, prepend=-1))].tolist()
        found: set[int] = set()
        for at in [*([(last_us - 1) // grid_us] if last_us else []), *cells]:
            following = range(at + 1, at + 2 + US_PER_H // grid_us)
            found.update(i * grid_us for i in following)
        return sorted(t for t in found if settled.since_us < t <= settled.until_us)

    def _connected(self, connects: Sequence[Control], until_us: int) -> list[Control]:
        """Count the connections up to an instant; those after it."""
        for control in connects:
            if control.at_us <= until_us:
                self._connects[control.feed] = self._connects.get(control.feed, 0) + 1
        return [c for c in connects if c.at_us > until_us]

    def _hear(self, reports: Reports, slot: I32) -> None:
        if len(reports) == 0:
            return
        again = ((reports.flags & Flag.DUPLICATE) != 0).astype(np.uint8)
        told = stating(reports)
        told = told[reports.received_at_us[told] != NO_TIME_US]
        off_us, kind = np.zeros(len(reports), np.int64), np.zeros(len(reports), np.uint8)
        off_us[told] = offsets_us(reports, told, reports.received_at_us[told], self._rules)
        kind[told] = np.where(reports.msg_type[told] == BASE_REPORT, 2, 1)
        lon_deg = np.where((reports.flags & _UNSEEN) == 0, reports.lon_deg, np.nan)
        self._learn(reports, slot, lon_deg)
        hear(
            self._state,
            slot,
            reports.at_us,
            again,
            self._shared(reports, slot, again),
            reports.level_db,
            reports.offset_ppm,
            off_us,
            kind,
            reports.mmsi,
            self._site,
            lon_deg,
            reports.lat_deg,
            self._most_m,
        )

    def _learn(self, reports: Reports, slot: I32, lon_deg: F64) -> None:
        """Take the place of a configured base station from its first report.

        `lon_deg` becomes NaN in the station's rows before it: no range can be had from nowhere.
        """
        for name, mmsi in self._bases.items():
            if name in self._sites or name in self._learnt:
                continue
            own = (reports.mmsi == mmsi) & (reports.msg_type == BASE_REPORT)
            rows = np.flatnonzero(own & ~np.isnan(lon_deg))
            if len(rows) == 0:
                continue
            first = int(rows[0])
            self._learnt[name] = (float(lon_deg[first]), float(reports.lat_deg[first]))
            slots = [s for s in range(len(self._slots)) if self._name(self._pair(s)[0]) == name]
            self._site[slots] = self._learnt[name]
            lon_deg[:first][np.isin(slot[:first], slots)] = np.nan

    def _shared(self, reports: Reports, slot: I32, again: U8) -> I32:
        """For each duplicate that is the first of its transmission: the slot that heard it first;
        -1 in all other rows. Remembers the transmissions that may still be heard again."""
        out = np.full(len(reports), -1, np.int32)
        since_us = int(reports.at_us[-1]) - self._window_us
        if not again.any():
            tail = slice(int(np.searchsorted(reports.at_us, since_us)), None)
            reports, slot, again = reports.take(tail), slot[tail], again[tail]
        firsts = again == 0
        ids = np.concatenate([self._first_id, reports.report_id[firsts]])
        at_us = np.concatenate([self._first_at_us, reports.at_us[firsts]])
        heard_by = np.concatenate([self._first_slot, slot[firsts]])
        told = np.concatenate([self._told, np.zeros(int(firsts.sum()), np.uint8)])
        if len(ids) and not firsts.all():
            rows = np.flatnonzero(~firsts)
            order = np.argsort(ids, kind="stable")
            place = np.searchsorted(ids[order], reports.report_id[rows])
            first = order[np.minimum(place, len(ids) - 1)]
            met = ids[first] == reports.report_id[rows]
            who, where = np.unique(first[met], return_index=True)
            fresh = told[who] == 0
            out[rows[met][where[fresh]]] = heard_by[who[fresh]]
            told[who] = 1
        keep = at_us >= since_us
        self._first_id, self._first_at_us = ids[keep], at_us[keep]
        self._first_slot, self._told = heard_by[keep], told[keep]
        return out

    # -- rows -----------------------------------------------------------------------------------
    def _tell(self, at_us: int) -> None:
        """The rows of a grid instant, in order of station and feed; jumps are told here."""
        for slot in sorted(range(len(self._slots)), key=self._pair):
            state = self._state[slot]
            if int(state["last_us"]) <= at_us - US_PER_H:
                continue
            row = self._row(slot, at_us)
            clock = row.clock
            if clock is not None and clock.confidence == "high":
                jump_s = clock.offset_s - float(state["trusted_s"])
                if state["trusted"] and abs(jump_s) > self._jump_s:
                    row = replace(row, clock_jump_s=round(jump_s, 3))
                state["trusted"], state["trusted_s"] = 1, clock.offset_s
            self._rows.append(row)

    def _row(self, slot: int, at_us: int) -> StationHealth:
        state = self._state[slot]
        station, feed = self._pair(slot)
        heard = recent(state, "heard", at_us, MINUTES)
        hour = at_us // US_PER_H - 1
        lon_deg, lat_deg = self._site[slot].tolist()
        placed = lon_deg == lon_deg
        return StationHealth(
            at_us=at_us,
            station=station,
            feed=feed,
            first_heard_us=int(state["first_us"]),
            last_heard_us=int(state["last_us"]),
            messages=int(state["messages"]),
            messages_10min=recent(state, "heard", at_us, 10),
            messages_60min=heard,
            last_hour_messages=in_hour(state, hour) or 0,
            week_ago_messages=in_hour(state, hour - _WEEK_H),
            duplicate_share=_share(recent(state, "again", at_us, MINUTES), heard),
            unique_share=_share(heard - recent(state, "shared", at_us, MINUTES), heard),
            level_db=median(state, "level_db", "levels"),
            offset_ppm=median(state, "offset_ppm", "offsets"),
            reconnects=max(self._connects.get(feed, 0) - 1, 0),
            clock=self._clock(state, at_us),
            lon_deg=lon_deg if placed else None,
            lat_deg=lat_deg if placed else None,
            furthest_m=furthest(state, at_us) if placed else (),
        )

    def _clock(self, state: np.void, at_us: int) -> ClockOffset | None:
        held = min(int(state["clocks"]), KEPT)
        new = state["clock_at_us"][:held] > at_us - self._clock_age_us
        return estimate(
            state["clock_off_us"][:held][new],
            state["clock_mmsi"][:held][new],
            state["clock_base"][:held][new] != 0,
            self._rules,
        )

    # -- state ----------------------------------------------------------------------------------
    def save(self) -> State:
        return {
            "slots": self._slots.save(),
            "stations": self._state[: len(self._slots)].copy(),
            "learnt": [[name, *self._learnt[name]] for name in sorted(self._learnt)],
            "connects": [list(pair) for pair in sorted(self._connects.items())],
            "first_id": self._first_id.copy(),
            "first_at_us": self._first_at_us.copy(),
            "first_slot": self._first_slot.copy(),
            "told": self._told.copy(),
        }

    def load(self, state: State) -> None:
        """Take over a saved state; rows told and not yet drained stay."""
        self._slots.load(state["slots"])
        self._state = np.array(state["stations"], STATION)
        self._learnt = {str(n): (float(lon), float(lat)) for n, lon, lat in state["learnt"]}
        self._connects = {int(feed): int(count) for feed, count in state["connects"]}
        self._first_id = np.array(state["first_id"], np.uint64)
        self._first_at_us = np.array(state["first_at_us"], np.int64)
        self._first_slot = np.array(state["first_slot"], np.int32)
        self._told = np.array(state["told"], np.uint8)
        self._site = np.zeros((0, 2), np.float64)
        self._place_new()


def _share(part: int, whole: int) -> float | None:
    return round(min(max(part / whole, 0.0), 1.0), 4) if whole else None
