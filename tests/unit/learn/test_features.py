import numpy as np
import pytest
from scipy import ndimage

from cellweave.learn.features import HALO, NAMES, pixel_features


def plane(features: np.ndarray, name: str) -> np.ndarray:
    return features[NAMES.index(name)]


def test_there_are_at_least_33_different_features(rng) -> None:
    features = pixel_features(rng.normal(size=(40, 50)).astype(np.float32))
    assert features.shape == (len(NAMES), 40, 50) and features.dtype == np.float32
    assert len(set(NAMES)) == len(NAMES) >= 33
    flat = features.reshape(len(NAMES), -1)
    assert len(np.unique(flat, axis=0)) == len(NAMES)


def test_a_pixel_beyond_the_halo_changes_nothing(rng) -> None:
    side = 2 * HALO + 3
    image = rng.normal(size=(side, side)).astype(np.float32)
    other = image.copy()
    other[0] += 5
    before, after = pixel_features(image), pixel_features(other)
    np.testing.assert_array_equal(before[:, HALO + 1 :], after[:, HALO + 1 :])
    assert (before[:, HALO] != after[:, HALO]).any()


def test_values_by_hand_on_a_ramp_and_a_bowl() -> None:
    y, x = (grid.astype(np.float32) for grid in np.mgrid[:80, :80] - 40.0)
    middle = (40, 40)
    ramp = pixel_features(0.1 * x)
    assert plane(ramp, "gradient_2")[middle] == pytest.approx(2 * 0.1, rel=1e-3)  # times sigma
    assert plane(ramp, "tensor_large_2")[middle] == pytest.approx((2 * 0.1) ** 2, rel=1e-3)
    assert plane(ramp, "tensor_small_2")[middle] == pytest.approx(0, abs=1e-5)
    bowl = pixel_features(0.01 * (x**2 + 3 * y**2))
    assert plane(bowl, "hessian_large_1")[middle] == pytest.approx(0.06, rel=1e-2)
    assert plane(bowl, "hessian_small_1")[middle] == pytest.approx(0.02, rel=1e-2)
    assert plane(bowl, "laplacian_1")[middle] == pytest.approx(0.08, rel=1e-2)


def test_entropy_of_one_class_is_zero_and_of_two_halves_one_bit() -> None:
    image = np.zeros((30, 30), np.float32)
    assert plane(pixel_features(image), "entropy") == pytest.approx(0, abs=1e-5)
    image[:, ::2] = 2.0
    assert plane(pixel_features(image), "entropy")[15, 15] == pytest.approx(1, abs=0.01)  # 4 or 5 of 9 columns


def test_std_is_that_of_the_gaussian_window(rng) -> None:
    image = rng.normal(size=(40, 40)).astype(np.float32)
    mean, square = (ndimage.gaussian_filter(values, 4, truncate=3) for values in (image, image**2))
    np.testing.assert_allclose(plane(pixel_features(image), "std_4"), np.sqrt(square - mean**2), atol=1e-5)


def test_flipping_the_image_flips_the_features(rng) -> None:
    image = rng.normal(size=(32, 48)).astype(np.float32)
    flipped = pixel_features(np.ascontiguousarray(image[:, ::-1]))
    np.testing.assert_allclose(flipped[:, :, ::-1], pixel_features(image), atol=1e-4)  # float32 sums in another order
