"""Classes of pixels from maps of their probabilities, and how much of a frame each takes up."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LEVELS = 255
AREAS = {"frame": "int32", "class": "int32", "name": "str", "area_px": "int64", "fraction": "float64", "iou": "float64"}


def classes_of(maps: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the most probable class of each pixel ``(Y, X)``, 0 for background, the lower one of equals.

    Parameters
    ----------
    maps : ndarray of uint8, (K, Y, X)
        Probabilities of the classes 1 to K, times 255; what they lack of 255 is the background's.
    """
    background = LEVELS - maps.sum(axis=0, dtype=np.int32)
    return np.argmax(np.concatenate([background[None], maps.astype(np.int32)]), axis=0).astype(np.int32)


class Areas:
    """Counts classes, and how they agree with a truth, tile by tile.

    Parameters
    ----------
    names : sequence of str
        Of the classes from 1.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._rows: list[pd.DataFrame] = []
        self.begin()

    def begin(self) -> None:
        """Begin with a frame."""
        count = len(self._names) + 1
        self._found, self._met, self._either = np.zeros((3, count), np.int64)

    def add(self, found: NDArray[np.int32], truth: NDArray[np.int32] | None) -> None:
        """Count a tile ``(Y, X)`` of the frame; of `truth`, -1 is unknown and classes above the last count as that."""
        count = len(self._names) + 1
        self._found += np.bincount(found.ravel(), minlength=count)
        if truth is None:
            return
        known = truth >= 0
        found, truth = found[known], np.minimum(truth[known], count - 1)
        met = np.bincount(found[found == truth], minlength=count)
        self._met += met
        self._either += np.bincount(found, minlength=count) + np.bincount(truth, minlength=count) - met

    def end(self, frame: int) -> None:
        """End the frame: one row per class, ``iou`` NaN where there is no truth or the class is in neither."""
        iou = np.divide(self._met, self._either, out=np.full(len(self._met), np.nan), where=self._either > 0)
        values = {"frame": frame, "class": np.arange(1, len(iou)), "name": list(self._names)}
        area = self._found[1:]
        row = pd.DataFrame(values | {"area_px": area, "fraction": area / max(1, self._found.sum()), "iou": iou[1:]})
        self._rows.append(row.astype(AREAS))
        self.begin()

    def table(self) -> pd.DataFrame:
        """Return the table of all frames: frame, class, name, area_px, fraction, iou."""
        return pd.concat(self._rows, ignore_index=True)
