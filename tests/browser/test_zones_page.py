"""Zones on the live page: layers that draw, toggle by keys, are remembered, say what they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from demo_process import DemoProcess
from playwright.sync_api import Page, expect

from mda.cli.main import mda

pytestmark = pytest.mark.browser
LAYERS = ("limits", "belts", "disputed", "joint", "rules", "own")
PATIENCE_MS = 120_000
"""Where the library's own drawing is of another version the node makes the outlines anew."""
REGION = "12.5/-63/6"
"""Latitude, longitude and zoom of a view that holds every layer."""
SEASON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "lobster season"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[-62.2, 14.6], [-61.2, 14.6], [-61.2, 15.0], [-62.2, 15.0], [-62.2, 14.6]]
                ],
            },
        }
    ],
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    """The demo with a zone of its own, loaded before it started."""
    data = tmp_path_factory.mktemp("zones-demo")
    file = data / "season.geojson"
    file.write_text(json.dumps(SEASON), encoding="utf-8")
    words = ["zones", "add", str(file), "--kind", "season", "--data", str(data)]
    added = CliRunner().invoke(mda, [*words, "--as-user", "tester"], catch_exceptions=False)
    assert added.exit_code == 0, added.output
    process = DemoProcess(data, 60.0).start()
    yield process
    process.stop()


Opened = Callable[..., Page]


@pytest.fixture
def opened(node: DemoProcess, visit: Callable[..., Any]) -> Opened:
    """Opens the page as a desk that chose before: `opened(palette="night")`."""

    def open_page(**chosen: str) -> Page:
        stored = {"view": REGION, **chosen}
        local = [{"name": f"caribsis.{name}", "value": text} for name, text in stored.items()]
        origins = [{"origin": node.url.rstrip("/"), "localStorage": local}]
        found: Page = visit(node.url, storage_state={"cookies": [], "origins": origins}).page
        return found

    return open_page


@pytest.fixture
def page(opened: Opened) -> Page:
    found = opened()
    drawn(found, *LAYERS)
    return found


def drawn(page: Page, *layers: str) -> dict[str, int]:
    """Waits until each of these layers drew something; what every layer drew."""
    wanted = json.dumps(layers)
    page.wait_for_function(
        f"() => {wanted}.every((l) => (caribsis.zones()[l] ?? 0) > 0)", timeout=PATIENCE_MS
    )
    return dict(page.evaluate("caribsis.zones()"))


def sea(page: Page) -> bytes:
    """The picture of the map's base, once it has come to rest."""
    page.wait_for_timeout(400)
    return bytes(page.locator(".map").screenshot())


def test_every_layer_is_drawn(page: Page) -> None:
    counts = drawn(page, *LAYERS)
    assert counts["limits"] > 20
    assert counts["own"] == 1


def test_layers_are_switched_by_keys_and_remembered(page: Page) -> None:
    button = page.get_by_role("button", name="Layers")
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("z")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".layers-note")).to_contain_text("No line of ours is a legal limit")
    for layer in LAYERS:
        box = page.locator(f"#layer-{layer}")
        expect(box).to_be_focused()
        expect(box).to_be_checked()
        before = sea(page)
        page.keyboard.press("Space")
        page.wait_for_function(f"() => caribsis.zones().{layer} === undefined")
        assert sea(page) != before, f"the map looks the same without {layer}"
        page.keyboard.press("Tab")
    assert page.evaluate("caribsis.zones()") == {}
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    drawn(page, "own")
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(button).to_be_focused()
    page.reload()
    assert drawn(page, "own").keys() == {"own"}
    expect(page.locator("#layer-limits")).not_to_be_checked()


@pytest.mark.parametrize("palette", ["day", "dusk", "night"])
def test_disputed_water_is_hatched_in_every_palette(opened: Opened, palette: str) -> None:
    page = opened(palette=palette)
    drawn(page, *LAYERS)
    shown = sea(page)
    page.keyboard.press("z")
    page.locator("#layer-disputed").uncheck()
    page.wait_for_function("() => caribsis.zones().disputed === undefined")
    assert sea(page) != shown


def test_whose_water_by_key_and_by_the_help(opened: Opened) -> None:
    page = opened(view="14.8/-61.9/9")
    drawn(page, "limits", "own")
    page.keyboard.press("w")
    water = page.locator(".pointer-water")
    expect(water).to_contain_text("Martinique's EEZ")
    expect(water).to_contain_text("lobster season")
    page.keyboard.press("?")
    for words in ("disputed water, claimed by several", "between two parts of one state"):
        expect(page.get_by_text(words)).to_be_visible()


def test_the_point_and_the_outlines_are_answered_by_the_node(node: DemoProcess, page: Page) -> None:
    at = page.request.get(f"{node.url}api/zones/at?lon=-61.9&lat=14.8").json()
    assert {zone["kind"] for zone in at["zones"]} >= {"eez", "season"}
    assert [zone["own"] for zone in at["zones"] if zone["kind"] == "season"] == [True]
    outlines = page.request.get(f"{node.url}api/zones.geojson").json()["features"]
    families = {f["properties"]["family"] for f in outlines}
    assert families == {"waters", "belts", "rules", "own"}


def test_nothing_is_asked_of_others(node: DemoProcess, visit: Callable[..., Any]) -> None:
    seen = visit(node.url)
    drawn(seen.page, "limits")
    own = (node.url, node.url.replace("http", "ws"))
    assert all(url.startswith(own) for url in seen.asked)
    assert seen.errors == []
