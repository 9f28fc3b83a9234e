"""Random sequences with truth and a result that errs in every way a tracker can."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

TILE, SIDE, FRAMES, GENERATION = 8, 5, 11, 8


@dataclass(frozen=True)
class Pair:
    """Label images ``(T, Y, X)`` and lineage tables of truth and result."""

    truth: np.ndarray
    truth_tracks: pd.DataFrame
    result: np.ndarray
    result_tracks: pd.DataFrame


@pytest.fixture(scope="session")
def random_pair() -> Callable[[int], Pair]:
    """Make a pair of truth and result from a seed: splits, merges, gaps, single children, swaps, misses."""
    return _pair


def _pair(seed: int) -> Pair:
    rng = np.random.default_rng(seed)
    cells = _cells(rng)
    mothers = {
        cell: (cell - 1) // GENERATION * GENERATION - int(rng.integers(GENERATION // 2))
        for cell in range(GENERATION + 1, SIDE**2 + 1)
    }
    truth, truth_tracks = _lineage(cells, mothers, rng, keep=1.0)
    result, result_tracks = _lineage(_spoilt(cells, rng), mothers, rng, keep=0.9)
    return Pair(truth, truth_tracks, result, result_tracks)


def _cells(rng: np.random.Generator) -> np.ndarray:
    """A cell per tile, of random size, that lives for some frames and may be missing in between."""
    images = np.zeros((FRAMES, SIDE * TILE, SIDE * TILE), np.int64)
    for cell in range(1, SIDE**2 + 1):
        begin = min(3 * ((cell - 1) // GENERATION) + int(rng.integers(3)), FRAMES - 2)
        for frame in range(begin, min(begin + int(rng.integers(1, 5)), FRAMES)):
            if rng.random() > 0.05:
                _draw(images[frame], cell, rng)
    for image in images:  # py-ctcmetrics fails on frames without truth
        if not image.any():
            _draw(image, 1, rng)
    return images


def _draw(image: np.ndarray, cell: int, rng: np.random.Generator, tile: int | None = None) -> None:
    top, left = (TILE * part for part in divmod((cell if tile is None else tile) - 1, SIDE))
    y, x = rng.integers(0, 3, 2)
    high, wide = rng.integers(3, TILE - 2, 2)
    image[top + y : top + y + high, left + x : left + x + wide] = cell


def _spoilt(cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cells of another shape; some missed, merged, cut in two, invented, or swapped from a frame on."""
    images = np.zeros_like(cells)
    names = np.arange(SIDE**2 + 1)
    for frame, image in enumerate(cells):
        if rng.random() < 0.15:
            one, other = rng.integers(1, SIDE**2 + 1, 2)
            names[[one, other]] = names[[other, one]]
        for cell in np.unique(image[image > 0]):
            fate = rng.random()
            mask = image == cell
            if fate < 0.03:
                continue
            mask = np.roll(mask, rng.integers(-1, 2), axis=int(rng.integers(2))) if fate < 0.5 else mask
            images[frame][mask] = names[max(cell - 1, 1)] if fate > 0.92 else names[cell]
            if 0.88 < fate < 0.92:
                images[frame][mask & (np.arange(image.shape[1]) % TILE < 3)] = SIDE**2 + 1 + cell
        if rng.random() < 0.3:
            _draw(images[frame], 100 + frame // 2, rng, tile=int(rng.integers(1, SIDE**2 + 1)))
    return images


def _lineage(
    cells: np.ndarray, mothers: dict[int, int], rng: np.random.Generator, keep: float
) -> tuple[np.ndarray, pd.DataFrame]:
    """Valid labels and table: a track per unbroken life, some cut and some without a parent; children come later."""
    lives = sorted(
        (int(run[0]), int(cell), int(run[-1]))
        for cell in np.unique(cells[cells > 0])
        for present in [np.flatnonzero((cells == cell).any(axis=(1, 2)))]
        for run in np.split(present, np.flatnonzero((np.diff(present) > 1) | (rng.random(present.size - 1) > keep)) + 1)
    )
    labels, rows = np.zeros_like(cells), []
    for track, (begin, cell, end) in enumerate(lives, start=1):
        labels[begin : end + 1][cells[begin : end + 1] == cell] = track
        earlier = [other for other, life in enumerate(lives[: track - 1], start=1) if life[2] < begin]
        own = [other for other in earlier if lives[other - 1][1] == cell]
        kin = own or [other for other in earlier if lives[other - 1][1] == mothers.get(cell)]
        rows.append((track, begin, end, kin[-1] if kin and rng.random() < keep else 0))
    return labels, pd.DataFrame(rows, columns=["track", "begin", "end", "parent"])
