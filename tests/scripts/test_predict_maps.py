"""Maps from a network's checkpoint."""

import numpy as np
import pandas as pd
import pytest
import torch

import predict_maps
from cellweave.core.errors import InputError
from cellweave.formats.ngff import open_array, write_image
from cellweave.formats.tables import write_table
from cellweave.learn.networks import Network, save_network


@pytest.fixture
def inputs(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 1000, (2, 1, 70, 90)).astype(np.uint16)
    with write_image(tmp_path / "image.ome.zarr", shape=pixels.shape, dtype="uint16") as image:
        for frame in range(2):
            image[frame] = pixels[frame]
    write_table(
        pd.DataFrame({"height": [70, 70], "width": [90, 90], "centre": 500.0, "spread": 290.0}), tmp_path / "f.parquet"
    )
    torch.manual_seed(0)
    save_network(Network({"encoder": "plain", "channels": [4, 4]}), tmp_path / "model.ckpt", {})
    return {
        "image": tmp_path / "image.ome.zarr",
        "frames_table": tmp_path / "f.parquet",
        "checkpoint": tmp_path / "model.ckpt",
        "device": "cpu",
        "threads": 1,
        "zoom": 1,
        "flatten": None,
        "skip_constant": False,
        "symmetries": 1,
    }


def test_blocks_hold_the_maps_of_the_whole(inputs, tmp_path):
    for blocks in (1, 4):
        for block in range(blocks):
            predict_maps.main(**inputs, tile=32, block=block, blocks=blocks, maps=tmp_path / f"{blocks}-{block}.zarr")
    whole = open_array(tmp_path / "1-0.zarr")[:]
    assert whole.shape == (2, 2, 70, 90) and whole.std() > 0
    bands = [open_array(tmp_path / f"4-{block}.zarr")[:] for block in range(4)]
    assert [band.shape for band in bands] == [(1, 2, 35, 90)] * 4
    joined = np.concatenate([np.concatenate(bands[t : t + 2], axis=2) for t in (0, 2)])
    assert np.abs(joined.astype(int) - whole).max() <= 2  # bf16 keeps 8 bits


def test_more_blocks_than_rows_leave_empty_ones(inputs, tmp_path):
    predict_maps.main(**inputs, tile=32, block=140, blocks=142, maps=tmp_path / "maps.zarr")
    assert open_array(tmp_path / "maps.zarr").shape in [(1, 2, 1, 90), (0, 2, 0, 90)]
    empty = next(b for b in range(142) if predict_maps.block_of(b, 142, frames=2, height=70) is None)
    predict_maps.main(**inputs, tile=32, block=empty, blocks=142, maps=tmp_path / "empty.zarr")
    assert open_array(tmp_path / "empty.zarr").shape == (0, 2, 0, 90)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"tile": 30}, "tile 30 is not a multiple of the model's stride 4"), ({"zoom": 5}, "zoom 5 is not one of")],
)
def test_what_cannot_be_leaves_nothing_behind(inputs, tmp_path, wrong, message):
    with pytest.raises(InputError, match=message):
        predict_maps.main(**{"tile": 32, **inputs, **wrong}, block=0, blocks=1, maps=tmp_path / "maps.zarr")
    assert not list(tmp_path.glob("*maps.zarr*"))


def test_volumes_are_refused(inputs, tmp_path):
    with write_image(tmp_path / "3d.ome.zarr", shape=(1, 1, 3, 20, 20), dtype="uint8", axes="tczyx") as image:
        image[0] = np.zeros((1, 3, 20, 20), np.uint8)
    with pytest.raises(InputError, match="3 slices: volumes cannot be segmented yet"):
        predict_maps.main(
            **{**inputs, "image": tmp_path / "3d.ome.zarr"}, tile=32, block=0, blocks=1, maps=tmp_path / "maps.zarr"
        )
