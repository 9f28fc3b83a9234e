"""Reliability of scores by hand."""

import numpy as np
import pytest

from cellweave.score.contingency import contingency
from cellweave.score.reliability import calibration_error, reliability


def test_by_hand():
    truth, result = np.zeros((1, 40), np.int32), np.zeros((1, 40), np.int32)
    truth[0, :10], result[0, :8], result[0, 20:30], result[0, 32:36] = 1, 1, 2, 3
    table = reliability([(contingency(truth, result), {1: 0.95, 2: 0.91, 3: 0.15})])
    assert table[["low", "objects", "right"]].to_numpy().tolist() == [[0.1, 1, 0], [0.9, 2, 0.5]]
    assert table["score"].tolist() == pytest.approx([0.15, 0.93])
    assert calibration_error(table).value == pytest.approx((0.15 + 2 * 0.43) / 3)


def test_scores_that_are_probabilities_have_no_error():
    rng = np.random.default_rng(0)
    scores = rng.random(4000)
    labels = np.arange(1, scores.size + 1)[None]
    truth = np.where(rng.random(scores.size) < scores, labels, 0)
    found = calibration_error(
        reliability([(contingency(truth, labels), dict(zip(labels[0].tolist(), scores, strict=True)))])
    )
    assert found.value < 0.04 and found.n == scores.size  # ten bins of 400: a share is off by .025 at most, mostly


def test_nothing_to_judge():
    assert np.isnan(calibration_error(reliability([])).value)
