"""Doubt, ranking and partial labels, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellweave.correct.tiles import UNKNOWN, Patch, doubt, partial_labels, ranked, spread_out, tile_means


def test_doubt_is_zero_where_all_views_are_sure_and_agree():
    sure = np.stack([np.array([[[0.0, 1.0]], [[0.0, 1.0]]])] * 3)
    assert (doubt(sure) == 0).all()
    unsure = np.full((2, 2, 1, 1), 0.5)
    assert doubt(unsure) == 1  # 4 p (1 - p)
    split = np.array([0.0, 1.0])[:, None, None, None] * np.ones((2, 2, 1, 1))
    assert doubt(split) == 3  # undecided on average, and both maps differ as much as they can


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5))
def test_tile_means_are_means_of_tiles(height, width, side):
    plane = np.arange(height * width, dtype=float).reshape(height, width)
    means = tile_means(plane, side)
    for (row, column), mean in np.ndenumerate(means):
        tile = plane[row * side : (row + 1) * side, column * side : (column + 1) * side]
        assert mean == pytest.approx(tile.mean())  # sums in another order
    assert means.shape == (-(-height // side), -(-width // side))


def test_tiles_are_ranked_and_near_repetitions_left_out():
    means = [np.array([[0.9, 0.2]]), np.array([[0.8, 0.3]]), np.array([[0.7, 0.1]])]
    order = [(patch.frame, patch.x0) for patch, _ in ranked(means, [0, 5, 20], 8, count=9)]
    assert order == [(0, 0), (5, 0), (20, 0), (5, 8), (0, 8), (20, 8)]
    apart = [(patch.frame, patch.x0) for patch, _ in ranked(means, [0, 5, 20], 8, count=3, apart=5)]
    assert apart == [(0, 0), (20, 0), (5, 8)]
    left = ranked(means, [0, 5, 20], 8, count=1, apart=5, taken=[Patch(0, 0, 0, 8), Patch(20, 0, 0, 8)])
    assert left == [(Patch(5, 0, 8, 8), 0.3)]


def test_tiles_are_taken_that_look_unlike_each_other_and_the_known():
    looks, none = np.array([[0.0, 5], [1, 5], [9, 5], [10, 5]]), np.zeros((0, 2))
    assert spread_out(looks, none, 3) == [0, 3, 1], "the first; the farthest from it; of two as far away, the first"
    assert spread_out(looks, looks[3:], 2) == [0, 1]
    assert spread_out(looks * [1000, 1], none, 9) == spread_out(looks, none, 4), (
        "units do not count, nor does the constant"
    )


def test_only_whole_cells_of_corrected_tiles_are_known():
    """Cell 1 of a tile of 4 in the frame's corner touches the frame's border (whole), cell 2 the inner one (cut)."""
    labels = np.zeros((4, 4), int)
    labels[0:2, 0:2] = 1
    labels[2, 3] = 2
    frame = partial_labels((4, 8), [(Patch(0, 0, 0, 4), labels), (Patch(0, 0, 4, 4), labels[:, ::-1])])
    assert frame.tolist() == [
        [1, 1, 0, 0, 0, 0, 2, 2],
        [1, 1, 0, 0, 0, 0, 2, 2],
        [0, 0, 0, UNKNOWN, UNKNOWN, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]
    assert (partial_labels((4, 8), [(Patch(0, 0, 0, 4), labels)])[:, 4:] == UNKNOWN).all()
