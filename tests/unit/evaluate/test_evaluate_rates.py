"""Rates and their bounds against hand-computed cases, scipy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score

from mda.evaluate.rates import f1, per_exposure, quantile, wilson


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_that_of_scipy(pair: tuple[int, int]) -> None:
    k, n = pair
    rate = wilson(k, n)
    theirs = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert rate.value == k / n
    assert rate.low == pytest.approx(theirs.low, abs=1e-12)
    assert rate.high == pytest.approx(theirs.high, abs=1e-12)


def test_wilson_by_hand() -> None:
    # 8 of 10: centre (0.8 + 3.8415/20) / 1.38415, half 1.96/1.38415 * sqrt(0.016 + 3.8415/400)
    rate = wilson(8, 10)
    assert (rate.low, rate.high) == (
        pytest.approx(0.49016, abs=1e-5),
        pytest.approx(0.94331, abs=1e-5),
    )


def test_no_events_are_told_as_such() -> None:
    for rate in (wilson(0, 0), f1(0, 0, 0), per_exposure(0, 0.0)):
        assert (rate.value, rate.low, rate.high) == (None, None, None)
        assert rate.words() == "no events: n = 0"
        assert rate.to_json()["value"] is None


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 60))
def test_f1_is_that_of_scikit_learn(hits: int, false: int, missed: int) -> None:
    true = [1] * hits + [0] * false + [1] * missed
    claimed = [1] * hits + [1] * false + [0] * missed
    rate = f1(hits, false, missed)
    assert rate.value == pytest.approx(f1_score(true, claimed))
    assert rate.low is not None
    assert rate.high is not None
    assert rate.low <= rate.value <= rate.high


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 300])
def test_a_count_has_the_exact_poisson_limits(count: int) -> None:
    rate = per_exposure(count, 4.0)
    assert rate.value == count / 4
    low = stats.chi2.ppf(0.025, 2 * count) / 8 if count else 0.0
    assert rate.low == pytest.approx(low, rel=1e-8)
    assert rate.high == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 8, rel=1e-8)


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=80), st.sampled_from([0.5, 0.95]))
def test_a_quantile_has_the_order_statistics_that_hold_it(
    values: list[float], share: float
) -> None:
    found = quantile(values, share)
    ordered, n = sorted(values), len(values)
    assert found.value == pytest.approx(np.quantile(values, share))
    # by scipy: the largest i with P(B < i + 1) <= 0.025, the smallest with P(B <= i) >= 0.975
    below = stats.binom.cdf(np.arange(n), n, share)
    lows, highs = np.flatnonzero(below <= 0.025), np.flatnonzero(below >= 0.975)
    assert found.low == (ordered[lows[-1]] if len(lows) else None)
    assert found.high == (ordered[highs[0]] if len(highs) else None)


def test_a_quantile_of_nothing() -> None:
    assert quantile([], 0.5).to_json() == {"n": 0, "value": None, "low_95": None, "high_95": None}
