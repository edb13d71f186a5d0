"""Law 1 for vet, track, claims and every detector: cuts, saving and resuming change no byte."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from math import cos, sin
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from plain_kernels import plainly
from small_traffic import EPOCH_US, Traffic, cut
from small_waters import waters

from mda.config import Config
from mda.detect import (
    LoiteringDetector,
    SilenceDetector,
    ZoneVisitDetector,
    listening,
    loitering,
    loitering_fold,
    silence,
    silence_fold,
    zone_fold,
    zone_visits,
)
from mda.model import (
    Finding,
    Lines,
    Reports,
    RowKind,
    Sentence,
    Settled,
    Statics,
    pack,
    slots,
    unpack,
)
from mda.track import Claims, Tracker, hulls
from mda.units import US_PER_S
from mda.vet import Vetter, hearings

CONFIG = Config.load(
    overrides={
        "silence.floor_s": 300.0,
        "silence.least_history_s": 200.0,
        "loitering.span_trade_s": 1200.0,
        "loitering.span_other_s": 1800.0,
        "loitering.gap_s": 1500.0,
    }
)


class Chain:
    """Vet, track, claims and the detectors, as the settled road strings them."""

    def __init__(self) -> None:
        zones, places = waters()
        self.claims = Claims()
        self.steps = (Vetter(CONFIG), Tracker(CONFIG))
        self.detectors = (
            SilenceDetector(CONFIG, self.claims, zones, places),
            LoiteringDetector(CONFIG, self.claims, zones, places),
            ZoneVisitDetector(CONFIG, self.claims, zones, places),
        )

    def fold(self, settled: Settled) -> tuple[Reports, list[Finding]]:
        self.claims.update(settled.statics)
        for step in self.steps:
            settled = step(settled)
        found = [finding for detector in self.detectors for finding in detector.fold(settled)]
        return settled.reports, found

    def save(self) -> bytes:
        parts = (self.claims, *self.steps, *self.detectors)
        return pack({str(i): part.save() for i, part in enumerate(parts)})

    def load(self, data: bytes) -> None:
        state = unpack(data)
        for i, part in enumerate((self.claims, *self.steps, *self.detectors)):
            part.load(state[str(i)])


def run(pieces: Iterable[Settled], resumed: bool = False) -> tuple[list[str], bytes, bytes]:
    """Finding revisions as JSON, flags and hulls as bytes, and the last state."""
    chain = Chain()
    found: list[Finding] = []
    marks = b""
    for piece in pieces:
        if resumed:
            data = chain.save()
            chain = Chain()
            chain.load(data)
        reports, new = chain.fold(piece)
        found += new
        marks += b"".join(
            column[i : i + 1].tobytes()
            for i in range(len(reports))
            for column in (reports.flags, reports.hull, reports.report_id)
        )
    texts = [json.dumps(f.to_json(), sort_keys=True) for f in sorted(found, key=Finding.order)]
    return texts, marks, chain.save()


def sea(seed: int) -> Settled:
    """90 min in which everything happens: silences, stays, crossings, two hulls, outages."""
    draw = np.random.default_rng(seed)
    sea = Traffic()
    end_s = 5400.0
    sea.control(0.0, RowKind.START, -1)
    sea.control(0.5, RowKind.CONNECT, 0)
    quiet_s = float(draw.uniform(900, 2500))
    back_s = quiet_s + float(draw.uniform(200, 2500))
    for mmsi, lon, lat, course in ((329000001, -61.9, 15.70, 0.12), (329000002, -61.2, 16.0, -0.2)):
        for at_s in np.arange(float(draw.uniform(0, 10)), end_s, float(draw.uniform(8, 40))):
            if mmsi == 329000001 and quiet_s < at_s < back_s:
                continue
            place = (lon + 0.02 * sin(at_s / 900), lat + course * at_s / 3600)
            sea.report(float(at_s), mmsi, *place, sog_kn=9.0, cog_deg=0.0)
    for at_s in np.arange(3.0, end_s, 60.0):
        sea.report(float(at_s), 375000003, -61.0 + 0.003 * cos(at_s / 200), 15.3, sog_kn=1.0)
        sea.report(float(at_s) + 1, 992000004, -61.4, 15.4, msg_type=21, sog_kn=np.nan)
    sea.static(quiet_s, 375000003, ship_type=70, name=b"WAITS")
    sea.static(700.0, 329000001, ship_type=70, name=b"SHE SAILS")
    for at_s in np.arange(5.0, end_s, 90.0):
        sea.report(float(at_s), 416000005, -61.6, 15.6 + at_s * 2e-5, sog_kn=4.0, cog_deg=0.0)
        sea.report(float(at_s) + 7, 416000005, -60.4, 16.6 - at_s * 2e-5, sog_kn=4.0, cog_deg=180.0)
        sea.report(
            float(at_s) + 7.4,
            416000005,
            -60.4,
            16.6 - at_s * 2e-5,
            sog_kn=4.0,
            cog_deg=180.0,
            station=1,
            feed=1,
        )
    gap_s = float(draw.uniform(2600, 4000))
    kind = (RowKind.DISCONNECT, RowKind.SPOOL_GAP, RowKind.START)[seed % 3]
    sea.control(gap_s, kind, -1 if kind == RowKind.START else 0)
    sea.control(gap_s + 200, RowKind.CONNECT, 0)
    return sea.settled(end_s + 600)


@given(
    seed=st.integers(0, 10_000),
    cuts=st.lists(st.integers(1, 6000 * US_PER_S), max_size=12),
    resumed=st.booleans(),
)
@example(seed=0, cuts=[], resumed=True)
def test_any_chunking_saved_or_not_gives_the_same_bytes(
    seed: int, cuts: list[int], resumed: bool
) -> None:
    whole = sea(seed)
    once = run([whole])
    assert {json.loads(text)["kind"] for text in once[0]} == {"silence", "loitering", "zone_visit"}
    pieces = run(cut(whole, [EPOCH_US + c for c in cuts]), resumed)
    assert pieces[0] == once[0]
    assert pieces[1] == once[1]
    assert pieces[2] == once[2]


def test_one_row_at_a_time_equals_the_whole() -> None:
    whole = sea(4)
    rows = [*whole.reports.at_us.tolist(), *whole.tick_at_us.tolist()]
    assert run(cut(whole, rows))[0] == run([whole])[0]


@given(start_s=st.integers(1200, 4000), gone_s=st.integers(0, 900))
def test_after_a_start_nothing_is_silent_before_its_own_threshold(
    start_s: int, gone_s: int
) -> None:
    sea = Traffic()
    silent_s = start_s - gone_s
    sea.every(10, 0, silent_s, 329000001, lambda t: (-61.9 + t * 1e-5, 15.4))
    sea.every(7, 0, start_s, 329000002, lambda t: (-61.5, 15.3 + t * 1e-5))
    sea.every(7, start_s + 60, 8000, 329000002, lambda t: (-61.5, 15.3 + t * 1e-5))
    sea.control(start_s, RowKind.START, -1)
    sea.control(start_s + 30, RowKind.CONNECT, 0)
    _, found = Chain().fold(sea.settled(8000))
    silences = [f for f in found if f.kind == "silence"]
    assert [f.mmsis for f in silences] == [(329000001,)]
    first = silences[0]
    threshold_us = round(first.evidence["threshold_s"] * US_PER_S)
    start_us = EPOCH_US + start_s * US_PER_S
    if start_us - first.onset_at_us <= threshold_us:
        heard_us = start_us + 30 * US_PER_S
        assert first.opened_at_us >= heard_us + threshold_us
    else:
        assert first.opened_at_us == first.onset_at_us + threshold_us


@pytest.mark.parametrize("detector", ["silence", "loitering", "zone_visit"])
def test_findings_come_in_order_and_ids_are_one_to_a_fact(detector: str) -> None:
    _, found = Chain().fold(sea(1))
    mine = [f for f in found if f.kind == detector]
    assert mine == sorted(mine, key=Finding.order)
    opened = {(f.id, f.onset_at_us) for f in mine}
    assert len({i for i, _ in opened}) == len(opened)


@pytest.mark.parametrize("seed", range(6))
def test_ticks_reveal_and_never_date(seed: int) -> None:
    """Without a single tick the closed findings are the same."""
    whole = sea(seed)
    silent = Settled(
        whole.since_us,
        whole.until_us,
        whole.reports,
        whole.statics,
        whole.controls,
        whole.tick_at_us[:0],
    )

    def closed(settled: Settled) -> list[str]:
        _, found = Chain().fold(settled)
        return sorted(f.content() for f in found if f.closed_at_us is not None)

    assert closed(whole) == closed(silent)
    assert closed(whole)


def test_compiled_equals_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kernel as plain Python gives the findings, marks and state of the compiled ones."""
    whole = sea(3)
    compiled = run([whole])
    plainly(
        monkeypatch,
        *(slots, hearings, hulls),
        *(listening, silence, silence_fold),
        *(loitering, loitering_fold, zone_visits, zone_fold),
    )
    assert run([whole]) == compiled


