"""How two labellings of the same pixels differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass
class Agreement:
    """Differences that were counted so far; all zero when the labellings are the same.

    Attributes
    ----------
    pixels : int
        Pixels compared.
    objects, split, merged : int
        Objects of the second labelling; those of the first that are several in the second, and several of the first
        that are one in the second.
    swapped : int
        Objects whose order differs: ids would not be the same.
    astray : int
        Pixels that are background in one labelling only.
    """

    pixels: int = 0
    objects: int = 0
    split: int = 0
    merged: int = 0
    swapped: int = 0
    astray: int = 0

    def add(self, first: NDArray[np.integer], second: NDArray[np.integer]) -> None:
        """Compare two labellings ``(Y, X)`` of some pixels; 0 is background in both."""
        self.pixels += first.size
        self.astray += int(((first == 0) != (second == 0)).sum())
        both = (first > 0) & (second > 0)
        pairs = np.unique(np.stack([first[both], second[both]], axis=1).astype(np.int64), axis=0)
        self.objects += np.unique(second[second > 0]).size
        self.split += len(pairs) - np.unique(pairs[:, 0]).size
        self.merged += len(pairs) - np.unique(pairs[:, 1]).size
        self.swapped += int((np.diff(pairs[:, 1]) < 0).sum())

    @property
    def exact(self) -> bool:
        """Whether the labellings are the same, ids included."""
        return not (self.split or self.merged or self.swapped or self.astray)
