"""Learning curves: what a model reaches for what was drawn for it, by rule of annotation or by round of corrections."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cellweave.report.figures import INK, SERIES, WIDTH_IN, house_style, integer_ticks, sentence, tooltip
from cellweave.report.metrics import format_value

COSTS = {"tiles": "tiles annotated", "cells": "cells drawn"}
REFERENCE = "random"
ROUND_METRICS = ("SEG", "SEG_ST", "F1")


def learning_figure(table: pd.DataFrame) -> Figure:
    """Draw the mean score over seeds against cost, a row of axes per data set, a column per measure of cost.

    Parameters
    ----------
    table : DataFrame
        dataset, seed, rule, tiles, cells, score: one row per round. Scores between rounds are interpolated, as far as
        all seeds of a rule go; bands are one standard error of the mean.
    """
    if table.empty:
        return sentence("No learning curves: nothing was annotated.")
    sets = list(table.groupby("dataset"))
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, 2.1 * len(sets) + 0.3))
        axes = figure.subplots(len(sets), len(COSTS), squeeze=False, sharey="row")
        for row, (dataset, part) in zip(axes, sets, strict=True):
            for ax, (cost, title) in zip(row, COSTS.items(), strict=True):
                _curves(ax, part, cost)
                ax.set_xlabel(title)
            row[0].set_title(dataset)
            row[0].set_ylabel("F1 at IoU 0.5")
        axes[0, 0].legend()
    return figure


def _curves(ax: Axes, part: pd.DataFrame, cost: str) -> None:
    rules = sorted(part["rule"].unique(), key=lambda rule: rule != REFERENCE)
    for colour, rule in zip((INK, *SERIES), rules, strict=False):
        runs = [run.sort_values(cost) for _, run in part[part["rule"] == rule].groupby("seed")]
        low, high = max(run[cost].iloc[0] for run in runs), min(run[cost].iloc[-1] for run in runs)
        steps = np.linspace(low, max(high, low), 50)
        scores = np.array([np.interp(steps, run[cost], run["score"]) for run in runs])
        mean, error = scores.mean(axis=0), scores.std(axis=0) / np.sqrt(max(1, len(runs) - 1))
        ax.plot(steps, mean, color=colour, label=rule)
        ax.fill_between(steps, mean - error, mean + error, color=colour, alpha=0.15, linewidth=0)


def rounds_table(scores: pd.DataFrame, rounds: Mapping[str, tuple[str, int]]) -> pd.DataFrame:
    """Return what networks reach after each round of corrections.

    Parameters
    ----------
    scores : DataFrame
        `dataset sequence model tracker metric value n`; those of segmentation have the tracker "-".
    rounds : mapping
        Model -> the network that it was in the beginning, and its round, 0 before any correction.

    Returns
    -------
    DataFrame
        dataset, metric, network, round, value (mean over the sequences); sorted.
    """
    segmented = scores[(scores["tracker"] == "-") & scores["metric"].isin(ROUND_METRICS)]
    kept = segmented[segmented["model"].isin(list(rounds))].dropna(subset=["value"])
    known = [rounds[model] for model in kept["model"]]
    table = kept.assign(network=[network for network, _ in known], round=[number for _, number in known])
    return table.groupby(["dataset", "metric", "network", "round"], as_index=False)["value"].mean()


def rounds_figure(table: pd.DataFrame) -> Figure:
    """Draw a table of `rounds_table`: axes per data set and measure, a line per network."""
    if table.empty:
        return sentence("No learning curve: no corrected network was scored.")
    panels = list(table.groupby(["dataset", "metric"]))
    with house_style():
        rows = -(-len(panels) // 2)
        figure = Figure(figsize=(WIDTH_IN, 2.1 * rows))
        axes = figure.subplots(rows, 2, squeeze=False).ravel()
        for ax in axes[len(panels) :]:
            ax.set_visible(False)
        for ax, ((dataset, metric), part) in zip(axes, panels, strict=False):
            for colour, (network, line) in zip(SERIES, part.groupby("network"), strict=False):
                ax.plot(line["round"], line["value"], color=colour, label=network)
                for row in line.itertuples():
                    (dot,) = ax.plot(row.round, row.value, "o", color=colour, markersize=4)
                    tooltip(dot, f"{network}, round {row.round}: {format_value(row.value, 3)}")
            integer_ticks(ax)
            ax.set_title(f"{dataset}, {metric}")
            ax.set_xlabel("round of corrections")
        axes[0].legend()
    return figure
