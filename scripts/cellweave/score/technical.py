"""DET, TRA, LNK and the six terms of the acyclic oriented graph measure (AOGM) behind them.

References
----------
Matula et al., PLoS ONE 10 (2015) e0144959. Semantics of edges as in the challenge's own program: an edge is parental
where the labels of its ends differ, however many children the parent has.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellweave.score.graph import Matching, Tracks, edges

WEIGHTS = {"NS": 5.0, "FN": 10.0, "FP": 1.0, "ED": 1.0, "EA": 1.5, "EC": 1.0}


@dataclass(frozen=True)
class Aogm:
    """Operations that turn the graph of a result into the graph of the truth.

    Attributes
    ----------
    NS, FN, FP : int
        Vertices to split (k - 1 for a result vertex on k truth vertices), to add, to delete.
    ED, EA, EC : int
        Edges to delete, to add, to change between link and parent link; only edges whose both ends match one
        vertex each count as redundant or wrong.
    vertices, edges : int
        Size of the graph of the truth.
    """

    NS: int
    FN: int
    FP: int
    ED: int
    EA: int
    EC: int
    vertices: int
    edges: int

    @property
    def total(self) -> float:
        """Weighted sum of all operations, AOGM."""
        return self._cost("NS", "FN", "FP", "ED", "EA", "EC")

    @property
    def det(self) -> float:
        """DET, 0 to 1: vertices only, relative to adding all of them."""
        return _share_saved(self._cost("NS", "FN", "FP"), WEIGHTS["FN"] * self.vertices)

    @property
    def lnk(self) -> float:
        """LNK, 0 to 1: edges only, relative to adding all of them."""
        return _share_saved(self._cost("ED", "EA", "EC"), WEIGHTS["EA"] * self.edges)

    @property
    def tra(self) -> float:
        """TRA, 0 to 1: all operations, relative to adding the whole graph."""
        return _share_saved(self.total, WEIGHTS["FN"] * self.vertices + WEIGHTS["EA"] * self.edges)

    def _cost(self, *terms: str) -> float:
        return sum(WEIGHTS[term] * getattr(self, term) for term in terms)


def aogm(matching: Matching, truth: Tracks | None = None, result: Tracks | None = None) -> Aogm:
    """Count the operations of the AOGM.

    Parameters
    ----------
    matching : Matching
        Vertices of both graphs and which of them match.
    truth, result : Tracks, optional
        Lineages; without them the edges stay uncounted (a segmentation has DET only).

    Raises
    ------
    InputError
        A lineage and its label images disagree.
    """
    covered = np.unique(matching.pairs[:, 0]).size
    nodes = {
        "NS": int(np.maximum(matching.degree - 1, 0).sum()),
        "FN": matching.truth.label.size - covered,
        "FP": int(np.count_nonzero(matching.degree == 0)),
        "vertices": matching.truth.label.size,
    }
    if truth is None or result is None:
        return Aogm(**nodes, ED=0, EA=0, EC=0, edges=0)
    missed, false, wrong = edge_errors(matching, truth, result)
    return Aogm(**nodes, ED=len(false), EA=len(missed), EC=len(wrong), edges=len(edges(matching.truth, truth)[0]))


def edge_errors(
    matching: Matching, truth: Tracks, result: Tracks
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the edges that the result misses, has in excess, and has of the wrong kind.

    Parameters
    ----------
    matching : Matching
        Vertices of both graphs and which of them match.
    truth, result : Tracks
        Lineages.

    Returns
    -------
    missed, false, wrong : numpy.ndarray
        ``(N, 2)`` int64, vertices of the truth. Edges of the result count between vertices that match one to one.
    """
    wanted, wanted_parental = edges(matching.truth, truth)
    found, found_parental = edges(matching.result, result)
    on_truth = np.full(matching.result.label.size, -1)
    single = matching.single
    on_truth[single[single >= 0]] = np.flatnonzero(single >= 0)
    kept = np.all(on_truth[found] >= 0, axis=1)
    found, found_parental = on_truth[found[kept]], found_parental[kept]
    keys = _key(wanted, matching), _key(found, matching)
    _, at_wanted, at_found = np.intersect1d(*keys, assume_unique=True, return_indices=True)
    differ = wanted_parental[at_wanted] != found_parental[at_found]
    missed, false = np.delete(wanted, at_wanted, axis=0), np.delete(found, at_found, axis=0)
    return missed, false, wanted[at_wanted[differ]]


def _key(ends: np.ndarray, matching: Matching) -> np.ndarray:
    return ends[:, 0] * matching.truth.label.size + ends[:, 1]


def _share_saved(cost: float, from_scratch: float) -> float:
    return 1 - min(cost, from_scratch) / from_scratch if from_scratch else float("nan")
