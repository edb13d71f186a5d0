"""When stations transmit: the reporting intervals of the standard, in the slots of the standard.

*Source.* ITU-R M.1371-5 annex 1 table 1 (class A), table 2 (class B and other stations); a minute
has 2,250 slots on each of two channels (annex 2); a class A transmission lies within a tenth of the
interval around its nominal time (selection interval, annex 2); a changing course is more than five
degrees off the mean of 30 s. Locating devices: eight messages in 14 s once a minute (IEC 61097-14),
two of them a text each fourth minute. Class B CS yields to a busy channel (annex 7): it then waits
for its next turn.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from feeds.synthetic.draws import uniform
from feeds.synthetic.helm import STEP_S, Tracks
from feeds.synthetic.orders import Radio, Status
from mda.geo.kernel import kernel
from mda.model.reports import F64, I32, I64, U8

SLOTS_PER_S: Final = 37.5
POSITION, VOYAGE, NAME, HULL, BASE, AID, DISTRESS, TEXT = range(8)
"""What is sent: messages 1 or 3 or 18, 5, 24 A, 24 B, 4, 21, 1 of a locating device, 14."""
CLASS_CODE: Final = {"A": 0, "B": 1, "SO": 2, "none": 3, "base": 4, "aid": 5, "beacon": 6}
_OFF, _BURST, _TEST = int(Radio.OFF), int(Radio.BURST), int(Radio.TEST)
_ANCHORED, _MOORED = int(Status.ANCHORED), int(Status.MOORED)
_SILENT, _BASE_STATION, _AID, _BEACON = 3, 4, 5, 6
STATIC_S: Final = 360.0
_TURNING_DEG_PER_STEP: Final = 1.7
"""5 degrees in 30 s."""


class Sent(NamedTuple):
    """Transmissions in the order of their slots; shape (n,) each."""

    ship: I32
    what: U8
    slot: I64
    """Slots since the scenario's first instant."""
    channel: U8
    """0: A (AIS 1), 1: B."""


@kernel
def interval_of(class_code: int, status: int, sog_kn: float, turn_deg_per_step: float) -> float:
    """Seconds between two position reports. Class A 0, class B CS 1, SO 2; base 4, aid 5."""
    if class_code == 0:
        if status in (_ANCHORED, _MOORED):
            return 180.0 if sog_kn <= 3.0 else 10.0
        interval = 10.0 if sog_kn <= 14.0 else 6.0 if sog_kn <= 23.0 else 2.0
        if turn_deg_per_step > _TURNING_DEG_PER_STEP and interval > 2.0:
            return interval / 3.0
        return interval
    if class_code == 1:
        return 180.0 if sog_kn <= 2.0 else 30.0
    if class_code == 2:
        if sog_kn <= 2.0:
            return 180.0
        return 30.0 if sog_kn <= 14.0 else 15.0 if sog_kn <= 23.0 else 5.0
    return 10.0 if class_code == _BASE_STATION else 180.0


@kernel
def _sent(out: Sent, at: int, ship: int, what: int, at_s: float, channel: int) -> int:
    """Notes a transmission where there is room (without: only counts it)."""
    if at < out.slot.size:
        out.ship[at] = ship
        out.what[at] = what
        out.slot[at] = int(at_s * SLOTS_PER_S)
        out.channel[at] = channel
    return at + 1


@kernel
def _turn_at(ship: int, step: int, tracks: Tracks) -> float:
    """How far the heading came round in the step before."""
    if step == 0:
        return 0.0
    off = tracks.heading_deg[ship, step] - tracks.heading_deg[ship, step - 1]
    return float(abs((off + 180.0) % 360.0 - 180.0))


@kernel
def _interval_at(at_s: float, ship: int, class_code: int, careless: bool, tracks: Tracks) -> float:
    """The reporting interval that holds at an instant."""
    step = int(at_s / STEP_S)
    status = 0 if careless else tracks.status[ship, step] * 1
    turn = _turn_at(ship, step, tracks)
    return interval_of(class_code, status, tracks.sog_kn[ship, step] * 1.0, turn)


@kernel
def _next_s(
    nominal_s: float, interval_s: float, ship: int, class_code: int, careless: bool, tracks: Tracks
) -> float:
    """The next nominal time: a ship that gets under way or turns tells so at once."""
    following, at_s = nominal_s + interval_s, nominal_s + STEP_S
    end_s = float(tracks.lon.shape[1] * STEP_S)
    while at_s < following and at_s < end_s:
        shorter = _interval_at(at_s, ship, class_code, careless, tracks)
        following = min(following, max(at_s, nominal_s + shorter))
        at_s += STEP_S
    return following


