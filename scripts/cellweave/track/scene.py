"""A movie's detections in its own units, with the area that masks of consecutive frames share."""

from dataclasses import replace

import numpy as np
import pandas as pd

from cellweave.track.candidates import Detections, Motion, measure_motion
from cellweave.track.features import disc_overlap
from cellweave.track.overlap import OVERLAP_COLUMNS

RECENT = 0.3
"""Weight of the newest frame in what a cell usually looks like."""
STEADY = 0.25
"""Drift, in radii, up to which masks of consecutive frames may be laid over each other."""


class Scene:
    """A movie's detections in its own units, with the area that masks of consecutive frames share.

    Parameters
    ----------
    detections : Detections
        At least one.
    overlaps : DataFrame or None
        As for `link_cells`.
    motion : Motion, optional
        Of the movie; that of the detections if not given.
    """

    def __init__(self, detections: Detections, overlaps: pd.DataFrame | None, motion: Motion | None = None) -> None:
        self.motion = motion or measure_motion(detections)
        constant = np.full_like(detections.area, self.motion.area)
        self.cells = replace(detections, area=constant) if self.motion.drawn else detections
        self.look = np.column_stack([detections.bright, detections.rough])
        self.usual = self.look.copy()
        self.age = np.full(len(detections.frame), np.inf)
        self.births = self.watched = 0
        self.counted = overlaps is not None and self.motion.overlapping
        if self.counted:
            frame, label, next_label, pixels = overlaps[OVERLAP_COLUMNS].to_numpy().T
            source, target = _find(detections, frame, label), _find(detections, frame + 1, next_label)
            both = (source >= 0) & (target >= 0)
            pairs = (source * len(detections) + target)[both]
            order = np.argsort(pairs)
            self.pairs, self.pixels = pairs[order], pixels[both][order].astype(float)

    def follow(self, rows: np.ndarray, source: np.ndarray) -> None:
        """Take note of where cells come from, so that their looks are known from their past.

        Parameters
        ----------
        rows : ndarray (M,), int
            Rows of `cells`.
        source : ndarray (M,), int
            The row that each comes from, -1 for none. Daughters do not look like their mother: they start anew.
        """
        linked = source >= 0
        only = linked.copy()
        only[only] = np.bincount(source[only], minlength=1)[source[only]] == 1
        elapsed = self.cells.frame[rows[linked]] - self.cells.frame[source[linked]]
        self.age[rows[linked]] = np.where(only[linked], self.age[source[linked]] + elapsed, 0)
        self.births += len(np.unique(source[linked & ~only]))
        self.watched += len(rows)
        past = self.usual[source[only]]
        self.usual[rows[only]] = past + RECENT * (self.look[rows[only]] - past)

    def young(self, rows: np.ndarray) -> np.ndarray:
        """Return how young cells are whose birth was seen, ``(M,)``: 1 at birth, 0 from half a cycle on.

        Where cells divide at a rate r their number doubles in ln 2 / r, the length of a cycle (Powell 1956, J. Gen.
        Microbiol. 15:492). The rate is that of the movie so far, one division added, so that it is never 0.
        """
        cycle = np.log(2) * self.watched / (self.births + 1)
        return np.maximum(1 - 2 * self.age[rows] / max(cycle, 1.0), 0)

    def changed(self, rows: np.ndarray) -> np.ndarray:
        """Return by how much cells are brighter and rougher than they used to be, ``(M, 2)``."""
        return self.look[rows] - self.usual[rows]

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
        counted = np.zeros(len(pair))
        if len(self.pairs):
            at = np.minimum(np.searchsorted(self.pairs, pair), len(self.pairs) - 1)
            counted = np.where(self.pairs[at] == pair, self.pixels[at], 0.0)
        return np.where(self.cells.frame[target] - self.cells.frame[source] == 1, counted, guess)


def _find(cells: Detections, frame: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return the row of each (frame, label), -1 for what is not there."""
    if not len(cells):
        return np.full(len(frame), -1)
    stride = max(cells.label.max(), label.max(initial=0)) + 1
    names, asked = cells.frame * stride + cells.label, frame * stride + label
    order = np.argsort(names)
    at = order[np.minimum(np.searchsorted(names[order], asked), len(names) - 1)]
    return np.where(names[at] == asked, at, -1)
