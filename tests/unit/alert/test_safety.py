"""Distress signals: at once, once, and never ended by silence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from mda.alert import Rules, SafetyWatch, log_events
from mda.config import Config
from mda.model import Flag, Reports, Valid, pack, unpack

S = 1_000_000
H = 3600 * S
SART = 970012345
SHIP = 329002300


@pytest.fixture
def config() -> Config:
    return Config.load()


def heard(*rows: dict[str, Any]) -> Reports:
    names = {name for row in rows for name in row} | {"lon_deg", "lat_deg", "report_id"}
    defaults = {"lon_deg": -61.5, "lat_deg": 15.2, "valid": Valid.NAV_STATUS, "msg_type": 1}
    columns = {
        n: np.array([row.get(n, defaults.get(n, row["at_us"])) for row in rows])
        for n in names | set(defaults)
    }
    return Reports.from_columns(columns)


def row(mmsi: int, at_s: int, status: int | None, **more: Any) -> dict[str, Any]:
    valid = 0 if status is None else Valid.NAV_STATUS
    return {"mmsi": mmsi, "at_us": at_s * S, "nav_status": status or 0, "valid": valid, **more}


def priority(config: Config, finding: Any) -> str:
    return Rules(config).judge(finding).priority


@pytest.mark.parametrize(
    ("mmsi", "status", "device"),
    [
        (SART, 14, "AIS-SART"),
        (SART, None, "AIS-SART"),
        (972012345, 14, "man-overboard device"),
        (974012345, 0, "EPIRB-AIS"),
        (SHIP, 14, "vessel with status 14"),
    ],
)
def test_an_emergency_at_once(config: Config, mmsi: int, status: int | None, device: str) -> None:
    (found,) = SafetyWatch(config).update(heard(row(mmsi, 10, status)))
    assert found.kind == "safety"
    assert found.evidence["device"] == device
    assert found.onset_at_us == found.opened_at_us == 10 * S
    assert "signals distress" in found.summary
    assert priority(config, found) == "E"


def test_a_test_is_logged(config: Config) -> None:
    watch = SafetyWatch(config)
    (found,) = watch.update(heard(row(SART, 10, 15)))
    assert priority(config, found) == "L"
    assert "reports a test" in log_events([found], Rules(config))[0].body["text"]
    closed, distress = watch.update(heard(row(SART, 20, 14)))
    assert closed.id == found.id
    assert closed.closed_at_us == 20 * S
    assert priority(config, distress) == "E"
    assert distress.id != found.id


@pytest.mark.parametrize("status", [0, 1, 15, None])
def test_ordinary_ships_are_none(config: Config, status: int | None) -> None:
    watch = SafetyWatch(config)
    assert watch.update(heard(row(SHIP, 10, status))) == []
    assert watch.update(Reports.blank(0)) == []


def test_once_while_it_goes_on(config: Config) -> None:
    watch = SafetyWatch(config)
    rows = [row(SART, 10, 14), row(SART, 70, 14), row(SART, 10, 14, flags=int(Flag.DUPLICATE))]
    assert len(watch.update(heard(*rows))) == 1
    assert watch.update(heard(row(SART, 130, 14))) == []
    assert watch.update(heard(row(SART, 5, 15))) == []  # older news


def test_a_vessels_status_ends_when_it_says_another(config: Config) -> None:
    watch = SafetyWatch(config)
    watch.update(heard(row(SHIP, 10, 14)))
    (closed,) = watch.update(heard(row(SHIP, 20, 0)))
    assert closed.closed_at_us == 20 * S
    assert closed.revision == 2
    assert watch.update(heard(row(SHIP, 30, 0))) == []


def test_a_place_that_comes_later(config: Config) -> None:
    watch = SafetyWatch(config)
    (found,) = watch.update(heard(row(SART, 10, 14, lon_deg=math.nan, lat_deg=math.nan)))
    assert "its position is not known" in found.summary
    (placed,) = watch.update(heard(row(SART, 70, 14)))
    assert placed.id == found.id
    assert placed.lon_deg == -61.5
    assert placed.revision == 2
    assert "not known" not in placed.summary
    assert len(placed.evidence["report_ids"]) == 2


def test_silence_ends_it_only_after_the_battery(config: Config) -> None:
    watch = SafetyWatch(config)
    watch.update(heard(row(SART, 0, 14)))
    assert watch.update(heard(row(SHIP, 96 * 3600, 0))) == []
    (lapsed,) = watch.update(heard(row(SHIP, 96 * 3600 + 1, 0)))
    assert lapsed.closed_at_us == 96 * H
    assert lapsed.reason == "not heard for 96 h"


def test_saved_and_resumed(config: Config) -> None:
    watch = SafetyWatch(config)
    watch.update(heard(row(SART, 10, 14), row(SHIP, 11, 14)))
    other = SafetyWatch(config)
    other.load(unpack(pack(watch.save())))
    after = heard(row(SHIP, 20, 0), row(SART, 21, 14))
    assert watch.update(after) == other.update(after)
    assert watch.save() == other.save()
