"""The server over loopback: events resume, positions come as frames, doors are shut."""

from __future__ import annotations

import json
import socket
import struct
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from small_node import BEGIN_US, S, SmallNode, report, silence
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from mda.config import Config
from mda.errors import MdaError, StoreError
from mda.picture.wire import RECORD
from mda.server import Serving, create_app, serve

FAST = {"server.heartbeat_s": 0.2, "server.frame_s": 0.05, "server.whole_every_s": 1.0}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<!doctype html><title>CARIBSIS</title>")
    (tmp_path / "app.js").write_text("// " + "x" * 4000)
    return tmp_path


@pytest.fixture
def node() -> SmallNode:
    node = SmallNode()
    node.hear(report(329002300, BEGIN_US))
    return node


def served(node: SmallNode, page: Path, **overrides: Any) -> Serving:
    config = Config.load(overrides={**FAST, **overrides})
    return serve(create_app(node, page, config), "127.0.0.1", 0)


@pytest.fixture
def serving(node: SmallNode, page: Path) -> Iterator[Serving]:
    running = served(node, page)
    yield running
    running.stop()
    assert not running.running


class Stream:
    """A reader of server-sent messages."""

    def __init__(self, url: str, last_id: int | None = None, query: str = "") -> None:
        headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
        self._client = httpx.Client(timeout=10)
        self._context = self._client.stream("GET", f"{url}api/events{query}", headers=headers)
        self.response = self._context.__enter__()
        self._lines = self.response.iter_lines()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.__exit__(None, None, None)
        self._client.close()

    def next(self, *, clocks: bool = False) -> dict[str, Any]:
        """The next message; without `clocks`, heartbeats are passed over."""
        fields: dict[str, Any] = {}
        for line in self._lines:
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            if "event" in fields and (clocks or fields["event"] != "clock"):
                return {**fields, "data": json.loads(fields["data"])}
            fields = {}
        raise EOFError

    def drain(self) -> None:
        """Read until the end, which raises."""
        while True:
            self.next(clocks=True)


def _drain(positions: ClientConnection) -> None:
    while True:
        positions.recv(timeout=5)


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
            _drain(positions)
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


# -- JSON -----------------------------------------------------------------------------------
def test_reads(serving: Serving, node: SmallNode) -> None:
    case = node.find(silence(329002300, BEGIN_US))[0]
    with httpx.Client(base_url=serving.url) as client:
        assert client.get("/api/node").json()["run"] == "run-1"
        vessels = client.get("/api/vessels").json()
        assert vessels["vessels"]["329002300"]["key"] == "329002300"
        card = client.get("/api/vessels/329002300").json()
        assert card["draught_m"] is None
        trails = client.get("/api/trails?minutes=5").json()["trails"]
        assert trails == {"329002300": [[BEGIN_US / 1000, -61.5, 15.2]]}
        found = client.get(f"/api/cases/{case.id}").json()
        assert found["case"]["id"] == case.id
        assert found["findings"][0]["mmsi"] == 329002300
        assert found["findings"][0]["evidence"] == {"threshold_s": 900.0, "figure": None}
        assert found["findings"][0]["probability"] is None
        assert [c["id"] for c in client.get("/api/cases").json()["cases"]] == [case.id]
        assert client.get("/api/locate?lon=-61.5&lat=15.2").json()["text"] == "Dominica EEZ"
        assert client.get("/api/picture").json()["features"][0]["properties"]["mmsi"] == 329002300
        zones = client.get("/api/zones.geojson")
        assert zones.headers["content-type"] == "application/geo+json"
        assert zones.headers["content-encoding"] == "gzip"
        assert zones.json()["features"] == []
        assert "/api/events" in client.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/nothing", 404, "there is nothing at /api/nothing"),
        ("/api/vessels/1", 404, "no vessel 1"),
        ("/api/vessels/x", 404, "no vessel x"),
        ("/api/cases/x", 404, "no case x"),
        ("/api/trails?minutes=0", 422, "minutes: "),
        ("/api/locate?lon=-181&lat=0", 422, "lon: "),
        ("/api/locate?lon=0", 422, "lat: "),
        ("/page/none.js", 404, "nothing at"),
        ("/docs", 404, "nothing at"),
    ],
)
def test_errors_are_json_in_words(serving: Serving, path: str, status: int, words: str) -> None:
    answer = httpx.get(serving.url.rstrip("/") + path)
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_broken_stores_and_mistakes_are_told(node: SmallNode, page: Path) -> None:
    class Broken(SmallNode):
        def zones_geojson(self) -> bytes:
            raise StoreError("the store is damaged", do="Run mda restore")

        def locate(self, lon_deg: float, lat_deg: float) -> dict[str, Any]:
            raise ZeroDivisionError

        def trails(self, since_us: int) -> dict[int, list[tuple[int, float, float]]]:
            raise MdaError("no such stretch")

    serving = served(Broken(), page)
    try:
        broken = httpx.get(f"{serving.url}api/zones.geojson")
        assert broken.status_code == 503
        assert broken.json() == {"error": "the store is damaged", "do": "Run mda restore"}
        assert httpx.get(f"{serving.url}api/trails").status_code == 400
        mistake = httpx.get(f"{serving.url}api/locate?lon=0&lat=0")
        assert mistake.status_code == 500
        assert mistake.json()["error"] == "the node made a mistake"
        assert mistake.headers["x-content-type-options"] == "nosniff"
    finally:
        serving.stop()


