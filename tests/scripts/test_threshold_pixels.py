"""Maps without training, block by block."""

import numpy as np
import pandas as pd
import pytest

import threshold_pixels
from cellweave.core.errors import InputError
from cellweave.formats.ngff import open_array, write_image
from cellweave.formats.tables import write_table


@pytest.fixture
def sequence(tmp_path):
    """Two frames of bright discs, the second a smaller still in padding."""
    y, x = np.mgrid[:90, :110]
    discs = sum(np.hypot(y - a, x - b) < 8 for a, b in [(20, 20), (40, 70), (70, 30)])
    pixels = np.random.default_rng(0).integers(90, 110, (2, 1, 90, 110)) + 400 * discs
    with write_image(tmp_path / "image.ome.zarr", shape=pixels.shape, dtype="uint16") as image:
        image[0], image[1] = pixels[:1].astype("uint16")[0], pixels[1:].astype("uint16")[0]
    frames = pd.DataFrame({"height": [90, 60], "width": [110, 100], "centre": pixels.mean(), "spread": pixels.std()})
    write_table(frames, tmp_path / "frames.parquet")
    return {"image": tmp_path / "image.ome.zarr", "frames_table": tmp_path / "frames.parquet"}


def run(sequence, tmp_path, blocks, classical=None):
    options = {"classical": classical or {"sigma_px": 1, "radius_px": 8}, "blocks": blocks, "tile": 64}
    maps = [tmp_path / f"{blocks}-{block}.zarr" for block in range(blocks)]
    for block, path in enumerate(maps):
        threshold_pixels.main(**sequence, **options, block=block, maps=path)
    return [open_array(path) for path in maps]


def test_blocks_hold_the_maps_of_the_whole(sequence, tmp_path):
    (whole,) = run(sequence, tmp_path, 1)
    assert whole.shape == (2, 2, 90, 110) and whole.dtype == np.uint8
    foreground = whole[:, 0] >= 128
    assert foreground[0, 20, 20] and foreground[0, 70, 30] and not foreground[0, 5, 5]
    assert not foreground[1, 60:].any()
    bands = run(sequence, tmp_path, 4)
    joined = np.concatenate([np.concatenate([band[:] for band in bands[t : t + 2]], axis=2) for t in (0, 2)])
    assert np.abs(joined.astype(int) - whole[:]).max() <= 1  # sums of float32 in another order


def test_a_misspelt_setting_leaves_nothing_behind(sequence, tmp_path):
    with pytest.raises(InputError, match=r"unknown keys \['radius'\]"):
        run(sequence, tmp_path, 1, {"radius": 3})
    assert not (tmp_path / "1-0.zarr").exists()
