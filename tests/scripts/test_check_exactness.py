"""The check of exactness sees a split, and nothing where there is nothing."""

import numpy as np
import pandas as pd
import pytest

import check_exactness
from cellweave.core.grid import Block, Tile
from cellweave.formats.arrays import write_array
from cellweave.formats.ngff import Scale, open_labels, write_image, write_labels
from cellweave.formats.tables import write_table
from cellweave.segment.bands import Bands
from cellweave.segment.blocks import label_block, number_objects, numbered
from cellweave.segment.instances import Rule


@pytest.fixture
def labelled(tmp_path):
    """Discs on a grid, labelled in one piece."""
    height, width = 700, 400
    y, x = np.mgrid[:height, :width]
    marker = np.clip(255 - 12 * np.hypot(y % 50 - 25, x % 50 - 25), 0, 255).astype(np.uint8)
    maps = np.stack([np.where(marker > 0, 255, 0).astype(np.uint8), marker])[None]
    with write_array(tmp_path / "maps.zarr", shape=maps.shape, dtype="uint8") as written:
        written[:] = maps
    frames = pd.DataFrame({"height": [height], "width": [width]}, dtype="int32")
    write_table(frames, tmp_path / "frames.parquet")
    with write_image(tmp_path / "image.ome.zarr", shape=(1, 1, height, width), dtype="uint8") as image:
        image[0] = marker[None]
    names = np.zeros((1, height, width), np.int64)
    bands = Bands([maps], 1)
    table = number_objects([label_block(bands, frames, Block(0, 1, 0, height), names, Rule(), title="label")])
    whole = [Tile(0, height, 0, width)]
    return tmp_path, next(numbered(Bands([names], 1), table, whole, 1))[2]


def agreement(folder, labels):
    with write_labels(folder / "labels.ome.zarr", shape=(1, *labels.shape), scale=Scale()) as written:
        written["cells"][0] = labels
    check_exactness.main(
        image=folder / "image.ome.zarr",
        maps=[folder / "maps.zarr"],
        frames_table=folder / "frames.parquet",
        labels=folder / "labels.ome.zarr",
        instances={},
        agreement=folder / "agreement.tsv",
    )
    return pd.read_csv(folder / "agreement.tsv", sep="\t").iloc[0]


def test_the_labels_of_the_workflow_are_exact(labelled):
    folder, labels = labelled
    found = agreement(folder, labels)
    assert found["pixels"] == labels.size and found["objects"] >= labels.max() == 14 * 8
    assert found[["split", "merged", "swapped", "astray"]].eq(0).all()


def test_a_cell_that_a_seam_cuts_is_seen(labelled):
    folder, labels = labelled
    cut = np.where((np.arange(len(labels)) >= 25)[:, None] & (labels > 0), labels + 1000, labels)
    found = agreement(folder, cut)
    assert found["split"] > 0 and found["merged"] == 0
    assert open_labels(folder / "labels.ome.zarr").shape == (1, *labels.shape)
