"""Run the tracker that a configuration names."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from cellweave.core.plugins import check_plugin, plugins
from cellweave.track.movie import Movie

FOLDER = Path(__file__).parent / "trackers"


def run_tracker(tracker: Mapping[str, Any], movie: Movie) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Link the cells of a movie with the tracker that a configuration names.

    Parameters
    ----------
    tracker : mapping
        `kind`, a file of ``trackers/``, and that tracker's own options.
    movie : Movie

    Returns
    -------
    nodes, tracks : DataFrame
        See `cellweave.track.lineage.tracks_of`.

    Raises
    ------
    InputError
        Unknown kind or option.
    """
    check_plugin(tracker, plugins(FOLDER, "link"), where="trackers")
    options = {name: value for name, value in tracker.items() if name != "kind"}
    return import_module(f"cellweave.track.trackers.{tracker['kind']}").link(movie, **options)
