"""Movies of dividing cells: pixels, exact masks and exact lineage."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from cellweave.formats.series import TRACK_COLUMNS
from cellweave.simulate.cells import Cell, Colony

SMALLEST_PX = 30
PSF_SIGMA_PX = 1.1
BACKGROUND_E = 22.0
CELL_E = 55.0
READ_NOISE_E = 3.0
GAIN = 12.0
OFFSET = 100.0


class Movie:
    """Frames of a simulated movie, made one at a time; its lineage, known when all are made.

    Parameters
    ----------
    rng : numpy.random.Generator
    frames : int
        Number of frames.
    size : int
        Side of a frame [px].
    cells : int
        Expected number of cells in the first frame; with the defaults 15 become about 40.
    division_interval_frames : float
        Mean time between divisions of a cell.
    speed_px : float
        Root mean square displacement per frame [px].
    noise : float
        Strength of photon and read noise relative to the default camera; 0 = none.

    Notes
    -----
    Cells are deformed ellipses. A pixel that two of them reach belongs to the one inside which it lies deeper (relative
    to the radius), so that cells touch and never overlap.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        *,
        frames: int = 36,
        size: int = 384,
        cells: int = 15,
        division_interval_frames: float = 24,
        speed_px: float = 2.5,
        noise: float = 1.0,
    ) -> None:
        self._rng, self._frames, self._size, self._noise = rng, frames, size, noise
        self._colony = Colony(
            rng, size=size, cells=cells, division_interval_frames=division_interval_frames, speed_px=speed_px
        )
        self._background = _background(rng, size)
        self._tracks: dict[int, list[int]] = {}
        self._seen: dict[Cell | None, int] = {}

    def __len__(self) -> int:
        return self._frames

    def __iter__(self) -> Iterator[tuple[NDArray[np.uint16], NDArray[np.int32]]]:
        """Yield image ``(Y, X)`` uint16 and labels ``(Y, X)`` int32 of each frame; an id is a track."""
        for frame in range(self._frames):
            if frame:
                self._colony.step()
            indices, light = paint(self._colony.cells, self._size)
            labels = self._track(frame, indices)
            electrons = self._background + CELL_E * ndimage.gaussian_filter(light, PSF_SIGMA_PX)
            yield photograph(self._rng, electrons, self._noise), labels

    def tracks(self) -> pd.DataFrame:
        """Return track, begin, end, parent (int32) of the frames made so far.

        A cell that leaves the field and comes back is a new track without a parent, as nobody could know.
        """
        rows = [[track, *row] for track, row in sorted(self._tracks.items())]
        return pd.DataFrame(rows, columns=TRACK_COLUMNS).astype("int32")

    def _track(self, frame: int, indices: NDArray[np.int32]) -> NDArray[np.int32]:
        """Number the visible cells by track: 1 + index into the colony becomes the track's id."""
        cells = self._colony.cells
        numbers = np.zeros(len(cells) + 1, np.int32)
        seen: dict[Cell | None, int] = {}
        for index in np.unique(indices[indices > 0]):
            cell = cells[index - 1]
            track = self._seen.get(cell, 0)
            if not track:
                track = len(self._tracks) + 1
                self._tracks[track] = [frame, frame, self._seen.get(cell.mother, 0)]
            self._tracks[track][1] = frame
            numbers[index] = seen[cell] = track
        self._seen = seen
        return numbers[indices]


def photograph(rng: np.random.Generator, electrons: NDArray[np.floating], noise: float = 1.0) -> NDArray[np.uint16]:
    """Return what a camera counts of expected electrons ``(Y, X)``, with noise relative to the default camera's."""
    if noise:
        strength = noise**2
        electrons = rng.poisson(electrons / strength) * strength
        electrons = electrons + rng.normal(0, READ_NOISE_E * noise, electrons.shape)
    return np.clip(OFFSET + GAIN * electrons, 0, np.iinfo(np.uint16).max).round().astype(np.uint16)


def paint(cells: list[Cell], size: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Draw cells into a field.

    Parameters
    ----------
    cells : list of Cell
    size : int
        Side of the field [px].

    Returns
    -------
    indices : (Y, X), int32
        1 + position in `cells`; each is one connected piece of at least 30 pixels, smaller ones are not drawn.
    light : (Y, X), float64
        Emitted light, about 1 in an interphase cell.
    """
    depth = np.ones((size, size))
    indices = np.zeros((size, size), np.int32)
    light = np.zeros((size, size))
    for index, cell in enumerate(cells, start=1):
        reach = int(cell.radius * 2) + 3
        y, x = (round(c) for c in cell.centre)
        rows, columns = (slice(max(0, c - reach), max(0, min(size, c + reach + 1))) for c in (y, x))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        inside, shine = profile(cell, rows, columns)
        nearer = inside < depth[rows, columns]
        depth[rows, columns][nearer] = inside[nearer]
        indices[rows, columns][nearer] = index
        light[rows, columns][nearer] = shine[nearer]
    kept = _whole_pieces(indices)
    light[(indices > 0) & (kept == 0)] = 0
    return kept, light


def profile(cell: Cell, rows: slice, columns: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance from the centre relative to the outline (1 = on it), and light, in a window."""
    dy = np.arange(rows.start, rows.stop)[:, None] - cell.centre[0]
    dx = np.arange(columns.start, columns.stop) - cell.centre[1]
    cos, sin = np.cos(cell.angle), np.sin(cell.angle)
    stretch = np.exp(cell.elongation / 2)
    along = (dx * cos + dy * sin) / (cell.radius * stretch)
    across = (dy * cos - dx * sin) / (cell.radius / stretch)
    direction = np.arctan2(across, along)
    outline = np.ones_like(along)
    for order, (even, odd) in enumerate(cell.lobes, start=2):
        outline += even * np.cos(order * direction) + odd * np.sin(order * direction)
    distance = np.hypot(along, across) / outline
    grain = sum(a * np.cos(ky * across + kx * along + phase) for ky, kx, phase, a in cell.texture)
    calm = 1 - max(cell.mitosis, cell.newborn)
    dome = 1 - 0.45 * np.clip(distance, 0, 1) ** 2
    excess = 1 + 0.9 * cell.mitosis + 0.5 * cell.newborn
    return distance, np.maximum(cell.brightness * excess * dome * (1 + (0.3 + 0.7 * calm) * grain), 0.05)


def _whole_pieces(indices: NDArray[np.int32]) -> NDArray[np.int32]:
    """Keep the largest piece of each cell, when it is large enough to count."""
    kept = np.zeros_like(indices)
    for index, window in enumerate(ndimage.find_objects(indices), start=1):
        if window is None:
            continue
        pieces, _ = ndimage.label(indices[window] == index)
        sizes = np.bincount(pieces.ravel())[1:]
        if sizes.max() >= SMALLEST_PX:
            kept[window][pieces == 1 + sizes.argmax()] = index
    return kept


def _background(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Uneven background [electrons]: a tilt, a bright spot, and slow clouds."""
    y, x = np.mgrid[:size, :size] / size
    tilt = rng.uniform(-0.2, 0.2, 2)
    spot = rng.uniform(0.2, 0.8, 2)
    clouds = ndimage.gaussian_filter(rng.normal(0, 1, (size, size)), size / 10, mode="wrap")
    glow = 0.35 * np.exp(-((y - spot[0]) ** 2 + (x - spot[1]) ** 2) / 0.18)
    return BACKGROUND_E * (1 + tilt[0] * (y - 0.5) + tilt[1] * (x - 0.5) + glow + 0.08 * clouds / clouds.std())
