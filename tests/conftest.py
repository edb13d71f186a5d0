"""What every test may ask for: the recordings, a real Chromium, and how many examples are drawn."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)

# Drawn anew each time a law is worth most; drawn the same each time, a red run can be repeated.
# `make test` repeats, `make soak` (HYPOTHESIS_PROFILE=soak) draws anew and more.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=40, suppress_health_check=_SLOW
)
settings.register_profile("soak", deadline=None, max_examples=1000, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recordings that cannot ship with the project; skips where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the shared recordings (../shared/data), which are not on this machine")
    return folder


@pytest.fixture(scope="session")
def caribewave() -> Path:
    """The bundled CaribeWave 2017 recording (gzip; epoch, comma, sentence)."""
    found = sorted((ROOT / "data" / "caribewave").glob("*.log.gz"))
    if not found:
        pytest.fail("data/caribewave/ holds no recording: is the checkout whole?")
    return found[0]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a real Chromium, for `playwright.chromium.launch(executable_path=chromium)`.

    A missing one fails, because a page that was never opened was never tested.
    """
    for name in filter(None, (os.environ.get("CARIBSIS_CHROMIUM"), *CHROMIUM_NAMES)):
        path = shutil.which(name)
        if path:
            return path
    pytest.fail(
        "no Chromium on this machine. Bring it with: sudo apt-get install chromium"
        " (or name one in CARIBSIS_CHROMIUM)"
    )
