"""The now road's state: the newest believed report of every target, its name, its trail.

*Definition.* A target is a vessel key (mmsi and hull). Its newest believed report by event time
places it, in whatever order reports come; a report that may not be believed never moves it, but
marks it uncertain until a believed one follows. Names and types are taken claim by claim, the
newest of each. Two hulls on one MMSI are both uncertain.
*What it cannot see.* Whether a target that stopped reporting left, or is out of reach: it is drawn
old after `picture.old_intervals` nominal intervals, lost after `picture.lost_after_s` or with an
open silence, and leaves the picture after `picture.drop_after_h` unless an open case holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.config import Config
from mda.model import (
    CLASS_OF_TYPE,
    Case,
    Flag,
    Mark,
    Predictor,
    Reports,
    State,
    Statics,
    Targets,
    Valid,
)
from mda.model.reports import I64, U8, U64
from mda.picture.kinds import LONG_RANGE, nominal_intervals_s, target_kinds
from mda.picture.trails import Trails
from mda.units import US_PER_H, US_PER_S

PLACED = np.dtype(
    [
        ("key", "u8"), ("mmsi", "u4"), ("kind", "u1"), ("msg_type", "u1"), ("nav_status", "u1"),
        ("valid", "u4"), ("report_id", "u8"), ("at_us", "i8"), ("doubt_us", "i8"),
        ("kind_us", "i8"),
        ("lon_deg", "f8"), ("lat_deg", "f8"), ("sog_kn", "f4"), ("cog_deg", "f4"),
        ("heading_deg", "f4"),
    ]
)  # fmt: skip
"""A target's newest believed report, and the time of its newest doubtful one."""
CLAIMED = np.dtype(
    [
        ("mmsi", "u4"), ("name", "S34"), ("name_us", "i8"), ("ship_type", "u1"), ("type_us", "i8"),
        ("length_m", "f4"), ("length_us", "i8"),
    ]
)  # fmt: skip
"""What an MMSI says of itself, each claim with its time."""
DOUBT: Final = Flag.JUMP | Flag.ZERO_ISLAND | Flag.TIME_SUSPECT | Flag.BAD_SPEED
"""Flags that say a heard report is not to be believed as it stands."""
OPEN_STATES: Final = frozenset(
    {
        "active_unacknowledged",
        "active_silenced",
        "active_acknowledged",
        "responsibility_transferred",
        "rectified_unacknowledged",
        "suspended",
    }
)
UNACKNOWLEDGED: Final = frozenset(
    {"active_unacknowledged", "active_silenced", "rectified_unacknowledged"}
)


