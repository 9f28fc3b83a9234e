"""Scores of label images on whole objects, as Cellpose, StarDist and panoptic segmentation report them."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from cellweave.score.contingency import Contingency
from cellweave.score.ctc import Score

THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))


def matched_scores(frames: Sequence[Contingency]) -> list[Score]:
    """Return AP50, AP75 and mean AP as Cellpose defines them, F1 and panoptic quality.

    Parameters
    ----------
    frames : sequence of Contingency
        Frames whose truth is complete: an object beyond the truth is false. A frame without any object is left out.

    Returns
    -------
    list of Score
        0 to 1; NaN when no frame has an object. `n` is the number of frames for AP, of truth objects for F1 and PQ.

    References
    ----------
    AP = TP / (TP + FP + FN) per image: Stringer et al., Nature Methods 18 (2021) 100. PQ: Kirillov et al., CVPR 2019.
    """
    frames = [frame for frame in frames if frame.truth.size + frame.result.size]
    by_frame = np.array([[_precision(frame, threshold) for threshold in THRESHOLDS] for frame in frames])
    average = by_frame.mean(axis=0) if frames else np.full(len(THRESHOLDS), np.nan)
    iou = [frame.iou[frame.iou > 0.5] for frame in frames]
    hits, overlap = sum(values.size for values in iou), sum(float(values.sum()) for values in iou)
    truth = sum(frame.truth.size for frame in frames)
    objects = truth + sum(frame.result.size for frame in frames)
    return [
        Score("AP50_matched", float(average[THRESHOLDS.index(0.5)]), len(frames)),
        Score("AP75_matched", float(average[THRESHOLDS.index(0.75)]), len(frames)),
        Score("mAP_matched", float(average.mean()), len(frames)),
        Score("F1", 2 * hits / objects if objects else float("nan"), truth),
        Score("PQ", 2 * overlap / objects if objects else float("nan"), truth),
    ]


def true_positives(frame: Contingency, threshold: float) -> int:
    """Return the largest number of one-to-one matches with an intersection over union of at least `threshold`."""
    truth, result = frame.pairs[frame.iou >= threshold].T
    if not truth.size:
        return 0
    shape = (frame.truth.size, frame.result.size)
    return int(
        np.count_nonzero(maximum_bipartite_matching(csr_array((np.ones(truth.size), (truth, result)), shape)) >= 0)
    )


def _precision(frame: Contingency, threshold: float) -> float:
    hits = true_positives(frame, threshold)
    return hits / (frame.truth.size + frame.result.size - hits)
