"""Truth files: what they may hold, and what is said of a wrong one."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path

import pytest
from small_scenario import at_us, eventful_truth

from mda.errors import MdaError
from mda.evaluate.detectors import FINDS
from mda.evaluate.truth import find_scenarios, read_truth

EVENT = {
    "id": "e",
    "kind": "dark",
    "mmsi": [2, 1],
    "onset_at": "2023-11-14T22:13:20Z",
    "end_at": None,
}


def written(tmp_path: Path, body: object) -> Path:
    path = tmp_path / "truth.json"
    path.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
    return path


def test_a_scenario_gives_its_events_what_they_do_not_say(tmp_path: Path) -> None:
    truth = read_truth(written(tmp_path, eventful_truth()))
    assert (truth.name, truth.split) == ("eventful", "held-out")
    assert truth.exhaustive == set(FINDS) - {"zone_visit"}
    off, short, shadow = truth.events[:3]
    assert (off.onset_us, off.end_us) == (at_us(2), at_us(4))
    assert (off.split, off.mechanism, off.difficulty) == ("held-out", "plain", "easy")
    assert (short.reception, shadow.positive) == (0.4, False)


def test_a_bare_list_is_a_truth_too(tmp_path: Path) -> None:
    truth = read_truth(written(tmp_path, [EVENT]))
    assert truth.name == tmp_path.name
    (event,) = truth.events
    assert event.mmsis == (1, 2)
    assert event.end_us is None
    assert isnan(event.lon_deg)
    assert event.split == "not stated"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "JSON"),
        ({"events": 5}, "no list of events"),
        ([{**EVENT, "kind": "piracy"}], "unknown detector or kind 'piracy'"),
        ({"events": [], "exhaustive": ["sport"]}, "unknown detector or kind 'sport'"),
        ([EVENT, EVENT], "two events have the id 'e'"),
        ([{**EVENT, "onset_at": "yesterday"}], "event 'e' is not usable"),
        ([{"id": "x"}], "event 'x' is not usable"),
        (["x"], "event 'x' is not usable"),
        ([{**EVENT, "end_at": "2023-11-14T22:13:19Z"}], "ends before it begins"),
    ],
)
def test_a_wrong_truth_is_told(tmp_path: Path, body: object, said: str) -> None:
    with pytest.raises(MdaError, match=said) as raised:
        read_truth(written(tmp_path, body))
    assert raised.value.where == str(tmp_path / "truth.json")


def test_the_simulator_s_words_are_understood(tmp_path: Path) -> None:
    at = {"onset_at": "2023-11-14T22:13:20Z", "end_at": None}
    events = [
        {"id": "1", "detector": "D4", "kind": "quick transfer", "mmsis": [5, None, 4], **at},
        {"id": "2", "detector": "D1", "kind": "poor antenna", "positive": False, "mmsis": [6],
         **at},
        {"id": "3", "detector": "D8", "kind": "exit", "mmsis": [6], "zone": "eez-x", **at},
        {"id": "4", "detector": "D8", "kind": "work near a line", "mmsis": [6], **at},
        {"id": "5", "detector": "receiver", "kind": "duct collapse", "positive": False,
         "stations": ["a", "b"], **at},
    ]  # fmt: skip
    truth = read_truth(written(tmp_path, {"events": events}))
    met, poor, out, duct = truth.events
    assert (met.detector, met.kind, met.mmsis) == ("encounter", "quick transfer", (4, 5))
    assert (poor.detector, poor.positive) == ("dark", False)
    assert (out.detector, out.zone_id) == ("zone_visit", "eez-x")
    assert (duct.detector, duct.positive, duct.stations) == ("receiver", True, ("a", "b"))
    assert truth.exhaustive == set(FINDS)
    assert len(truth.of_zones(frozenset({"eez-x"})).events) == 4
    assert out not in truth.of_zones(frozenset({"eez-y"})).events
    named = read_truth(written(tmp_path, {"events": events, "exhaustive": ["D1", "encounter"]}))
    assert named.exhaustive == {"dark", "encounter"}


def test_scenarios_are_found_at_any_depth(tmp_path: Path) -> None:
    for name in ("b", "deep/a"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        written(folder, [])
        (folder / "two.nmea").write_bytes(b"")
        (folder / "one.nmea.gz").write_bytes(b"")
        (folder / "truth.parquet").write_bytes(b"")
    found = find_scenarios([tmp_path])
    assert [one.truth.name for one in found] == ["b", "a"]
    assert [f.name for f in found[0].files] == ["one.nmea.gz", "two.nmea"]


def test_a_directory_without_scenarios_or_sentences_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(MdaError, match="no scenario"):
            find_scenarios([folder])
    written(tmp_path, [])
    with pytest.raises(MdaError, match="without sentences"):
        find_scenarios([tmp_path])
