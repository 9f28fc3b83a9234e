"""Volumes, neighbours, and the units of the table."""

import numpy as np
import pandas as pd
import pytest
from skimage.measure import regionprops_table

from cellweave.measure.neighbours import neighbour_distances
from cellweave.measure.sequence import cells_of, measure_frame
from cellweave.measure.shape import measure
from cellweave.measure.volume import measure_volume


def test_volume_equals_skimage():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, (4, 20, 30), dtype=np.int32) * 1001
    image = rng.integers(0, 65536, (2, *labels.shape), dtype=np.uint16)
    ours = measure_volume(labels, image)
    properties = ["label", "area", "centroid", "bbox", "intensity_mean", "intensity_min", "intensity_max"]
    theirs = regionprops_table(labels, np.moveaxis(image, 0, -1), properties=[*properties, "intensity_std"])
    names = ["label", "volume", "z", "y", "x", *(f"box_{axis}{side}" for side in "01" for axis in "zyx")]
    names += [f"{kind}_intensity_c{c}" for kind in ("mean", "min", "max", "std") for c in "01"]
    assert set(names) == set(ours)
    for name, values in zip(names, theirs.values(), strict=True):
        np.testing.assert_allclose(ours[name], values, rtol=1e-12, err_msg=name)  # float64 on both sides


def test_an_empty_volume_has_all_columns():
    image = np.zeros((1, 2, 3, 4), np.uint8)
    empty = measure_volume(np.zeros((2, 3, 4), np.int32), image)
    assert len(empty) == 0
    pd.testing.assert_series_equal(empty.dtypes, measure_volume(np.ones((2, 3, 4), np.int32), image).dtypes)


def test_neighbours_on_a_line():
    distances = neighbour_distances(np.array([[0.0, 0], [0, 1], [0, 3]]))
    assert distances[0, :2].tolist() == [1, 3]
    assert distances[2, :2].tolist() == [2, 3]
    assert np.isnan(distances[:, 2:]).all()


def test_all_eight_neighbours_equal_brute_force():
    points = np.random.default_rng(1).random((40, 2))
    every = np.sort(np.linalg.norm(points[:, None] - points, axis=2), axis=1)
    np.testing.assert_allclose(neighbour_distances(points), every[:, 1:9], rtol=1e-12)


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_near(count):
    assert np.isnan(neighbour_distances(np.zeros((count, 2)))).all()


def test_units_follow_the_scale():
    labels = np.zeros((30, 30), np.int32)
    labels[2:6, 2:6], labels[2:6, 20:24] = 1, 2
    objects = measure(labels, np.ones((1, 30, 30), np.uint8))
    pixels, microns = cells_of(objects, 3, None), cells_of(objects, 3, 0.5)
    assert pixels["frame"].tolist() == [3, 3]
    assert pixels["area_px"].tolist() == [16, 16] and microns["area_um2"].tolist() == [4, 4]
    assert pixels["perimeter_px"][0] == 12 and microns["perimeter_um"][0] == 6
    assert pixels["neighbour_distance_1_px"][0] == 18 and microns["neighbour_distance_1_um"][0] == 9
    assert microns["x_px"].tolist() == pixels["x_px"].tolist() == [3.5, 21.5]
    assert microns["mean_neighbour_distance_um"].isna().all(), "a mean of fewer than eight is undefined"


def test_slices_of_unknown_distance_stay_in_pixels():
    objects = measure_volume(np.ones((2, 3, 3), np.int32), np.ones((1, 2, 3, 3), np.uint8))
    assert cells_of(objects, 0, 0.5)["volume_px"][0] == 18
    assert cells_of(objects, 0, 0.5, 2.0)["volume_um3"][0] == 9


def test_padding_is_not_measured():
    labels = np.ones((1, 20, 20), np.int32)
    done = []
    objects, confluence = measure_frame(labels, np.ones((1, 1, 20, 20), np.uint8), 0, 10, 5, done.append)
    assert objects["area"].tolist() == [50] and confluence == 1 and sum(done) == 10
