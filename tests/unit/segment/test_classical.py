"""The classical tier on images whose cells are known."""

import numpy as np
import pytest
from scipy import ndimage

from cellweave.core.errors import InputError
from cellweave.segment.classical import Classical
from cellweave.segment.tiles import predict_plane

RNG = np.random.default_rng(11)
Y, X = np.mgrid[:140, :180]
CENTRES = [(30, 30), (30, 53), (90, 60), (100, 140), (50, 120)]
DISCS = sum(np.hypot(Y - y, X - x) < 12 for y, x in CENTRES) > 0


def maps_of(image, settings, tile=64):
    scored = ((image - image.mean()) / image.std()).astype(np.float32)
    read = lambda t: scored[t.y0 : t.y1, t.x0 : t.x1]  # noqa: E731
    maps = np.zeros((2, *image.shape), np.uint8)
    model = settings.model(read, image.shape)
    for part, values in predict_plane(read, (0, image.shape[0]), image.shape, model, tile=tile):
        maps[:, part.y0 : part.y1, part.x0 : part.x1] = values
    return maps


def test_bright_and_dim_discs_on_a_slope_are_found_and_parted():
    """Brightness varies by 5, the background slopes by nearly as much as the dim discs are high."""
    bright = sum((10 if index == 2 else 2) * (np.hypot(Y - y, X - x) < 12) for index, (y, x) in enumerate(CENTRES))
    image = ndimage.gaussian_filter(100 + bright * 10 + X * 0.1 + RNG.normal(size=Y.shape), 1)
    maps = maps_of(image, Classical(sigma_px=1, radius_px=12))
    assert ((maps[0] >= 128) == DISCS).mean() > 0.98
    seeds, count = ndimage.label((maps[1] >= 128) & (maps[0] >= 128), np.ones((3, 3)))
    assert count == len(CENTRES)
    assert len({seeds[centre] for centre in CENTRES}) == len(CENTRES)


def test_texture_finds_rough_cells_of_the_backgrounds_brightness():
    image = np.where(DISCS, RNG.normal(size=Y.shape) * 5, RNG.normal(size=Y.shape) * 0.5)
    maps = maps_of(image, Classical(feature="texture", sigma_px=2))
    assert ((maps[0] >= 128) == DISCS).mean() > 0.95


@pytest.mark.parametrize("settings", [Classical(), Classical(feature="texture", threshold=0.5, radius_px=5)])
def test_any_tile_gives_the_same_maps(settings):
    """Within one step: Gaussians of float32 sum in an order of their own."""
    image = ndimage.gaussian_filter(RNG.normal(size=(130, 150)), 3) * 20
    whole = maps_of(image, settings, tile=512).astype(int)
    assert np.abs(maps_of(image, settings, tile=33) - whole).max() <= 1


def test_a_number_is_a_height_in_standard_deviations():
    image = np.zeros((80, 80), np.float32)
    image[30:50, 30:50] = 1.0
    low, high = (maps_of(image, Classical(sigma_px=0, threshold=value))[0] for value in (1.0, 5.0))
    assert (low[32:48, 32:48] >= 128).all()
    assert (high < 128).all()


def test_a_blank_frame_has_no_foreground():
    model = Classical().model(lambda t: np.zeros((20, 20), np.float32), (20, 20))
    assert (model.maps(np.zeros((20, 20), np.float32))[0] < 0.5).all()


@pytest.mark.parametrize(
    ("classical", "message"),
    [
        ({"radius": 3}, r"unknown keys \['radius'\]"),
        ({"feature": "colour"}, "unknown feature 'colour'"),
        ({"threshold": "li"}, "threshold 'li' is neither otsu nor a number"),
        ({"radius_px": 0}, "radius_px 0"),
    ],
)
def test_wrong_settings_are_refused(classical, message):
    with pytest.raises(InputError, match=message):
        Classical.of(classical)