# -- acts -----------------------------------------------------------------------------------
def body(**changes: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "act": "acknowledge", "desk": "desk A", **changes}


def test_acknowledging_is_shared_and_repeating_is_the_same_act(
    serving: Serving, node: SmallNode
) -> None:
    case = node.find(silence(329002300, BEGIN_US))[0]
    sent = body(reason="seen")
    with Stream(serving.url) as desk_b:
        desk_b.next()
        url = f"{serving.url}api/cases/{case.id}/acts"
        first = httpx.post(url, json=sent).json()["case"]
        assert first["state"] == "active_acknowledged"
        assert first["acts"][0]["desk"] == "desk A"
        assert first["acts"][0]["at"] == "2017-03-21T05:51:19Z"
        assert httpx.post(url, json=sent).json()["case"]["revision"] == first["revision"]
        assert desk_b.next()["event"] == "act"
        assert desk_b.next()["data"]["state"] == "active_acknowledged"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"act": "explode"}, "act: "),
        ({"id": "not a uuid"}, "id: "),
        ({"desk": ""}, "desk: "),
        ({"more": 1}, "more: "),
        ({"act": "suspend", "reason": "x"}, "until when"),
        ({"act": "suspend", "until": "2017-03-21T08:00:00Z"}, "say why"),
        ({"act": "suspend", "reason": "x", "until": "2017-03-21T08:00:00"}, "until: "),
        ({"act": "false"}, "say why"),
        ({"act": "transfer"}, "which system"),
        ({"act": "note"}, "without words"),
    ],
)
def test_incomplete_acts_are_refused(
    serving: Serving, node: SmallNode, changes: dict[str, Any], words: str
) -> None:
    case = node.find(silence(329002300, BEGIN_US))[0]
    answer = httpx.post(f"{serving.url}api/cases/{case.id}/acts", json=body(**changes))
    assert answer.status_code == 422
    assert words in answer.json()["error"]
    assert node.cases()[0].acts == ()


def test_suspending_until(serving: Serving, node: SmallNode) -> None:
    case = node.find(silence(329002300, BEGIN_US))[0]
    sent = body(act="suspend", reason="known", until="2017-03-21T04:00:00-04:00")
    answer = httpx.post(f"{serving.url}api/cases/{case.id}/acts", json=sent).json()["case"]
    assert answer["state"] == "suspended"
    assert answer["suspended_until"] == "2017-03-21T08:00:00Z"


def test_an_act_on_no_case(serving: Serving) -> None:
    assert httpx.post(f"{serving.url}api/cases/none/acts", json=body()).status_code == 404


