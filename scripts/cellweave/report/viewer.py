"""Cells of one run for the page's viewer: outlines, tracks and what was measured, under a budget of bytes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cellweave.report.colours import hex_colour, track_colours
from cellweave.report.lineage import layout, select
from cellweave.report.outlines import STEPS_PER_PIXEL, outlines

TREE_ROWS = 1500
TOLERANCES = (0.35, 0.7, 1.5)  # px of the picture
NUMBER_BYTES = 6
# Column -> what it is called, and its unit; the first of each line that a table has is shown.
FEATURES: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (
        ("area_um2", "area", "µm²"),
        ("area_px", "area", "px"),
        ("volume_um3", "volume", "µm³"),
        ("volume_px", "volume", "px"),
    ),
    (("mean_intensity_c0", "mean intensity", ""),),
    (("confidence", "confidence of the link", ""),),
    (("score", "confidence of the outline", ""),),
    (("eccentricity", "eccentricity", ""),),
    (
        ("mean_neighbour_distance_um", "distance to neighbours", "µm"),
        ("mean_neighbour_distance_px", "distance to neighbours", "px"),
    ),
)


def viewer_cells(
    read: Callable[[int], np.ndarray],
    reduction: float,
    film: Mapping[str, Any],
    cells: pd.DataFrame,
    tracks: pd.DataFrame | None,
    budget: int,
) -> dict[str, Any]:
    """Return what the viewer shows of one run.

    Parameters
    ----------
    read : callable
        Frame -> label image ``(Y', X')``.
    reduction : float
        Pixels of the image per pixel of that label image.
    film : mapping
        As `cellweave.report.filmstrip.filmstrip` returns it.
    cells : DataFrame
        `frame`, `label`, `y_px`, `x_px`, and any of `track` and `FEATURES`.
    tracks : DataFrame or None
        `track`, `begin`, `end`, `parent`; None where nothing was tracked.
    budget : int
        Bytes. Outlines become coarser, then circles, then fewer columns are kept, until all fits.

    Returns
    -------
    dict
        `frames`: per shown frame `label`, `track`, `x`, `y`, `outline` (a circle's radius where that is a number);
        `features`: name, unit and values per shown frame; `tracks`: id, begin, end, parent, founder, row, colour.
    """
    shown = cells[cells["frame"].isin(film["frames"])]
    features = _features(shown, budget)
    room = budget - len(features) * NUMBER_BYTES * len(shown)
    by_frame = dict(iter(shown.groupby("frame", sort=True)))
    empty = shown[:0]
    tables = [by_frame.get(frame, empty) for frame in film["frames"]]
    step = film["scale"]
    return {
        "frames": _frames(read, reduction, film["frames"], tables, step, room),
        "features": [
            {"name": name, "unit": unit, "values": [_short(table[column]) for table in tables]}
            for column, name, unit in features
        ],
        "tracks": [] if tracks is None or tracks.empty else _tracks(tracks),
    }


def _features(cells: pd.DataFrame, budget: int) -> list[tuple[str, str, str]]:
    """Columns that are there and that fit into half the budget."""
    chosen = [next((entry for entry in line if entry[0] in cells), None) for line in FEATURES]
    known = [entry for entry in chosen if entry is not None and cells[entry[0]].notna().any()]
    return known[: max(1, int(budget / 2 / (NUMBER_BYTES * max(1, len(cells)))))]


def _frames(
    read: Callable[[int], np.ndarray],
    reduction: float,
    numbers: Sequence[int],
    tables: Sequence[pd.DataFrame],
    scale: float,
    room: int,
) -> list[dict[str, list]]:
    """Cells of each frame, at the finest outlines that fit; circles where none do."""
    probe = sorted(range(len(numbers)), key=lambda i: -len(tables[i]))[:1]
    tolerance: float | None = None
    for candidate in TOLERANCES:
        sizes = [_frame(read, reduction, numbers[i], tables[i], scale, candidate) for i in probe]
        bytes_per_cell = np.mean(
            [8 + len(text) for frame in sizes for text in frame["outline"] if isinstance(text, str)] or [0]
        )
        if bytes_per_cell * sum(map(len, tables)) <= room:
            tolerance = candidate
            break
    return [_frame(read, reduction, n, table, scale, tolerance) for n, table in zip(numbers, tables, strict=True)]


def _frame(
    read: Callable[[int], np.ndarray],
    reduction: float,
    number: int,
    table: pd.DataFrame,
    scale: float,
    tolerance: float | None,
) -> dict[str, list]:
    drawn = {} if tolerance is None or table.empty else outlines(read(number), scale * reduction, tolerance)
    step = STEPS_PER_PIXEL * scale
    x, y, paths = [], [], []
    sizes = table["area_px"] if "area_px" in table else pd.Series(0.0, index=table.index)
    for label, left, top, area in zip(table["label"], table["x_px"], table["y_px"], sizes, strict=True):
        circle = (left + 0.5) * step, (top + 0.5) * step, max(2, round(step * np.sqrt(max(area, 1) / np.pi)))
        here = drawn.get(int(label), circle)
        x.append(round(here[0]))
        y.append(round(here[1]))
        paths.append(here[2])
    track = table["track"] if "track" in table else table["label"]
    return {
        "label": table["label"].astype(int).tolist(),
        "track": track.astype(int).tolist(),
        "x": x,
        "y": y,
        "outline": paths,
    }


def _tracks(tracks: pd.DataFrame) -> list[list]:
    """Id, begin, end, parent, founder, row in the tree (-1 where the tree leaves it out) and colour of every track."""
    colours = track_colours(tracks["track"], dict(zip(tracks["track"], tracks["parent"], strict=True)))
    trees = layout(tracks)
    kept = select(trees, TREE_ROWS)
    rows = dict(zip(kept["track"], kept["row"], strict=True))
    return [
        [
            int(life.track), int(life.begin), int(life.end), int(life.parent), int(life.founder),
            round(float(rows.get(life.track, -1)), 3), hex_colour(colours[life.track]),
        ]
        for life in trees.itertuples()
    ]  # fmt: skip


def _short(values: pd.Series) -> list[float | None]:
    """Three digits, null where undefined."""
    return [float(f"{value:.3g}") if np.isfinite(value) else None for value in values.astype(float)]