def test_a_slice_of_caribewave_under_cuts(caribewave: Path) -> None:
    """Real traffic of two hours, decoded, whole against cut and resumed."""
    decode = pytest.importorskip("mda.decode")
    with gzip.open(caribewave, "rb") as file:
        lines = file.read().splitlines()[1:5000]
    rows = [Sentence(RowKind.LINE, 0, int(line[:10]) * US_PER_S, line) for line in lines]
    decoded = decode.NmeaDecoder({0: "shore"}).decode(Lines.of(rows))
    reports: Reports = decoded.reports.take(decoded.reports.order())
    order = np.lexsort((decoded.statics.report_id, decoded.statics.mmsi, decoded.statics.at_us))
    statics: Statics = decoded.statics.take(order)
    since_us, until_us = int(reports.at_us[0]) - 1, int(reports.at_us[-1]) + 1200 * US_PER_S
    tick_us = 10 * US_PER_S
    ticks = np.arange(since_us // tick_us + 1, until_us // tick_us + 1, dtype=np.int64) * tick_us
    whole = Settled(since_us, until_us, reports, statics, (), ticks)
    cuts = np.linspace(since_us, until_us, 40).astype(np.int64).tolist()
    once = run([whole])
    assert len(once[0]) > 5
    assert run(cut(whole, cuts), resumed=True) == once
