"""Safety text through a real pipeline: into the log, durable, told once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyais
import pytest

from mda.alert.safety_text import SafetyTexts
from mda.cli.bundled import bundled_waters
from mda.cli.wiring import FeedPlan, build_pipeline
from mda.clock import ReplayClock
from mda.config import Config
from mda.decode import detail
from mda.model import Event, Other, RowKind, Sentence
from mda.watch.flow import start_row
from mda.watch.pipeline import Pipeline

T0 = 1_490_075_479_000_000
SECOND = 1_000_000
SHIP = 329_002_300


def sentences(**fields: Any) -> list[bytes]:
    return [line.encode() for line in pyais.encode_dict(fields, talker_id="AI")]


def said(text: str, mmsi: int = SHIP, to: int | None = None) -> list[bytes]:
    if to is None:
        return sentences(msg_type=14, mmsi=mmsi, text=text)
    return sentences(msg_type=12, mmsi=mmsi, dest_mmsi=to, text=text)


def row(line: bytes, after_s: int = 0, feed: int = 0) -> Sentence:
    return Sentence(RowKind.LINE, feed, T0 + after_s * SECOND, line)


def opened(root: Path) -> Pipeline:
    plans = [FeedPlan("north", "Morne"), FeedPlan("south", "Scotts Head")]
    pipeline, codes, _ = build_pipeline(
        Config.load(), bundled_waters(), root, "live", plans, ReplayClock(T0, 1.0)
    )
    assert codes == {"north": 0, "south": 1}
    return pipeline


def logged(pipeline: Pipeline) -> list[dict[str, Any]]:
    events: list[Event] = pipeline.store.desk.events_after("live", 0, 1000)
    return [
        dict(event.body)
        for event in events
        if event.kind == "log" and event.body.get("kind") == "safety_text"
    ]


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    made = opened(tmp_path / "node")
    made.take([start_row(T0, T0)])
    yield made
    made.close()


def test_a_text_stands_in_the_log_with_who_and_where(pipeline: Pipeline) -> None:
    told: list[Event] = []
    pipeline.desk.on_events = told.extend
    pipeline.take([row(line, 1) for line in said("PAN PAN <B>ENGINE</B>", to=2_110_000)])
    pipeline.take([row(line, 60, feed=1) for line in said("GUNNERY UNTIL NOON", mmsi=3_290_001)])
    first, second = logged(pipeline)
    assert first["text"] == ('Safety text from 329002300 to 002110000: "PAN PAN <B>ENGINE</B>"')
    assert first["said"] == "PAN PAN <B>ENGINE</B>"
    assert (first["sender_mmsi"], first["to_mmsi"]) == (SHIP, 2_110_000)
    assert (first["station"], first["msg_type"]) == ("north", 12)
    assert first["at_us"] == T0 + SECOND
    assert (second["station"], second["to_mmsi"]) == ("south", None)
    assert second["mmsis"] == [3_290_001]
    assert [event.kind for event in told] == ["log", "log"]


def test_the_same_words_heard_twice_are_one_line(pipeline: Pipeline) -> None:
    lines = said("SHOAL REPORTED")
    pipeline.take([row(lines[0]), row(lines[0], 1, feed=1)])
    pipeline.take([row(lines[0], 2)])
    assert len(logged(pipeline)) == 1
    pipeline.take([row(lines[0], 120)])
    assert len(logged(pipeline)) == 2


def test_a_beacon_is_not_told_twice(pipeline: Pipeline) -> None:
    pipeline.take([row(line) for mmsi in (970_012_345, 972_012_345, 974_012_345)
                   for line in said("SART ACTIVE", mmsi=mmsi)])  # fmt: skip
    assert logged(pipeline) == []


def test_told_once_after_a_restart(tmp_path: Path) -> None:
    root = tmp_path / "node"
    pipeline = opened(root)
    pipeline.take([start_row(T0, T0), *(row(line) for line in said("ONE"))])
    pipeline.store.close()
    again = opened(root)
    assert again.recover() == 2
    again.take([row(line, 1) for line in said("TWO")])
    assert [body["said"] for body in logged(again)] == ["ONE", "TWO"]
    again.close()
    third = opened(root)
    third.recover()
    third.take([row(line, 2) for line in said("TWO")])
    assert [body["said"] for body in logged(third)] == ["ONE", "TWO"]
    third.close()


def test_a_station_that_names_itself_and_a_text_nobody_can_read() -> None:
    texts = SafetyTexts(Config.load(), detail)
    broken = Other(7, 0, 14, SHIP, T0, (b"!AIVDM,1,1,,A,>000,0*00",), "rDOM1")
    (event,) = texts.take([broken], ["north"])
    assert event.body["station"] == "rDOM1"
    assert event.body["said"] is None
    assert event.body["text"] == "Safety text from 329002300: no words that can be read"
    again = SafetyTexts(Config.load(), detail)
    again.load(texts.save())
    assert again.take([broken], ["north"]) == []


def test_a_long_text_is_bounded_in_the_line() -> None:
    texts = SafetyTexts(Config.load(), lambda lines: {"text": "A" * 161})
    (event,) = texts.take([Other(1, 5, 14, SHIP, T0, (), "")], ["north"])
    assert event.body["text"].count("A") == 156
    assert event.body["station"] == ""
    assert texts.take([Other(2, 0, 8, SHIP, T0, (), "")], ["north"]) == []
