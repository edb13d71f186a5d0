"""Calibration against hand-computed cases and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from mda.evaluate.calibration import BINS, calibration


def test_by_hand() -> None:
    # two at 0.2, one of them true: off by 0.3; 0.9 and 1.0 in the last bin, both true: off by 0.05
    found = calibration([(0.2, True), (0.2, False), (0.9, True), (1.0, True)])
    assert found.n == 4
    assert found.ece == pytest.approx((2 * 0.3 + 2 * 0.05) / 4)
    assert found.brier == pytest.approx((0.64 + 0.04 + 0.01 + 0.0) / 4)
    assert found.bins[2].mean_probability == pytest.approx(0.2)
    assert (found.bins[2].true.k, found.bins[2].true.n) == (1, 2)
    assert found.bins[9].true.value == 1.0
    assert found.bins[5].mean_probability is None
    assert "n = 4" in found.words()


def test_against_scikit_learn() -> None:
    draw = np.random.default_rng(7)
    probability = draw.random(500)
    true = draw.random(500) < probability**2
    found = calibration(list(zip(probability.tolist(), true.tolist(), strict=True)))
    share, mean = calibration_curve(true, probability, n_bins=BINS, strategy="uniform")
    count = np.histogram(probability, BINS, (0, 1))[0]
    assert found.ece == pytest.approx(float((count * np.abs(share - mean)).sum() / 500))
    assert found.brier == pytest.approx(brier_score_loss(true, probability))
    assert found.ece_95 is not None
    assert found.ece_95[0] <= found.ece <= found.ece_95[1]
    body = found.to_json()
    assert body["binning"] == "10 bins of equal width over [0, 1]"
    assert body["brier_95"][0] < body["brier"] < body["brier_95"][1]


def test_the_same_pairs_give_the_same_bounds() -> None:
    pairs = [(0.1 * i, i % 2 == 0) for i in range(10)]
    assert calibration(pairs) == calibration(pairs)


def test_nothing_to_calibrate() -> None:
    found = calibration([])
    assert (found.n, found.ece, found.brier) == (0, None, None)
    assert found.words() == "no claim with a probability: n = 0"
    assert found.to_json()["ece_95"] is None
