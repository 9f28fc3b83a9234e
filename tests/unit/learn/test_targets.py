import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cellweave.core.errors import InputError
from cellweave.learn.flows import deformed, flows_to_centre
from cellweave.learn.representations import DISTANCES, representation_of
from cellweave.learn.targets import Borders, border_weights, ignore_unannotated, thinned, training_targets

TWO = np.zeros((9, 14), np.int32)
TWO[1:8, 1:6] = 7
TWO[1:8, 6:13] = 3


def test_targets_of_two_touching_boxes_by_hand() -> None:
    classes, cell, neighbour = training_targets(TWO, Borders(1), DISTANCES)
    assert classes[4].tolist() == [0, 2, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 2, 0]
    assert cell[4] == pytest.approx([0, 1 / 3, 2 / 3, 1, 2 / 3, 1 / 3, 1 / 4, 2 / 4, 3 / 4, 1, 3 / 4, 2 / 4, 1 / 4, 0])
    left = [(1 - d / 6) ** 3 for d in (4, 3, 2, 1, 0)]
    right = [(1 - d / 8) ** 3 for d in range(7)]
    assert neighbour[4] == pytest.approx([0, *left, *right, 0])


def test_unknown_pixels_stay_unknown() -> None:
    labels = TWO.copy()
    labels[:, :2] = -1
    classes, cell, neighbour = training_targets(labels, Borders(1), DISTANCES)
    assert (classes[:, :2] == -1).all() and (classes[:, 2:] >= 0).all()
    assert not cell[:, :2].any() and not neighbour[:, :2].any()


def test_nothing_but_background() -> None:
    assert not training_targets(np.zeros((5, 6), np.int32), Borders(2), DISTANCES).any()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.integers(0, 3))
def test_targets_do_not_depend_on_names_or_orientation(seed: int, turns: int) -> None:
    rng = np.random.default_rng(seed)
    labels = ndimage.zoom(rng.integers(0, 4, (5, 5)), 6, order=0).astype(np.int32)
    renamed = np.array([0, 900, 5, 21], np.int32)[labels]
    turned = training_targets(np.rot90(renamed, turns).copy(), Borders(2), DISTANCES)
    np.testing.assert_allclose(
        np.rot90(training_targets(labels, Borders(2), DISTANCES), turns, axes=(1, 2)), turned, atol=1e-6
    )
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
    np.testing.assert_allclose(
        training_targets(labels, Borders(1), DISTANCES)[2], expected, atol=0.02
    )  # padding may bring borders nearer


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


def test_a_flow_points_to_the_centre_and_turns_with_the_crop() -> None:
    y, x = np.mgrid[:41, :41]
    disc = (np.hypot(y - 20, x - 20) < 15).astype(np.int32)
    flows = flows_to_centre(disc)
    expected = -np.stack([y - 20, x - 20]) / np.maximum(np.hypot(y - 20, x - 20), 1)
    inner = np.hypot(y - 20, x - 20) < 13
    assert ((flows * expected).sum(axis=0)[inner & (np.hypot(y - 20, x - 20) > 2)] > 0.97).all()  # 14 degrees: pixels
    assert not flows[:, disc == 0].any() and not flows[:, 20, 20].any()
    quarter = np.stack([x, 40 - y]).astype(np.float32)  # crop (y, x) lies at frame (x, 40 - y)
    sampled = flows[:, quarter[0].astype(int), quarter[1].astype(int)]
    np.testing.assert_allclose(deformed(sampled, quarter), flows_to_centre(disc), atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**16), st.integers(0, 3))
def test_flows_are_unit_vectors_that_turn_with_the_labels(seed: int, turns: int) -> None:
    labels = ndimage.zoom(np.random.default_rng(seed).integers(0, 4, (4, 5)), 7, order=0)
    flows, turned = flows_to_centre(labels), flows_to_centre(np.rot90(labels, turns))
    length = np.hypot(*flows)
    assert np.isclose(length[length > 0], 1, atol=1e-5).all() and not length[labels == 0].any()
    # The pixel nearest the median is not the same one after a turn; the field far from it is.
    assert np.hypot(*turned).astype(bool).mean() == pytest.approx((length > 0).mean(), abs=0.02)


def test_bands_and_weights_by_hand() -> None:
    classes = training_targets(TWO, Borders(1, uncertain_px=2), DISTANCES)[0]
    # One pixel on each side of each border, the one between the two boxes included, is unknown.
    assert classes[4].tolist() == [-1, -1, 1, 1, 1, -1, -1, 1, 1, 1, 1, 1, -1, -1]
    weights = training_targets(TWO, Borders(1, weight=10, sigma_px=5), DISTANCES)[-1]
    at = {0: 1 + 6, 3: 3, 5: 1, 6: 1, 9: 4, 13: 1 + 8}  # d1 + d2 along row 4
    assert weights[4, list(at)] == pytest.approx([1 + 10 * np.exp(-(d**2) / 50) for d in at.values()], rel=1e-5)
    alone = np.where(TWO == 7, TWO, 0)
    assert (border_weights(alone, 10, 5) == 1).all()


def test_widths_in_micrometers_win_and_need_a_pixel_size() -> None:
    data = {"boundary_px": 2, "uncertain_um": 1.5, "uncertain_px": 0}
    assert Borders.of(data, 0.5, "set").uncertain_px == 3
    assert Borders.of(data | {"uncertain_um": None}, None, "set") == Borders(2)
    with pytest.raises(InputError, match="size of a pixel"):
        Borders.of(data, None, "set")


def test_semantic_targets_are_the_classes_and_nothing_else() -> None:
    labels = np.array([[0, 1, 2, -1, 5]], np.int32)
    assert training_targets(labels, Borders(2), representation_of("semantic", 2)).tolist() == [[[0, 1, 2, -1, 2]]]
    with pytest.raises(InputError, match="unknown representation"):
        representation_of("gradients")


def test_a_smaller_share_of_labels_is_part_of_a_larger_one_and_the_rest_unknown() -> None:
    labels = np.kron(np.arange(1, 101).reshape(10, 10), np.pad(np.ones((6, 6), int), 3)).astype(np.int32)
    drawn = {share: thinned(labels, 3, share, 4) for share in (0.1, 0.5, 1.0)}
    ids = {share: set(np.unique(found[found > 0])) for share, found in drawn.items()}
    assert ids[0.1] < ids[0.5] < ids[1.0] == set(range(1, 101))
    assert 2 <= len(ids[0.1]) <= 20 and 35 <= len(ids[0.5]) <= 65
    assert (drawn[1.0] == labels).all()
    assert (drawn[0.1][(labels > 0) & ~np.isin(labels, list(ids[0.1]))] == -1).all()
