"""Sparse assignment: the matching of largest total benefit, in which cells may stay alone."""

from heapq import heappop, heappush

import numpy as np
from numba import njit


def assign(source: np.ndarray, target: np.ndarray, benefit: np.ndarray, sources: int, targets: int) -> np.ndarray:
    """Choose links of largest total benefit, at most one per source and per target.

    Shortest augmenting paths with potentials (Jonker and Volgenant 1987, Computing 38:325), one source after the
    other. A search ends at the first free target or at a source that had better stay alone, so its cost depends on
    the neighbourhood and not on the number of cells; `scipy.sparse.csgraph.min_weight_full_bipartite_matching`
    scans all targets at every step and was ten times slower on 10,000 cells.

    Parameters
    ----------
    source, target : ndarray (E,), int
        Ends of each link, counted from 0.
    benefit : ndarray (E,), float
        Links that are worth nothing, or less, are never chosen.
    sources, targets : int
        Number of cells on each side.

    Returns
    -------
    ndarray (E,), bool
        Which links are chosen.
    """
    order = np.argsort(source, kind="stable")
    starts = np.searchsorted(source[order], np.arange(sources + 1))
    chosen = np.zeros(len(source), bool)
    chosen[order[_augment(starts, target[order], -benefit[order], targets)]] = True
    return chosen


@njit(cache=True)
def _augment(starts: np.ndarray, target: np.ndarray, cost: np.ndarray, targets: int) -> np.ndarray:
    """Return the positions of the links of the cheapest matching; staying alone costs 0."""
    sources = len(starts) - 1
    link_of, holder = np.full(sources, -1), np.full(targets, -1)
    price, rent = np.zeros(sources), np.zeros(targets)
    distance = np.full(targets, np.inf)
    reached_by = np.full(targets, -1)
    closed = np.zeros(targets, np.bool_)
    for start in range(sources):
        best, nearest = _cheapest(start, starts, target, cost, price, rent)
        if best < 0 or holder[target[best]] < 0:  # most cells: the search would end at once
            price[start] += nearest
            if best >= 0:
                link_of[start], holder[target[best]] = best, start
            continue
        touched, visited, heap = [0][:0], [start], [(0.0, 0)][:0]
        row, length, sink = start, 0.0, -1
        alone, alone_length = start, -price[start]
        while True:
            for edge in range(starts[row], starts[row + 1]):
                column = target[edge]
                if closed[column]:
                    continue
                through = length + cost[edge] - price[row] - rent[column]
                if through < distance[column]:
                    if distance[column] == np.inf:
                        touched.append(column)
                    distance[column] = through
                    reached_by[column] = edge
                    heappush(heap, (through, column))
            while len(heap) and closed[heap[0][1]]:
                heappop(heap)
            if not len(heap) or heap[0][0] >= alone_length:
                length = alone_length
                break
            length, column = heappop(heap)
            closed[column] = True
            if holder[column] < 0:
                sink = column
                break
            row = holder[column]
            visited.append(row)
            if length - price[row] < alone_length:
                alone, alone_length = row, length - price[row]
        _reprice(visited, touched, closed, length, distance, target, link_of, price, rent)
        _flip(start, alone, sink, link_of, holder, reached_by, starts, target)
        for column in touched:
            distance[column], closed[column] = np.inf, False
    return link_of[link_of >= 0]


@njit(cache=True)
def _cheapest(
    start: int, starts: np.ndarray, target: np.ndarray, cost: np.ndarray, price: np.ndarray, rent: np.ndarray
) -> tuple[int, float]:
    """Price a source; return its cheapest link, of equals that to the first target, and its length; -1 for none.

    None is cheaper than staying alone when the link is -1; the length is then that of staying alone.
    """
    price[start] = 0.0
    for edge in range(starts[start], starts[start + 1]):
        price[start] = min(price[start], cost[edge] - rent[target[edge]])
    best, length = -1, -price[start]
    for edge in range(starts[start], starts[start + 1]):
        through = cost[edge] - price[start] - rent[target[edge]]
        if through < length or (through == length and best >= 0 and target[edge] < target[best]):
            best, length = edge, through
    return best, length


@njit(cache=True)
def _reprice(
    visited: list[int],
    touched: list[int],
    closed: np.ndarray,
    length: float,
    distance: np.ndarray,
    target: np.ndarray,
    link_of: np.ndarray,
    price: np.ndarray,
    rent: np.ndarray,
) -> None:
    """Move the potentials along the search, so that reduced costs stay non-negative; `visited` begins at its start."""
    price[visited[0]] += length
    for row in visited[1:]:
        price[row] += length - distance[target[link_of[row]]]
    for column in touched:
        if closed[column]:
            rent[column] -= length - distance[column]


@njit(cache=True)
def _flip(
    start: int,
    alone: int,
    sink: int,
    link_of: np.ndarray,
    holder: np.ndarray,
    reached_by: np.ndarray,
    starts: np.ndarray,
    target: np.ndarray,
) -> None:
    """Move every source on the path to the target that the path reached through it."""
    if sink < 0:
        if alone == start:
            return
        sink = target[link_of[alone]]
        link_of[alone] = -1
    while True:
        edge = reached_by[sink]
        row = np.searchsorted(starts, edge, side="right") - 1
        held = link_of[row]
        link_of[row] = edge
        holder[sink] = row
        if row == start:
            return
        sink = target[held]
