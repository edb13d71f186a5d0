"""The stations on the page: by key, in words, with the rose, and the banner of a wrong clock."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from demo_process import DemoProcess
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser
CLOCK = {
    "offset_s": 7.2, "error_s": 0.2, "spread_s": 0.3, "messages": 40, "agreeing": 38,
    "ships": 12, "bases": 1, "confidence": "high", "wrong": True,
}  # fmt: skip


def with_more(route: Route) -> None:
    """The node's own answer, a second station with a rose beside it, and a clock that is wrong."""
    body = route.fetch().json()
    (own,) = body["stations"]
    rose = [None if i % 7 == 3 else 8000 + 1800 * i for i in range(36)]
    far = {**own, "station": "Morne Diablotins", "feed": "tcp", "furthest_m": rose}
    body["stations"] += [{**far, "problems": ["clock"], "clock_offset_s": 7200.0}]
    body["node_clock"] = CLOCK
    route.fulfill(json=body)


def opened(page: Page) -> Any:
    page.wait_for_function("() => caribsis.link === 'open' && caribsis.pictureVersion > 0")
    page.keyboard.press("s")
    return page.get_by_role("dialog")


def test_the_demo_station_is_shown_with_its_clock(
    demo: DemoProcess, visit: Callable[..., Any]
) -> None:
    seen = visit(demo.url)
    dialog = opened(seen.page)
    station = dialog.get_by_role("article")
    expect(station).to_contain_text("CaribeWave 2017", timeout=15_000)
    expect(station).to_contain_text("no position loaded")
    expect(station).to_contain_text("ship")
    with urllib.request.urlopen(demo.url + "api/stations", timeout=20) as answer:
        told = json.load(answer)
    assert told["node_clock"] is None, "a recording says nothing of this machine's clock"
    assert told["stations"][0]["feed"] == "caribewave"
    seen.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert seen.errors == []


@pytest.mark.parametrize("palette", ["Day", "Night"])
@pytest.mark.parametrize("width", [1280, 360])
def test_rose_and_banner_fit(
    demo: DemoProcess, visit: Callable[..., Any], width: int, palette: str
) -> None:
    seen = visit("about:blank", width, 800)
    page = seen.page
    page.route("**/api/stations", with_more)
    page.goto(demo.url)
    page.get_by_role("button", name=palette).first.click()
    expect(
        page.get_by_text(
            "This machine's clock differs by 7 s (it is ahead) "
            "from what 12 ships and 1 base station say"
        )
    ).to_be_visible(timeout=15_000)
    button = page.get_by_role("button", name="Stations (1 to look at)")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("article").first).to_contain_text("Morne Diablotins")
    expect(dialog.get_by_role("article").first).to_contain_text("+2 h 00 min")
    rose = dialog.get_by_role("img")
    rose.scroll_into_view_if_needed()
    expect(rose).to_be_visible()
    drawn = page.evaluate("document.querySelector('.rose-heard').getBBox().width")
    assert drawn > 10, "the rose has wedges"
    wide = page.evaluate(
        "[document.documentElement.scrollWidth, document.querySelector('.stations').scrollWidth]"
    )
    assert max(wide) <= width
    assert seen.errors == []
