"""The offline map: one file, nothing from outside, names that cannot break it."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from picture_parts import BEGIN_US, SHIP, S, a_finding, make_reports

from mda.config import Config
from mda.errors import MdaError
from mda.model import Flag, Reports
from mda.picture.folium_map import write_map
from mda.picture.tracks import drawn_tracks

ROOT = Path(__file__).parents[3]
LEAFLET = ROOT / "web" / "node_modules" / "leaflet" / "dist"
LAND = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"x": 1},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[-61.4, 15.2], [-61.3, 15.2], [-61.3, 15.5], [-61.4, 15.2]]],
            },
        }
    ],
}
ZONES = {
    "type": "FeatureCollection",
    "features": [
        {
            **LAND["features"][0],  # type: ignore[index]
            "properties": {"name": "Dominica", "claimants": claimants, "status": status},
        }
        for claimants, status in (("Dominica", "agreed"), (["DM", "VE"], "disputed"))
    ],
}
NASTY = "<IMG SRC=X ONERROR=ALERT(1)>\\U\"'</SCRIPT>"


@pytest.fixture
def config() -> Config:
    return Config.load()


def track(gap: bool = True) -> Reports:
    rows = [
        {
            "at_us": BEGIN_US + i * 30 * S + (3600 * S if gap and i >= 10 else 0),
            "report_id": i + 1,
            "lon_deg": -61.5 + i * 0.002,
        }
        for i in range(20)
    ]
    return make_reports(*rows)


@pytest.fixture
def leaflet(tmp_path: Path) -> Path:
    """A stand-in library: what is tested here is our file, not Leaflet."""
    folder = tmp_path / "leaflet"
    (folder / "images").mkdir(parents=True)
    script = "/* Leaflet */ var a = '{{ x }} {% y %}';\n//# sourceMappingURL=leaflet.js.map"
    (folder / "leaflet.js").write_text(script)
    style = ".a{background:url(images/layers.png)} .b{background:url(images/none.png)}"
    (folder / "leaflet.css").write_text(style)
    (folder / "images" / "layers.png").write_bytes(b"\x89PNG")
    return folder


def write(path: Path, leaflet_dir: Path, tracks: Reports | None = None, **more: Any) -> str:
    options: dict[str, Any] = {"findings": [a_finding(), a_finding(status="withdrawn")], **more}
    write_map(
        path,
        track() if tracks is None else tracks,
        options.pop("findings"),
        options.pop("zones", ZONES),
        land_geojson=json.dumps(LAND).encode(),
        leaflet_dir=leaflet_dir,
        config=Config.load(),
        **options,
    )
    return path.read_text(encoding="utf-8")


class Requests(HTMLParser):
    """Every address that a browser would fetch for the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "srcset", "data") or (name == "href" and tag != "a"):
                self.found.append(str(value))


def test_nothing_is_fetched(tmp_path: Path, leaflet: Path) -> None:
    page = write(tmp_path / "map.html", leaflet)
    requests = Requests()
    requests.feed(page)
    assert requests.found == []
    assert not re.search(r"url\((?!data:)|@import|sourceMappingURL|cdn|jquery|bootstrap", page)
    assert "url(data:image/png;base64,iVBORw==)" in page
    assert "b{background:none}" in page
    assert "{{ x }} {% y %}" in page  # a library's braces are not a template
    assert "Not for navigation" in page


def test_what_is_drawn(tmp_path: Path, leaflet: Path) -> None:
    page = write(tmp_path / "map.html", leaflet, labels={SHIP: "FREE WIND"}, title="A & B")
    for words in ("FREE WIND", "not modelled", "Aves (disputed)", "still open", "A &amp; B",
                  "2 findings", "Gaps (not heard)", "DM, VE"):  # fmt: skip
        assert words in page


def test_nothing_to_draw(tmp_path: Path, leaflet: Path) -> None:
    empty = {"type": "FeatureCollection", "features": []}
    page = write(tmp_path / "m.html", leaflet, Reports.blank(0), findings=[], zones=empty)
    assert "0 findings" in page
    placeless = [a_finding(lon_deg=float("nan"))]
    assert "1 finding<" in write(tmp_path / "m.html", leaflet, findings=placeless)


def test_missing_pieces_are_told(tmp_path: Path, leaflet: Path) -> None:
    with pytest.raises(MdaError, match="Leaflet is not there") as missing:
        write(tmp_path / "map.html", tmp_path)
    assert "make deps" in str(missing.value)
    with pytest.raises(MdaError, match="cannot write the map"):
        write(tmp_path / "none" / "map.html", leaflet)


def test_tracks_are_split_where_nothing_was_heard(config: Config) -> None:
    flagged = make_reports({"flags": Flag.JUMP, "lon_deg": 0.0}, {"mmsi": SHIP + 1})
    reports = Reports.concat([track(), flagged.take(slice(1, 2)), flagged.take(slice(0, 1))])
    first, second = drawn_tracks(reports, config)
    solid, dashed = first.lines()
    assert [len(line) for line in solid] == [10, 10]
    assert dashed == [[solid[0][-1], solid[1][0]]]
    assert second.mmsi == SHIP + 1
    assert second.lines() == ([], [])
    (whole,) = drawn_tracks(track(gap=False), config)
    assert whole.gap_after == ()
    assert list(drawn_tracks(Reports.blank(0), config)) == []


@pytest.mark.parametrize(
    ("heading", "cog", "shape"),
    [
        (91.0, 10.0, "rotate(91 "),
        (float("nan"), 10.0, "rotate(10 "),
        (float("nan"),) * 2 + ("circle",),
    ],
)
def test_symbols_point_where_it_is_known(
    tmp_path: Path, leaflet: Path, heading: float, cog: float, shape: str
) -> None:
    tracks = make_reports({"heading_deg": heading, "cog_deg": cog})
    assert shape in write(tmp_path / "map.html", leaflet, tracks)


@pytest.mark.browser
def test_it_opens_without_a_network_and_names_are_only_text(tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium: apt-get install chromium")
    if not (LEAFLET / "leaflet.js").is_file():
        pytest.skip("Leaflet is not there: make deps")
    from playwright.sync_api import sync_playwright

    findings = [a_finding(summary=NASTY, lon_deg=-61.49)]
    write(tmp_path / "map.html", LEAFLET, findings=findings, labels={SHIP: NASTY})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(offline=True)
        page = context.new_page()
        problems: list[str] = []
        asked: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: (problems.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((tmp_path / "map.html").as_uri())
        page.wait_for_selector(".ship svg")
        page.hover(".ship svg")
        page.wait_for_selector(".leaflet-tooltip")
        assert "<IMG SRC=X ONERROR=ALERT(1)>" in page.inner_text(".leaflet-tooltip")
        assert page.locator(".leaflet-container img[src='X']").count() == 0
        assert page.locator(".leaflet-control-layers label").count() == 6
        browser.close()
    assert problems == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
