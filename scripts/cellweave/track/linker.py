"""The workflow's own linker: frame by frame, exactly, with divisions and gaps."""

import logging
from collections import Counter
from collections.abc import Callable, Collection

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from cellweave.core.errors import InputError
from cellweave.core.progress import progress
from cellweave.track.candidates import read_detections
from cellweave.track.confidence import margins, probability
from cellweave.track.features import EVIDENCE
from cellweave.track.hypotheses import propose
from cellweave.track.lineage import tracks_of
from cellweave.track.scene import Scene
from cellweave.track.solver import Hypotheses, Solution, solve_exact, solve_fast
from cellweave.track.weights import Weights, default_weights

logger = logging.getLogger(__name__)

MAX_GAP = 12
"""Frames a cell may be missing for, unless told otherwise."""
MEMORY = 3
"""Frames for which a vanished cell still explains a new one in its place, linked or not."""
THIRD = 5.0
"""Benefit that a third daughter needs with each of the other two."""
ALONE = 4.0
"""Units of length to the nearest other cell from which on a returning cell is taken for the one that left."""
Solver = Callable[[Hypotheses], Solution]
SOLVERS: dict[str, Solver] = {"fast": solve_fast, "exact": solve_exact}


def link_cells(
    cells: pd.DataFrame,
    overlaps: pd.DataFrame | None = None,
    *,
    divisions: bool = True,
    evidence: Collection[str] = tuple(EVIDENCE),
    max_gap: int = MAX_GAP,
    solver: str = "fast",
    weights: Weights | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Link the cells of a movie into tracks with divisions.

    Frame by frame, the most beneficial set of links and divisions is chosen among hypotheses within a gate that fits
    the movie (`measure_motion`). A cell that vanished a few frames ago competes for its place too, so that its
    return is not taken for a birth.

    Parameters
    ----------
    cells : DataFrame
        One row per cell and frame: frame, label, y_px, x_px, area (square pixels); any order.
    overlaps : DataFrame, optional
        Pixels shared by masks of consecutive frames: frame, label, next_label, pixels. Without it discs of the cells'
        areas stand in.
    divisions : bool
        Whether a cell may have two daughters.
    evidence : collection of "image", "geometry"
        What a division is judged by (`cellweave.track.features.EVIDENCE`).
    max_gap : int
        Frames a cell may be missing for and still be linked, as a new track whose parent is the old one. Only cells
        that reappear far from all others are: in a crowd the wrong links would outnumber the right ones.
    solver : "fast" or "exact"
        Assignment improved by divisions, or integer linear programme.
    weights : Weights, optional
        What each piece of evidence is worth; the documented defaults if none are given.

    Returns
    -------
    nodes, tracks : DataFrame
        See `cellweave.track.lineage.tracks_of`; nodes have the column `confidence`, the probability that the cell comes
        from where it is said to (NaN where nothing is said; both daughters have that of their division).

    Raises
    ------
    InputError
        For an unknown solver, unknown evidence or a negative gap.
    """
    _check(max_gap, solver)
    weights = (weights or default_weights()).only(evidence)
    detections = read_detections(cells)
    table = pd.DataFrame(detections.position, columns=["y_px", "x_px"])
    table = table.assign(frame=detections.frame, label=detections.label)
    predecessor, confidence = np.full(len(table), -1, np.int64), np.full(len(table), np.nan)
    if len(table):
        scene = Scene(detections, overlaps)
        ended = np.zeros(0, np.int64)
        for frame in progress(range(1, len(detections.starts) - 1), "link", unit="frame"):
            before, after = np.concatenate([detections.rows(frame - 1), ended]), detections.rows(frame)
            source, sure = _link_frame(scene, before, after, divisions, weights, SOLVERS[solver])
            late = (source >= 0) & (detections.frame[source] < frame - 1)
            late[late] = ~_may_bridge(scene, source[late], after[late], max_gap)
            predecessor[after] = np.where(late, -1, source)
            confidence[after] = np.where(late, np.nan, sure)
            scene.follow(after, predecessor[after])
            ended = np.setdiff1d(before, source)
            ended = ended[frame - detections.frame[ended] <= max(max_gap, MEMORY)]
    return tracks_of(table.assign(confidence=confidence), predecessor)


def _may_bridge(scene: Scene, source: np.ndarray, target: np.ndarray, max_gap: int) -> np.ndarray:
    """Whether returning cells ``(N,)`` were away for few enough frames and are alone where they reappear."""
    cells = scene.cells
    if not len(target):
        return np.zeros(0, bool)
    present = cells.position[cells.rows(cells.frame[target[0]])]
    space = cKDTree(present).query(cells.position[target], k=2)[0][:, 1]
    short = cells.frame[target] - cells.frame[source] <= 1 + max_gap
    return short & (space > ALONE * scene.motion.length)


def _link_frame(
    scene: Scene, before: np.ndarray, after: np.ndarray, divisions: bool, weights: Weights, solve: Solver
) -> tuple[np.ndarray, np.ndarray]:
    """Return the row, out of `before`, that each row of `after` comes from, -1 for none, and how sure that is."""
    source, sure = np.full(len(after), -1, np.int64), np.full(len(after), np.nan)
    if not len(before) or not len(after):
        return source, sure
    hypotheses = propose(scene, before, after, divisions).weigh(weights)
    links, splits = solve(hypotheses)
    chosen = hypotheses.links[links]
    source[chosen[:, 1]] = before[chosen[:, 0]]
    split = hypotheses.divisions[splits]
    source[split[:, 1:]] = before[split[:, :1]]
    of_links, of_splits = margins(hypotheses, links, splits)
    sure[chosen[:, 1]] = probability(of_links, weights.link_curve)
    sure[split[:, 1:]] = probability(of_splits, weights.division_curve)[:, None]
    for mother, daughter in _thirds(hypotheses, splits, np.flatnonzero(source < 0)):
        source[daughter] = before[mother]
        sure[daughter] = sure[split[split[:, 0] == mother, 1]][0]
    return source, sure


def _thirds(hypotheses: Hypotheses, splits: np.ndarray, unexplained: np.ndarray) -> list[tuple[int, int]]:
    """Unexplained cells that would make a convincing division with either daughter of one that was chosen."""
    daughters = {mother: {one, other} for mother, one, other in hypotheses.divisions[splits].tolist()}
    strong = (hypotheses.division_benefit > THIRD) & np.isin(hypotheses.divisions[:, 0], list(daughters))
    strong &= np.isin(hypotheses.divisions[:, 1:], unexplained).any(axis=1)
    pairings: Counter[tuple[int, int]] = Counter()
    for mother, one, other in hypotheses.divisions[strong].tolist():
        if other in daughters[mother]:
            pairings[mother, one] += 1
        elif one in daughters[mother]:
            pairings[mother, other] += 1
    thirds = {cell: mother for (mother, cell), count in pairings.items() if count == 2}
    return [(mother, cell) for cell, mother in thirds.items()]


def _check(max_gap: int, solver: str) -> None:
    if solver not in SOLVERS:
        raise InputError(f"unknown solver {solver!r}", where="tracker weave", todo=f"choose one of {sorted(SOLVERS)}")
    if max_gap < 0:
        raise InputError(f"max_gap is {max_gap}", where="tracker weave", todo="give the number of frames, 0 or more")
