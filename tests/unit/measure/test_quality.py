"""The challenge's data-quality measures, on pictures whose values are known by hand."""

import numpy as np
import pandas as pd
import pytest

from cellweave.measure.quality import MEASURES, NO_OBJECTS, object_quality, sequence_quality


def values(*frames) -> pd.Series:
    """Return the measures of frames given as (labels, image)."""
    tables, before = [], None
    for frame, (labels, image) in enumerate(frames):
        tables.append(object_quality(labels, image, before).assign(frame=frame))
        before = labels
    return sequence_quality(pd.concat(tables), "movie").set_index("measure")["value"]


def squares() -> tuple[np.ndarray, np.ndarray]:
    """Two squares of 10 x 10, ten empty columns between them, on a checkered ground of 10 +- 2."""
    labels = np.zeros((40, 60), np.int32)
    labels[15:25, 10:20], labels[15:25, 30:40] = 7, 70000
    image = np.where(np.indices(labels.shape).sum(axis=0) % 2, 12.0, 8.0)
    image[labels == 7], image[labels == 70000] = 30, 50
    return labels, image


def test_by_hand():
    found = values(squares())
    assert found["SNR"] == pytest.approx((20 / 2 + 40 / 2) / 2)
    assert found["CR"] == pytest.approx((3 + 5) / 2)
    assert found["Heti"] == 0
    assert found["Hetb"] == pytest.approx(np.std([20 / 30, 40 / 30]))
    assert found["Res"] == 100
    assert found["Spa"] == 11, "pixels from edge to edge"
    assert np.isnan(found["Cha"]) and np.isnan(found["Ove"]), "one frame has neither"


def test_scaling_the_camera_changes_no_ratio():
    labels, image = squares()
    plain, scaled = values((labels, image)), values((labels, 3 * image))
    pd.testing.assert_series_equal(plain.drop("Cha"), scaled.drop("Cha"), rtol=1e-9)  # float64 on both sides


def test_shape_of_a_disk_is_near_one_and_of_a_rod_far_from_it():
    y, x = np.indices((201, 201)) - 100
    disk, rod = (y**2 + x**2 <= 60**2).astype(np.int32), ((abs(y) < 5) & (abs(x) < 80)).astype(np.int32)
    image = np.ones(disk.shape)
    # The Crofton perimeter with four directions is right within some per cent.
    assert values((disk, image))["Sha"] == pytest.approx(1, abs=0.05)
    assert values((rod, image))["Sha"] == pytest.approx(4 * np.pi * 9 * 159 / 336**2, rel=0.15)


def test_change_and_overlap():
    labels, image = squares()
    moved = np.roll(labels, 5, axis=1)
    frames = [(labels, image), (moved, np.roll(image, 5, axis=1)), (moved, np.roll(image, 5, axis=1) + 6)]
    found = values(*frames)
    assert found["Ove"] == pytest.approx((0.5 + 0.5 + 1 + 1) / 4)
    assert found["Cha"] == pytest.approx(3 / 2), "mean of the last two frames is 3 above that of the first two"


def test_far_and_lonely_objects():
    labels = np.zeros((30, 200), np.int32)
    labels[10:12, 3:5] = 1
    image = np.random.default_rng(0).normal(100, 5, labels.shape)
    assert np.isnan(values((labels, image))["Spa"])
    labels[10:12, 150:152] = 2
    assert values((labels, image))["Spa"] == 50


def test_no_objects_no_values():
    found = sequence_quality(NO_OBJECTS, "movie")
    assert found["measure"].tolist() == list(MEASURES) and found["value"].isna().all() and not found["n"].any()
