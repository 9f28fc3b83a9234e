"""Objects that are given rather than found, as they are or disturbed on purpose: what tracking does with them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from cellweave.core.errors import InputError
from cellweave.segment.blocks import OBJECTS

TRIES = 20
"""Places that are tried for a false object before it is left out."""


def disturbed(labels: NDArray[np.int32], shares: Mapping[str, float], rng: np.random.Generator) -> NDArray[np.int32]:
    """Return the objects of one frame with errors as segmentation makes them.

    Parameters
    ----------
    labels : (Y, X) int32
        0 is background.
    shares : mapping
        ``misses``: objects that are left out; ``merges``: objects that take the name of their nearest neighbour, if the
        two touch; ``false_cells``: objects copied to a random empty place. Each a share of the objects, 0 to 1.
    rng : numpy.random.Generator
    """
    labels = labels.copy()
    names = np.unique(labels[labels > 0])
    for name in rng.permutation(names)[: rng.binomial(len(names), shares.get("merges", 0.0))]:
        _merge(labels, name)
    names = np.unique(labels[labels > 0])
    missed = names[rng.random(len(names)) < shares.get("misses", 0.0)]
    labels[np.isin(labels, missed)] = 0
    boxes, added = ndimage.find_objects(labels), rng.binomial(len(names), shares.get("false_cells", 0.0))
    kept = np.setdiff1d(names, missed)
    for number in range(added if len(kept) else 0):
        copied = rng.choice(kept)
        _paste(labels, labels[boxes[copied - 1]] == copied, int(names.max()) + 1 + number, rng)
    return labels


def fitted(labels: NDArray[np.int32], frame: int, shape: tuple[int, ...], extent: tuple[int, int]) -> NDArray[np.int32]:
    """Return foreign labels in the size of the stored frame, 0 where they name no object.

    Parameters
    ----------
    labels : ([Z,] Y, X) int32
        In the size of the stored frame, or in the true extent of a smaller still image. Ids up to 0 are background.
    frame : int
        Its number.
    shape : tuple of int
        ``([Z,] Y, X)`` of the stored frame.
    extent : (int, int)
        Height and width of the image within it; beyond it there is nothing.

    Raises
    ------
    InputError
        Another size.
    """
    height, width = extent
    if labels.shape not in (shape, (*shape[:-2], height, width)):
        raise InputError(
            f"labels of shape {labels.shape} for an image of {(*shape[:-2], height, width)}",
            where=f"frame {frame}",
            todo="give labels in the size of the images",
        )
    whole = np.zeros(shape, np.int32)
    whole[..., :height, :width] = np.maximum(labels[..., :height, :width], 0)
    return whole


def described(labels: NDArray[np.int32], frame: int) -> tuple[NDArray[np.int32], pd.DataFrame]:
    """Number the objects of one frame by where they are, so that names tell nothing, and describe them.

    Parameters
    ----------
    labels : (Y, X) or (Z, Y, X) int32
    frame : int

    Returns
    -------
    labels : of the same shape, int32
        Objects 1..n by y, then x of their centroid.
    objects : DataFrame
        The columns of `segment.blocks.OBJECTS`; the score of what is given is 1.
    """
    places = np.nonzero(labels)
    names, index = np.unique(labels[places], return_inverse=True)
    area = np.bincount(index, minlength=len(names))
    y, x = (np.bincount(index, axis, len(names)) / np.maximum(area, 1) for axis in places[-2:])
    order = np.lexsort((x, y))
    number = np.empty(len(names), np.int32)
    number[order] = np.arange(1, len(names) + 1)
    renamed = np.zeros_like(labels)
    renamed[places] = number[index]
    table = {"frame": frame, "label": number[order], "score": 1.0, "area_px": area[order]}
    return renamed, pd.DataFrame(table | {"y_px": y[order], "x_px": x[order]}).astype(OBJECTS)


def _merge(labels: NDArray[np.int32], name: int) -> None:
    """Give an object the name of the one that touches it most, if any does."""
    own = labels == name
    rim = labels[ndimage.binary_dilation(own) & ~own]
    if (rim > 0).any():
        labels[own] = np.bincount(rim[rim > 0]).argmax()


def _paste(labels: NDArray[np.int32], shape: NDArray[np.bool_], name: int, rng: np.random.Generator) -> None:
    """Draw a shape at a random place where there is nothing."""
    room = np.array(labels.shape) - shape.shape
    if (room < 0).any():
        return
    for _ in range(TRIES):
        y, x = rng.integers(room + 1)
        window = labels[y : y + shape.shape[0], x : x + shape.shape[1]]
        if not window[shape].any():
            window[shape] = name
            return
