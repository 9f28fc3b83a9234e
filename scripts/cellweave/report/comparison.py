"""Trackers side by side, on the same detections."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cellweave.report.figures import INK, SERIES, WIDTH_IN, house_style, sentence, tooltip
from cellweave.report.metrics import NO_TRACKER, format_value

METRICS = {"LNK": "LNK", "BC1": "BC(1)"}
ROW_IN = 0.17
LEAST = 0.75
"""Scores below are drawn at the left edge."""


def comparison_figure(scores: pd.DataFrame) -> Figure:
    """Draw LNK and BC(1) of every tracker, a row of axes per data set and model.

    Parameters
    ----------
    scores : DataFrame
        `dataset sequence model tracker metric value n`. Sequences of a data set are drawn in their order, the first
        one filled, others (its late frames, say) hollow.
    """
    kept = scores[(scores["tracker"] != NO_TRACKER) & scores["metric"].isin(list(METRICS))].dropna(subset=["value"])
    if kept.empty:
        return sentence("No comparison of trackers: nothing was tracked that has a lineage to compare with.")
    sets = [(names, part) for names, part in kept.groupby(["dataset", "model"], sort=True)]
    heights = [part["tracker"].nunique() + 1.5 for _, part in sets]
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, ROW_IN * sum(heights) + 0.5))
        axes = figure.subplots(len(sets), len(METRICS), squeeze=False, height_ratios=heights)
        for row, ((dataset, model), part) in zip(axes, sets, strict=True):
            trackers = list(dict.fromkeys(part["tracker"]))[::-1]
            for ax, (metric, name) in zip(row, METRICS.items(), strict=True):
                _dots(ax, part[part["metric"] == metric], trackers)
                ax.set_title(f"{dataset}, {model}" if metric == "LNK" else name)
                ax.set_yticks(range(len(trackers)), trackers if metric == "LNK" else [""] * len(trackers))
                ax.set_ylim(-0.7, len(trackers) - 0.3)
        for ax, name in zip(axes[-1], METRICS.values(), strict=True):
            ax.set_xlabel(name)
    return figure


def _dots(ax: Axes, scores: pd.DataFrame, trackers: list[str]) -> None:
    """One dot per tracker and sequence; scores that are too low for the axis stand at its edge."""
    low = max(LEAST, 1 - 1.3 * (1 - scores["value"].min())) if len(scores) else LEAST
    for number, (sequence, part) in enumerate(scores.groupby("sequence")):
        for row in part.itertuples():
            (dot,) = ax.plot(
                max(row.value, low),
                trackers.index(row.tracker),
                marker="o" if row.value >= low else "<",
                markersize=5 if number == 0 else 4,
                color=SERIES[0] if row.tracker == "weave" else INK,
                fillstyle="full" if number == 0 else "none",
                linestyle="none",
                clip_on=False,
            )
            tooltip(dot, f"{row.tracker} on {sequence}: {format_value(row.value, 4)}")
    ax.set_xlim(low, 1)
    ax.locator_params(axis="x", nbins=4)
