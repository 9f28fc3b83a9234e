"""HOTA, CHOTA, MOTA and IDF1 on the challenge's matches.

Tracks of one cell that a gap has split (a parent with one child) count as one here, as in py-ctcmetrics.

References
----------
HOTA: Luiten et al., IJCV 129 (2021) 548, at one localisation threshold. CHOTA: Kaiser et al., ECCV Workshops (2024).
MOTA: Bernardin and Stiefelhagen, EURASIP JIVP (2008) 246309. IDF1: Ristani et al., ECCV Workshops (2016) 17.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array, eye_array
from scipy.sparse.csgraph import connected_components

from cellweave.score.graph import Matching, Nodes, Tracks


@dataclass(frozen=True)
class Association:
    """How often each cell of the truth was matched by each cell of the result.

    Attributes
    ----------
    truth, result : numpy.ndarray
        Frames that each pair of cells matched in, as indices of the two cells, ``(K,)`` int64.
    count : numpy.ndarray
        Number of those frames.
    truth_total, result_total : numpy.ndarray
        Frames of each cell, matched or not; a result object on two cells counts twice.
    misses, false : int
        Objects without a match.
    switches, repeated : int
        Changes of the matching cell, and matches beyond the first of a result object.
    truth_kin, result_kin : scipy.sparse.csr_array
        ``(cells, cells)``, 1 where one cell is the other, its ancestor or its descendant.
    """

    truth: np.ndarray
    result: np.ndarray
    count: np.ndarray
    truth_total: np.ndarray
    result_total: np.ndarray
    misses: int
    false: int
    switches: int
    repeated: int
    truth_kin: csr_array
    result_kin: csr_array

    @property
    def objects(self) -> int:
        """Matches, misses and false objects together."""
        return int(self.count.sum()) + self.misses + self.false


def associate(matching: Matching, truth: Tracks, result: Tracks) -> Association:
    """Count how often the cells of truth and result match, and who is kin to whom."""
    truth_cell, truth_kin = _cells(matching.truth, truth)
    result_cell, result_kin = _cells(matching.result, result)
    first, second = matching.pairs.T
    pair = truth_cell[first] * result_kin.shape[0] + result_cell[second]
    pairs, count = np.unique(pair, return_counts=True)
    missed = np.bincount(first, minlength=truth_cell.size) == 0
    false = matching.degree == 0
    by_cell = np.lexsort((matching.truth.frame[first], truth_cell[first]))
    same_cell = np.diff(truth_cell[first][by_cell]) == 0
    return Association(
        *np.divmod(pairs, max(result_kin.shape[0], 1)),
        count,
        np.bincount(np.concatenate([truth_cell[first], truth_cell[missed]]), minlength=truth_kin.shape[0]),
        np.bincount(np.concatenate([result_cell[second], result_cell[false]]), minlength=result_kin.shape[0]),
        misses=int(np.count_nonzero(missed)),
        false=int(np.count_nonzero(false)),
        switches=int(np.count_nonzero(same_cell & (np.diff(result_cell[second][by_cell]) != 0))),
        repeated=int(np.maximum(matching.degree - 1, 0).sum()),
        truth_kin=truth_kin,
        result_kin=result_kin,
    )


def hota(association: Association) -> float:
    """Return HOTA, 0 to 1: root of the mean, over all objects, of how well the matched cell's life is associated."""
    return _weighted(association, association.count, association.truth_total, association.result_total)


def chota(association: Association) -> float:
    """Return CHOTA, 0 to 1: HOTA whose association reaches over ancestors and descendants."""
    shape = association.truth_kin.shape[0], association.result_kin.shape[0]
    table = csr_array((association.count, (association.truth, association.result)), shape=shape)
    shared = (association.truth_kin @ table @ association.result_kin.T).tocsr()
    return _weighted(
        association,
        np.asarray(shared[association.truth, association.result]).ravel(),
        association.truth_kin @ association.truth_total,
        association.result_kin @ association.result_total,
    )


def mota(association: Association) -> float:
    """Return MOTA, at most 1: one minus misses, false objects, repeated matches and switches per truth object."""
    objects = int(association.count.sum()) + association.misses
    errors = association.misses + association.false + association.repeated + association.switches
    return 1 - errors / objects if objects else float("nan")


def idf1(association: Association) -> float:
    """Return IDF1, 0 to 1: F1 of objects under the best one-to-one assignment of whole cells."""
    total = int(association.truth_total.sum() + association.result_total.sum())
    return 2 * _best_assignment(association) / total if total else float("nan")


def _weighted(association: Association, shared: np.ndarray, truth: np.ndarray, result: np.ndarray) -> float:
    """Root of the mean Jaccard index of associations, weighted by matches (HOTA equations 14 to 16)."""
    if not association.objects:
        return float("nan")
    either = truth[association.truth] + result[association.result] - shared
    return float(np.sqrt(np.sum(association.count * shared / either) / association.objects))


def _best_assignment(association: Association) -> int:
    """Largest number of matches under a one-to-one assignment of cells, solved apart for each connected group."""
    cells = association.truth_total.size + association.result_total.size
    second = association.result + association.truth_total.size
    links = csr_array((association.count, (association.truth, second)), shape=(cells, cells))
    _, group = connected_components(links, directed=False)
    order = np.argsort(group[association.truth], kind="stable")
    starts = np.flatnonzero(np.diff(group[association.truth][order], prepend=-1))
    best = 0
    for members in np.split(order, starts[1:]) if order.size else []:
        truth, row = np.unique(association.truth[members], return_inverse=True)
        result, column = np.unique(association.result[members], return_inverse=True)
        gain = np.zeros((truth.size, result.size), np.int64)
        gain[row, column] = association.count[members]
        best += int(gain[linear_sum_assignment(gain, maximize=True)].sum())
    return best


def _cells(nodes: Nodes, tracks: Tracks) -> tuple[np.ndarray, csr_array]:
    """Cell of each node, and the kinship of cells, where a parent and its only child are one cell."""
    only_child = {int(children[0]): parent for parent, children in tracks.children.items() if children.size == 1}
    root = {}
    for track in tracks.track.tolist():
        first = track
        while first in only_child:
            first = only_child[first]
        root[track] = first
    names, cell_of_row = np.unique([root[track] for track in tracks.track.tolist()], return_inverse=True)
    rows = tracks.rows(names.astype(np.int64))
    born = np.flatnonzero(tracks.parent[rows] > 0)
    mother = cell_of_row[tracks.rows(tracks.parent[rows][born])]
    up = csr_array((np.ones(born.size), (born, mother)), shape=(names.size, names.size))
    return cell_of_row[tracks.rows(nodes.label)], _kin(up)


def _kin(up: csr_array) -> csr_array:
    """Reachability along `up` (child to parent) and back, as 0 and 1."""
    reach = eye_array(up.shape[0], format="csr")
    step = reach @ up
    while step.nnz:
        reach, step = reach + step, step @ up
    kin = csr_array(reach + reach.T)
    kin.data[:] = 1
    return kin
