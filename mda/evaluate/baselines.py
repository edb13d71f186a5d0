"""What others' published rules say of the same reports: the yardsticks beside our detectors.

*Definition.* Our own implementations, run over settled believed positions of ship MMSIs.
- GFW gap: silence of at least 12 h that starts more than 50 nmi from shore, with at least 14
  positions in the 12 h before (pipe-gaps; Welch et al. 2022). Their condition of a cell with more
  than 10 satellite positions a day needs their reception layer and is left out.
- Skylight silence: 6 h without a position.
- Skylight encounter: within 250 m for more than 30 min.
- GFW encounter: within 500 m for at least 2 h, median speed under 2 kn, at least 10 km from an
  anchorage (here: the nearest named port or town) (pipe-encounters).
- GFW loitering: clock hours with a mean under 2 kn, at least 20 nmi out (pipe-loitering).
- Starboard-like loitering: under 2 kn for at least 4 h, outside places where waiting is normal.
*What it cannot see.* They are told with no delay at all (`known_us` is the instant at which the
rule is met), which flatters them: GFW publishes after 3 days, Skylight after 1 to 7 h.
*Source.* detection.md, "What the references do".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from mda.evaluate.claims import Claim
from mda.evaluate.meetings import Meeting, meetings
from mda.evaluate.tracks import Bools, Tracks
from mda.geo.distance import distances_m
from mda.model import Reports
from mda.model.reports import F64
from mda.units import M_PER_NMI, MPS_TO_KN, US_PER_H, US_PER_S

MOST_APART_US: Final = US_PER_H
"""Slow reports further apart than this are two stays (own choice)."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the rules ask of a place; each takes longitudes and latitudes, shape (n,)."""

    shore_m: Callable[[F64, F64], F64]
    """Metres to the nearest shore, NaN where it is not known."""
    in_place: Callable[[F64, F64], Bools]
    """Whether waiting is normal there."""
    port_m: Callable[[float, float], float]
    """Metres from a point to the nearest named port or town."""


def _claim(
    rule: str, mmsis: tuple[int, ...], span_us: tuple[int, int | None], met_us: int
) -> Claim:
    detector = RULES[rule][0]
    name = f"{rule} {'-'.join(map(str, mmsis))} {span_us[0]}"
    return Claim(detector, name, rule, mmsis, span_us[0], met_us, span_us[1], met_us)


def silences(tracks: Tracks, least_us: int) -> Iterator[tuple[int, int | None]]:
    """(row of the last position, instant of the next; None: still silent) of long silences."""
    if not len(tracks.mmsi):
        return
    last = tracks.last()
    following = np.append(tracks.at_us[1:], 0)
    until = np.where(last, tracks.until_us, following)
    for row in np.flatnonzero(until - tracks.at_us >= least_us).tolist():
        yield row, None if last[row] else int(following[row])


def gfw_gap(tracks: Tracks, around: Around) -> list[Claim]:
    """Gaps of at least 12 h, begun over 50 nmi out, with 14 positions in the 12 h before."""
    asked_us = 12 * US_PER_H
    found = []
    for row, end_us in silences(tracks, asked_us):
        at_us, mmsi = int(tracks.at_us[row]), int(tracks.mmsi[row])
        own = tracks.at_us[: row + 1][tracks.mmsi[: row + 1] == mmsi]
        enough = int((own > at_us - asked_us).sum()) >= 14
        shore_m = float(around.shore_m(tracks.lon_deg[[row]], tracks.lat_deg[[row]])[0])
        if enough and shore_m > 50 * M_PER_NMI:
            found.append(_claim("GFW gap", (mmsi,), (at_us, end_us), at_us + asked_us))
    return found


def skylight_silence(tracks: Tracks, _: Around) -> list[Claim]:
    """Six hours without a position."""
    asked_us = 6 * US_PER_H
    return [
        _claim(
            "Skylight silence",
            (int(tracks.mmsi[row]),),
            (int(tracks.at_us[row]), end_us),
            int(tracks.at_us[row]) + asked_us,
        )
        for row, end_us in silences(tracks, asked_us)
    ]


def _runs(tracks: Tracks, slow: Bools, apart_us: int) -> Iterator[tuple[int, int]]:
    """First and last row of each run of slow positions of one vessel."""
    rows = np.flatnonzero(slow)
    if not len(rows):
        return
    breaks = (
        (np.diff(rows) > 1)
        | (np.diff(tracks.mmsi[rows]) != 0)
        | (np.diff(tracks.at_us[rows]) > apart_us)
    )
    firsts = np.append(0, np.flatnonzero(breaks) + 1)
    lasts = np.append(firsts[1:] - 1, len(rows) - 1)
    yield from zip(rows[firsts].tolist(), rows[lasts].tolist(), strict=True)


