"""Maps from a pixel forest."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

import classify_pixels
from cellweave.core.errors import InputError
from cellweave.formats.ngff import open_array, write_image
from cellweave.formats.tables import write_table


@pytest.fixture
def inputs(tmp_path):
    pixels = np.zeros((1, 1, 60, 70), np.uint8)
    pixels[:, :, 20:50, 10:60] = 200
    with write_image(tmp_path / "image.ome.zarr", shape=pixels.shape, dtype="uint8") as image:
        image[0] = pixels[0]
    write_table(pd.DataFrame({"height": [60], "width": [70], "centre": 100.0, "spread": 100.0}), tmp_path / "f.parquet")
    return {
        "image": tmp_path / "image.ome.zarr",
        "frames_table": tmp_path / "f.parquet",
        "checkpoint": tmp_path / "forest.npz",
        "threads": 2,
        "block": 0,
        "blocks": 1,
    }


def forest_of_one_question(image):
    """Is the mean of 5 x 5 pixels above the mean of the sequence?"""
    inside = ndimage.uniform_filter(image, 5) > 0
    return np.stack([inside, 0.75 * inside]).astype(np.float32)


def test_the_forests_answer_fills_the_maps(inputs, tmp_path, monkeypatch):
    forest = SimpleNamespace(maps=forest_of_one_question, halo=2)
    monkeypatch.setattr(classify_pixels, "load_forest", lambda path: forest)
    for tile in (32, 512):
        classify_pixels.main(
            **inputs, tile=tile, zoom=1, flatten=None, skip_constant=False, maps=tmp_path / f"{tile}.zarr"
        )
    maps = open_array(tmp_path / "512.zarr")[:]
    assert (maps[0, :, 35, 35] == [255, 191]).all() and (maps[0, :, 5, 5] == 0).all()
    np.testing.assert_array_equal(open_array(tmp_path / "32.zarr")[:], maps)


def test_a_foreign_file_is_refused(inputs, tmp_path):
    (tmp_path / "forest.npz").write_bytes(b"no forest")
    with pytest.raises(InputError, match="not a forest"):
        classify_pixels.main(**inputs, tile=32, zoom=1, flatten=None, skip_constant=False, maps=tmp_path / "maps.zarr")
