"""Intensity statistics of frames: what normalisation and thresholds need, from one pass."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

FLOAT_BINS = 4096
PERCENTS = {"p01": 1, "p50": 50, "p99": 99}


class Histogram:
    """What is counted of a frame that is read in parts.

    Integers are counted by value, so that everything about them is exact. Floats are counted by their first 16 bits,
    as if rounded to bfloat16: percentiles and otsu are within 1 % then, all else is exact but for rounding.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(1 << 16, np.int64)
        self._sums = np.zeros(3)  # number, sum, sum of squares: of floats, about the first of them
        self._base: float | None = None
        self._low, self._high = np.inf, -np.inf
        self._floats = False

    def add(self, pixels: NDArray) -> None:
        """Count the finite pixels of a part, uint8, uint16 or float32, of the type of all others."""
        self._floats = np.issubdtype(pixels.dtype, np.floating)
        self._low, self._high = min(self._low, float(pixels.min())), max(self._high, float(pixels.max()))
        keys = _keys(pixels) if self._floats else pixels
        counts = np.bincount(keys.ravel())
        self._counts[: counts.size] += counts
        if self._floats:
            self._base = float(pixels.flat[0]) if self._base is None else self._base
            rest = pixels.astype(np.float64) - self._base
            self._sums += pixels.size, rest.sum(), (rest * rest).sum()

    def statistics(self) -> dict[str, float]:
        """Return what `frame_statistics` does."""
        places = np.flatnonzero(self._counts)
        values, counts = _values(places) if self._floats else places.astype(np.float64), self._counts[places]
        if self._floats:
            number, total, squares = self._sums
            mean = self._base + total / number
            std = np.sqrt(max(0.0, squares / number - (total / number) ** 2))
        else:
            mean = values @ counts / counts.sum()
            std = np.sqrt((values - mean) ** 2 @ counts / counts.sum())
        return _named(self._low, self._high, mean, std, _percentiles(values, counts), (counts, values))


def frame_statistics(pixels: NDArray) -> dict[str, float]:
    """Return minimum, maximum, mean, std, p01, p50, p99 and otsu of one channel of one frame.

    Parameters
    ----------
    pixels : ([Z,] Y, X), uint8, uint16 or float32
        Finite. Everything about integers is exact; of floats only otsu comes from a histogram (of 4096 bins).

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
        histogram = Histogram()
        histogram.add(pixels)
        return histogram.statistics()
    percentiles = dict(zip(PERCENTS, np.percentile(pixels, list(PERCENTS.values())), strict=True))
    counts, edges = np.histogram(pixels, bins=FLOAT_BINS)
    moments = pixels.mean(dtype=np.float64), pixels.std(dtype=np.float64)
    return _named(
        float(pixels.min()), float(pixels.max()), *moments, percentiles, (counts, (edges[:-1] + edges[1:]) / 2)
    )


def normalisation(statistics: pd.DataFrame, kind: str, reference: int | None = None) -> pd.DataFrame:
    """Return centre and spread of every frame, such that (x - centre) / spread is normalised.

    Frames of a movie share one normalisation, the median over frames of mean and of std, so that a cell does not
    change when another one enters; every still image has its own. A constant image has spread 1.

    Parameters
    ----------
    statistics : DataFrame
        One row per frame with mean and std.
    kind : {"movie", "stills"}
    reference : int, optional
        Frames of a movie, from the first on, whose median it is; all if not given.
    """
    centre, spread = statistics["mean"], statistics["std"]
    if kind == "movie":
        centre, spread = centre * 0 + centre[:reference].median(), spread * 0 + spread[:reference].median()
    return pd.DataFrame({"centre": centre, "spread": spread.where(spread > 0, 1.0)})


def _named(
    low: float, high: float, mean: float, std: float, percentiles: dict[str, float], histogram: tuple[NDArray, NDArray]
) -> dict[str, float]:
    statistics = {"minimum": low, "maximum": high, "mean": mean, "std": std, **percentiles}
    statistics["otsu"] = threshold_otsu(hist=histogram) if low < high else low
    return {name: float(value) for name, value in statistics.items()}


def _keys(pixels: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return the first 16 bits of floats as numbers that order as the floats do."""
    bits = np.ascontiguousarray(pixels, np.float32).view(np.uint32)
    return np.where(bits >> 31, ~bits, bits | 1 << 31) >> 16


def _values(keys: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the floats in the middle of what `_keys` takes together."""
    bits = (keys.astype(np.uint32) << 16) | 1 << 15
    return np.where(bits >> 31, bits ^ 1 << 31, ~bits).astype(np.uint32).view(np.float32).astype(np.float64)


def _percentiles(values: NDArray, counts: NDArray) -> dict[str, float]:
    """Percentiles of the data that `counts` of sorted `values` stand for, interpolated linearly as numpy does."""
    below = np.cumsum(counts)
    found = {}
    for name, percent in PERCENTS.items():
        rank = percent / 100 * (below[-1] - 1)
        left, right = values[np.searchsorted(below, [np.floor(rank), np.ceil(rank)], side="right")]
        found[name] = left + (right - left) * (rank - np.floor(rank))
    return found
