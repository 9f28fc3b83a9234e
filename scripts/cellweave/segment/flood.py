"""Kernels that turn maps into basins and describe them, each a few passes in numba.

Planes have a border of one pixel that belongs to nothing, so that every other pixel has eight neighbours.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

UNKNOWN = 1
"""Label of pixels that may belong to something beyond the crop; objects count from 2."""

NARROW, WIDE = 1, 8
REACH = 2 * WIDE
"""How far `elevation` looks, in pixels."""
HIGHEST = (192 + 64) * 255
"""What `elevation` makes of a marker that is 255 everywhere."""


def elevation(marker: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return the surface that is flooded: the marker smoothed narrowly, plus a third of it smoothed widely.

    The narrow part (3 x 3 box, twice) follows the saddles between cells. The wide part (17 x 17 box, twice) slopes
    where the marker is flat, so that a plateau is shared out about half way between its objects.
    Only integers are added, hence the result is the same in every crop.

    Parameters
    ----------
    marker : ndarray of uint8, (Y, X)
        It counts as 0 beyond its border, and the result is therefore wrong within `REACH` of a border that
        is not the plane's.

    Returns
    -------
    ndarray of uint16, (Y, X)
        192 per level of the narrow part, 64 per level of the wide part.
    """
    narrow = _window_sums(_window_sums(marker.astype(np.int32), NARROW), NARROW)
    wide = _window_sums(_window_sums(marker.astype(np.int32), WIDE), WIDE)
    return (192 * narrow // (2 * NARROW + 1) ** 4 + 64 * wide // (2 * WIDE + 1) ** 4).astype(np.uint16)


@njit(cache=True, nogil=True)
def flood(
    surface: NDArray[np.uint16], mask: NDArray[np.bool_], seeds: NDArray[np.int32], first: NDArray[np.int64], depth: int
) -> tuple[NDArray[np.int32], int]:
    """Share out the pixels of `mask` among the seeds.

    Every pixel has a rank: its height; of two equals the earlier one is higher. Edges between 8-neighbours are
    ordered by the rank of their lower end, then of their upper end. That order is strict, so the maximum spanning
    forest rooted in the seeds is unique (watershed cut, Cousty et al. 2009, doi:10.1109/TPAMI.2008.173), and as
    ranks compare alike in every crop, so is the forest. Built by Kruskal's algorithm, highest edge first. Where two
    objects meet and the top of one is less than `depth` above that edge, the other takes it over (dynamics,
    Grimaud 1992, doi:10.1117/12.60650).

    Parameters
    ----------
    surface : ndarray of uint16, (Y, X)
        Heights.
    mask : ndarray of bool, (Y, X)
        False at the border.
    seeds : ndarray of int32, (Y, X)
        Labels, 0 for none; the top of `UNKNOWN` counts as infinitely high.
    first : ndarray of int64, (labels,)
        First pixel of each label; the earlier one takes over where two tops are equal.
    depth : int
        Least height of an object's top above the edges to its neighbours.

    Returns
    -------
    ndarray of int32, (Y, X)
        Objects, labelled by the highest of the seeds they grew from; a part of `mask` that no seed reaches has a
        label of its own, from ``labels`` on.
    int
        One more than the largest label.
    """
    heights, inside, start = surface.ravel(), mask.ravel(), seeds.ravel()
    width = mask.shape[1]
    steps = np.array([-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1])
    tops = np.zeros(first.size, np.int64)
    for p in range(start.size):
        tops[start[p]] = max(tops[start[p]], heights[p])
    tops[UNKNOWN] = np.iinfo(np.int64).max
    owner = np.arange(first.size).astype(np.int32)  # of a label: itself, or the one that took it over
    # Of a pixel: 0 not flooded yet, > 0 its label, < 0 minus its parent in the tree of a basin without a label yet.
    state = np.zeros(inside.size, np.int32)
    for p in _descending(heights, inside):
        if _join(p, start[p], steps, state, owner):
            _meet(p, steps, heights, state, owner, tops, first, depth)
    count = _resolve(state, owner)
    return state.reshape(mask.shape), count


@njit(cache=True, nogil=True)
def _resolve(state: NDArray[np.int32], owner: NDArray[np.int32]) -> int:
    """Replace states by final labels, new ones where no seed came; return one more than the largest."""
    count = owner.size
    for p in range(state.size):
        if state[p] < 0:
            root = _root(state, p)
            if state[root] < 0:
                state[root] = count
                count += 1
            state[p] = state[root]
        if state[p] < owner.size:
            state[p] = _owner(owner, state[p])
    return count


@njit(cache=True, nogil=True)
def _join(p: int, seed: int, steps: NDArray[np.int64], state: NDArray[np.int32], owner: NDArray[np.int32]) -> bool:
    """Add pixel `p` with its edges to higher pixels, of one object or none; return whether there are several objects.

    Basins without a label hang on `p` afterwards.
    """
    state[p] = -p
    low = high = _owner(owner, seed)
    for step in steps:
        q = p + step
        if state[q] < 0:
            q = _root(state, q)
            if state[q] < 0:
                state[q] = -p
                continue
        if state[q] > 0:
            label = _owner(owner, state[q])
            low, high = min(low, label) if low > 0 else label, max(high, label)
    if high > 0:
        state[p] = seed if low != high else high
    return low != high


@njit(cache=True, nogil=True)
def _meet(
    p: int,
    steps: NDArray[np.int64],
    heights: NDArray[np.uint16],
    state: NDArray[np.int32],
    owner: NDArray[np.int32],
    tops: NDArray[np.int64],
    first: NDArray[np.int64],
    depth: int,
) -> None:
    """Add pixel `p` where several objects meet: the first edge decides, a later one at most makes one object of two."""
    own = _owner(owner, state[p])
    before = p
    for _ in steps:
        q = _next(p, before, steps, heights, state)
        if q == 0:
            break
        before = q
        other = _owner(owner, state[_root(state, q)])
        own = other if own == 0 else own
        if own != other:
            wins = tops[own] > tops[other] or (tops[own] == tops[other] and first[own] < first[other])
            weaker, stronger = (other, own) if wins else (own, other)
            if tops[weaker] - heights[p] < depth:
                owner[weaker] = own = stronger
    state[p] = own


@njit(cache=True, nogil=True)
def _next(p: int, before: int, steps: NDArray[np.int64], heights: NDArray[np.uint16], state: NDArray[np.int32]) -> int:
    """Return the highest labelled neighbour of `p` that is lower than `before` (any, where that is `p`), or 0."""
    best = 0
    for step in steps:
        q = p + step
        labelled = state[q] != 0 and state[_root(state, q)] > 0
        if labelled and (before == p or _outranks(before, q, heights)) and (best == 0 or _outranks(q, best, heights)):
            best = q
    return best


@njit(cache=True, nogil=True)
def _outranks(p: int, q: int, heights: NDArray[np.uint16]) -> bool:
    return heights[p] > heights[q] or (heights[p] == heights[q] and p < q)


@njit(cache=True, nogil=True)
def _owner(owner: NDArray[np.int32], label: int) -> int:
    while owner[label] != label:
        owner[label] = owner[owner[label]]
        label = owner[label]
    return label


@njit(cache=True, nogil=True)
def _root(state: NDArray[np.int32], p: int) -> int:
    """Return the first labelled or topmost pixel above `p`, halving the path."""
    while state[p] < 0 and state[p] != -p:
        q = -state[p]
        state[p] = state[q]
        p = q
    return p


@njit(cache=True, nogil=True)
def _descending(surface: NDArray[np.uint16], inside: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the pixels inside, highest first, earlier ones first among equals (counting sort)."""
    start = np.zeros(1 << 16, np.int32)
    for p in range(inside.size):
        if inside[p]:
            start[surface[p]] += 1
    total = 0
    for height in range(start.size - 1, -1, -1):
        count = start[height]
        start[height] = total
        total += count
    order = np.empty(total, np.int32)
    for p in range(inside.size):
        if inside[p]:
            order[start[surface[p]]] = p
            start[surface[p]] += 1
    return order


@njit(cache=True, nogil=True)
def _window_sums(plane: NDArray[np.int32], radius: int) -> NDArray[np.int32]:
    """Return the sum over the square window of 2 * `radius` + 1 pixels a side; beyond the border there are zeros."""
    height, width = plane.shape
    sums = np.empty_like(plane)
    column = np.zeros(width, plane.dtype)
    for y in range(-radius, height):
        if y + radius < height:
            column += plane[y + radius]
        if y > radius:
            column -= plane[y - radius - 1]
        if y >= 0:
            total = column[:radius].sum()
            for x in range(width):
                if x + radius < width:
                    total += column[x + radius]
                if x > radius:
                    total -= column[x - radius - 1]
                sums[y, x] = total
    return sums


@njit(cache=True, nogil=True)
def first_pixels(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return the first pixel, row by row, of each label 0 <= label < count; -1 for a label without any."""
    first = np.full(count, -1, np.int64)
    for p, label in enumerate(labels.ravel()):
        if first[label] < 0:
            first[label] = p
    return first


@njit(cache=True, nogil=True)
def meet(
    labels: NDArray[np.int32], gaps: NDArray[np.int32], marker: NDArray[np.uint8], objects: int, gap_count: int
) -> tuple[NDArray, ...]:
    """Look at all pairs of neighbours once.

    Parameters
    ----------
    labels : ndarray of int32, (Y, X)
        Objects from 2, `UNKNOWN`, 0 outside the mask and at the border.
    gaps : ndarray of int32, (Y, X)
        Components of the background 1..n, 0 elsewhere and at the border.
    marker : ndarray of uint8, (Y, X)
        Marker map.
    objects, gap_count : int
        One more than the largest label, and the largest gap.

    Returns
    -------
    saddles : ndarray of uint8, (objects,)
        Highest marker level at which the object meets another one.
    open_objects : ndarray of bool, (objects,)
        The object meets the unknown.
    size, low, high : ndarray of int64, (gap_count,)
        Pixels of the gap, smallest and largest label of the objects around it (2**31 and 0 where there are none).
    open_gaps : ndarray of bool, (gap_count,)
        The gap meets the unknown.
    """
    saddles, open_objects = np.zeros(objects, np.uint8), np.zeros(objects, np.bool_)
    size, high = np.zeros(gap_count + 1, np.int64), np.zeros(gap_count + 1, np.int64)
    low, open_gaps = np.full(gap_count + 1, 1 << 31, np.int64), np.zeros(gap_count + 1, np.bool_)
    for y in range(labels.shape[0] - 1):
        for x in range(1, labels.shape[1] - 1):
            a, gap_a = labels[y, x], gaps[y, x]
            size[gap_a] += 1
            for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
                b, gap_b = labels[y + dy, x + dx], gaps[y + dy, x + dx]
                if a and b and a != b:
                    if a == UNKNOWN or b == UNKNOWN:
                        open_objects[max(a, b)] = True
                    else:
                        level = min(marker[y, x], marker[y + dy, x + dx])
                        saddles[a], saddles[b] = max(saddles[a], level), max(saddles[b], level)
                elif a != b and dy * dx == 0 and gap_a + gap_b:
                    gap, label = gap_a + gap_b, max(a, b)
                    if label == UNKNOWN:
                        open_gaps[gap] = True
                    else:
                        low[gap], high[gap] = min(low[gap], label), max(high[gap], label)
    return saddles, open_objects, size, low, high, open_gaps


@njit(cache=True, nogil=True)
def totals(
    labels: NDArray[np.int32], foreground: NDArray[np.uint8], marker: NDArray[np.uint8], objects: int
) -> NDArray[np.int64]:
    """Return sums per label over its pixels.

    Returns
    -------
    ndarray of int64, (objects, 5)
        Area, sum of rows, sum of columns, sum of foreground, maximum of marker.
    """
    sums = np.zeros((objects, 5), np.int64)
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            row = sums[labels[y, x]]
            row[0] += 1
            row[1] += y
            row[2] += x
            row[3] += foreground[y, x]
            row[4] = max(row[4], marker[y, x])
    return sums