@kernel
def _positions(
    ship: int, class_code: int, careless: bool, busy: float, key: int, tracks: Tracks,
    out: Sent, at: int,
) -> int:  # fmt: skip
    """Position reports of one ship, base station or aid; the number of rows after them."""
    end_s = float(tracks.lon.shape[1] * STEP_S)
    nominal_s = uniform(key, ship, 1) * 10.0
    what = BASE if class_code == _BASE_STATION else AID if class_code == _AID else POSITION
    count = 0
    while nominal_s < end_s:
        step = int(nominal_s / STEP_S)
        interval_s = _interval_at(nominal_s, ship, class_code, careless, tracks)
        at_s = nominal_s + 0.2 * interval_s * (uniform(key, ship, 2 * count + 2) - 0.5)
        count += 1
        nominal_s = _next_s(nominal_s, interval_s, ship, class_code, careless, tracks)
        yields = class_code == 1 and uniform(key, ship, 2 * count + 3) < busy
        if tracks.radio[ship, step] == _OFF or yields or at_s < 0.0 or at_s >= end_s:
            continue
        at = _sent(out, at, ship, what, at_s, count % 2)
    return at


@kernel
def _statics(ship: int, class_code: int, key: int, tracks: Tracks, out: Sent, at: int) -> int:
    """Static data of one ship: message 5, or 24 A and, some seconds later, 24 B."""
    end_s = float(tracks.lon.shape[1] * STEP_S)
    at_s = uniform(key, ship, 0) * STATIC_S
    count = 0
    while at_s < end_s - 60.0:
        if tracks.radio[ship, int(at_s / STEP_S)] != _OFF:
            if class_code == 0:
                at = _sent(out, at, ship, VOYAGE, at_s, count % 2)
            else:
                at = _sent(out, at, ship, NAME, at_s, count % 2)
                at = _sent(out, at, ship, HULL, at_s + 8.0, (count + 1) % 2)
        count += 1
        at_s += STATIC_S
    return at


@kernel
def _bursts(ship: int, key: int, tracks: Tracks, out: Sent, at: int) -> int:
    """Messages of a locating device, while it is on."""
    minutes = int(tracks.lon.shape[1] * STEP_S / 60)
    start_s = uniform(key, ship, 0) * 40.0
    for minute in range(minutes):
        for k in range(8):
            at_s = 60.0 * minute + start_s + 2.0 * k
            radio = tracks.radio[ship, int(at_s / STEP_S)]
            if radio in (_BURST, _TEST):
                text = minute % 4 == 0 and k in (4, 5)
                at = _sent(out, at, ship, TEXT if text else DISTRESS, at_s, k % 2)
    return at


@kernel
def scheduled(
    class_code: I64, careless: U8, busy: float, key: int, tracks: Tracks, out: Sent
) -> int:
    """All transmissions of all stations into `out`; how many there are (more than it has room for
    are counted)."""
    at = 0
    for ship in range(class_code.size):
        code = class_code[ship]
        if code == _SILENT:
            continue
        if code == _BEACON:
            at = _bursts(ship, key, tracks, out, at)
            continue
        at = _positions(ship, code, careless[ship] > 0, busy, key, tracks, out, at)
        if code < _SILENT:
            at = _statics(ship, code, key, tracks, out, at)
    return at


def _room(rows: int) -> Sent:
    small = np.zeros(rows, np.uint8), np.zeros(rows, np.int64), np.zeros(rows, np.uint8)
    return Sent(np.zeros(rows, np.int32), *small)


def transmissions(class_code: I64, careless: U8, busy: float, key: int, tracks: Tracks) -> Sent:
    """All transmissions in the order of their slots (then channel, then ship)."""
    count = scheduled(class_code, careless, busy, key, tracks, _room(0))
    sent = _room(count)
    scheduled(class_code, careless, busy, key, tracks, sent)
    order = np.lexsort((sent.what, sent.ship, sent.channel, sent.slot))
    return Sent(sent.ship[order], sent.what[order], sent.slot[order], sent.channel[order])


def instants_s(slot: I64) -> F64:
    """Seconds since the scenario's first instant."""
    return slot / SLOTS_PER_S
