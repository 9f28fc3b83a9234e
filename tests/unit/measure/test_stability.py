"""Drift, jumps, flashes and bleaching that were put in are found, and nothing else is."""

import numpy as np
import pytest
from scipy import ndimage

from cellweave.measure.stability import frame_stability

FRAMES = 14


def movie(shifts=None, gains=None) -> list[np.ndarray]:
    """Smooth cells on a ground of 100, moved and brightened per frame, with a little noise."""
    rng = np.random.default_rng(3)
    cells = ndimage.gaussian_filter(rng.random((96, 128)) < 0.01, 3.0, output=float) * 4000
    shifts = np.zeros((FRAMES, 2)) if shifts is None else shifts
    gains = np.ones(FRAMES) if gains is None else gains
    return [
        gain * (100 + ndimage.shift(cells, shift, mode="wrap")) + rng.normal(0, 0.5, cells.shape)
        for shift, gain in zip(shifts, gains, strict=True)
    ]


def found(frames):
    return frame_stability(frames.__getitem__, np.array([frame.mean() for frame in frames]))


def test_a_quiet_movie_has_no_flags():
    table = found(movie())
    assert not table[["jump", "flash", "bleached"]].to_numpy().any()
    assert table["drift_px"].max() < 0.5


def test_a_steady_drift_is_measured_and_is_no_jump():
    steps = np.outer(np.arange(FRAMES), [1.0, -0.5])
    table = found(movie(shifts=steps))
    assert table["shift_y_px"][1:].to_numpy() == pytest.approx(1.0, abs=0.2)  # registered to a tenth, with noise
    assert table["shift_x_px"][1:].to_numpy() == pytest.approx(-0.5, abs=0.2)
    assert not table["jump"].any()


def test_a_jump_is_flagged_where_it_happens():
    shifts = np.zeros((FRAMES, 2))
    shifts[6:] = [9, 5]
    table = found(movie(shifts=shifts))
    assert table.index[table["jump"]].tolist() == [6]
    assert table["drift_px"].iloc[-1] == pytest.approx(np.hypot(9, 5), abs=0.5)


def test_a_flash_is_not_bleaching_and_bleaching_is_no_flash():
    gains = np.ones(FRAMES)
    gains[4] = 0.6
    table = found(movie(gains=gains))
    assert table.index[table["flash"]].tolist() == [4] and not table["bleached"].any()
    table = found(movie(gains=np.exp(-np.arange(FRAMES) / 20)))
    assert not table["flash"].any()
    assert table["bleached"].iloc[-1] and not table["bleached"].iloc[:5].any()


def test_pictures_that_have_nothing_in_common_have_no_shift():
    noise = list(np.random.default_rng(1).normal(100, 5, (6, 64, 64)))
    table = found(noise)
    assert table["shift_y_px"][1:].isna().all() and not table["jump"].any() and not table["drift_px"].any()
