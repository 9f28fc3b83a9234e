"""What the workflow costs as images grow, next to other programs."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cellweave.report.figures import INK, SERIES, WIDTH_IN, house_style, tooltip

LIMIT_MIB = 2048


def growth_figure(scale: pd.DataFrame, comparisons: pd.DataFrame) -> Figure:
    """Draw seconds per megapixel and peak memory of every step for each sequence, and ratios to other programs.

    Parameters
    ----------
    scale : DataFrame
        dataset, sequence, megapixels, step, cpu_seconds_per_megapixel, peak_mib: one row per step and sequence.
    comparisons : DataFrame
        task, input, peer, ratio: how many times as long a peer took; NaN when it did not run.
    """
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, 1.5 * WIDTH_IN))
        seconds, memory, ratios = figure.subplots(3, 1, height_ratios=(1.2, 1.2, 1))
        _bars(seconds, scale, "cpu_seconds_per_megapixel", "CPU seconds per megapixel")
        _bars(memory, scale, "peak_mib", "peak memory [MiB]")
        memory.axhline(LIMIT_MIB, color=INK, linewidth=0.8, linestyle=":")
        seconds.legend(loc="lower left", bbox_to_anchor=(0, 1))
        _ratios(ratios, comparisons.dropna(subset="ratio"))
    return figure


def _bars(ax: Axes, scale: pd.DataFrame, value: str, label: str) -> None:
    """Draw one group of bars per step, one bar per sequence."""
    steps = list(dict.fromkeys(scale["step"]))
    sequences = list(dict.fromkeys(zip(scale["dataset"], scale["sequence"], scale["megapixels"], strict=True)))
    for index, (dataset, sequence, megapixels) in enumerate(sequences):
        rows = scale[(scale["dataset"] == dataset) & (scale["sequence"] == sequence)]
        places = [steps.index(step) + (index + 0.5) / (len(sequences) + 1) for step in rows["step"]]
        title = f"{dataset} {sequence} ({megapixels:.0f} Mpx)"
        bars = ax.bar(places, rows[value], 1 / (len(sequences) + 1), color=SERIES[index % len(SERIES)], label=title)
        for bar, step, height in zip(bars, rows["step"], rows[value], strict=True):
            tooltip(bar, f"{title}, {step}: {height:.3g}")
    ax.set_xticks(np.arange(len(steps)) + 0.4, [step.replace("_", "\n") for step in steps], fontsize="small")
    ax.set(ylabel=label)


def _ratios(ax: Axes, comparisons: pd.DataFrame) -> None:
    """Draw how many times as long the peers took; on the dotted line both are equally fast."""
    names = [f"{row.task}: {row.peer}" for row in comparisons.itertuples()]
    bars = ax.barh(range(len(names)), comparisons["ratio"], color=SERIES[0])
    for bar, row in zip(bars, comparisons.itertuples(), strict=True):
        ax.annotate(f" {row.ratio:.3g}", (row.ratio, bar.get_y() + bar.get_height() / 2), va="center", color=INK)
        tooltip(bar, f"{row.task} on {row.input}: {row.peer_seconds:.3g} s by {row.peer}, {row.seconds:.3g} s here")
    ax.axvline(1, color=INK, linewidth=0.8, linestyle=":")
    ax.set(xscale="log", xlabel="time of the other program / time here")
    ax.margins(x=0.15)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
