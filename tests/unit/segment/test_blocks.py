"""Blocks of a sequence: maps, names and numbers are those of the whole."""

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from cellweave.core.errors import InputError
from cellweave.core.grid import Block, Tile, block_of
from cellweave.formats.background import Background
from cellweave.formats.ngff import write_image
from cellweave.segment.bands import Bands
from cellweave.segment.blocks import (
    Plane,
    check_planar,
    chunks_of,
    extent_of,
    label_block,
    number_objects,
    numbered,
    predict_block,
)
from cellweave.segment.instances import Rule
from cellweave.segment.tiles import Model

SHAPE = (3, 2, 60, 50)
FRAMES = pd.DataFrame({"height": [60, 60, 41], "width": [50, 50, 33], "centre": -0.1, "spread": [2.0, 2.0, 0.0]})


def blocks_of(count):
    return [block_of(index, count, frames=SHAPE[0], height=SHAPE[2]) for index in range(count)]


def cut(array, count):
    """Return the blocks of ``(T, ..., Y, X)``."""
    return [
        array[b.t0 : b.t1, ..., b.y0 : b.y1, :] if b else np.zeros((0, *array.shape[1:-2], 0, 50), array.dtype)
        for b in blocks_of(count)
    ]


def label(maps, count, rule):
    """Return numbers and table of a sequence cut into `count` blocks."""
    bands = Bands(cut(maps, count), SHAPE[0])
    names, tables = [], []
    for block in blocks_of(count):
        names.append(np.zeros(extent_of(block, SHAPE[3]), np.int64))
        tables.append(label_block(bands, FRAMES, block, names[-1], rule, title="test"))
    objects = number_objects(tables)
    labels = np.zeros((3, 60, 50), np.int32)
    tiles = [Tile(0, 32, 0, 50), Tile(32, 60, 0, 20), Tile(32, 60, 20, 50)]
    for frame, part, found in numbered(Bands(names, SHAPE[0]), objects, tiles, SHAPE[0]):
        labels[frame, part.y0 : part.y1, part.x0 : part.x1] = found
    return labels, objects


@pytest.fixture(scope="module")
def maps():
    noise = ndimage.gaussian_filter(np.random.default_rng(5).normal(size=SHAPE), (0, 0, 3, 3))
    return np.clip(150 + 90 * noise / noise.std(), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("count", [2, 3, 7, 181])
def test_labels_and_table_do_not_depend_on_the_number_of_blocks(maps, count):
    rule = Rule(min_area_px=4)
    labels, objects = label(maps, 1, rule)
    other_labels, other_objects = label(maps, count, rule)
    np.testing.assert_array_equal(other_labels, labels)
    pd.testing.assert_frame_equal(other_objects, objects, check_exact=True)
    for frame in range(3):
        table = objects[objects.frame == frame]
        assert table.label.tolist() == list(range(1, len(table) + 1))
        assert np.bincount(labels[frame].ravel())[1:].tolist() == table.area_px.tolist()
    assert not labels[2, 41:].any() and not labels[2, :, 33:].any(), "labels in the padding of a smaller still"


def test_no_objects_at_all():
    labels, objects = label(np.zeros(SHAPE, np.uint8), 4, Rule())
    assert not labels.any()
    assert len(objects) == 0 and objects.label.dtype == np.int32


def test_bands_read_across_blocks(maps):
    for count in (1, 3, 7, 200):
        bands = Bands(cut(maps, count), 3)
        assert (bands.height, bands.width) == (60, 50)
        np.testing.assert_array_equal(bands.read(1, Tile(5, 55, 3, 9)), maps[1, :, 5:55, 3:9])


@pytest.mark.parametrize("workers", [1, 3])
def test_maps_of_a_block_are_those_of_the_normalised_frames_true_extent(workers):
    image = np.random.default_rng(2).random((3, 1, 60, 50), np.float32)
    seen = []

    def model_of(plane):
        seen.append(plane.shape)
        return Model(lambda view: np.stack([view, 1 - view]))

    block = Block(1, 3, 30, 60)
    maps = np.zeros((2, 2, 30, 50), np.uint8)
    predict_block(image, FRAMES, block, maps, model_of, tile=16, zoom=1, title="test", workers=workers)
    np.testing.assert_allclose(maps[0, 0], 255 * (image[1, 0, 30:] + 0.1) / 2, atol=0.51)
    # A blank frame has no spread; 1 takes its place.
    np.testing.assert_allclose(maps[1, 1, :11, :33], 255 * (0.9 - image[2, 0, 30:41, :33]).clip(0), atol=0.51)
    assert not maps[1, :, 11:].any() and not maps[1, :, :, 33:].any()
    assert sorted(seen) == [(41, 33), (60, 50)]


def test_an_empty_block_is_nothing():
    assert extent_of(None, 50, channels=2) == (0, 2, 0, 50)
    assert chunks_of((0, 2, 0, 50)) == (1, 2, 1, 50)
    maps = np.zeros((0, 2, 0, 50), np.uint8)
    predict_block(np.zeros((1, 1, 5, 50)), FRAMES, None, maps, None, tile=16, zoom=1, title="test")


def test_volumes_are_refused():
    with pytest.raises(InputError, match="7 slices: volumes cannot be segmented yet"):
        check_planar(np.zeros((2, 1, 7, 20, 20)))


def test_a_background_takes_the_place_of_the_centre(tmp_path):
    """A slope of light goes; the tile does not matter, as the background is that of the whole frame."""
    y, x = np.mgrid[:90, :80]
    pixels = (400 + 3 * x + 60 * ((y // 10 + x // 10) % 2)).astype(np.uint16)
    with write_image(tmp_path / "image.ome.zarr", shape=(1, 1, 90, 80), dtype="uint16") as array:
        array[0] = pixels[None]
    frames = pd.DataFrame({"height": [90], "width": [80], "centre": 500.0, "spread": [10.0]})
    background = Background(tmp_path / "image.ome.zarr", frames, 20)
    plane = Plane.of(pixels[None, None], frames, 0, background)
    whole = plane.read(Tile(0, 90, 0, 80))
    inner = np.s_[:, 30:50]  # a mean over what is inside the frame leaves some of the slope at its sides
    assert abs(np.polyfit(x[inner].ravel(), whole[inner].ravel(), 1)[0]) < 0.05  # of 0.3
    np.testing.assert_array_equal(plane.read(Tile(17, 31, 40, 80)), whole[17:31, 40:80])
