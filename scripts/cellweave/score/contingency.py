"""Which truth object shares how many pixels with which result object: counted once per frame, used by every measure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellweave.core.errors import InputError

LOW_BITS = np.uint64(2**32 - 1)


@dataclass(frozen=True)
class Contingency:
    """Sizes and overlaps of the objects of one frame, in pixels.

    Attributes
    ----------
    truth, result : numpy.ndarray
        Ids of the objects, ``(R,)`` and ``(S,)`` int64, ascending, background 0 left out.
    truth_area, result_area : numpy.ndarray
        Their sizes in pixels, int64.
    pairs : numpy.ndarray
        ``(K, 2)`` int64, indices into `truth` and `result` of objects that share a pixel, ascending.
    overlap : numpy.ndarray
        ``(K,)`` int64, number of pixels shared.
    """

    truth: np.ndarray
    truth_area: np.ndarray
    result: np.ndarray
    result_area: np.ndarray
    pairs: np.ndarray
    overlap: np.ndarray

    @property
    def iou(self) -> np.ndarray:
        """Intersection over union of each pair, ``(K,)`` float64 in (0, 1]."""
        truth, result = self.pairs.T
        return self.overlap / (self.truth_area[truth] + self.result_area[result] - self.overlap)

    @property
    def majority(self) -> np.ndarray:
        """True for pairs whose result covers more than half of the truth object: the challenge's match.

        A truth object has at most one such result, a result may have several such truth objects [1]_.

        References
        ----------
        .. [1] Matula et al., PLoS ONE 10 (2015) e0144959, detection test.
        """
        return 2 * self.overlap > self.truth_area[self.pairs[:, 0]]


def contingency(truth: np.ndarray, result: np.ndarray, *, border_px: int = 0) -> Contingency:
    """Count the overlaps of two label images in one pass over runs of equal pixels.

    Parameters
    ----------
    truth, result : numpy.ndarray
        Integer label images of one shape, ``(Y, X)`` or ``(Z, Y, X)``; 0 is background, an id is any value below
        2**32.
    border_px : int
        Result objects without a pixel at least this far from the border in y and x lie outside the field of interest
        and are dropped. The official programs know no field of interest: it was applied by the annotators and is to
        be applied to a submission, so the truth stays as it is (markers of cells that only reach into the field may
        lie outside it).

    Raises
    ------
    InputError
        The images differ in shape, or the border leaves no field.
    """
    if truth.shape != result.shape:
        raise InputError(
            f"result of shape {result.shape} against truth of shape {truth.shape}",
            todo="score results on the frames and in the size of the truth",
        )
    starts, lengths = _runs(truth.ravel(), result.ravel())
    values, counts = _total(_key(truth.ravel()[starts], result.ravel()[starts]), lengths)
    of_truth, of_result = (values >> np.uint64(32)).astype(np.int64), (values & LOW_BITS).astype(np.int64)
    if border_px:
        of_result[~np.isin(of_result, _inside(result, border_px))] = 0
    truth_ids, truth_area = _total(of_truth[of_truth > 0], counts[of_truth > 0])
    result_ids, result_area = _total(of_result[of_result > 0], counts[of_result > 0])
    both = (of_truth > 0) & (of_result > 0)
    pairs = np.column_stack(
        [np.searchsorted(truth_ids, of_truth[both]), np.searchsorted(result_ids, of_result[both])]
    ).astype(np.int64)
    return Contingency(truth_ids, truth_area, result_ids, result_area, pairs, counts[both])


def seg(frames: Sequence[Contingency]) -> float:
    """Return the challenge's SEG: mean Jaccard index of all truth objects with their matches, 0 without a match.

    Parameters
    ----------
    frames : sequence of Contingency
        One per frame (or slice) that has segmentation truth; result objects beyond the truth do not count.

    Returns
    -------
    float
        0 to 1; NaN without truth objects.

    References
    ----------
    Maška et al., Bioinformatics 30 (2014) 1609, equation 1.
    """
    objects = sum(frame.truth.size for frame in frames)
    total = sum(float(frame.iou[frame.majority].sum()) for frame in frames)
    return total / objects if objects else float("nan")


def _runs(*labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Starts and lengths of runs of pixels that are equal in all of some flat images: few, so that sorting is cheap."""
    changed = np.zeros(labels[0].size, bool)
    changed[0] = True
    for image in labels:
        changed[1:] |= image[1:] != image[:-1]
    starts = np.flatnonzero(changed)
    return starts, np.diff(starts, append=changed.size)


def _key(truth: np.ndarray, result: np.ndarray) -> np.ndarray:
    return truth.astype(np.uint64) << np.uint64(32) | result.astype(np.uint64)


def _total(values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values and the sum of the counts of each."""
    found, which = np.unique(values, return_inverse=True)
    return found, np.bincount(which, weights=counts, minlength=found.size).astype(np.int64)


def _inside(labels: np.ndarray, border_px: int) -> np.ndarray:
    field = labels[..., border_px : labels.shape[-2] - border_px, border_px : labels.shape[-1] - border_px]
    if not field.size or min(labels.shape[-2:]) <= 2 * border_px:
        raise InputError(
            f"a border of {border_px} px leaves nothing of an image of {labels.shape[-2]}x{labels.shape[-1]}",
            where="border_px in the table of datasets",
        )
    flat = field.ravel()
    return np.unique(flat[_runs(flat)[0]])
