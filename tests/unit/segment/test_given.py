"""Given objects: numbered by place, and disturbed by as much as asked for."""

import numpy as np
import pytest

from cellweave.segment.given import described, disturbed


def grid(count: int = 20, size: int = 4, pitch: int = 12) -> np.ndarray:
    """Squares that touch in pairs along each row, with numbers that are out of order."""
    labels = np.zeros((count * pitch, count * pitch), np.int32)
    names = np.random.default_rng(0).permutation(count * count) + 1
    for index, name in enumerate(names):
        row, column = divmod(index, count)
        x = column * pitch + (pitch - size if column % 2 == 0 else 0)
        labels[row * pitch : row * pitch + size, x : x + size] = name
    return labels


def test_objects_are_numbered_by_place_and_described():
    labels = np.zeros((6, 8), np.int32)
    labels[0:2, 5:7], labels[4:6, 0:4] = 900, 7
    renamed, objects = described(labels, 3)
    assert renamed[0, 5] == 1 and renamed[4, 0] == 2 and (renamed > 0).sum() == 12
    assert objects.to_numpy().tolist() == [[3, 1, 1, 4, 0.5, 5.5], [3, 2, 1, 8, 4.5, 1.5]]
    volume, flat = described(labels[None].repeat(3, axis=0), 0)
    assert volume[2, 4, 0] == 2 and flat["area_px"].tolist() == [12, 24]
    assert described(np.zeros((4, 4), np.int32), 0)[1].empty


@pytest.mark.parametrize(("error", "change"), [("misses", -1), ("merges", -1), ("false_cells", 1)])
def test_errors_are_as_many_as_asked_for(error, change):
    labels = grid()
    counts = [
        len(np.unique(disturbed(labels, {error: 0.2}, np.random.default_rng(seed)))) - len(np.unique(labels))
        for seed in range(10)
    ]
    assert change * np.mean(counts) / 400 == pytest.approx(
        0.2, abs=0.03
    )  # 3.5 standard errors of 4,000 draws, merges of
    # two with each other included
    assert np.array_equal(disturbed(labels, {error: 0.0}, np.random.default_rng(0)), labels)


def test_false_cells_cover_no_other():
    labels = grid()
    found = disturbed(labels, {"false_cells": 0.3}, np.random.default_rng(1))
    assert np.array_equal(found[labels > 0], labels[labels > 0])
    added = np.setdiff1d(found, labels)
    assert len(added) > 60 and {int((found == name).sum()) for name in added} == {16}
