"""Annotated movies as the linker sees them: which detection truly comes from which."""

import numpy as np
import pandas as pd


def owners(labels: np.ndarray, markers: np.ndarray) -> dict[int, int]:
    """Return the track of each object that covers most of exactly one marker.

    Parameters
    ----------
    labels : ndarray ([Z,] Y, X), int
        Objects of one frame.
    markers : ndarray of that shape, int
        Their annotated markers; ids are tracks.
    """
    marked = markers > 0
    pairs, counts = np.unique(np.stack([labels[marked], markers[marked]]), axis=1, return_counts=True)
    tracks, sizes = np.unique(markers[marked], return_counts=True)
    covered = 2 * counts > sizes[np.searchsorted(tracks, pairs[1])]
    label, track = pairs[:, covered & (pairs[0] > 0)]
    names, first, times = np.unique(label, return_index=True, return_counts=True)
    return dict(zip(names[times == 1].tolist(), track[first[times == 1]].tolist(), strict=True))


def true_predecessors(frame: np.ndarray, owner: np.ndarray, tracks: pd.DataFrame) -> np.ndarray:
    """Return the row that each detection truly comes from, -1 for none.

    Parameters
    ----------
    frame : ndarray (N,), int
    owner : ndarray (N,), int
        The true track of each detection, 0 where it is unknown.
    tracks : DataFrame
        track, begin, end, parent.
    """
    at = {key: row for row, key in enumerate(zip(frame.tolist(), owner.tolist(), strict=True)) if key[1]}
    table = tracks.set_index("track")
    begin, end, parent = (table[name].to_dict() for name in ("begin", "end", "parent"))
    predecessor = np.full(len(frame), -1, np.int64)
    for (when, track), row in at.items():
        mother = parent.get(track, 0)
        if (when - 1, track) in at:
            predecessor[row] = at[when - 1, track]
        elif mother and begin[track] == when:
            predecessor[row] = at.get((end[mother], mother), -1)
    return predecessor
