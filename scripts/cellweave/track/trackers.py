"""The linkers by the name that a configuration gives them."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from cellweave.core.errors import InputError
from cellweave.track.baseline import link_trackpy
from cellweave.track.linker import link

TRACKERS: dict[str, Callable[..., tuple[pd.DataFrame, pd.DataFrame]]] = {"weave": link, "trackpy": link_trackpy}


def run_tracker(
    tracker: Mapping[str, Any], cells: pd.DataFrame, overlaps: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Link cells with the linker that a configuration names.

    Parameters
    ----------
    tracker : mapping
        `kind`, one of `TRACKERS`, and that linker's own keyword arguments.
    cells, overlaps : DataFrame
        As for `cellweave.track.linker.link`.

    Returns
    -------
    nodes, tracks : DataFrame

    Raises
    ------
    InputError
        Unknown kind or parameter.
    """
    options = dict(tracker)
    kind = options.pop("kind", None)
    if kind not in TRACKERS:
        raise InputError(f"unknown tracker kind {kind!r}", where="trackers", todo=f"choose one of {sorted(TRACKERS)}")
    known = [
        name for name, each in inspect.signature(TRACKERS[kind]).parameters.items() if each.kind is each.KEYWORD_ONLY
    ]
    if unknown := sorted(set(options) - set(known)):
        raise InputError(
            f"unknown parameter {', '.join(unknown)} of tracker {kind}", where="trackers", todo=f"choose among {known}"
        )
    return TRACKERS[kind](cells, overlaps, **options)
