"""Scores against the share of labels that a network was trained on, one line per start."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from cellweave.report.figures import SERIES, WIDTH_IN, house_style, sentence, tooltip
from cellweave.report.metrics import format_value

METRICS = ("SEG", "SEG_ST", "F1")


def budget_table(scores: pd.DataFrame, shares: Mapping[str, float], starts: Mapping[str, str]) -> pd.DataFrame:
    """Return scores with what their networks had.

    Parameters
    ----------
    scores : DataFrame
        `dataset sequence model tracker metric value n`.
    shares, starts : mapping
        By model: share of labels, 0 to 1, and what training started from.

    Returns
    -------
    DataFrame
        dataset, metric, start, share, value; sorted, of the models that have a share.
    """
    kept = scores[scores["model"].isin(list(shares)) & scores["metric"].isin(METRICS)].dropna(subset=["value"])
    table = kept.assign(start=kept["model"].map(dict(starts)), share=kept["model"].map(dict(shares)))
    columns = ["dataset", "metric", "start", "share"]
    return table.sort_values(columns, ignore_index=True)[[*columns, "value"]]


def budget_figure(table: pd.DataFrame) -> Figure:
    """Draw a table of `budget_table`: axes per data set and measure, a line per start."""
    if table.empty:
        return sentence("No curve: no two networks differ in their share of labels.")
    panels = list(table.groupby(["dataset", "metric"], sort=True))
    starts = list(dict.fromkeys(table["start"]))
    with house_style():
        rows = -(-len(panels) // 2)
        figure = Figure(figsize=(WIDTH_IN, 2.1 * rows))
        axes = figure.subplots(rows, min(2, len(panels)), squeeze=False).ravel()
        for ax in axes[len(panels) :]:
            ax.set_visible(False)
        for ax, ((dataset, metric), part) in zip(axes, panels, strict=False):
            for colour, start in zip(SERIES, starts, strict=False):
                line = part[part["start"] == start]
                ax.plot(line["share"] * 100, line["value"], color=colour, label=start)
                for row in line.itertuples():
                    (dot,) = ax.plot(row.share * 100, row.value, "o", color=colour, markersize=4)
                    tooltip(dot, f"{start}, {row.share:.0%} of labels: {format_value(row.value, 3)}")
            ax.set_title(f"{dataset}, {metric}")
            ax.set_xscale("log")
            ax.xaxis.set_minor_locator(NullLocator())
            shown = sorted(part["share"].unique() * 100)
            ax.set_xticks(shown, [f"{share:g}" for share in shown])
            ax.set_xlabel("share of labels [%]")
        axes[0].legend()
    return figure
