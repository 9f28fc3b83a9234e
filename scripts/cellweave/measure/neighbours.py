"""How far each cell is from the cells next to it."""

import numpy as np
from scipy.spatial import cKDTree

NEIGHBOURS = 8


def neighbour_distances(points: np.ndarray) -> np.ndarray:
    """Return the distances to the nearest other points of one frame.

    Parameters
    ----------
    points : (N, D) float
        Centroids, in the unit that the distances are wanted in.

    Returns
    -------
    (N, 8) float
        Distance to the k-th nearest other point in column k - 1; NaN where there are fewer than k others.
    """
    distances = np.full((len(points), NEIGHBOURS), np.nan)
    others = min(NEIGHBOURS, len(points) - 1)
    if others > 0:
        found, _ = cKDTree(points).query(points, k=others + 1)
        distances[:, :others] = found[:, 1:]  # the first is the point itself, or one at the same place
    return distances
