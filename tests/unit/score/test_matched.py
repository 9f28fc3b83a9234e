"""Cellpose's AP, F1 and PQ by hand, and against an assignment of all objects."""

import math

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from cellweave.score.contingency import contingency
from cellweave.score.matched import THRESHOLDS, matched_scores, true_positives


def values(frames) -> dict[str, float]:
    return {score.metric: score.value for score in matched_scores(frames)}


def test_one_found_one_missed_one_false():
    truth, result = np.zeros((2, 10, 30), int)
    truth[:, :10], truth[:, 12:18] = 1, 2
    result[:8, :10], result[:, 25:] = 1, 2
    scores = values([contingency(truth, result)])
    assert scores["AP50_matched"] == scores["AP75_matched"] == 1 / 3
    assert scores["mAP_matched"] == pytest.approx(7 / 10 / 3), "an IoU of .8 passes seven of ten thresholds"
    assert (scores["F1"], scores["PQ"]) == (0.5, pytest.approx(0.4))


def test_empty_frames_are_left_out_and_nothing_at_all_is_undefined():
    nothing, cell = np.zeros((4, 4), int), np.ones((4, 4), int)
    assert values([contingency(nothing, nothing), contingency(cell, cell)])["AP50_matched"] == 1
    assert values([contingency(cell, nothing)])["F1"] == 0
    assert all(math.isnan(value) for value in values([contingency(nothing, nothing)]).values())


def test_matches_are_as_many_as_a_full_assignment_finds(random_pair):
    pair = random_pair(11)
    for truth, result in zip(pair.truth, pair.result, strict=True):
        frame = contingency(truth, result)
        dense = np.zeros((frame.truth.size, frame.result.size))
        dense[tuple(frame.pairs.T)] = frame.iou
        for threshold in THRESHOLDS:
            # Cellpose's own way: as many pairs above the threshold as possible, then as much overlap as possible
            cost = -(dense >= threshold).astype(float) - dense / (2 * max(min(dense.shape), 1))
            hits = int((dense[linear_sum_assignment(cost)] >= threshold).sum())
            assert true_positives(frame, threshold) == hits
