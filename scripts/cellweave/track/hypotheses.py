"""The explanations of one frame pair that are worth considering, described by their features."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cellweave.track.candidates import drift, nearest
from cellweave.track.features import division_features, link_features
from cellweave.track.scene import Scene
from cellweave.track.solver import Hypotheses
from cellweave.track.weights import Weights

REACH = 2.5
"""Gate of daughters, in the movie's unit of length: the farthest of 50 in early frames of five sequences is at 2.14."""
LINK_REACH = 2.0
"""Gate of links: the longest of 9,680 in the same frames is 1.91."""


@dataclass(frozen=True)
class Candidates:
    """Links and divisions between some cells and those of a later frame.

    Parameters
    ----------
    links : ndarray (L, 2), int
        Source and target, counted from 0 on each side.
    link_features : ndarray (L, F), float
    divisions : ndarray (D, 3), int
        Source and both targets.
    division_features : ndarray (D, G), float
    sources, targets : int
        Number of cells on each side.
    """

    links: np.ndarray
    link_features: np.ndarray
    divisions: np.ndarray
    division_features: np.ndarray
    sources: int
    targets: int

    def weigh(self, weights: Weights) -> Hypotheses:
        """Return those that are worth more than leaving their cells unexplained, with what they are worth."""
        link_benefit = self.link_features @ weights.link
        division_benefit = self.division_features @ weights.division
        pays, splits = link_benefit > 0, division_benefit > 0
        return Hypotheses(
            links=self.links[pays],
            link_benefit=link_benefit[pays],
            divisions=self.divisions[splits],
            division_benefit=division_benefit[splits],
            sources=self.sources,
            targets=self.targets,
        )


def propose(scene: Scene, before: np.ndarray, after: np.ndarray, divisions: bool = True) -> Candidates:
    """Propose links and divisions within a gate.

    Parameters
    ----------
    scene : Scene
    before : ndarray (N,), int
        Rows of cells that may go on: those of the frame before, and some that vanished earlier.
    after : ndarray (M,), int
        Rows of the cells of one frame, at least one.
    divisions : bool
        Whether cells of the frame before may divide.
    """
    cells, motion = scene.cells, scene.motion
    recent = cells.frame[before] == cells.frame[after[0]] - 1
    shift = drift(cells.position[before[recent]], cells.position[after])
    i, j, distance = nearest(cells.position[before] + shift, cells.position[after], REACH * motion.length)
    shared = scene.shared(before[i], after[j], distance, shift)
    returning = np.zeros(len(after))
    late = ~recent[i]
    np.maximum.at(returning, j[late], shared[late] / cells.area[after[j[late]]])
    merged = _merged(scene, before, recent)
    space = np.zeros(len(i))
    space[late] = _space(cells.position[after], j[late])
    close = distance <= LINK_REACH * motion.length
    first, second = _pairs(i, recent[i] & divisions)
    split = np.column_stack([i[first], j[first], j[second]])
    both = np.column_stack([shared[first], shared[second]])
    mothers, daughters = before[split[:, 0]], after[split[:, 1:]]
    return Candidates(
        links=np.column_stack([i, j])[close],
        link_features=link_features(cells, motion, before[i], after[j], distance, shared, space)[close],
        divisions=split,
        division_features=division_features(
            cells,
            motion,
            mothers,
            daughters,
            shift,
            both,
            scene.changed(mothers),
            returning[split[:, 1:]],
            merged[split[:, 0]],
            scene.young(mothers),
        ),
        sources=len(before),
        targets=len(after),
    )


def _merged(scene: Scene, before: np.ndarray, recent: np.ndarray) -> np.ndarray:
    """Largest share of a vanished cell that lies in each cell of the last frame; 0 for vanished cells."""
    cells, found = scene.cells, np.zeros(len(before))
    last, vanished = np.flatnonzero(recent), np.flatnonzero(~recent)
    i, j, distance = nearest(cells.position[before[last]], cells.position[before[vanished]], scene.motion.length)
    source, target = before[vanished[j]], before[last[i]]
    shared = scene.shared(source, target, distance, np.zeros(2))
    np.maximum.at(found, last[i], shared / cells.area[source])
    return found


def _space(places: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Distance from each asked row of `places` to the nearest other one."""
    if not len(asked):
        return np.zeros(0)
    return cKDTree(places).query(places[asked], k=2)[0][:, 1]


def _pairs(source: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs of allowed edges that leave the same source."""
    edges = np.flatnonzero(allowed)
    edges = edges[np.argsort(source[edges], kind="stable")]
    later = np.searchsorted(source[edges], source[edges], side="right") - np.arange(len(edges)) - 1
    first = np.repeat(np.arange(len(edges)), later)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(later) - later, later)
    return edges[first], edges[second]
