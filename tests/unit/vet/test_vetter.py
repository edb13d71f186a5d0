from __future__ import annotations

import numpy as np
import pytest
from plain_kernels import plainly
from small_traffic import EPOCH_US, Traffic, cut

from mda.config import Config
from mda.model import Flag, Reports, Settled
from mda.vet import Vetter, hearings, row_flags

CONFIG = Config.load()


def one(mmsi: int = 329000001, msg_type: int = 1, flags: int = 0, **columns: float) -> int:
    row = {"lon_deg": -61.0, "lat_deg": 15.0, "sog_kn": 10.0, **columns}
    batch = {name: np.array([value]) for name, value in row.items()}
    batch |= {
        "mmsi": np.array([mmsi]),
        "msg_type": np.array([msg_type]),
        "flags": np.array([flags]),
    }
    return int(row_flags(Reports.from_columns(batch))[0])


@pytest.mark.parametrize(
    ("columns", "bits"),
    [
        ({}, 0),
        ({"lon_deg": np.nan}, Flag.NO_POSITION),
        ({"lat_deg": 91.0}, Flag.NO_POSITION),
        ({"lon_deg": 0.0, "lat_deg": 0.0}, Flag.ZERO_ISLAND),
        ({"lon_deg": 0.0, "lat_deg": 5.0}, 0),
        ({"sog_kn": 51.2}, Flag.BAD_SPEED),
        ({"sog_kn": 63.0}, Flag.BAD_SPEED),
        ({"sog_kn": 62.9}, 0),
        ({"sog_kn": np.nan}, 0),
        ({"mmsi": 111232512, "msg_type": 9, "sog_kn": 140.0}, 0),
        ({"mmsi": 123456789}, Flag.BAD_MMSI),
        ({"mmsi": 0}, Flag.BAD_MMSI),
        ({"flags": Flag.CHECKSUM}, Flag.CHECKSUM),
    ],
)
def test_what_a_row_says_of_itself(columns: dict[str, float], bits: int) -> None:
    assert one(**columns) == bits


def hear(*heard: tuple[float, int]) -> Traffic:
    """The same content heard at (time, station)."""
    sea = Traffic()
    for at_s, station in heard:
        sea.report(at_s, 329000001, -61.0, 15.0, station=station)
    return sea


def duplicates(settled: Settled, vetter: Vetter | None = None) -> list[bool]:
    reports = (vetter or Vetter(CONFIG)).vet(settled).reports
    return ((reports.flags & Flag.DUPLICATE) != 0).tolist()


@pytest.fixture(params=["compiled", "plain"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        plainly(monkeypatch, hearings)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([(0, 0), (1, 1)], [False, True]),
        ([(0, 0), (2, 0), (4, 0)], [False, False, False]),
        ([(0, 0), (11, 1)], [False, False]),
        # Two transmissions, both heard by both: each hearing goes to the one before it.
        ([(0, 0), (0.3, 1), (2, 0), (2.3, 1)], [False, True, False, True]),
        # The second was heard by station 1 alone: it has had the first already.
        ([(0, 0), (0.3, 1), (2.3, 1)], [False, True, False]),
        ([(0, 0), (0.1, 1), (0.2, 2)], [False, True, True]),
        ([(0, 0), (2, 0), (2.5, 1), (2.6, 1)], [False, False, True, True]),
    ],
)
def test_duplicates_are_of_other_stations(
    twin: None, heard: list[tuple[float, int]], expected: list[bool]
) -> None:
    assert duplicates(hear(*heard).settled(60)) == expected


def test_a_duplicate_takes_the_first_hearings_id() -> None:
    settled = hear((0, 0), (1, 1)).settled(60)
    vetted = Vetter(CONFIG).vet(settled).reports
    assert vetted.report_id[1] == vetted.report_id[0] == settled.reports.report_id[0]


def test_other_content_is_another_message() -> None:
    sea = hear((0, 0))
    sea.report(1, 329000001, -61.0, 15.0001, station=1)
    sea.report(2, 329000001, -61.0, 15.0, station=1, sog_kn=10.1)
    sea.report(3, 329000002, -61.0, 15.0, station=1)
    assert not any(duplicates(sea.settled(60)))


def test_unknown_equals_unknown() -> None:
    sea = Traffic()
    for station in (0, 1):
        sea.report(station, 329000001, np.nan, np.nan, sog_kn=np.nan, station=station)
    assert duplicates(sea.settled(60)) == [False, True]


def test_the_window_is_kept_across_cuts_and_resuming() -> None:
    settled = hear((0, 0), (9, 1), (15, 0), (30, 1)).settled(60)
    whole = Vetter(CONFIG)
    expected = duplicates(settled, whole)
    found: list[bool] = []
    vetter = Vetter(CONFIG)
    for piece in cut(settled, [EPOCH_US + s * 1_000_000 for s in (0, 5, 9, 20, 30)]):
        resumed = Vetter(CONFIG)
        resumed.load(vetter.save())
        vetter = resumed
        found += duplicates(piece, vetter)
    assert found == expected == [False, True, False, False]


def test_a_refold_forgets_old_marks() -> None:
    settled = hear((0, 0), (1, 0)).settled(60)
    marked = settled.reports.replace(flags=np.full(2, Flag.DUPLICATE, np.uint32))
    again = Settled(
        settled.since_us, settled.until_us, marked, settled.statics, (), np.zeros(0, int)
    )
    assert duplicates(again) == [False, False]
