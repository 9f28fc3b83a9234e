"""Planes of any size, full of cells that touch, made one square at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cellweave.simulate.cells import LOBES, START_AREA_PX, WAVES, Cell
from cellweave.simulate.movie import BACKGROUND_E, CELL_E, PSF_SIGMA_PX, photograph, profile

FIELD = 2048
"""Side of a camera's field [px]: fields are photographed one by one, as a microscope does."""
SPACING = 44
"""Mean distance of cells [px]: most of them touch a neighbour."""
JITTER = 0.3
VIGNETTE = 0.3
KINDS = 400
"""Cells that differ in shape and texture; each is used many times."""
REACH = 36
"""How far a cell reaches from its centre [px]."""
MARGIN = 2 * REACH


@dataclass(frozen=True)
class Mosaic:
    """A square of camera fields, side by side.

    Attributes
    ----------
    seed : int
        Of all random numbers; a field's are its own, so that it does not matter which others are made.
    size : int
        Side [px].
    """

    seed: int
    size: int

    def fields(self) -> Iterator[tuple[int, int]]:
        """Yield the first row and column of every field, row by row."""
        starts = range(0, self.size, FIELD)
        yield from ((top, left) for top in starts for left in starts)

    def field(self, top: int, left: int) -> NDArray[np.uint16]:
        """Return the image ``(Y, X)`` of the field that begins at a pixel."""
        light = ndimage.gaussian_filter(self._light(top, left), PSF_SIGMA_PX)[MARGIN:-MARGIN, MARGIN:-MARGIN]
        across = np.linspace(-1, 1, FIELD, dtype=np.float32) ** 2
        electrons = BACKGROUND_E * (1 - VIGNETTE * (across[:, None] + across) / 2) + CELL_E * light
        rng = np.random.default_rng([self.seed, top, left])
        return photograph(rng, electrons[: self.size - top, : self.size - left])

    def _light(self, top: int, left: int) -> NDArray[np.float32]:
        """Return the light of a field and `MARGIN` around it; the nearest cell has a pixel, as in a movie."""
        side = FIELD + 2 * MARGIN
        depth, light = np.ones((side, side), np.float32), np.zeros((side, side), np.float32)
        for y, x, kind in self._places(top - MARGIN, left - MARGIN, side):
            distance, shine = self._stamps[kind]
            (rows, own_rows), (columns, own_columns) = _window(y, side), _window(x, side)
            nearer = distance[own_rows, own_columns] < depth[rows, columns]
            depth[rows, columns][nearer] = distance[own_rows, own_columns][nearer]
            light[rows, columns][nearer] = shine[own_rows, own_columns][nearer]
        return light

    def _places(self, top: int, left: int, side: int) -> Iterator[tuple[int, int, int]]:
        """Yield row, column and kind of cells on a jittered lattice that reach a square, relative to it."""
        first = -2 * (MARGIN + REACH) // SPACING  # before the first column of any square
        (above, below), (low, high) = (
            ((start - REACH) // SPACING, (start + side + REACH) // SPACING + 1) for start in (top, left)
        )
        for row in range(above, below):
            rng = np.random.default_rng([self.seed, KINDS, row - first])
            numbers = rng.random((high - first, 3))[low - first :]  # those of a column do not depend on the square
            lattice = np.stack([np.full(high - low, row), np.arange(low, high)], axis=1) + 0.5
            centres = (lattice + JITTER * (2 * numbers[:, :2] - 1)) * SPACING - (top, left)
            kinds = (KINDS * numbers[:, 2]).astype(int)
            for (y, x), kind in zip(centres.round().astype(int), kinds, strict=True):
                if -REACH < y < side + REACH and -REACH < x < side + REACH:
                    yield y, x, kind

    @cached_property
    def _stamps(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Distance from the centre, relative to the outline, and light of each kind of cell, in its window."""
        window = slice(0, 2 * REACH)
        return [profile(_cell(np.random.default_rng([self.seed, kind])), window, window) for kind in range(KINDS)]


def _window(centre: int, side: int) -> tuple[slice, slice]:
    """Return the pixels of a square, and of a stamp, where a stamp around `centre` lies in the square."""
    first, last = max(0, centre - REACH), min(side, centre + REACH)
    return slice(first, last), slice(first - centre + REACH, last - centre + REACH)


def _cell(rng: np.random.Generator) -> Cell:
    """Return a cell in the middle of a stamp."""
    direction, rate = rng.uniform(0, 2 * np.pi, WAVES), rng.uniform(2.5, 8.0, WAVES)
    waves = [rate * np.sin(direction), rate * np.cos(direction), rng.uniform(0, 2 * np.pi, WAVES)]
    return Cell(
        centre=rng.uniform(REACH - 0.5, REACH + 0.5, 2),
        velocity=np.zeros(2),
        angle=rng.uniform(0, np.pi),
        elongation=rng.uniform(0.1, 0.7),
        lobes=rng.normal(0, 0.03, (LOBES, 2)),
        birth_area=START_AREA_PX * rng.uniform(1.2, 2.0),
        age=rng.uniform(0, 10),
        lifetime=24.0,
        brightness=rng.uniform(0.6, 1.3),
        texture=np.stack([*waves, rng.normal(0, 0.09, WAVES)], axis=1),
    )
