"""The reliability chart is a picture of the numbers handed over, and of nothing else."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.image import imread

from mda.picture.reliability import ReliabilityBin, reliability_png

BINS = [
    ReliabilityBin(0.1, 0.2, 0.15, 0.2, 0.1, 0.35, 40),
    ReliabilityBin(0.9, 1.0, 0.95, 0.6, 0.5, 0.7, 80),
]


def pixels(image: bytes) -> np.ndarray:
    return np.asarray(imread(io.BytesIO(image), format="png"))


def blue(image: bytes) -> np.ndarray:
    """Rows and columns where the first colour of the palette stands."""
    rgb = pixels(image)[:, :, :3]
    return np.argwhere((np.abs(rgb - np.array([31, 119, 180]) / 255) < 0.02).all(axis=2))


def test_the_same_numbers_give_the_same_picture() -> None:
    one, two = (reliability_png("Reliability: dark", "n = 120", BINS) for _ in range(2))
    assert one == two
    assert one[:8] == b"\x89PNG\r\n\x1a\n"
    assert pixels(one).shape[:2] == (720, 600)


def test_what_is_drawn_follows_the_numbers() -> None:
    low = reliability_png("", "", [BINS[0]._replace(n=80)])
    high = reliability_png("", "", [BINS[1]])
    # the bar, at the bottom, stands left for a low probability and right for a high one
    assert blue(low)[-1][1] < 300 < blue(high)[-1][1]


def test_no_claims_are_said_in_the_picture() -> None:
    empty = reliability_png("Reliability: dark", "n = 0", [])
    assert len(blue(empty)) == 0
    assert (pixels(empty)[:, :, :3] < 0.3).any()
