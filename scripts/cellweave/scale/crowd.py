"""Crowds of cells that wander, divide and leave: movies of any size, made frame by frame."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

SPACE, RADIUS = 26.0, 8.0
"""Pixels from cell to cell on average, and of a cell."""
STEP, APART = 1.5, 6.0
"""Standard deviation of a step, and how far daughters are born from their mother's place, pixels."""
RATE = 0.01
"""Share of the cells that divide in a frame; as many others leave, so that the crowd keeps its size."""


def crowd(cells: int, frames: int, rng: np.random.Generator) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
    """Yield, frame after frame, a table of cells and the row of the frame before that each comes from.

    Parameters
    ----------
    cells, frames : int
    rng : numpy.random.Generator

    Yields
    ------
    DataFrame
        frame, label (1..n), y_px, x_px, area (square pixels).
    ndarray (N,), int
        -1 in the first frame.
    """
    side = SPACE * np.sqrt(cells)
    grid = np.stack(np.meshgrid(*[np.arange(SPACE / 2, side, SPACE)] * 2), axis=-1).reshape(-1, 2)
    place = grid[rng.permutation(len(grid))[:cells]] + rng.normal(0, 3, (min(cells, len(grid)), 2))
    size, source = np.full(len(place), 1.0), np.full(len(place), -1)
    for frame in range(frames):
        area = np.pi * RADIUS**2 * size * rng.uniform(0.95, 1.05, len(place))
        table = {"frame": frame, "label": np.arange(1, len(place) + 1), "y_px": place[:, 0], "x_px": place[:, 1]}
        yield pd.DataFrame(table | {"area": area}), source
        chosen = rng.permutation(len(place))
        mothers, leaving = np.split(chosen[: 2 * rng.binomial(len(place) // 2, 2 * RATE)], 2)
        stay = np.setdiff1d(np.arange(len(place)), np.concatenate([mothers, leaving]))
        source = np.concatenate([stay, mothers, mothers])
        angle = rng.uniform(0, 2 * np.pi, len(mothers))
        away = APART * np.column_stack([np.sin(angle), np.cos(angle)])
        grown = np.minimum(size[stay] * 1.05, 1.0)
        size = np.concatenate([grown, np.full(2 * len(mothers), 0.5)])
        moved = place[source] + rng.normal(0, STEP, (len(source), 2))
        place = moved + np.concatenate([np.zeros((len(stay), 2)), away, -away])


def drawn(cells: pd.DataFrame, names: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return a label image ``(Y, X)`` of discs, small ones over large ones; what lies outside is cut off."""
    image = np.zeros(shape, np.uint16)
    for cell, name in sorted(zip(cells.itertuples(), names, strict=True), key=lambda pair: -pair[0].area):
        radius = np.sqrt(cell.area / np.pi)
        top, left = int(max(cell.y_px - radius, 0)), int(max(cell.x_px - radius, 0))
        window = image[top : int(cell.y_px + radius) + 2, left : int(cell.x_px + radius) + 2]
        y, x = np.ogrid[top : top + window.shape[0], left : left + window.shape[1]]
        window[(y - cell.y_px) ** 2 + (x - cell.x_px) ** 2 <= radius**2] = name
    return image
