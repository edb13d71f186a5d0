"""Calibration: of all claims with a probability near p, does a share of p hold?

*Definition.* Pairs (probability, whether it was so). Ten bins of equal width, [0, 0.1) … [0.9, 1];
ECE is the mean over pairs of |mean probability - share true| of their bin (Naeini, Cooper and
Hauskrecht 2015; Guo et al. 2017). Brier (1950): mean of (probability - outcome)². Bounds of both
are the 2.5 and 97.5 percentiles of 1,000 bootstrap draws with a fixed seed.
*What it cannot see.* Inside a bin errors cancel. With few pairs ECE is biased upwards (its
expectation is above 0 for a perfect model), so n is always told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mda.evaluate.rates import Rate, wilson

BINS: Final = 10
DRAWS: Final = 1000
SEED: Final = 20_170_321


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs whose probability lies in one bin."""

    low: float
    high: float
    mean_probability: float | None
    true: Rate

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        mean = self.mean_probability
        return {
            "from": self.low,
            "to": self.high,
            "mean_probability": None if mean is None else round(mean, 6),
            "true": self.true.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Calibration:
    """How true the probabilities of a detector are. Numbers are None where n is 0."""

    n: int
    ece: float | None
    ece_95: tuple[float, float] | None
    brier: float | None
    brier_95: tuple[float, float] | None
    bins: tuple[Bin, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the binning stated."""
        return {
            "n": self.n,
            "binning": f"{BINS} bins of equal width over [0, 1]",
            "ece": _rounded(self.ece),
            "ece_95": _both(self.ece_95),
            "brier": _rounded(self.brier),
            "brier_95": _both(self.brier_95),
            "bins": [one.to_json() for one in self.bins],
        }

    def words(self) -> str:
        """One line; says so where no claim carries a probability."""
        if self.ece is None or self.brier is None or self.ece_95 is None or self.brier_95 is None:
            return "no claim with a probability: n = 0"
        return (
            f"ECE {self.ece:.3f} [{self.ece_95[0]:.3f}, {self.ece_95[1]:.3f}], "
            f"Brier {self.brier:.3f} [{self.brier_95[0]:.3f}, {self.brier_95[1]:.3f}] "
            f"(n = {self.n}, {BINS} equal bins)"
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _both(bounds: tuple[float, float] | None) -> list[float] | None:
    return None if bounds is None else [round(one, 6) for one in bounds]


def ece(probability: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    """Expected calibration error of pairs, shape (n,), n > 0."""
    where = _bin_of(probability)
    # Σ over bins of n_b/n · |mean p - mean true| = Σ |Σ p - Σ true| / n
    gap = np.bincount(where, probability, BINS) - np.bincount(where, true, BINS)
    return float(np.abs(gap).sum() / len(probability))


def brier(probability: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    """Mean squared error of probabilities, shape (n,), n > 0."""
    return float(((probability - true) ** 2).mean())


def calibration(pairs: Sequence[tuple[float, bool]]) -> Calibration:
    """Calibration of (probability, whether it was so) pairs."""
    probability = np.array([p for p, _ in pairs], np.float64)
    true = np.array([so for _, so in pairs], np.float64)
    where = _bin_of(probability)
    bins = tuple(_bin(i, probability[where == i], true[where == i]) for i in range(BINS))
    if not pairs:
        return Calibration(0, None, None, None, None, bins)
    draw = np.random.default_rng(SEED)
    rows = draw.integers(0, len(pairs), (DRAWS, len(pairs)))
    eces = np.array([ece(probability[row], true[row]) for row in rows])
    briers = np.array([brier(probability[row], true[row]) for row in rows])
    return Calibration(
        len(pairs),
        ece(probability, true),
        _middle(eces),
        brier(probability, true),
        _middle(briers),
        bins,
    )


def _middle(draws: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def _bin_of(probability: NDArray[np.float64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    return found


def _bin(number: int, probability: NDArray[np.float64], true: NDArray[np.float64]) -> Bin:
    mean = float(probability.mean()) if len(probability) else None
    rate = wilson(int(true.sum()), len(true))
    return Bin(number / BINS, (number + 1) / BINS, mean, rate)