def test_a_case_that_went_while_acting(page: Path) -> None:
    class Forgetful(SmallNode):
        def act(self, act: Any) -> Any:
            raise KeyError(act.case_id)

    node = Forgetful()
    case = node.find(silence(329002300, BEGIN_US))[0]
    serving = served(node, page)
    try:
        answer = httpx.post(f"{serving.url}api/cases/{case.id}/acts", json=body())
        assert answer.status_code == 404
    finally:
        serving.stop()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 400),
        ({"Host": "127.0.0.1.evil.example:80"}, 400),
        ({"Host": "[::1"}, 400),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_foreign_pages_cannot_act(
    serving: Serving, node: SmallNode, headers: dict[str, str], status: int
) -> None:
    case = node.find(silence(329002300, BEGIN_US))[0]
    own = {"Content-Type": "application/json", **headers}
    url = f"{serving.url}api/cases/{case.id}/acts"
    answer = httpx.post(url, content=json.dumps(body()), headers=own)
    assert answer.status_code == status
    assert node.cases()[0].acts == ()


def test_long_requests_are_cut_off(serving: Serving, node: SmallNode) -> None:
    case = node.find(silence(329002300, BEGIN_US))[0]
    url = f"{serving.url}api/cases/{case.id}/acts"
    long = json.dumps(body(reason="x" * 100_000)).encode()
    headers = {"Content-Type": "application/json"}
    assert httpx.post(url, content=long, headers=headers).status_code == 413

    def chunks() -> Iterator[bytes]:
        yield from (long[i : i + 1000] for i in range(0, len(long), 1000))

    answer = httpx.post(url, content=chunks(), headers=headers)
    assert answer.status_code >= 400
    assert node.cases()[0].acts == ()


def test_the_own_page_and_configured_names_may_ask(node: SmallNode, page: Path) -> None:
    serving = served(node, page, **{"server.allowed_hosts": ("watch.local",)})
    case = node.find(silence(329002300, BEGIN_US))[0]
    try:
        for host in ("localhost:1", "watch.local", "WATCH.local:8080", "[::1]:9"):
            headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
            url = f"{serving.url}api/cases/{case.id}/acts"
            assert httpx.post(url, json=body(), headers=headers).status_code == 200
    finally:
        serving.stop()


# -- page, headers, port --------------------------------------------------------------------
def test_the_page_and_its_headers(serving: Serving) -> None:
    with httpx.Client(base_url=serving.url) as client:
        index = client.get("/")
        assert "CARIBSIS" in index.text
        script = client.get("/page/app.js")
        assert script.headers["content-encoding"] == "gzip"
        for answer in (index, script, client.get("/api/node"), client.get("/api/none")):
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'self';")
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert client.get("/api/node").headers["cache-control"] == "no-store"
        assert client.get("/page/../index.html").status_code == 404


def test_a_page_that_is_not_built_says_so(node: SmallNode, tmp_path: Path) -> None:
    serving = served(node, tmp_path / "none")
    try:
        answer = httpx.get(serving.url)
        assert answer.status_code == 503
        assert "make deps" in answer.text
        assert httpx.get(f"{serving.url}page/app.js").status_code >= 400
    finally:
        serving.stop()


def test_ports(node: SmallNode, page: Path) -> None:
    ready: list[str] = []
    app = create_app(node, page)
    serving = serve(app, "127.0.0.1", 0, lambda s: ready.append(s.url))
    try:
        assert ready == [f"http://127.0.0.1:{serving.port}/"]
        assert serving.port > 0
        with pytest.raises(MdaError, match="the port is taken") as taken:
            serve(create_app(node, page), "127.0.0.1", serving.port)
        assert "--port" in str(taken.value)
    finally:
        serving.stop()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
    with pytest.raises(MdaError, match="cannot listen"):
        serve(create_app(node, page), "192.0.2.1", 0)
    with pytest.raises(MdaError, match="not an address"):
        serve(create_app(node, page), "no such host.invalid", 0)


def test_many_desks_see_one_act(serving: Serving, node: SmallNode) -> None:
    case = node.find(silence(329002300, BEGIN_US))[0]
    seen: list[str] = []
    ready = threading.Barrier(9)

    def desk() -> None:
        with Stream(serving.url) as stream:
            stream.next()
            ready.wait(10)
            while True:
                got = stream.next()
                if got["event"] == "case":
                    seen.append(got["data"]["state"])
                    return

    desks = [threading.Thread(target=desk) for _ in range(8)]
    for thread in desks:
        thread.start()
    ready.wait(10)
    httpx.post(f"{serving.url}api/cases/{case.id}/acts", json=body())
    for thread in desks:
        thread.join(10)
    assert seen == ["active_acknowledged"] * 8
