"""The one-pass kernel against scikit-image, against itself in bands, and against objects measured by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from regionprops import assert_as_skimage
from skimage.draw import disk

from cellweave.core.errors import InputError
from cellweave.measure.shape import STRIP_ROWS, Objects, measure

KINDS = ["noise", "sparse", "blocks", "holes"]


def random_labels(kind: str, seed: int, height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if kind == "noise":
        return rng.integers(0, rng.integers(2, 30), (height, width), dtype=np.int32)
    if kind == "sparse":
        return (rng.random((height, width)) > 0.95) * rng.integers(1, 5, (height, width), dtype=np.int32)
    blocks = rng.integers(0, 9, (height // 9 + 1, width // 9 + 1), dtype=np.int32) * 100_003
    labels = np.kron(blocks, np.ones((9, 9), np.int32))[:height, :width]
    return labels * (rng.random((height, width)) > 0.03) if kind == "holes" else labels


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 9999), st.integers(1, 80), st.integers(1, 80), st.sampled_from("BHd"))
def test_equals_skimage_on_random_labels(kind, seed, height, width, dtype):
    labels = random_labels(kind, seed, height, width)
    image = np.random.default_rng(seed).integers(0, 256 if dtype == "B" else 65536, labels.shape).astype(dtype)
    if labels.any():
        assert_as_skimage(labels, image)


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.int32, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 2)))
def test_equals_skimage_on_tiny_labels(labels):
    if labels.any():
        assert_as_skimage(labels, np.arange(labels.size, dtype=np.uint8).reshape(labels.shape))


def test_hulls_of_large_objects_are_exact():
    labels = np.zeros((400, 300), np.int32)
    for label, centre in enumerate([(120, 120), (250, 180), (330, 60)], start=1):
        labels[disk(centre, 100 - 20 * label, shape=labels.shape)] = label
    labels[np.arange(10, 390), (np.arange(10, 390) * 7) // 11] = 4
    labels[np.arange(0, 400, 37), 299] = 5
    assert_as_skimage(labels, np.ones(labels.shape))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 9999), st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_bands_give_what_the_whole_plane_gives(kind, seed, bands):
    labels = random_labels(kind, seed, sum(bands), 40)
    image = np.random.default_rng(seed).integers(0, 65536, (2, *labels.shape), dtype=np.uint16)
    objects = Objects(40, image.dtype, 2)
    for stop, rows in zip(np.cumsum(bands), bands, strict=True):
        objects.feed(labels[stop - rows : stop], image[:, stop - rows : stop])
    pd.testing.assert_frame_equal(objects.table(), measure(labels, image), check_exact=True)


def test_more_objects_than_there_was_room_for():
    labels = np.arange(1, 200 * 60 + 1, dtype=np.int32).reshape(200, 60)
    table = measure(labels)
    assert table["label"].tolist() == list(range(1, 200 * 60 + 1))
    assert (table["area"] == 1).all() and (table["solidity"] == 1).all()
    np.testing.assert_array_equal(table["y"] * 60 + table["x"] + 1, table["label"])


def test_a_square_by_hand():
    labels = np.zeros((STRIP_ROWS + 8, 20), np.int32)
    labels[STRIP_ROWS - 2 : STRIP_ROWS + 2, 3:7] = 7
    image = np.where(labels, 10, 99).astype(np.uint16)
    image[STRIP_ROWS, 5] = 26
    square = measure(labels, image[None]).iloc[0]
    assert square[["label", "area", "y", "x"]].tolist() == [7, 16, STRIP_ROWS - 0.5, 4.5]
    assert square[["box_y0", "box_x0", "box_y1", "box_x1"]].tolist() == [STRIP_ROWS - 2, 3, STRIP_ROWS + 2, 7]
    assert square["perimeter"] == 12  # through the centres of the border's pixels, which lie 3 apart
    assert square["perimeter_crofton"] == pytest.approx(np.pi / 4 * (8 + 14 / np.sqrt(2)), rel=1e-15)
    assert square["major_axis"] == square["minor_axis"] == pytest.approx(4 * np.sqrt(1.25), rel=1e-15)
    assert square[["eccentricity", "solidity"]].tolist() == [0, 1]
    assert square[["mean_intensity_c0", "min_intensity_c0", "max_intensity_c0"]].tolist() == [11, 10, 26]
    assert square["std_intensity_c0"] == pytest.approx(np.sqrt(15), rel=1e-15)  # (15 * 1 + 15**2) / 16


def test_one_pixel():
    labels = np.zeros((1, 1), np.int32) + 5
    pixel = measure(labels, np.full((1, 1, 1), 3, np.uint8)).iloc[0]
    assert pixel[["area", "perimeter", "major_axis", "minor_axis", "eccentricity", "solidity"]].tolist() == [
        1, 0, 0, 0, 0, 1,
    ]  # fmt: skip
    assert pixel[["mean_intensity_c0", "std_intensity_c0"]].tolist() == [3, 0]


def test_intensities_far_from_zero_keep_their_spread():
    labels = np.ones((64, 64), np.int32)
    image = np.full((1, 64, 64), 1e7, np.float32)
    image[0, ::2] += 1
    assert measure(labels, image)["std_intensity_c0"][0] == 0.5  # squares of 1e14 would have lost it


def test_no_objects_give_no_rows_but_all_columns():
    image = np.zeros((1, 5, 6), np.uint8)
    empty = measure(np.zeros((5, 6), np.int32), image)
    assert len(empty) == 0
    pd.testing.assert_series_equal(empty.dtypes, measure(np.ones((5, 6), np.int32), image).dtypes)


def test_bad_input_is_named():
    with pytest.raises(InputError, match="label 3000000000 does not fit int32"):
        measure(np.full((2, 2), 3_000_000_000))
    with pytest.raises(InputError, match="do not match a plane of width 4 with 1 channels"):
        Objects(4, np.uint8, 1).feed(np.ones((3, 4), np.int32))
