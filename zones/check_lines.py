"""How far our limits run from the official ones.

Both lines are sampled every `STEP_M` metres along their whole length, and each sample is measured
to the nearest stretch of the other line: ours to theirs shows what we draw and they do not, theirs
to ours what we leave out. Coast and the library's frame are no limits and do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mda.geo.distance import distances_m
from mda.model.reports import F64, I64
from mda.units import M_PER_NMI
from zones.check_yardsticks import Group, Official, Row, Yardsticks
from zones.near import nearest_many, tree_of
from zones.records import Zone

Bools = NDArray[np.bool_]
STEP_M = 500.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of a zone's limit: (n, 2) longitude and latitude in degrees."""

    zone: str
    beyond: str
    """Id of the zone on the other side; empty: none."""
    line: F64


@dataclass(frozen=True, slots=True)
class Measured:
    """Samples along one set of lines, each with its distance to the other set."""

    point: F64
    """(n, 2) degrees."""
    off_m: F64
    official: I64
    """Number of the official line that the sample is of, or lies nearest to."""
    straight_m: F64
    """Length of our straight edge there: a long one was simplified."""


def _along_m(line: F64) -> F64:
    """Metres from the start of a line to each of its points."""
    lon, lat = (np.ascontiguousarray(column) for column in line.T)
    legs = distances_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.concatenate(([0.0], np.cumsum(legs)))


def length_m(line: F64) -> float:
    """Length of a line (n, 2) in metres."""
    return float(_along_m(line)[-1])


