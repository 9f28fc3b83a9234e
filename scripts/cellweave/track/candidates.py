"""Which detections may belong together: a gate that fits the movie, and drift."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

NEIGHBOURS = 6
SAMPLED_PAIRS = 32
SAMPLED_CELLS = 250
FEW = 10
CROWD = 200
"""Detections from which on their extent tells the field of view."""
FLAT = 0.02
"""Least standard deviation of a cell's intensity, as a share of the median one."""


@dataclass(frozen=True)
class Detections:
    """The detections of a movie as arrays, sorted by frame, then label, unless `take` chose some in another order.

    Parameters
    ----------
    frame, label : ndarray (N,), int64
    position : ndarray (N, 2), float
        y, x in pixels.
    area : ndarray (N,), float
        Square pixels.
    bright : ndarray (N,), float
        Mean intensity, in robust standard deviations from the movie's median; 0 where intensities are unknown.
    rough : ndarray (N,), float
        Log of the intensities' standard deviation over the movie's median; 0 where unknown.
    border : ndarray (N,), float
        Distance to the border of the field, pixels; infinite where the field is unknown.
    """

    frame: np.ndarray
    label: np.ndarray
    position: np.ndarray
    area: np.ndarray
    bright: np.ndarray
    rough: np.ndarray
    border: np.ndarray

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def starts(self) -> np.ndarray:
        """Row at which each frame begins, from frame 0 on, ``(T + 1,)``."""
        frames = int(self.frame[-1]) + 1 if len(self) else 0
        return np.searchsorted(self.frame, np.arange(frames + 1))

    def take(self, rows: np.ndarray) -> "Detections":
        """Return some detections, in the order of `rows`."""
        return Detections(*(getattr(self, field.name)[rows] for field in fields(self)))

    def then(self, other: "Detections") -> "Detections":
        """Return these detections and those of `other` after them."""
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return Detections(*map(np.concatenate, pairs))

    def rows(self, frame: int) -> np.ndarray:
        """Return the row numbers of `frame`."""
        return np.arange(self.starts[frame], self.starts[frame + 1])


@dataclass(frozen=True)
class Motion:
    """How far the cells of a movie move and how large they are.

    Parameters
    ----------
    length : float
        Unit of length of all costs, pixels.
    radius, area : float
        Of the median cell, pixels and square pixels.
    drawn : bool
        Whether detections are markers of a few fixed sizes, which say nothing about the cells.
    """

    length: float
    radius: float
    area: float
    drawn: bool = False

    @property
    def overlapping(self) -> bool:
        """Whether cells move so little that their masks overlap from frame to frame."""
        return not self.drawn and self.length < 1.5 * self.radius


