"""The workflow's own linker: frame by frame, exactly, with divisions and gaps."""

import logging
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from cellweave.core.errors import InputError
from cellweave.core.progress import progress
from cellweave.track.candidates import Detections, Motion, Standards, measure_motion, read_detections, reference_cells
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
EXPLAINS = 3
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
    reference: int | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Link the cells of a movie into tracks with divisions.

    Frame by frame, the most beneficial set of links and divisions is chosen among hypotheses within a gate that fits
    the movie (`measure_motion`). A cell that vanished a few frames ago competes for its place too, so that its
    return is not taken for a birth.

    Frame by frame is the optimum of the whole movie as long as no gap is closed, because hypotheses of two frame pairs
    never want the same side of a cell. With gaps, no solution of the movie is worth more than the frame pairs solved
    apart, each with its links over missed frames (0.3 % more in a crowd that lacks one cell in twenty;
    ``tests/unit/track/test_whole_movie.py``).

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
    reference : int, optional
        Frames with cells, from the first on, that the movie's units are measured in; all if not given.

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
    if cells.empty:
        return tracks_of(cells.assign(confidence=np.nan), np.zeros(0, np.int64))
    linker = Linker.of(
        reference_cells(cells, reference),
        divisions=divisions,
        evidence=evidence,
        max_gap=max_gap,
        solver=solver,
        weights=weights,
    )
    logger.info("unit of length %.1f px, median radius %.1f px", linker.motion.length, linker.motion.radius)
    detections = read_detections(cells, linker.standards)
    table = pd.DataFrame(detections.position, columns=["y_px", "x_px"])
    table = table.assign(frame=detections.frame, label=detections.label)
    predecessor, confidence = np.full(len(table), -1, np.int64), np.full(len(table), np.nan)
    shared = None if overlaps is None else dict(iter(overlaps.groupby("frame")))
    for frame in progress(range(len(detections.starts) - 1), "link", unit="frame"):
        rows = detections.rows(frame)
        known = None if shared is None else shared.get(frame - 1, overlaps[:0])
        predecessor[rows], confidence[rows] = linker.link(frame, detections.take(rows), rows, known)
    return tracks_of(table.assign(confidence=confidence), predecessor)


@dataclass(frozen=True)
class Memory:
    """The cells that may still go on: those of the last frame in order, then those that vanished a while ago.

    Parameters
    ----------
    cells : Detections
    usual : ndarray (N, 2), float
        What each usually looks like, see `Scene`.
    age : ndarray (N,), float
        Frames since the birth of each was seen, infinite if it was not.
    births, watched : int
        Divisions and cells in all frames so far.
    row : ndarray (N,), int64
        What the caller calls them: numbers that rise with frame and label.
    overlaps : DataFrame or None
        Pixels that the last frame shares with the one before: what vanished there may lie in a cell of it.
    """

    cells: Detections
    usual: np.ndarray
    age: np.ndarray
    births: int
    watched: int
    row: np.ndarray
    overlaps: pd.DataFrame | None


@dataclass
class Linker:
    """Links the cells of a movie frame after frame; nothing that it said is changed by what comes later.

    Parameters
    ----------
    motion : Motion
    standards : Standards
        What its detections are held against.
    weights : Weights
    divisions, max_gap, solver
        As for `link_cells`.
    memory : Memory, optional
        What it knows of the frames before.
    """

    motion: Motion
    standards: Standards
    weights: Weights
    divisions: bool = True
    max_gap: int = MAX_GAP
    solver: str = "fast"
    memory: Memory | None = None

    @classmethod
    def of(
        cls,
        cells: pd.DataFrame,
        *,
        divisions: bool = True,
        evidence: Collection[str] = tuple(EVIDENCE),
        max_gap: int = MAX_GAP,
        solver: str = "fast",
        weights: Weights | None = None,
    ) -> "Linker":
        """Return a linker for a movie that is measured by some of its cells, at least one; see `link_cells`."""
        _check(max_gap, solver)
        weights = (weights or default_weights()).only(evidence)
        standards = Standards.of(cells)
        motion = measure_motion(read_detections(cells, standards))
        return cls(motion, standards, weights, divisions, max_gap, solver)

    def link(
        self, frame: int, cells: Detections, row: np.ndarray, overlaps: pd.DataFrame | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Link the cells of the next frame to those of the frames before.

        Parameters
        ----------
        frame : int
        cells : Detections
            Those of the frame, by label; there may be none.
        row : ndarray (N,), int
            What the caller calls them, see `Memory`.
        overlaps : DataFrame or None
            Pixels shared with the frame before, as for `link_cells`; None if masks are not known.

        Returns
        -------
        ndarray (N,), int64
            What the caller calls the cell that each comes from, -1 for none.
        ndarray (N,), float
            How sure that is, NaN where nothing is said.
        """
        past = self.memory or Memory(cells.take(row[:0]), np.zeros((0, 2)), np.zeros(0), 0, 0, row[:0], overlaps)
        before, after = np.arange(len(past.row)), len(past.row) + np.arange(len(row))
        shared = None if overlaps is None else pd.concat([past.overlaps, overlaps])
        known = past.cells.then(cells)
        scene = Scene(known, shared, self.motion)
        scene.usual[before], scene.age[before] = past.usual, past.age
        scene.births, scene.watched = past.births, past.watched
        source, sure = _link_frame(scene, before, after, self.divisions, self.weights, SOLVERS[self.solver])
        late = (source >= 0) & (scene.cells.frame[source] < frame - 1)
        late[late] = ~_may_bridge(scene, source[late], after, late, self.max_gap)
        predecessor = np.where(late, -1, source)
        scene.follow(after, predecessor)
        names = np.concatenate([past.row, row])
        goes_on = np.zeros(len(before), bool)
        goes_on[source[source >= 0]] = True
        ended = before[~goes_on]
        ended = ended[frame - scene.cells.frame[ended] <= max(self.max_gap, EXPLAINS)]
        kept = np.concatenate([after, ended[np.argsort(names[ended])]])
        self.memory = Memory(
            known.take(kept),
            scene.usual[kept],
            scene.age[kept],
            scene.births,
            scene.watched,
            names[kept],
            overlaps,
        )
        return np.where(predecessor < 0, -1, names[predecessor]), np.where(late, np.nan, sure)


def _may_bridge(
    scene: Scene, source: np.ndarray, present: np.ndarray, returning: np.ndarray, max_gap: int
) -> np.ndarray:
    """Whether cells that return among those `present` were away for few enough frames and are alone where they are."""
    cells, target = scene.cells, present[returning]
    if not len(target):
        return np.zeros(0, bool)
    space = cKDTree(cells.position[present]).query(cells.position[target], k=2)[0][:, 1]
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
    strong = hypotheses.divisions[hypotheses.division_benefit > THIRD]
    strong = strong[np.isin(strong[:, 0], list(daughters))]
    strong = strong[np.isin(strong[:, 1:], unexplained).any(axis=1)]
    pairings: Counter[tuple[int, int]] = Counter()
    for mother, one, other in strong.tolist():
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
