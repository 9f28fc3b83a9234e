"""Tiles of frames: how much a model doubts them, which of them to correct, and what corrected ones say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1
SHORTLIST = 8
"""Doubted tiles for each one that is chosen among them."""


@dataclass(frozen=True, order=True)
class Patch:
    """A square of a frame, `side` pixels from (y0, x0); smaller where the frame ends."""

    frame: int
    y0: int
    x0: int
    side: int

    def region(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Return rows and columns within a frame of a `shape` (Y, X)."""
        return slice(self.y0, min(self.y0 + self.side, shape[0])), slice(self.x0, min(self.x0 + self.side, shape[1]))


def doubt(maps: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return how unsure a model is of each pixel, by itself and by how much its answers to mirrored images differ.

    The variance of the foreground's Bernoulli distribution, scaled to at most 1 [1]_, plus twice the standard
    deviations of the maps over the answers [2]_, each at most 1.

    Parameters
    ----------
    maps : (V, channels, Y, X), float in [0, 1]
        Foreground and marker or flows, one answer for each view of the image.

    Returns
    -------
    (Y, X), float32 in [0, 3]

    References
    ----------
    .. [1] Settles, Active learning literature survey, 2009, section 3.1 (uncertainty sampling).
    .. [2] Wang et al., Neurocomputing 338 (2019) 34 (uncertainty from test-time augmentation).
    """
    foreground = maps[:, 0].mean(axis=0)
    return (4 * foreground * (1 - foreground) + 2 * maps.std(axis=0).sum(axis=0)).astype(np.float32)


def tile_means(plane: NDArray[np.floating], side: int) -> NDArray[np.float64]:
    """Return the mean of each tile of a plane ``(Y, X)``, of tiles of `side` pixels from its corner."""
    rows, columns = (np.arange(0, size, side) for size in plane.shape)
    sums = np.add.reduceat(np.add.reduceat(plane.astype(np.float64), rows, axis=0), columns, axis=1)
    heights, widths = (np.diff([*at, size]) for at, size in zip((rows, columns), plane.shape, strict=True))
    return sums / (heights[:, None] * widths)


def ranked(
    means: Sequence[NDArray[np.floating]],
    frames: Sequence[int],
    side: int,
    *,
    count: int,
    taken: Sequence[Patch] = (),
    apart: int = 0,
) -> list[tuple[Patch, float]]:
    """Return the tiles with the largest means, that are no near repetitions of each other.

    Parameters
    ----------
    means : sequence of (rows, columns)
        Mean doubt of the tiles of each frame.
    frames : sequence of int
        Numbers of these frames.
    side : int
        Side of a tile, pixels.
    count : int
        How many to return, fewer where there are no more.
    taken : sequence of Patch
        Tiles that are corrected already.
    apart : int
        Of a movie's tiles in one place, no two are this few frames apart or fewer.

    Returns
    -------
    list of (Patch, float)
        Tiles and their means, the largest first; of equal ones the first in order of frame, row and column.
    """
    scored = [
        (float(value), Patch(frame, row * side, column * side, side))
        for frame, table in zip(frames, means, strict=True)
        for (row, column), value in np.ndenumerate(table)
    ]
    chosen: list[tuple[Patch, float]] = []
    occupied = {(patch.y0, patch.x0): [] for patch in taken}
    for patch in taken:
        occupied[patch.y0, patch.x0].append(patch.frame)
    for value, patch in sorted(scored, key=lambda pair: (-pair[0], pair[1])):
        near = occupied.setdefault((patch.y0, patch.x0), [])
        if len(chosen) < count and all(abs(patch.frame - frame) > apart for frame in near):
            chosen.append((patch, value))
            near.append(patch.frame)
    return chosen


def spread_out(looks: NDArray[np.floating], known: NDArray[np.floating], count: int) -> list[int]:
    """Return which tiles of a shortlist to take, so that they look unlike each other and unlike those that are known.

    Farthest first: each is the one whose nearest neighbour among the known and the taken is the farthest away [1]_, as
    in the core sets of [2]_; of equal ones the first.

    Parameters
    ----------
    looks : (N, F)
        What each tile looks like: means of features. They are compared in standard deviations over the shortlist.
    known : (M, F)
        The same of tiles that were corrected before; without any, the first of the shortlist is taken.
    count : int
        How many to take, fewer where there are no more.

    Returns
    -------
    list of int
        Positions in the shortlist, in the order in which they were taken.

    References
    ----------
    .. [1] Gonzalez, Theoretical Computer Science 38 (1985) 293.
    .. [2] Sener and Savarese, ICLR 2018, arXiv:1708.00489.
    """
    spread = looks.std(axis=0)
    unit = np.where(spread > 0, spread, 1)
    nearest = np.full(len(looks), np.inf)
    for look in known:
        nearest = np.minimum(nearest, np.linalg.norm((looks - look) / unit, axis=1))
    chosen: list[int] = []
    for _ in range(min(count, len(looks))):
        nearest[chosen] = -1
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, np.linalg.norm((looks - looks[chosen[-1]]) / unit, axis=1))
    return chosen


def known_part(labels: NDArray[np.integer], sides: tuple[bool, bool, bool, bool]) -> NDArray[np.int32]:
    """Return the labels of a tile with the cells that its border may cut set to `UNKNOWN`.

    Their size and middle cannot be told, and a network that learned from the part that is seen would learn to draw
    borders where a tile ends.

    Parameters
    ----------
    labels : (Y, X), integers
        Complete labels of the tile, 0 = background.
    sides : (bool, bool, bool, bool)
        Whether the frame goes on above, below, left and right of it.
    """
    edges = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    cut = np.unique(
        np.concatenate([edge for edge, open_ in zip(edges, sides, strict=True) if open_] or [labels[:0, 0]])
    )
    return np.where(np.isin(labels, cut[cut > 0]), UNKNOWN, labels).astype(np.int32)


def partial_labels(shape: tuple[int, int], patches: Sequence[tuple[Patch, NDArray[np.integer]]]) -> NDArray[np.int32]:
    """Return labels of a frame that are known in some tiles only.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the frame.
    patches : sequence of (Patch, labels)
        Tiles of this frame with their complete labels ``(Y, X)``. Where tiles overlap the later one counts.

    Returns
    -------
    (Y, X), int32
        `UNKNOWN` outside the tiles and in cells that they cut; ids of different tiles differ.
    """
    frame = np.full(shape, UNKNOWN, np.int32)
    highest = 0
    for patch, labels in patches:
        rows, columns = patch.region(shape)
        sides = rows.start > 0, rows.stop < shape[0], columns.start > 0, columns.stop < shape[1]
        part = known_part(labels[: rows.stop - rows.start, : columns.stop - columns.start], sides)
        frame[rows, columns] = np.where(part > 0, part + highest, part)
        highest = max(highest, int(frame.max(initial=0)))
    return frame