def starboard_loitering(tracks: Tracks, around: Around) -> list[Claim]:
    """Under 2 kn for at least 4 h, outside places where waiting is normal."""
    asked_us = 4 * US_PER_H
    slow = (tracks.sog_kn < 2.0) & ~around.in_place(tracks.lon_deg, tracks.lat_deg)
    found = []
    for first, last in _runs(tracks, slow, MOST_APART_US):
        onset_us, end_us = int(tracks.at_us[first]), int(tracks.at_us[last])
        if end_us - onset_us >= asked_us:
            mmsis = (int(tracks.mmsi[first]),)
            met_us = onset_us + asked_us
            found.append(_claim("Starboard-like loitering", mmsis, (onset_us, end_us), met_us))
    return found


def gfw_loitering(tracks: Tracks, around: Around) -> list[Claim]:
    """Clock hours with a mean under 2 kn, at least 20 nmi from shore, hour after hour as one.

    The mean is the way run between an hour's positions over the time between them; an hour of one
    position has none. Known when the hour is over.
    """
    if not len(tracks.mmsi):
        return []
    hour = tracks.at_us // US_PER_H
    same = (np.diff(tracks.mmsi) == 0) & (np.diff(hour) == 0)
    step_m = distances_m(
        tracks.lon_deg[:-1], tracks.lat_deg[:-1], tracks.lon_deg[1:], tracks.lat_deg[1:]
    )
    firsts = np.append(0, np.flatnonzero(~same) + 1)
    lasts = np.append(firsts[1:] - 1, len(hour) - 1)
    way_m = np.append(0.0, np.cumsum(np.where(same, step_m, 0.0)))
    run_m, run_s = way_m[lasts] - way_m[firsts], (tracks.at_us[lasts] - tracks.at_us[firsts]) / 1e6
    far = around.shore_m(tracks.lon_deg[firsts], tracks.lat_deg[firsts]) >= 20 * M_PER_NMI
    slow = (run_s > 0) & (run_m * MPS_TO_KN < 2.0 * run_s) & far
    found: list[Claim] = []
    for first, last in zip(firsts[slow].tolist(), lasts[slow].tolist(), strict=True):
        _join(found, tracks, first, last)
    return found


def _join(found: list[Claim], tracks: Tracks, first: int, last: int) -> None:
    """Put one more slow hour into the claims: it goes on with the last one where it follows it."""
    mmsis, end_us = (int(tracks.mmsi[first]),), int(tracks.at_us[last])
    hour = int(tracks.at_us[first]) // US_PER_H
    if found and found[-1].mmsis == mmsis and (found[-1].end_us or 0) // US_PER_H == hour - 1:
        found[-1] = replace(found[-1], end_us=end_us)
    else:
        span_us = int(tracks.at_us[first]), end_us
        found.append(_claim("GFW loitering", mmsis, span_us, (hour + 1) * US_PER_H))


def _met(rule: str, meeting: Meeting, asked_us: int) -> Claim:
    span_us = meeting.onset_us, meeting.end_us
    return _claim(rule, meeting.mmsis, span_us, meeting.onset_us + asked_us)


def skylight_encounter(tracks: Tracks, _: Around) -> list[Claim]:
    """Two vessels within 250 m for more than 30 min, positions every minute."""
    asked_us = 1800 * US_PER_S
    found = meetings(tracks, 250.0, 60 * US_PER_S)
    return [
        _met("Skylight encounter", m, asked_us) for m in found if m.end_us - m.onset_us > asked_us
    ]


def gfw_encounter(tracks: Tracks, around: Around) -> list[Claim]:
    """Two vessels within 500 m for at least 2 h, median under 2 kn, 10 km from a port; positions
    every 10 min."""
    asked_us = 2 * US_PER_H
    return [
        _met("GFW encounter", m, asked_us)
        for m in meetings(tracks, 500.0, 600 * US_PER_S)
        if m.end_us - m.onset_us >= asked_us
        and m.median_kn < 2.0
        and around.port_m(m.lon_deg, m.lat_deg) >= 10_000.0
    ]


Rule = Callable[[Tracks, Around], list[Claim]]
RULES: Final[dict[str, tuple[str, Rule]]] = {
    "GFW gap": ("dark", gfw_gap),
    "Skylight silence": ("dark", skylight_silence),
    "GFW loitering": ("loitering", gfw_loitering),
    "Starboard-like loitering": ("loitering", starboard_loitering),
    "GFW encounter": ("encounter", gfw_encounter),
    "Skylight encounter": ("encounter", skylight_encounter),
}
"""By name: the detector of ours that it stands beside, and the rule."""


def baselines(reports: Reports, until_us: int, around: Around) -> dict[str, list[Claim]]:
    """The claims of every rule, by its name."""
    tracks = Tracks.of(reports, until_us)
    return {name: rule(tracks, around) for name, (_, rule) in RULES.items()}
