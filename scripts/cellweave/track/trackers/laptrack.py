"""A comparator: laptrack's linear assignment with gap closing and splitting, on positions alone."""

from itertools import pairwise

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.track.candidates import measure_motion, read_detections
from cellweave.track.lineage import tracks_of
from cellweave.track.movie import Movie


def link(
    movie: Movie, *, reach: float = 1.5, gap_reach: float = 0.0, split_reach: float = 1.5, memory: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Link the cells of a movie with laptrack (Fukai and Kawaguchi 2023, Bioinformatics 39:btac799).

    It needs ``make extra NAME=laptrack``.

    Parameters
    ----------
    movie : Movie
        Only positions count.
    reach, gap_reach, split_reach : float
        Gates of links, of gaps that are closed and of divisions, in the movie's unit of length
        (`cellweave.track.candidates.Motion`); 0 closes no gaps, or knows no divisions.
    memory : int
        Frames a cell may be missing for.

    Returns
    -------
    nodes, tracks : DataFrame
        See `cellweave.track.lineage.tracks_of`.

    Raises
    ------
    InputError
        laptrack is not installed.
    """
    try:
        from laptrack import LapTrack
    except ImportError as error:
        raise InputError(
            f"the tracker laptrack is not installed ({error})", where="trackers", todo="make extra NAME=laptrack"
        ) from error
    table = movie.sorted_cells
    predecessor = np.full(len(table), -1, np.int64)
    if table["frame"].nunique() < 2:
        return tracks_of(table, predecessor)
    unit = measure_motion(read_detections(movie.reference_cells)).length
    place, starts = table[["y_px", "x_px"]].to_numpy(float), np.searchsorted(table["frame"], range(movie.frames + 1))
    tracker = LapTrack(
        cutoff=(reach * unit) ** 2,
        gap_closing_cutoff=(gap_reach * unit) ** 2 if gap_reach and memory else False,
        gap_closing_max_frame_count=memory + 1,
        splitting_cutoff=(split_reach * unit) ** 2 if split_reach else False,
    )
    graph = tracker.predict([place[first:last] for first, last in pairwise(starts)])
    for ends in graph.edges:
        (before, source), (after, target) = sorted(ends)
        predecessor[starts[after] + target] = starts[before] + source
    return tracks_of(table, predecessor)
