"""Rates with their bounds: nothing is told as a number without n and how sure it is.

*Definition.* A rate is k of n with Wilson's score interval (Wilson 1927; Brown, Cai and DasGupta
2001 recommend it for small n). F1 = 2 TP / (2 TP + FP + FN) is no proportion, but a rising function
of one: with J = TP / (TP + FP + FN), F1 = 2 J / (1 + J), so Wilson's bounds of J are carried over.
A count in an exposure has the exact Poisson limits (Garwood 1936). A quantile has the order
statistics that hold it with 95 % (binomial, distribution free).
*What it cannot see.* Events of one scenario are not independent: true uncertainty is wider.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from typing import Any, Final

import numpy as np

Z_95: Final = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share or a count in an exposure, with its 95 % bounds; all three None where n is 0."""

    k: int
    n: float
    value: float | None
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "k": self.k,
            "n": self.n,
            "value": _rounded(self.value),
            "low_95": _rounded(self.low),
            "high_95": _rounded(self.high),
        }

    def words(self) -> str:
        """`0.833 [0.436, 0.970] (5 of 6)`, or `no events: n = 0`."""
        if self.value is None or self.low is None or self.high is None:
            return "no events: n = 0"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] ({self.k} of {self.n:g})"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def wilson(k: int, n: int) -> Rate:
    """k of n with Wilson's 95 % bounds.

    >>> wilson(5, 6).words(), wilson(0, 0).words()
    ('0.833 [0.436, 0.970] (5 of 6)', 'no events: n = 0')
    """
    if n == 0:
        return Rate(k, n, None, None, None)
    share, z2 = k / n, Z_95 * Z_95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if k == 0 else centre - half
    high = 1.0 if k == n else centre + half
    return Rate(k, n, share, low, high)


def f1(hits: int, false: int, missed: int) -> Rate:
    """F1 of so many hits, false claims and missed events; n is their sum, k the hits.

    >>> f1(3, 1, 1).value
    0.75
    """
    jaccard = wilson(hits, hits + false + missed)
    if jaccard.low is None or jaccard.high is None:
        return jaccard
    low, high = (2 * j / (1 + j) for j in (jaccard.low, jaccard.high))
    return Rate(jaccard.k, jaccard.n, 2 * hits / (2 * hits + false + missed), low, high)


def per_exposure(count: int, exposure: float) -> Rate:
    """A count per unit of exposure with exact 95 % bounds.

    >>> per_exposure(10, 2.0).value, per_exposure(3, 0.0).value
    (5.0, None)
    """
    if exposure <= 0:
        return Rate(count, exposure, None, None, None)
    low = _poisson_mean(count - 1, 0.975) if count else 0.0
    high = _poisson_mean(count, 0.025)
    return Rate(count, exposure, count / exposure, low / exposure, high / exposure)


def _poisson_mean(count: int, chance: float) -> float:
    """The mean of the Poisson distribution that has at most `count` with this chance."""
    low, high = 0.0, 2.0 * count + 20.0
    while high - low > 1e-10 * high:
        mean = (low + high) / 2
        logs = (i * log(mean) - mean - lgamma(i + 1) for i in range(count + 1))
        if sum(exp(one) for one in logs) > chance:
            low = mean
        else:
            high = mean
    return (low + high) / 2


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of n values with its 95 % bounds.

    The value is None without any value, a bound where so few values bound nothing."""

    share: float
    n: int
    value: float | None
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        bounds = {"low_95": _rounded(self.low), "high_95": _rounded(self.high)}
        return {"n": self.n, "value": _rounded(self.value), **bounds}


def quantile(values: Sequence[float], share: float) -> Quantile:
    """The `share` quantile (linear between order statistics), bounds by order statistics.

    Bounds are the narrowest pair of order statistics that leaves at most 2.5 % on each side.

    >>> quantile([1.0, 2.0, 3.0], 0.5)
    Quantile(share=0.5, n=3, value=2.0, low=None, high=None)
    """
    ordered = sorted(values)
    n = len(ordered)
    if n == 0:
        return Quantile(share, 0, None, None, None)
    low = high = None
    below = 0.0
    for i in range(n + 1):
        # P(exactly i of n values lie below the quantile)
        before, below = below, below + _binomial(i, n, share)
        if below <= 0.025 and i < n:
            low = ordered[i]
        if high is None and before < 0.975 <= below and i < n:
            high = ordered[i]
    return Quantile(share, n, float(np.quantile(ordered, share)), low, high)


def _binomial(i: int, n: int, share: float) -> float:
    """P(i of n) of the binomial distribution, 0 < share < 1."""
    ways = lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1)
    return exp(ways + i * log(share) + (n - i) * log(1 - share))
