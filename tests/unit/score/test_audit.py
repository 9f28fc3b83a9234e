"""Scores of one image and doubts about its annotation, by hand."""

import numpy as np
import pytest

from cellweave.score.audit import image_scores, suspicious
from cellweave.score.contingency import contingency


def picture(*boxes: tuple[int, int, int]) -> np.ndarray:
    """Return labels on a strip of 4 x 60: (id, from column, to column)."""
    labels = np.zeros((4, 60), np.int32)
    for label, left, right in boxes:
        labels[:, left:right] = label
    return labels


def test_scores_of_one_image():
    frame = contingency(picture((1, 0, 10), (2, 20, 30)), picture((5, 0, 8), (6, 40, 50)))
    found = image_scores(frame)
    assert (found["truth_objects"], found["objects"]) == (2, 2)
    assert found["IoU"] == pytest.approx(8 / 30)
    assert found["F1"] == pytest.approx(0.5) and found["PQ"] == pytest.approx(0.8 / 2)
    assert found["AP50"] == found["AP75"] == pytest.approx(1 / 3)


def test_an_image_without_objects_has_no_scores():
    found = image_scores(contingency(picture(), picture()))
    assert all(np.isnan(found[name]) for name in ("IoU", "F1", "PQ", "AP50"))


def test_each_kind_of_doubt():
    truth = picture((1, 0, 10), (2, 12, 16), (3, 16, 20), (4, 50, 56))
    result = picture((1, 0, 5), (2, 5, 10), (3, 12, 20), (4, 30, 36), (5, 40, 44))
    found = suspicious(contingency(truth, result), {1: 0.9, 2: 0.8, 3: 0.7, 4: 0.95, 5: 0.2})
    assert found[["kind", "truth", "label", "confidence"]].to_numpy().tolist() == [
        ["unseen", 4, 0, 1.0],
        ["unannotated", 0, 4, 0.95],
        ["merged", 1, 1, 0.8],
        ["split", 2, 3, 0.7],
    ]


def test_agreement_raises_no_doubt():
    labels = picture((1, 0, 10), (2, 20, 30))
    assert suspicious(contingency(labels, labels), {1: 1.0, 2: 1.0}).empty
