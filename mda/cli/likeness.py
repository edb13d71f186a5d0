"""Is a simulated sea like a real one: speeds, intervals and silences of both, side by side.

Only what a plain reader of the messages sees is compared: no detector, no model of reception.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mda.cli.telling import told
from mda.clock import NO_TIME_US
from mda.decode import LogDecoder
from mda.errors import FeedError
from mda.model import Flag, Reports
from mda.model.reports import F64
from mda.units import US_PER_S

_QUANTILES: Final = (10, 50, 90, 99)
_GROUPS: Final[Mapping[str, tuple[tuple[int, ...], float, float]]] = {
    "A under way, below 14 kn": ((1, 2, 3), 3.0, 14.0),
    "A under way, 14 to 23 kn": ((1, 2, 3), 14.0, 23.0),
    "A under way, above 23 kn": ((1, 2, 3), 23.0, 102.0),
    "A at rest": ((1, 2, 3), -1.0, 0.5),
    "B under way": ((18, 19), 3.0, 102.0),
    "B at rest": ((18, 19), -1.0, 2.0),
}
"""Message types, and speeds in knots from and to."""


def reports_of(path: Path) -> Reports:
    """The position reports of ships in a recording, each once, in order of time.

    FeedError: nothing in it has a time and a position.
    """
    decoder = LogDecoder({})
    found = []
    for one in told([str(path)]):
        found += [decoder.decode(lines).reports for lines in one.batches()]
    found.append(decoder.flush().reports)
    reports = Reports.concat(found)
    ships = np.isin(reports.msg_type, (1, 2, 3, 18, 19)) & (reports.at_us != NO_TIME_US)
    ships &= (reports.flags & np.uint32(Flag.UNUSABLE)) == 0
    reports = reports.take(np.flatnonzero(ships))
    if not len(reports):
        raise FeedError("holds no position with a time", where=path.name)
    reports = reports.take(np.lexsort((reports.lon_deg, reports.at_us, reports.mmsi)))
    return reports.take(np.flatnonzero(~_again(reports)))


def _again(reports: Reports) -> NDArray[np.bool_]:
    """Reports that another station's hearing of the same message made, by content, within 3 s."""
    again = np.zeros(len(reports), np.bool_)
    for back in (1, 2, 3):
        same = reports.mmsi[back:] == reports.mmsi[:-back]
        same &= reports.lon_deg[back:] == reports.lon_deg[:-back]
        same &= reports.lat_deg[back:] == reports.lat_deg[:-back]
        same &= np.abs(reports.at_us[back:] - reports.at_us[:-back]) <= 3 * US_PER_S
        again[back:] |= same
    return again


def intervals_s(reports: Reports, types: Sequence[int], low_kn: float, high_kn: float) -> F64:
    """Seconds between reports of the same ship, the speed of both within bounds."""
    fits = np.isin(reports.msg_type, types) & (reports.sog_kn > low_kn)
    fits &= reports.sog_kn <= high_kn
    both = fits[1:] & fits[:-1] & (reports.mmsi[1:] == reports.mmsi[:-1])
    return np.asarray(np.diff(reports.at_us)[both] / US_PER_S, np.float64)


def longest_s(reports: Reports) -> F64:
    """The longest silence between two reports of each ship that sent over 20, in seconds."""
    first = np.flatnonzero(np.r_[True, reports.mmsi[1:] != reports.mmsi[:-1]])
    last = np.r_[first[1:], len(reports)]
    runs = zip(first.tolist(), last.tolist(), strict=True)
    longest = [float(np.diff(reports.at_us[a:b]).max()) / US_PER_S for a, b in runs if b - a > 20]
    return np.array(longest)


def _row(name: str, values: F64, unit: str) -> list[str]:
    if values.size < 10:
        return [name, f"{values.size:,}", *["-"] * len(_QUANTILES), unit]
    quantiles = np.percentile(values, _QUANTILES)
    return [name, f"{values.size:,}", *(f"{q:.1f}" for q in quantiles), unit]


def _rows(reports: Reports) -> list[list[str]]:
    rows = []
    for title, kinds in (("speed of A under way", (1, 2, 3)), ("speed of B under way", (18, 19))):
        way = np.isin(reports.msg_type, kinds) & (reports.sog_kn > 0.5) & (reports.sog_kn < 102.2)
        rows.append(_row(title, reports.sog_kn[way].astype(np.float64), "kn"))
    rest = np.isin(reports.msg_type, (1, 2, 3)) & (reports.sog_kn <= 0.5)
    rows.append(_row("speed of A at rest", reports.sog_kn[rest].astype(np.float64), "kn"))
    for title, (types, low_kn, high_kn) in _GROUPS.items():
        rows.append(_row(title, intervals_s(reports, types, low_kn, high_kn), "s apart"))
    rows.append(_row("longest silence of a ship", longest_s(reports) / 60.0, "min"))
    return rows


def compared(simulated: Path, recording: Path) -> str:
    """Both recordings' figures as text. FeedError: one cannot be read."""
    lines = []
    head = ["", "n", *(f"p{q}" for q in _QUANTILES), ""]
    for title, path in (("SIMULATED", simulated), ("RECORDED", recording)):
        reports = reports_of(path)
        ships = np.unique(reports.mmsi).size
        hours = (int(reports.at_us.max()) - int(reports.at_us.min())) / US_PER_S / 3600.0
        lines.append(
            f"{title} {path.name}: {ships} ships, {len(reports):,} positions, {hours:.1f} h"
        )
        lines += [
            f"  {row[0]:<26}" + "".join(f"{cell:>10}" for cell in row[1:])
            for row in [head, *_rows(reports)]
        ]
    return "\n".join(lines)
