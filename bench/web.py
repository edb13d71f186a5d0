"""`make bench-web`: the page in a real Chromium, beside a control in the same run.

    .venv/bin/python -m bench.web [-o FILE]

Cold start to the first full picture, and redraws a second while the map is panned, next to the
redraws of an empty page on the same machine. On the bundled recording, so with some dozen targets:
the floods of the watch floor have benches of their own when they come.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from demo_process import DemoProcess  # noqa: E402

PAN_S = 10.0
SHOWN = (
    "() => caribsis.link === 'open' && caribsis.pictureVersion > 0 && "
    "caribsis.targets().length > 5 && caribsis.targets().every((t) => Number.isFinite(t.x))"
)
COUNT = """(ms) => new Promise((done) => {
  let frames = 0; const end = performance.now() + ms;
  const step = () => {
    frames += 1;
    performance.now() < end ? requestAnimationFrame(step) : done(frames);
  };
  requestAnimationFrame(step);
})"""


def pan(page: Page) -> float:
    """Redraws a second of the ship layer while the map is dragged round."""
    page.mouse.move(800, 400)
    page.mouse.down()
    began, frames, step = time.perf_counter(), page.evaluate("caribsis.frames"), 0
    while time.perf_counter() - began < PAN_S:
        step += 1
        page.mouse.move(800 + 150 * (step % 20 - 10) / 10, 400 + 100 * (step % 14 - 7) / 7)
    took_s = time.perf_counter() - began
    page.mouse.up()
    return float(page.evaluate("caribsis.frames") - frames) / took_s


def main() -> int:
    """Measure and write the figures."""
    parser = argparse.ArgumentParser(prog="bench.web", description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "build" / "bench-web.json")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = DemoProcess(Path(folder), 60.0).start()
        browser = playwright.chromium.launch(
            executable_path=next(p for p in CHROMIUM if Path(p).exists()), args=["--no-sandbox"]
        )
        try:
            size = {"width": 1280, "height": 800}
            empty = browser.new_page(viewport=size)
            control = empty.evaluate(COUNT, 3000) / 3.0
            starts = []
            for _ in range(5):
                page = browser.new_context(viewport=size).new_page()
                began = time.perf_counter()
                page.goto(demo.url)
                page.wait_for_function(SHOWN)
                starts.append(time.perf_counter() - began)
            redraws = pan(page)
            figures = {
                "cold_start_s": round(sorted(starts)[2], 3),
                "targets": len(page.evaluate("caribsis.targets()")),
                "pan_redraws_per_s": round(redraws, 1),
                "control_redraws_per_s": round(control, 1),
                "ratio": round(redraws / control, 2),
            }
        finally:
            browser.close()
            demo.stop()
    chosen.out.parent.mkdir(exist_ok=True)
    chosen.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for name, value in figures.items():
        print(f"{name:24}{value:>10}")
    print(f"written to {chosen.out}")
    return 0


CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")

if __name__ == "__main__":
    sys.exit(main())
