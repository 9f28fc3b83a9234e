"""Contingency tables of a whole sequence against every kind of truth it has."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.progress import progress
from cellweave.score.contingency import Contingency, contingency

KINDS = ("gold", "silver", "markers")


def contingencies(
    frames: pd.DataFrame,
    result: Callable[[int], np.ndarray],
    truths: Mapping[str, Callable[[int], np.ndarray]],
    *,
    border_px: int,
    title: str,
) -> dict[str, list[Contingency]]:
    """Compare each frame of a result with the truths that this frame has.

    Parameters
    ----------
    frames : DataFrame
        One row per frame: frame, height, width (the true extent of padded images), gold, silver, markers (bool),
        gold_z (the slice that gold covers, -1 for all).
    result : callable
        Frame number to labels ``(Y, X)`` or ``(Z, Y, X)``.
    truths : mapping of "gold", "silver", "markers" to callable
        The same for each kind of truth that the sequence has.
    border_px : int
        Width of what lies outside the field of interest.
    title : str
        What the bar says.

    Returns
    -------
    dict of str to list of Contingency
        For each kind of truth, the frames that have it.

    Raises
    ------
    InputError
        Result and truth differ in shape.
    """
    found: dict[str, list[Contingency]] = {kind: [] for kind in KINDS}
    for row in progress(list(frames.itertuples()), title, unit="frame"):
        kinds = [kind for kind in truths if getattr(row, kind)]
        if not kinds:
            continue
        labels = result(row.frame)
        for kind in kinds:
            truth = truths[kind](row.frame)
            if truth.shape != labels.shape:
                raise InputError(
                    f"result of shape {labels.shape} against {kind} truth of shape {truth.shape}",
                    where=f"{title}, frame {row.frame}",
                    todo="score results in the size of the prepared images",
                )
            plane = row.gold_z if kind == "gold" and row.gold_z >= 0 else slice(None)
            region = (slice(row.height), slice(row.width))
            region = (plane, *region) if truth.ndim == 3 else region
            found[kind].append(contingency(truth[region], labels[region], border_px=border_px))
    return found


def complete_truth(found: Mapping[str, list[Contingency]]) -> list[Contingency]:
    """Return the frames whose masks are complete: silver ones, else gold ones of a sequence without markers.

    Gold masks beside markers are of some cells only, so that nothing can be called false by them.
    """
    return found["silver"] or ([] if found["markers"] else found["gold"])
