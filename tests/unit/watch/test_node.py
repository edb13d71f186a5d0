"""A whole node in this process: a recording in, picture and cases out, acts durable."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from mda.alert.cases import Cases
from mda.cli.main import mda
from mda.cli.runs import DemoRuns, live_run, replay_run
from mda.config import Config
from mda.errors import ConfigError, FeedError, MdaError
from mda.model import Act, Sentence
from mda.store.desk import DeskStore
from mda.watch.casedesk import CaseDesk
from mda.watch.inbox import Inbox
from mda.watch.node import Node


def until(true: Callable[[], bool], limit_s: float = 60.0) -> None:
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


@pytest.fixture
def config() -> Config:
    return Config.load()


def test_a_replay_runs_to_its_end_and_stands_still(
    config: Config, caribewave: Path, tmp_path: Path
) -> None:
    node = Node(replay_run(config, [str(caribewave)], 0.0, tmp_path / "sea"), 10.0)
    node.start()
    until(node.ended.is_set)
    view = node.view
    info = view.info()
    assert info["banner"] == "REPLAY 2017-03-21"
    assert info["watermark"] == "2017-03-21T21:15:40Z"
    assert len(view.picture().targets) > 5
    (feed,) = view.feeds()
    assert (feed["state"], feed["lines"], feed["pending"]) == ("ended", 27_861, 0)
    assert view.last_event_seq() > 0
    assert view.events_after(0, 5)[0].seq == 1
    key = int(view.picture().targets.key[0])
    card = view.vessel(key)
    assert card is not None
    assert card["flag_claim"].startswith("claims")
    assert card["zones_text"]
    assert card["last_report"]["station"] == "log_ais_cw17"
    assert view.vessel(1) is None
    assert set(view.vessels()) == set(view.picture().targets.key.tolist())
    assert view.trails(0)
    assert view.locate(-61.6, 15.55)["zones"]
    assert b"FeatureCollection" in view.zones_geojson()[:200]
    assert not view.wait_events(view.last_event_seq(), 0.01)
    node.stop()
    assert node.failed is None


def test_an_act_is_durable_and_survives_a_restart(
    config: Config, caribewave: Path, tmp_path: Path
) -> None:
    node = Node(replay_run(config, [str(caribewave)], 0.0, tmp_path / "sea"), 10.0)
    node.start()
    until(node.ended.is_set)
    before = {case.id: case for case in node.view.cases()}
    first = next(c for c in before.values() if c.state == "active_unacknowledged")
    act = Act(str(uuid.uuid4()), first.id, "acknowledge", "desk 1", node.view.picture().at_us)
    assert node.view.act(act).state == "active_acknowledged"
    assert len(node.view.act(act).acts) == 1, "the same act again is the same act"
    with pytest.raises(KeyError):
        node.view.act(Act("x", "no such case", "acknowledge", "desk 1", 0))
    found = node.view.case(first.id)
    assert found is not None
    assert found[1]
    looks = node.view.first_look(found[0])
    assert looks
    assert all("not confirmed by the operator" in words for words in looks)
    assert node.view.case("none") is None
    node.stop()
    again = Node(replay_run(config, [str(caribewave)], 0.0, tmp_path / "sea"), 10.0)
    again.start()
    until(again.ended.is_set)
    after = {case.id: case for case in again.view.cases()}
    assert set(after) == set(before), "a restart finds nothing new and loses nothing"
    assert after[first.id].state == "active_acknowledged"
    again.stop()


def test_an_ingest_broken_off_between_log_and_desk_loses_nothing(
    config: Config, caribewave: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(folder: Path) -> set[str]:
        desk = DeskStore.open(folder / "desk.sqlite")
        ids = {finding.id for finding in desk.findings("ingest")}
        desk.close()
        return ids

    def ingest(folder: Path) -> None:
        CliRunner().invoke(mda, ["ingest", str(caribewave), "--archive", str(folder)])

    ingest(tmp_path / "whole")
    with monkeypatch.context() as broken:

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        broken.setattr(CaseDesk, "take", interrupt)
        ingest(tmp_path / "broken")
    assert not (tmp_path / "broken" / "manifest.json").exists()
    ingest(tmp_path / "broken")
    assert found(tmp_path / "broken") == found(tmp_path / "whole")


def test_a_finished_case_that_nobody_acknowledged_outlives_the_fold(
    config: Config, caribewave: Path, tmp_path: Path
) -> None:
    node = Node(replay_run(config, [str(caribewave)], 0.0, tmp_path / "sea"), 10.0)
    node.start()
    until(node.ended.is_set)
    waiting = {c.id: c for c in node.view.cases() if c.state == "rectified_unacknowledged"}
    assert waiting
    pipeline = node.view.run.pipeline
    pipeline.desk.cases.load(Cases(config).save())
    pipeline.seal(pipeline.store.log.last_seq)
    node.stop()
    again = Node(replay_run(config, [str(caribewave)], 0.0, tmp_path / "sea"), 10.0)
    again.start()
    after = {c.id: c for c in again.view.cases()}
    for id_, case in waiting.items():
        assert (after[id_].state, after[id_].revision) == (case.state, case.revision)
    first = next(iter(waiting))
    act = Act("one", first, "acknowledge", "desk 1", again.view.picture().at_us)
    assert again.view.act(act).state == "normal"
    other = next(id_ for id_ in waiting if id_ != first)
    with pytest.raises(MdaError, match="another case"):
        again.view.act(Act("one", other, "acknowledge", "desk 1", 0))
    again.stop()


def test_the_demo_loops_into_a_fresh_run(config: Config, tmp_path: Path) -> None:
    runs = DemoRuns(config, tmp_path, 3600.0, 2.0)
    node = Node(runs.current(), 10.0)
    node.start()
    first = node.view.info()["run"]
    assert node.view.picture().version > 0
    filed = [case for case in node.view.cases() if case.filed]
    assert all(case.opened_at_us < node.view.picture().at_us for case in filed)
    until(node.ended.is_set, 90.0)
    seq = node.view.last_event_seq()
    node.begin(runs.following(seq))
    runs.tidy()
    assert node.view.info()["run"] != first
    assert node.view.last_event_seq() > seq, "a page that follows never sees a number twice"
    assert [p.name for p in tmp_path.iterdir()] == ["run-0002"]
    assert node.view.wait_events(seq, 5.0)
    node.stop()


def test_a_demo_whose_state_is_of_another_version_begins_afresh(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = DemoRuns(config, tmp_path, 3600.0, 1.0)
    node = Node(runs.current(), 10.0)
    node.start()
    node.stop()
    monkeypatch.setattr("mda.watch.pipeline.STATE_VERSION", 999)
    again = DemoRuns(config, tmp_path, 3600.0, 1.0).current()
    assert again.pipeline.run == "demo-2"
    again.pipeline.store.close()


def test_a_live_node_hears_udp_and_follows_the_clock_in_silence(
    config: Config, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    source = tmp_path / "here.toml"
    source.write_text(f'name = "here"\nkind = "udp"\nhost = "127.0.0.1"\nport = {port}\n')
    settings = tmp_path / "node.toml"
    settings.write_text(
        f'[node]\nsources = ["{source}"]\ndata = "{tmp_path / "data"}"\n[flow]\nquiet_s = 1\n'
    )
    node = Node(live_run(Config.load(settings)), 1.0)
    node.start()
    line = b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        until(lambda: node.view.feeds()[0]["state"] in ("quiet", "live"))
        sender.sendto(line, ("127.0.0.1", port))
    until(lambda: len(node.view.picture().targets) == 1)
    mark = node.view.info()["watermark"]
    until(lambda: node.view.info()["watermark"] != mark)
    assert node.view.feeds()[0]["state"] == "quiet"
    assert node.view.info()["banner"] == ""
    node.stop()
    assert node.failed is None


def test_a_node_without_sources_says_what_to_do(config: Config) -> None:
    with pytest.raises(ConfigError, match="sources"):
        live_run(config)


def test_a_recording_without_times_cannot_be_replayed(config: Config, tmp_path: Path) -> None:
    file = tmp_path / "bare.nmea"
    file.write_text("!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\n")
    with pytest.raises(FeedError, match="no receive times"):
        replay_run(config, [str(file)], 1.0, tmp_path / "sea")


class Over:
    """A recording that has come to its end."""

    name = "over"

    def __iter__(self) -> Iterator[Sentence]:
        return iter(())

    def stop(self) -> None:
        pass


def test_a_feeds_end_waits_for_room(config: Config, caribewave: Path, tmp_path: Path) -> None:
    node = Node(replay_run(config, [str(caribewave)], 0.0, tmp_path / "sea"), 10.0)
    (source,) = node._sources.values()
    node._inbox = Inbox(1, 1)
    assert node._inbox.put(source, 0.0), "it is full now"
    source.feed = Over()
    feed = threading.Thread(target=node._listen, args=(source,))
    feed.start()
    feed.join(1.2)  # longer than one try: a fold may take so long
    assert feed.is_alive()
    assert node._inbox.take(1, 0.0, 0.0) == [source]
    assert node._inbox.take(1, 5.0, 0.0) == [source], "a replay would never end without it"
    feed.join(5.0)
    node._pipeline.close()
