"""`mda demo` in a real Chromium: what a newcomer sees in the first minute."""

from __future__ import annotations

import json
import math
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from demo_process import DemoProcess
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
SHOWN = (
    "() => caribsis.link === 'open' && caribsis.pictureVersion > 0 && "
    "caribsis.targets().length > 5 && caribsis.targets().every((t) => Number.isFinite(t.x))"
)


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def mercator(lat_deg: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(lat_deg) / 2))


def pixel_of(page: Page, lon_deg: float, lat_deg: float) -> tuple[float, float]:
    """Where a place is drawn, told from where the page says that its targets are drawn."""
    drawn = page.evaluate("caribsis.targets()")
    a = min(drawn, key=lambda t: t["lat"])
    b = max(drawn, key=lambda t: t["lat"])
    west, east = min(drawn, key=lambda t: t["lon"]), max(drawn, key=lambda t: t["lon"])
    x = west["x"] + (east["x"] - west["x"]) * (lon_deg - west["lon"]) / (east["lon"] - west["lon"])
    span = mercator(b["lat"]) - mercator(a["lat"])
    y = a["y"] + (b["y"] - a["y"]) * (mercator(lat_deg) - mercator(a["lat"])) / span
    return x, y


def test_the_first_picture(demo: DemoProcess, visit: Callable[..., Any]) -> None:
    seen = visit(demo.url)
    seen.page.wait_for_function(SHOWN)
    expect(seen.page.get_by_text("REPLAY 2017-03-21").first).to_be_visible()
    assert all(url.startswith((demo.url, demo.url.replace("http", "ws"))) for url in seen.asked)
    assert seen.errors == []


def test_ships_move(demo: DemoProcess, visit: Callable[..., Any]) -> None:
    page = visit(demo.url).page
    page.wait_for_function(SHOWN)
    before = {t["key"]: (t["lon"], t["lat"]) for t in page.evaluate("caribsis.targets()")}
    moved: set[str] = set()
    for _ in range(40):
        page.wait_for_timeout(500)
        now = {t["key"]: (t["lon"], t["lat"]) for t in page.evaluate("caribsis.targets()")}
        moved |= {k for k in before if k in now and math.dist(before[k], now[k]) > 1e-4}
        if len(moved) >= 2:
            return
    pytest.fail("at sixty times real time two ships at least move in twenty seconds")


def test_a_ship_is_really_drawn_where_it_is_said_to_be(
    demo: DemoProcess, visit: Callable[..., Any]
) -> None:
    page = visit(demo.url).page
    page.wait_for_function(SHOWN)
    # A ship may sail from under the pointer, at sixty times real time: then point again.
    for _ in range(20):
        shown = page.evaluate("caribsis.targets()")
        target = next(t for t in shown if 420 < t["x"] < 1200 and 120 < t["y"] < 650)
        page.mouse.move(target["x"] + 40, target["y"] + 40)
        page.mouse.move(target["x"], target["y"])
        page.wait_for_timeout(700)
        near = [t for t in shown if math.dist((t["x"], t["y"]), (target["x"], target["y"])) < 12]
        names = [page.get_by_text(str(int(t["key"]) & 0xFFFFFFFF)).first for t in near]
        if any(name.is_visible() for name in names):
            return
    pytest.fail("no ship answered where the page says that it is drawn")


def test_dominicas_eez_is_named_on_hover(demo: DemoProcess, visit: Callable[..., Any]) -> None:
    page = visit(demo.url).page
    page.wait_for_function(SHOWN)
    x, y = pixel_of(page, -61.60, 15.64)
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    expect(page.get_by_role("contentinfo")).to_contain_text("Dominica's EEZ", timeout=15_000)


def test_list_map_and_api_agree(demo: DemoProcess, visit: Callable[..., Any]) -> None:
    page = visit(demo.url).page
    page.wait_for_function(SHOWN)
    shown = {case["id"] for case in page.evaluate("caribsis.cases()")}
    told = {case["id"] for case in get(demo.url + "api/cases")["cases"]}
    assert shown <= told
    assert len(told - shown) <= 1, "one may have come between the two questions"


def test_it_fits_a_phone(demo: DemoProcess, visit: Callable[..., Any]) -> None:
    page = visit(demo.url, 360, 800).page
    page.wait_for_function("() => caribsis.pictureVersion > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_night_is_dark(demo: DemoProcess, visit: Callable[..., Any]) -> None:
    page = visit(demo.url, color_scheme="dark").page
    page.wait_for_function(SHOWN)
    page.get_by_role("button", name="Night").or_(page.get_by_label("Night")).first.click()
    page.wait_for_timeout(300)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = [int(v) for v in colour.removeprefix("rgb(").rstrip(")").split(",")[:3]]
    assert max(channels) < 90


def test_an_acknowledgement_survives_kill_9_and_nothing_turns_dark(
    tmp_path_factory: pytest.TempPathFactory, visit: Callable[..., Any]
) -> None:
    process = DemoProcess(tmp_path_factory.mktemp("killed"), 60.0).start()
    try:
        page = visit(process.url).page
        page.wait_for_function(SHOWN)
        page.get_by_role("button", name="Acknowledge").first.click()
        page.wait_for_function(
            "() => caribsis.cases().some(c => c.state === 'active_acknowledged' ||"
            " c.state === 'normal') && caribsis.cases().every(c => !c.saving)"
        )
        before = {c["id"]: c for c in get(process.url + "api/cases")["cases"]}
        acked = {i for i, c in before.items() if c["acts"]}
        assert acked
        process.kill()
        process.start()
        after = {c["id"]: c for c in get(process.url + "api/cases")["cases"]}
        assert set(before) <= set(after)
        for id_ in acked:
            assert [a["id"] for a in after[id_]["acts"]] == [a["id"] for a in before[id_]["acts"]]
            assert after[id_]["state"] in ("active_acknowledged", "normal")
        fresh = [c for i, c in after.items() if i not in before and c["kind"] == "silence"]
        assert fresh == [], "a restart makes no vessel dark"
        page = visit(process.url).page
        page.wait_for_function(SHOWN)
        shown = {c["id"]: c["state"] for c in page.evaluate("caribsis.cases()")}
        for id_ in acked & set(shown):
            assert shown[id_] in ("active_acknowledged", "normal")
    finally:
        assert process.stop() == 0
