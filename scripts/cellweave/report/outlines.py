"""Outlines of cells as short text: what the page's viewer draws and what a click hits.

An outline is a closed polygon in half pixels of the page's picture. It starts at ``(x, y)``, and each step to the next
vertex is two letters of `LETTERS`, whose places less 32 are dx and dy; longer steps are cut into several.
"""

from itertools import pairwise

import numpy as np
from scipy.ndimage import find_objects
from skimage.measure import approximate_polygon, find_contours

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
REACH = 31  # longest step that one letter holds
STEPS_PER_PIXEL = 2


def outlines(labels: np.ndarray, scale: float, tolerance: float) -> dict[int, tuple[int, int, str]]:
    """Return the outline of every object, its largest where it has several parts.

    Parameters
    ----------
    labels : ndarray ``(Y, X)`` of int
        0 is background.
    scale : float
        Pixels of the picture per pixel of `labels`.
    tolerance : float
        Largest distance of the outline from the true one [pixels of the picture]; more makes it shorter.

    Returns
    -------
    dict
        Label -> x, y of the first vertex [half pixels of the picture], and the steps.
    """
    ids, index = np.unique(labels, return_inverse=True)
    index = index.reshape(labels.shape)
    if ids[:1].tolist() != [0]:
        index = index + 1
    boxes = find_objects(index.astype(np.int32))
    ids = ids[ids > 0]
    return {
        int(label): _encode(_polygon(index, place, box, scale, tolerance))
        for place, (label, box) in enumerate(zip(ids, boxes, strict=True), start=1)
    }


def decode(x: int, y: int, steps: str) -> np.ndarray:
    """Return the vertices ``(N, 2)`` of an outline as (x, y) in half pixels: what the page does, for tests."""
    moves = np.array([LETTERS.index(letter) - REACH - 1 for letter in steps], dtype=int).reshape(-1, 2)
    return np.array([[x, y]]) + np.vstack([[[0, 0]], moves.cumsum(axis=0)])


def _polygon(index: np.ndarray, place: int, box: tuple[slice, slice], scale: float, tolerance: float) -> np.ndarray:
    """Vertices ``(N, 2)`` as (x, y) in whole half pixels of the picture, where a pixel's corner is a whole number."""
    mask = np.pad(index[box] == place, 1)
    longest = max(find_contours(mask.astype(np.float32), 0.5), key=len)
    short = approximate_polygon(longest, tolerance / scale)[:-1]
    corner = np.array([box[0].start, box[1].start]) - 0.5  # of padding (-1) and of pixel centres (+0.5)
    return np.rint((short + corner)[:, ::-1] * scale * STEPS_PER_PIXEL).astype(int)


def _encode(polygon: np.ndarray) -> tuple[int, int, str]:
    steps = []
    for dx, dy in np.diff(polygon, axis=0).tolist():
        parts = max(1, -(-max(abs(dx), abs(dy)) // REACH))
        ends = [(dx * part // parts, dy * part // parts) for part in range(parts + 1)]
        steps += [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(ends)]
    text = "".join(LETTERS[dx + REACH + 1] + LETTERS[dy + REACH + 1] for dx, dy in steps if dx or dy)
    return int(polygon[0, 0]), int(polygon[0, 1]), text
