"""Folders of tiles: what was suggested comes back corrected, and what does not fit is named."""

import numpy as np
import pandas as pd
import pytest
import tifffile
from ome_zarr_models import open_ome_zarr
from yaozarrs import validate_zarr_store

from cellweave.core.errors import InputError
from cellweave.formats.corrections import COLUMNS, read_tiles, write_tiles
from cellweave.formats.ngff import Scale


@pytest.fixture
def folder(tmp_path):
    """Two tiles of 8 pixels, the second cut by the frame to 8 x 5."""
    images = [np.full((2, 8, 8), 7, np.uint16), np.full((2, 8, 5), 9, np.uint16)]
    labels = [np.full((8, 8), 3, np.int32), np.full((8, 5), 4, np.int32)]
    table = pd.DataFrame([(0, 5, 0, 8, 8, 0.9), (1, 2, 8, 16, 8, 0.8)], columns=COLUMNS)
    write_tiles(tmp_path / "s", images, labels, table, Scale(0.5))
    return tmp_path / "s"


def test_image_and_labels_are_one_valid_store(folder):
    validate_zarr_store(folder / "tiles.ome.zarr")
    store = open_ome_zarr(str(folder / "tiles.ome.zarr"))
    assert store.labels is not None
    validate_zarr_store(folder / "tiles.ome.zarr" / "labels" / "cells")


def test_labels_come_back_with_their_places(folder):
    (first, labels), (second, cut) = read_tiles(folder)
    assert first[1:5] == (5, 0, 8, 8) and second[1:5] == (2, 8, 16, 8)
    assert (labels == 3).all() and (cut[:, :5] == 4).all() and (cut[:, 5:] == 0).all()


def test_a_saved_stack_counts_and_a_removed_row_does_not(folder):
    tifffile.imwrite(folder / "cells.tif", np.stack([np.full((8, 8), 1), np.full((8, 8), 2)]).astype(np.uint16))
    table = pd.read_csv(folder / "tiles.tsv", sep="\t")
    table.iloc[1:].to_csv(folder / "tiles.tsv", sep="\t", index=False)
    ((row, labels),) = read_tiles(folder)
    assert row.tile == 1 and (labels == 2).all() and labels.dtype == np.int32


def test_what_does_not_fit_is_named(folder):
    tifffile.imwrite(folder / "cells.tif", np.ones((1, 8, 8), np.uint16))
    with pytest.raises(InputError, match=r"labels of shape \(1, 8, 8\)(.|\n)*one plane per tile"):
        read_tiles(folder)
    (folder / "tiles.tsv").unlink()
    with pytest.raises(InputError, match=r"no tiles\.tsv here(.|\n)*the whole folder"):
        read_tiles(folder)
