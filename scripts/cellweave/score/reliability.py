"""Are scores probabilities? Of objects scored 0.8, eight of ten should be right."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cellweave.score.contingency import Contingency
from cellweave.score.ctc import Score

BINS = 10
HIT = 0.5  # intersection over union of an object that is right


def reliability(frames: Sequence[tuple[Contingency, dict[int, float]]]) -> pd.DataFrame:
    """Return how often the objects of each score are right.

    Parameters
    ----------
    frames : sequence of (Contingency, mapping)
        Frames whose truth is complete, and the score, 0 to 1, of each of their objects by its id.

    Returns
    -------
    DataFrame
        One row per tenth of the scores that has objects: low, high, objects, score (their mean) and right (share that
        overlaps a truth object by an IoU of 0.5 or more).
    """
    scores = np.array([scores[label] for frame, scores in frames for label in frame.result.tolist()], np.float64)
    right = np.concatenate([np.isin(np.arange(frame.result.size), _hits(frame)) for frame, _ in frames] or [[]])
    return binned(scores, right)


def binned(scores: np.ndarray, right: np.ndarray) -> pd.DataFrame:
    """Return, for each tenth of the scores ``(N,)`` that occurs: low, high, objects, score (mean), right (share)."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    count = np.bincount(bins, minlength=BINS)
    with np.errstate(invalid="ignore"):
        table = pd.DataFrame(
            {
                "low": np.arange(BINS) / BINS,
                "high": (np.arange(BINS) + 1) / BINS,
                "objects": count,
                "score": np.bincount(bins, scores, BINS) / count,
                "right": np.bincount(bins, right, BINS) / count,
            }
        )
    return table[table["objects"] > 0].reset_index(drop=True)


def calibration_error(table: pd.DataFrame) -> Score:
    """Return the expected calibration error (Naeini et al. 2015; Guo et al. 2017, eq. 3) of a `reliability` table."""
    objects = int(table["objects"].sum())
    gaps = (table["score"] - table["right"]).abs()
    return Score("ECE", float((gaps * table["objects"]).sum() / objects) if objects else float("nan"), objects)


def _hits(frame: Contingency) -> np.ndarray:
    return frame.pairs[frame.iou >= HIT, 1]
