"""Flows to objects: every pixel steps to the neighbour that its flow points at; where its way ends is its basin.

Each step looks at 3 x 3 stored pixels, a way is the same in every crop that holds all of it, and basins are joined by
sums of integers over the whole border between two of them, in a fixed number of rounds. What depends on anything beyond
the crop is called open.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cellweave.learn.flows import UNIT, ZERO
from cellweave.segment.flood import UNKNOWN

LEAST = 9 * UNIT // 10
"""A sum of 3 x 3 flows shorter than this along both axes (a mean of a tenth) points nowhere."""
ROUNDS = 3
WALK = 5
"""Steps after which it is seen how far two neighbours have parted."""


@dataclass(frozen=True)
class Joined:
    """Objects from 2 (1 is what is not known, 0 is none).

    Attributes
    ----------
    labels : ndarray of int32, (Y, X)
    names : ndarray of int64
        First pixel of those where the ways end.
    parting : ndarray of float64
        Least parting of an object from one that it touches, -1 to 1; 1 for one that touches none.
    open : ndarray of bool
        What may differ when more is known.
    """

    labels: NDArray[np.int32]
    names: NDArray[np.int64]
    parting: NDArray[np.float64]
    open: NDArray[np.bool_]


def objects_of(
    flows: NDArray[np.uint8], mask: NDArray[np.bool_], rim: NDArray[np.bool_], parting: float, small: int
) -> Joined:
    """Follow the flows of a crop and join basins.

    In each round, each basin may join one that is larger and that it touches: the one it parts from least. It does when
    the parting is less than `parting`; in the last round also when it is smaller than `small`. Parting is the mean,
    over pairs of pixels on either side of the border between the two, of how far they move apart across it in `WALK`
    steps, as a share of the furthest they could: 1 where ways lead straight away from the border, 0 where parallel.

    Parameters
    ----------
    flows : ndarray of uint8, (2, Y, X)
        y and x, `UNIT` levels per unit and `ZERO` for none.
    mask : ndarray of bool, (Y, X)
        Pixels of objects; False at the border.
    rim : ndarray of bool, (Y, X)
        Pixels of which not all neighbours are in the crop.
    parting : float
        Least parting of two objects.
    small : int
        What is smaller in the end joins a neighbour in any case, in pixels.
    """
    to = _steps(flows, mask)
    ends = _ends(to, mask, rim)
    is_end = np.zeros(2 + ends.size, bool)  # -2 outside, -1 not known, then pixels
    is_end[ends + 2] = True
    is_end[:2] = True
    labels = (np.cumsum(is_end, dtype=np.int32) - 1)[ends + 2].reshape(mask.shape)
    names = np.concatenate([[-1, -1], np.flatnonzero(is_end[2:])])
    pairs, sums, meets_unknown = _borders(labels, _moved(to, mask.shape))
    area = np.bincount(labels.ravel(), minlength=names.size)
    is_open = np.zeros(names.size, bool)
    is_open[meets_unknown] = True
    is_open[UNKNOWN] = True
    group = np.arange(names.size)
    for left in reversed(range(ROUNDS)):
        target = _targets(pairs, sums, area, names, parting, 0 if left else small)
        # A basin decides by its neighbours' areas; what it becomes depends on what its neighbours decide.
        is_open = _near(_near(is_open, pairs), pairs)
        kept, renamed = np.unique(target, return_inverse=True)
        group = renamed[group]
        area = np.bincount(renamed, area, kept.size).astype(np.int64)
        names = _least(renamed, names, kept.size)
        is_open = np.bincount(renamed, is_open, kept.size) > 0
        pairs, sums = _aggregated(renamed[pairs], sums)
        is_open = _near(is_open, pairs)  # the border with it is not known either
    least = np.ones(names.size)
    for side in (0, 1):
        np.minimum.at(least, pairs[:, side], _parting(sums))
    return Joined(group[labels].astype(np.int32), names, least, is_open)


def _parting(sums: NDArray[np.int64]) -> NDArray[np.float64]:
    return sums[:, 0] / (2 * WALK * sums[:, 1])


def _targets(
    pairs: NDArray[np.int64],
    sums: NDArray[np.int64],
    area: NDArray[np.int64],
    names: NDArray[np.int64],
    parting: float,
    small: int,
) -> NDArray[np.int64]:
    """Return what each basin becomes part of; itself when it joins none."""
    rank = np.empty(area.size, np.int64)
    rank[np.lexsort((-names, area))] = np.arange(area.size)  # of two equals the earlier one counts as larger
    lesser = np.where(rank[pairs[:, 0]] < rank[pairs[:, 1]], 0, 1)
    at = np.arange(len(pairs))
    smaller, larger = pairs[at, lesser], pairs[at, 1 - lesser]
    value = _parting(sums)
    order = np.lexsort((names[larger], value, smaller))
    first = order[np.unique(smaller[order], return_index=True)[1]]
    first = first[(value[first] < parting) | (area[smaller[first]] < small)]
    target = np.arange(area.size)
    target[smaller[first]] = larger[first]
    while (further := target[target]).tolist() != target.tolist():  # always towards larger ones: no circles
        target = further
    return target


def _near(is_open: NDArray[np.bool_], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return what is open or touches what is."""
    near = is_open.copy()
    near[pairs[is_open[pairs[:, 1]], 0]] = True
    near[pairs[is_open[pairs[:, 0]], 1]] = True
    return near


