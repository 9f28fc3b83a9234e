"""How many pixels the masks of consecutive frames share."""

from typing import Protocol

import numpy as np
import pandas as pd

from cellweave.core.progress import bar

ROWS = 1024
OVERLAP_COLUMNS = ["frame", "label", "next_label", "pixels"]


class Labels(Protocol):
    """Label images ``(T, [Z,] Y, X)``: an array in memory or on disk."""

    shape: tuple[int, ...]

    def __getitem__(self, key: tuple[int | slice, ...]) -> np.ndarray: ...


def overlaps_of(labels: Labels) -> pd.DataFrame:
    """Count the pixels that objects of consecutive frames share.

    Two bands of rows are in memory at a time, whatever the size of the images.

    Parameters
    ----------
    labels : array (T, [Z,] Y, X), int
        Ids are unique within a frame; 0 is background.

    Returns
    -------
    DataFrame
        frame, label, next_label (of frame + 1), pixels (int64); one row per pair that overlaps, sorted.
    """
    frames, *depth, height, _ = labels.shape
    tables = []
    with bar("overlaps", frames * height, "rows", unit_scale=True) as shown:
        for top in range(0, height, ROWS):
            band = (*(slice(0, size) for size in depth), slice(top, min(top + ROWS, height)))
            before = labels[(0, *band)]
            shown.update(band[-1].stop - top)
            for frame in range(1, frames):
                after = labels[(frame, *band)]
                tables.append(shared_pixels(before, after).assign(frame=frame - 1))
                before = after
                shown.update(band[-1].stop - top)
    if not tables:
        return pd.DataFrame(columns=OVERLAP_COLUMNS, dtype=np.int64)
    return pd.concat(tables).groupby(OVERLAP_COLUMNS[:3], as_index=False)["pixels"].sum()


def shared_pixels(before: np.ndarray, after: np.ndarray) -> pd.DataFrame:
    """Count the pixels that objects of two label images of one shape share: label, next_label, pixels."""
    both = (before > 0) & (after > 0)
    stride = int(after.max(initial=0)) + 1
    pair, pixels = np.unique(before[both].astype(np.int64) * stride + after[both], return_counts=True)
    return pd.DataFrame({"label": pair // stride, "next_label": pair % stride, "pixels": pixels}, dtype=np.int64)
