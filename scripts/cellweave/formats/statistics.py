"""Intensity statistics of frames: what normalisation and thresholds need, from one pass."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

FLOAT_BINS = 4096
PERCENTS = {"p01": 1, "p50": 50, "p99": 99}


def frame_statistics(pixels: NDArray) -> dict[str, float]:
    """Return minimum, maximum, mean, std, p01, p50, p99 and otsu of one channel of one frame.

    Parameters
    ----------
    pixels : ([Z,] Y, X), uint8, uint16 or float32
        Finite. Integers are counted into a histogram of all their values, so everything about them is exact; of
        floats only otsu comes from a histogram (of 4096 bins).

    Returns
    -------
    dict
        In the unit of `pixels`; otsu separates two classes with the least variance within [1]_, and is the
        value itself for a constant frame.

    References
    ----------
    .. [1] Otsu, IEEE Trans. Systems, Man and Cybernetics 9 (1979) 62.
    """
    if np.issubdtype(pixels.dtype, np.integer):
        counts = np.bincount(pixels.ravel())
        values = np.flatnonzero(counts).astype(np.float64)
        counts = counts[counts > 0]
        total = counts.sum()
        mean = values @ counts / total
        std = np.sqrt((values - mean) ** 2 @ counts / total)
        percentiles = _percentiles(values, counts)
    else:
        percentiles = dict(zip(PERCENTS, np.percentile(pixels, list(PERCENTS.values())), strict=True))
        mean, std = pixels.mean(dtype=np.float64), pixels.std(dtype=np.float64)
        counts, edges = np.histogram(pixels, bins=FLOAT_BINS)
        values = (edges[:-1] + edges[1:]) / 2
    low, high = float(pixels.min()), float(pixels.max())
    statistics = {"minimum": low, "maximum": high, "mean": mean, "std": std, **percentiles}
    statistics["otsu"] = threshold_otsu(hist=(counts, values)) if low < high else low
    return {name: float(value) for name, value in statistics.items()}


def normalisation(statistics: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return centre and spread of every frame, such that (x - centre) / spread is normalised.

    Frames of a movie share one normalisation, the median over frames of mean and of std, so that a cell does not
    change when another one enters; every still image has its own. A constant image has spread 1.

    Parameters
    ----------
    statistics : DataFrame
        One row per frame with mean and std.
    kind : {"movie", "stills"}
    """
    centre, spread = statistics["mean"], statistics["std"]
    if kind == "movie":
        centre, spread = centre * 0 + centre.median(), spread * 0 + spread.median()
    return pd.DataFrame({"centre": centre, "spread": spread.where(spread > 0, 1.0)})


def _percentiles(values: NDArray, counts: NDArray) -> dict[str, float]:
    """Percentiles of the data that `counts` of sorted `values` stand for, interpolated linearly as numpy does."""
    below = np.cumsum(counts)
    found = {}
    for name, percent in PERCENTS.items():
        rank = percent / 100 * (below[-1] - 1)
        left, right = values[np.searchsorted(below, [np.floor(rank), np.ceil(rank)], side="right")]
        found[name] = left + (right - left) * (rank - np.floor(rank))
    return found
