"""The server over loopback: what can be asked, acts, and doors that are shut."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import Stream, served
from small_node import BEGIN_US, SmallNode, silence

from mda.errors import MdaError, StoreError
from mda.server import Serving, create_app, serve


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
        assert found["first_look"] == [f"An aircraft could look at {found['case']['id']}."]
        assert [c["id"] for c in client.get("/api/cases").json()["cases"]] == [case.id]
        there = "/api/zones/at?lon=-61.5&lat=15.2"
        assert client.get(there).json()["text"] == "Dominica EEZ"
        assert client.get(f"{there}&at=2026-06-01T00:00:00Z").json()["at"] == "2026-06-01T00:00:00Z"
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
        ("/api/zones/at?lon=-181&lat=0", 422, "lon: "),
        ("/api/zones/at?lon=0", 422, "lat: "),
        ("/api/zones/at?lon=0&lat=0&at=2026-06-01T00:00:00", 422, "at: "),
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

        def locate(
            self, lon_deg: float, lat_deg: float, at_us: int | None = None
        ) -> dict[str, Any]:
            raise ZeroDivisionError

        def trails(self, since_us: int) -> dict[int, list[tuple[int, float, float]]]:
            raise MdaError("no such stretch")

    serving = served(Broken(), page)
    try:
        broken = httpx.get(f"{serving.url}api/zones.geojson")
        assert broken.status_code == 503
        assert broken.json() == {"error": "the store is damaged", "do": "Run mda restore"}
        assert httpx.get(f"{serving.url}api/trails").status_code == 400
        mistake = httpx.get(f"{serving.url}api/zones/at?lon=0&lat=0")
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
