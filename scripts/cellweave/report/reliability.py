"""The reliability diagram: how often objects of a score are right."""

import pandas as pd
from matplotlib.figure import Figure

from cellweave.report.figures import INK, SERIES, WIDTH_IN, house_style, sentence


def reliability_figure(table: pd.DataFrame) -> Figure:
    """Draw the share of right objects over their score, and how many objects have it.

    Parameters
    ----------
    table : DataFrame
        low, high, objects, score, right: one row per tenth of the scores.
    """
    if table.empty:
        return sentence("No reliability diagram: there is no object whose truth is known.")
    with house_style():
        figure = Figure(figsize=(WIDTH_IN / 2, WIDTH_IN / 2))
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        above.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
        above.plot(table["score"], table["right"], color=SERIES[0], marker="o", markersize=4)
        above.set(ylabel="share that is right", xlim=(0, 1), ylim=(0, 1), aspect="auto")
        below.bar(table["low"], table["objects"], width=table["high"] - table["low"], align="edge", color=SERIES[0])
        below.set(xlabel="score of the object", ylabel="objects")
    return figure
