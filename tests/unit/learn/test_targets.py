import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cellweave.learn.targets import ignore_unannotated, training_targets

TWO = np.zeros((9, 14), np.int32)
TWO[1:8, 1:6] = 7
TWO[1:8, 6:13] = 3


def test_targets_of_two_touching_boxes_by_hand() -> None:
    classes, cell, neighbour = training_targets(TWO, boundary_px=1)
    assert classes[4].tolist() == [0, 2, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 2, 0]
    assert cell[4] == pytest.approx([0, 1 / 3, 2 / 3, 1, 2 / 3, 1 / 3, 1 / 4, 2 / 4, 3 / 4, 1, 3 / 4, 2 / 4, 1 / 4, 0])
    left = [(1 - d / 6) ** 3 for d in (4, 3, 2, 1, 0)]
    right = [(1 - d / 8) ** 3 for d in range(7)]
    assert neighbour[4] == pytest.approx([0, *left, *right, 0])


def test_unknown_pixels_stay_unknown() -> None:
    labels = TWO.copy()
    labels[:, :2] = -1
    classes, cell, neighbour = training_targets(labels, boundary_px=1)
    assert (classes[:, :2] == -1).all() and (classes[:, 2:] >= 0).all()
    assert not cell[:, :2].any() and not neighbour[:, :2].any()


def test_nothing_but_background() -> None:
    assert not training_targets(np.zeros((5, 6), np.int32), 2).any()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.integers(0, 3))
def test_targets_do_not_depend_on_names_or_orientation(seed: int, turns: int) -> None:
    rng = np.random.default_rng(seed)
    labels = ndimage.zoom(rng.integers(0, 4, (5, 5)), 6, order=0).astype(np.int32)
    renamed = np.array([0, 900, 5, 21], np.int32)[labels]
    turned = training_targets(np.rot90(renamed, turns).copy(), 2)
    np.testing.assert_allclose(np.rot90(training_targets(labels, 2), turns, axes=(1, 2)), turned, atol=1e-6)
    assert turned[1:].min() >= 0 and turned[1:].max() <= 1


def test_neighbour_distance_equals_a_whole_image_transform() -> None:
    rng = np.random.default_rng(0)
    labels = ndimage.zoom(rng.integers(0, 6, (8, 8)), 5, order=0).astype(np.int32)
    expected = np.zeros(labels.shape)
    padded = np.pad(labels, 1, mode="edge")  # the border of the image is no border of an object
    for label in range(1, 6):
        own = labels == label
        reach = 2 * ndimage.distance_transform_edt(np.pad(own, 60, mode="edge"))[60:-60, 60:-60][own].max()
        to_others = ndimage.distance_transform_edt((padded == 0) | (padded == label))[1:-1, 1:-1]
        expected[own] = np.clip(1 - (to_others[own] - 1) / reach, 0, 1) ** 3
    np.testing.assert_allclose(training_targets(labels, 1)[2], expected, atol=0.02)  # padding may bring borders nearer


def test_background_near_drawn_cells_only_is_known_where_markers_name_more_cells() -> None:
    labels = np.zeros((9, 30), np.int32)
    labels[3:6, 3:6] = 1
    markers = np.zeros_like(labels)
    markers[4, 4] = 11
    assert ignore_unannotated(labels, markers, 3) is labels
    assert ignore_unannotated(labels, None, 3) is labels
    markers[4, 20] = 12
    sparse = ignore_unannotated(labels, markers, 3)
    assert sparse[4].tolist() == [0] * 3 + [1] * 3 + [0] * 3 + [-1] * 21
    assert (sparse == 1).sum() == 9