class LivePicture:
    """All targets as structs of arrays. Not thread-safe: the node guards it."""

    def __init__(self, config: Config) -> None:
        self._old_intervals = config.number("picture.old_intervals")
        self._lost_us = round(config.number("picture.lost_after_s") * US_PER_S)
        self._drop_us = round(config.number("picture.drop_after_h") * US_PER_H)
        self._placed = np.zeros(0, PLACED)
        self._slot: dict[int, int] = {}
        self._claimed = np.zeros(0, CLAIMED)
        self._claim_slot: dict[int, int] = {}
        self._trails = Trails(config)

    def __len__(self) -> int:
        return len(self._slot)

    def update(self, reports: Reports, statics: Statics) -> None:
        """Take reports and claims in any order: the same set gives the same picture."""
        if len(reports):
            self._hear(reports)
        if len(statics):
            self._claim(statics)

    def targets(self, now_us: int, predict: Predictor, cases: Iterable[Case] = ()) -> Targets:
        """Every target as of `now_us`, sorted by key, with what the cases say of it."""
        cases = [case for case in cases if case.state in OPEN_STATES]
        placed = self._placed[: len(self._slot)]
        held = np.array(sorted({k for c in cases for k in c.keys}), dtype=np.uint64)
        shown = (now_us - placed["at_us"] <= self._drop_us) | np.isin(placed["key"], held)
        placed = placed[shown & (placed["at_us"] != NO_TIME_US)]
        placed = placed[np.argsort(placed["key"])]
        age_s = np.maximum(now_us - placed["at_us"], 0) / US_PER_S
        now = predict(
            placed["lon_deg"].copy(),
            placed["lat_deg"].copy(),
            placed["sog_kn"].copy(),
            placed["cog_deg"].copy(),
            age_s,
        )
        claims = self._claims_of(placed["mmsi"])
        return Targets.from_columns(
            {
                **{n: placed[n] for n in _SHARED},
                "marks": self._marks(placed, age_s, cases),
                "vessel_class": np.where(
                    claims["type_us"] != NO_TIME_US, CLASS_OF_TYPE[claims["ship_type"]], 0
                ),
                "now_lon_deg": now.lon_deg,
                "now_lat_deg": now.lat_deg,
                "radius_m": now.radius_m,
                "length_m": claims["length_m"],
                "name": claims["name"],
            }
        )

    def trails(self, since_us: int) -> dict[int, list[tuple[int, float, float]]]:
        """(at_us, lon, lat) of each target's recent track, oldest first, by key."""
        return self._trails.since(since_us, self._placed["key"][: len(self._slot)])

    def forget(self, now_us: int) -> int:
        """Let go of targets unheard for twice `picture.drop_after_h`; how many they were."""
        placed = self._placed[: len(self._slot)]
        newest = np.maximum(placed["at_us"], placed["doubt_us"])
        keep = np.flatnonzero(newest >= now_us - 2 * self._drop_us)
        gone = len(placed) - len(keep)
        if gone:
            self._placed = placed[keep].copy()
            self._slot = {int(key): i for i, key in enumerate(self._placed["key"].tolist())}
            self._trails.reorder(keep)
        return gone

    def save(self) -> State:
        """A copy of the whole state."""
        return {
            "placed": self._placed[: len(self._slot)].copy(),
            "claimed": self._claimed[: len(self._claim_slot)].copy(),
            "trails": self._trails.save(),
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave."""
        self._placed = state["placed"].copy()
        self._slot = {int(key): i for i, key in enumerate(self._placed["key"].tolist())}
        self._claimed = state["claimed"].copy()
        self._claim_slot = {int(m): i for i, m in enumerate(self._claimed["mmsi"].tolist())}
        self._trails.load(state["trails"])

    # -- reports ----------------------------------------------------------------------------
    def _hear(self, reports: Reports) -> None:
        flags = reports.flags
        known_form = (flags & (Flag.BAD_MMSI | Flag.DUPLICATE)) == 0
        placeable = known_form & ~np.isnan(reports.lon_deg) & ~np.isnan(reports.lat_deg)
        believed = placeable & ((flags & Flag.UNUSABLE) == 0)
        doubtful = known_form & ((flags & DOUBT) != 0)
        heard = reports.take(believed | doubtful)
        if not len(heard):
            return
        key = heard.key()
        slot = self._slots(key, heard.mmsi)
        doubted = (heard.flags & DOUBT) != 0
        np.maximum.at(self._placed["doubt_us"], slot[doubted], heard.at_us[doubted])
        usable = np.flatnonzero((heard.flags & Flag.UNUSABLE) == 0)
        order = usable[np.lexsort((heard.report_id[usable], heard.at_us[usable], slot[usable]))]
        slot, key, heard = slot[order], key[order], heard.take(order)
        self._trails.add(slot, key, heard.at_us, heard.lon_deg, heard.lat_deg)
        last = np.flatnonzero(np.append(slot[1:] != slot[:-1], True)) if len(slot) else slot
        self._sort(slot, heard)
        self._place(slot[last], heard.take(last))

    def _slots(self, key: U64, mmsi: NDArray[np.uint32]) -> I64:
        """The slot of each key; new keys get the next ones."""
        find = self._slot
        for k in key.tolist():
            find.setdefault(k, len(find))
        slot = np.fromiter((find[k] for k in key.tolist()), np.int64, len(key))
        self._placed = _grown(self._placed, len(find), ("at_us", "doubt_us", "kind_us"))
        self._placed["key"][slot] = key
        self._placed["mmsi"][slot] = mmsi
        self._trails.resize(len(self._placed))
        return slot

    def _place(self, slot: I64, heard: Reports) -> None:
        """Move each slot to its report where that is newer; one row a slot."""
        old = self._placed[slot]
        same = (heard.at_us == old["at_us"]) & (heard.report_id > old["report_id"])
        newer = (heard.at_us > old["at_us"]) | same
        slot, heard = slot[newer], heard.take(newer)
        placed = self._placed
        for name in ("msg_type", "nav_status", "valid", "report_id", "at_us", "lon_deg", "lat_deg",
                     "sog_kn", "cog_deg", "heading_deg"):  # fmt: skip
            placed[name][slot] = getattr(heard, name)
        placed["sog_kn"][slot[(heard.flags & Flag.BAD_SPEED) != 0]] = np.nan

    def _sort(self, slot: I64, heard: Reports) -> None:
        """Take each slot's kind from its newest report; a long-range one tells none."""
        kind = target_kinds(heard.mmsi, heard.msg_type)
        telling = np.flatnonzero(heard.msg_type != LONG_RANGE)
        order = telling[np.lexsort((kind[telling], heard.at_us[telling], slot[telling]))]
        slot, kind, at_us = slot[order], kind[order], heard.at_us[order]
        last = np.append(slot[1:] != slot[:-1], True) if len(slot) else slot.astype(bool)
        slot, kind, at_us = slot[last], kind[last], at_us[last]
        old = self._placed[slot]
        newer = (at_us > old["kind_us"]) | ((at_us == old["kind_us"]) & (kind > old["kind"]))
        self._placed["kind"][slot[newer]] = kind[newer]
        self._placed["kind_us"][slot[newer]] = at_us[newer]

    # -- claims -----------------------------------------------------------------------------
    def _claim(self, statics: Statics) -> None:
        order = np.lexsort((statics.report_id, statics.at_us))
        statics = statics.take(order)
        find = self._claim_slot
        for m in statics.mmsi.tolist():
            find.setdefault(m, len(find))
        slot = np.fromiter((find[m] for m in statics.mmsi.tolist()), np.int64, len(statics))
        self._claimed = _grown(
            self._claimed, len(find), ("name_us", "type_us", "length_us"), ("length_m",)
        )
        self._claimed["mmsi"][slot] = statics.mmsi
        length_m = statics.length_m()
        typed = (statics.valid & Valid.SHIP_TYPE) != 0
        self._newest("name", "name_us", slot, statics.at_us, statics.name, statics.name != b"")
        self._newest("ship_type", "type_us", slot, statics.at_us, statics.ship_type, typed)
        self._newest("length_m", "length_us", slot, statics.at_us, length_m, ~np.isnan(length_m))

    def _newest(
        self, name: str, time: str, slot: I64, at_us: I64, value: NDArray[Any],
        given: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Write the values that are given and not older than what stands; rows in time order."""
        rows = np.flatnonzero(given & (at_us >= self._claimed[time][slot]))
        # With repeated slots NumPy keeps the last row, which is the newest.
        self._claimed[name][slot[rows]] = value[rows]
        self._claimed[time][slot[rows]] = at_us[rows]

    def _claims_of(self, mmsi: NDArray[np.uint32]) -> NDArray[np.void]:
        unknown = _grown(
            np.zeros(0, CLAIMED), 1, ("name_us", "type_us", "length_us"), ("length_m",)
        )
        table = np.concatenate([self._claimed[: len(self._claim_slot)], unknown[:1]])
        find, none = self._claim_slot, len(self._claim_slot)
        rows = np.fromiter((find.get(m, none) for m in mmsi.tolist()), np.int64, len(mmsi))
        return table[rows]

    # -- marks ------------------------------------------------------------------------------
    def _marks(
        self, placed: NDArray[np.void], age_s: NDArray[np.float64], cases: Sequence[Case]
    ) -> U8:
        nominal_s = nominal_intervals_s(
            placed["kind"], placed["msg_type"], placed["sog_kn"], placed["nav_status"],
            placed["valid"],
        )  # fmt: skip
        marks = np.zeros(len(placed), np.uint8)
        marks[age_s > self._old_intervals * nominal_s] |= Mark.OLD
        marks[age_s > self._lost_us / US_PER_S] |= Mark.LOST
        _, hull_of, hulls = np.unique(placed["mmsi"], return_inverse=True, return_counts=True)
        marks[(placed["doubt_us"] >= placed["at_us"]) | (hulls[hull_of] > 1)] |= Mark.UNCERTAIN
        for mark, chosen in (
            (Mark.CASE, cases),
            (Mark.ALERT, [c for c in cases if c.state in UNACKNOWLEDGED]),
            (Mark.LOST, [c for c in cases if c.kind == "silence" and c.closed_at_us is None]),
        ):
            keys = np.array(sorted({k for c in chosen for k in c.keys}), dtype=np.uint64)
            marks[np.isin(placed["key"], keys)] |= mark
        return marks


_SHARED: Final = (
    "key", "mmsi", "kind", "nav_status", "valid", "at_us", "lon_deg", "lat_deg", "sog_kn",
    "cog_deg", "heading_deg",
)  # fmt: skip


def _grown(
    table: NDArray[np.void], rows: int, times: tuple[str, ...], floats: tuple[str, ...] = ()
) -> NDArray[np.void]:
    """The table with room for `rows`, doubled as needed; new rows know nothing."""
    if rows <= len(table):
        return table
    more = np.zeros(max(rows, 2 * len(table), 64) - len(table), table.dtype)
    for name in times:
        more[name] = NO_TIME_US
    for name in floats:
        more[name] = np.nan
    return np.concatenate([table, more])
