"""How scores of trackers fall as frames are dropped or detections get worse."""

import pandas as pd
from matplotlib.figure import Figure

from cellweave.report.figures import INK, SERIES, WIDTH_IN, house_style, sentence

KINDS = {
    "every": "every n-th frame",
    "misses": "share of cells missed",
    "false_cells": "share of false cells",
    "merges": "share of cells merged",
}
METRICS = {"LNK": "LNK", "BC1": "BC(1)"}
ROW_IN = 1.5
STYLES = ["-", "--", ":", "-."]


def stress_figure(scores: pd.DataFrame, conditions: pd.DataFrame) -> Figure:
    """Draw LNK and BC(1) of every tracker over the amount of each kind of stress, two rows per data set.

    Parameters
    ----------
    scores : DataFrame
        `dataset sequence model tracker metric value n`.
    conditions : DataFrame
        `dataset sequence model kind amount`: what was done to these detections; kinds as in `KINDS`.
    """
    kept = scores[scores["metric"].isin(list(METRICS))].merge(conditions, on=["dataset", "sequence", "model"])
    kept = kept[kept["tracker"] != "-"].dropna(subset=["value"])
    if kept.empty:
        return sentence("No tracker was put under stress.")
    sets, trackers = sorted(kept["dataset"].unique()), list(dict.fromkeys(kept["tracker"]))
    with house_style():
        rows = [(dataset, metric) for dataset in sets for metric in METRICS]
        figure = Figure(figsize=(WIDTH_IN, ROW_IN * len(rows) + 0.6))
        axes = figure.subplots(len(rows), len(KINDS), squeeze=False, sharey="row", sharex="col")
        for line, (dataset, metric) in zip(axes, rows, strict=True):
            for ax, (kind, name) in zip(line, KINDS.items(), strict=True):
                part = kept[(kept["dataset"] == dataset) & (kept["metric"] == metric) & (kept["kind"] == kind)]
                for number, tracker in enumerate(trackers):
                    curve = part[part["tracker"] == tracker].sort_values("amount")
                    colour = SERIES[0] if tracker == "weave" else INK
                    style = {"color": colour, "ls": STYLES[number % len(STYLES)], "marker": "o", "ms": 3}
                    ax.plot(curve["amount"], curve["value"], label=tracker, **style)
                if (dataset, metric) == rows[-1]:
                    ax.set_xlabel(name)
            line[0].set_ylabel(METRICS[metric])
            if metric == "LNK":
                line[0].set_title(dataset, loc="left")
        axes[0][-1].legend(frameon=False)
    return figure
