"""Learning curves: what a model reaches for what was drawn for it, by the rule that said what to draw."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cellweave.report.figures import INK, SERIES, WIDTH_IN, house_style, sentence

COSTS = {"tiles": "tiles annotated", "cells": "cells drawn"}
REFERENCE = "random"


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