@dataclass(frozen=True)
class Standards:
    """What the cells of a movie are held against: its typical cell, and its field of view.

    Parameters
    ----------
    centre, scale : float
        Median of the mean intensity and robust standard deviation about it; 0, 0 where intensities are unknown.
    typical : float
        Median standard deviation of the intensities within a cell.
    field : ndarray (2, 2), float, or None
        Least and greatest y, x of all cells: the field, wherever annotators or a crop drew it. None for few cells.
    """

    centre: float
    scale: float
    typical: float
    field: np.ndarray | None

    @classmethod
    def of(cls, cells: pd.DataFrame) -> "Standards":
        """Measure the standards of a table of cells, as `read_detections` takes it."""
        place = cells[["y_px", "x_px"]].to_numpy(float)
        field = np.stack([place.min(axis=0), place.max(axis=0)]) if len(cells) >= CROWD else None
        if not len(cells) or not {"mean_intensity", "std_intensity"} <= set(cells):
            return cls(0.0, 0.0, 1.0, field)
        mean, spread = cells["mean_intensity"].to_numpy(float), cells["std_intensity"].to_numpy(float)
        centre, known = np.median(mean), spread[spread > 0]
        scale = 1.4826 * np.median(np.abs(mean - centre))
        return cls(float(centre), float(scale), float(np.median(known)) if len(known) else 1.0, field)

    def appearance(self, cells: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return brightness and roughness ``(N,)`` of each cell against the typical one; 0 where unknown."""
        if "mean_intensity" not in cells or "std_intensity" not in cells:
            return np.zeros(len(cells)), np.zeros(len(cells))
        mean, spread = cells["mean_intensity"].to_numpy(float), cells["std_intensity"].to_numpy(float)
        bright = (mean - self.centre) / self.scale if self.scale > 0 else np.zeros(len(mean))
        return bright, np.log(np.maximum(spread, FLAT * self.typical) / self.typical)

    def to_border(self, position: np.ndarray) -> np.ndarray:
        """Return the distance ``(N,)`` of positions ``(N, 2)`` to the field's border, infinite if it is unknown."""
        if self.field is None:
            return np.full(len(position), np.inf)
        return np.minimum(*np.minimum(position - self.field[0], self.field[1] - position).T)


def reference_cells(cells: pd.DataFrame, count: int | None) -> pd.DataFrame:
    """Return the cells of the first `count` frames that hold any, all cells for None: what a movie is measured by."""
    if count is None:
        return cells
    frames = np.unique(cells["frame"])[:count]
    return cells[cells["frame"].isin(frames)]


def read_detections(cells: pd.DataFrame, standards: Standards | None = None) -> Detections:
    """Sort a table of cells and turn it into arrays.

    Parameters
    ----------
    cells : DataFrame
        frame, label, y_px, x_px, area (square pixels); mean_intensity and std_intensity if known. Any order.
    standards : Standards, optional
        What they are held against; their own if not given.
    """
    standards = standards or Standards.of(cells)
    bright, rough = standards.appearance(cells)
    frame, label = cells["frame"].to_numpy(np.int64), cells["label"].to_numpy(np.int64)
    position = np.column_stack([cells["y_px"].to_numpy(float), cells["x_px"].to_numpy(float)])
    area, border = np.maximum(cells["area"].to_numpy(float), 1.0), standards.to_border(position)
    return Detections(frame, label, position, area, bright, rough, border).take(np.lexsort((label, frame)))


def measure_motion(detections: Detections) -> Motion:
    """Estimate the movie's unit of length from cells that are each other's nearest in consecutive frames.

    It is the median cell's radius, or twice the step that nine cells in ten stay below where cells move further than
    they are large. Markers have no size of their own: half the distance between neighbours stands in, but no more
    than three such steps.
    """
    area = float(np.median(detections.area))
    radius = float(np.sqrt(area / np.pi))
    steps, same, spaces = _sampled_steps(detections)
    step = float(np.quantile(steps, 0.9)) if len(steps) else 0.0
    if len(spaces) and same.mean() > 0.5:
        length = max(radius, min(float(np.median(spaces)) / 2, 3 * step))
        return Motion(length, length, np.pi * length**2, drawn=True)
    return Motion(max(radius, 2 * step), radius, area)


def _sampled_steps(detections: Detections) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Step, and whether the area stayed the same, of mutually nearest cells; distances between neighbours."""
    steps, same, spaces = [np.zeros(0)], [np.zeros(0, bool)], [np.zeros(0)]
    pairs = len(detections.starts) - 2
    for frame in np.unique(np.linspace(0, pairs - 1, min(pairs, SAMPLED_PAIRS)).astype(int)):
        rows, next_rows = detections.rows(frame), detections.rows(frame + 1)
        before, after = detections.position[rows], detections.position[next_rows]
        shift = drift(before, after)
        i, j = mutual_nearest(before + shift, after)
        steps.append(np.hypot(*(after[j] - before[i] - shift).T))
        same.append(detections.area[rows[i]] == detections.area[next_rows[j]])
        if len(after) > 1:
            spaces.append(cKDTree(after).query(after[j], k=2)[0][:, 1])
    return np.concatenate(steps), np.concatenate(same), np.concatenate(spaces)


def mutual_nearest(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return row numbers of points ``(N, 2)`` and ``(M, 2)`` that are each other's nearest.

    Of more than `SAMPLED_CELLS` points in `after`, that many are asked, evenly spread over the rows.
    """
    if not len(before) or not len(after):
        return np.zeros(0, int), np.zeros(0, int)
    asked = np.linspace(0, len(after) - 1, min(len(after), SAMPLED_CELLS)).astype(int)
    found = cKDTree(before).query(after[asked])[1]
    mutual = cKDTree(after).query(before[found])[1] == asked
    return found[mutual], asked[mutual]


def drift(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the common displacement ``(2,)`` of two frames' points in pixels; 0 unless it is certain.

    The median over mutually nearest points, if it exceeds three of its standard errors
    (1.86 median absolute deviations over the root of their number) and there are at least ten of them.
    """
    i, j = mutual_nearest(before, after)
    if len(i) < FEW:
        return np.zeros(2)
    moved = after[j] - before[i]
    shift = np.median(moved, axis=0)
    error = 1.86 * np.median(np.abs(moved - shift), axis=0) / np.sqrt(len(i))
    return shift if (np.abs(shift) > 3 * error).any() else np.zeros(2)


def nearest(sources: np.ndarray, targets: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each target its nearest sources within `reach`, at most six: source, target and distance arrays."""
    if not len(sources) or not len(targets):
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
    count = min(NEIGHBOURS, len(sources))
    distance, source = cKDTree(sources).query(targets, k=count, distance_upper_bound=reach)
    distance, source = distance.reshape(len(targets), count), source.reshape(len(targets), count)
    target, rank = np.nonzero(np.isfinite(distance))
    return source[target, rank], target, distance[target, rank]
