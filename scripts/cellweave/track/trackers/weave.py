"""The workflow's own linker, with divisions, gaps and calibrated confidence (`cellweave.track.linker`)."""

from collections.abc import Collection

import pandas as pd

from cellweave.track.features import EVIDENCE
from cellweave.track.linker import MAX_GAP, link_cells
from cellweave.track.movie import Movie
from cellweave.track.weights import Weights


def link(
    movie: Movie,
    *,
    divisions: bool = True,
    evidence: Collection[str] = tuple(EVIDENCE),
    max_gap: int = MAX_GAP,
    solver: str = "fast",
    weights: Weights | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Link with `cellweave.track.linker.link_cells`, which describes the options."""
    return link_cells(
        movie.cells,
        movie.overlaps,
        divisions=divisions,
        evidence=evidence,
        max_gap=max_gap,
        solver=solver,
        weights=weights,
        reference=movie.reference,
    )
