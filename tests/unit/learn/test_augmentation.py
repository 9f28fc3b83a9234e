from dataclasses import replace

import numpy as np
import pytest

from cellweave.learn.augmentation import Strength, crop_coordinates, sample, vary_intensity

NONE = Strength(scale=0, stretch=0, elastic_px=0, contrast=0, brightness=0, gamma=0, noise=0, blur_px=0)
SOME = Strength(scale=0.3, stretch=0.2, elastic_px=3, contrast=0.3, brightness=0.3, gamma=0.3, noise=0.2, blur_px=1)


def test_a_plain_crop_is_the_image(rng) -> None:
    image = rng.normal(size=(2, 20, 30)).astype(np.float32)
    coordinates = crop_coordinates((9.5, 14.5), 8, None, rng)
    np.testing.assert_allclose(sample(image, coordinates), image[:, 6:14, 11:19], atol=1e-5)  # float32 coordinates
    np.testing.assert_array_equal(sample(image, coordinates, nearest=True), image[:, 6:14, 11:19])


def test_beyond_the_border_lies_the_reflection(rng) -> None:
    image = rng.normal(size=(1, 5, 6)).astype(np.float32)
    crop = sample(image, crop_coordinates((2.5, 2.5), 12, None, rng), nearest=True)
    np.testing.assert_array_equal(crop[0], np.pad(image[0], ((3, 4), (3, 3)), mode="reflect"))


def test_without_strength_all_eight_flips_and_rotations_appear_and_nothing_else() -> None:
    image = np.arange(36, dtype=np.float32).reshape(1, 6, 6)
    turned = [np.rot90(flip, turns) for flip in (image[0], image[0].T) for turns in range(4)]
    seen = set()
    for seed in range(60):
        crop = sample(image, crop_coordinates((2.5, 2.5), 6, NONE, np.random.default_rng(seed)), nearest=True)[0]
        seen.add(next(index for index, expected in enumerate(turned) if np.array_equal(crop, expected)))
    assert seen == set(range(8))


def test_image_and_classes_move_together() -> None:
    y, x = np.mgrid[:60, :60]
    disc = ((y - 30) ** 2 + (x - 25) ** 2 < 144).astype(np.float32)[None]
    for seed in range(5):
        coordinates = crop_coordinates((30, 30), 48, SOME, np.random.default_rng(seed))
        smooth, hard = sample(disc, coordinates), sample(disc, coordinates, nearest=True)
        assert np.abs(smooth - hard).max() <= 0.76  # a corner pixel may have three of four neighbours outside
        assert np.abs(smooth - hard).mean() < 0.02


def test_the_same_seed_gives_the_same_crop_and_another_seed_another(rng) -> None:
    image = rng.normal(size=(32, 32)).astype(np.float32)
    one, same, other = (vary_intensity(image, SOME, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.allclose(one, other)
    assert one.dtype == np.float32 and np.isfinite(one).all()


def test_uneven_light_is_smooth_and_a_halo_leaves_it_alone(rng) -> None:
    """A halo changes what is finer than its sigma: a slope stays, a step overshoots on both sides."""
    flat = rng.normal(size=(64, 64)).astype(np.float32)
    light = vary_intensity(flat, replace(NONE, illumination=0.5), np.random.default_rng(1)) - flat
    assert np.abs(light).max() > 0.2 and np.abs(np.diff(light, axis=0)).max() < 0.2 * np.ptp(light)
    slope = np.tile(np.linspace(-1, 1, 64, dtype=np.float32), (64, 1))
    step = np.where(slope > 0, 1, -1).astype(np.float32)
    for seed in range(5):
        changed = vary_intensity(slope, replace(NONE, halo=0.5), np.random.default_rng(seed))
        np.testing.assert_allclose(changed[:, 18:46], slope[:, 18:46], atol=1e-3)  # beyond reach of the border
        ringed = vary_intensity(step, replace(NONE, halo=0.5), np.random.default_rng(seed))
        assert (ringed[0, 32] - 1) * (ringed[0, 31] + 1) < 0  # both sides move away from, or towards, each other


def test_without_strength_intensities_stay(rng) -> None:
    image = rng.normal(size=(16, 16)).astype(np.float32)
    for seed in range(5):
        assert vary_intensity(image, NONE, np.random.default_rng(seed)) == pytest.approx(image, abs=1e-5)
    flat = np.full((4, 4), 2, np.float32)
    assert np.isfinite(vary_intensity(flat, SOME, rng)).all()
