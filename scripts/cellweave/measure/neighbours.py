"""How far each cell is from the cells next to it."""

import numpy as np
from scipy.spatial import cKDTree

NEIGHBOURS = 8


class Neighbourhood:
    """The points of one frame.

    Parameters
    ----------
    points : (N, D) float
        Centroids, in the unit that the distances are wanted in.
    """

    def __init__(self, points: np.ndarray) -> None:
        self._points = points
        self._tree = cKDTree(points) if len(points) else None

    def distances(self, chosen: slice = slice(None)) -> np.ndarray:
        """Return the distances from some of the points to the nearest others.

        Returns
        -------
        (N, 8) float
            Distance to the k-th nearest other point in column k - 1; NaN where there are fewer than k others.
        """
        points = self._points[chosen]
        distances = np.full((len(points), NEIGHBOURS), np.nan)
        others = min(NEIGHBOURS, len(self._points) - 1)
        if others > 0 and len(points):
            found, _ = self._tree.query(points, k=others + 1)
            distances[:, :others] = found[:, 1:]  # the first is the point itself, or one at the same place
        return distances
