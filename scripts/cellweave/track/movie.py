"""A movie as trackers see it: the cells of all frames, and where they come from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cellweave.track.candidates import reference_cells
from cellweave.track.overlap import Labels, overlaps_of

LOOKS = {"mean_intensity_c0": "mean_intensity", "std_intensity_c0": "std_intensity"}


@dataclass(frozen=True)
class Movie:
    """What a tracker may look at; stores are read when they are asked for, not before.

    Parameters
    ----------
    cells : DataFrame
        One row per cell and frame, any order: frame, label, y_px, x_px, area (square pixels); mean_intensity and
        std_intensity if known.
    labels : array (T, [Z,] Y, X), int, optional
        The cells' masks.
    image : array (T, C, [Z,] Y, X), optional
        What they were found in.
    reference : int, optional
        Frames with cells, from the first on, that the movie's own units are to be measured in; all if not given.
    """

    cells: pd.DataFrame
    labels: Labels | None = None
    image: Labels | None = None
    reference: int | None = None

    @cached_property
    def overlaps(self) -> pd.DataFrame | None:
        """Pixels that masks of consecutive frames share (`overlap.overlaps_of`); None without masks."""
        return None if self.labels is None else overlaps_of(self.labels)

    @cached_property
    def sorted_cells(self) -> pd.DataFrame:
        """The cells by frame, then label, numbered through."""
        return self.cells.sort_values(["frame", "label"], ignore_index=True)

    @property
    def reference_cells(self) -> pd.DataFrame:
        """The cells that the movie's own units are to be measured by."""
        return reference_cells(self.sorted_cells, self.reference)

    @property
    def frames(self) -> int:
        """Number of frames up to the last one with a cell."""
        return int(self.cells["frame"].max()) + 1 if len(self.cells) else 0


def detected(objects: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of a `Movie` from a table of objects (area_px among its columns) and their measurements."""
    looks = measured[["frame", "label", *LOOKS]].rename(columns=LOOKS)
    return objects.rename(columns={"area_px": "area"}).merge(looks, on=["frame", "label"], how="left")


def predecessors_of_tracks(cells: pd.DataFrame, track: np.ndarray) -> np.ndarray:
    """Return the row that each cell follows on its track, -1 for the first one.

    Parameters
    ----------
    cells : DataFrame
        frame, one row per cell.
    track : ndarray (N,), int
        The track of each cell; at most one cell of a frame has it.
    """
    order = np.lexsort((cells["frame"].to_numpy(), track))
    follows = np.asarray(track)[order][1:] == np.asarray(track)[order][:-1]
    predecessor = np.full(len(cells), -1, np.int64)
    predecessor[order[1:][follows]] = order[:-1][follows]
    return predecessor
