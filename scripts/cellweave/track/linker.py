"""The workflow's own linker: frame by frame, exactly, with divisions and gaps."""

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from cellweave.core.errors import InputError
from cellweave.core.progress import progress
from cellweave.track.candidates import Detections, drift, measure_motion, nearest, read_detections
from cellweave.track.costs import disc_overlap, division_benefits, link_benefits
from cellweave.track.lineage import tracks_of
from cellweave.track.solver import Hypotheses, Solution, solve_exact, solve_fast

logger = logging.getLogger(__name__)

REACH = 2.5
"""Gate, in the movie's unit of length."""
MEMORY = 3
"""Frames for which a vanished cell still explains a new one in its place, linked or not."""
ALONE = 4.0
"""Units of length to the nearest other cell from which on a returning cell is taken for the one that left."""
STEADY = 0.25
"""Drift, in radii, up to which masks of consecutive frames may be laid over each other."""
Solver = Callable[[Hypotheses], Solution]
SOLVERS: dict[str, Solver] = {"fast": solve_fast, "exact": solve_exact}


def link(
    cells: pd.DataFrame,
    overlaps: pd.DataFrame | None = None,
    *,
    divisions: bool = True,
    max_gap: int = 12,
    solver: str = "fast",
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
    max_gap : int
        Frames a cell may be missing for and still be linked, as a new track whose parent is the old one. Only cells
        that reappear far from all others are: in a crowd the wrong links would outnumber the right ones.
    solver : "fast" or "exact"
        Assignment improved by divisions, or integer linear programme.

    Returns
    -------
    nodes, tracks : DataFrame
        See `cellweave.track.lineage.tracks_of`.

    Raises
    ------
    InputError
        For an unknown solver or a negative gap.
    """
    _check(max_gap, solver)
    detections = read_detections(cells)
    table = pd.DataFrame(detections.position, columns=["y_px", "x_px"])
    table = table.assign(frame=detections.frame, label=detections.label)
    predecessor = np.full(len(table), -1, np.int64)
    if len(table):
        scene = Scene(detections, overlaps)
        ended = np.zeros(0, np.int64)
        for frame in progress(range(1, len(detections.starts) - 1), "link", unit="frame"):
            before, after = np.concatenate([detections.rows(frame - 1), ended]), detections.rows(frame)
            source = _link_frame(scene, before, after, divisions, SOLVERS[solver])
            late = (source >= 0) & (detections.frame[source] < frame - 1)
            late[late] = ~_may_bridge(scene, source[late], after[late], max_gap)
            predecessor[after] = np.where(late, -1, source)
            ended = np.setdiff1d(before, source)
            ended = ended[frame - detections.frame[ended] <= max(max_gap, MEMORY)]
    return tracks_of(table, predecessor)


class Scene:
    """A movie's detections in its own units, with the area that masks of consecutive frames share.

    Parameters
    ----------
    detections : Detections
        At least one.
    overlaps : DataFrame or None
        As for `link`.
    """

    def __init__(self, detections: Detections, overlaps: pd.DataFrame | None) -> None:
        self.motion = measure_motion(detections)
        logger.info("unit of length %.1f px, median radius %.1f px", self.motion.length, self.motion.radius)
        constant = np.full_like(detections.area, self.motion.area)
        self.cells = replace(detections, area=constant) if self.motion.drawn else detections
        self.counted = overlaps is not None and len(overlaps) > 0 and self.motion.overlapping
        if self.counted:
            index = pd.MultiIndex.from_arrays([detections.frame, detections.label])
            source = index.get_indexer(pd.MultiIndex.from_arrays([overlaps["frame"], overlaps["label"]]))
            target = index.get_indexer(pd.MultiIndex.from_arrays([overlaps["frame"] + 1, overlaps["next_label"]]))
            pairs = source * len(index) + target
            order = np.argsort(pairs)
            self.pairs, self.pixels = pairs[order], overlaps["pixels"].to_numpy(float)[order]

    def shared(self, source: np.ndarray, target: np.ndarray, distance: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """Return the area in both cells of candidate links ``(E,)``: counted where that means something, else of discs.

        Parameters
        ----------
        source, target : ndarray (E,), int
            Rows of `cells`.
        distance : ndarray (E,), float
            After drift correction, pixels.
        shift : ndarray (2,), float
            Drift, pixels.
        """
        area = self.cells.area
        guess = disc_overlap(distance, area[source], area[target], self.motion.length / self.motion.radius)
        if not self.counted or np.hypot(*shift) > STEADY * self.motion.radius:
            return guess
        pair = source * len(area) + target
        at = np.minimum(np.searchsorted(self.pairs, pair), len(self.pairs) - 1)
        counted = np.where(self.pairs[at] == pair, self.pixels[at], 0.0)
        return np.where(self.cells.frame[target] - self.cells.frame[source] == 1, counted, guess)


def _may_bridge(scene: Scene, source: np.ndarray, target: np.ndarray, max_gap: int) -> np.ndarray:
    """Whether returning cells ``(N,)`` were away for few enough frames and are alone where they reappear."""
    cells = scene.cells
    if not len(target):
        return np.zeros(0, bool)
    present = cells.position[cells.rows(cells.frame[target[0]])]
    space = cKDTree(present).query(cells.position[target], k=2)[0][:, 1]
    short = cells.frame[target] - cells.frame[source] <= 1 + max_gap
    return short & (space > ALONE * scene.motion.length)


def _link_frame(scene: Scene, before: np.ndarray, after: np.ndarray, divisions: bool, solve: Solver) -> np.ndarray:
    """Return the row, out of `before`, that each row of `after` comes from; -1 for none."""
    source = np.full(len(after), -1, np.int64)
    if not len(before) or not len(after):
        return source
    hypotheses = _hypotheses(scene, before, after, divisions)
    links, splits = solve(hypotheses)
    chosen = hypotheses.links[links]
    source[chosen[:, 1]] = before[chosen[:, 0]]
    split = hypotheses.divisions[splits]
    source[split[:, 1:]] = before[split[:, :1]]
    return source


def _hypotheses(scene: Scene, before: np.ndarray, after: np.ndarray, divisions: bool) -> Hypotheses:
    cells, motion = scene.cells, scene.motion
    recent = cells.frame[before] == cells.frame[after[0]] - 1
    shift = drift(cells.position[before[recent]], cells.position[after])
    i, j, distance = nearest(cells.position[before] + shift, cells.position[after], REACH * motion.length)
    shared = scene.shared(before[i], after[j], distance, shift)
    benefit = link_benefits(cells, motion, before[i], after[j], distance, shared)
    first, second = _pairs(i, recent[i] & divisions)
    split = np.column_stack([i[first], j[first], j[second]])
    both = np.column_stack([shared[first], shared[second]])
    split_benefit = division_benefits(cells, motion, before[split[:, 0]], after[split[:, 1:]], shift, both)
    pays, splits = benefit > 0, split_benefit > 0
    return Hypotheses(
        links=np.column_stack([i, j])[pays],
        link_benefit=benefit[pays],
        divisions=split[splits],
        division_benefit=split_benefit[splits],
        sources=len(before),
        targets=len(after),
    )


def _pairs(source: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs of allowed edges that leave the same source."""
    edges = np.flatnonzero(allowed)
    edges = edges[np.argsort(source[edges], kind="stable")]
    later = np.searchsorted(source[edges], source[edges], side="right") - np.arange(len(edges)) - 1
    first = np.repeat(np.arange(len(edges)), later)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(later) - later, later)
    return edges[first], edges[second]


def _check(max_gap: int, solver: str) -> None:
    if solver not in SOLVERS:
        raise InputError(f"unknown solver {solver!r}", where="tracker weave", todo=f"choose one of {sorted(SOLVERS)}")
    if max_gap < 0:
        raise InputError(f"max_gap is {max_gap}", where="tracker weave", todo="give the number of frames, 0 or more")
