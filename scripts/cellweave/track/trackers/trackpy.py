"""The baseline: trackpy's nearest-neighbour linking, which knows no divisions."""

import logging

import pandas as pd
import trackpy
from trackpy.linking.utils import SubnetOversizeException

from cellweave.core.errors import InputError
from cellweave.track.candidates import measure_motion, read_detections
from cellweave.track.lineage import tracks_of
from cellweave.track.movie import Movie, predecessors_of_tracks

logger = logging.getLogger(__name__)

SHRINK, SMALLEST = 0.9, 0.1
"""Where candidates crowd, trackpy may narrow its gate by this factor, down to this share of it."""


def link(movie: Movie, *, memory: int = 0, reach: float = 1.5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Link the cells of a movie with trackpy (Crocker and Grier 1996, J. Colloid Interface Sci. 179:298).

    Parameters
    ----------
    movie : Movie
        Only positions count.
    memory : int
        Frames a cell may be missing for.
    reach : float
        Gate in the movie's unit of length (`cellweave.track.candidates.Motion`).

    Returns
    -------
    nodes, tracks : DataFrame
        See `cellweave.track.lineage.tracks_of`.

    Raises
    ------
    InputError
        Cells are too crowded for trackpy even with the narrowest gate.
    """
    table = movie.sorted_cells
    if table.empty:
        return tracks_of(table, predecessors_of_tracks(table, table["label"].to_numpy()))
    search_range = reach * measure_motion(read_detections(movie.reference_cells)).length
    linked = _link(table[["frame", "y_px", "x_px"]], search_range, memory)
    particle = linked["particle"].sort_index().to_numpy()
    return tracks_of(table, predecessors_of_tracks(table, particle))


def _link(table: pd.DataFrame, search_range: float, memory: int) -> pd.DataFrame:
    trackpy.quiet()
    options = {"pos_columns": ["y_px", "x_px"], "memory": memory}
    try:
        return trackpy.link(table, search_range, **options)
    except SubnetOversizeException as error:
        logger.warning(
            "trackpy cannot resolve a crowd of cells within %.1f px (%s); it narrows its gate there",
            search_range,
            error,
        )
    options |= {"adaptive_step": SHRINK, "adaptive_stop": SMALLEST * search_range}
    try:
        return trackpy.link(table, search_range, **options)
    except SubnetOversizeException as error:
        raise InputError(
            f"the cells are too crowded for trackpy: {error}",
            where="tracker trackpy",
            todo="lower its `reach`, or use the tracker weave",
        ) from error
