"""Frame statistics against numpy and scikit-image."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.filters import threshold_otsu

from cellweave.formats.statistics import Histogram, frame_statistics, normalisation


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint16, st.tuples(st.integers(1, 6), st.integers(2, 7))))
def test_integers_are_exact(pixels):
    found = frame_statistics(pixels)
    # rounding of float64 sums is all that may differ
    expected = [pixels.min(), pixels.max(), pixels.mean(), pixels.std(), *np.percentile(pixels, [1, 50, 99])]
    assert list(found.values())[:7] == pytest.approx(expected, rel=1e-12, abs=1e-9)


def test_otsu_is_that_of_scikit_image():
    rng = np.random.default_rng(0)
    pixels = np.concatenate([rng.normal(50, 5, 400), rng.normal(120, 9, 300)])
    for dtype, tolerance in ((np.uint8, 0), (np.float32, 0.5)):  # other bin edges: half a bin of 256
        values = pixels.astype(dtype).reshape(20, 35)
        assert frame_statistics(values)["otsu"] == pytest.approx(threshold_otsu(values), abs=tolerance)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_constant_frame_has_statistics(dtype):
    found = frame_statistics(np.full((3, 4), 7, dtype))
    assert found == {**dict.fromkeys(found, 7.0), "std": 0.0}


def test_movies_share_their_normalisation_and_stills_do_not():
    table = pd.DataFrame({"mean": [1.0, 2.0, 9.0], "std": [3.0, 0.0, 5.0]})
    movie, stills = normalisation(table, "movie"), normalisation(table, "stills")
    assert movie.to_numpy().tolist() == [[2.0, 3.0]] * 3
    assert stills.to_numpy().tolist() == [[1.0, 3.0], [2.0, 1.0], [9.0, 5.0]]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_parts_give_the_statistics_of_the_whole(dtype):
    pixels = np.random.default_rng(0).normal(100, 30, (90, 70)).clip(0 if dtype != np.float32 else -60).astype(dtype)
    whole, parts = frame_statistics(pixels), Histogram()
    for rows in np.array_split(pixels, 7):
        parts.add(rows)
    found = parts.statistics()
    exact = ("minimum", "maximum", "mean", "std")
    assert [found[name] for name in exact] == pytest.approx([whole[name] for name in exact], rel=1e-9)
    # Floats are counted as bfloat16 has them: 8 significant bits; otsu has other bin edges besides.
    assert found == pytest.approx(whole, rel=1e-12 if dtype != np.float32 else 1e-2)


def test_floats_of_both_signs_are_counted_in_order():
    values = np.array([-3e38, -7.5, -1e-30, 0, 1e-30, 2.25, 3e38], np.float32)
    parts = Histogram()
    parts.add(values[::-1])
    found = parts.statistics()
    assert found["p50"] == pytest.approx(0, abs=1e-38) and found["minimum"] < found["p01"] < -2e38
