"""What is uneven in a frame's light, from a coarse level of its pyramid: the same for every tile."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import ndimage

from cellweave.core.grid import Tile
from cellweave.formats.ngff import levels, open_image

FINEST = 4
"""Sigma is at least this many pixels of the level that is smoothed, so that it may be interpolated."""


class Background:
    """The mean of a frame around each pixel, weighted by a Gaussian, as far as it is not padding.

    Parameters
    ----------
    image : Path
        Image store.
    frames : DataFrame
        height, width per frame [px].
    sigma_px : float
        Standard deviation of the Gaussian; well above the size of a cell.
    """

    def __init__(self, image: Path, frames: pd.DataFrame, sigma_px: float) -> None:
        last = levels(image) - 1
        level = min(last, max(0, int(np.log2(max(1.0, sigma_px / FINEST)))))
        self._pixels, self._unit = open_image(image, level), 2**level
        self._extents = frames[["height", "width"]].to_numpy(int)
        self._sigma = sigma_px / self._unit
        self._held: tuple[int, np.ndarray] | None = None

    def read(self, frame: int, tile: Tile) -> np.ndarray:
        """Return the background ``(Y, X)``, float32, of a tile of channel 0 of a frame, in the unit of its pixels."""
        held = self._held
        if held is None or held[0] != frame:
            held = self._held = frame, self._field(frame)
        return _interpolated(_interpolated(held[1], tile.y0, tile.y1, self._unit).T, tile.x0, tile.x1, self._unit).T

    def _field(self, frame: int) -> np.ndarray:
        """Return the smoothed coarse level, where all of its pixels lie inside the frame."""
        height, width = (max(1, size // self._unit) for size in self._extents[frame])
        pixels = self._pixels[frame, 0, :height, :width].astype(np.float32)
        weights = ndimage.gaussian_filter(np.ones_like(pixels), self._sigma, mode="constant")
        return ndimage.gaussian_filter(pixels, self._sigma, mode="constant") / weights


def _interpolated(field: np.ndarray, first: int, last: int, unit: int) -> np.ndarray:
    """Return rows `first` to `last` of a field whose rows are `unit` apart: linear between their centres."""
    at = ((np.arange(first, last) + 0.5) / unit - 0.5).clip(0, len(field) - 1)
    before = np.minimum(at.astype(int), max(0, len(field) - 2))
    weight = (at - before).astype(np.float32)[:, None]
    after = np.minimum(before + 1, len(field) - 1)
    return field[before] * (1 - weight) + field[after] * weight
