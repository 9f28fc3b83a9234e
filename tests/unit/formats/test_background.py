import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from cellweave.core.grid import Tile
from cellweave.formats.background import Background
from cellweave.formats.ngff import write_image

SIZE = 300


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A slope with fine noise; a smaller still, whose padding is black."""
    folder = tmp_path_factory.mktemp("background")
    y, x = np.mgrid[:SIZE, :SIZE]
    frame = 500 + 2 * x + y + np.random.default_rng(0).normal(0, 20, (SIZE, SIZE))
    with write_image(folder / "image.ome.zarr", shape=(2, 1, SIZE, SIZE), dtype="uint16") as array:
        array[0] = frame[None].astype(np.uint16)
        array[1] = np.where((y < 200) & (x < 120), 700, 0)[None].astype(np.uint16)
    frames = pd.DataFrame({"height": [SIZE, 200], "width": [SIZE, 120]})
    return folder / "image.ome.zarr", frames, frame


def test_any_tile_gives_the_background_of_the_whole_frame(store) -> None:
    image, frames, _ = store
    whole = Background(image, frames, 40).read(0, Tile(0, SIZE, 0, SIZE))
    for tile in (Tile(0, 7, 0, 7), Tile(13, 200, 31, 32), Tile(255, 300, 1, 300)):
        part = Background(image, frames, 40).read(0, tile)
        np.testing.assert_array_equal(part, whole[tile.y0 : tile.y1, tile.x0 : tile.x1])


@pytest.mark.parametrize("sigma", [3, 40])
def test_it_is_the_gaussian_mean_of_the_pixels(store, sigma) -> None:
    """Far from the borders; coarse pixels widen a Gaussian of 40 px by less than 1 %, a few grey levels of 900."""
    image, frames, frame = store
    found = Background(image, frames, sigma).read(0, Tile(0, SIZE, 0, SIZE))
    inner = np.s_[130:170, 130:170]
    np.testing.assert_allclose(found[inner], ndimage.gaussian_filter(frame, sigma)[inner], atol=3)


def test_padding_does_not_count(store) -> None:
    image, frames, _ = store
    np.testing.assert_allclose(Background(image, frames, 30).read(1, Tile(0, 200, 0, 120)), 700, atol=0.5)
