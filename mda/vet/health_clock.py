"""How far a clock is off, told from the UTC that ships and base stations state on the air.

*Definition.* A message states UTC in whole seconds: types 4 and 11 in their date and time; types 1
and 2 in their time stamp (second) with the hour and minute that the communication state carries at
slot time-out 1. Its offset is (the clock when it was received) - (the UTC it states). The clock's
offset is the weighted median of these, every transmitter having one vote spread over its messages,
then sharpened to the mean of those within `health.clock_agree_s` of it (whole seconds make steps).
*Inputs.* Reports with `received_at_us` or any other clock's reading, `utc_us`, `second`, `radio`.
*What it cannot see.* Delay: a relay that hands on late looks as a clock that is ahead. The day: a
ship states none, so an offset of 12 h and more comes out a day wrong without a type 4. Whether a
lone transmitter lies: with one or two there is no majority, and the counts say so.
*Thresholds and why.* Only sync state 0 (UTC direct) is heard: ships in state 1 were hours off in
recordings of Vernon and Kystverket. A time stamp is some time old when it is sent
(`health.ship_delay_s`, measured). A received time in whole seconds is taken at the middle of its
second, as is what is stated. Enough is `health.clock_messages` agreeing and `health.clock_share`
of the votes.
*Source.* ITU-R M.1371-5 Annex 2, 3.3.7.2.1 and 3.3.7.2.3 (communication state), Annex 8 tables 48
and 51 (time stamp, base station report); feeds.md, A robust adapter, 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mda.config import Config
from mda.geo.kernel import kernel
from mda.model import Reports, Valid
from mda.model.health import ClockOffset, Confidence
from mda.model.reports import F64, I64, U32
from mda.units import US_PER_H, US_PER_S

BASE_REPORT: Final = 4
UTC_RESPONSE: Final = 11
_STATE, _HOUR, _MINUTE = np.uint32(14), np.uint32(9), np.uint32(2)
"""First bits of the communication state: what stands above the sub message, and in it."""
_SUB_MESSAGE, _MINUTE_BITS = np.uint32(0x3FFF), np.uint32(0x7F)
_TOLD: Final = np.uint32(Valid.RADIO | Valid.SECOND)
_SECONDS_MOST: Final = 59
_DAY_US: Final = 24 * US_PER_H
_MINUTE_US: Final = 60 * US_PER_S
_HALF_US: Final = US_PER_S // 2
_NORMAL: Final = 1.4826
"""Standard deviation of a normal spread by its median absolute deviation."""
_STEP_S: Final = 1.0 / 12.0**0.5
"""Standard deviation of an instant told in whole seconds."""


@dataclass(frozen=True, slots=True)
class ClockRules:
    """The settings `health.clock_*` and `health.ship_delay_s`."""

    agree_s: float
    messages: int
    share: float
    ship_delay_us: int

    @classmethod
    def of(cls, config: Config) -> ClockRules:
        """From the settings."""
        return cls(
            config.number("health.clock_agree_s"),
            config.integer("health.clock_messages"),
            config.number("health.clock_share"),
            round(config.number("health.ship_delay_s") * US_PER_S),
        )


def stating(reports: Reports) -> I64:
    """Rows of the reports that state UTC, in order."""
    kind, valid = reports.msg_type, reports.valid
    whole = ((kind == BASE_REPORT) | (kind == UTC_RESPONSE)) & ((valid & Valid.UTC) != 0)
    # ITDMA bit clear, UTC direct, slot time-out 1: one report in some tens.
    rows = np.flatnonzero(whole | (((kind == 1) | (kind == 2)) & (reports.radio >> _STATE == 1)))
    sub = reports.radio[rows] & _SUB_MESSAGE
    sound = (
        ((valid[rows] & _TOLD) == _TOLD)
        & (reports.second[rows] <= _SECONDS_MOST)
        & ((sub >> _HOUR) < 24)
        & (((sub >> _MINUTE) & _MINUTE_BITS) < 60)
    )
    found: I64 = rows[whole[rows] | sound]
    return found


def offsets_us(reports: Reports, rows: I64, clock_us: I64, rules: ClockRules) -> I64:
    """By how much a clock was ahead that read `clock_us` when each of the rows was received; all
    of them must be `stating`."""
    sub = (reports.radio[rows] & _SUB_MESSAGE).astype(np.int64)
    minute_of_day = (sub >> 9) * 60 + ((sub >> 2) & 0x7F)
    in_day_us = minute_of_day * _MINUTE_US + reports.second[rows].astype(np.int64) * US_PER_S
    whole = (reports.valid[rows] & Valid.UTC) != 0
    stated_us = np.where(whole, reports.utc_us[rows], in_day_us + rules.ship_delay_us) + _HALF_US
    read_us = clock_us + np.where(clock_us % US_PER_S == 0, _HALF_US, 0)
    off_us = read_us - stated_us
    # A ship states no day: of all days the nearest.
    wrapped = (off_us + _DAY_US // 2) % _DAY_US - _DAY_US // 2
    out: I64 = np.where(whole, off_us, wrapped).astype(np.int64)
    return out


@kernel
def _median(values: F64, weights: F64) -> float:
    """Weighted median: the middle between the two values where half of the weight is reached."""
    order = np.argsort(values)
    half = weights.sum() / 2.0
    reached = 0.0
    low = np.nan
    for i in order:
        reached += weights[i]
        if low != low and reached >= half - 1e-9:
            low = values[i]
        if reached > half + 1e-9:
            return float((low + values[i]) / 2.0)
    return float(low)


@kernel
def _votes(mmsi: U32) -> F64:
    """One vote a transmitter, spread over its messages."""
    votes = np.empty(mmsi.shape[0], np.float64)
    for i in range(mmsi.shape[0]):
        said = 0
        for k in range(mmsi.shape[0]):
            if mmsi[k] == mmsi[i]:
                said += 1
        votes[i] = 1.0 / said
    return votes


@kernel
def _agreement(
    off_us: I64, mmsi: U32, base: NDArray[np.bool_], agree_s: float
) -> tuple[float, float, int, float, int, int]:
    """Offset, spread (both s), agreeing messages, their share of the votes, ships and bases."""
    off_s = off_us / 1e6
    votes = _votes(mmsi)
    offset_s = _median(off_s, votes)
    close = np.abs(off_s - offset_s) <= agree_s
    count, weight, total_s = 0, 0.0, 0.0
    ships, bases = 0, 0
    for i in range(off_s.shape[0]):
        if not close[i]:
            continue
        count += 1
        weight += votes[i]
        total_s += votes[i] * off_s[i]
        known = False
        for k in range(i):
            if close[k] and mmsi[k] == mmsi[i] and base[k] == base[i]:
                known = True
        if not known and base[i]:
            bases += 1
        elif not known:
            ships += 1
    if count > 0:
        offset_s = total_s / weight
    spread_s = _median(np.abs(off_s - offset_s), votes)
    return offset_s, spread_s, count, weight / votes.sum(), ships, bases


def estimate(
    off_us: I64, mmsi: U32, base: NDArray[np.bool_], rules: ClockRules
) -> ClockOffset | None:
    """The offset that messages agree on; None where there are none."""
    if len(off_us) == 0:
        return None
    offset_s, spread_s, count, share, ships, bases = _agreement(off_us, mmsi, base, rules.agree_s)
    deviation_s = max(_NORMAL * spread_s, _STEP_S)
    enough = count >= rules.messages and share >= rules.share
    confidence: Confidence = "high" if enough else "low"
    return ClockOffset(
        offset_s=round(offset_s, 3),
        error_s=round(deviation_s / max(count, 1) ** 0.5, 3),
        spread_s=round(spread_s, 3),
        messages=len(off_us),
        agreeing=count,
        ships=ships,
        bases=bases,
        confidence=confidence,
    )