def samples(line: F64, step_m: float) -> F64:
    """Points (n, 2) at even spacing of at most `step_m` along a line, both its ends among them."""
    along_m = _along_m(line)
    at = np.linspace(0.0, along_m[-1], 2 + int(along_m[-1] // step_m))
    return np.stack((np.interp(at, along_m, line[:, 0]), np.interp(at, along_m, line[:, 1])), 1)


class Course:
    """The edges of some lines, ready to find the nearest one to many points."""

    def __init__(self, lines: Sequence[F64], owner: Sequence[int]) -> None:
        counts = [len(line) - 1 for line in lines]
        self._owner = np.repeat(np.asarray(owner, dtype=np.int64), counts)
        self._length_m = np.concatenate([np.diff(_along_m(line)) for line in lines])
        self._tree = tree_of(np.concatenate([np.hstack((x[:-1], x[1:])) for x in lines]))

    def nearest(self, points: F64) -> tuple[F64, I64, F64]:
        """For points (n, 2): metres to the nearest edge, its owner, the length of that edge."""
        lon, lat = (np.ascontiguousarray(column) for column in points.T)
        found = nearest_many(self._tree, lon, lat)
        return found.metres, self._owner[found.which], self._length_m[found.which]


def _within(points: F64, box: tuple[float, float, float, float]) -> Bools:
    west, south, east, north = box
    lon, lat = points.T
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def measure(
    ours: Sequence[F64], official: Sequence[Official], group: Group
) -> tuple[Measured, Measured]:
    """Official line to ours, and ours to the official line, inside the group's box.

    Our samples may also lie near any line between two states: where two states lie close the limit
    of every belt is the same line, and it is flagged for one of them only.
    """
    mine = [n for n, line in enumerate(official) if group.kind in line.kinds]
    also = [n for n, line in enumerate(official) if group.kind in line.kinds or line.boundary]
    our_course = Course(ours, [0] * len(ours))
    theirs = [(samples(line, STEP_M), n) for n in mine for line in official[n].lines]
    point = np.concatenate([p for p, _ in theirs])
    number = np.concatenate([np.full(len(p), n) for p, n in theirs])
    kept = _within(point, group.box)
    point, number = point[kept], number[kept]
    off_m, _, straight_m = our_course.nearest(point)
    there = Measured(point, off_m, number, straight_m)
    lines = [(line, n) for n in also for line in official[n].lines]
    their_course = Course([line for line, _ in lines], [n for _, n in lines])
    point = np.concatenate([samples(line, STEP_M) for line in ours])
    point = point[_within(point, group.box)]
    off_m, number, _ = their_course.nearest(point)
    _, _, straight_m = our_course.nearest(point)
    return there, Measured(point, off_m, number, straight_m)


def _only(measured: Measured, kept: Bools) -> Measured:
    return Measured(
        measured.point[kept],
        measured.off_m[kept],
        measured.official[kept],
        measured.straight_m[kept],
    )


def place(lon_deg: float, lat_deg: float) -> str:
    """A position as a watchkeeper writes it, latitude first, in degrees.

    >>> place(-61.5, 15.25)
    '15.250N 61.500W'
    """
    return f"{abs(lat_deg):.3f}{'N' if lat_deg >= 0 else 'S'} " + (
        f"{abs(lon_deg):.3f}{'E' if lon_deg >= 0 else 'W'}"
    )


def _worst(measured: Measured, official: Sequence[Official], allowed_nmi: float) -> str:
    """The worst stretch in words: where, along which official line, how long, and what shows."""
    at = int(measured.off_m.argmax())
    line = official[int(measured.official[at])]
    over = measured.off_m > allowed_nmi * M_PER_NMI
    first = last = at
    while first > 0 and over[first - 1]:
        first -= 1
    while last + 1 < len(over) and over[last + 1]:
        last += 1
    text = (
        f"worst {measured.off_m[at] / M_PER_NMI:.2f} nmi at {place(*measured.point[at])} "
        f"against {line.id} ({line.authority})"
    )
    if over[at]:
        text += (
            f", beyond {allowed_nmi} nmi for {(last - first) * STEP_M / M_PER_NMI:.0f} nmi there"
        )
    if line.unilateral:
        text += "; the official line is the United States' own claim, no treaty"
    return f"{text}; our line runs straight for {measured.straight_m[at] / M_PER_NMI:.1f} nmi there"


def _row(
    subject: str,
    pair: tuple[Measured, Measured],
    official: Sequence[Official],
    group: Group,
    yardsticks: Yardsticks,
) -> Row:
    """One comparison: the worse of the two directions decides."""
    figures: dict[str, float] = {"allowed_p95_nmi": group.p95_nmi}
    for name, measured in zip(("to_ours", "to_official"), pair, strict=True):
        if len(measured.off_m):
            p50, p95 = np.quantile(measured.off_m / M_PER_NMI, (0.5, 0.95))
            figures[f"{name}_p50_nmi"] = round(float(p50), 3)
            figures[f"{name}_p95_nmi"] = round(float(p95), 3)
            figures[f"{name}_max_nmi"] = round(float(measured.off_m.max()) / M_PER_NMI, 3)
    p95_nmi = max(figures.get("to_ours_p95_nmi", 0.0), figures.get("to_official_p95_nmi", 0.0))
    worse = max((m for m in pair if len(m.off_m)), key=lambda m: float(m.off_m.max()))
    words = "; ".join(
        f"{title} p50 {figures[f'{name}_p50_nmi']:.2f} p95 {figures[f'{name}_p95_nmi']:.2f} nmi"
        for name, title in (("to_ours", "theirs to ours"), ("to_official", "ours to theirs"))
        if f"{name}_p50_nmi" in figures
    )
    words += f" (p95 allowed {group.p95_nmi}); {_worst(worse, official, group.p95_nmi)}"
    known = yardsticks.reason_for("line", subject)
    verdict = "ok" if p95_nmi <= group.p95_nmi else "not explained"
    if known:
        words += f". {known.reason} ({known.source})"
        if verdict != "ok" and p95_nmi <= known.most:
            verdict = "explained"
    return Row("line", subject, verdict, words, figures)


def _outer(zones: Sequence[Zone], stretches: Sequence[Stretch], group: Group) -> list[F64]:
    """The outer limits of the group's zones: not the lines between two of them."""
    by_id = {zone.id: zone for zone in zones}
    mine = [s for s in stretches if s.zone in by_id and group.holds(by_id[s.zone])]
    return [
        s.line
        for s in mine
        if s.beyond not in by_id or not group.encloses(by_id[s.zone], by_id[s.beyond])
    ]


def check_lines(
    zones: Sequence[Zone], stretches: Sequence[Stretch], yardsticks: Yardsticks
) -> list[Row]:
    """One row a group of official lines, and one for each line with an explanation of its own."""
    rows: list[Row] = []
    for group in yardsticks.groups:
        subject = f"{group.name}, {group.kind}"
        ours = _outer(zones, stretches, group)
        if not ours:
            words = "the library has no such zone here"
            rows.append(Row("line", subject, "not measured", words, {}))
            continue
        pair = measure(ours, yardsticks.official, group)
        apart = [
            number
            for number, line in enumerate(yardsticks.official)
            if yardsticks.reason_for("line", f"{line.id}, {group.kind}")
        ]
        rest = tuple(_only(m, ~np.isin(m.official, apart)) for m in pair)
        rows.append(_row(subject, (rest[0], rest[1]), yardsticks.official, group, yardsticks))
        for number in apart:
            part = tuple(_only(m, m.official == number) for m in pair)
            if any(len(p.off_m) for p in part):
                name = f"{yardsticks.official[number].id}, {group.kind}"
                rows.append(_row(name, (part[0], part[1]), yardsticks.official, group, yardsticks))
    return rows