def _least(groups: NDArray[np.int64], names: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    least = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(least, groups, names)
    return least


def _aggregated(pairs: NDArray[np.int64], sums: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs ``(N, 2)``, lower one first and each once, with the sums of what they are made of."""
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    apart = low != high
    unit = high.max(initial=0) + 1
    keys, place = np.unique((low * unit + high)[apart], return_inverse=True)
    total = np.zeros((keys.size, 2), np.int64)
    np.add.at(total, place, sums[apart])
    return np.stack(np.divmod(keys, unit), axis=1), total


def _borders(
    labels: NDArray[np.int32], moved: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Return pairs of basins that share an edge, sum and count of pixels moving apart across it, and what is open."""
    pairs, sums, unknown = [], [], []
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        one, other = _shifted(labels, dy, dx)
        apart = (one != other) & (one > 0) & (other > 0)
        a, b = one[apart], other[apart]
        unknown += [b[a == UNKNOWN], a[b == UNKNOWN]]
        if dy * dx == 0:
            before, after = _shifted(moved[dx], dy, dx)
            change = (after - before)[apart]
            both = (a > UNKNOWN) & (b > UNKNOWN)
            pairs.append(np.stack([a, b], axis=1)[both])
            sums.append(np.stack([change, np.ones_like(change)], axis=1)[both])
    found = _aggregated(np.concatenate(pairs).astype(np.int64), np.concatenate(sums))
    return *found, np.unique(np.concatenate(unknown))


def _shifted(plane: NDArray, dy: int, dx: int) -> tuple[NDArray, NDArray]:
    """Return all pixels that have a neighbour at (`dy`, `dx`), and these neighbours."""
    height, width = plane.shape
    left, right = max(0, -dx), width - max(0, dx)
    return plane[: height - dy, left:right], plane[dy:, left + dx : right + dx]


@njit(cache=True, nogil=True)
def _steps(flows: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the pixel that each pixel of `mask` steps to, one of its 8 neighbours or itself.

    The direction is that of the sum of flows in the 3 x 3 pixels around, as far as they are in `mask`, rounded to a
    multiple of 45 degrees (5 / 12 is the tangent of half of it, to half a percent).
    """
    height, width = mask.shape
    to = np.arange(height * width).astype(np.int32)
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            if not mask[y, x]:
                continue
            sy = sx = 0
            for v in range(y - 1, y + 2):
                for u in range(x - 1, x + 2):
                    if mask[v, u]:
                        sy += np.int64(flows[0, v, u]) - ZERO
                        sx += np.int64(flows[1, v, u]) - ZERO
            if max(abs(sy), abs(sx)) < LEAST:
                continue
            dy = np.sign(sy) if 12 * abs(sy) > 5 * abs(sx) else 0
            dx = np.sign(sx) if 12 * abs(sx) > 5 * abs(sy) else 0
            if mask[y + dy, x + dx]:
                to[y * width + x] = (y + dy) * width + x + dx
    return to


@njit(cache=True, nogil=True)
def _moved(to: NDArray[np.int32], shape: tuple[int, int]) -> NDArray[np.int32]:
    """Return ``(2, Y, X)``: rows and columns that each pixel is away from its place after `WALK` steps."""
    height, width = shape
    moved = np.zeros((2, height, width), np.int32)
    for y in range(height):
        for x in range(width):
            place = start = y * width + x
            for _ in range(WALK):
                place = to[place]
            if place != start:
                row = place // width
                moved[0, y, x], moved[1, y, x] = row - y, place - row * width - x
    return moved


@njit(cache=True, nogil=True)
def _ends(to: NDArray[np.int32], mask: NDArray[np.bool_], rim: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return where each pixel's way ends: the first pixel of the circle; -1 for ways into `rim`, -2 outside `mask`."""
    inside, unsure = mask.ravel(), rim.ravel()
    ends = np.full(to.size, -3, np.int64)
    for p in range(to.size):
        if not inside[p]:
            ends[p] = -2
        elif unsure[p]:
            ends[p] = -1
    way = np.empty(to.size, np.int32)
    for start in range(to.size):
        count, p = 0, start
        while ends[p] == -3:
            ends[p] = -4  # on this way
            way[count] = p
            count += 1
            p = to[p]
        end = ends[p]
        if end == -4:
            end, q = p, to[p]
            while q != p:
                end = min(end, q)
                q = to[q]
        for i in range(count):
            ends[way[i]] = end
    return ends
