"""Plots of what was measured: how many cells, how large, how bright, how fast."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cellweave.report.figures import INK, SERIES, WIDTH_IN, house_style, integer_ticks, sentence

BINS = 40
UNITS = {"um2": "µm²", "px": "px²", "um": "µm"}


def measurement_figure(
    cells: pd.DataFrame,
    frames: pd.DataFrame,
    nodes: pd.DataFrame | None,
    *,
    pixel_um: float | None,
    frame_min: float | None,
) -> Figure:
    """Draw cell count, confluence, area, mean intensity, eccentricity, and speed where cells were tracked.

    Parameters
    ----------
    cells : DataFrame
        One row per frame and label: `area_um2` or `area_px`, `mean_intensity_c0`, `eccentricity`.
    frames : DataFrame
        `frame`, `cells`, `confluence` (0..1).
    nodes : DataFrame or None
        `frame`, `track`, `y_px`, `x_px`; None where nothing was tracked.
    pixel_um, frame_min : float or None
        Scale; plots are in px and frames where it is not known.
    """
    if frames.empty:
        return sentence("No measurements: this sequence has no frames.")
    area = next((name for name in ("area_um2", "area_px") if name in cells), "area_px")
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, 5.4))
        axes = figure.subplots(3, 2)
        still = nodes is None
        _over_time(axes[0, 0], frames, "cells", "cells per frame", frame_min, still)
        _over_time(axes[0, 1], frames, "confluence", "confluence [%]", frame_min, still)
        _distribution(axes[1, 0], cells.get(area), "area", UNITS[area.removeprefix("area_")], SERIES[2])
        _distribution(axes[1, 1], cells.get("mean_intensity_c0"), "intensity", "", SERIES[3])
        _distribution(axes[2, 0], cells.get("eccentricity"), "eccentricity", "", SERIES[4])
        if nodes is None:
            axes[2, 1].remove()
        else:
            values, unit = speeds(nodes, pixel_um, frame_min)
            _distribution(axes[2, 1], values, "speed", unit, SERIES[5])
    return figure


def speeds(nodes: pd.DataFrame, pixel_um: float | None, frame_min: float | None) -> tuple[pd.Series, str]:
    """Return the speed of every step of every track, and its unit.

    A step over a gap counts once, divided by its duration. Steps from mother to daughter do not count.
    The unit is µm/h where both scales are known, else per frame or in px.
    """
    ordered = nodes.sort_values(["track", "frame"])
    steps = ordered.groupby("track")[["frame", "y_px", "x_px"]].diff().dropna()
    distance = np.hypot(steps["y_px"], steps["x_px"]) * (pixel_um or 1)
    duration = steps["frame"] * (frame_min / 60 if frame_min else 1)
    return distance / duration, f"{'µm' if pixel_um else 'px'}/{'h' if frame_min else 'frame'}"


def _over_time(ax: Axes, frames: pd.DataFrame, column: str, title: str, frame_min: float | None, still: bool) -> None:
    """A line over time; points where frames may be unrelated pictures."""
    values = frames[column] * (100 if column == "confluence" else 1)
    in_hours = frame_min is not None and not still
    x = frames["frame"] * (frame_min / 60) if in_hours else frames["frame"]
    style = {"ls": "", "marker": "o", "ms": 3} if still else {"marker": "o" if len(frames) < 3 else None}
    ax.plot(x, values, color=SERIES[0 if column == "cells" else 1], **style)
    ax.set_ylim(0, max(1.08 * float(values.max()), 1) if values.notna().any() else 1)
    ax.set_title(title)
    ax.set_xlabel("time [h]" if in_hours else "frame")
    integer_ticks(ax, "x")


def _distribution(ax: Axes, values: pd.Series | None, title: str, unit: str, colour: str) -> None:
    """A histogram up to the 99.5th percentile, with the median."""
    ax.set_title(f"{title} [{unit}]" if unit else title)
    values = pd.Series(dtype=float) if values is None else values.replace([np.inf, -np.inf], np.nan).dropna()
    if values.empty:
        ax.text(0.5, 0.5, "no cells", ha="center", va="center", transform=ax.transAxes, style="italic")
        ax.set_axis_off()
        return
    top = float(np.percentile(values, 99.5))
    ax.hist(values[values <= top], bins=min(BINS, max(5, round(len(values) ** 0.5))), color=colour, alpha=0.8)
    median = float(values.median())
    ax.axvline(median, color=INK, lw=1, ls=":")
    shown = f"{median:.0f}" if abs(median) >= 1000 else f"{median:.3g}"
    ax.set_title(f"median {shown}", loc="right", fontsize=7, fontweight="normal")
    ax.set_ylabel(f"{len(values)} {'steps' if title == 'speed' else 'cells'}")
