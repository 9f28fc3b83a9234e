"""Overlaps against a count by hand of every pair, for any ids."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, arrays

from cellweave.core.errors import InputError
from cellweave.score.contingency import contingency, seg

IDS = st.sampled_from([0, 0, 1, 2, 32_768, 65_536, 2**31 - 1])


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_counts_equal_those_of_every_pair_of_masks(data):
    shape = data.draw(array_shapes(min_dims=2, max_dims=3, max_side=6))
    truth, result = (data.draw(arrays(np.int64, shape, elements=IDS)) for _ in range(2))
    found = contingency(truth, result)
    assert found.truth.tolist() == sorted(set(truth.ravel().tolist()) - {0})
    assert found.truth_area.tolist() == [np.sum(truth == label) for label in found.truth]
    assert found.result_area.tolist() == [np.sum(result == label) for label in found.result]
    by_hand = {
        (one, other): np.sum((truth == one) & (result == other))
        for one in found.truth.tolist()
        for other in found.result.tolist()
        if np.any((truth == one) & (result == other))
    }
    labels = zip(found.truth[found.pairs[:, 0]].tolist(), found.result[found.pairs[:, 1]].tolist(), strict=True)
    assert dict(zip(labels, found.overlap.tolist(), strict=True)) == by_hand


def test_half_a_cell_is_no_match():
    truth, result = np.zeros((2, 4, 4), np.uint16)
    truth[:2] = 1
    result[:1] = 1
    assert not contingency(truth, result).majority.any()
    result[1, 0] = 1
    assert seg([contingency(truth, result)]) == 5 / 8


def test_seg_counts_missed_cells_and_forgives_false_ones():
    truth, result = np.zeros((2, 9, 9), np.int32)
    truth[:3, :3], truth[6:, 6:] = 1, 2
    result[:3, :3], result[6:, :3] = 4, 5
    assert seg([contingency(truth, result)]) == 0.5
    assert np.isnan(seg([contingency(np.zeros_like(truth), result)]))


def test_other_shapes_are_refused():
    with pytest.raises(InputError, match=r"result of shape \(3, 4\) against truth of shape \(4, 3\)"):
        contingency(np.zeros((4, 3), int), np.zeros((3, 4), int))
