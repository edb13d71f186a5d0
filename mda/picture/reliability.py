"""A reliability chart: of claims with a probability near p, which share was true; as PNG.

The diagonal is a perfect detector. Bars over it show how many claims each bin holds; a point's
whisker is its 95 % bounds. What is drawn is handed over as numbers: nothing is computed here.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure

_SIZE_IN = (5.0, 6.0)
_DPI = 120


class ReliabilityBin(NamedTuple):
    """One bin: its edges, mean probability, share true with bounds, and how many claims."""

    low: float
    high: float
    probability: float
    true: float
    true_low: float
    true_high: float
    n: int


def reliability_png(title: str, note: str, bins: Sequence[ReliabilityBin]) -> bytes:
    """The chart of the bins that hold anything; `note` (n, ECE, Brier) stands below the title.

    The same numbers give the same bytes: no date is written into the file.
    """
    figure = Figure(figsize=_SIZE_IN, dpi=_DPI, layout="constrained")
    chart, counts = figure.subplots(2, 1, height_ratios=[4, 1], sharex=True)
    figure.suptitle(title)
    chart.set_title(note, fontsize=8)
    chart.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="perfect")
    if bins:
        true = [one.true for one in bins]
        below = [one.true - one.true_low for one in bins]
        above = [one.true_high - one.true for one in bins]
        at = [one.probability for one in bins]
        chart.errorbar(at, true, yerr=[below, above], fmt="o", capsize=3, label="claims, 95 %")
        widths = [one.high - one.low for one in bins]
        lows = [one.low for one in bins]
        counts.bar(lows, [one.n for one in bins], widths, align="edge", edgecolor="white")
    else:
        chart.text(0.6, 0.2, "no claim with a probability: n = 0", ha="center")
    chart.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that was true")
    chart.legend(loc="upper left")
    counts.set(xlabel="probability claimed", ylabel="claims")
    image = io.BytesIO()
    figure.savefig(image, format="png", metadata={"Software": None})
    return image.getvalue()
