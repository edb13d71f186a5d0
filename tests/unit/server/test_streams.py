"""The server's streams over loopback: events resume, positions come as frames."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from served import Stream, drain, served
from small_node import BEGIN_US, S, SmallNode, report, silence
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from mda.picture.wire import RECORD
from mda.server import Serving


# -- events ---------------------------------------------------------------------------------
def test_a_fresh_stream_begins_with_everything(serving: Serving, node: SmallNode) -> None:
    case = node.find(silence(329002300, BEGIN_US - 900 * S))[0]
    with Stream(serving.url) as stream:
        hello = stream.next()
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert hello["event"] == "hello"
        assert int(hello["id"]) == hello["data"]["seq"] == node.last_event_seq()
        assert [c["id"] for c in hello["data"]["cases"]] == [case.id]
        sent = hello["data"]["cases"][0]
        assert sent["opened_at"] == "2017-03-21T05:51:19Z"
        assert sent["closed_at"] is None
        assert sent["keys"] == ["329002300"]
        assert sent["mmsis"] == [329002300]
        assert hello["data"]["node"]["run"] == "run-1"
        assert hello["data"]["feeds"][0]["name"] == "sim"


def test_events_follow_in_order_and_findings_stay_inside(serving: Serving, node: SmallNode) -> None:
    with Stream(serving.url) as stream:
        stream.next()
        node.find(silence(329002300, BEGIN_US))
        case = stream.next()
        assert (case["event"], case["id"]) == ("case", "2")
        node.emit("log", {"at_us": BEGIN_US, "text": "note"})
        log = stream.next()
        assert (log["event"], log["id"]) == ("log", "3")
        assert log["data"] == {"at": "2017-03-21T05:51:19Z", "text": "note"}


def test_a_broken_stream_resumes_without_a_gap(serving: Serving, node: SmallNode) -> None:
    for i in range(1200):
        node.emit("log", {"n": i})
    with Stream(serving.url, last_id=7) as stream:
        ids = [stream.next() for _ in range(1193)]
    assert [int(m["id"]) for m in ids] == list(range(8, 1201))
    assert [m["data"]["n"] for m in ids] == list(range(7, 1200))


@pytest.mark.parametrize(("last", "query"), [("999", ""), ("nonsense", ""), ("1", "?run=run-0")])
def test_a_number_of_another_run_gets_hello_again(
    serving: Serving, node: SmallNode, last: str, query: str
) -> None:
    node.emit("log", {})
    with Stream(serving.url, last_id=last, query=query) as stream:  # type: ignore[arg-type]
        assert stream.next()["event"] == "hello"


def test_a_number_of_this_run_does_not(serving: Serving, node: SmallNode) -> None:
    node.emit("log", {})
    node.emit("log", {})
    with Stream(serving.url, last_id=1, query="?run=run-1") as stream:
        assert stream.next()["id"] == "2"


@pytest.mark.parametrize("told", [True, False])
def test_a_new_run_says_run_and_then_hello(serving: Serving, node: SmallNode, told: bool) -> None:
    node.emit("log", {})
    with Stream(serving.url) as stream:
        assert stream.next()["data"]["node"]["run"] == "run-1"
        node.begin_run("run-2", told=told)
        assert stream.next()["event"] == "run"
        hello = stream.next()
        assert hello["event"] == "hello"
        assert hello["data"]["node"]["run"] == "run-2"
        node.emit("log", {"after": 1})
        assert stream.next()["data"] == {"after": 1}


def test_the_heartbeat_has_no_number(serving: Serving, node: SmallNode) -> None:
    with Stream(serving.url) as stream:
        stream.next()
        beat = stream.next(clocks=True)
        assert beat["event"] == "clock"
        assert "id" not in beat
        assert beat["data"]["now"] == "2017-03-21T05:51:19Z"
        assert beat["data"]["watermark"] == "2017-03-21T05:51:17Z"
        assert beat["data"]["picture_version"] == node.picture().version
        assert beat["data"]["feeds"]


def test_stopping_ends_streams_and_sockets(node: SmallNode, page: Path) -> None:
    serving = served(node, page)
    with Stream(serving.url) as stream, connect(ws(serving)) as positions:
        stream.next()
        positions.recv(timeout=5)
        serving.stop()
        assert not serving.running
        with pytest.raises((EOFError, httpx.HTTPError)):
            stream.drain()
        with pytest.raises(ConnectionClosed) as closed:
            drain(positions)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
    serving.stop()


def test_streams_are_bounded_and_freed(node: SmallNode, page: Path) -> None:
    serving = served(node, page, **{"server.most_streams": 1})
    try:
        with Stream(serving.url) as stream, connect(ws(serving)) as positions:
            stream.next()
            positions.recv(timeout=5)
            refused = httpx.get(f"{serving.url}api/events")
            assert refused.status_code == 503
            assert "1 event streams are open" in refused.json()["error"]
            with pytest.raises(InvalidStatus):
                connect(ws(serving)).recv(timeout=5)
        for _ in range(100):  # the server sees a reader leave when it next writes to it
            if httpx.get(f"{serving.url}api/node").status_code == 200:
                with Stream(serving.url) as again:
                    if again.response.status_code == 200:
                        assert again.next()["event"] == "hello"
                        return
        pytest.fail("the place was never freed")
    finally:
        serving.stop()


# -- positions ------------------------------------------------------------------------------
def ws(serving: Serving) -> str:
    return f"ws://127.0.0.1:{serving.port}/api/positions"


def decode(frame: bytes) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    magic, flags, count, version, at_ms, watermark_ms = struct.unpack("<4sB3xIIdd", frame[:32])
    assert magic == b"CSP1"
    rows = np.frombuffer(frame, RECORD, offset=32)
    assert len(rows) == count
    head = {"whole": flags == 1, "version": version, "at_ms": at_ms, "watermark_ms": watermark_ms}
    return head, rows


def test_the_whole_picture_first_then_what_changed(serving: Serving, node: SmallNode) -> None:
    with connect(ws(serving), max_size=None) as positions:
        head, rows = decode(positions.recv(timeout=5))  # type: ignore[arg-type]
        assert head["whole"]
        assert head["at_ms"] == BEGIN_US / 1000
        assert rows["mmsi"].tolist() == [329002300]
        node.hear(report(330000001, BEGIN_US + S))
        head, rows = decode(positions.recv(timeout=5))  # type: ignore[arg-type]
        assert not head["whole"]
        assert rows["mmsi"].tolist() == [330000001]
        node.tick()
        head, rows = decode(positions.recv(timeout=5))  # type: ignore[arg-type]
        while not head["whole"]:
            assert len(rows) == 0
            node.tick()
            head, rows = decode(positions.recv(timeout=5))  # type: ignore[arg-type]
        assert rows["mmsi"].tolist() == [329002300, 330000001]


def test_a_new_run_brings_a_whole_picture_at_once(node: SmallNode, page: Path) -> None:
    serving = served(node, page, **{"server.whole_every_s": 600.0})
    try:
        with connect(ws(serving)) as positions:
            positions.recv(timeout=5)
            node.tick()
            assert not decode(positions.recv(timeout=5))[0]["whole"]  # type: ignore[arg-type]
            node.begin_run("run-2", told=True)
            head, rows = decode(positions.recv(timeout=5))  # type: ignore[arg-type]
            assert head["whole"]
            assert len(rows) == 0
    finally:
        serving.stop()


def test_a_client_that_says_anything_gets_the_whole_picture(node: SmallNode, page: Path) -> None:
    serving = served(node, page, **{"server.whole_every_s": 600.0})
    try:
        with connect(ws(serving)) as positions:
            assert decode(positions.recv(timeout=5))[0]["whole"]  # type: ignore[arg-type]
            node.tick()
            assert not decode(positions.recv(timeout=5))[0]["whole"]  # type: ignore[arg-type]
            positions.send("whole")
            head, rows = decode(positions.recv(timeout=5))  # type: ignore[arg-type]
            assert head["whole"]
            assert len(rows) == 1
    finally:
        serving.stop()


def test_positions_are_for_this_page_only(serving: Serving) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(ws(serving), origin="http://evil.example")  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
    with connect(ws(serving), origin=f"http://127.0.0.1:{serving.port}") as own:  # type: ignore[arg-type]
        assert own.recv(timeout=5)
