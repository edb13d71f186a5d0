"""Receiver hold-out: hide one station; whoever it still heard was still on.

*Definition.* The recording is run again without one station's lines. Each silence found then is
contradicted when the hidden station heard one of its vessels between the silence's onset and its
opening: the transmitter was on, only our ears were gone. Told for all silences and for those that
were claims (see `claims`): a detector that knows its reception claims few of the contradicted ones.
*What it cannot see.* A silence that is not contradicted may be one all the same. With one station
there is nothing to hide. A second hearing that carries the same instant counts for its station.
*Source.* detection.md, Proof 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mda.evaluate.detectors import FINDS
from mda.evaluate.rates import Rate, wilson
from mda.evaluate.recording import Recording
from mda.evaluate.run import Build, Outcome, run
from mda.model import Finding, Reports


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What went wrong without one station."""

    station: str
    silences: Rate
    """Silences contradicted, of all found."""
    claims: Rate
    """Claims contradicted, of all made."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "station": self.station,
            "silences_contradicted": self.silences.to_json(),
            "claims_contradicted": self.claims.to_json(),
        }


def hold_out(recording: Recording, whole: Outcome, build: Build) -> list[HeldOut]:
    """One run for each station but the rest; `whole` is the run with all. Empty: one station."""
    station, names = recording.stations()
    if len(names) < 2:
        return []
    found = []
    for code, name in enumerate(names):
        without = run(recording.take(station != code), build)
        found.append(_compared(name, whole, without))
    return found


def _compared(name: str, whole: Outcome, without: Outcome) -> HeldOut:
    code = whole.stations.index(name) if name in whole.stations else -1
    heard = whole.reports.take(whole.reports.station == code)
    silences = [
        told.newest
        for told in without.telling.told.values()
        if told.newest.kind in FINDS["dark"] and told.newest.status != "withdrawn"
    ]
    claimed = {claim.id for claim in without.claims}
    contradicted = [finding for finding in silences if was_on(finding, heard)]
    return HeldOut(
        name,
        wilson(len(contradicted), len(silences)),
        wilson(
            sum(finding.id in claimed for finding in contradicted),
            sum(finding.id in claimed for finding in silences),
        ),
    )


def was_on(silence: Finding, heard: Reports) -> bool:
    """Whether a vessel of a silence was heard after its onset, up to its opening."""
    theirs = np.isin(heard.mmsi, np.array(silence.mmsis, np.uint32))
    at_us = heard.at_us[theirs]
    return bool(((at_us > silence.onset_at_us) & (at_us <= silence.opened_at_us)).any())
