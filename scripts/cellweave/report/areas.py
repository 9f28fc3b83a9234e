"""How much of each frame the classes of a semantic model take up, as curves and as a table."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cellweave.report.figures import SERIES, WIDTH_IN, house_style, integer_ticks

PANELS = {"fraction": "share of the frame [%]", "iou": "overlap with the truth [IoU]"}


def area_figure(areas: pd.DataFrame, *, frame_min: float | None) -> Figure:
    """Draw the area of each class over the frames, and its overlap with the truth where there is one.

    Parameters
    ----------
    areas : DataFrame
        One row per frame and class: `frame`, `name`, `fraction` (0 to 1), `iou` (0 to 1, NaN without truth).
    frame_min : float or None
        Minutes from frame to frame; None for stills, and where it is not known.
    """
    panels = [name for name in PANELS if areas[name].notna().any()]
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, 2.1))
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for ax, name in zip(axes, panels, strict=True):
            _panel(ax, areas, name, frame_min)
        axes[0].legend()
    return figure


def fractions(areas: pd.DataFrame) -> pd.DataFrame:
    """Return one row per frame: `frame`, then ``<class>_fraction`` of each class, then ``<class>_iou`` of those known.

    Parameters
    ----------
    areas : DataFrame
        As `area_figure` takes it.
    """
    classes = list(dict.fromkeys(areas["name"]))
    wide = areas.pivot(index="frame", columns="name", values=list(PANELS))
    columns = {f"{name}_{value}": wide[value, name] for value in PANELS for name in classes}
    table = pd.DataFrame(columns).reset_index()
    return table.drop(columns=[name for name in columns if table[name].isna().all()])


def _panel(ax: Axes, areas: pd.DataFrame, name: str, frame_min: float | None) -> None:
    """A line per class over time, with points where truth is not in every frame or frames are few."""
    factor = 100 if name == "fraction" else 1
    for colour, (title, part) in zip(SERIES, areas.groupby("name", sort=False), strict=False):
        known = part.dropna(subset=[name])
        x = known["frame"] * (frame_min / 60) if frame_min else known["frame"]
        style = {"marker": "o", "ms": 3} if len(known) < len(part) or len(part) < 3 else {}
        ax.plot(x, known[name] * factor, color=colour, label=title, **style)
    ax.set_ylim(0, 1.02 if name == "iou" else max(1.0, 1.08 * factor * float(areas[name].max())))
    ax.set_title(PANELS[name])
    ax.set_xlabel("time [h]" if frame_min else "frame")
    integer_ticks(ax)
