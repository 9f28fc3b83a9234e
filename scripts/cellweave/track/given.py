"""Lineages that were made elsewhere, on the objects of a label store."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellweave.core.errors import InputError
from cellweave.track.lineage import tracks_of


def given_nodes(labels: NDArray[np.integer], tracked: NDArray[np.integer], frame: int) -> pd.DataFrame:
    """Return which track each object of one frame belongs to.

    Parameters
    ----------
    labels : ([Z,] Y, X) integer
        Objects.
    tracked : ([Z,] Y, X) integer
        The same objects under the numbers of their tracks; some may be left out.
    frame : int
        Its number.

    Returns
    -------
    DataFrame
        frame, label, track (int32).

    Raises
    ------
    InputError
        The outlines differ.
    """
    if labels.shape != tracked.shape:
        raise _other_objects(f"masks of shape {tracked.shape} for labels of {labels.shape}", frame)
    shared = (labels > 0) | (tracked > 0)
    pairs, areas = np.unique(np.stack([labels[shared], tracked[shared]]), axis=1, return_counts=True)
    label, track = pairs
    kept = track > 0
    whole = areas == np.bincount(label, areas, minlength=1)[label]
    if not np.all(whole[kept] & (label[kept] > 0)) or len(np.unique(track[kept])) < np.count_nonzero(kept):
        bad = track[kept][~whole[kept] | (label[kept] == 0)]
        raise _other_objects(f"track {bad[0] if len(bad) else track[kept][0]} is no object of the model", frame)
    table = pd.DataFrame({"frame": frame, "label": label[kept], "track": track[kept]})
    return table.sort_values("label", ignore_index=True).astype(np.int32)


def unnamed_lineage(nodes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return nodes and tracks of labels without a lineage table: one id is one cell, and a gap a new track.

    Parameters
    ----------
    nodes : DataFrame
        frame, label, track (the id), y_px, x_px.
    """
    ordered = nodes.sort_values(["track", "frame"], ignore_index=True)
    same = ordered["track"].eq(ordered["track"].shift()).to_numpy()
    return tracks_of(ordered, np.where(same, np.arange(len(ordered)) - 1, -1))


def _other_objects(what: str, frame: int) -> InputError:
    return InputError(
        f"a tracker's result on other objects than the model's: {what}",
        where=f"frame {frame}",
        todo="name the same result as an external model too, and run the tracker with that model",
    )
