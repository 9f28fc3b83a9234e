"""Volumes, neighbours, and the units of the table."""

import numpy as np
import pandas as pd
import pytest
from skimage.measure import regionprops_table

from cellweave.core.errors import InputError
from cellweave.measure import sequence
from cellweave.measure.neighbours import Neighbourhood
from cellweave.measure.sequence import Cells, with_units
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
    distances = Neighbourhood(np.array([[0.0, 0], [0, 1], [0, 3]])).distances()
    assert distances[0, :2].tolist() == [1, 3]
    assert distances[2, :2].tolist() == [2, 3]
    assert np.isnan(distances[:, 2:]).all()


def test_all_eight_neighbours_equal_brute_force():
    points = np.random.default_rng(1).random((40, 2))
    every = np.sort(np.linalg.norm(points[:, None] - points, axis=2), axis=1)
    np.testing.assert_allclose(Neighbourhood(points).distances(), every[:, 1:9], rtol=1e-12)
    np.testing.assert_array_equal(Neighbourhood(points).distances(slice(7, 9)), Neighbourhood(points).distances()[7:9])


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_near(count):
    assert np.isnan(Neighbourhood(np.zeros((count, 2))).distances()).all()


def known(labels):
    """Return the table that goes with labels ``(Y, X)``."""
    table = measure(labels)
    return table[["label"]].assign(area_px=table["area"], y_px=table["y"], x_px=table["x"])


def cells_of(labels, image, frame=0, extent=None, pixel_um=None, table=None):
    """Return all cells of one frame ``(Y, X)`` of a sequence, and what measured them."""
    extent = extent or labels.shape
    table = known(labels[: extent[0], : extent[1]]) if table is None else table
    empty = np.zeros_like(labels)
    cells = Cells(
        np.stack([*[empty] * frame, labels]), image[None].repeat(frame + 1, 0), table, frame, extent, pixel_um
    )
    return pd.concat(cells.tables(), ignore_index=True), cells


def test_units_follow_the_scale():
    labels = np.zeros((30, 30), np.int32)
    labels[2:6, 2:6], labels[2:6, 20:24] = 1, 2
    image = np.ones((1, 30, 30), np.uint8)
    pixels, microns = cells_of(labels, image, 3)[0], cells_of(labels, image, 3, pixel_um=0.5)[0]
    assert pixels["frame"].tolist() == [3, 3]
    assert pixels["area_px"].tolist() == [16, 16] and microns["area_um2"].tolist() == [4, 4]
    assert pixels["perimeter_px"][0] == 12 and microns["perimeter_um"][0] == 6
    assert pixels["neighbour_distance_1_px"][0] == 18 and microns["neighbour_distance_1_um"][0] == 9
    assert microns["x_px"].tolist() == pixels["x_px"].tolist() == [3.5, 21.5]
    assert microns["mean_neighbour_distance_um"].isna().all(), "a mean of fewer than eight is undefined"


def test_slices_of_unknown_distance_stay_in_pixels():
    objects = measure_volume(np.ones((2, 3, 3), np.int32), np.ones((1, 2, 3, 3), np.uint8))
    nobody = np.full((1, 8), np.nan)
    assert with_units(objects, nobody, 0, 0.5)["volume_px"][0] == 18
    assert with_units(objects, nobody, 0, 0.5, 2.0)["volume_um3"][0] == 9


def test_padding_is_not_measured():
    labels, done = np.ones((20, 20), np.int32), []
    cells, measured = cells_of(labels, np.ones((1, 20, 20), np.uint8), extent=(10, 5))
    assert cells["area_px"].tolist() == [50] and measured.confluence == 1 and measured.count == 1
    list(Cells(labels[None], np.ones((1, 1, 20, 20)), known(labels[:10, :5]), 0, (10, 5), None).tables(done.append))
    assert sum(done) == 10


@pytest.mark.parametrize("seed", range(4))
def test_cells_that_leave_early_are_those_of_the_whole_plane_in_order(seed, monkeypatch):
    """In bands of 64 rows, with objects that are long, in pieces, numbered at random, and cut by every band."""
    monkeypatch.setattr(sequence, "BAND_PIXELS", 64)
    rng = np.random.default_rng(seed)
    labels = np.kron(rng.permutation(600).reshape(40, 15), np.ones((10, 4), int)).astype(np.int32)
    labels[:, 3] = 601
    labels[rng.random(labels.shape) < 0.2] = 0
    labels[5, 50] = labels[390, 7] = 602
    image = rng.integers(0, 999, (2, *labels.shape), dtype=np.uint16)
    cells, measured = cells_of(labels, image)
    whole = measure(labels, image)
    assert cells["label"].tolist() == whole["label"].tolist() and measured.count == len(whole)
    for name in set(whole) & set(cells):
        np.testing.assert_array_equal(cells[name], whole[name], err_msg=name)
    np.testing.assert_array_equal(cells["solidity"], whole["solidity"])
    distances = Neighbourhood(known(labels)[["y_px", "x_px"]].to_numpy()).distances()
    np.testing.assert_array_equal(cells["neighbour_distance_3_px"], distances[:, 2])


@pytest.mark.parametrize(
    ("label", "area", "message"),
    [(2, 17, "label 2 has other"), (1, 8, "label 1 has other"), (3, 5, "label 3 of the table has no pixels")],
)
def test_labels_of_another_run_are_refused(label, area, message, monkeypatch):
    """An object that the table lacks, one that goes on after all its pixels were seen, one that is not there."""
    monkeypatch.setattr(sequence, "BAND_PIXELS", 64)
    labels = np.zeros((200, 20), np.int32)
    labels[2:6, 2:6] = labels[190:194, 2:6] = 1
    labels[100:104, 2:6] = 2
    table = known(labels)
    if label == 2:
        table = table[:1]
    else:
        table = pd.concat([table[table.label != label], table[:1].assign(label=label, area_px=area)]).sort_values(
            "label"
        )
    table = table.assign(area_px=np.where((table.label == 1) & (label == 1), 16, table.area_px))
    with pytest.raises(InputError, match=message):
        cells_of(labels, np.ones((1, 200, 20), np.uint8), table=table)
